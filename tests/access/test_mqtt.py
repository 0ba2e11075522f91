"""Locks on a real broker: a command is published once, and never arrives later than somebody expects it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from intercom.access import mqtt, mqtt_form, mqtt_link
from intercom.access.catalog import Outfit, read
from intercom.access.mqtt import MqttCore
from intercom.domain.door import Battery, Lock, Refusal
from intercom.domain.errors import Invalid
from intercom.domain.ids import EntranceId, LockId, RequestId, Secret, SiteId
from intercom.ports import (
    CommandRefused,
    CommandTaken,
    CommandUnknown,
    CoreState,
    LockChanged,
    LockEvent,
    LockOpened,
)
from tests.access.broker import PASSWORD, USER, Broker, Habit, MqttLock, Way, Weather

DOOR = Lock(LockId("door"), SiteId("s"), EntranceId("e"), "Door", 4.0, core_ref="front")
TAKEN = CommandTaken()
GENERIC = {
    "command_topic": "doors/{lock}/set",
    "state_topic": "doors/{lock}/state",
    "online_topic": "doors/{lock}/online",
}


async def until(there: Callable[[], Any], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "it never came"
        await asyncio.sleep(0.01)


class Site:
    """A broker, its locks, a core, and what the locks said through it."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.said: list[LockEvent] = []
        self.core: MqttCore
        self._ends: list[Callable[[], Any]] = []

    async def lock(self, name: str = "front", habit: Habit = Habit.WELL) -> MqttLock:
        lock = MqttLock(self.broker, name, habit)
        await lock.start()
        self._ends.append(lock.stop)
        return lock

    async def fit(self, *, secrets: dict[str, str] | None = None, **words: str) -> MqttCore:
        given = {"host": "127.0.0.1", "port": str(self.broker.port), **GENERIC, **words}
        kept = {name: Secret(text) for name, text in (secrets or {}).items()}
        self.core = mqtt_form.build(Outfit(SiteId("s"), *read(mqtt_form.KIND.fields, given, kept), time.time))
        self.core.keep([DOOR])
        self.core.listen(self.hears)
        self._ends.append(self.core.close)
        await self.core.start()
        return self.core

    async def way(self) -> Way:
        way = Way(self.broker)
        await way.start()
        self._ends.append(way.close)
        return way

    async def hears(self, event: LockEvent) -> None:
        self.said.append(event)

    async def unlock(self, request: str = "press", age: float = 0.0) -> object:
        return await self.core.unlock(DOOR.id, RequestId(request), time.time() - age)

    @property
    def online(self) -> bool:
        status = self.core.status(DOOR.id)
        return status.online and status.trouble is None

    @property
    def opened(self) -> list[tuple[str | None, bool]]:
        return [(event.request, event.asked) for event in self.said if isinstance(event, LockOpened)]

    async def close(self) -> None:
        for end in reversed(self._ends):
            await end()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
async def site(shared: Broker) -> AsyncIterator[Site]:
    site = Site(shared)
    yield site
    await site.close()
    async with shared.client() as client:  # what was kept is forgotten
        for topic in ("state", "online", "set"):
            await client.publish(f"doors/front/{topic}", b"", 1, retain=True)


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Site]:
    """A site with a broker of its own, that may be killed."""
    broker = Broker(tmp_path / "broker")
    broker.start()
    site = Site(broker)
    yield site
    await site.close()
    broker.stop()


# -- the command --


async def test_a_press_is_one_message_that_is_not_kept(site: Site) -> None:
    lock = await site.lock()
    await site.fit()
    await until(lambda: site.online)
    assert await site.unlock() == TAKEN
    await until(lambda: site.opened)
    assert lock.commands == [{"text": "UNLOCK"}]
    assert (lock.qos, lock.retained) == ([1], [False])
    assert site.opened == [("press", True)]


async def test_taken_is_not_opened(site: Site) -> None:
    lock = await site.lock(habit=Habit.SILENT)
    await site.fit()
    await until(lambda: site.online)
    assert await site.unlock() == TAKEN
    await until(lambda: lock.turned)
    await asyncio.sleep(0.1)
    assert site.opened == []


