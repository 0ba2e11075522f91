"""Every stage and every event: the verdict, written down."""

# ruff: noqa: E501 - the table is read by its columns
from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import product

import pytest

from intercom.domain import call as machine
from intercom.domain.call import (
    Call,
    CallerBack,
    CallerHungUp,
    CallerLost,
    CameraTurned,
    Effect,
    Event,
    EvidenceGiven,
    Expired,
    InviteLeg,
    Leg,
    LegStage,
    MediaSilent,
    NoteMissed,
    Reason,
    Side,
    Stage,
    StopLeg,
    TellCaller,
    TellEvidence,
    TellLeg,
    TellResident,
    advance,
)
from intercom.domain.evidence import Evidence, Place, Source
from intercom.domain.ids import AccountId, DeviceId, LegId
from tests.fakes.examples import a_call, placed

# Legs: x and y are Anna's, z is Ben's, `gone` is Carl's and has ended as busy, `foreign` is of another
# call. Dora stands behind the entry too and has no device. x is the one that rings first and accepts.
#
# given: what differs from the plain call of that stage. becomes: `same` is the very same object, else
# the stage, with the reason and who ended it. Effects in order; (*) stands for the event's leg,
# `each` for x, y and z in this order, `all` for everybody behind the entry.
TABLE = """
stage       | given              | event          | leg          | becomes                   | effects
calling     |                    | LegRinging     | x z          | ringing                   | TellLeg(*) TellCaller
calling     |                    | LegRinging     | gone foreign | same                      |
calling     |                    | LegMediaUp     | x z          | calling                   | TellLeg(*)
calling     | x connected        | LegMediaUp     | x            | same                      |
calling     |                    | LegMediaUp     | gone foreign | same                      |
calling     |                    | LegMediaFailed | x z          | same                      |
calling     | x connected        | LegMediaFailed | x            | calling                   |
calling     |                    | LegMediaFailed | gone foreign | same                      |
calling     |                    | LegAccepted    | x            | connecting                | TellResident TellCaller StopLeg(y,accepted_elsewhere,x) StopLeg(z,accepted_elsewhere,x)
calling     |                    | LegAccepted    | z            | connecting                | TellResident TellCaller StopLeg(x,accepted_elsewhere,z) StopLeg(y,accepted_elsewhere,z)
calling     | x connected        | LegAccepted    | x            | established               | TellResident TellCaller StopLeg(y,accepted_elsewhere,x) StopLeg(z,accepted_elsewhere,x)
calling     | x connected        | LegAccepted    | z            | connecting                | TellResident TellCaller StopLeg(x,accepted_elsewhere,z) StopLeg(y,accepted_elsewhere,z)
calling     | alone              | LegAccepted    | x            | connecting                | TellResident TellCaller
calling     |                    | LegAccepted    | gone foreign | same                      |
calling     |                    | LegDeclined    | x            | calling                   | StopLeg(x,declined,x) StopLeg(y,declined_elsewhere,x)
calling     |                    | LegDeclined    | z            | calling                   | StopLeg(z,declined,z)
calling     | alone              | LegDeclined    | x            | ended declined resident   | StopLeg(x,declined,x) TellCaller NoteMissed(ben,carl,dora)
calling     | decline ends       | LegDeclined    | z            | ended declined resident   | StopLeg(z,declined,z) StopLeg(x,declined_elsewhere,z) StopLeg(y,declined_elsewhere,z) TellCaller NoteMissed(anna,carl,dora)
calling     |                    | LegDeclined    | gone foreign | same                      |
calling     |                    | LegBusy        | x z          | calling                   | StopLeg(*,busy)
calling     | alone              | LegBusy        | x            | ended busy                | StopLeg(x,busy) TellCaller NoteMissed(all)
calling     |                    | LegBusy        | gone foreign | same                      |
calling     |                    | LegRemoved     | x z          | calling                   | StopLeg(*,removed)
calling     | alone              | LegRemoved     | x            | ended busy                | StopLeg(x,removed) TellCaller NoteMissed(all)
calling     | alone, nobody busy | LegRemoved     | x            | ended unreachable         | StopLeg(x,removed) TellCaller NoteMissed(all)
calling     |                    | LegRemoved     | gone foreign | same                      |
calling     |                    | LegLost        | x z          | calling                   |
calling     | x lost             | LegLost        | x            | same                      |
calling     | x pushed           | LegLost        | x            | same                      |
calling     | x pushed           | LegBack        | x            | calling                   | InviteLeg(x)
calling     | x pushed           | LegAccepted    | x            | connecting                | TellResident TellCaller StopLeg(y,accepted_elsewhere,x) StopLeg(z,accepted_elsewhere,x)
calling     |                    | LegLost        | gone foreign | same                      |
calling     |                    | LegBack        | x z          | calling                   | InviteLeg(*)
calling     | x lost             | LegBack        | x            | calling                   | InviteLeg(x)
calling     |                    | LegBack        | gone foreign | same                      |
calling     |                    | LegHungUp      | x z          | same                      |
calling     |                    | LegHungUp      | gone foreign | same                      |
calling     |                    | CameraTurned   | x z          | same                      |
calling     |                    | CameraTurned   | gone foreign | same                      |
calling     |                    | MediaSilent    | x z gone foreign | same                  |
calling     |                    | TalkExtended   | x z gone foreign | same                  |
calling     |                    | CallerLost     |              | calling                   |
calling     | caller lost        | CallerLost     |              | same                      |
calling     |                    | CallerBack     |              | calling                   | TellCaller
calling     | caller lost        | CallerBack     |              | calling                   | TellCaller
calling     |                    | CallerHungUp   |              | ended cancelled caller    | TellCaller StopLeg(each,cancelled) NoteMissed(all)
calling     |                    | EvidenceGiven  |              | calling                   | TellEvidence(each)
calling     | outside known      | EvidenceGiven  |              | same                      |
calling     |                    | CallerLeft     |              | ended left caller         | TellCaller StopLeg(each,left) NoteMissed(all)
calling     |                    | Expired        |              | same                      |
calling     | due                | Expired        |              | ended no_answer           | TellCaller StopLeg(each,no_answer) NoteMissed(all)
calling     | caller lost, due   | Expired        |              | ended lost                | TellCaller StopLeg(each,lost) NoteMissed(all)
calling     | x lost, due        | Expired        |              | calling                   | StopLeg(x,lost)
calling     | alone, x lost, due | Expired        |              | ended busy                | StopLeg(x,lost) TellCaller NoteMissed(all)
ringing     |                    | LegRinging     | x            | same                      |
ringing     |                    | LegRinging     | z            | ringing                   | TellLeg(z)
ringing     |                    | LegRinging     | gone foreign | same                      |
ringing     |                    | LegMediaUp     | x z          | ringing                   | TellLeg(*)
ringing     | x connected        | LegMediaUp     | x            | same                      |
ringing     |                    | LegMediaUp     | gone foreign | same                      |
ringing     |                    | LegMediaFailed | x z          | same                      |
ringing     | x connected        | LegMediaFailed | x            | ringing                   |
ringing     |                    | LegMediaFailed | gone foreign | same                      |
ringing     |                    | LegAccepted    | x            | connecting                | TellResident TellCaller StopLeg(y,accepted_elsewhere,x) StopLeg(z,accepted_elsewhere,x)
ringing     |                    | LegAccepted    | z            | connecting                | TellResident TellCaller StopLeg(x,accepted_elsewhere,z) StopLeg(y,accepted_elsewhere,z)
ringing     | x connected        | LegAccepted    | x            | established               | TellResident TellCaller StopLeg(y,accepted_elsewhere,x) StopLeg(z,accepted_elsewhere,x)
ringing     |                    | LegAccepted    | gone foreign | same                      |
ringing     |                    | LegDeclined    | x            | ringing                   | StopLeg(x,declined,x) StopLeg(y,declined_elsewhere,x)
ringing     |                    | LegDeclined    | z            | ringing                   | StopLeg(z,declined,z)
ringing     | alone              | LegDeclined    | x            | ended declined resident   | StopLeg(x,declined,x) TellCaller NoteMissed(ben,carl,dora)
ringing     | decline ends       | LegDeclined    | x            | ended declined resident   | StopLeg(x,declined,x) StopLeg(y,declined_elsewhere,x) StopLeg(z,declined_elsewhere,x) TellCaller NoteMissed(ben,carl,dora)
ringing     |                    | LegDeclined    | gone foreign | same                      |
ringing     |                    | LegBusy        | x z          | ringing                   | StopLeg(*,busy)
ringing     | alone              | LegBusy        | x            | ended busy                | StopLeg(x,busy) TellCaller NoteMissed(all)
ringing     |                    | LegBusy        | gone foreign | same                      |
ringing     |                    | LegRemoved     | x z          | ringing                   | StopLeg(*,removed)
ringing     | alone, nobody busy | LegRemoved     | x            | ended unreachable         | StopLeg(x,removed) TellCaller NoteMissed(all)
ringing     |                    | LegRemoved     | gone foreign | same                      |
ringing     |                    | LegLost        | x z          | ringing                   |
ringing     | x lost             | LegLost        | x            | same                      |
ringing     | x pushed           | LegLost        | x            | same                      |
ringing     | x pushed           | LegBack        | x            | ringing                   | InviteLeg(x)
ringing     | x pushed           | LegAccepted    | x            | connecting                | TellResident TellCaller StopLeg(y,accepted_elsewhere,x) StopLeg(z,accepted_elsewhere,x)
ringing     |                    | LegLost        | gone foreign | same                      |
ringing     |                    | LegBack        | x z          | ringing                   | InviteLeg(*)
ringing     |                    | LegBack        | gone foreign | same                      |
ringing     |                    | LegHungUp      | x z          | same                      |
ringing     |                    | LegHungUp      | gone foreign | same                      |
ringing     |                    | CameraTurned   | x z          | same                      |
ringing     |                    | CameraTurned   | gone foreign | same                      |
ringing     |                    | MediaSilent    | x z gone foreign | same                  |
ringing     |                    | TalkExtended   | x z gone foreign | same                  |
ringing     |                    | CallerLost     |              | ringing                   |
ringing     | caller lost        | CallerLost     |              | same                      |
ringing     |                    | CallerBack     |              | ringing                   | TellCaller
ringing     |                    | CallerHungUp   |              | ended cancelled caller    | TellCaller StopLeg(each,cancelled) NoteMissed(all)
ringing     |                    | EvidenceGiven  |              | ringing                   | TellEvidence(each)
ringing     | outside known      | EvidenceGiven  |              | same                      |
ringing     |                    | CallerLeft     |              | ended left caller         | TellCaller StopLeg(each,left) NoteMissed(all)
ringing     |                    | Expired        |              | same                      |
ringing     | due                | Expired        |              | ended no_answer           | TellCaller StopLeg(each,no_answer) NoteMissed(all)
ringing     | caller lost, due   | Expired        |              | ended lost                | TellCaller StopLeg(each,lost) NoteMissed(all)
ringing     | x lost, due        | Expired        |              | ringing                   | StopLeg(x,lost)
connecting  |                    | LegRinging     | x z foreign  | same                      |
connecting  |                    | LegMediaUp     | x            | established               | TellCaller TellResident
connecting  |                    | LegMediaUp     | z foreign    | same                      |
connecting  |                    | LegMediaFailed | x            | ended media_failed        | TellCaller TellResident
connecting  |                    | LegMediaFailed | z foreign    | same                      |
connecting  |                    | LegAccepted    | x y z foreign| same                      |
connecting  |                    | LegDeclined    | x y z foreign| same                      |
connecting  |                    | LegBusy        | x y z foreign| same                      |
connecting  |                    | LegRemoved     | x            | ended removed             | TellCaller TellResident
connecting  |                    | LegRemoved     | y z foreign  | same                      |
connecting  |                    | LegLost        | x            | connecting                | TellCaller
connecting  | x lost             | LegLost        | x            | same                      |
connecting  |                    | LegLost        | y z foreign  | same                      |
connecting  |                    | LegBack        | x            | connecting                | InviteLeg(x) TellResident
connecting  | x lost             | LegBack        | x            | connecting                | InviteLeg(x) TellResident TellCaller
connecting  |                    | LegBack        | y z foreign  | same                      |
connecting  |                    | LegHungUp      | x            | ended completed resident  | TellCaller TellResident
connecting  |                    | LegHungUp      | y z foreign  | same                      |
connecting  |                    | CameraTurned   | x            | connecting                |
connecting  | camera on          | CameraTurned   | x            | same                      |
connecting  |                    | CameraTurned   | y z foreign  | same                      |
connecting  |                    | MediaSilent    | x y z foreign| same                      |
connecting  |                    | TalkExtended   | x y z foreign| same                      |
connecting  |                    | CallerLost     |              | connecting                | TellResident
connecting  | caller lost        | CallerLost     |              | same                      |
connecting  |                    | CallerBack     |              | connecting                | TellCaller
connecting  | caller lost        | CallerBack     |              | connecting                | TellCaller TellResident
connecting  |                    | CallerHungUp   |              | ended completed caller    | TellCaller TellResident
connecting  |                    | EvidenceGiven  |              | connecting                | TellResident
connecting  | outside known      | EvidenceGiven  |              | same                      |
connecting  |                    | CallerLeft     |              | ended left caller         | TellCaller TellResident
connecting  |                    | Expired        |              | same                      |
connecting  | due                | Expired        |              | ended media_failed        | TellCaller TellResident
connecting  | x lost, due        | Expired        |              | ended lost                | TellCaller TellResident
connecting  | caller lost, due   | Expired        |              | ended lost                | TellCaller TellResident
established |                    | LegRinging     | x z foreign  | same                      |
established |                    | LegMediaUp     | x z foreign  | same                      |
established |                    | LegMediaFailed | x z foreign  | same                      |
established |                    | LegAccepted    | x y z foreign| same                      |
established |                    | LegDeclined    | x y z foreign| same                      |
established |                    | LegBusy        | x y z foreign| same                      |
established |                    | LegRemoved     | x            | ended removed             | TellCaller TellResident
established |                    | LegRemoved     | y z foreign  | same                      |
established |                    | LegLost        | x            | established               | TellCaller
established | x lost             | LegLost        | x            | same                      |
established |                    | LegLost        | y z foreign  | same                      |
established |                    | LegBack        | x            | established               | InviteLeg(x) TellResident
established | x lost             | LegBack        | x            | established               | InviteLeg(x) TellResident TellCaller
established |                    | LegBack        | y z foreign  | same                      |
established |                    | LegHungUp      | x            | ended completed resident  | TellCaller TellResident
established |                    | LegHungUp      | y z foreign  | same                      |
established |                    | CameraTurned   | x            | established               |
established | camera on          | CameraTurned   | x            | same                      |
established |                    | CameraTurned   | y z foreign  | same                      |
established |                    | MediaSilent    | x            | established               |
established | x silent           | MediaSilent    | x            | same                      |
established |                    | MediaSilent    | y z foreign  | same                      |
established | x silent           | LegLost        | x            | established               | TellCaller
established | x silent, due      | Expired        |              | established               | TellCaller TellResident
established | x silent, told, due| Expired        |              | ended media_failed        | TellCaller TellResident
established |                    | TalkExtended   | x y z foreign| same                      |
established | last minute        | TalkExtended   | x            | established               | TellResident TellCaller
established | last minute        | TalkExtended   | y z foreign  | same                      |
established | due                | TalkExtended   | x            | same                      |
established |                    | CallerLost     |              | established               | TellResident
established | caller lost        | CallerLost     |              | same                      |
established |                    | CallerBack     |              | established               | TellCaller
established | caller lost        | CallerBack     |              | established               | TellCaller TellResident
established |                    | CallerHungUp   |              | ended completed caller    | TellCaller TellResident
established |                    | EvidenceGiven  |              | established               | TellResident
established | outside known      | EvidenceGiven  |              | same                      |
established |                    | CallerLeft     |              | ended left caller         | TellCaller TellResident
established |                    | Expired        |              | same                      |
established | due                | Expired        |              | ended time_limit          | TellCaller TellResident
established | x lost, due        | Expired        |              | ended lost                | TellCaller TellResident
established | caller lost, due   | Expired        |              | ended lost                | TellCaller TellResident
ended       |                    | LegRinging     | x z foreign  | same                      |
ended       |                    | LegMediaUp     | x z foreign  | same                      |
ended       |                    | LegMediaFailed | x z foreign  | same                      |
ended       |                    | LegAccepted    | x z foreign  | same                      |
ended       |                    | LegDeclined    | x z foreign  | same                      |
ended       |                    | LegBusy        | x z foreign  | same                      |
ended       |                    | LegRemoved     | x z foreign  | same                      |
ended       |                    | LegLost        | x z foreign  | same                      |
ended       |                    | LegBack        | x z foreign  | same                      |
ended       |                    | LegHungUp      | x z foreign  | same                      |
ended       |                    | CameraTurned   | x z foreign  | same                      |
ended       |                    | MediaSilent    | x z foreign  | same                      |
ended       |                    | TalkExtended   | x z foreign  | same                      |
ended       |                    | CallerLost     |              | same                      |
ended       |                    | CallerBack     |              | same                      |
ended       |                    | CallerHungUp   |              | same                      |
ended       |                    | EvidenceGiven  |              | same                      |
ended       |                    | CallerLeft     |              | same                      |
ended       |                    | Expired        |              | same                      |
ended       | due                | Expired        |              | same                      |
"""

