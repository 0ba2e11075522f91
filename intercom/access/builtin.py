"""The built-in access core: locks with names, an open time, relocking, and faults to switch on.

It behaves as a real core does: it takes a command or refuses it, and its locks say afterwards, on
their own, that they opened and that they locked again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from intercom.access.catalog import Make
from intercom.access.journal import Journal
from intercom.domain.door import Battery, Lock, LockStatus, Refusal
from intercom.domain.errors import NotFound
from intercom.domain.ids import LockId, RequestId, Secret
from intercom.domain.language import N_
from intercom.ports import (
    CommandRefused,
    CommandResult,
    CommandTaken,
    CommandUnknown,
    CoreKind,
    CoreLock,
    CoreReport,
    CoreState,
    LockChanged,
    LockEvent,
    LockOpened,
    Need,
    SiteCore,
)

log = logging.getLogger(__name__)

STALE_AFTER = 5.0
"""A command older than this, in seconds, opens nothing: nobody expects the door to move any more."""
_TURN = 0.3
"""How long a bolt takes to move, in seconds."""


KIND = CoreKind("builtin", N_("Built-in: simulated locks, for trying out"))


class Fault(StrEnum):
    """What a lock can be told to suffer from."""

    NONE = "none"
    OFFLINE = "offline"
    SLOW = "slow"
    """Takes commands after `slow_seconds`."""
    REFUSING = "refusing"
    SILENT = "silent"
    """Opens, but its word never arrives."""
    HELD_OPEN = "held_open"
    """Office mode: it stays open until somebody ends that."""
    LOW_BATTERY = "low_battery"
    LEFT_OPEN = "left_open"
    """It works, and its door has stood open for long."""


@dataclass(slots=True)
class _Bolt:
    lock: Lock
    fault: Fault = Fault.NONE
    since: float | None = None
    open_until: float = 0.0
    """It locks itself then."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])


class BuiltinCore:
    """`ports.SiteCore` for locks of the house's own."""

    def __init__(
        self, journal: Journal, *, now: Callable[[], float] = time.time, slow_seconds: float = 3.0
    ) -> None:
        self._journal = journal
        self._now = now
        self._slow_seconds = slow_seconds
        self._bolts: dict[LockId, _Bolt] = {}
        self._closed = False
        self._heard: list[Callable[[LockEvent], Awaitable[None]]] = []

    def keep(self, locks: Iterable[Lock]) -> None:
        """These are the locks from now on: new ones come, changed ones change, others are gone."""
        kept = {lock.id: lock for lock in locks}
        for lock in kept.values():
            bolt = self._bolts.setdefault(lock.id, _Bolt(lock))
            bolt.lock = lock
        for gone in self._bolts.keys() - kept.keys():
            del self._bolts[gone]

    async def start(self) -> None:
        """See `ports.SiteCore.start`."""

    async def check(self) -> CoreReport:
        """See `ports.SiteCore.check`."""
        locks = {lock: self.status(lock) for lock in self._bolts}
        return CoreReport(CoreState.UP, self._now(), locks=locks)

    async def offered(self) -> Sequence[CoreLock]:
        """See `ports.SiteCore.offered`."""
        return ()

    async def take_step(self, name: str, typed: Mapping[str, Secret]) -> None:
        """See `ports.SiteCore.take_step`."""
        raise NotFound

    def listen(self, heard: Callable[[LockEvent], Awaitable[None]]) -> None:
        """See `ports.AccessCore.listen`."""
        self._heard.append(heard)

    def status(self, lock: LockId) -> LockStatus:
        """See `ports.AccessCore.status`."""
        bolt = self._bolts.get(lock)
        if bolt is None:
            return LockStatus(online=False)
        match bolt.fault:
            case Fault.OFFLINE:
                return LockStatus(online=False, since=bolt.since)
            case Fault.HELD_OPEN:
                return LockStatus(held_open=True, since=bolt.since)
            case Fault.LEFT_OPEN:
                return LockStatus(left_open_since=bolt.since)
            case Fault.LOW_BATTERY:
                return LockStatus(battery=Battery.LOW)
            case _:
                return LockStatus()

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
        before = self.status(lock)
        bolt.fault = new
        bolt.since = self._now()
        if self.status(lock) != before:
            await self._say(LockChanged(lock, self.status(lock)))

    async def unlock(
        self, lock: LockId, request: RequestId, asked_at: float, credential: Secret | None = None
    ) -> CommandResult:
        """See `ports.AccessCore.unlock`."""
        bolt = self._bolts.get(lock)
        if bolt is None or bolt.fault is Fault.OFFLINE:
            return CommandRefused(Refusal.LOCK_OFFLINE)
        if bolt.fault is Fault.HELD_OPEN:
            return CommandRefused(Refusal.HELD_OPEN)
        if bolt.fault is Fault.REFUSING:
            return CommandRefused(Refusal.CORE_REFUSED)
        if bolt.fault is Fault.SLOW:
            await asyncio.sleep(self._slow_seconds)
        if self._closed:
            return CommandRefused(Refusal.CORE_DOWN)
        if self._now() - asked_at > STALE_AFTER:
            return CommandRefused(Refusal.STALE)
        if request in self._journal:
            return CommandTaken()
        try:
            self._journal.record(lock, request, self._now())
        except OSError:
            log.exception("the door journal cannot be written")
            return CommandUnknown(Refusal.CORE_DOWN)
        task = asyncio.create_task(self._turn(bolt, request), name=f"bolt {lock}")
        bolt.tasks.add(task)
        task.add_done_callback(bolt.tasks.discard)
        return CommandTaken()

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
        """See `ports.SiteCore.close`. Every lock locks."""
        self._closed = True
        for bolt in self._bolts.values():
            for task in tuple(bolt.tasks):
                task.cancel()


class Switches:
    """The faults of every built-in lock, whichever site's. `of`: the core that a lock is at."""

    def __init__(self, of: Callable[[LockId], SiteCore | None]) -> None:
        self._of = of

    def fault_of(self, lock: LockId) -> str | None:
        """What the lock suffers from. None for a real one."""
        core = self._of(lock)
        return core.fault_of(lock) if isinstance(core, BuiltinCore) else None

    async def set_fault(self, lock: LockId, fault: str) -> None:
        """See `BuiltinCore.set_fault`. Raises `KeyError` for a real lock too."""
        core = self._of(lock)
        if not isinstance(core, BuiltinCore):
            raise KeyError(lock)
        await core.set_fault(lock, fault)


def make(journal: Journal) -> Make:
    """The kind, for the catalogue. All its cores share one journal."""
    return Make(KIND, lambda outfit: BuiltinCore(journal, now=outfit.now))
