"""The engine under the signaling edge, on real sockets: what it takes over from python-socketio, what
it keeps of it, and what one client may not do to another."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from importlib.metadata import version
from typing import Any

import aiohttp
import engineio
import orjson
import pytest
import socketio
from aiohttp import WSMsgType, web
from engineio import async_socket, base_server, base_socket
from socketio.exceptions import ConnectionRefusedError as Refused

from intercom.signaling.engine import MALFORMED, make_server

PANEL, RESIDENT = "/panel", "/resident"


@pytest.fixture(autouse=True)
def no_traceback_in_the_log(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    yield
    records = caplog.get_records("call")
    if "handler_that_fails" in request.node.name:
        assert [r.exc_info is not None for r in records] == [True]
    else:
        # the library reports each kind of bad HTTP request once, as an error in one line
        faults = [r for r in records if r.levelno >= logging.ERROR and r.name != "engineio.server"]
        assert [r.getMessage() for r in records if r.exc_info or r in faults] == []


class House:
    """A running server with an echo in two namespaces, and what its handlers saw."""

    def __init__(self, sio: socketio.AsyncServer, url: str) -> None:
        self.sio, self.url = sio, url
        self.joined: dict[str, str] = {}
        self.seen: list[tuple[str, Any]] = []
        self.left: list[tuple[str, str]] = []
        for namespace in (PANEL, RESIDENT):
            sio.on("connect", self._connect, namespace=namespace)
            sio.on("disconnect", self._disconnect, namespace=namespace)
            sio.on("echo", self._echo, namespace=namespace)
            sio.on("*", self._any, namespace=namespace)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        if auth and auth.get("refuse"):
            raise Refused("not you", {"code": "refused"})
        self.joined[(auth or {}).get("name", "?")] = sid

    async def _disconnect(self, sid: str, reason: str) -> None:
        await asyncio.sleep(0.01)
        self.left.append((sid, reason))

    async def _echo(self, sid: str, data: Any) -> Any:
        await asyncio.sleep(0.002 if isinstance(data, int) and data % 2 else 0)
        self.seen.append((sid, data))
        return {"ok": True, "echo": data}

    async def _any(self, event: str, sid: str, *args: Any) -> Any:
        return {"ok": False, "error": event or "malformed", "args": len(args)}


Serve = Callable[..., Awaitable[House]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    running: list[tuple[socketio.AsyncServer, web.AppRunner]] = []

    async def start(**options: Any) -> House:
        sio = make_server(**options)
        app = web.Application()
        sio.attach(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        running.append((sio, runner))
        host, port = runner.addresses[0]
        return House(sio, f"http://{host}:{port}/socket.io/")

    yield start
    for sio, runner in running:
        await sio.shutdown()
        await runner.cleanup()


class Raw:
    """A client that speaks the protocols by hand, over a WebSocket."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.sid = ""

    async def send(self, packet: str) -> None:
        await self.ws.send_str(packet)

    async def get(self, wait: float = 3) -> str:
        """The next packet but pings, which it answers."""
        while True:
            message = await self.ws.receive(timeout=wait)
            if message.type is not WSMsgType.TEXT:
                raise EOFError(self.ws.close_code)
            if message.data != "2":
                return message.data
            await self.send("3")

    async def join(self, namespace: str = PANEL, name: str = "raw") -> None:
        await self.send(f'40{namespace},{{"name":"{name}"}}')
        answer = await self.get()
        assert answer.startswith(f"40{namespace},"), answer
        self.sid = orjson.loads(answer[3 + len(namespace) :])["sid"]

    async def ask(self, *event: Any, number: int = 1, namespace: str = PANEL) -> Any:
        await self.send(f"42{namespace},{number}{json.dumps(event)}")
        answer = await self.get()
        assert answer.startswith(f"43{namespace},{number}["), answer
        return orjson.loads(answer[answer.index("[") :])[0]

    async def ended(self) -> int | None:
        """Wait until the server has closed the connection; the close code."""
        with contextlib.suppress(EOFError):
            while True:
                await self.get()
        return self.ws.close_code


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


