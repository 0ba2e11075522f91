"""`/account/security`: a person's own second factors, passkeys, trusted devices, accounts elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from aiohttp import web
from markupsafe import Markup
from pydantic import Field

from intercom.domain.errors import (
    InUse,
    Invalid,
    PasswordAgain,
    SecondStepOver,
    TooMany,
    TryLater,
    WrongSecondFactor,
)
from intercom.domain.factors import FactorKind, masked_email
from intercom.domain.ids import FactorId, Secret
from intercom.domain.language import N_, counted
from intercom.domain.profile import browser
from intercom.http.account.frame import AccountFrame
from intercom.http.admin.frame import done
from intercom.http.problems import status_of
from intercom.http.routes import Ask, Body, Name, Needs, Route
from intercom.services.elsewhere import Elsewhere
from intercom.services.second_factor import SecondFactors

Handler = Callable[[Ask], Awaitable[web.StreamResponse]]

_PAGE = "/account/security"

_SAID = {
    "recovered": N_(
        "The recovery code is used up. The second step is off, and all its methods are gone. "
        "Set it up anew if you want to keep it."
    ),
    "on": N_("The second step is on."),
    "off": N_("The second step is off. Its methods are kept."),
    "added": N_("The method is set up."),
    "removed": N_("The method was taken away."),
    "renamed": N_("The name was changed."),
    "forgotten": N_("This will be asked for again."),
    "unlinked": N_("This account does not sign you in any more."),
    "unlocked": N_("You can change your security now, for ten minutes."),
}


class PasswordForm(Body):
    """The password again."""

    password: str = Field(default="", max_length=1024)


class BeginForm(Body):
    """Which method to set up."""

    kind: Literal["app", "email", "sms"]
    phone: str = Field(default="", max_length=40)


class CodeForm(Body):
    """A method's first code."""

    code: str = Field(default="", max_length=64)


class SwitchForm(Body):
    """On or off."""

    on: bool


class NameForm(Body):
    """A passkey's name."""

    name: Name = Field(max_length=80)


