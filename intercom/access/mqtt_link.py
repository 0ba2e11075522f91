"""A connection to an MQTT broker that keeps itself up, and sends nothing later than it should.

aiomqtt is an extra (`intercom[mqtt]`), so it is imported where it is used. Each connection has a client
of its own: the library sends again on reconnecting what was not acknowledged, and a door would open then.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import random
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from intercom.domain.ids import Secret

if TYPE_CHECKING:
    import aiomqtt

log = logging.getLogger(__name__)

_KEEPALIVE = 15
"""How often the broker is asked whether it lives, in seconds."""
_TIMEOUT = 5.0
_ALIVE = 1.5
"""How long a broker may take to show that it lives, before a command, in seconds."""
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 30.0
"""How long it waits to connect again, at first and at most, in seconds."""
_MOST_WAITING = 1000
"""Messages that wait to be read; what is more is thrown away."""
LARGEST = 65536
"""Bytes of a message that is read."""
# What was not delivered when a connection is given up is thrown away by the system, too.
_NO_LINGERING = ((socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)),)
_NOBODY = 0x10
"""MQTT 5, 3.4.2.1: the broker took the message, and no one has subscribed to it."""
_DENIALS = (4, 5, 134, 135)


def installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec("aiomqtt") is not None


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is. `tls`: how it proves itself; None: unencrypted. `five`: MQTT 5, else 3.1.1."""

    host: str
    port: int = 1883
    user: str = ""
    password: Secret | None = None
    tls: ssl.SSLContext | None = None
    five: bool = True


@dataclass(frozen=True, slots=True)
class Heard:
    """A message. `old`: the broker kept it (retained), so it tells how things were, not what happened."""

    topic: str
    text: str
    old: bool


class Sent(Enum):
    """What became of a message."""

    TAKEN = auto()
    NOBODY = auto()
    """Taken, and nobody listens there. Told by MQTT 5 only."""
    DENIED = auto()
    NOT = auto()
    """There is no connection; it did not leave."""
    UNKNOWN = auto()


