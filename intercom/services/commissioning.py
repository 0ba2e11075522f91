"""Putting a site into service: looking at everything a door needs, and the owner's word at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from intercom.domain.commissioning import (
    DoorFact,
    Facts,
    Item,
    Lamp,
    Line,
    LockFact,
    Looked,
    MailFact,
    checklist,
    ready,
)
from intercom.domain.door import Truth
from intercom.domain.errors import NotNow
from intercom.domain.evidence import Place
from intercom.domain.fence import FenceMode
from intercom.domain.ids import AccountId, LockId, SiteId
from intercom.domain.language import N_
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Power, Role, Session
from intercom.domain.phonebook import Entrance
from intercom.ports import (
    AccessCores,
    Checks,
    Clock,
    CoreReport,
    CoreState,
    Events,
    Letters,
    Mailer,
    Panels,
    Past,
    Phonebooks,
    Presence,
    Release,
    Staff,
    Throttle,
)

log = logging.getLogger(__name__)

_LOOKED_BACK = 300
_STATES: Mapping[CoreState, str] = {
    CoreState.UP: N_("It answers."),
    CoreState.DOWN: N_("It does not answer."),
    CoreState.PAUSED: N_("It takes no remote opening at the moment."),
    CoreState.UNFINISHED: N_("It is not set up to its end."),
    CoreState.DENIED: N_("It refuses us."),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The list of a site, and its release."""

    lines: tuple[Line, ...]
    released: Release | None
    now: float

    @property
    def ready(self) -> bool:
        """Every line is green."""
        return ready(self.lines)


