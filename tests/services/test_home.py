"""A smart home: it sees doors and no people, and opens where the site lets it, in the log as itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.call import Call
from intercom.domain.door import HOME_ASSISTANT, LockStatus, Refusal, Truth
from intercom.domain.errors import DoorRefused, NotFound, TooMany
from intercom.domain.ids import LockId
from intercom.services.dispatch import Dispatch
from intercom.services.home import SmartHome
from tests.fakes import House

STREET = LockId("street-door")


def allow(house: House) -> None:
    house.phonebooks.sites[:] = [
        replace(site, rules=replace(site.rules, home_opens=True)) for site in house.phonebooks.sites
    ]


def smart(house: House) -> SmartHome:
    return SmartHome(house.phonebooks, house.panels, house.doors, house.new_id)


async def test_it_sees_entrances_locks_and_panels_of_every_site(house: House) -> None:
    doors = {door.entrance: door for door in await smart(house).shown()}
    assert set(doors) == {"street", "yard", "far-door"}
    assert [lock.id for lock in doors["street"].locks] == ["street-door", "inner-door"]  # type: ignore[index]
    assert doors["street"].panels == ("street-panel",)  # type: ignore[index]
    assert not any(door.opens for door in doors.values()), "unless a site says otherwise"
    allow(house)
    assert all(door.opens for door in await smart(house).shown())


async def test_it_opens_nothing_unless_the_site_lets_it_and_the_try_is_in_the_log(house: House) -> None:
    with pytest.raises(DoorRefused) as refused:
        await smart(house).open(STREET)
    assert refused.value.refusal == Refusal.NOT_ALLOWED
    assert house.access.commands == []
    (opening,) = house.openings.rows
    assert (opening.person, opening.truth) == (HOME_ASSISTANT, Truth.REFUSED)


async def test_where_the_site_lets_it_one_command_leaves_and_the_log_says_who(house: House) -> None:
    allow(house)
    await smart(house).open(STREET)
    await house.settle()
    assert len(house.access.commands) == 1
    (opening,) = house.openings.rows
    assert (opening.person, opening.truth, opening.without_call) == (HOME_ASSISTANT, Truth.SENT, True)
    await house.access.opened("street-door", house.clock.now())
    assert house.openings.rows[0].truth is Truth.OPENED


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (LockStatus(online=False), Refusal.LOCK_OFFLINE),
        (LockStatus(trouble=Refusal.CORE_DOWN), Refusal.CORE_DOWN),
        (LockStatus(held_open=True), Refusal.HELD_OPEN),
    ],
)
async def test_a_lock_that_no_resident_could_open_it_cannot_either(
    house: House, status: LockStatus, why: Refusal
) -> None:
    allow(house)
    house.access.statuses[STREET] = status
    with pytest.raises(DoorRefused) as refused:
        await smart(house).open(STREET)
    assert refused.value.refusal == why
    assert house.access.commands == []


async def test_a_lock_that_nobody_knows_is_not_found(house: House) -> None:
    allow(house)
    with pytest.raises(NotFound):
        await smart(house).open(LockId("none"))


async def test_it_may_not_press_without_end() -> None:
    house = House(limits={"open": (3, 60.0)})
    allow(house)
    for _ in range(3):
        await smart(house).open(STREET)
    with pytest.raises(TooMany):
        await smart(house).open(STREET)


class Ear:
    """`ports.Bell` that keeps what it is told."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.calls: list[Call] = []
        self.invited: list[int] = []

    def call_changed(self, call: Call) -> None:
        self.calls.append(call)
        self.invited.append(len(self.house.signaler.to("anna-phone")))


async def test_it_is_told_of_a_ring_after_the_people_and_of_every_change(house: House) -> None:
    ear = Ear(house)
    house.dispatch = replace(house.dispatch, bell=ear)
    assert isinstance(house.dispatch, Dispatch)
    house.switchboard = replace(house.switchboard, dispatch=house.dispatch)
    call = await house.ring()
    assert [told.id for told in ear.calls] == [call.id]
    assert ear.invited == [1], "the phone was rung first"
    await house.rings(call, "anna-phone")
    await house.accept(call, "anna-phone")
    assert ear.calls[-1].accepted is not None
