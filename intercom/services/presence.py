"""Arriving and leaving: panels and devices that connect, and what they are told first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from intercom.domain.call import Call
from intercom.domain.door import Lock, LockStatus
from intercom.domain.ids import DeviceId, EntranceId, LockId, SiteId
from intercom.domain.people import KnownDevice, Power, Session, device_name
from intercom.domain.phonebook import Entrance, Line, Site
from intercom.domain.visitor import Caller, Visitor
from intercom.ports import AccessCore, Clock, IceServer, IceServers, Panels, People, Phonebooks, Presence
from intercom.services.doors import Doors
from intercom.services.outages import Outages
from intercom.services.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class PanelHome:
    """What a panel shows first."""

    site: Site
    entrance: Entrance
    lines: tuple[Line, ...]
    now: float


@dataclass(frozen=True, slots=True)
class OwnDoor:
    """An entrance whose locks a resident may open from home."""

    entrance: Entrance
    locks: tuple[tuple[Lock, LockStatus], ...]
    asks: tuple[LockId, ...] = ()
    """Those for which a PIN or Code is typed."""
    position: bool = False
    """The resident says where they are."""


@dataclass(frozen=True, slots=True)
class ResidentHome:
    """What a resident's device shows first. `site` is None for somebody who is of no site."""

    site: Site
    unit: str
    doors: tuple[OwnDoor, ...]
    dnd: bool
    now: float
    look: frozenset[EntranceId] = frozenset()
    """Where the resident may look at the door without a ring."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Arrivals and departures."""

    presence: Presence
    people: People
    panels: Panels
    phonebooks: Phonebooks
    access: AccessCore
    ice: IceServers
    switchboard: Switchboard
    doors: Doors
    clock: Clock
    new_id: Callable[[], str]
    outages: Outages
    say: Callable[[str], str] = str
    """Says a sentence in the language of whoever connects."""

    async def known_device(self, session: Session, claimed: DeviceId | None, agent: str) -> KnownDevice:
        """The device that connects: the one it says it is, if that is this session's, else a new one."""
        if claimed is not None:
            known = await self.people.device(claimed)
            if known is not None and known.account == session.account.id and known.session == session.id:
                return known
        siblings = await self.people.devices([session.account.id])
        connected = {d.name for d in siblings if self.presence.online(d.id)}
        device = KnownDevice(
            DeviceId(self.new_id()),
            session.account.id,
            session.id,
            device_name(session.account.first_name, agent, frozenset(connected), self.say),
        )
        await self.people.add_device(device, self.clock.now())
        return device

    async def device_arrived(self, session: Session, device: KnownDevice) -> None:
        """The device is connected and was told its home: what rings or goes on follows."""
        self.presence.device_joined(device, session.account, self._answering(session))
        await self.switchboard.device_back(device.id)
        for call in await self.switchboard.calls.of_device(device.id):
            await self.doors.retell(call, device=device.id)

    def _answering(self, session: Session) -> list[SiteId]:
        return [site for site in session.sites if session.may(Power.ANSWER, site)]

    async def device_left(self, device: DeviceId) -> None:
        """The device's connection is gone."""
        self.presence.device_left(device)
        await self.switchboard.device_lost(device)

    async def resident_home(self, session: Session, device: KnownDevice) -> ResidentHome | None:
        """The doors of a resident. None for somebody who is resident nowhere."""
        member = next((m for m in session.memberships if session.may(Power.ANSWER, m.site)), None)
        site = await self.phonebooks.site(member.site) if member else None
        if member is None or site is None:
            return None
        doors: list[OwnDoor] = []
        permits = self.doors.permits
        for entrance in await self.phonebooks.entrances(site.id):
            locks = await self.phonebooks.locks(entrance.id)
            doors.append(
                OwnDoor(
                    entrance,
                    tuple((lock, self.access.status(lock.id)) for lock in locks),
                    tuple(lock.id for lock in locks if permits.asks(lock.id, site)[1]),
                    permits.asks_position(entrance, site),
                )
            )
        unit = await self.phonebooks.unit_name(member.unit) if member.unit else ""
        look: frozenset[EntranceId] = frozenset()
        if site.rules.look_at_door:
            look = frozenset(p.entrance for p in await self.panels.of_sites([site.id]) if not p.revoked)
        return ResidentHome(site, unit, tuple(doors), device.dnd, self.clock.now(), look)

    async def panel_home(self, panel: Caller) -> PanelHome | None:
        """What the panel's entrance shows. None when the entrance is gone."""
        site = await self.phonebooks.site(panel.site)
        entrance = await self.phonebooks.entrance(panel.entrance)
        if site is None or entrance is None:
            return None
        now = self.clock.now()
        lines = tuple(await self.phonebooks.lines(entrance.id))
        return PanelHome(site, entrance, lines, now)

    async def panel_arrived(self, panel: Caller) -> None:
        """The panel is connected and was told its home: its call goes on."""
        self.presence.panel_joined(panel.id)
        await self._seen(panel)
        if not isinstance(panel, Visitor):
            await self.outages.back(panel)
        call = await self.switchboard.caller_back(panel.id)
        if call is not None:
            await self.doors.retell(call, panel=panel.id)

    async def call_of(self, panel: Caller) -> tuple[Call, Line, tuple[IceServer, ...]] | None:
        """The panel's call that goes on, with its entry and the servers that help it find a path."""
        call = await self.switchboard.calls.of_panel(panel.id)
        if call is None:
            return None
        ice = self.ice.for_call(call.id, self.clock.now())
        return call, await self.switchboard.dispatch.line(call), ice

    async def panel_left(self, panel: Caller) -> None:
        """The panel's connection is gone."""
        self.presence.panel_left(panel.id)
        if not isinstance(panel, Visitor):
            self.outages.gone(panel)
        await self._seen(panel)
        await self.switchboard.caller_lost(panel.id)

    async def _seen(self, panel: Caller) -> None:
        if not isinstance(panel, Visitor):
            await self.panels.seen(panel.id, self.clock.now())
