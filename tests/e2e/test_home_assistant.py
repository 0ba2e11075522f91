"""The whole server with a real broker and a relay: Home Assistant hears the bell and opens a real lock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.access.broker import PASSWORD, USER, Broker
from tests.access.relay_server import Mood, RelayServer
from tests.e2e.house import Answer, House, eventually

SITE = "/api/v1/sites/birkenhof"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "broker", password=True)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def house(tmp_path: Path, broker: Broker) -> Iterator[House]:
    house = House(
        tmp_path / "house",
        mqtt_url=f"mqtt://127.0.0.1:{broker.port}",
        mqtt_user=USER,
        mqtt_password=PASSWORD,
        log_level="debug",
    )
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"
    assert PASSWORD not in house.log.read_text()


class Ear:
    """All that a client of the broker hears."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}
        self.rings = 0


@asynccontextmanager
async def listening(broker: Broker) -> AsyncIterator[tuple[Ear, Any]]:
    ear = Ear()
    async with broker.client() as client:
        await client.subscribe("#", 1)

        async def hear() -> None:
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                ear.said[message.topic.value] = message.payload.decode()
                ear.rings += message.topic.value.endswith("/doorbell")

        task = asyncio.create_task(hear())
        yield ear, client
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def asked(house: House, method: str, path: str, body: object = None) -> Answer:
    """The owner's request; the relay in this loop goes on answering meanwhile."""
    return await asyncio.to_thread(house.ask, method, path, json_body=body, cookies=house.as_("marta"))


async def test_a_ring_is_heard_and_a_lock_opened_where_the_owner_allows_it(
    house: House, broker: Broker
) -> None:
    relay = RelayServer()
    await relay.start()
    settings = {
        "address": relay.url + "/relay/{lock}?turn=on&timer={seconds}&request={request}",
        "status_address": relay.url + "/status/{lock}",
        "open": "ison = true",
        "every": "1",
    }
    said = await asked(house, "PUT", f"{SITE}/core", {"kind": "http", "settings": settings})
    assert said.status == 200, said
    report = (await asked(house, "POST", f"{SITE}/core/check", {})).json
    assert report["state"] == "up"
    lock = next(iter(report["locks"]))

    async with listening(broker) as (ear, client), house.people() as people:
        await eventually(lambda: ear.said.get("intercom/status") == "online", "it says that it is there")
        await eventually(
            lambda: ear.said.get(f"intercom/lock/{lock}/available") == "online", "the lock is there"
        )

        await client.publish(f"intercom/lock/{lock}/set", "UNLOCK", 1)
        await asyncio.sleep(0.5)
        assert house.openings() == [], "nobody allowed it yet"

        said = await asked(house, "PATCH", SITE, {"home_opens": True})
        assert said.status == 200, said
        assert said.json["home_opens"] is True
        await eventually(
            lambda: any(f"intercom/lock/{lock}/set" in text for text in ear.said.values()),
            "it may command it",
        )
        await client.publish(f"intercom/lock/{lock}/set", "UNLOCK", 1)
        await eventually(lambda: [o["truth"] for o in house.openings()] == ["opened"], "the lock opened")
        assert relay.turned == {lock: 1}
        await eventually(
            lambda: ear.said[f"intercom/lock/{lock}/state"] == "UNLOCKED", "it is told to be open"
        )
        log = await asked(house, "GET", "/admin/birkenhof/log")
        assert "Home Assistant" in log.text

        panel = await people.panel()
        anna = await people.device("anna")
        await eventually(lambda: "ON" in ear.said.values(), "the panel is on")
        await panel.rings("Anna Lind")
        await anna.invited()
        await eventually(lambda: ear.rings == 1, "the bell is heard")
        await eventually(lambda: "ringing" in ear.said.values(), "it rings")
        await anna.does("ringing", **anna.mine)
        await anna.does("accept", **anna.mine)
        await eventually(lambda: "talking" in ear.said.values(), "they talk")
        await panel.hangs_up()
        await eventually(lambda: "talking" not in ear.said.values(), "it is over")
        everything = json.dumps(ear.said)
        assert "Anna" not in everything
        assert "Lind" not in everything

        relay.mood = Mood.REFUSING
        relay.locks(lock)
        await client.publish(f"intercom/lock/{lock}/set", "UNLOCK", 1)
        await eventually(lambda: house.openings()[-1]["code"] == "core_refused", "the refusal is logged")
        assert relay.turned == {lock: 1}
    house.stop()
    async with listening(broker) as (ear, _):
        await eventually(lambda: ear.said.get("intercom/status") == "offline", "it said that it goes")
    await relay.close()
