"""A house for tests: the real server as a process of its own, and clients that talk to it over loopback.

Every message that a client hears is held against its schema in `intercom.signaling.wire`, and every
acknowledgement against the wire's rule; a client collects what does not fit and its `close()` raises it.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import itertools
import json
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp
import orjson
import socketio
from pydantic import BaseModel, ValidationError
from socketio.exceptions import ConnectionError as Unreachable
from socketio.exceptions import SocketIOError

from intercom.signaling import wire
from intercom.signaling.document import codes
from tests.e2e import forks
from tests.e2e.document import Document

Message = dict[str, Any]
Ack = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
INTERCOM = [sys.executable, "-m", "intercom"]
PATIENCE = 10.0
"""How long a test waits for what must come, in seconds: far more than it takes, on a busy machine."""

_addresses = itertools.count(2)


def free_port() -> int:
    """A port that nobody listens on, below those that outgoing connections are given."""
    while True:
        port = random.SystemRandom().randrange(15_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def fresh_address() -> str:
    """An address of loopback that no client has used yet: throttles count each on its own."""
    number = next(_addresses)
    return f"127.0.{number // 250}.{number % 250 + 2}"


def environment(settings: Mapping[str, object] = {}) -> dict[str, str]:
    """This process's environment with fast passwords and the given INTERCOM_ settings, and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INTERCOM_")}
    given = {f"INTERCOM_{name.upper()}": str(value) for name, value in settings.items()}
    return {**kept, "INTERCOM_ARGON2_MEMORY_KIB": "8192", "PYTHONUNBUFFERED": "1", **given}


async def eventually(holds: Callable[[], Any], what: str, within: float = PATIENCE) -> Any:
    """Look until `holds()` is true, and give what it gave."""
    deadline = time.monotonic() + within
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        await asyncio.sleep(0.01)
    return found


# -- the server ---------------------------------------------------------------------------------------


