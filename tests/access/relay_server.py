"""A relay on loopback: a small controller with a web address, as installers know them, and its moods."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import orjson
from aiohttp import web


class Mood(StrEnum):
    """What the relay does with a command. Those named in `TURNS` do turn the lock."""

    WELL = "well"
    SLOW = "slow"
    """Answers after `delay`."""
    LATE = "late"
    """Turns at once, and answers when nobody waits for it any more."""
    REFUSING = "refusing"
    OFFLINE = "offline"
    """Answers 503: a gateway whose lock is out of reach."""
    RESETS_BEFORE = "resets_before"
    """Cuts the connection and has not turned."""
    RESETS_AFTER = "resets_after"
    """Turns, and cuts the connection instead of answering."""
    REDIRECTS = "redirects"
    HUGE = "huge"
    """Turns, and answers without end."""
    STALLS = "stalls"
    """Turns, begins to answer and says no more."""
    NONSENSE = "nonsense"
    """Turns, and answers 200 with something that is not what its manual says."""
    BROKEN = "broken"
    """Answers 500, and nobody knows."""


TURNS = frozenset(Mood) - {Mood.REFUSING, Mood.OFFLINE, Mood.RESETS_BEFORE, Mood.REDIRECTS, Mood.BROKEN}


@dataclass
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class RelayServer:
    """`/relay/NAME` turns, `/status/NAME` tells; `moods`: for the next commands, then `mood`."""

    mood: Mood = Mood.WELL
    moods: list[Mood] = field(default_factory=list)
    delay: float = 0.3
    turned: Counter[str] = field(default_factory=Counter)
    """How often each lock was turned."""
    requests: list[str] = field(default_factory=list)
    """The requests that turned a lock, where the command names them."""
    asked: list[Asked] = field(default_factory=list)
    """Every command that came in."""
    elsewhere: int = 0
    """What came in at the place that redirects lead to."""
    polled: int = 0
    online: bool = True
    silent: bool = False
    """Its status never says that it is open."""
    answer: Callable[[str], object] = field(default=lambda name: {"ison": True, "name": name})
    url: str = ""

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_route("*", "/relay/{name:.+}", self._turn)
        app.router.add_get("/status/{name}", self._status)
        app.router.add_route("*", "/elsewhere", self._elsewhere)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, port = self._runner.addresses[0]
        self.url = f"http://{host}:{port}"
        self._open: set[str] = set()

    async def close(self) -> None:
        await self._runner.cleanup()

    def locks(self, name: str) -> None:
        """The lock's time is over."""
        self._open.discard(name)

    def opens(self, name: str) -> None:
        """Somebody opens it with a key."""
        self._open.add(name)

    async def _turn(self, request: web.Request) -> web.StreamResponse:
        name, body = request.match_info["name"], await request.text()
        self.asked.append(Asked(request.method, request.raw_path, dict(request.headers), body))
        mood = self.moods.pop(0) if self.moods else self.mood
        if mood in TURNS:
            self.turned[name] += 1
            self._open.add(name)
            if named := request.query.get("request") or _named(body):
                self.requests.append(named)
        return await self._say(request, mood, name)

    async def _say(self, request: web.Request, mood: Mood, name: str) -> web.StreamResponse:
        match mood:
            case Mood.WELL:
                return web.json_response(self.answer(name))
            case Mood.SLOW:
                await asyncio.sleep(self.delay)
                return web.json_response(self.answer(name))
            case Mood.LATE:
                await asyncio.sleep(3600)
                return web.json_response(self.answer(name))
            case Mood.REFUSING:
                return web.json_response({"error": "no"}, status=403)
            case Mood.OFFLINE:
                return web.json_response({"error": "lock offline"}, status=503)
            case Mood.RESETS_BEFORE | Mood.RESETS_AFTER:
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case Mood.REDIRECTS:
                raise web.HTTPTemporaryRedirect("/elsewhere")
            case Mood.NONSENSE:
                return web.Response(text="<html>Welcome to your new router</html>", content_type="text/html")
            case Mood.BROKEN:
                return web.Response(status=500, text="Guru meditation")
            case Mood.HUGE | Mood.STALLS:
                stream = web.StreamResponse()
                await stream.prepare(request)
                await stream.write(b"{" if mood is Mood.STALLS else b" " * 65536)
                while mood is Mood.HUGE:
                    await stream.write(b" " * 65536)
                await asyncio.sleep(3600)
                return stream

    async def _status(self, request: web.Request) -> web.StreamResponse:
        self.polled += 1
        if not self.online:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        is_open = request.match_info["name"] in self._open and not self.silent
        return web.json_response({"ison": is_open, "battery": 81})

    async def _elsewhere(self, _: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.json_response({"ison": True})


def _named(body: str) -> str | None:
    try:
        return orjson.loads(body)["request"]
    except (ValueError, KeyError, TypeError):
        return None
