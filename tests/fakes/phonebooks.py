"""A phonebook in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from intercom.domain.directory import Directory, Show, card
from intercom.domain.door import Lock
from intercom.domain.ids import AccountId, EntranceId, EntryId, LockId, SiteId, UnitId
from intercom.domain.phonebook import Entrance, Entry, Line, Site, Unit, arranged, display, folded


@dataclass(slots=True)
class MemoryPhonebooks:
    """`ports.Phonebooks` from lists. What is put into the lists is true at once."""

    sites: list[Site] = field(default_factory=list)
    doors: list[Entrance] = field(default_factory=list)
    bolts: list[Lock] = field(default_factory=list)
    flats: list[Unit] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    on_duty: dict[SiteId, Sequence[AccountId]] = field(default_factory=dict)
    read: dict[SiteId, object] = field(init=False)

    def __post_init__(self) -> None:
        self.read = {site.id: self._shown(site.id) for site in self.sites}

    def _site(self, site: SiteId) -> Site | None:
        return next((s for s in self.sites if s.id == site), None)

    def _entries(self, site: SiteId) -> list[Entry]:
        place = self._site(site)
        return folded((e for e in self.entries if e.site == site), place.display) if place else []

    def _lines(self, site: SiteId) -> tuple[Line, ...]:
        place = self._site(site)
        if place is None:
            return ()
        shown = (display(e, place.display) for e in self._entries(site))
        return arranged((line for line in shown if line), place.language)

    def _shown(self, site: SiteId) -> object:
        return self._site(site), [e for e in self.doors if e.site == site], self._lines(site)

    async def refresh(self, site: SiteId) -> bool:
        before, self.read[site] = self.read.get(site, (None, [], ())), self._shown(site)
        return before != self.read[site]

    async def all_sites(self) -> Sequence[Site]:
        return list(self.sites)

    async def site(self, site: SiteId) -> Site | None:
        return self._site(site)

    async def entrance(self, entrance: EntranceId) -> Entrance | None:
        return next((e for e in self.doors if e.id == entrance), None)

    async def by_code(self, code: str) -> Entrance | None:
        return next((e for e in self.doors if e.code == code), None)

    async def entrances(self, site: SiteId) -> Sequence[Entrance]:
        return [e for e in self.doors if e.site == site]

    async def lines(self, entrance: EntranceId) -> Sequence[Line]:
        door = await self.entrance(entrance)
        return self._lines(door.site) if door else ()

    async def unit_name(self, unit: UnitId) -> str:
        return next((u.name for u in self.flats if u.id == unit), "")

    async def units(self, site: SiteId) -> Sequence[Unit]:
        return [u for u in self.flats if u.site == site]

    async def directory(self, site: SiteId) -> Directory:
        return Directory(
            card(e.id, e.first_name, e.last_name or "", (), "", (Show.ACTIVE,), language="en")
            for e in self.entries
            if e.site == site and e.unit and e.first_name
        )

    async def beside(self, entrance: EntranceId, entry: EntryId) -> Sequence[tuple[Entry, Line]]:
        door = await self.entrance(entrance)
        entries = {e.id: e for e in self._entries(door.site)} if door else {}
        rung = entries.get(entry)
        if rung is None or rung.unit is None:
            return []
        shown = [(entries[line.id], line) for line in await self.lines(entrance) if line.id != entry]
        return [(one, line) for one, line in shown if one.unit == rung.unit]

    async def duty(self, site: SiteId) -> Sequence[AccountId]:
        return tuple(self.on_duty.get(site, ()))

    async def contacts(self, site: SiteId) -> Sequence[AccountId]:
        marked = [e for e in self._entries(site) if e.contact]
        return tuple(dict.fromkeys(person for e in marked for person in e.people))

    async def line(self, site: SiteId, entry: EntryId) -> Line | None:
        place = self._site(site)
        found = next((e for e in self._entries(site) if e.id == entry), None)
        return display(found, place.display) if place and found else None

    async def entry(self, entrance: EntranceId, entry: EntryId) -> Entry | None:
        door = await self.entrance(entrance)
        if door is None or await self.line(door.site, entry) is None:
            return None
        return next(e for e in self._entries(door.site) if e.id == entry)

    async def locks(self, entrance: EntranceId) -> Sequence[Lock]:
        return [b for b in self.bolts if b.entrance == entrance]

    async def lock(self, lock: LockId) -> Lock | None:
        return next((b for b in self.bolts if b.id == lock), None)
