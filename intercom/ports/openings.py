"""The log of attempts to open a door."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from intercom.domain.door import Opening
from intercom.domain.ids import (
    AccountId,
    CallId,
    LockId,
    OpeningId,
    RequestId,
)


class Openings(Protocol):
    """The log of attempts to open a door. What it has stored survives a power cut."""

    async def intend(self, opening: Opening) -> Opening:
        """Store the attempt on disk before anything else happens.

        If the same person has used the same request before, nothing is stored and the attempt of
        then is given back: compare `id`. Raises `TryLater` when it cannot be stored.
        """
        ...

    async def update(
        self, opening: OpeningId, change: Callable[[Opening], Opening]
    ) -> tuple[Opening, Opening] | None:
        """Compare-and-swap as in `Calls.update`; before and after. None: there is no such attempt."""
        ...

    async def by_request(self, person: AccountId, request: RequestId) -> Opening | None:
        """The attempt that came from this press."""
        ...

    async def awaiting(self, lock: LockId) -> Sequence[Opening]:
        """Attempts on this lock that an event of the lock may settle, newest first."""
        ...

    async def due(self, now: float) -> Sequence[OpeningId]:
        """Unsettled attempts whose deadline has passed."""
        ...

    async def unsettled(self) -> Sequence[OpeningId]:
        """All unsettled attempts."""
        ...

    async def of_person(self, person: AccountId, limit: int) -> Sequence[Opening]:
        """This person's newest attempts, newest first."""
        ...

    async def of_calls(self, calls: Collection[CallId]) -> Sequence[Opening]:
        """The attempts made in these calls."""
        ...
