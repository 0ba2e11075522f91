"""What is known about an attempt to open, and the words for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intercom.domain import door
from intercom.domain.door import LATE, SENTENCES, Lock, Opening, Refusal, Truth
from intercom.domain.ids import AccountId, DeviceId, EntranceId, LockId, OpeningId, RequestId, SiteId
from tests.fakes.examples import examples

HERE = EntranceId("entrance")
LOCK = Lock(LockId("lock"), SiteId("site"), HERE, "Street door")


def test_every_refusal_has_one_sentence_that_ends_with_a_full_stop() -> None:
    assert set(SENTENCES) == set(Refusal)
    for sentence in SENTENCES.values():
        assert sentence[0].isupper()
        assert sentence.endswith(".")


# -- the truths of an attempt --

NEW = Opening(
    id=OpeningId("opening"),
    request=RequestId("press"),
    site=LOCK.site,
    entrance=HERE,
    lock=LOCK.id,
    lock_name=LOCK.name,
    person=AccountId("anna"),
    device=DeviceId("x-device"),
    call=None,
    truth=Truth.ASKED,
    at=1000.0,
    told_at=1000.0,
    deadline=1013.0,
)


BERLIN = ZoneInfo("Europe/Berlin")
NOON = 1_800_000_000.0  # a Friday, 09:00 in Berlin


@pytest.mark.parametrize(
    ("why", "more", "said"),
    [
        (Refusal.CLOSED_HOURS, {}, "Outside opening hours."),
        (Refusal.CLOSED_HOURS, {"until": NOON + 3600}, "Outside opening hours. Open again at 10:00."),
        (
            Refusal.CLOSED_HOURS,
            {"until": NOON + 3 * 86400 - 7200},
            "Outside opening hours. Open again at Monday 07:00.",
        ),
        (Refusal.OTP_BLOCKED, {"until": NOON + 900}, "Remote opening is paused until 09:15."),
        (Refusal.LOCK_OFFLINE, {"until": NOON + 900}, "The door is offline."),
        (Refusal.PIN_WRONG, {"left": 4}, "This PIN is wrong. 4 tries are left, then a pause of 15 minutes."),
        (Refusal.PIN_WRONG, {"left": 1}, "This PIN is wrong. 1 try is left, then a pause of 15 minutes."),
        (
            Refusal.CODE_WRONG,
            {"left": 2},
            "This Code is wrong or old. 2 tries are left, then a pause of 15 minutes.",
        ),
    ],
)
def test_a_refusal_says_until_when_by_the_clock_at_the_site_and_how_many_tries_are_left(
    why: Refusal, more: dict[str, float], said: str
) -> None:
    assert door.words(why, NOON, BERLIN, **more) == said  # type: ignore[arg-type]
    no = replace(door.refused(NEW, NOON, why), at=NOON, **more)  # type: ignore[arg-type]
    assert door.sentence(no, BERLIN) == said
    assert door.sentence(NEW, BERLIN) is None


def test_an_attempt_goes_from_asked_to_sent_to_opened() -> None:
    sent = door.sent(NEW, 1001.0, confirm_within=8.0)
    assert (sent.truth, sent.told_at, sent.deadline, sent.settled) == (Truth.SENT, 1001.0, 1009.0, False)
    opened = door.opened(sent, 1002.0, open_seconds=5.0)
    assert (opened.truth, opened.told_at, opened.deadline) == (Truth.OPENED, 1002.0, inf)
    assert (opened.relocks_at, opened.settled) == (1007.0, True)


def test_the_locks_word_may_overtake_the_cores_answer() -> None:
    opened = door.opened(NEW, 1000.5, open_seconds=5.0)
    assert opened.truth is Truth.OPENED
    assert door.sent(opened, 1001.0, confirm_within=8.0) is opened


def test_a_lock_whose_clock_is_behind_is_believed_and_told_after_what_was_told_before() -> None:
    opened = door.opened(door.sent(NEW, 1002.0, confirm_within=8.0), 1001.0, open_seconds=5.0)
    assert (opened.truth, opened.told_at, opened.relocks_at) == (Truth.OPENED, 1002.0, 1006.0)


def test_a_late_opened_corrects_not_confirmed_and_clears_its_reason_but_only_for_a_minute() -> None:
    lost = door.not_confirmed(NEW, 1013.0, Refusal.NO_REPLY)
    assert (lost.truth, lost.code) == (Truth.NOT_CONFIRMED, Refusal.NO_REPLY)
    late = door.opened(lost, 1000.0 + LATE, open_seconds=5.0)
    assert (late.truth, late.code) == (Truth.OPENED, None)
    assert door.opened(lost, 1000.1 + LATE, open_seconds=5.0) is lost


def test_refused_is_never_opened() -> None:
    no = door.refused(NEW, 1001.0, Refusal.CORE_REFUSED)
    assert (no.truth, no.code, no.settled) == (Truth.REFUSED, Refusal.CORE_REFUSED, True)
    assert door.opened(no, 1001.5, open_seconds=5.0) is no


Change = Callable[[Opening, float], Opening]
CHANGES: dict[str, Change] = {
    "sent": lambda opening, now: door.sent(opening, now, 8.0),
    "opened": lambda opening, now: door.opened(opening, now, 5.0),
    "not confirmed": lambda opening, now: door.not_confirmed(opening, now, Refusal.NO_CONFIRMATION),
    "refused": lambda opening, now: door.refused(opening, now, Refusal.CORE_REFUSED),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.floats(0, 30)), max_size=12))
@examples(300)
def test_whatever_is_heard_in_whatever_order_the_truth_only_ever_gets_better_known(
    story: list[tuple[str, float]],
) -> None:
    opening, now = NEW, NEW.at
    for word, pause in story:
        now += pause
        before = opening
        opening = CHANGES[word](before, now)
        if opening == before:
            assert opening is before
            continue
        if opening.truth is Truth.OPENED:
            assert word == "opened", "opened by something else than the lock's word"
            assert before.truth is not Truth.REFUSED
            assert opening.code is None
        if before.settled:
            assert (before.truth, opening.truth) == (Truth.NOT_CONFIRMED, Truth.OPENED)
            assert now - opening.at <= LATE
        assert opening.settled == (opening.deadline == inf)
        assert opening.told_at == now
        assert (
            replace(
                opening,
                truth=before.truth,
                told_at=before.told_at,
                code=before.code,
                deadline=before.deadline,
                relocks_at=before.relocks_at,
            )
            == before
        ), "who, what and when it was stored never change"
