"""The second step, trusted devices and accounts elsewhere, as browsers and programs meet them."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pyotp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from intercom.domain.ids import Secret
from intercom.http.session import TRUSTING, Cookies
from tests.e2e.house import Answer, House, free_port, fresh_address
from tests.fakes.oidc_provider import CLIENT, SECRET, OidcProvider, Person, running
from tests.http.test_web import page

API = "/api/v1/account/second-factor"
HALF, TRUSTED, PROVIDER = "intercom_second_step", "intercom_trusted", "intercom_provider"
PORT = free_port()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that people may enter through a provider on this machine."""
    provider = {
        "id": "house",
        "label": "House & Co",
        "issuer": f"http://127.0.0.1:{PORT}",
        "client_id": CLIENT,
        "client_secret": SECRET,
    }
    house = House(tmp_path_factory.mktemp("gate") / "house", providers=json.dumps([provider]))
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


class Browser:
    """Keeps cookies, follows nothing."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.cookies: dict[str, str] = {}
        self.address = fresh_address()

    def ask(self, method: str, path: str, **more: Any) -> Answer:
        """One request."""
        answer = self.house.ask(method, path, cookies=self.cookies, address=self.address, **more)
        for line in answer.set_cookies():
            name, _, value = line.split(";")[0].partition("=")
            if value.strip('"'):
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer

    def password(self, who: str) -> Answer:
        """E-mail and password."""
        account = self.house.account(who)
        return self.ask("POST", "/sign-in", form={"email": account["email"], "password": account["password"]})

    def api(self, method: str, path: str, body: object = None) -> Any:
        """A request that must succeed."""
        answer = self.ask(method, path, json_body=body) if body is not None else self.ask(method, path)
        assert answer.status == 200, answer
        return answer.json

    def unlock(self, who: str) -> None:
        """The password again."""
        self.api("POST", f"{API}/password", {"password": self.house.account(who)["password"]})

    @property
    def signed_in(self) -> bool:
        """Whether it has a session."""
        return self.ask("GET", API).status == 200


def sets_up_app(house: House, who: str) -> tuple[pyotp.TOTP, str]:
    """Somebody sets up an authenticator app through the API; gives it and the recovery code."""
    browser = Browser(house)
    browser.password(who)
    browser.unlock(who)
    setup = browser.api("POST", f"{API}/app")
    app = pyotp.TOTP(setup["secret"])
    assert pyotp.parse_uri(setup["address"]).secret == setup["secret"]
    # the step before this one, so that the present one is still to be used
    code = app.at(int(time.time()) - 30)
    recovery = browser.api("POST", f"{API}/methods/{setup['id']}/confirm", {"code": code})["recovery_code"]
    state = browser.api("GET", API)
    assert (state["on"], sorted(m["kind"] for m in state["methods"])) == (True, ["app", "email"])
    return app, recovery


@pytest.fixture(scope="module")
def jonas(house: House) -> pyotp.TOTP:
    """Jonas has an authenticator app."""
    return sets_up_app(house, "jonas")[0]


def test_between_password_and_second_step_nobody_is_signed_in(house: House, jonas: pyotp.TOTP) -> None:
    browser = Browser(house)
    answer = browser.password("jonas")
    assert (answer.status, answer.header("Location")) == (303, "/sign-in/second-step")
    assert answer.cookie(house.session_cookie) is None
    (line,) = answer.set_cookies()
    assert line.startswith(f"{HALF}=")
    assert {"HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax"} <= {p.strip() for p in line.split(";")}
    assert not browser.signed_in
    for path in ("/", "/account/security", "/admin"):
        stolen = house.ask("GET", path, cookies={house.session_cookie: browser.cookies[HALF]})
        assert stolen.status == 303
        assert (stolen.header("Location") or "").startswith("/sign-in")
    page = browser.ask("GET", "/sign-in/second-step")
    assert page.status == 200
    assert 'autocomplete="one-time-code"' in page.text


def test_codes_trust_and_forgetting_through_the_pages(house: House, jonas: pyotp.TOTP) -> None:
    browser = Browser(house)
    browser.password("jonas")
    wrong = browser.ask("POST", "/sign-in/second-step", form={"by": "app", "code": "000000", "trust": "yes"})
    assert wrong.status == 422
    assert "4 tries are left" in wrong.text
    assert re.search(r'name="trust"[^>]* checked', wrong.text), "what was chosen stays"
    form = {"by": "app", "code": jonas.now(), "trust": "yes"}
    answer = browser.ask("POST", "/sign-in/second-step", form=form)
    assert (answer.status, answer.header("Location")) == (303, "/"), answer
    assert HALF not in browser.cookies, "the half-way state is over"
    trusted = next(line for line in answer.set_cookies() if line.startswith(TRUSTED))
    assert f"Max-Age={60 * 24 * 3600}" in trusted
    assert browser.signed_in

    again = Browser(house)
    again.cookies = {TRUSTED: browser.cookies[TRUSTED]}
    assert again.password("jonas").header("Location") == "/"
    assert again.signed_in
    devices = again.api("GET", "/api/v1/account/trusted-devices")
    assert len(devices) == 1
    assert again.api("DELETE", f"/api/v1/account/trusted-devices/{devices[0]['id']}") == []
    third = Browser(house)
    third.cookies = {TRUSTED: browser.cookies[TRUSTED]}
    assert third.password("jonas").header("Location") == "/sign-in/second-step"


def test_after_too_many_wrong_codes_the_sign_in_page_says_so(house: House, jonas: pyotp.TOTP) -> None:
    browser = Browser(house)
    browser.password("jonas")
    answers = [
        browser.ask("POST", "/sign-in/second-step", form={"by": "recovery", "code": "wrong"})
        for _ in range(5)
    ]
    assert [answer.status for answer in answers] == [422, 422, 422, 422, 401]
    assert "Sign in again" in answers[-1].text
    assert HALF not in browser.cookies
    assert browser.ask("GET", "/sign-in/second-step").header("Location") == "/sign-in"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"by": "nonsense", "code": "1"},
        {"by": "app", "code": "x" * 65},
        {"by": "app", "code": "1", "more": "1"},
        {"by": "passkey", "code": "1"},
        {"by": "app", "code": "\u0661\u0662\u0663\u0664\u0665\u0666"},
        {"by": "app", "code": "\x00"},
    ],
)
def test_a_form_of_the_second_step_that_is_not_right_is_refused_in_words(
    house: House, jonas: pyotp.TOTP, form: dict[str, str]
) -> None:
    browser = Browser(house)
    browser.password("jonas")
    assert browser.ask("POST", "/sign-in/second-step", form=form).status in (403, 422)
    assert not browser.signed_in


def test_codes_by_sms_and_the_recovery_code_through_the_api_and_the_pages(house: House) -> None:
    browser = Browser(house)
    browser.password("ferhat")
    assert browser.ask("POST", f"{API}/email").json["code"] == "password_again"
    wrong = browser.ask("POST", f"{API}/password", json_body={"password": "wrong"})
    assert (wrong.status, list(wrong.json["details"]["fields"])) == (422, ["password"])
    browser.unlock("ferhat")
    wrong = browser.ask("POST", f"{API}/sms", json_body={"phone": "12"})
    assert (wrong.status, list(wrong.json["details"]["fields"])) == (422, ["phone"])
    method = browser.api("POST", f"{API}/sms", {"phone": "+41 79 123 45 67"})["id"]
    recovery = browser.api("POST", f"{API}/methods/{method}/confirm", {"code": texted(house)})[
        "recovery_code"
    ]
    state = browser.api("GET", API)
    assert [(m["kind"], m["name"]) for m in state["methods"]] == [("sms", "••• 567"), ("email", "")]
    email = next(m["id"] for m in state["methods"] if m["kind"] == "email")
    assert browser.ask("DELETE", f"{API}/methods/{email}").status == 409
    assert browser.api("POST", f"{API}/switch", {"on": False})["on"] is False
    assert browser.api("POST", f"{API}/switch", {"on": True})["on"] is True

    second = Browser(house)
    assert second.password("ferhat").header("Location") == "/sign-in/second-step"
    page = second.ask("GET", "/sign-in/second-step").text
    assert "••• 567" in page
    assert "+4179" not in page
    answer = second.ask("POST", "/sign-in/second-step", form={"by": "sms", "code": texted(house)})
    assert answer.header("Location") == "/", answer

    third = Browser(house)
    third.password("ferhat")
    answer = third.ask("POST", "/sign-in/second-step", form={"by": "recovery", "code": recovery})
    assert answer.header("Location") == "/account/security?said=recovered"
    assert "The recovery code is used up" in third.ask("GET", "/account/security?said=recovered").text
    state = third.api("GET", API)
    assert (state["on"], state["methods"], state["recovery_code"]) == (False, [], False)


def test_every_page_of_it_is_clean_and_one_without_a_fresh_password_asks_for_it(
    house: House, jonas: pyotp.TOTP
) -> None:
    half = Browser(house)
    half.password("jonas")
    for way in ("app", "email", "passkey", "recovery"):
        page(half.ask("GET", f"/sign-in/second-step?by={way}"))
    page(half.ask("POST", "/sign-in/second-step", form={"by": "app", "code": "<script>"}), 422)
    assert half.ask("GET", "/sign-in/second-step?by=nonsense").status == 422

    browser = Browser(house)
    browser.password("ben")
    page(browser.ask("GET", "/account/security"))
    for path, form in (
        ("methods", {"kind": "app"}),
        ("switch", {"on": "yes"}),
        ("recovery-code", None),
        ("methods/anything/remove", None),
    ):
        refused = browser.ask("POST", f"/account/security/{path}", form=form or {})
        page(refused, 403)
        assert "Type your password again" in refused.text
        assert 'type="password"' in refused.text
    wrong = browser.ask("POST", "/account/security/password", form={"password": "wrong"})
    page(wrong, 422)
    assert "This password is wrong." in wrong.text
    password = house.account("ben")["password"]
    unlocked = browser.ask("POST", "/account/security/password", form={"password": password})
    assert unlocked.header("Location") == "/account/security?said=unlocked"
    page(browser.ask("GET", "/account/security?said=unlocked"))
    refused = browser.ask("POST", "/account/security/methods", form={"kind": "sms", "phone": "<b>1"})
    page(refused, 422)
    assert 'value="&lt;b&gt;1"' in refused.text, "what was typed stays, and does no harm"
    begun = browser.ask("POST", "/account/security/methods", form={"kind": "app"})
    address = begun.header("Location") or ""
    page(browser.ask("GET", address))
    page(browser.ask("POST", f"{address}/confirm", form={"code": "000000"}), 422)
    page(browser.ask("GET", "/account/security/methods/no-such"), 404)
    assert Browser(house).ask("GET", "/account/security").status == 303


def texted(house: House) -> str:
    """The code in the newest text message."""
    newest = max((house.data / "sms").glob("*.txt"), key=lambda file: file.stat().st_mtime_ns)
    found = re.search(r"\b\d{6}\b", newest.read_text())
    assert found
    return found[0]


def test_no_secret_of_all_that_is_in_the_log_or_the_database(house: House, jonas: pyotp.TOTP) -> None:
    log = house.log.read_text() if house.log.exists() else ""
    stored = (house.data / "intercom.db").read_bytes() + (house.data / "intercom.db-wal").read_bytes()
    assert jonas.secret not in log
    assert jonas.secret.encode() not in stored
    key = house.data / "server.key"
    assert key.stat().st_mode & 0o777 == 0o600


def test_one_browser_keeps_the_trust_of_several_people_up_to_a_limit() -> None:
    cookies = Cookies(secure=True)
    assert cookies.trusted.startswith("__Host-")
    assert cookies.half.startswith("__Host-")
    held = ""
    for number in range(TRUSTING + 2):
        request = make_mocked_request("GET", "/", headers={"Cookie": f"{cookies.trusted}={held}"})
        response = web.Response()
        cookies.trust(request, response, Secret(f"token{number}"), 60)
        held = response.cookies[cookies.trusted].value
    request = make_mocked_request("GET", "/", headers={"Cookie": f"{cookies.trusted}={held}"})
    tokens = [token.reveal() for token in cookies.trusted_tokens(request)]
    assert tokens == [f"token{number}" for number in range(TRUSTING + 1, 1, -1)]


# -- accounts elsewhere ----------------------------------------------------------------------------


@pytest.fixture
async def provider(house: House) -> AsyncIterator[OidcProvider]:
    """The provider; Anna is signed in there."""
    redirect = f"http://localhost:{house.port}/sign-in/from/house"
    provider = OidcProvider(redirect, Person("anna-there", house.account("anna")["email"]))
    async with running(provider, PORT):
        yield provider


async def through(browser: Browser) -> str:
    """To the provider and as far as its way back: where it sends the browser."""
    answer = await asyncio.to_thread(browser.ask, "GET", "/sign-in/with/house")
    assert answer.status == 303, answer
    assert PROVIDER in browser.cookies
    async with (
        aiohttp.ClientSession() as there,
        there.get(answer.header("Location") or "", allow_redirects=False) as agreed,
    ):
        back = urlsplit(agreed.headers["Location"])
    assert set(parse_qs(back.query)) == {"code", "state", "iss", "session_state"}
    return f"{back.path}?{back.query}"


async def test_the_whole_way_through_a_provider_and_its_unlinking(
    house: House, provider: OidcProvider
) -> None:
    browser = Browser(house)
    page = browser.ask("GET", "/sign-in").text
    assert "Sign in with House &amp; Co" in page
    answer = await asyncio.to_thread(browser.ask, "GET", await through(browser))
    assert (answer.status, answer.header("Location")) == (303, "/"), answer
    assert PROVIDER not in browser.cookies
    assert browser.signed_in
    (link,) = browser.api("GET", "/api/v1/account/providers")
    assert link == {"provider": "house", "label": "House & Co", "email": house.account("anna")["email"]}
    assert "House &amp; Co" in browser.ask("GET", "/account/security").text
    answer = browser.ask("POST", "/account/security/providers/house/unlink", form={})
    assert answer.header("Location") == "/account/security?said=unlinked"
    assert browser.api("GET", "/api/v1/account/providers")[0]["email"] is None


async def test_somebody_whom_nobody_invited_is_told_so(house: House, provider: OidcProvider) -> None:
    provider.person = Person("stranger", "stranger@example.net")
    browser = Browser(house)
    answer = await asyncio.to_thread(browser.ask, "GET", await through(browser))
    assert answer.status == 403
    assert "invitation" in answer.text
    assert not browser.signed_in


async def test_another_browser_cannot_come_back_in_this_ones_place(
    house: House, provider: OidcProvider
) -> None:
    back = await through(Browser(house))
    victim = Browser(house)
    answer = await asyncio.to_thread(victim.ask, "GET", back)
    assert answer.status == 502
    assert not victim.signed_in


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/sign-in/from/house?error=access_denied", 401, "was told not to"),
        ("/sign-in/from/house?error=server_error", 502, "Start anew"),
        ("/sign-in/from/house", 502, "Start anew"),
        ("/sign-in/from/house?code=" + "x" * 5000 + "&state=%FF%00", 502, "Start anew"),
        ("/sign-in/from/nobody?code=1&state=1", 404, "not set up"),
        ("/sign-in/with/nobody", 404, "not set up"),
    ],
)
def test_whatever_comes_back_instead_is_answered_in_words(
    house: House, path: str, status: int, words: str
) -> None:
    answer = Browser(house).ask("GET", path)  # the provider does not run here
    assert answer.status == status, answer
    assert words in answer.text
    assert 'name="password"' in answer.text, "one can sign in another way at once"
