"""A way to the lock that comes and goes a thousand times: nothing opens that nobody pressed for, and whoever
presses meanwhile gets one turn at most and the truth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intercom.access import mqtt_link
from intercom.domain.door import LockStatus
from intercom.ports import CommandRefused, CommandTaken, LockChanged
from tests.access.rigs import RIGS, BuiltinRig, MqttRig, RelayRig, Rig, SaltoRig

FLAPS = 1000
PRESSES = 20


@pytest.fixture(params=RIGS)
async def rig(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Rig]:
    monkeypatch.setattr(mqtt_link, "_FIRST_WAIT", 0.001)
    rig = RIGS[request.param](tmp_path, monkeypatch)
    await rig.start()
    yield rig
    await rig.close()


async def flap(rig: Rig) -> None:
    """The way to the lock is gone, and there again; the core has seen both."""
    match rig:
        case BuiltinRig():
            await rig.core.set_fault(rig.door.id, "offline")
            assert not rig.core.status(rig.door.id).online
            await rig.core.set_fault(rig.door.id, "none")
        case SaltoRig(site=site):
            site.server.locks["ks-door"].online = False
            await rig.core._look()
            assert not rig.core.status(rig.door.id).online
            site.server.locks["ks-door"].online = True
            await rig.core._look()
        case RelayRig(server=server):
            server.online = False
            await rig.core._look()
            assert not rig.core.status(rig.door.id).online
            server.online = True
            await rig.core._look()
        case MqttRig(way=way):
            gone = times_gone(rig)
            for task in tuple(way._there):
                task.cancel()
            async with asyncio.timeout(4):
                while times_gone(rig) == gone or out_of_reach(rig.core.status(rig.door.id)):  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
        case _:
            raise AssertionError("how does this one flap?")
    assert not out_of_reach(rig.core.status(rig.door.id))


def out_of_reach(status: LockStatus) -> bool:
    return not status.online or status.trouble is not None


def times_gone(rig: Rig) -> int:
    return sum(isinstance(event, LockChanged) and out_of_reach(event.status) for event in rig.said)


async def test_a_thousand_flaps_turn_no_lock_but_for_who_pressed(rig: Rig) -> None:
    assert isinstance(await rig.press("before"), CommandTaken)
    await rig.until(lambda: len(rig.opened) == 1)
    pressed: list[asyncio.Task[object]] = []
    for number in range(FLAPS):
        if number % (FLAPS // PRESSES) == 0:
            pressed.append(asyncio.create_task(rig.press(f"press {number}")))
            if len(pressed) % 2:  # every other command is under way when it flaps
                await asyncio.sleep(0.02)
        await flap(rig)
    results = await asyncio.gather(*pressed)
    refused = sum(isinstance(result, CommandRefused) for result in results)
    taken = 1 + sum(isinstance(result, CommandTaken) for result in results)
    await asyncio.sleep(0.2)
    assert taken <= rig.turned <= 1 + PRESSES - refused
    names = {"before", *(f"press {number}" for number in range(FLAPS))}
    assert {event.request for event in rig.opened if event.asked} <= names
    assert len(rig.opened) <= rig.turned, "it said more often that it opened than it did"
    print(f"{FLAPS} flaps, {PRESSES} presses: {refused} refused, {taken} taken, {rig.turned} turned")
