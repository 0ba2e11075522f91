"""Nasty names: wherever a name goes, each is refused in a sentence or shown harmlessly everywhere."""

from __future__ import annotations

import email
import email.policy
import functools
import json
import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from intercom.app import Server
from intercom.domain import text
from intercom.http.routes import Route
from tests.e2e.browsers import browsers
from tests.e2e.house import Caller, House, eventually
from tests.world.cases import filled, is_name, own, path_names, sample, somebody_who_may
from tests.world.names import HTML, NAMES
from tests.world.people import HERE, World, seed, token


def kept(name: str) -> str | None:
    """The name as it is kept, or None if it is refused."""
    try:
        return text.name(name)
    except ValueError:
        return None


ACCEPTED = [found for found in map(kept, NAMES) if found is not None]
NAMED = 60
"""How many things of each kind wear one of them in the house below: the worst for pages first."""
WORN = [*(n for n in ACCEPTED if n in HTML), *(n for n in ACCEPTED if n not in HTML)]
NOT_FOR_PEOPLE = {
    "email": "an address has a form of its own, and is checked for it",
    "password": "shown nowhere",
    "code": "is looked up, and shown nowhere",
    "key": "is looked up, and shown nowhere",
}
"""Fields that anything may be typed into, and why that is well."""
LIKE_A_NAME = re.compile(r"name|alias|label|title|street|city|postcode|plate|^zone$")


def name_fields(server: Server) -> Iterator[tuple[Route, str, FieldInfo]]:
    """Every field of a body that holds a name."""
    for route in server.routes:
        for name, field in (route.body.model_fields if route.body else {}).items():
            if is_name(field):
                yield route, name, field


def harmless(name: str) -> bool:
    """One line, without anything that changes how the text around it is read."""
    return len(name) <= text.NAME_LENGTH and all(
        c in "\u200c\u200d"
        or (unicodedata.category(c)[0] != "C" and unicodedata.category(c) not in ("Zl", "Zp"))
        for c in name
    )


def test_there_are_two_hundred_names_some_that_pass_and_some_that_do_not() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 200
    assert len(ACCEPTED) > 100
    assert len(NAMES) - len(ACCEPTED) > 50
    assert all(harmless(name) for name in ACCEPTED)
    assert kept("An\u202ena") is None
    assert kept("x" * 10_000) is None


async def test_every_field_that_sounds_like_a_name_is_looked_at_as_one(server: Server) -> None:
    loose = [
        f"{route.method} {route.path}: {name}"
        for route in server.routes
        for name, field in (route.body.model_fields if route.body else {}).items()
        if LIKE_A_NAME.search(name) and field.annotation is str and not is_name(field)
    ]
    assert not loose, "use Name or Label"
    assert len({name for _, name, _ in name_fields(server)}) >= 3


async def test_each_name_is_refused_in_a_sentence_or_made_harmless_by_each_field(server: Server) -> None:
    for _, name, field in {f"{type(f)}{f.metadata}": (r, n, f) for r, n, f in name_fields(server)}.values():
        adapter = TypeAdapter(field.rebuild_annotation())
        for nasty in NAMES:
            try:
                found = adapter.validate_python(nasty)
            except ValidationError as error:
                (fault,) = error.errors()
                assert fault["type"] in (
                    "value_error",
                    "string_too_long",
                    "string_too_short",
                    "string_unicode",
                ), name
            else:
                assert harmless(found), (name, nasty[:40])


# -- a house where everything is named so ----------------------------------------------------------------


@pytest.fixture(scope="module")
def masks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, World]]:
    """A house whose people, units, floors, doors, locks and panels all wear nasty names."""
    house = House(tmp_path_factory.mktemp("masks"), command="serve", ring_limit="100000 per minute")
    world = seed(house.data, names=WORN[:NAMED])
    house.start()
    yield house, world
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


def cookies(person: str | None) -> dict[str, str]:
    """What the person's browser sends, or the panel's."""
    if person is None:
        return {"intercom_panel": f"key-of-{HERE}"}
    return {"intercom_session": token(person)}


