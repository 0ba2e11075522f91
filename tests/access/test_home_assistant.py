"""Home Assistant by a real broker: what it is told, how soon, and what it may do."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from intercom.access.home_assistant import HomeAssistant, Names, announcement
from intercom.access.mqtt_link import Address
from intercom.config import load
from intercom.doctor import verdicts
from intercom.domain.call import Call, Reason, Rules, Stage
from intercom.domain.door import Lock, LockStatus, Refusal
from intercom.domain.errors import DoorRefused
from intercom.domain.ids import AccountId, CallId, EntranceId, EntryId, LegId, LockId, PanelId, SiteId
from intercom.ports import HomeDoor, LockChanged, LockOpened
from tests.access.broker import Broker

LOCK = Lock(LockId("L1"), SiteId("s"), EntranceId("E1"), "Front door", 0.3)
DOOR = HomeDoor("Lindenhof", EntranceId("E1"), "Main entrance", (LOCK,), (PanelId("P1"),))
CONFIG = "homeassistant/device/intercom_E1/config"


def a_call(name: str = "c1", **more: Any) -> Call:
    words: dict[str, Any] = {
        "id": CallId(name),
        "site": SiteId("s"),
        "entrance": EntranceId("E1"),
        "entry": EntryId("Anna Lind"),
        "panel": PanelId("P1"),
        "people": (AccountId("anna"),),
        "legs": (),
        "stage": Stage.CALLING,
        "placed_at": time.time(),
        "rules": Rules(),
    }
    known = {field: words[field] for field in words if field in Call.__dataclass_fields__}
    return Call(**{**known, **more})


class House:
    """A server's side, a client that hears everything, and knobs."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.doors = [DOOR]
        self.statuses = {LOCK.id: LockStatus()}
        self.panels = {PanelId("P1")}
        self.opened: list[str] = []
        self.refuses = False
        self.heard: list[tuple[str, str, bool]] = []
        self.home: HomeAssistant

    async def shown(self) -> list[HomeDoor]:
        return self.doors

    async def opens(self, lock: LockId) -> None:
        if self.refuses:
            raise DoorRefused(Refusal.CLOSED_HOURS, "Outside opening hours.")
        self.opened.append(lock)

    async def start(self, name: str = "intercom") -> None:
        self.home = HomeAssistant(
            Address("127.0.0.1", self.broker.port),
            Names(name),
            self.shown,
            lambda lock: self.statuses.get(lock, LockStatus(online=False)),
            lambda panel: panel in self.panels,
            self.opens,
            time.time,
            "1.2.3",
        )
        await self.home.start()

    def says(self, topic: str) -> str | None:
        """What a topic said last."""
        return next((text for name, text, _ in reversed(self.heard) if name == topic), None)

    def announced(self) -> dict[str, Any]:
        text = self.says(CONFIG)
        return json.loads(text) if text else {}

    @property
    def rings(self) -> int:
        return sum(name == "intercom/entrance/E1/doorbell" for name, _, _ in self.heard)

    async def until(self, so: Callable[[], Any], seconds: float = 6.0) -> None:
        end = time.monotonic() + seconds
        while not so():
            assert time.monotonic() < end, f"it never came: {self.heard[-12:]}"
            await asyncio.sleep(0.01)

    async def tell(self, topic: str, text: str, *, retain: bool = False) -> None:
        async with self.broker.client() as client:
            await client.publish(topic, text, 1, retain)

    async def listen(self) -> None:
        async with self.broker.client() as client:
            await client.subscribe("#", 1)
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                self.heard.append((message.topic.value, message.payload.decode(), bool(message.retain)))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "broker")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
async def house(broker: Broker) -> AsyncIterator[House]:
    house = House(broker)
    ear = asyncio.create_task(house.listen())
    await house.start()
    await house.until(lambda: house.says("intercom/status") == "online")
    yield house
    await house.home.close()
    ear.cancel()
    with suppress(asyncio.CancelledError, aiomqtt.MqttError):
        await ear


# -- what is announced --


async def test_an_entrance_is_a_device_with_its_bell_call_panel_and_locks(house: House) -> None:
    said = house.announced()
    assert said["device"]["name"] == "Main entrance"
    assert said["origin"] == {"name": "intercom", "sw_version": "1.2.3"}
    kinds = {name: (one["platform"], one.get("device_class")) for name, one in said["components"].items()}
    assert kinds == {
        "doorbell": ("event", "doorbell"),
        "call": ("sensor", "enum"),
        "panel": ("binary_sensor", "connectivity"),
        "bolt_L1": ("binary_sensor", "lock"),
    }
    ids = [one["unique_id"] for one in said["components"].values()]
    assert len(set(ids)) == len(ids)
    await house.until(lambda: house.says("intercom/lock/L1/available") == "online")
    assert house.says("intercom/lock/L1/state") == "LOCKED"
    assert house.says("intercom/entrance/E1/call") == "idle"
    assert house.says("intercom/entrance/E1/panel") == "ON"


