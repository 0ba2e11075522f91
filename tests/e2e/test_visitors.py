"""A visitor with nothing but the address on the sign, against a real server and real residents."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest
from socketio.exceptions import ConnectionError as Unreachable

from tests.e2e.house import Caller, House, Message, People, fresh_address

LAT, LON = 47.376912, 8.541734
FENCE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [LON, LAT]},
    "properties": {"radius": 75},
}


class Guest(Caller):
    """A visitor's browser, without its page."""

    def __init__(self, house: House, cookies: dict[str, str], scan: str) -> None:
        super().__init__(house, "", "visitor")
        self.cookies = cookies
        self.scan = scan

    def credentials(self) -> tuple[dict[str, str], dict[str, str]]:
        """The session's cookie."""
        given = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": given}, {"visitor": "yes"}

    def here(self, east: float = 0.0, accuracy: float = 10.0) -> Message:
        """What the phone says: so many degrees to the east of the door."""
        return {"latitude": LAT, "longitude": LON + east, "accuracy": accuracy, "at": self.now()}

    def now(self) -> float:
        """The time."""
        import time

        return time.time()


def address(house: House) -> str:
    """The path of the demo's sign."""
    return re.sub(r"^https?://[^/]+", "", house.demo["visitor"]["url"])


def open_page(house: House, path: str | None = None, cookies: dict[str, str] | None = None) -> Guest:
    """Load the page of the sign, as a phone's browser does."""
    answer = house.ask("GET", path or address(house), cookies=cookies or {}, address=fresh_address())
    assert answer.status == 200, answer
    given = {name: answer.cookie(name) or "" for name in ("intercom_visit", "intercom_visitor")}
    scan = re.search(r'data-scan="([^"]+)"', answer.text)
    assert scan
    return Guest(house, given, scan[1])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(tmp_path_factory.mktemp("visitors"), ring_limit="1000 per minute").start()
    yield house
    house.close()


@pytest.fixture
async def people(house: House) -> AsyncIterator[People]:
    async with house.people() as people:
        yield people


async def guest(people: People, **given: str) -> Guest:
    """A visitor whose page is connected."""
    came = open_page(people.house, **given)
    people.clients.append(came)
    await came.connect()
    return came


def fence(house: House, mode: str) -> None:
    """The street door's fence from now on."""
    house.change(
        "intercom.db", "UPDATE entrances SET fence_mode=?, fence=? WHERE id='street'", mode, json.dumps(FENCE)
    )
    house.restart()


async def test_the_whole_way_from_the_sign_to_an_open_door(house: House, people: People) -> None:
    anna = await people.device("anna")
    visitor = await guest(people)
    assert visitor.ready["entrance"]["name"] == "Street door"
    assert visitor.ready["visitor"] == {"fence": "off", "letters": 0}
    await visitor.rings("Anna Lind")
    invite = await anna.invited()
    assert invite["visitor"]
    assert invite["evidence"]["source"] == "none"
    await anna.alerts()
    await visitor.hears("ringing")
    await anna.accepts()
    await anna.does("media_up", **anna.mine)
    await visitor.hears("established")
    ack = await anna.opens("street-door")
    assert ack["ok"], ack
    door = await visitor.gets("door", state="opened")
    assert door["lock"] != "street-door"
    await anna.hangs_up()
    await visitor.hears("ended")


async def test_no_id_of_the_house_reaches_a_visitor(house: House, people: People) -> None:
    one, other = await guest(people), await guest(people)
    await one.rings("Anna Lind")
    call = await one.gets("call")
    assert call["entry"]["id"] == one.entry("Anna Lind")
    await one.hangs_up()
    ids = {row["id"] for table in ("entries", "sites", "entrances", "locks", "accounts", "units")
           for row in house.rows("intercom.db", f"SELECT id FROM {table}")}  # fmt: skip
    heard = json.dumps([one.heard, other.heard])
    assert not [known for known in ids if f'"{known}"' in heard]
    mine, theirs = ({entry["id"] for entry in each.ready["entries"]} for each in (one, other))
    assert not mine & theirs
    await other.is_refused("ring", "unknown_entry", entry=one.entry("Anna Lind"))


async def test_a_session_is_needed_and_a_visitor_is_no_panel(house: House, people: People) -> None:
    for cookies in ({}, {"intercom_visit": "forged"}):
        stranger = Guest(house, cookies, "")
        people.clients.append(stranger)
        with pytest.raises(Unreachable):
            await stranger.connect()
        assert stranger.refusal is not None
        assert stranger.refusal["code"] == "visit_over"
    visitor = await guest(people)
    panels = house.ask("GET", "/api/v1/sites/birkenhof/panels", cookies=house.as_("marta")).json
    assert visitor.ready["panel"] not in json.dumps(panels)
    panel = await people.panel()
    await panel.is_refused("search", "not_allowed", text="lin")


