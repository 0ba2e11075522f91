"""The built-in access core: locks with names, an open time, relocking, and faults to switch on.

It behaves as a real core does: it takes a command or refuses it, and its locks say afterwards, on
their own, that they opened and that they locked again. A journal on disk remembers each command that
was carried out, so that one command turns one lock once, whatever is repeated and whoever restarts.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from intercom.domain.door import Lock, LockStatus, Refusal
from intercom.domain.ids import LockId, RequestId, Secret
from intercom.ports import (
    CommandRefused,
    CommandResult,
    CommandTaken,
    CommandUnknown,
    LockChanged,
    LockEvent,
    LockOpened,
    Need,
)

log = logging.getLogger(__name__)

STALE_AFTER = 5.0
"""A command older than this, in seconds, opens nothing: nobody expects the door to move any more."""
_TURN = 0.3
"""How long a bolt takes to move, in seconds."""


class Fault(StrEnum):
    """What a lock can be told to suffer from."""

    NONE = "none"
    OFFLINE = "offline"
    SLOW = "slow"
    """Takes commands after `slow_seconds`."""
    REFUSING = "refusing"
    SILENT = "silent"
    """Opens, but its word never arrives."""


@dataclass(slots=True)
class _Bolt:
    lock: Lock
    fault: Fault = Fault.NONE
    since: float | None = None
    open_until: float = 0.0
    """It locks itself then."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])


class BuiltinCore:
    """`ports.AccessCore` for locks of the house's own.

    `journal`: a file to which each carried-out command is appended, one JSON line with `request`,
    `lock` and `at`, flushed to disk before the lock turns.
    """

    def __init__(
        self, journal: Path, *, now: Callable[[], float] = time.time, slow_seconds: float = 3.0
    ) -> None:
        self._journal = journal
        self._now = now
        self._slow_seconds = slow_seconds
        self._bolts: dict[LockId, _Bolt] = {}
        self._heard: list[Callable[[LockEvent], Awaitable[None]]] = []
        self._done: set[str] = set()
        self._torn = False  # the journal's last line may lack its end: the next one starts anew

    def keep(self, locks: Iterable[Lock]) -> None:
        """These are the locks from now on: new ones come, changed ones change, others are gone."""
        kept = {lock.id: lock for lock in locks}
        for lock in kept.values():
            bolt = self._bolts.setdefault(lock.id, _Bolt(lock))
            bolt.lock = lock
        for gone in self._bolts.keys() - kept.keys():
            del self._bolts[gone]

    def install(self, locks: Iterable[Lock]) -> None:
        """Take these locks into service, and read what was carried out before."""
        self.keep(locks)
        if self._journal.exists():
            written = self._journal.read_bytes()
            self._torn = bool(written) and not written.endswith(b"\n")
            for line in written.splitlines():
                try:
                    self._done.add(json.loads(line)["request"])
                except (ValueError, KeyError, TypeError):
                    log.warning("a line of the door journal cannot be read")  # torn by a power cut

    def listen(self, heard: Callable[[LockEvent], Awaitable[None]]) -> None:
        """See `ports.AccessCore.listen`."""
        self._heard.append(heard)

    def status(self, lock: LockId) -> LockStatus:
        """See `ports.AccessCore.status`."""
        bolt = self._bolts.get(lock)
        if bolt is None:
            return LockStatus(online=False)
        return LockStatus(online=bolt.fault is not Fault.OFFLINE, since=bolt.since)

    def needs(self, lock: LockId) -> Need:
        """See `ports.AccessCore.needs`."""
        return Need.NONE

    def fault_of(self, lock: LockId) -> Fault:
        """What the lock suffers from now."""
        bolt = self._bolts.get(lock)
        return bolt.fault if bolt else Fault.OFFLINE

    async def set_fault(self, lock: LockId, fault: str) -> None:
        """Have a lock suffer from the fault of that name from now on.

        Raises `KeyError` for an unknown lock, `ValueError` for an unknown fault.
        """
        new = Fault(fault)
        bolt = self._bolts[lock]
        was_online = self.status(lock).online
        bolt.fault = new
        bolt.since = self._now() if new is Fault.OFFLINE else None
        if self.status(lock).online != was_online:
            await self._say(LockChanged(lock, self.status(lock)))

    async def unlock(
        self, lock: LockId, request: RequestId, asked_at: float, credential: Secret | None = None
    ) -> CommandResult:
        """See `ports.AccessCore.unlock`."""
        bolt = self._bolts.get(lock)
        if bolt is None or bolt.fault is Fault.OFFLINE:
            return CommandRefused(Refusal.LOCK_OFFLINE)
        if bolt.fault is Fault.REFUSING:
            return CommandRefused(Refusal.CORE_REFUSED)
        if bolt.fault is Fault.SLOW:
            await asyncio.sleep(self._slow_seconds)
        if self._now() - asked_at > STALE_AFTER:
            return CommandRefused(Refusal.STALE)
        if request in self._done:
            return CommandTaken()
        try:
            self._record(lock, request)
        except OSError:
            log.exception("the door journal cannot be written")
            return CommandUnknown(Refusal.CORE_DOWN)
        task = asyncio.create_task(self._turn(bolt, request), name=f"bolt {lock}")
        bolt.tasks.add(task)
        task.add_done_callback(bolt.tasks.discard)
        return CommandTaken()

    def _record(self, lock: LockId, request: RequestId) -> None:
        line = json.dumps({"request": request, "lock": lock, "at": self._now()}) + "\n"
        data = ("\n" + line if self._torn else line).encode()
        handle = os.open(self._journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            self._torn = True
            if os.write(handle, data) < len(data):
                raise OSError("the disk is full")
            os.fsync(handle)
            self._torn = False
        finally:
            os.close(handle)
        self._done.add(request)

    async def _turn(self, bolt: _Bolt, request: RequestId) -> None:
        await asyncio.sleep(_TURN)
        if bolt.fault is not Fault.SILENT:
            await self._say(LockOpened(bolt.lock.id, self._now(), request))
        bolt.open_until = self._now() + bolt.lock.open_seconds

    def is_open(self, lock: LockId) -> bool:
        """Whether the bolt is drawn back at this moment."""
        bolt = self._bolts.get(lock)
        return bolt is not None and bolt.open_until > self._now()

    async def _say(self, event: LockEvent) -> None:
        for heard in self._heard:
            await heard(event)

    async def close(self) -> None:
        """Stop turning; every lock locks."""
        for bolt in self._bolts.values():
            for task in tuple(bolt.tasks):
                task.cancel()