PLACED, ACCEPTED, UP, NOW, OVER = 1000.0, 1010.0, 1012.0, 1020.0, 1700.0
LOST_UNTIL = 1021.0
SILENT_SINCE = 1014.0
EVERYBODY = ("anna", "ben", "carl", "dora")
OUTSIDE = Evidence(Place.OUTSIDE, Source.POSITION, 1015.0)
OF_THE_CALLER = {"CallerLost", "CallerBack", "CallerHungUp", "CallerLeft", "EvidenceGiven", "Expired"}


@dataclass(frozen=True)
class Row:
    """One verdict."""

    stage: Stage
    given: frozenset[str]
    event: str
    leg: str
    becomes: str
    effects: str

    def __str__(self) -> str:
        given = f" ({', '.join(sorted(self.given))})" if self.given else ""
        return f"{self.stage}{given}: {self.event} {self.leg} -> {self.becomes}"


def rows() -> list[Row]:
    """The table, one row a leg."""
    lines = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()[1:]]
    return [
        Row(
            Stage(stage),
            frozenset(g.strip() for g in given.split(",") if g.strip()),
            event,
            leg,
            becomes,
            effects,
        )
        for stage, given, event, legs, becomes, effects in lines
        for leg in legs.split() or [""]
    ]


def leg(name: str, person: str, stage: LegStage = LegStage.INVITED, reason: Reason | None = None) -> Leg:
    return Leg(LegId(name), DeviceId(f"{name}-device"), AccountId(person), stage, reason=reason)


