"""A secret never shows by itself."""

from __future__ import annotations

import copy
import json
import logging
import traceback
from dataclasses import dataclass

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intercom.domain.ids import Secret
from intercom.ports import IceServer
from tests.fakes.examples import examples

TEXT = "correct-horse-battery"
SECRET = Secret(TEXT)


@dataclass
class Holder:
    key: Secret


@pytest.mark.parametrize(
    "shown",
    [
        repr(SECRET),
        str(SECRET),
        f"{SECRET}",
        f"{SECRET!s}",
        f"{SECRET!r}",
        "%s %r" % (SECRET, SECRET),  # noqa: UP031 - the way logging does it
        repr(Holder(SECRET)),
        repr([SECRET]),
        str({"key": SECRET}),
        repr(IceServer(("turn:x",), "user", SECRET)),
        repr(copy.deepcopy(Holder(SECRET))),
    ],
)
def test_no_way_of_printing_shows_it(shown: str) -> None:
    assert TEXT not in shown
    assert "***" in shown


def test_a_log_line_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("intercom.test").info("key %s, %r", SECRET, {"key": SECRET})
    assert "***" in caplog.text
    assert TEXT not in caplog.text


def test_it_cannot_slip_into_a_json_document() -> None:
    with pytest.raises(TypeError) as refused:
        json.dumps({"key": SECRET})
    assert TEXT not in str(refused.value)
    with pytest.raises(TypeError) as refused:
        orjson.dumps({"key": SECRET})
    assert TEXT not in str(refused.value)


def test_it_has_no_dictionary_that_would_show_it() -> None:
    with pytest.raises(TypeError):
        vars(SECRET)


def test_a_traceback_does_not_show_it() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        assert TEXT not in traceback.format_exc()


def test_only_reveal_gives_it() -> None:
    assert SECRET.reveal() == TEXT


@given(st.text(), st.text())
@examples(100)
def test_secrets_are_equal_by_their_text_and_to_nothing_else(a: str, b: str) -> None:
    assert (Secret(a) == Secret(b)) == (a == b)
    assert Secret(a) != a
    assert bool(Secret(a)) == bool(a)
    assert hash(Secret(a)) == hash(Secret(a))
