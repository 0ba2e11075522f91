"""Pages, errors and the socket in the reader's language."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest

from intercom import language
from intercom.domain.language import LANGUAGES
from intercom.language.catalogue import catalogue
from tests.e2e.house import Answer, House, fresh_address
from tests.http.test_web import every_page

OTHERS = [code for code in LANGUAGES if code != "en"]


def ask_in(house: House, code: str, path: str, **more: object) -> Answer:
    """A page as a browser of that language gets it."""
    return house.ask("GET", path, headers={"Accept-Language": code}, **more)  # type: ignore[arg-type]


class Words(HTMLParser):
    """What a page says: its text and the words in its attributes; not the names of people and places."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ("input", "link", "meta", "br", "img", "use", "hr", "i"):
            self._inside.append("bdi" if given.get("lang") and tag != "html" else tag)
        self.said += [
            value for name in ("aria-label", "placeholder", "title", "alt") if (value := given.get(name))
        ]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and tag not in ("input", "link", "meta", "br", "img", "use", "hr", "i"):
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not {"bdi", "script", "style", "svg"} & set(self._inside):
            self.said.append(text)


def test_the_page_says_which_language_it_speaks(house: House) -> None:
    for code in LANGUAGES:
        page = ask_in(house, code, "/sign-in").text
        assert f'<html lang="{code}" dir="ltr"' in page
        assert (f'data-words="/static/words/{code}.json?v=' in page) == (code != "en")
    assert '<html lang="en"' in house.ask("GET", "/sign-in").text


def test_the_button_keeps_a_language_in_this_browser_and_comes_back_to_its_page(house: House) -> None:
    page = f"{house.base}/sign-in?x=1"
    answer = house.ask("POST", "/language", form={"language": "fr"}, headers={"Referer": page})
    assert (answer.status, answer.header("Location")) == (303, "/sign-in?x=1")
    cookie = answer.header("Set-Cookie") or ""
    assert "intercom_language=fr" in cookie
    assert "HttpOnly" in cookie
    kept = ask_in(house, "de", "/sign-in", cookies={"intercom_language": "fr"})
    assert "Se connecter" in kept.text
    junk = ask_in(house, "de", "/sign-in", cookies={"intercom_language": "<script>"})
    assert "Anmelden" in junk.text


@pytest.mark.parametrize("referer", ["", "https://elsewhere.example/x", "//elsewhere.example", "/%zz", "::"])
def test_the_button_leads_nowhere_else(house: House, referer: str) -> None:
    headers = {"Referer": referer} if referer else {}
    answer = house.ask("POST", "/language", form={"language": "fr"}, headers=headers)
    assert (answer.status, answer.header("Location")) == (303, "/")


def test_a_language_that_is_not_spoken_changes_nothing(house: House) -> None:
    answer = house.ask("POST", "/language", form={"language": "klingon"})
    assert answer.status == 303
    assert answer.header("Set-Cookie") is None
    assert house.ask("GET", "/static/words/klingon.json").status == 404


@pytest.mark.parametrize("code", OTHERS)
def test_scripts_get_their_words_for_good(house: House, code: str) -> None:
    answer = house.ask("GET", f"/static/words/{code}.json")
    assert answer.status == 200
    assert answer.json["Answer"] == [language.translations(code).gettext("Answer")]
    assert "immutable" in (answer.header("Cache-Control") or "")


def test_problems_come_in_the_language_of_the_request(house: House) -> None:
    answer = house.ask("GET", "/api/v1/history", headers={"Accept-Language": "es"})
    assert answer.json["detail"] == "Se ha cerrado su sesión. Inicie sesión para continuar."
    assert answer.json["code"] == "not_signed_in"


def test_a_wrong_password_is_told_in_the_readers_language(house: House) -> None:
    answer = house.ask(
        "POST",
        "/sign-in",
        form={"email": "nobody@example.org", "password": "wrong-pass"},
        headers={"Accept-Language": "de"},
        address=fresh_address(),
    )
    assert "E-Mail oder Passwort ist falsch." in answer.text
    assert "Versuche, dann eine Pause von 15 Minuten." in answer.text