def the_call(stage: Stage, given: frozenset[str]) -> Call:
    """The plain call of a stage, with what is given."""
    gone = leg("gone", "carl", LegStage.ENDED, Reason.BUSY)
    if stage is Stage.CALLING:
        legs = [leg("x", "anna"), leg("y", "anna"), leg("z", "ben"), gone]
    elif stage is Stage.RINGING:
        legs = [leg("x", "anna", LegStage.RINGING), leg("y", "anna", LegStage.RINGING), leg("z", "ben"), gone]
    else:
        others = [
            leg(name, person, LegStage.ENDED, Reason.ACCEPTED_ELSEWHERE)
            for name, person in (("y", "anna"), ("z", "ben"))
        ]
        ended = stage is Stage.ENDED
        x = leg(
            "x", "anna", LegStage.ENDED if ended else LegStage.ACCEPTED, Reason.COMPLETED if ended else None
        )
        legs = [replace(x, connected=stage is not Stage.CONNECTING), *others, gone]
    call = replace(a_call(now=PLACED, people=EVERYBODY), legs=tuple(legs), stage=stage)
    if stage in (Stage.CONNECTING, Stage.ESTABLISHED, Stage.ENDED):
        call = replace(call, accepted=LegId("x"), accepted_at=ACCEPTED)
    if stage in (Stage.ESTABLISHED, Stage.ENDED):
        call = replace(call, established_at=UP)
    if stage is Stage.ENDED:
        call = replace(call, reason=Reason.COMPLETED, ended_by=Side.CALLER, ended_at=NOW)
    for what in given:
        call = GIVEN[what](call)
    return call


