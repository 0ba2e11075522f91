"""What browsers rely on: cookies, headers, pages without anything inline, sign-in, the socket's own door."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser

import aiohttp
import pytest
from socketio.exceptions import ConnectionError as Unreachable

from tests.e2e.house import Answer, House, People, fresh_address

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>@example.org"


def holds_security_headers(answer: Answer) -> None:
    """The headers that every answer carries."""
    for name, value in HEADERS.items():
        assert answer.header(name) == value, (name, answer)
    policy = answer.header("Content-Security-Policy") or ""
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["object-src"] == directives["base-uri"] == "'none'"
    assert directives["form-action"] == "'self'"
    assert "unsafe" not in policy
    assert "http" not in policy
    permissions = answer.header("Permissions-Policy") or ""
    assert "camera=(self)" in permissions
    assert "microphone=(self)" in permissions


class Inline(HTMLParser):
    """Finds what a page may not have, and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.loads: list[str] = []
        self.values: dict[str, str] = {}
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = tag == "script"
        data = given.get("type") in ("application/json", "importmap")
        if tag == "style" or (tag == "script" and not given.get("src") and not data):
            self.faults.append(f"<{tag}> with content")
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.faults.append(f"{tag} {name}={value}")
            if name in ("src", "href", "action", "data", "poster") and value:
                if re.match(r"\s*(javascript|data|https?):|//", value):
                    self.faults.append(f"{tag} {name}={value}")
                elif tag in ("script", "link", "img", "audio", "source", "use"):
                    self.loads.append(value.split("#")[0])
        if tag == "input" and given.get("name"):
            self.values[str(given["name"])] = given.get("value") or ""


def page(answer: Answer, status: int = 200) -> Inline:
    """A page, found to be clean."""
    assert answer.status == status, answer
    assert answer.header("Content-Type") == "text/html; charset=utf-8"
    assert answer.header("Cache-Control") == "no-store"
    holds_security_headers(answer)
    assert answer.text.lstrip().lower().startswith("<!doctype html>")
    assert re.search(r"<html[^>]* lang=", answer.text)
    assert "<title>" in answer.text
    found = Inline()
    found.feed(answer.text)
    assert not found.faults
    return found


def wrong_sign_in(house: House, email: str, address: str) -> Answer:
    """One try with a wrong password."""
    return house.ask("POST", "/sign-in", form={"email": email, "password": "wrong-pass"}, address=address)


# -- pages -----------------------------------------------------------------------------------------


ADMIN = [
    f"/admin/birkenhof/{path}"
    for path in (
        "units",
        "units?q=flat",
        "units?q=none",
        "units/new",
        "floors",
        "entrances",
        "entrances/street",
        "entrances/street/fence",
        "settings",
        "staff",
        "ownership",
    )
] + ["/admin/new"]
"""Pages of the demonstration's site."""


def every_page(house: House) -> Iterator[tuple[str, Answer, int]]:
    """Each page in each of its states."""
    resident, owner = house.as_("anna"), house.as_("marta")
    panel = {"intercom_panel": house.panel_key}
    yield "sign-in", house.ask("GET", "/sign-in"), 200
    yield "sign-in, wrong", wrong_sign_in(house, ATTACK, fresh_address()), 401
    yield "panel, not paired", house.ask("GET", "/panel"), 200
    yield "panel", house.ask("GET", "/panel", cookies=panel), 200
    yield "resident", house.ask("GET", "/", cookies=resident), 200
    yield "resident who is owner", house.ask("GET", "/", cookies=owner), 200
    yield "a choice of sites", house.ask("GET", "/admin?all=1", cookies=owner), 200
    (unit,) = house.rows("intercom.db", "SELECT id, floor FROM units WHERE name='Flat 31'")
    of_unit = (f"/admin/birkenhof/units/{unit['id']}", f"/admin/birkenhof/floors/{unit['floor']}")
    for path in (*ADMIN, *of_unit):
        yield path, house.ask("GET", path, cookies=owner), 200
    door = "/admin/birkenhof/entrances/street"
    yield "a pairing code", house.ask("POST", f"{door}/pairing-code", form={}, cookies=owner), 200
    wrong = {"name": ATTACK * 2, "open_seconds": "x"}
    for path in ("", "/locks"):
        yield f"typed{path}", house.ask("POST", f"{door}{path}", form=wrong, cookies=owner), 422
    wrong = {"mode": "enforce", "fence": ATTACK}
    yield "typed fence", house.ask("POST", f"{door}/fence", form=wrong, cookies=owner), 422
    yield "not found", house.ask("POST", f"{door}/panels/no-such/revoke", form={}, cookies=owner), 404
    yield "not allowed", house.ask("GET", "/admin", cookies=resident), 403
    yield "bad form", house.ask("POST", f"{door}/pairing-code", form={"x": "1"}, cookies=owner), 422


