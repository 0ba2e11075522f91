"""Two sites in one server: an id of the other is answered exactly as one that nobody knows.

Nothing changes by it, either. Each place for an id in each route, and in each event, is tried; the cases are
made of the tables themselves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import pytest
from pydantic import BaseModel

from intercom.app import Server
from intercom.http.routes import Route
from intercom.signaling import wire
from tests.e2e.house import Answer, Caller, Device
from tests.world.cases import IDS, NO_IDS, filled, named_fields, own, path_names, sample, somebody_who_may
from tests.world.conftest import Populated
from tests.world.people import HERE, THERE, token

UNKNOWN = "nobody-knows-this-one"
QUIET = {"last_seen", "counted_at"}
"""Columns that change by themselves."""


def everything(populated: Populated) -> dict[str, list[dict[str, Any]]]:
    """All that the server keeps, but for what changes by itself."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in ("intercom.db", "live.db"):
        with closing(sqlite3.connect(f"file:{populated.world.data / file}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
            for table in tables:
                rows = [dict(row) for row in db.execute(f"SELECT * FROM {table}")]
                found[table] = [{k: v for k, v in row.items() if k not in QUIET} for row in rows]
    return found


def described(answer: Answer, identifier: str) -> tuple[int, str | None, str]:
    """The answer, without the id that was asked for."""
    return answer.status, answer.header("Content-Type"), answer.text.replace(identifier, "ID")


def ids_at(populated: Populated, site: str, person: str | None) -> dict[str, str]:
    """The ids at a site, with the person's own session and device there."""
    found = dict(populated.world.ids[site])
    owner = person if site == HERE else "neighbour"
    return (
        found
        | {kind: f"{kind}-of-{owner}" for kind in ("device", "session", "factor")}
        | {"call": f"call-of-{site}"}
    )


def ask(populated: Populated, route: Route, place: str, name: str, value: str) -> Answer:
    """Call the route at HERE with this id in this place and everything else as it should be."""
    person = somebody_who_may(route)
    ids = ids_at(populated, HERE, person)
    names = {each: own(ids, each) for each in path_names(route.path)}
    body = sample(route.body, ids) if route.body else None
    query = ""
    if place == "path":
        names[name] = value
    elif place == "body":
        assert body is not None
        body[name] = [value] if isinstance(body.get(name), list) else value
    else:
        query = f"?{name}={value}"
    return populated.house.ask(
        route.method,
        filled(route.path, names) + query,
        json_body=body,
        cookies=populated.cookies(person),
    )


async def test_the_id_of_another_site_is_answered_as_an_unknown_one_at_every_route(
    server: Server, populated: Populated
) -> None:
    before = everything(populated)
    faults: list[str] = []
    tried = 0
    for route in server.routes:
        person = somebody_who_may(route)
        for place, name in named_fields(route):
            foreign = ids_at(populated, THERE, person).get(IDS[name], UNKNOWN)
            theirs = described(ask(populated, route, place, name, foreign), foreign)
            unknown = described(ask(populated, route, place, name, UNKNOWN), UNKNOWN)
            tried += 1
            where = f"{route.method} {route.path}: {name} in the {place}"
            if theirs != unknown:
                faults.append(f"{where}: {theirs} is not {unknown}")
            elif place != "query" and unknown[0] not in (404, 409, 422):
                faults.append(f"{where}: neither is refused: {unknown}")
            elif place == "path" and unknown[0] != 404:
                faults.append(f"{where}: the id is not looked at: {unknown}")
            if (now := everything(populated)) != before:
                changed = [table for table in now if now[table] != before[table]]
                faults.append(f"{where}: {changed} changed")
                before = now
    assert not faults, "\n".join(faults)
    assert tried >= 3


async def test_every_name_in_a_path_is_known_to_these_tests(server: Server) -> None:
    names = {name for route in server.routes for name in path_names(route.path)}
    assert not names - set(IDS) - set(NO_IDS), "decide in cases.py whether it holds an id, and of which kind"


async def test_with_ids_of_its_own_every_page_and_list_is_there(server: Server, populated: Populated) -> None:
    """The other half: that what is refused above would have been answered."""
    missing = []
    for route in server.routes:
        if route.method == "GET" and any(name in IDS for name in path_names(route.path)):
            if set(path_names(route.path)) & ({"call", "method", "list"} | set(NO_IDS)):
                continue
            person = somebody_who_may(route)
            ids = ids_at(populated, HERE, person)
            path = filled(route.path, {name: own(ids, name) for name in path_names(route.path)})
            answer = populated.house.ask("GET", path, cookies=populated.cookies(person))
            if answer.status not in (200, 303):
                missing.append(f"{route.path} as {person}: {answer.status} {answer.text[:200]}")
    assert not missing, "\n".join(missing)


# -- events ---------------------------------------------------------------------------------------------

SDP = {"type": "offer", "sdp": "v=0\r\n"}
REST: dict[str, dict[str, Any]] = {
    "sdp": SDP,
    "candidates": {"candidates": [{"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host"}]},
    "camera": {"on": True},
    "open_door": {"request": "r" * 20},
    "silence": {"seconds": 6.0},
    "note": {"text": "I leave it at the door."},
    "block": {"hours": 1},
}
"""What each event needs beside its ids."""
ASKS_NOTHING = {"stop_waiting", "stop_looking"}
"""Events that are well whether there is something to do or not."""
EVENT_IDS = {"entry", "call", "leg", "lock", "entrance", "look"}
PLAIN = {
    "position", "attempt", "type", "sdp", "signature", "candidates", "on", "request", "dnd", "on_the_phone",
    "language", "scan", "word", "restarts", "seconds", "text", "pin", "code", "hours",
}  # fmt: skip


def id_fields(model: type[BaseModel]) -> list[str]:
    """The fields of a message that hold ids."""
    return [name for name in model.model_fields if name in EVENT_IDS]


def test_every_field_of_every_event_is_known_to_these_tests() -> None:
    for model in (*wire.PANEL_MESSAGES.values(), *wire.RESIDENT_MESSAGES.values()):
        assert not set(model.model_fields) - EVENT_IDS - PLAIN, model


@pytest.fixture
async def call_there(populated: Populated) -> AsyncIterator[dict[str, str]]:
    """A call that rings at THERE, and its ids."""
    theirs = Device(populated.house, token("neighbour"), "neighbour")
    panel = Caller(populated.house, f"key-of-{THERE}")
    await theirs.connect()
    await panel.connect()
    call = (await panel.does("ring", entry="entry-of-neighbour"))["call"]
    invite = await theirs.invited()
    yield {
        "call": call,
        "leg": invite["leg"],
        "entry": "entry-of-neighbour",
        "lock": f"lock-of-{THERE}",
        "entrance": f"entrance-of-{THERE}",
        "look": "another",
    }
    await panel.does("hang_up", call=call)
    await theirs.close()
    await panel.close()


@pytest.mark.parametrize("side", ["panel", "resident"])
async def test_the_id_of_another_site_is_answered_as_an_unknown_one_in_every_event(
    populated: Populated, call_there: dict[str, str], side: str
) -> None:
    client: Caller | Device
    if side == "panel":
        client, messages = Caller(populated.house, f"key-of-{HERE}"), wire.PANEL_MESSAGES
    else:
        client, messages = Device(populated.house, token("resident"), "resident"), wire.RESIDENT_MESSAGES
    await client.connect()
    tried = 0
    for event, model in messages.items():
        rest = dict(REST.get(event, {}))
        if side == "panel" and event == "sdp":
            rest["type"] = "answer"
        for field in id_fields(model):
            others = {other: UNKNOWN for other in id_fields(model) if other != field and other != "call"}
            if "call" in id_fields(model) and field not in ("call", "lock"):
                others["call"] = call_there["call"]
            if event == "open_door" and field == "lock":
                others.pop("call", None)
            answers = []
            for value in (call_there[field], UNKNOWN):
                ack = await client.says(event, {**others, **rest, field: value})
                assert not ack["ok"] or event in ASKS_NOTHING, (event, field, ack)
                answers.append(ack)
            assert answers[0] == answers[1], (event, field)
            tried += 1
    assert tried >= 2
    await client.close()
    # nothing of it reached the other site
    call = populated.house.stored_call(call_there["call"])
    assert call is not None
    assert call["stage"] == "calling"
    assert not populated.house.journal()


async def test_pushing_a_button_here_rings_nobody_there(
    populated: Populated, call_there: dict[str, str]
) -> None:
    panel = Caller(populated.house, f"key-of-{HERE}")
    await panel.connect()
    shown = {entry["id"] for entry in panel.ready["entries"]}
    assert shown
    assert not {name for name in shown if THERE in name or name == "entry-of-neighbour"}
    await panel.close()
