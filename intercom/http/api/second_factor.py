"""`/api/v1/account/second-factor`, trusted devices, accounts elsewhere, and signing in with a passkey."""

from __future__ import annotations

from typing import Any, Literal

import orjson
from aiohttp import web
from pydantic import BaseModel, Field

from intercom.domain.factors import FactorKind
from intercom.domain.ids import FactorId, Secret
from intercom.http.arrival import Arrival, agent_of
from intercom.http.routes import Ask, Body, Name, Needs, Route, json
from intercom.http.session import Cookies
from intercom.services.elsewhere import Elsewhere
from intercom.services.passkeys import PasskeySignIn
from intercom.services.second_factor import SecondFactors

_AT = "/api/v1/account/second-factor"
_LONGEST = 32_000
"""Of what an authenticator answers, in characters."""


class Password(Body):
    """The password again."""

    password: str = Field(min_length=1, max_length=1024)


class Code(Body):
    """A code that a method showed or sent."""

    code: str = Field(min_length=1, max_length=64)


class Number(Body):
    """A phone number, with its country's code or as it is dialled in the site's country."""

    phone: str = Field(min_length=1, max_length=40)


class Switch(Body):
    """Whether the second step is asked for."""

    on: bool


class Title(Body):
    """A passkey's name."""

    name: Name = Field(max_length=80)


class MadePasskey(Body):
    """What `navigator.credentials.create()` gave, as JSON text (`toJSON()`)."""

    name: Name = Field(max_length=80)
    credential: str = Field(min_length=2, max_length=_LONGEST)


class Ceremony(Body):
    """Whether the passkey is wanted for the second step that this browser stands at."""

    second_step: bool = False


class UsedPasskey(Body):
    """What `navigator.credentials.get()` gave, as JSON text. `trust`: do not ask this browser again."""

    credential: str = Field(min_length=2, max_length=_LONGEST)
    trust: bool = False


class Method(BaseModel):
    """A method of the second step."""

    id: str
    kind: FactorKind
    name: str
    created_at: float


class TrustedDeviceAnswer(BaseModel):
    """A browser that is not asked for the second step."""

    id: str
    agent: str
    created_at: float
    expires_at: float


class SecondFactorAnswer(BaseModel):
    """What is set up. `unlocked`: the password was typed again just now, so that it may be changed."""

    on: bool
    methods: list[Method]
    recovery_code: bool
    unlocked: bool


class AppAnswer(BaseModel):
    """What an authenticator app needs; `picture` is a QR code as SVG."""

    id: str
    secret: str
    address: str
    picture: str


class MethodAnswer(BaseModel):
    """A method that waits for its first code."""

    id: str


class RecoveryAnswer(BaseModel):
    """`recovery_code` is there with the first method, and when a new one was asked for; never again."""

    recovery_code: str | None


class OptionsAnswer(BaseModel):
    """Options for the browser (Web Authentication), in their JSON form."""

    options: dict[str, Any]


class ArrivedAnswer(BaseModel):
    """Signed in: where to go."""

    to: Literal["/"]


class ElsewhereAnswer(BaseModel):
    """A way to sign in through another service. `email`: of the account that is linked there."""

    provider: str
    label: str
    email: str | None