def test_no_page_has_anything_inline_or_from_elsewhere_and_all_it_loads_is_there(house: House) -> None:
    loaded: set[str] = set()
    for name, answer, status in every_page(house):
        assert answer.status == status, (name, answer)
        loaded.update(page(answer, status).loads)
    assert any(".js" in address for address in loaded)
    assert any(".css" in address for address in loaded)
    kinds = {"js": "javascript", "css": "text/css", "svg": "image/svg", "png": "image/png", "ico": "icon"}
    for address in sorted(loaded):
        if address == "/":
            continue
        answer = house.ask("GET", address)
        assert answer.status == 200, address
        holds_security_headers(answer)
        ending = address.split("?")[0].rsplit(".", 1)[-1]
        assert kinds.get(ending, "") in (answer.header("Content-Type") or ""), address


def test_somebody_who_only_runs_the_site_comes_to_its_doors(house: House) -> None:
    answer = house.ask("GET", "/", cookies=house.as_("jonas"))
    assert (answer.status, answer.header("Location")) == (303, "/admin")
    landed = house.ask("GET", "/admin", cookies=house.as_("jonas")).header("Location")
    assert landed == "/admin/birkenhof"


def test_security_headers_are_on_every_answer_errors_and_files_too(house: House) -> None:
    tones = house.ask("GET", "/api/v1/ringtones").json["tones"]
    for method, path, status in (
        ("GET", "/no-such-page", 404),
        ("GET", "/static/no-such-file", 404),
        ("GET", "/static/../intercom.db", 404),
        ("GET", "/static/%2e%2e/templates/base.html", 404),
        ("GET", "/static", 403),
        ("DELETE", "/", 405),
        ("PUT", "/api/v1/history", 405),
        ("GET", "/livez", 200),
        ("GET", "/readyz", 200),
        ("GET", "/api/v1/history", 401),
        ("GET", "/", 303),
        ("POST", "/sign-out", 303),
        ("GET", tones[0]["url"], 200),
        ("GET", "/socket.io/?EIO=4&transport=polling", 200),
        ("GET", "/socket.io/?EIO=3&transport=polling", 400),
    ):
        answer = house.ask(method, path)
        assert answer.status == status or (status == 403 and answer.status == 404), (method, path, answer)
        holds_security_headers(answer)


def test_the_ringtones_that_are_listed_can_be_fetched(house: House) -> None:
    told = house.ask("GET", "/api/v1/ringtones").json
    assert told["default"] in {tone["id"] for tone in told["tones"]}
    for tone in told["tones"]:
        answer = house.ask("GET", tone["url"])
        assert answer.status == 200
        assert (answer.header("Content-Type") or "").startswith("audio/")
        assert len(answer.body) > 1000


# -- cookies and sessions --------------------------------------------------------------------------


def test_the_sessions_cookie_is_for_this_site_and_not_for_scripts(house: House) -> None:
    account = house.account("anna")
    form = {"email": account["email"].upper(), "password": account["password"]}
    answer = house.ask("POST", "/sign-in", form=form, address=fresh_address())
    assert (answer.status, answer.header("Location")) == (303, "/")
    assert [line.split("=")[0] for line in answer.set_cookies()] == ["intercom_session", "intercom_known"]
    for line in answer.set_cookies():
        parts = {part.strip().split("=")[0].casefold(): part.strip() for part in line.split(";")}
        assert {"httponly", "path", "max-age", "samesite"} <= set(parts)
        assert parts["samesite"] == "SameSite=Lax"
        assert parts["path"] == "Path=/"
        assert "domain" not in parts
        assert "secure" not in parts, "over http the browser would drop it"


