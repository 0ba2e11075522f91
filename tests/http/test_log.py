"""The log's page and its file: choices in the address, cells that no spreadsheet runs."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import time
from collections.abc import Iterator

import pytest

from tests.e2e.house import House

FORMULA = "=cmd|' /C calc'!A0"
PAGE, API = "/admin/birkenhof/log", "/api/v1/sites/birkenhof/log"


@pytest.fixture(scope="module")
def own_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with an entrance whose name spreadsheets would run, and where somebody rang."""
    house = House(tmp_path_factory.mktemp("log") / "house")
    house.start()
    marta = house.as_("marta")
    street = "/api/v1/sites/birkenhof/entrances/street"
    said = house.ask("PUT", street, json_body={"name": FORMULA}, cookies=marta)
    assert said.status == 200, said

    async def ring() -> None:
        async with house.people() as people:
            panel = await people.panel(house.panel_key)
            await panel.rings("Anna Lind")

    asyncio.run(ring())
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


def see(house: House, query: str = "") -> str:
    answer = house.ask("GET", f"{PAGE}?{query}", cookies=house.as_("marta"))
    assert answer.status == 200, answer
    return html.unescape(answer.text)


@pytest.mark.parametrize("path", [f"{PAGE}.csv", f"{API}.csv"])
def test_the_file_has_the_rows_of_the_choice_and_no_formula(own_house: House, path: str) -> None:
    answer = own_house.ask("GET", path, cookies=own_house.as_("marta"))
    assert answer.status == 200, answer
    assert answer.header("Content-Type") == "text/csv; charset=utf-8"
    assert "log.csv" in str(answer.header("Content-Disposition"))
    first, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert first[:4] == ["Time", "What", "Entrance", "Lock"]
    assert {row[1] for row in rows} == {"Change made", "Call"}
    assert f"'{FORMULA}" in {row[2] for row in rows if row[1] == "Call"}
    assert {len(row) for row in rows} == {len(first)}
    assert not [cell for row in rows for cell in row if cell.startswith(tuple("=+-@"))]


def test_the_page_chooses_by_name_outcome_and_day(own_house: House) -> None:
    assert FORMULA in see(own_house, "who=M%C3%81RTA&show=changes")
    assert "The log has nothing of this kind." in see(own_house, "who=nobody")
    assert "The log has nothing of this kind." in see(own_house, "outcome=refused")
    today = time.strftime("%Y-%m-%d")
    assert "Marta Koval" in see(own_house, f"since={today}&until={today}&show=changes")
    assert "The log has nothing of this kind." in see(own_house, "until=2020-01-01")
    assert "log.csv?show=changes&who=Marta" in see(own_house, "who=Marta&show=changes")


def test_a_day_that_there_is_not_is_said_beside_its_field(own_house: House) -> None:
    page = see(own_house, "since=2026-02-31")
    assert "There is no such day." in page
    answer = own_house.ask("GET", f"{API}?since=2026-02-31", cookies=own_house.as_("marta"))
    assert (answer.status, answer.json["code"]) == (422, "invalid")


@pytest.mark.parametrize("who", ["anna", "ferhat"])
def test_residents_do_not_read_it(own_house: House, who: str) -> None:
    for path in (f"{PAGE}.csv", f"{API}.csv"):
        assert own_house.ask("GET", path, cookies=own_house.as_(who)).status == 403
