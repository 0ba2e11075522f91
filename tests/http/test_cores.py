"""The access core of a site: chosen on a page or by the API, set up step by step, kept over a restart."""

from __future__ import annotations

import asyncio
import html
import threading
from collections.abc import Iterator

import pytest

from intercom.config import load
from intercom.doctor import verdicts
from tests.access.ks_server import Iq, KsLock, KsServer
from tests.e2e.house import Answer, House

AT, API = "/admin/birkenhof/core", "/api/v1/sites/birkenhof/core"
SECRET = "client-secret-of-the-tests"


@pytest.fixture(scope="module")
def salto() -> Iterator[KsServer]:
    """A Salto KS in a thread of its own: the house's clients here wait without a loop."""
    server = KsServer(client_secret=SECRET)
    server.iqs = {"hall": Iq("hall", "Hall"), "yard": Iq("yard", "Yard", otp=False)}
    server.locks = {
        "ks-street": KsLock("ks-street", "Street & door", "hall"),
        "ks-gate": KsLock("ks-gate", "Gate", "yard"),
    }
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    yield server
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="module")
def own_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("cores") / "house")
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


def call(house: House, method: str, path: str, body: object = None, who: str = "marta") -> Answer:
    return house.ask(method, path, json_body=body, cookies=house.as_(who))


def send(house: House, path: str, who: str = "marta", **form: str) -> Answer:
    return house.ask("POST", path, form=form, cookies=house.as_(who))


def settings(salto: KsServer) -> dict[str, str]:
    return {
        "api": salto.url,
        "identity": salto.url,
        "stream": salto.url,
        "site": salto.site,
        "client_id": salto.client_id,
    }


@pytest.fixture
def chosen(own_house: House, salto: KsServer) -> Iterator[House]:
    """The house with Salto KS; afterwards with the built-in core again."""
    body = {"kind": "saltoks", "settings": settings(salto), "secrets": {"client_secret": SECRET}}
    assert call(own_house, "PUT", API, body).status == 200
    yield own_house
    assert call(own_house, "PUT", API, {"kind": "builtin"}).status == 200


def test_a_site_has_the_built_in_core_until_another_is_chosen(own_house: House) -> None:
    told = call(own_house, "GET", API).json
    assert (told["kind"], told["settings"], told["secrets"]) == ("builtin", {}, {})
    assert {"builtin", "saltoks"} <= {kind["name"] for kind in told["kinds"]}
    report = call(own_house, "POST", f"{API}/check", {}).json
    assert report["state"] == "up"
    assert all(lock["online"] for lock in report["locks"].values())


def test_credentials_are_the_owners_alone(own_house: House, salto: KsServer) -> None:
    body = {"kind": "saltoks", "settings": settings(salto), "secrets": {"client_secret": SECRET}}
    for who, status in (("jonas", 403), ("anna", 403)):
        assert call(own_house, "PUT", API, body, who).status == status
        assert send(own_house, f"{AT}/kinds/builtin", who).status == status
        assert send(own_house, f"{AT}/steps/fetch-hall", who).status == status
    page = own_house.ask("GET", AT, cookies=own_house.as_("jonas"))
    assert page.status == 200
    assert "Only the owner chooses" in page.text
    assert "client_secret" not in page.text
    assert call(own_house, "GET", API).json["kind"] == "builtin"


def test_a_secret_goes_in_and_never_comes_out(chosen: House, salto: KsServer) -> None:
    told = call(chosen, "GET", API)
    assert list(told.json["secrets"]) == ["client_secret"]
    page = chosen.ask("GET", f"{AT}?check=yes", cookies=chosen.as_("marta")).text
    assert "Set: " in html.unescape(page)
    (row,) = chosen.rows("intercom.db", "SELECT * FROM access_cores")
    for seen in (told.text, page, str(dict(row)), chosen.log.read_text()):
        assert SECRET not in seen
    assert salto.client_id in row["settings"]


def test_a_form_sent_without_the_secret_keeps_it(chosen: House, salto: KsServer) -> None:
    before = call(chosen, "GET", API).json["secrets"]
    words = {**settings(salto), "client_secret": "", "left_open_seconds": "60"}
    assert send(chosen, f"{AT}/kinds/saltoks", **words).status == 303
    told = call(chosen, "GET", API).json
    assert told["secrets"] == before
    assert told["settings"]["left_open_seconds"] == "60"
    assert call(chosen, "POST", f"{API}/check", {}).json["state"] == "unfinished", "its secret is good"


def test_a_form_that_cannot_be_is_shown_again_and_changes_nothing(chosen: House, salto: KsServer) -> None:
    words = {**settings(salto), "client_secret": "TYPED-SECRET", "api": "ftp://nowhere", "scope": ""}
    answer = send(chosen, f"{AT}/kinds/saltoks", **words)
    assert answer.status == 422
    assert 'value="ftp://nowhere"' in answer.text
    assert 'id="f-api-error"' in answer.text
    assert "TYPED-SECRET" not in answer.text
    assert call(chosen, "GET", API).json["settings"]["api"] == salto.url


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": ""},
        {"kind": "nosuch"},
        {"kind": "saltoks"},
        {"kind": "builtin", "settings": {"self": "x", "message": "y"}},
        {"kind": "builtin", "secrets": {"client_secret": "x"}},
        {"kind": "builtin", "settings": {"a": 1}},
        {"kind": "builtin", "settings": []},
        {"kind": "saltoks", "settings": {"site": "../..", "api": "x"}, "secrets": {}},
        {"kind": "saltoks", "settings": {"site": "x" * 30000}, "secrets": {"client_secret": "x"}},
    ],
)
def test_bad_settings_are_refused_in_words(own_house: House, body: object) -> None:
    answer = call(own_house, "PUT", API, body)
    assert (answer.status, answer.json["code"]) == (422, "invalid"), answer
    assert call(own_house, "GET", API).json["kind"] == "builtin"


