"""The cores of all sites as one: each command goes to the core of its lock's site."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from intercom.access.catalog import Make, Outfit, read
from intercom.access.shut import ShutCore
from intercom.domain.door import Lock, LockStatus, Refusal
from intercom.domain.errors import Invalid
from intercom.domain.ids import LockId, RequestId, Secret, SiteId
from intercom.domain.language import N_
from intercom.ports import (
    CommandRefused,
    CommandResult,
    CommandUnknown,
    CoreKind,
    LockChanged,
    LockEvent,
    Need,
    SiteCore,
)

log = logging.getLogger(__name__)


class Cores:
    """`ports.AccessCores`. `makes`: the kinds, the first of which a site has until another is chosen.

    `remember`: stores what a site's core wants to keep.
    """

    def __init__(
        self,
        makes: Sequence[Make],
        now: Callable[[], float],
        remember: Callable[[SiteId, Mapping[str, object]], Awaitable[None]],
    ) -> None:
        self._makes = {make.kind.name: make for make in makes}
        self._first = makes[0].kind.name
        self._now = now
        self._remember = remember
        self._locks: dict[LockId, Lock] = {}
        self._cores: dict[SiteId, tuple[str, SiteCore]] = {}
        self._heard: list[Callable[[LockEvent], Awaitable[None]]] = []
        self._started = False
        self._exchanging = asyncio.Lock()

    # -- ports.AccessCore --

    def status(self, lock: LockId) -> LockStatus:
        """See `ports.AccessCore.status`."""
        core = self.of(lock)
        return core.status(lock) if core else LockStatus(online=False)

    def needs(self, lock: LockId) -> Need:
        """See `ports.AccessCore.needs`."""
        core = self.of(lock)
        return core.needs(lock) if core else Need.NONE

    async def unlock(
        self, lock: LockId, request: RequestId, asked_at: float, credential: Secret | None = None
    ) -> CommandResult:
        """See `ports.AccessCore.unlock`."""
        core = self.of(lock)
        if core is None:
            return CommandRefused(Refusal.LOCK_OFFLINE)
        try:
            return await core.unlock(lock, request, asked_at, credential)
        except Exception:  # no core may do this; one that does has perhaps sent
            log.exception("an access core broke on a command for lock %s", lock)
            return CommandUnknown(Refusal.CORE_DOWN)

    def listen(self, heard: Callable[[LockEvent], Awaitable[None]]) -> None:
        """See `ports.AccessCore.listen`."""
        self._heard.append(heard)

    async def _say(self, event: LockEvent) -> None:
        for heard in self._heard:
            try:
                await heard(event)
            except Exception:
                log.exception("an event of lock %s was not taken in", event.lock)

    def of(self, lock: LockId) -> SiteCore | None:
        """The core of the lock's site. None for an unknown lock."""
        known = self._locks.get(lock)
        found = self._cores.get(known.site) if known else None
        return found[1] if found else None

    # -- ports.AccessCores --

    def kinds(self) -> Sequence[CoreKind]:
        """See `ports.AccessCores.kinds`."""
        return [make.kind for make in self._makes.values()]

    def kind_of(self, site: SiteId) -> str:
        """See `ports.AccessCores.kind_of`."""
        return self._cores[site][0] if site in self._cores else self._first

    def at(self, site: SiteId) -> SiteCore:
        """See `ports.AccessCores.at`."""
        if site not in self._cores:
            make = self._makes[self._first]
            self._make(site, make, *read(make.kind.fields, {}, {}), {})  # nothing to connect to: not started
        return self._cores[site][1]

    def _read(
        self, kind: str, settings: Mapping[str, str], secrets: Mapping[str, Secret]
    ) -> tuple[Make, dict[str, str], dict[str, Secret]]:
        make = self._makes.get(kind)
        if make is None:
            raise Invalid(kind=N_("Choose one of the list."))
        return make, *read(make.kind.fields, settings, secrets)

    def examine(
        self, site: SiteId, kind: str, settings: Mapping[str, str], secrets: Mapping[str, Secret]
    ) -> None:
        """See `ports.AccessCores.examine`."""
        make, given, kept = self._read(kind, settings, secrets)
        make.build(Outfit(site, given, kept, self._now))

    async def shut(self, site: SiteId, kind: str) -> None:
        """See `ports.AccessCores.shut`."""
        async with self._exchanging:
            before = self._cores.get(site)
            core = ShutCore(self._now)
            core.keep([lock for lock in self._locks.values() if lock.site == site])
            self._cores[site] = (kind, core)
            if before is not None:
                await _closed(before[1])

    async def exchange(
        self,
        site: SiteId,
        kind: str,
        settings: Mapping[str, str],
        secrets: Mapping[str, Secret],
        state: Mapping[str, object],
    ) -> None:
        """See `ports.AccessCores.exchange`."""
        make, given, kept = self._read(kind, settings, secrets)
        async with self._exchanging:
            locks = {lock.id: self.status(lock.id) for lock in self._locks.values() if lock.site == site}
            before = self._cores.get(site)
            core = self._make(site, make, given, kept, state)
            if before is not None:
                await _closed(before[1])
            if self._started:
                await core.start()
            for lock, told in locks.items():
                if core.status(lock) != told:
                    await self._say(LockChanged(lock, core.status(lock)))

    def _make(
        self,
        site: SiteId,
        make: Make,
        settings: Mapping[str, str],
        secrets: Mapping[str, Secret],
        state: Mapping[str, object],
    ) -> SiteCore:
        async def remember(kept: Mapping[str, object]) -> None:
            await self._remember(site, kept)

        core = make.build(Outfit(site, settings, secrets, self._now, state, remember))
        core.keep([lock for lock in self._locks.values() if lock.site == site])
        core.listen(self._say)
        self._cores[site] = (make.kind.name, core)
        return core

    # -- the composition root's --

    def keep(self, locks: Iterable[Lock]) -> None:
        """These are all locks from now on. A new site has the first kind of core."""
        self._locks = {lock.id: lock for lock in locks}
        for site in {lock.site for lock in self._locks.values()} | self._cores.keys():
            self.at(site).keep([lock for lock in self._locks.values() if lock.site == site])

    async def start(self) -> None:
        """Start every core."""
        self._started = True
        for _, core in list(self._cores.values()):
            await core.start()

    async def close(self) -> None:
        """Close every core."""
        self._started = False
        await asyncio.gather(*(_closed(core) for _, core in self._cores.values()))
        self._cores.clear()


async def _closed(core: SiteCore) -> None:
    try:
        await core.close()
    except Exception:
        log.exception("an access core did not close")
