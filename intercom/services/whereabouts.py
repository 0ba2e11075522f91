"""Where visitors stand: judged the moment a phone says it, and only what was judged is kept.

A position comes in, meets the entrance's fence and is gone; what stays is an `Evidence`. Somebody whose
phone does not know, or says the wrong thing beside a high wall, proves it by the word on the sign or by
scanning the code again: a forged position would gain no more than that.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from math import inf

from intercom.domain import geofence
from intercom.domain.call import Call
from intercom.domain.errors import CallOver, FenceUnknown, OutsideFence, TooMany, UnknownCall, WrongWord
from intercom.domain.evidence import FRESH, NOTHING, Evidence, Place, Source
from intercom.domain.fence import FenceMode
from intercom.domain.gate import Gate, allowed
from intercom.domain.ids import CallId, PanelId
from intercom.domain.phonebook import Entrance
from intercom.domain.sign import same_word
from intercom.domain.visitor import Proof, Visitor
from intercom.ports import Calls, Clock, Phonebooks, Signaler, Throttle
from intercom.services.switchboard import Switchboard
from intercom.services.visitors import Visitors

log = logging.getLogger(__name__)

LEAVES_AFTER = 8.0
"""A visitor who was inside has left when their phone has said "outside" for so long, seconds, and nothing
else meanwhile. One such word is often a satellite's mistake near a wall, and the page asks again every few
seconds; longer would leave a resident talking to somebody who walks down the street."""
ANSWERS_WITHIN = 3.0
"""How long a door waits for newer evidence, seconds."""
_REMEMBERED = 20_000


@dataclass(slots=True)
class _Stands:
    """What the phone said in a call."""

    was_inside: bool
    outside_since: float | None = None


@dataclass(slots=True)
class Whereabouts:
    """Evidence at the ring, during the call, and before a door opens."""

    visitors: Visitors
    phonebooks: Phonebooks
    calls: Calls
    switchboard: Switchboard
    signaler: Signaler
    throttle: Throttle
    clock: Clock
    answers_within: float = ANSWERS_WITHIN
    _proven: OrderedDict[PanelId, Evidence] = field(default_factory=OrderedDict[PanelId, Evidence])
    """The newest word or scan of each visitor."""
    _rang: OrderedDict[PanelId, Evidence] = field(default_factory=OrderedDict[PanelId, Evidence])
    """Where each visitor stood when they rang last."""
    _stands: OrderedDict[CallId, _Stands] = field(default_factory=OrderedDict[CallId, _Stands])
    _wanted: dict[CallId, set[asyncio.Future[Evidence]]] = field(
        default_factory=dict[CallId, set[asyncio.Future[Evidence]]]
    )

    async def at_ring(self, visitor: Visitor, proof: Proof) -> Evidence:
        """What is known of a visitor who rings. Raises `OutsideFence`, `FenceUnknown` where the fence is
        enforced, `WrongWord`, `TooMany`."""
        entrance = await self._entrance(visitor)
        evidence = await self._judged(visitor, entrance, proof)
        match allowed(entrance.fence_mode, evidence, self.clock.now()):
            case Gate.OUTSIDE:
                self.visitors.asks(visitor)
                raise OutsideFence(entrance=entrance.name)
            case Gate.UNKNOWN:
                self.visitors.asks(visitor)
                raise FenceUnknown(entrance=entrance.name)
            case Gate.OK:
                _put(self._rang, visitor.id, evidence)
                return evidence

    async def waited(self, visitor: Visitor) -> Evidence:
        """What is known of a visitor who has waited for a busy line, whose phone is not asked meanwhile.
        Raises `OutsideFence`, `FenceUnknown` where the fence is enforced."""
        entrance = await self._entrance(visitor)
        evidence = self._rang.get(visitor.id, NOTHING)
        match allowed(entrance.fence_mode, evidence, self.clock.now()):
            case Gate.OUTSIDE:
                raise OutsideFence(entrance=entrance.name)
            case Gate.UNKNOWN:
                raise FenceUnknown(entrance=entrance.name)
            case Gate.OK:
                return evidence

    async def known_until(self, visitor: Visitor) -> float:
        """Until when a visitor who waits may ring; inf where no fence is enforced."""
        entrance = await self._entrance(visitor)
        enforced = entrance.fence_mode is FenceMode.ENFORCE
        return self._rang.get(visitor.id, NOTHING).at + FRESH if enforced else inf

    async def said(self, visitor: Visitor, call_id: CallId, proof: Proof) -> Evidence:
        """A visitor's page says where it is during a call; what is known now. Leaving the door ends the call.

        Raises `UnknownCall`, `CallOver`, `WrongWord`, `TooMany`.
        """
        call = await self.calls.get(call_id)
        if call is None or call.panel != visitor.id:
            raise UnknownCall
        if not call.alive:
            raise CallOver
        entrance = await self._entrance(visitor)
        evidence = await self._judged(visitor, entrance, proof)
        leaves = entrance.fence_mode is FenceMode.ENFORCE and self._leaves(call, evidence)
        kept = self._better(call.evidence, evidence)
        await self.switchboard.caller_stands(visitor.id, call_id, kept)
        for waits in self._wanted.get(call_id, ()):
            if not waits.done():
                waits.set_result(kept)
        if leaves:
            log.info("the visitor of call %s left the door", call_id)
            await self.switchboard.caller_left(visitor.id, call_id)
        return kept

    async def fresh(self, call: Call) -> Evidence:
        """Evidence that is good for opening a door now. The visitor's page is asked for it where what is
        known is old or not good, and waited for `answers_within`; a fixed panel stands where it stands."""
        entrance = await self.phonebooks.entrance(call.entrance)
        if not call.visitor or entrance is None or entrance.fence_mode is FenceMode.OFF:
            return call.evidence
        age = self.clock.now() - call.evidence.at
        if call.evidence.place is Place.INSIDE and age < FRESH - self.answers_within:
            return call.evidence
        waits: asyncio.Future[Evidence] = asyncio.get_running_loop().create_future()
        self._wanted.setdefault(call.id, set()).add(waits)
        try:
            await self.signaler.position_wanted(call.panel, call.id)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.answers_within):
                    return await waits
        finally:
            self._wanted[call.id].discard(waits)
            if not self._wanted[call.id]:
                del self._wanted[call.id]
        return call.evidence if self.clock.now() - call.evidence.at < FRESH else NOTHING

    async def _entrance(self, visitor: Visitor) -> Entrance:
        await self.visitors.check(visitor)
        entrance = await self.phonebooks.entrance(visitor.entrance)
        if entrance is None:
            raise UnknownCall
        return entrance

    async def _judged(self, visitor: Visitor, entrance: Entrance, proof: Proof) -> Evidence:
        """The best of what was said. The word and a scan that was asked for are worth more than a phone
        that says "elsewhere"; a scan that nobody asked for is worth less, and nothing where the fence is
        enforced: whoever loads the page from afar has one, too."""
        now = self.clock.now()
        fence = entrance.fence if entrance.fence_mode is not FenceMode.OFF else None
        position = geofence.evidence(fence, proof.position, now) if fence is not None else NOTHING
        scan = self.visitors.scan(visitor, proof.scan)
        if proof.word is not None:
            await self._demand_word(visitor, entrance, proof)
            _put(self._proven, visitor.id, Evidence(Place.INSIDE, Source.WORD, now))
        elif scan is not None and scan[1]:
            _put(self._proven, visitor.id, Evidence(Place.INSIDE, Source.SCAN, scan[0]))
        if position.place is Place.INSIDE:
            return position
        proven = self._proven.get(visitor.id, NOTHING)
        if proven is not NOTHING and now - proven.at <= FRESH:
            return proven
        if (
            position.place is Place.UNKNOWN
            and scan is not None
            and entrance.fence_mode is not FenceMode.ENFORCE
        ):
            return Evidence(Place.INSIDE, Source.SCAN, scan[0])
        return position

    async def _demand_word(self, visitor: Visitor, entrance: Entrance, proof: Proof) -> None:
        for policy, key in (("visitor_word", visitor.browser), ("visitor_word_address", visitor.address)):
            left, seconds = await self.throttle.left(policy, key)
            if left <= 0:
                raise TooMany(retry_after=seconds)
        if proof.word is None or not same_word(proof.word, entrance.word):
            await self.throttle.hit("visitor_word", visitor.browser)
            await self.throttle.hit("visitor_word_address", visitor.address)
            raise WrongWord

    def _better(self, known: Evidence, said: Evidence) -> Evidence:
        """A phone that does not know where it is takes nothing back that is still fresh."""
        fresh = known.place is Place.INSIDE and self.clock.now() - known.at <= FRESH
        return known if fresh and said.place is Place.UNKNOWN else said

    def _leaves(self, call: Call, said: Evidence) -> bool:
        """Whether the visitor has gone away: only who was seen at the door can leave it."""
        by_phone = call.evidence.source is Source.POSITION and call.evidence.place is Place.INSIDE
        stands = self._stands.pop(call.id, None) or _Stands(by_phone)
        self._stands[call.id] = stands
        if len(self._stands) > _REMEMBERED:
            self._stands.popitem(last=False)
        if said.source is not Source.POSITION or said.place is not Place.OUTSIDE:
            stands.outside_since = None
            stands.was_inside |= said.source is Source.POSITION and said.place is Place.INSIDE
            return False
        now = self.clock.now()
        if stands.outside_since is None:
            stands.outside_since = now
        return stands.was_inside and now - stands.outside_since >= LEAVES_AFTER


def _put(memory: OrderedDict[PanelId, Evidence], visitor: PanelId, evidence: Evidence) -> None:
    memory.pop(visitor, None)
    memory[visitor] = evidence
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)
