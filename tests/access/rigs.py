"""Access cores with something behind each, all with the same knobs, for the contract that all must keep.

A new core: write a `Rig` and add it to `RIGS`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from intercom.access import builtin, mqtt, mqtt_form, relay, relay_form
from intercom.access.builtin import BuiltinCore
from intercom.access.catalog import Outfit, read
from intercom.access.journal import Journal
from intercom.domain.door import Lock
from intercom.domain.ids import EntranceId, LockId, RequestId, Secret, SiteId
from intercom.ports import CommandResult, LockEvent, LockOpened, SiteCore
from tests.access.broker import PASSWORD, USER, Broker, Habit, MqttLock, Way, Weather
from tests.access.ks_server import Planned
from tests.access.ks_site import DOOR as KS_DOOR
from tests.access.ks_site import KsSite
from tests.access.relay_server import Mood, RelayServer

DOOR = Lock(LockId("door"), SiteId("s"), EntranceId("e"), "Door", 1.0, core_ref="door")


class Rig:
    """A core that was started, and the thing behind it."""

    door: Lock = DOOR
    core: SiteCore

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.said: list[LockEvent] = []

    async def start(self) -> None:
        """Make `core`, have it heard by `hears`, start it, and wait until it knows its lock."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close the core, stop the thing."""
        raise NotImplementedError

    # the knobs: what the thing does from now on

    async def refuse(self) -> None:
        """It says no to every command."""
        raise NotImplementedError

    async def keep_silent(self) -> None:
        """It gives no answer, and nobody knows what it does."""
        raise NotImplementedError

    async def be_slow(self) -> None:
        """It answers after some 0.2 seconds."""
        raise NotImplementedError

    async def go_offline(self) -> None:
        """The lock cannot be reached; the core knows it when this returns."""
        raise NotImplementedError

    async def lose_word(self) -> None:
        """It opens, but never says so."""
        raise NotImplementedError

    @property
    def turned(self) -> int:
        """How often the bolt has moved."""
        raise NotImplementedError

    @property
    def secrets(self) -> Sequence[str]:
        """What must be in no log and no repr."""
        return ()

    # what the tests do

    async def hears(self, event: LockEvent) -> None:
        self.said.append(event)

    @property
    def opened(self) -> list[LockOpened]:
        return [event for event in self.said if isinstance(event, LockOpened)]

    async def press(self, request: str = "press", *, age: float = 0.0) -> CommandResult:
        """A command, and no more patience than a resident has."""
        asked_at = time.time() - age
        async with asyncio.timeout(5):
            return await self.core.unlock(self.door.id, RequestId(request), asked_at, Secret("1234"))

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(4):
            while not so():  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)


class BuiltinRig(Rig):
    """The built-in core."""

    core: BuiltinCore

    async def start(self) -> None:
        self.monkeypatch.setattr(builtin, "_TURN", 0.0)
        self.journal = self.folder / "doors.jsonl"
        self.core = BuiltinCore(Journal(self.journal), slow_seconds=0.2)
        self.core.keep([self.door])
        self.core.listen(self.hears)
        await self.core.start()

    async def close(self) -> None:
        await self.core.close()

    async def refuse(self) -> None:
        await self.core.set_fault(self.door.id, "refusing")

    async def keep_silent(self) -> None:
        self.journal.mkdir()  # no line can be written: it says nothing of the bolt

    async def be_slow(self) -> None:
        await self.core.set_fault(self.door.id, "slow")

    async def go_offline(self) -> None:
        await self.core.set_fault(self.door.id, "offline")

    async def lose_word(self) -> None:
        await self.core.set_fault(self.door.id, "silent")

    @property
    def turned(self) -> int:
        return len(self.journal.read_text().splitlines()) if self.journal.is_file() else 0


