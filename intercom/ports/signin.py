"""What signing in needs: hashes and limits."""

from __future__ import annotations

from typing import Protocol

from intercom.domain.ids import (
    Secret,
)


class Passwords(Protocol):
    """Password hashing, off the event loop."""

    async def verify(self, password_hash: str | None, password: Secret) -> bool:
        """Whether it fits. With None it takes the same time and says no."""
        ...

    async def hash(self, password: Secret) -> str:
        """A new hash."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """It was made with older parameters."""
        ...


class Throttle(Protocol):
    """How often one may try."""

    async def hit(self, policy: str, *keys: str) -> None:
        """Count a try under the named policy; raises `TooMany` past its limit."""
        ...

    async def give_back(self, policy: str, *keys: str) -> None:
        """The newest try under the named policy counts no longer."""
        ...

    async def left(self, policy: str, *keys: str) -> tuple[int, float]:
        """Tries left, and seconds until more."""
        ...
