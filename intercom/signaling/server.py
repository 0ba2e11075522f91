"""The socket server: every message is validated, counted, permitted and acknowledged in one place."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Generic, Protocol, TypeVar

from limits import parse
from pydantic import ValidationError
from socketio.exceptions import ConnectionRefusedError as Refuse  # pyright: ignore[reportMissingTypeStubs]

from intercom import language
from intercom.domain.errors import BadMessage, IntercomError, TooLarge, TooMany, UnknownEvent, code_of
from intercom.domain.ids import Secret
from intercom.domain.language import N_
from intercom.signaling.engine import MALFORMED
from intercom.signaling.sockets import Sockets
from intercom.signaling.wire import Message

log = logging.getLogger(__name__)

Ack = dict[str, Any]
Handler = Callable[[Any, Any], Awaitable[Mapping[str, Any] | None]]
"""Takes the socket's owner and the parsed message; gives what the ack says beside `ok`."""


def refusal(error: IntercomError) -> Ack:
    """The acknowledgement of a refused message, in the language that is spoken now."""
    body: dict[str, Any] = {"code": code_of(error), "message": language.translate(error.message)}
    if error.details:
        body["details"] = language.translated(error.details)
    return {"ok": False, "error": body}


@dataclass(slots=True)
class _Window:
    ends: float
    messages: int = 0
    over: int = 0
    """Messages past the limit, in all windows."""


class Flood:
    """A limit on the messages of each socket. One that goes on far past it is cut by the caller.

    Counted in windows, the first of which starts with a socket's first message. By hand, because every
    message passes here: the memory store of `limits` starts a thread for most of them.
    """

    def __init__(self, words: str = "300 per 10 seconds") -> None:
        item = parse(words)
        self._most, self._seconds = item.amount, item.get_expiry()
        self._windows: dict[str, _Window] = {}

    def passes(self, sid: str) -> bool:
        """Whether this message of the socket is within the limit."""
        now = time.monotonic()
        window = self._windows.get(sid)
        if window is None:
            window = self._windows[sid] = _Window(now + self._seconds)
        elif now >= window.ends:
            window.ends, window.messages = now + self._seconds, 0
        window.messages += 1
        if window.messages <= self._most:
            return True
        window.over += 1
        return False

    def hopeless(self, sid: str) -> bool:
        """It did not slow down for a long time."""
        window = self._windows.get(sid)
        return window is not None and window.over > 3000

    def forget(self, sid: str) -> None:
        """The socket is gone."""
        self._windows.pop(sid, None)


def parsed(schemas: Mapping[str, type[Message]], event: str, args: tuple[Any, ...]) -> Message:
    """The message, valid by its schema. Raises `UnknownEvent`, `TooLarge`, `BadMessage`.

    The refusal names the fields that are wrong, never what was in them.
    """
    schema = schemas.get(event)
    if schema is None:
        if event == MALFORMED:
            raise BadMessage(N_("This message cannot be read."))
        raise UnknownEvent
    if len(args) != 1:
        raise BadMessage(N_("A message carries one object."))
    try:
        return schema.model_validate(args[0])
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        fields = sorted({".".join(map(str, fault["loc"][:3])) for fault in faults})[:10]
        kinds = {fault["type"] for fault in faults}
        if kinds <= {"string_too_long", "too_long"}:
            raise TooLarge(fields=fields) from None
        raise BadMessage(fields=fields) from None


Owner = TypeVar("Owner")


class Edge(Protocol[Owner]):
    """What one namespace is: its messages, and what happens when somebody comes and goes."""

    @property
    def namespace(self) -> str:
        """The namespace's name."""
        ...

    @property
    def schemas(self) -> Mapping[str, type[Message]]:
        """What each message must look like."""
        ...

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """Who handles each message."""
        ...

    async def enter(self, sid: str, environ: Mapping[str, Any], auth: Any) -> Owner:
        """Whose socket this is. Raises `IntercomError` to turn it away."""
        ...

    async def welcome(self, sid: str, owner: Owner) -> None:
        """The socket is open: tell it what it must know first."""
        ...

    async def leave(self, sid: str, owner: Owner) -> None:
        """The socket is gone."""
        ...

    def language_of(self, owner: Owner) -> str:
        """What the owner's socket is told in."""
        ...