async def test_a_command_in_json_says_who_until_when_and_how_long(site: Site) -> None:
    lock = await site.lock()
    text = '{"state": "UNLOCK", "request": "{request}", "seconds": {seconds}, "expires": {expires}}'
    await site.fit(command=text)
    await until(lambda: site.online)
    now = time.time()
    await site.unlock('a "press"')
    await until(lambda: lock.commands)
    (command,) = lock.commands
    assert command["request"] == 'a "press"'
    assert command["seconds"] == 4
    assert now + 3 <= command["expires"] <= now + 6  # type: ignore[operator]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_both_versions_of_mqtt_open(site: Site, version: str) -> None:
    await site.lock()
    await site.fit(version=version)
    await until(lambda: site.online)
    assert await site.unlock() == TAKEN
    await until(lambda: site.opened)


async def test_the_same_press_again_publishes_nothing(site: Site) -> None:
    lock = await site.lock()
    await site.fit()
    await until(lambda: site.online)
    assert await asyncio.gather(*(site.unlock() for _ in range(100))) == [TAKEN] * 100
    assert await site.unlock() == TAKEN
    await until(lambda: lock.turned)
    await asyncio.sleep(0.1)
    assert lock.turned == 1
    assert site.opened == [("press", True)]


async def test_an_old_press_is_not_published(site: Site) -> None:
    lock = await site.lock()
    await site.fit()
    await until(lambda: site.online)
    assert await site.unlock(age=5.5) == CommandRefused(Refusal.STALE)
    await asyncio.sleep(0.1)
    assert lock.commands == []


async def test_a_command_that_nobody_listens_to_is_refused(site: Site) -> None:
    await site.fit(online_topic="")
    await until(lambda: site.online)
    assert await site.unlock() == CommandRefused(Refusal.LOCK_OFFLINE)


async def test_a_lock_with_a_wildcard_for_a_name_opens_nothing(site: Site) -> None:
    lock = await site.lock()
    await site.fit(online_topic="", command_topic="doors/{lock}/set")
    site.core.keep([Lock(DOOR.id, DOOR.site, DOOR.entrance, "Door", core_ref="#")])
    await until(lambda: site.core._link.connected)
    assert isinstance(await site.unlock(), CommandRefused)
    assert lock.commands == []


async def test_a_lock_that_gets_another_name_is_another_lock(site: Site) -> None:
    await site.lock()
    other = await site.lock("back")
    await site.fit()
    await until(lambda: site.online)
    await other.stop()
    site.core.keep([Lock(DOOR.id, DOOR.site, DOOR.entrance, "Door", core_ref="back")])
    assert not site.online
    assert await site.unlock() == CommandRefused(Refusal.LOCK_OFFLINE)
    await other.start()
    await until(lambda: site.online)
    assert await site.unlock("again") == TAKEN
    await until(lambda: other.turned == 1)


# -- there or not --


async def test_a_lock_is_offline_until_it_says_that_it_is_there(site: Site) -> None:
    await site.fit()
    await until(lambda: site.core._link.connected)
    assert await site.unlock() == CommandRefused(Refusal.LOCK_OFFLINE)
    await site.lock()
    await until(lambda: site.online)
    assert await site.unlock("again") == TAKEN


async def test_a_lock_that_loses_power_is_offline_by_its_last_will(site: Site) -> None:
    lock = await site.lock()
    await site.fit()
    await until(lambda: site.online)
    await lock.stop(power_cut=True)
    await until(lambda: not site.online)
    assert site.core.status(DOOR.id).since == pytest.approx(time.time(), abs=5)
    assert await site.unlock() == CommandRefused(Refusal.LOCK_OFFLINE)
    changes = [event.status.online for event in site.said if isinstance(event, LockChanged)]
    assert changes == [True, False]


async def test_a_lock_that_comes_and_goes_a_thousand_times_opens_nothing(site: Site) -> None:
    lock = await site.lock()
    await site.fit()
    await until(lambda: site.online)
    async with site.broker.client() as client:
        for turn in range(1000):
            await client.publish("doors/front/online", ("offline", "online")[turn % 2], 1, retain=True)
    await until(lambda: len(site.said) == 1001)
    assert site.opened == []
    assert lock.commands == []
    assert site.online