Dial = Callable[..., Awaitable[Raw]]


@pytest.fixture
async def dial(http: aiohttp.ClientSession) -> Dial:
    async def connect(house: House, join: str = PANEL, name: str = "raw", **options: Any) -> Raw:
        ws = await http.ws_connect(house.url + "?EIO=4&transport=websocket", max_msg_size=0, **options)
        raw = Raw(ws)
        assert (await raw.get()).startswith("0{")
        if join:
            await raw.join(join, name)
        return raw

    return connect


@contextlib.asynccontextmanager
async def library_client(
    house: House, *namespaces: str, transports: list[str], **options: Any
) -> AsyncIterator[socketio.AsyncClient]:
    client = socketio.AsyncClient(reconnection=False)
    await client.connect(
        house.url, namespaces=list(namespaces) or [PANEL], transports=transports, wait_timeout=5, **options
    )
    try:
        yield client
    finally:
        await client.disconnect()


async def until(true: Callable[[], Any], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


# -- what the library does, and ours must go on doing ------------------------------------------------


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
async def test_messages_are_handled_in_order_and_acks_carry_the_right_ids(
    serve: Serve, transports: list[str]
) -> None:
    house = await serve()
    answers: list[tuple[int, Any]] = []
    async with library_client(house, transports=transports) as client:
        assert client.transport() == transports[-1]
        for n in range(60):
            await client.emit(
                "echo", n, namespace=PANEL, callback=lambda answer, n=n: answers.append((n, answer["echo"]))
            )
        await until(lambda: len(answers) == 60)
    assert [data for _, data in house.seen] == list(range(60))
    assert answers == [(n, n) for n in range(60)]


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_emits_of_several_tasks_arrive_each_in_its_order(serve: Serve, transport: str) -> None:
    house = await serve()
    got: list[list[int]] = []
    async with library_client(house, transports=[transport]) as client:
        client.on("note", lambda data: got.append(data), namespace=PANEL)
        sid = house.joined["?"]

        async def tell(task: int) -> None:
            for n in range(50):
                await house.sio.emit("note", [task, n], to=sid, namespace=PANEL)
                await asyncio.sleep(0)

        await asyncio.gather(*(tell(task) for task in range(5)))
        await until(lambda: len(got) == 250)
    for task in range(5):
        assert [n for t, n in got if t == task] == list(range(50))


async def test_an_emit_reaches_a_room_but_not_the_skipped(serve: Serve, dial: Dial) -> None:
    house = await serve()
    clients = [await dial(house, name=str(n)) for n in range(3)]
    for client in clients:
        await house.sio.enter_room(client.sid, "flat", namespace=PANEL)
    await house.sio.emit("note", ("a", {"b": 1}), room="flat", skip_sid=clients[1].sid, namespace=PANEL)
    await house.sio.emit("end", room="flat", namespace=PANEL)
    for client, expected in zip(
        clients, (["note", "a", {"b": 1}], ["end"], ["note", "a", {"b": 1}]), strict=True
    ):
        assert orjson.loads((await client.get())[9:]) == expected


async def test_an_upgrade_neither_loses_nor_doubles_messages(
    serve: Serve, http: aiohttp.ClientSession
) -> None:
    house = await serve()
    async with http.get(house.url + "?EIO=4&transport=polling") as response:
        url = house.url + "?EIO=4&transport=polling&sid=" + orjson.loads((await response.text())[1:])["sid"]
    got: list[int] = []

    def keep(payload: str) -> bool:
        """Whether the payload ends the polling (a NOOP)."""
        for packet in payload.split("\x1e"):
            if packet.startswith("42"):
                got.append(orjson.loads(packet[9:])[1])
        return "6" in payload.split("\x1e")

    async def post(packet: str) -> None:
        async with http.post(url, data=packet) as response:
            assert response.status == 200

    await post("40/panel,")
    async with http.get(url) as response:
        assert '"sid"' in await response.text()
    telling = True

    async def tell() -> int:
        n = 0
        while telling:
            await house.sio.emit("note", n, to=house.joined["?"], namespace=PANEL)
            n += 1
            await asyncio.sleep(0.001)
        return n

    async def poll() -> None:
        while True:
            async with http.get(url) as response:
                if keep(await response.text()):
                    return

    task, polling = asyncio.create_task(tell()), asyncio.create_task(poll())
    for n in range(10):
        await post(f'42/panel,["echo",{n}]')
    ws = await http.ws_connect(url.replace("polling", "websocket"))
    await ws.send_str("2probe")
    assert (await ws.receive()).data == "3probe"
    await polling
    await asyncio.sleep(0.05)  # these wait in the queue
    await ws.send_str("5")
    for n in range(10, 20):
        await ws.send_str(f'42/panel,["echo",{n}]')
    while len(got) < 200:
        keep((await ws.receive(timeout=3)).data)
    telling = False
    total = await task
    while len(got) < total:
        keep((await ws.receive(timeout=3)).data)
    assert got == list(range(total))
    assert [data for _, data in house.seen] == list(range(20))
    async with http.get(url) as response:
        assert response.status == 400  # nobody polls beside a WebSocket
    await ws.close()


async def test_a_failed_upgrade_leaves_the_polling_client_alone(
    serve: Serve, http: aiohttp.ClientSession
) -> None:
    house = await serve()
    async with http.get(house.url + "?EIO=4&transport=polling") as response:
        url = house.url + "?EIO=4&transport=polling&sid=" + orjson.loads((await response.text())[1:])["sid"]
    for probe in ("2probe", "nonsense"):
        ws = await http.ws_connect(url.replace("polling", "websocket"))
        await ws.send_str(probe)
        await ws.receive(timeout=3)
        await ws.close()
    async with http.post(url, data="40/panel,") as response:
        assert response.status == 200
    text = ""
    while "40/panel" not in text:
        async with http.get(url) as response:
            text += await response.text()


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_the_service_task_finds_a_client_that_answers_no_ping(
    serve: Serve, dial: Dial, http: aiohttp.ClientSession, transport: str
) -> None:
    house = await serve(ping_interval=0.2, ping_timeout=0.3)
    if transport == "websocket":
        dead = await dial(house)
    else:
        async with http.get(house.url + "?EIO=4&transport=polling") as response:
            url = (
                house.url + "?EIO=4&transport=polling&sid=" + orjson.loads((await response.text())[1:])["sid"]
            )
        await (await http.post(url, data="40/panel,")).text()
    live = await dial(house, name="live")
    answering = asyncio.create_task(live.ended())
    await until(lambda: house.left, 3)
    await asyncio.sleep(0.7)
    assert [reason for _, reason in house.left] == ["ping timeout"]
    assert not answering.done()
    if transport == "websocket":
        told = [message.data async for message in dead.ws]
        assert told == ["2", "1"]
    answering.cancel()


async def test_two_namespaces_share_a_connection(serve: Serve) -> None:
    house = await serve()
    async with library_client(house, PANEL, RESIDENT, transports=["websocket"]) as client:
        for namespace in (PANEL, RESIDENT):
            answer = await client.call("echo", namespace, namespace=namespace, timeout=3)
            assert answer == {"ok": True, "echo": namespace}
        await house.sio.disconnect(client.get_sid(PANEL), namespace=PANEL)
        await until(lambda: len(house.left) == 1)
        assert (await client.call("echo", 2, namespace=RESIDENT, timeout=3))["ok"]
    await until(lambda: len(house.left) == 2)


async def test_the_catch_all_answers_events_without_a_handler(serve: Serve) -> None:
    house = await serve()
    async with library_client(house, transports=["websocket"]) as client:
        answer = await client.call("unheard", (1, 2), namespace=PANEL, timeout=3)
    assert answer == {"ok": False, "error": "unheard", "args": 2}


async def test_an_ack_carries_as_many_values_as_the_handler_returns(serve: Serve, dial: Dial) -> None:
    house = await serve()
    for name, value in (("none", None), ("one", [1]), ("two", (1, "b"))):

        async def handler(sid: str, value: Any = value) -> Any:
            return value

        house.sio.on(name, handler, namespace=PANEL)
    raw = await dial(house)
    for name, ack in (("none", "[]"), ("one", "[[1]]"), ("two", '[1,"b"]')):
        await raw.send(f'42/panel,7["{name}"]')
        assert await raw.get() == "43/panel,7" + ack


async def test_a_refused_connect_tells_the_client_why(serve: Serve) -> None:
    house = await serve()
    told: list[Any] = []
    client = socketio.AsyncClient(reconnection=False)
    client.on("connect_error", lambda data: told.append(data), namespace=PANEL)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(
            house.url, namespaces=[PANEL], transports=["websocket"], auth={"refuse": True}, wait_timeout=3
        )
    assert told == [{"message": "not you", "data": {"code": "refused"}}]
    await client.disconnect()
    assert house.left == []


async def test_the_connect_handler_gets_the_auth(serve: Serve) -> None:
    house = await serve()
    async with library_client(house, transports=["websocket"], auth={"name": "Ö"}) as client:
        assert house.joined == {"Ö": client.get_sid(PANEL)}


async def test_an_emit_to_somebody_who_left_does_nothing(serve: Serve, dial: Dial) -> None:
    house = await serve()
    raw = await dial(house)
    await raw.ws.close()
    await house.sio.emit("note", 1, to=raw.sid, namespace=PANEL)
    await until(lambda: house.left)
    await house.sio.emit("note", 1, to=raw.sid, namespace=PANEL)
    await house.sio.disconnect(raw.sid, namespace=PANEL)
    assert len(house.left) == 1


async def test_callbacks_of_emits_work_and_invented_ones_are_ignored(serve: Serve, dial: Dial) -> None:
    house = await serve()
    answers: list[Any] = []
    raw = await dial(house)
    await house.sio.emit("ask", 1, to=raw.sid, namespace=PANEL, callback=answers.append)
    assert await raw.get() == '42/panel,1["ask",1]'
    for number in (0, 9, 1, 1):
        await raw.send(f'43/panel,{number}["yes"]')
    assert (await raw.ask("echo", 1))["ok"]
    assert answers == ["yes"]


async def test_the_configured_origins_are_enforced(serve: Serve, http: aiohttp.ClientSession) -> None:
    house = await serve(cors_allowed_origins=["https://door.example"])
    url = house.url + "?EIO=4&transport=websocket"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.ws_connect(url, headers={"Origin": "https://evil.example"})
    await (await http.ws_connect(url, headers={"Origin": "https://door.example"})).close()


# -- disconnect handlers, once ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packet", "reason"),
    [("41/panel,", "client disconnect"), ("1", "client disconnect"), ("", "transport close")],
)
async def test_the_disconnect_handler_runs_once_with_the_reason(
    serve: Serve, dial: Dial, packet: str, reason: str
) -> None:
    house = await serve()
    raw = await dial(house)
    if packet:
        await raw.send(packet)
        await raw.send(packet)
    await raw.ws.close()
    await until(lambda: house.left)
    await asyncio.sleep(0.1)
    assert house.left == [(raw.sid, reason)]
    assert not house.sio.eio.sockets
    assert not house.sio.environ
    assert not house.sio.manager.rooms


