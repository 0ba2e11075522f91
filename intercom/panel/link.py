"""The connection to the house: Socket.IO under the doorstation's own key, which returns by itself.

python-socketio's client has no types, so it is held as `Any`, and only here. Its own
reconnection is off: it cannot hurry during a call, and it would return after `replaced`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import aiohttp
import socketio
from socketio import exceptions

from .identity import Secret
from .refusals import NotTaken, Offline, Refused

log = logging.getLogger(__name__)

NAMESPACE = "/panel"
CONNECT_SECONDS = 10
ACK_SECONDS = 5.0
"""Longest wait for an answer of the house; then the connection counts as dead."""
INBOX = 1000
"""Messages of the house that may wait to be handled; more are dropped."""

DOWN = "(down)"
"""Among the messages, in its place: the connection went, or a try to connect failed."""


def open_session(ca_file: Path | None) -> aiohttp.ClientSession:
    """An HTTP client that trusts `ca_file` instead of the system's authorities; the caller closes it."""
    trust = ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust))


async def download(session: aiohttp.ClientSession, server: str, path: str) -> bytes:
    """A small file of the house, at most 1 MB. Raises `Offline`."""
    try:
        async with session.get(
            server + path if path.startswith("/") else path,
            timeout=aiohttp.ClientTimeout(total=CONNECT_SECONDS),
        ) as answer:
            answer.raise_for_status()
            return await answer.content.read(1_000_000)
    except (aiohttp.ClientError, TimeoutError, ValueError) as fault:
        raise Offline(type(fault).__name__) from fault


class Link:
    """One doorstation's connection to the house.

    `run` must be running for anything to happen; `messages` must be read by one reader. `urgent` is
    asked before each pause: while it is true the next try comes within a second.
    """

    def __init__(
        self, session: aiohttp.ClientSession, server: str, key: Secret, urgent: Callable[[], bool]
    ) -> None:
        """`session` stays the caller's to close."""
        self._session = session
        self._server = server
        self._key = key
        self._urgent = urgent
        self._instance = secrets.token_urlsafe(12)  # who connects again is no second panel
        self._inbox: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._sio: Any = None
        self._gone = asyncio.Event()
        self._closing = asyncio.Event()
        self.up = False
        """There is a connection now."""

    async def run(self) -> None:
        """Hold the connection until `close`. Raises `NotTaken`."""
        failures = 0
        while not self._closing.is_set():
            self._gone.clear()
            try:
                await self._connect()
                failures = 0
                await self._gone.wait()
            except Offline as why:
                failures += 1
                log.info("no connection: %s", why)
            finally:
                await self._drop()
            if not self._closing.is_set():
                await self._pause(failures)

    async def messages(self) -> AsyncIterator[tuple[str, Any]]:
        """What the house says, in its order, with `DOWN` in between."""
        while True:
            yield await self._inbox.get()

    async def request(self, event: str, data: dict[str, Any]) -> dict[str, Any]:
        """Ask the house for something; returns its answer. Raises `Refused` or `Offline`."""
        sio = self._sio
        if sio is None or not self.up:
            raise Offline("There is no connection to the house.")
        try:
            answer: Any = await sio.call(event, data, namespace=NAMESPACE, timeout=ACK_SECONDS)
        except exceptions.TimeoutError as fault:
            if sio is self._sio:
                await self._drop()
            raise Offline("The house does not answer.") from fault
        except (exceptions.SocketIOError, aiohttp.ClientError, OSError) as fault:
            raise Offline("The connection to the house was lost.") from fault
        fields = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
        if fields.get("ok") is True:
            return fields
        error: Any = fields.get("error")
        told = cast("dict[str, Any]", error) if isinstance(error, dict) else {}
        raise Refused(str(told.get("code", "unknown")), str(told.get("message", "The house refused.")))

    async def close(self) -> None:
        """End the connection for good; `run` returns."""
        self._closing.set()
        await self._drop()

    async def _connect(self) -> None:
        sio: Any = socketio.AsyncClient(
            reconnection=False, handle_sigint=False, http_session=self._session, logger=False
        )
        told: list[Any] = []

        def on_any(event: str, *data: Any) -> None:
            if sio is not self._sio:
                return
            if self._inbox.qsize() >= INBOX:
                log.warning("too much is said at once: %s is dropped", event[:40])
                return
            self._inbox.put_nowait((event, data[0] if data else None))

        def on_refused(data: Any = None) -> None:
            told.append(data)

        def on_gone(*_: Any) -> None:
            if sio is self._sio:
                self._gone.set()

        sio.on("connect_error", on_refused, namespace=NAMESPACE)
        sio.on("disconnect", on_gone, namespace=NAMESPACE)
        sio.on("*", on_any, namespace=NAMESPACE)
        self._sio = sio
        self.up = True  # a request may be answered as soon as the namespace is open
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await sio.connect(
                    self._server,
                    auth={"key": self._key.reveal(), "instance": self._instance},
                    namespaces=[NAMESPACE],
                    transports=["websocket"],
                    wait_timeout=CONNECT_SECONDS,
                )
        except (exceptions.SocketIOError, aiohttp.ClientError, OSError, ValueError) as fault:
            code, sentence = _refusal(told)
            if code in {"not_enrolled", "not_signed_in"}:
                raise NotTaken(sentence or "The house does not know this doorstation's key.") from None
            raise Offline(sentence or type(fault).__name__) from fault

    async def _drop(self) -> None:
        sio, self._sio = self._sio, None
        self._gone.set()
        if self.up:
            self.up = False
            self._inbox.put_nowait((DOWN, None))
        if sio is not None:
            try:
                async with asyncio.timeout(2):
                    await sio.disconnect()
            except Exception as fault:
                log.debug("the connection ended with %r", fault)

    async def _pause(self, failures: int) -> None:
        if self._urgent():
            seconds = random.uniform(0.2, 0.8)  # spreads the load, guards nothing
        else:
            seconds = min(30.0, 2.0 ** min(failures, 5)) * random.uniform(0.5, 1.0)
        end = asyncio.get_running_loop().time() + seconds
        # In small steps: a call that begins meanwhile makes it urgent.
        while not self._closing.is_set():
            left = end - asyncio.get_running_loop().time()
            if left <= 0 or (self._urgent() and left > 1):
                return
            await asyncio.sleep(min(left, 0.25))


def _refusal(told: list[Any]) -> tuple[str, str]:
    """Code and sentence out of the data of a connect_error, whatever its shape."""
    for data in told:
        if isinstance(data, dict):
            outer = cast("dict[str, Any]", data)
            inner: Any = outer.get("data")
            fields = cast("dict[str, Any]", inner) if isinstance(inner, dict) else outer
            if isinstance(fields.get("code"), str):
                return fields["code"], str(fields.get("message", ""))
    return "", ""