class SaltoRig(Rig):
    """Salto KS in front of a server of our own."""

    door = KS_DOOR

    async def start(self) -> None:
        self.site = KsSite()
        self.site.locks = [self.door]
        await self.site.server.start()
        self.core = await self.site.ready()
        self.said = self.site.said

    async def close(self) -> None:
        await self.site.close()

    async def refuse(self) -> None:
        self.site.server.always = Planned(403, 2203, "Operation cannot be executed.")

    async def keep_silent(self) -> None:
        self.site.server.always = Planned(500, reset=True)

    async def be_slow(self) -> None:
        self.site.server.always = Planned(after=0.2)

    async def go_offline(self) -> None:
        self.site.server.locks["ks-door"].online = False
        await self.until(lambda: not self.core.status(self.door.id).online)

    async def lose_word(self) -> None:
        self.site.server.event_lost = True

    @property
    def turned(self) -> int:
        return len(self.site.server.turned)

    @property
    def secrets(self) -> Sequence[str]:
        server = self.site.server
        return [
            server.client_secret,
            server.iqs["iq"].secret or "-",
            *server.tokens,
            *(body["otp"] for body in server.sent),
        ]


class RelayRig(Rig):
    """A relay by HTTP, whose status is looked at."""

    async def start(self) -> None:
        self.monkeypatch.setattr(relay, "_WAITING", 0.05)
        self.server = RelayServer(delay=0.2)
        await self.server.start()
        words = {
            "address": self.server.url + "/relay/{lock}",
            "status_address": self.server.url + "/status/{lock}",
            "open": "ison = true",
            "user": "admin",
            "every": "1",
        }
        secrets = {"password": Secret("a relay's password"), "headers": Secret("X-Key: a relay's key")}
        given, kept = read(relay_form.KIND.fields, words, secrets)
        self.core = relay_form.build(Outfit(self.door.site, given, kept, time.time))
        self.core.keep([self.door])
        self.core.listen(self.hears)
        await self.core.start()
        await self.until(lambda: self.core.status(self.door.id).online)

    async def close(self) -> None:
        await self.core.close()
        await self.server.close()

    async def refuse(self) -> None:
        self.server.mood = Mood.REFUSING

    async def keep_silent(self) -> None:
        self.server.mood = Mood.RESETS_AFTER

    async def be_slow(self) -> None:
        self.server.mood = Mood.SLOW

    async def go_offline(self) -> None:
        self.server.online = False
        await self.until(lambda: not self.core.status(self.door.id).online)

    async def lose_word(self) -> None:
        self.server.silent = True

    @property
    def turned(self) -> int:
        return self.server.turned.total()

    @property
    def secrets(self) -> Sequence[str]:
        return ["a relay's password", "a relay's key"]


class MqttRig(Rig):
    """A lock on a real broker, and a way there that may be bad."""

    async def start(self) -> None:
        self.monkeypatch.setattr(mqtt, "_REPLY", 0.5)
        self.broker = Broker(self.folder / "broker", password=True)
        self.broker.start()
        self.lock = MqttLock(self.broker, "door")
        await self.lock.start()
        self.way = Way(self.broker)
        await self.way.start()
        words = {
            "host": "127.0.0.1",
            "port": str(self.way.port),
            "user": USER,
            "command_topic": "doors/{lock}/set",
            "state_topic": "doors/{lock}/state",
            "online_topic": "doors/{lock}/online",
        }
        given, kept = read(mqtt_form.KIND.fields, words, {"password": Secret(PASSWORD)})
        self.core = mqtt_form.build(Outfit(self.door.site, given, kept, time.time))
        self.core.keep([self.door])
        self.core.listen(self.hears)
        await self.core.start()
        await self.until(lambda: self.core.status(self.door.id).online)

    async def close(self) -> None:
        await self.core.close()
        await self.way.close()
        await self.lock.stop()
        self.broker.stop()

    async def refuse(self) -> None:
        await self.lock.stop_listening()

    async def keep_silent(self) -> None:
        self.way.weather = Weather.RESETS_AFTER

    async def be_slow(self) -> None:
        self.way.weather = Weather.SLOW

    async def go_offline(self) -> None:
        await self.lock.stop(power_cut=True)
        await self.until(lambda: not self.core.status(self.door.id).online)

    async def lose_word(self) -> None:
        self.lock.habit = Habit.SILENT

    @property
    def turned(self) -> int:
        return self.lock.turned

    @property
    def secrets(self) -> Sequence[str]:
        return [PASSWORD]


RIGS: dict[str, type[Rig]] = {
    "builtin": BuiltinRig,
    "saltoks": SaltoRig,
    "http": RelayRig,
    "mqtt": MqttRig,
}
