"""Calls over a bad network: late, lost and reordered packets, and ways that are cut for a while."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import Browsers, Screen, browsers
from tests.e2e.house import ROOT, House, eventually
from tests.e2e.lossy import Line, LossyNet

pytestmark = pytest.mark.browser


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    running = House(tmp_path / "house")
    running.start()
    yield running
    running.close()


@pytest.fixture
async def net() -> AsyncIterator[LossyNet]:
    net = LossyNet()
    yield net
    net.close()


async def at_home(
    screens: Browsers, who: str, net: LossyNet | None = None, port: int | None = None
) -> Screen:
    """A resident's page whose media goes over `net`, and whose signalling over `port`."""
    screen = await screens.screen()
    if net:
        await net.between(screen)
    account = screens.house.account(who)
    own = f":{screens.house.port}"
    await screen.page.goto(account["url"].replace(own, f":{port}") if port else account["url"])
    await screen.page.get_by_label("E-mail").fill(account["email"])
    await screen.page.get_by_label("Password").fill(account["password"])
    await screen.button("Sign in").click()
    await expect(screen.page.get_by_role("heading", name="Doors", exact=True)).to_be_visible()
    return screen


async def talk(panel: Screen, name: str, device: Screen) -> None:
    await panel.button(name, exact=False).first.click()
    await device.button("Answer").click()
    for screen in (panel, device):
        await expect(screen.status).to_have_text("Connected")
        await screen.grows("audioEnergyIn", 0.005)


async def connections(screen: Screen) -> tuple[int, int]:
    """How many were made, and how often ICE was restarted on one."""
    found: list[int] = await screen.page.evaluate("[window.peers.length, window.restarts]")
    return found[0], found[1]


async def test_a_talk_survives_a_bad_line_and_ten_seconds_without_any_and_ends_in_words_after_twenty(
    house: House, net: LossyNet
) -> None:
    async with browsers(house) as screens:
        panel, anna = await screens.panel(), await at_home(screens, "anna", net)
        ferhat = await at_home(screens, "ferhat", net)
        station = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "intercom", "panel", "--server", house.base, "--once", "--stats"),
            *("--key-file", house.demo["doorstation"]["key_file"], "--loopback", "--no-keypad"),
            *("--ring", house.account("ferhat")["entry"]),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            await ferhat.button("Answer").click()
            await expect(ferhat.status).to_have_text("Connected")
            await talk(panel, "Anna Lind", anna)
            both = (anna, ferhat)
            for screen in both:
                await expect(screen.page.get_by_text("Good line")).to_be_visible()

            net.delay, net.jitter, net.loss = 0.06, 0.08, 0.12
            for screen in both:
                await expect(screen.page.get_by_text("Weak line")).to_be_visible()
                await screen.grows("audioPacketsReceived", 50)
                await screen.grows("videoFramesDecoded", 3)
            assert net.dropped > 20
            assert await connections(anna) == (1, 0), "a bad line is used, not replaced"

            net.delay, net.jitter, net.loss = 0.01, 0.0, 0.0
            net.cut = True
            await asyncio.sleep(7)
            for screen in both:
                await expect(screen.page.get_by_text("No line")).to_be_visible()
            net.cut = False
            for screen in both:
                await screen.grows("audioPacketsReceived", 50)
                await screen.grows("videoFramesDecoded", 5)
                await expect(screen.page.get_by_role("heading", name="Connected")).to_be_visible()
            assert await connections(anna) == (1, 1), "both are browsers: ICE was restarted"
            assert (await connections(ferhat))[0] == 2, "the doorstation cannot: a new connection"

            net.cut = True
            await asyncio.sleep(10)
            net.cut = False
            for screen in (*both, panel):
                await screen.grows("audioPacketsReceived", 50)
                await screen.grows("videoFramesDecoded" if screen is not panel else "audioPacketsSent", 5)
                await expect(screen.status).to_have_text("Connected")
            stored = house.stored_call(await call_of(anna))
            assert stored
            assert (stored["stage"], stored["silence_told"]) == ("established", False)

            net.cut = True
            began = time.monotonic()
            for screen in (panel, *both):
                words = screen.page.get_by_text("Connection lost", exact=False).first
                await expect(words).to_be_visible()
            call = await call_of(anna)
            await eventually(lambda: (house.stored_call(call) or {})["silence_told"], "told", within=14)
            told = time.monotonic() - began
            reason = "Call ended: no picture or sound came through"
            for screen in (panel, *both):
                await expect(screen.status).to_have_text(reason)
            ended = time.monotonic() - began
            assert 10 < told < 15, told
            assert 18 < ended < 24, ended
            out, _ = await asyncio.wait_for(station.communicate(), 20)
            said = [line for line in out.decode().splitlines() if not line.startswith("{")]
            assert "Their connection is lost. Waiting for it to return." in said
            assert said[-1] == "Call ended: no picture or sound came through."
        finally:
            if station.returncode is None:
                station.kill()


async def call_of(screen: Screen) -> str:
    return await screen.page.evaluate("window.intercom.state().ring.invite.call")


async def test_ten_seconds_without_the_server_change_nothing_for_those_who_talk(house: House) -> None:
    async with browsers(house) as screens:
        line = await Line(house.port).open()
        try:
            panel, anna = await screens.panel(), await at_home(screens, "anna", port=line.port)
            await talk(panel, "Anna Lind", anna)
            line.cut = True
            await asyncio.sleep(5)
            await anna.grows("audioPacketsReceived", 100)
            await asyncio.sleep(4)
            await anna.grows("videoFramesDecoded", 10)
            line.cut = False
            await panel.grows("audioEnergyIn", 0.01)
            await expect(panel.status).to_have_text("Connected")
            await anna.button("Hang up").click()
            await expect(panel.status).to_have_text("Call ended: they hung up")
            anna.faults[:] = [
                fault for fault in anna.faults if f"asks http://localhost:{line.port}" not in fault
            ]
        finally:
            await line.close()
