"""Real Firefox for tests: pages of one browser, each a device of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from tests.e2e.house import ROOT, House

LINE = 16 * 1024 * 1024


@dataclass(frozen=True)
class Fox:
    """A page. What it waits for in vain fails the test."""

    browser: Firefox
    name: str

    async def does(self, deed: str, **given: Any) -> Any:
        """See `firefox.mjs`."""
        return await self.browser.does(self.name, deed, **given)

    async def press(self, name: str) -> None:
        """A button by its words, as soon as it can be pressed."""
        await self.does("press", name=name)

    async def evaluate(self, source: str) -> Any:
        """What an expression is."""
        return await self.does("eval", source=source)

    async def until(self, source: str) -> Any:
        """Wait until an expression is true; gives what it is."""
        return await self.does("until", source=source)

    async def says(self, words: str) -> None:
        """The status line says these words."""
        await self.until(f"document.getElementById('status').textContent === {json.dumps(words)}")

    async def reads(self, words: str, *, where: str = "body") -> None:
        """Somewhere on the page that is shown are these words."""
        await self.until(
            f"[...document.querySelectorAll({json.dumps(where)})]"
            f".some((one) => one.innerText.includes({json.dumps(words)}))"
        )


class Firefox:
    """The browser's driver, which answers one question at a time."""

    def __init__(self, process: asyncio.subprocess.Process, house: House) -> None:
        self.process = process
        self.house = house
        self._turn = asyncio.Lock()

    async def answer(self) -> Any:
        """The next line of the driver."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        assert line, "the driver has ended"
        answer = json.loads(line)
        assert "error" not in answer, answer
        return answer.get("value")

    async def does(self, page: str, deed: str, **given: Any) -> Any:
        """One deed of one page."""
        assert self.process.stdin is not None
        async with self._turn:
            self.process.stdin.write(json.dumps({"page": page, "does": deed, **given}).encode() + b"\n")
            return await self.answer()

    async def page(self, name: str, script: str = "") -> Fox:
        """An empty page; `script` runs before whatever it loads."""
        await self.does(name, "open", script=script)
        return Fox(self, name)

    async def resident(self, who: str, name: str = "", script: str = "") -> Fox:
        """Somebody of the demonstration, signed in, with the microphone explained already."""
        page = await self.page(name or who, script)
        account = self.house.account(who)
        await page.does("goto", url=f"{self.house.base}/sign-in")
        await page.does("type", selector="#email", text=account["email"])
        await page.does("type", selector="#password", text=account["password"])
        await page.evaluate("localStorage.setItem('asked', 'yes')")
        await page.does("click", selector="button[type=submit]")
        await page.until(
            "window.intercom?.state().home !== null && window.intercom?.state().home !== undefined"
        )
        return page


@contextlib.asynccontextmanager
async def firefox(house: House) -> AsyncIterator[Firefox]:
    """One Firefox, ended afterwards."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    assert found, "scripts/test installs firefox-esr"
    process = await asyncio.create_subprocess_exec(
        *("node", "tests/e2e/firefox.mjs"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=LINE,
    )
    try:
        opened = Firefox(process, house)
        await opened.answer()
        yield opened
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            process.kill()