class House:
    """One server process on a data folder and a port of its own. Killed, it starts again on both."""

    def __init__(self, folder: Path, *, command: str = "demo", **settings: object) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.out = folder / "server.out"
        self.port = free_port()
        self.command = command
        self.settings = settings
        self.process: forks.Fork | None = None
        self._tokens: dict[str, str] = {}
        self._document: Document | None = None
        folder.mkdir(parents=True, exist_ok=True)

    # -- the process ------------------------------------------------------------------------------

    @property
    def scheme(self) -> str:
        """https if the house has a certificate."""
        return "https" if "certificate" in self.settings else "http"

    @property
    def base(self) -> str:
        """Where the house is reached."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self) -> House:
        """Start, and wait until it is ready."""
        assert self.process is None
        self.launch()
        self.wait_ready()
        return self

    def launch(self) -> None:
        """Start, without waiting."""
        arguments = ["--data", str(self.data), "--port", str(self.port), "--host", "127.0.0.1"]
        with self.log.open("ab") as log, self.out.open("ab") as out:
            self.process = forks.start(
                [self.command, *arguments],
                environment({"log_level": "debug", **self.settings}),
                out,
                log,
            )

    def wait_ready(self, within: float = 30.0) -> None:
        """Wait until `/readyz` says so."""
        deadline = time.monotonic() + within
        while True:
            assert self.process is not None
            assert self.process.poll() is None, f"the server ended:\n{self.log.read_text()[-3000:]}"
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.ask("GET", "/readyz").status == 200:
                    return
            assert time.monotonic() < deadline, "the server does not become ready"
            time.sleep(0.02)

    def kill(self) -> None:
        """`kill -9`: nothing is finished, nothing is said."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self) -> int:
        """Ctrl-C; gives the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.process = None
        return status

    def close(self) -> None:
        """End it, whatever state it is in."""
        if self.process is not None:
            self.stop()

    def restart(self) -> None:
        """Again, on the same folder and port."""
        self.close()
        self.start()

    # -- its files ----------------------------------------------------------------------------------

    @property
    def demo(self) -> Message:
        """What the house says of itself in `demo.json`."""
        return json.loads((self.data / "demo.json").read_text())

    def account(self, who: str) -> Message:
        """The demo account whose e-mail starts so."""
        return next(a for a in self.demo["accounts"] if a["email"].startswith(who))

    def rows(self, file: str, statement: str, *values: object) -> list[sqlite3.Row]:
        """Read from one of the databases, from outside."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data / file}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return db.execute(statement, values).fetchall()

    def change(self, file: str, statement: str, *values: object) -> int:
        """Write into one of the databases, from outside. Gives the number of rows."""
        with contextlib.closing(sqlite3.connect(self.data / file, timeout=10)) as db, db:
            return db.execute(statement, values).rowcount

    def stored_call(self, call: str) -> Message | None:
        """The call as it is on disk."""
        rows = self.rows("live.db", "SELECT doc FROM calls WHERE id=?", call)
        return orjson.loads(rows[0]["doc"]) if rows else None

    def openings(self) -> list[Message]:
        """The log of openings as it is on disk."""
        return [orjson.loads(row["doc"]) for row in self.rows("live.db", "SELECT doc FROM openings")]

    def journal(self) -> list[Message]:
        """What the built-in core has carried out."""
        path = self.data / "doors.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def faults(self) -> list[str]:
        """Lines of the log that tell of a fault of the server's own."""
        text = self.log.read_text(errors="replace")
        return re.findall(r".*(?:Traceback|Unclosed|never awaited|never retrieved|Exception ignored).*", text)

    # -- HTTP ---------------------------------------------------------------------------------------

    def ask(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        json_body: object = None,
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
        cookies: Mapping[str, str] = {},
        address: str = "127.0.0.1",
    ) -> Answer:
        """One request over a connection of its own, from `address`; redirects are not followed."""
        sent = dict(headers)
        if form is not None:
            body = urllib.parse.urlencode(form).encode()
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif json_body is not None:
            body = json.dumps(json_body).encode()
            sent.setdefault("Content-Type", "application/json")
        if cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        if self.scheme == "https":
            import ssl

            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=15, context=ssl._create_unverified_context()
            )
        else:
            connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=15, source_address=(address, 0)
            )
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        if path.startswith("/api/"):
            kind = answer.header("Content-Type")
            fault = self.document.fault(method, path, answer.status, kind, answer.body)
            assert not fault, fault
        return answer

    @property
    def document(self) -> Document:
        """The house's own document of its API; every answer is held against it."""
        if self._document is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
            if self.scheme == "https":
                import ssl

                context = ssl._create_unverified_context()
                connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=15, context=context)
            with contextlib.closing(connection):
                connection.request("GET", "/api/openapi.json")
                self._document = Document(json.loads(connection.getresponse().read()))
        return self._document

    def sign_in(self, who: str, *, fresh: bool = False) -> str:
        """The session token of a demo account; signed in once, unless `fresh`."""
        if fresh or who not in self._tokens:
            account = self.account(who)
            form = {"email": account["email"], "password": account["password"]}
            answer = self.ask("POST", "/sign-in", form=form, address=fresh_address())
            assert answer.status == 303, answer
            token = answer.cookie(self.session_cookie)
            assert token
            if fresh:
                return token
            self._tokens[who] = token
        return self._tokens[who]

    @property
    def session_cookie(self) -> str:
        """Name of the session's cookie."""
        return "__Host-intercom_session" if self.scheme == "https" else "intercom_session"

    def as_(self, who: str) -> dict[str, str]:
        """The cookies of a demo account."""
        return {self.session_cookie: self.sign_in(who)}

    # -- panels -------------------------------------------------------------------------------------

    @property
    def panel_key(self) -> str:
        """Key of the demo panel."""
        return self.demo["panel_url"].split("#key=")[1]

    @property
    def station_key(self) -> str:
        """Key of the demo doorstation: a second panel of the same entrance."""
        return Path(self.demo["doorstation"]["key_file"]).read_text().strip()

    def pairing_code(self, entrance: str) -> str:
        """A new code, as an admin gets it; read from the page that shows it."""
        (row,) = self.rows("intercom.db", "SELECT site FROM entrances WHERE id=?", entrance)
        path = f"/admin/{row['site']}/entrances/{entrance}/pairing-code"
        answer = self.ask("POST", path, form={}, cookies=self.as_("marta"))
        assert answer.status == 200, answer
        found = re.search(r"\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b", answer.text)
        assert found, "the page shows no code"
        return found[0]

    def enroll(self, code: str, *, address: str | None = None) -> Answer:
        """Use a pairing code."""
        return self.ask(
            "POST", "/api/v1/panels/enroll", json_body={"code": code}, address=address or fresh_address()
        )

    def new_panel(self, entrance: str = "street") -> str:
        """Pair one more panel, and give its key."""
        answer = self.enroll(self.pairing_code(entrance))
        assert answer.status == 200, answer
        return answer.json["key"]

    # -- clients --------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def people(self) -> AsyncIterator[People]:
        """Makes clients, and sees them off at the end."""
        people = People(self)
        try:
            yield people
        except BaseException:
            await people.close(check=False)
            raise
        await people.close()


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """A header, or None."""
        return next((value for key, value in self.fields if key.casefold() == name.casefold()), None)

    def set_cookies(self) -> list[str]:
        """Every Set-Cookie."""
        return [value for key, value in self.fields if key.casefold() == "set-cookie"]

    def cookie(self, name: str) -> str | None:
        """The value that it gives a cookie."""
        for line in self.set_cookies():
            key, _, value = line.split(";")[0].partition("=")
            if key == name:
                return value
        return None

    def __str__(self) -> str:
        return f"{self.status} {self.fields} {self.body[:1000]!r}"