def test_the_panels_cookie_is_as_strict(house: House) -> None:
    answer = house.ask("POST", "/api/v1/panels/session", json_body={"key": house.panel_key})
    assert answer.status == 204
    (line,) = answer.set_cookies()
    assert line.startswith("intercom_panel=")
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    assert "Domain" not in line
    wrong = house.ask("POST", "/api/v1/panels/session", json_body={"key": "x" * 43})
    assert (wrong.status, wrong.json["code"], wrong.set_cookies()) == (401, "not_enrolled", [])


def test_a_session_id_from_before_a_sign_in_is_worth_nothing_after_it(house: House) -> None:
    account = house.account("ben")
    form = {"email": account["email"], "password": account["password"]}
    planted = {"intercom_session": "planted-by-somebody-else-0123456789abcdefghijk"}
    answer = house.ask("POST", "/sign-in", form=form, cookies=planted, address=fresh_address())
    first = answer.cookie("intercom_session")
    assert first not in (None, planted["intercom_session"])
    assert house.ask("GET", "/", cookies=planted).status == 303
    answer = house.ask(
        "POST", "/sign-in", form=form, cookies={"intercom_session": str(first)}, address=fresh_address()
    )
    second = answer.cookie("intercom_session")
    assert second not in (None, first)
    assert house.ask("GET", "/", cookies={"intercom_session": str(first)}).status == 303
    assert house.ask("GET", "/api/v1/history", cookies={"intercom_session": str(second)}).status == 200
    out = house.ask("POST", "/sign-out", cookies={"intercom_session": str(second)})
    assert (out.status, out.header("Location")) == (303, "/sign-in")
    assert "Max-Age=0" in out.set_cookies()[0]
    assert house.ask("GET", "/api/v1/history", cookies={"intercom_session": str(second)}).status == 401


def test_a_session_that_has_run_out_is_no_session(house: House) -> None:
    token = house.sign_in("ferhat", fresh=True)
    assert house.ask("GET", "/api/v1/history", cookies={"intercom_session": token}).status == 200
    newest = "SELECT id FROM sessions ORDER BY created_at DESC LIMIT 1"
    assert house.change(
        "intercom.db", f"UPDATE sessions SET expires_at=? WHERE id=({newest})", time.time() - 1
    )
    assert house.ask("GET", "/api/v1/history", cookies={"intercom_session": token}).status == 401


def test_the_database_keeps_no_token_and_no_password(house: House) -> None:
    token = house.sign_in("anna")
    kept = json.dumps([dict(row) for row in house.rows("intercom.db", "SELECT * FROM sessions")])
    kept += json.dumps([dict(row) for row in house.rows("intercom.db", "SELECT * FROM accounts")])
    kept += json.dumps([dict(row) for row in house.rows("intercom.db", "SELECT * FROM panels")])
    for secret in (token, house.panel_key, house.account("anna")["password"]):
        assert secret not in kept
    assert "$argon2id$" in kept


# -- signing in ------------------------------------------------------------------------------------


def test_a_wrong_password_keeps_the_typed_e_mail_and_says_how_many_tries_are_left(house: House) -> None:
    email, address = house.account("ferhat")["email"], fresh_address()
    for tried in range(1, 11):
        answer = wrong_sign_in(house, email, address)
        found = page(answer, 401)
        assert found.values["email"] == email
        assert found.values.get("password", "") == ""
        text = html.unescape(answer.text)
        assert "E-mail or password is wrong." in text
        left = 10 - tried
        assert f"{left} {'try is' if left == 1 else 'tries are'} left" in text
    answer = wrong_sign_in(house, email, address)
    found = page(answer, 429)
    assert found.values["email"] == email
    assert "Too many tries." in answer.text
    assert re.search(r"Try again in 1[45] minutes", answer.text)
    right = {"email": email, "password": house.account("ferhat")["password"]}
    assert house.ask("POST", "/sign-in", form=right, address=address).status == 429, "a pause is a pause"
    assert house.ask("POST", "/sign-in", form=right, address=fresh_address()).status == 303, "not for others"
    letters = [path.read_text() for path in (house.data / "mail").rglob("*") if path.is_file()]
    assert sum(email in letter for letter in letters) == 1, "the owner is told once"