async def test_a_shutdown_ends_every_connection_and_runs_the_disconnect_handlers_once(
    serve: Serve, dial: Dial
) -> None:
    house = await serve()
    raws = [await dial(house, name=str(n)) for n in range(5)]
    ends = [asyncio.create_task(raw.ended()) for raw in raws]
    async with library_client(house, transports=["polling"]) as polling:
        started = time.monotonic()
        await house.sio.shutdown()
        assert time.monotonic() - started < 2
        await until(lambda: not polling.connected)
    assert await asyncio.gather(*ends) == [1001] * 5
    assert sorted(sid for sid, _ in house.left) == sorted(house.joined.values())
    assert not house.sio.eio.sockets


async def test_a_client_removed_by_the_server_is_told_and_gone_once(serve: Serve, dial: Dial) -> None:
    house = await serve(connect_timeout=0.2)
    raw = await dial(house)
    await house.sio.disconnect(raw.sid, namespace=PANEL)
    assert await raw.get() == "41/panel,"
    await raw.send('42/panel,1["echo",1]')  # crossed the removal: dropped
    assert await raw.ended() == 1001  # in no namespace any more
    assert house.left == [(raw.sid, "server disconnect")]
    assert house.seen == []


async def test_a_client_that_leaves_during_its_connect_handler_is_forgotten(serve: Serve, dial: Dial) -> None:
    house = await serve(ping_interval=0.1, ping_timeout=0.1)

    async def slow(sid: str, environ: dict[str, Any], auth: Any) -> None:
        await asyncio.sleep(0.8)

    house.sio.on("connect", slow, namespace=PANEL)
    raw = await dial(house, join="")
    await raw.send("40/panel,")
    await asyncio.sleep(0.1)
    await until(lambda: house.left, 3)
    assert len(house.left) == 1
    assert not house.sio.manager.rooms


