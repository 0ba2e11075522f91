"""The engine under the signaling edge: python-socketio with its costly and its soft parts replaced.

The library keeps what it does well: the HTTP side of Engine.IO (CORS, long polling, sessions), the
service task that finds dead clients, namespaces, rooms, the connect dance, event dispatch. Replaced
by subclasses here, because a phone that rings must not wait and no client may harm another:

=====================  =========================================  ==================================
part                   the library                                here
=====================  =========================================  ==================================
WebSocket, reading     a task and a time-out object a message     one loop over `receive()`
WebSocket, writing     a queue and a task a client                written at once, never awaited
fan-out                a task a recipient                         a loop
keep-alive             a sleeping task a client                   a timer
slow client            the queue grows without end                cut past `buffer_limit`
broken packet          a traceback in the log, or a dead loop     the catch-all decides, or closed
client events named    run the server's own handlers of           reach the catch-all as malformed
`connect` and so on    these names, with forged arguments
=====================  =========================================  ==================================

Measured on two cores over loopback, a call of one panel and two devices (13 messages in, each
acknowledged, 18 relayed, SDP of 3 KB) at 20 calls a second, then 1,000 idle clients:

===============  ==================  =====================  ==============  ==================
loop             CPU a call, ms      ack p50 / p99, ms      connects/s      KiB an idle client
===============  ==================  =====================  ==============  ==================
asyncio          3.57, here 1.00     1.2/2.7, here 0.7/1.4  1810, 2680      31.3, here 22.1
uvloop           2.87, here 1.03     1.2/2.3, here 0.8/1.4  1910, 2770      31.8, here 22.9
===============  ==================  =====================  ==============  ==================

Of the millisecond, 0.1 is spent in this file and the library; the rest is sockets and loop.

The private names relied upon are listed in `tests/signaling/test_engine.py`, which fails when a new
version of a library lacks one.
"""

# python-socketio and python-engineio ship no types, and their extension points are private methods
# that subclasses override; aiohttp is typed, and everything that leaves this file is typed again.
# pyright: reportMissingTypeStubs=false, reportPrivateUsage=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportMissingParameterType=false
# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false

from __future__ import annotations

import asyncio
import inspect
import logging
import re
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

import engineio
import orjson
import socketio
from aiohttp import WSCloseCode, WSMsgType, web
from engineio import async_socket
from engineio import packet as eio
from engineio.exceptions import ContentTooLongError, EngineIOError, QueueEmpty
from engineio.payload import Payload
from socketio import packet as sio

MALFORMED = ""
"""Event name under which the catch-all handler `*` gets an event that cannot be dispatched: its body
is not JSON or not a list that starts with a name, the name is reserved, it carries binary data, or
the handler of that name does not take so many arguments. It comes without arguments; what the
handler returns is the acknowledgement."""

Origins = str | list[str] | Callable[[str, dict[str, Any]], bool] | None

T = TypeVar("T")

_logger = logging.getLogger(__name__)

# words of the library's own: "*" is where it looks for the catch-all
_RESERVED = frozenset((MALFORMED, "*", "connect", "connect_error", "disconnect", "disconnecting"))
# Socket.IO protocol 5: type, attachments, namespace (a query string is dropped), acknowledgement id
_HEAD = re.compile(r"([0-6])(?:([0-9])-)?+(?:(/[^,?]*+)(?:\?[^,]*+)?+(?:,|$))?+([0-9]{1,15}+)?+(?![0-9])")
_CLOSE_GRACE = 5.0  # seconds for the closing handshake, then for the last bytes
_TURN = 32  # messages that one client may have handled before the others get the loop


class BadPacket(EngineIOError):
    """A client sent what cannot be framed; only its own connection is closed."""


