"""`ports.Phonebooks`: the whole phonebook in memory, read from the main file site by site.

A ring asks for a site, an entrance, an entry and its locks while a visitor waits, and these change a
few times a day: so they are read once and kept, and read anew when somebody has changed them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Executable, RowMapping, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intercom.domain.collation import sort_key
from intercom.domain.directory import Card, Directory, Show, card
from intercom.domain.door import Lock
from intercom.domain.ids import AccountId, EntranceId, EntryId, LockId, SiteId, UnitId
from intercom.domain.people import Role, Standing
from intercom.domain.phonebook import (
    Address,
    DisplayPolicy,
    Entrance,
    Entry,
    Line,
    Site,
    SiteKind,
    Unit,
    display,
    folded,
    place,
)
from intercom.storage.fences import fence_of
from intercom.storage.rules import hours_from, rules_from
from intercom.storage.tables import (
    accounts,
    duty,
    entrances,
    entries,
    floors,
    locks,
    memberships,
    sites,
    units,
)

_SLICE = 200
"""Rows that are read before the loop may do something else."""


@dataclass(slots=True)
class _Book:
    """All of one site. Made as a whole, then never changed."""

    site: Site
    entrances: dict[EntranceId, Entrance] = field(default_factory=dict[EntranceId, Entrance])
    locks: dict[LockId, Lock] = field(default_factory=dict[LockId, Lock])
    units: dict[UnitId, Unit] = field(default_factory=dict[UnitId, Unit])
    entries: dict[EntryId, Entry] = field(default_factory=dict[EntryId, Entry])
    lines: tuple[Line, ...] = ()
    duty: tuple[AccountId, ...] = ()
    directory: Directory = field(default_factory=Directory)

    @property
    def shown(self) -> tuple[object, ...]:
        """What panels show of it."""
        return (self.site, self.entrances, self.lines)


class SqlPhonebooks:
    """Sites, entrances, entries and locks. Empty until `load`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = asyncio.Lock()
        self._put({})

    def _put(self, books: dict[SiteId, _Book]) -> None:
        """Take these for true, all at once."""
        self._books = books
        self._entrances = {door.id: door for book in books.values() for door in book.entrances.values()}
        self._codes = {door.code: door for door in self._entrances.values() if door.code}
        self._locks = {lock.id: lock for book in books.values() for lock in book.locks.values()}
        self._units = {unit.id: unit for book in books.values() for unit in book.units.values()}
        self._locks_of: defaultdict[EntranceId, list[Lock]] = defaultdict(list)
        for lock in self._locks.values():
            self._locks_of[lock.entrance].append(lock)

    async def load(self) -> None:
        """Read everything anew."""
        async with self._reading, self._engine.connect() as connection:
            rows = (
                (await connection.execute(select(sites).order_by(sites.c.created_at, sites.c.name)))
                .mappings()
                .all()
            )
            self._put({SiteId(row["id"]): await _read(connection, _site(row)) for row in rows})

    async def refresh(self, site: SiteId) -> bool:
        """See `ports.Phonebooks.refresh`."""
        async with self._reading, self._engine.connect() as connection:
            row = (await connection.execute(select(sites).where(sites.c.id == site))).mappings().first()
            before = self._books.get(site)
            books = dict(self._books)
            books.pop(site, None)
            if row is not None:
                books = {**self._books, site: await _read(connection, _site(row))}
            self._put(books)
        after = books.get(site)
        return (before.shown if before else None) != (after.shown if after else None)

    async def all_sites(self) -> Sequence[Site]:
        """See `ports.Phonebooks.all_sites`."""
        return [book.site for book in self._books.values()]

    async def site(self, site: SiteId) -> Site | None:
        """See `ports.Phonebooks.site`."""
        book = self._books.get(site)
        return book.site if book else None

    async def first_site(self) -> Site | None:
        """The site whose plate pages wear before anybody signs in."""
        return next((book.site for book in self._books.values()), None)

    async def entrance(self, entrance: EntranceId) -> Entrance | None:
        """See `ports.Phonebooks.entrance`."""
        return self._entrances.get(entrance)

    async def by_code(self, code: str) -> Entrance | None:
        """See `ports.Phonebooks.by_code`."""
        return self._codes.get(code)

    async def entrances(self, site: SiteId) -> Sequence[Entrance]:
        """See `ports.Phonebooks.entrances`."""
        book = self._books.get(site)
        return list(book.entrances.values()) if book else []

    async def lines(self, entrance: EntranceId) -> Sequence[Line]:
        """See `ports.Phonebooks.lines`."""
        found = self._entrances.get(entrance)
        return self._books[found.site].lines if found else ()

    async def unit_name(self, unit: UnitId) -> str:
        """See `ports.Phonebooks.unit_name`."""
        found = self._units.get(unit)
        return found.name if found else ""

    async def units(self, site: SiteId) -> Sequence[Unit]:
        """See `ports.Phonebooks.units`."""
        book = self._books.get(site)
        return list(book.units.values()) if book else []

    async def directory(self, site: SiteId) -> Directory:
        """See `ports.Phonebooks.directory`."""
        book = self._books.get(site)
        return book.directory if book else Directory()

    async def line(self, site: SiteId, entry: EntryId) -> Line | None:
        """See `ports.Phonebooks.line`."""
        book = self._books.get(site)
        found = book.entries.get(entry) if book else None
        return display(found, book.site.display) if book and found else None

    async def entry(self, entrance: EntranceId, entry: EntryId) -> Entry | None:
        """See `ports.Phonebooks.entry`."""
        found = self._entrances.get(entrance)
        line = await self.line(found.site, entry) if found else None
        return self._books[found.site].entries[entry] if found and line else None

    async def duty(self, site: SiteId) -> Sequence[AccountId]:
        """See `ports.Phonebooks.duty`."""
        book = self._books.get(site)
        return book.duty if book else ()

    async def beside(self, entrance: EntranceId, entry: EntryId) -> Sequence[tuple[Entry, Line]]:
        """See `ports.Phonebooks.beside`."""
        found = self._entrances.get(entrance)
        book = self._books[found.site] if found else None
        rung = book.entries.get(entry) if book else None
        if book is None or rung is None or rung.unit is None:
            return ()
        lines = ((book.entries[line.id], line) for line in book.lines if line.id != entry)
        return [(one, line) for one, line in lines if one.unit and one.unit.id == rung.unit.id]

    async def contacts(self, site: SiteId) -> Sequence[AccountId]:
        """See `ports.Phonebooks.contacts`."""
        book = self._books.get(site)
        marked = (entry for entry in book.entries.values() if entry.contact) if book else ()
        return tuple(dict.fromkeys(person for entry in marked for person in entry.people))

    async def locks(self, entrance: EntranceId) -> Sequence[Lock]:
        """See `ports.Phonebooks.locks`."""
        return self._locks_of.get(entrance, ())

    async def lock(self, lock: LockId) -> Lock | None:
        """See `ports.Phonebooks.lock`."""
        return self._locks.get(lock)

    async def all_locks(self) -> Sequence[Lock]:
        """Every lock, for the access cores."""
        return tuple(self._locks.values())