async def test_a_connect_handler_that_fails_refuses_and_leaves_nothing(serve: Serve, dial: Dial) -> None:
    house = await serve()

    async def broken(sid: str, environ: dict[str, Any], auth: Any) -> None:
        raise RuntimeError

    house.sio.on("connect", broken, namespace=PANEL)
    raw = await dial(house, join="")
    await raw.send("40/panel,")
    assert await raw.get() == '44/panel,{"message":"Server error"}'
    assert not house.sio.manager.rooms
    await raw.join(RESIDENT)


async def test_a_disconnect_handler_that_fails_keeps_no_other_from_running(serve: Serve, dial: Dial) -> None:
    house = await serve()

    async def broken(sid: str, reason: str) -> None:
        raise RuntimeError

    house.sio.on("disconnect", broken, namespace=PANEL)
    raw = await dial(house)
    await raw.join(RESIDENT)
    await raw.ws.close()
    await until(lambda: house.left)
    await until(lambda: not house.sio.manager.rooms)


# -- what a client may not do ---------------------------------------------------------------------------


def rss() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_client_that_does_not_read_is_cut_and_holds_nobody(
    serve: Serve, dial: Dial, caplog: pytest.LogCaptureFixture
) -> None:
    house = await serve()
    slow, other = await dial(house, name="slow"), await dial(house, name="other")
    before, longest = rss(), 0.0
    for n in range(10_000):
        started = time.monotonic()
        await house.sio.emit("flood", "x" * 65_536, to=slow.sid, namespace=PANEL)
        longest = max(longest, time.monotonic() - started)
        if n % 1000 == 0:
            assert (await other.ask("echo", n))["echo"] == n
    assert longest < 0.5
    assert rss() - before < 50 * 2**20
    await until(lambda: house.left)
    assert house.left == [(slow.sid, "transport close")]
    assert [r.getMessage() for r in caplog.records if "cut" in r.getMessage()] != []
    assert (await other.ask("echo", 1))["ok"]


