"""Sites, entrances, entries and locks, quick to read while a visitor waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from intercom.domain.directory import Directory
from intercom.domain.door import Lock
from intercom.domain.ids import (
    AccountId,
    EntranceId,
    EntryId,
    LockId,
    SiteId,
    UnitId,
)
from intercom.domain.phonebook import Entrance, Entry, Line, Site, Unit


class Phonebooks(Protocol):
    """Sites, entrances, entries and locks, quick to read while a visitor waits."""

    async def all_sites(self) -> Sequence[Site]:
        """All sites of the server."""
        ...

    async def site(self, site: SiteId) -> Site | None:
        """The site."""
        ...

    async def entrance(self, entrance: EntranceId) -> Entrance | None:
        """The entrance."""
        ...

    async def by_code(self, code: str) -> Entrance | None:
        """The entrance whose sign has this code."""
        ...

    async def entrances(self, site: SiteId) -> Sequence[Entrance]:
        """The site's entrances, in order."""
        ...

    async def lines(self, entrance: EntranceId) -> Sequence[Line]:
        """What the entrance shows, in order."""
        ...

    async def unit_name(self, unit: UnitId) -> str:
        """The unit's name; blank if there is none."""
        ...

    async def units(self, site: SiteId) -> Sequence[Unit]:
        """The site's units, by floor."""
        ...

    async def directory(self, site: SiteId) -> Directory:
        """The site's residents, also those who are invited or were deactivated."""
        ...

    async def refresh(self, site: SiteId) -> bool:
        """Read a site anew, or forget one that is gone; whether anything that panels show has changed."""
        ...

    async def line(self, site: SiteId, entry: EntryId) -> Line | None:
        """How an entry is displayed."""
        ...

    async def entry(self, entrance: EntranceId, entry: EntryId) -> Entry | None:
        """An entry that this entrance shows; None also for a hidden one."""
        ...

    async def beside(self, entrance: EntranceId, entry: EntryId) -> Sequence[tuple[Entry, Line]]:
        """The other entries of the same unit that this entrance shows, in order."""
        ...

    async def locks(self, entrance: EntranceId) -> Sequence[Lock]:
        """The entrance's locks, in order."""
        ...

    async def lock(self, lock: LockId) -> Lock | None:
        """The lock."""
        ...

    async def duty(self, site: SiteId) -> Sequence[AccountId]:
        """The people on the site's duty list who can be rung, in order."""
        ...

    async def contacts(self, site: SiteId) -> Sequence[AccountId]:
        """The people behind the site's contact entries, each once."""
        ...