# -- reading ------------------------------------------------------------------------------------------


async def _read(connection: AsyncConnection, site: Site) -> _Book:
    """All of a site. Lets the loop do something else every few rows."""
    book = _Book(site)
    async for row in _rows(connection, _ENTRANCES.where(entrances.c.site == site.id)):
        book.entrances[row["id"]] = Entrance(
            row["id"],
            site.id,
            row["name"],
            row["outdoor_tone"],
            *fence_of(row),
            row["code"],
            row["word"] or "",
        )
    async for row in _rows(connection, _LOCKS.where(locks.c.site == site.id)):
        book.locks[row["id"]] = Lock(
            row["id"], site.id, row["entrance"], row["name"], row["open_seconds"], row["core_ref"] or ""
        )
    heights: list[tuple[int, str, str, Unit]] = []
    async for row in _rows(connection, _UNITS.where(units.c.site == site.id)):
        hours = hours_from(row["hours"])
        unit = Unit(row["id"], site.id, row["name"], row["floor_name"] or "", row["floor"], hours)
        heights.append((row["height"] or 0, sort_key(unit.floor), sort_key(unit.name, site.language), unit))
    heights.sort(key=lambda one: one[:3])
    book.units = {unit.id: unit for *_, unit in heights}
    households: defaultdict[str, list[AccountId]] = defaultdict(list)
    async for row in _rows(connection, _HOUSEHOLDS.where(memberships.c.site == site.id)):
        households[row["unit"]].append(AccountId(row["account"]))
    on_duty = [row["account"] async for row in _rows(connection, _DUTY.where(duty.c.site == site.id))]
    book.duty = tuple(dict.fromkeys(AccountId(account) for account in on_duty))
    read: list[Entry] = []
    cards: list[Card] = []
    async for row in _rows(connection, _ENTRIES.where(entries.c.site == site.id)):
        unit = book.units.get(row["unit"])
        if row["account"] and unit and row["standing"]:
            cards.append(_card(row, unit, site.language))
        entry = _entry(row, site, unit, households.get(row["unit"], ()))
        if entry is not None:
            read.append(entry)
    placed: list[tuple[tuple[bool, str, str, str], Line]] = []
    for number, entry in enumerate(folded(read, site.display)):
        book.entries[entry.id] = entry
        line = display(entry, site.display)
        if line is not None:
            placed.append((place(line, site.language), line))
        if number % _SLICE == 0:
            await asyncio.sleep(0)
    placed.sort(key=lambda one: one[0])
    book.lines = tuple(line for _, line in placed)
    await asyncio.sleep(0)
    book.directory = Directory(cards)
    return book