async def test_a_client_that_does_not_poll_is_cut(serve: Serve, http: aiohttp.ClientSession) -> None:
    house = await serve(buffer_limit=200_000)
    async with http.get(house.url + "?EIO=4&transport=polling") as response:
        sid = orjson.loads((await response.text())[1:])["sid"]
    await (await http.post(f"{house.url}?EIO=4&transport=polling&sid={sid}", data="40/panel,")).text()
    for _ in range(10):
        await house.sio.emit("flood", "x" * 65_536, namespace=PANEL)
    await until(lambda: house.left)
    assert [reason for _, reason in house.left] == ["transport error"]


@pytest.mark.parametrize("bystander", ["websocket", "polling"])
async def test_an_oversized_message_closes_only_its_own_connection(
    serve: Serve, dial: Dial, bystander: str
) -> None:
    house = await serve(max_message_bytes=10_000)
    raw = await dial(house)
    async with library_client(house, transports=[bystander]) as client:
        await raw.send('42/panel,1["echo","' + "x" * 2**21 + '"]')
        with contextlib.suppress(ConnectionError, TimeoutError):
            assert await raw.ended() in (1009, 1006)
        await until(lambda: house.left)
        assert (await client.call("echo", 1, namespace=PANEL, timeout=3))["ok"]
    assert (raw.sid, "transport close") in house.left


