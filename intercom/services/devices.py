"""A resident's own devices: how they ring when nobody wants to be disturbed, and how a closed page is rung.

Which there are, and whether they ring, says `services.health`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from intercom.domain.errors import Invalid, NotFound
from intercom.domain.ids import DeviceId
from intercom.domain.language import N_
from intercom.domain.people import KnownDevice, Session
from intercom.domain.week import WeekSpan
from intercom.ports import Clock, People, Presence, PushSender, Quiet, QuietHours, Subscription, Subscriptions

log = logging.getLogger(__name__)

MOST_SPANS = 28
"""Spans of quiet hours that one person may have: four a day."""


@dataclass(frozen=True, slots=True)
class Devices:
    """Verbs of one's own devices. Another person's device is not found."""

    people: People
    presence: Presence
    subscriptions: Subscriptions
    quiet_hours: QuietHours
    pusher: PushSender
    clock: Clock

    async def own(self, session: Session, device: DeviceId) -> KnownDevice:
        """The device, if it is this person's. Raises `NotFound`."""
        known = await self.people.device(device)
        if known is None or known.account != session.account.id:
            raise NotFound(N_("This device is not known here."))
        return known

    async def let_through(self, session: Session, device: DeviceId, on: bool) -> None:
        """It rings also in quiet hours and in do not disturb, or does not. Raises `NotFound`."""
        known = await self.own(session, device)
        await self.people.set_let_through(known.id, on)
        self.presence.device_says(known.id, let_through=on)

    async def subscribe(self, session: Session, subscription: Subscription) -> None:
        """A push may ring this device of this session from now on.

        Raises `NotFound` for a device of another session, `Invalid` for a service that is not contacted.
        """
        known = await self.own(session, subscription.device)
        if known.session != session.id:
            raise NotFound(N_("This device is not known here."))
        if not self.pusher.accepts(subscription.endpoint):
            raise Invalid(endpoint=N_("This push service is not one that this server contacts."))
        await self.subscriptions.put(subscription, self.clock.now())
        log.info("device %s takes pushes", known.id)

    async def unsubscribe(self, session: Session, device: DeviceId) -> None:
        """A push rings it no longer. Raises `NotFound`."""
        await self.subscriptions.drop((await self.own(session, device)).id)

    async def lost_push(self, session: Session, device: DeviceId) -> None:
        """Its browser has lost the subscription, or the leave to show notifications: its owner is told so.
        Raises `NotFound`."""
        known = await self.own(session, device)
        if await self.subscriptions.get(known.id) is not None:
            await self.subscriptions.drop(known.id, self.clock.now())
            log.info("device %s lost its pushes", known.id)

    def quiet(self, session: Session) -> Quiet:
        """This person's quiet hours."""
        return self.quiet_hours.of([session.account.id]).get(session.account.id) or Quiet()

    async def set_quiet(self, session: Session, zone: str | None, spans: Sequence[WeekSpan]) -> None:
        """Other quiet hours. Raises `Invalid` for too many."""
        if len(spans) > MOST_SPANS:
            raise Invalid(spans=N_("At most %(most)s spans of quiet hours.", most=MOST_SPANS))
        await self.quiet_hours.put(session.account.id, zone, tuple(dict.fromkeys(spans)))
