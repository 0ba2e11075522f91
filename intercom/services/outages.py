"""Panels without a connection: who runs their site is written to, once for each outage."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from intercom.domain.errors import TooMany
from intercom.domain.ids import PanelId, SiteId
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Panel, Role, Standing
from intercom.ports import Clock, Mailer, Panels, Phonebooks, Presence, Staff, Throttle

log = logging.getLogger(__name__)

AFTER_SECONDS = 25.0
"""How long a panel may be away before that is written: a page that loads anew is back sooner. A machine that
died without a word is missed within two heartbeats, which is to come to less than a minute together."""
START_SECONDS = 90.0
"""How long panels have to connect after a start of the server."""
_SURE = 0.15
"""A letter also names panels of the site that have been away for this share of that: one cable, one letter.
(Heartbeats miss the panels of one cable within 20 s of each other.)"""


@dataclass(slots=True)
class _Away:
    site: SiteId
    since: float
    tell_at: float


@dataclass(slots=True)
class Outages:
    """Remembers which panels are away, and since when."""

    panels: Panels
    phonebooks: Phonebooks
    presence: Presence
    staff: Staff
    mailer: Mailer
    throttle: Throttle
    clock: Clock
    after: float = AFTER_SECONDS
    start: float = START_SECONDS
    _away: dict[PanelId, _Away] = field(default_factory=dict[PanelId, _Away])
    _started_at: float | None = None
    _looked: bool = False

    async def back(self, panel: Panel) -> None:
        """The panel is connected."""
        self._away.pop(panel.id, None)
        if panel.offline_told_at is not None:
            await self.panels.told_offline(panel.id, None)

    def gone(self, panel: Panel) -> None:
        """The panel's connection is gone."""
        now = self.clock.now()
        self._away[panel.id] = _Away(panel.site, now, now + self.after)

    async def tick(self) -> None:
        """Write about those that have been away for too long. A few times a second."""
        now = self.clock.now()
        if self._started_at is None:
            self._started_at = now
        if not self._looked and now >= self._started_at + self.start:
            self._looked = True
            await self._missing_since_start(now, self._started_at)
        for site in {away.site for away in self._away.values() if now >= away.tell_at}:
            await self._write(site, now)

    async def _missing_since_start(self, now: float, started_at: float) -> None:
        """Panels that were connected once, and have not come since the server started."""
        sites = [site.id for site in await self.phonebooks.all_sites()]
        for panel in await self.panels.of_sites(sites):
            known = panel.last_seen is not None and panel.offline_told_at is None
            if known and not panel.revoked and not self.presence.panel_online(panel.id):
                self._away.setdefault(panel.id, _Away(panel.site, started_at, now))

    async def _write(self, site_id: SiteId, now: float) -> None:
        there = {panel.id: panel for panel in await self.panels.of_sites([site_id]) if not panel.revoked}
        told: list[Panel] = []
        for panel_id, away in [(key, one) for key, one in self._away.items() if one.site == site_id]:
            panel = there.get(panel_id)
            if panel is None or panel.offline_told_at is not None or self.presence.panel_online(panel_id):
                del self._away[panel_id]
            elif now - away.since >= _SURE * self.after and await self._may_tell(panel_id, now):
                told.append(panel)
        if told:
            since = min(self._away[panel.id].since for panel in told)
            await self._send(site_id, told, since, now)
            for panel in told:
                await self.panels.told_offline(panel.id, now)
                self._away.pop(panel.id, None)

    async def _may_tell(self, panel: PanelId, now: float) -> bool:
        """A panel that comes and goes is not written about each time."""
        try:
            await self.throttle.hit("panel_letter", panel)
        except TooMany as error:
            self._away[panel].tell_at = now + float(error.details["retry_after"])
            return False
        return True

    async def _send(self, site_id: SiteId, told: list[Panel], since: float, now: float) -> None:
        site = await self.phonebooks.site(site_id)
        if site is None:
            return
        doors = {entrance.id: entrance.name for entrance in await self.phonebooks.entrances(site_id)}
        names = sorted(f"{doors.get(panel.entrance, '')}: {panel.name}" for panel in told)
        readers = {
            member.account.id: member.account
            for member in await self.staff.of_site(site_id, now)
            if member.role in (Role.OWNER, Role.ADMIN)
            and member.standing is Standing.ACTIVE
            and member.account.active
        }
        values = {"panels": "\n".join(names), "since": str(since), "path": f"/admin/{site_id}/entrances"}
        await self.mailer.send(
            *(
                Letter(
                    LetterKind.PANELS_OFFLINE,
                    reader.email,
                    reader.language or site.language,
                    site,
                    {"name": reader.name, **values},
                )
                for reader in readers.values()
            )
        )
        log.info("site %s: %d panels are offline, told to %d people", site_id, len(told), len(readers))
