"""Panels from their code to their end: paired once, moved, revoked, cloned, missed when they are gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from socketio.exceptions import ConnectionError as Unreachable

from intercom.config import Settings
from intercom.domain.ids import Secret
from tests.e2e.house import Answer, Caller, House, Message, eventually, fresh_address

SITE = "/api/v1/sites/birkenhof"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("panels") / "house")
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


def api(house: House, method: str, path: str, body: object = None) -> Answer:
    return house.ask(method, SITE + path, json_body=body, cookies=house.as_("marta"))


def id_of(house: House, key: str) -> str:
    (row,) = house.rows("intercom.db", "SELECT id FROM panels WHERE key_hash=?", Secret(key).digest())
    return str(row["id"])


def count(house: House) -> int:
    return int(house.rows("intercom.db", "SELECT count(*) AS n FROM panels")[0]["n"])


def second_entrance(house: House, name: str) -> str:
    return str(api(house, "POST", "/entrances", {"name": name}).json["id"])


def events(house: House, action: str) -> list[Message]:
    return [dict(row) for row in house.rows("intercom.db", "SELECT * FROM events WHERE action=?", action)]


def own(house: House, path: str, key: str, body: object) -> Answer:
    """What a panel's own page asks."""
    cookies = {"intercom_panel": key}
    return house.ask("POST", f"/api/v1/panels/{path}", json_body=body, cookies=cookies)


# -- codes and keys --


async def test_a_thousand_reuses_and_guesses_make_no_panel(house: House) -> None:
    used = house.pairing_code("street")
    assert house.enroll(used).status == 200
    house.pairing_code("street")  # one that would fit is there all the time
    before = count(house)
    statuses: dict[int, int] = {}
    for number in range(1000):
        address = fresh_address() if number % 10 == 0 else address  # noqa: F821 - ten tries from each address
        typed = used if number % 2 else f"{number:05}-{number:05}"
        status = house.enroll(typed, address=address).status
        statuses[status] = statuses.get(status, 0) + 1
    assert statuses == {422: 500, 429: 500}
    assert count(house) == before


async def test_a_key_is_good_for_its_own_entrance_and_nothing_else(house: House) -> None:
    key = house.new_panel()
    async with house.people() as people:
        panel = Caller(house, key)
        people.clients.append(panel)
        await panel.connect()
        await panel.is_refused("ring", "unknown_entry", entry="no-such-entry")
        assert panel.ready["entrance"]["id"] == "street"
    for method, path in (
        ("GET", "/panels"),
        ("GET", "/entrances"),
        ("DELETE", f"/panels/{id_of(house, key)}"),
    ):
        for cookies in ({"intercom_panel": key}, {"intercom_session": key}):
            assert house.ask(method, SITE + path, cookies=cookies).status == 401, (method, path)


async def test_a_revoked_panel_is_cut_within_two_seconds_and_never_comes_back(house: House) -> None:
    """A hundred of them."""
    longest = 0.0
    async with house.people() as people:
        for number in range(100):
            key = f"key-number-{number}"
            house.change(
                "intercom.db",
                "INSERT INTO panels (id, entrance, name, key_hash, enrolled_at) VALUES (?, ?, ?, ?, 0)",
                *(f"p{number}", "street", "Panel", Secret(key).digest()),
            )
            panel = Caller(house, key)
            people.clients.append(panel)
            await panel.connect()
            began = time.monotonic()
            answer = await asyncio.to_thread(api, house, "DELETE", f"/panels/{id_of(house, key)}")
            assert answer.status == 204
            await panel.ended(2.0)
            longest = max(longest, time.monotonic() - began)
            with pytest.raises(Unreachable):
                await panel.connect()
            assert panel.refusal is not None
            assert panel.refusal["code"] == "not_enrolled"
            people.clients.remove(panel)
    assert longest < 2.0


# -- moving --


