"""`/account/pin`: the PIN that some doors ask for."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from pydantic import Field

from intercom.domain.errors import Invalid, TooMany
from intercom.domain.ids import Secret
from intercom.domain.language import N_
from intercom.domain.pins import LONGEST, SHORTEST
from intercom.http.account.frame import AccountFrame
from intercom.http.admin.frame import done
from intercom.http.routes import Ask, Body, Needs, Route
from intercom.services.pins import Pins

SAID = {
    "chosen": N_("Your PIN is set. Doors that ask for it take it from now on."),
    "removed": N_("You have no PIN any more."),
}


class PinForm(Body):
    """A PIN, twice, and the password. `email` is there for password managers and not read."""

    password: str = Field(max_length=1024)
    pin: str = Field(max_length=64)
    pin_again: str = Field(max_length=64)
    email: str = Field(default="", max_length=320)


class RemovePinForm(Body):
    """The password once more."""

    remove_password: str = Field(max_length=1024)


class PinPages:
    """Handlers."""

    def __init__(self, frame: AccountFrame, pins: Pins) -> None:
        self._frame = frame
        self._pins = pins

    def routes(self) -> list[Route]:
        """The table."""
        at, mine, again = "/account/pin", Needs.SESSION, self.again
        return [
            Route("GET", at, self.show, mine, page=True),
            Route("POST", at, self.choose, mine, body=PinForm, page=True, again=again),
            Route("POST", f"{at}/remove", self.remove, mine, body=RemovePinForm, page=True, again=again),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """Whether there is one, and the form for another."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same; neither PINs nor passwords come back."""
        return await self._frame.show(
            ask,
            "account/pin.html",
            here="pin",
            said=SAID,
            errors=errors,
            pin=await self._pins.state(ask.who),
            shortest=SHORTEST,
            longest=LONGEST,
        )

    async def choose(self, ask: Ask) -> web.StreamResponse:
        """A PIN, or another one."""
        form: PinForm = ask.body
        if form.pin != form.pin_again:
            raise Invalid(pin_again=N_("The two are not the same."))
        try:
            await self._pins.choose(ask.who, Secret(form.password), Secret(form.pin), ask.address)
        except TooMany as error:
            raise Invalid(password=error.message) from None
        raise done("/account/pin", "chosen")

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """No PIN any more."""
        form: RemovePinForm = ask.body
        try:
            await self._pins.remove(ask.who, Secret(form.remove_password), ask.address, "remove_password")
        except TooMany as error:
            raise Invalid(remove_password=error.message) from None
        raise done("/account/pin", "removed")