DISPATCHED = {
    "bad JSON": '42/panel,1["echo",}',
    "no JSON": "42/panel,1",
    "NaN": '42/panel,1["echo",NaN]',
    "infinity": '42/panel,1["echo",-Infinity]',
    "lone surrogate": '42/panel,1["echo","\\ud800"]',
    "deep nesting": '42/panel,1["echo",' + "[" * 10_000 + "]" * 10_000 + "]",
    "deep and unclosed": '42/panel,1["echo",' + "[" * 10_000,
    "object for a list": '42/panel,1{"echo":1}',
    "number for a name": "42/panel,1[7]",
    "list for a name": '42/panel,1[["echo"]]',
    "null for a name": "42/panel,1[null]",
    "empty list": "42/panel,1[]",
    "empty name": '42/panel,1["",1]',
    "forged connect": '42/panel,1["connect",{},{}]',
    "forged disconnect": '42/panel,1["disconnect","bored"]',
    "too few arguments": '42/panel,1["echo"]',
    "too many arguments": '42/panel,1["echo",1,2,3]',
    "binary event of no attachment": '450-/panel,1["echo",1]',
}


@pytest.mark.parametrize("packet", DISPATCHED.values(), ids=DISPATCHED.keys())
async def test_an_event_that_cannot_be_dispatched_reaches_the_catch_all(
    serve: Serve, dial: Dial, packet: str
) -> None:
    house = await serve()
    raw = await dial(house)
    await raw.send(packet)
    assert await raw.get() == '43/panel,1[{"ok":false,"error":"malformed","args":0}]'
    assert (await raw.ask("echo", "still here"))["ok"]
    assert house.left == []
    assert [data for _, data in house.seen] == ["still here"]


async def test_a_binary_event_reaches_the_catch_all_and_its_attachments_are_dropped(
    serve: Serve, dial: Dial
) -> None:
    house = await serve()
    raw = await dial(house)
    await raw.send('452-/panel,1["echo",{"_placeholder":true,"num":0}]')
    assert "malformed" in await raw.get()
    await raw.ws.send_bytes(b"a")
    await raw.ws.send_bytes(b"b")
    assert (await raw.ask("echo", 1))["ok"]
    await raw.ws.send_bytes(b"c")
    assert await raw.ended() == 1002


HARMLESS = {
    "unknown namespace": '42/nobody,1["echo",1]',
    "namespace not joined": '42/resident,1["echo",1]',
    "default namespace": '42["echo",1]',
    "ack of nothing": "43/panel,5[1]",
    "leaving what was not joined": "41/resident,",
    "a pong nobody asked for": "3",
    "numbers beyond all limits": '42/panel,["echo",' + "9" * 400 + "]",
    "the same key twice, and NUL": '42/panel,["echo",{"a":1,"a":"\\u0000"}]',
}


@pytest.mark.parametrize("packet", HARMLESS.values(), ids=HARMLESS.keys())
async def test_a_packet_without_an_address_does_nothing(serve: Serve, dial: Dial, packet: str) -> None:
    house = await serve()
    raw = await dial(house)
    await raw.send(packet)
    await raw.send('42/panel,1["echo",1]')
    assert await raw.get() == '43/panel,1[{"ok":true,"echo":1}]'


