"""The PIN for doors on its page and in the API, against the real server."""

from __future__ import annotations

import html
import re

import pytest

from tests.e2e.house import Answer, House

PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148"}
PIN, CODE = "/api/v1/account/opening-pin", "/api/v1/account/opening-code"


def said(answer: Answer) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def form(house: House, pin: str, again: str | None = None, password: str | None = None) -> dict[str, str]:
    return {
        "pin": pin,
        "pin_again": pin if again is None else again,
        "password": house.account("ferhat")["password"] if password is None else password,
    }


@pytest.mark.parametrize(
    ("pin", "again", "password", "words"),
    [
        ("1234", None, None, "among the first that people try"),
        ("407", None, None, "A PIN has 4 to 8 digits."),
        ("4071", "4072", None, "The two are not the same."),
        ("4071", None, "wrong", "This password is wrong."),
    ],
)
def test_what_is_no_good_pin_is_said_at_its_field_and_does_not_come_back(
    house: House, pin: str, again: str | None, password: str | None, words: str
) -> None:
    answer = house.ask(
        "POST", "/account/pin", form=form(house, pin, again, password), cookies=house.as_("ferhat")
    )
    assert answer.status == 422
    assert words in said(answer)
    assert f'value="{pin}"' not in answer.text


def test_a_pin_is_chosen_shows_codes_to_a_phone_alone_and_is_taken_away(house: House) -> None:
    mine = house.as_("ferhat")
    assert "You have no PIN yet." in said(house.ask("GET", "/account/pin", cookies=mine))
    assert house.ask("GET", PIN, cookies=mine).json == {"set_at": None, "paused_until": None}
    none_yet = house.ask("POST", CODE, json_body={"pin": "4071"}, cookies=mine, headers=PHONE)
    assert none_yet.json["code"] == "no_pin"

    chosen = house.ask("POST", "/account/pin", form=form(house, "4071"), cookies=mine)
    assert (chosen.status, chosen.header("Location")) == (303, "/account/pin?said=chosen")
    page = said(house.ask("GET", "/account/pin?said=chosen", cookies=mine))
    assert "Your PIN is set." in page
    assert "You have a PIN since" in page

    elsewhere = house.ask("POST", CODE, json_body={"pin": "4071"}, cookies=mine)
    assert (elsewhere.status, elsewhere.json["code"]) == (403, "not_allowed")
    wrong = house.ask("POST", CODE, json_body={"pin": "9999"}, cookies=mine, headers=PHONE)
    assert (wrong.json["code"], wrong.json["details"]) == ("pin_wrong", {"left": 4})
    shown = house.ask("POST", CODE, json_body={"pin": "4071"}, cookies=mine, headers=PHONE)
    assert shown.status == 200
    assert re.fullmatch(r"[0-9A-Z]{5}", shown.json["code"])
    assert shown.json["until"] - shown.json["now"] == 180

    not_mine = house.ask("POST", "/account/pin/remove", form={"remove_password": "wrong"}, cookies=mine)
    assert not_mine.status == 422
    gone = house.ask(
        "POST",
        "/account/pin/remove",
        form={"remove_password": house.account("ferhat")["password"]},
        cookies=mine,
    )
    assert gone.status == 303
    assert house.ask("GET", PIN, cookies=mine).json["set_at"] is None


def test_programs_choose_a_pin_too_and_nobody_reads_it_in_the_files_or_the_log(house: House) -> None:
    mine = house.as_("ferhat")
    password = house.account("ferhat")["password"]
    easy = house.ask("PUT", PIN, json_body={"password": password, "pin": "2580"}, cookies=mine)
    assert (easy.status, easy.json["code"]) == (422, "invalid")
    assert "2580" not in easy.text
    chosen = house.ask("PUT", PIN, json_body={"password": password, "pin": "83061947"}, cookies=mine)
    assert chosen.status == 204
    kept = b"".join(file.read_bytes() for file in house.data.glob("intercom.db*")) + house.log.read_bytes()
    assert b"83061947" not in kept
    house.ask("POST", "/account/pin/remove", form={"remove_password": password}, cookies=mine)


def test_who_is_resident_nowhere_has_no_use_for_a_pin(house: House) -> None:
    given = {"password": house.account("jonas")["password"], "pin": "4071"}
    assert house.ask("PUT", PIN, json_body=given, cookies=house.as_("jonas")).json["code"] == "not_allowed"
