"""Residents' quiet hours."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.ids import AccountId
from intercom.domain.week import WeekSpan


@dataclass(frozen=True, slots=True)
class Quiet:
    """A resident's quiet hours. `zone`: an IANA time zone, None for the site's."""

    spans: tuple[WeekSpan, ...] = ()
    zone: str | None = None


class QuietHours(Protocol):
    """Kept for each person."""

    async def put(self, person: AccountId, zone: str | None, spans: Sequence[WeekSpan]) -> None:
        """Store them instead of the earlier ones."""
        ...

    def of(self, people: Collection[AccountId]) -> Mapping[AccountId, Quiet]:
        """Of those who have any; from memory, because a visitor waits."""
        ...
