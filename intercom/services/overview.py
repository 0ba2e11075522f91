"""What a site's people need to know at a glance: today's figures, and what needs somebody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from intercom.domain.door import Battery, Lock, LockStatus, Refusal
from intercom.domain.errors import NotFound
from intercom.domain.ids import PanelId, SiteId
from intercom.domain.invitations import InvitationState
from intercom.domain.language import N_
from intercom.domain.people import Panel, Power, Role, Session
from intercom.domain.phonebook import Entrance, Site
from intercom.ports import (
    AccessCore,
    Clock,
    Figures,
    Panels,
    Past,
    Phonebooks,
    Presence,
    SiteCounts,
    SiteInvitations,
    Sites,
    Staff,
    StaffMember,
    Wanted,
)

SOON_SECONDS = 24 * 3600.0
"""An invitation that runs out within this time is told."""
_LOOKED_AT = 500


class Need(StrEnum):
    """What needs attention."""

    LOCK_OFFLINE = "lock_offline"
    LOCK_TROUBLE = "lock_trouble"
    """The access core would refuse a command."""
    BATTERY_LOW = "battery_low"
    LEFT_OPEN = "left_open"
    PANEL_OFFLINE = "panel_offline"
    NO_PANEL = "no_panel"
    PANEL_CLONED = "panel_cloned"
    INVITATIONS_WAIT = "invitations_wait"
    INVITATIONS_RAN_OUT = "invitations_ran_out"
    LETTERS_FAILED = "letters_failed"
    NOT_CONFIRMED = "not_confirmed"
    REFUSED = "refused"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Attention:
    """One of them. `name`: of the lock, panel or entrance; `since` in Unix seconds, None if not known.

    `count` of how many it is true; `soon`: how many of these run out within a day.
    """

    need: Need
    name: str = ""
    since: float | None = None
    count: int = 1
    soon: int = 0
    why: Refusal | None = None
    """Of a lock in trouble."""


class FirstStep(StrEnum):
    """What an empty site wants, in this order."""

    UNITS = "units"
    RESIDENTS = "residents"
    PANEL = "panel"
    RING = "ring"


@dataclass(frozen=True, slots=True)
class EntranceNow:
    """An entrance as it is now. Panels with whether they are connected."""

    entrance: Entrance
    panels: tuple[tuple[Panel, bool], ...]
    locks: tuple[tuple[Lock, LockStatus], ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """The overview of a site. `steps`: each with whether it is done; empty once all were."""

    site: Site
    now: float
    figures: Figures
    counts: SiteCounts
    attention: tuple[Attention, ...]
    entrances: tuple[EntranceNow, ...]
    installers: tuple[StaffMember, ...]
    steps: tuple[tuple[FirstStep, bool], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Looks at a site."""

    past: Past
    phonebooks: Phonebooks
    sites: Sites
    panels: Panels
    presence: Presence
    access: AccessCore
    invitations: SiteInvitations
    staff: Staff
    unproven: Callable[[SiteId], Awaitable[int]]
    """How many devices have not proved that they ring."""
    clock: Clock
    cloned: Callable[[PanelId], float | None] = lambda _: None
    """When two devices were last seen with the key of a panel."""

    async def of(self, session: Session, site_id: SiteId) -> Glance:
        """All of it. Raises `NotFound`, `NotAllowed`."""
        session.demand(Power.READ_LOG, site_id)
        site = await self.phonebooks.site(site_id)
        if site is None:
            raise NotFound(N_("This site is not known here."))
        now = self.clock.now()
        figures = await self.past.figures(site_id, midnight(now, site.time_zone))
        counts = await self.sites.counts(site_id)
        doors = await self._doors(site_id)
        steps = await self._steps(site, counts, doors)
        attention = [*self._at_doors(doors), *await self._of_invitations(site_id, now), *_today(figures)]
        silent = await self.unproven(site_id)
        if silent:
            attention.append(Attention(Need.UNPROVEN, count=silent))
        installers = [m for m in await self.staff.of_site(site_id, now) if m.role is Role.INSTALLER]
        return Glance(site, now, figures, counts, tuple(attention), doors, tuple(installers), steps)

    async def _doors(self, site: SiteId) -> tuple[EntranceNow, ...]:
        panels = [panel for panel in await self.panels.of_sites([site]) if not panel.revoked]
        doors: list[EntranceNow] = []
        for entrance in await self.phonebooks.entrances(site):
            here = [panel for panel in panels if panel.entrance == entrance.id]
            locks = await self.phonebooks.locks(entrance.id)
            doors.append(
                EntranceNow(
                    entrance,
                    tuple((panel, self.presence.panel_online(panel.id)) for panel in here),
                    tuple((lock, self.access.status(lock.id)) for lock in locks),
                )
            )
        return tuple(doors)

    def _at_doors(self, doors: tuple[EntranceNow, ...]) -> list[Attention]:
        found: list[Attention] = []
        for door in doors:
            found.extend(one for lock, status in door.locks for one in _of_lock(lock.name, status))
            found.extend(
                Attention(Need.PANEL_OFFLINE, f"{door.entrance.name}: {panel.name}", panel.last_seen)
                for panel, online in door.panels
                if not online
            )
            found.extend(
                Attention(Need.PANEL_CLONED, f"{door.entrance.name}: {panel.name}", seen)
                for panel, _ in door.panels
                if (seen := self.cloned(panel.id)) is not None
            )
            if not door.panels:
                found.append(Attention(Need.NO_PANEL, door.entrance.name))
        return found

    async def _of_invitations(self, site: SiteId, now: float) -> list[Attention]:
        found: list[Attention] = []
        waiting = Wanted(state=InvitationState.WAITING, limit=_LOOKED_AT)
        rows, waits = await self.invitations.of_site(site, waiting, now)
        if waits:
            ends = [max(row.expires_at, row.code_expires_at or 0.0) for row in rows]
            soon = sum(end <= now + SOON_SECONDS for end in ends)
            found.append(Attention(Need.INVITATIONS_WAIT, count=waits, soon=soon))
        _, over = await self.invitations.of_site(site, Wanted(state=InvitationState.RUN_OUT, limit=1), now)
        if over:
            found.append(Attention(Need.INVITATIONS_RAN_OUT, count=over))
        _, lost = await self.invitations.of_site(site, Wanted(undelivered=True, limit=1), now)
        if lost:
            found.append(Attention(Need.LETTERS_FAILED, count=lost))
        return found

    async def _steps(
        self, site: Site, counts: SiteCounts, doors: tuple[EntranceNow, ...]
    ) -> tuple[tuple[FirstStep, bool], ...]:
        rang = bool(await self.past.calls(site.id, None, 1))
        steps = (
            (FirstStep.UNITS, counts.units > 0),
            (FirstStep.RESIDENTS, counts.residents > 0),
            (FirstStep.PANEL, any(door.panels for door in doors)),
            (FirstStep.RING, rang),
        )
        return () if all(done for _, done in steps) else steps


def _of_lock(name: str, status: LockStatus) -> list[Attention]:
    found: list[Attention] = []
    if not status.online:
        found.append(Attention(Need.LOCK_OFFLINE, name, status.since))
    elif status.trouble is not None:
        found.append(Attention(Need.LOCK_TROUBLE, name, status.since, why=status.trouble))
    if status.battery is Battery.LOW:
        found.append(Attention(Need.BATTERY_LOW, name))
    if status.left_open_since is not None:
        found.append(Attention(Need.LEFT_OPEN, name, status.left_open_since))
    return found


def _today(figures: Figures) -> list[Attention]:
    found: list[Attention] = []
    if figures.not_confirmed:
        found.append(Attention(Need.NOT_CONFIRMED, count=figures.not_confirmed))
    if figures.refused:
        found.append(Attention(Need.REFUSED, count=figures.refused))
    return found


def midnight(now: float, zone: str) -> float:
    """When the present day began there, Unix seconds."""
    there = datetime.fromtimestamp(now, ZoneInfo(zone))
    return there.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
