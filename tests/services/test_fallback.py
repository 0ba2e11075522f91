"""Nobody answers, or it is closed: the contact persons are rung, or those on duty."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.call import Reason, Stage
from intercom.domain.hours import read_day
from intercom.domain.ids import AccountId, DeviceId, EntryId
from intercom.domain.phonebook import Fallback, SiteKind
from intercom.storage.documents import call_from, call_to
from tests.fakes import House
from tests.fakes.house import SITE


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


async def test_no_ring_is_longer_than_the_house_lets_one_be(house: House) -> None:
    short = replace(house.switchboard, rules=replace(house.rules, ring=20.0))
    call = await short.ring(house.panel("street-panel"), EntryId("flat31-entry"))
    assert call.stage_deadline - call.placed_at == 20


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


# -- the duty list --


def on_duty(house: House, *people: str) -> None:
    """These people are on the list, and are rung when nobody answers."""
    house.phonebooks.on_duty[SITE] = tuple(AccountId(person) for person in people)
    rule(house, fallback_to=Fallback.DUTY)


def rule(house: House, **rules: object) -> None:
    """Other rules at the site."""
    site = house.phonebooks.sites[0]
    house.phonebooks.sites[0] = replace(site, rules=replace(site.rules, **rules))


async def test_where_there_is_a_duty_list_it_is_rung_instead_of_the_contact_persons(house: House) -> None:
    house.renames("flat32-entry", contact=False)
    house.renames("flat31-entry", contact=True)
    on_duty(house, "ferhat")
    await house.ring()
    await house.after(29)
    house.told()
    await house.after(1)
    assert house.told()[:2] == ["ferhat-phone: invite invited", "street-panel: call calling"]


async def test_an_empty_duty_list_lets_the_household_ring_as_long_as_anywhere(house: House) -> None:
    on_duty(house)
    call = await house.ring()
    await house.after(30)
    assert (await house.now(call)).alive
    await house.after(15)
    assert (await house.now(call)).reason is Reason.NO_ANSWER


async def test_the_call_of_those_on_duty_says_which_call_it_follows(house: House) -> None:
    on_duty(house, "ferhat")
    first = await house.ring()
    await house.after(30)
    second = await house.calls.of_panel(first.panel)
    assert second is not None
    assert (first.follows, second.follows) == (None, first.id)


# -- opening hours --


def company(house: House, hours: str = "08:00-18:00") -> None:
    """Companies with these hours each day; now it is 08:00 UTC."""
    spans = tuple(span for day in range(7) for span in read_day(day, hours))
    site = house.phonebooks.sites[0]
    house.phonebooks.sites[0] = replace(
        site, kind=SiteKind.COMPANY, rules=replace(site.rules, opening_hours=spans)
    )
    assert house.clock.now() % 86400 == 8 * 3600


async def test_outside_opening_hours_nobody_is_rung_and_the_caller_is_told_when_it_opens(
    house: House,
) -> None:
    company(house, "09:00-18:00")
    call = await house.ring()
    assert (call.reason, call.opens_at) == (Reason.CLOSED, house.clock.now() + 3600)
    assert not call.legs
    assert "street-panel: call ended closed" in house.told()
    assert [past.text for past in await house.past("anna")] == ["Outside opening hours"]
    await house.after(3600)
    assert (await house.ring()).alive


async def test_a_household_is_rung_at_any_hour_and_a_company_only_within_its_own(house: House) -> None:
    company(house, "09:00-18:00")
    entry = next(e for e in house.phonebooks.entries if e.id == "flat31-entry")
    assert entry.unit is not None
    house.renames("flat31-entry", unit=replace(entry.unit, hours=read_day(house_day(house), "07:00-08:30")))
    assert (await house.ring()).alive, "its own hours win"
    site = house.phonebooks.sites[0]
    house.phonebooks.sites[0] = replace(site, kind=SiteKind.RESIDENTIAL)
    assert (await house.ring("flat32-entry", "yard-panel")).alive
    house.renames("flat31-entry", unit=replace(entry.unit, hours=read_day(house_day(house), "07:00-07:30")))
    await house.after(60)
    assert (await house.ring()).reason is Reason.CLOSED, "a shop in a house"


def house_day(house: House) -> int:
    """Today's weekday."""
    return (int(house.clock.now() // 86400) + 3) % 7


async def test_outside_opening_hours_those_on_duty_are_rung_where_the_site_says_so(house: House) -> None:
    company(house, "09:00-18:00")
    on_duty(house, "ferhat")
    assert (await house.ring()).reason is Reason.CLOSED
    await house.after(1)
    rule(house, closed_to_duty=True)
    house.told()
    closed = await house.ring()
    assert closed.reason is Reason.CLOSED
    assert house.told()[:2] == ["ferhat-phone: invite invited", "street-panel: call calling"]
    call = await house.calls.of_panel(closed.panel)
    assert call is not None
    assert (call.people, call.follows) == ((AccountId("ferhat"),), closed.id)
    await house.after(house.rules.ring)
    assert "street-panel: call ended no_answer" in house.told()


async def test_where_nobody_on_duty_can_be_reached_it_is_closed(house: House) -> None:
    company(house, "09:00-18:00")
    on_duty(house, "ferhat")
    rule(house, closed_to_duty=True)
    await house.leaves("ferhat-phone")
    house.told()
    await house.ring()
    assert [line for line in house.told() if "panel" in line] == ["street-panel: call ended closed"]


async def test_a_closed_call_is_read_from_the_file_as_it_was_written(house: House) -> None:
    company(house, "09:00-18:00")
    call = await house.ring()
    assert call_from(call_to(call)) == call
