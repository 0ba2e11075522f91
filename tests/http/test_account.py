"""The pages and the API of one's own account, against the real server."""

from __future__ import annotations

import html
import json
import re
import statistics
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.house import Answer, House, fresh_address
from tests.http.test_web import page

NEW = "seven grey herons"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own: names and passwords change in it."""
    house = House(tmp_path_factory.mktemp("account") / "house")
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


def fresh(house: House, who: str) -> dict[str, str]:
    """A new session."""
    return {house.session_cookie: house.sign_in(who, fresh=True)}


def said(answer: Answer) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def letters(house: House, to: str) -> list[str]:
    """The texts of the letters to somebody, oldest first."""
    texts: list[str] = []
    for path in sorted((house.data / "mail").glob("*.eml"), key=lambda p: p.stat().st_mtime_ns):
        letter = message_from_bytes(path.read_bytes(), policy=default)
        if to in str(letter["To"]):
            body = letter.get_body(("plain",))  # pyright: ignore[reportAttributeAccessIssue]
            texts.append(body.get_content())
    return texts


def soon(look: object, within: float = 10.0) -> object:
    """Look until there is something."""
    deadline = time.monotonic() + within
    while not (found := look()):  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


# -- pages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["anna", "marta", "jonas"])
@pytest.mark.parametrize("path", ["", "/password", "/sessions", "/data"])
def test_every_page_is_there_for_residents_and_for_staff(house: House, who: str, path: str) -> None:
    page(house.ask("GET", f"/account{path}", cookies=house.as_(who)))


def test_pages_for_who_is_not_signed_in(house: House) -> None:
    for path in ("/forgot-password", "/forgot-password?sent", "/sign-in?said=new-password"):
        page(house.ask("GET", path))
    page(house.ask("GET", "/reset-password/no-such-token"), 410)
    known = house.ask("GET", "/.well-known/change-password")
    assert (known.status, known.header("Location")) == (302, "/account/password")


def test_a_new_name_is_kept_and_the_e_mail_is_only_shown(house: House) -> None:
    cookies = fresh(house, "ben")
    answer = house.ask(
        "POST", "/account", form={"first_name": " Benno ", "last_name": "Lind"}, cookies=cookies
    )
    assert (answer.status, answer.header("Location")) == (303, "/account?said=saved")
    found = house.ask("GET", "/account?said=saved", cookies=cookies)
    assert page(found).values["first_name"] == "Benno"
    assert "Saved." in said(found)
    assert "email" not in page(found).values
    told = house.ask("GET", "/api/v1/account", cookies=cookies).json
    assert (told["first_name"], told["email"]) == ("Benno", house.account("ben")["email"])
    forged = {"first_name": "Ben", "email": "other@example.org"}
    assert house.ask("POST", "/account", form=forged, cookies=cookies).status == 422


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\u202eb", "a\x00b", "a" + "\u0301" * 9])
def test_a_name_that_cannot_be_shown_is_refused_beside_its_field(house: House, name: str) -> None:
    cookies = house.as_("ferhat")
    answer = house.ask("POST", "/account", form={"first_name": name, "last_name": "Kept"}, cookies=cookies)
    found = page(answer, 422)
    assert found.values["last_name"] == "Kept", "what was typed stays"
    assert 'aria-invalid="true"' in answer.text
    assert house.ask("GET", "/api/v1/account", cookies=cookies).json["last_name"] == "Demir"


def test_a_language_changes_the_pages(house: House) -> None:
    cookies = fresh(house, "ferhat")
    assert 'lang="en"' in house.ask("GET", "/account", cookies=cookies).text
    assert house.ask("POST", "/account/language", form={"language": "xx"}, cookies=cookies).status == 422
    house.ask("POST", "/account/language", form={"language": "de"}, cookies=cookies)
    assert '<html lang="de"' in house.ask("GET", "/account", cookies=cookies).text
    house.ask("PUT", "/api/v1/account/language", json_body={"language": None}, cookies=cookies)
    assert house.ask("GET", "/api/v1/account", cookies=cookies).json["language"] is None


def test_a_phone_number_is_changed_by_the_code_that_is_sent_to_it(house: House) -> None:
    cookies = fresh(house, "ferhat")
    wrong = house.ask("POST", "/account/phone", form={"phone": "not a number"}, cookies=cookies)
    assert page(wrong, 422).values["phone"] == "not a number"
    answer = house.ask("POST", "/account/phone", form={"phone": "+34 600 123 456"}, cookies=cookies)
    assert answer.status == 303, answer
    waiting = house.ask("GET", "/account", cookies=cookies)
    assert "+34 600 12 34 56" in said(waiting)

    def messages() -> list[Path]:
        return sorted((house.data / "sms").glob("*.txt"))

    (message,) = messages()
    code = re.findall(r"\b\d{6}\b", message.read_text())[0]
    assert message.read_text().startswith("To: +34600123456\n")
    refused = house.ask("POST", "/account/phone/confirm", form={"code": "x"}, cookies=cookies)
    assert "This code is wrong or old." in said(refused)
    done = house.ask("POST", "/account/phone/confirm", form={"code": code}, cookies=cookies)
    assert done.header("Location") == "/account?said=phone_changed"
    assert house.ask("GET", "/api/v1/account", cookies=cookies).json["phone"] == "+34600123456"
    house.ask("POST", "/account/phone/remove", form={}, cookies=cookies)
    assert house.ask("GET", "/api/v1/account", cookies=cookies).json["phone"] is None


def test_sessions_are_listed_by_browser_and_ended(house: House) -> None:
    here, there = fresh(house, "jonas"), fresh(house, "jonas")
    firefox = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"}
    account = house.account("jonas")
    form = {"email": account["email"], "password": account["password"]}
    house.ask("POST", "/sign-in", form=form, headers=firefox, address=fresh_address())
    listed = house.ask("GET", "/api/v1/account/sessions", cookies=here).json
    assert listed[0]["here"]
    assert [each["here"] for each in listed[1:]] == [False] * (len(listed) - 1)
    assert "Firefox on Linux" in {each["browser"] for each in listed}
    text = said(house.ask("GET", "/account/sessions", cookies=here))
    assert "Firefox on Linux" in text
    assert "This device" in text
    other = next(each["id"] for each in listed if each["browser"] == "Firefox on Linux")
    ended = house.ask("POST", f"/account/sessions/{other}/end", form={}, cookies=here)
    assert ended.status == 303
    assert house.ask("DELETE", f"/api/v1/account/sessions/{other}", cookies=here).status == 404
    assert house.ask("GET", "/api/v1/account", cookies=there).status == 200
    house.ask("POST", "/account/sessions/end-others", form={}, cookies=here)
    assert house.ask("GET", "/api/v1/account", cookies=there).status == 401
    assert len(house.ask("GET", "/api/v1/account/sessions", cookies=here).json) == 1
    seen = soon(lambda: house.ask("GET", "/api/v1/account/sessions", cookies=here).json[0]["last_seen_at"])
    assert abs(float(seen) - time.time()) < 60  # type: ignore[arg-type]
    foreign = house.ask("GET", "/api/v1/account/sessions", cookies=house.as_("marta")).json[0]["id"]
    assert house.ask("DELETE", f"/api/v1/account/sessions/{foreign}", cookies=here).status == 404


def test_ones_own_data_is_a_file_to_take_along(house: House) -> None:
    answer = house.ask("GET", "/account/data/export", cookies=house.as_("anna"))
    assert answer.status == 200
    assert answer.header("Content-Disposition") == 'attachment; filename="my-intercom-data.json"'
    assert answer.header("Cache-Control") == "no-store"
    data = json.loads(answer.body)
    assert data["profile"]["email"] == house.account("anna")["email"]
    assert data["memberships"][0]["unit"] == "Flat 31"
    assert (
        house.ask("GET", "/api/v1/account/data", cookies=house.as_("anna")).json["profile"] == data["profile"]
    )


# -- passwords --------------------------------------------------------------------------------------


def test_a_password_is_changed_and_everywhere_else_is_signed_out(house: House) -> None:
    here, there = fresh(house, "marta"), fresh(house, "marta")
    account = house.account("marta")
    old = account["password"]
    for current, new, sentence in (
        ("wrong", NEW, "This password is wrong."),
        (old, "koval.12345", "made of your name"),
        (old, "qwertz12345", "common ones"),
        (old, "short", "at least 8"),
    ):
        form = {"current_password": current, "new_password": new, "email": account["email"]}
        answer = house.ask("POST", "/account/password", form=form, cookies=here)
        assert sentence in said(answer), (current, new)
        values = page(answer, 422).values
        assert values["current_password"] == values["new_password"] == ""
    form = {"current_password": old, "new_password": NEW}
    answer = house.ask("POST", "/account/password", form=form, cookies=here)
    assert answer.header("Location") == "/account/password?said=changed"
    assert house.ask("GET", "/account", cookies=here).status == 200
    assert house.ask("GET", "/api/v1/account", cookies=there).status == 401
    answer = house.ask("POST", "/sign-in", form={"email": account["email"], "password": old})
    assert answer.status == 401
    soon(lambda: any("password" in text for text in letters(house, account["email"])))
    back = {"current_password": NEW, "new_password": old}
    assert house.ask("POST", "/api/v1/account/password", json_body=back, cookies=here).status == 204


def test_a_forgotten_password_is_chosen_anew_by_a_link_from_a_real_letter(house: House) -> None:
    account, cookies = house.account("anna"), fresh(house, "anna")
    before = len(letters(house, account["email"]))
    answer = house.ask("POST", "/forgot-password", form={"email": account["email"]})
    assert (answer.status, answer.header("Location")) == (303, "/forgot-password?sent")
    soon(lambda: len(letters(house, account["email"])) > before)
    link = re.findall(r"https?://\S+/reset-password/\S+", letters(house, account["email"])[-1])[0]
    path = urlsplit(link).path
    found = page(house.ask("GET", path))
    assert found.values["email"] == account["email"]
    weak = house.ask("POST", path, form={"new_password": "anna.lind"})
    assert "made of your name" in said(weak)
    done = house.ask("POST", path, form={"new_password": NEW, "email": account["email"]})
    assert (done.status, done.header("Location")) == (303, "/sign-in?said=new-password")
    assert done.set_cookies() == [], "nobody is signed in by a link"
    assert house.ask("GET", "/api/v1/account", cookies=cookies).status == 401
    assert house.ask("POST", path, form={"new_password": NEW}).status == 410
    right = {"email": account["email"], "password": NEW}
    assert house.ask("POST", "/sign-in", form=right, address=fresh_address()).status == 303


def test_whether_there_is_an_account_is_told_neither_in_words_nor_in_time(house: House) -> None:
    def ask(email: str) -> tuple[float, tuple[int, str | None, bytes]]:
        address = fresh_address()
        started = time.perf_counter()
        answer = house.ask("POST", "/forgot-password", form={"email": email}, address=address)
        return time.perf_counter() - started, (answer.status, answer.header("Location"), answer.body)

    email = house.account("jonas")["email"]
    ask(email)
    known, unknown = [], []
    for number in range(15):
        known.append(ask(email))
        unknown.append(ask(f"nobody{number}@example.org"))
    assert {what for _, what in known} == {what for _, what in unknown}
    medians = [statistics.median(spent for spent, _ in tried) for tried in (known, unknown)]
    assert abs(medians[0] - medians[1]) < 0.02, medians


def test_asking_again_and_again_is_paused_in_words(house: House) -> None:
    address = fresh_address()
    form = {"email": "again@example.org"}
    for _ in range(5):
        assert house.ask("POST", "/forgot-password", form=form, address=address).status == 303
    paused = house.ask("POST", "/forgot-password", form=form, address=address)
    assert page(paused, 429).values["email"] == form["email"]
    assert "Too many tries." in said(paused)
    told = house.ask("POST", "/api/v1/forgot-password", json_body=form, address=address)
    assert (told.status, told.json["code"]) == (429, "too_many")
    assert house.ask("POST", "/forgot-password", form=form, address=fresh_address()).status == 303


@pytest.mark.parametrize("email", ["", "nobody", "two words@example.org", "@", "x@"])
def test_what_is_no_e_mail_is_said_beside_the_field(house: House, email: str) -> None:
    answer = house.ask("POST", "/forgot-password", form={"email": email}, address=fresh_address())
    assert page(answer, 422).values["email"] == email
    assert "This is not an e-mail address." in said(answer)


# -- consent ----------------------------------------------------------------------------------------


def test_a_wish_to_be_deleted_can_be_withdrawn_and_only_the_owner_agrees(house: House) -> None:
    cookies = fresh(house, "ben")
    password = house.account("ben")["password"]
    assert (
        house.ask("POST", "/api/v1/account/deletion", json_body={"password": "wrong"}, cookies=cookies).status
        == 422
    )
    asked = house.ask("POST", "/api/v1/account/deletion", json_body={"password": password}, cookies=cookies)
    assert (asked.json["needed"], asked.json["given"], asked.json["deleted"]) == (["birkenhof"], [], False)
    at = "/api/v1/sites/birkenhof/consents"
    assert house.ask("GET", at, cookies=fresh(house, "jonas")).status == 403, "an admin is no owner"
    owner = fresh(house, "marta")
    (waiting,) = house.ask("GET", at, cookies=owner).json
    text = said(house.ask("GET", "/admin/birkenhof/consents", cookies=owner))
    assert "It cannot be taken back." in text
    assert "I want to stay" in said(house.ask("GET", "/account/data", cookies=cookies))
    assert house.ask("POST", "/account/data/withdraw", form={}, cookies=cookies).status == 303
    assert house.ask("GET", at, cookies=owner).json == []
    assert house.ask("POST", f"{at}/{waiting['account']}", cookies=owner).status == 404
    assert house.ask("GET", "/api/v1/account/deletion", cookies=cookies).json["asked_at"] is None


def test_an_owner_is_told_to_hand_the_site_over_first(house: House) -> None:
    cookies = fresh(house, "marta")
    assert "Hand the site over" in said(house.ask("GET", "/account/data", cookies=cookies))
    password = house.account("marta")["password"]
    told = house.ask("POST", "/api/v1/account/deletion", json_body={"password": password}, cookies=cookies)
    assert (told.status, told.json["code"]) == (409, "in_use")
