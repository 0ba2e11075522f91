"""The very first account."""

from __future__ import annotations

from typing import Protocol

from intercom.domain.people import Account


class Founding(Protocol):
    """Whether anybody owns anything here, and the first who does."""

    async def begun(self) -> bool:
        """Somebody owns a site."""
        ...

    async def add(self, account: Account, password_hash: str, now: float) -> bool:
        """Store the first owner's account. False: somebody owns a site already."""
        ...
