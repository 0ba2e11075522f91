"""Setting a site up over HTTP: the forms of `/admin`, the same under `/api/v1`, and what panels get of it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import Answer, House

AT, API = "/admin/birkenhof", "/api/v1/sites/birkenhof"
NASTY = "\"'><script>alert(1)</script>"


@pytest.fixture(scope="module")
def own_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that these tests may rebuild."""
    house = House(tmp_path_factory.mktemp("sites") / "house")
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


def send(house: House, path: str, who: str = "jonas", **form: str) -> Answer:
    return house.ask("POST", path, form=form, cookies=house.as_(who))


def see(house: House, path: str, who: str = "jonas") -> str:
    answer = house.ask("GET", path, cookies=house.as_(who))
    assert answer.status == 200, answer
    return html.unescape(answer.text)


def call(house: House, method: str, path: str, body: object = None, who: str = "jonas") -> Answer:
    return house.ask(method, path, json_body=body, cookies=house.as_(who))


def led_to(answer: Answer) -> str:
    """Where a form leads that was taken."""
    assert answer.status == 303, answer
    return str(answer.header("Location"))


def test_a_unit_with_a_new_floor_is_added_seen_moved_and_removed(own_house: House) -> None:
    page = led_to(send(own_house, f"{AT}/units/new", name="Flat 51", new_floor="5"))
    assert "It was added." in see(own_house, page)
    listed = see(own_house, f"{AT}/units?q=51")
    assert "Flat 51" in listed
    assert "Flat 31" not in listed
    assert ">5</bdi>" in see(own_house, f"{AT}/floors")
    unit = page.split("?")[0]
    assert "It was changed." in see(own_house, led_to(send(own_house, unit, name="Flat 5", floor="")))
    assert led_to(send(own_house, f"{unit}/remove")).startswith(f"{AT}/units")
    assert own_house.ask("GET", unit, cookies=own_house.as_("jonas")).status == 404


def test_a_form_that_is_refused_keeps_what_was_typed_and_says_why_next_to_the_field(own_house: House) -> None:
    for name, floor, field in (("flat 31", "", "name"), ("Flat 99", "3", "new_floor"), ("", "x", "name")):
        answer = send(own_house, f"{AT}/units/new", name=name, new_floor=floor)
        assert answer.status == 422
        assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"[^>]*f-{field}-error', answer.text)
        assert f'id="f-{field}-error"' in answer.text
        assert f'value="{name}"' in answer.text
        assert f'value="{floor}"' in answer.text
        assert "Nothing was changed." in answer.text
    answer = send(own_house, f"{AT}/units/new", name=NASTY * 10)
    assert answer.status == 422
    assert "<script>" not in answer.text
    assert "alert(1)" in answer.text


def test_what_is_in_use_is_explained_and_stays(own_house: House) -> None:
    (unit,) = own_house.rows("intercom.db", "SELECT id, floor FROM units WHERE name='Flat 31'")
    page = see(own_house, f"{AT}/floors/{unit['floor']}")
    assert "Flat 31" in page
    assert "Remove floor" not in page
    answer = send(own_house, f"{AT}/floors/{unit['floor']}/remove")
    assert (answer.status, "Flat 31" in answer.text) == (409, True)
    assert send(own_house, f"{AT}/units/{unit['id']}/remove").status == 409
    refused = call(own_house, "DELETE", f"{API}/units/{unit['id']}")
    assert (refused.status, refused.json["code"]) == (409, "in_use")
    assert "Anna Lind" in refused.json["detail"]


