"""The fence of an entrance over HTTP: its form, the same by the API, and whom the page's policy lets in."""

from __future__ import annotations

import html
import json
import sqlite3
from collections.abc import Iterator

import pytest

from tests.e2e.house import Answer, House

PAGE = "/admin/birkenhof/entrances/street/fence"
API = "/api/v1/sites/birkenhof/entrances/street/fence"
RING = [
    [8.54038, 47.37712],
    [8.54101, 47.37711],
    [8.54138, 47.37659],
    [8.54029, 47.37657],
    [8.54038, 47.37712],
]
AREA = {"type": "Polygon", "coordinates": [RING]}


@pytest.fixture(scope="module")
def own_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that these tests may change; its map has pictures."""
    house = House(
        tmp_path_factory.mktemp("fences") / "house",
        map_tiles="https://tile.example/{z}/{x}/{y}.png",
        map_credit="© <makers>",
    )
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


def send(house: House, who: str = "jonas", **form: str) -> Answer:
    return house.ask("POST", PAGE, form=form, cookies=house.as_(who))


def see(house: House, path: str = PAGE) -> str:
    answer = house.ask("GET", path, cookies=house.as_("jonas"))
    assert answer.status == 200, answer
    return html.unescape(answer.text)


def put(house: House, body: object, who: str = "jonas") -> Answer:
    return house.ask("PUT", API, json_body=body, cookies=house.as_(who))


def test_a_fence_is_chosen_by_the_form_and_read_by_the_api(own_house: House) -> None:
    answer = send(own_house, mode="enforce", fence=json.dumps(AREA))
    assert answer.status == 303, answer
    page = see(own_house, str(answer.header("Location")))
    assert "The fence was changed." in page
    assert "An area with 4 corners" in page
    told = own_house.ask("GET", API, cookies=own_house.as_("jonas")).json
    assert told == {
        "mode": "enforce",
        "fence": {"type": "Feature", "properties": {}, "geometry": AREA},
    }
    assert '"coordinates":[[[8.54038,47.37712]' in see(own_house)
    log = see(own_house, "/admin/birkenhof/log")
    assert "47.377" not in log
    with sqlite3.connect(own_house.data / "intercom.db") as db:
        (noted,) = db.execute("select details from events where action = 'fence_changed'").fetchone()
    assert json.loads(noted) == {"mode": "enforce", "shape": "polygon", "corners": "4", "holes": "0"}


def test_a_circle_is_chosen_by_the_api_and_shown_by_the_page(own_house: House) -> None:
    point = {"type": "Point", "coordinates": [8.54038, 47.37712]}
    circle = {"type": "Feature", "properties": {"radius": 60}, "geometry": point}
    told = put(own_house, {"mode": "advise", "fence": circle})
    assert (told.status, told.json) == (200, {"mode": "advise", "fence": circle})
    assert "A circle of 60 m" in see(own_house, "/admin/birkenhof/entrances/street")
    assert put(own_house, {"mode": "off"}).json == {"mode": "off", "fence": None}


@pytest.mark.parametrize(
    ("fence", "why"),
    [
        ("", "Draw a fence first."),
        ("{", "This is not GeoJSON."),
        ("[" * 15_000, "This is not GeoJSON."),
        ('{"type":"Point","coordinates":[1e400,0]}', ""),
        (json.dumps({"type": "Polygon", "coordinates": [RING[:2]]}), "three corners"),
        (json.dumps({"type": "Polygon", "coordinates": [[RING[n] for n in (0, 2, 1, 3, 0)]]}), "cross"),
        ("x" * 40_001, "At most 40000"),
    ],
    ids=["nothing", "half", "deep", "infinite", "two corners", "crossing", "too long"],
)
def test_a_fence_that_is_none_is_refused_next_to_its_field_and_stays_there(
    own_house: House, fence: str, why: str
) -> None:
    answer = send(own_house, mode="enforce", fence=fence)
    assert answer.status == 422, answer
    page = html.unescape(answer.text)
    assert 'id="f-fence-error"' in page
    assert why in page
    assert fence in page
    assert own_house.ask("GET", API, cookies=own_house.as_("jonas")).json["mode"] == "off"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"mode": "sometimes"}, 422),
        ({"mode": "advise"}, 422),
        ({"mode": "advise", "fence": []}, 422),
        ({"mode": "advise", "fence": {"type": "LineString", "coordinates": RING}}, 422),
        ({"mode": "advise", "fence": AREA, "colour": "red"}, 422),
        ([], 400),
    ],
    ids=str,
)
def test_the_api_refuses_in_words(own_house: House, body: object, status: int) -> None:
    answer = put(own_house, body)
    assert answer.status in (status, 400, 422), answer
    assert answer.json["code"] in ("invalid", "bad_message")


def test_a_fence_can_be_tried_before_it_is_kept(own_house: House) -> None:
    def tried(latitude: float, accuracy: float, fence: object = AREA) -> Answer:
        body = {"fence": fence, "latitude": latitude, "longitude": 8.54085, "accuracy": accuracy}
        return own_house.ask("POST", f"{API}/try", json_body=body, cookies=own_house.as_("jonas"))

    before = own_house.ask("GET", API, cookies=own_house.as_("jonas")).json
    assert tried(47.37685, 5).json == {"place": "inside"}
    assert tried(47.37685, 201).json == {"place": "unknown"}
    assert tried(47.38, 5).json == {"place": "outside"}
    assert tried(91, 5).status == 422
    assert tried(47, 5, {"type": "LineString"}).json["details"]["fields"]["fence"]
    assert own_house.ask("GET", API, cookies=own_house.as_("jonas")).json == before
    body = {"fence": AREA, "latitude": 0, "longitude": 0, "accuracy": 1}
    assert own_house.ask("POST", f"{API}/try", json_body=body, cookies=own_house.as_("anna")).status == 403
    assert "47.37685" not in own_house.log.read_text()


def test_only_who_edits_the_site_sees_or_changes_it(own_house: House) -> None:
    for who in ("anna", "ben"):
        assert own_house.ask("GET", PAGE, cookies=own_house.as_(who)).status == 403
        assert send(own_house, who, mode="off").status == 403
        assert put(own_house, {"mode": "off"}, who).status == 403
    assert own_house.ask("GET", API).status == 401
    gone = PAGE.replace("street", "elsewhere")
    assert own_house.ask("GET", gone, cookies=own_house.as_("jonas")).status == 404


def test_only_this_page_may_ask_for_pictures_of_the_map_and_only_from_their_host(
    own_house: House, house: House
) -> None:
    def pictures(where: House, path: str) -> str:
        answer = where.ask("GET", path, cookies=where.as_("jonas"))
        (directive,) = [
            part.strip()
            for part in str(answer.header("Content-Security-Policy")).split(";")
            if part.strip().startswith("img-src")
        ]
        return directive

    assert pictures(own_house, PAGE) == "img-src 'self' data: https://tile.example"
    assert pictures(own_house, "/admin/birkenhof/entrances/street") == "img-src 'self' data:"
    assert pictures(house, PAGE) == "img-src 'self' data:"
    page = own_house.ask("GET", PAGE, cookies=own_house.as_("jonas")).text
    assert 'data-host="tile.example"' in page
    assert "© &lt;makers&gt;" in page
    assert "data-tiles" not in house.ask("GET", PAGE, cookies=house.as_("jonas")).text


def test_the_map_is_loaded_on_this_page_alone(house: House) -> None:
    assert "/static/vendor/leaflet.js" in house.ask("GET", PAGE, cookies=house.as_("jonas")).text
    for path in ("/panel", "/admin/birkenhof/entrances/street", "/admin/birkenhof/settings"):
        assert "leaflet" not in house.ask("GET", path, cookies=house.as_("jonas")).text
