"""Nothing comes through in a talk: who is told what and when, also across a restart of the server."""

from __future__ import annotations

import pytest

from intercom.domain.call import Call, Reason, Stage
from intercom.domain.errors import UnknownCall
from intercom.domain.ids import DeviceId, LegId, PanelId
from tests.fakes import House

ANNA = DeviceId("anna-phone")
PANEL = PanelId("street-panel")
BOTH_TOLD = ["street-panel: call established", "anna-phone: call established"]


async def talking(house: House) -> tuple[Call, LegId]:
    call = await house.ring()
    await house.rings(call, "anna-phone")
    await house.accept(call, "anna-phone")
    await house.media_up(call, "anna-phone")
    house.clock.passes(30)
    house.told()
    now = await house.now(call)
    assert now.accepted is not None
    return now, now.accepted


async def ticks(house: House, seconds: float) -> None:
    house.clock.passes(seconds)
    await house.switchboard.tick()


async def test_both_are_told_after_12_seconds_and_the_talk_ends_with_its_reason_after_20(
    house: House,
) -> None:
    call, leg = await talking(house)
    await house.switchboard.device_hears_nothing(ANNA, call.id, leg, 5.0)
    await ticks(house, 6.9)
    assert house.told() == []
    await ticks(house, 0.2)
    assert house.told() == BOTH_TOLD
    await ticks(house, 7.8)
    assert house.told() == []
    await ticks(house, 0.2)
    assert house.told() == ["street-panel: call ended media_failed", "anna-phone: call ended media_failed"]
    assert (await house.now(call)).reason is Reason.MEDIA_FAILED


async def test_what_comes_again_in_time_ends_the_silence_and_whoever_was_told_of_it_is_told(
    house: House,
) -> None:
    call, leg = await talking(house)
    await house.switchboard.caller_hears_nothing(PANEL, call.id, leg, 5.0)
    await ticks(house, 5)
    await house.switchboard.caller_hears_nothing(PANEL, call.id, leg, 0.0)
    await ticks(house, 20)
    assert house.told() == []
    await house.switchboard.caller_hears_nothing(PANEL, call.id, leg, 13.0)
    await ticks(house, 0)
    assert house.told() == BOTH_TOLD
    await house.switchboard.caller_hears_nothing(PANEL, call.id, leg, 0.0)
    assert house.told() == BOTH_TOLD
    await ticks(house, 60)
    assert (await house.now(call)).stage is Stage.ESTABLISHED


async def test_a_server_that_starts_again_believes_nobody_who_is_not_back(house: House) -> None:
    call, leg = await talking(house)
    await house.switchboard.device_hears_nothing(ANNA, call.id, leg, 11.0)
    house.clock.passes(8)  # it was away, and what came meanwhile nobody could tell it
    await house.switchboard.recover()
    await house.switchboard.tick()
    assert (await house.now(call)).stage is Stage.ESTABLISHED
    await house.switchboard.caller_back(PANEL)
    await house.switchboard.device_back(ANNA)
    house.told()
    await house.switchboard.device_hears_nothing(ANNA, call.id, leg, 19.0)
    await ticks(house, 0)
    assert house.told() == BOTH_TOLD
    await ticks(house, 1)
    assert (await house.now(call)).reason is Reason.MEDIA_FAILED


async def test_only_the_ends_of_the_talk_are_heard(house: House) -> None:
    call, leg = await talking(house)
    with pytest.raises(UnknownCall):
        await house.switchboard.device_hears_nothing(DeviceId("ben-phone"), call.id, leg, 9.0)
    with pytest.raises(UnknownCall):
        await house.switchboard.caller_hears_nothing(PanelId("garage-panel"), call.id, leg, 9.0)
    assert await house.now(call) == call
