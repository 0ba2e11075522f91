"""With `relay_only` all picture and sound goes through a real coturn, on both sides."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import browsers
from tests.e2e.house import INTERCOM, ROOT, House, environment
from tests.ice.turn_server import SECRET, TurnServer


@pytest.fixture
def turn(tmp_path: Path) -> Iterator[TurnServer]:
    with TurnServer(tmp_path) as server:
        yield server


@pytest.fixture
def house(tmp_path: Path, turn: TurnServer) -> Iterator[House]:
    running = House(tmp_path / "house", turn=" ".join(turn.urls), turn_secret=SECRET, relay_only="true")
    running.start()
    yield running
    running.close()


@pytest.mark.browser
async def test_a_call_between_two_browsers_passes_through_the_relay_alone(
    house: House, turn: TurnServer
) -> None:
    async with browsers(house) as screens:
        anna = await screens.resident("anna")
        panel = await screens.panel()
        await panel.button("Anna Lind", exact=False).first.click()
        await anna.page.get_by_role("dialog", name="Incoming call").wait_for()
        await anna.grows("videoFramesDecoded", 10)
        await anna.button("Answer").click()
        await expect(anna.status).to_have_text("Connected")
        await anna.grows("audioEnergyIn", 0.01)
        await panel.grows("audioEnergyIn", 0.01)
        for screen in (anna, panel):
            assert (await screen.figures())["path"] == ["relay", "relay"]
        await anna.button("Hang up").click()
        await expect(panel.status).to_have_text("Call ended: they hung up")
    assert turn.said.count("ALLOCATE processed, success") >= 2


@pytest.mark.browser
async def test_a_doorstation_keeps_to_the_relay_too(house: House, turn: TurnServer) -> None:
    async with browsers(house) as screens:
        anna = await screens.resident("anna")
        words = ["panel", "--server", house.base, "--key-file", house.demo["doorstation"]["key_file"]]
        station = await asyncio.create_subprocess_exec(
            *INTERCOM,
            *words,
            *("--ring", "Anna Lind", "--no-keypad"),
            cwd=ROOT,
            env=environment(),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await anna.page.get_by_role("dialog", name="Incoming call").wait_for()
            await anna.grows("videoFramesDecoded", 10)
            await anna.button("Answer").click()
            await expect(anna.status).to_have_text("Connected")
            await anna.grows("audioEnergyIn", 0.01)
            assert (await anna.figures())["path"] == ["relay", "relay"]
        finally:
            station.terminate()
            await asyncio.wait_for(station.wait(), 10)
