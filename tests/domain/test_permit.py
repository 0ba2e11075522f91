"""Who may open, where and when."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as given_
from hypothesis import strategies as st

from intercom.domain.call import Call, LegAccepted, LegMediaUp, LegRinging, Stage, advance
from intercom.domain.call import CallerHungUp as HangUp
from intercom.domain.door import Lock, LockStatus, Refusal
from intercom.domain.evidence import AT_THE_PANEL, FRESH, NOTHING, Evidence, Place, Source
from intercom.domain.fence import FenceMode
from intercom.domain.hours import Hours
from intercom.domain.ids import AccountId, DeviceId, EntranceId, LegId, LockId, SiteId
from intercom.domain.permit import Actor, Allowed, Conditions, Refused, evidence_of, may_open, must_renew
from intercom.domain.week import WeekSpan
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
REMOVED = replace(ANNA, removed=True)
ONLY_ELSEWHERE = replace(ANNA, entrances=frozenset({ELSEWHERE}))

NOW = 1010.0
ALWAYS = Hours((), ZoneInfo("UTC"))


def given(status: LockStatus = ON, in_call: bool = True, **more: object) -> Conditions:
    """At `NOW`, at a site that is always open, without fences."""
    return Conditions(NOW, status, ALWAYS, in_call, **more)  # type: ignore[arg-type]


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
    (ANNA, LOCK, Stage.ESTABLISHED, LockStatus(held_open=True), Refusal.HELD_OPEN),
    (ANNA, LOCK, "-", LockStatus(trouble=Refusal.CORE_DOWN), Refusal.CORE_DOWN),
    (ANNA, LOCK, "-", LockStatus(online=False, trouble=Refusal.CORE_DOWN), Refusal.LOCK_OFFLINE),
    (REMOVED, LOCK, "-", ON, Refusal.REMOVED),
    (REMOVED, OTHER_LOCK, Stage.CALLING, OFF, Refusal.REMOVED),
]


@pytest.mark.parametrize(("actor", "lock", "stage", "status", "why"), TABLE)
def test_a_door_opens_only_as_the_table_says(
    actor: Actor, lock: Lock, stage: Stage | str | None, status: LockStatus, why: Refusal | None
) -> None:
    in_call = stage != "-"
    call = cancelled() if stage == "cancelled" else in_stage(stage) if isinstance(stage, Stage) else None
    verdict = may_open(actor, lock, call, given(status, in_call))
    assert verdict == (Allowed() if why is None else Refused(why))


@given_(
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
    verdict = may_open(actor, lock, in_stage(stage), given(LockStatus(online=online), in_call))
    right = online and lock.entrance in actor.entrances
    talking = stage is Stage.ESTABLISHED and actor.device == "x-device" and lock is LOCK
    assert (verdict == Allowed()) == (right and (talking or not in_call))


# -- opening hours --

MORNINGS = Hours(tuple(WeekSpan(day, 8 * 60, 12 * 60) for day in range(7)), ZoneInfo("UTC"))
NINE = 9 * 3600.0  # 1 January 1970, a Thursday


@pytest.mark.parametrize("in_call", [True, False])
def test_outside_opening_hours_no_door_opens_and_it_is_told_when_they_begin(in_call: bool) -> None:
    call = in_stage(Stage.ESTABLISHED)
    for now, verdict in (
        (NINE, Allowed()),
        (12 * 3600.0 - 1, Allowed()),
        (12 * 3600.0, Refused(Refusal.CLOSED_HOURS, 32 * 3600.0)),
        (3600.0, Refused(Refusal.CLOSED_HOURS, 8 * 3600.0)),
    ):
        conditions = replace(given(in_call=in_call), now=now, hours=MORNINGS)
        assert may_open(ANNA, LOCK, call, conditions) == verdict


# -- fences --

CALL = in_stage(Stage.ESTABLISHED)


def visits(place: Place, age: float = 0.0) -> Call:
    """A visitor's own phone calls, and stood there so long ago."""
    assert CALL is not None
    return replace(CALL, visitor=True, evidence=Evidence(place, Source.POSITION, NOW - age))


@pytest.mark.parametrize(
    ("call", "mode", "why"),
    [
        (visits(Place.INSIDE), FenceMode.ENFORCE, None),
        (visits(Place.INSIDE, FRESH), FenceMode.ENFORCE, None),
        (visits(Place.INSIDE, FRESH + 0.1), FenceMode.ENFORCE, Refusal.FENCE_UNKNOWN),
        (visits(Place.OUTSIDE), FenceMode.ENFORCE, Refusal.OUTSIDE_FENCE),
        (visits(Place.UNKNOWN), FenceMode.ENFORCE, Refusal.FENCE_UNKNOWN),
        (replace(visits(Place.INSIDE), evidence=NOTHING), FenceMode.ENFORCE, Refusal.FENCE_UNKNOWN),
        (visits(Place.OUTSIDE), FenceMode.ADVISE, None),
        (visits(Place.UNKNOWN), FenceMode.ADVISE, None),
        (visits(Place.OUTSIDE), FenceMode.OFF, None),
        # a panel is at its door, whatever the fence says
        (CALL, FenceMode.ENFORCE, None),
    ],
)
def test_a_visitor_is_let_in_only_from_inside_an_enforced_fence(
    call: Call, mode: FenceMode, why: Refusal | None
) -> None:
    verdict = may_open(ANNA, LOCK, call, given(fence=mode))
    assert verdict == (Allowed() if why is None else Refused(why))
    assert may_open(ANNA, LOCK, call, given(in_call=False, fence=mode)) == Allowed(), "not without a call"


