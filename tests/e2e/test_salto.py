"""The whole way to a lock of Salto KS: a ring, an answer, a press, and the truth about each press."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.access.ks_server import Iq, KsLock, KsServer, Planned
from tests.e2e.house import Device, House, eventually, talking

API = "/api/v1/sites/birkenhof/core"


@pytest.fixture
async def salto() -> AsyncIterator[KsServer]:
    server = KsServer()
    server.iqs = {"hall": Iq("hall", "Hall")}
    server.locks = {"ks-street": KsLock("ks-street", "Street door", "hall")}
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def house(tmp_path: Path, salto: KsServer) -> AsyncIterator[House]:
    """A house whose site opens through Salto KS, set up to the end."""
    house = House(tmp_path / "house", ring_limit="100000 per minute")
    await asyncio.to_thread(house.start)

    async def asks(method: str, path: str, body: object) -> Any:
        owner = await asyncio.to_thread(house.as_, "marta")
        answer = await asyncio.to_thread(house.ask, method, path, json_body=body, cookies=owner)
        assert answer.status in (200, 204), answer
        return answer

    settings = {"api": salto.url, "identity": salto.url, "stream": salto.url}
    settings |= {"site": salto.site, "client_id": salto.client_id}
    secrets = {"client_secret": salto.client_secret}
    await asks("PUT", API, {"kind": "saltoks", "settings": settings, "secrets": secrets})
    await asks("PUT", f"{API}/locks/street-door", {"ref": "ks-street"})
    await asks("POST", f"{API}/check", {})
    await asks("POST", f"{API}/steps/fetch-hall", {"typed": {}})
    await asks("POST", f"{API}/steps/confirm-hall", {"typed": {"pin": salto.mails[-1]}})
    yield house
    await asyncio.to_thread(house.close)
    assert not house.faults(), "the server's log tells of faults of its own"


async def press(device: Device) -> dict[str, Any]:
    """A press on the street door, and what became of it in the end."""
    ack = await device.opens("street-door")
    if not ack["ok"]:
        return {"state": "refused", **ack["error"]}
    last = {"opened", "not_confirmed", "refused"}
    while True:
        told = await device.gets("door", opening=ack["opening"])
        if told["state"] in last:
            return told


async def test_a_resident_opens_a_real_lock_and_reads_the_truth_each_time(
    house: House, salto: KsServer
) -> None:
    async with house.people() as people:
        panel, anna = await people.panel(), await people.device("anna")
        await talking(panel, anna, "Anna Lind")

        opened = await press(anna)
        assert opened["state"] == "opened"
        assert len(salto.turned) == 1
        (row,) = house.rows("live.db", "SELECT doc FROM openings")
        assert salto.entries[0]["id"].encode() in row["doc"], "the vendor's own id of it is in the log"

        for planned, state, code in (
            (Planned(400, 3102, "otp_invalid"), "refused", "otp_invalid"),
            (Planned(403, 2203), "refused", "not_allowed"),
            (Planned(403, 3102, "iq error"), "not_confirmed", "no_reply"),
            (Planned(400, 3105), "refused", "lock_offline"),
        ):
            salto.planned.append(planned)
            told = await press(anna)
            assert (told["state"], told["code"]) == (state, code), planned
            assert told["message"]
        assert len(salto.turned) == 1

        salto.event_lost = True
        told = await press(anna)
        assert (told["state"], told["code"]) == ("not_confirmed", "no_confirmation")
        salto.event_lost = False

        salto.planned.append(Planned(500, 3102, opens=True, reset=True))
        salto.event_after = 1.0
        ack = await anna.opens("street-door")
        await anna.gets("door", opening=ack["opening"], state="not_confirmed")
        await anna.gets("door", opening=ack["opening"], state="opened")

        assert len(salto.turned) == 3
        assert len(salto.sent) == 7, "one submission for each press"


async def test_a_paused_lock_says_until_when_and_nothing_is_sent(house: House, salto: KsServer) -> None:
    async with house.people() as people:
        panel, anna = await people.panel(), await people.device("anna")
        await talking(panel, anna, "Anna Lind")
        salto.planned.append(Planned(403, 3102, "otp_blocked"))
        told = await press(anna)
        assert told["code"] == "otp_blocked"
        assert "paused until" in told["message"]
        lock = await anna.gets("lock")
        assert lock["lock"]["trouble"] == "otp_blocked"
        assert lock["lock"]["until"] > told["now"]
        again = await press(anna)
        assert again["code"] == "otp_blocked"
        assert "paused until" in again["message"]
        assert len(salto.sent) == 1


async def test_what_the_vendor_never_answers_is_not_sent_again_by_a_restart(
    house: House, salto: KsServer
) -> None:
    async with house.people() as people:
        panel, anna = await people.panel(), await people.device("anna")
        await talking(panel, anna, "Anna Lind")
        salto.planned.append(Planned(after=30))
        await anna.opens("street-door")
        await eventually(lambda: salto.sent, "the command has arrived")
        await asyncio.to_thread(house.kill)
    await asyncio.to_thread(house.start)
    await asyncio.sleep(1)
    assert len(salto.sent) == 1
    (row,) = house.rows("live.db", "SELECT doc FROM openings")
    assert b'"interrupted"' in row["doc"]