def changed(call: Call, name: str, **changes: object) -> Call:
    return replace(call, legs=tuple(replace(x, **changes) if x.id == name else x for x in call.legs))


def out(call: Call, name: str, reason: Reason) -> Call:
    return changed(call, name, stage=LegStage.ENDED, reason=reason)


GIVEN = {
    "alone": lambda call: out(out(call, "y", Reason.LOST), "z", Reason.LOST),
    "nobody busy": lambda call: out(call, "gone", Reason.LOST),
    "x connected": lambda call: changed(call, "x", connected=True),
    "x lost": lambda call: changed(call, "x", lost_until=LOST_UNTIL),
    "x pushed": lambda call: changed(call, "x", pushed=True, stage=LegStage.INVITED),
    "caller lost": lambda call: replace(call, caller_lost_until=LOST_UNTIL),
    "camera on": lambda call: replace(call, camera=True),
    "decline ends": lambda call: replace(call, rules=replace(call.rules, decline_ends_call=True)),
    "x silent": lambda call: replace(call, resident_silent_since=SILENT_SINCE),
    "told": lambda call: replace(call, silence_told=True),
    "due": lambda call: call,
    "last minute": lambda call: call,
    "outside known": lambda call: replace(call, evidence=OUTSIDE),
}


def the_event(row: Row) -> Event:
    kind = getattr(machine, row.event)
    if kind is EvidenceGiven:
        return EvidenceGiven(OUTSIDE)
    if row.event in OF_THE_CALLER:
        return kind()
    if kind is MediaSilent:
        return MediaSilent(LegId(row.leg), Side.RESIDENT, SILENT_SINCE)
    return CameraTurned(LegId(row.leg), True) if kind is CameraTurned else kind(LegId(row.leg))


