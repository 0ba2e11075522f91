"""Signing in and out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.errors import NotSignedIn, TooMany, WrongCredentials
from intercom.domain.ids import AccountId, Secret
from intercom.domain.letters import LetterKind
from intercom.domain.people import Account
from intercom.services.signin import SESSION_SECONDS
from tests.fakes import House
from tests.fakes.people import PlainPasswords

ANNA = AccountId("anna")
HOME, CAFE = "192.0.2.1", "198.51.100.7"
LIMITS = {"sign_in": (3, 900.0), "sign_in_address": (5, 900.0), "warn": (1, 900.0)}


@pytest.fixture
def house() -> House:
    """Three tries for each e-mail from an address, five for an address, one warning; in 15 minutes."""
    return House(limits=LIMITS)


async def sign_in(
    house: House, email: str = "anna@example.org", password: str = "anna-password", address: str = HOME
) -> Secret:
    token, _ = await house.signin.sign_in(email, Secret(password), address, "a browser")
    return token


async def fails(house: House, email: str, password: str = "wrong", address: str = HOME) -> WrongCredentials:
    with pytest.raises(WrongCredentials) as refused:
        await sign_in(house, email, password, address)
    return refused.value


async def test_the_right_password_opens_a_session(house: House) -> None:
    token, session = await house.signin.sign_in(
        "anna@example.org", Secret("anna-password"), HOME, "a browser"
    )
    assert (session.account.id, session.expires_at) == ("anna", house.clock.now() + SESSION_SECONDS)
    assert await house.signin.session(token) == session


async def test_the_server_keeps_no_token_only_its_hash(house: House) -> None:
    token = await sign_in(house)
    assert list(house.people.sessions) == [token.digest()]
    assert token.reveal() not in repr(house.people.sessions)
    assert len(token.reveal()) >= 43, "at least 256 bits"


async def test_every_sign_in_has_a_token_of_its_own(house: House) -> None:
    assert await sign_in(house) != await sign_in(house)


async def test_an_unknown_email_and_a_wrong_password_get_the_very_same_answer(house: House) -> None:
    known = await fails(house, "anna@example.org")
    unknown = await fails(house, "nobody@example.org")
    assert (known.code, known.message, known.details) == (unknown.code, unknown.message, unknown.details)
    assert house.passwords.checked == ["now:anna-password", None], "an unknown e-mail is checked just as well"


async def test_somebody_who_is_not_active_any_more_gets_the_same_answer_too(house: House) -> None:
    house.people.admit(Account(AccountId("gone"), "gone@example.org", "G", "O", active=False), "now:right")
    refused = await fails(house, "gone@example.org", "right")
    assert refused.message == (await fails(house, "nobody@example.org", "right")).message
    assert house.people.sessions == {}


async def test_case_and_blanks_around_an_email_do_not_matter_for_signing_in_or_for_counting(
    house: House,
) -> None:
    await sign_in(house, " ANNA@Example.org ")
    for email in ("anna@example.org", "ANNA@example.org", " Anna@Example.org"):
        await fails(house, email)
    with pytest.raises(TooMany):
        await sign_in(house, "Anna@example.org ")


async def test_the_tries_left_are_said_and_then_one_must_wait(house: House) -> None:
    assert [(await fails(house, "anna@example.org")).details["left"] for _ in range(3)] == [2, 1, 0]
    with pytest.raises(TooMany) as refused:
        await sign_in(house)
    assert refused.value.details["retry_after"] == 900
    house.clock.passes(900)
    await sign_in(house)


async def test_a_right_password_is_no_try(house: House) -> None:
    for _ in range(8):
        await sign_in(house)
    await fails(house, "anna@example.org")
    await sign_in(house)
    assert (await fails(house, "anna@example.org")).details["left"] == 1


async def test_signing_in_to_one_account_gives_no_tries_back_for_another(house: House) -> None:
    for _ in range(3):
        await fails(house, "ben@example.org", address=CAFE)
    await sign_in(house, address=CAFE)
    with pytest.raises(TooMany):
        await sign_in(house, "ben@example.org", "ben-password", CAFE)


async def test_an_unknown_email_is_throttled_as_a_known_one(house: House) -> None:
    for _ in range(3):
        await fails(house, "nobody@example.org")
    with pytest.raises(TooMany) as unknown:
        await sign_in(house, "nobody@example.org")
    other = House(limits=LIMITS)
    for _ in range(3):
        await fails(other, "anna@example.org")
    with pytest.raises(TooMany) as known:
        await sign_in(other)
    assert known.value.message == unknown.value.message


async def test_throttled_guesses_are_not_even_checked(house: House) -> None:
    for _ in range(3):
        await fails(house, "anna@example.org")
    checked = len(house.passwords.checked)
    for _ in range(100):
        with pytest.raises(TooMany):
            await sign_in(house)
    assert len(house.passwords.checked) == checked


async def test_nobody_can_lock_somebody_else_out(house: House) -> None:
    for _ in range(3):
        await fails(house, "anna@example.org", address=CAFE)
    with pytest.raises(TooMany):
        await sign_in(house, address=CAFE)
    await sign_in(house, address=HOME)


async def test_one_address_cannot_go_through_many_emails(house: House) -> None:
    for number in range(5):
        await fails(house, f"guess{number}@example.org", address=CAFE)
    with pytest.raises(TooMany):
        await sign_in(house, address=CAFE)
    await sign_in(house, address=HOME)


async def test_the_owner_of_a_guessed_account_is_warned_once(house: House) -> None:
    for _ in range(3):
        await fails(house, "anna@example.org", address=CAFE)
    assert house.mail.letters == []
    for _ in range(20):
        with pytest.raises(TooMany):
            await sign_in(house, address=CAFE)
    assert house.mail.letters == [], "the answer waits for no letter: its time would tell who is known"
    await house.signin.finish()
    (letter,) = house.mail.letters
    assert letter.to == "anna@example.org"
    assert letter.kind is LetterKind.SIGN_IN_WARNING
    assert letter.values == {"name": "Anna Lind", "address": CAFE, "minutes": "15"}


async def test_a_warning_comes_again_when_the_guessing_goes_on_later(house: House) -> None:
    for _ in range(2):
        for _ in range(3):
            await fails(house, "anna@example.org", address=CAFE)
        with pytest.raises(TooMany):
            await sign_in(house, address=CAFE)
        await house.signin.finish()
        house.clock.passes(1000)
    assert len(house.mail.letters) == 2


async def test_nobody_is_written_to_about_an_email_that_is_unknown(house: House) -> None:
    for _ in range(3):
        await fails(house, "nobody@example.org")
    with pytest.raises(TooMany):
        await sign_in(house, "nobody@example.org")
    await house.signin.finish()
    assert house.mail.letters == []


async def test_no_password_and_no_token_is_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    token = await sign_in(house)
    await fails(house, "anna@example.org", "a-wrong-password")
    assert caplog.text
    for secret in (token.reveal(), "anna-password", "a-wrong-password"):
        assert secret not in caplog.text


async def test_an_outdated_hash_is_made_anew_when_its_owner_signs_in(house: House) -> None:
    house.people.hashes[AccountId("anna")] = "old:anna-password"
    await fails(house, "anna@example.org")
    assert house.people.hashes[AccountId("anna")] == "old:anna-password"
    await sign_in(house)
    assert house.people.hashes[AccountId("anna")] == "new:anna-password"


@pytest.mark.parametrize("old", ["now:anna-password", "old:anna-password"])
async def test_a_password_that_is_changed_while_it_is_looked_at_opens_nothing(house: House, old: str) -> None:
    house.people.hashes[ANNA] = old

    class Slow(PlainPasswords):
        async def verify(self, password_hash: str | None, password: Secret) -> bool:
            house.people.hashes[ANNA] = "new:another"
            return await super().verify(password_hash, password)

    with pytest.raises(WrongCredentials):
        await replace(house.signin, passwords=Slow()).sign_in(
            "anna@example.org", Secret("anna-password"), HOME, "a browser"
        )
    assert house.people.sessions == {}
    assert house.people.hashes[ANNA] == "new:another"


async def test_a_better_hash_never_brings_an_old_password_back(house: House) -> None:
    house.people.hashes[ANNA] = "old:anna-password"

    class Slow(PlainPasswords):
        async def hash(self, password: Secret) -> str:
            house.people.hashes[ANNA] = "new:another"
            return await super().hash(password)

    signin = replace(house.signin, passwords=Slow())
    await signin.sign_in("anna@example.org", Secret("anna-password"), HOME, "a browser")
    assert house.people.hashes[ANNA] == "new:another"


async def test_a_session_ends_when_it_runs_out_or_its_owner_is_removed(house: House) -> None:
    token = await sign_in(house)
    house.clock.passes(SESSION_SECONDS - 1)
    await house.signin.session(token)
    house.clock.passes(1)
    with pytest.raises(NotSignedIn):
        await house.signin.session(token)


async def test_without_a_token_or_with_a_wrong_one_nobody_is_signed_in(house: House) -> None:
    await sign_in(house)
    for token in (None, Secret(""), Secret("wrong")):
        with pytest.raises(NotSignedIn):
            await house.signin.session(token)


async def test_signing_out_ends_the_session_and_whatever_is_connected_under_it(house: House) -> None:
    token, other = await sign_in(house), await sign_in(house)
    session = await house.signin.session(token)
    await house.signin.sign_out(session)
    assert house.ended == [session.id]
    with pytest.raises(NotSignedIn):
        await house.signin.session(token)
    await house.signin.session(other)


async def test_ending_quietly_is_no_fault_for_a_token_that_is_none(house: House) -> None:
    token = await sign_in(house)
    await house.signin.end_quietly(Secret("wrong"))
    assert house.ended == []
    await house.signin.end_quietly(token)
    await house.signin.end_quietly(token)
    assert len(house.ended) == 1
