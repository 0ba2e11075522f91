"""The calls and openings of a whole site, for its log. Never in the way of a call that goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.call import Call
from intercom.domain.door import Opening
from intercom.domain.ids import EntranceId, SiteId


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a list, newest first: what follows is older than `at`, or as old with a lesser id."""

    at: float
    id: str


@dataclass(frozen=True, slots=True)
class Figures:
    """How much happened. `rings` are calls; each is answered, missed, or goes on."""

    rings: int = 0
    answered: int = 0
    missed: int = 0
    opened: int = 0
    not_confirmed: int = 0
    refused: int = 0


class Past(Protocol):
    """Read only, newest first. Another site's are never among them."""

    async def calls(
        self, site: SiteId, before: Mark | None, limit: int, entrance: EntranceId | None = None
    ) -> Sequence[Call]:
        """Calls by when they were placed, those that go on as well."""
        ...

    async def openings(
        self, site: SiteId, before: Mark | None, limit: int, entrance: EntranceId | None = None
    ) -> Sequence[Opening]:
        """Attempts to open a door by when they were stored, refused ones as well."""
        ...

    async def figures(self, site: SiteId, since: float) -> Figures:
        """What happened from a moment on."""
        ...
