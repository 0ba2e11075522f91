"""One tree of refusals: stable codes, sentences for people."""

from __future__ import annotations

import inspect
import re
from collections import Counter

import pytest

from intercom.domain import errors
from intercom.domain.door import SENTENCES, Refusal
from intercom.domain.errors import DoorRefused, IntercomError, TooMany, code_of
from intercom.services.switchboard import AcceptedElsewhere

EVERY = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, IntercomError)
] + [AcceptedElsewhere]
OF_THE_MACHINE = re.compile(
    r"traceback|exception|error|null|(?-i:None)|undefined|sqlite|0x|[_{}<>\\]|\bdict\b|\bclass\b|  ",
    re.IGNORECASE,
)


def sentences() -> list[str]:
    return [
        *(kind.sentence for kind in EVERY if kind is not DoorRefused),
        TooMany(retry_after=3.0).message,
        *SENTENCES.values(),
    ]


def test_codes_are_unique() -> None:
    # DoorRefused carries the refusal's own code in each instance; a kind without one goes out as its parent
    codes = Counter(kind.__dict__["code"] for kind in EVERY if "code" in kind.__dict__)
    assert len(codes) > 20
    assert [code for code, times in codes.items() if times > 1] == []


def test_codes_are_in_snake_case() -> None:
    for code in [kind.code for kind in EVERY] + [str(why) for why in Refusal]:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)


@pytest.mark.parametrize("sentence", sentences())
def test_a_sentence_is_one_that_a_person_can_read(sentence: str) -> None:
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert not OF_THE_MACHINE.search(sentence)


def test_a_code_that_a_refusal_of_the_door_shares_with_an_error_means_the_same() -> None:
    by_code = {kind.code: kind for kind in EVERY if kind is not DoorRefused}
    shared = {why: by_code[why] for why in Refusal if why in by_code}
    # the fence is told to the visitor in other words than to the resident
    told_apart = {Refusal.NOT_ALLOWED, Refusal.OUTSIDE_FENCE, Refusal.FENCE_UNKNOWN}
    assert set(shared) == {Refusal.CALL_ENDED, Refusal.OUR_FAULT, *told_apart}
    for why in set(shared) - told_apart:
        assert shared[why].sentence == SENTENCES[why]


def test_every_error_says_something_without_being_told_what() -> None:
    for kind in EVERY:
        if kind is not DoorRefused and not issubclass(kind, TooMany):
            assert str(kind()) == kind().message == kind.sentence


def test_a_refusal_of_the_door_goes_out_by_its_own_code() -> None:
    assert code_of(DoorRefused(Refusal.WRONG_LOCK, "No.")) == "wrong_lock"
    assert code_of(errors.CallOver()) == "call_ended"


@pytest.mark.parametrize(("seconds", "said"), [(0.0, 1), (0.4, 1), (12.6, 13)])
def test_too_many_says_in_whole_seconds_when_to_try_again(seconds: float, said: int) -> None:
    error = TooMany(retry_after=seconds)
    assert error.details == {"retry_after": said}
    assert f"{said} s" in error.message


def test_an_unknown_failure_is_our_fault() -> None:
    assert code_of(IntercomError()) == "our_fault"
