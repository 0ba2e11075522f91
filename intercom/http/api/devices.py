"""`/api/v1/devices`: one's own devices, pushes, quiet hours, and what a service worker says of a ring."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field

from intercom.domain.health import Fault, Health
from intercom.domain.ids import CallId, DeviceId, LegId, Secret
from intercom.domain.language import N_
from intercom.domain.week import DAY_MINUTES, WeekSpan
from intercom.http.routes import ID, Ask, Body, Needs, Route, json
from intercom.ports import PushSender, Subscription
from intercom.services.devices import Devices
from intercom.services.health import RingHealth
from intercom.services.switchboard import Switchboard


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(N_("This time zone is not known."))
    return ZoneInfo(text).key


class PushKey(BaseModel):
    """The server's key for pushes (W3C Push API, applicationServerKey)."""

    key: str


class PushSubscription(Body):
    """Where a browser takes pushes (W3C PushSubscription)."""

    endpoint: str = Field(min_length=1, max_length=2048)
    p256dh: str = Field(min_length=80, max_length=100, pattern=r"^[A-Za-z0-9_-]+=*$")
    auth: str = Field(min_length=20, max_length=30, pattern=r"^[A-Za-z0-9_-]+=*$")


class Passage(Body):
    """Whether a device rings although its owner does not want to be disturbed."""

    let_through: bool


class DeviceOut(BaseModel):
    """A device. `here`: of the session that asks; `push`: a push rings it when its page is closed.

    `rang_at`: when it last proved that it rings, Unix seconds; `rang_after`: seconds that it took then.
    """

    id: str
    name: str
    connected: bool
    push: bool
    dnd: bool
    let_through: bool
    here: bool
    health: Health
    fault: Fault | None
    rang_at: float | None
    rang_after: float | None


class Span(Body):
    """Every week on `weekday` (Monday is 0) from minute `start` of the day until `end`; an end not after
    the start is on the next day."""

    weekday: int = Field(ge=0, le=6)
    start: int = Field(ge=0, lt=DAY_MINUTES)
    end: int = Field(ge=0, le=DAY_MINUTES)


class QuietHours(Body):
    """A person's quiet hours. `zone`: an IANA time zone, or null for the site's."""

    zone: Annotated[str, Field(max_length=64), AfterValidator(_zone)] | None = None
    spans: list[Span] = Field(max_length=100)


class RingingLeg(Body):
    """Which ring a service worker speaks of: the call, leg and device of its push."""

    leg: str = Field(max_length=64, pattern=f"^{ID}$")
    device: str = Field(max_length=64, pattern=f"^{ID}$")


class TestOut(BaseModel):
    """A test ring that is on its way; the device answers with its id."""

    test: str


class TestAnswer(Body):
    """A device rang for this test."""

    test: str = Field(max_length=64, pattern=f"^{ID}$")


