"""What letters say, in both of their parts."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from intercom.domain.ids import SiteId
from intercom.domain.language import LANGUAGES
from intercom.domain.letters import VALUES, Letter, LetterKind
from intercom.domain.phonebook import Site
from intercom.mail.message import Mail
from intercom.mail.writing import Writer

SITE = Site(SiteId("s"), "Birkenhof", "12", "Europe/Zurich")
URL = "https://birkenhof.example"
EXAMPLES = {
    "until": "1800000000",
    "path": "/join/abc?x=1&y=2",
    "roles": "admin,auditor",
    "minutes": "15",
    "address": "192.0.2.1",
    "code": "123456",
    "units": "Flat 32",
    "since": "1800000000",
}


@pytest.fixture(scope="module")
def writer() -> Writer:
    return Writer(Path(__file__).parents[2] / "web" / "templates", URL + "/")


def letter(kind: LetterKind, language: str = "en", site: Site | None = SITE, **values: str) -> Letter:
    needed = {name: EXAMPLES.get(name, f"some {name}") for name in VALUES[kind]}
    return Letter(kind, "anna@example.org", language, site, needed | values)


class Seen(HTMLParser):
    """What a mail program is told to fetch or to show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.words = ""
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._hidden += tag in ("style", "title")
        self.links += [
            value or "" for name, value in attrs if name in ("href", "src", "background", "action")
        ]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += data


def words(mail: Mail) -> str:
    return " ".join(Seen(mail.html).words.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", LetterKind)
def test_every_letter_is_written_in_every_language(writer: Writer, kind: LetterKind, language: str) -> None:
    mail = writer.write(letter(kind, language))
    assert mail.subject
    assert mail.subject in words(mail)
    assert "%(" not in mail.subject + mail.text + mail.html
    assert f'lang="{language}"' in mail.html
    assert max(map(len, mail.text.splitlines())) <= 78


@pytest.mark.parametrize("kind", LetterKind)
def test_a_letter_has_no_picture_and_no_address_that_is_not_ours(writer: Writer, kind: LetterKind) -> None:
    mail = writer.write(letter(kind))
    seen = Seen(mail.html)
    assert not seen.tags & {"img", "link", "script", "iframe", "form", "object", "video", "base"}
    assert all(link.startswith(f"{URL}/") for link in seen.links)
    named = set(re.findall(r"[a-z]+://[^\s\"'<>)]+", mail.html + mail.text, re.I))
    # the names of HTML and its kin are no addresses: nothing is fetched from there
    assert {a for a in named if not a.startswith(URL)} <= {"http://www.w3.org/1999/xhtml"}
    assert not re.search(r"url\(|@import", mail.html)


@pytest.mark.parametrize("kind", [kind for kind in LetterKind if "path" in VALUES[kind]])
def test_a_link_is_one_button_and_the_address_in_letters(writer: Writer, kind: LetterKind) -> None:
    mail = writer.write(letter(kind))
    link = f"{URL}/join/abc?x=1&y=2"
    seen = Seen(mail.html)
    assert seen.links == [link, link]
    assert link in words(mail)
    assert link in mail.text.splitlines()


def test_a_letter_says_when_it_ends_by_the_clock_of_the_site(writer: Writer) -> None:
    there = Site(SiteId("s"), "Birkenhof", "12", "Asia/Tokyo")
    assert "15 Jan 2027, 09:00" in words(writer.write(letter(LetterKind.PROFILE)))
    assert "15 Jan 2027, 17:00" in words(writer.write(letter(LetterKind.PROFILE, site=there)))


NASTY = "<img src=x onerror=alert(1)>&amp;{{ 7*7 }}%(name)s%s</mj-text></mj-body>\"'<!-- "


@pytest.mark.parametrize("kind", LetterKind)
def test_names_are_shown_as_typed_whatever_stands_in_them(writer: Writer, kind: LetterKind) -> None:
    names = dict.fromkeys(VALUES[kind] & {"name", "inviter", "person", "before", "units"}, NASTY)
    mail = writer.write(letter(kind, site=Site(SiteId("s"), NASTY, "<b>"), **names))
    assert "img" not in Seen(mail.html).tags
    assert NASTY.strip() in words(mail)
    assert NASTY.split()[0] in mail.text


def test_names_cannot_turn_the_text_around_them(writer: Writer) -> None:
    mail = writer.write(letter(LetterKind.REMOVED, name="דנה"))
    assert "<bdi>דנה</bdi>" in mail.html
    assert "Hello \u2068דנה\u2069," in mail.text
    assert "\u2068" not in writer.write(letter(LetterKind.REMOVED, name="Anna")).text


def test_a_letter_without_its_site_says_which_server_it_is_from(writer: Writer) -> None:
    mail = writer.write(letter(LetterKind.PASSWORD_CHANGED, site=None))
    assert "birkenhof.example runs this server itself" in words(mail)
    assert mail.sender_name == ""


def test_an_admin_is_told_the_role_and_a_resident_the_unit(writer: Writer) -> None:
    admin = writer.write(letter(LetterKind.INVITATION, units=""))
    assert "made you site admin, auditor of Birkenhof 12" in words(admin)
    assert "presses your name" not in words(admin)
    resident = writer.write(letter(LetterKind.INVITATION, roles=""))
    assert "added you to Flat 32" in words(resident)
    assert "made you" not in words(resident)


def test_a_letter_that_lacks_a_value_is_not_even_made() -> None:
    with pytest.raises(ValueError, match="path"):
        Letter(LetterKind.RESET_PASSWORD, "a@example.org", "en", None, {"name": "A", "until": "1"})


def test_a_letter_shows_neither_its_link_nor_its_reader_in_a_log() -> None:
    shown = repr(letter(LetterKind.RESET_PASSWORD))
    assert "/join/" not in shown
    assert "anna@" not in shown