@pytest.mark.parametrize(
    ("weather", "result", "turned"),
    [
        (Weather.SLOW, TAKEN, 1),
        (Weather.LOSES, CommandUnknown(Refusal.NO_REPLY), 0),
        (Weather.RESETS_BEFORE, CommandUnknown(Refusal.NO_REPLY), 0),
        (Weather.RESETS_AFTER, CommandUnknown(Refusal.NO_REPLY), 1),
        (Weather.LATE, CommandUnknown(Refusal.NO_REPLY), 1),
    ],
)
async def test_each_weather_on_the_way_is_told_as_it_is_and_nothing_is_sent_again(
    own: Site, weather: Weather, result: object, turned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "_REPLY", 0.6)
    lock = await own.lock()
    way = await own.way()
    await own.fit(port=str(way.port))
    await until(lambda: own.online)
    way.weathers = [weather]
    assert await own.unlock() == result
    await until(lambda: own.core._link.connected and own.online)
    assert await own.unlock() == result, "asked again it says the same"
    await asyncio.sleep(0.2)
    assert (lock.turned, way.commands) == (turned, 1)
    assert await own.unlock("another") == TAKEN
    await until(lambda: lock.turned == turned + 1)


async def test_a_broker_that_stands_still_gets_no_command(own: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would carry it out when it goes on."""
    monkeypatch.setattr(mqtt_link, "_ALIVE", 0.3)
    lock = await own.lock()
    await own.fit()
    await until(lambda: own.online)
    assert own.broker._process is not None
    os.kill(own.broker._process.pid, signal.SIGSTOP)
    assert await own.unlock() == CommandRefused(Refusal.CORE_DOWN)
    assert await own.unlock("second") == CommandRefused(Refusal.CORE_DOWN)
    await until(lambda: own.core.status(DOOR.id).trouble is Refusal.CORE_DOWN)
    os.kill(own.broker._process.pid, signal.SIGCONT)
    await until(lambda: own.online, 15)
    await asyncio.sleep(0.3)
    assert lock.turned == 0, "the command opened the door long after the press"


async def test_a_broker_that_goes_and_comes_back_is_connected_to_again(
    own: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await own.fit(online_topic="")
    await until(lambda: own.online)
    own.broker.stop()
    await until(lambda: own.core.status(DOOR.id).trouble is Refusal.CORE_DOWN)
    assert await own.unlock() == CommandRefused(Refusal.CORE_DOWN)
    own.broker.start()
    await until(lambda: own.online, 15)
    assert own.opened == []


# -- what the broker kept --


async def test_a_kept_state_tells_how_a_lock_is_and_not_that_it_opened(site: Site) -> None:
    await site.lock()
    async with site.broker.client() as client:
        await client.publish("doors/front/state", "UNLOCKED", 1, retain=True)
    await site.fit()
    await until(lambda: site.online)
    await asyncio.sleep(0.2)
    assert site.opened == []


async def test_a_door_opened_with_a_key_is_nobodys_command(site: Site) -> None:
    lock = await site.lock()
    await site.fit()
    await until(lambda: site.online)
    await lock.says("LOCKED")
    await lock.says("UNLOCKED")
    await until(lambda: site.opened)
    assert site.opened == [(None, False)]
    await lock.says("UNLOCKED")
    await lock.says("LOCKED")
    await asyncio.sleep(0.1)
    assert len(site.opened) == 1


async def test_a_jammed_lock_confirms_nothing(site: Site) -> None:
    await site.lock(habit=Habit.JAMMED)
    await site.fit()
    await until(lambda: site.online)
    assert await site.unlock() == TAKEN
    await asyncio.sleep(0.2)
    assert site.opened == []


async def test_states_in_json_tell_office_mode_and_battery(site: Site) -> None:
    lock = await site.lock()
    rules = {
        "open": "state = UNLOCKED",
        "closed": "state = LOCKED",
        "held": "mode = office",
        "low": "battery < 20",
    }
    await site.fit(**rules)
    await until(lambda: site.online)
    await lock.says('{"state": "LOCKED", "mode": "office", "battery": 12}')
    await until(lambda: site.core.status(DOOR.id).held_open)
    assert site.core.status(DOOR.id).battery is Battery.LOW
    await lock.says('{"state": "UNLOCKED", "battery": 92}')
    await until(lambda: site.opened)
    status = site.core.status(DOOR.id)
    assert (status.held_open, status.battery) == (False, Battery.OK)


@pytest.mark.parametrize("text", ["", "{", "[" * 60_000, "x" * 70_000, "\udcff", "\0"])
async def test_a_state_that_nobody_understands_changes_nothing(site: Site, text: str) -> None:
    lock = await site.lock()
    await site.fit(open="state = UNLOCKED")
    await until(lambda: site.online)
    await site.core._link._client.publish(  # type: ignore[union-attr]
        "doors/front/state", text.encode(errors="surrogateescape"), 1
    )
    await lock.says('{"state": "UNLOCKED"}')
    await until(lambda: site.core._told[DOOR.id].is_open)
    assert site.online


# -- who is let in --


async def test_name_password_and_a_certificate_of_ones_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    broker = Broker(tmp_path / "broker", password=True, tls=True)
    broker.start()
    site = Site(broker)
    words = {"host": "localhost", "tls": "true", "user": USER, "online_topic": ""}
    try:
        await site.fit(secrets={"password": PASSWORD}, certificate=broker.ca.read_text(), **words)
        await until(lambda: site.online)
        assert (await site.core.check()).state is CoreState.UP
        assert await site.unlock() == CommandRefused(Refusal.LOCK_OFFLINE), "nobody listens there"
        await site.core.close()

        await site.fit(secrets={"password": "a wrong one"}, certificate=broker.ca.read_text(), **words)
        report = await site.core.check()
        assert (report.state, report.why) == (CoreState.DENIED, Refusal.CORE_DOWN)
        await site.core.close()

        await site.fit(secrets={"password": PASSWORD}, **words)  # nobody vouches for this certificate
        assert (await site.core.check()).state is CoreState.DOWN
        await site.core.close()

        await site.fit(
            secrets={"password": PASSWORD},
            certificate=broker.ca.read_text(),
            **{**words, "host": "127.0.0.1"},
        )  # it is for another name
        assert (await site.core.check()).state is CoreState.DOWN
    finally:
        await site.close()
        broker.stop()
    assert PASSWORD not in caplog.text
    assert "a wrong one" not in caplog.text


async def test_a_broker_that_is_not_there_is_said_to_be_down(tmp_path: Path) -> None:
    site = Site(Broker(tmp_path))
    await site.fit()
    report = await site.core.check()
    assert (report.state, report.why) == (CoreState.DOWN, Refusal.CORE_DOWN)
    assert await site.unlock() == CommandRefused(Refusal.CORE_DOWN)
    began = time.monotonic()
    await site.close()
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("host", ""),
        ("port", "70000"),
        ("command_topic", "doors/+/set"),
        ("command_topic", ""),
        ("state_topic", "#"),
        ("state_topic", "doors/{lock}/set"),
        ("online", "perhaps"),
        ("certificate", "none"),
        ("version", "4"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field(shared: Broker, field: str, typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        await Site(shared).fit(**{"tls": "true", field: typed})
    assert set(refused.value.details["fields"]) == {field}


async def test_without_the_extra_it_says_what_is_missing_and_all_else_works(
    shared: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_link.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(Invalid) as refused:
        await Site(shared).fit()
    assert "intercom[mqtt]" in refused.value.details["fields"]["host"]


def test_the_server_does_not_load_the_extra_before_somebody_uses_it() -> None:
    code = "import sys, intercom.app; sys.exit('aiomqtt' in sys.modules or 'paho' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


async def test_a_closed_core_leaves_nothing(site: Site) -> None:
    await site.lock()
    await site.fit()
    await until(lambda: site.online)
    before = {task.get_name() for task in asyncio.all_tasks()}
    assert "keeps a broker's connection" in before
    await site.core.close()
    await asyncio.sleep(0.05)
    left = {task.get_name() for task in asyncio.all_tasks()}
    assert not left & {"keeps a broker's connection", "a broker's connection", "listens to a broker's locks"}
    assert isinstance(await site.unlock(), CommandRefused)
