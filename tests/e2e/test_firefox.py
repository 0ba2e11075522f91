"""A household in real Firefox, and the doorstation program as the caller: three devices, two people."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.e2e.firefox import Fox, firefox
from tests.e2e.house import ROOT, House
from tests.e2e.watching import SENDERS, SILENT_WITHIN, STOPS_WITHIN, TONES

pytestmark = pytest.mark.browser

SHOWN = (
    "navigator.serviceWorker.ready.then((w) => w.getNotifications()).then((all) => all.map((n) => n.title))"
)
"""The notifications of a page."""
RINGS = "document.querySelector('[role=dialog]') !== null"


@contextlib.asynccontextmanager
async def doorstation(house: House, entry: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """It rings this entry once, and ends with the call."""
    station = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "intercom", "panel", "--server", house.base),
        *("--key-file", house.demo["doorstation"]["key_file"], "--ring", entry, "--once"),
        *("--loopback", "--no-keypad"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield station
    finally:
        if station.returncode is None:
            station.kill()


async def figures(page: Fox, holds: str) -> dict[str, Any]:
    """What its connection sends and receives, as soon as that holds of it."""
    source = f"window.intercom.stats()?.then?.((s) => ({holds}) && s)"
    found: dict[str, Any] = await page.until(source)
    return found


async def camera(page: Fox) -> tuple[Any, ...]:
    """Whether there is a track, it can be sent, a light is on."""
    found = await page.evaluate("window.sender('video')")
    return found["live"], found["active"], found["lights"]


async def stopped_in_time(winner: Fox, others: list[Fox]) -> None:
    """By the clock of the pages, from the press on one to the silence of the others."""
    pressed = (await winner.evaluate("window.heard()"))["pressed"]
    for one in others:
        await one.until("window.heard().playing === 0")
        heard = await one.evaluate("window.heard()")
        told = min(word["at"] for word in heard["told"] if word["at"] >= pressed - 0.05)
        assert heard["stopped"] - pressed < STOPS_WITHIN, (one.name, heard["stopped"] - pressed)
        assert heard["stopped"] - told < SILENT_WITHIN, (one.name, heard["stopped"] - told)
    assert (await winner.evaluate("window.heard()"))["playing"] == 0


async def test_a_household_in_firefox(house: House) -> None:
    async with firefox(house) as browser, house.people() as people:
        laptop = await browser.resident("anna", "laptop", TONES + SENDERS)
        tablet = await browser.resident("anna", "tablet", TONES)
        ben = await browser.resident("ben", "ben", TONES)

        # do not disturb, decline, and that the others ring on
        panel = await people.panel()
        await tablet.press("Do not disturb")
        await tablet.reads("This device does not ring.")
        await panel.rings("Anna Lind")
        for one in (laptop, ben):
            await one.until(RINGS)
        assert not await tablet.evaluate(RINGS)
        # its page lies behind the others
        assert await laptop.evaluate("document.visibilityState") == "hidden"
        await laptop.until("document.title === 'Ringing: Street door'")
        await laptop.until("document.title === 'Birkenhof 12'")
        await laptop.until(f"{SHOWN}.then((titles) => titles.join() === 'Ringing: Street door')")
        await ben.press("Decline")
        await ben.says("Call ended: you declined")
        assert await laptop.evaluate(RINGS)
        await laptop.press("Decline")
        await panel.hears("ended", reason="declined")
        await laptop.until(f"{SHOWN}.then((titles) => titles.length === 0)")
        await tablet.press("Do not disturb")
        await tablet.reads("Calls ring on this device.")
        for one in (laptop, ben):
            await one.press("Back to the doors")

        # all ring, with the picture and no sound; one answers, the others stop at once and say who did
        async with doorstation(house, "Anna Lind") as station:
            for one in (laptop, tablet, ben):
                await one.evaluate("forget()")
            for one in (laptop, tablet, ben):
                seen = await figures(one, "s.videoFramesDecoded > 5")
                assert seen["audioPacketsReceived"] == seen["audioPacketsSent"] == 0
                assert seen["videoPacketsSent"] == 0
                assert (await one.evaluate("window.heard()"))["playing"] == 1
            await laptop.press("Answer")
            await stopped_in_time(laptop, [tablet, ben])
            name = await laptop.evaluate("window.intercom.state().home.device_name")
            await tablet.says(f"Call ended: answered on {name}")
            await ben.says("Call ended: answered by Anna Lind")
            await laptop.says("Connected")
            await figures(laptop, "s.audioEnergyIn > 0.001 && s.audioPacketsSent > 50")

            # the camera: off is no packet, no track, no light
            dark = (None, False, 0)
            assert await camera(laptop) == dark
            assert (await figures(laptop, "true"))["videoPacketsSent"] == 0
            await laptop.press("Turn camera on")
            await figures(laptop, "s.videoPacketsSent > 20")
            assert await camera(laptop) == (True, True, 1)
            await laptop.press("Turn camera off")
            await laptop.reads("Turn camera on", where="button")
            assert await camera(laptop) == dark
            await asyncio.sleep(0.7)  # what was on its way has left
            off = await figures(laptop, "true")
            await figures(laptop, f"s.audioPacketsSent > {off['audioPacketsSent'] + 100}")
            assert (await figures(laptop, "true"))["videoPacketsSent"] == off["videoPacketsSent"]

            # somebody else rings while all of the household talk: busy at once, and a silent word here
            await ben.press("Back to the doors")
            await ben.press("On the telephone")
            await ben.reads("Visitors are told that the line is busy")
            await laptop.evaluate("forget()")
            await panel.rings("Anna Lind")
            assert (await panel.hears("ended"))["reason"] == "busy"
            await laptop.reads("Street door has rung for you. The call goes on.", where=".wait-band")
            assert await laptop.evaluate("window.tones.length") == 0, "nothing has sounded"
            await laptop.says("Connected")
            await laptop.press("Hide")
            await laptop.until("document.querySelector('.wait-band') === null")

            await laptop.press("Text")
            await laptop.press("I am coming.")
            await laptop.does("type", selector="#write", text="Two minutes")
            await laptop.does("key", key="Enter")
            await laptop.press("Open Street door")
            await laptop.press("Open Street door")
            await laptop.says("Opened")
            await laptop.press("Hang up")
            await laptop.says("Call ended: you hung up")
            told = (await asyncio.wait_for(station.communicate(), 20))[0].decode().splitlines()
        for line in ("They write: I am coming.", "They write: Two minutes"):
            assert line in told
        counted = json.loads(next(line for line in reversed(told) if line.startswith("{")))
        assert counted["frames_received"] > 0
        assert counted["audio_energy"] > 0

        # it proves that it rings, and its equipment is tried; Firefox gives that to the page in front only
        await ben.evaluate("location.hash = 'settings'")
        await ben.press("Test ring")
        await ben.reads("It rang.")
        await ben.reads("Last proven: Today")
        await ben.press("Try the microphone")
        await ben.reads("Say something: the bars move.")