UNFRAMED = {
    "empty": "",
    "no type": "hello",
    "a type that does not exist": "9",
    "a ping, which is the server's": "2",
    "an open packet": "0{}",
    "an upgrade": "5",
    "no Socket.IO type": '4["echo"]',
    "a Socket.IO type that does not exist": "47",
    "a connect error": '44/panel,{"message":"no"}',
    "an ack that is no list": '43/panel,5{"a":1}',
    "an ack without a number": "43/panel,[1]",
    "a connect with bad JSON": "40/resident,{",
    "a connect with a list": "40/resident,[1]",
    "an ack number beyond all limits": '42/panel,99999999999999999999["echo",1]',
    "an event that carries no attachment, with one": '421-/panel,1["echo",1]',
    "too many attachments": '4599-/panel,1["echo",1]',
}


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize("packet", UNFRAMED.values(), ids=UNFRAMED.keys())
async def test_a_packet_that_cannot_be_framed_closes_only_its_own_connection(
    serve: Serve, dial: Dial, http: aiohttp.ClientSession, packet: str, transport: str
) -> None:
    house = await serve()
    other = await dial(house, name="other")
    if transport == "websocket":
        raw = await dial(house)
        await raw.send(packet)
        assert await raw.ended() == 1002
    else:
        async with http.get(house.url + "?EIO=4&transport=polling") as response:
            url = (
                house.url + "?EIO=4&transport=polling&sid=" + orjson.loads((await response.text())[1:])["sid"]
            )
        await (await http.post(url, data="40/panel,")).text()
        async with http.post(url, data=packet) as response:
            assert response.status == 400
    await until(lambda: len(house.left) == 1)
    assert (await other.ask("echo", 1))["ok"]


FRAMES = {
    "bad UTF-8": (b"\x81\x82\0\0\0\0\xff\xfe", 1007),
    "bad opcode": (b"\x83\x80\0\0\0\0", 1002),
    "reserved bit": (b"\xc1\x80\0\0\0\0", 1002),
    "2 EiB announced": (b"\x81\xff\x20\0\0\0\0\0\0\0\0\0\0\0", 1009),
    "binary where text is expected": (b"\x82\x83\0\0\0\0abc", 1002),
}


@pytest.mark.parametrize(("frame", "code"), FRAMES.values(), ids=FRAMES.keys())
async def test_a_broken_frame_closes_only_its_own_connection_with_the_right_code(
    serve: Serve, dial: Dial, frame: bytes, code: int
) -> None:
    house = await serve()
    raw, other = await dial(house), await dial(house, name="other")
    transport = raw.ws._conn.transport  # aiohttp's client cannot send these
    transport.write(frame)
    assert await raw.ended() == code
    await until(lambda: len(house.left) == 1)
    assert (await other.ask("echo", 1))["ok"]


async def test_a_body_that_is_not_text_or_too_long_closes_the_polling_client(
    serve: Serve, http: aiohttp.ClientSession
) -> None:
    house = await serve(max_message_bytes=10_000)
    for body in (b"\xff\xfe", b"4" * 10_001):
        async with http.get(house.url + "?EIO=4&transport=polling") as response:
            url = (
                house.url + "?EIO=4&transport=polling&sid=" + orjson.loads((await response.text())[1:])["sid"]
            )
        async with http.post(url, data=body) as response:
            assert response.status == 400
    assert not house.sio.eio.sockets


async def test_a_body_in_several_segments_is_read_whole(serve: Serve, http: aiohttp.ClientSession) -> None:
    house = await serve()
    async with http.get(house.url + "?EIO=4&transport=polling") as response:
        url = house.url + "?EIO=4&transport=polling&sid=" + orjson.loads((await response.text())[1:])["sid"]
    await (await http.post(url, data="40/panel,")).text()
    packet = b'42/panel,["echo","' + b"x" * 3000 + b'"]'

    async def segments() -> AsyncIterator[bytes]:
        yield packet[:100]
        await asyncio.sleep(0.05)
        yield packet[100:]

    async with http.post(url, data=segments(), headers={"Content-Length": str(len(packet))}) as response:
        assert response.status == 200
    assert [len(data) for _, data in house.seen] == [3000]


