"""`/api/v1/sites/{site}/panels`, and what a panel's own page asks: `/api/v1/panels/leave`, `.../sign-off`."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel

from intercom.domain.errors import NotFound
from intercom.domain.ids import EntranceId, PanelId
from intercom.domain.language import N_
from intercom.domain.people import Panel, Power
from intercom.http.admin.doors import MoveGiven, PinGiven, given_pin
from intercom.http.admin.entrances import NameForm
from intercom.http.routes import Ask, Needs, Route, json
from intercom.http.session import Cookies
from intercom.ports import Presence
from intercom.services.enrollment import Enrollment
from intercom.services.lockdown import Lockdown


class PanelOut(BaseModel):
    """A panel that is paired with an entrance. Times are Unix seconds; `last_seen` is when it connected,
    or was lost. `pin`: one is asked for before its page is left."""

    id: str
    entrance: str
    name: str
    enrolled_at: float
    last_seen: float | None
    online: bool
    pin: bool


class WayOutTold(BaseModel):
    """Whether the page lets go. `asks`: it wants a PIN; `left`: tries before a pause, after a wrong one."""

    open: bool
    asks: bool
    left: int | None


class PanelApi:
    """Handlers."""

    def __init__(
        self, enrollment: Enrollment, lockdown: Lockdown, presence: Presence, cookies: Cookies
    ) -> None:
        self._enrollment = enrollment
        self._lockdown = lockdown
        self._presence = presence
        self._cookies = cookies

    def routes(self) -> list[Route]:
        """The table."""
        panels, run = "/api/v1/sites/{site}/panels", Power.RUN_PANELS
        one, own = f"{panels}/{{panel}}", "/api/v1/panels"
        return [
            Route("GET", panels, self.panels, run, answer=list[PanelOut]),
            Route("PUT", one, self.rename, run, body=NameForm, answer=PanelOut),
            Route("PUT", f"{one}/entrance", self.move, run, body=MoveGiven, answer=PanelOut),
            Route("PUT", f"{one}/pin", self.pin, run, body=PinGiven, answer=PanelOut),
            Route("DELETE", one, self.revoke, run, status=204),
            Route("POST", f"{own}/leave", self.leave, Needs.NOBODY, body=PinGiven, answer=WayOutTold),
            Route("POST", f"{own}/sign-off", self.sign_off, Needs.NOBODY, body=PinGiven, status=204),
        ]

    # -- who runs them --

    async def panels(self, ask: Ask) -> web.StreamResponse:
        """The panels of a site."""
        found = await self._enrollment.of_site(ask.who, ask.site)
        return json([self._panel(panel) for panel in found if not panel.revoked])

    async def rename(self, ask: Ask) -> web.StreamResponse:
        """Give a panel another name."""
        given: NameForm = ask.body
        await self._enrollment.rename(ask.who, (await self._known(ask)).id, given.name)
        return json(self._panel(await self._known(ask)))

    async def move(self, ask: Ask) -> web.StreamResponse:
        """Move a panel to another entrance of its site. Refused while a call of it goes on."""
        given: MoveGiven = ask.body
        panel = await self._known(ask)
        return json(self._panel(await self._enrollment.move(ask.who, panel.id, EntranceId(given.entrance))))

    async def pin(self, ask: Ask) -> web.StreamResponse:
        """Set the PIN that is asked for before the panel's page is left, or none."""
        given: PinGiven = ask.body
        await self._lockdown.set_pin(ask.who, (await self._known(ask)).id, given_pin(given))
        return json(self._panel(await self._known(ask)))

    async def revoke(self, ask: Ask) -> web.StreamResponse:
        """Take a panel out of service: its key opens nothing any more."""
        await self._enrollment.revoke(ask.who, (await self._known(ask)).id)
        return web.Response(status=204)

    async def _known(self, ask: Ask) -> Panel:
        wanted = PanelId(ask.path("panel"))
        panels = await self._enrollment.of_site(ask.who, ask.site)
        found = next((panel for panel in panels if panel.id == wanted and not panel.revoked), None)
        if found is None:
            raise NotFound(N_("This panel is not known here."))
        return found

    def _panel(self, panel: Panel) -> dict[str, object]:
        return {
            "id": panel.id,
            "entrance": panel.entrance,
            "name": panel.name,
            "enrolled_at": panel.enrolled_at,
            "last_seen": panel.last_seen,
            "online": self._presence.panel_online(panel.id),
            "pin": panel.pin_hash is not None,
        }

    # -- the panel's own page --

    async def leave(self, ask: Ask) -> web.StreamResponse:
        """May whoever stands at the panel leave its page? Asked with the panel's own key, as a cookie."""
        way = await self._lockdown.leave(await self._own(ask), given_pin(ask.body))
        return json({"open": way.open, "asks": way.asks, "left": way.left})

    async def sign_off(self, ask: Ask) -> web.StreamResponse:
        """This browser is no panel any more: its key is worth nothing from now on."""
        await self._lockdown.sign_off(await self._own(ask), given_pin(ask.body))
        response = web.Response(status=204)
        self._cookies.clear(response, self._cookies.panel)
        return response

    async def _own(self, ask: Ask) -> Panel:
        return await self._enrollment.panel(self._cookies.read(ask.request, self._cookies.panel))
