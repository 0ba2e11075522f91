"""Peace from a visitor: whoever was rung may have their phone blocked for an hour or a day."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from intercom.domain.errors import NotNow, UnknownCall
from intercom.domain.ids import CallId, DeviceId
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.ports import Blocks, Calls, Clock, Events, Phonebooks
from intercom.services.visitors import Visitors

log = logging.getLogger(__name__)

HOURS = (1, 24)
LATEST = 1800.0
"""How long after the end of a call its visitor may be blocked, in seconds."""


@dataclass(frozen=True, slots=True)
class VisitorBlocks:
    """Blocks visitors."""

    calls: Calls
    phonebooks: Phonebooks
    visitors: Visitors
    blocks: Blocks
    events: Events
    clock: Clock

    async def block(self, session: Session, device: DeviceId, call_id: CallId, hours: int) -> float:
        """The visitor of this call rings nobody at the site for so many hours, and their network seldom.

        Gives until when, Unix seconds.

        Raises `UnknownCall` for whom it did not ring, `NotNow` for a call of a fixed panel or an old one.
        """
        call = await self.calls.get(call_id)
        if call is None or not session.may(Power.ANSWER, call.site):
            raise UnknownCall
        if not any(leg.device == device or leg.person == session.account.id for leg in call.legs):
            raise UnknownCall
        now = self.clock.now()
        if not call.visitor:
            raise NotNow(N_("This was rung at the panel of the door, by whoever stood there."))
        if call.ended_at is not None and now - call.ended_at > LATEST:
            raise NotNow(N_("This call is too long ago."))
        until = now + hours * 3600
        for name in self.visitors.names(call.panel):
            await self.blocks.put(name, call.site, until, session.account.id, now)
        entrance = await self.phonebooks.entrance(call.entrance)
        await self.events.note(
            call.site,
            now,
            session.account.id,
            "visitor_blocked",
            entrance.name if entrance else "",
            hours=str(hours),
        )
        log.info("the visitor of call %s is blocked for %d h", call_id, hours)
        return until
