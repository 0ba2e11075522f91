"""A relay by HTTP: one request for a command, whatever becomes of it, and the truth about each."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from aiohttp import web
from yarl import URL

from intercom.access import relay, relay_form, watched
from intercom.access.catalog import Outfit, read
from intercom.access.relay import RelayCore
from intercom.domain.door import Battery, Lock, LockStatus, Refusal
from intercom.domain.errors import Invalid
from intercom.domain.ids import EntranceId, LockId, RequestId, Secret, SiteId
from intercom.ports import (
    CommandRefused,
    CommandTaken,
    CommandUnknown,
    CoreState,
    LockChanged,
    LockEvent,
    LockOpened,
)
from tests.access.relay_server import Mood, RelayServer

DOOR = Lock(LockId("door"), SiteId("s"), EntranceId("e"), "Door", 4.0, core_ref="1")
GATE = Lock(LockId("gate"), SiteId("s"), EntranceId("e"), "Gate", 4.0)
TAKEN = CommandTaken()


class Site:
    """A relay, a core in front of it, and what its locks said."""

    def __init__(self) -> None:
        self.server = RelayServer()
        self.said: list[LockEvent] = []
        self.cores: list[RelayCore] = []
        self.core: RelayCore

    async def fit(
        self, *, start: bool = True, secrets: dict[str, str] | None = None, **words: str
    ) -> RelayCore:
        words.setdefault("address", self.server.url + "/relay/{lock}?turn=on&request={request}")
        given, kept = read(relay_form.KIND.fields, words, {n: Secret(t) for n, t in (secrets or {}).items()})
        self.core = relay_form.build(Outfit(SiteId("s"), given, kept, time.time))
        self.core.keep([DOOR, GATE])
        self.core.listen(self.hears)
        self.cores.append(self.core)
        await self.core.check()
        self.said.clear()
        if start:
            await self.core.start()
        return self.core

    async def hears(self, event: LockEvent) -> None:
        self.said.append(event)

    async def unlock(self, request: str = "press", lock: LockId = DOOR.id, age: float = 0.0) -> object:
        return await self.core.unlock(lock, RequestId(request), time.time() - age)

    @property
    def opened(self) -> list[tuple[str, str | None, bool]]:
        return [(e.lock, e.request, e.asked) for e in self.said if isinstance(e, LockOpened)]

    @property
    def online(self) -> list[bool]:
        return [e.status.online for e in self.said if isinstance(e, LockChanged) and e.lock == DOOR.id]


async def until(there: Callable[[], Any], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "it never came"
        await asyncio.sleep(0.01)


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(relay, "_WAITING", 0.05)
    site = Site()
    await site.server.start()
    yield site
    for core in site.cores:
        await core.close()
    await site.server.close()


def with_status(site: Site, **words: str) -> dict[str, str]:
    return {
        "status_address": site.server.url + "/status/{lock}",
        "open": "ison = true",
        "every": "1",
        **words,
    }


# -- the command --


async def test_a_press_is_one_request_that_names_lock_and_press(site: Site) -> None:
    await site.fit()
    assert await site.unlock() == TAKEN
    (asked,) = site.server.asked
    assert (asked.method, asked.path) == ("GET", "/relay/1?turn=on&request=press")
    assert asked.headers["Connection"] == "close"


async def test_a_lock_without_a_name_there_goes_by_our_own(site: Site) -> None:
    await site.fit()
    await site.unlock(lock=GATE.id)
    assert site.server.turned == {"gate": 1}


async def test_a_body_is_filled_in_as_json_and_headers_as_lines(site: Site) -> None:
    await site.fit(
        address=site.server.url + "/relay/{lock}",
        method="POST",
        body='{"id": "{lock}", "request": "{request}", "toggle_after": {seconds}, "deep": {"on": true}}',
        secrets={"headers": "X-Key: a b:c | Idempotency-Key: {request}"},
    )
    assert await site.unlock('a "quoted" press') == TAKEN
    (asked,) = site.server.asked
    assert orjson.loads(asked.body) == {
        "id": "1", "request": 'a "quoted" press', "toggle_after": 4, "deep": {"on": True}
    }  # fmt: skip
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["X-Key"] == "a b:c"
    assert asked.headers["Idempotency-Key"] == 'a "quoted" press'


async def test_a_form_is_filled_in_as_a_form(site: Site) -> None:
    await site.fit(method="PUT", address=site.server.url + "/relay/{lock}", body="door={lock}&by={request}")
    await site.unlock("a&b=c")
    (asked,) = site.server.asked
    assert asked.body == "door=1&by=a%26b%3Dc"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"


async def test_what_is_filled_in_changes_nothing_but_its_own_place(site: Site) -> None:
    await site.fit(secrets={"headers": "X-By: {request}"})
    site.core.keep([])
    odd = Lock(LockId("odd"), SiteId("s"), EntranceId("e"), "Odd", core_ref="../admin?x=1#/ü{request}")
    site.core.keep([odd])
    await site.core.check()
    await site.unlock(lock=odd.id)
    assert site.server.asked[0].path.startswith("/relay/..%2Fadmin%3Fx%3D1%23%2F%C3%BC%7Brequest%7D?turn=on")
    assert await site.unlock("a\r\nX-Evil: 1", odd.id) == CommandRefused(Refusal.OUR_FAULT)
    assert len(site.server.asked) == 1


async def test_basic_sign_in_goes_along(site: Site) -> None:
    await site.fit(user="admin", secrets={"password": "pä:ss"})
    await site.unlock()
    word = site.server.asked[0].headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(word).decode() == "admin:pä:ss"


# -- what becomes of it --


@pytest.mark.parametrize(
    ("mood", "result", "turned"),
    [
        (Mood.WELL, TAKEN, 1),
        (Mood.SLOW, TAKEN, 1),
        (Mood.REFUSING, CommandRefused(Refusal.CORE_REFUSED), 0),
        (Mood.OFFLINE, CommandRefused(Refusal.LOCK_OFFLINE), 0),
        (Mood.RESETS_BEFORE, CommandUnknown(Refusal.NO_REPLY), 0),
        (Mood.RESETS_AFTER, CommandUnknown(Refusal.NO_REPLY), 1),
        (Mood.REDIRECTS, CommandUnknown(Refusal.NO_CONFIRMATION), 0),
        (Mood.BROKEN, CommandUnknown(Refusal.NO_CONFIRMATION), 0),
        (Mood.HUGE, TAKEN, 1),
        (Mood.NONSENSE, TAKEN, 1),
        (Mood.LATE, CommandUnknown(Refusal.NO_REPLY), 1),
        (Mood.STALLS, CommandUnknown(Refusal.NO_REPLY), 1),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_each_mood_of_a_relay_is_told_as_it_is_and_sent_once(
    site: Site, mood: Mood, result: object, turned: int, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = await site.fit(method=method)
    monkeypatch.setattr(core, "_wiring", replace(core._wiring, reply=0.6))
    site.server.mood = mood
    began = time.monotonic()
    assert await site.unlock() == result
    assert time.monotonic() - began < 3
    await asyncio.sleep(0.05)
    assert site.server.turned["1"] == turned
    assert len(site.server.asked) == 1, "a command is sent once, also when the connection breaks"
    assert site.server.elsewhere == 0


async def test_a_stricter_rule_does_not_take_nonsense_for_an_answer(site: Site) -> None:
    await site.fit(taken="2xx and ison = true")
    assert await site.unlock("one") == TAKEN
    site.server.mood = Mood.NONSENSE
    assert await site.unlock("two") == CommandUnknown(Refusal.NO_CONFIRMATION)
    site.server.mood = Mood.HUGE
    assert await site.unlock("three") == CommandUnknown(Refusal.NO_CONFIRMATION)


async def test_the_same_press_again_sends_nothing_and_tells_what_became_of_the_first(site: Site) -> None:
    await site.fit()
    site.server.moods = [Mood.SLOW, Mood.WELL]
    assert await asyncio.gather(*(site.unlock() for _ in range(100))) == [TAKEN] * 100
    assert await site.unlock() == TAKEN
    assert site.server.turned == {"1": 1}


async def test_an_old_press_is_not_sent(site: Site) -> None:
    await site.fit()
    assert await site.unlock(age=6.0) == CommandRefused(Refusal.STALE)
    assert site.server.asked == []


async def test_a_relay_that_is_off_is_certain_to_have_opened_nothing(site: Site) -> None:
    await site.fit()
    await until(lambda: site.core.status(DOOR.id).online)
    await site.server.close()
    assert await site.unlock() == CommandRefused(Refusal.LOCK_OFFLINE)
    await until(lambda: not site.core.status(DOOR.id).online)
    assert site.core.status(DOOR.id).since == pytest.approx(time.time(), abs=5)


async def test_a_press_that_nobody_waits_for_any_more_leaves_no_connection(site: Site) -> None:
    await site.fit()
    site.server.mood = Mood.LATE
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await site.unlock()
    assert await site.unlock() == CommandUnknown(Refusal.NO_REPLY), "and what became of it is not known"
    assert len(site.server.asked) == 1


async def test_no_relay_is_looked_for_where_machines_find_their_credentials(site: Site) -> None:
    core = await site.fit(address="http://169.254.169.254/latest/meta-data", start=False)
    result, _ = await core._send(URL(core._wiring.address), {}, None)
    assert result == CommandRefused(Refusal.LOCK_OFFLINE)
    with pytest.raises(OSError, match="link-local"):
        relay._socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("169.254.169.254", 80)))


async def test_a_certificate_that_nobody_vouches_for_is_refused(site: Site) -> None:
    await site.fit(address=site.server.url.replace("http:", "https:") + "/relay/{lock}", start=False)
    assert isinstance(await site.unlock(), CommandRefused)
    assert site.server.turned == {}


async def test_a_broken_word_of_a_command_that_was_refused_does_not_open_later(site: Site) -> None:
    await site.fit(**with_status(site))
    site.server.mood = Mood.REFUSING
    assert isinstance(await site.unlock(), CommandRefused)
    site.server.opens("1")
    await until(lambda: site.opened)
    assert site.opened == [("door", None, False)], "somebody else opened it"


# -- what the lock says --


async def test_a_lock_is_opened_only_when_its_status_says_so(site: Site) -> None:
    await site.fit(**with_status(site))
    await until(lambda: site.core.status(DOOR.id).online)
    assert await site.unlock() == TAKEN
    assert site.opened == []
    await until(lambda: site.opened)
    assert site.opened == [("door", "press", True)]


async def test_an_answer_may_itself_say_that_it_is_open(site: Site) -> None:
    await site.fit(opened="ison = true")
    assert await site.unlock() == TAKEN
    assert site.opened == []
    await until(lambda: site.opened)
    assert site.opened == [("door", "press", True)]


async def test_a_command_whose_answer_was_lost_is_confirmed_by_the_status(site: Site) -> None:
    await site.fit(**with_status(site))
    site.server.mood = Mood.RESETS_AFTER
    assert await site.unlock() == CommandUnknown(Refusal.NO_REPLY)
    await until(lambda: site.opened)
    assert site.opened == [("door", "press", True)]


async def test_two_presses_for_one_opening_are_both_answered(site: Site) -> None:
    await site.fit(**with_status(site))
    await asyncio.gather(site.unlock("one"), site.unlock("two"))
    await until(lambda: len(site.opened) == 2)
    assert {request for _, request, _ in site.opened} == {"one", "two"}


async def test_a_silent_lock_confirms_nothing(site: Site) -> None:
    await site.fit(**with_status(site))
    site.server.silent = True
    assert await site.unlock() == TAKEN
    polled = site.server.polled
    await until(lambda: site.server.polled > polled + 4)
    assert site.opened == []


async def test_a_door_opened_with_a_key_is_nobodys_command(site: Site) -> None:
    await site.fit(**with_status(site))
    await until(lambda: site.core.status(DOOR.id).online)
    site.server.opens("1")
    await until(lambda: site.opened)
    assert site.opened == [("door", None, False)]


async def test_a_lock_that_opens_long_after_a_command_did_not_open_by_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "WAITED_FOR", 0.1)
    await site.fit(**with_status(site))
    site.server.silent = True
    await site.unlock()
    await asyncio.sleep(0.3)
    site.server.silent = False
    await until(lambda: site.opened)
    assert site.opened == [("door", None, False)]


async def test_a_relay_that_goes_and_comes_is_told_each_time_and_nothing_opens(site: Site) -> None:
    await site.fit(start=False, **with_status(site))
    for turn in range(1000):
        site.server.online = turn % 2 == 1
        await site.core._look()
    assert site.online == [turn % 2 == 1 for turn in range(1000)]
    assert site.opened == []
    assert site.server.asked == []


async def test_held_open_and_a_weak_battery_are_told_where_the_relay_tells(site: Site) -> None:
    await site.fit(start=False, **with_status(site, held="ison = true", low="battery < 20"))
    await site.core._look()
    assert site.core.status(DOOR.id) == LockStatus(battery=Battery.OK)
    site.server.opens("1")
    await site.core._look()
    status = site.core.status(DOOR.id)
    assert status.held_open
    assert status.since == pytest.approx(time.time(), abs=5)


# -- setting it up --


async def test_a_check_says_whether_it_answers(site: Site) -> None:
    await site.fit(start=False, **with_status(site))
    report = await site.core.check()
    assert report.state is CoreState.UP
    assert report.locks[DOOR.id].online
    site.server.online = False
    report = await site.core.check()
    assert (report.state, report.why) == (CoreState.DOWN, Refusal.CORE_DOWN)
    assert not report.locks[DOOR.id].online


async def test_digest_sign_in_answers_the_question_and_sends_once_more_only_then() -> None:
    turned: list[str] = []

    async def turn(request: web.Request) -> web.Response:
        if "Authorization" not in request.headers:
            ask = 'Digest qop="auth", realm="shelly", nonce="60dc2c69", algorithm=SHA-256'
            return web.Response(status=401, headers={"WWW-Authenticate": ask})
        turned.append(request.headers["Authorization"])
        return web.json_response({"was_on": False})

    app = web.Application()
    app.router.add_get("/rpc", turn)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    site = Site()
    await site.fit(
        start=False,
        address=f"http://{host}:{port}/rpc",
        user="admin",
        sign_in="digest",
        secrets={"password": "p"},
    )
    assert await site.unlock() == TAKEN
    (word,) = turned
    assert 'username="admin"' in word
    await site.core.close()
    await runner.cleanup()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("address", "ftp://relay/"),
        ("address", "http://{lock}.example/"),
        ("address", "http://u:p@relay/"),
        ("taken", "perhaps"),
        ("taken", ""),
        ("status_address", "http://elsewhere/status"),
        ("certificate", "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----"),
        ("method", "DELETE"),
        ("every", "0"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field(site: Site, field: str, typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        await site.fit(**{field: typed})
    assert set(refused.value.details["fields"]) == {field}


@pytest.mark.parametrize("typed", ["no colon", "Host: elsewhere", "Bad Name: x", ": x", "Content-Length: 0"])
async def test_headers_that_cannot_be_are_refused(site: Site, typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        await site.fit(secrets={"headers": typed})
    assert set(refused.value.details["fields"]) == {"headers"}


async def test_no_secret_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await site.fit(user="admin", secrets={"password": "hush-hush", "headers": "X-Key: hush-hush"})
    for mood in (Mood.WELL, Mood.REFUSING, Mood.RESETS_AFTER, Mood.BROKEN):
        site.server.mood = mood
        await site.unlock(mood)
    await site.server.close()
    await site.unlock("off")
    assert "hush-hush" not in caplog.text
    assert "hush-hush" not in repr(site.core._wiring)


async def test_a_closed_core_sends_nothing_and_leaves_nothing(site: Site) -> None:
    await site.fit(**with_status(site))
    site.server.mood = Mood.LATE
    under_way: Awaitable[object] = asyncio.ensure_future(site.unlock())
    await until(lambda: site.server.asked)
    await site.core.close()
    assert await under_way == CommandUnknown(Refusal.NO_REPLY)
    assert isinstance(await site.unlock("later"), CommandRefused)
    assert len(site.server.asked) == 1
    own = ("looks at a relay", "news of a relay")
    assert not [task for task in asyncio.all_tasks() if task.get_name() in own]