def test_an_unknown_e_mail_is_answered_as_a_wrong_password_is_in_words_and_in_time(house: House) -> None:
    emails = (house.account("marta")["email"], "nobody.here@example.org")
    texts: set[str] = set()

    def apart() -> float:
        """How far the medians of both are from each other, in seconds; asked in turns."""
        spent: tuple[list[float], list[float]] = ([], [])
        for _ in range(9):
            for email, times in zip(emails, spent, strict=True):
                started = time.perf_counter()
                answer = wrong_sign_in(house, email, fresh_address())
                times.append(time.perf_counter() - started)
                assert answer.status == 401
                texts.add(answer.text.replace(html.escape(email), "E-MAIL"))
        known, unknown = (sorted(times)[4] for times in spent)
        return abs(known - unknown)

    # a busy machine may pull one look apart; what the server does pulls every look apart
    assert any(apart() < 0.02 for _ in range(4)), "an unknown e-mail is known by its answer's time"
    assert len(texts) == 1


def test_what_is_typed_into_the_form_is_shown_as_text(house: House) -> None:
    answer = wrong_sign_in(house, ATTACK, fresh_address())
    assert page(answer, 401).values["email"] == ATTACK
    assert "<script>alert" not in answer.text


def test_fifty_tries_from_one_address_pause_it_whatever_it_types(house: House) -> None:
    address = fresh_address()
    codes = [wrong_sign_in(house, f"guess{n}@example.org", address).status for n in range(51)]
    assert codes == [401] * 50 + [429]


# -- the socket's own door -------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_socket_from_another_sites_page_is_refused(
    people: People, house: House, origin: str, transport: str
) -> None:
    anna = await people.device("anna")
    with pytest.raises(Unreachable):
        await anna.connect(headers={"Origin": origin}, transport=transport)


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_socket_from_our_own_page_is_let_in(people: People, house: House, transport: str) -> None:
    anna = await people.device("anna")
    await anna.connect(headers={"Origin": house.base}, transport=transport)
    await anna.settled()


async def test_a_socket_post_from_another_sites_page_is_refused(house: House) -> None:
    opened = house.ask("GET", "/socket.io/?EIO=4&transport=polling")
    sid = json.loads(opened.text[1:])["sid"]
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = house.ask(
            "POST",
            f"/socket.io/?EIO=4&transport=polling&sid={sid}",
            body=b"40/panel,",
            headers={**headers, "Content-Type": "text/plain"},
        )
        assert answer.status in (400, 403), answer


async def test_the_default_namespace_is_closed(house: House) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{house.base}/socket.io/?EIO=4&transport=websocket") as ws,
    ):
        assert (await ws.receive_str()).startswith("0")
        await ws.send_str("40")
        assert (await ws.receive_str()).startswith("44")


def test_an_address_that_does_not_exist_is_answered_in_words(house: House) -> None:
    page = house.ask("GET", "/no-such-page")
    assert page.status == 404
    assert "There is nothing at this address." in page.text
    assert "To the start page" in page.text
    program = house.ask("GET", "/api/v1/no-such-thing")
    assert (program.status, program.json["code"]) == (404, "not_found")
    assert house.ask("GET", "/favicon.ico").status == 200


def test_wrong_panel_keys_are_paused_and_right_ones_never(house: House) -> None:
    address, path = fresh_address(), "/api/v1/panels/session"

    def give(key: str) -> int:
        return house.ask("POST", path, json_body={"key": key}, address=address).status

    assert [give(house.panel_key) for _ in range(25)] == [204] * 25
    assert [give("not-a-key") for _ in range(21)] == [401] * 20 + [429]