def test_an_entrance_with_its_locks_is_made_and_taken_apart(own_house: House) -> None:
    door = led_to(send(own_house, f"{AT}/entrances", name="Garage")).split("?")[0]
    assert led_to(send(own_house, f"{door}/locks", name="Barrier", open_seconds="12.5")).startswith(door)
    page = see(own_house, door)
    assert "Barrier" in page
    assert "Stays open for 12.5 s" in page
    assert "Ready" in page, "the built-in core knows the new lock at once"
    (lock,) = own_house.rows("intercom.db", "SELECT id FROM locks WHERE name='Barrier'")
    for wrong, said in (("0", "At least 1"), ("61", "At most 60"), ("x", "Type a number")):
        answer = send(own_house, f"{door}/locks/{lock['id']}", name="Bar", open_seconds=wrong)
        assert answer.status == 422
        assert said in answer.text
        assert f'value="{wrong}"' in answer.text
    assert send(own_house, f"{AT}/entrances/street/locks/{lock['id']}", name="Bar").status == 404
    assert send(own_house, f"{AT}/entrances/street/locks/{lock['id']}/remove").status == 404
    led_to(send(own_house, f"{door}/locks/{lock['id']}/fault", fault="offline"))
    assert "Offline since" in see(own_house, door)
    led_to(send(own_house, f"{door}/locks/{lock['id']}/remove"))
    assert "Barrier" not in see(own_house, door)
    assert send(own_house, f"{AT}/entrances/street/remove").status == 409
    led_to(send(own_house, f"{door}/remove"))
    assert "Garage" not in see(own_house, f"{AT}/entrances")


def test_opening_hours_are_typed_a_day_at_a_time(own_house: House) -> None:
    led_to(send(own_house, f"{AT}/settings/hours", monday="8:00-12:00, 13:30-18:00", saturday="22:00-02:00"))
    page = see(own_house, f"{AT}/settings")
    assert 'value="08:00-12:00, 13:30-18:00"' in page
    answer = send(own_house, f"{AT}/settings/hours", monday="8-12", friday="09:00-17:00")
    assert answer.status == 422
    assert "Write it like this" in answer.text
    assert 'value="8-12"' in answer.text
    assert 'value="09:00-17:00"' in answer.text
    hours = call(own_house, "GET", API).json["opening_hours"]
    assert [span["weekday"] for span in hours] == [0, 0, 5]
    span = {"weekday": 6, "start": 0, "end": 1440}
    assert call(own_house, "PATCH", API, {"opening_hours": [span]}).json["opening_hours"] == [span]
    for wrong in ({**span, "weekday": 7}, {**span, "end": 1441}, {**span, "day": 1}):
        assert call(own_house, "PATCH", API, {"opening_hours": [wrong]}).status == 422
    assert call(own_house, "PATCH", API, {"opening_hours": []}).json["opening_hours"] == []


def test_the_duty_list_is_made_on_its_page_and_the_rules_say_when_it_is_rung(own_house: House) -> None:
    assert "Nobody is on duty yet" in see(own_house, f"{AT}/duty")
    answer = send(own_house, f"{AT}/duty", email="nobody@example.org")
    assert answer.status == 422
    assert "Only people of a unit" in answer.text
    email = own_house.rows("intercom.db", "SELECT email FROM accounts WHERE first_name='Ben'")[0]["email"]
    led_to(send(own_house, f"{AT}/duty", email=email))
    assert "Ben Lind" in see(own_house, f"{AT}/duty")
    led_to(
        send(own_house, f"{AT}/settings/rules", fallback_after="30", fallback_to="duty", closed_to_duty="yes")
    )
    site = call(own_house, "GET", API).json
    assert (site["fallback_after"], site["fallback_to"], site["closed_to_duty"]) == (30, "duty", True)
    assert site["decline_ends_call"] is False
    led_to(send(own_house, f"{AT}/settings/rules", decline_ends_call="yes"))
    assert call(own_house, "GET", API).json["decline_ends_call"] is True
    (row,) = call(own_house, "GET", f"{API}/duty").json
    assert (row["name"], row["rings"]) == ("Ben Lind", True)
    assert call(own_house, "DELETE", f"{API}/duty/{row['account']}").json == []
    assert call(own_house, "POST", f"{API}/duty/{row['account']}/move", {"to": "up"}).status == 404


