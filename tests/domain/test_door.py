"""Who may open, and what is known about an attempt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intercom.domain import door
from intercom.domain.call import Call, LegAccepted, LegMediaUp, LegRinging, Stage, advance
from intercom.domain.call import CallerHungUp as HangUp
from intercom.domain.door import (
    LATE,
    SENTENCES,
    Actor,
    Allowed,
    Lock,
    LockStatus,
    Opening,
    Refusal,
    Refused,
    Truth,
    may_open,
)
from intercom.domain.ids import AccountId, DeviceId, EntranceId, LegId, LockId, OpeningId, RequestId, SiteId
from tests.fakes.examples import a_call, examples

HERE, ELSEWHERE = EntranceId("entrance"), EntranceId("elsewhere")
LOCK = Lock(LockId("lock"), SiteId("site"), HERE, "Street door")
OTHER_LOCK = replace(LOCK, id=LockId("other"), entrance=ELSEWHERE)
ON, OFF = LockStatus(), LockStatus(online=False)


def in_stage(stage: Stage | None) -> Call | None:
    """Anna's x and Ben's y ring; Anna accepts. `ENDED` is after talking."""
    if stage is None:
        return None
    call = a_call(("x", "anna"), ("y", "ben"))
    x = LegId("x")
    for event, reached in (
        (LegRinging(x), Stage.RINGING),
        (LegAccepted(x), Stage.CONNECTING),
        (LegMediaUp(x), Stage.ESTABLISHED),
        (HangUp(), Stage.ENDED),
    ):
        if call.stage is stage:
            return call
        call = advance(call, event, 1010.0).call
        assert call.stage is reached
    return call


def cancelled() -> Call:
    return advance(a_call(("x", "anna"), ("y", "ben")), HangUp(), 1010.0).call


ANNA = Actor(AccountId("anna"), DeviceId("x-device"), frozenset({HERE, ELSEWHERE}))
BEN = Actor(AccountId("ben"), DeviceId("y-device"), frozenset({HERE, ELSEWHERE}))
STRANGER = Actor(AccountId("carl"), DeviceId("z-device"), frozenset({HERE, ELSEWHERE}))
NO_RIGHTS = replace(ANNA, entrances=frozenset())
ONLY_ELSEWHERE = replace(ANNA, entrances=frozenset({ELSEWHERE}))

# who, lock, the call's stage (None: no such call; "-": the request names no call), the lock, verdict
TABLE: list[tuple[Actor, Lock, Stage | str | None, LockStatus, Refusal | None]] = [
    (ANNA, LOCK, Stage.ESTABLISHED, ON, None),
    (ANNA, LOCK, "-", ON, None),
    (STRANGER, LOCK, "-", ON, None),
    (ANNA, OTHER_LOCK, "-", ON, None),
    (ANNA, LOCK, None, ON, Refusal.NOT_IN_CALL),
    (STRANGER, LOCK, Stage.CALLING, ON, Refusal.NOT_IN_CALL),
    (STRANGER, LOCK, Stage.RINGING, ON, Refusal.NOT_IN_CALL),
    (STRANGER, LOCK, Stage.CONNECTING, ON, Refusal.NOT_IN_CALL),
    (STRANGER, LOCK, Stage.ESTABLISHED, ON, Refusal.NOT_IN_CALL),
    (STRANGER, LOCK, Stage.ENDED, ON, Refusal.NOT_IN_CALL),
    (ANNA, LOCK, Stage.CALLING, ON, Refusal.NOT_IN_CALL),
    (ANNA, LOCK, Stage.RINGING, ON, Refusal.NOT_IN_CALL),
    (ANNA, LOCK, Stage.CONNECTING, ON, Refusal.NOT_IN_CALL),
    (ANNA, LOCK, Stage.ENDED, ON, Refusal.CALL_ENDED),
    (ANNA, LOCK, "cancelled", ON, Refusal.CALL_ENDED),
    (BEN, LOCK, Stage.CONNECTING, ON, Refusal.NOT_ANSWERING_PARTY),
    (BEN, LOCK, Stage.ESTABLISHED, ON, Refusal.NOT_ANSWERING_PARTY),
    (BEN, LOCK, Stage.ENDED, ON, Refusal.NOT_ANSWERING_PARTY),
    (ANNA, OTHER_LOCK, Stage.ESTABLISHED, ON, Refusal.WRONG_LOCK),
    (NO_RIGHTS, LOCK, Stage.ESTABLISHED, ON, Refusal.NOT_ALLOWED),
    (ONLY_ELSEWHERE, LOCK, Stage.ESTABLISHED, ON, Refusal.NOT_ALLOWED),
    (NO_RIGHTS, LOCK, "-", ON, Refusal.NOT_ALLOWED),
    (ONLY_ELSEWHERE, LOCK, "-", ON, Refusal.NOT_ALLOWED),
    (ANNA, LOCK, Stage.ESTABLISHED, OFF, Refusal.LOCK_OFFLINE),
    (ANNA, LOCK, "-", OFF, Refusal.LOCK_OFFLINE),
    # several reasons at once: what concerns the person comes before what concerns the door
    (STRANGER, OTHER_LOCK, Stage.ESTABLISHED, OFF, Refusal.NOT_IN_CALL),
    (BEN, OTHER_LOCK, Stage.ENDED, OFF, Refusal.NOT_ANSWERING_PARTY),
    (NO_RIGHTS, LOCK, Stage.ESTABLISHED, OFF, Refusal.NOT_ALLOWED),
    # a door held open opens as any other
    (ANNA, LOCK, Stage.ESTABLISHED, LockStatus(held_open=True), None),
]


@pytest.mark.parametrize(("actor", "lock", "stage", "status", "why"), TABLE)
def test_a_door_opens_only_as_the_table_says(
    actor: Actor, lock: Lock, stage: Stage | str | None, status: LockStatus, why: Refusal | None
) -> None:
    in_call = stage != "-"
    call = cancelled() if stage == "cancelled" else in_stage(stage) if isinstance(stage, Stage) else None
    verdict = may_open(actor, lock, call, in_call=in_call, status=status)
    assert verdict == (Allowed() if why is None else Refused(why))


def test_the_table_knows_every_refusal_that_is_decided_before_a_command() -> None:
    decided_here = {why for *_, why in TABLE} - {None}
    later = {
        Refusal.REMOVED,
        Refusal.CORE_REFUSED,
        Refusal.NO_REPLY,
        Refusal.CORE_DOWN,
        Refusal.NO_CONFIRMATION,
        Refusal.INTERRUPTED,
        Refusal.STALE,
        Refusal.CANNOT_RECORD,
        Refusal.OUTSIDE_FENCE,
        Refusal.FENCE_UNKNOWN,
        Refusal.CLOSED_HOURS,
        Refusal.OTP_INVALID,
        Refusal.OTP_BLOCKED,
        Refusal.PIN_NEEDED,
        Refusal.CODE_NEEDED,
        Refusal.NO_SUBSCRIPTION,
        Refusal.NOT_RELEASED,
        Refusal.OUR_FAULT,
    }
    assert decided_here | later == set(Refusal)


@given(
    st.sampled_from([ANNA, BEN, STRANGER, NO_RIGHTS, ONLY_ELSEWHERE]),
    st.sampled_from([LOCK, OTHER_LOCK]),
    st.sampled_from([None, *Stage]),
    st.booleans(),
    st.booleans(),
)
@examples(300)
def test_in_a_call_only_the_answering_device_of_an_established_call_opens_only_this_entrances_locks(
    actor: Actor, lock: Lock, stage: Stage | None, in_call: bool, online: bool
) -> None:
    verdict = may_open(actor, lock, in_stage(stage), in_call=in_call, status=LockStatus(online=online))
    right = online and lock.entrance in actor.entrances
    talking = stage is Stage.ESTABLISHED and actor.device == "x-device" and lock is LOCK
    assert (verdict == Allowed()) == (right and (talking or not in_call))


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
