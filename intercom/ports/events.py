"""The log of what the people who run a site have done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from intercom.domain.ids import AccountId, SiteId


@dataclass(frozen=True, slots=True)
class Event:
    """One act. `action` is a stable word such as "resident_added"; `subject` names what it was done to,
    as people know it; `details` hold no secret. `actor_name` is empty for the server itself."""

    id: int
    site: SiteId
    at: float
    actor: AccountId | None
    actor_name: str
    action: str
    subject: str = ""
    details: Mapping[str, str] = field(default_factory=dict[str, str])


class Events(Protocol):
    """Kept in order, never changed."""

    async def note(
        self, site: SiteId, at: float, actor: AccountId | None, action: str, subject: str = "", **details: str
    ) -> None:
        """Store an act."""
        ...

    async def of_site(self, site: SiteId, before: int | None, limit: int) -> Sequence[Event]:
        """The newest acts, newest first; `before`: older than the one of that id."""
        ...

    async def older(self, site: SiteId, at: float, id: int, limit: int) -> Sequence[Event]:
        """Acts from before `at`, or at it with a lesser id, newest first."""
        ...
