"""Whether a press may open: gathers what the decision hangs on, in the order that costs least."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from intercom.domain import geofence
from intercom.domain.call import Call
from intercom.domain.door import Factor, Lock, Refusal
from intercom.domain.evidence import NOTHING, Evidence
from intercom.domain.fence import FenceMode
from intercom.domain.geofence import Position
from intercom.domain.ids import AccountId, CallId, EntranceId, LockId, RequestId, Secret, SiteId
from intercom.domain.people import POWERS, KnownDevice, Power, Session, Standing
from intercom.domain.permit import (
    Actor,
    Allowed,
    Conditions,
    Refused,
    evidence_of,
    may_open,
    must_renew,
)
from intercom.domain.phonebook import Entrance, Site
from intercom.ports import AccessCore, Calls, Clock, Need, People, Phonebooks

log = logging.getLogger(__name__)

Fresh = Callable[[Call], Awaitable[Evidence]]
"""Asks a visitor's phone where it is now; what it says is kept with the call as well."""
Check = Callable[[AccountId, Factor, Secret | None], Awaitable[Refused | None]]
"""What is wrong with a PIN or Code; as `Pins.check`."""


@dataclass(frozen=True, slots=True)
class Press:
    """What a resident's device sends when its owner presses "Open"."""

    lock: LockId
    request: RequestId
    """New for each press."""
    call: CallId | None = None
    kind: Factor = Factor.CODE
    """What the device is asked for, where something is: a phone for the PIN, anything else for a Code."""
    pin: Secret | None = None
    code: Secret | None = None
    position: Position | None = None
    """Where the device is; judged and forgotten."""

    @property
    def typed(self) -> tuple[Factor, Secret | None]:
        """What was typed. A PIN counts on a phone only, a Code anywhere."""
        if self.kind is Factor.PIN and (self.pin or not self.code):
            return Factor.PIN, self.pin
        return Factor.CODE, self.code


@dataclass(frozen=True, slots=True)
class Decision:
    """May it open, and what the log keeps of how that was known."""

    verdict: Allowed | Refused
    call: Call | None = None
    evidence: Evidence = NOTHING
    factor: Factor | None = None
    """What was asked for and right."""


@dataclass(frozen=True, slots=True)
class Permits:
    """Decides. `renew_within`: how long a visitor's phone may take to say where it is, in seconds."""

    calls: Calls
    phonebooks: Phonebooks
    people: People
    access: AccessCore
    clock: Clock
    check: Check
    fresh: Fresh
    renew_within: float = 6.0

    def asks(self, lock: LockId, site: Site) -> tuple[bool, bool]:
        """Whether a PIN or Code is asked for: in a call, and without one."""
        core = self.access.needs(lock) is Need.CODE
        return core, core or site.rules.pin_without_call

    def asks_position(self, entrance: Entrance, site: Site) -> bool:
        """Whether a resident who opens without a call says where they are."""
        return site.rules.resident_fence is not FenceMode.OFF and entrance.fence is not None

    async def decide(self, session: Session, device: KnownDevice, lock: Lock, press: Press) -> Decision:
        """The decision. The call is looked at last: whatever took its time before, it counts as it is now."""
        site = await self.phonebooks.site(lock.site)
        entrance = await self.phonebooks.entrance(lock.entrance)
        if site is None or entrance is None:
            raise LookupError(f"lock {lock.id} is of an entrance that is gone")
        given = self._conditions(lock, site, entrance, press)
        actor = Actor(session.account.id, device.id, await self._entrances(session))
        call = await self._call(press)
        unknown = may_open(actor, lock, call, given) == Refused(Refusal.FENCE_UNKNOWN)
        if call is not None and unknown and must_renew(call, given):  # for nobody who may not open anyway
            given = replace(given, renewed=await self._renewed(call))
            call = await self._call(press)
        factor = None
        if self.asks(lock.id, site)[0 if given.in_call else 1]:
            factor, typed = press.typed
            if (
                may_open(actor, lock, call, given) == Allowed()
            ):  # a try is not spent on what is refused anyway
                given = replace(given, second=await self.check(session.account.id, factor, typed))
        actor = replace(actor, removed=not await self._still(session, lock.site))
        given = replace(given, now=self.clock.now(), status=self.access.status(lock.id))
        call = await self._call(press)
        verdict = may_open(actor, lock, call, given)
        right = factor if verdict == Allowed() else None
        return Decision(verdict, call, evidence_of(call, given), right)

    def _conditions(self, lock: Lock, site: Site, entrance: Entrance, press: Press) -> Conditions:
        now = self.clock.now()
        in_call = press.call is not None
        own_fence, own = FenceMode.OFF, NOTHING
        if not in_call and entrance.fence is not None and self.asks_position(entrance, site):
            own_fence = site.rules.resident_fence
            own = geofence.evidence(entrance.fence, press.position, now)
        return Conditions(
            now,
            self.access.status(lock.id),
            site.hours,
            in_call,
            fence=entrance.fence_mode,
            own_fence=own_fence,
            own=own,
        )

    async def _call(self, press: Press) -> Call | None:
        return await self.calls.get(press.call) if press.call else None

    async def _renewed(self, call: Call) -> Evidence:
        """Where the visitor is now; what is known, if their phone does not say."""
        try:
            async with asyncio.timeout(self.renew_within):
                return await self.fresh(call)
        except TimeoutError:
            return call.evidence
        except Exception:
            log.exception("the visitor of call %s cannot be asked where they are", call.id)
            return call.evidence

    async def _still(self, session: Session, site: SiteId) -> bool:
        """Whether the right that the socket came with is there yet: a removal may be a moment old."""
        return not session.may(Power.OPEN, site) or any(
            m.site == site and m.standing is Standing.ACTIVE and Power.OPEN in POWERS[m.role]
            for m in await self.people.memberships(session.account.id)
        )

    async def _entrances(self, session: Session) -> frozenset[EntranceId]:
        sites = [site for site in session.sites if session.may(Power.OPEN, site)]
        return frozenset(
            [entrance.id for site in sites for entrance in await self.phonebooks.entrances(site)]
        )
