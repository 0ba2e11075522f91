"""Looking at the door without a ring. It lasts half a minute, and is in this server's memory alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from intercom.domain.errors import NotAllowed, NotFound, NotNow
from intercom.domain.ids import CallId, DeviceId, EntranceId, PanelId
from intercom.domain.language import N_
from intercom.domain.look import LOOK_SECONDS, Look, LookEnd
from intercom.domain.people import KnownDevice, Power, Session
from intercom.domain.phonebook import Entrance
from intercom.ports import (
    Calls,
    Clock,
    Events,
    IceServer,
    IceServers,
    Panels,
    Phonebooks,
    Presence,
    Signaler,
    Throttle,
)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Looking:
    """The looks that go on; one at a panel, one of a device."""

    panels: Panels
    phonebooks: Phonebooks
    presence: Presence
    calls: Calls
    ice: IceServers
    signaler: Signaler
    events: Events
    throttle: Throttle
    clock: Clock
    new_id: Callable[[], str]
    _looks: dict[CallId, Look] = field(default_factory=dict[CallId, Look])

    def of(self, look: CallId) -> Look | None:
        """The look of that id, if it goes on."""
        return self._looks.get(look)

    async def look(
        self, session: Session, device: KnownDevice, entrance_id: EntranceId
    ) -> tuple[Look, tuple[IceServer, ...], bool]:
        """Begin to look; also the servers that help, and whether only a relay may be used.

        Raises `NotFound` for a door of a foreign site, `NotAllowed` where the site does not want it or to
        somebody who is not rung there, `NotNow` while somebody rings or looks there or no panel is
        connected, `TooMany`.
        """
        entrance = await self.phonebooks.entrance(entrance_id)
        site = await self.phonebooks.site(entrance.site) if entrance else None
        if entrance is None or site is None or site.id not in session.sites:
            raise NotFound(N_("This entrance is not known here."))
        if not session.may(Power.ANSWER, site.id) or not site.rules.look_at_door:
            raise NotAllowed(N_("This site does not let residents look at the door without a ring."))
        await self.throttle.hit("look", session.account.id)
        await self.stop(device.id)
        panel = await self._free(entrance)
        now = self.clock.now()
        begun = Look(
            CallId(self.new_id()),
            site.id,
            entrance.id,
            panel,
            session.account.id,
            device.id,
            now + LOOK_SECONDS,
        )
        self._looks[begun.id] = begun
        await self.events.note(site.id, now, session.account.id, "looked_at_door", entrance.name)
        log.info("look %s at panel %s begins", begun.id, panel)
        ice = self.ice.for_call(begun.id, now)
        await self.signaler.look_to_panel(begun, ice, now, self.ice.relay_only)
        return begun, ice, self.ice.relay_only

    async def _free(self, entrance: Entrance) -> PanelId:
        there = [
            panel.id
            for panel in await self.panels.of_sites([entrance.site])
            if panel.entrance == entrance.id and not panel.revoked and self.presence.panel_online(panel.id)
        ]
        if not there:
            raise NotNow(N_("No panel of this entrance is connected."))
        looked_at = {look.panel for look in self._looks.values()}
        for panel in there:
            if panel not in looked_at and await self.calls.of_panel(panel) is None:
                return panel
        raise NotNow(N_("Somebody rings or looks there at the moment. Try again soon."))

    async def stop(self, device: DeviceId, only: CallId | None = None) -> None:
        """The device looks no longer, or ends this one look. Nothing happens if it did not look."""
        for look in [look for look in self._looks.values() if look.device == device]:
            if only in (None, look.id):
                await self._end(look, LookEnd.STOPPED)

    async def tick(self) -> None:
        """End what has lasted long enough, what somebody rings at, and what lost its panel or its device.
        A few times a second."""
        for look in list(self._looks.values()):
            if self.clock.now() >= look.until:
                await self._end(look, LookEnd.TIME)
            elif not self.presence.panel_online(look.panel) or not self.presence.online(look.device):
                await self._end(look, LookEnd.OFFLINE)
            elif await self.calls.of_panel(look.panel) is not None:
                await self._end(look, LookEnd.RING)

    async def _end(self, look: Look, why: LookEnd) -> None:
        self._looks.pop(look.id, None)
        log.info("look %s is over: %s", look.id, why)
        await self.signaler.look_over(look, why)
