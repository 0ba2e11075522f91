"""Pages: the resident's page, the panel's page."""

from __future__ import annotations

import logging

from aiohttp import web

from intercom import language
from intercom.domain.errors import LinkOver, NotAllowed, NotEnrolled, TooMany
from intercom.domain.ids import Secret
from intercom.domain.people import RUNS, Power
from intercom.domain.phonebook import SiteKind
from intercom.http.routes import Ask, Needs, Route
from intercom.http.session import Cookies
from intercom.http.templates import Pages
from intercom.ports import Phonebooks
from intercom.services.enrollment import Enrollment
from intercom.services.invitations import Invitations
from intercom.services.signin import SignIn

log = logging.getLogger(__name__)


class PagesOfPeople:
    """Handlers of the pages that people open."""

    def __init__(
        self,
        pages: Pages,
        signin: SignIn,
        invitations: Invitations,
        enrollment: Enrollment,
        phonebooks: Phonebooks,
        cookies: Cookies,
    ) -> None:
        self._pages = pages
        self._signin = signin
        self._invitations = invitations
        self._enrollment = enrollment
        self._phonebooks = phonebooks
        self._cookies = cookies

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/", self.home, Needs.SESSION, page=True),
            Route("POST", "/sign-out", self.sign_out, Needs.SESSION, page=True),
            Route("GET", "/panel", self.panel, Needs.NOBODY, page=True),
        ]

    async def home(self, ask: Ask) -> web.StreamResponse:
        """The resident's page; whoever is resident nowhere but runs something goes to `/admin`, whoever is
        only invited to their invitations."""
        session = ask.who
        coming = self._cookies.read(ask.request, self._cookies.invitation)
        if coming is not None:
            return await self._come(ask, coming)
        living = next((s for s in session.sites if session.may(Power.ANSWER, s)), None)
        if living is None and any(session.may(power, site) for site in session.sites for power in RUNS):
            raise web.HTTPSeeOther("/admin")
        if living is None:
            raise web.HTTPSeeOther("/invitations" if session.invited else "/account")
        site = await self._phonebooks.site(living)
        admin = any(session.may(p, s) for s in session.sites for p in RUNS - {Power.EDIT_HOUSEHOLD})
        return self._pages.render(
            "resident.html",
            site=site,
            person=session.account.name,
            admin=admin,
            company=site is not None and site.kind is SiteKind.COMPANY,
            manages=not admin and any(session.may(Power.EDIT_HOUSEHOLD, s) for s in session.sites),
            invited=bool(session.invited),
        )

    async def _come(self, ask: Ask, invitation: Secret) -> web.StreamResponse:
        """Somebody has signed in from an invitation, which confirms it."""
        response = web.HTTPSeeOther("/")
        try:
            await self._invitations.confirm(ask.who, invitation, ask.address)
        except NotAllowed:
            response = web.HTTPSeeOther(f"/invitation/{invitation.reveal()}")
        except (LinkOver, TooMany):
            log.info("an invitation was over before its reader had signed in")
        self._cookies.clear(response, self._cookies.invitation)
        return response

    async def sign_out(self, ask: Ask) -> web.StreamResponse:
        """End the session."""
        await self._signin.sign_out(ask.who)
        response = web.HTTPSeeOther("/sign-in")
        self._cookies.clear(response, self._cookies.session)
        return response

    async def panel(self, ask: Ask) -> web.StreamResponse:
        """The panel's page; before pairing it asks for a code."""
        try:
            panel = await self._enrollment.panel(self._cookies.read(ask.request, self._cookies.panel))
        except NotEnrolled:
            return self._pages.render("panel.html", enrolled=False, version=self._pages.version)
        site = await self._phonebooks.site(panel.site)
        if site is not None:
            language.speak(language.negotiate(site=site.language))
        return self._pages.render("panel.html", site=site, enrolled=True, version=self._pages.version)
