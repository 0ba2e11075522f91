"""Session descriptions and candidates between the two ends of a leg: permitted, then passed on.

The server reads neither, and strips only the addresses that a visitor may not learn yet. The resident's
device makes every offer of its leg, the caller answers (no glare, RFC 8829 5.7 is never needed). Nothing of
it touches the database.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from intercom.domain.call import Call, Leg
from intercom.domain.errors import BadMessage, CallOver, TooLarge, UnknownCall
from intercom.domain.ids import CallId, DeviceId, LegId, PanelId
from intercom.domain.language import N_
from intercom.domain.look import Look
from intercom.domain.sdp import relayed_candidates, relayed_only
from intercom.ports import Calls, Description, Signaler
from intercom.services.dispatch import hides
from intercom.services.switchboard import own_leg

CANDIDATES_PER_LEG = 100
"""From one side, for each connection of a leg; the wire lets 30 connections pass."""
_REMEMBERED = 20_000


def _no_look(_: CallId) -> Look | None:
    return None


@dataclass(slots=True)
class Negotiation:
    """Passes descriptions and candidates on; counts candidates for each side of a leg."""

    calls: Calls
    signaler: Signaler
    look: Callable[[CallId], Look | None] = _no_look
    """A look at the door is negotiated as a call of one leg."""
    _counts: OrderedDict[tuple[LegId, bool, int], int] = field(
        default_factory=OrderedDict[tuple[LegId, bool, int], int]
    )

    async def from_device(self, device: DeviceId, said: Description) -> None:
        """The resident's offer goes to the caller. Raises `UnknownCall`, `CallOver`, `BadMessage`."""
        if said.type != "offer":
            raise BadMessage(N_("The resident's device makes the offers; this is not one."))
        look = self.look(said.call)
        if look is not None and look.device == device:
            return await self.signaler.sdp(look.panel, True, said)
        call = await self.calls.get(said.call)
        own_leg(call, device, said.leg)
        if call is not None:
            if hides(call):
                said = replace(said, sdp=relayed_only(said.sdp))
            await self.signaler.sdp(call.panel, True, said)

    async def from_panel(self, panel: PanelId, said: Description) -> None:
        """The caller's answer goes to the leg's device. Raises as `from_device`."""
        if said.type != "answer":
            raise BadMessage(N_("The caller only answers; this is not an answer."))
        device = self._looked(panel, said.call) or (await self._called(panel, said.call, said.leg))[1].device
        await self.signaler.sdp(device, False, said)

    async def candidates_from_device(
        self,
        device: DeviceId,
        call_id: CallId,
        leg: LegId,
        attempt: int,
        found: Sequence[Mapping[str, object]],
    ) -> None:
        """Candidates of the resident's device. Raises `TooLarge` past the limit of a leg."""
        look = self.look(call_id)
        if look is not None and look.device == device:
            self._count(leg, False, attempt, len(found))
            return await self.signaler.candidates(look.panel, True, call_id, leg, attempt, found)
        call = await self.calls.get(call_id)
        own_leg(call, device, leg)
        self._count(leg, False, attempt, len(found))
        if call is not None:
            if hides(call):
                found = relayed_candidates(found)
            await self.signaler.candidates(call.panel, True, call_id, leg, attempt, found)

    async def candidates_from_panel(
        self,
        panel: PanelId,
        call_id: CallId,
        leg_id: LegId,
        attempt: int,
        found: Sequence[Mapping[str, object]],
    ) -> None:
        """Candidates of the caller. Raises as `candidates_from_device`."""
        device = self._looked(panel, call_id) or (await self._called(panel, call_id, leg_id))[1].device
        self._count(leg_id, True, attempt, len(found))
        await self.signaler.candidates(device, False, call_id, leg_id, attempt, found)

    async def renegotiate(self, panel: PanelId, call_id: CallId, leg_id: LegId) -> None:
        """The caller has lost its end of the path and wants a new offer."""
        device = self._looked(panel, call_id) or (await self._called(panel, call_id, leg_id))[1].device
        await self.signaler.renegotiate(device, call_id, leg_id)

    def _looked(self, panel: PanelId, call: CallId) -> DeviceId | None:
        """Whose look goes on at this panel under that id."""
        look = self.look(call)
        return look.device if look is not None and look.panel == panel else None

    async def _called(self, panel: PanelId, call_id: CallId, leg_id: LegId) -> tuple[Call, Leg]:
        call = await self.calls.get(call_id)
        leg = call.leg(leg_id) if call else None
        if call is None or leg is None or call.panel != panel:
            raise UnknownCall
        if not leg.alive:
            raise CallOver(N_("This device is out of the call."))
        return call, leg

    def _count(self, leg: LegId, from_panel: bool, attempt: int, more: int) -> None:
        key = (leg, from_panel, attempt)
        total = self._counts.pop(key, 0) + more
        self._counts[key] = total
        if len(self._counts) > _REMEMBERED:
            self._counts.popitem(last=False)
        if total > CANDIDATES_PER_LEG:
            raise TooLarge(
                N_("At most %(most)s candidates for one leg.", most=CANDIDATES_PER_LEG),
                limit=CANDIDATES_PER_LEG,
            )
