"""Each command once: who asks again is told what became of the first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from intercom.domain.door import Refusal
from intercom.domain.ids import RequestId
from intercom.ports import CommandRefused, CommandResult, CommandUnknown

STALE_AFTER = 5.0
"""A command older than this, in seconds, is not sent: nobody expects the door to move any more."""
_KEPT = 3600.0
"""How long a request is remembered; far longer than anything that still asks for it."""


class Once:
    """Remembers commands for an hour. What was sent before a restart is held back by its age."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._made: dict[RequestId, tuple[float, asyncio.Future[CommandResult]]] = {}

    async def __call__(
        self, request: RequestId, asked_at: float, send: Callable[[], Awaitable[CommandResult]]
    ) -> CommandResult:
        """What `send` says, called at most once for each request; if it does not end, nobody knows."""
        known = self._made.get(request)
        if known is not None:
            return await asyncio.shield(known[1])
        now = self._now()
        if now - asked_at > STALE_AFTER:
            return CommandRefused(Refusal.STALE)
        for old in [one for one, (at, _) in self._made.items() if now - at > _KEPT]:
            del self._made[old]
        future = asyncio.get_running_loop().create_future()
        self._made[request] = (now, future)
        result: CommandResult = CommandUnknown(Refusal.NO_REPLY)
        try:
            result = await send()
        finally:
            future.set_result(result)
        return result