# -- clients ------------------------------------------------------------------------------------------


class Refused(AssertionError):
    """A message was refused where the test expected that it is not."""


class Pace:
    """Holds a client under the server's limit on messages (300 in 10 seconds)."""

    def __init__(self, most: int = 280, seconds: float = 10.2) -> None:
        self._sent: deque[float] = deque(maxlen=most)
        self._seconds = seconds

    async def turn(self) -> None:
        """Wait until one more message may go."""
        if len(self._sent) == self._sent.maxlen:
            await asyncio.sleep(max(0.0, self._sent[0] + self._seconds - time.monotonic()))
        self._sent.append(time.monotonic())


class Client:
    """One Socket.IO connection to one namespace, and all that it has heard."""

    namespace: str
    messages: Mapping[str, type[BaseModel]]

    def __init__(self, house: House, name: str) -> None:
        self.house = house
        self.name = name
        self.heard: list[tuple[str, Message]] = []
        self.arrived: dict[tuple[str, str | None], float] = {}
        """When the last event of that name came for that leg (monotonic)."""
        self.wrong: list[str] = []
        self.ready: Message = {}
        self.refusal: Message | None = None
        self._unread: list[tuple[str, Message]] = []
        self._news = asyncio.Event()
        self._gone = asyncio.Event()
        self._pace = Pace()
        self._sio: socketio.AsyncClient | None = None
        self._http: aiohttp.ClientSession | None = None

    # -- connecting -----------------------------------------------------------------------------------

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and auth of the handshake."""
        raise NotImplementedError

    async def connect(self, *, headers: Mapping[str, str] = {}, transport: str = "websocket") -> Client:
        """Connect and wait for `ready`. Raises `Unreachable`; a refusal is kept in `refusal`."""
        await self.disconnect()
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False))
        sio = socketio.AsyncClient(
            reconnection=False, http_session=self._http, request_timeout=PATIENCE, ssl_verify=False
        )
        self._sio, self._gone, self._unread = sio, asyncio.Event(), []
        gone = self._gone

        def heard(event: str, *arguments: Any) -> None:
            if sio is self._sio:
                self._hear(event, arguments)

        def refused(error: Any = None) -> None:
            # `data` says it for programs, `message` for whoever only shows it
            told = error.get("data") if isinstance(error, dict) else None
            if told is not None and (set(told) != {"code", "message"} or told["message"] != error["message"]):
                self.wrong.append(f"connect_error: {error}")
            self.refusal = told

        sio.on("*", heard, namespace=self.namespace)
        sio.on("connect_error", refused, namespace=self.namespace)
        sio.on("disconnect", lambda *_: gone.set(), namespace=self.namespace)
        given, auth = self.credentials()
        self.refusal = None
        try:
            await sio.connect(
                self.house.base,
                headers={**given, **headers},
                auth=auth,
                namespaces=[self.namespace],
                transports=[transport],
                wait_timeout=PATIENCE,
            )
        except Unreachable:
            await self._close_http()
            self._sio = None
            raise
        self.ready = await self.gets("ready")
        return self

    @property
    def connected(self) -> bool:
        """Whether the connection is up."""
        return self._sio is not None and not self._gone.is_set()

    async def disconnect(self) -> None:
        """Leave in order."""
        sio, self._sio = self._sio, None
        if sio is not None:
            with contextlib.suppress(Exception):
                await sio.disconnect()
        await self._close_http()

    async def drop(self) -> None:
        """Lose the connection: the TCP stream is reset, nothing is said."""
        assert self._sio is not None
        connection = self._sio.eio.ws._response.connection  # aiohttp has no public way to reset a stream
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()
        await asyncio.wait_for(self._gone.wait(), PATIENCE)
        self._sio = None
        await self._close_http()

    async def _close_http(self) -> None:
        session, self._http = self._http, None
        if session is not None:
            await session.close()

    async def ended(self, within: float = PATIENCE) -> None:
        """Wait until the server has ended the connection."""
        await asyncio.wait_for(self._gone.wait(), within)

    async def close(self) -> None:
        """Leave, and raise what did not follow the wire."""
        await self.disconnect()
        assert not self.wrong, f"{self.name} heard what is not on the wire: {self.wrong}"

    # -- hearing ---------------------------------------------------------------------------------------

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        fault = self._fault(event, arguments)
        if fault:
            self.wrong.append(f"{event}: {fault}: {str(arguments)[:500]}")
        message = arguments[0] if arguments else {}
        self.heard.append((event, message))
        self.arrived[event, message.get("leg")] = time.monotonic()
        self._unread.append((event, message))
        self._news.set()

    def _fault(self, event: str, arguments: tuple[Any, ...]) -> str | None:
        schema = self.messages.get(event)
        if schema is None:
            return "no such event in the wire's table"
        if len(arguments) != 1 or not isinstance(arguments[0], dict):
            return "not one object"
        try:
            schema.model_validate(arguments[0])
        except ValidationError as error:
            return str(error)
        if set(arguments[0]) != set(schema.model_fields):
            return f"keys differ from {sorted(schema.model_fields)}"
        return None

    async def gets(self, event: str, within: float = PATIENCE, **fields: Any) -> Message:
        """The first unread `event` whose fields are as given; it is read with that."""
        deadline = time.monotonic() + within
        while True:
            for index, (name, message) in enumerate(self._unread):
                if name == event and all(message.get(key) == value for key, value in fields.items()):
                    del self._unread[index]
                    return message
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), deadline - time.monotonic())
            except TimeoutError:
                raise AssertionError(
                    f"{self.name} did not get {event} {fields} in {within} s; unread: "
                    + "; ".join(f"{name} {str(message)[:200]}" for name, message in self._unread)
                ) from None

    def unread(self, event: str) -> list[Message]:
        """What came and was not read, of one kind."""
        return [message for name, message in self._unread if name == event]

    def forget(self) -> None:
        """Take everything unread as read."""
        self._unread.clear()

    async def settled(self) -> None:
        """Everything that the server has told this client so far has arrived: its acks keep the order."""
        await self.says("settled?", {})

    # -- saying ------------------------------------------------------------------------------------------

    async def says(self, event: str, *arguments: Any, within: float = PATIENCE) -> Ack:
        """Send an event, and give the acknowledgement."""
        await self._pace.turn()
        data: Any = arguments[0] if len(arguments) == 1 else arguments
        return await self._acked(lambda sio, ack: sio.emit(event, data, self.namespace, callback=ack), within)

    async def raw(self, body: str, within: float = PATIENCE, attachments: list[bytes] | None = None) -> Ack:
        """Send the body of an event packet as it stands (with binary attachments), and give the ack."""
        await self._pace.turn()

        async def send(sio: socketio.AsyncClient, ack: Callable[..., None]) -> None:
            number = sio._generate_ack_id(self.namespace, ack)
            kind = "2" if attachments is None else f"5{len(attachments)}-"
            await sio.eio.ws.send_str(f"4{kind}{self.namespace},{number}{body}")
            for data in attachments or ():
                await sio.eio.ws.send_bytes(data)

        return await self._acked(send, within)

    async def _acked(
        self, send: Callable[[socketio.AsyncClient, Callable[..., None]], Awaitable[Any]], within: float
    ) -> Ack:
        assert self._sio is not None, f"{self.name} is not connected"
        answer: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()
        gone = self._gone

        def acked(*values: Any) -> None:
            if not answer.done():
                answer.set_result(values)

        try:
            await send(self._sio, acked)
        except (SocketIOError, OSError, aiohttp.ClientError) as error:
            raise Unreachable(f"{self.name}: {error}") from None
        over = asyncio.ensure_future(gone.wait())
        try:
            await asyncio.wait({answer, over}, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
        if not answer.done():
            raise Unreachable(f"{self.name}: no acknowledgement{', gone' if gone.is_set() else ''}")
        values = answer.result()
        fault = ack_fault(values)
        if fault:
            self.wrong.append(f"acknowledgement: {fault}: {str(values)[:500]}")
        return values[0]

    async def does(self, event: str, **fields: Any) -> Ack:
        """Send an event that must not be refused."""
        ack = await self.says(event, fields)
        if not ack["ok"]:
            raise Refused(f"{self.name}: {event} {fields} was refused: {ack['error']}")
        return ack

    async def is_refused(self, event: str, code: str, **fields: Any) -> Message:
        """Send an event that must be refused with `code`; gives the error."""
        ack = await self.says(event, fields)
        assert not ack["ok"], f"{self.name}: {event} {fields} was not refused"
        assert ack["error"]["code"] == code, ack
        return ack["error"]


def ack_fault(values: tuple[Any, ...]) -> str | None:
    """What is wrong with an acknowledgement, or None."""
    if len(values) != 1 or not isinstance(values[0], dict):
        return "not one object"
    ack: Message = values[0]
    if ack.get("ok") is True:
        return None
    if ack.get("ok") is not False or set(ack) != {"ok", "error"}:
        return "neither {ok: true, ...} nor {ok: false, error}"
    error = ack["error"]
    if not {"code", "message"} <= set(error) <= {"code", "message", "details"}:
        return "the error's keys"
    if error["code"] not in codes() or not isinstance(error["message"], str) or not error["message"]:
        return "the error's code or message"
    return None


class Caller(Client):
    """A panel."""

    namespace = "/panel"
    messages = wire.TO_PANEL

    def __init__(self, house: House, key: str, name: str = "panel") -> None:
        super().__init__(house, name)
        self.key = key
        self.call: str | None = None

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        """The key in `auth`, as the doorstation does."""
        return {}, {"key": self.key}

    def entry(self, name: str) -> str:
        """The id of the entry with this name on the panel."""
        return next(entry["id"] for entry in self.ready["entries"] if entry["name"] == name)

    async def rings(self, name: str) -> str:
        """Press a name; gives the call."""
        self.call = (await self.does("ring", entry=self.entry(name)))["call"]
        return self.call

    async def hears(self, stage: str, within: float = PATIENCE, **fields: Any) -> Message:
        """Wait until its call is at this stage."""
        return await self.gets("call", within, call=self.call, stage=stage, **fields)

    async def hangs_up(self) -> None:
        """End its call."""
        await self.does("hang_up", call=self.call)


class Device(Client):
    """A resident's phone or browser."""

    namespace = "/resident"
    messages = wire.TO_RESIDENT

    def __init__(self, house: House, token: str, name: str, device: str | None = None) -> None:
        super().__init__(house, name)
        self.token = token
        self.device = device
        self.call = ""
        self.leg = ""
        self.locks: list[Message] = []

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        """The session's cookie; the device that it was before."""
        auth = {"device": self.device} if self.device else {}
        return {"Cookie": f"{self.house.session_cookie}={self.token}"}, auth

    async def connect(self, *, headers: Mapping[str, str] = {}, transport: str = "websocket") -> Device:
        """As `Client.connect`; remembers which device it is."""
        await super().connect(headers=headers, transport=transport)
        self.device = self.ready["device"]
        return self

    async def invited(self, within: float = PATIENCE, **fields: Any) -> Message:
        """Wait until it is told to ring."""
        invite = await self.gets("invite", within, **fields)
        self.call, self.leg, self.locks = invite["call"], invite["leg"], invite["locks"]
        return invite

    @property
    def mine(self) -> dict[str, str]:
        """Its call and leg."""
        return {"call": self.call, "leg": self.leg}

    async def alerts(self) -> None:
        """It rings."""
        await self.does("ringing", **self.mine)

    async def accepts(self) -> None:
        """Pick up."""
        await self.does("accept", **self.mine)

    async def declines(self) -> None:
        """Say no."""
        await self.does("decline", **self.mine)

    async def hangs_up(self) -> None:
        """End its call."""
        await self.does("hang_up", call=self.call)

    async def opens(self, lock: str, *, request: str | None = None, in_call: bool = True) -> Ack:
        """Press "Open"; gives the acknowledgement, refused or not."""
        press = request or new_request()
        return await self.says(
            "open_door", {"call": self.call if in_call else None, "lock": lock, "request": press}
        )

    async def hears(self, stage: str, within: float = PATIENCE, **fields: Any) -> Message:
        """Wait until the call that it accepted is at this stage."""
        return await self.gets("call", within, call=self.call, stage=stage, **fields)


