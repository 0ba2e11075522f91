"""Calls and openings as documents: what goes in comes out."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intercom.domain.call import Call, Leg, LegStage, Reason, Rules, Side, Stage
from intercom.domain.door import Factor, Opening, Refusal, Truth
from intercom.domain.evidence import NOTHING, Evidence, Place, Source
from intercom.domain.ids import Secret
from intercom.storage.documents import call_from, call_to, opening_from, opening_to
from tests.fakes.examples import AN_OPENING, a_call, examples

ids = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
moments = st.floats(allow_nan=False, allow_infinity=False)
untils = st.one_of(st.just(inf), moments)
maybe_moments = st.one_of(st.none(), moments)

legs = st.builds(
    Leg,
    id=ids,
    device=ids,
    person=ids,
    stage=st.sampled_from(LegStage),
    connected=st.booleans(),
    reason=st.one_of(st.none(), st.sampled_from(Reason)),
    lost_until=untils,
)
calls = st.builds(
    Call,
    id=ids,
    site=ids,
    entrance=ids,
    entry=ids,
    panel=ids,
    people=st.lists(ids, max_size=3).map(tuple),
    legs=st.lists(legs, max_size=3).map(tuple),
    placed_at=moments,
    rules=st.builds(Rules, ring=moments, talk=moments, decline_ends_call=st.booleans()),
    stage=st.sampled_from(Stage),
    accepted=st.one_of(st.none(), ids),
    accepted_at=maybe_moments,
    established_at=maybe_moments,
    ended_at=maybe_moments,
    reason=st.one_of(st.none(), st.sampled_from(Reason)),
    ended_by=st.one_of(st.none(), st.sampled_from(Side)),
    caller_lost_until=untils,
    camera=st.booleans(),
)
openings = st.builds(
    Opening,
    id=ids,
    request=ids,
    site=ids,
    entrance=ids,
    lock=ids,
    lock_name=ids,
    person=ids,
    device=ids,
    call=st.one_of(st.none(), ids),
    truth=st.sampled_from(Truth),
    at=moments,
    told_at=moments,
    code=st.one_of(st.none(), st.sampled_from(Refusal)),
    deadline=untils,
    relocks_at=maybe_moments,
    without_call=st.booleans(),
    evidence=st.builds(Evidence, st.sampled_from(Place), st.sampled_from(Source), moments),
    factor=st.one_of(st.none(), st.sampled_from(Factor)),
    core_event=st.one_of(st.none(), ids),
    until=maybe_moments,
    left=st.one_of(st.none(), st.integers(0, 5)),
)


@given(calls)
@examples(150)
def test_a_call_comes_back_as_it_was(call: Call) -> None:
    back = call_from(call_to(call))
    assert back == call
    assert isinstance(back.stage, Stage)
    assert all(isinstance(leg.stage, LegStage) for leg in back.legs)
    assert back.deadline == call.deadline


@given(openings)
@examples(150)
def test_an_opening_comes_back_as_it_was(opening: Opening) -> None:
    back = opening_from(opening_to(opening))
    assert back == opening
    assert isinstance(back.truth, Truth)
    assert back.settled == opening.settled


def test_a_document_is_json_and_has_no_infinity() -> None:
    document = orjson.loads(call_to(a_call()))
    assert document["caller_lost_until"] is None
    assert document["stage"] == "calling"


def test_something_without_a_place_in_a_document_is_refused_and_a_secret_stays_secret() -> None:
    with pytest.raises(TypeError) as refused:
        call_to(replace(a_call(), panel=Secret("hidden")))  # type: ignore[arg-type]
    assert "hidden" not in str(refused.value)


def test_a_field_that_was_added_to_a_call_is_not_forgotten_in_its_document() -> None:
    assert set(orjson.loads(call_to(a_call()))) == set(Call.__dataclass_fields__)
    assert set(orjson.loads(call_to(a_call()))["legs"][0]) == set(Leg.__dataclass_fields__)


@pytest.mark.parametrize(("call", "without"), [(None, True), ("call", False)])
def test_an_opening_from_before_there_was_evidence_is_read_still(call: str | None, without: bool) -> None:
    stored = orjson.loads(opening_to(replace(AN_OPENING, call=call)))  # type: ignore[arg-type]
    for new in ("without_call", "evidence", "factor", "core_event", "until", "left"):
        del stored[new]
    back = opening_from(orjson.dumps(stored))
    assert (back.without_call, back.evidence, back.factor, back.core_event) == (without, NOTHING, None, None)
