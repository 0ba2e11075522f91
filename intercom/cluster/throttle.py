"""How often one may try: one table of policies, counted in this process's memory."""

from __future__ import annotations

import time

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from intercom.domain.errors import TooMany

POLICIES: dict[str, str] = {
    "sign_in": "10 per 15 minutes",
    "sign_in_address": "50 per 15 minutes",
    "warn": "1 per 15 minutes",
    "pair": "5 per 10 minutes",
    "ring": "30 per minute",
    "open": "60 per minute",
}
"""Policy to limit, in the words of the `limits` package."""


class MemoryThrottle:
    """`ports.Throttle` for a server that stands alone. `policies` replaces single lines of the table."""

    def __init__(self, policies: dict[str, str] | None = None) -> None:
        self._items: dict[str, RateLimitItem] = {
            name: parse(words) for name, words in {**POLICIES, **(policies or {})}.items()
        }
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def hit(self, policy: str, *keys: str) -> None:
        """See `ports.Throttle.hit`."""
        if not await self._limiter.hit(self._items[policy], policy, *keys):
            _, seconds = await self.left(policy, *keys)
            raise TooMany(retry_after=seconds)

    async def left(self, policy: str, *keys: str) -> tuple[int, float]:
        """See `ports.Throttle.left`."""
        stats = await self._limiter.get_window_stats(self._items[policy], policy, *keys)
        return stats.remaining, max(0.0, stats.reset_time - time.time())
