"""Pages of signing in: the password, the second step, and accounts elsewhere."""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from pydantic import Field

from intercom.domain.errors import (
    IntercomError,
    NotAllowed,
    NotSignedIn,
    SecondStepOver,
    TooMany,
    TryLater,
    WrongCredentials,
    WrongSecondFactor,
)
from intercom.domain.factors import STEP_SECONDS, FactorKind, masked_email
from intercom.domain.ids import Secret
from intercom.domain.language import N_, counted
from intercom.http.arrival import Arrival, agent_of
from intercom.http.problems import status_of
from intercom.http.routes import Ask, Body, Needs, Route
from intercom.http.session import Cookies
from intercom.http.templates import Pages
from intercom.services.elsewhere import Elsewhere
from intercom.services.second_step import Halfway, SecondStep, Step

_LONGEST = 4096
"""Of what a provider sends back in the address, in characters."""
Way = Literal["app", "email", "sms", "passkey", "recovery"]

SAID = {"new-password": N_("Your new password is saved. Sign in with it.")}
"""Notices that an address may ask for."""


class SignInForm(Body):
    """The sign-in form."""

    email: str = Field(default="", max_length=320)
    password: str = Field(default="", max_length=1024)


class Chosen(Body):
    """Which method of the second step is shown, and whether a code was just sent."""

    by: Way | None = None
    sent: bool = False


class CodeForm(Body):
    """A code of the second step."""

    by: Way
    code: str = Field(default="", max_length=64)
    trust: bool = False


class SendForm(Body):
    """By which way a new code is wanted."""

    by: Literal["email", "sms"]


