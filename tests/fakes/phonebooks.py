"""A phonebook in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from intercom.domain.door import Lock
from intercom.domain.ids import EntranceId, EntryId, LockId, SiteId, UnitId
from intercom.domain.phonebook import Entrance, Entry, Line, Site, Unit, arranged, display


@dataclass(slots=True)
class MemoryPhonebooks:
    """`ports.Phonebooks` from lists."""

    sites: list[Site] = field(default_factory=list)
    doors: list[Entrance] = field(default_factory=list)
    bolts: list[Lock] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    async def site(self, site: SiteId) -> Site | None:
        return next((s for s in self.sites if s.id == site), None)

    async def entrance(self, entrance: EntranceId) -> Entrance | None:
        return next((e for e in self.doors if e.id == entrance), None)

    async def entrances(self, site: SiteId) -> Sequence[Entrance]:
        return [e for e in self.doors if e.site == site]

    async def lines(self, entrance: EntranceId) -> Sequence[Line]:
        door = await self.entrance(entrance)
        if door is None:
            return ()
        shown = [await self.line(door.site, e.id) for e in self.entries if e.site == door.site]
        return arranged(line for line in shown if line is not None)

    async def unit_name(self, unit: UnitId) -> str:
        return next((u.name for u in self.units if u.id == unit), "")

    async def line(self, site: SiteId, entry: EntryId) -> Line | None:
        place = await self.site(site)
        found = next((e for e in self.entries if e.site == site and e.id == entry), None)
        return display(found, place.display) if place and found else None

    async def entry(self, entrance: EntranceId, entry: EntryId) -> Entry | None:
        door = await self.entrance(entrance)
        if door is None or await self.line(door.site, entry) is None:
            return None
        return next(e for e in self.entries if e.site == door.site and e.id == entry)

    async def locks(self, entrance: EntranceId) -> Sequence[Lock]:
        return [b for b in self.bolts if b.entrance == entrance]

    async def lock(self, lock: LockId) -> Lock | None:
        return next((b for b in self.bolts if b.id == lock), None)