class _Json:
    """orjson in the shape the libraries expect of a JSON module."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        return orjson.loads(text)


class _Packet(sio.Packet):
    """A Socket.IO packet that is never binary, which spares a walk through all its data."""

    uses_binary_events = False
    json = _Json

    def encode(self) -> str:
        return cast("str", super().encode())


class _Socket(async_socket.AsyncSocket):
    """One Engine.IO connection. Packets go through the library's queue while the client polls, and
    straight into the transport from the moment its WebSocket is up."""

    server: _Engine
    sid: str

    def __init__(self, server: _Engine, sid: str) -> None:
        super().__init__(server, sid)
        self._ws: web.WebSocketResponse | None = None
        self._transport: asyncio.Transport | None = None
        self._ping_timer: asyncio.TimerHandle | None = None
        self._queued = 0  # bytes waiting for the next poll
        self._turn = 0

    # -- out -------------------------------------------------------------------------------------

    def write(self, packet: bytes) -> None:
        """Send an encoded packet. Never waits: order is the order of the calls."""
        if self.closed:
            return
        transport = self._transport
        if transport is None:
            before, limit = self._queued, self.server.buffer_limit
            self._queued += len(packet)
            if self._queued <= limit:
                self.queue.put_nowait(eio.Packet(int(packet[:1]), packet[1:].decode()))
            elif before <= limit:
                _logger.warning("%s does not poll, cut", self.sid)
                self.server.background(self.close(reason=self.server.reason.TRANSPORT_ERROR))
        elif not transport.is_closing():
            frame = _text_frame(packet)
            if transport.get_write_buffer_size() + len(frame) <= self.server.buffer_limit:
                transport.write(frame)
            else:
                _logger.warning("%s does not read, cut", self.sid)
                transport.abort()  # wakes the reading loop, which ends the connection

    async def send(self, pkt: Any) -> None:
        self.write(pkt.encode().encode())

    def schedule_ping(self) -> None:
        if self.last_ping:  # None while a ping is already scheduled
            self.last_ping = None
            self._ping_timer = asyncio.get_running_loop().call_later(self.server.ping_interval, self._ping)

    def _ping(self) -> None:
        self.last_ping = time.time()
        self.write(b"%d" % eio.PING)

    async def poll(self) -> list[Any]:
        try:
            async with asyncio.timeout(self.server.ping_interval + self.server.ping_timeout):
                packets = [await self.queue.get()]
        except TimeoutError:
            raise QueueEmpty from None
        # the library sends all there is, yet its own client takes no more than this in one body
        while len(packets) < Payload.max_decode_packets and not self.queue.empty():
            packets.append(self.queue.get_nowait())
        self._queued -= sum(1 + len(packet.data.encode()) for packet in packets)
        return packets

    # -- in --------------------------------------------------------------------------------------

    async def _take(self, packet: str | bytes) -> None:
        """Handle one packet of the client; raises BadPacket."""
        self._turn += 1
        if self._turn % _TURN == 0:
            await asyncio.sleep(0)  # what is read already can be had without ever giving way
        kind = packet[:1]
        if kind == "4":
            await self.server._trigger_event("message", self.sid, packet[1:])
        elif kind == "3":
            self.schedule_ping()
        elif kind == "1":
            reason = self.server.reason.CLIENT_DISCONNECT
            await self.close(wait=False, abort=True, reason=reason)
        elif kind == "b" or isinstance(packet, bytes):
            await self.server._trigger_event("message", self.sid, b"")
        else:
            raise BadPacket("not a packet that clients send")

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        length = int(environ.get("CONTENT_LENGTH", "0"))
        if length > self.server.max_http_buffer_size:
            raise ContentTooLongError
        try:
            async with asyncio.timeout(self.server.ping_timeout):
                # the library's read() returns the first segment of a longer body
                body = await environ["wsgi.input"].readexactly(length)
            packets = body.decode().split("\x1e")
        except Exception as broken:
            if self.closed:  # meanwhile; the library answers errors of live connections only
                return
            raise BadPacket("broken body") from broken
        for packet in packets:
            if self.closing:
                break
            await self._take(packet)

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> Any:
        if self.upgraded or self.upgrading:
            return self.server._bad_request("Already upgraded")
        request: web.Request = environ["aiohttp.request"]
        ws = web.WebSocketResponse(
            timeout=_CLOSE_GRACE, compress=False, max_msg_size=self.server.max_http_buffer_size
        )
        await ws.prepare(request)
        if self.connected and (self.upgraded or self.upgrading or not await self._probed(ws)):
            await ws.close(drain=False)
            return ws
        self.connected = self.upgraded = True
        self._ws, self._transport = ws, request.transport
        while not self.queue.empty():
            self.write(self.queue.get_nowait().encode().encode())
        code, reason = WSCloseCode.OK, self.server.reason.TRANSPORT_CLOSE
        try:
            while not self.closing:
                message = await ws.receive()
                if self.closing or message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    break
                await self._take(message.data)
        except BadPacket as bad:
            _logger.debug("%s: %s", self.sid, bad)
            code, reason = WSCloseCode.PROTOCOL_ERROR, self.server.reason.TRANSPORT_ERROR
        finally:
            await self.close(wait=False, abort=True, reason=reason)
            await self._hang_up(code)
        return ws

    async def _probed(self, ws: web.WebSocketResponse) -> bool:
        """Whether a polling client completes its upgrade to `ws` (Engine.IO protocol 4)."""
        self.upgrading = True  # polls are answered with NOOP, packets stay in the queue
        try:
            async with asyncio.timeout(self.server.ping_timeout):
                if (await ws.receive()).data != "2probe":
                    return False
                await ws.send_str("3probe")
                self.write(b"%d" % eio.NOOP)  # ends the poll that may be waiting
                return (await ws.receive()).data == "5" and not self.closing
        except TimeoutError:
            return False
        finally:
            self.upgrading = False

    # -- end -------------------------------------------------------------------------------------

    async def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:
        """End the connection: its disconnect handlers run once, whoever asks first and how often.

        `wait` is the library's: it would wait for a poll that may never come, and is ignored.
        """
        if self.closing or self.closed:
            return
        self.closing = True
        if self._ping_timer is not None:
            self._ping_timer.cancel()
        await self.server._trigger_event(
            "disconnect", self.sid, reason or self.server.reason.SERVER_DISCONNECT
        )
        if self._transport is None or not abort:
            self.write(b"%d" % eio.CLOSE)  # also ends the poll that may be waiting
        self.closed = True
        self.server.sockets.pop(self.sid, None)
        if self._ws is not None and not abort:
            self.server.background(self._hang_up(WSCloseCode.GOING_AWAY))

    async def _hang_up(self, code: int) -> None:
        ws, transport = self._ws, self._transport
        if ws is not None:
            await ws.close(code=code, drain=False)
        if transport is not None and transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(_CLOSE_GRACE, transport.abort)


class _Engine(engineio.AsyncServer):
    """The Engine.IO server, with our sockets."""

    sockets: dict[str, _Socket]

    def __init__(self, *, buffer_limit: int, **options: Any) -> None:
        super().__init__(**options)
        self.buffer_limit = buffer_limit
        self._tasks: set[asyncio.Task[None]] = set()

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def shutdown(self) -> None:
        if self.service_task_handle is not None:
            await super().shutdown()
        await asyncio.gather(*[socket.close() for socket in list(self.sockets.values())])
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> Any:
        # as the library's, which cannot be told the class of its sockets
        if self.start_service_task:
            self.start_service_task = False
            self.service_task_handle = self.start_background_task(self._service_task)
        sid: str = self.generate_id()
        socket = self.sockets[sid] = _Socket(self, sid)
        offer = {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingInterval": int(self.ping_interval * 1000),
            "pingTimeout": int(self.ping_timeout * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        socket.write(b"%d" % eio.OPEN + orjson.dumps(offer))
        await self._trigger_event("connect", sid, environ)
        socket.schedule_ping()
        if transport != "websocket":
            socket.connected = True
            return self._ok(await socket.poll(), jsonp_index=jsonp_index)
        try:
            return await socket._upgrade_websocket(environ)
        finally:  # also where the handshake fails
            await socket.close(wait=False, abort=True, reason=self.reason.TRANSPORT_CLOSE)

    async def _trigger_event(self, event: str, *args: Any, run_async: bool = False) -> Any:
        try:
            return await self.handlers[event](*args)
        except BadPacket:
            raise
        except Exception:
            _logger.exception("a handler failed on an Engine.IO %s", event)


class _Manager(socketio.AsyncManager):
    """Who is in which namespace and room, and the fan-out."""

    server: _Server

    async def trigger_callback(self, sid: str, id: int, data: list[Any]) -> None:
        if id and id in self.callbacks.get(sid, ()):  # the library keeps a counter under 0
            await super().trigger_callback(sid, id, data)

    async def disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        eio_sid = self.eio_sid_from_sid(sid, namespace)
        await super().disconnect(sid, namespace, **options)
        if eio_sid in self.server.eio.sockets:
            self.server.expect_join(eio_sid)


class _Server(socketio.AsyncServer):
    """The Socket.IO server: parses what clients send, and dispatches it by the library's rules."""

    eio: _Engine
    manager: _Manager

    def __init__(self, *, connect_timeout: float, **options: Any) -> None:
        super().__init__(**options)
        self.namespaces: list[str] = []  # none but those with handlers; the library adds "/"
        self._connect_timeout = connect_timeout

    def _engineio_server_class(self) -> type[_Engine]:
        return _Engine

    async def emit(
        self,
        event: str,
        data: Any = None,
        to: Any = None,
        room: Any = None,
        skip_sid: Any = None,
        namespace: str | None = None,
        callback: Any = None,
        **options: Any,
    ) -> None:
        if callback is not None:
            await super().emit(event, data, to, room, skip_sid, namespace, callback, **options)
            return
        namespace = namespace or "/"
        arguments = data if isinstance(data, tuple) else () if data is None else (data,)
        packet = _packet(sio.EVENT, namespace, "", [event, *arguments])
        skipped = skip_sid if isinstance(skip_sid, list) else [skip_sid]
        for sid, eio_sid in self.manager.get_participants(namespace, to or room):
            if sid not in skipped:
                self.write(eio_sid, packet)

    def write(self, eio_sid: str, packet: bytes) -> None:
        """Send an encoded packet; nothing happens if the client is gone."""
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None:
            socket.write(packet)

    async def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        self.write(eio_sid, b"%d" % eio.MESSAGE + pkt.encode().encode())

    def expect_join(self, eio_sid: str) -> None:
        """Close the connection unless it is in a namespace after the time for connecting."""
        loop = asyncio.get_running_loop()
        loop.call_later(self._connect_timeout, self._drop_idle, eio_sid)

    def _drop_idle(self, eio_sid: str) -> None:
        manager = self.manager
        if eio_sid in self.eio.sockets and not any(
            manager.is_connected(manager.sid_from_eio_sid(eio_sid, name), name)
            for name in manager.get_namespaces()
        ):
            self.eio.background(self.eio.disconnect(eio_sid))

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        self.expect_join(eio_sid)

    async def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        due = cast("int", self._binary_packet.pop(eio_sid, 0))  # attachments still to come
        if isinstance(data, bytes) != (due > 0):
            raise BadPacket("text where an attachment was due, or the reverse")
        if isinstance(data, bytes):
            if due > 1:
                self._binary_packet[eio_sid] = due - 1
            return
        head = _HEAD.match(data)
        if head is None:
            raise BadPacket("not a Socket.IO packet")
        kind, attachments, namespace, number = head.groups()
        namespace = namespace or "/"
        ack = None if number is None else int(number)
        body = data[head.end() :]
        if kind == "2" and attachments is None:
            await self._handle_event(eio_sid, namespace, ack, _event(body))
        elif kind == "0":
            await self._handle_connect(eio_sid, namespace, _payload(body or "{}", dict))
        elif kind == "1":
            await self._handle_disconnect(eio_sid, namespace)
        elif kind == "3" and ack is not None:
            await self._handle_ack(eio_sid, namespace, ack, _payload(body, list))
        elif kind == "5" and attachments is not None:
            if attachments != "0":
                self._binary_packet[eio_sid] = int(attachments)
            await self._handle_event(eio_sid, namespace, ack, [MALFORMED])
        else:
            raise BadPacket("not a packet that clients send")

    async def _handle_connect(self, eio_sid: str, namespace: str, data: Any) -> None:
        try:
            await super()._handle_connect(eio_sid, namespace, data)
        except Exception:  # the library would leave the client half connected for ever
            _logger.exception("the connect handler of %s failed", namespace)
            sid = cast("str", self.manager.sid_from_eio_sid(eio_sid, namespace))
            await self.manager.disconnect(sid, namespace, ignore_queue=True)
            refusal = _Packet(sio.CONNECT_ERROR, {"message": "Server error"}, namespace)
            await self._send_packet(eio_sid, refusal)
        if eio_sid not in self.environ:  # it left while the handler was deciding
            await self._handle_disconnect(eio_sid, namespace, self.reason.TRANSPORT_CLOSE)

    async def _handle_event(self, eio_sid: str, namespace: str, id: int | None, data: list[Any]) -> None:
        sid = cast("str", self.manager.sid_from_eio_sid(eio_sid, namespace))
        if not self.manager.is_connected(sid, namespace):
            return  # it never joined, or its message crossed its removal
        # the library's way to the handler looks for its kind at each message; here all are coroutines
        handler, given = self._get_event_handler(data[0], namespace, (sid, *data[1:]))
        if handler is None:
            return
        try:
            answer = await handler(*given)
        except TypeError:
            if _takes(handler, given):
                raise
            answer = await self._trigger_event(MALFORMED, namespace, sid)
        if id is not None and answer is not self.not_handled:
            values = list(answer) if isinstance(answer, tuple) else [answer]
            if answer is None:
                values = []
            self.write(eio_sid, _packet(sio.ACK, namespace, id, values))

    async def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
        try:
            return await super()._trigger_event(event, namespace, *args)
        except Exception:
            if event != "disconnect":
                raise
            # what the library does after it, for this namespace and the next, must be done
            _logger.exception("the disconnect handler of %s failed", namespace)