class SecondFactorApi:
    """Handlers."""

    def __init__(
        self,
        second_factors: SecondFactors,
        passkeys: PasskeySignIn,
        elsewhere: Elsewhere,
        arrival: Arrival,
        cookies: Cookies,
    ) -> None:
        self._second_factors = second_factors
        self._passkeys = passkeys
        self._elsewhere = elsewhere
        self._arrival = arrival
        self._cookies = cookies

    def routes(self) -> list[Route]:
        """The table."""
        mine, nobody = Needs.SESSION, Needs.NOBODY
        method = f"{_AT}/methods/{{method}}"
        devices, providers = "/api/v1/account/trusted-devices", "/api/v1/account/providers"
        return [
            Route("GET", _AT, self.state, mine, answer=SecondFactorAnswer),
            Route("POST", f"{_AT}/password", self.password, mine, body=Password, answer=SecondFactorAnswer),
            Route("POST", f"{_AT}/switch", self.switch, mine, body=Switch, answer=SecondFactorAnswer),
            Route("POST", f"{_AT}/recovery-code", self.recovery, mine, answer=RecoveryAnswer),
            Route("POST", f"{_AT}/app", self.app, mine, answer=AppAnswer),
            Route("POST", f"{_AT}/email", self.email, mine, answer=MethodAnswer),
            Route("POST", f"{_AT}/sms", self.sms, mine, body=Number, answer=MethodAnswer),
            Route("POST", f"{method}/confirm", self.confirm, mine, body=Code, answer=RecoveryAnswer),
            Route("POST", f"{method}/resend", self.resend, mine, answer=MethodAnswer),
            Route("POST", f"{method}/name", self.rename, mine, body=Title, answer=SecondFactorAnswer),
            Route("DELETE", method, self.remove, mine, answer=SecondFactorAnswer),
            Route("POST", f"{_AT}/passkeys/options", self.new_options, mine, answer=OptionsAnswer),
            Route("POST", f"{_AT}/passkeys", self.add, mine, body=MadePasskey, answer=RecoveryAnswer),
            Route("GET", devices, self.devices, mine, answer=list[TrustedDeviceAnswer]),
            Route("DELETE", devices, self.forget_all, mine, answer=list[TrustedDeviceAnswer]),
            Route("DELETE", f"{devices}/{{device}}", self.forget, mine, answer=list[TrustedDeviceAnswer]),
            Route("GET", providers, self.providers, mine, answer=list[ElsewhereAnswer]),
            Route("DELETE", f"{providers}/{{provider}}", self.unlink, mine, answer=list[ElsewhereAnswer]),
            Route(
                "POST",
                "/api/v1/sign-in/passkey/options",
                self.options,
                nobody,
                body=Ceremony,
                answer=OptionsAnswer,
            ),
            Route(
                "POST",
                "/api/v1/sign-in/passkey",
                self.sign_in,
                nobody,
                body=UsedPasskey,
                answer=ArrivedAnswer,
            ),
        ]

    async def state(self, ask: Ask) -> web.StreamResponse:
        """Your second factor and its methods."""
        state = await self._second_factors.state(ask.who)
        methods = [Method(id=f.id, kind=f.kind, name=f.shown, created_at=f.created_at) for f in state.methods]
        answer = SecondFactorAnswer(
            on=state.on, methods=methods, recovery_code=state.recovery, unlocked=state.unlocked
        )
        return json(answer.model_dump())

    async def password(self, ask: Ask) -> web.StreamResponse:
        """Type the password again; for ten minutes the second factor may be changed."""
        given: Password = ask.body
        await self._second_factors.password_again(ask.who, Secret(given.password), ask.address)
        return await self.state(ask)

    async def switch(self, ask: Ask) -> web.StreamResponse:
        """Switch the second step on or off; its methods stay."""
        given: Switch = ask.body
        await self._second_factors.switch(ask.who, given.on)
        return await self._anew(ask)

    async def _anew(self, ask: Ask) -> web.StreamResponse:
        token = self._cookies.read(ask.request, self._cookies.session)
        session = await self._arrival.second_step.signin.session(token)
        return await self.state(Ask(ask.request, session, None))

    async def recovery(self, ask: Ask) -> web.StreamResponse:
        """A new recovery code in place of the one before."""
        code = await self._second_factors.new_recovery_code(ask.who)
        return json({"recovery_code": code.reveal()})

    async def app(self, ask: Ask) -> web.StreamResponse:
        """Begin with an authenticator app."""
        setup = await self._second_factors.begin_app(ask.who)
        answer = AppAnswer(
            id=setup.factor,
            secret=setup.secret.reveal(),
            address=setup.address.reveal(),
            picture=setup.picture,
        )
        return json(answer.model_dump())

    async def email(self, ask: Ask) -> web.StreamResponse:
        """Begin with codes by e-mail: sends one."""
        factor = await self._second_factors.begin_code(ask.who, FactorKind.EMAIL)
        return json({"id": factor.id})

    async def sms(self, ask: Ask) -> web.StreamResponse:
        """Begin with codes by SMS: sends one."""
        given: Number = ask.body
        factor = await self._second_factors.begin_code(ask.who, FactorKind.SMS, given.phone)
        return json({"id": factor.id})

    async def confirm(self, ask: Ask) -> web.StreamResponse:
        """The first code of a method, which counts from then on."""
        given: Code = ask.body
        code = await self._second_factors.confirm(ask.who, FactorId(ask.path("method")), Secret(given.code))
        return json({"recovery_code": code.reveal() if code else None})

    async def resend(self, ask: Ask) -> web.StreamResponse:
        """Send another first code; the one before is worth nothing."""
        method = FactorId(ask.path("method"))
        await self._second_factors.resend(ask.who, method)
        return json({"id": method})

    async def rename(self, ask: Ask) -> web.StreamResponse:
        """Give a passkey another name."""
        given: Title = ask.body
        await self._second_factors.rename(ask.who, FactorId(ask.path("method")), given.name)
        return await self.state(ask)

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """Take a method away."""
        await self._second_factors.remove(ask.who, FactorId(ask.path("method")))
        return await self.state(ask)

    async def new_options(self, ask: Ask) -> web.StreamResponse:
        """Options to make a passkey."""
        return json({"options": orjson.loads(await self._second_factors.passkey_options(ask.who))})

    async def add(self, ask: Ask) -> web.StreamResponse:
        """Keep a passkey that was made."""
        given: MadePasskey = ask.body
        code = await self._second_factors.add_passkey(ask.who, given.name, given.credential)
        return json({"recovery_code": code.reveal() if code else None})

    async def devices(self, ask: Ask) -> web.StreamResponse:
        """Devices that are not asked for the second step."""
        return json(
            [
                TrustedDeviceAnswer(
                    id=d.id, agent=d.agent, created_at=d.created_at, expires_at=d.expires_at
                ).model_dump()
                for d in await self._second_factors.trusted(ask.who)
            ]
        )

    async def forget(self, ask: Ask) -> web.StreamResponse:
        """Ask this device again."""
        await self._second_factors.forget(ask.who, ask.path("device"))
        return await self.devices(ask)

    async def forget_all(self, ask: Ask) -> web.StreamResponse:
        """Ask every device again."""
        await self._second_factors.forget(ask.who)
        return await self.devices(ask)

    async def providers(self, ask: Ask) -> web.StreamResponse:
        """Ways to sign in through other services."""
        return json(
            [
                ElsewhereAnswer(
                    provider=link.provider.id, label=link.provider.label, email=link.email
                ).model_dump()
                for link in await self._elsewhere.of(ask.who)
            ]
        )

    async def unlink(self, ask: Ask) -> web.StreamResponse:
        """The account at this service does not sign in here any more."""
        await self._elsewhere.unlink(ask.who, ask.path("provider"))
        return await self.providers(ask)

    async def options(self, ask: Ask) -> web.StreamResponse:
        """Options to sign in with a passkey."""
        given: Ceremony = ask.body
        half = self._cookies.read(ask.request, self._cookies.half) if given.second_step else None
        return json({"options": orjson.loads(await self._passkeys.options(half, ask.address))})

    async def sign_in(self, ask: Ask) -> web.StreamResponse:
        """Sign in with a passkey."""
        given: UsedPasskey = ask.body
        signed_in = await self._passkeys.sign_in(given.credential, ask.address, agent_of(ask))
        return await self._arrival.welcome(ask, json({"to": "/"}), signed_in, trust=given.trust)