class SecurityPages:
    """Handlers."""

    def __init__(self, frame: AccountFrame, second_factors: SecondFactors, elsewhere: Elsewhere) -> None:
        self._frame = frame
        self._second_factors = second_factors
        self._elsewhere = elsewhere

    def routes(self) -> list[Route]:
        """The table."""
        method, devices = f"{_PAGE}/methods/{{method}}", f"{_PAGE}/trusted-devices"

        def change(path: str, handler: Handler, body: type[Body] | None = None) -> Route:
            unlocked = self._unlocked(handler)
            return Route("POST", path, unlocked, Needs.SESSION, body=body, page=True, again=self._again)

        return [
            Route("GET", _PAGE, self.show, Needs.SESSION, page=True),
            change(f"{_PAGE}/password", self.password, PasswordForm),
            change(f"{_PAGE}/switch", self.switch, SwitchForm),
            change(f"{_PAGE}/recovery-code", self.recovery),
            change(f"{_PAGE}/methods", self.begin, BeginForm),
            Route("GET", method, self._unlocked(self.set_up), Needs.SESSION, page=True),
            change(f"{method}/confirm", self.confirm, CodeForm),
            change(f"{method}/resend", self.resend),
            change(f"{method}/name", self.rename, NameForm),
            change(f"{method}/remove", self.remove),
            change(f"{devices}/forget", self.forget_all),
            change(f"{devices}/{{device}}/forget", self.forget),
            change(f"{_PAGE}/providers/{{provider}}/unlink", self.unlink),
        ]

    def _unlocked(self, handler: Handler) -> Handler:
        """The handler; where the password is not fresh enough any more, the page that asks for it."""

        @functools.wraps(handler)
        async def handle(ask: Ask) -> web.StreamResponse:
            try:
                return await handler(ask)
            except PasswordAgain as error:
                return await self._show(ask, refused=error.message, status=int(status_of(error)))

        return handle

    async def show(self, ask: Ask) -> web.StreamResponse:
        """What is set up."""
        return await self._show(ask)

    async def _again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        return await self._show(ask, typed=typed, errors=errors)

    async def _show(
        self,
        ask: Ask,
        *,
        refused: str | None = None,
        typed: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        account = ask.who.account
        state = await self._second_factors.state(ask.who)
        return await self._frame.show(
            ask,
            "account/security.html",
            here="security",
            status=status,
            said=_SAID,
            typed=typed,
            errors=errors,
            state=state,
            email=masked_email(account.email),
            phone=account.phone or "",
            devices=[{"id": d.id, "name": browser(d.agent), "until": d.expires_at} for d in state.devices],
            links=await self._elsewhere.of(ask.who),
            refused=refused,
        )

    async def password(self, ask: Ask) -> web.StreamResponse:
        """The password again."""
        form: PasswordForm = ask.body
        try:
            await self._second_factors.password_again(ask.who, Secret(form.password), ask.address)
        except TooMany as error:
            raise Invalid(password=error.message) from None
        raise done(_PAGE, "unlocked")

    async def switch(self, ask: Ask) -> web.StreamResponse:
        """The second step on or off."""
        form: SwitchForm = ask.body
        await self._second_factors.switch(ask.who, form.on)
        raise done(_PAGE, "on" if form.on else "off")

    async def recovery(self, ask: Ask) -> web.StreamResponse:
        """A new recovery code, shown this once."""
        return await self._code(ask, await self._second_factors.new_recovery_code(ask.who))

    async def _code(self, ask: Ask, code: Secret) -> web.Response:
        return await self._frame.show(ask, "account/recovery_code.html", here="security", code=code.reveal())

    async def begin(self, ask: Ask) -> web.StreamResponse:
        """Begin to set a method up."""
        form: BeginForm = ask.body
        if form.kind == "app":
            method = (await self._second_factors.begin_app(ask.who)).factor
        else:
            try:
                kind = FactorKind(form.kind)
                method = (await self._second_factors.begin_code(ask.who, kind, form.phone)).id
            except (TooMany, TryLater) as error:
                raise Invalid(phone=error.message, **{form.kind: error.message}) from None
        raise web.HTTPSeeOther(f"{_PAGE}/methods/{method}")

    async def set_up(self, ask: Ask) -> web.StreamResponse:
        """The first code of a method is asked for."""
        return await self._set_up(ask)

    async def _set_up(self, ask: Ask, *, error: str | None = None, status: int = 200) -> web.Response:
        method = FactorId(ask.path("method"))
        factor = await self._second_factors.pending(ask.who, method)
        app = await self._second_factors.app(ask.who, method) if factor.kind is FactorKind.APP else None
        target = masked_email(ask.who.account.email) if factor.kind is FactorKind.EMAIL else factor.name
        return await self._frame.show(
            ask,
            "account/set_up.html",
            here="security",
            status=status,
            method=method,
            kind=factor.kind.value,
            target=target,
            picture=Markup(app.picture) if app else None,  # our own drawing, nothing typed is in it
            secret=_grouped(app.secret.reveal()) if app else None,
            address=app.address.reveal() if app else None,
            error=error,
        )

    async def confirm(self, ask: Ask) -> web.StreamResponse:
        """A method's first code: it counts from now on."""
        form: CodeForm = ask.body
        method = FactorId(ask.path("method"))
        try:
            code = await self._second_factors.confirm(ask.who, method, Secret(form.code))
        except WrongSecondFactor as error:
            words = counted(
                "This code is wrong or old. %(count)s try is left.",
                "This code is wrong or old. %(count)s tries are left.",
                int(error.details["left"]),
            )
            return await self._set_up(ask, error=words, status=422)
        except SecondStepOver as error:
            return await self._show(ask, refused=error.message, status=422)
        if code is not None:
            return await self._code(ask, code)
        raise done(_PAGE, "added")

    async def resend(self, ask: Ask) -> web.StreamResponse:
        """Another first code."""
        try:
            await self._second_factors.resend(ask.who, FactorId(ask.path("method")))
        except (TooMany, TryLater) as error:
            return await self._set_up(ask, error=error.message, status=int(status_of(error)))
        raise web.HTTPSeeOther(f"{_PAGE}/methods/{ask.path('method')}")

    async def rename(self, ask: Ask) -> web.StreamResponse:
        """A passkey's name."""
        form: NameForm = ask.body
        await self._second_factors.rename(ask.who, FactorId(ask.path("method")), form.name)
        raise done(_PAGE, "renamed")

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """Take a method away."""
        try:
            await self._second_factors.remove(ask.who, FactorId(ask.path("method")))
        except InUse as error:
            return await self._show(ask, refused=error.message, status=409)
        raise done(_PAGE, "removed")

    async def forget(self, ask: Ask) -> web.StreamResponse:
        """Ask this device again."""
        await self._second_factors.forget(ask.who, ask.path("device"))
        raise done(_PAGE, "forgotten")

    async def forget_all(self, ask: Ask) -> web.StreamResponse:
        """Ask every device again."""
        await self._second_factors.forget(ask.who)
        raise done(_PAGE, "forgotten")

    async def unlink(self, ask: Ask) -> web.StreamResponse:
        """An account elsewhere signs in no more."""
        await self._elsewhere.unlink(ask.who, ask.path("provider"))
        raise done(_PAGE, "unlinked")


def _grouped(secret: str) -> str:
    """In fours, to be read and typed."""
    return " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
