"""Any relay or controller with a web address: a template for the command, rules for its answer.

A command is one HTTP request to the one configured host, and never a second one: no redirect is
followed, nothing is retried, no connection is used twice, and what the network has not delivered when
nobody waits for it any more is thrown away. Relays live in the building, so private addresses are fine.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from intercom.access.fill import Command, into_address, into_json, into_line
from intercom.access.once import STALE_AFTER, Once
from intercom.access.said import Answer, Rules
from intercom.access.watched import Watch
from intercom.domain.door import Battery, Lock, LockStatus, Refusal
from intercom.domain.errors import NotFound
from intercom.domain.ids import LockId, RequestId, Secret
from intercom.domain.language import N_
from intercom.ports import (
    CommandRefused,
    CommandResult,
    CommandTaken,
    CommandUnknown,
    CoreLock,
    CoreReport,
    CoreState,
    LockEvent,
    Need,
)

log = logging.getLogger(__name__)

_READ = 65536
"""No answer is read further, in bytes."""
_CONNECT = 2.0
_LOOK = 3.0
"""How long a question for the status may take, in seconds."""
_WAITING = 0.5
"""How often a lock is looked at while a command waits for its word, in seconds."""
_NEVER = ip_network("169.254.0.0/16")
"""Where machines in data centres find their own credentials; no relay lives there."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """How an installer reads answers and states."""

    taken: Rules
    refused: Rules
    offline: Rules
    opened: Rules
    online: Rules
    open: Rules
    held: Rules
    low: Rules


@dataclass(frozen=True, slots=True)
class Wiring:
    """Where a relay is and how it is spoken to. `reply`: how long it may take to answer, in seconds."""

    address: str
    method: str
    meaning: Meaning
    body: str = ""
    headers: Mapping[str, Secret] | None = None
    user: str = ""
    password: Secret | None = None
    digest: bool = False
    tls: ssl.SSLContext | None = None
    status_address: str = ""
    every: float = 15.0
    reply: float = 4.0


class RelayCore:
    """`ports.SiteCore` for a relay or controller that is spoken to by HTTP."""

    def __init__(self, wiring: Wiring, now: Callable[[], float]) -> None:
        self._wiring = wiring
        self._now = now
        self._watch = Watch(now)
        self._once = Once(now)
        self._session: aiohttp.ClientSession | None = None
        self._closed = False
        self._looking: asyncio.Task[None] | None = None
        self._news: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._denied = False
        self._reached = False
        self._turned_at = now()

    # -- ports.AccessCore --

    def status(self, lock: LockId) -> LockStatus:
        """See `ports.AccessCore.status`."""
        return self._watch.status(lock)

    def needs(self, lock: LockId) -> Need:
        """See `ports.AccessCore.needs`."""
        return Need.NONE

    def listen(self, heard: Callable[[LockEvent], Awaitable[None]]) -> None:
        """See `ports.AccessCore.listen`."""
        self._watch.listen(heard)

    async def unlock(
        self, lock: LockId, request: RequestId, asked_at: float, credential: Secret | None = None
    ) -> CommandResult:
        """See `ports.AccessCore.unlock`."""
        known = self._watch.lock(lock)
        if known is None or self._closed:
            return CommandRefused(Refusal.LOCK_OFFLINE)
        return await self._once(request, asked_at, lambda: self._command(known, request, asked_at))

    async def _command(self, lock: Lock, request: RequestId, asked_at: float) -> CommandResult:
        if not self.status(lock.id).online:
            return CommandRefused(Refusal.LOCK_OFFLINE)
        try:
            url, headers, body = self._written(Command(lock, request, asked_at + STALE_AFTER))
        except ValueError:
            log.warning("lock %s has a name that cannot be written into its command", lock.id)
            return CommandRefused(Refusal.OUR_FAULT)
        self._watch.commanded(lock.id, request)
        self._wake.set()
        result, answer = await self._send(url, headers, body)
        if isinstance(result, CommandRefused):
            self._watch.withdrawn(lock.id, request)
            if result.why is Refusal.LOCK_OFFLINE:
                self._soon(self._watch.told(lock.id, LockStatus(online=False), None))
        elif answer is not None and self._wiring.meaning.opened.fit(answer):
            self._soon(self._watch.told(lock.id, self._watch.status(lock.id), True))
        return result

    def _written(self, command: Command) -> tuple[URL, dict[str, str], bytes | None]:
        wiring, words = self._wiring, command.words()
        headers = {name: into_line(text.reveal(), words) for name, text in (wiring.headers or {}).items()}
        url = URL(into_address(wiring.address, words), encoded=True)
        if not wiring.body:
            return url, headers, None
        is_json = wiring.body.lstrip().startswith(("{", "["))
        kind = "application/json" if is_json else "application/x-www-form-urlencoded"
        if not any(name.casefold() == "content-type" for name in headers):
            headers["Content-Type"] = kind
        return url, headers, (into_json if is_json else into_address)(wiring.body, words).encode()

    async def _send(
        self, url: URL, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[CommandResult, Answer | None]:
        """The one request. Only what failed before a connection was made is certain to have done nothing."""
        try:
            answer = await self._ask(self._wiring.method, url, headers, body, self._wiring.reply)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            log.warning("the relay cannot be reached: %s", type(error).__name__)
            certificate = isinstance(error, aiohttp.ClientSSLError)
            return CommandRefused(Refusal.CORE_DOWN if certificate else Refusal.LOCK_OFFLINE), None
        except (aiohttp.ClientError, OSError, ValueError, _Twice) as error:  # TimeoutError is an OSError
            log.warning("the relay did not answer: %s", type(error).__name__)
            return CommandUnknown(Refusal.NO_REPLY), None
        meaning = self._wiring.meaning
        if meaning.refused.fit(answer) and not meaning.offline.fit(answer):
            return CommandRefused(Refusal.CORE_REFUSED), None
        if meaning.offline.fit(answer):
            return CommandRefused(Refusal.LOCK_OFFLINE), None
        if meaning.taken.fit(answer):
            return CommandTaken(), answer
        log.warning("the relay answered %d, and no rule says what that means", answer.status)
        return CommandUnknown(Refusal.NO_CONFIRMATION), None

    async def _ask(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> Answer:
        wiring = self._wiring
        middlewares: list[aiohttp.ClientMiddlewareType] = [_once()]
        headers = {"Accept-Encoding": "identity", **headers}
        if wiring.password is not None and wiring.digest:
            middlewares.append(aiohttp.DigestAuthMiddleware(wiring.user, wiring.password.reveal()))
        elif wiring.password is not None:
            headers["Authorization"] = aiohttp.encode_basic_auth(wiring.user, wiring.password.reveal())
        async with self._open().request(
            method,
            url,
            headers=headers,
            data=body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT, connect=_CONNECT),
            middlewares=middlewares,
        ) as answer:
            read = bytearray()
            async for part in answer.content.iter_chunked(4096):
                read += part
                if len(read) > _READ:
                    break
            return Answer(read[:_READ].decode(errors="replace"), answer.status)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._wiring.tls or True, force_close=True, limit=16, socket_factory=_socket
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

    # -- what the locks say --

    def _soon(self, news: Awaitable[None]) -> None:
        async def tell() -> None:
            await news

        task = asyncio.create_task(tell(), name="news of a relay")
        self._news.add(task)
        task.add_done_callback(self._news.discard)

    async def _look_on(self) -> None:
        while True:
            await self._look()
            self._wake.clear()
            waited_for = bool(self._wiring.status_address) and any(
                self._watch.is_waited_for(lock.id) for lock in self._watch.locks
            )
            try:
                async with asyncio.timeout(_WAITING if waited_for else self._wiring.every):
                    await self._wake.wait()
            except TimeoutError:
                pass
            else:  # a command leaves: its lock needs a moment
                await asyncio.sleep(min(_WAITING, self._wiring.every) / 2)

    async def _look(self) -> None:
        """Look at every lock once."""
        locks = self._watch.locks
        if not self._wiring.status_address:
            online = await self._is_there()
            self._found(online)
            for lock in locks:
                await self._watch.told(lock.id, LockStatus(online=online), None)
            return
        looks = await asyncio.gather(*(self._look_at(lock) for lock in locks))
        self._found(any(looks) if looks else await self._is_there())

    def _found(self, reached: bool) -> None:
        if reached != self._reached:
            self._turned_at = self._now()
        self._reached = reached

    async def _look_at(self, lock: Lock) -> bool:
        """Look at one lock; whether anything answered."""
        asked = self._now()
        words = Command(lock, RequestId(""), 0.0).words()
        try:
            headers = {n: into_line(t.reveal(), words) for n, t in (self._wiring.headers or {}).items()}
            url = URL(into_address(self._wiring.status_address, words), encoded=True)
            answer = await self._ask("GET", url, headers, None, _LOOK)
        except (aiohttp.ClientError, OSError, ValueError, _Twice):
            await self._watch.told(lock.id, LockStatus(online=False), None)
            return False
        meaning = self._wiring.meaning
        self._denied = answer.status in (401, 403)
        online = meaning.online.fit(answer)
        battery = (Battery.LOW if meaning.low.fit(answer) else Battery.OK) if meaning.low else None
        status = LockStatus(online=online, held_open=online and meaning.held.fit(answer), battery=battery)
        is_open = meaning.open.fit(answer) if online and meaning.open else None
        await self._watch.told(lock.id, status, is_open, asked=asked)
        return True

    async def _is_there(self) -> bool:
        """Whether something listens at the relay's address."""
        parts = urlsplit(self._wiring.address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            async with asyncio.timeout(_CONNECT):
                _, writer = await asyncio.open_connection(parts.hostname, port)
            writer.close()
        except OSError:
            return False
        return True

    # -- ports.SiteCore --

    def keep(self, locks: Iterable[Lock]) -> None:
        """See `ports.SiteCore.keep`."""
        self._watch.keep(locks)
        self._wake.set()

    async def start(self) -> None:
        """See `ports.SiteCore.start`."""
        if self._looking is None and not self._closed:
            self._looking = asyncio.create_task(self._look_on(), name="looks at a relay")

    async def check(self) -> CoreReport:
        """See `ports.SiteCore.check`."""
        try:
            async with asyncio.timeout(9.0):
                await self._look()
        except TimeoutError:
            self._found(False)
        denied = self._reached and self._denied
        state = CoreState.DENIED if denied else CoreState.UP if self._reached else CoreState.DOWN
        return CoreReport(
            state,
            self._now(),
            since=self._turned_at,
            why=None if state is CoreState.UP else Refusal.CORE_DOWN,
            detail=N_("The relay does not accept our sign-in.") if denied else "",
            locks={lock.id: self._watch.status(lock.id) for lock in self._watch.locks},
        )

    async def offered(self) -> Sequence[CoreLock]:
        """A relay cannot tell what hangs on it."""
        return ()

    async def take_step(self, name: str, typed: Mapping[str, Secret]) -> None:
        """There are none. Raises `NotFound`."""
        raise NotFound

    async def close(self) -> None:
        """See `ports.SiteCore.close`."""
        self._closed = True
        tasks = [*self._news, *([self._looking] if self._looking else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


class _Twice(Exception):
    """The library wanted to send a request again."""


def _once() -> aiohttp.ClientMiddlewareType:
    """aiohttp sends a GET or PUT again when the connection breaks (RFC 9110 9.2.2 lets it). But a relay's GET
    opens a door: what broke may have opened it, and a second one would again."""
    sent = False

    async def middleware(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        nonlocal sent
        if sent:
            raise _Twice
        sent = True
        return await handler(request)

    return middleware


def _socket(address: tuple[Any, ...]) -> socket.socket:
    """A socket whose close throws away what was not delivered: a command that the network held back for a
    minute would open a door that nobody expects to open."""
    family, kind, protocol, _, where = address
    if ip_address(str(where[0]).split("%")[0]) in _NEVER:
        raise OSError("no relay lives at a link-local address")
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return made
