"""Opening doors: right first, then the log, then one command, then the truth."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import partial
from zoneinfo import ZoneInfo

from intercom.domain import door
from intercom.domain.call import Call
from intercom.domain.door import HOME_ASSISTANT, SENTENCES, Lock, Opening, Refusal, Truth
from intercom.domain.errors import DoorRefused, NotFound, TryLater
from intercom.domain.ids import (
    AccountId,
    DeviceId,
    EntranceId,
    LockId,
    OpeningId,
    PanelId,
    RequestId,
    Secret,
    SiteId,
)
from intercom.domain.language import N_
from intercom.domain.people import KnownDevice, Session
from intercom.domain.permit import Actor, Allowed, Conditions, Refused, may_open
from intercom.ports import (
    AccessCore,
    Calls,
    Clock,
    CommandRefused,
    CommandResult,
    CommandTaken,
    CommandUnknown,
    LockChanged,
    LockEvent,
    LockOpened,
    Need,
    OpeningNews,
    Openings,
    Phonebooks,
    Presence,
    Signaler,
    Throttle,
    Who,
)
from intercom.services.permits import Decision, Permits, Press

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Doors:
    """`reply_within`: how long the core may take to take a command; `confirm_within`: how long the
    lock may take to say that it opened. Seconds."""

    openings: Openings
    calls: Calls
    phonebooks: Phonebooks
    presence: Presence
    permits: Permits
    access: AccessCore
    signaler: Signaler
    throttle: Throttle
    clock: Clock
    new_id: Callable[[], str]
    reply_within: float = 5.0
    confirm_within: float = 8.0
    _commands: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _deciding: dict[tuple[AccountId, RequestId], asyncio.Future[None]] = field(
        default_factory=dict[tuple[AccountId, RequestId], asyncio.Future[None]]
    )

    async def open_door(self, session: Session, device: KnownDevice, press: Press) -> Opening:
        """A resident pressed "Open". Returns as soon as the attempt is on disk.

        The same `request` again gives the same attempt and sends nothing. Raises `DoorRefused` with
        the refusal's code (that attempt is in the log too), `NotFound` for a lock that is not of this
        person's sites, `TryLater` when the log cannot be written, `TooMany`.
        """
        lock = await self.phonebooks.lock(press.lock)
        known = lock is not None and lock.site in session.sites
        once = session.account.id, press.request
        while once in self._deciding:  # a copy of it has come and is looked at
            await self._deciding[once]
        earlier = await self.openings.by_request(*once)
        if earlier is not None:
            return await self._answer(earlier, known)
        await self.throttle.hit("open", session.account.id)
        decided = self._deciding[once] = asyncio.get_running_loop().create_future()
        try:
            decision = Decision(Refused(Refusal.NOT_ALLOWED))
            if lock is not None and known:
                decision = await self.permits.decide(session, device, lock, press)
            opening = self._opening(session, device, lock, press, decision)
            stored = await self._intend(opening)
        finally:
            del self._deciding[once]
            decided.set_result(None)
        if stored.id != opening.id:
            return await self._answer(stored, known)
        log.info("opening %s of lock %s: %s %s", opening.id, press.lock, opening.truth, opening.code or "")
        if lock is None or stored.settled:
            return await self._answer(stored, known)
        await self._tell(stored)
        credential = press.typed[1] if self.access.needs(lock.id) is Need.CODE else None
        self._send(stored, credential)
        return stored

    async def open_from_home(self, lock_id: LockId, request: RequestId) -> Opening:
        """A smart home asked, where the site lets it. It is logged and told as any press, and opens nothing
        that a resident could not open now without a call. Raises `DoorRefused`, `NotFound`, `TooMany`,
        `TryLater`."""
        lock = await self.phonebooks.lock(lock_id)
        site = await self.phonebooks.site(lock.site) if lock else None
        if lock is None or site is None:
            raise NotFound(N_("This lock is not known here."))
        await self.throttle.hit("open", HOME_ASSISTANT, site.id)
        now, device = self.clock.now(), DeviceId(HOME_ASSISTANT)
        actor = Actor(HOME_ASSISTANT, device, [lock.entrance] if site.rules.home_opens else [])
        given = Conditions(now, self.access.status(lock.id), site.hours, in_call=False)
        verdict = may_open(actor, lock, None, given)
        if verdict == Allowed() and self.permits.asks(lock.id, site)[1]:
            verdict = Refused(Refusal.CODE_NEEDED)  # there is nobody to type it
        opening = Opening(
            id=OpeningId(self.new_id()),
            request=request,
            site=lock.site,
            entrance=lock.entrance,
            lock=lock.id,
            lock_name=lock.name,
            person=HOME_ASSISTANT,
            device=device,
            call=None,
            truth=Truth.ASKED,
            at=now,
            told_at=now,
            deadline=now + self.reply_within + self.confirm_within,
            without_call=True,
        )
        if isinstance(verdict, Refused):
            opening = door.refused(opening, now, verdict.why, verdict.until)
        stored = await self._intend(opening)
        log.info("opening %s of lock %s by a smart home: %s", stored.id, lock.id, stored.truth)
        if stored.id == opening.id and not stored.settled:
            self._send(stored, None)
        return await self._answer(stored, True)

    def _send(self, opening: Opening, credential: Secret | None) -> None:
        command = asyncio.create_task(self._command(opening, credential), name=f"unlock {opening.id}")
        self._commands.add(command)
        command.add_done_callback(self._commands.discard)

    def _opening(
        self, session: Session, device: KnownDevice, lock: Lock | None, press: Press, decision: Decision
    ) -> Opening:
        """The attempt as it goes into the log."""
        now, verdict = self.clock.now(), decision.verdict
        opening = Opening(
            id=OpeningId(self.new_id()),
            request=press.request,
            site=lock.site if lock else SiteId(""),
            entrance=lock.entrance if lock else EntranceId(""),
            lock=press.lock,
            lock_name=lock.name if lock else "",
            person=session.account.id,
            device=device.id,
            call=decision.call.id if decision.call else None,
            truth=Truth.ASKED,
            at=now,
            told_at=now,
            deadline=now + self.reply_within + self.confirm_within,
            without_call=press.call is None,
            evidence=decision.evidence,
            factor=decision.factor,
        )
        if isinstance(verdict, Refused):
            return replace(door.refused(opening, now, verdict.why, verdict.until), left=verdict.left)
        return opening

    async def _intend(self, opening: Opening) -> Opening:
        try:
            return await self.openings.intend(opening)
        except TryLater as error:
            log.error("the log of openings cannot be written; nothing was sent")
            raise DoorRefused(Refusal.CANNOT_RECORD, SENTENCES[Refusal.CANNOT_RECORD]) from error

    async def _command(self, opening: Opening, credential: Secret | None) -> None:
        """The one command of this attempt."""
        result = await self._unlock(opening, credential)
        now = self.clock.now()
        match result:
            case CommandTaken():
                change = partial(door.sent, now=now, confirm_within=self.confirm_within)
            case CommandRefused(why=why, until=until):
                change = partial(door.refused, now=now, why=why, until=until)
            case CommandUnknown(why=why):
                change = partial(door.not_confirmed, now=now, why=why)
        try:
            await self._settle(opening.id, change)
        except Exception:  # what became of it is not stored: its deadline will say "not confirmed"
            log.exception("what became of opening %s cannot be stored", opening.id)

    async def _unlock(self, opening: Opening, credential: Secret | None) -> CommandResult:
        try:
            async with asyncio.timeout(self.reply_within):
                return await self.access.unlock(opening.lock, opening.request, opening.at, credential)
        except TimeoutError:
            return CommandUnknown(Refusal.NO_REPLY)
        except Exception:
            log.exception("the access core broke while opening %s was sent", opening.id)
            return CommandUnknown(Refusal.CORE_DOWN)

    async def _settle(self, opening: OpeningId, change: Callable[[Opening], Opening]) -> None:
        result = await self.openings.update(opening, change)
        if result is None or result[0] == result[1]:
            return
        after = result[1]
        log.info("opening %s: %s %s", after.id, after.truth, after.code or "")
        await self._tell(after)

    async def heard(self, event: LockEvent) -> None:
        """A lock said something."""
        lock = await self.phonebooks.lock(event.lock)
        if lock is None:
            return
        match event:
            case LockOpened(asked=False):
                pass  # somebody's key, or the handle inside: no command's word
            case LockOpened(request=request, at=at, event=its):
                change = partial(door.opened, now=at, open_seconds=lock.open_seconds, event=its)
                for waiting in await self.openings.awaiting(lock.id):
                    if request is not None and waiting.request != request:
                        continue
                    if change(waiting) != waiting:
                        await self._settle(waiting.id, change)
                        break
            case LockChanged(status=status):
                await self.signaler.lock_to_devices(self.presence.at_site(lock.site), lock, status)

    async def _tell(self, opening: Opening) -> None:
        call = await self.calls.get(opening.call) if opening.call else None
        news = await self._news(opening)
        await self.signaler.door_to_device(opening.device, news)
        if call is not None and call.alive and opening.truth is not Truth.ASKED:
            await self.signaler.door_to_panel(call.panel, news)

    async def _news(self, opening: Opening) -> OpeningNews:
        who = self.presence.who(opening.device) or Who(opening.person, "", "")
        message = await self._words(opening)
        return OpeningNews(opening, who, message, self.clock.now())

    async def _words(self, opening: Opening) -> str | None:
        """Why it was refused or is not known, by the clock at the site."""
        site = await self.phonebooks.site(opening.site)
        return door.sentence(opening, ZoneInfo(site.time_zone) if site else UTC)

    async def _answer(self, opening: Opening, known: bool) -> Opening:
        """The attempt, or its refusal; a lock of a foreign site looks like one that does not exist."""
        if not known:
            raise NotFound(N_("This lock is not known here."))
        if opening.truth is Truth.REFUSED and opening.code is not None:
            message = await self._words(opening) or SENTENCES[opening.code]
            raise DoorRefused(opening.code, message, until=opening.until, left=opening.left)
        return opening

    async def retell(
        self, call: Call, *, device: DeviceId | None = None, panel: PanelId | None = None
    ) -> None:
        """After a reconnect: the newest truth about each lock that was used in the call."""
        made = await self.openings.of_calls([call.id])
        if device is not None:
            for opening in {o.lock: o for o in made if o.device == device}.values():
                await self.signaler.door_to_device(device, await self._news(opening))
        if panel is not None:
            told = [o for o in made if o.truth not in (Truth.ASKED, Truth.REFUSED)]
            for opening in {o.lock: o for o in told}.values():
                await self.signaler.door_to_panel(panel, await self._news(opening))

    async def tick(self) -> None:
        """What nobody has confirmed in time is not confirmed."""
        now = self.clock.now()
        for opening in await self.openings.due(now):
            await self._settle(opening, partial(_nobody_knows, now=now))

    async def recover(self) -> int:
        """After a start: what was under way is not confirmed, and is not sent again. How many."""
        now = self.clock.now()
        left = await self.openings.unsettled()
        for opening in left:
            await self._settle(opening, partial(door.not_confirmed, now=now, why=Refusal.INTERRUPTED))
        return len(left)

    async def finish(self) -> None:
        """Wait for the commands that are under way; for an orderly stop."""
        await asyncio.gather(*self._commands, return_exceptions=True)


def _nobody_knows(opening: Opening, now: float) -> Opening:
    why = Refusal.NO_CONFIRMATION if opening.truth is Truth.SENT else Refusal.NO_REPLY
    return door.not_confirmed(opening, now, why)
