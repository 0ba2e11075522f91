"""In the talk: off is off, devices change without a new call; and after its end nothing sounds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import Browsers, Screen, browsers
from tests.e2e.house import House
from tests.e2e.watching import SENDERS, SILENT_WITHIN, STOPS_WITHIN, TONES

pytestmark = pytest.mark.browser


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    running = House(tmp_path / "house", ring_seconds=4)
    running.start()
    yield running
    running.close()


async def at_home(screens: Browsers, who: str, script: str) -> Screen:
    """As `Browsers.resident`, with a script in the page from the start."""
    screen = await screens.resident(who)
    await screen.page.add_init_script(script)
    await screen.page.reload()
    await expect(screen.page.get_by_role("heading", name="Doors", exact=True)).to_be_visible()
    return screen


async def becomes(screen: Screen, true: str, argument: str | None = None) -> None:
    """Wait for it; the page's policy forbids what the driver has for this."""
    for _ in range(600):
        if await screen.page.evaluate(true, argument):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"in vain: {true}")


async def sender(screen: Screen, kind: str) -> dict[str, Any]:
    """What the page's connection sends with."""
    found: dict[str, Any] = await screen.page.evaluate("(kind) => window.sender(kind)", kind)
    return found


async def test_a_camera_that_is_off_is_off_and_devices_change_without_a_new_call(house: House) -> None:
    async with browsers(house) as screens:
        panel, anna = await screens.panel(), await at_home(screens, "anna", SENDERS)
        await panel.button("Anna Lind", exact=False).first.click()
        await anna.button("Answer").click()
        await expect(anna.status).to_have_text("Connected")
        await panel.grows("audioEnergyIn", 0.005)
        off = {"device": None, "live": None, "active": False, "connections": 1, "lights": 0}
        assert await sender(anna, "video") == off
        assert (await anna.figures())["videoPacketsSent"] == 0

        await anna.button("Turn camera on").click()
        await panel.grows("videoFramesDecoded", 10)
        on = await sender(anna, "video")
        assert (on["live"], on["active"], on["lights"]) == (True, True, 1)
        await anna.button("Turn camera off").click()
        await expect(anna.button("Turn camera on")).to_be_visible()
        assert await sender(anna, "video") == off, "its light is out, and nothing can be sent"
        await anna.grows("audioPacketsSent", 25)  # what was on its way has left
        sent = (await anna.figures())["videoPacketsSent"]
        await panel.grows("audioPacketsReceived", 100)
        assert (await anna.figures())["videoPacketsSent"] == sent

        await anna.page.evaluate("unplug('audio')")  # another one is there
        await becomes(anna, "window.sender('audio').live && window.sender('audio').lights === 1")
        await panel.grows("audioEnergyIn", 0.005)

        await anna.page.get_by_text("Microphone, camera, loudspeaker").click()
        choice = anna.page.locator("#now-audioinput")
        await expect(choice.locator("option")).not_to_have_count(0)
        before = await sender(anna, "audio")
        other = [
            value
            for value in await choice.locator("option").evaluate_all("all => all.map((one) => one.value)")
            if value not in ("", before["device"])
        ]
        assert other
        await choice.select_option(value=other[-1])
        await becomes(anna, "(id) => window.sender('audio').device === id", other[-1])
        assert (await sender(anna, "audio"))["lights"] == 1, "the one before was let go"
        await panel.grows("audioEnergyIn", 0.005)

        await anna.page.evaluate("window.unplugged = true; unplug('audio')")  # there is no other
        await expect(anna.page.get_by_text("They cannot hear you.")).to_be_visible()
        await anna.page.evaluate(
            "window.unplugged = false; navigator.mediaDevices.dispatchEvent(new Event('devicechange'))"
        )
        await expect(anna.page.get_by_text("They cannot hear you.")).to_be_hidden()
        await panel.grows("audioEnergyIn", 0.005)
        assert (await sender(anna, "audio"))["connections"] == 1, "all in one connection"
        await anna.button("Hang up").click()


async def rings(panel: Screen, devices: list[Screen]) -> None:
    for screen in (panel, *devices):
        await screen.page.evaluate("forget()")
    await panel.button("Anna Lind", exact=False).first.click()
    for screen in (panel, *devices):
        await becomes(screen, "window.heard().playing === 1")


async def silent(what: str, screens: list[Screen], actor: Screen | None) -> None:
    """All have stopped, soon enough after the end; who pressed and who was told, at once."""
    for screen in screens:
        await becomes(screen, "window.heard().playing === 0")
    heard = [await screen.page.evaluate("window.heard()") for screen in screens]
    pressed = (await actor.page.evaluate("window.heard()"))["pressed"] if actor else 0.0
    ended = pressed or min(told["now"] for one in heard for told in one["told"])
    for one in heard:
        assert one["stopped"] - ended < STOPS_WITHIN, (what, one["stopped"] - ended)
        known = min(
            at for at in (one["pressed"], *(told["at"] for told in one["told"])) if at >= ended - 0.05
        )
        assert one["stopped"] - known < SILENT_WITHIN, (what, one["stopped"] - known)


async def test_every_tone_stops_at_once_and_every_device_within_half_a_second_of_any_end(
    house: House,
) -> None:
    async with browsers(house) as screens:
        panel = await screens.screen()
        await panel.page.add_init_script(TONES)
        await panel.page.goto(house.demo["panel_url"])
        anna, tablet, ben = [await at_home(screens, who, TONES) for who in ("anna", "anna", "ben")]
        all_of_them = [anna, tablet, ben]

        await rings(panel, all_of_them)
        await panel.button("Hang up").click()
        await silent("given up", [panel, *all_of_them], panel)
        await panel.button("Back to the names").click()

        await rings(panel, all_of_them)
        await silent("nobody answered", [panel, *all_of_them], None)
        await panel.button("Back to the names").click()

        await rings(panel, all_of_them)
        await ben.button("Answer").click()
        await silent("answered elsewhere", [panel, *all_of_them], ben)
        await ben.button("Hang up").click()
        await panel.button("Back to the names").click()

        await rings(panel, all_of_them)
        await anna.button("Decline").click()
        await silent("declined on another device of hers", [anna, tablet], anna)
        assert await ben.page.evaluate("window.heard().playing") == 1, "he may still come"
        await ben.button("Decline").click()
        await silent("declined by all", [panel, ben], ben)