def test_a_unit_may_have_opening_hours_of_its_own(own_house: House) -> None:
    (unit,) = own_house.rows("intercom.db", "SELECT id FROM units LIMIT 1")
    at = f"{AT}/units/{unit['id']}"
    led_to(send(own_house, f"{at}/hours", tuesday="08:00-12:00"))
    assert 'value="08:00-12:00"' in see(own_house, at)
    assert send(own_house, f"{at}/hours", tuesday="morning").status == 422
    hours = f"{API}/units/{unit['id']}/hours"
    assert call(own_house, "PUT", hours, {"opening_hours": []}).json["opening_hours"] == []


async def test_a_panel_hears_of_a_new_tone_and_a_new_house_number(own_house: House) -> None:
    async with own_house.people() as people:
        panel = await people.panel()
        assert panel.ready["tone"].endswith("/line.mp3")
        led_to(send(own_house, f"{AT}/settings/tone", tone="gong"))
        await panel.gets("phonebook", tone="/ringtones/gong.mp3")
        led_to(send(own_house, f"{AT}/entrances/street/tone", tone="chime"))
        await panel.gets("phonebook", tone="/ringtones/chime.mp3")
        led_to(send(own_house, f"{AT}/entrances/street/tone", tone=""))
        await panel.gets("phonebook", tone="/ringtones/gong.mp3")
        assert call(own_house, "PATCH", API, {"plate": "12b"}).json["plate"] == "12b"
        site = {**panel.ready["site"], "plate": "12b"}
        await panel.gets("phonebook", site=site)
    assert send(own_house, f"{AT}/settings/tone", tone="knock-knock").status == 422


async def test_a_panel_is_renamed_and_taken_out_of_service_on_its_entrances_page(own_house: House) -> None:
    key = own_house.new_panel("courtyard")
    (row,) = own_house.rows("intercom.db", "SELECT id FROM panels WHERE entrance='courtyard'")
    door = f"{AT}/entrances/courtyard"
    led_to(send(own_house, f"{door}/panels/{row['id']}", name="Gate panel"))
    assert "Gate panel" in see(own_house, door)
    assert send(own_house, f"{AT}/entrances/street/panels/{row['id']}/revoke").status == 404
    async with own_house.people() as people:
        panel = await people.panel(key)
        assert "Connected" in see(own_house, door)
        led_to(send(own_house, f"{door}/panels/{row['id']}/revoke"))
        await panel.ended()
    assert "Gate panel" not in see(own_house, door)
    actions = [r["action"] for r in own_house.rows("intercom.db", "SELECT action FROM events ORDER BY id")]
    assert actions[-3:] == ["pairing_code_made", "panel_renamed", "panel_revoked"]


def test_site_data_are_changed_by_the_form_and_wrong_ones_stay_in_it(own_house: House) -> None:
    good = {
        "name": "Birkenhof",
        "plate": "12",
        "street": "Birkenweg 12",
        "city": "Zurich",
        "country": "ch",
        "time_zone": "Europe/Zurich",
        "language": "de",
        "display": "initial",
        "kind": "residential",
    }
    assert "The site's data were changed." in see(
        own_house, led_to(send(own_house, f"{AT}/settings", **good))
    )
    site = call(own_house, "GET", API).json
    assert (site["street"], site["country"], site["display"]) == ("Birkenweg 12", "CH", "initial")
    for field, value in (
        ("plate", "12345"),
        ("time_zone", "Mars/Olympus"),
        ("language", "xx"),
        ("kind", "company"),
        ("name", ""),
    ):
        answer = send(own_house, f"{AT}/settings", **{**good, field: value})
        assert answer.status == 422
        assert f'id="f-{field}-error"' in answer.text
        assert 'value="Birkenweg 12"' in answer.text
        if field != "kind":
            (focus,) = re.findall(r"<(?:input|select)[^>]*\bautofocus\b", answer.text)
            assert f'name="{field}"' in focus, "the first wrong field has the focus"
    assert call(own_house, "GET", API).json == site


