"""The log of what admins do, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from intercom.domain.ids import AccountId, SiteId
from intercom.ports import Event


@dataclass(slots=True)
class MemoryEvents:
    """`ports.Events` in memory."""

    noted: list[Event] = field(default_factory=list)

    async def note(
        self, site: SiteId, at: float, actor: AccountId | None, action: str, subject: str = "", **details: str
    ) -> None:
        self.noted.append(Event(len(self.noted) + 1, site, at, actor, actor or "", action, subject, details))

    async def of_site(self, site: SiteId, before: int | None, limit: int) -> Sequence[Event]:
        found = [e for e in self.noted if e.site == site and (before is None or e.id < before)]
        return found[::-1][:limit]

    async def older(self, site: SiteId, at: float, id: int, limit: int) -> Sequence[Event]:
        found = [e for e in self.noted if e.site == site and (e.at, e.id) < (at, id)]
        return sorted(found, key=lambda e: (e.at, e.id), reverse=True)[:limit]
