"""What is under way and known by a secret: second steps, codes, challenges, links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from intercom.domain.factors import Token
from intercom.domain.ids import AccountId


class Tokens(Protocol):
    """Rows that end by themselves. A purpose never finds another purpose's rows."""

    async def add(self, token: Token, now: float) -> None:
        """Keep it, in place of one with the same hash; what has run out is cleared on the way."""
        ...

    async def get(self, token_hash: str, purpose: str, now: float) -> Token | None:
        """The token, if it has not run out."""
        ...

    async def take(self, token_hash: str, purpose: str, now: float) -> Token | None:
        """The token, which is gone with that: exactly one of several takers gets it."""
        ...

    async def tried(self, token_hash: str, most: int) -> int | None:
        """Count a try and say how many are left, or None when there was none left."""
        ...

    async def put(self, token_hash: str, data: Mapping[str, str]) -> None:
        """Replace its data; tries count anew."""
        ...

    async def void(self, purpose: str, account: AccountId) -> None:
        """The account's tokens of this purpose are gone."""
        ...
