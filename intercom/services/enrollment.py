"""Pairing panels with entrances: a code once, then a key of the panel's own."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from intercom.domain.codes import LENGTH, LETTERS, printed, typed
from intercom.domain.errors import NotAllowed, NotEnrolled, NotFound, NotNow, WrongCode
from intercom.domain.ids import EntranceId, PanelId, Secret, SiteId
from intercom.domain.language import N_
from intercom.domain.people import Panel, Power, Session
from intercom.ports import Calls, Clock, Events, Panels, Phonebooks, Throttle

log = logging.getLogger(__name__)

CODE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Enrollment:
    """Codes, keys and their end."""

    panels: Panels
    phonebooks: Phonebooks
    throttle: Throttle
    clock: Clock
    new_id: Callable[[], str]
    revoked: Callable[[PanelId], Awaitable[None]]
    """Told when a panel was revoked, to cut its socket."""
    events: Events
    calls: Calls
    moved: Callable[[Panel], Awaitable[None]]
    """Told when a panel is at another entrance, to show it its new home."""

    async def new_code(self, session: Session, entrance_id: EntranceId) -> tuple[Secret, float]:
        """A code to pair a panel with the entrance, and when it runs out. Earlier ones are void.

        Raises `NotFound` for an entrance of a foreign site, `NotAllowed` without the power.
        """
        entrance = await self.phonebooks.entrance(entrance_id)
        if entrance is None or entrance.site not in session.sites:
            raise NotFound(N_("This entrance is not known here."))
        if not session.may(Power.RUN_PANELS, entrance.site):
            raise NotAllowed(N_("Only an owner or site admin pairs panels."))
        await self._note(session, entrance.site, "pairing_code_made", entrance.name)
        return await self.issue_code(entrance_id)

    async def _note(self, session: Session, site: SiteId, action: str, subject: str, **details: str) -> None:
        await self.events.note(site, self.clock.now(), session.account.id, action, subject, **details)

    async def issue_code(self, entrance: EntranceId) -> tuple[Secret, float]:
        """As `new_code`, for whoever runs the server itself."""
        text = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        expires = self.clock.now() + CODE_SECONDS
        await self.panels.add_code(Secret(text).digest(), entrance, expires)
        return Secret(printed(text)), expires

    async def enroll(self, code: Secret, address: str, name: str) -> tuple[Panel, Secret]:
        """Use up the code: the panel and its key, which is given out this once.

        Raises `WrongCode`, `TooMany` after 5 tries from one address in 10 minutes.
        """
        await self.throttle.hit("pair", address)
        key = Secret(secrets.token_urlsafe(32))
        panel = await self.panels.enroll(
            typed(code).digest(),
            PanelId(self.new_id()),
            key.digest(),
            name[:80],
            self.clock.now(),
        )
        if panel is None:
            log.warning("pairing failed from %s", address)
            raise WrongCode
        log.info("panel %s paired with entrance %s", panel.id, panel.entrance)
        return panel, key

    async def panel(self, key: Secret | None) -> Panel:
        """The panel of a key. Raises `NotEnrolled`."""
        found = await self.panels.by_key(key.digest()) if key else None
        if found is None:
            raise NotEnrolled
        return found

    async def typed(self, key: Secret, address: str) -> Panel:
        """The panel of a key that somebody hands over by hand. Raises `NotEnrolled`; wrong keys count
        towards `TooMany`."""
        await self.throttle.hit("panel_key", address)
        panel = await self.panel(key)
        await self.throttle.give_back("panel_key", address)
        return panel

    async def of_session(self, session: Session) -> tuple[Panel, ...]:
        """The panels that this person runs. Raises `NotAllowed` for somebody who runs none."""
        sites = [site for site in session.sites if session.may(Power.RUN_PANELS, site)]
        if not sites:
            raise NotAllowed(N_("Only an owner or site admin sees the panels."))
        return tuple(await self.panels.of_sites(sites))

    async def of_site(self, session: Session, site: SiteId) -> tuple[Panel, ...]:
        """The panels of one site. Raises `NotFound`, `NotAllowed`."""
        session.demand(Power.RUN_PANELS, site)
        return tuple(await self.panels.of_sites([site]))

    async def rename(self, session: Session, panel_id: PanelId, name: str) -> None:
        """Another name for a panel. Raises `NotFound`, `NotAllowed`."""
        panel = await self.run_by(session, panel_id)
        if panel.name != name:
            await self.panels.rename(panel_id, name)
            await self._note(session, panel.site, "panel_renamed", name, before=panel.name)

    async def move(self, session: Session, panel_id: PanelId, entrance_id: EntranceId) -> Panel:
        """The panel hangs at another entrance of its site from now on, with the key that it has.

        Raises `NotFound`, also for an entrance of another site, `NotAllowed`, and `NotNow` while a call of
        it goes on.
        """
        panel = await self.run_by(session, panel_id)
        if panel.revoked:
            raise NotFound(N_("This panel is not known here."))
        entrance = await self.phonebooks.entrance(entrance_id)
        if entrance is None or entrance.site != panel.site:
            raise NotFound(N_("This entrance is not known here."))
        if panel.entrance == entrance.id:
            return panel
        if await self.calls.of_panel(panel_id) is not None:
            raise NotNow(N_("A call of this panel goes on. Move it when the call is over."))
        before = await self.phonebooks.entrance(panel.entrance)
        await self.panels.move(panel_id, entrance.id)
        there = replace(panel, entrance=entrance.id)
        was = before.name if before else ""
        await self._note(session, panel.site, "panel_moved", panel.name, before=was, entrance=entrance.name)
        log.info("panel %s moved to entrance %s", panel_id, entrance.id)
        await self.moved(there)
        return there

    async def revoke(self, session: Session, panel_id: PanelId) -> None:
        """The panel's key opens nothing any more. Raises `NotFound`, `NotAllowed`."""
        panel = await self.run_by(session, panel_id)
        await self.panels.revoke(panel_id)
        await self.revoked(panel_id)
        await self._note(session, panel.site, "panel_revoked", panel.name)
        log.info("panel %s revoked", panel_id)

    async def run_by(self, session: Session, panel_id: PanelId) -> Panel:
        """A panel that this person runs. Raises `NotFound`, `NotAllowed`."""
        panel = next((p for p in await self.of_session(session) if p.id == panel_id), None)
        if panel is None:
            raise NotFound(N_("This panel is not known here."))
        return panel
