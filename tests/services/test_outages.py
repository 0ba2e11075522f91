"""Panels without a connection: one letter for each outage, to who runs the site, and none too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from intercom.domain.ids import AccountId, PanelId
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Standing
from intercom.services.outages import AFTER_SECONDS, START_SECONDS
from tests.fakes import House


async def passes(house: House, seconds: float) -> list[Letter]:
    """Time passes, with a look every quarter of a second; the letters that were written in it."""
    before = len(house.mail.letters)
    for _ in range(round(seconds * 4)):
        house.clock.passes(0.25)
        await house.outages.tick()
    return house.mail.letters[before:]


async def comes(house: House, *panels: str) -> None:
    for name in panels:
        await house.attendance.panel_arrived(house.panel(name))


async def goes(house: House, *panels: str) -> None:
    for name in panels:
        await house.attendance.panel_left(house.panel(name))


def readers(letters: Sequence[Letter]) -> list[str]:
    assert all(letter.kind is LetterKind.PANELS_OFFLINE for letter in letters)
    return sorted(letter.to for letter in letters)


def named(letters: Sequence[Letter]) -> set[str]:
    return {letter.values["panels"] for letter in letters}


@pytest.fixture
async def connected(house: House) -> House:
    await house.outages.tick()
    await comes(house, "street-panel", "yard-panel")
    assert await passes(house, START_SECONDS + 1) == []
    return house


BOTH = ["jonas@example.org", "marta@example.org"]


async def test_owner_and_admins_are_told_once_and_nobody_else(connected: House) -> None:
    await goes(connected, "street-panel")
    lost_at = connected.clock.now()
    assert await passes(connected, AFTER_SECONDS - 1) == []
    letters = await passes(connected, 1.5)
    assert readers(letters) == BOTH
    assert named(letters) == {"Street door: street panel"}
    assert {letter.values["since"] for letter in letters} == {str(lost_at)}
    assert {letter.values["path"] for letter in letters} == {"/admin/birch/entrances"}
    assert await passes(connected, 3 * 3600) == []
    assert connected.panel().offline_told_at is not None


async def test_a_panel_that_is_back_in_time_is_not_told(connected: House) -> None:
    await goes(connected, "street-panel")
    assert await passes(connected, AFTER_SECONDS - 1) == []
    await comes(connected, "street-panel")
    assert await passes(connected, 600) == []


async def test_the_next_outage_is_told_anew_and_a_return_is_not(connected: House) -> None:
    for _ in range(2):
        await goes(connected, "street-panel")
        assert readers(await passes(connected, 60)) == BOTH
        await comes(connected, "street-panel")
        assert connected.panel().offline_told_at is None
        assert await passes(connected, 60) == []


async def test_a_cable_that_takes_several_panels_is_one_letter_that_names_all(connected: House) -> None:
    await goes(connected, "street-panel")
    await passes(connected, 15)  # heartbeats do not miss all at the same moment
    await goes(connected, "yard-panel")
    letters = await passes(connected, 120)
    assert readers(letters) == BOTH
    assert named(letters) == {"Courtyard gate: yard panel\nStreet door: street panel"}


async def test_a_panel_that_only_loads_anew_while_another_is_told_is_not_named(connected: House) -> None:
    await goes(connected, "street-panel")
    await passes(connected, AFTER_SECONDS - 1)
    await goes(connected, "yard-panel")
    assert named(await passes(connected, 2)) == {"Street door: street panel"}
    await comes(connected, "yard-panel")
    assert await passes(connected, 120) == []


async def test_a_panel_that_was_taken_out_of_service_is_not_told(connected: House) -> None:
    await goes(connected, "street-panel")
    await connected.enrollment.revoke(connected.session("marta"), PanelId("street-panel"))
    assert await passes(connected, 120) == []


async def test_a_start_gives_panels_time_and_tells_those_that_do_not_come(connected: House) -> None:
    connected.start()  # both were connected, and the server was killed
    assert await passes(connected, 60) == []
    await comes(connected, "yard-panel")
    assert await passes(connected, START_SECONDS - 61) == []
    letters = await passes(connected, 2)
    assert readers(letters) == BOTH
    assert named(letters) == {"Street door: street panel"}
    connected.start()
    await comes(connected, "yard-panel")
    assert await passes(connected, 600) == [], "this outage was told before the second start"


async def test_a_panel_that_was_never_connected_is_not_told(house: House) -> None:
    assert await passes(house, 600) == []


async def test_a_panel_that_comes_and_goes_does_not_fill_mailboxes_and_is_told_when_it_stays_away() -> None:
    house = House(limits={"panel_letter": (4, 3600.0)})
    await house.outages.tick()
    await comes(house, "street-panel", "yard-panel")
    await passes(house, START_SECONDS + 1)
    told = 0
    for _ in range(20):
        await goes(house, "street-panel")
        told += len(await passes(house, 40))
        await comes(house, "street-panel")
    assert told == 2 * 4
    await goes(house, "street-panel")
    assert len(await passes(house, 3600)) == 2


async def test_who_is_only_invited_or_was_switched_off_is_not_written_to(connected: House) -> None:
    people = connected.people
    people.roles = [
        replace(role, standing=Standing.INVITED) if role.account == "jonas" else role for role in people.roles
    ]
    await goes(connected, "street-panel")
    assert readers(await passes(connected, 60)) == ["marta@example.org"]
    await comes(connected, "street-panel")
    marta = AccountId("marta")
    people.accounts[marta] = replace(people.accounts[marta], active=False)
    await goes(connected, "street-panel")
    assert await passes(connected, 60) == []
