"""Putting a site into service in a real house: every line becomes green by what really happened."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Iterator

import pytest

from tests.e2e.house import House, new_request
from tests.ice.turn_server import SECRET, TurnServer

PAGE, API = "/admin/birkenhof/checklist", "/api/v1/sites/birkenhof/checklist"


@pytest.fixture(scope="module")
def own_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with a relay, which these tests put into service."""
    folder = tmp_path_factory.mktemp("checklist")
    with TurnServer(folder) as turn:
        house = House(folder / "house", turn=" ".join(turn.urls), turn_secret=SECRET)
        house.start()
        yield house
        house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


def lines(house: House) -> dict[tuple[str, str], str]:
    """Item and name to state."""
    answer = house.ask("GET", API, cookies=house.as_("marta"))
    assert answer.status == 200, answer
    return {(line["item"], line["name"]): line["state"] for line in answer.json["lines"]}


def press(house: House, what: str, who: str = "marta", **form: str) -> int:
    return house.ask("POST", f"{PAGE}/{what}", form=form, cookies=house.as_(who)).status


def test_lines_turn_green_when_the_thing_itself_has_said_so(own_house: House) -> None:
    house = own_house
    before = lines(house)
    assert before["core", ""] == before["relay", ""] == before["ring", ""] == "open"
    assert before["opening", "Street door"] == "open"
    assert before["lock", "Street door"] == "good"
    assert before["way_in", "Street door"] == "bad", "its panel is not connected"
    assert press(house, "check") == 303

    async def ring_and_open() -> dict[tuple[str, str], str]:
        async with house.people() as people:
            panel, anna = await people.panel(house.panel_key), await people.device("anna")
            await panel.rings("Anna Lind")
            await anna.invited()
            await anna.does("ringing", call=anna.call, leg=anna.leg)
            await anna.does("accept", call=anna.call, leg=anna.leg)
            await anna.does("media_up", call=anna.call, leg=anna.leg)
            await anna.does("open_door", call=anna.call, lock="street-door", request=new_request())
            for _ in range(100):
                now = await asyncio.to_thread(lines, house)
                if now["opening", "Street door"] == now["ring", ""] == "good":
                    break
                await asyncio.sleep(0.2)
            return now

    after = asyncio.run(ring_and_open())
    for line in (
        ("core", ""),
        ("relay", ""),
        ("ring", ""),
        ("opening", "Street door"),
        ("way_in", "Street door"),
    ):
        assert after[line] == "good", (line, after)
    assert after["mail", ""] == "open", "no mail server is set"


def core(house: House, kind: str, **settings: str) -> None:
    body = {"kind": kind, "settings": settings}
    path = "/api/v1/sites/birkenhof/core"
    assert house.ask("PUT", path, json_body=body, cookies=house.as_("marta")).status == 200


def open_once(house: House, name: str, lock: str) -> None:
    """A resident opens a lock, which says so."""

    async def opens() -> None:
        async with house.people() as people:
            anna = await people.device("anna")
            assert (await anna.opens(lock, in_call=False))["ok"]
            for _ in range(100):
                if (await asyncio.to_thread(lines, house))["opening", name] == "good":
                    return
                await asyncio.sleep(0.1)
            raise AssertionError("it never said that it opened")

    asyncio.run(opens())


def test_another_core_or_another_lock_of_the_core_has_proven_nothing_yet(own_house: House) -> None:
    house = own_house
    street, inner = ("opening", "Street door"), ("opening", "Inner door")
    assert press(house, "check") == 303
    open_once(house, "Street door", "street-door")
    open_once(house, "Inner door", "inner-door")
    core(house, "builtin")  # the same once more
    saved = lines(house)
    assert (saved["core", ""], saved[street], saved[inner]) == ("open", "good", "good")
    core(house, "http", address="http://127.0.0.1:9/{lock}")
    other = lines(house)
    assert (other["core", ""], other[street], other[inner]) == ("open", "open", "open")
    core(house, "builtin")
    assert lines(house)[street] == "open", "what it said before it was exchanged is over"
    open_once(house, "Street door", "street-door")
    open_once(house, "Inner door", "inner-door")
    tie = "/admin/birkenhof/core/locks/street-door"
    assert house.ask("POST", tie, form={"ref": "another"}, cookies=house.as_("marta")).status == 303
    tied = lines(house)
    assert (tied[street], tied[inner]) == ("open", "good")


def test_not_green_only_the_owners_word_puts_the_site_into_service_and_installers_are_out(
    own_house: House,
) -> None:
    house = own_house
    assert press(house, "release") == 409
    assert press(house, "release", "jonas", word="yes") == 403
    assert "In service since" not in html.unescape(house.ask("GET", PAGE, cookies=house.as_("marta")).text)
    appointed = {"email": "installer@example.org", "first_name": "Ina", "last_name": "Stahl"}
    staff = house.ask(
        "POST", "/admin/birkenhof/staff", form={**appointed, "role": "installer"}, cookies=house.as_("marta")
    )
    assert staff.status == 303, staff
    count = "SELECT count(*) AS n FROM memberships WHERE role='installer'"
    assert house.rows("intercom.db", count)[0]["n"] == 1
    assert press(house, "release", word="yes") == 303
    assert house.rows("intercom.db", count)[0]["n"] == 0
    page = html.unescape(house.ask("GET", PAGE, cookies=house.as_("marta")).text)
    assert "by the owner’s word" in page
    noted = house.rows("intercom.db", "SELECT details FROM events WHERE action='site_released'")
    assert "mail" in noted[0]["details"]
    assert press(house, "reopen", "jonas") == 303
    told = house.ask("GET", API, cookies=house.as_("marta")).json
    assert (told["released_at"], told["by_word"]) == (None, False)


@pytest.mark.parametrize("who", ["anna", "ferhat"])
def test_residents_have_no_part_in_it(own_house: House, who: str) -> None:
    assert own_house.ask("GET", PAGE, cookies=own_house.as_(who)).status == 403
    assert press(own_house, "release", who, word="yes") == 403
