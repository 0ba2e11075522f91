"""Real browsers for tests: Chromium with a camera and a microphone that play a picture and beeps."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from tests.e2e.house import ROOT, House

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--host-resolver-rules=MAP intercom.test 127.0.0.1",
]
expect.set_options(timeout=15_000)


@dataclass
class Screen:
    """A page, and what it must not do: log errors, ask other hosts, break its own security policy."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def watch(self, own: str) -> None:
        """Collect faults. `own`: the host and port that it may ask."""
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on(
            "console",
            lambda message: (
                self.faults.append(f"console: {message.text}")
                if message.type == "error" and "net::ERR" not in message.text
                else None
            ),
        )
        self.page.on(
            "request",
            lambda request: (
                self.faults.append(f"asks {request.url}")
                if urlsplit(request.url).netloc not in (own, own.replace("127.0.0.1", "localhost"))
                and not request.url.startswith(("data:", "blob:"))
                else None
            ),
        )

    @property
    def status(self) -> Locator:
        """The one region that tells a screen reader what is true."""
        return self.page.locator("#status")

    def button(self, name: str, *, exact: bool = True) -> Locator:
        """A button by its name."""
        return self.page.get_by_role("button", name=name, exact=exact)

    async def figures(self) -> dict[str, Any]:
        """What its connection sends and receives; of a panel, that of its only leg."""
        found: dict[str, Any] = await self.page.evaluate("window.intercom.stats()")
        if found and "connection" not in found:
            assert len(found) == 1, found
            (found,) = found.values()
        return found

    async def grows(self, name: str, by: float) -> None:
        """Wait until a figure has grown."""
        before = (await self.figures())[name]
        for _ in range(150):
            if (await self.figures())[name] >= before + by:
                return
            await self.page.wait_for_timeout(100)
        raise AssertionError(f"{name} stays at {(await self.figures())[name]}, {by} more were expected")

    async def hold(self, name: str, milliseconds: int = 1000) -> None:
        """Press and hold a button with the mouse."""
        box = await self.button(name).bounding_box()
        assert box
        await self.page.mouse.move(box["x"] + 30, box["y"] + 20)
        await self.page.mouse.down()
        await self.page.wait_for_timeout(milliseconds)
        await self.page.mouse.up()


AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
"""Judges pages by WCAG 2.2 A and AA. It goes in by `add_init_script`, which the policy lets through."""


async def clean(screen: Screen, what: str) -> None:
    """axe finds nothing on the page that is shown. `what`: its name, if it does."""
    # a face that is still fading in has too little contrast, and is nobody's to read yet
    await screen.page.evaluate(
        "() => Promise.allSettled(document.getAnimations()"
        ".filter(a => isFinite(a.effect?.getComputedTiming().endTime ?? 0)).map(a => a.finished))"
        ".then(() => null)"
    )
    found = await screen.page.evaluate(
        "async () => (await axe.run({runOnly: "
        "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}))"
        ".violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 200)).join(' | '))"
    )
    assert not found, (what, found)


class Browsers:
    """Opens screens of one house in one Chromium; each screen is a device of its own."""

    def __init__(self, house: House, chromium: Browser) -> None:
        self.house = house
        self._chromium = chromium
        self.screens: list[Screen] = []

    async def screen(self, *, width: int = 1280, height: int = 800, **options: Any) -> Screen:
        """An empty screen."""
        options.setdefault("permissions", ["camera", "microphone"])
        context: BrowserContext = await self._chromium.new_context(
            viewport={"width": width, "height": height}, **options
        )
        screen = Screen(await context.new_page())
        screen.watch(f"127.0.0.1:{self.house.port}")
        self.screens.append(screen)
        return screen

    async def panel(self, **options: Any) -> Screen:
        """The demo panel."""
        screen = await self.screen(**options)
        await screen.page.goto(self.house.demo["panel_url"])
        await expect(screen.page.get_by_role("heading", name="Press a name to ring")).to_be_visible()
        return screen

    async def resident(self, who: str, **options: Any) -> Screen:
        """Somebody of the demonstration, signed in."""
        screen = await self.screen(**options)
        account = self.house.account(who)
        await screen.page.goto(account["url"])
        await screen.page.get_by_label("E-mail").fill(account["email"])
        await screen.page.get_by_label("Password").fill(account["password"])
        await screen.button("Sign in").click()
        await expect(screen.page.get_by_role("heading", name="Doors", exact=True)).to_be_visible()
        return screen

    def faults(self) -> list[str]:
        """What any screen has done that it must not."""
        return [fault for screen in self.screens for fault in screen.faults]


@contextlib.asynccontextmanager
async def browsers(house: House) -> AsyncIterator[Browsers]:
    """One Chromium, ended afterwards; a fault of any screen fails the test."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            opened = Browsers(house, chromium)
            yield opened
            assert not opened.faults(), opened.faults()
        finally:
            await chromium.close()
