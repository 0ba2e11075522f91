"""Home Assistant, through an MQTT broker: a device for each entrance, with its bell, call, panel and locks.

What is published says that it rang and whether somebody talks, never who: no name of a person, no picture.
Everything is announced again when Home Assistant or the broker comes back, and what is gone is taken down.
Discovery: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery (one payload for each device).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from intercom.access.mqtt_link import Address, Heard, Link, Sent
from intercom.domain.call import Call, Stage
from intercom.domain.door import Lock, LockStatus
from intercom.domain.errors import IntercomError
from intercom.domain.ids import CallId, EntranceId, LockId, PanelId
from intercom.ports import HomeDoor, LockChanged, LockEvent, LockOpened

log = logging.getLogger(__name__)

_STALE_RING = 10.0
"""A ring that could not be told for so long is told no more, in seconds."""
_SAME_RING = 2.0
"""A call that follows so soon at the same panel, because nobody answered, is the same ring."""
_LOOK = 2.0
"""How often it is looked whether panels are connected, in seconds."""
_LOOK_AROUND = 5.0
"""How often it is looked whether there are other panels, in seconds."""
_MOST_RINGS = 20


@dataclass(frozen=True, slots=True)
class Names:
    """`root`: the first level of all our topics, different for each server on a broker. `discovery`: Home
    Assistant's prefix."""

    root: str = "intercom"
    discovery: str = "homeassistant"

    @property
    def status(self) -> str:
        """Where it stands whether this server is there; the broker says "offline" when it is gone."""
        return f"{self.root}/status"

    def of_door(self, entrance: EntranceId, what: str) -> str:
        """`doorbell`, `call` or `panel` of an entrance."""
        return f"{self.root}/entrance/{entrance}/{what}"

    def of_lock(self, lock: LockId, what: str) -> str:
        """`state`, `available` or `set` of a lock."""
        return f"{self.root}/lock/{lock}/{what}"

    def config(self, entrance: str) -> str:
        """Where an entrance is announced."""
        return f"{self.discovery}/device/{self.root}_{entrance}/config"


def announcement(names: Names, door: HomeDoor, version: str, before: Sequence[str] = ()) -> dict[str, Any]:
    """The discovery payload of an entrance. `before`: its components of an earlier announcement, which are
    taken down unless they are here still."""
    here = {"topic": names.status}
    components: dict[str, dict[str, Any]] = {
        "doorbell": {
            "platform": "event",
            "device_class": "doorbell",
            "name": "Doorbell",
            "event_types": ["ring"],
            "state_topic": names.of_door(door.entrance, "doorbell"),
        },
        "call": {
            "platform": "sensor",
            "device_class": "enum",
            "name": "Call",
            "icon": "mdi:phone-in-talk",
            "options": ["idle", "ringing", "talking"],
            "state_topic": names.of_door(door.entrance, "call"),
        },
        "panel": {
            "platform": "binary_sensor",
            "device_class": "connectivity",
            "name": "Panel",
            "entity_category": "diagnostic",
            "state_topic": names.of_door(door.entrance, "panel"),
        },
    }
    for lock in door.locks:
        there = {
            "name": lock.name,
            "availability": [here, {"topic": names.of_lock(lock.id, "available")}],
            "availability_mode": "all",
            "state_topic": names.of_lock(lock.id, "state"),
        }
        if door.opens:  # it locks by itself: a command to lock is not listened to
            components[f"lock_{lock.id}"] = {
                "platform": "lock",
                "command_topic": names.of_lock(lock.id, "set"),
                "payload_unlock": "UNLOCK",
                "state_locked": "LOCKED",
                "state_unlocked": "UNLOCKED",
                "optimistic": False,
                "qos": 1,
                **there,
            }
        else:
            components[f"bolt_{lock.id}"] = {
                "platform": "binary_sensor",
                "device_class": "lock",
                "payload_on": "UNLOCKED",
                "payload_off": "LOCKED",
                **there,
            }
    for name, component in components.items():
        component["unique_id"] = f"{names.root}_{door.entrance}_{name}"
    gone = {name: {"platform": _platform(name)} for name in before if name not in components}
    return {
        "device": {
            "identifiers": [f"{names.root}_{door.entrance}"],
            "name": door.name,
            "manufacturer": "Intercom",
            "model": "Entrance",
            "suggested_area": door.site,
        },
        "origin": {"name": "intercom", "sw_version": version},
        "availability": [here],
        "components": components | gone,
    }


def _platform(component: str) -> str:
    known = {"doorbell": "event", "call": "sensor", "lock": "lock"}
    return known.get(component.split("_")[0], "binary_sensor")