def test_an_owner_adds_a_company_site_and_switches_between_both(own_house: House) -> None:
    form = {"name": "Werkhof", "plate": "W", "time_zone": "UTC", "language": "en", "kind": "company"}
    assert send(own_house, "/admin/new", entrance="Gate", **form).status == 403, "an admin owns nothing"
    page = led_to(send(own_house, "/admin/new", "marta", entrance="Gate", **form))
    site = page.split("?")[0].split("/")[2]
    first = see(own_house, page, "marta")
    assert "The site was made." in first
    assert "Add companies" in first
    assert "Add a company" in see(own_house, f"/admin/{site}/units", "marta")
    for name in ("", "/residents", "/units", "/import", "/invitations"):
        words = re.search(r"<main.*</main>", see(own_house, f"/admin/{site}{name}", "marta"), re.DOTALL)
        assert words
        assert not re.search(r"[Rr]esidents\b(?!/|\.csv)", words[0]), f"companies have people: {name}"
    assert "Werkhof" in see(own_house, "/admin", "marta")
    assert [s["name"] for s in call(own_house, "GET", "/api/v1/sites", who="marta").json] == [
        "Birkenhof",
        "Werkhof",
    ]
    for path in (f"/admin/{site}/units", f"/admin/{site}/settings", f"/api/v1/sites/{site}"):
        assert own_house.ask("GET", path, cookies=own_house.as_("jonas")).status == 404
    own_house.change("intercom.db", "DELETE FROM memberships WHERE site=?", site)


def test_the_owner_names_somebody_new_who_gets_a_letter(own_house: House) -> None:
    form = {"role": "auditor", "email": "paula.prüf@example.org", "first_name": "Paula", "last_name": "Prüf"}
    assert send(own_house, f"{AT}/staff", "jonas", **form).status == 403, "an admin names installers only"
    again = send(own_house, f"{AT}/staff", "marta", role="auditor", email="paula@example.org")
    assert again.status == 422
    assert 'id="f-first_name-error"' in again.text
    assert 'value="paula@example.org"' in again.text
    form["email"] = "paula@example.org"
    page = see(own_house, led_to(send(own_house, f"{AT}/staff", "marta", **form)), "marta")
    assert "An invitation was sent." in page
    assert "Paula Prüf" in page
    assert "Invited" in page
    assert own_house.rows("intercom.db", "SELECT 1 FROM letters WHERE recipient='paula@example.org'") or any(
        "paula@example.org" in path.read_text() for path in Path(own_house.data / "mail").glob("*")
    )
    staff = call(own_house, "GET", f"{API}/staff", who="marta").json
    paula = next(one for one in staff if one["name"] == "Paula Prüf")
    assert (paula["role"], paula["standing"]) == ("auditor", "invited")
    gone = call(own_house, "DELETE", f"{API}/staff/{paula['account']}/auditor", who="marta")
    assert gone.status == 204


def test_an_installers_day_is_shown_to_the_owner_and_ends_early_by_hand(own_house: House) -> None:
    page = led_to(
        send(own_house, f"{AT}/staff", "jonas", role="installer", email=own_house.account("anna")["email"])
    )
    assert "This person may run the site now." in see(own_house, page, "jonas")
    shown = see(own_house, f"{AT}/staff", "marta")
    assert "Installer" in shown
    assert "24 hours left, until" in shown
    assert own_house.ask("GET", f"{AT}/entrances", cookies=own_house.as_("anna")).status == 200
    assert own_house.ask("GET", f"{AT}/settings", cookies=own_house.as_("anna")).status == 403
    assert (
        own_house.ask("GET", "/admin", cookies=own_house.as_("anna")).header("Location") == f"{AT}/entrances"
    )
    (anna,) = own_house.rows("intercom.db", "SELECT id FROM accounts WHERE email LIKE 'anna%'")
    led_to(send(own_house, f"{AT}/staff/{anna['id']}/dismiss", "marta", role="installer"))
    assert own_house.ask("GET", f"{AT}/entrances", cookies=own_house.as_("anna")).status == 403


