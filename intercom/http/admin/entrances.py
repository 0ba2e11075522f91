"""The page for whoever runs the house: entrances, panels, locks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import BaseModel, Field

from intercom import language
from intercom.domain.errors import BadMessage, NotAllowed, NotFound
from intercom.domain.ids import EntranceId, LockId, PanelId, SiteId
from intercom.domain.language import N_
from intercom.domain.people import Panel, Power, Session
from intercom.domain.phonebook import Site
from intercom.http.admin.frame import Frame
from intercom.http.routes import Ask, Body, Needs, Route, json
from intercom.ports import AccessCore, Phonebooks, Presence
from intercom.services.enrollment import CODE_SECONDS, Enrollment


class Simulation(Protocol):
    """The built-in core's switches."""

    def fault_of(self, lock: LockId) -> str:
        """What the lock suffers from."""
        ...

    async def set_fault(self, lock: LockId, fault: str) -> None:
        """Have it suffer. Raises `ValueError` for an unknown fault."""
        ...


FAULTS = {
    "none": N_("Works"),
    "offline": N_("Offline"),
    "slow": N_("Slow to answer"),
    "refusing": N_("Refuses commands"),
    "silent": N_("Opens, but never says so"),
}


class EntranceForm(Body):
    """Which entrance."""

    entrance: str = Field(min_length=1, max_length=64)


class PanelForm(Body):
    """Which panel."""

    panel: str = Field(min_length=1, max_length=64)


class FaultForm(Body):
    """Which lock, and what it shall suffer from."""

    lock: str = Field(min_length=1, max_length=64)
    fault: str = Field(min_length=1, max_length=16)


class Suffering(BaseModel):
    """A lock of the built-in core, and what it suffers from."""

    lock: str
    fault: str


class Admin:
    """Handlers of `/admin`."""

    def __init__(
        self,
        frame: Frame,
        enrollment: Enrollment,
        phonebooks: Phonebooks,
        presence: Presence,
        access: AccessCore,
        simulation: Simulation | None,
    ) -> None:
        self._frame = frame
        self._enrollment = enrollment
        self._phonebooks = phonebooks
        self._presence = presence
        self._access = access
        self._simulation = simulation

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/admin/{site}/entrances", self.show, Power.RUN_PANELS, page=True),
            Route(
                "POST",
                "/admin/{site}/entrances/pairing-code",
                self.pairing_code,
                Power.RUN_PANELS,
                body=EntranceForm,
                page=True,
            ),
            Route(
                "POST",
                "/admin/{site}/entrances/revoke-panel",
                self.revoke,
                Power.RUN_PANELS,
                body=PanelForm,
                page=True,
            ),
            Route(
                "POST",
                "/admin/{site}/entrances/lock-fault",
                self.lock_fault,
                Power.RUN_PANELS,
                body=FaultForm,
                page=True,
            ),
            Route(
                "POST",
                "/api/v1/locks/fault",
                self.api_lock_fault,
                Needs.ADMIN,
                body=FaultForm,
                answer=Suffering,
            ),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """Entrances with their panels and locks."""
        return await self._page(ask)

    async def _page(self, ask: Ask, code: dict[str, str] | None = None) -> web.Response:
        panels = await self._enrollment.of_session(ask.who)
        site = await self._site(ask.site)
        entrances = [
            {
                "id": entrance.id,
                "name": entrance.name,
                "panels": [
                    self._panel(p, site) for p in panels if p.entrance == entrance.id and not p.revoked
                ],
                "locks": [
                    {
                        "id": lock.id,
                        "name": lock.name,
                        "online": (status := self._access.status(lock.id)).online,
                        "since_iso": _iso(status.since),
                        "since_text": _text(status.since, site),
                        "fault": self._simulation.fault_of(lock.id) if self._simulation else None,
                    }
                    for lock in await self._phonebooks.locks(entrance.id)
                ],
            }
            for entrance in await self._phonebooks.entrances(site.id)
        ]
        return await self._frame.show(
            ask, "admin/doors.html", here="entrances", entrances=entrances, code=code, faults=FAULTS
        )

    async def _site(self, site: SiteId) -> Site:
        found = await self._phonebooks.site(site)
        if found is None:
            raise NotFound(N_("This site is not known here."))
        return found

    def _panel(self, panel: Panel, site: Site) -> dict[str, object]:
        return {
            "id": panel.id,
            "name": panel.name,
            "online": self._presence.panel_online(panel.id),
            "last_seen": panel.last_seen,
            "last_seen_iso": _iso(panel.last_seen),
            "last_seen_text": _text(panel.last_seen, site),
        }

    async def pairing_code(self, ask: Ask) -> web.StreamResponse:
        """A new code, shown this once."""
        form: EntranceForm = ask.body
        code, _ = await self._enrollment.new_code(ask.who, EntranceId(form.entrance))
        shown = {"entrance": form.entrance, "code": code.reveal(), "minutes": str(int(CODE_SECONDS // 60))}
        return await self._page(ask, shown)

    async def revoke(self, ask: Ask) -> web.StreamResponse:
        """The panel's key opens nothing any more."""
        form: PanelForm = ask.body
        await self._enrollment.revoke(ask.who, PanelId(form.panel))
        raise web.HTTPSeeOther(f"/admin/{ask.site}/entrances")

    async def lock_fault(self, ask: Ask) -> web.StreamResponse:
        """Switch a fault of the built-in core."""
        await self._suffer(ask.who, ask.body)
        raise web.HTTPSeeOther(f"/admin/{ask.site}/entrances")

    async def api_lock_fault(self, ask: Ask) -> web.StreamResponse:
        """The same, for programs."""
        form: FaultForm = ask.body
        await self._suffer(ask.who, form)
        return json({"lock": form.lock, "fault": form.fault})

    async def _suffer(self, session: Session, form: FaultForm) -> None:
        lock = await self._phonebooks.lock(LockId(form.lock))
        if lock is None or lock.site not in session.sites or self._simulation is None:
            raise NotFound(N_("This lock is not known here."))
        if not session.may(Power.RUN_PANELS, lock.site):
            raise NotAllowed
        if form.fault not in FAULTS:
            raise BadMessage(N_("This fault is not known."), faults=list(FAULTS))
        await self._simulation.set_fault(lock.id, form.fault)


def _iso(moment: float | None) -> str:
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


def _text(moment: float | None, site: Site) -> str:
    """A moment as the site's clocks show it."""
    if moment is None:
        return ""
    there = datetime.fromtimestamp(moment, ZoneInfo(site.time_zone))
    today = datetime.now(ZoneInfo(site.time_zone)).date() == there.date()
    say = language.time_of_day if today else language.date_and_time
    return say(moment, site.time_zone)
