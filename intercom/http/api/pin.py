"""`/api/v1/account/opening-pin` and `.../opening-code`: what some doors ask for besides a press."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import BaseModel, Field, SecretStr

from intercom.domain.errors import NotAllowed
from intercom.domain.ids import Secret
from intercom.domain.language import N_
from intercom.domain.people import is_handheld
from intercom.http.routes import Ask, Body, Needs, Route, json
from intercom.services.pins import Pins
from intercom.services.profile import Profile


class PinAnswer(BaseModel):
    """Whether one has a PIN. Moments in Unix seconds."""

    set_at: float | None
    paused_until: float | None = Field(description="after too many wrong ones")


class NewPin(Body):
    """A PIN of 4 to 8 digits, and the password."""

    password: SecretStr = Field(max_length=1024)
    pin: SecretStr = Field(max_length=64)


class PinTyped(Body):
    """The PIN."""

    pin: SecretStr = Field(max_length=64)


class CodeAnswer(BaseModel):
    """A Code for another browser, good until a moment in Unix seconds."""

    code: str
    until: float
    now: float


class PinApi:
    """Handlers. `profile` knows the person's site, for the times in refusals."""

    def __init__(self, pins: Pins, profile: Profile) -> None:
        self._pins = pins
        self._profile = profile

    def routes(self) -> list[Route]:
        """The table."""
        at, mine = "/api/v1/account", Needs.SESSION
        return [
            Route("GET", f"{at}/opening-pin", self.show, mine, answer=PinAnswer),
            Route("PUT", f"{at}/opening-pin", self.choose, mine, body=NewPin, status=204),
            Route("POST", f"{at}/opening-code", self.code, mine, body=PinTyped, answer=CodeAnswer),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """Whether one has a PIN for doors."""
        pin = await self._pins.state(ask.who)
        return json(
            {"set_at": pin.set_at if pin else None, "paused_until": pin.blocked_until if pin else None}
        )

    async def choose(self, ask: Ask) -> web.StreamResponse:
        """Choose a PIN for doors, or another one."""
        given: NewPin = ask.body
        password, pin = (Secret(one.get_secret_value()) for one in (given.password, given.pin))
        await self._pins.choose(ask.who, password, pin, ask.address)
        return web.Response(status=204)

    async def code(self, ask: Ask) -> web.StreamResponse:
        """A Code to be typed in another browser; for a phone alone."""
        if not is_handheld(ask.request.headers.get("User-Agent", "")):
            raise NotAllowed(N_("Your phone shows the Code. Open this house there."))
        given: PinTyped = ask.body
        site = await self._profile.home(ask.who)
        zone = ZoneInfo(site.time_zone if site else "UTC")
        shown = await self._pins.code(ask.who, Secret(given.pin.get_secret_value()), zone)
        return json({"code": shown.code.reveal(), "until": shown.until, "now": shown.now})
