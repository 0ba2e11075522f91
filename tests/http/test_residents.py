"""The pages and the API of residents and households, over HTTP."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest

from tests.e2e.house import Answer, House, Message
from tests.http.test_web import page

SITE = "birkenhof"
PAGES, API = f"/admin/{SITE}/residents", f"/api/v1/sites/{SITE}/residents"


def get(house: House, path: str, who: str = "marta") -> Answer:
    return house.ask("GET", path, cookies=house.as_(who))


def post(house: House, path: str, who: str = "marta", **form: str) -> Answer:
    return house.ask("POST", path, form=form, cookies=house.as_(who))


def found(house: House, words: str, **query: str) -> list[Message]:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return get(house, f"{API}?q={words}{more}").json["residents"]


def unit_of(house: House, words: str) -> str:
    return found(house, words)[0]["unit"]["id"]


@pytest.fixture
def newcomer(house: House) -> Iterator[str]:
    """An e-mail of nobody; whoever it was given to is removed after the test."""
    email = "resident.new@example.org"
    yield email
    for one in found(house, "resident.new"):
        house.ask("DELETE", f"{API}/{one['id']}", cookies=house.as_("marta"))


# -- the list --


def test_the_list_finds_by_name_unit_and_e_mail_without_accents_and_says_how_many(house: House) -> None:
    answer = get(house, f"{PAGES}?q=alvarez")
    page(answer)
    text = answer.text
    assert "Álvarez, Lucía" in text
    assert "1 to 1 of 1" in text
    assert "Koval, Marta" not in text
    assert "Álvarez, Lucía" in get(house, f"{PAGES}?q=flat+41").text
    assert "Álvarez, Lucía" in get(house, f"{PAGES}?q=lucia.alvarez@example").text


def test_the_list_shows_what_the_panel_shows_and_only_those_of_a_kind(house: House) -> None:
    text = get(house, f"{PAGES}?show=alias").text
    assert "Dental practice Dr. Egli" in text
    assert "Koval, Marta" not in text
    assert "Not shown" in get(house, f"{PAGES}?q=lind+ben").text


def test_a_search_that_finds_nobody_and_a_page_past_the_end_are_answered_in_words(house: House) -> None:
    assert "Nobody here is found by this." in get(house, f"{PAGES}?q=zzz").text
    assert "Koval, Marta" in get(house, f"{PAGES}?page=99").text


def test_the_api_turns_pages_until_everybody_was_named_once(house: House) -> None:
    names: list[str] = []
    after = ""
    while True:
        answer = get(house, f"{API}?limit=5&after={after}").json
        names += [one["last_name"] for one in answer["residents"]]
        if answer["next"] is None:
            break
        after = answer["next"]
    assert len(names) == answer["found"] == answer["counts"]["all"]
    assert names[:4] == ["Álvarez", "Brandt", "Da Silva", "de Vries"]


@pytest.mark.parametrize("query", ["after=%21", "after=abc", "limit=0", "limit=999", "show=none", "x=1"])
def test_a_query_that_makes_no_sense_is_refused_with_its_field(house: House, query: str) -> None:
    answer = get(house, f"{API}?{query}")
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert query.split("=")[0] in answer.json["details"]["fields"]


# -- adding --


def test_somebody_is_added_from_the_form_and_invited_in_words(house: House, newcomer: str) -> None:
    unit = unit_of(house, "elise")
    assert f'<option value="{unit}" selected>' in get(house, f"{PAGES}/new?unit={unit}").text
    answer = post(house, f"{PAGES}/new", email=newcomer, first_name="Résidente", last_name="Neuve", unit=unit)
    assert answer.status == 303, answer
    where = answer.header("Location") or ""
    text = get(house, where).text
    assert "They were added, and an invitation is on its way." in text
    assert "Résidente Neuve" in text
    assert "Profile not complete, 7 days left" in text
    assert "Send the invitation again" in text
    listed = get(house, f"{PAGES}?show=invited").text
    assert "Neuve, Résidente" in listed
    assert "Not shown yet" in listed


def test_a_form_with_faults_comes_back_with_what_was_typed_and_a_sentence_next_to_each(
    house: House,
) -> None:
    answer = post(house, f"{PAGES}/new", email="nobody", first_name="", last_name="Kept \u202e", unit="none")
    form = page(answer, 422)
    assert (form.values["email"], form.values["first_name"]) == ("nobody", "")
    text = html.unescape(answer.text)
    for field in ("email", "first_name", "last_name"):
        assert f'aria-describedby="f-{field}' in text or f"f-{field}-error" in text, field
    assert "Fill this in." in text
    assert "cannot be shown" in text
    assert "Nothing was changed." in text


def test_somebody_who_is_in_the_unit_already_is_refused_next_to_the_e_mail(house: House) -> None:
    unit = unit_of(house, "elise")
    answer = post(
        house,
        f"{PAGES}/new",
        email="ELISE.fontaine@example.org",
        first_name="X",
        last_name="Y",
        unit=unit,
    )
    page(answer, 422)
    assert "This person is in this unit already." in answer.text
    assert 'id="f-email-error"' in answer.text


def test_a_unit_of_nobody_is_refused_next_to_the_unit(house: House) -> None:
    answer = post(house, f"{PAGES}/new", email="x@example.org", first_name="X", last_name="Y", unit="nope")
    page(answer, 422)
    assert 'id="f-unit-error"' in answer.text


# -- one of them --


def test_a_resident_is_edited_in_one_form_and_the_page_says_what_the_door_says(house: House) -> None:
    tomas = found(house, "tomas")[0]
    path = f"{PAGES}/{tomas['id']}"
    unit = tomas["unit"]["id"]
    form = {"unit": unit, "first_name": "Tomás", "last_name": "Brandt"}
    try:
        assert post(house, path, alias="Atelier", contact="yes", display="initial", **form).status == 303
        text = get(house, path).text
        assert "<bdi>Atelier</bdi>" in text
        assert "T. Brandt" in text
        now = found(house, "tomas")[0]
        assert (now["alias"], now["contact"], now["display"], now["shown"]) == (
            "Atelier", True, "initial", "Atelier",
        )  # fmt: skip
    finally:
        assert post(house, path, **form).status == 303
    assert found(house, "tomas")[0] == tomas


def test_the_name_of_somebody_with_a_profile_is_not_the_admins_to_change(house: House) -> None:
    anna = found(house, "anna")[0]
    answer = house.ask(
        "PATCH", f"{API}/{anna['id']}", json_body={"first_name": "Hanna"}, cookies=house.as_("marta")
    )
    assert (answer.status, answer.json["code"]) == (403, "not_allowed")
    assert 'name="first_name"' not in get(house, f"{PAGES}/{anna['id']}").text


def test_what_a_change_leaves_out_stays(house: House) -> None:
    egli = found(house, "egli")[0]
    one = f"{API}/{egli['id']}"
    for change in ({"contact": True}, {"contact": False}):
        answer = house.ask("PATCH", one, json_body=change, cookies=house.as_("marta"))
        assert answer.json["alias"] == "Dental practice Dr. Egli"
    assert answer.json == egli


def test_a_resident_moves_and_moves_back(house: House) -> None:
    elise, target = found(house, "elise")[0], unit_of(house, "tomas")
    one = f"{API}/{elise['id']}"
    for unit in (target, elise["unit"]["id"]):
        answer = house.ask("PATCH", one, json_body={"unit": unit}, cookies=house.as_("marta"))
        assert answer.json["unit"]["id"] == unit
    refused = house.ask("PATCH", one, json_body={"unit": "nope"}, cookies=house.as_("marta"))
    assert (refused.status, list(refused.json["details"]["fields"])) == (422, ["unit"])


def test_a_resident_who_has_joined_gets_no_second_invitation(house: House) -> None:
    anna = found(house, "anna")[0]
    answer = house.ask("POST", f"{API}/{anna['id']}/invitation", cookies=house.as_("marta"))
    assert (answer.status, answer.json["code"]) == (409, "not_now")


def test_an_invitation_is_sent_again_and_a_removed_person_is_gone_from_the_list(
    house: House, newcomer: str
) -> None:
    unit = unit_of(house, "elise")
    body = {"email": newcomer, "first_name": "N", "last_name": "N", "unit": unit}
    one = house.ask("POST", API, json_body=body, cookies=house.as_("marta")).json
    answer = house.ask("POST", f"{API}/{one['id']}/invitation", cookies=house.as_("marta"))
    assert answer.status == 200, answer
    assert post(house, f"{PAGES}/{one['id']}/remove").header("Location") == f"{PAGES}?said=removed"
    assert found(house, "resident.new") == []
    assert get(house, f"{PAGES}/{one['id']}").status == 404


# -- a unit's manager --


@pytest.fixture
def managed(house: House) -> Iterator[House]:
    """The site lets units have managers, and Anna alone is the manager of hers."""
    house.change("intercom.db", "UPDATE sites SET rules='{\"unit_managers\": true}'")
    anna = found(house, "anna")[0]
    tomas = found(house, "tomas")[0]
    _nudge(house, tomas)
    ben = found(house, "ben+lind")[0]
    for one, manages in ((anna, True), (ben, False)):  # whatever others have left in this house
        answer = house.ask(
            "PATCH", f"{API}/{one['id']}", json_body={"manager": manages}, cookies=house.as_("marta")
        )
        assert answer.status == 200, answer
    yield house
    house.ask("PATCH", f"{API}/{anna['id']}", json_body={"manager": False}, cookies=house.as_("marta"))
    house.change("intercom.db", "UPDATE sites SET rules='{}'")
    _nudge(house, tomas)


def _nudge(house: House, one: Message) -> None:
    """A change and its undoing, after which the server has read its file anew."""
    for contact in (True, False):
        house.ask("PATCH", f"{API}/{one['id']}", json_body={"contact": contact}, cookies=house.as_("marta"))


def test_a_manager_adds_somebody_to_their_own_unit_and_removes_them(managed: House, newcomer: str) -> None:
    home = f"/household/{SITE}"
    own = get(managed, f"/api/v1/sites/{SITE}/household", "anna").json
    assert [unit["name"] for unit in own["units"]] == ["Flat 31"]
    assert {(one["first_name"], one["you"]) for one in own["people"]} == {("Anna", True), ("Ben", False)}
    first = get(managed, "/", "anna")
    assert (first.status, "My household" in first.text, "Run the site" in first.text) == (200, True, False)
    form = {"email": newcomer, "first_name": "Nina", "last_name": "Neu"}
    answer = post(managed, home, "anna", unit=own["units"][0]["id"], **form)
    assert answer.status == 303, answer
    text = get(managed, f"{home}?said=added", "anna").text
    assert "Nina Neu" in text
    assert "an invitation is on its way" in text
    nina = found(managed, "nina")[0]
    assert post(managed, f"{home}/{nina['id']}/remove", "anna").status == 303
    assert found(managed, "nina") == []


def test_a_manager_reaches_no_other_unit_and_a_neighbour_no_household(managed: House) -> None:
    other = unit_of(managed, "tomas")
    form = {"email": "x@example.org", "first_name": "X", "last_name": "Y", "unit": other}
    page(post(managed, f"/household/{SITE}", "anna", **form), 422)
    api = f"/api/v1/sites/{SITE}/household"
    answer = managed.ask("POST", api, json_body=form, cookies=managed.as_("anna"))
    assert (answer.status, list(answer.json["details"]["fields"])) == (422, ["unit"])
    tomas = found(managed, "tomas")[0]["id"]
    assert managed.ask("DELETE", f"{api}/{tomas}", cookies=managed.as_("anna")).status == 404
    assert get(managed, api, "ben").status == 403
    assert get(managed, PAGES, "anna").status == 403


def test_a_household_is_refused_in_words_once_the_rule_is_off(managed: House) -> None:
    managed.change("intercom.db", "UPDATE sites SET rules='{}'")
    _nudge(managed, found(managed, "tomas")[0])
    answer = get(managed, f"/household/{SITE}", "anna")
    assert answer.status == 403
    assert "This site has no unit managers any more." in answer.text
