"""The way out of a panel's page: a PIN, which whoever runs the site sets, and signing the panel off."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from intercom.domain.errors import NotAllowed
from intercom.domain.ids import PanelId, Secret
from intercom.domain.language import N_
from intercom.domain.people import Panel, Session
from intercom.domain.pins import check_pin
from intercom.ports import Clock, Events, Panels, Passwords, Throttle
from intercom.services.enrollment import Enrollment

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WayOut:
    """Whether the panel's page lets go. `asks`: it wants a PIN; `left`: tries before a pause, after a wrong
    one."""

    open: bool
    asks: bool
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Lockdown:
    """PINs of panels. A panel without one lets go of whoever knows how to ask."""

    enrollment: Enrollment
    panels: Panels
    passwords: Passwords
    throttle: Throttle
    clock: Clock
    events: Events
    revoked: Callable[[PanelId], Awaitable[None]]
    """Told when a panel was signed off, to cut its socket."""

    async def set_pin(self, session: Session, panel_id: PanelId, pin: Secret | None) -> None:
        """Another PIN, or none. Raises `NotFound`, `NotAllowed`, `Invalid`."""
        panel = await self.enrollment.run_by(session, panel_id)
        hashed = await self.passwords.hash(check_pin(pin)) if pin is not None else None
        if hashed is None and panel.pin_hash is None:
            return
        await self.panels.set_pin_hash(panel_id, hashed)
        pinned = "yes" if hashed else "no"
        await self.events.note(
            panel.site, self.clock.now(), session.account.id, "panel_pin_changed", panel.name, set=pinned
        )

    async def leave(self, panel: Panel, pin: Secret | None) -> WayOut:
        """Whether whoever stands at the panel may leave its page. Raises `TooMany` after 5 wrong PINs."""
        if panel.pin_hash is None:
            return WayOut(open=True, asks=False)
        if pin is None:
            return WayOut(open=False, asks=True)
        await self.throttle.hit("panel_pin", panel.id)
        if await self.passwords.verify(panel.pin_hash, pin):
            await self.throttle.give_back("panel_pin", panel.id)
            return WayOut(open=True, asks=True)
        log.warning("wrong PIN at panel %s", panel.id)
        left, _ = await self.throttle.left("panel_pin", panel.id)
        return WayOut(open=False, asks=True, left=left)

    async def sign_off(self, panel: Panel, pin: Secret | None) -> None:
        """This browser is no panel any more, and its key is worth nothing. Raises `NotAllowed`, `TooMany`."""
        if not (await self.leave(panel, pin)).open:
            raise NotAllowed(N_("This needs the PIN of the panel."))
        await self.panels.revoke(panel.id)
        await self.events.note(panel.site, self.clock.now(), None, "panel_signed_off", panel.name)
        log.info("panel %s was signed off at its screen", panel.id)
        await self.revoked(panel.id)