class Link:
    """Connects, subscribes to `topics()`, tells each message to `heard`, and again whenever it is lost.

    `up` is told when a connection is made, `down` when it is lost or could not be made. `will`: topic and
    text that the broker publishes, retained, when this end is gone without a word.
    """

    def __init__(
        self,
        address: Address,
        topics: Callable[[], set[str]],
        heard: Callable[[Heard], Awaitable[None]],
        up: Callable[[], Awaitable[None]],
        down: Callable[[], Awaitable[None]],
        *,
        will: tuple[str, str] | None = None,
    ) -> None:
        self._address = address
        self._topics = topics
        self._heard = heard
        self._up = up
        self._down = down
        self._will = will
        self._client: aiomqtt.Client | None = None
        self._subscribed: set[str] = set()
        self._keeping: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._reason = 0
        self.denied = False
        """Whether the broker's last word was that it does not know us."""
        self.failed = 0
        """How often no connection could be made."""

    @property
    def connected(self) -> bool:
        """Whether a message would leave now."""
        return self._client is not None

    def start(self) -> None:
        """Begin to connect."""
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep(), name="keeps a broker's connection")

    async def close(self) -> None:
        """End the connection; the broker keeps the will to itself."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def publish(
        self, topic: str, text: str, *, retain: bool = False, seconds: float = 4.0, lives: int | None = None
    ) -> Sent:
        """Have the broker take a message (QoS 1). `lives`: after so many seconds it must not be delivered.

        A connection that does not bring the answer within `seconds`, or that the caller gave up, is cut, so
        that nothing of it arrives later. A message that lives not long is given only to a broker that has
        just answered: one that stands still would read it when it goes on, whatever became of the connection.
        """
        async with self._one_at_a_time:
            client, reading = self._client, self._reading
            if client is None or reading is None:
                return Sent.NOT
            if lives is not None and not await self._settles(
                client, reading, client.unsubscribe("-"), _ALIVE
            ):
                return Sent.NOT
            properties = _expiring(lives) if lives is not None and self._address.five else None
            self._reason = 0
            try:
                publishing = client.publish(topic, text, 1, retain, properties, timeout=2 * seconds)
                settled = await self._settles(client, reading, publishing, seconds)
            except ValueError:  # no topic, or too large: nothing was written
                return Sent.NOT
            return self._verdict() if settled else Sent.UNKNOWN

    async def _settles(
        self,
        client: aiomqtt.Client,
        reading: asyncio.Task[None],
        asking: Coroutine[Any, Any, None],
        seconds: float,
    ) -> bool:
        """Whether the broker answers in time. If not, or if the caller gives up, the connection is cut."""
        import aiomqtt

        asked, settled = asyncio.ensure_future(asking), False
        try:
            await asyncio.wait({asked, reading}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if asked.done():
                fault = asked.exception()
                settled = not isinstance(fault, aiomqtt.MqttError)
                if settled and fault is not None:
                    raise fault
        finally:
            if not settled:
                asked.cancel()
                self._cut(client, reading)
        return settled

    def _verdict(self) -> Sent:
        if self._reason == _NOBODY:
            return Sent.NOBODY
        return Sent.DENIED if self._reason >= 0x80 else Sent.TAKEN

    def _cut(self, client: aiomqtt.Client, reading: asyncio.Task[None]) -> None:
        """Give a connection up at once; a new one is made."""
        if self._client is client:
            self._client = None
        _close_socket(client)
        reading.cancel()

    async def listen(self) -> None:
        """Subscribe to what `topics` has become, and leave the others."""
        import aiomqtt

        client = self._client
        if client is None:
            return
        wanted = self._topics()
        with suppress(aiomqtt.MqttError, ValueError):
            for topic in sorted(wanted - self._subscribed):
                self._subscribed.add(topic)
                await self._subscribe(client, topic)
            for topic in sorted(self._subscribed - wanted):
                self._subscribed.discard(topic)
                await client.unsubscribe(topic)

    async def _subscribe(self, client: aiomqtt.Client, topic: str) -> None:
        for answer in await client.subscribe(topic, 1):
            code: Any = answer
            if int(getattr(code, "value", code)) >= 0x80:
                log.warning("the broker does not let us listen to %s", topic)

    # -- the connection --

    async def _keep(self) -> None:
        wait = _FIRST_WAIT
        while True:
            self._reading = asyncio.create_task(self._connection(), name="a broker's connection")
            try:
                lasted = await asyncio.shield(self._reading) is None
            except asyncio.CancelledError:
                self._reading.cancel()
                await asyncio.gather(self._reading, return_exceptions=True)
                current = asyncio.current_task()
                if current is None or current.cancelling():
                    raise
                lasted = True
            except Exception as error:
                level = logging.DEBUG if self.failed else logging.WARNING  # said once
                log.log(level, "no connection to the broker %s: %s", self._address.host, error)
                lasted = False
                self.failed += 1
            await self._down()
            wait = _FIRST_WAIT if lasted else min(wait * 2, _LONGEST_WAIT)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))

    async def _connection(self) -> None:
        """One connection from start to end. Returns when an established one is lost."""
        import aiomqtt

        await self._knock()
        client = self._fresh()
        entering = asyncio.ensure_future(client.__aenter__())
        try:
            await asyncio.shield(entering)
            self.denied, self.failed = False, 0
            self._client, self._subscribed = client, set()
            await self.listen()
            await self._up()
            async for message in client.messages:
                await self._take(message)
        except aiomqtt.MqttError as error:
            if self._client is not client:
                code = getattr(error, "rc", None)
                self.denied = getattr(code, "value", code) in _DENIALS
                raise
        finally:
            self._client = None
            await asyncio.wait({entering})  # it runs in a thread, which cannot be called back
            if not entering.cancelled() and entering.exception() is None:
                with suppress(aiomqtt.MqttError):
                    await client.__aexit__(None, None, None)
            _close_socket(client)
            self._subscribed = set()

    async def _knock(self) -> None:
        """The library connects in a thread, which cannot be called back, and leaves sockets open when TLS
        fails: first see that somebody is there, and who."""
        address = self._address
        async with asyncio.timeout(_TIMEOUT):
            _, writer = await asyncio.open_connection(address.host, address.port, ssl=address.tls)
        writer.close()

    def _fresh(self) -> aiomqtt.Client:
        import aiomqtt
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        address = self._address
        limits: Any = None
        if address.five:
            limits = Properties(PacketTypes.CONNECT)
            limits.MaximumPacketSize = LARGEST + 1024
        will = aiomqtt.Will(self._will[0], self._will[1], qos=1, retain=True) if self._will else None
        client = aiomqtt.Client(
            address.host,
            address.port,
            username=address.user or None,
            password=address.password.reveal() if address.password else None,
            protocol=aiomqtt.ProtocolVersion.V5 if address.five else aiomqtt.ProtocolVersion.V311,
            clean_session=None if address.five else True,
            will=will,
            timeout=_TIMEOUT,
            keepalive=_KEEPALIVE,
            max_queued_incoming_messages=_MOST_WAITING,
            properties=limits,
            tls_context=address.tls,
            socket_options=_NO_LINGERING,
        )
        # The library drops the reason of an acknowledgement, and that says whether anybody listens.
        paho: Any = client._client  # pyright: ignore[reportPrivateUsage]
        acknowledged = paho.on_publish

        def on_publish(*words: Any) -> None:
            self._reason = int(getattr(words[3], "value", 0))
            acknowledged(*words)

        paho.on_publish = on_publish
        return client

    async def _take(self, message: aiomqtt.Message) -> None:
        payload: Any = message.payload
        if not isinstance(payload, bytes) or len(payload) > LARGEST:
            return
        try:
            await self._heard(
                Heard(message.topic.value, payload.decode(errors="replace"), bool(message.retain))
            )
        except Exception:  # one message must not end the connection
            log.exception("a message of the broker was not taken in")


def _expiring(seconds: int) -> Any:
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    properties: Any = Properties(PacketTypes.PUBLISH)
    properties.MessageExpiryInterval = seconds
    return properties


def _close_socket(client: aiomqtt.Client) -> None:
    """The library has no way to cut a connection without a word."""
    paho: Any = client._client  # pyright: ignore[reportPrivateUsage]
    paho._sock_close()
    lost = client._disconnected  # pyright: ignore[reportPrivateUsage]
    if lost.done() and not lost.cancelled():
        lost.exception()  # it is known; nobody needs to be told when this is swept up