def test_bad_forms_of_the_page_are_no_faults_of_ours(own_house: House) -> None:
    assert send(own_house, f"{AT}/kinds/nosuch").status == 422
    assert send(own_house, f"{AT}/kinds/builtin", self="x", message="y", ask="z").status == 422
    assert send(own_house, f"{AT}/steps/nosuch").status == 404
    assert send(own_house, f"{AT}/locks/nosuch", ref="x").status == 404
    assert own_house.ask("GET", f"{AT}?kind=nosuch", cookies=own_house.as_("marta")).status == 200
    assert own_house.ask("GET", "/admin/elsewhere/core", cookies=own_house.as_("marta")).status == 404


def test_salto_ks_is_set_up_on_the_page_and_works_after_a_restart(chosen: House, salto: KsServer) -> None:
    offered = call(chosen, "GET", f"{API}/locks").json
    assert [one["ref"] for one in offered] == ["ks-street", "ks-gate"]
    (lock,) = chosen.rows("intercom.db", "SELECT id FROM locks WHERE name='Street door'")
    assert send(chosen, f"{AT}/locks/{lock['id']}", "jonas", ref="ks-street").status == 303
    page = html.unescape(chosen.ask("GET", f"{AT}?check=yes", cookies=chosen.as_("marta")).text)
    assert '<option value="ks-street" selected>Hall: Street & door' in page
    assert send(chosen, f"{AT}/steps/fetch-hall").status == 303
    wrong = send(chosen, f"{AT}/steps/confirm-hall", pin="1111")
    assert wrong.status == 422
    assert "did not take this PIN" in wrong.text
    assert send(chosen, f"{AT}/steps/confirm-hall", pin=salto.mails[-1]).status == 303
    report = call(chosen, "POST", f"{API}/check", {}).json
    assert all(step["done"] for step in report["steps"])
    assert report["locks"][lock["id"]]["trouble"] is None
    secret = salto.iqs["hall"].secret
    assert secret
    (row,) = chosen.rows("intercom.db", "SELECT * FROM access_cores")
    assert secret not in str(dict(row))
    chosen.close()
    chosen.start()
    report = call(chosen, "POST", f"{API}/check", {}).json
    assert report["locks"][lock["id"]]["trouble"] is None, "the sealed state is back"
    said = chosen.ask("GET", "/admin/birkenhof/log", cookies=chosen.as_("marta")).text
    assert "Access core chosen: Salto KS" in said
    assert secret not in chosen.log.read_text()


def test_a_key_that_does_not_fit_opens_nothing_rather_than_pretending(chosen: House) -> None:
    key = chosen.data / "server.key"
    kept = key.read_bytes()
    chosen.close()
    key.unlink()
    chosen.start()
    report = call(chosen, "POST", f"{API}/check", {}).json
    assert report["state"] == "unfinished"
    assert not any(lock["online"] for lock in report["locks"].values())
    chosen.close()
    key.write_bytes(kept)
    chosen.start()


def said_by_doctor(house: House) -> tuple[bool, str]:
    (found,) = [said for said in verdicts(load(None, data=house.data)) if "access core" in said[1]]
    return found


def test_the_doctor_asks_each_core(own_house: House, salto: KsServer) -> None:
    assert said_by_doctor(own_house)[0]
    body = {"kind": "saltoks", "settings": settings(salto), "secrets": {"client_secret": SECRET}}
    assert call(own_house, "PUT", API, body).status == 200
    well, words = said_by_doctor(own_house)
    assert not well
    assert "Birkenhof (Salto KS) is not set up to the end" in words
    body["secrets"] = {"client_secret": "wrong"}
    assert call(own_house, "PUT", API, body).status == 200
    well, words = said_by_doctor(own_house)
    assert not well
    assert "refuses us" in words
    assert "wrong" in words, "what to look at"
    assert call(own_house, "PUT", API, {"kind": "builtin"}).status == 200
    assert said_by_doctor(own_house)[0]


def test_the_page_speaks_the_readers_language(own_house: House) -> None:
    page = own_house.ask(
        "GET",
        f"{AT}?kind=saltoks&check=yes",
        cookies={**own_house.as_("marta"), "language": "de"},
        headers={"Accept-Language": "de"},
    )
    text = html.unescape(page.text)
    for words in (
        "Eingebaut: simulierte Schlösser",
        "Adresse des Ereignisstroms",
        "Der Hersteller nennt sie",
        "Ab jetzt verwenden: Salto KS",
        "Antwortet",
    ):
        assert words in text
