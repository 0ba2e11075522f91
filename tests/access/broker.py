"""A real MQTT broker (Mosquitto) on loopback, and a lock that lives on it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import aiomqtt
import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "intercom", "a broker's password"


def _program() -> str:
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert found, "these tests need Mosquitto: scripts/setup.sh test installs it"
    return found


class Broker:
    """Mosquitto on a port of its own. `tls`: with a certificate for localhost, whose issuer is `ca`."""

    def __init__(self, folder: Path, *, password: bool = False, tls: bool = False) -> None:
        self.folder, self.password = folder, password
        folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", "log_type error", "user root"]
        if password:
            file = folder / "passwords"
            file.touch(0o600)
            words = [_program().replace("sbin/mosquitto", "bin/mosquitto_passwd"), "-b", str(file)]
            subprocess.run([*words, USER, PASSWORD], check=True, capture_output=True)
            lines += ["allow_anonymous false", f"password_file {file}"]
        else:
            lines.append("allow_anonymous true")
        if tls:
            _certificates(folder)
            lines += [f"certfile {folder / 'server.pem'}", f"keyfile {folder / 'server.key'}"]
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        self.ca = folder / "ca.pem"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen([_program(), "-c", str(self.folder / "mosquitto.conf")])
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("the broker does not start")

    def stop(self) -> None:
        """Kill it; all it held is forgotten."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @asynccontextmanager
    async def client(self, **words: object) -> AsyncIterator[aiomqtt.Client]:
        """A client of the test's own."""
        async with self.a_client(**words) as client:
            yield client

    def a_client(self, **words: object) -> aiomqtt.Client:
        """The same, not yet connected."""
        name = {"username": USER, "password": PASSWORD} if self.password else {}
        return aiomqtt.Client("127.0.0.1", self.port, **name, **words)  # type: ignore[arg-type]


def _certificates(folder: Path) -> None:
    def key() -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    def name(common: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])

    now = datetime.now(UTC)

    def begin(subject: str, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("The building's own issuer"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    issuer, server = key(), key()
    ca = (
        begin("The building's own issuer", issuer.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(issuer, hashes.SHA256())
    )
    own = (
        begin("localhost", server.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(issuer, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        server.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


class Weather(StrEnum):
    """What the way to the broker does to a command."""

    FAIR = "fair"
    SLOW = "slow"
    """It arrives a moment later."""
    LOSES = "loses"
    """It never arrives, and nobody says so."""
    RESETS_BEFORE = "resets_before"
    RESETS_AFTER = "resets_after"
    """It arrives, and the connection breaks before the acknowledgement."""
    LATE = "late"
    """It arrives, and the acknowledgement comes when nobody waits for it."""


class Way:
    """The way between a server and the broker. `weathers`: for the next commands, then `weather`."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self.weather = Weather.FAIR
        self.weathers: list[Weather] = []
        self.delay = 0.2
        self.commands = 0
        self._there: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._come, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()
        for task in tuple(self._there):
            task.cancel()
        await asyncio.gather(*self._there, return_exceptions=True)

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._there.add(task)
        silent = asyncio.Event()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._broker.port)
        except OSError:
            writer.transport.abort()
            return
        back = asyncio.create_task(self._back(far_reader, writer, silent))
        try:
            while data := await reader.read(65536):
                # PUBLISH with QoS 1 to a topic of commands (MQTT 3.3)
                if data[0] >> 4 == 3 and b"/set" in data:
                    self.commands += 1
                    weather = self.weathers.pop(0) if self.weathers else self.weather
                    if weather is Weather.RESETS_BEFORE:
                        return
                    if weather is Weather.LOSES:
                        continue
                    if weather is Weather.SLOW:
                        await asyncio.sleep(self.delay)
                    if weather in (Weather.RESETS_AFTER, Weather.LATE):
                        silent.set()
                        far_writer.write(data)
                        await far_writer.drain()
                        if weather is Weather.RESETS_AFTER:
                            await asyncio.sleep(0.02)
                            return
                        continue
                far_writer.write(data)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            back.cancel()
            writer.transport.abort()
            far_writer.transport.abort()
            self._there.discard(task)

    async def _back(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event
    ) -> None:
        try:
            while data := await reader.read(65536):
                if not silent.is_set():
                    writer.write(data)
        except OSError:
            pass
        writer.transport.abort()


class Habit(StrEnum):
    """What a lock does with a command."""

    WELL = "well"
    SILENT = "silent"
    """Turns and says nothing."""
    JAMMED = "jammed"
    """Says that it could not."""
    DEAF = "deaf"


@dataclass
class MqttLock:
    """A lock that listens at `doors/NAME/set`, tells `doors/NAME/state` and is there at `doors/NAME/online`.

    It does as locks do: any command that reaches it turns it, however old; the broker and whoever sends
    must see to it that none comes late.
    """

    broker: Broker
    name: str
    habit: Habit = Habit.WELL
    commands: list[dict[str, object]] = field(default_factory=list)
    qos: list[int] = field(default_factory=list)
    retained: list[bool] = field(default_factory=list)
    turned: int = 0

    async def start(self) -> None:
        self._ready = asyncio.Event()
        self._task = asyncio.create_task(self._live(), name=f"lock {self.name}")
        await asyncio.wait_for(self._ready.wait(), 10)

    async def stop(self, *, power_cut: bool = False) -> None:
        """Go away, or lose power: then the broker speaks the last will."""
        self._power_cut = power_cut
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def stop_listening(self) -> None:
        """Be there, and deaf to the broker."""
        await self._client.unsubscribe(f"doors/{self.name}/set")

    async def says(self, state: str) -> None:
        """Tell a state without having been asked."""
        await self._client.publish(f"doors/{self.name}/state", state, qos=1)

    async def _live(self) -> None:
        online = f"doors/{self.name}/online"
        will = aiomqtt.Will(online, "offline", qos=1, retain=True)
        client = self._client = self.broker.a_client(will=will, protocol=aiomqtt.ProtocolVersion.V5)
        self._power_cut = False
        await client.__aenter__()
        try:
            await client.subscribe(f"doors/{self.name}/set", qos=1)
            await client.publish(online, "online", qos=1, retain=True)
            self._ready.set()
            async for message in client.messages:
                self.qos.append(message.qos)
                self.retained.append(message.retain)
                assert isinstance(message.payload, bytes)
                await self._obey(message.payload)
        finally:
            if self._power_cut:
                paho = client._client
                paho._sock_close()
            else:
                await client.publish(online, "offline", qos=1, retain=True)
                await client.__aexit__(None, None, None)

    async def _obey(self, payload: bytes) -> None:
        try:
            command = orjson.loads(payload)
        except ValueError:
            command = {"text": payload.decode(errors="replace")}
        self.commands.append(command)
        if self.habit is Habit.DEAF:
            return
        if self.habit is Habit.JAMMED:
            return await self.says("JAMMED")
        self.turned += 1
        if self.habit is Habit.WELL:
            await self.says("UNLOCKED")
