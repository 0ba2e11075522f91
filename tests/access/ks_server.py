"""A Salto KS of our own for tests: speaks the documented API, checks Codes, and fails on demand.

The Code is computed here by its own lines, not by the project's.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

from aiohttp import WSMsgType, web

BLOCK_AFTER = 5
"""Wrong Codes in a row after which a hub takes none for a while."""
BLOCKED_FOR = 20 * 60.0


@dataclass
class Iq:
    """A hub."""

    id: str
    name: str
    otp: bool = True
    online: bool = True
    secret: str | None = None
    pin: str = "4071"
    activated: bool = False
    fails: int = 0
    blocked_until: float = 0.0


@dataclass
class KsLock:
    """A lock on a hub."""

    id: str
    name: str
    iq: str
    online: bool = True
    state: str = "locked"
    battery: int = 80
    office: bool = False
    door: str = "closed"


@dataclass
class Planned:
    """What the next opening meets. `opens`: the lock turns all the same; `reset`: the line is cut instead of
    an answer; `after`: seconds before the answer."""

    status: int = 200
    code: int | None = None
    word: str = ""
    opens: bool = False
    reset: bool = False
    after: float = 0.0


@dataclass
class KsServer:
    """One site behind one client; `now` is the vendor's clock, `skew` seconds ahead of everybody's."""

    site: str = "5a17-site"
    client_id: str = "intercom"
    client_secret: str = "client-secret-of-the-tests"
    skew: float = 0.0
    iqs: dict[str, Iq] = field(default_factory=dict[str, Iq])
    locks: dict[str, KsLock] = field(default_factory=dict[str, KsLock])
    planned: deque[Planned] = field(default_factory=deque[Planned])
    always: Planned | None = None
    event_after: float = 0.02
    """Seconds until an opening stands in the entries."""
    event_lost: bool = False
    streaming: bool = True
    down: bool = False
    """Every request is answered 503."""
    nonsense: tuple[int, bytes] | None = None
    """What every request is answered, whatever it asks."""
    token_lasts: int = 3600
    turned: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    """Every time a bolt moved, and when."""
    sent: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The bodies of all openings that arrived."""
    asked: list[str] = field(default_factory=list[str])
    tokens: dict[str, float] = field(default_factory=dict[str, float])
    tokens_made: int = 0
    mails: list[str] = field(default_factory=list[str])
    entries: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    streams: set[web.WebSocketResponse] = field(default_factory=set[web.WebSocketResponse])
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    clock: Callable[[], float] = time.time
    url: str = ""
    _runner: web.AppRunner | None = None

    # -- its life --

    async def start(self) -> None:
        app = web.Application(middlewares=[self._front])
        app.router.add_post("/connect/token", self._token)
        at = "/v1.1/sites/{site}"
        app.router.add_get(at + "/iqs", self._iqs)
        app.router.add_get(at + "/iqs/{iq}/secret", self._secret)
        app.router.add_get(at + "/iqs/{iq}/pin", self._mail_pin)
        app.router.add_put(at + "/iqs/{iq}/pin", self._activate)
        app.router.add_get(at + "/locks", self._locks)
        app.router.add_patch(at + "/locks/{lock}/locking", self._locking)
        app.router.add_get(at + "/entries", self._entries)
        app.router.add_get("/v1/hub/entries", self._stream)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        for stream in list(self.streams):
            await stream.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def now(self) -> float:
        return self.clock() + self.skew

    def forget_tokens(self) -> None:
        """Every token is refused from now on."""
        self.tokens.clear()

    # -- the front --

    @web.middleware
    async def _front(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if self.nonsense is not None:
            status, body = self.nonsense
            return web.Response(status=status, body=body, content_type="application/json")
        if self.down:
            return web.json_response({"error_code": 2201, "message": "internal"}, status=503)
        if request.path != "/connect/token":
            kind, _, token = request.headers.get("Authorization", "").partition(" ")
            if kind != "Bearer" or self.tokens.get(token, 0.0) <= self.clock():
                return self._said(Planned(401, 1500, "Unauthorized request"))
            if request.match_info.get("site", self.site) != self.site:
                return self._said(Planned(404, 3104, "Ccc entity not found"))
        response = await handler(request)
        if not response.prepared:
            response.headers["Date"] = formatdate(self.now, usegmt=True)
        return response

    def _said(self, planned: Planned) -> web.Response:
        body = {"error_code": planned.code, "message": planned.word}
        headers = {"Date": formatdate(self.now, usegmt=True)}
        return web.json_response(body, status=planned.status, headers=headers)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        kind, _, basic = request.headers.get("Authorization", "").partition(" ")
        form = await request.post()
        right = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if kind != "Basic" or basic != right or form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "invalid_client"}, status=400)
        token = secrets.token_urlsafe(16)
        self.tokens[token] = self.clock() + self.token_lasts
        self.tokens_made += 1
        return web.json_response(
            {"access_token": token, "expires_in": self.token_lasts, "token_type": "Bearer"}
        )

    # -- lists --

    async def _iqs(self, request: web.Request) -> web.StreamResponse:
        return self._page(
            request,
            [
                {"id": iq.id, "customer_reference": iq.name, "online": iq.online, "otp_enabled": iq.otp}
                for iq in self.iqs.values()
            ],
        )

    async def _locks(self, request: web.Request) -> web.StreamResponse:
        return self._page(
            request,
            [
                {
                    "id": lock.id,
                    "customer_reference": lock.name,
                    "lock_type": "cylinder",
                    "online": lock.online,
                    "locked_state": lock.state,
                    "office_mode": lock.office,
                    "battery_level": lock.battery,
                    "door_state": lock.door,
                    "iq": {"id": lock.iq, "otp_enabled": self.iqs[lock.iq].otp},
                }
                for lock in self.locks.values()
            ],
        )

    async def _entries(self, request: web.Request) -> web.StreamResponse:
        return self._page(request, sorted(self.entries, key=lambda one: one["utc_date_time"], reverse=True))

    def _page(self, request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
        top, skip = int(request.query.get("$top", 50)), int(request.query.get("$skip", 0))
        return web.json_response({"items": rows[skip : skip + top]})

    # -- the Code --

    def _code(self, at: float, iq: Iq) -> str:
        stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(at))
        return hashlib.md5(f"{stamp}{iq.secret}{iq.pin}".encode(), usedforsecurity=False).hexdigest()[:5]

    def _refuses_code(self, iq: Iq, given: object) -> Planned | None:
        if self.now < iq.blocked_until:
            return Planned(403, 3102, "otp_blocked")
        if not isinstance(given, str):
            return Planned(404, 2202, "Otp is invalid")
        if iq.secret and any(self._code(self.now - back, iq) == given for back in range(-5, 180)):
            iq.fails = 0
            return None
        iq.fails += 1
        if iq.fails >= BLOCK_AFTER:
            iq.blocked_until = self.now + BLOCKED_FOR
            return Planned(403, 3102, "otp_blocked")
        return Planned(400, 3102, "otp_invalid")

    async def _secret(self, request: web.Request) -> web.StreamResponse:
        iq = self.iqs[request.match_info["iq"]]
        if iq.secret is not None:
            return self._said(Planned(403, 2203, "Operation cannot be executed."))
        iq.secret = secrets.token_hex(8)
        return web.json_response({"secret": iq.secret})

    async def _mail_pin(self, request: web.Request) -> web.StreamResponse:
        iq = self.iqs[request.match_info["iq"]]
        if request.query.get("send_email") == "true":
            self.mails.append(iq.pin)
        return web.json_response({})

    async def _activate(self, request: web.Request) -> web.StreamResponse:
        iq, body = self.iqs[request.match_info["iq"]], await request.json()
        wrong = self._refuses_code(iq, body.get("otp"))
        if wrong or body.get("delta") != "0000":
            return self._said(wrong or Planned(400, 1501, "Activation code invalid"))
        iq.activated = True
        return web.json_response({})

    def rotate(self, iq: str) -> None:
        """Somebody signs in to the vendor's app with our user: the secret is another."""
        self.iqs[iq].secret = secrets.token_hex(8)

    # -- opening --

    async def _locking(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        lock = self.locks.get(request.match_info["lock"])
        self.sent.append(body)
        if lock is None:
            return self._said(Planned(404, 3104, "Ccc entity not found"))
        plan = self.planned.popleft() if self.planned else self.always
        if body.get("locked_state") != "unlocked":
            return self._said(Planned(400, 1100, "The request received is invalid"))
        refused = self._judged(lock, body)
        if plan is None:
            if refused is None:
                self._turn(lock)
                return web.json_response({})
            return self._said(refused)
        if (plan.opens or plan.status == 200) and refused is None:
            self._turn(lock)
        await asyncio.sleep(plan.after)
        if plan.reset:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if plan.status == 200:
            return self._said(refused) if refused else web.json_response({})
        return self._said(plan)

    def _judged(self, lock: KsLock, body: dict[str, Any]) -> Planned | None:
        iq = self.iqs[lock.iq]
        if not iq.online or not lock.online:
            return Planned(400, 3105, "Iq is offline it is not connected to CCC")
        return self._refuses_code(iq, body.get("otp")) if iq.otp else None

    def _turn(self, lock: KsLock) -> None:
        self.turned.append((lock.id, self.now))
        if not self.event_lost:
            self._later(self._entry(lock.id, "remote", self.now, self.event_after))

    def by_tag(self, lock: str) -> None:
        """Somebody opens with a tag."""
        self._later(self._entry(lock, "tag", self.now, 0.0))

    def by_app(self, lock: str) -> None:
        """Somebody opens with the vendor's app."""
        self._later(self._entry(lock, "remote", self.now, 0.0))

    async def _entry(self, lock: str, by: str, at: float, after: float) -> None:
        await asyncio.sleep(after)
        row = {
            "id": secrets.token_hex(6),
            "lock": {"id": lock},
            "access_by": by,
            "utc_date_time": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        self.entries.append(row)
        record = json.dumps({"type": 1, "target": "ReceiveEntry", "arguments": [json.dumps(row)]}) + "\x1e"
        for stream in list(self.streams):
            await stream.send_str(record)

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if not self.streaming or request.query.get("site_id") != self.site:
            return web.Response(status=404)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        first = await socket.receive_str()
        if json.loads(first.rstrip("\x1e")) != {"protocol": "json", "version": 1}:
            await socket.send_str('{"error":"handshake"}\x1e')
            return socket
        await socket.send_str('{}\x1e{"type":6}\x1e')
        self.streams.add(socket)
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
        finally:
            self.streams.discard(socket)
        return socket
