"""The core of a site whose chosen core cannot be made: nothing opens, and the page says why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from intercom.domain.door import Lock, LockStatus, Refusal
from intercom.domain.errors import NotFound
from intercom.domain.ids import LockId, RequestId, Secret
from intercom.domain.language import N_
from intercom.ports import (
    CommandRefused,
    CommandResult,
    CoreLock,
    CoreReport,
    CoreState,
    LockEvent,
    Need,
)

_STATUS = LockStatus(online=False, trouble=Refusal.NOT_RELEASED)


class ShutCore:
    """`ports.SiteCore` that refuses everything."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._locks: tuple[LockId, ...] = ()

    def status(self, lock: LockId) -> LockStatus:
        """See `ports.AccessCore.status`."""
        return _STATUS

    def needs(self, lock: LockId) -> Need:
        """See `ports.AccessCore.needs`."""
        return Need.NONE

    async def unlock(
        self, lock: LockId, request: RequestId, asked_at: float, credential: Secret | None = None
    ) -> CommandResult:
        """See `ports.AccessCore.unlock`."""
        return CommandRefused(Refusal.NOT_RELEASED)

    def listen(self, heard: Callable[[LockEvent], Awaitable[None]]) -> None:
        """See `ports.AccessCore.listen`."""

    def keep(self, locks: Iterable[Lock]) -> None:
        """See `ports.SiteCore.keep`."""
        self._locks = tuple(lock.id for lock in locks)

    async def start(self) -> None:
        """See `ports.SiteCore.start`."""

    async def check(self) -> CoreReport:
        """See `ports.SiteCore.check`."""
        return CoreReport(
            CoreState.UNFINISHED,
            self._now(),
            why=Refusal.NOT_RELEASED,
            detail=N_("The stored settings or secrets cannot be used. Save them again."),
            locks=dict.fromkeys(self._locks, _STATUS),
        )

    async def offered(self) -> Sequence[CoreLock]:
        """See `ports.SiteCore.offered`."""
        return ()

    async def take_step(self, name: str, typed: Mapping[str, Secret]) -> None:
        """See `ports.SiteCore.take_step`."""
        raise NotFound

    async def close(self) -> None:
        """See `ports.SiteCore.close`."""
