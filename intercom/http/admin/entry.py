"""`/admin` itself: the only site of a person, or a choice among several."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from intercom.domain.errors import NotFound
from intercom.domain.language import N_
from intercom.domain.people import Power, Role
from intercom.http.admin.frame import Frame, landing, run_by
from intercom.http.routes import Ask, Needs, Route
from intercom.http.templates import Pages


class Entry:
    """Where whoever runs something comes in."""

    def __init__(
        self, pages: Pages, frame: Frame, overview: Callable[[Ask], Awaitable[web.StreamResponse]]
    ) -> None:
        self._pages = pages
        self._frame = frame
        self._overview = overview

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/admin", self.come_in, Needs.ADMIN, page=True),
            Route("GET", "/admin/{site}", self.first_page, Needs.SESSION, page=True),
        ]

    async def come_in(self, ask: Ask) -> web.StreamResponse:
        """To the only site, or a choice; whoever only manages a unit goes to its household."""
        session = ask.who
        sites = run_by(session)
        if not sites:
            home = next(s for s in session.sites if session.may(Power.EDIT_HOUSEHOLD, s))
            raise web.HTTPSeeOther(f"/household/{home}")
        owner = any(m.role is Role.OWNER for m in session.memberships)
        if len(sites) == 1 and "all" not in ask.request.query:
            raise web.HTTPSeeOther(landing(session, sites[0]))
        return self._pages.render(
            "admin/sites.html",
            sites=await self._frame.sites(session),
            person=session.account.name,
            resident=any(session.may(Power.ANSWER, s) for s in session.sites),
            may_add=owner,
        )

    async def first_page(self, ask: Ask) -> web.StreamResponse:
        """The overview, or the first page of the site that this person may see."""
        if ask.site not in run_by(ask.who):
            raise NotFound(N_("This site is not known here."))
        if ask.who.may(Power.READ_LOG, ask.site):
            return await self._overview(ask)
        raise web.HTTPSeeOther(landing(ask.who, ask.site))
