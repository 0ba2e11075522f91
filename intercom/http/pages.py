"""Pages: sign-in, the resident's page, the panel's page."""

from __future__ import annotations

from aiohttp import web
from pydantic import Field

from intercom import language
from intercom.domain.errors import NotEnrolled, TooMany, WrongCredentials
from intercom.domain.ids import Secret
from intercom.domain.language import N_, counted
from intercom.domain.people import RUNS, Power
from intercom.http.routes import Ask, Body, Needs, Route
from intercom.http.session import Cookies
from intercom.http.templates import Pages
from intercom.ports import Phonebooks
from intercom.services.enrollment import Enrollment
from intercom.services.guesses import NOTE_SECONDS
from intercom.services.signin import SESSION_SECONDS, SignIn


class SignInForm(Body):
    """The sign-in form."""

    email: str = Field(default="", max_length=320)
    password: str = Field(default="", max_length=1024)


class PagesOfPeople:
    """Handlers of the pages that people open."""

    def __init__(
        self, pages: Pages, signin: SignIn, enrollment: Enrollment, phonebooks: Phonebooks, cookies: Cookies
    ) -> None:
        self._pages = pages
        self._signin = signin
        self._enrollment = enrollment
        self._phonebooks = phonebooks
        self._cookies = cookies

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/", self.home, Needs.SESSION, page=True),
            Route("GET", "/sign-in", self.sign_in_form, Needs.NOBODY, page=True),
            Route("POST", "/sign-in", self.sign_in, Needs.NOBODY, body=SignInForm, page=True),
            Route("POST", "/sign-out", self.sign_out, Needs.SESSION, page=True),
            Route("GET", "/panel", self.panel, Needs.NOBODY, page=True),
        ]

    async def home(self, ask: Ask) -> web.StreamResponse:
        """The resident's page; whoever is resident nowhere but runs something goes to `/admin`."""
        session = ask.who
        living = next((s for s in session.sites if session.may(Power.ANSWER, s)), None)
        if living is None and any(session.may(power, site) for site in session.sites for power in RUNS):
            raise web.HTTPSeeOther("/admin")
        site = await self._phonebooks.site(living) if living else None
        admin = any(session.may(power, s) for s in session.sites for power in RUNS)
        return self._pages.render("resident.html", site=site, person=session.account.name, admin=admin)

    async def sign_in_form(self, ask: Ask) -> web.StreamResponse:
        """The empty form."""
        return self._pages.render("sign_in.html", email="", error=None, error_detail=None)

    async def sign_in(self, ask: Ask) -> web.StreamResponse:
        """E-mail and password; back to the form with what was typed, or home."""
        form: SignInForm = ask.body
        agent = ask.request.headers.get("User-Agent", "")
        try:
            note = self._cookies.read(ask.request, self._cookies.note)
            token, session = await self._signin.sign_in(
                form.email, Secret(form.password), ask.address, agent, note
            )
        except WrongCredentials as error:
            left = int(error.details.get("left", 0))
            detail = counted(
                "Nothing you typed is lost. %(count)s try is left, then a pause of 15 minutes.",
                "Nothing you typed is lost. %(count)s tries are left, then a pause of 15 minutes.",
                left,
            )
            return self._pages.render(
                "sign_in.html", status=401, email=form.email, error=error.message, error_detail=detail
            )
        except TooMany as error:
            minutes = max(1, round(error.details["retry_after"] / 60))
            return self._pages.render(
                "sign_in.html",
                status=429,
                email=form.email,
                error=N_("Too many tries."),
                error_detail=counted(
                    "Try again in %(count)s minute. Other people can sign in meanwhile.",
                    "Try again in %(count)s minutes. Other people can sign in meanwhile.",
                    minutes,
                ),
            )
        # a session that was open in this browser ends: its id is never valid after a sign-in
        old = self._cookies.read(ask.request, self._cookies.session)
        if old is not None:
            await self._signin.end_quietly(old)
        response = web.HTTPSeeOther("/")
        self._cookies.write(response, self._cookies.session, token, SESSION_SECONDS)
        note = self._signin.guesses.note(session.account.id)
        self._cookies.write(response, self._cookies.note, note, NOTE_SECONDS)
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
            return self._pages.render("panel.html", enrolled=False)
        site = await self._phonebooks.site(panel.site)
        if site is not None:
            language.speak(language.negotiate(site=site.language))
        return self._pages.render("panel.html", site=site, enrolled=True)
