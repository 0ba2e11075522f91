"""PINs and Codes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.errors import Invalid
from intercom.domain.ids import AccountId, Secret
from intercom.domain.pins import (
    CODE_LENGTH,
    CODE_SECONDS,
    PAUSE,
    TRIES,
    OpeningPin,
    check_pin,
    code,
    is_code,
    proven,
    tried,
)

SECRET, NOW = Secret("a secret of Anna's"), 1_800_000_000.0
PIN = OpeningPin(AccountId("anna"), "hash", "sealed", NOW)


@pytest.mark.parametrize("digits", ["4071", "83920", "903142", "71829304", " 4071 "])
def test_a_pin_has_four_to_eight_digits(digits: str) -> None:
    assert check_pin(Secret(digits)) == Secret(digits.strip())


@pytest.mark.parametrize(
    "digits",
    [
        "",
        "407",
        "407199823",
        "40a1",
        "４０７１",
        "-4071",
        "40.71",
        # the first that people try
        "0000",
        "1111111",
        "1234",
        "12345678",
        "7890",
        "4321",
        "98765",
        "1212",
        "407407",
        "1122",
        "1987",
        "2024",
        "2580",
    ],
)
def test_what_is_no_pin_or_an_easy_one_is_refused_in_words(digits: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_pin(Secret(digits))
    assert set(refused.value.details["fields"]) == {"pin"}
    assert digits not in refused.value.details["fields"]["pin"] or not digits


def test_the_fifth_wrong_one_in_a_row_pauses_for_a_quarter_of_an_hour() -> None:
    pin = PIN
    for number in range(1, TRIES + 1):
        after = tried(pin, NOW)
        assert after is not None
        assert after.failures == number
        assert (after.blocked_until is not None) == (number == TRIES)
        pin = after
    assert tried(pin, NOW + PAUSE - 0.1) is None
    again = tried(pin, NOW + PAUSE)
    assert again == replace(PIN, failures=1), "and then they begin anew"


def test_a_right_one_makes_all_before_it_forgotten() -> None:
    fifth = replace(PIN, failures=TRIES, blocked_until=NOW + PAUSE)
    assert proven(fifth) == PIN


def test_a_code_is_good_for_three_minutes_and_as_often_as_one_likes() -> None:
    for begin in (NOW, NOW + 3.3, NOW + 9.99):
        shown = code(SECRET, begin)
        assert len(shown.reveal()) == CODE_LENGTH
        for later in (0.0, 1.0, 60.0, CODE_SECONDS):
            assert is_code(SECRET, shown, begin + later)
        assert not is_code(SECRET, shown, begin + CODE_SECONDS + 10.0)
        assert not is_code(SECRET, shown, begin - 10.0), "nor before it was shown"


def test_a_code_is_its_persons_own() -> None:
    assert not is_code(Secret("Ben's"), code(SECRET, NOW), NOW)
    assert code(Secret("Ben's"), NOW) != code(SECRET, NOW)


def test_codes_differ_from_moment_to_moment() -> None:
    shown = {code(SECRET, NOW + 10.0 * step).reveal() for step in range(1000)}
    assert len(shown) > 990


def test_a_code_is_taken_as_people_type_it() -> None:
    moments = (NOW + 10.0 * step for step in range(1000))
    at, text = next((at, made) for at in moments if "0" in (made := code(SECRET, at).reveal()))
    for typed in (text.lower(), f" {text[:2]} {text[2:]} ", text.replace("0", "o"), f"{text[:2]}-{text[2:]}"):
        assert is_code(SECRET, Secret(typed), at)
    for wrong in ("", text[:4], text + "0", "ÄÖÜ€0", "00000"):
        assert not is_code(SECRET, Secret(wrong), at)


def test_neither_prints() -> None:
    assert "4071" not in repr(check_pin(Secret("4071")))
    assert code(SECRET, NOW).reveal() not in repr(code(SECRET, NOW))
    kept = replace(PIN, hash="argon2id-of-it", sealed="gAAAA")
    assert kept.hash not in repr(kept)
    assert kept.sealed not in repr(kept)
