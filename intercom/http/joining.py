"""Pages of coming to a site: the profile, the invitation, the code of a printed letter, the first start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import Field

from intercom import language
from intercom.domain.codes import typed as code_typed
from intercom.domain.errors import Invalid, LinkOver, NotSignedIn
from intercom.domain.ids import Secret, SiteId
from intercom.domain.people import Session
from intercom.http.admin.settings import NewSiteForm, choices
from intercom.http.arrival import Arrival, agent_of
from intercom.http.roles import part_of
from intercom.http.routes import Ask, Body, Email, Name, Needs, Route
from intercom.http.session import Cookies
from intercom.http.templates import Pages
from intercom.services.founding import FirstStart, Founder
from intercom.services.invitations import Invitations, Opened
from intercom.services.second_step import SignedIn
from intercom.services.signin import SignIn

REMEMBERED_SECONDS = 3600.0
"""How long a browser that opened an invitation may take to sign in."""


class CodeForm(Body):
    """The code of a printed letter."""

    code: str = Field(min_length=1, max_length=40)


class ProfileForm(Body):
    """Who somebody new is."""

    first_name: Name
    last_name: Name
    password: str = Field(max_length=1024)


class SiteChoice(Body):
    """Where to join."""

    site: str = Field(max_length=64)


class Press(Body):
    """The form of a button."""


class FounderForm(NewSiteForm):
    """The first owner and their site."""

    first_name: Name
    last_name: Name
    email: Email
    password: str = Field(max_length=1024)


class JoinPages:
    """Handlers of `/join`, `/invitation`, `/invitations` and `/set-up`."""

    def __init__(
        self,
        pages: Pages,
        invitations: Invitations,
        first_start: FirstStart,
        signin: SignIn,
        arrival: Arrival,
        cookies: Cookies,
    ) -> None:
        self._pages = pages
        self._invitations = invitations
        self._first_start = first_start
        self._signin = signin
        self._arrival = arrival
        self._cookies = cookies

    def routes(self) -> list[Route]:
        """The table."""
        nobody = Needs.NOBODY
        return [
            Route("GET", "/join", self.code, nobody, page=True),
            Route("POST", "/join", self.type_code, nobody, body=CodeForm, page=True, again=self.code_again),
            Route("GET", "/join/sent", self.sent, nobody, page=True),
            Route("GET", "/join/{token}", self.profile, nobody, page=True),
            Route(
                "POST",
                "/join/{token}",
                self.complete,
                nobody,
                body=ProfileForm,
                page=True,
                again=self.profile_again,
            ),
            Route("GET", "/invitation/{token}", self.invitation, nobody, page=True),
            Route("POST", "/invitation/{token}", self.confirm, Needs.SESSION, body=Press, page=True),
            Route("GET", "/invitations", self.mine, Needs.SESSION, page=True),
            Route("POST", "/invitations", self.join, Needs.SESSION, body=SiteChoice, page=True),
            Route("GET", "/set-up/{token}", self.set_up, nobody, page=True),
            Route(
                "POST",
                "/set-up/{token}",
                self.found,
                nobody,
                body=FounderForm,
                page=True,
                again=self.set_up_again,
            ),
        ]

    # -- the code of a printed letter ---------------------------------------------------------------

    async def code(self, ask: Ask) -> web.StreamResponse:
        """Where the code is typed."""
        return await self.code_again(ask, {}, {})

    async def code_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        status = 422 if errors else 200
        return self._pages.render("join_code.html", status=status, typed=typed, errors=errors)

    async def type_code(self, ask: Ask) -> web.StreamResponse:
        """On to what the code opens."""
        form: CodeForm = ask.body
        code = code_typed(Secret(form.code))
        try:
            opened = await self._invitations.opened(code, ask.address)
        except LinkOver as error:
            raise Invalid(code=error.message) from None
        return _on(opened, code)

    # -- the profile --------------------------------------------------------------------------------

    async def profile(self, ask: Ask) -> web.StreamResponse:
        """The form of somebody new; who has a profile already goes on to the invitation."""
        return await self.profile_again(ask, {}, {})

    async def profile_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        token = Secret(ask.path("token"))
        opened = await self._invitations.opened(token, ask.address)
        if opened.invitee.known:
            return _on(opened, token)
        given = {key: value for key, value in typed.items() if key != "password"}
        return self._page("join_profile.html", opened, typed=given, errors=errors)

    async def complete(self, ask: Ask) -> web.StreamResponse:
        """The profile is complete: the invitation comes by mail, or follows at once."""
        form: ProfileForm = ask.body
        token = await self._invitations.complete(
            Secret(ask.path("token")), form.first_name, form.last_name, Secret(form.password), ask.address
        )
        raise web.HTTPSeeOther(f"/invitation/{token.reveal()}" if token else "/join/sent")

    async def sent(self, ask: Ask) -> web.StreamResponse:
        """What comes next, after the profile."""
        return self._pages.render("join_sent.html")

    # -- the invitation -----------------------------------------------------------------------------

    async def invitation(self, ask: Ask) -> web.StreamResponse:
        """Join by one press, or sign in for it; whoever is signed in as somebody else is told so."""
        token = Secret(ask.path("token"))
        opened = await self._invitations.opened(token, ask.address)
        if not opened.invitee.known:
            return _on(opened, token)
        session = await self._session(ask)
        mine = session is not None and session.account.id == opened.invitee.account.id
        response = self._page(
            "invitation.html", opened, mine=mine, other=session.account.email if session else None
        )
        if session is None:
            self._cookies.write(response, self._cookies.invitation, token, REMEMBERED_SECONDS)
        return response

    async def confirm(self, ask: Ask) -> web.StreamResponse:
        """The press."""
        await self._invitations.confirm(ask.who, Secret(ask.path("token")), ask.address)
        raise web.HTTPSeeOther("/")

    async def mine(self, ask: Ask) -> web.StreamResponse:
        """Where one is invited."""
        waiting = await self._invitations.waiting(ask.who)
        rows = [{"site": site, "part": part_of(i.units, i.roles)} for site, i in waiting]
        return self._pages.render("invitations.html", rows=rows, person=ask.who.account.name)

    async def join(self, ask: Ask) -> web.StreamResponse:
        """Join one of them."""
        form: SiteChoice = ask.body
        await self._invitations.join(ask.who, SiteId(form.site))
        raise web.HTTPSeeOther("/")

    async def _session(self, ask: Ask) -> Session | None:
        try:
            return await self._signin.session(self._cookies.read(ask.request, self._cookies.session))
        except NotSignedIn:
            return None

    def _page(
        self, template: str, opened: Opened, *, errors: Mapping[str, str] | None = None, **values: Any
    ) -> web.Response:
        invitee = opened.invitee
        return self._pages.render(
            template,
            status=422 if errors else 200,
            site=opened.site,
            account=invitee.account,
            inviter=opened.invitation.inviter,
            part=part_of(invitee.units, invitee.roles),
            resident=bool(invitee.units),
            errors=errors or {},
            **values,
        )

    # -- the first start ----------------------------------------------------------------------------

    async def set_up(self, ask: Ask) -> web.StreamResponse:
        """The form of the first owner."""
        return await self.set_up_again(ask, {}, {})

    async def set_up_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        await self._first_start.opened(Secret(ask.path("token")), ask.address)
        given = {key: value for key, value in typed.items() if key != "password"}
        return self._pages.render(
            "set_up.html",
            status=422 if errors else 200,
            typed=given,
            errors=errors,
            fixed=False,
            stored=None,
            **choices(),
        )

    async def found(self, ask: Ask) -> web.StreamResponse:
        """The house has an owner, who is signed in."""
        form: FounderForm = ask.body
        founder = Founder(
            form.email, form.first_name, form.last_name, Secret(form.password), language.now_speaking()
        )
        token, session, site = await self._first_start.found(
            Secret(ask.path("token")), founder, form.data(), form.entrance, ask.address, agent_of(ask)
        )
        self._pages.wear(site)
        response = web.HTTPSeeOther("/admin")
        return await self._arrival.welcome(ask, response, SignedIn(token, session))


def _on(opened: Opened, token: Secret) -> web.Response:
    """To the page that this link is for."""
    page = "invitation" if opened.invitee.known else "join"
    return web.Response(status=303, headers={"Location": f"/{page}/{token.reveal()}"})
