"""The locks and panels on the page of an entrance."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from pydantic import Field

from intercom.domain.door import Lock
from intercom.domain.errors import InUse, Invalid, NotFound, NotNow, Taken
from intercom.domain.ids import EntranceId, LockId, PanelId, Secret
from intercom.domain.language import N_
from intercom.domain.people import Panel, Power
from intercom.http.admin.entrances import EntrancePages, NameForm
from intercom.http.admin.faults import Faults
from intercom.http.admin.frame import Nothing, done
from intercom.http.routes import Ask, Body, Name, Route
from intercom.services.enrollment import Enrollment
from intercom.services.entrances import Entrances
from intercom.services.lockdown import Lockdown


class LockForm(Body):
    """A lock. `open_seconds`: how long it stays open."""

    name: Name
    open_seconds: float = Field(default=5.0, ge=1, le=60)


class FaultForm(Body):
    """What a lock shall suffer from."""

    fault: str = Field(min_length=1, max_length=16)


class MoveGiven(Body):
    """Where the panel hangs from now on."""

    entrance: str = Field(min_length=1, max_length=64)


class PinGiven(Body):
    """4 to 8 digits; empty for none."""

    pin: str = Field(default="", max_length=64)


def given_pin(body: PinGiven) -> Secret | None:
    """What was typed, if anything."""
    return Secret(body.pin) if body.pin else None


class DoorPages:
    """Handlers of what hangs on an entrance; all of them show or lead to its page."""

    def __init__(
        self,
        pages: EntrancePages,
        entrances: Entrances,
        enrollment: Enrollment,
        lockdown: Lockdown,
        faults: Faults,
    ) -> None:
        self._pages = pages
        self._entrances = entrances
        self._enrollment = enrollment
        self._lockdown = lockdown
        self._faults = faults

    def routes(self) -> list[Route]:
        """The table."""
        one = "/admin/{site}/entrances/{entrance}"
        lock, panel = f"{one}/locks/{{lock}}", f"{one}/panels/{{panel}}"
        edit, run = Power.EDIT_ENTRANCES, Power.RUN_PANELS
        return [
            Route(
                "POST",
                f"{one}/locks",
                self.add_lock,
                edit,
                body=LockForm,
                page=True,
                again=self.new_lock_again,
            ),
            Route("POST", lock, self.edit_lock, edit, body=LockForm, page=True, again=self.lock_again),
            Route("POST", f"{lock}/remove", self.remove_lock, edit, body=Nothing, page=True),
            Route("POST", f"{lock}/fault", self.fault, run, body=FaultForm, page=True),
            Route("POST", panel, self.rename, run, body=NameForm, page=True, again=self.panel_again),
            Route("POST", f"{panel}/move", self.move, run, body=MoveGiven, page=True, again=self.panel_again),
            Route("POST", f"{panel}/pin", self.pin, run, body=PinGiven, page=True, again=self.panel_again),
            Route("POST", f"{panel}/revoke", self.revoke, run, body=Nothing, page=True),
        ]

    def _back(self, ask: Ask, said: str) -> web.HTTPSeeOther:
        return done(f"/admin/{ask.site}/entrances/{ask.path('entrance')}", said)

    # -- locks --

    async def _lock(self, ask: Ask) -> Lock:
        lock = await self._entrances.lock(ask.who, ask.site, LockId(ask.path("lock")))
        if lock.entrance != ask.path("entrance"):
            raise NotFound(N_("This lock is not known here."))
        return lock

    async def new_lock_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The entrance, with what was typed about a new lock."""
        return await self._pages.page(ask, form="lock", typed=typed, errors=errors)

    async def lock_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The entrance, with what was typed about a lock."""
        lock = await self._lock(ask)
        return await self._pages.page(ask, form=lock.id, typed=typed, errors=errors)

    async def add_lock(self, ask: Ask) -> web.StreamResponse:
        """Add a lock."""
        form: LockForm = ask.body
        entrance = EntranceId(ask.path("entrance"))
        try:
            await self._entrances.add_lock(ask.who, ask.site, entrance, form.name, form.open_seconds)
        except (Taken, InUse) as error:
            raise Invalid(name=error.message) from None
        raise self._back(ask, "lock_added")

    async def edit_lock(self, ask: Ask) -> web.StreamResponse:
        """Another name or open time for a lock."""
        form: LockForm = ask.body
        lock = await self._lock(ask)
        try:
            await self._entrances.edit_lock(ask.who, ask.site, lock.id, form.name, form.open_seconds)
        except Taken as error:
            raise Invalid(name=error.message) from None
        raise self._back(ask, "lock_changed")

    async def remove_lock(self, ask: Ask) -> web.StreamResponse:
        """Remove a lock."""
        lock = await self._lock(ask)
        await self._entrances.remove_lock(ask.who, ask.site, lock.id)
        raise self._back(ask, "lock_removed")

    async def fault(self, ask: Ask) -> web.StreamResponse:
        """Switch a fault of the built-in core."""
        form: FaultForm = ask.body
        lock = await self._lock(ask)
        await self._faults.suffer(ask.who, lock.id, form.fault)
        raise self._back(ask, "fault_set")

    # -- panels --

    async def _panel(self, ask: Ask) -> Panel:
        wanted = PanelId(ask.path("panel"))
        panels = await self._enrollment.of_site(ask.who, ask.site)
        found = next((p for p in panels if p.id == wanted and p.entrance == ask.path("entrance")), None)
        if found is None or found.revoked:
            raise NotFound(N_("This panel is not known here."))
        return found

    async def panel_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The entrance, with what was typed about a panel."""
        panel = await self._panel(ask)
        return await self._pages.page(ask, form=panel.id, typed=typed, errors=errors)

    async def rename(self, ask: Ask) -> web.StreamResponse:
        """Another name for a panel."""
        form: NameForm = ask.body
        panel = await self._panel(ask)
        await self._enrollment.rename(ask.who, panel.id, form.name)
        raise self._back(ask, "panel_renamed")

    async def move(self, ask: Ask) -> web.StreamResponse:
        """The panel hangs at another entrance from now on. Leads there."""
        form: MoveGiven = ask.body
        panel = await self._panel(ask)
        try:
            moved = await self._enrollment.move(ask.who, panel.id, EntranceId(form.entrance))
        except NotNow as error:
            raise Invalid(entrance=error.message) from None
        raise done(f"/admin/{ask.site}/entrances/{moved.entrance}", "panel_moved")

    async def pin(self, ask: Ask) -> web.StreamResponse:
        """What is typed at the panel to leave its page; empty for nothing."""
        form: PinGiven = ask.body
        panel = await self._panel(ask)
        await self._lockdown.set_pin(ask.who, panel.id, given_pin(form))
        raise self._back(ask, "panel_pin_set" if form.pin else "panel_pin_gone")

    async def revoke(self, ask: Ask) -> web.StreamResponse:
        """The panel's key opens nothing any more."""
        panel = await self._panel(ask)
        await self._enrollment.revoke(ask.who, panel.id)
        raise self._back(ask, "panel_revoked")
