"""Waiting where everybody talks."""

from __future__ import annotations

import pytest

from intercom.domain.call import Call, Reason, Stage
from intercom.domain.errors import NotNow, Taken, UnknownCall
from intercom.domain.ids import CallId, DeviceId
from intercom.services.waiting import WAIT_SECONDS, Waiting
from tests.fakes import House


@pytest.fixture
async def alone(house: House) -> House:
    """Only Ferhat is at home, and he talks."""
    await house.talk("ferhat-phone", "flat32-entry")
    return house


@pytest.fixture
def waiting(alone: House) -> Waiting:
    return Waiting(alone.switchboard, alone.clock)


async def busy(house: House) -> Call:
    """The other panel finds him talking."""
    call = await house.ring("flat32-entry", "yard-panel")
    assert call.reason is Reason.BUSY
    house.told()
    return call


async def hangs_up(house: House) -> None:
    (call,) = await house.calls.of_device(DeviceId("ferhat-phone"))
    await house.switchboard.resident_hangs_up(DeviceId("ferhat-phone"), call.id)
    house.told()


async def test_it_rings_by_itself_as_soon_as_somebody_is_free(alone: House, waiting: Waiting) -> None:
    call = await busy(alone)
    assert await waiting.wait(alone.panel("yard-panel"), call.id) == alone.clock.now() + WAIT_SECONDS
    await waiting.tick()
    assert alone.told() == [], "nobody is disturbed meanwhile"
    await hangs_up(alone)
    await waiting.tick()
    assert alone.told() == ["ferhat-phone: invite invited", "yard-panel: call calling"]
    await waiting.tick()
    assert alone.told() == [], "and once"


async def test_nobody_waits_longer_than_ninety_seconds(alone: House, waiting: Waiting) -> None:
    call = await busy(alone)
    await waiting.wait(alone.panel("yard-panel"), call.id)
    alone.clock.passes(WAIT_SECONDS)
    await hangs_up(alone)
    await waiting.tick()
    assert alone.told() == []
    with pytest.raises(NotNow):
        await waiting.wait(alone.panel("yard-panel"), call.id)


async def test_who_goes_away_is_not_rung_for(alone: House, waiting: Waiting) -> None:
    call = await busy(alone)
    await waiting.wait(alone.panel("yard-panel"), call.id)
    waiting.leave(alone.panel("yard-panel").id)
    await hangs_up(alone)
    await waiting.tick()
    assert alone.told() == []


async def test_there_is_one_place_and_who_has_it_may_ask_again(house: House) -> None:
    waiting = Waiting(house.switchboard, house.clock)
    await house.switchboard.device_says(DeviceId("ferhat-phone"), dnd=None, on_the_phone=True)
    first, second = [await house.ring("flat32-entry", panel) for panel in ("yard-panel", "street-panel")]
    until = await waiting.wait(house.panel("yard-panel"), first.id)
    assert await waiting.wait(house.panel("yard-panel"), first.id) == until
    with pytest.raises(Taken):
        await waiting.wait(house.panel("street-panel"), second.id)
    waiting.leave(house.panel("yard-panel").id)
    await waiting.wait(house.panel("street-panel"), second.id)
    with pytest.raises(UnknownCall):
        await waiting.wait(house.panel("street-panel"), first.id)


async def test_only_a_busy_call_of_ones_own_is_waited_for(alone: House, waiting: Waiting) -> None:
    unanswered = await alone.ring("flat31-entry", "yard-panel")
    await alone.switchboard.caller_hangs_up(unanswered.panel, unanswered.id)
    with pytest.raises(NotNow):
        await waiting.wait(alone.panel("yard-panel"), unanswered.id)
    with pytest.raises(UnknownCall):
        await waiting.wait(alone.panel("yard-panel"), CallId("nothing"))


async def test_a_panel_that_rings_elsewhere_meanwhile_waits_no_longer(alone: House, waiting: Waiting) -> None:
    call = await busy(alone)
    await waiting.wait(alone.panel("yard-panel"), call.id)
    elsewhere = await alone.ring("flat31-entry", "yard-panel")
    await hangs_up(alone)
    alone.told()
    await waiting.tick()
    assert alone.told() == []
    assert (await alone.now(elsewhere)).stage is Stage.CALLING