class SignInPages:
    """Handlers of `/sign-in`."""

    def __init__(
        self, pages: Pages, second_step: SecondStep, elsewhere: Elsewhere, arrival: Arrival, cookies: Cookies
    ) -> None:
        self._pages = pages
        self._second_step = second_step
        self._elsewhere = elsewhere
        self._arrival = arrival
        self._cookies = cookies

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/sign-in", self.form, Needs.NOBODY, page=True),
            Route("POST", "/sign-in", self.sign_in, Needs.NOBODY, body=SignInForm, page=True),
            Route("GET", "/sign-in/second-step", self.step, Needs.NOBODY, query=Chosen, page=True),
            Route("POST", "/sign-in/second-step", self.check, Needs.NOBODY, body=CodeForm, page=True),
            Route("POST", "/sign-in/second-step/send", self.send, Needs.NOBODY, body=SendForm, page=True),
            Route("GET", "/sign-in/with/{provider}", self.go, Needs.NOBODY, page=True),
            Route("GET", "/sign-in/from/{provider}", self.back, Needs.NOBODY, page=True),
        ]

    # -- the password ------------------------------------------------------------------------------

    def _form(
        self,
        error: str | None = None,
        detail: str | None = None,
        *,
        status: int = 200,
        email: str = "",
        notice: str = "",
    ) -> web.Response:
        return self._pages.render(
            "sign_in.html",
            status=status,
            email=email,
            error=error,
            error_detail=detail,
            notice=notice,
            providers=self._elsewhere.all(),
        )

    async def form(self, ask: Ask) -> web.StreamResponse:
        """The empty form."""
        return self._form(notice=SAID.get(ask.request.query.get("said", ""), ""))

    async def sign_in(self, ask: Ask) -> web.StreamResponse:
        """E-mail and password; back to the form with what was typed, on to the second step, or home."""
        form: SignInForm = ask.body
        try:
            outcome = await self._second_step.sign_in(
                form.email,
                Secret(form.password),
                ask.address,
                agent_of(ask),
                self._cookies.trusted_tokens(ask.request),
                self._cookies.read(ask.request, self._cookies.note),
            )
        except WrongCredentials as error:
            detail = counted(
                "Nothing you typed is lost. %(count)s try is left, then a pause of 15 minutes.",
                "Nothing you typed is lost. %(count)s tries are left, then a pause of 15 minutes.",
                int(error.details.get("left", 0)),
            )
            return self._form(error.message, detail, status=401, email=form.email)
        except TooMany as error:
            return self._form(*_pause(error), status=429, email=form.email)
        if isinstance(outcome, Halfway):
            response = web.HTTPSeeOther("/sign-in/second-step")
            self._cookies.write(response, self._cookies.half, outcome.token, STEP_SECONDS)
            return response
        return await self._arrival.welcome(ask, web.HTTPSeeOther("/"), outcome)

    # -- the second step ---------------------------------------------------------------------------

    def _half(self, ask: Ask) -> Secret | None:
        return self._cookies.read(ask.request, self._cookies.half)

    async def step(self, ask: Ask) -> web.StreamResponse:
        """The form of the second step, for the method that was chosen."""
        chosen: Chosen = ask.query
        step = await self._second_step.step(self._half(ask))
        return self._shown(step, chosen.by, sent=chosen.sent)

    def _shown(
        self,
        step: Step,
        by: Way | None,
        *,
        status: int = 200,
        sent: bool = False,
        error: str | None = None,
        trust: bool = False,
    ) -> web.Response:
        kinds = [kind.value for kind in step.kinds]
        way = by if by in kinds or by == "recovery" else kinds[0]
        target = ""
        if way == FactorKind.EMAIL:
            target = masked_email(step.account.email)
        elif way == FactorKind.SMS:
            target = step.factor(FactorKind.SMS).shown
        return self._pages.render(
            "second_step.html",
            status=status,
            way=way,
            others=[kind for kind in kinds if kind != way],
            target=target,
            under_way=step.sent is not None and step.sent.value == way,
            sent=sent,
            error=error,
            trust=trust,
        )

    async def check(self, ask: Ask) -> web.StreamResponse:
        """A code; back to the form, to the sign-in after too many wrong ones, or home."""
        form: CodeForm = ask.body
        half, code, agent = self._half(ask), Secret(form.code), agent_of(ask)
        try:
            if form.by == "recovery":
                signed_in = await self._second_step.recover(half, code, ask.address, agent)
                return await self._arrival.welcome(
                    ask, web.HTTPSeeOther("/account/security?said=recovered"), signed_in
                )
            kind = FactorKind(form.by)
            signed_in = await self._second_step.check(half, kind, code, ask.address, agent)
            return await self._arrival.welcome(ask, web.HTTPSeeOther("/"), signed_in, trust=form.trust)
        except SecondStepOver as error:
            return self._over(error)
        except (WrongSecondFactor, NotAllowed, TooMany) as error:
            return await self._again(ask, form.by, error, trust=form.trust)

    async def send(self, ask: Ask) -> web.StreamResponse:
        """Send a new code, and show the form for it."""
        form: SendForm = ask.body
        try:
            await self._second_step.send(self._half(ask), FactorKind(form.by))
        except SecondStepOver as error:
            return self._over(error)
        except (NotAllowed, TooMany, TryLater) as error:
            return await self._again(ask, form.by, error)
        return web.HTTPSeeOther(f"/sign-in/second-step?by={form.by}&sent=true")

    async def _again(self, ask: Ask, by: Way, error: IntercomError, *, trust: bool = False) -> web.Response:
        step = await self._second_step.step(self._half(ask))
        words: str = error.message
        if isinstance(error, WrongSecondFactor):
            words = counted(
                "This code is wrong or old. %(count)s try is left.",
                "This code is wrong or old. %(count)s tries are left.",
                int(error.details["left"]),
            )
        elif isinstance(error, TooMany):
            words = _pause(error)[1]
        return self._shown(step, by, status=int(status_of(error)), error=words, trust=trust)

    def _over(self, error: IntercomError) -> web.Response:
        response = self._form(error.message, status=int(status_of(error)))
        self._cookies.clear(response, self._cookies.half)
        return response

    # -- accounts elsewhere ------------------------------------------------------------------------

    async def go(self, ask: Ask) -> web.StreamResponse:
        """Off to the provider."""
        try:
            address, state = await self._elsewhere.send(ask.path("provider"), ask.address)
        except IntercomError as error:
            return self._form(error.message, status=int(status_of(error)))
        response = web.HTTPSeeOther(address)
        self._cookies.write(response, self._cookies.provider, state, STEP_SECONDS)
        return response

    async def back(self, ask: Ask) -> web.StreamResponse:
        """Back from the provider: home, or to the sign-in page, which says why not."""
        given = ask.request.query
        try:
            if given.get("error") == "access_denied":
                raise NotSignedIn(N_("You were not signed in: the other service was told not to."))
            signed_in = await self._elsewhere.back(
                ask.path("provider"),
                Secret(given.get("state", "")[:_LONGEST]),
                self._cookies.read(ask.request, self._cookies.provider),
                given.get("code", "")[:_LONGEST],
                ask.address,
                agent_of(ask),
                given.get("iss"),
            )
        except IntercomError as error:
            response: web.StreamResponse = self._form(error.message, status=int(status_of(error)))
        else:
            response = await self._arrival.welcome(ask, web.HTTPSeeOther("/"), signed_in)
        self._cookies.clear(response, self._cookies.provider)
        return response


def _pause(error: TooMany) -> tuple[str, str]:
    """How long to wait, in words."""
    minutes = max(1, round(error.details["retry_after"] / 60))
    return N_("Too many tries."), counted(
        "Try again in %(count)s minute. Other people can sign in meanwhile.",
        "Try again in %(count)s minutes. Other people can sign in meanwhile.",
        minutes,
    )
