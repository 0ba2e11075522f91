"""A resident looks at the door in real Chromium: picture, no sound, and the panel says so."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import AXE, browsers, clean
from tests.e2e.house import PATIENCE, ROOT, House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    running = House(tmp_path / "house")
    running.start()
    site = running.rows("intercom.db", "SELECT id FROM sites")[0]["id"]
    said = running.ask(
        "PATCH", f"/api/v1/sites/{site}", json_body={"look_at_door": True}, cookies=running.as_("marta")
    )
    assert said.status == 200, said
    yield running
    running.close()


@pytest.mark.browser
async def test_a_resident_looks_the_panel_shows_it_and_a_ring_ends_it(house: House) -> None:
    async with browsers(house) as screens, house.people() as people:
        ferhat = await people.device("ferhat")
        panel = await screens.panel()
        ben = await screens.screen(width=390, height=800)
        await ben.page.add_init_script(path=AXE)
        await ben.page.context.add_cookies(
            [{"name": k, "value": v, "url": house.base} for k, v in house.as_("ben").items()]
        )
        await ben.page.goto(f"{house.base}/")
        later = ben.button("Not now")
        await later.or_(ben.page.locator(".looks button").first).first.wait_for()
        if await later.is_visible():
            await later.click()
        key = ben.page.get_by_role("button", name="Look at the door", exact=False).first
        await key.focus()
        await ben.page.keyboard.press("Enter")
        dialog = ben.page.get_by_role("dialog")
        await expect(dialog.get_by_text("Live", exact=True)).to_be_visible()
        await expect(dialog.get_by_text("They neither see nor hear you", exact=False)).to_be_visible()
        await expect(panel.page.get_by_text("A resident looks at the door now.", exact=False)).to_be_visible()
        figures = await ben.page.evaluate("window.intercom.look()")
        assert figures["videoFramesDecoded"] > 0
        assert (figures["audioPacketsReceived"], figures["audioPacketsSent"]) == (0, 0)
        assert figures["videoPacketsSent"] == 0
        await clean(ben, "looking at the door")
        await ben.button("Stop looking").click()
        await expect(dialog).to_be_hidden()
        await expect(panel.page.get_by_text("A resident looks at the door now.", exact=False)).to_be_hidden()
        await expect(key).to_be_focused()

        await key.click()
        await expect(dialog.get_by_text("Live", exact=True)).to_be_visible()
        await panel.button("Ferhat Demir", exact=False).first.click()
        await expect(ben.page.get_by_text("Somebody rings there now.", exact=False).first).to_be_visible()
        await expect(dialog).to_be_hidden()
        await ferhat.invited()
        await expect(panel.page.get_by_role("heading", name="Calling")).to_be_visible()


@pytest.mark.browser
async def test_the_doorstation_program_sends_its_picture_and_no_sound_to_who_looks(house: House) -> None:
    station = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "intercom", "panel", "--server", house.base, "--stats"),
        *("--key-file", house.demo["doorstation"]["key_file"], "--loopback", "--no-keypad"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert station.stdout is not None
    try:
        async with browsers(house) as screens:
            ben = await screens.resident("ben")
            dialog = ben.page.get_by_role("dialog")
            for _ in range(20):  # until the program is connected
                await ben.page.get_by_role("button", name="Look at the door", exact=False).first.click()
                try:
                    await expect(dialog.get_by_text("Live", exact=True)).to_be_visible(timeout=3000)
                    break
                except AssertionError:
                    continue
            await ben.page.wait_for_timeout(1000)
            figures = await ben.page.evaluate("window.intercom.look()")
            assert figures["videoFramesDecoded"] > 5
            assert (figures["audioPacketsReceived"], figures["audioPacketsSent"]) == (0, 0)
            assert figures["videoPacketsSent"] == 0
            await ben.button("Stop looking").click()
            told = []
            while "Nobody looks at the door any more." not in told:
                line = await asyncio.wait_for(station.stdout.readline(), PATIENCE)
                told.append(line.decode().strip())
            assert "A resident looks at the door. Nobody hears you." in told
    finally:
        station.kill()
        await station.wait()
