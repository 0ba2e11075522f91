"""The contract of `ports.Phonebooks`, for every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from intercom.domain.door import Lock
from intercom.domain.ids import AccountId, EntranceId, EntryId, LockId, SiteId, UnitId
from intercom.domain.phonebook import DisplayPolicy, Entrance, Entry, Site, Unit
from intercom.ports import Phonebooks
from intercom.storage import tables as t
from intercom.storage.engine import open_main
from intercom.storage.phonebooks import SqlPhonebooks
from tests.fakes.phonebooks import MemoryPhonebooks

HERE, FAR = SiteId("here"), SiteId("far")
STREET, YARD, FAR_DOOR = EntranceId("street"), EntranceId("yard"), EntranceId("far-door")
FLAT, SHOP = Unit(UnitId("flat"), HERE, "Flat 31", "3"), Unit(UnitId("shop"), HERE, "Shop", "0")
PEOPLE = [("anna", "Anna", "Lind"), ("ben", "Ben", "Lind"), ("olga", "Olga", "Ott"), ("zed", "Zed", "Zorn")]


def world() -> MemoryPhonebooks:
    """Two sites; at the first two doors, a flat with two people, a shop that is hidden, and a contact."""
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
        units=[FLAT, SHOP],
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
        for unit in book.units:
            await db.execute(
                insert(t.units).values(id=unit.id, site=unit.site, name=unit.name, floor=unit.floor)
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


async def test_somebody_who_is_not_active_any_more_does_not_ring(files: Path) -> None:
    phonebooks = await fill(files)
    async with phonebooks._engine.begin() as db:
        await db.execute(update(t.accounts).where(t.accounts.c.id == "ben").values(active=False))
        await db.execute(update(t.accounts).where(t.accounts.c.id == "zed").values(active=False))
    await phonebooks.load()
    anna = await phonebooks.entry(STREET, EntryId("e-anna"))
    zed = await phonebooks.entry(FAR_DOOR, EntryId("e-zed"))
    await phonebooks._engine.dispose()
    assert anna is not None
    assert anna.people == ("anna",)
    assert zed is None or zed.people == ()


async def test_an_entry_of_neither_unit_nor_person_rings_nobody(files: Path) -> None:
    phonebooks = await fill(files)
    async with phonebooks._engine.begin() as db:
        await db.execute(insert(t.entries).values(id="e-bell", site=HERE, alias="Bell"))
    await phonebooks.load()
    bell = await phonebooks.entry(STREET, EntryId("e-bell"))
    await phonebooks._engine.dispose()
    assert bell is not None
    assert bell.people == ()


async def test_a_phonebook_is_read_anew_and_empty_before(files: Path) -> None:
    phonebooks = await fill(files)
    async with phonebooks._engine.begin() as db:
        await db.execute(update(t.accounts).where(t.accounts.c.id == "anna").values(last_name="Berg"))
    before = [line.name for line in await phonebooks.lines(STREET)]
    await phonebooks.load()
    after = [line.name for line in await phonebooks.lines(STREET)]
    await phonebooks._engine.dispose()
    assert (before, after) == (["Ott & Sons", "A. Lind"], ["Ott & Sons", "A. Berg"])
    fresh = SqlPhonebooks(phonebooks._engine)
    assert await fresh.lines(STREET) == ()
    assert await fresh.first_site() is None
