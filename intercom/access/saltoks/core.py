"""`ports.SiteCore` for a site of Salto KS: one submission for each press, then the lock's own word."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from intercom.access.catalog import Outfit
from intercom.access.once import Once
from intercom.access.saltoks import look
from intercom.access.saltoks.activation import Activation
from intercom.access.saltoks.answers import Matter, Reply, meaning
from intercom.access.saltoks.client import Client, Denied, NoAnswer, NotSent, rows
from intercom.access.saltoks.code import code
from intercom.access.saltoks.entries import Confirmations, Entry, entry
from intercom.access.saltoks.hubs import Hub, Stage
from intercom.access.saltoks.stream import StreamEnded, entries
from intercom.domain.door import Lock, LockStatus, Refusal
from intercom.domain.errors import TryLater
from intercom.domain.ids import LockId, RequestId, Secret
from intercom.domain.language import N_
from intercom.ports import (
    CommandRefused,
    CommandResult,
    CommandTaken,
    CommandUnknown,
    CoreLock,
    CoreReport,
    CoreState,
    LockChanged,
    LockEvent,
    LockOpened,
    Need,
)

log = logging.getLogger(__name__)

_PAGE = 100
_MOST_PAGES = 50


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how long, in seconds."""

    look: float = 30.0
    """Between two looks at the locks."""
    confirm: float = 1.0
    """Between two looks at the entries while a command waits for one."""
    breaker: float = 30.0
    """How long nothing is sent after their side failed."""
    stream_again: float = 10.0
    check: float = 9.0


