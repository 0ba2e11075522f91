"""Salto KS: one submission for each press, the right sentence for each answer, the lock's own word."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from intercom.access.saltoks.answers import Reply, meaning
from intercom.access.saltoks.code import code
from intercom.access.saltoks.core import Pace
from intercom.access.saltoks.entries import Confirmations, Entry
from intercom.access.saltoks.hubs import PAUSE
from intercom.domain.door import Battery, Refusal
from intercom.domain.errors import Invalid, NotFound, TryLater
from intercom.domain.ids import LockId, RequestId, Secret
from intercom.ports import (
    CommandRefused,
    CommandTaken,
    CommandUnknown,
    CoreState,
    Need,
)
from tests.access.ks_server import BLOCK_AFTER, Planned
from tests.access.ks_site import DOOR, GATE, PACE, KsSite

TAKEN = CommandTaken()


@pytest.fixture
async def site() -> AsyncIterator[KsSite]:
    site = KsSite()
    await site.server.start()
    yield site
    await site.close()


@pytest.mark.parametrize(
    ("moment", "secret", "pin", "expected"),
    [
        ("20270301083005", "q7Wm2ZtXc9LbRf4K", "4071", "6626e"),
        ("20261231235959", "0123456789abcdef", "0000", "923fa"),
        ("20280229120000", "ABCDEFGHJKLMNPQR", "9999", "380d5"),
    ],
)
def test_the_code_is_the_vendors(moment: str, secret: str, pin: str, expected: str) -> None:
    at = datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    assert code(at, Secret(secret), Secret(pin)) == Secret(expected)


# -- the way ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "polling"])
async def test_an_opening_is_taken_and_confirmed_once(site: KsSite, stream: bool) -> None:
    await site.ready(stream=stream)
    assert await site.press() == TAKEN
    await site.until(lambda: bool(site.opened))
    await asyncio.sleep(2 * PACE.look)
    (told,) = site.opened
    assert (told.lock, told.request, told.asked) == (DOOR.id, "press", True)
    assert told.event == site.server.entries[0]["id"]
    assert abs(told.at - site.now()) < 5
    assert len(site.server.turned) == len(site.server.sent) == 1
    assert site.server.sent[0]["locked_state"] == "unlocked"


async def test_a_hub_without_codes_gets_none(site: KsSite) -> None:
    await site.fit()
    assert await site.press(lock=GATE) == TAKEN
    assert site.server.sent == [{"locked_state": "unlocked"}]


async def test_a_press_that_comes_again_is_one_submission(site: KsSite) -> None:
    await site.ready()
    site.server.always = Planned(after=0.05)
    assert await asyncio.gather(*(site.press() for _ in range(100))) == [TAKEN] * 100
    assert await site.press() == TAKEN
    assert len(site.server.sent) == len(site.server.turned) == 1


async def test_an_old_press_is_not_sent(site: KsSite) -> None:
    await site.ready()
    assert await site.press(age=6) == CommandRefused(Refusal.STALE)
    assert site.server.sent == []


async def test_two_presses_are_confirmed_one_by_one(site: KsSite) -> None:
    await site.ready()
    await site.press("first")
    await site.press("second")
    await site.until(lambda: len(site.opened) == 2)
    assert [told.request for told in site.opened] == ["first", "second"]


def heard(confirmations: Confirmations, at: float, id: str, now: float) -> str | None:
    told = confirmations.heard(Entry(id, "ks", at, remote=True), DOOR.id, 0.0, now)
    return None if told is None else (told.request or "unasked")


def test_an_entry_is_that_of_the_command_just_before_it() -> None:
    waiting = Confirmations()
    for request, at in (("lost", 100.0), ("unknown", 110.0)):
        waiting.leaves(DOOR.id, RequestId(request), at)
    waiting.taken(RequestId("lost"), 101.0)
    waiting.unknown(RequestId("unknown"), 111.0)
    assert heard(waiting, 110.0, "a", 112.0) == "unknown"
    assert heard(waiting, 118.0, "b", 119.0) == "lost"
    assert heard(waiting, 118.0, "b", 119.0) is None, "told already"
    assert heard(waiting, 118.0, "c", 119.0) == "unasked"


def test_an_entry_is_held_back_until_its_command_is_worth_something() -> None:
    for settle, expected in (("taken", "press"), ("unknown", "press"), ("refused", None)):
        waiting = Confirmations()
        waiting.leaves(DOOR.id, RequestId("press"), 100.0)
        assert heard(waiting, 100.0, "a", 100.5) is None
        (told,) = getattr(waiting, settle)(RequestId("press"), 101.0)
        assert (told.request, told.asked) == (expected, expected is not None)


def test_an_entry_long_after_a_command_or_before_it_is_not_its() -> None:
    for at in (94.0, 121.0):
        waiting = Confirmations()
        waiting.leaves(DOOR.id, RequestId("press"), 100.0)
        waiting.taken(RequestId("press"), 100.5)
        assert heard(waiting, at, "a", 125.0) == "unasked"
    assert waiting.waits(190.0)
    assert not waiting.waits(190.1)


# -- the token --------------------------------------------------------------------------------------


async def test_a_token_is_renewed_once_and_the_request_replayed_once_with_the_same_code(
    site: KsSite,
) -> None:
    await site.ready(pace=replace(PACE, look=60.0))
    made = site.server.tokens_made
    site.server.forget_tokens()
    assert await site.press() == TAKEN
    assert site.server.tokens_made == made + 1
    assert site.server.asked.count("PATCH /v1.1/sites/5a17-site/locks/ks-door/locking") == 2
    assert len(site.server.turned) == 1


async def test_a_token_that_is_never_taken_is_asked_for_no_more_than_twice(site: KsSite) -> None:
    await site.ready(pace=replace(PACE, look=60.0))
    made = site.server.tokens_made
    site.server.always = Planned(401, 1500, "Unauthorized request")
    assert await site.press() == CommandRefused(Refusal.OUR_FAULT)
    assert site.server.tokens_made == made + 1
    assert len(site.server.sent) == 2
    assert site.core.status(DOOR.id).trouble is Refusal.OUR_FAULT


async def test_twenty_requests_without_a_token_make_one(site: KsSite) -> None:
    await site.fit()
    await asyncio.gather(*(site.press(f"p{n}", GATE) for n in range(20)))
    assert site.server.tokens_made == 1


async def test_wrong_credentials_are_said_and_send_nothing(site: KsSite) -> None:
    core = await site.fit(client_secret="wrong")
    assert await site.press() == CommandRefused(Refusal.OUR_FAULT)
    report = await core.check()
    assert (report.state, report.why) == (CoreState.DENIED, Refusal.OUR_FAULT)
    assert report.detail
    assert site.server.sent == []


# -- the table of answers -----------------------------------------------------------------------------

_NO, _UNKNOWN = CommandRefused, CommandUnknown
TABLE = [
    (Planned(400, 3102, "otp_invalid"), _NO(Refusal.OTP_INVALID)),
    (Planned(404, 2202, "Otp is invalid"), _NO(Refusal.OTP_INVALID)),
    (Planned(403, 2203), _NO(Refusal.NOT_ALLOWED)),
    (Planned(403, 3103), _NO(Refusal.NOT_ALLOWED)),
    (Planned(403, 2212), _NO(Refusal.NO_SUBSCRIPTION)),
    (Planned(400, 2210), _NO(Refusal.NOT_RELEASED)),
    (Planned(400, 3105), _NO(Refusal.LOCK_OFFLINE)),
    *(
        (Planned(status, 3102, "iq error"), _UNKNOWN(Refusal.NO_REPLY))
        for status in (408, 404, 400, 403, 500)
    ),
    *((Planned(400, number), _NO(Refusal.OUR_FAULT)) for number in (1100, 1101, 1102)),
    (Planned(404, 3104), _NO(Refusal.OUR_FAULT)),
    (Planned(500, 2201), _UNKNOWN(Refusal.CORE_DOWN)),
    (Planned(500, 3101), _UNKNOWN(Refusal.CORE_DOWN)),
    (Planned(500, 3201), _UNKNOWN(Refusal.CORE_DOWN)),
    (Planned(429), _UNKNOWN(Refusal.CORE_DOWN)),
    (Planned(502), _UNKNOWN(Refusal.CORE_DOWN)),
    (Planned(302), _UNKNOWN(Refusal.CORE_DOWN)),
    (Planned(408), _UNKNOWN(Refusal.NO_REPLY)),
    (Planned(404), _UNKNOWN(Refusal.NO_REPLY)),
    *(
        (Planned(400, number), _NO(Refusal.OUR_FAULT))
        for number in (1501, *range(2204, 2210), *range(2213, 2224), 4101, 4201)
    ),
]


@pytest.mark.parametrize(
    ("planned", "expected"), TABLE, ids=[f"{one.status}-{one.code}-{one.word}" for one, _ in TABLE]
)
async def test_each_answer_of_the_table_has_its_outcome(
    site: KsSite, planned: Planned, expected: object
) -> None:
    await site.ready()
    site.server.planned.append(planned)
    assert await site.press() == expected
    assert len(site.server.sent) == 1, "nothing is tried again by itself"
    assert site.server.turned == []
    assert site.opened == []


@pytest.mark.parametrize(
    "body",
    [
        {"ErrorCode": 2203},
        {"error": {"code": "2203", "message": "no"}},
        {"code": 2203},
        {"error_code": "2203"},
        {"errorCode": 2203, "details": None},
    ],
)
def test_the_vendors_number_is_found_wherever_it_stands(body: object) -> None:
    assert meaning(Reply(403, body)).result == CommandRefused(Refusal.NOT_ALLOWED)


@pytest.mark.parametrize(
    "body",
    [None, "", "<html>", [], {"code": True}, {"code": "x"}, {"error": {"error": {"error": {"code": 2203}}}}],
)
def test_an_answer_that_says_nothing_is_never_an_opening(body: object) -> None:
    for status in (100, 301, 400, 404, 418, 500, 503):
        assert isinstance(meaning(Reply(status, body)).result, CommandUnknown)


# -- when it is not well ------------------------------------------------------------------------------


async def test_a_line_cut_after_sending_is_unknown_and_a_late_word_opens(site: KsSite) -> None:
    await site.ready(stream=False)
    site.server.event_after = 0.3
    site.server.planned.append(Planned(opens=True, reset=True, status=500))
    assert await site.press() == CommandUnknown(Refusal.CORE_DOWN)
    await site.until(lambda: bool(site.opened))
    assert site.opened[0].request == "press"
    assert len(site.server.turned) == len(site.server.sent) == 1


async def test_a_vendor_that_cannot_be_reached_is_certain_to_open_nothing(site: KsSite) -> None:
    await site.ready(stream=False)
    await site.server.stop()
    assert isinstance(await site.press(), CommandRefused | CommandUnknown)
    await asyncio.sleep(PACE.breaker + 0.05)
    assert await site.press("again") == CommandRefused(Refusal.CORE_DOWN)
    assert (await site.core.check()).state is CoreState.DOWN


async def test_after_a_failure_nothing_is_sent_for_a_while_and_then_again(site: KsSite) -> None:
    await site.ready()
    site.server.planned.append(Planned(500, 3101))
    await site.press("first")
    assert site.core.status(DOOR.id).trouble is Refusal.CORE_DOWN
    assert await site.press("second") == CommandRefused(Refusal.CORE_DOWN)
    assert await site.press("other lock", GATE) == CommandRefused(Refusal.CORE_DOWN)
    assert len(site.server.sent) == 1
    await site.until(lambda: site.core.status(DOOR.id).trouble is None)
    assert await site.press("third") == TAKEN
    assert [status.trouble for status in site.told()] == [Refusal.CORE_DOWN, None]


async def test_whoever_waits_no_longer_stops_the_request_and_the_door_may_open_yet(site: KsSite) -> None:
    await site.ready()
    site.server.planned.append(Planned(after=5.0))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await site.press()
    await site.until(lambda: bool(site.opened))
    assert site.opened[0].request == "press"
    assert await site.press() == CommandUnknown(Refusal.NO_REPLY), "the same press again sends nothing"
    assert len(site.server.sent) == 1


async def test_a_core_that_flaps_a_hundred_times_opens_what_was_asked_for(site: KsSite) -> None:
    await site.ready(pace=replace(PACE, breaker=0.0))
    moods = [
        Planned(),
        Planned(500, 3101),
        Planned(403, 2203),
        Planned(status=500, reset=True),
        Planned(408, 3102),
    ]
    asked = 0
    for number in range(100):
        site.server.planned.append(moods[number % len(moods)])
        result = await site.press(f"p{number}")
        asked += result == TAKEN
    assert asked == len(site.server.turned) == 20
    assert len(site.server.sent) == 100
    await site.until(lambda: len(site.opened) == 20)
    assert {told.request for told in site.opened} == {f"p{number}" for number in range(0, 100, 5)}


# -- Codes ----------------------------------------------------------------------------------------------


async def test_three_wrong_codes_degrade_a_hub_and_a_good_one_heals_it(site: KsSite) -> None:
    core = await site.ready()
    for number in range(3):
        site.server.planned.append(Planned(400, 3102, "otp_invalid"))
        assert await site.press(f"p{number}") == CommandRefused(Refusal.OTP_INVALID)
    assert site.kept["hubs"]["iq"]["stage"] == "degraded"  # type: ignore[index]
    assert (await core.check()).detail
    assert await site.press("good") == TAKEN
    assert site.kept["hubs"]["iq"]["stage"] == "activated"  # type: ignore[index]


async def test_a_rotated_secret_ends_in_a_block_that_survives_a_restart(site: KsSite) -> None:
    await site.ready()
    site.server.rotate("iq")
    results = [await site.press(f"p{number}") for number in range(BLOCK_AFTER)]
    assert results[:-1] == [CommandRefused(Refusal.OTP_INVALID)] * (BLOCK_AFTER - 1)
    blocked = results[-1]
    assert isinstance(blocked, CommandRefused)
    assert blocked.why is Refusal.OTP_BLOCKED
    assert blocked.until == pytest.approx(site.now() + PAUSE, abs=2)
    sent = len(site.server.sent)
    await site.fit()
    await site.core.check()
    again = await site.press("after the restart")
    assert again == blocked
    assert len(site.server.sent) == sent, "a blocked hub is left alone"
    assert await site.press("gate", GATE) == TAKEN, "the other hub is not blocked"
    status = site.core.status(DOOR.id)
    assert (status.trouble, status.until) == (Refusal.OTP_BLOCKED, blocked.until)


async def test_after_the_pause_a_hub_that_was_degraded_wants_to_be_activated_anew(site: KsSite) -> None:
    await site.ready()
    site.server.rotate("iq")
    for number in range(BLOCK_AFTER):
        await site.press(f"p{number}")
    site.ahead += PAUSE + 1
    site.server.skew += PAUSE + 1
    await site.until(lambda: site.core.status(DOOR.id).trouble is Refusal.NOT_RELEASED)
    assert await site.press("later") == CommandRefused(Refusal.NOT_RELEASED)
    site.server.iqs["iq"].secret = None  # the user's PIN was reset at the vendor's
    site.server.iqs["iq"].fails = 0
    await site.core.take_step("fetch-iq", {})
    await site.core.take_step("confirm-iq", {"pin": Secret("4071")})
    assert await site.press("at last") == TAKEN


@pytest.mark.parametrize("skew", [-3600.0, -40.0, 0.0, 40.0, 3600.0])
async def test_the_code_is_made_by_the_vendors_clock(site: KsSite, skew: float) -> None:
    site.server.skew = skew
    await site.ready()
    assert await site.press() == TAKEN
    await site.until(lambda: bool(site.opened))
    assert site.opened[0].request == "press"
    assert abs(site.opened[0].at - site.now()) < 5


# -- activation -------------------------------------------------------------------------------------------


async def test_activation_goes_by_steps_and_keeps_the_secret_before_anything_else(site: KsSite) -> None:
    core = await site.fit()
    report = await core.check()
    assert report.state is CoreState.UNFINISHED
    fetch, confirm = report.steps
    assert (fetch.done, bool(fetch.action), confirm.done, bool(confirm.action)) == (False, True, False, False)
    assert await site.press() == CommandRefused(Refusal.NOT_RELEASED)
    await core.take_step(fetch.name, {})
    assert site.server.iqs["iq"].secret in site.stored[0]
    assert site.server.mails == ["4071"]
    fetch, confirm = (await core.check()).steps
    assert (fetch.done, bool(confirm.action)) == (True, True)
    for wrong in ("", "407", "12345678901", "four", "9999"):
        with pytest.raises(Invalid):
            await core.take_step(confirm.name, {"pin": Secret(wrong)})
    await core.take_step(confirm.name, {"pin": Secret("4071")})
    report = await core.check()
    assert report.state is CoreState.UP
    assert all(step.done for step in report.steps)
    await site.fit()
    assert await site.press("after a restart") == TAKEN


async def test_a_secret_that_is_not_given_twice_and_steps_that_do_not_exist_are_said(site: KsSite) -> None:
    core = await site.fit()
    await core.check()
    site.server.iqs["iq"].secret = "taken-by-somebody"
    with pytest.raises(TryLater):
        await core.take_step("fetch-iq", {})
    for name in ("fetch-none", "confirm-", "steal-iq", ""):
        with pytest.raises(NotFound):
            await core.take_step(name, {})


async def test_another_user_starts_anew(site: KsSite) -> None:
    await site.ready()
    site.server.client_id = "another"
    await site.fit()
    assert (await site.core.check()).state is CoreState.UNFINISHED


# -- what the locks say -----------------------------------------------------------------------------------


async def test_a_tag_and_the_vendors_app_open_unasked_and_confirm_nobodys_press(site: KsSite) -> None:
    await site.ready()
    site.server.event_lost = True
    await site.press()
    site.server.by_tag("ks-door")
    await site.until(lambda: bool(site.opened))
    assert (site.opened[0].request, site.opened[0].asked) == (None, False)
    site.server.by_app("ks-gate")
    await site.until(lambda: len(site.opened) == 2)
    assert (site.opened[1].lock, site.opened[1].asked) == (GATE.id, False)


async def test_entries_of_before_the_start_are_nobodys_news(site: KsSite) -> None:
    site.server.skew = -100
    site.server.by_tag("ks-door")
    await asyncio.sleep(0.05)
    site.server.skew = 0
    await site.ready()
    await asyncio.sleep(3 * PACE.look)
    assert site.opened == []


async def test_a_hub_that_is_offline_takes_its_locks_with_it_and_says_since_when(site: KsSite) -> None:
    await site.ready()
    site.server.iqs["iq"].online = False
    await site.until(lambda: bool(site.told()))
    (status,) = site.told()
    assert not status.online
    assert status.since == pytest.approx(site.now(), abs=3)
    assert site.core.status(GATE.id).online
    assert await site.press() == CommandRefused(Refusal.LOCK_OFFLINE)
    site.server.iqs["iq"].online = True
    await site.until(lambda: len(site.told()) == 2)
    assert site.told()[-1].online


async def test_office_mode_and_battery_and_a_door_left_open_are_said(site: KsSite) -> None:
    await site.ready(left_open_seconds="5")
    lock = site.server.locks["ks-door"]
    lock.battery, lock.office, lock.state, lock.door = 15, True, "unlocked", "open"
    await site.until(lambda: site.core.status(DOOR.id).held_open)
    status = site.core.status(DOOR.id)
    assert status.battery is Battery.LOW
    assert status.since == pytest.approx(site.now(), abs=3)
    assert status.left_open_since is None
    site.ahead += 6
    assert site.core.status(DOOR.id).left_open_since is not None
    lock.office, lock.state, lock.door, lock.battery = False, "locked", "closed", 90
    await site.until(lambda: not site.core.status(DOOR.id).held_open)
    assert site.core.status(DOOR.id).battery is Battery.OK


async def test_an_unlocked_moment_is_no_office_mode(site: KsSite) -> None:
    await site.ready()
    site.server.locks["ks-door"].state = "unlocked"
    await asyncio.sleep(3 * PACE.look)
    assert not site.core.status(DOOR.id).held_open
    site.ahead += 30
    assert site.core.status(DOOR.id).held_open


async def test_the_sites_locks_are_offered_by_hub_and_name_page_by_page(site: KsSite) -> None:
    from tests.access.ks_server import KsLock

    site.server.locks |= {f"l{n}": KsLock(f"l{n}", f"Lock {n:03}", "plain") for n in range(230)}
    await site.fit()
    offered = await site.core.offered()
    assert len(offered) == 232
    assert (offered[0].ref, offered[0].name, offered[0].hub) == ("ks-door", "Street", "Hall")
    await site.server.stop()
    with pytest.raises(TryLater):
        await site.core.offered()


async def test_a_lock_that_nobody_tied_opens_nothing(site: KsSite) -> None:
    site.locks = [replace(DOOR, core_ref=""), replace(GATE, core_ref="ks-none")]
    await site.fit()
    assert await site.press() == CommandRefused(Refusal.NOT_RELEASED)
    assert await site.press("other", site.locks[1]) == CommandRefused(Refusal.NOT_RELEASED)
    assert await site.core.unlock(LockId("none"), RequestId("x"), site.now()) == CommandRefused(
        Refusal.LOCK_OFFLINE
    )
    assert not site.core.status(LockId("none")).online
    assert (await site.core.check()).state is CoreState.UNFINISHED


async def test_a_second_factor_is_wanted_where_it_is_set(site: KsSite) -> None:
    core = await site.ready(second_factor="true")
    assert core.needs(DOOR.id) is Need.CODE
    assert await site.press() == CommandRefused(Refusal.CODE_NEEDED)
    assert site.server.sent == []
    assert await site.press("with", credential="1234") == TAKEN


async def test_a_stream_that_breaks_comes_back_and_no_entry_is_told_twice(site: KsSite) -> None:
    await site.ready()
    for stream in list(site.server.streams):
        await stream.close()
    await site.until(lambda: bool(site.server.streams))
    await site.press()
    await site.until(lambda: bool(site.opened))
    await asyncio.sleep(3 * PACE.look)
    assert len(site.opened) == 1


NONSENSE = [
    b"",
    b"<html>gateway</html>",
    b"[" * 5000 + b"]" * 5000,
    b"[[[[1]]]]",
    b'{"items": {"id": 7}}',
    b'[{"id": 7}, {"id": null}, {}, 3, "x", [{"id": "ks-door"}]]',
    b'[{"id": "ks-door", "iq": [], "online": "?", "locked_state": [], "battery_level": "half"}]',
    b'[{"id": "iq", "lock_id": "ks-door", "utc_date_time": "0001-01-01", "access_by": {}}]',
    b'[{"id": {}, "lock_id": "ks-door", "utc_date_time": "9999-12-31T23:59:59Z", "access_by": "remote"}]',
    b'{"access_token": "two\\nlines", "secret": 5, "error_code": {"code": {}}}',
    b"\xff\xfe\x00",
    b'"text"',
    b" " * 5_000_000,
]


@pytest.mark.parametrize("answer", NONSENSE, ids=[str(number) for number in range(len(NONSENSE))])
@pytest.mark.parametrize("status", [200, 400, 403, 500])
async def test_a_vendor_that_talks_nonsense_breaks_nothing(
    site: KsSite, status: int, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    core = await site.ready(pace=replace(PACE, breaker=0.0, look=0.05))
    site.server.nonsense = (status, answer)
    await asyncio.sleep(0.15)
    result = await site.press()
    assert isinstance(result, CommandTaken | CommandRefused | CommandUnknown)
    await core.check()
    for step in ("fetch-iq", "confirm-iq"):
        with contextlib.suppress(TryLater, Invalid, NotFound):
            await core.take_step(step, {"pin": Secret("4071")})
    with contextlib.suppress(TryLater):
        await core.offered()
    site.server.forget_tokens()
    assert isinstance(await site.press("again"), CommandTaken | CommandRefused | CommandUnknown)
    assert [told for told in site.opened if told.asked and told.request is None] == []
    assert "Traceback" not in caplog.text


async def test_no_secret_is_in_a_log_or_a_repr(site: KsSite, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    core = await site.ready()
    for planned in (Planned(400, 3102, "otp_invalid"), Planned(500, 3101), Planned(reset=True, status=500)):
        site.server.planned.append(planned)
        await site.press(str(planned))
        await core.check()
    secret = site.server.iqs["iq"].secret
    assert secret
    shown = caplog.text + repr(vars(core)) + repr(core._activation.hubs) + repr(vars(core._client))
    codes = [body["otp"] for body in site.server.sent]
    for hidden in (site.server.client_secret, secret, "'4071'", *site.server.tokens, *codes):
        assert hidden not in shown


async def test_closing_leaves_no_task_and_ends_a_command_as_unknown(site: KsSite) -> None:
    core = await site.ready()
    site.server.planned.append(Planned(after=5.0))
    press = asyncio.create_task(site.press())
    await site.until(lambda: bool(site.server.sent))
    before = asyncio.all_tasks()
    await core.close()
    assert isinstance(await press, CommandUnknown)
    assert not [task for task in asyncio.all_tasks() & before if "Salto" in task.get_name()]
    assert await site.press("after") == CommandRefused(Refusal.CORE_DOWN)
    await core.close()


def test_the_pace_is_that_of_the_facts() -> None:
    assert Pace().breaker == 30.0
    assert PAUSE == 25 * 60