async def test_a_panel_that_moves_shows_its_new_home_on_the_same_socket(house: House) -> None:
    gate = second_entrance(house, "Garden gate")
    key = house.new_panel()
    async with house.people() as people:
        panel = Caller(house, key)
        people.clients.append(panel)
        await panel.connect()
        began = time.monotonic()
        answer = await asyncio.to_thread(
            api, house, "PUT", f"/panels/{id_of(house, key)}/entrance", {"entrance": gate}
        )
        assert (answer.status, answer.json["entrance"]) == (200, gate)
        ready = await panel.gets("ready")
        assert time.monotonic() - began < 2.0
        assert ready["entrance"] == {"id": gate, "name": "Garden gate"}
        assert panel.connected
        assert not panel.unread("replaced")
        anna = await people.device("anna")
        await panel.rings("Anna Lind")
        assert (await anna.invited())["entrance"]["name"] == "Garden gate"
        await panel.hangs_up()
    assert [event["subject"] for event in events(house, "panel_moved")] == ["Panel"]
    assert events(house, "panel_cloned") == []


async def test_a_panel_does_not_move_while_it_rings_and_never_to_another_site(house: House) -> None:
    yard = second_entrance(house, "Bicycle yard")
    key = house.new_panel()
    path = f"/panels/{id_of(house, key)}/entrance"
    async with house.people() as people:
        panel = Caller(house, key)
        people.clients.append(panel)
        await panel.connect()
        await people.device("anna")
        await panel.rings("Anna Lind")
        refused = await asyncio.to_thread(api, house, "PUT", path, {"entrance": yard})
        assert (refused.status, refused.json["code"]) == (409, "not_now")
        assert "Move it when the call is over" in refused.json["detail"]
        form = {"entrance": yard}
        at = f"/admin/birkenhof/entrances/street/panels/{id_of(house, key)}/move"
        page = await asyncio.to_thread(house.ask, "POST", at, form=form, cookies=house.as_("marta"))
        assert page.status == 422
        assert "Move it when the call is over" in page.text
        await panel.hangs_up()
        await panel.hears("ended")
        assert api(house, "PUT", path, {"entrance": "no-such-entrance"}).status == 404
        page = await asyncio.to_thread(house.ask, "POST", at, form=form, cookies=house.as_("marta"))
        assert (page.status, page.header("Location")) == (
            303,
            f"/admin/birkenhof/entrances/{yard}?said=panel_moved",
        )


# -- two devices with one key --


async def test_a_cloned_key_is_noted_once_and_shown_on_the_overview(house: House) -> None:
    key = house.new_panel()
    async with house.people() as people:
        one, other = Caller(house, key, "one"), Caller(house, key, "other")
        people.clients += [one, other]
        await one.connect()
        for _ in range(4):
            for coming, going in ((other, one), (one, other)):
                await coming.connect()
                await going.ended()
                assert going.heard[-1][0] == "replaced"
        (event,) = events(house, "panel_cloned")
        assert (event["actor"], event["subject"]) == (None, "Panel")
        shown = api(house, "GET", "/overview").json["attention"]
        (alert,) = [each for each in shown if each["need"] == "panel_cloned"]
        assert alert["text"] == "Two devices use the key of Street door: Panel"


# -- the way out of its page --


async def test_a_page_is_left_by_the_pin_with_five_tries_and_signed_off_by_it(house: House) -> None:
    key = house.new_panel()
    panel = id_of(house, key)
    assert own(house, "leave", key, {}).json == {"open": True, "asks": False, "left": None}
    assert api(house, "PUT", f"/panels/{panel}/pin", {"pin": "1234"}).status == 422
    assert api(house, "PUT", f"/panels/{panel}/pin", {"pin": "270415"}).json["pin"] is True
    assert own(house, "leave", key, {}).json == {"open": False, "asks": True, "left": None}
    assert own(house, "leave", key, {"pin": "270415"}).json["open"] is True
    assert own(house, "sign-off", key, {"pin": ""}).status == 403
    for left in (4, 3, 2, 1):
        assert own(house, "leave", key, {"pin": "555551"}).json == {"open": False, "asks": True, "left": left}
    assert own(house, "leave", key, {"pin": "555551"}).json["left"] == 0
    assert own(house, "leave", key, {"pin": "270415"}).status == 429
    assert own(house, "sign-off", key, {"pin": "270415"}).status == 429
    assert own(house, "leave", "no-such-key", {}).status == 401
    form = {"pin": ""}
    at = f"/admin/birkenhof/entrances/street/panels/{panel}/pin"
    assert house.ask("POST", at, form=form, cookies=house.as_("marta")).status == 303
    async with house.people() as people:
        caller = Caller(house, key)
        people.clients.append(caller)
        await caller.connect()
        answer = await asyncio.to_thread(own, house, "sign-off", key, {})
        assert answer.status == 204
        assert "Max-Age=0" in str(answer.set_cookies())
        await caller.ended(2.0)
    assert [event["actor"] for event in events(house, "panel_signed_off")] == [None]