async def _rows(connection: AsyncConnection, statement: Executable) -> AsyncIterator[RowMapping]:
    found = (await connection.execute(statement)).mappings()
    for part in found.partitions(_SLICE):
        for row in part:
            yield row
        await asyncio.sleep(0)


_ENTRANCES = select(entrances).order_by(entrances.c.position, entrances.c.name)
_LOCKS = select(locks).order_by(locks.c.position, locks.c.name)
_UNITS = select(units, floors.c.name.label("floor_name"), floors.c.position.label("height")).outerjoin(
    floors, floors.c.id == units.c.floor
)
_HOUSEHOLDS = (
    select(memberships.c.unit, memberships.c.account)
    .join(accounts, accounts.c.id == memberships.c.account)
    .where(
        memberships.c.role == Role.RESIDENT,
        memberships.c.unit.is_not(None),
        memberships.c.standing == Standing.ACTIVE,
        accounts.c.active,
    )
    .order_by(memberships.c.id)
)
_DUTY = (
    select(duty.c.account)
    .join(
        memberships,
        and_(
            memberships.c.account == duty.c.account,
            memberships.c.site == duty.c.site,
            memberships.c.role == Role.RESIDENT,
            memberships.c.standing == Standing.ACTIVE,
        ),
    )
    .join(accounts, and_(accounts.c.id == duty.c.account, accounts.c.active))
    .order_by(duty.c.position)
)
_ENTRIES = (
    select(
        entries,
        accounts.c.first_name,
        accounts.c.last_name,
        accounts.c.email,
        accounts.c.active,
        memberships.c.standing,
    )
    .outerjoin(accounts, accounts.c.id == entries.c.account)
    .outerjoin(
        memberships,
        and_(
            memberships.c.account == entries.c.account,
            memberships.c.site == entries.c.site,
            memberships.c.unit == entries.c.unit,
            memberships.c.role == Role.RESIDENT,
        ),
    )
)


def _site(row: RowMapping) -> Site:
    return Site(
        SiteId(row["id"]),
        row["name"],
        row["plate"],
        row["time_zone"],
        DisplayPolicy(row["display"]),
        SiteKind(row["kind"]),
        Address(row["street"], row["postcode"], row["city"], row["country"]),
        row["language"],
        rules_from(row["rules"]),
    )


def _entry(row: RowMapping, site: Site, unit: Unit | None, household: Sequence[AccountId]) -> Entry | None:
    """An entry and who rings for it. None while its person is invited, or was deactivated.

    An entry without unit stands for its person alone, one without person for the unit.
    """
    person = None if row["account"] is None else AccountId(row["account"])
    if person is not None:
        active = row["active"] and (unit is None or row["standing"] == Standing.ACTIVE)
        if not active:
            return None
    shared = unit is not None and (person is None or site.kind is SiteKind.RESIDENTIAL)
    return Entry(
        EntryId(row["id"]),
        site.id,
        unit,
        row["first_name"],
        row["last_name"],
        tuple(household) if shared else (person,) if person else (),
        row["alias"],
        row["contact"],
        None if row["policy"] is None else DisplayPolicy(row["policy"]),
    )


def _card(row: RowMapping, unit: Unit, language: str) -> Card:
    shows = [Show(row["standing"])]
    if row["contact"]:
        shows.append(Show.CONTACT)
    if row["alias"]:
        shows.append(Show.ALIAS)
    others = (row["alias"] or "", row["email"])
    return card(
        EntryId(row["id"]), row["first_name"], row["last_name"], others, unit.floor, tuple(shows),
        language=language, unit=unit.name,
    )  # fmt: skip