def new_request() -> str:
    """A new press."""
    return str(uuid.uuid4())


@dataclass
class People:
    """The clients of one test."""

    house: House
    clients: list[Client] = field(default_factory=list)

    async def panel(self, key: str | None = None, entrance: str = "street") -> Caller:
        """A panel of its own, or the one with this key."""
        caller = Caller(self.house, key or self.house.new_panel(entrance), f"panel {len(self.clients)}")
        self.clients.append(caller)
        await caller.connect()
        return caller

    async def device(self, who: str, token: str | None = None) -> Device:
        """A new device of a demo resident."""
        device = Device(self.house, token or self.house.sign_in(who), f"{who} {len(self.clients)}")
        self.clients.append(device)
        await device.connect()
        return device

    async def devices(self, *names: str) -> list[Device]:
        """Several, one after the other, so that their order is known."""
        return [await self.device(name) for name in names]

    async def __aenter__(self) -> People:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self.close(check=kind is None)

    async def close(self, *, check: bool = True) -> None:
        """End calls that go on, leave, and raise what did not follow the wire."""
        for client in self.clients:
            if isinstance(client, Caller) and client.call and client.connected:
                with contextlib.suppress(Exception):
                    await client.says("hang_up", {"call": client.call}, within=2)
        faults: list[BaseException] = []
        for client in self.clients:
            try:
                await client.close()
            except AssertionError as fault:
                faults.append(fault)
        if check and faults:
            raise faults[0]


async def talking(panel: Caller, device: Device, entry: str) -> str:
    """Bring a call to `established` between them, and read what that makes them hear; gives the call."""
    call = await panel.rings(entry)
    await device.invited(call=call)
    await device.alerts()
    await panel.hears("ringing")
    await device.accepts()
    await device.does("media_up", **device.mine)
    await panel.hears("established")
    await device.hears("established")
    return call