def the_effects(row: Row) -> list[Effect]:
    """The effects, read from the words of the table."""
    plain = {"TellCaller": TellCaller, "TellResident": TellResident}
    effects: list[Effect] = []
    for word in row.effects.replace("*", row.leg).split():
        name, _, rest = word.rstrip(")").partition("(")
        parts = rest.split(",")
        if name in plain:
            effects.append(plain[name]())
        elif name == "NoteMissed":
            effects.append(NoteMissed(tuple(map(AccountId, EVERYBODY if parts == ["all"] else parts))))
        elif name == "StopLeg":
            legs = ("x", "y", "z") if parts[0] == "each" else (parts[0],)
            by = LegId(parts[2]) if len(parts) > 2 else None
            effects.extend(StopLeg(LegId(one), Reason(parts[1]), by) for one in legs)
        elif parts == ["each"]:
            effects.extend(TellEvidence(LegId(one)) for one in ("x", "y", "z"))
        else:
            effects.append({"TellLeg": TellLeg, "InviteLeg": InviteLeg}[name](LegId(parts[0])))
    return effects


def due(call: Call, row: Row) -> float:
    """The moment of the event: 1020, or exactly the deadline (1700 for a call that has none)."""
    if "last minute" in row.given:
        return call.deadline - 30
    if "due" not in row.given:
        return NOW
    return call.deadline if call.alive else OVER