def _takes(handler: Callable[..., Any], given: tuple[Any, ...]) -> bool:
    """Whether a handler takes the arguments that the client gave."""
    try:
        inspect.signature(handler).bind(*given)
    except TypeError:
        return False
    return True


def _packet(kind: int, namespace: str, id: int | str, values: list[Any]) -> bytes:
    """As the library's packets, inside a message of Engine.IO; in one step, because every message of
    the server passes here. `id` may be empty."""
    where = "" if namespace == "/" else namespace + ","
    return f"{eio.MESSAGE}{kind}{where}{id}".encode() + orjson.dumps(values)


def _text_frame(payload: bytes) -> bytes:
    """A whole text message in one unmasked frame (RFC 6455 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def _event(body: str) -> list[Any]:
    try:
        data: list[Any] = _payload(body, list)
    except BadPacket:
        return [MALFORMED]
    if data and isinstance(data[0], str) and data[0] not in _RESERVED:
        return data
    return [MALFORMED]


def _payload(body: str, kind: type[T]) -> T:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadPacket("not JSON") from error
    if not isinstance(value, kind):
        raise BadPacket("wrong type of payload")
    return value


def make_server(
    *,
    cors_allowed_origins: Origins = None,
    max_message_bytes: int = 128 * 1024,
    buffer_limit: int = 4 * 1024 * 1024,
    ping_interval: float = 25,
    ping_timeout: float = 20,
    connect_timeout: float = 10,
) -> socketio.AsyncServer:
    """A Socket.IO server for aiohttp. Attach it to an application, and await its `shutdown()` when
    the application shuts down: that ends every connection and runs the disconnect handlers.

    Handlers of one connection run one after the other, in the order of its messages; emitting never
    waits for the receiver. Only namespaces that have handlers can be joined. Events carry JSON,
    never binary data; those that cannot be dispatched reach the catch-all as `MALFORMED`.

    `cors_allowed_origins` is as in python-socketio: None means the origin that served the page.
    A message of `max_message_bytes` or more ends its connection; so does leaving more than
    `buffer_limit` bytes unread (a phonebook of ten thousand names is 1.2 MB, and may be sent twice).
    Each `ping_interval` seconds a client is pinged, and without an answer for `ping_timeout` seconds
    (found within another `ping_timeout`) it is gone. Whoever is in no namespace for
    `connect_timeout` seconds is disconnected.
    """
    for name in ("socketio.server", "engineio.server"):
        if (library := logging.getLogger(name)).level == logging.NOTSET:
            library.setLevel(logging.WARNING)  # at INFO they log the content of every packet
    return _Server(
        async_mode="aiohttp",
        client_manager=_Manager(),
        serializer=_Packet,
        async_handlers=False,
        always_connect=False,
        http_compression=False,
        cors_allowed_origins=cors_allowed_origins,
        max_http_buffer_size=max_message_bytes,
        buffer_limit=buffer_limit,
        ping_interval=ping_interval,
        ping_timeout=ping_timeout,
        connect_timeout=connect_timeout,
        logger=logging.getLogger("socketio.server"),
        engineio_logger=logging.getLogger("engineio.server"),
    )
