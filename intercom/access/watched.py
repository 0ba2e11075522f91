"""What a lock told last, and what follows when it tells something new."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace

from intercom.domain.door import Lock, LockStatus
from intercom.domain.ids import LockId, RequestId
from intercom.ports import LockChanged, LockEvent, LockOpened

log = logging.getLogger(__name__)

WAITED_FOR = 20.0
"""A lock that is open within so many seconds of a command opened by it. Later it was somebody else."""

_OFFLINE = LockStatus(online=False)


@dataclass(slots=True)
class _Watched:
    lock: Lock
    status: LockStatus
    is_open: bool | None = None
    """None: nobody knows."""
    waiting: dict[RequestId, float] = field(default_factory=dict[RequestId, float])
    """Commands that wait for the lock's word, and since when."""


class Watch:
    """The locks of a core that has to be looked at or listened to. Says what changed, once."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._locks: dict[LockId, _Watched] = {}
        self._heard: list[Callable[[LockEvent], Awaitable[None]]] = []

    def keep(self, locks: Iterable[Lock]) -> None:
        """These are the locks from now on; a new one is offline until it tells otherwise."""
        kept = {lock.id: lock for lock in locks}
        for lock in kept.values():
            known = self._locks.get(lock.id)
            if known is None or known.lock.core_ref != lock.core_ref:
                self._locks[lock.id] = _Watched(lock, LockStatus(online=False, since=self._now()))
            else:
                known.lock = lock
        for gone in self._locks.keys() - kept.keys():
            del self._locks[gone]

    def listen(self, heard: Callable[[LockEvent], Awaitable[None]]) -> None:
        """See `ports.AccessCore.listen`."""
        self._heard.append(heard)

    @property
    def locks(self) -> tuple[Lock, ...]:
        """The locks that are kept."""
        return tuple(one.lock for one in self._locks.values())

    def lock(self, lock: LockId) -> Lock | None:
        """The lock of that id."""
        one = self._locks.get(lock)
        return one.lock if one else None

    def status(self, lock: LockId) -> LockStatus:
        """See `ports.AccessCore.status`."""
        one = self._locks.get(lock)
        return one.status if one else _OFFLINE

    def is_waited_for(self, lock: LockId) -> bool:
        """Whether a command waits for the lock's word."""
        one = self._locks.get(lock)
        return one is not None and bool(self._still_waiting(one))

    def _still_waiting(self, one: _Watched) -> dict[RequestId, float]:
        now = self._now()
        one.waiting = {request: at for request, at in one.waiting.items() if now - at <= WAITED_FOR}
        return one.waiting

    def commanded(self, lock: LockId, request: RequestId) -> None:
        """A command is about to leave; what the lock says from now on may be its answer."""
        one = self._locks.get(lock)
        if one is not None:
            self._still_waiting(one)[request] = self._now()

    def withdrawn(self, lock: LockId, request: RequestId) -> None:
        """The command was refused."""
        one = self._locks.get(lock)
        if one is not None:
            one.waiting.pop(request, None)

    async def told(
        self,
        lock: LockId,
        status: LockStatus,
        is_open: bool | None,
        *,
        asked: float | None = None,
        happened: bool = True,
    ) -> None:
        """The lock told how it is. `asked`: when the question left; what was commanded later is not in the
        answer. Not `happened`: it is so, and nobody knows since when. `since` is filled in here."""
        one = self._locks.get(lock)
        if one is None:
            return
        now = self._now()
        before, was_open = one.status, one.is_open
        one.status = _since(before, status, now)
        one.is_open = is_open
        if one.status != before:
            await self._say(LockChanged(lock, one.status))
        if not is_open or not happened:
            return
        answered = [
            request for request, at in self._still_waiting(one).items() if asked is None or at <= asked
        ]
        for request in answered:
            one.waiting.pop(request, None)
            await self._say(LockOpened(lock, now, request))
        if not answered and was_open is False:
            await self._say(LockOpened(lock, now, asked=False))

    async def _say(self, event: LockEvent) -> None:
        for heard in self._heard:
            try:
                await heard(event)
            except Exception:  # whoever listens must not stop the watch
                log.exception("what lock %s said was not heard", event.lock)


def _since(before: LockStatus, after: LockStatus, now: float) -> LockStatus:
    """`after`, with the time since when it is unusual."""
    if after.online and not after.held_open and after.trouble is None:
        return after
    same = (before.online, before.held_open, before.trouble) == (after.online, after.held_open, after.trouble)
    return replace(after, since=before.since if same and before.since is not None else now)
