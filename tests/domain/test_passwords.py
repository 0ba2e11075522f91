"""Which passwords are good enough."""

from __future__ import annotations

import pytest

from intercom.domain.errors import Invalid
from intercom.domain.ids import Secret
from intercom.domain.passwords import PasswordRules, folded, prepared
from intercom.identity.common import common_passwords

RULES = PasswordRules(common_passwords())
OWN = ("Anna", "Lind", "anna.lind@example.org", "Birkenhof")


def said(password: str, own: tuple[str, ...] = OWN) -> str | None:
    """The sentence about a password; None: it is good."""
    try:
        RULES.check(Secret(password), own)
    except Invalid as refused:
        return refused.details["fields"]["password"]
    return None


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "hxk29dkw",
        "Anna hat drei Katzen",
        "übergrößenträger",
        "密码安全很重要的",
        "a" + "bc d" * 31 + "efg",
        "🐈🚲🌧🎻🧊🪁🥝🕯",
        "<script>x</script>",
        "Birkenhofmeister",
    ],
)
def test_long_enough_and_of_ones_own_is_good(password: str) -> None:
    assert said(password) is None


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "P@ssw0rd",
        "Password1!",
        "!!password99",
        "ICHLIEBEDICH",
        "iloveyou2024",
        "Sommer2024",
        "letmeinletmein",
        "zaq12wsx",
        "mot-de-passe",
        "Contraseña1",
        "sesameopen",
        "1q2w3e4r",
        "trustno1",
        "qwertz123456",
    ],
)
def test_common_ones_are_refused_in_every_usual_disguise(password: str) -> None:
    assert said(password) == "This password is on the list of common ones. Add a word or two."


@pytest.mark.parametrize(
    "password",
    [
        "12345678",
        "87654321",
        "aaaaaaaa",
        "19851985",
        "asdfghjk",
        "abcabcabc",
        "99999999999999999",
        "ab12345678",
    ],
)
def test_rows_and_repetitions_are_refused(password: str) -> None:
    assert (said(password) or "").startswith("This is a row or a repetition")


@pytest.mark.parametrize(
    "password",
    ["annalind", "Lind-Anna-9", "birkenhof12", "anna.lind@example.org", "19LINDanna85", "LindLindAnna"],
)
def test_what_everybody_knows_of_its_owner_is_refused(password: str) -> None:
    assert said(password)
    assert said(password, ()) is None or password == "anna.lind@example.org"


def test_it_is_at_least_eight_and_at_most_128_characters_however_many_bytes_they_take() -> None:
    assert said("hxk29dk") == "Use at least 8 characters."
    assert said("") == "Use at least 8 characters."
    assert said("ü" * 7) == "Use at least 8 characters."
    long = "ab cde fgh " * 20
    assert said(long[:128].strip()) is None
    assert said(long[:129]) == "Use at most 128 characters."


def test_control_characters_are_refused_in_words() -> None:
    assert said("hxk2\x0029dkw") == said("hxk2\n29dkw") != None  # noqa: E711
    assert said("hxk2\ud80029dkw") is not None


def test_the_same_word_typed_on_two_keyboards_is_the_same() -> None:
    assert prepared(Secret("u\u0308bung macht")) == prepared(Secret("\u00fcbung\u00a0macht"))
    assert prepared(Secret("  spaces from copying \n")) == Secret("spaces from copying")
    assert prepared(Secret("ＡＢ")) == Secret("ＡＢ"), "what looks different stays different"


def test_the_refusal_names_the_field_and_never_the_password() -> None:
    with pytest.raises(Invalid) as refused:
        RULES.check(Secret("iloveyou"), field="new_password")
    assert list(refused.value.details["fields"]) == ["new_password"]
    assert "iloveyou" not in str(refused.value)


def test_the_list_is_long_and_folded() -> None:
    assert len(common_passwords()) > 3000
    assert all(word == folded(word) for word in common_passwords())
