"""The bell that anybody may press who scanned a code: who may, from where, how often."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from intercom.domain.call import Call
from intercom.domain.errors import TooManyRings, UnknownEntry, WordNeeded
from intercom.domain.evidence import AT_THE_PANEL, Evidence, Source
from intercom.domain.ids import EntryId
from intercom.domain.visitor import Caller, Proof, Visitor
from intercom.ports import Clock, Throttle
from intercom.services.switchboard import Switchboard
from intercom.services.visitors import Visitors
from intercom.services.whereabouts import Whereabouts


@dataclass(frozen=True, slots=True)
class PublicBell:
    """Rings for visitors.

    A visitor rings one entry 3 times in 2 minutes at most, and any 10 times in 10 minutes; what counts is
    their browser and, with more room for those who share one, their network; with little room while somebody
    on it is blocked. When many visitors ring at an entrance, each must type the word on the sign.
    """

    visitors: Visitors
    whereabouts: Whereabouts
    switchboard: Switchboard
    throttle: Throttle
    clock: Clock

    async def ring(self, visitor: Visitor, shown: str, proof: Proof) -> Call:
        """A visitor pressed a name, which their page knows as `shown`.

        Raises `VisitOver`, `OldSign`, `Blocked`, `OutsideFence`, `FenceUnknown`, `WordNeeded`, `WrongWord`,
        `TooManyRings`, and as `Switchboard.ring`.
        """
        await self.visitors.check(visitor)
        await self.visitors.demand_unblocked(visitor)
        evidence = await self.whereabouts.at_ring(visitor, proof)
        await self._within_limits(("visitor_rings", visitor.browser, visitor.entrance))
        await self._within_limits(("visitor_address", visitor.address, visitor.entrance))
        near_a_block = await self.visitors.near_a_block(visitor)
        if near_a_block:
            await self._within_limits(("visitor_near_block", visitor.address, visitor.site))
        entry = await self._entry(visitor, shown)
        of_entry = ("visitor_entry", visitor.browser, entry)
        await self._within_limits(of_entry)
        await self._unless_all_ring(visitor, evidence)
        await self._count(visitor, of_entry)
        if near_a_block:
            await self.throttle.hit("visitor_near_block", visitor.address, visitor.site)
        return await self.switchboard.ring(visitor, entry, evidence)

    async def admitted(self, caller: Caller) -> Evidence:
        """Somebody who waited for a busy line rings now. Raises `VisitOver`, `OldSign`, `Blocked`,
        `OutsideFence`, `FenceUnknown`."""
        if not isinstance(caller, Visitor):
            return AT_THE_PANEL
        await self.visitors.check(caller)
        await self.visitors.demand_unblocked(caller)
        return await self.whereabouts.waited(caller)

    async def admitted_until(self, caller: Caller) -> float:
        """How long somebody may wait for a busy line, in Unix seconds. Raises `VisitOver`, `OldSign`."""
        return await self.whereabouts.known_until(caller) if isinstance(caller, Visitor) else inf

    async def _entry(self, visitor: Visitor, shown: str) -> EntryId:
        try:
            return await self.visitors.entry(visitor, shown)
        except UnknownEntry:  # looking for it has cost something
            await self.throttle.hit("visitor_rings", visitor.browser, visitor.entrance)
            raise

    async def _within_limits(self, keys: tuple[str, ...]) -> None:
        left, seconds = await self.throttle.left(*keys)
        if left <= 0:
            raise TooManyRings(retry_after=seconds, now=self.clock.now())

    async def _unless_all_ring(self, visitor: Visitor, evidence: Evidence) -> None:
        left, _ = await self.throttle.left("visitor_burst", visitor.entrance)
        if left <= 0 and evidence.source is not Source.WORD:
            raise WordNeeded

    async def _count(self, visitor: Visitor, of_entry: tuple[str, ...]) -> None:
        await self.throttle.hit(*of_entry)
        await self.throttle.hit("visitor_rings", visitor.browser, visitor.entrance)
        await self.throttle.hit("visitor_address", visitor.address, visitor.entrance)
        left, _ = await self.throttle.left("visitor_burst", visitor.entrance)
        if left > 0:
            await self.throttle.hit("visitor_burst", visitor.entrance)