class Speaking:
    """The house, asked as a browser of one language would."""

    def __init__(self, house: House, code: str) -> None:
        self._house = house
        self._code = code

    def __getattr__(self, name: str) -> object:
        return getattr(self._house, name)

    def ask(self, method: str, path: str, **more: object) -> Answer:
        """As `House.ask`."""
        headers = {"Accept-Language": self._code, **more.pop("headers", {})}  # type: ignore[dict-item]
        return self._house.ask(method, path, headers=headers, **more)  # type: ignore[arg-type]


NAMES = re.compile(
    r"intercom|E-Mail|OpenStreetMap|Birkenhof|Panel|WhatsApp|SMS|QR|PIN|CSV|XLSX|Chrome|Firefox|Linux|Python|English|Español|Français|Deutsch"
    r"|<script>.*@example\.org|\S+@\S+|Flat \d+|Street door|Courtyard gate|/panel|IP|URL|Salto KS",
    re.IGNORECASE,
)
"""What may stand on a page as it is in every language: names, marks, codes."""


def reachable(house: House, begin: tuple[str, ...], cookies: dict[str, str]) -> list[str]:
    """The pages that links lead to, one of each shape."""
    found: dict[str, str] = {}
    waiting = list(begin)
    while waiting:
        path = waiting.pop()
        shape = re.sub(r"[\w-]{14,}|(?<=[?&])[^=]+=[^&]*", "*", path)
        if shape in found or len(found) > 150:
            continue
        answer = house.ask("GET", path, cookies=cookies)
        if answer.status != 200 or "text/html" not in (answer.header("Content-Type") or ""):
            continue
        found[shape] = path
        waiting += [html.unescape(link) for link in re.findall(r'<a [^>]*href="(/[^"#]*)"', answer.text)]
    return list(found.values())


@pytest.fixture(scope="module")
def pages(house: House) -> dict[str, dict[str, Answer]]:
    """Each page that can be reached or brought about, in each language."""
    found: dict[str, dict[str, Answer]] = {}
    for code in LANGUAGES:
        for name, answer, _ in every_page(Speaking(house, code)):  # type: ignore[arg-type]
            found.setdefault(name, {})[code] = answer
    outside = ("/sign-in", "/join", "/forgot-password", "/offline")
    for who, begin in (
        ("", outside),
        ("anna", ("/", "/account")),
        ("marta", ("/admin", "/admin/new", "/account")),
    ):
        cookies = house.as_(who) if who else {}
        for path in reachable(house, begin, cookies):
            for code in LANGUAGES:
                found.setdefault(f"{who} {path}", {})[code] = ask_in(house, code, path, cookies=cookies)
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_no_page_says_anything_in_english(
    house: House, pages: dict[str, dict[str, Answer]], code: str
) -> None:
    assert len(pages) > 40
    people = "SELECT first_name || ' ' || last_name AS name FROM accounts UNION SELECT name FROM units"
    signs = "SELECT word AS name FROM entrances WHERE word IS NOT NULL"
    of_the_house = (*house.rows("intercom.db", people), *house.rows("intercom.db", signs))
    names = "|".join(re.escape(row["name"]) for row in of_the_house)
    same = {
        str(message.id)
        for message in catalogue(code)
        if isinstance(message.id, str) and message.string == message.id
    }
    left: dict[str, list[str]] = {}
    for name, answers in pages.items():
        if name == "panel":
            continue  # speaks the site's language
        assert f'<html lang="{code}"' in answers[code].text, name
        before = set(Words(answers["en"].text).said)
        told = [
            said
            for said in Words(answers[code].text).said
            if said in before
            and any(
                re.search(r"[A-Za-z]{2}", NAMES.sub("", re.sub(names, "", part)))
                for part in said.split(" · ")
                if part not in same
            )
        ]
        if told:
            left[name] = told
    assert not left