@pytest.mark.parametrize("row", rows(), ids=str)
def test_each_event_has_in_each_stage_the_effects_that_the_table_says(row: Row) -> None:
    before = the_call(row.stage, row.given)

    after = advance(before, the_event(row), due(before, row))

    assert list(after.effects) == the_effects(row)
    if row.becomes == "same":
        assert after.call is before
    else:
        stage, reason, by, *_ = [*row.becomes.split(), None, None]
        assert after.call != before or row.event in {"LegBack", "CallerBack"}
        assert (after.call.stage, after.call.reason, after.call.ended_by) == (stage, reason, by)


def test_the_table_has_a_verdict_for_every_pair_of_stage_and_event_and_for_every_kind_of_leg() -> None:
    said = {(row.stage, row.event, row.leg) for row in rows() if not row.given}
    kinds = {kind.__name__ for kind in Event.__args__}
    early = {"x", "z", "gone", "foreign"}
    wanted = {
        (stage, kind, name)
        for stage, kind in product(Stage, kinds)
        for name in (
            {""}
            if kind in OF_THE_CALLER
            else early
            if stage in (Stage.CALLING, Stage.RINGING)
            else {"x", "z", "foreign"}
        )
    }
    assert len(kinds) == 19
    assert wanted - said == set()
    assert {(row.stage, row.event) for row in rows()} == set(product(Stage, kinds))


