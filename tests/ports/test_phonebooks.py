"""The contract of `ports.Phonebooks`, for every adapter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Executable, delete, insert, update

from intercom.domain.directory import Show
from intercom.domain.door import Lock
from intercom.domain.ids import AccountId, EntranceId, EntryId, FloorId, LockId, SiteId, UnitId
from intercom.domain.people import Standing
from intercom.domain.phonebook import DisplayPolicy, Entrance, Entry, Site, SiteKind, Unit
from intercom.ports import Phonebooks
from intercom.storage import tables as t
from intercom.storage.engine import open_main
from intercom.storage.phonebooks import SqlPhonebooks
from tests.fakes.phonebooks import MemoryPhonebooks

HERE, FAR = SiteId("here"), SiteId("far")
STREET, YARD, FAR_DOOR = EntranceId("street"), EntranceId("yard"), EntranceId("far-door")
FLOORS = ((FloorId("third"), "3", 3), (FloorId("ground"), "0", 0))
FLAT = Unit(UnitId("flat"), HERE, "Flat 31", "3", FloorId("third"))
SHOP = Unit(UnitId("shop"), HERE, "Shop", "0", FloorId("ground"))
PEOPLE = [("anna", "Anna", "Lind"), ("ben", "Ben", "Lind"), ("olga", "Olga", "Ott"), ("zed", "Zed", "Zorn")]


def world() -> MemoryPhonebooks:
    """Two sites; at the first two doors, a flat with two people, a shop that is hidden (the unit's own
    entry), and a contact."""
    anna, ben, olga, zed = (AccountId(name) for name, _, _ in PEOPLE)
    return MemoryPhonebooks(
        sites=[
            Site(HERE, "Here", "12", "Europe/Zurich", DisplayPolicy.INITIAL),
            Site(FAR, "Far", "9"),
        ],
        doors=[
            Entrance(STREET, HERE, "Street door"),
            Entrance(YARD, HERE, "Courtyard"),
            Entrance(FAR_DOOR, FAR, "Far door"),
        ],
        bolts=[
            Lock(LockId("outer"), HERE, STREET, "Outer door", 5.0),
            Lock(LockId("inner"), HERE, STREET, "Inner door", 7.5),
            Lock(LockId("gate"), HERE, YARD, "Gate", 8.0),
        ],
        flats=[SHOP, FLAT],
        entries=[
            Entry(EntryId("e-anna"), HERE, FLAT, "Anna", "Lind", (anna, ben)),
            Entry(EntryId("e-shop"), HERE, SHOP, None, None, (olga,), policy=DisplayPolicy.HIDDEN),
            Entry(EntryId("e-olga"), HERE, SHOP, "Olga", "Ott", (olga,), "Ott & Sons", True),
            Entry(EntryId("e-zed"), FAR, None, "Zed", "Zorn", (zed,)),
        ],
    )


async def fill(files: Path) -> SqlPhonebooks:
    engine = open_main(files / "intercom.db")
    book = world()
    async with engine.begin() as db:
        for site in book.sites:
            await db.execute(
                insert(t.sites).values(
                    id=site.id,
                    name=site.name,
                    plate=site.plate,
                    time_zone=site.time_zone,
                    display=site.display.value,
                )
            )
        for position, door in enumerate(book.doors):
            await db.execute(
                insert(t.entrances).values(id=door.id, site=door.site, name=door.name, position=position)
            )
        for position, lock in enumerate(book.bolts):
            await db.execute(
                insert(t.locks).values(
                    id=lock.id,
                    site=lock.site,
                    entrance=lock.entrance,
                    name=lock.name,
                    open_seconds=lock.open_seconds,
                    position=position,
                )
            )
        for floor, name, height in FLOORS:
            await db.execute(insert(t.floors).values(id=floor, site=HERE, name=name, position=height))
        for unit in book.flats:
            await db.execute(
                insert(t.units).values(id=unit.id, site=unit.site, name=unit.name, floor=unit.floor_id)
            )
        for name, first, last in PEOPLE:
            await db.execute(
                insert(t.accounts).values(
                    id=name, email=f"{name}@x", email_key=f"{name}@x", first_name=first, last_name=last
                )
            )
        for name, unit in (("anna", "flat"), ("ben", "flat"), ("olga", "shop")):
            await db.execute(
                insert(t.memberships).values(account=name, site=HERE, role="resident", unit=unit)
            )
        for entry in book.entries:
            await db.execute(
                insert(t.entries).values(
                    id=entry.id,
                    site=entry.site,
                    unit=entry.unit.id if entry.unit else None,
                    account=None if entry.first_name is None else entry.people[0],
                    alias=entry.alias,
                    contact=entry.contact,
                    policy=entry.policy.value if entry.policy else None,
                )
            )
    phonebooks = SqlPhonebooks(engine)
    await phonebooks.load()
    return phonebooks


@pytest.fixture(params=["sqlite", "memory"])
async def book(request: pytest.FixtureRequest) -> AsyncIterator[Phonebooks]:
    if request.param == "memory":
        yield world()
        return
    phonebooks = await fill(request.getfixturevalue("files"))
    yield phonebooks
    await phonebooks._engine.dispose()


async def test_sites_doors_and_locks_are_found_in_their_order(book: Phonebooks) -> None:
    assert await book.site(HERE) == world().sites[0]
    assert await book.site(SiteId("nowhere")) is None
    assert list(await book.entrances(HERE)) == world().doors[:2]
    assert await book.entrance(YARD) == world().doors[1]
    assert await book.entrance(EntranceId("none")) is None
    assert list(await book.locks(STREET)) == world().bolts[:2]
    assert list(await book.locks(FAR_DOOR)) == []
    assert await book.lock(LockId("gate")) == world().bolts[2]
    assert await book.lock(LockId("none")) is None
    assert await book.unit_name(FLAT.id) == "Flat 31"
    assert await book.unit_name(UnitId("none")) == ""
    assert list(await book.units(HERE)) == [SHOP, FLAT]
    assert list(await book.units(FAR)) == []


async def test_every_door_of_a_site_shows_the_same_lines_contacts_first_and_nothing_hidden(
    book: Phonebooks,
) -> None:
    for door in (STREET, YARD):
        assert [line.name for line in await book.lines(door)] == ["Ott & Sons", "A. Lind"]
    assert [line.name for line in await book.lines(FAR_DOOR)] == ["Zed Zorn"]
    assert list(await book.lines(EntranceId("none"))) == []


async def test_an_entry_names_everybody_of_its_unit(book: Phonebooks) -> None:
    entry = await book.entry(YARD, EntryId("e-anna"))
    assert entry == world().entries[0]
    alone = await book.entry(FAR_DOOR, EntryId("e-zed"))
    assert alone is not None
    assert alone.people == ("zed",)


async def test_an_entry_cannot_be_rung_from_another_sites_door_or_when_it_is_hidden(book: Phonebooks) -> None:
    assert await book.entry(STREET, EntryId("e-zed")) is None
    assert await book.entry(FAR_DOOR, EntryId("e-anna")) is None
    assert await book.entry(STREET, EntryId("e-shop")) is None
    assert await book.entry(STREET, EntryId("none")) is None
    assert await book.entry(EntranceId("none"), EntryId("e-anna")) is None


async def test_a_line_is_what_the_policy_lets_through(book: Phonebooks) -> None:
    line = await book.line(HERE, EntryId("e-anna"))
    assert line is not None
    assert (line.name, line.unit, line.floor, line.contact) == ("A. Lind", "Flat 31", "3", False)
    assert await book.line(HERE, EntryId("e-shop")) is None
    assert await book.line(FAR, EntryId("e-anna")) is None


async def test_what_was_changed_is_shown_after_a_refresh_and_refreshing_again_changes_nothing(
    book: Phonebooks,
) -> None:
    assert not await book.refresh(HERE)
    assert not await book.refresh(SiteId("nowhere"))
    assert [line.name for line in await book.lines(STREET)] == ["Ott & Sons", "A. Lind"]


# -- the main file alone --------------------------------------------------------------------------------


@pytest.fixture
async def stored(files: Path) -> AsyncIterator[SqlPhonebooks]:
    phonebooks = await fill(files)
    yield phonebooks
    await phonebooks._engine.dispose()


async def change(book: SqlPhonebooks, *statements: Executable) -> bool:
    """Do this to the file, and read the first site anew."""
    async with book._engine.begin() as db:
        for statement in statements:
            await db.execute(statement)
    return await book.refresh(HERE)


async def names(book: SqlPhonebooks) -> list[str]:
    return [line.name for line in await book.lines(STREET)]


def standing(person: str, now: Standing) -> Executable:
    return update(t.memberships).where(t.memberships.c.account == person).values(standing=now.value)


async def test_whose_account_is_not_active_neither_rings_nor_is_shown(stored: SqlPhonebooks) -> None:
    accounts = update(t.accounts).values(active=False)
    await change(stored, accounts.where(t.accounts.c.id.in_(["ben", "olga", "zed"])))
    await stored.refresh(FAR)
    anna = await stored.entry(STREET, EntryId("e-anna"))
    assert anna is not None
    assert anna.people == ("anna",)
    assert await names(stored) == ["A. Lind"]
    assert list(await stored.lines(FAR_DOOR)) == []


@pytest.mark.parametrize("now", [Standing.INVITED, Standing.INACTIVE])
async def test_who_is_invited_or_deactivated_is_neither_shown_nor_rung_but_stands_in_the_directory(
    stored: SqlPhonebooks, now: Standing
) -> None:
    assert await change(stored, standing("olga", now))
    assert await names(stored) == ["A. Lind"]
    assert await stored.entry(STREET, EntryId("e-olga")) is None
    directory = await stored.directory(HERE)
    assert directory.turn("", Show(now.value), 9).ids == ("e-olga",)
    assert directory.counts[Show.ALL] == 2
    assert await change(stored, standing("olga", Standing.ACTIVE))
    assert await names(stored) == ["Ott & Sons", "A. Lind"]


async def test_an_invited_member_of_a_household_does_not_ring_with_it(stored: SqlPhonebooks) -> None:
    assert not await change(stored, standing("ben", Standing.INVITED))
    anna = await stored.entry(STREET, EntryId("e-anna"))
    assert anna is not None
    assert anna.people == ("anna",)


async def test_at_a_company_site_a_person_rings_alone(stored: SqlPhonebooks) -> None:
    await change(stored, update(t.sites).values(kind=SiteKind.COMPANY.value))
    anna = await stored.entry(STREET, EntryId("e-anna"))
    assert anna is not None
    assert anna.people == ("anna",)


async def test_a_resident_of_another_unit_does_not_stand_for_this_one(stored: SqlPhonebooks) -> None:
    await change(stored, update(t.entries).where(t.entries.c.id == "e-olga").values(unit="flat"))
    assert await names(stored) == ["A. Lind"]


async def test_an_entry_of_neither_unit_nor_person_rings_nobody(stored: SqlPhonebooks) -> None:
    await change(stored, insert(t.entries).values(id="e-bell", site=HERE, alias="Bell"))
    bell = await stored.entry(STREET, EntryId("e-bell"))
    assert bell is not None
    assert bell.people == ()


async def test_a_site_is_read_anew_without_the_others(stored: SqlPhonebooks) -> None:
    berg = update(t.accounts).values(last_name="Berg")
    assert await change(stored, berg)
    assert await names(stored) == ["Ott & Sons", "A. Berg"]
    assert [line.name for line in await stored.lines(FAR_DOOR)] == ["Zed Zorn"]
    assert await stored.refresh(FAR)
    assert [line.name for line in await stored.lines(FAR_DOOR)] == ["Zed Berg"]


async def test_new_sites_doors_and_rules_are_read_and_a_site_that_is_gone_is_forgotten(
    stored: SqlPhonebooks,
) -> None:
    assert await change(
        stored,
        update(t.sites)
        .where(t.sites.c.id == HERE)
        .values(plate="14", rules='{"unit_managers": true, "?": 1}'),
        insert(t.entrances).values(id="roof", site=HERE, name="Roof"),
        insert(t.sites).values(id="new", name="New", plate="1"),
    )
    site = await stored.site(HERE)
    assert site is not None
    assert (site.plate, site.rules.unit_managers) == ("14", True)
    assert await stored.entrance(EntranceId("roof")) is not None
    assert await stored.refresh(SiteId("new"))
    assert await stored.site(SiteId("new")) is not None
    async with stored._engine.begin() as db:
        await db.execute(delete(t.sites).where(t.sites.c.id == "new"))
    assert await stored.refresh(SiteId("new"))
    assert await stored.site(SiteId("new")) is None


async def test_names_stand_in_the_order_of_the_sites_language(stored: SqlPhonebooks) -> None:
    shown = update(t.sites).values(language="es", display="full")
    people = [
        update(t.accounts).where(t.accounts.c.id == person).values(last_name=last)
        for person, last in (("anna", "Ñuflo"), ("ben", "Nuñez"))
    ]
    own = insert(t.entries).values(id="e-ben", site=HERE, unit="flat", account="ben")
    await change(stored, shown, *people, own)
    assert await names(stored) == ["Ott & Sons", "Ben Nuñez", "Anna Ñuflo"]
    assert (await stored.directory(HERE)).turn("", Show.ALL, 9).ids == ("e-ben", "e-anna", "e-olga")


async def test_it_is_empty_before_it_is_read(files: Path) -> None:
    fresh = SqlPhonebooks(open_main(files / "intercom.db"))
    assert await fresh.lines(STREET) == ()
    assert await fresh.first_site() is None


async def test_reading_a_large_site_lets_others_go_on(stored: SqlPhonebooks) -> None:
    people = [
        {"id": f"p{n}", "email": f"{n}@x", "email_key": f"{n}@x", "first_name": "Ü", "last_name": f"{n}"}
        for n in range(4000)
    ]
    async with stored._engine.begin() as db:
        await db.execute(insert(t.accounts), people)
        await db.execute(
            insert(t.memberships),
            [{"account": p["id"], "site": HERE, "role": "resident", "unit": "flat"} for p in people],
        )
        await db.execute(
            insert(t.entries),
            [{"id": f"e{p['id']}", "site": HERE, "unit": "flat", "account": p["id"]} for p in people],
        )
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    busy = asyncio.create_task(others())
    await stored.refresh(HERE)
    busy.cancel()
    assert len(await stored.lines(STREET)) == 4002
    assert turns > 4000 / 200
