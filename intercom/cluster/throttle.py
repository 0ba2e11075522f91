"""How often one may try: one table of policies, counted in this process's memory."""

from __future__ import annotations

import time
from collections import deque

from limits import parse

from intercom.domain.errors import TooMany

POLICIES: dict[str, str] = {
    "sign_in": "10 per 15 minutes",
    "sign_in_address": "50 per 15 minutes",
    "warn": "1 per 15 minutes",
    "pair": "5 per 10 minutes",
    "panel_key": "20 per 10 minutes",
    "ring": "30 per minute",
    "open": "60 per minute",
}
"""Policy to limit, in the words of the `limits` package."""


_SWEEP_SECONDS = 60.0


class MemoryThrottle:
    """`ports.Throttle` for a server that stands alone, with moving windows. `policies` replaces single
    lines of the table.

    Counted by hand: the memory store of `limits` looks through all its keys, in a thread, at every try.
    """

    def __init__(self, policies: dict[str, str] | None = None) -> None:
        items = {name: parse(words) for name, words in {**POLICIES, **(policies or {})}.items()}
        self._limits = {name: (item.amount, float(item.get_expiry())) for name, item in items.items()}
        self._tries: dict[tuple[str, ...], deque[float]] = {}
        self._sweep_at = 0.0

    async def hit(self, policy: str, *keys: str) -> None:
        """See `ports.Throttle.hit`."""
        left, seconds = await self.left(policy, *keys)
        if left <= 0:
            raise TooMany(retry_after=seconds)
        now = time.monotonic()
        self._tries.setdefault((policy, *keys), deque()).append(now)
        self._sweep(now)

    async def give_back(self, policy: str, *keys: str) -> None:
        """See `ports.Throttle.give_back`."""
        tries = self._tries.get((policy, *keys))
        if tries:
            tries.pop()

    async def left(self, policy: str, *keys: str) -> tuple[int, float]:
        """See `ports.Throttle.left`."""
        most, seconds = self._limits[policy]
        tries = self._tries.get((policy, *keys))
        if not tries:
            return most, 0.0
        now = time.monotonic()
        while tries and tries[0] <= now - seconds:
            tries.popleft()
        return most - len(tries), max(0.0, tries[0] + seconds - now) if tries else 0.0

    def _sweep(self, now: float) -> None:
        """Once in a while, forget who has not tried for longer than their window."""
        if now < self._sweep_at:
            return
        self._sweep_at = now + _SWEEP_SECONDS
        for key, tries in list(self._tries.items()):
            if not tries or tries[-1] <= now - self._limits[key[0]][1]:
                del self._tries[key]
