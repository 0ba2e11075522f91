"""Performs effects: what the call machine says must be told, is told."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from intercom.domain.call import (
    Call,
    Effect,
    InviteLeg,
    Leg,
    LegStage,
    NoteMissed,
    StopLeg,
    TellCaller,
    TellEvidence,
    TellLeg,
    TellResident,
    Transition,
    missed_by,
)
from intercom.domain.ids import DeviceId, LegId
from intercom.domain.phonebook import Line, Site
from intercom.ports import (
    AccessCore,
    Bell,
    IceServers,
    Invitation,
    Need,
    People,
    Phonebooks,
    Presence,
    Signaler,
    Who,
)
from intercom.services.alerts import Alerts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Turns effects into messages; asks only for what a message has to say."""

    signaler: Signaler
    phonebooks: Phonebooks
    presence: Presence
    people: People
    access: AccessCore
    ice: IceServers
    alerts: Alerts
    bell: Bell | None = None
    """Is told last: the people come first."""

    def resume(self, call: Call, now: float) -> None:
        """After a start: what rings by push rings on."""
        for leg in call.living:
            if leg.pushed and leg.stage is LegStage.INVITED:
                self.alerts.ring(call, leg, now)

    async def perform(self, made: Transition, now: float) -> None:
        """Perform the effects of a transition, in order."""
        for effect in made.effects:
            await self._one(made.call, effect, now)
        if self.bell is not None:
            self.bell.call_changed(made.call)

    async def _one(self, call: Call, effect: Effect, now: float) -> None:
        match effect:
            case InviteLeg(leg=leg_id):
                leg = _leg(call, leg_id)
                if leg.pushed and not self.presence.online(leg.device):
                    self.alerts.ring(call, leg, now)
                else:
                    await self.signaler.invite(leg.device, await self.invitation(call, leg, now))
            case StopLeg(leg=leg_id, reason=reason, by=by):
                leg = _leg(call, leg_id)
                who = None if by is None else await self.who(_leg(call, by).device)
                missed = missed_by(call, leg.person)
                self.alerts.stop(call, leg, missed)
                await self.signaler.stop(leg.device, leg.person, call.id, leg.id, reason, who, missed, now)
            case TellCaller():
                ice = self.ice.for_call(call.id, now) if call.alive else ()
                line = await self.line(call)
                await self.signaler.call_to_panel(call, line, ice, now, self.ice.relay_only)
            case TellResident():
                answering = call.answering
                if answering is not None:
                    await self.signaler.call_to_device(answering.device, call, answering, now)
            case TellLeg(leg=leg_id):
                self.alerts.rings(leg_id)
                await self.signaler.leg_to_panel(call.panel, call.id, leg_id, _leg(call, leg_id).stage)
            case TellEvidence(leg=leg_id):
                await self.signaler.evidence(_leg(call, leg_id).device, call, leg_id)
            case NoteMissed(people=people):
                entrance = await self.phonebooks.entrance(call.entrance)
                if entrance is None:
                    return
                for devices in self.presence.devices(people).values():
                    for device in devices:
                        await self.signaler.missed(device.id, call, entrance, now)

    async def line(self, call: Call) -> Line:
        """The call's entry as displayed; blank when it was taken off the phonebook meanwhile."""
        return await self.phonebooks.line(call.site, call.entry) or Line(
            call.entry, "", "", "", contact=False
        )

    async def invitation(self, call: Call, leg: Leg, now: float) -> Invitation:
        """All that the leg's device needs to ring, or to go on."""
        site = await self.phonebooks.site(call.site)
        entrance = await self.phonebooks.entrance(call.entrance)
        if site is None or entrance is None:
            raise LookupError(f"call {call.id} is of an entrance that is gone")
        locks = await self.phonebooks.locks(call.entrance)
        others = (self.presence.who(other.device) for other in call.living if other.id != leg.id)
        return Invitation(
            call=call,
            leg=leg,
            site=site,
            entrance=entrance,
            line=await self.line(call),
            also=tuple(who.device for who in others if who),
            locks=tuple((lock, self.access.status(lock.id)) for lock in locks),
            ice=self.ice.for_call(call.id, now),
            now=now,
            early=self._early(call, leg, site),
            asks=tuple(lock.id for lock in locks if self.access.needs(lock.id) is Need.CODE),
            relay=self.ice.relay_only or (hides(call) and self.ice.relays),
        )

    def _early(self, call: Call, leg: Leg, site: Site) -> bool:
        """Towards a visitor a ringing device connects early through a relay, or not at all, unless the site
        thinks otherwise: its address is nobody's business before it accepts."""
        covered = not hides(call) or self.ice.relays or site.rules.early_without_relay
        return call.connects_early(leg.id) and covered

    async def who(self, device: DeviceId) -> Who | None:
        """How to name a device and its owner, connected or not."""
        there = self.presence.who(device)
        if there is not None:
            return there
        known = await self.people.device(device)
        owner = await self.people.account(known.account) if known else None
        return Who(owner.id, owner.name, known.name) if known and owner else None


def hides(call: Call) -> bool:
    """Whether the devices of this call do not show the caller their addresses yet."""
    return call.visitor and call.accepted is None


def _leg(call: Call, leg: LegId) -> Leg:
    found = call.leg(leg)
    if found is None:
        raise LookupError(f"call {call.id} has no leg {leg}")
    return found