@dataclass(slots=True)
class _Entrance:
    door: HomeDoor
    calls: dict[CallId, bool] = field(default_factory=dict[CallId, bool])
    """The calls that go on here, and whether somebody talks."""


class HomeAssistant:
    """`ports.Bell`, and a listener of the access cores. Publishes in the background: nobody waits for it.

    `doors`: the entrances as they are now; `opens`: opens a lock in the smart home's name, raises
    `IntercomError` when it may not.
    """

    def __init__(
        self,
        address: Address,
        names: Names,
        doors: Callable[[], Awaitable[Sequence[HomeDoor]]],
        status: Callable[[LockId], LockStatus],
        panel_online: Callable[[PanelId], bool],
        opens: Callable[[LockId], Awaitable[None]],
        now: Callable[[], float],
        version: str = "",
    ) -> None:
        self._names = names
        self._doors = doors
        self._status = status
        self._panel_online = panel_online
        self._opens = opens
        self._now = now
        self._version = version
        self._entrances: dict[EntranceId, _Entrance] = {}
        self._components: dict[str, tuple[str, ...]] = {}
        """What was ever announced, by topic."""
        self._texts: dict[str, str] = {}
        """What each topic should say."""
        self._unsaid: dict[str, None] = {}
        """Topics that do not say it yet, in order."""
        self._rings: deque[tuple[EntranceId, float]] = deque(maxlen=_MOST_RINGS)
        self._fell_back: dict[PanelId, float] = {}
        self._open_until: dict[LockId, float] = {}
        self._announce = True
        self._looked_around = 0.0
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._link = Link(
            address, self._topics, self._heard, self._is_up, self._is_down, will=(names.status, "offline")
        )

    async def start(self) -> None:
        """Begin to connect and to publish. Returns at once, also when there is no broker."""
        self._wake.set()
        self._link.start()
        self._do(self._write(), "tells Home Assistant")

    async def close(self) -> None:
        """Say that we go, and end."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._link.publish(self._names.status, "offline", retain=True, seconds=1.0)
        await self._link.close()

    def _do(self, work: Any, name: str) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- what happens --

    def call_changed(self, call: Call) -> None:
        """See `ports.Bell.call_changed`."""
        known = self._entrances.get(call.entrance)
        if known is None:
            return
        if call.stage is Stage.ENDED:
            if known.calls.pop(call.id, None) is not None and call.rules.falls_back:
                self._fell_back[call.panel] = self._now()
        else:
            if call.id not in known.calls:
                self._rung(call)
            known.calls[call.id] = call.accepted is not None
        self._tell_call(known)

    def _rung(self, call: Call) -> None:
        now = self._now()
        if now - self._fell_back.pop(call.panel, 0.0) > _SAME_RING:
            self._rings.append((call.entrance, now))
            self._wake.set()

    def _tell_call(self, known: _Entrance) -> None:
        talking = any(known.calls.values())
        text = "talking" if talking else "ringing" if known.calls else "idle"
        self._say(self._names.of_door(known.door.entrance, "call"), text)

    async def heard(self, event: LockEvent) -> None:
        """A lock said something."""
        lock = next(
            (x for one in self._entrances.values() for x in one.door.locks if x.id == event.lock), None
        )
        if lock is None:
            return
        match event:
            case LockOpened():
                self._open_until[lock.id] = self._now() + lock.open_seconds
                self._do(self._locks_later(lock), "a lock that locks by itself")
            case LockChanged():
                pass
        self._tell_lock(lock)

    async def _locks_later(self, lock: Lock) -> None:
        await asyncio.sleep(lock.open_seconds + 0.05)
        self._tell_lock(lock)

    def _tell_lock(self, lock: Lock) -> None:
        status = self._status(lock.id)
        is_open = status.held_open or self._open_until.get(lock.id, 0.0) > self._now()
        here = status.online and status.trouble is None
        self._say(self._names.of_lock(lock.id, "available"), "online" if here else "offline")
        self._say(self._names.of_lock(lock.id, "state"), "UNLOCKED" if is_open else "LOCKED")

    def _tell_panels(self, door: HomeDoor) -> None:
        there = any(self._panel_online(panel) for panel in door.panels)
        self._say(self._names.of_door(door.entrance, "panel"), "ON" if there else "OFF")

    def _say(self, topic: str, text: str) -> None:
        if self._texts.get(topic) != text:
            self._texts[topic] = text
            self._unsaid[topic] = None
            self._wake.set()

    def house_changed(self) -> None:
        """Entrances, locks or what a site allows are not what they were."""
        self._announce = True
        self._wake.set()

    # -- what is published --

    async def _write(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_LOOK):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self._round()
            except Exception:  # whatever it is: the doors do not hang on a smart home
                log.exception("Home Assistant could not be told")

    async def _round(self) -> None:
        if self._announce:
            self._announce = False
            await self._take_in()
            if self._link.connected and not await self._announced():
                self._announce = True
        elif self._now() - self._looked_around > _LOOK_AROUND:
            await self._take_in()
        for one in self._entrances.values():
            self._tell_panels(one.door)
        while self._rings:
            entrance, at = self._rings.popleft()
            if self._now() - at <= _STALE_RING:
                topic = self._names.of_door(entrance, "doorbell")
                await self._link.publish(topic, '{"event_type": "ring"}', lives=int(_STALE_RING))
        while self._unsaid and self._link.connected:
            topic = next(iter(self._unsaid))
            text = self._texts.get(topic, "")
            if await self._link.publish(topic, text, retain=True) in (Sent.NOT, Sent.UNKNOWN):
                break
            if self._texts.get(topic, "") == text:
                del self._unsaid[topic]

    async def _take_in(self) -> None:
        """Learn the entrances, and what is to be said of each."""
        doors = await self._doors()
        self._looked_around = self._now()
        known = self._entrances
        self._entrances = {
            door.entrance: _Entrance(door, known[door.entrance].calls if door.entrance in known else {})
            for door in doors
        }
        before = set(self._texts)
        for one in self._entrances.values():
            self._tell_call(one)
            for lock in one.door.locks:
                self._tell_lock(lock)
        names = self._names
        here = {names.of_door(d.entrance, w) for d in doors for w in ("call", "panel")}
        here |= {names.of_lock(x.id, w) for d in doors for x in d.locks for w in ("state", "available")}
        for gone in before - here - {names.status}:
            self._say(gone, "")
        await self._link.listen()

    async def _announced(self) -> bool:
        """Announce every entrance, take down what is gone. Whether all of it was taken."""
        good = True
        wanted = {self._names.config(one.door.entrance): one.door for one in self._entrances.values()}
        for topic, door in wanted.items():
            payload = announcement(self._names, door, self._version, self._components.get(topic, ()))
            sent = await self._link.publish(topic, json.dumps(payload), retain=True)
            good &= sent not in (Sent.NOT, Sent.UNKNOWN)
        for topic in self._components.keys() - wanted.keys():
            sent = await self._link.publish(topic, "", retain=True)
            good &= sent not in (Sent.NOT, Sent.UNKNOWN)
        self._say(self._names.status, "online")
        self._unsaid.update(dict.fromkeys(self._texts))
        return good

    # -- what comes --

    def _topics(self) -> set[str]:
        commands = {
            self._names.of_lock(lock.id, "set")
            for one in self._entrances.values()
            if one.door.opens
            for lock in one.door.locks
        }
        prefix = self._names.discovery
        return {f"{prefix}/status", f"{prefix}/device/+/config", *commands}

    async def _is_up(self) -> None:
        self._texts.pop(self._names.status, None)
        self.house_changed()

    async def _is_down(self) -> None:
        pass

    async def _heard(self, message: Heard) -> None:
        if message.topic == f"{self._names.discovery}/status":
            if message.text == "online":
                self.house_changed()
            return
        if message.topic.endswith("/config"):
            self._saw(message)
            return
        if message.old or message.text != "UNLOCK":  # a command that the broker kept is nobody's press
            return
        for one in self._entrances.values():
            for lock in one.door.locks:
                if one.door.opens and message.topic == self._names.of_lock(lock.id, "set"):
                    self._do(self._open(lock), "Home Assistant opens")

    def _saw(self, message: Heard) -> None:
        """An announcement, perhaps of an earlier life of this server."""
        if not message.topic.startswith(self._names.config("").removesuffix("/config")):
            return
        try:
            payload: Any = json.loads(message.text)
            ours = payload["availability"][0]["topic"] == self._names.status
            components = tuple(cast("dict[str, Any]", payload["components"])) if ours else ()
        except (ValueError, LookupError, TypeError):
            self._components.pop(message.topic, None)
            return
        if ours:
            known = self._components.get(message.topic, ())
            self._components[message.topic] = tuple(dict.fromkeys((*known, *components)))
            if message.old and len(self._components[message.topic]) > len(known):
                self.house_changed()

    async def _open(self, lock: Lock) -> None:
        try:
            await self._opens(lock.id)
        except IntercomError as error:
            log.info("Home Assistant may not open lock %s: %s", lock.id, error)
        except Exception:
            log.exception("Home Assistant could not open lock %s", lock.id)