class DeviceRoutes:
    """Handlers of `/api/v1/devices`, `/api/v1/push` and quiet hours."""

    def __init__(
        self, devices: Devices, health: RingHealth, switchboard: Switchboard, pusher: PushSender
    ) -> None:
        self._devices = devices
        self._health = health
        self._switchboard = switchboard
        self._pusher = pusher

    def routes(self) -> list[Route]:
        """The table."""
        session, quiet = Needs.SESSION, "/api/v1/account/quiet-hours"
        return [
            Route("GET", "/api/v1/push", self.key, session, answer=PushKey),
            Route("GET", "/api/v1/devices", self.devices, session, answer=list[DeviceOut]),
            Route(
                "PUT", "/api/v1/devices/{device}", self.passage, session, body=Passage, answer=list[DeviceOut]
            ),
            Route(
                "PUT",
                "/api/v1/devices/{device}/push",
                self.subscribe,
                session,
                body=PushSubscription,
                answer=list[DeviceOut],
            ),
            Route(
                "DELETE",
                "/api/v1/devices/{device}/push",
                self.unsubscribe,
                session,
                answer=list[DeviceOut],
            ),
            Route(
                "POST", "/api/v1/devices/{device}/test-ring", self.test, session, answer=TestOut, status=202
            ),
            Route(
                "POST",
                "/api/v1/devices/{device}/proven",
                self.proven,
                session,
                body=TestAnswer,
                status=204,
            ),
            Route("POST", "/api/v1/devices/{device}/push/lost", self.lost_push, session, status=204),
            Route("GET", quiet, self.quiet, session, answer=QuietHours),
            Route("PUT", quiet, self.set_quiet, session, body=QuietHours, answer=QuietHours),
            Route("POST", "/api/v1/calls/{call}/ringing", self.ringing, session, body=RingingLeg, status=204),
            Route("POST", "/api/v1/calls/{call}/decline", self.decline, session, body=RingingLeg, status=204),
        ]

    async def key(self, ask: Ask) -> web.StreamResponse:
        """The key with which a browser subscribes to this server's pushes."""
        return json({"key": self._pusher.public_key})

    async def devices(self, ask: Ask) -> web.StreamResponse:
        """The devices of the person who asks."""
        return json(
            [
                {
                    "id": own.device.id,
                    "name": own.device.name,
                    "connected": own.connected,
                    "push": own.push,
                    "dnd": own.device.dnd,
                    "let_through": own.device.let_through,
                    "here": own.here,
                    "health": own.judgement.health.value,
                    "fault": own.judgement.fault.value if own.judgement.fault else None,
                    "rang_at": own.proof.at if own.proof else None,
                    "rang_after": own.proof.took if own.proof else None,
                }
                for own in await self._health.of(ask.who)
            ]
        )

    async def passage(self, ask: Ask) -> web.StreamResponse:
        """Let the intercom through to a device in quiet hours and in do not disturb, or not."""
        given: Passage = ask.body
        await self._devices.let_through(ask.who, DeviceId(ask.path("device")), given.let_through)
        return await self.devices(ask)

    async def subscribe(self, ask: Ask) -> web.StreamResponse:
        """Have a device rung by push when its page is closed."""
        given: PushSubscription = ask.body
        device = DeviceId(ask.path("device"))
        subscription = Subscription(device, Secret(given.endpoint), given.p256dh, Secret(given.auth))
        await self._devices.subscribe(ask.who, subscription)
        return await self.devices(ask)

    async def unsubscribe(self, ask: Ask) -> web.StreamResponse:
        """Have a device rung by push no longer."""
        await self._devices.unsubscribe(ask.who, DeviceId(ask.path("device")))
        return await self.devices(ask)

    async def test(self, ask: Ask) -> web.StreamResponse:
        """Ring one's own device without a visitor."""
        test = await self._health.test(ask.who, DeviceId(ask.path("device")))
        return json({"test": test}, status=202)

    async def proven(self, ask: Ask) -> web.StreamResponse:
        """The device rang for a test."""
        given: TestAnswer = ask.body
        await self._health.proven(ask.who, DeviceId(ask.path("device")), given.test)
        return web.Response(status=204)

    async def lost_push(self, ask: Ask) -> web.StreamResponse:
        """A device's browser has lost its subscription, or the leave to show notifications."""
        await self._devices.lost_push(ask.who, DeviceId(ask.path("device")))
        return web.Response(status=204)

    async def quiet(self, ask: Ask) -> web.StreamResponse:
        """The quiet hours of the person who asks."""
        found = self._devices.quiet(ask.who)
        spans = [{"weekday": s.weekday, "start": s.start, "end": s.end} for s in found.spans]
        return json({"zone": found.zone, "spans": spans})

    async def set_quiet(self, ask: Ask) -> web.StreamResponse:
        """Other quiet hours."""
        given: QuietHours = ask.body
        spans = [WeekSpan(s.weekday, s.start, s.end) for s in given.spans]
        await self._devices.set_quiet(ask.who, given.zone, spans)
        return await self.quiet(ask)

    async def ringing(self, ask: Ask) -> web.StreamResponse:
        """A notification is shown: the device rings."""
        device, call, leg = await self._leg(ask)
        await self._switchboard.rings(device, call, leg)
        return web.Response(status=204)

    async def decline(self, ask: Ask) -> web.StreamResponse:
        """The person declines, from the notification."""
        device, call, leg = await self._leg(ask)
        await self._switchboard.decline(device, call, leg)
        return web.Response(status=204)

    async def _leg(self, ask: Ask) -> tuple[DeviceId, CallId, LegId]:
        given: RingingLeg = ask.body
        known = await self._devices.own(ask.who, DeviceId(given.device))
        return known.id, CallId(ask.path("call")), LegId(given.leg)