async def test_a_lock_takes_commands_only_where_the_site_allows_it(house: House) -> None:
    assert "set" not in json.dumps(house.announced())
    await house.tell("intercom/lock/L1/set", "UNLOCK")
    await asyncio.sleep(0.3)
    assert house.opened == []
    house.doors = [replace(DOOR, opens=True)]
    house.home.house_changed()
    await house.until(lambda: "lock_L1" in house.announced()["components"])
    lock = house.announced()["components"]["lock_L1"]
    assert (lock["platform"], lock["command_topic"]) == ("lock", "intercom/lock/L1/set")
    assert house.announced()["components"]["bolt_L1"] == {"platform": "binary_sensor"}, (
        "the other is taken down"
    )
    await house.tell("intercom/lock/L1/set", "UNLOCK")
    await house.until(lambda: house.opened == ["L1"])


@pytest.mark.parametrize("text", ["LOCK", "", "unlock", "OPEN!", '{"state": "UNLOCK"}'])
async def test_any_other_command_does_nothing(house: House, text: str) -> None:
    house.doors = [replace(DOOR, opens=True)]
    house.home.house_changed()
    await house.until(lambda: "lock_L1" in house.announced()["components"])
    await house.tell("intercom/lock/L1/set", text)
    await asyncio.sleep(0.2)
    assert house.opened == []


async def test_a_command_that_the_broker_kept_opens_nothing(house: House) -> None:
    await house.tell("intercom/lock/L1/set", "UNLOCK", retain=True)
    house.doors = [replace(DOOR, opens=True)]
    house.home.house_changed()
    await house.until(lambda: "lock_L1" in house.announced()["components"])
    await asyncio.sleep(0.3)
    assert house.opened == []