def _turned_away(error: IntercomError) -> Refuse:
    """The client's `connect_error`: the sentence as its message, code and sentence as its data."""
    said = refusal(error)["error"]
    return Refuse(said["message"], said)


class Namespace(Generic[Owner]):
    """Runs an `Edge` on the socket server. Nothing that a client sends raises past here."""

    def __init__(self, sio: Sockets, edge: Edge[Owner], flood: Flood) -> None:
        self._sio = sio
        self._edge = edge
        self._flood = flood
        self._owners: dict[str, Owner] = {}
        self._welcomes: dict[str, asyncio.Task[None]] = {}
        sio.on("connect", self._connect, namespace=edge.namespace)
        sio.on("disconnect", self._disconnect, namespace=edge.namespace)
        sio.on("*", self._message, namespace=edge.namespace)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        language.speak(wished(environ, auth))
        try:
            owner = await self._edge.enter(sid, environ, auth)
        except IntercomError as error:
            raise _turned_away(error) from None
        except Exception:
            log.exception("letting a socket in broke")
            raise _turned_away(IntercomError()) from None
        self._owners[sid] = owner
        # the library tells the client that it is in when this handler has returned, and not before
        self._welcomes[sid] = asyncio.create_task(self._welcome(sid, owner))

    async def _welcome(self, sid: str, owner: Owner) -> None:
        await asyncio.sleep(0)
        try:
            await self._edge.welcome(sid, owner)
        except Exception:
            log.exception("welcoming a socket broke")
            await self._sio.disconnect(sid, namespace=self._edge.namespace)
        finally:
            self._welcomes.pop(sid, None)

    async def renew(self, sid: str, owner: Owner) -> None:
        """The socket's owner is another value now, and is told anew what it must know first."""
        if sid in self._owners:
            self._owners[sid] = owner
            await self._edge.welcome(sid, owner)

    async def _disconnect(self, sid: str, *_: Any) -> None:
        owner = self._owners.pop(sid, None)
        self._flood.forget(sid)
        if owner is None:
            return
        welcome = self._welcomes.get(sid)
        if welcome is not None:
            await asyncio.wait([welcome])
        try:
            await self._edge.leave(sid, owner)
        except Exception:
            log.exception("seeing a socket off broke")

    async def _message(self, event: str, sid: str, *args: Any) -> Ack:
        owner = self._owners.get(sid)
        if owner is None:
            return refusal(IntercomError())
        language.speak(self._edge.language_of(owner))
        if not self._flood.passes(sid):
            if self._flood.hopeless(sid):
                await self._sio.disconnect(sid, namespace=self._edge.namespace)
            return refusal(TooMany(retry_after=10))
        welcome = self._welcomes.get(sid)
        if welcome is not None:
            await asyncio.wait([welcome])
        try:
            message = parsed(self._edge.schemas, event, args)
            said = await self._edge.handlers[event](owner, message)
        except IntercomError as error:
            return refusal(error)
        except Exception:
            log.exception("handling %s broke", event)
            return refusal(IntercomError())
        return {"ok": True, **(said or {})}


def cookie(environ: Mapping[str, Any], name: str) -> Secret | None:
    """The cookie of that name in a handshake (RFC 6265 4.2)."""
    try:
        found = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(name)
    except CookieError:
        return None
    return Secret(found.value) if found and found.value else None


def wished(environ: Mapping[str, Any], auth: Any) -> str:
    """The language of a handshake: the page's, as `auth.language`, or what the browser accepts."""
    return language.negotiate(str(environ.get("HTTP_ACCEPT_LANGUAGE", "")), chosen=text_of(auth, "language"))


def text_of(auth: Any, key: str, limit: int = 128) -> str | None:
    """A short text in a client's `auth` object, or None."""
    value: object = auth.get(key) if isinstance(auth, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return value if isinstance(value, str) and 0 < len(value) <= limit else None
