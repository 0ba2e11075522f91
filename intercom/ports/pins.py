"""PINs for opening doors."""

from __future__ import annotations

from typing import Protocol

from intercom.domain.ids import AccountId
from intercom.domain.pins import OpeningPin


class OpeningPins(Protocol):
    """Each person's PIN, hashed."""

    async def of(self, account: AccountId) -> OpeningPin | None:
        """The person's PIN, if they have chosen one."""
        ...

    async def put(self, pin: OpeningPin) -> None:
        """A new PIN, in place of the one before."""
        ...

    async def swap(self, before: OpeningPin, after: OpeningPin) -> bool:
        """Store `after`, if `before` is what is stored still: of many at once, one succeeds."""
        ...

    async def remove(self, account: AccountId) -> None:
        """The person has none any more."""
        ...
