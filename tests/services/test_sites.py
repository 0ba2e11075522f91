"""Setting a site up: its data, floors, units, entrances and locks; who may, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from intercom.domain.errors import InUse, Invalid, NotAllowed, NotFound, Taken
from intercom.domain.fence import Circle, FenceMode, Spot
from intercom.domain.hours import read_day
from intercom.domain.ids import EntranceId, FloorId, LockId, SiteId, UnitId
from intercom.domain.people import POWERS, Power, Role, Session
from intercom.domain.phonebook import Address, DisplayPolicy, Floor, SiteKind
from intercom.domain.week import WeekSpan
from intercom.services.sites import RuleChange, SiteData
from intercom.services.units import MOST_FLOORS
from intercom.storage import tables as t
from tests.fakes.adapters import new_files
from tests.fakes.town import FAR, HERE, PEOPLE, Town
from tests.fakes.town import town as a_town

FLOOR, FLAT = FloorId("floor"), UnitId("flat")
DOOR, LOCK = EntranceId("door"), LockId("lock")
DATA = SiteData(
    "Lindenhof",
    "7b",
    Address("Lindenweg 7", "8000", "Zurich", "CH"),
    "Europe/Zurich",
    "de",
    DisplayPolicy.INITIAL,
    SiteKind.RESIDENTIAL,
)


@pytest.fixture
async def town(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(new_files(tmp_path, tmp_path_factory.getbasetemp())) as town:
        yield town


# -- sites --


async def test_an_owner_makes_another_site_and_owns_it_with_its_first_entrance(town: Town) -> None:
    site = await town.office.create(await town.session("olga"), DATA, "Main door")
    assert await town.sites.site(site.id) == site
    assert (site.name, site.plate, site.address.city, site.language) == ("Lindenhof", "7b", "Zurich", "de")
    assert [door.name for door in await town.sites.entrances(site.id)] == ["Main door"]
    olga = await town.session("olga")
    assert olga.roles(site.id) == {Role.OWNER}
    assert olga.roles(HERE) == {Role.OWNER}
    assert not (await town.session("adam")).roles(site.id)
    assert town.noted() == ["site_created"]
    assert town.changed == [site.id]


@pytest.mark.parametrize("name", [name for name, (_, role, _) in PEOPLE.items() if role is not Role.OWNER])
async def test_nobody_else_makes_a_site(town: Town, name: str) -> None:
    with pytest.raises(NotAllowed):
        await town.office.create(await town.session(name), DATA, "Door")
    assert not town.events.noted


async def test_an_admin_changes_the_sites_data_and_the_log_says_what(town: Town) -> None:
    await town.office.edit(await town.session("adam"), HERE, DATA)
    stored = await town.sites.site(HERE)
    assert stored
    assert (stored.name, stored.time_zone, stored.display) == (
        "Lindenhof",
        "Europe/Zurich",
        DisplayPolicy.INITIAL,
    )
    (event,) = town.events.noted
    assert (event.action, event.actor) == ("site_changed", "adam")
    assert event.details["name"] == "Lindenhof"
    assert event.details["address"] == "Lindenweg 7, 8000 Zurich"
    assert town.changed == [HERE]


async def test_the_same_data_again_change_nothing_and_are_not_noted(town: Town) -> None:
    adam = await town.session("adam")
    await town.office.edit(adam, HERE, DATA)
    await town.office.edit(adam, HERE, DATA)
    assert town.noted() == ["site_changed"]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("time_zone", {"time_zone": "Europe/Nowhere"}),
        ("time_zone", {"time_zone": "../../etc/passwd"}),
        ("language", {"language": "xx"}),
        ("plate", {"plate": ""}),
        ("plate", {"plate": "12345"}),
        ("country", {"address": Address(country="CHE")}),
        ("country", {"address": Address(country="1a")}),
    ],
)
async def test_wrong_data_are_refused_with_a_sentence_at_their_field(
    town: Town, field: str, wrong: dict[str, Any]
) -> None:
    adam = await town.session("adam")
    before = await town.sites.site(HERE)
    with pytest.raises(Invalid) as refused:
        await town.office.edit(adam, HERE, replace(DATA, **wrong))
    assert list(refused.value.details["fields"]) == [field]
    assert await town.sites.site(HERE) == before
    assert not town.changed


async def test_the_kind_of_a_site_changes_only_while_it_is_empty(town: Town) -> None:
    adam, company = await town.session("adam"), replace(DATA, kind=SiteKind.COMPANY)
    with pytest.raises(InUse):
        await town.office.edit(adam, HERE, company)
    site = await town.office.create(await town.session("olga"), DATA, "Door")
    assert site.rules.fallback_after == 30, "where nobody answers, the contact persons are rung"
    changed = await town.office.edit(await town.session("olga"), site.id, company)
    assert changed.kind is SiteKind.COMPANY


async def test_opening_hours_are_kept_and_the_log_says_which(town: Town) -> None:
    adam = await town.session("adam")
    hours = (*read_day(1, "08:00-12:00"), *read_day(0, "09:00-18:00"))
    site = await town.office.rule(adam, HERE, RuleChange(opening_hours=hours))
    assert [span.weekday for span in site.rules.opening_hours] == [0, 1]
    assert (await town.office.rule(adam, HERE, RuleChange(unit_managers=True))).rules.opening_hours
    event = next(e for e in town.events.noted if e.action == "rules_changed")
    assert event.details["opening_hours"] == "1: 09:00-18:00; 2: 08:00-12:00"
    with pytest.raises(Invalid):
        await town.office.rule(
            adam, HERE, RuleChange(opening_hours=tuple(WeekSpan(0, m, m + 1) for m in range(5)))
        )
    assert not (await town.office.rule(adam, HERE, RuleChange(opening_hours=()))).rules.opening_hours


async def test_rules_change_one_by_one_and_callers_hear_only_tones_for_them(town: Town) -> None:
    adam = await town.session("adam")
    await town.office.rule(adam, HERE, RuleChange(unit_managers=True))
    site = await town.office.rule(adam, HERE, RuleChange(tone="chime", fallback_after=30))
    assert (site.rules.unit_managers, site.rules.outdoor_tone) == (True, "chime")
    for wrong in ("bell", "no-such-tone"):
        with pytest.raises(Invalid):
            await town.office.rule(adam, HERE, RuleChange(tone=wrong))
        with pytest.raises(Invalid):
            await town.office.edit(adam, HERE, DATA, RuleChange(tone=wrong))
        with pytest.raises(Invalid):
            await town.entrances.choose_tone(adam, HERE, DOOR, wrong)
    with pytest.raises(Invalid):
        await town.office.rule(adam, HERE, RuleChange(fallback_after=7))
    assert site.rules.fallback_after == 30
    assert (await town.office.site(HERE)).name == "Here", "all or nothing"
    site = await town.office.rule(adam, HERE, RuleChange(tone=""))
    assert (site.rules.unit_managers, site.rules.outdoor_tone) == (True, None)


# -- floors --


async def test_a_new_floor_stands_above_the_others_and_can_be_moved(town: Town) -> None:
    adam = await town.session("adam")
    attic = await town.units.add_floor(adam, HERE, "Attic")
    assert [f.name for f in await town.units.floors(adam, HERE)] == ["1", "Attic"]
    await town.units.move_floor(adam, HERE, attic.id, up=False)
    assert [f.name for f in await town.units.floors(adam, HERE)] == ["Attic", "1"]
    await town.units.move_floor(adam, HERE, attic.id, up=False)
    assert [f.name for f in await town.units.floors(adam, HERE)] == ["Attic", "1"], "there is nothing below"
    await town.units.order_floors(adam, HERE, [FLOOR, attic.id])
    assert [f.name for f in await town.units.floors(adam, HERE)] == ["1", "Attic"]
    assert set(town.changed) == {HERE}


@pytest.mark.parametrize("order", [[], ["floor", "floor"], ["floor", "far-floor"], ["far-floor"]])
async def test_an_order_names_each_floor_of_the_site_once(town: Town, order: list[str]) -> None:
    with pytest.raises(Invalid):
        await town.units.order_floors(await town.session("adam"), HERE, [FloorId(f) for f in order])


async def test_two_floors_never_have_one_name_however_close_they_are_made(town: Town) -> None:
    adam = await town.session("adam")
    with pytest.raises(Taken):
        await town.units.add_floor(adam, HERE, "1")
    both = await asyncio.gather(
        *(town.sites.put_floor(Floor(FloorId(f"new{n}"), HERE, "2", n)) for n in (5, 6)),
        return_exceptions=True,
    )
    assert sorted(type(one) for one in both if one) == [Taken]
    assert [f.name for f in await town.units.floors(adam, HERE)] == ["1", "2"]
    await town.units.add_floor(await town.session("fred"), FAR, "2")  # another site's names are its own


async def test_a_floor_in_use_is_not_removed_and_the_sentence_names_its_units(town: Town) -> None:
    adam = await town.session("adam")
    with pytest.raises(InUse, match=r"1 is still the floor of: Flat 1\."):
        await town.units.remove_floor(adam, HERE, FLOOR)
    await town.units.edit(adam, HERE, FLAT, "Flat 1", None)
    await town.units.remove_floor(adam, HERE, FLOOR)
    assert not await town.units.floors(adam, HERE)
    assert town.noted() == ["unit_changed", "floor_removed"]


async def test_a_site_has_so_many_floors_and_no_more(town: Town) -> None:
    async with town.engine.begin() as db:
        for n in range(2, MOST_FLOORS + 1):
            await db.execute(insert(t.floors).values(id=f"f{n}", site=HERE, name=str(n), position=n))
    with pytest.raises(InUse):
        await town.units.add_floor(await town.session("adam"), HERE, "one more")


# -- units --


async def test_a_unit_is_added_with_a_floor_that_is_made_on_the_way(town: Town) -> None:
    adam = await town.session("adam")
    unit = await town.units.add(adam, HERE, "Flat 21", None, "2")
    assert unit.floor == "2"
    assert [f.name for f in await town.units.floors(adam, HERE)] == ["1", "2"]
    rows = await town.units.units(adam, HERE)
    assert [(row.unit.name, row.unit.floor, row.people) for row in rows] == [
        ("Flat 21", "2", 0),
        ("Flat 1", "1", 2),
    ]
    await town.units.add(adam, HERE, "Office")
    assert [row.unit.name for row in await town.units.units(adam, HERE)][-1] == "Office"
    assert [row.unit.name for row in await town.units.units(adam, HERE, "21")] == ["Flat 21"]


async def test_when_the_unit_is_refused_its_floor_is_not_made_either(town: Town) -> None:
    adam = await town.session("adam")
    with pytest.raises(Taken):
        await town.units.add(adam, HERE, "FLAT 1", None, "2")
    with pytest.raises(Taken):
        await town.units.add(adam, HERE, "Flat 2", None, "1")
    assert [f.name for f in await town.units.floors(adam, HERE)] == ["1"]
    assert len(await town.units.units(adam, HERE)) == 1
    assert not town.changed


async def test_units_are_ordered_by_floor_from_the_top_then_by_number(town: Town) -> None:
    adam = await town.session("adam")
    for name, floor in (("Flat 10", "1"), ("Flat 9", "1"), ("Flat 2", "1")):
        await town.units.add(adam, HERE, name, FLOOR if floor == "1" else None)
    await town.units.add(adam, HERE, "Loft", None, "2")
    names = [row.unit.name for row in await town.units.units(adam, HERE)]
    assert names == ["Loft", "Flat 1", "Flat 2", "Flat 9", "Flat 10"]


async def test_a_unit_in_which_somebody_lives_is_not_removed_and_they_are_named(town: Town) -> None:
    adam = await town.session("adam")
    with pytest.raises(InUse) as refused:
        await town.units.remove(adam, HERE, FLAT)
    for name in ("Rita Berg", "Nora Berg", "Mona Berg"):
        assert name in refused.value.message
    empty = await town.units.add(adam, HERE, "Flat 2")
    await town.units.remove(adam, HERE, empty.id)
    assert [row.unit.id for row in await town.units.units(adam, HERE)] == [FLAT]


# -- entrances and locks --


async def test_an_entrance_comes_after_the_others_and_gets_locks(town: Town) -> None:
    adam = await town.session("adam")
    gate = await town.entrances.add(adam, HERE, "Courtyard gate")
    assert [e.name for e in await town.sites.entrances(HERE)] == ["Street door", "Courtyard gate"]
    lock = await town.entrances.add_lock(adam, HERE, gate.id, "Street door", 8.0)  # another door's: no fault
    with pytest.raises(Taken):
        await town.entrances.add_lock(adam, HERE, gate.id, "street DOOR", 5.0)
    changed = await town.entrances.edit_lock(adam, HERE, lock.id, "Gate", 12.5)
    assert (changed.name, changed.open_seconds, changed.entrance) == ("Gate", 12.5, gate.id)
    assert changed in await town.sites.locks(HERE)
    await town.entrances.remove_lock(adam, HERE, lock.id)
    assert [known.id for known in await town.sites.locks(HERE)] == [LOCK]
    with pytest.raises(Taken):
        await town.entrances.rename(adam, HERE, gate.id, "Street Door")
    assert (await town.entrances.rename(adam, HERE, gate.id, "Gate")).name == "Gate"
    assert town.noted() == [
        "entrance_added",
        "lock_added",
        "lock_changed",
        "lock_removed",
        "entrance_renamed",
    ]


async def test_an_entrance_with_a_panel_is_not_removed_and_the_panel_is_named(town: Town) -> None:
    adam = await town.session("adam")
    async with town.engine.begin() as db:
        await db.execute(
            insert(t.panels).values(id="p", entrance=DOOR, name="Old panel", key_hash="k", enrolled_at=0)
        )
    with pytest.raises(InUse, match="Old panel"):
        await town.entrances.remove(adam, HERE, DOOR)
    async with town.engine.begin() as db:
        await db.execute(update(t.panels).values(revoked=True))
        await db.execute(insert(t.pairing_codes).values(code_hash="c", entrance=DOOR, expires_at=1e12))
    await town.entrances.remove(adam, HERE, DOOR)
    assert not await town.sites.entrances(HERE)
    assert not await town.sites.locks(HERE)
    assert await town.sites.locks(FAR), "only its own"


async def test_an_installer_works_on_doors_and_chooses_no_tone(town: Town) -> None:
    ines = await town.session("ines")
    await town.entrances.add(ines, HERE, "Gate")
    with pytest.raises(NotAllowed):
        await town.entrances.choose_tone(ines, HERE, DOOR, "chime")


# -- who may --

Verb = Callable[[Town, Session, SiteId], Awaitable[object]]
VERBS: dict[str, tuple[Power, Verb]] = {
    "edit": (Power.EDIT_SITE, lambda w, s, at: w.office.edit(s, at, DATA)),
    "rule": (Power.EDIT_SITE, lambda w, s, at: w.office.rule(s, at, RuleChange(unit_managers=True))),
    "floors": (Power.EDIT_UNITS, lambda w, s, at: w.units.floors(s, at)),
    "add_floor": (Power.EDIT_UNITS, lambda w, s, at: w.units.add_floor(s, at, "9")),
    "rename_floor": (Power.EDIT_UNITS, lambda w, s, at: w.units.rename_floor(s, at, FLOOR, "9")),
    "move_floor": (Power.EDIT_UNITS, lambda w, s, at: w.units.move_floor(s, at, FLOOR, up=True)),
    "order_floors": (Power.EDIT_UNITS, lambda w, s, at: w.units.order_floors(s, at, [FLOOR])),
    "units": (Power.EDIT_UNITS, lambda w, s, at: w.units.units(s, at)),
    "unit": (Power.EDIT_UNITS, lambda w, s, at: w.units.unit(s, at, FLAT)),
    "add": (Power.EDIT_UNITS, lambda w, s, at: w.units.add(s, at, "Flat 9", FLOOR)),
    "edit_unit": (Power.EDIT_UNITS, lambda w, s, at: w.units.edit(s, at, FLAT, "Flat 9")),
    "entrances": (Power.RUN_PANELS, lambda w, s, at: w.entrances.of_site(s, at)),
    "entrance": (Power.RUN_PANELS, lambda w, s, at: w.entrances.entrance(s, at, DOOR)),
    "locks": (Power.RUN_PANELS, lambda w, s, at: w.entrances.locks(s, at)),
    "add_entrance": (Power.EDIT_ENTRANCES, lambda w, s, at: w.entrances.add(s, at, "Gate")),
    "rename": (Power.EDIT_ENTRANCES, lambda w, s, at: w.entrances.rename(s, at, DOOR, "Gate")),
    "remove": (Power.EDIT_ENTRANCES, lambda w, s, at: w.entrances.remove(s, at, DOOR)),
    "tone": (Power.EDIT_SITE, lambda w, s, at: w.entrances.choose_tone(s, at, DOOR, "chime")),
    "fence": (
        Power.EDIT_SITE,
        lambda w, s, at: w.entrances.choose_fence(s, at, DOOR, FenceMode.ADVISE, Circle(Spot(47.4, 8.5))),
    ),
    "add_lock": (Power.EDIT_ENTRANCES, lambda w, s, at: w.entrances.add_lock(s, at, DOOR, "Inner", 5)),
    "edit_lock": (Power.EDIT_ENTRANCES, lambda w, s, at: w.entrances.edit_lock(s, at, LOCK, "Inner", 5)),
    "remove_lock": (Power.EDIT_ENTRANCES, lambda w, s, at: w.entrances.remove_lock(s, at, LOCK)),
    "staff": (Power.APPOINT_INSTALLER, lambda w, s, at: w.appointments.of_site(s, at)),
    "heirs": (Power.TRANSFER, lambda w, s, at: w.appointments.heirs(s, at)),
}


@pytest.mark.parametrize("verb", VERBS)
async def test_a_verb_is_for_those_who_have_its_power_and_of_this_site_alone(town: Town, verb: str) -> None:
    power, act = VERBS[verb]
    before = await town.sites.site(HERE), await town.sites.units(HERE), await town.sites.locks(HERE)
    for name, (site, role, _) in PEOPLE.items():
        session = await town.session(name)
        if site == FAR or name == "nora":
            with pytest.raises(NotFound):
                await act(town, session, HERE)
        elif power not in POWERS[role]:
            with pytest.raises(NotAllowed):
                await act(town, session, HERE)
    assert not town.changed
    assert (await town.sites.site(HERE), await town.sites.units(HERE), await town.sites.locks(HERE)) == before
    await act(town, await town.session("olga"), HERE)


INSIDE = [
    "rename_floor",
    "move_floor",
    "order_floors",
    "unit",
    "add",
    "edit_unit",
    "entrance",
    "rename",
    "remove",
    "tone",
    "add_lock",
    "edit_lock",
    "remove_lock",
]
"""Verbs that name a floor, a unit, an entrance or a lock."""


@pytest.mark.parametrize("verb", INSIDE)
async def test_what_belongs_to_another_site_is_not_found_through_ones_own(town: Town, verb: str) -> None:
    _, act = VERBS[verb]
    with pytest.raises((NotFound, Invalid)):
        await act(town, await town.session("fred"), FAR)  # the ids are those of `here`
    assert not town.changed
    assert not town.events.noted
