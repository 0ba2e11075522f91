"""Nobody answers: the contact persons are rung."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.call import Reason, Stage
from intercom.domain.ids import AccountId, DeviceId
from tests.fakes import House


@pytest.fixture
async def house(house: House) -> House:
    """Ferhat is the contact person, and is rung when a household has not answered for 30 seconds."""
    house.renames("flat32-entry", contact=True)
    house.phonebooks.sites[0] = replace(
        house.phonebooks.sites[0], rules=replace(house.phonebooks.sites[0].rules, fallback_after=30)
    )
    return house


async def test_after_the_household_the_contact_person_is_rung_and_the_caller_goes_from_ring_to_ring(
    house: House,
) -> None:
    first = await house.ring()
    await house.rings(first, "anna-phone")
    await house.after(29)
    house.told()
    await house.after(1)
    told = house.told()
    assert told[:2] == ["ferhat-phone: invite invited", "street-panel: call calling"]
    assert "anna-phone: stop no_answer" in told
    assert not [line for line in told if line.startswith("street-panel: call ended")]
    second = await house.calls.of_panel(first.panel)
    assert second is not None
    assert (second.entry, second.people) == (first.entry, (AccountId("ferhat"),))
    await house.accept(second, "ferhat-phone")
    assert (await house.now(second)).stage is Stage.CONNECTING
    assert [past.call for past in await house.past("anna")] == [first.id], "the household has missed it"


async def test_it_ends_there(house: House) -> None:
    first = await house.ring()
    await house.after(30)
    second = await house.calls.of_panel(first.panel)
    assert second is not None
    house.told()
    await house.after(house.rules.ring)
    assert "street-panel: call ended no_answer" in house.told()
    assert await house.calls.of_panel(first.panel) is None


async def test_a_household_that_cannot_be_reached_is_passed_over_at_once(house: House) -> None:
    await house.leaves("anna-phone", "anna-laptop", "ben-phone")
    house.told()
    first = await house.ring()
    assert first.reason is Reason.UNREACHABLE
    assert house.told() == ["ferhat-phone: invite invited", "street-panel: call calling"]


async def test_where_no_contact_person_can_be_reached_the_caller_is_told_one_end(house: House) -> None:
    await house.leaves("anna-phone", "anna-laptop", "ben-phone", "ferhat-phone")
    house.told()
    await house.ring()
    assert house.told() == ["street-panel: call ended unreachable"]


async def test_a_household_that_declines_or_talks_is_not_passed_over(house: House) -> None:
    call = await house.ring()
    for device in ("anna-phone", "ben-phone"):
        await house.decline(call, device)
    assert (await house.now(call)).reason is Reason.DECLINED
    assert await house.calls.of_panel(call.panel) is None
    for device in ("anna-phone", "anna-laptop", "ben-phone"):
        await house.switchboard.device_says(DeviceId(device), dnd=None, on_the_phone=True)
    house.told()
    busy = await house.ring(panel="yard-panel")
    assert busy.reason is Reason.BUSY
    assert [line for line in house.told() if "panel" in line] == ["yard-panel: call ended busy"]
    assert await house.calls.of_panel(busy.panel) is None


async def test_a_contact_person_who_is_rung_themselves_is_not_rung_again(house: House) -> None:
    call = await house.ring("flat32-entry")
    await house.after(30)
    assert (await house.now(call)).alive, "it rings as long as everywhere"
    await house.after(15)
    assert (await house.now(call)).reason is Reason.NO_ANSWER
    assert await house.calls.of_panel(call.panel) is None


async def test_a_caller_who_gives_up_rings_nobody_else(house: House) -> None:
    call = await house.ring()
    await house.switchboard.caller_hangs_up(call.panel, call.id)
    assert await house.calls.of_panel(call.panel) is None