@dataclass(frozen=True, slots=True)
class Commissioning:
    """Every verb with a session raises `NotFound` and `NotAllowed`."""

    checks: Checks
    cores: AccessCores
    phonebooks: Phonebooks
    panels: Panels
    presence: Presence
    past: Past
    letters: Letters
    mailer: Mailer
    staff: Staff
    lost: Callable[[AccountId, SiteId], Awaitable[None]]
    """Told of installers whose part ends with the release."""
    relays: Callable[[], Awaitable[Sequence[Looked]]] | None
    """Asks every relay for an address; None where none is set."""
    sends_letters: bool
    events: Events
    throttle: Throttle
    clock: Clock

    async def look(self, session: Session, site: SiteId) -> Standing:
        """The list as it stands."""
        session.demand(Power.RUN_PANELS, site)
        return await self.standing(site)

    async def standing(self, site: SiteId) -> Standing:
        """As `look`, for whoever runs the server itself."""
        now = self.clock.now()
        facts = await self._facts(site)
        return Standing(checklist(facts, now), await self.checks.released(site), now)

    async def from_outside(self, site: SiteId) -> tuple[Line, ...]:
        """The list as a program beside the server sees it: the access core and the relays are asked now, and
        who is connected is not known."""
        now = self.clock.now()
        report, relays = await asyncio.gather(self.cores.at(site).check(), self._relays())
        facts = await self._facts(site)
        locks = [
            replace(lock, online=report.locks[LockId(lock.id)].online)
            if LockId(lock.id) in report.locks
            else lock
            for lock in facts.locks
        ]
        worst = next((one for one in relays if not one.good), relays[0] if relays else None)
        lines = checklist(replace(facts, core=_core(report, now), locks=locks, relay=worst), now)
        with_panels = {door.id for door in facts.doors if door.panels}
        return tuple(line for line in lines if not (line.item is Item.WAY_IN and line.subject in with_panels))

    async def check(self, session: Session, site: SiteId) -> None:
        """Ask the access core and the relays now; up to 10 s. Raises `TooMany`."""
        session.demand(Power.RUN_PANELS, site)
        await self.throttle.hit("core", site)
        now = self.clock.now()
        report, relays = await asyncio.gather(self.cores.at(site).check(), self._relays())
        await self.checks.put(site, Item.CORE, _core(report, now))
        if relays:
            worst = next((one for one in relays if not one.good), relays[0])
            await self.checks.put(site, Item.RELAY, worst)

    async def _relays(self) -> Sequence[Looked]:
        return () if self.relays is None else await self.relays()

    async def write(self, session: Session, site: SiteId) -> None:
        """Send a letter to whoever asks, to see whether letters leave. Raises `TooMany`."""
        session.demand(Power.RUN_PANELS, site)
        await self.throttle.hit("trial_letter", session.account.id)
        home = await self.phonebooks.site(site)
        account = session.account
        language = account.language or (home.language if home else "en")
        await self.mailer.send(
            Letter(
                LetterKind.TRIAL, account.email, language, home, {"name": account.first_name}, _about(site)
            )
        )

    async def release(self, session: Session, site: SiteId, *, word: bool = False) -> None:
        """Put the site into service; installers have no part in it any more.

        Raises `NotNow` while a line is not green and no owner gives their `word` for it.
        """
        session.demand(Power.EDIT_SITE, site)
        lines = checklist(await self._facts(site), self.clock.now())
        green = ready(lines)
        if not green:
            if not word:
                raise NotNow(N_("Not everything is proven yet. The owner may release the site all the same."))
            session.demand(Power.TRANSFER, site)
        now = self.clock.now()
        await self.checks.release(site, Release(now, None if green else session.account.id))
        open_lines = ", ".join(line.item.value for line in lines if line.lamp is not Lamp.GOOD)
        await self.events.note(site, now, session.account.id, "site_released", "", not_green=open_lines)
        for member in await self.staff.of_site(site, now):
            if member.role is Role.INSTALLER and await self.staff.dismiss(
                site, member.account.id, Role.INSTALLER
            ):
                await self.lost(member.account.id, site)
        log.info("site %s is released", site)

    async def reopen(self, session: Session, site: SiteId) -> None:
        """Out of service again, for work on it; doors and bells go on working."""
        session.demand(Power.EDIT_SITE, site)
        if await self.checks.released(site) is None:
            return
        await self.checks.release(site, None)
        await self.events.note(site, self.clock.now(), session.account.id, "site_reopened")

    # -- facts ------------------------------------------------------------------------------------

    async def _facts(self, site: SiteId) -> Facts:
        looked = await self.checks.of(site)
        entrances = await self.phonebooks.entrances(site)
        ringing = await self.checks.ringing(site)
        letter = (await self.letters.news([_about(site)])).get(_about(site))
        mail = (
            MailFact(self.sends_letters, letter.created_at, letter.sent_at, letter.error)
            if letter
            else MailFact(self.sends_letters)
        )
        return Facts(
            looked.get(Item.CORE),
            await self._locks(site, entrances),
            await self._doors(site, entrances),
            ringing.rang_at,
            self.relays is not None,
            looked.get(Item.RELAY),
            mail,
            ringing.push_devices,
        )

    async def _locks(self, site: SiteId, entrances: Sequence[Entrance]) -> list[LockFact]:
        opened: dict[str, float] = {}
        doubted = await self.checks.doubted(site)
        for opening in await self.past.openings(site, None, _LOOKED_BACK):
            since = max(doubted.get(None, 0.0), doubted.get(opening.lock, 0.0))
            if opening.truth is Truth.OPENED and opening.at >= since:
                opened.setdefault(opening.lock, opening.told_at)
        core = self.cores.at(site)
        return [
            LockFact(lock.id, lock.name, core.status(lock.id).online, opened.get(lock.id))
            for entrance in entrances
            for lock in await self.phonebooks.locks(entrance.id)
        ]

    async def _doors(self, site: SiteId, entrances: Sequence[Entrance]) -> list[DoorFact]:
        panels = [panel for panel in await self.panels.of_sites([site]) if not panel.revoked]
        facts: list[DoorFact] = []
        for entrance in entrances:
            here = [panel.id for panel in panels if panel.entrance == entrance.id]
            calls = await self.past.calls(site, None, _LOOKED_BACK, entrance.id) if entrance.code else ()
            fenced = entrance.fence_mode is not FenceMode.OFF
            scans = (
                call.placed_at
                for call in calls
                if call.visitor and (call.evidence.place is Place.INSIDE or not fenced)
            )
            facts.append(
                DoorFact(
                    entrance.id,
                    entrance.name,
                    len(here),
                    sum(self.presence.panel_online(panel) for panel in here),
                    bool(entrance.code),
                    fenced,
                    next(scans, None),
                )
            )
        return facts


def _core(report: CoreReport, now: float) -> Looked:
    return Looked(report.state is CoreState.UP, report.detail or _STATES[report.state], now)


def _about(site: SiteId) -> str:
    return f"trial:{site}"