async def test_a_new_sign_ends_what_the_old_one_opened(house: House, people: People) -> None:
    visitor = await guest(people)
    old = address(house)
    made = house.ask(
        "POST", "/api/v1/sites/birkenhof/entrances/street/sign", json_body={}, cookies=house.as_("marta")
    )
    assert made.status == 201, made
    await visitor.ended()
    with pytest.raises(Unreachable):
        await visitor.connect()
    assert visitor.refusal is not None
    assert visitor.refusal["code"] == "old_sign"
    for _ in range(2):
        answer = house.ask("GET", old)
        assert answer.status == 410
        assert "This sign has been replaced. Scan the one at the door." in answer.text
        house.restart()
    assert house.ask("GET", "/e/0000-00000-0000").status == 404
    new = re.sub(r"^https?://[^/]+", "", made.json["address"])
    assert house.ask("GET", new.upper().replace("/E/", "/e/")).status == 200
    secrets = json.loads((house.data / "demo-secrets.json").read_text())
    secrets["sign"] = [made.json["code"], made.json["word"]]
    (house.data / "demo-secrets.json").write_text(json.dumps(secrets))
    house.restart()


async def test_an_enforced_fence_is_asked_at_the_ring_and_at_the_door(house: House) -> None:
    fence(house, "enforce")
    async with house.people() as people:
        anna = await people.device("anna")
        visitor = await guest(people)
        entry = visitor.entry("Anna Lind")
        await visitor.is_refused("ring", "fence_unknown", entry=entry, scan=visitor.scan)
        await visitor.is_refused("ring", "outside_fence", entry=entry, position=visitor.here(0.02))
        await visitor.is_refused("ring", "fence_unknown", entry=entry, position=visitor.here(accuracy=900))
        await visitor.is_refused("ring", "wrong_word", entry=entry, word="bababa")
        visitor.call = (await visitor.does("ring", entry=entry, position=visitor.here()))["call"]
        invite = await anna.invited()
        assert (invite["evidence"]["place"], invite["evidence"]["source"]) == ("inside", "position")
        await anna.alerts()
        await anna.accepts()
        await anna.does("media_up", **anna.mine)
        await anna.hears("established")
        ack = await visitor.does("position", call=visitor.call, position=visitor.here(0.02))
        assert ack["place"] == "outside"
        told = await anna.gets("call", stage="established")
        assert told["evidence"]["place"] == "outside"
        before = len(house.journal())
        refused = await anna.opens("street-door")
        assert refused["error"]["code"] == "outside_fence"
        assert len(house.journal()) == before
        await asyncio.sleep(8)
        await visitor.does("position", call=visitor.call, position=visitor.here(0.02))
        ended = await anna.hears("ended")
        assert ended["reason"] == "left"


async def test_before_a_door_opens_the_phone_is_asked_again_where_it_is(house: House) -> None:
    async with house.people() as people:
        anna, visitor = await people.device("anna"), await guest(people)
        old = {**visitor.here(), "at": visitor.now() - 57}
        entry = visitor.entry("Anna Lind")
        visitor.call = (await visitor.does("ring", entry=entry, position=old))["call"]
        await anna.invited()
        await anna.alerts()
        await anna.accepts()
        await anna.does("media_up", **anna.mine)
        await anna.hears("established")
        await asyncio.sleep(4)
        pressed = asyncio.create_task(anna.opens("street-door"))
        await visitor.gets("position_wanted", call=visitor.call)
        await visitor.does("position", call=visitor.call, position=visitor.here())
        assert (await pressed)["ok"]
        await visitor.gets("door", state="opened")
        await visitor.hangs_up()


async def test_no_position_is_in_any_file(house: House) -> None:
    house.close()
    traces = [f"{LAT:.4f}"[:-1], f"{LON + 0.02:.4f}"[:-1]]
    drawn = json.dumps(FENCE)
    house.change("intercom.db", "UPDATE entrances SET fence=NULL, fence_mode='off'")
    for file in house.folder.rglob("*"):
        if not file.is_file() or file.name.startswith("intercom.db"):
            continue
        text = file.read_bytes().decode("latin-1").replace(drawn, "")
        assert not [trace for trace in traces if trace in text], file
    for row in house.rows("intercom.db", "SELECT name FROM sqlite_master WHERE type='table'"):
        for found in house.rows("intercom.db", f"SELECT * FROM {row['name']}"):
            assert not [trace for trace in traces if trace in repr(tuple(found))], row["name"]