def test_every_stage_says_what_happens_at_its_deadline() -> None:
    assert {row.stage for row in rows() if row.event == "Expired" and row.given == {"due"}} == set(Stage)


def test_an_accept_keeps_when_and_who() -> None:
    after = advance(the_call(Stage.RINGING, frozenset()), machine.LegAccepted(LegId("z")), NOW).call
    assert (after.accepted, after.accepted_at, after.established_at) == ("z", NOW, None)
    assert [(x.id, x.stage, x.reason) for x in after.legs] == [
        ("x", "ended", "accepted_elsewhere"),
        ("y", "ended", "accepted_elsewhere"),
        ("z", "accepted", None),
        ("gone", "ended", "busy"),
    ]
    assert after.deadline == NOW + after.rules.connect


def test_a_leg_that_connected_while_it_rang_is_established_the_moment_it_is_accepted() -> None:
    call = the_call(Stage.RINGING, frozenset({"x connected"}))
    after = advance(call, machine.LegAccepted(LegId("x")), NOW).call
    assert (after.accepted_at, after.established_at) == (NOW, NOW)
    assert after.deadline == NOW + after.rules.talk


def test_a_leg_whose_path_failed_again_is_not_taken_for_connected() -> None:
    call = the_call(Stage.RINGING, frozenset({"x connected"}))
    call = advance(call, machine.LegMediaFailed(LegId("x")), NOW).call
    assert advance(call, machine.LegAccepted(LegId("x")), NOW).call.stage is Stage.CONNECTING


def test_an_accept_of_a_device_that_was_thought_lost_is_its_coming_back() -> None:
    call = the_call(Stage.RINGING, frozenset({"x lost"}))
    after = advance(call, machine.LegAccepted(LegId("x")), NOW).call
    assert after.deadline == NOW + after.rules.connect


def test_losses_are_waited_for_as_long_as_the_rules_say() -> None:
    ringing, talking = (the_call(stage, frozenset()) for stage in (Stage.RINGING, Stage.ESTABLISHED))
    rules = ringing.rules
    assert advance(ringing, CallerLost(), NOW).call.deadline == NOW + rules.ring_grace
    assert advance(ringing, machine.LegLost(LegId("x")), NOW).call.deadline == NOW + rules.ring_grace
    assert advance(talking, CallerLost(), NOW).call.deadline == NOW + rules.grace
    assert advance(talking, machine.LegLost(LegId("x")), NOW).call.deadline == NOW + rules.grace


def test_who_comes_back_in_time_gives_the_call_its_old_deadline() -> None:
    call = the_call(Stage.ESTABLISHED, frozenset())
    lost = advance(advance(call, CallerLost(), NOW).call, machine.LegLost(LegId("x")), NOW).call
    back = advance(advance(lost, CallerBack(), NOW + 1).call, machine.LegBack(LegId("x")), NOW + 1).call
    assert back == call


def test_the_reason_of_the_whole_call_is_the_best_of_its_legs() -> None:
    for reasons, best in (
        ((Reason.BUSY, Reason.DECLINED, Reason.LOST), Reason.DECLINED),
        ((Reason.REMOVED, Reason.BUSY, Reason.LOST), Reason.BUSY),
        ((Reason.REMOVED, Reason.LOST, Reason.LOST), Reason.UNREACHABLE),
    ):
        call = a_call(("x", "anna"), ("y", "ben"), ("z", "carl"))
        for name, reason in zip("xyz", reasons, strict=True):
            event = {
                Reason.BUSY: machine.LegBusy,
                Reason.DECLINED: machine.LegDeclined,
                Reason.REMOVED: machine.LegRemoved,
            }.get(reason)
            if event is None:
                call = advance(call, machine.LegLost(LegId(name)), NOW).call
                call = advance(call, Expired(), NOW + call.rules.ring_grace).call
            else:
                call = advance(call, event(LegId(name)), NOW).call
        assert call.reason is best


