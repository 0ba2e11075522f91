"""`ports.Phonebooks`: the whole phonebook in memory, read from the main file by `load`.

A ring asks for a site, an entrance, an entry and its locks while a visitor waits, and these change a
few times a day: so they are read once and kept.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.door import Lock
from intercom.domain.ids import AccountId, EntranceId, EntryId, FloorId, LockId, SiteId, UnitId
from intercom.domain.people import Role, Standing
from intercom.domain.phonebook import (
    Address,
    DisplayPolicy,
    Entrance,
    Entry,
    Line,
    Site,
    SiteKind,
    SiteRules,
    Unit,
    arranged,
    display,
)
from intercom.storage.tables import accounts, entrances, entries, floors, locks, memberships, sites, units

_RULES = {field.name for field in fields(SiteRules)}


def _rules(text: str) -> SiteRules:
    """The rules as stored; what a newer server stored besides is left out."""
    return SiteRules(**{name: value for name, value in json.loads(text).items() if name in _RULES})


class SqlPhonebooks:
    """Sites, entrances, entries and locks. Empty until `load`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sites: dict[SiteId, Site] = {}
        self._entrances: dict[EntranceId, Entrance] = {}
        self._locks: dict[LockId, Lock] = {}
        self._locks_of: dict[EntranceId, list[Lock]] = {}
        self._entries: dict[SiteId, dict[EntryId, Entry]] = {}
        self._lines: dict[SiteId, tuple[Line, ...]] = {}
        self._units: dict[UnitId, Unit] = {}

    async def load(self) -> None:
        """Read everything anew."""
        async with self._engine.connect() as connection:
            self._sites = {
                SiteId(row["id"]): Site(
                    SiteId(row["id"]),
                    row["name"],
                    row["plate"],
                    row["time_zone"],
                    DisplayPolicy(row["display"]),
                    SiteKind(row["kind"]),
                    Address(row["street"], row["postcode"], row["city"], row["country"]),
                    row["language"],
                    _rules(row["rules"]),
                )
                for row in (await connection.execute(select(sites))).mappings()
            }
            self._entrances = {
                EntranceId(row["id"]): Entrance(
                    EntranceId(row["id"]), SiteId(row["site"]), row["name"], row["outdoor_tone"]
                )
                for row in (
                    await connection.execute(
                        select(entrances).order_by(entrances.c.position, entrances.c.name)
                    )
                ).mappings()
            }
            lock_rows = await connection.execute(select(locks).order_by(locks.c.position, locks.c.name))
            self._locks = {
                LockId(row["id"]): Lock(
                    LockId(row["id"]),
                    SiteId(row["site"]),
                    EntranceId(row["entrance"]),
                    row["name"],
                    row["open_seconds"],
                )
                for row in lock_rows.mappings()
            }
            self._units = {
                UnitId(row["id"]): Unit(
                    UnitId(row["id"]),
                    SiteId(row["site"]),
                    row["name"],
                    row["floor_name"] or "",
                    None if row["floor"] is None else FloorId(row["floor"]),
                )
                for row in (
                    await connection.execute(
                        select(units, floors.c.name.label("floor_name")).outerjoin(
                            floors, floors.c.id == units.c.floor
                        )
                    )
                ).mappings()
            }
            households: defaultdict[str, list[AccountId]] = defaultdict(list)
            members = select(memberships.c.unit, memberships.c.account).join(
                accounts, accounts.c.id == memberships.c.account
            )
            members = members.where(
                memberships.c.role == Role.RESIDENT,
                memberships.c.standing == Standing.ACTIVE,
                accounts.c.active,
            ).order_by(memberships.c.id)
            for row in (await connection.execute(members)).mappings():
                households[row["unit"]].append(AccountId(row["account"]))
            found = select(entries, accounts.c.first_name, accounts.c.last_name, accounts.c.active).outerjoin(
                accounts, accounts.c.id == entries.c.account
            )
            self._entries = defaultdict(dict)
            for row in (await connection.execute(found)).mappings():
                unit = self._units.get(row["unit"])
                owner = None if row["account"] is None else AccountId(row["account"])
                household = tuple(households[row["unit"]])
                if owner and unit and owner not in household:
                    continue  # invited, or deactivated
                alone = (owner,) if owner and row["active"] else ()
                shared = self._sites[SiteId(row["site"])].kind is SiteKind.RESIDENTIAL or owner is None
                people = household if unit and shared else alone
                entry = Entry(
                    EntryId(row["id"]),
                    SiteId(row["site"]),
                    unit,
                    row["first_name"],
                    row["last_name"],
                    people,
                    row["alias"],
                    row["contact"],
                    None if row["policy"] is None else DisplayPolicy(row["policy"]),
                )
                self._entries[entry.site][entry.id] = entry
        self._locks_of = defaultdict(list)
        for lock in self._locks.values():
            self._locks_of[lock.entrance].append(lock)
        self._lines = {
            site.id: arranged(
                line
                for entry in self._entries.get(site.id, {}).values()
                if (line := display(entry, site.display)) is not None
            )
            for site in self._sites.values()
        }

    async def site(self, site: SiteId) -> Site | None:
        """See `ports.Phonebooks.site`."""
        return self._sites.get(site)

    async def first_site(self) -> Site | None:
        """The site whose plate pages wear before anybody signs in."""
        return next(iter(self._sites.values()), None)

    async def entrance(self, entrance: EntranceId) -> Entrance | None:
        """See `ports.Phonebooks.entrance`."""
        return self._entrances.get(entrance)

    async def entrances(self, site: SiteId) -> Sequence[Entrance]:
        """See `ports.Phonebooks.entrances`."""
        return [entrance for entrance in self._entrances.values() if entrance.site == site]

    async def lines(self, entrance: EntranceId) -> Sequence[Line]:
        """See `ports.Phonebooks.lines`."""
        found = self._entrances.get(entrance)
        return self._lines.get(found.site, ()) if found else ()

    async def unit_name(self, unit: UnitId) -> str:
        """See `ports.Phonebooks.unit_name`."""
        found = self._units.get(unit)
        return found.name if found else ""

    async def line(self, site: SiteId, entry: EntryId) -> Line | None:
        """See `ports.Phonebooks.line`."""
        found = self._entries.get(site, {}).get(entry)
        return display(found, self._sites[site].display) if found else None

    async def entry(self, entrance: EntranceId, entry: EntryId) -> Entry | None:
        """See `ports.Phonebooks.entry`."""
        found = self._entrances.get(entrance)
        line = await self.line(found.site, entry) if found else None
        return self._entries[found.site][entry] if found and line else None

    async def locks(self, entrance: EntranceId) -> Sequence[Lock]:
        """See `ports.Phonebooks.locks`."""
        return self._locks_of.get(entrance, ())

    async def lock(self, lock: LockId) -> Lock | None:
        """See `ports.Phonebooks.lock`."""
        return self._locks.get(lock)

    async def all_locks(self) -> Sequence[Lock]:
        """Every lock, for the built-in access core."""
        return tuple(self._locks.values())
