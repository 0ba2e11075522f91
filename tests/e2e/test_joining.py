"""From the empty server to a bell that rings: a real process, its log, its mail folder, browsers' cookies."""

from __future__ import annotations

import asyncio
import email
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.house import Answer, Caller, Device, House, eventually, fresh_address

OWNER = {
    "first_name": "Marta",
    "last_name": "Koval",
    "email": "marta@example.org",
    "password": "green lamp over seven doors",
    "name": "Birkenhof",
    "plate": "12",
    "time_zone": "Europe/Zurich",
    "language": "en",
    "display": "full",
    "kind": "residential",
    "entrance": "Street door",
}
PASSWORD = "three blue kites above"


@dataclass
class Browser:
    """Keeps cookies and follows redirects."""

    house: House
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = field(default_factory=fresh_address)
    path: str = "/"

    def go(self, path: str, **form: str) -> Answer:
        """Open a page, or send a form to it."""
        method = "POST" if form else "GET"
        for _ in range(6):
            self.path = path
            answer = self.house.ask(
                method, path, form=form or None, cookies=self.cookies, address=self.address
            )
            for line in answer.set_cookies():
                name, _, value = line.split(";")[0].partition("=")
                self.cookies[name] = value
                if "max-age=0" in line.lower():
                    del self.cookies[name]
            if answer.status not in (302, 303):
                return answer
            method, form, path = "GET", {}, str(answer.header("Location"))
        raise AssertionError(f"{path} leads in a circle")

    def press(self, path: str) -> Answer:
        """A button without fields."""
        answer = self.house.ask(
            "POST",
            path,
            body=b"",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            cookies=self.cookies,
            address=self.address,
        )
        return self.go(str(answer.header("Location"))) if answer.status == 303 else answer

    @property
    def session(self) -> str:
        return self.cookies[self.house.session_cookie]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty server."""
    house = House(tmp_path / "house", command="serve")
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


def set_up_links(house: House) -> list[str]:
    return [urlsplit(url).path for url in re.findall(r"http\S+/set-up/[\w-]+", house.log.read_text())]


def letters(house: House) -> list[EmailMessage]:
    files = sorted((house.data / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in files]  # type: ignore[misc]


def letter_to(house: House, to: str, number: int, within: float = 10) -> EmailMessage:
    """The letter of this number to somebody, as soon as it is there."""
    deadline = time.monotonic() + within
    while len(found := [letter for letter in letters(house) if letter["To"] == to]) < number:
        assert time.monotonic() < deadline, f"letter {number} to {to} did not come"
        time.sleep(0.02)
    return found[number - 1]


def link_in(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    (link,) = re.findall(r"http\S+/(?:join|invitation)/\S+", body.get_content())
    return urlsplit(link).path


def owner_of(house: House) -> tuple[Browser, str]:
    """The owner, signed in; and the admin path of the site."""
    browser = Browser(house)
    answer = browser.go(set_up_links(house)[-1], **OWNER)
    assert answer.status == 200, answer
    found = re.match(r"/admin/[^/?]+", browser.path)
    assert found, browser.path
    return browser, found[0]


def add_resident(owner: Browser, admin: str, who: str = "Ferhat") -> None:
    units = owner.go(f"{admin}/residents/new")
    if "Flat 32" not in units.text:
        assert owner.go(f"{admin}/units/new", name="Flat 32", new_floor="3").status == 200
        units = owner.go(f"{admin}/residents/new")
    (unit,) = re.findall(r'<option value="([^"]+)"[^>]*>[^<]*Flat 32', units.text)
    answer = owner.go(
        f"{admin}/residents/new",
        email=f"{who.lower()}@example.org",
        first_name=who,
        last_name="Demir",
        unit=unit,
    )
    assert answer.status == 200, answer


async def test_from_the_empty_server_to_a_bell_that_rings(house: House) -> None:
    owner, admin = owner_of(house)
    assert "Birkenhof" in owner.go("/admin").text
    add_resident(owner, admin)

    page = owner.go(f"{admin}/entrances")
    (entrance,) = set(re.findall(rf"{admin}/entrances/([\w-]+)", page.text)) - {"new"}
    pairing = owner.press(f"{admin}/entrances/{entrance}/pairing-code")
    code = re.search(r"\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b", pairing.text)
    assert code, pairing
    key = house.enroll(code[0]).json["key"]
    panel = await Caller(house, key).connect()
    assert panel.ready["entries"] == [], "who has not come is not shown"

    profile = letter_to(house, "ferhat@example.org", 1)
    assert profile["Subject"] == "Complete your profile for the doorbell at Birkenhof 12"
    assert profile["From"] == "Birkenhof 12 <intercom@localhost>"
    ferhat = Browser(house)
    form = ferhat.go(link_in(profile))
    assert 'value="Ferhat"' in form.text
    assert "Marta Koval" in form.text
    weak = ferhat.go(link_in(profile), first_name="Ferhat", last_name="Demir-Ay", password="short")
    assert (weak.status, "Use at least 8 characters." in weak.text) == (422, True)
    assert 'value="Demir-Ay"' in weak.text
    assert "short" not in weak.text
    ferhat.go(link_in(profile), first_name="Ferhat", last_name="Demir-Ay", password=PASSWORD)
    assert ferhat.path == "/join/sent"
    assert ferhat.go(link_in(profile)).status == 410

    invitation = letter_to(house, "ferhat@example.org", 2)
    assert invitation["Subject"] == "Your doorbell at Birkenhof 12"
    ferhat = Browser(house)
    assert "ferhat@example.org" in ferhat.go(link_in(invitation)).text
    ferhat.go("/sign-in", email="ferhat@example.org", password=PASSWORD)
    assert ferhat.path == "/"
    assert "Ferhat Demir-Ay" in ferhat.go("/").text
    assert ferhat.go(link_in(invitation)).status == 410
    assert "Joined" in owner.go(f"{admin}/invitations").text

    await panel.gets("phonebook")
    await panel.close()
    panel = await Caller(house, key).connect()
    phone = await Device(house, ferhat.session, "phone").connect()
    await panel.rings("Ferhat Demir-Ay")
    await phone.invited()
    await phone.close()
    await panel.close()


async def test_each_start_writes_a_new_link_until_there_is_an_owner(house: House) -> None:
    (first,) = set_up_links(house)
    house.restart()
    await eventually(lambda: len(set_up_links(house)) == 2, "a second link")
    second = set_up_links(house)[1]
    browser = Browser(house)
    assert browser.go(first).status == 410
    wrong = browser.go(second, **{**OWNER, "password": "birkenhof", "plate": "12345", "email": "marta"})
    assert wrong.status == 422
    assert wrong.text.count('aria-invalid="true"') >= 2
    assert "birkenhof" not in re.findall(r'name="password"[^>]*', wrong.text)[0]
    owner, _ = owner_of(house)
    assert browser.go(second).status == 410
    house.restart()
    assert len(set_up_links(house)) == 2
    assert owner.go("/admin").status == 200


async def test_a_printed_letter_is_enough_to_join(house: House) -> None:
    owner, admin = owner_of(house)
    add_resident(owner, admin)
    paper = owner.go(f"{admin}/invitations/print", accounts="waiting")
    (code,) = re.findall(r'class="code">([^<]+)<', paper.text)
    assert "<svg" in paper.text
    assert 'style="' not in paper.text, "the page's policy forbids styles in it"
    ferhat = Browser(house)
    assert ferhat.go("/join", code="AAAAA-AAAAA").status == 422
    ferhat.go("/join", code=code.lower().replace("-", " "))
    assert ferhat.path == f"/join/{code.replace('-', '')}"
    answer = ferhat.go(ferhat.path, first_name="Ferhat", last_name="Demir", password=PASSWORD)
    assert ferhat.path.startswith("/invitation/"), answer
    ferhat.go("/sign-in", email="ferhat@example.org", password=PASSWORD)
    assert (ferhat.path, "Ferhat Demir" in ferhat.go("/").text) == ("/", True)
    assert Browser(house).go("/join", code=code).status == 422


async def test_programs_see_send_again_print_and_call_back(house: House) -> None:
    owner, admin = owner_of(house)
    add_resident(owner, admin)
    api = f"/api/v1/sites/{admin.removeprefix('/admin/')}/invitations"

    def ask(method: str, path: str, body: object = None) -> Answer:
        return house.ask(method, path, json_body=body, cookies=owner.cookies)

    letter_to(house, "ferhat@example.org", 1)
    await eventually(lambda: ask("GET", api).json["invitations"][0]["letter"] == "sent", "it was sent")
    (row,) = ask("GET", f"{api}?q=ferhat&show=waiting").json["invitations"]
    assert (row["name"], row["units"], row["kind"], row["state"]) == (
        "Ferhat Demir",
        ["Flat 32"],
        "profile",
        "waiting",
    )
    account = row["account"]
    assert ask("POST", f"{api}/{account}/resend", {}).status == 200
    new = link_in(letter_to(house, "ferhat@example.org", 2))
    assert Browser(house).go(link_in(letters(house)[0])).status == 410
    (printed,) = ask("POST", f"{api}/print", {"accounts": [account]}).json["letters"]
    assert Browser(house).go(urlsplit(printed["address"]).path).status == 200
    assert Browser(house).go(new).status == 200
    assert ask("POST", f"{api}/{account}/void", {}).status == 200
    for path in (new, urlsplit(printed["address"]).path):
        assert Browser(house).go(path).status == 410
    assert ask("GET", f"{api}?show=void").json["found"] == 1
    for path in (f"{api}/{account}/void", f"{api}/nobody/resend", f"{api}/nobody/void"):
        assert ask("POST", path, {}).status == 404
    assert ask("POST", f"{api}/print", {"accounts": ["nobody"]}).status == 404
    assert ask("POST", f"{api}/print", {"accounts": []}).status == 422
    assert ask("GET", f"{api}?show=nonsense").status == 422


async def test_somebody_else_at_the_same_browser_is_told_so_and_nothing_is_confirmed(house: House) -> None:
    owner, admin = owner_of(house)
    add_resident(owner, admin)
    ferhat = Browser(house)
    profile = link_in(letter_to(house, "ferhat@example.org", 1))
    ferhat.go(profile, first_name="Ferhat", last_name="Demir", password=PASSWORD)
    invitation = link_in(letter_to(house, "ferhat@example.org", 2))
    assert "This invitation is for somebody else." in unescape(owner.go(invitation).text)
    assert owner.press(invitation).status == 403

    # who opens the link, and then signs in as somebody else, comes back to the same words
    other = Browser(house)
    other.go(invitation)
    other.go("/sign-in", email="marta@example.org", password=OWNER["password"])
    assert other.path == invitation
    assert "This invitation is for somebody else." in unescape(other.go(invitation).text)

    # Ferhat signs in without the link: his invitation waits for him there
    ferhat.go("/sign-in", email="ferhat@example.org", password=PASSWORD)
    assert ferhat.path == "/invitations"
    page = ferhat.go("/invitations")
    (site,) = re.findall(r'name="site" value="([^"]+)"', page.text)
    ferhat.go("/invitations", site=site)
    assert ferhat.path == "/"
    assert Browser(house).go(invitation).status == 410


async def test_letters_outlive_a_killed_server_and_a_mail_server_that_is_not_there(tmp_path: Path) -> None:
    house = House(tmp_path / "house", command="serve", smtp_host="127.0.0.1", smtp_port=1, smtp_tls="none")
    house.start()
    try:
        owner, admin = owner_of(house)
        add_resident(owner, admin)
        await eventually(
            lambda: "cannot be reached" in owner.go(f"{admin}/invitations").text, "the list says why"
        )
        add_resident(owner, admin, "Anna")
        house.kill()
        house.settings = {}
        house.change("intercom.db", "UPDATE letters SET next_at = 0")  # as if the pause were over
        house.start()
        for who in ("ferhat", "anna"):
            assert "/join/" in link_in(letter_to(house, f"{who}@example.org", 1))
        await asyncio.sleep(0.3)
        assert len(letters(house)) == 2
        kept = house.rows("intercom.db", "SELECT content FROM letters")
        assert {row[0] for row in kept} == {"{}"}, "what was sent is not kept"
    finally:
        house.close()
    assert not house.faults()
