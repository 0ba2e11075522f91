"""Ringing, accepting, declining, hanging up: every event of a call passes here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from math import inf

from intercom.domain import call as machine
from intercom.domain.call import (
    Call,
    Event,
    Leg,
    LegStage,
    Reason,
    Rules,
    Side,
    Stage,
    TellCaller,
    Transition,
    advance,
    place,
)
from intercom.domain.errors import CallInProgress, CallOver, IntercomError, NotNow, UnknownCall, UnknownEntry
from intercom.domain.evidence import AT_THE_PANEL, Evidence
from intercom.domain.fork import Fork, fork
from intercom.domain.ids import AccountId, CallId, DeviceId, EntranceId, EntryId, LegId, PanelId, SiteId
from intercom.domain.language import N_
from intercom.domain.phonebook import Fallback, Site, hours_of
from intercom.domain.visitor import Caller, Visitor
from intercom.ports import Busy, Calls, Clock, Phonebooks, Presence, Throttle, call_in_hand
from intercom.services.dispatch import Dispatch
from intercom.services.reach import Reach

log = logging.getLogger(__name__)


class AcceptedElsewhere(IntercomError):
    """Somebody else was quicker. `details["by"]` names who, for the household."""

    code = "accepted_elsewhere"
    sentence = N_("Somebody else took this call.")


class StillBusy(Exception):
    """Everybody who could ring is talking."""


@dataclass(frozen=True, slots=True)
class Switchboard:
    """The verbs of a call. Each returns the call as stored, after its effects were performed."""

    calls: Calls
    phonebooks: Phonebooks
    presence: Presence
    reach: Reach
    dispatch: Dispatch
    clock: Clock
    throttle: Throttle
    new_id: Callable[[], str]
    rules: Rules
    rang: Callable[[DeviceId, float, float], None]
    """Notes that a device alerted its owner: when, and after how many seconds. A visitor waits for it."""

    async def ring(self, caller: Caller, entry_id: EntryId, evidence: Evidence = AT_THE_PANEL) -> Call:
        """A visitor pressed a name. Raises `UnknownEntry`, `CallInProgress`, `TooMany`.

        `evidence`: where the caller stands; whether they may ring from there was decided before.
        """
        await self.throttle.hit("ring", caller.id)
        return await self._ring(caller, entry_id, evidence, unless_busy=False)

    async def ring_when_free(
        self, caller: Caller, entry_id: EntryId, evidence: Evidence = AT_THE_PANEL
    ) -> Call:
        """As `ring`, for a caller who waits. Raises `StillBusy` and stores nothing while all are."""
        return await self._ring(caller, entry_id, evidence, unless_busy=True)

    async def _ring(self, panel: Caller, entry_id: EntryId, evidence: Evidence, *, unless_busy: bool) -> Call:
        entry = await self.phonebooks.entry(panel.entrance, entry_id)
        if entry is None:
            raise UnknownEntry
        site = await self.phonebooks.site(panel.site)
        rules, closed, opens_at = self.rules, False, None
        if site is not None:
            hours, moment = hours_of(entry, site), self.clock.now()
            closed, opens_at = not hours.open_at(moment), hours.opens_next(moment)
            rules = replace(rules, decline_ends_call=rules.decline_ends_call or site.rules.decline_ends_call)
            if await self._others(site, entry.people, closed=closed):
                ring = rules.ring if closed else min(rules.ring, float(site.rules.fallback_after))
                rules = replace(rules, ring=ring, falls_back=True)
        made, now = await self._place(
            panel.id,
            panel.site,
            panel.entrance,
            entry.id,
            entry.people,
            rules,
            unless_busy=unless_busy,
            visitor=isinstance(panel, Visitor),
            evidence=evidence,
            closed=closed,
            opens_at=opens_at,
        )
        await self._perform(made, now)
        return made.call

    async def _place(
        self,
        panel: PanelId,
        site_id: SiteId,
        entrance: EntranceId,
        entry: EntryId,
        people: Sequence[AccountId],
        rules: Rules,
        *,
        unless_busy: bool = False,
        visitor: bool = False,
        evidence: Evidence = AT_THE_PANEL,
        closed: bool = False,
        opens_at: float | None = None,
        follows: CallId | None = None,
    ) -> tuple[Transition, float]:
        """Store a new call; its effects are still to be performed."""
        site = await self.phonebooks.site(site_id)
        now = self.clock.now()
        devices = self.reach.devices(people)
        quiet = self.reach.quiet(people, site.time_zone if site else "UTC", now)

        def make(busy: Busy) -> Transition:
            if busy.calling:
                raise CallInProgress
            if closed:
                forked = Fork((), Reason.CLOSED)
            else:
                forked = fork(people, devices, busy.people, lambda: LegId(self.new_id()), quiet)
            if unless_busy and not forked.legs and forked.nobody is Reason.BUSY:
                raise StillBusy
            return place(
                call=CallId(self.new_id()),
                site=site_id,
                entrance=entrance,
                entry=entry,
                panel=panel,
                people=people,
                legs=forked.legs,
                nobody=forked.nobody,
                now=now,
                rules=rules,
                busy=forked.busy,
                visitor=visitor,
                evidence=evidence,
                follows=follows,
                opens_at=opens_at,
            )

        made = await self.calls.add(panel, people, make)
        call_in_hand.set(made.call.id)
        log.info("placed: %s, %d legs", made.call.stage, len(made.call.legs))
        return made, now

    # -- fallback ---------------------------------------------------------------------------------

    async def _others(
        self, site: Site, people: Collection[AccountId], *, closed: bool
    ) -> tuple[AccountId, ...]:
        """Who is rung when `people` do not answer, or are not rung because it is closed; nobody where the
        site does not want it."""
        if closed:
            return tuple(await self.phonebooks.duty(site.id)) if site.rules.closed_to_duty else ()
        if not site.rules.fallback_after:
            return ()
        on_duty = site.rules.fallback_to is Fallback.DUTY
        others = await (self.phonebooks.duty if on_duty else self.phonebooks.contacts)(site.id)
        return tuple(p for p in others if p not in people)

    async def _perform(self, made: Transition, now: float) -> None:
        """Perform the effects. When nobody answered, others are rung by a call of their own, and its first
        word to the caller takes the place of the last one of the call before."""
        call = made.call
        unanswered = call.reason in (Reason.NO_ANSWER, Reason.UNREACHABLE, Reason.CLOSED)
        if made.effects and unanswered and call.rules.falls_back:
            after = await self._fall_back(call)
            if after is not None and after.call.alive:
                await self.dispatch.perform(after, now)
                made = Transition(call, tuple(e for e in made.effects if not isinstance(e, TellCaller)))
            elif after is not None:  # nobody there either: one end is enough for the caller
                others = tuple(e for e in after.effects if not isinstance(e, TellCaller))
                await self.dispatch.perform(Transition(after.call, others), now)
        await self.dispatch.perform(made, now)

    async def _fall_back(self, call: Call) -> Transition | None:
        site = await self.phonebooks.site(call.site)
        closed = call.reason is Reason.CLOSED
        people = await self._others(site, call.people, closed=closed) if site else ()
        if not people:
            return None
        try:
            made, _ = await self._place(
                call.panel,
                call.site,
                call.entrance,
                call.entry,
                people,
                self.rules,
                visitor=call.visitor,
                evidence=call.evidence,
                follows=call.id,
            )
        except CallInProgress:
            return None
        log.info("nobody answered %s: others are rung", call.id)
        return made

    # -- what callers and residents do ------------------------------------------------------------

    async def caller_hangs_up(self, panel: PanelId, call: CallId) -> Call:
        """The caller pressed "Hang up". Raises `UnknownCall`. Hanging up an ended call is no fault."""
        return await self._happened(call, machine.CallerHungUp(), _called_by(panel))

    async def caller_stands(self, caller: PanelId, call: CallId, evidence: Evidence) -> Call:
        """Newer evidence of where the caller stands. Raises `UnknownCall`."""
        return await self._happened(call, machine.EvidenceGiven(evidence), _called_by(caller))

    async def caller_left(self, caller: PanelId, call: CallId) -> Call:
        """The visitor went away from a door whose fence is enforced. Raises `UnknownCall`."""
        return await self._happened(call, machine.CallerLeft(), _called_by(caller))

    async def caller_media_up(self, panel: PanelId, call: CallId, leg: LegId) -> Call:
        """The caller's end of a leg's media path is up."""
        return await self._happened(call, machine.LegMediaUp(leg), _called_by(panel))

    async def rings(self, device: DeviceId, call: CallId, leg: LegId) -> Call:
        """A device alerts its owner. Raises `UnknownCall`, `CallOver`."""
        silent = [False]

        def permit(before: Call) -> None:
            _part_of(device, leg)(before)
            silent[0] = any(one.id == leg and one.stage is LegStage.INVITED for one in before.legs)

        after = await self._happened(call, machine.LegRinging(leg), permit)
        if not after.alive:
            raise CallOver(N_("The call is over."))
        if silent[0]:
            now = self.clock.now()
            self.rang(device, now, now - after.placed_at)
        return after

    async def media_up(self, device: DeviceId, call: CallId, leg: LegId) -> Call:
        """The device's end of its media path is up."""
        return await self._of_leg(device, call, leg, machine.LegMediaUp(leg))

    async def media_failed(self, device: DeviceId, call: CallId, leg: LegId) -> Call:
        """The device has given up connecting."""
        return await self._of_leg(device, call, leg, machine.LegMediaFailed(leg))

    async def device_hears_nothing(self, device: DeviceId, call: CallId, leg: LegId, seconds: float) -> Call:
        """Nothing has come through to the device for so long; 0: it does again."""
        since = self._since(seconds)
        return await self._of_leg(device, call, leg, machine.MediaSilent(leg, Side.RESIDENT, since))

    async def caller_hears_nothing(self, panel: PanelId, call: CallId, leg: LegId, seconds: float) -> Call:
        """The same at the caller's end. Raises `CallOver`."""
        silent = machine.MediaSilent(leg, Side.CALLER, self._since(seconds))
        after = await self._happened(call, silent, _called_by(panel))
        if not after.alive:
            raise CallOver(N_("The call is over."))
        return after

    def _since(self, seconds: float) -> float:
        return self.clock.now() - seconds if seconds else inf

    async def accept(self, device: DeviceId, call: CallId, leg: LegId) -> Call:
        """A person picked up. Raises `AcceptedElsewhere`, `CallOver`, `UnknownCall`.

        Accepting again what this leg has accepted already is no fault.
        """
        after = await self._happened(call, machine.LegAccepted(leg), _part_of(device, leg))
        if after.accepted == leg and after.alive:
            return after
        if after.accepted is not None and after.accepted != leg and after.answering is not None:
            who = await self.dispatch.who(after.answering.device)
            raise AcceptedElsewhere(by={"person": who.person, "device": who.device} if who else None)
        raise CallOver(N_("The call is over."))

    async def decline(self, device: DeviceId, call: CallId, leg: LegId) -> Call:
        """A person said no. Raises `UnknownCall`, `CallOver`, `NotNow` when it was accepted here."""
        after = await self._of_leg(device, call, leg, machine.LegDeclined(leg), dead_is_fine=True)
        if after.accepted == leg:
            raise NotNow(N_("You have answered this call. Hang up instead."))
        return after

    async def resident_hangs_up(self, device: DeviceId, call: CallId) -> Call:
        """The answering resident pressed "Hang up". Raises `UnknownCall`, `NotNow` before accept."""
        found = await self.calls.get(call)
        leg = next((leg for leg in found.legs if leg.device == device), None) if found else None
        if found is None or leg is None:
            raise UnknownCall
        if found.alive and found.accepted != leg.id:
            raise NotNow(N_("This device has not answered this call. Decline it instead."))
        return await self._happened(call, machine.LegHungUp(leg.id), _part_of(device, leg.id))

    async def extend(self, device: DeviceId, call: CallId, leg: LegId) -> Call:
        """Talk on past the time limit. Raises `NotNow` before the talk; early it changes nothing."""
        after = await self._of_leg(device, call, leg, machine.TalkExtended(leg))
        if after.accepted != leg:
            raise NotNow
        return after

    async def camera(self, device: DeviceId, call: CallId, leg: LegId, on: bool) -> Call:
        """The answering resident turned their camera. Raises `NotNow` before accept."""
        after = await self._of_leg(device, call, leg, machine.CameraTurned(leg, on))
        if after.accepted != leg:
            raise NotNow
        await self.dispatch.signaler.camera(after.panel, call, leg, on)
        return after

    async def device_says(self, device: DeviceId, *, dnd: bool | None, on_the_phone: bool | None) -> None:
        """What a device knows of its owner; on the telephone it is busy for what rings there now."""
        self.presence.device_says(device, dnd=dnd, on_the_phone=on_the_phone)
        if dnd is not None:
            await self.dispatch.people.set_dnd(device, dnd)
        if on_the_phone:
            for call in await self.calls.of_device(device):
                await self._each(call, device, machine.LegBusy)

    # -- connections ------------------------------------------------------------------------------

    async def caller_back(self, panel: PanelId) -> Call | None:
        """A panel connected; its call, if one goes on."""
        call = await self.calls.of_panel(panel)
        return await self._happened(call.id, machine.CallerBack()) if call else None

    async def caller_lost(self, panel: PanelId) -> None:
        """A panel's connection is gone."""
        call = await self.calls.of_panel(panel)
        if call is not None:
            await self._happened(call.id, machine.CallerLost())

    async def device_back(self, device: DeviceId) -> None:
        """A device connected: its living legs ring or go on."""
        for call in await self.calls.of_device(device):
            await self._each(call, device, machine.LegBack)

    async def device_lost(self, device: DeviceId) -> None:
        """A device's connection is gone."""
        for call in await self.calls.of_device(device):
            await self._each(call, device, machine.LegLost)

    async def device_removed(self, device: DeviceId) -> None:
        """A device may take part no longer."""
        for call in await self.calls.of_device(device):
            await self._each(call, device, machine.LegRemoved)

    async def leg_removed(self, call: Call, device: DeviceId) -> None:
        """A device may take part in this call no longer."""
        await self._each(call, device, machine.LegRemoved)

    async def _each(self, call: Call, device: DeviceId, event: Callable[[LegId], Event]) -> None:
        for leg in call.living:
            if leg.device == device:
                await self._happened(call.id, event(leg.id))

    # -- time -------------------------------------------------------------------------------------

    async def tick(self) -> None:
        """End what has run out. Called a few times a second."""
        for call in await self.calls.due(self.clock.now()):
            await self._happened(call, machine.Expired())

    async def recover(self) -> int:
        """After a start: everybody in a call that went on is lost until they connect. How many calls."""
        alive = await self.calls.alive()
        for call in alive:
            await self._happened(call.id, machine.CallerLost())
            for leg in call.living:
                await self._happened(call.id, machine.LegLost(leg.id))
            self.dispatch.resume(call, self.clock.now())
        return len(alive)

    # -- one stroke -------------------------------------------------------------------------------

    async def _of_leg(
        self, device: DeviceId, call: CallId, leg: LegId, event: Event, *, dead_is_fine: bool = False
    ) -> Call:
        after = await self._happened(call, event, _part_of(device, leg))
        if not after.alive and not dead_is_fine:
            raise CallOver(N_("The call is over."))
        return after

    async def _happened(
        self, call: CallId, event: Event, permit: Callable[[Call], None] | None = None
    ) -> Call:
        now = self.clock.now()
        call_in_hand.set(call)
        was = [Stage.ENDED]

        def change(before: Call) -> Transition:
            if permit is not None:
                permit(before)
            was[0] = before.stage
            return advance(before, event, now)

        made = await self.calls.update(call, change)
        if made is None:
            raise UnknownCall
        if made.effects or made.call.stage is not was[0]:
            reason = f" ({made.call.reason})" if made.call.reason else ""
            log.info("%s: %s -> %s%s", type(event).__name__, was[0], made.call.stage, reason)
        else:
            log.debug("%s: no effect in %s", type(event).__name__, was[0])
        await self._perform(made, now)
        return made.call


def _called_by(panel: PanelId) -> Callable[[Call], None]:
    def permit(call: Call) -> None:
        if call.panel != panel:
            raise UnknownCall

    return permit


def _part_of(device: DeviceId, leg_id: LegId) -> Callable[[Call], None]:
    def permit(call: Call) -> None:
        leg = call.leg(leg_id)
        if leg is None or leg.device != device:
            raise UnknownCall

    return permit


def own_leg(call: Call | None, device: DeviceId, leg_id: LegId) -> Leg:
    """The device's own living leg. Raises `UnknownCall`, `CallOver`."""
    leg = call.leg(leg_id) if call else None
    if call is None or leg is None or leg.device != device:
        raise UnknownCall
    if leg.stage is LegStage.ENDED:
        raise CallOver(N_("The call is over."))
    return leg
