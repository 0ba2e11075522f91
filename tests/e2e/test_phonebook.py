"""What admins and residents change of the phonebook reaches the panels within a second, without a reload."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.house import Caller, House, Message, People

SITE = "birkenhof"
RESIDENTS = f"/api/v1/sites/{SITE}/residents"


def resident(house: House, words: str) -> Message:
    """A resident whom a search finds."""
    answer = house.ask("GET", f"{RESIDENTS}?q={words}", cookies=house.as_("marta"))
    assert answer.status == 200, answer
    return answer.json["residents"][0]


def change(house: House, one: Message, **changes: object) -> None:
    answer = house.ask("PATCH", f"{RESIDENTS}/{one['id']}", json_body=changes, cookies=house.as_("marta"))
    assert answer.status == 200, answer


@contextmanager
def restored(house: House, one: Message) -> Iterator[None]:
    """As before, whatever the test has done to this resident."""
    yield
    change(house, one, alias=one["alias"] or "", contact=one["contact"], display=one["display"])


async def told(panel: Caller) -> tuple[list[Message], float]:
    """The news that the panel gets, and after how many seconds."""
    began = time.monotonic()
    news = await panel.gets("phonebook", within=1.0)
    return news["entries"], time.monotonic() - began


def names(entries: list[Message]) -> list[str]:
    return [entry["name"] for entry in entries]


async def test_an_alias_a_contact_person_and_a_hidden_name_reach_every_panel_within_a_second(
    house: House, people: People
) -> None:
    street, yard = await people.panel(), await people.panel(entrance="courtyard")
    tomas = resident(house, "tomas")
    with restored(house, tomas):
        change(house, tomas, alias="Atelier Brandt")
        for panel in (street, yard):
            entries, _ = await told(panel)
            assert "Atelier Brandt" in names(entries)
            assert "Tomás Brandt" not in names(entries)
        change(house, tomas, contact=True)
        entries, _ = await told(street)
        assert "Atelier Brandt" in names([entry for entry in entries if entry["contact"]])
        assert entries.index(next(e for e in entries if e["name"] == "Atelier Brandt")) < 2
        change(house, tomas, display="hidden")
        entries, _ = await told(street)
        assert "Atelier Brandt" not in names(entries)
        await street.is_refused("ring", "unknown_entry", entry=tomas["id"])
        await yard.gets("phonebook")
        await yard.gets("phonebook")
    await told(street)
    await told(yard)


async def test_a_name_that_its_owner_changes_is_followed_and_an_alias_stays(
    house: House, people: People
) -> None:
    panel = await people.panel()

    def rename(first: str, last: str) -> None:
        answer = house.ask(
            "PUT", "/api/v1/account/name",
            json_body={"first_name": first, "last_name": last}, cookies=house.as_("ferhat"),
        )  # fmt: skip
        assert answer.status == 204, answer

    try:
        rename("Ferhat", "Yılmaz")
        entries, _ = await told(panel)
        assert "Ferhat Yılmaz" in names(entries)
        ferhat = resident(house, "ferhat")
        with restored(house, ferhat):
            change(house, ferhat, alias="Third floor left")
            await told(panel)
            rename("Ferhat", "Demirci")
            assert resident(house, "ferhat")["shown"] == "Third floor left"
        entries, _ = await told(panel)
        assert "Ferhat Demirci" in names(entries)
    finally:
        rename("Ferhat", "Demir")
        await told(panel)


async def test_a_panel_that_was_away_finds_the_new_names_when_it_returns(
    house: House, people: People
) -> None:
    key = house.new_panel()
    panel = await people.panel(key)
    await panel.disconnect()
    elise = resident(house, "elise")
    with restored(house, elise):
        change(house, elise, alias="Chez Elise")
        back = await people.panel(key)
        assert back.entry("Chez Elise") == elise["id"]
    await told(back)


async def test_a_call_goes_on_while_its_entry_gets_another_name(house: House, people: People) -> None:
    panel, phone = await people.panel(), await people.device("ferhat")
    ferhat = resident(house, "ferhat")
    await panel.rings("Ferhat Demir")
    await phone.invited()
    await phone.alerts()
    await panel.hears("ringing")
    with restored(house, ferhat):
        change(house, ferhat, alias="Third floor")
        await told(panel)
        await phone.accepts()
        await panel.hears("connecting")
        await panel.hangs_up()
    await told(panel)


async def test_somebody_who_is_added_is_shown_when_they_have_joined_and_gone_when_they_are_removed(
    house: House, people: People
) -> None:
    panel = await people.panel()
    unit = resident(house, "elise")["unit"]["id"]
    body = {"email": "newcomer@example.org", "first_name": "Nils", "last_name": "Newcomer", "unit": unit}
    answer = house.ask("POST", RESIDENTS, json_body=body, cookies=house.as_("marta"))
    assert answer.status == 201, answer
    nils = answer.json
    assert (nils["state"], nils["shown"]) == ("invited", None)
    with pytest.raises(AssertionError, match="did not get phonebook"):
        await panel.gets("phonebook", within=0.7)
    again = house.ask("POST", RESIDENTS, json_body=body, cookies=house.as_("marta"))
    assert (again.status, again.json["code"]) == (409, "taken")
    assert house.ask("DELETE", f"{RESIDENTS}/{nils['id']}", cookies=house.as_("marta")).status == 204
    assert house.rows("intercom.db", "SELECT * FROM accounts WHERE email=?", "newcomer@example.org") == []


async def test_a_resident_who_is_deactivated_is_off_the_panel_and_off_the_wire(
    house: House, people: People
) -> None:
    panel, phone = await people.panel(), await people.device("ferhat")
    ferhat = resident(house, "ferhat")
    at = f"{RESIDENTS}/{ferhat['id']}"
    began = time.monotonic()
    assert house.ask("POST", f"{at}/deactivate", cookies=house.as_("marta")).status == 200
    entries, _ = await told(panel)
    assert "Ferhat Demir" not in names(entries)
    await phone.ended()
    assert time.monotonic() - began < 5
    await panel.is_refused("ring", "unknown_entry", entry=ferhat["id"])
    assert house.ask("POST", f"{at}/activate", cookies=house.as_("marta")).status == 200
    entries, _ = await told(panel)
    assert "Ferhat Demir" in names(entries)
    house._tokens.pop("ferhat", None)
