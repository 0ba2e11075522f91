"""Rings by push: for devices without a connection, until they ring, somebody answers or it is over.

A push may be late or lost, so it is sent again every `EVERY` seconds, at most `MOST` times; when the
ring is over a closing push takes its place. Sending goes on beside the ring and never holds it up.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from intercom.domain.call import Call, Leg
from intercom.domain.ids import CallId, DeviceId, LegId
from intercom.ports import Clock, PushResult, PushSender, Subscriptions

log = logging.getLogger(__name__)

EVERY = 6.0
MOST = 5
CLOSING_SECONDS = 3600.0
"""How long a service keeps a closing push for a phone that is off."""


@dataclass(slots=True)
class _Ringing:
    device: DeviceId
    call: CallId
    until: float
    next_at: float
    left: int = MOST


@dataclass(slots=True)
class Alerts:
    """Which devices ring by push now."""

    sender: PushSender
    subscriptions: Subscriptions
    clock: Clock
    _ringing: dict[LegId, _Ringing] = field(default_factory=dict[LegId, _Ringing])
    _sending: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def ring(self, call: Call, leg: Leg, now: float) -> None:
        """Ring the leg's device, and again until it rings or the leg ends."""
        self._ringing[leg.id] = _Ringing(leg.device, call.id, call.stage_deadline, now)
        self._send_due(now)

    def rings(self, leg: LegId) -> None:
        """The device alerts its owner: nothing more is sent until the end."""
        alert = self._ringing.get(leg)
        if alert is not None:
            alert.left = 0

    def stop(self, call: Call, leg: Leg, missed: bool) -> None:
        """It is over for this leg: the closing push."""
        alert = self._ringing.pop(leg.id, None)
        if alert is not None or leg.pushed:
            kind = "missed" if missed else "over"
            self._spawn(leg.device, {"kind": kind, "call": call.id}, CLOSING_SECONDS, call.id)

    def tick(self) -> None:
        """Send what is due. Called a few times a second."""
        now = self.clock.now()
        if self._ringing:
            self._send_due(now)

    def _send_due(self, now: float) -> None:
        for leg, alert in list(self._ringing.items()):
            if now >= alert.until:
                del self._ringing[leg]
            elif alert.left and now >= alert.next_at:
                alert.left -= 1
                alert.next_at = now + EVERY
                message = {"kind": "ring", "call": alert.call, "leg": leg, "device": alert.device}
                self._spawn(alert.device, message, alert.until - now, alert.call)

    def _spawn(self, device: DeviceId, message: dict[str, str], seconds: float, topic: str) -> None:
        task = asyncio.ensure_future(self._send(device, message, seconds, topic))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, device: DeviceId, message: dict[str, str], seconds: float, topic: str) -> None:
        try:
            subscription = await self.subscriptions.get(device)
            if subscription is None:
                return
            result = await self.sender.send(subscription, message, seconds=seconds, topic=topic)
            if result is PushResult.GONE:
                await self.subscriptions.drop(device, self.clock.now())
                log.warning("device %s cannot be rung by push any more", device)
        except Exception:
            log.exception("a push to device %s broke", device)

    async def finish(self) -> None:
        """Wait for what is being sent."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=5)