class Strict(HTMLParser):
    """Finds what somebody's name has put into a page."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._island = ""
        self._in: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        data = given.get("type") in ("application/json", "importmap")
        self._in = ("json" if data else "script") if tag == "script" else None
        self._island = ""
        if tag in ("base", "iframe", "style", "plaintext", "math", "object", "embed", "x"):
            self.faults.append(f"<{tag}>")
        if tag == "script" and not given.get("src") and not data:
            self.faults.append("<script> with content")
        for name, value in attrs:
            plain = re.sub(r"[\s\x00-\x1f]", "", value or "").casefold()
            if (
                name.startswith("on")
                or name in ("style", "srcdoc", "http-equiv")
                or not re.fullmatch(r"[a-z0-9:-]+", name)
            ):
                self.faults.append(f"<{tag} {name}>")
            if name in ("src", "href", "action", "formaction", "data") and plain.startswith(
                ("javascript:", "data:text", "//", "http")
            ):
                self.faults.append(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        if self._in is not None:
            self._island += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._in == "json":
            json.loads(self._island)
        if tag == "script" and self._in == "script" and self._island.strip():
            self.faults.append("a script's content")
        self._in = None


def looked_at(markup: str) -> list[str]:
    """What is wrong with a page."""
    strict = Strict()
    strict.feed(markup)
    strict.close()
    return strict.faults


def test_the_look_at_pages_finds_what_a_name_would_do() -> None:
    acts = re.compile(r"<(script|img|svg|iframe|base|details|source|input|style|x|meta|plaintext|math)")
    for nasty in HTML:
        if acts.search(nasty) and not nasty.startswith(("<!--", "<!")):
            assert looked_at(f"<!doctype html><p>{nasty}</p>"), nasty
    assert looked_at('<a href="javascript:pwned()">x</a>')
    assert not looked_at("<!doctype html><p>&lt;script&gt;pwned()&lt;/script&gt;</p>")


def pages(server: Server, world: World) -> Iterator[tuple[Route, str, str | None]]:
    """Each page with ids of its own and with some of the named ones, and who may see it."""
    for route in server.routes:
        if route.method != "GET" or not route.page:
            continue
        person = somebody_who_may(route)
        names = path_names(route.path)
        values = {name: own(world.ids[HERE], name) for name in names}
        yield route, filled(route.path, values), person
        for number in (0, 1, 2, 3, 17):
            named = {
                name: f"{values[name].split('-of-')[0]}-named-{number}" if name != "site" else values[name]
                for name in names
            }
            if set(names) - {"site"}:
                yield route, filled(route.path, named), person
        if route.query and "page" in route.query.model_fields:
            yield route, filled(route.path, values) + "?page=2", person
        if route.query and "q" in route.query.model_fields:
            yield route, filled(route.path, values) + "?q=%22%3E%3Cscript%3Epwned()%3C%2Fscript%3E", person


async def test_every_page_shows_them_as_text(server: Server, masks: tuple[House, World]) -> None:
    house, world = masks
    shown = 0
    for route, path, person in pages(server, world):
        for who in {person, "owner", "resident"} if person is not None else {None, "owner"}:
            answer = house.ask("GET", path, cookies=cookies(who))
            assert answer.status < 500, (path, who)
            assert not answer.header("X-Injected")
            if "html" in (answer.header("Content-Type") or ""):
                assert not looked_at(answer.text), (route.path, path, who)
                shown += "&lt;script&gt;pwned()" in answer.text
    assert shown >= 3, "no page shows a name that would have been a script"


async def test_whatever_is_typed_into_any_field_is_answered_in_words(
    server: Server, masks: tuple[House, World]
) -> None:
    """Each field in turn gets the next of the names, so that all of them are typed somewhere."""
    house, world = masks
    turn = 0
    accepted = 0
    for route, field, _ in name_fields(server):
        assert route.body is not None
        person = somebody_who_may(route)
        ids = world.ids[HERE]
        path = filled(route.path, {name: own(ids, name) for name in path_names(route.path)})
        for _ in range(5):
            nasty = NAMES[turn % len(NAMES)]
            turn += 1
            body = {**sample(route.body, ids), field: nasty}
            answer = house.ask(route.method, path, json_body=body, cookies=cookies(person))
            assert answer.status < 500, (route.path, field, nasty[:60], answer)
            assert not answer.header("X-Injected")
            accepted += answer.status < 400
            if answer.status == 422 and not route.page and answer.json["code"] == "invalid":
                assert all(answer.json["details"]["fields"].values()), answer
            if "html" in (answer.header("Content-Type") or ""):
                assert not looked_at(answer.text), (route.path, field, nasty[:60])
    assert accepted > 0
    assert turn > len(NAMES) or turn == 0, "so few fields that not every name was typed"


async def test_letters_with_them_have_no_header_and_no_mark_up_of_theirs(masks: tuple[House, World]) -> None:
    house, world = masks
    for number, name in enumerate(WORN[:8]):
        somebody = {
            "email": f"letter.{number}@example.org",
            "first_name": name,
            "last_name": name,
            "unit": world.here("unit"),
        }
        path = f"/api/v1/sites/{HERE}/residents"
        added = house.ask("POST", path, json_body=somebody, cookies=cookies("owner"))
        assert added.status == 201, added
    files = await eventually(lambda: [*(house.data / "mail").rglob("*.eml")], "a letter to somebody")
    for file in files:
        letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert letter["X-Injected"] is None
        assert letter["Bcc"] is None
        assert len(letter.get_all("To", [])) == len(letter.get_all("Subject", [])) == 1
        page = letter.get_body(("html",))
        if page is not None:
            assert not re.search(r"<[^>]*pwned|<script", page.get_content()), file


async def test_panels_are_told_names_that_are_only_text(masks: tuple[House, World]) -> None:
    house, _ = masks
    panel = Caller(house, f"key-of-{HERE}")
    await panel.connect()
    names = {entry["name"] for entry in panel.ready["entries"]}
    assert any("pwned" in name for name in names)
    assert all(harmless(name) or len(name) <= 2 * text.NAME_LENGTH + 1 for name in names)
    await panel.close()


@pytest.mark.browser
async def test_in_a_browser_nothing_of_them_runs(server: Server, masks: tuple[House, World]) -> None:
    house, world = masks
    async with browsers(house) as screens:
        ran: list[str] = []
        done = 0
        for person in ("owner", None):
            # the browser's own guard is switched off: nothing may run even without it
            screen = await screens.screen(bypass_csp=True)
            await screen.page.expose_function("pwned", functools.partial(ran.append, str(person)))
            await screen.page.context.add_cookies(
                [{"name": name, "value": value, "url": house.base} for name, value in cookies(person).items()]
            )
            seen: set[str] = set()
            for route, path, who in pages(server, world):
                wanted = who is None if person is None else who is not None
                if not wanted or route.path in seen or "{token}" in route.path:
                    continue
                seen.add(route.path)
                answer = house.ask("GET", path, cookies=cookies(person))
                if answer.status == 200 and "html" in (answer.header("Content-Type") or ""):
                    await screen.page.goto(house.base + path)
                    done += 1
            await screen.page.goto(house.base + ("/panel" if person is None else "/"))
            await screen.page.wait_for_timeout(300)
        assert done > 5
        assert not ran
