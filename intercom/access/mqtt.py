"""Any lock on an MQTT broker: a topic for the command, rules for what its state means.

A command is published once (QoS 1, never retained, expiring), and only while the lock says it is there.
What the broker kept from earlier tells how a lock is, never that it opened.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from intercom.access.fill import Command, into_json, into_line, into_topic
from intercom.access.mqtt_link import Address, Heard, Link, Sent
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

_REPLY = 4.0
"""How long the broker may take to acknowledge a command, in seconds."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """Topics, the text of a command, and what a lock's words mean. Empty topics are not listened to."""

    command_topic: str
    command: str
    state_topic: str
    online_topic: str
    open: Rules
    closed: Rules
    held: Rules
    low: Rules
    online: Rules


@dataclass(slots=True)
class _Told:
    """What a lock said last, in the order in which it comes: availability and state are two messages."""

    online: bool
    held: bool = False
    battery: Battery | None = None
    is_open: bool | None = None


class MqttCore:
    """`ports.SiteCore` for locks on a broker."""

    def __init__(self, address: Address, wiring: Wiring, now: Callable[[], float]) -> None:
        self._wiring = wiring
        self._now = now
        self._watch = Watch(now)
        self._once = Once(now)
        self._told: dict[LockId, _Told] = {}
        self._closed = False
        self._up, self._turned_at = False, now()
        self._link = Link(address, self._topics, self._heard, self._is_up, self._is_down)
        self._news: set[asyncio.Task[None]] = set()
        self._came = asyncio.Event()

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
        if not self._link.connected:
            return CommandRefused(Refusal.CORE_DOWN)
        if not self.status(lock.id).online:
            return CommandRefused(Refusal.LOCK_OFFLINE)
        words = Command(lock, request, asked_at + STALE_AFTER).words()
        is_json = self._wiring.command.lstrip().startswith(("{", "["))
        try:
            topic = into_topic(self._wiring.command_topic, words)
            text = (into_json if is_json else into_line)(self._wiring.command, words)
        except ValueError:
            log.warning("lock %s has a name that cannot be written into its command", lock.id)
            return CommandRefused(Refusal.OUR_FAULT)
        self._watch.commanded(lock.id, request)
        lives = max(1, round(asked_at + STALE_AFTER - self._now()))
        sent = await self._link.publish(topic, text, seconds=_REPLY, lives=lives)
        match sent:
            case Sent.TAKEN:
                return CommandTaken()
            case Sent.UNKNOWN:
                return CommandUnknown(Refusal.NO_REPLY)
            case Sent.NOBODY:
                why = Refusal.LOCK_OFFLINE
            case Sent.DENIED:
                why = Refusal.CORE_REFUSED
            case Sent.NOT:
                why = Refusal.CORE_DOWN
        self._watch.withdrawn(lock.id, request)
        return CommandRefused(why)

    # -- what the locks say --

    def _topics(self) -> set[str]:
        return {topic for lock in self._watch.locks for topic in self._of(lock) if topic}

    def _of(self, lock: Lock) -> tuple[str, str]:
        """The topics of a lock's state and availability; empty where there is none."""
        words = Command(lock, RequestId("-"), 0.0).words()
        try:
            return into_topic(self._wiring.state_topic, words), into_topic(self._wiring.online_topic, words)
        except ValueError:
            return "", ""

    async def _is_up(self) -> None:
        self._up, self._turned_at = True, self._now()
        log.info("connected to the broker")
        for lock in self._watch.locks:
            await self._tell(lock)
        self._came.set()

    async def _is_down(self) -> None:
        if self._up:
            self._up, self._turned_at = False, self._now()
            log.warning("the broker's connection is lost")
        for lock in self._watch.locks:
            if lock.id in self._told:
                self._told[lock.id] = replace(self._told[lock.id], is_open=None)
            await self._tell(lock)
        self._came.set()

    def _of_lock(self, lock: LockId) -> _Told:
        # without a topic for it, a lock is there as long as the broker is
        return self._told.get(lock) or _Told(online=not self._wiring.online_topic)

    async def _heard(self, message: Heard) -> None:
        answer = Answer(message.text)
        for lock in self._watch.locks:
            state_topic, online_topic = self._of(lock)
            if message.topic not in (state_topic, online_topic):
                continue
            told, fresh = self._of_lock(lock.id), False
            if message.topic == online_topic:
                told = replace(told, online=self._wiring.online.fit(answer))
            if message.topic == state_topic:
                told, fresh = self._read(told, answer), not message.old
            self._told[lock.id] = told
            await self._tell(lock, fresh=fresh)
        self._came.set()

    def _read(self, told: _Told, answer: Answer) -> _Told:
        wiring = self._wiring
        is_open = told.is_open
        if wiring.open.fit(answer):
            is_open = True
        elif wiring.closed.fit(answer) or not wiring.closed:
            is_open = False
        battery = (Battery.LOW if wiring.low.fit(answer) else Battery.OK) if wiring.low else None
        return replace(told, held=wiring.held.fit(answer), battery=battery, is_open=is_open)

    async def _tell(self, lock: Lock, *, fresh: bool = False) -> None:
        told, up = self._of_lock(lock.id), self._link.connected
        status = LockStatus(
            online=told.online,
            held_open=told.online and told.held,
            battery=told.battery,
            trouble=None if up else Refusal.CORE_DOWN,
        )
        await self._watch.told(lock.id, status, told.is_open, happened=fresh)

    # -- ports.SiteCore --

    def keep(self, locks: Iterable[Lock]) -> None:
        """See `ports.SiteCore.keep`."""
        before = {lock.id: lock.core_ref for lock in self._watch.locks}
        self._watch.keep(locks)
        same = [lock.id for lock in self._watch.locks if before.get(lock.id) == lock.core_ref]
        self._told = {lock: self._told[lock] for lock in same if lock in self._told}
        if self._link.connected:
            task = asyncio.create_task(self._listen(), name="listens to a broker's locks")
            self._news.add(task)
            task.add_done_callback(self._news.discard)

    async def _listen(self) -> None:
        await self._link.listen()
        for lock in self._watch.locks:
            await self._tell(lock)

    async def start(self) -> None:
        """See `ports.SiteCore.start`."""
        if not self._closed:
            self._link.start()

    async def check(self) -> CoreReport:
        """See `ports.SiteCore.check`."""
        self._link.start()
        failed = self._link.failed
        try:  # what is kept about the locks comes a moment after the connection
            async with asyncio.timeout(3.0):
                while not self._link.connected or not all(
                    self.status(x.id).online for x in self._watch.locks
                ):
                    self._came.clear()
                    await self._came.wait()
                    if self._link.failed > failed:
                        break
        except TimeoutError:
            pass
        up = self._link.connected
        state = CoreState.UP if up else CoreState.DENIED if self._link.denied else CoreState.DOWN
        return CoreReport(
            state,
            self._now(),
            since=self._turned_at,
            why=None if up else Refusal.CORE_DOWN,
            detail=N_("The broker does not accept our user name and password.") if self._link.denied else "",
            locks={lock.id: self.status(lock.id) for lock in self._watch.locks},
        )

    async def offered(self) -> Sequence[CoreLock]:
        """A broker does not know what a lock is."""
        return ()

    async def take_step(self, name: str, typed: Mapping[str, Secret]) -> None:
        """There are none. Raises `NotFound`."""
        raise NotFound

    async def close(self) -> None:
        """See `ports.SiteCore.close`."""
        self._closed = True
        for task in tuple(self._news):
            task.cancel()
        await asyncio.gather(*self._news, return_exceptions=True)
        await self._link.close()