async def test_whoever_joins_no_namespace_in_time_is_disconnected(serve: Serve, dial: Dial) -> None:
    house = await serve(connect_timeout=0.2)
    joined, silent, refused = await dial(house), await dial(house, join=""), await dial(house, join="")
    await refused.send('40/panel,{"refuse":true}')
    assert (await refused.get()).startswith("44/panel,")
    assert await silent.ended() == 1001
    assert await refused.ended() == 1001
    assert (await joined.ask("echo", 1))["ok"]


async def test_the_default_namespace_is_closed_unless_it_has_handlers(serve: Serve, dial: Dial) -> None:
    house = await serve()
    raw = await dial(house, join="")
    for namespace in ("", "/nobody,"):
        await raw.send("40" + namespace)
        assert (await raw.get()).startswith("44")


async def test_a_flood_of_one_client_leaves_turns_to_the_others(serve: Serve, dial: Dial) -> None:
    house = await serve()
    flooding, other = await dial(house), await dial(house, name="other")
    for _ in range(5_000):
        await flooding.ws._writer.send_frame(b'42/panel,["echo",0]', WSMsgType.TEXT)
    started = time.monotonic()
    assert (await other.ask("echo", 0))["ok"]
    assert time.monotonic() - started < 0.5
    assert len(house.seen) < 5_000


async def test_a_handler_that_fails_costs_nobody_the_connection(serve: Serve, dial: Dial) -> None:
    house = await serve()

    async def broken(sid: str, data: Any) -> None:
        raise TypeError

    house.sio.on("broken", broken, namespace=PANEL)
    raw = await dial(house)
    await raw.send('42/panel,["broken",1]')
    assert (await raw.ask("echo", 1))["ok"]


async def test_compression_is_refused(serve: Serve, dial: Dial) -> None:
    house = await serve()
    raw = await dial(house, compress=15)
    assert raw.ws.compress == 0


# -- what a new version of a library may break ------------------------------------------------------------


def test_the_libraries_still_have_the_private_names_that_the_engine_relies_on() -> None:
    assert version("python-socketio").startswith("5.18.")
    assert version("python-engineio").startswith("4.15.")
    assert version("aiohttp").startswith("3.14.")
    for owner, names in {
        async_socket.AsyncSocket: "poll handle_get_request handle_post_request schedule_ping "
        "check_ping_timeout close send _upgrade_websocket",
        engineio.AsyncServer: "_handle_connect _trigger_event _service_task _upgrades _ok _bad_request",
        base_server.BaseServer.reason: "CLIENT_DISCONNECT TRANSPORT_CLOSE TRANSPORT_ERROR SERVER_DISCONNECT",
        socketio.AsyncManager: "emit disconnect trigger_callback get_participants eio_sid_from_sid "
        "sid_from_eio_sid is_connected get_namespaces",
        socketio.AsyncServer: "_engineio_server_class _send_packet _handle_eio_connect _handle_eio_message "
        "_handle_connect _handle_disconnect _handle_event _handle_ack _trigger_event _get_event_handler",
    }.items():
        assert [name for name in names.split() if not hasattr(owner, name)] == []
    sio = make_server()
    for thing, names in {
        sio: "namespaces environ not_handled _binary_packet",
        sio.manager: "callbacks rooms",
        sio.eio: "sockets handlers start_service_task service_task_handle max_http_buffer_size",
        base_socket.BaseSocket(sio.eio, "sid"): "queue last_ping connected upgrading upgraded closing closed",
    }.items():
        assert [name for name in names.split() if not hasattr(thing, name)] == []
    assert MALFORMED == ""