def test_only_evidence_that_decides_and_says_nothing_any_more_is_renewed() -> None:
    enforced = given(fence=FenceMode.ENFORCE)
    assert must_renew(visits(Place.INSIDE, FRESH + 1), enforced)
    assert must_renew(visits(Place.OUTSIDE, FRESH + 1), enforced)
    assert must_renew(visits(Place.UNKNOWN), enforced)
    assert not must_renew(visits(Place.INSIDE, FRESH), enforced)
    assert not must_renew(visits(Place.OUTSIDE), enforced)
    assert not must_renew(CALL, enforced)
    assert not must_renew(None, enforced)
    for mode in (FenceMode.OFF, FenceMode.ADVISE):
        assert not must_renew(visits(Place.UNKNOWN), given(fence=mode))
    asked = replace(enforced, renewed=Evidence(Place.UNKNOWN, Source.POSITION, NOW))
    assert not must_renew(visits(Place.UNKNOWN), asked), "once is enough"


def test_what_was_asked_anew_decides_for_better_and_for_worse() -> None:
    before = visits(Place.INSIDE, FRESH + 1)
    for place, verdict in (
        (Place.INSIDE, Allowed()),
        (Place.OUTSIDE, Refused(Refusal.OUTSIDE_FENCE)),
        (Place.UNKNOWN, Refused(Refusal.FENCE_UNKNOWN)),
    ):
        evidence = Evidence(place, Source.POSITION, NOW)
        conditions = given(fence=FenceMode.ENFORCE, renewed=evidence)
        assert may_open(ANNA, LOCK, before, conditions) == verdict
        assert evidence_of(before, conditions) == evidence


@pytest.mark.parametrize(
    ("place", "mode", "why"),
    [
        (Place.INSIDE, FenceMode.ENFORCE, None),
        (Place.OUTSIDE, FenceMode.ENFORCE, Refusal.NOT_AT_DOOR),
        (Place.UNKNOWN, FenceMode.ENFORCE, Refusal.POSITION_NEEDED),
        (Place.OUTSIDE, FenceMode.ADVISE, None),
        (Place.UNKNOWN, FenceMode.OFF, None),
    ],
)
def test_the_residents_own_fence_holds_without_a_call_and_only_then(
    place: Place, mode: FenceMode, why: Refusal | None
) -> None:
    here = Evidence(place, Source.POSITION, NOW)
    alone = given(in_call=False, own_fence=mode, own=here)
    assert may_open(ANNA, LOCK, None, alone) == (Allowed() if why is None else Refused(why))
    assert evidence_of(None, alone) == here
    assert may_open(ANNA, LOCK, CALL, replace(alone, in_call=True)) == Allowed()


def test_the_log_keeps_where_whoever_is_let_in_stood() -> None:
    assert evidence_of(CALL, given()) == AT_THE_PANEL
    assert evidence_of(visits(Place.OUTSIDE), given()).place is Place.OUTSIDE
    assert evidence_of(None, given()) == NOTHING
    assert evidence_of(None, given(in_call=False)) == NOTHING


# -- the second factor, and the order of reasons --


def test_a_wrong_pin_is_told_last_of_all_and_refuses_as_it_says() -> None:
    wrong = Refused(Refusal.PIN_WRONG, left=3)
    assert may_open(ANNA, LOCK, CALL, given(second=wrong)) == wrong
    assert may_open(ANNA, LOCK, CALL, given(OFF, second=wrong)) == Refused(Refusal.LOCK_OFFLINE)
    assert may_open(STRANGER, LOCK, CALL, given(second=wrong)) == Refused(Refusal.NOT_IN_CALL)


def test_held_open_says_until_when() -> None:
    held = LockStatus(held_open=True, until=NOW + 3600)
    assert may_open(ANNA, LOCK, CALL, given(held)) == Refused(Refusal.HELD_OPEN, NOW + 3600)
    paused = LockStatus(trouble=Refusal.OTP_BLOCKED, until=NOW + 60)
    assert may_open(ANNA, LOCK, CALL, given(paused)) == Refused(Refusal.OTP_BLOCKED, NOW + 60)


def test_of_several_reasons_the_persons_come_first_then_time_and_place_then_the_lock() -> None:
    closed = replace(given(OFF, fence=FenceMode.ENFORCE), hours=MORNINGS)
    call = visits(Place.OUTSIDE)
    assert may_open(NO_RIGHTS, LOCK, call, closed) == Refused(Refusal.NOT_ALLOWED)
    assert may_open(ANNA, LOCK, call, closed) == Refused(Refusal.CLOSED_HOURS, 8 * 3600.0)
    assert may_open(ANNA, LOCK, call, replace(closed, hours=ALWAYS)) == Refused(Refusal.OUTSIDE_FENCE)