class SaltoKs:
    """One site. `stream`: the address of the event stream, empty for none."""

    def __init__(
        self, outfit: Outfit, client: Client, site: str, stream: str = "", pace: Pace | None = None
    ) -> None:
        self._client = client
        self._now = outfit.now
        self._path = f"/sites/{site}"
        self._stream = f"{stream.rstrip('/')}/v1/hub/entries?site_id={site}" if stream else ""
        self._left_open_after = float(outfit.settings["left_open_seconds"])
        self._second_factor = outfit.settings["second_factor"] == "true"
        self._pace = pace or Pace()
        self._activation = Activation(client, self._path, outfit)
        self._once = Once(outfit.now)
        self._confirmations = Confirmations()
        self._locks: dict[LockId, Lock] = {}
        self._seen: dict[str, look.Seen] = {}
        self._last_told: dict[LockId, LockStatus] = {}
        self._heard: list[Callable[[LockEvent], Awaitable[None]]] = []
        self._down_until = 0.0
        self._down_since: float | None = None
        self._closed_by: Refusal | None = None
        self._closed_since: float | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()
        self._late: list[LockOpened] = []
        """What is to be told as soon as somebody can: a command was given up in the middle."""

    # -- what is asked at once --

    def keep(self, locks: Iterable[Lock]) -> None:
        """See `ports.SiteCore.keep`."""
        self._locks = {lock.id: lock for lock in locks}

    def listen(self, heard: Callable[[LockEvent], Awaitable[None]]) -> None:
        """See `ports.AccessCore.listen`."""
        self._heard.append(heard)

    def needs(self, lock: LockId) -> Need:
        """See `ports.AccessCore.needs`."""
        return Need.CODE if self._second_factor else Need.NONE

    def status(self, lock: LockId) -> LockStatus:
        """See `ports.AccessCore.status`."""
        known = self._locks.get(lock)
        if known is None:
            return LockStatus(online=False)
        if not known.core_ref:
            return LockStatus(trouble=Refusal.NOT_RELEASED)
        now = self._now()
        seen = self._seen.get(known.core_ref)
        told = seen.status(now, self._left_open_after) if seen else LockStatus()
        hub = self._hub(known)
        if self._closed_by is not None:
            return replace(told, trouble=self._closed_by, since=self._closed_since)
        if not told.online:
            return told
        if hub is not None and now < hub.blocked_until:
            return replace(told, trouble=Refusal.OTP_BLOCKED, until=hub.blocked_until)
        if self._down_since is not None:
            return replace(told, trouble=Refusal.CORE_DOWN, since=self._down_since)
        if hub is not None and not hub.ready:
            return replace(told, trouble=Refusal.NOT_RELEASED)
        return told

    def _hub(self, lock: Lock) -> Hub | None:
        seen = self._seen.get(lock.core_ref)
        return self._activation.hubs.get(seen.hub) if seen else None

    # -- the command --

    async def unlock(
        self, lock: LockId, request: RequestId, asked_at: float, credential: Secret | None = None
    ) -> CommandResult:
        """See `ports.AccessCore.unlock`."""
        known = self._locks.get(lock)
        if known is None:
            return CommandRefused(Refusal.LOCK_OFFLINE)
        if self._second_factor and not credential:
            return CommandRefused(Refusal.CODE_NEEDED)
        return await self._once(request, asked_at, partial(self._send, known, request))

    async def _send(self, lock: Lock, request: RequestId) -> CommandResult:
        """The one submission. Whatever happens after it left is unknown at worst, never sent again."""
        if not lock.core_ref:
            return CommandRefused(Refusal.NOT_RELEASED)
        if self._now() < self._down_until:
            return CommandRefused(Refusal.CORE_DOWN)
        try:
            if lock.core_ref not in self._seen:
                await self._look()
            hub = self._hub(lock)
            if hub is None and lock.core_ref not in self._seen:
                return CommandRefused(Refusal.NOT_RELEASED)  # a lock that the site does not have
            if hub is not None and self._now() < hub.blocked_until:
                return CommandRefused(Refusal.OTP_BLOCKED, hub.blocked_until)
            if hub is not None and not hub.ready:
                return CommandRefused(Refusal.NOT_RELEASED)
            await self._client.token()
        except (NotSent, NoAnswer):  # so far nothing was asked that opens
            await self._theirs()
            return CommandRefused(Refusal.CORE_DOWN)
        except Denied:
            await self._shut(Refusal.OUR_FAULT)
            return CommandRefused(Refusal.OUR_FAULT)
        body: dict[str, object] = {"locked_state": "unlocked"}
        if hub is not None and hub.needs_code and hub.secret and hub.pin:
            body["otp"] = code(self._client.their_time, hub.secret, hub.pin).reveal()
        self._confirmations.leaves(lock.id, request, self._now())
        try:
            reply = await self._client.ask("PATCH", f"{self._path}/locks/{lock.core_ref}/locking", body)
        except NotSent:
            await self._tell_all(self._confirmations.refused(request, self._now()))
            await self._theirs()
            return CommandRefused(Refusal.CORE_DOWN)
        except Denied:
            await self._tell_all(self._confirmations.refused(request, self._now()))
            await self._shut(Refusal.OUR_FAULT)
            return CommandRefused(Refusal.OUR_FAULT)
        except NoAnswer:
            self._wake.set()
            await self._tell_all(self._confirmations.unknown(request, self._now()))
            await self._theirs()
            return CommandUnknown(Refusal.CORE_DOWN)
        except asyncio.CancelledError:  # whoever asked has waited long enough: the lock may speak yet
            self._wake.set()
            self._late += self._confirmations.unknown(request, self._now())
            self._pause()
            raise
        return await self._understood(reply, lock, request, hub)

    async def _understood(
        self, reply: Reply, lock: Lock, request: RequestId, hub: Hub | None
    ) -> CommandResult:
        meant, now = meaning(reply), self._now()
        result = meant.result
        if isinstance(result, CommandTaken):
            opened = self._confirmations.taken(request, now)
        elif isinstance(result, CommandUnknown):
            opened = self._confirmations.unknown(request, now)
        else:
            opened = self._confirmations.refused(request, now)
        self._wake.set()
        if not isinstance(result, CommandTaken):
            log.warning("lock %s: %s, code %s: %s", lock.id, reply.status, reply.code, result.why)
        await self._tell_all(opened)
        match meant.matter:
            case Matter.NONE:
                await self._well()
                if hub is not None and reply.good:
                    await self._activation.taken(hub.id)
            case Matter.THEIRS:
                await self._theirs()
            case Matter.TOKEN | Matter.CLOSED if isinstance(result, CommandRefused):
                await self._shut(result.why)
            case Matter.CODE_WRONG if hub is not None:
                await self._activation.wrong(hub.id)
            case Matter.CODE_BLOCKED if hub is not None:
                until = await self._activation.blocked(hub.id)
                result = CommandRefused(Refusal.OTP_BLOCKED, until)
            case _:
                pass
        await self._tell()
        return result

    # -- how their side is --

    async def _theirs(self) -> None:
        """Their side failed: nothing is sent for a while."""
        self._pause()
        await self._tell()

    def _pause(self) -> None:
        now = self._now()
        self._down_until = now + self._pace.breaker
        if self._down_since is None:
            self._down_since = now
            log.warning("Salto KS does not answer")

    async def _well(self) -> None:
        """Their side is well, and open to us."""
        if self._down_since is not None:
            log.info("Salto KS answers again")
        self._down_since, self._down_until = None, 0.0
        self._closed_by = self._closed_since = None
        await self._tell()

    async def _shut(self, why: Refusal) -> None:
        """The site is closed to us."""
        if self._closed_by is not why:
            self._closed_by, self._closed_since = why, self._now()
        await self._tell()

    async def _tell(self) -> None:
        """Say which locks are different from what was said last."""
        for lock in list(self._locks):
            status = self.status(lock)
            if self._last_told.get(lock, LockStatus()) != status:
                self._last_told[lock] = status
                await self._say(LockChanged(lock, status))

    async def _tell_all(self, events: Iterable[LockEvent]) -> None:
        for event in events:
            await self._say(event)

    async def _say(self, event: LockEvent) -> None:
        for heard in self._heard:
            try:
                await heard(event)
            except Exception:
                log.exception("an event of lock %s was not taken in", event.lock)

    # -- listening --

    async def start(self) -> None:
        """See `ports.SiteCore.start`."""
        self._tasks = [
            asyncio.create_task(self._looks(), name="Salto KS: locks"),
            asyncio.create_task(self._polls(), name="Salto KS: entries"),
        ]
        if self._stream:
            self._tasks.append(asyncio.create_task(self._streams(), name="Salto KS: stream"))

    async def _looks(self) -> None:
        while True:
            try:
                await self._look()
            except Denied:
                await self._shut(Refusal.OUR_FAULT)
            except (NotSent, NoAnswer):
                await self._theirs()
            except Exception:
                log.exception("a look at the locks failed")
            left = self._down_until - self._now()
            await asyncio.sleep(min(self._pace.look, left) if left > 0 else self._pace.look)
            await self._tell()

    async def _look(self) -> None:
        """See which locks and hubs there are. Raises `NotSent`, `NoAnswer`, `Denied`."""
        hubs = await self._all("iqs")
        locks = await self._all("locks")
        if hubs is None or locks is None:
            return
        self._activation.found([found for row in hubs if (found := self._as_hub(row))])
        now = self._now()
        seen = [
            look.lock(row, self._seen.get(str(row.get("id"))), self._activation.hubs, now) for row in locks
        ]
        self._seen = {one.ref: one for one in seen if one is not None}
        self._confirmations.begin(now)
        self._closed_by = self._closed_since = None
        if now >= self._down_until:  # that lists can be read does not end a pause
            await self._well()
        await self._tell()

    def _as_hub(self, row: Mapping[str, object]) -> Hub | None:
        return look.hub(row, self._activation.hubs.get(str(row.get("id"))))

    async def _all(self, what: str) -> list[Mapping[str, object]] | None:
        """Every row of a list, page by page. None when the answer was no list: then it is told."""
        found: list[Mapping[str, object]] = []
        for page in range(_MOST_PAGES):
            reply = await self._client.ask("GET", f"{self._path}/{what}?$top={_PAGE}&$skip={page * _PAGE}")
            if not reply.good:
                meant = meaning(reply)
                if meant.matter is Matter.THEIRS or isinstance(meant.result, CommandUnknown):
                    await self._theirs()
                elif isinstance(meant.result, CommandRefused):
                    await self._shut(meant.result.why)
                return None
            given = rows(reply)
            found += given
            if len(given) < _PAGE:
                break
        return found

    async def _polls(self) -> None:
        """Looks at the entries: often while a command waits, now and then for what others open."""
        while True:
            waiting = self._confirmations.waits(self._now())
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.confirm if waiting else self._pace.look):
                    await (asyncio.sleep(self._pace.look) if waiting else self._wake.wait())
            late, self._late = self._late, []
            await self._tell_all(late)
            try:
                reply = await self._client.ask(
                    "GET", f"{self._path}/entries?$orderby=utc_date_time desc&$top=20"
                )
                for row in reversed(rows(reply) if reply.good else []):
                    found = entry(row)
                    if found:
                        await self._entered(found)
            except (NotSent, NoAnswer, Denied) as error:
                log.debug("the entries cannot be read: %r", error)
            except Exception:
                log.exception("a look at the entries failed")

    async def _streams(self) -> None:
        while True:
            try:
                token = await self._client.token()
                async for found in entries(self._client.session(), self._stream, token):
                    if found is not None:
                        await self._entered(found)
            except (NotSent, Denied, StreamEnded) as error:
                log.debug("the stream of entries ended: %r", error)
            except Exception:
                log.exception("the stream of entries failed")
            await asyncio.sleep(self._pace.stream_again)

    async def _entered(self, found: Entry) -> None:
        for lock in list(self._locks.values()):
            if lock.core_ref == found.lock:
                event = self._confirmations.heard(found, lock.id, self._client.ahead, self._now())
                if event is not None:
                    await self._say(event)

    # -- setting up --

    async def check(self) -> CoreReport:
        """See `ports.SiteCore.check`."""
        state, detail = CoreState.UP, ""
        try:
            async with asyncio.timeout(self._pace.check):
                self._down_until = 0.0  # a person wants to know now
                await self._look()
        except Denied:
            await self._shut(Refusal.OUR_FAULT)
            detail = N_("The client ID, its secret or the user is wrong.")
        except (NotSent, NoAnswer, TimeoutError):
            await self._theirs()
        locks = {lock: self.status(lock) for lock in self._locks}
        why, since, until = None, None, None
        if self._closed_by is not None:
            state, why, since = CoreState.DENIED, self._closed_by, self._closed_since
        elif self._down_since is not None:
            state, why, since = CoreState.DOWN, Refusal.CORE_DOWN, self._down_since
        elif any(not hub.ready for hub in self._used()) or any(
            not lock.core_ref for lock in self._locks.values()
        ):
            state, why = CoreState.UNFINISHED, Refusal.NOT_RELEASED
        elif blocked := [hub for hub in self._used() if self._now() < hub.blocked_until]:
            state, why = CoreState.PAUSED, Refusal.OTP_BLOCKED
            until = max(hub.blocked_until for hub in blocked)
        elif any(hub.stage is Stage.DEGRADED for hub in self._used()):
            detail = N_("A hub refused several Codes in a row. If that goes on, activate it anew.")
        steps = self._activation.steps(self._used())
        return CoreReport(state, self._now(), since, until, why, detail, steps, locks)

    def _used(self) -> Sequence[Hub]:
        """The hubs of our locks; all of the site while none is chosen."""
        ours = {lock.core_ref for lock in self._locks.values() if lock.core_ref}
        names = {seen.hub for seen in self._seen.values() if not ours or seen.ref in ours}
        return [hub for hub in self._activation.hubs.values() if hub.id in names]

    async def offered(self) -> Sequence[CoreLock]:
        """See `ports.SiteCore.offered`."""
        try:
            await self._look()
        except (NotSent, NoAnswer, Denied):
            raise TryLater(N_("The access system is not answering.")) from None
        hubs = self._activation.hubs
        found = [
            CoreLock(one.ref, one.name, hubs[one.hub].name if one.hub in hubs else "", one.online)
            for one in self._seen.values()
        ]
        return sorted(found, key=lambda one: (one.hub.casefold(), one.name.casefold()))

    async def take_step(self, name: str, typed: Mapping[str, Secret]) -> None:
        """See `ports.SiteCore.take_step`."""
        await self._activation.take_step(name, typed)
        await self._tell()

    async def close(self) -> None:
        """See `ports.SiteCore.close`."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._client.close()