# -- missed --

PANEL_PROGRAM = """
import asyncio, sys, socketio
async def main():
    sio = socketio.AsyncClient()
    sio.on("ready", lambda _: print("ready", flush=True), namespace="/panel")
    await sio.connect(sys.argv[1], auth={"key": sys.argv[2]}, namespaces=["/panel"], transports=["websocket"])
    await asyncio.sleep(3600)
asyncio.run(main())
"""


class Mailbox:
    """A mail server that takes everything; `letters` with when they came (monotonic)."""

    def __init__(self) -> None:
        self.letters: list[tuple[float, str, str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=default)
        body = letter.get_body(("plain",))
        assert body is not None
        self.letters.append((time.monotonic(), str(letter["Subject"]), body.get_content()))
        return "250 OK"


@contextlib.asynccontextmanager
async def mailbox() -> AsyncIterator[tuple[Mailbox, int]]:
    box, loop = Mailbox(), asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", 0)
    yield box, listening.sockets[0].getsockname()[1]
    listening.close()


HEARTBEAT, LETTER = 1.0, 2.5
"""A tenth of the real ones."""


@contextlib.contextmanager
def machine(house: House, key: str) -> Iterator[subprocess.Popen[bytes]]:
    """A panel in a process of its own, connected."""
    process = subprocess.Popen([sys.executable, "-c", PANEL_PROGRAM, house.base, key], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
        process.stdout.close()


async def test_machines_that_stop_without_a_word_are_told_in_one_letter(tmp_path: Path) -> None:
    async with mailbox() as (box, port):
        house = House(
            tmp_path / "house",
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_tls="none",
            heartbeat_seconds=HEARTBEAT,
            panel_letter_seconds=LETTER,
        )
        await asyncio.to_thread(house.start)
        try:
            keys = [house.new_panel(), house.new_panel()]
            with contextlib.ExitStack() as stack:
                machines = [
                    stack.enter_context(await asyncio.to_thread(lambda k=k: machine(house, k))) for k in keys
                ]
                await asyncio.sleep(2 * HEARTBEAT)
                assert box.letters == []
                for one in machines:
                    os.kill(one.pid, signal.SIGSTOP)
                stopped = time.monotonic()
                most = 3 * HEARTBEAT + LETTER + 3.0
                await eventually(lambda: box.letters, "a letter about the panels", most)
                took = box.letters[0][0] - stopped
                assert 0.5 * HEARTBEAT + LETTER < took < most
                for one in machines:
                    os.kill(one.pid, signal.SIGCONT)
                await asyncio.sleep(LETTER + 3 * HEARTBEAT)
            subjects = [subject for _, subject, _ in box.letters]
            assert subjects == ["2 panels of Birkenhof 12 are offline"] * len(subjects)
            assert len(subjects) == len(set(readers(house)))
            text = box.letters[0][2]
            assert text.count("Street door: Panel") == 2
            assert re.search(r"No connection since .*\d\d:\d\d", text)
        finally:
            await asyncio.to_thread(house.close)


def readers(house: House) -> list[str]:
    rows = house.rows(
        "intercom.db",
        "SELECT a.email FROM memberships m JOIN accounts a ON a.id=m.account "
        "WHERE m.role IN ('owner', 'admin') AND m.standing='active'",
    )
    return [row["email"] for row in rows]


def test_by_default_a_dead_machine_is_told_within_a_minute() -> None:
    settings = Settings()
    assert 2 * settings.heartbeat_seconds <= 35
    assert 2 * settings.heartbeat_seconds + settings.panel_letter_seconds + 2 < 60
