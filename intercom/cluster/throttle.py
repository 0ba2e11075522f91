"""How often one may try: one table of policies, counted in this process's memory."""

from __future__ import annotations

import time
from collections import deque

from limits import parse_many

from intercom.domain.errors import TooMany

POLICIES: dict[str, str] = {
    "sign_in": "10 per 15 minutes; 20 per hour; 40 per day",
    "sign_in_address": "50 per 15 minutes; 100 per hour; 300 per day",
    "sign_in_newcomer": "1 per day",
    "sign_in_newcomers": "60 per day",
    "sign_in_account": "10 per 15 minutes; 20 per hour; 30 per day",
    "warn": "1 per 15 minutes; 5 per day",
    "second_step": "10 per 15 minutes",
    "second_step_account": "30 per hour",
    "send_code": "6 per 15 minutes",
    "send_sms": "30 per day",
    "send_code_number": "6 per 15 minutes; 20 per day",
    "reset": "5 per 15 minutes; 20 per day",
    "reset_address": "20 per 15 minutes; 100 per day",
    "reset_letters": "5 per hour; 10 per day",
    "passkey": "60 per 15 minutes",
    "provider": "60 per 15 minutes",
    "pair": "5 per 10 minutes",
    "panel_key": "20 per 10 minutes",
    "panel_pin": "5 per 5 minutes; 20 per hour",
    "panel_letter": "4 per hour",
    "invitation": "20 per 10 minutes",
    "resend": "5 per hour; 10 per day",
    "ring": "30 per minute",
    "visitor_entry": "3 per 2 minutes",
    "visitor_rings": "10 per 10 minutes",
    "visitor_address": "40 per 10 minutes",
    "visitor_near_block": "3 per 10 minutes",
    "visitor_burst": "20 per 5 minutes",
    "visitor_word": "5 per 10 minutes",
    "visitor_word_address": "20 per 10 minutes",
    "visitor_search": "60 per minute",
    "visitor_search_address": "600 per 10 minutes",
    "visitor_page": "300 per 10 minutes",
    "trial_letter": "5 per hour",
    "look": "10 per 10 minutes; 60 per day",
    "test_ring": "10 per minute; 60 per hour",
    "open": "60 per minute",
    "core": "60 per minute; 600 per hour",
    "note": "6 per minute; 30 per hour",
}
"""Policy to limits, in the words of the `limits` package. Several, a longer wait behind each, make the
pauses grow for whoever goes on."""


_SWEEP_SECONDS = 60.0


class MemoryThrottle:
    """`ports.Throttle` for a server that stands alone, with moving windows. `policies` replaces single
    lines of the table.

    Counted by hand: the memory store of `limits` looks through all its keys, in a thread, at every try.
    """

    def __init__(self, policies: dict[str, str] | None = None) -> None:
        self._limits = {
            name: [(item.amount, float(item.get_expiry())) for item in parse_many(words)]
            for name, words in {**POLICIES, **(policies or {})}.items()
        }
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
            if not tries:
                del self._tries[policy, *keys]

    async def left(self, policy: str, *keys: str) -> tuple[int, float]:
        """See `ports.Throttle.left`."""
        limits = self._limits[policy]
        tries = self._tries.get((policy, *keys))
        if not tries:
            return min(most for most, _ in limits), 0.0
        now = time.monotonic()
        longest = max(seconds for _, seconds in limits)
        while tries and tries[0] <= now - longest:
            tries.popleft()
        windows = [_window(tries, most, seconds, now) for most, seconds in limits]
        closed = [window for window in windows if window[0] <= 0]
        return max(closed, key=lambda window: window[1]) if closed else min(windows)

    def _sweep(self, now: float) -> None:
        """Once in a while, forget who has not tried for longer than their window."""
        if now < self._sweep_at:
            return
        self._sweep_at = now + _SWEEP_SECONDS
        for key, tries in list(self._tries.items()):
            if not tries or tries[-1] <= now - max(seconds for _, seconds in self._limits[key[0]]):
                del self._tries[key]


def _window(tries: deque[float], most: int, seconds: float, now: float) -> tuple[int, float]:
    """Tries left in the last `seconds`, and seconds until one more."""
    recent = [moment for moment in tries if moment > now - seconds]
    return most - len(recent), recent[0] + seconds - now if recent else 0.0