async def test_a_refused_opening_is_no_fault(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.doors, house.refuses = [replace(DOOR, opens=True)], True
    house.home.house_changed()
    await house.until(lambda: "lock_L1" in house.announced()["components"])
    caplog.set_level("INFO")
    await house.tell("intercom/lock/L1/set", "UNLOCK")
    await house.until(lambda: "Outside opening hours" in caplog.text)
    assert "Traceback" not in caplog.text


async def test_everything_is_announced_again_when_home_assistant_is_born(house: House) -> None:
    before = len([1 for topic, _, _ in house.heard if topic == CONFIG])
    house.heard.clear()
    await house.tell("homeassistant/status", "online")
    await house.until(lambda: house.announced() and house.says("intercom/lock/L1/state"))
    assert before >= 1


async def test_what_is_gone_is_taken_down_also_after_a_restart(house: House) -> None:
    await house.home.close()
    house.doors = []
    await house.start()
    await house.until(lambda: house.says(CONFIG) == "")


async def test_another_server_s_entrances_are_left_alone(house: House) -> None:
    other = json.dumps(announcement(Names("intercom_E1"), DOOR, "1"))
    await house.tell("homeassistant/device/intercom_E1_E1/config", other, retain=True)
    await house.tell("homeassistant/device/intercom_x/config", "no json", retain=True)
    house.home.house_changed()
    await asyncio.sleep(0.3)
    assert house.says("homeassistant/device/intercom_E1_E1/config") == other
    assert house.says("homeassistant/device/intercom_x/config") == "no json"


async def test_a_server_that_goes_says_so_and_one_that_dies_has_it_said(house: House) -> None:
    await house.home.close()
    await house.until(lambda: house.says("intercom/status") == "offline")
    await house.start()
    await house.until(lambda: house.says("intercom/status") == "online")
    client = house.home._link._client
    assert client is not None
    client._client._sock_close()  # the power goes
    await house.until(lambda: house.says("intercom/status") == "offline")


# -- what happens --


async def test_a_ring_is_one_event_that_is_not_kept(house: House) -> None:
    call = a_call()
    began = time.monotonic()
    house.home.call_changed(call)
    assert time.monotonic() - began < 0.1
    house.home.call_changed(replace(call, stage=Stage.RINGING))
    await house.until(lambda: house.rings)
    await house.until(lambda: house.says("intercom/entrance/E1/call") == "ringing")
    house.home.call_changed(replace(call, stage=Stage.ESTABLISHED, accepted=LegId("leg")))
    await house.until(lambda: house.says("intercom/entrance/E1/call") == "talking")
    house.home.call_changed(replace(call, stage=Stage.ENDED, accepted=LegId("leg"), reason=Reason.COMPLETED))
    await house.until(lambda: house.says("intercom/entrance/E1/call") == "idle")
    assert house.rings == 1
    (event,) = [text for topic, text, _ in house.heard if topic.endswith("doorbell")]
    assert json.loads(event) == {"event_type": "ring"}
    async with house.broker.client() as late:
        await late.subscribe("intercom/entrance/E1/doorbell")
        await asyncio.sleep(0.3)
        assert len(late.messages) == 0, "an old ring was kept"


async def test_whoever_is_rung_next_because_nobody_answered_is_the_same_ring(house: House) -> None:
    first = a_call(rules=Rules(falls_back=True))
    house.home.call_changed(first)
    house.home.call_changed(replace(first, stage=Stage.ENDED, reason=Reason.NO_ANSWER))
    house.home.call_changed(a_call("c2"))
    await house.until(lambda: house.says("intercom/entrance/E1/call") == "ringing")
    house.home.call_changed(replace(a_call("c2"), stage=Stage.ENDED, reason=Reason.NO_ANSWER))
    house.home.call_changed(a_call("c3"))
    await house.until(lambda: house.rings == 2)


async def test_nobody_is_named(house: House) -> None:
    house.home.call_changed(a_call())
    await house.until(lambda: house.rings)
    assert "Anna" not in str(house.heard)
    assert "anna" not in str(house.heard)


async def test_a_lock_that_opened_is_unlocked_until_it_locks_itself(house: House) -> None:
    await house.home.heard(LockOpened(LOCK.id, time.time()))
    await house.until(lambda: house.says("intercom/lock/L1/state") == "UNLOCKED")
    await house.until(lambda: house.says("intercom/lock/L1/state") == "LOCKED")


async def test_a_lock_that_is_offline_or_held_open_says_so(house: House) -> None:
    house.statuses[LOCK.id] = LockStatus(online=False)
    await house.home.heard(LockChanged(LOCK.id, house.statuses[LOCK.id]))
    await house.until(lambda: house.says("intercom/lock/L1/available") == "offline")
    house.statuses[LOCK.id] = LockStatus(held_open=True)
    await house.home.heard(LockChanged(LOCK.id, house.statuses[LOCK.id]))
    await house.until(lambda: house.says("intercom/lock/L1/state") == "UNLOCKED")
    assert house.says("intercom/lock/L1/available") == "online"


async def test_a_panel_that_loses_its_connection_is_told(house: House) -> None:
    house.panels.clear()
    await house.until(lambda: house.says("intercom/entrance/E1/panel") == "OFF")


# -- a broker that is not well --


async def test_rings_without_a_broker_cost_nothing_and_old_ones_are_not_told_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.broker.stop()
    began = time.monotonic()
    for number in range(1000):
        house.home.call_changed(a_call(f"c{number}"))
        house.home.call_changed(replace(a_call(f"c{number}"), stage=Stage.ENDED, reason=Reason.CANCELLED))
    assert time.monotonic() - began < 2
    monkeypatch.setattr("intercom.access.home_assistant._STALE_RING", -1.0)
    house.heard.clear()
    house.broker.start()
    async with house.broker.client() as client:
        await client.subscribe("#", 1)
        async with asyncio.timeout(10):
            async for message in client.messages:
                house.heard.append((message.topic.value, str(message.payload), False))
                if message.topic.value == "intercom/entrance/E1/panel":
                    break
    assert house.rings == 0
    assert CONFIG in {topic for topic, _, _ in house.heard}


def test_the_doctor_says_whether_the_broker_answers(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "broker", tls=True)
    secure = {"mqtt_url": f"mqtts://localhost:{broker.port}", "mqtt_ca": broker.ca}

    def says(**words: object) -> tuple[bool, str]:
        (found,) = [one for one in verdicts(load(None, data=tmp_path, **words)) if "broker" in one[1]]
        return found

    assert says(**secure)[0] is False
    broker.start()
    try:
        assert says(**secure) == (True, "The broker localhost answers.")
        assert says(mqtt_url=secure["mqtt_url"])[0] is False, "nobody vouches for its certificate"
    finally:
        broker.stop()
    assert not any("broker" in one[1] for one in verdicts(load(None, data=tmp_path)))