def test_the_owner_is_asked_for_the_password_before_the_site_is_handed_over(own_house: House) -> None:
    (jonas,) = own_house.rows("intercom.db", "SELECT id FROM accounts WHERE email LIKE 'jonas%'")
    wrong = send(own_house, f"{AT}/ownership", "marta", account=jonas["id"], password="not-it-at-all")
    assert wrong.status == 422
    assert "This password is wrong." in wrong.text
    assert "not-it-at-all" not in wrong.text
    assert f'value="{jonas["id"]}" selected' in wrong.text, "what was chosen stays"
    right = own_house.account("marta")["password"]
    led_to(send(own_house, f"{AT}/ownership", "marta", account=jonas["id"], password=right))
    roles = {s["id"]: s["roles"] for s in call(own_house, "GET", "/api/v1/sites", who="jonas").json}
    assert "owner" in roles["birkenhof"]
    assert own_house.ask("GET", f"{AT}/ownership", cookies=own_house.as_("marta")).status == 403
    (marta,) = own_house.rows("intercom.db", "SELECT id FROM accounts WHERE email LIKE 'marta%'")
    right = own_house.account("jonas")["password"]
    led_to(send(own_house, f"{AT}/ownership", "jonas", account=marta["id"], password=right))


def test_the_api_does_what_the_pages_do(own_house: House) -> None:
    floor = call(own_house, "POST", f"{API}/floors", {"name": "Roof"})
    assert floor.status == 201, floor
    order = [one["id"] for one in call(own_house, "GET", f"{API}/floors").json]
    assert order[-1] == floor.json["id"]
    turned = call(own_house, "PUT", f"{API}/floors", {"floors": order[::-1]})
    assert [one["id"] for one in turned.json] == order[::-1]
    call(own_house, "PUT", f"{API}/floors", {"floors": order})
    unit = call(own_house, "POST", f"{API}/units", {"name": "Loft", "floor": floor.json["id"]})
    assert (unit.status, unit.json["floor_name"], unit.json["people"]) == (201, "Roof", 0)
    at = f"{API}/units/{unit.json['id']}"
    assert call(own_house, "PUT", at, {"name": "Penthouse", "new_floor": "Sky"}).json["floor_name"] == "Sky"
    assert [u["name"] for u in call(own_house, "GET", f"{API}/units?q=pent").json] == ["Penthouse"]
    assert call(own_house, "DELETE", at).status == 204
    assert call(own_house, "GET", at).status == 404
    gate = call(own_house, "POST", f"{API}/entrances", {"name": "Gate"}).json["id"]
    lock = call(own_house, "POST", f"{API}/entrances/{gate}/locks", {"name": "Gate", "open_seconds": 3})
    assert (lock.status, lock.json["online"]) == (201, True)
    code = call(own_house, "POST", f"{API}/entrances/{gate}/pairing-code")
    assert (code.status, len(code.json["code"])) == (201, 11)
    assert own_house.enroll(code.json["code"]).status == 200
    (panel,) = (p for p in call(own_house, "GET", f"{API}/panels").json if p["entrance"] == gate)
    assert call(own_house, "DELETE", f"{API}/entrances/{gate}").status == 409
    assert call(own_house, "PUT", f"{API}/panels/{panel['id']}", {"name": "New"}).json["name"] == "New"
    assert call(own_house, "DELETE", f"{API}/panels/{panel['id']}").status == 204
    assert call(own_house, "DELETE", f"{API}/panels/{panel['id']}").status == 404
    assert call(own_house, "DELETE", f"{API}/locks/{lock.json['id']}").status == 204
    assert call(own_house, "DELETE", f"{API}/entrances/{gate}").status == 204


async def test_a_removed_lock_is_opened_no_more(own_house: House) -> None:
    lock = call(own_house, "POST", f"{API}/entrances/street/locks", {"name": "Cellar"}).json["id"]
    async with own_house.people() as people:
        anna = await people.device("anna")
        assert (await anna.opens(lock, in_call=False))["ok"]
        assert call(own_house, "DELETE", f"{API}/locks/{lock}").status == 204
        assert (await anna.opens(lock, in_call=False))["error"]["code"] == "not_found"
