"""`/account/password`, `/forgot-password`, `/reset-password/...`: a new password, known or forgotten."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from pydantic import Field

from intercom.domain.errors import Invalid, TooMany
from intercom.domain.ids import Secret
from intercom.domain.language import N_, counted
from intercom.http.account.frame import AccountFrame
from intercom.http.admin.frame import done
from intercom.http.routes import Ask, Body, Needs, Route
from intercom.http.templates import Pages
from intercom.services.credentials import Credentials

SAID = {"changed": N_("Your password was changed. Everywhere else you are signed out.")}


class ChangeForm(Body):
    """The present and the new password. `email` is there for password managers and not read."""

    current_password: str = Field(max_length=1024)
    new_password: str = Field(max_length=1024)
    email: str = Field(default="", max_length=320)


class ForgotForm(Body):
    """Whose password."""

    email: str = Field(max_length=320)


class ResetForm(Body):
    """The new password. `email` is there for password managers and not read."""

    new_password: str = Field(max_length=1024)
    email: str = Field(default="", max_length=320)


class PasswordPages:
    """Handlers."""

    def __init__(self, pages: Pages, frame: AccountFrame, credentials: Credentials) -> None:
        self._pages = pages
        self._frame = frame
        self._credentials = credentials

    def routes(self) -> list[Route]:
        """The table."""
        nobody, mine = Needs.NOBODY, Needs.SESSION
        link = "/reset-password/{token}"
        return [
            Route("GET", "/.well-known/change-password", self.well_known, nobody, page=True),
            Route("GET", "/account/password", self.form, mine, page=True),
            Route(
                "POST", "/account/password", self.change, mine, body=ChangeForm, page=True, again=self.again
            ),
            Route("GET", "/forgot-password", self.forgot, nobody, page=True),
            Route(
                "POST",
                "/forgot-password",
                self.send,
                nobody,
                body=ForgotForm,
                page=True,
                again=self.forgot_again,
            ),
            Route("GET", link, self.link, nobody, page=True),
            Route("POST", link, self.reset, nobody, body=ResetForm, page=True, again=self.link_again),
        ]

    async def well_known(self, ask: Ask) -> web.StreamResponse:
        """Where password managers find the page (W3C, A Well-Known URL for Changing Passwords)."""
        raise web.HTTPFound("/account/password")

    async def form(self, ask: Ask) -> web.StreamResponse:
        """The form."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The form; passwords never come back."""
        return await self._frame.show(ask, "account/password.html", here="password", said=SAID, errors=errors)

    async def change(self, ask: Ask) -> web.StreamResponse:
        """Change it."""
        form: ChangeForm = ask.body
        current, new = Secret(form.current_password), Secret(form.new_password)
        try:
            await self._credentials.change(ask.who, current, new, ask.address)
        except TooMany as error:
            return await self.again(ask, {}, {"current_password": _pause(error)})
        raise done("/account/password", "changed")

    # -- forgotten ----------------------------------------------------------------------------------

    async def forgot(self, ask: Ask) -> web.StreamResponse:
        """The form, or what follows after it."""
        return self._forgot(sent="sent" in ask.request.query)

    async def forgot_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The form with what was typed."""
        return self._forgot(typed=typed, errors=errors, status=422)

    def _forgot(
        self,
        *,
        sent: bool = False,
        typed: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        pause: str = "",
        status: int = 200,
    ) -> web.Response:
        return self._pages.render(
            "account/forgot.html",
            status=status,
            sent=sent,
            typed=typed or {},
            errors=errors or {},
            pause=pause,
        )

    async def send(self, ask: Ask) -> web.StreamResponse:
        """Send a link, to whom there is one to be sent; the answer never tells."""
        form: ForgotForm = ask.body
        email = an_email(form.email)
        try:
            await self._credentials.ask_reset(email, ask.address)
        except TooMany as error:
            return self._forgot(typed={"email": form.email}, pause=_pause(error), status=429)
        raise web.HTTPSeeOther("/forgot-password?sent")

    async def link(self, ask: Ask) -> web.StreamResponse:
        """The form behind the link; looking at it uses nothing up."""
        return await self.link_again(ask, {}, {})

    async def link_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The form; passwords never come back."""
        token = Secret(ask.path("token"))
        account = await self._credentials.may_reset(token)
        return self._pages.render(
            "account/reset.html",
            status=422 if errors else 200,
            token=token.reveal(),
            email=account.email,
            own=[account.first_name, account.last_name, account.email],
            errors=errors,
        )

    async def reset(self, ask: Ask) -> web.StreamResponse:
        """Use up the link."""
        form: ResetForm = ask.body
        await self._credentials.reset(Secret(ask.path("token")), Secret(form.new_password))
        raise web.HTTPSeeOther("/sign-in?said=new-password")


def an_email(text: str) -> str:
    """What was typed, if it looks like an e-mail address: whose it is, nobody is told. Raises `Invalid`."""
    local, _, host = text.rpartition("@")
    if not local or not host or any(c.isspace() for c in text):
        raise Invalid(email=N_("This is not an e-mail address."))
    return text


def _pause(error: TooMany) -> str:
    minutes = max(1, round(error.details["retry_after"] / 60))
    return counted("Try again in %(count)s minute.", "Try again in %(count)s minutes.", minutes)