def test_a_ring_that_nobody_can_hear_has_ended_at_once() -> None:
    for nobody in (Reason.BUSY, Reason.UNREACHABLE):
        made = machine.place(
            call=a_call().id,
            site=a_call().site,
            entrance=a_call().entrance,
            entry=a_call().entry,
            panel=a_call().panel,
            people=[AccountId("anna"), AccountId("ben")],
            legs=[],
            nobody=nobody,
            now=PLACED,
            rules=machine.Rules(),
        )
        assert (made.call.stage, made.call.reason, made.call.ended_at) == (Stage.ENDED, nobody, PLACED)
        assert made.effects == (TellCaller(), NoteMissed((AccountId("anna"), AccountId("ben"))))


def test_a_ring_invites_every_leg_in_the_order_of_the_fork_and_then_tells_the_caller() -> None:
    made = placed(("x", "anna"), ("y", "anna"), ("z", "ben"), now=PLACED)
    assert made.effects == (*(InviteLeg(LegId(name)) for name in "xyz"), TellCaller())
    assert (made.call.stage, made.call.deadline) == (Stage.CALLING, PLACED + made.call.rules.ring)


def test_hanging_up_after_the_accept_completes_the_call_even_before_it_is_connected() -> None:
    call = advance(the_call(Stage.CONNECTING, frozenset()), CallerHungUp(), NOW).call
    assert (call.reason, call.ended_by, call.ended_at) == (Reason.COMPLETED, Side.CALLER, NOW)
    assert call.leg(LegId("x")).reason is Reason.COMPLETED  # type: ignore[union-attr]


@pytest.mark.parametrize("side", Side)
def test_silence_at_either_end_is_told_after_12_seconds_and_ends_the_talk_after_20(side: Side) -> None:
    x = LegId("x")
    call = the_call(Stage.ESTABLISHED, frozenset())
    call = advance(call, MediaSilent(x, side, NOW - 5), NOW).call
    assert call.deadline == NOW + 7
    call = advance(call, MediaSilent(x, side, NOW - 5), NOW + 3).call
    assert not advance(call, Expired(), NOW + 6.9).effects
    told = advance(call, Expired(), NOW + 7)
    assert (told.call.silence_told, told.call.deadline) == (True, NOW + 15)
    assert told.effects == (TellCaller(), TellResident())
    ended = advance(told.call, Expired(), NOW + 15).call
    assert (ended.stage, ended.reason, ended.ended_by) == (Stage.ENDED, Reason.MEDIA_FAILED, None)


def test_what_comes_again_before_it_was_told_is_not_spoken_of_and_after_it_is() -> None:
    x = LegId("x")
    silent = advance(
        the_call(Stage.ESTABLISHED, frozenset()), MediaSilent(x, Side.RESIDENT, NOW - 5), NOW
    ).call
    again = MediaSilent(x, Side.RESIDENT, math.inf)
    heard = advance(silent, again, NOW + 1)
    assert (heard.call, heard.effects) == (the_call(Stage.ESTABLISHED, frozenset()), ())
    told = advance(silent, Expired(), NOW + 7).call
    heard = advance(told, again, NOW + 8)
    assert (heard.call, heard.effects) == (
        the_call(Stage.ESTABLISHED, frozenset()),
        (TellCaller(), TellResident()),
    )


def test_silence_at_both_ends_lasts_until_both_hear_again() -> None:
    x = LegId("x")
    call = the_call(Stage.ESTABLISHED, frozenset())
    for side in Side:
        call = advance(call, MediaSilent(x, side, NOW - 5), NOW).call
    call = advance(call, Expired(), NOW + 7).call
    one = advance(call, MediaSilent(x, Side.CALLER, math.inf), NOW + 8)
    assert (one.effects, one.call.silence_told) == ((), True)
    both = advance(one.call, MediaSilent(x, Side.RESIDENT, math.inf), NOW + 9)
    assert both.call.silent_since == math.inf
    assert both.effects == (TellCaller(), TellResident())


def test_silence_of_before_the_talk_does_not_count() -> None:
    call = the_call(Stage.ESTABLISHED, frozenset())
    silent = advance(call, MediaSilent(LegId("x"), Side.CALLER, UP - 100), UP + 1).call
    assert silent.silent_since == UP
