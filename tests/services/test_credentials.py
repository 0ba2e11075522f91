"""Changing a password, and choosing a new one when it was forgotten."""

from __future__ import annotations

import asyncio
import time

import pytest

from intercom.domain.errors import Invalid, LinkOver, TooMany
from intercom.domain.ids import AccountId, Secret
from intercom.services.credentials import RESET_SECONDS
from tests.fakes.desk import CAFE, HOME, Desk

OLD, NEW = Secret("anna-password"), Secret("seven grey herons")
ANNA = AccountId("anna")
LIMITS = {
    "reset": (3, 900.0),
    "reset_address": (5, 900.0),
    "reset_letters": (4, 3600.0),
    "sign_in": (3, 900.0),
}


@pytest.fixture
def desk() -> Desk:
    """Three tries for each e-mail from an address, five for an address, four letters an hour."""
    return Desk(LIMITS)


def hash_of(desk: Desk, person: str = "anna") -> str:
    return desk.house.people.hashes[AccountId(person)]


async def refused(desk: Desk, current: Secret, new: Secret) -> dict[str, str]:
    session = await desk.sign_in("anna")
    with pytest.raises(Invalid) as error:
        await desk.credentials.change(session, current, new, HOME)
    assert hash_of(desk) == "now:anna-password"
    return error.value.details["fields"]


# -- changing ---------------------------------------------------------------------------------------


async def test_a_changed_password_ends_all_other_sessions_and_tells_its_owner(desk: Desk) -> None:
    here, phone, bens = await desk.sign_in("anna"), await desk.sign_in("anna"), await desk.sign_in("ben")
    await desk.credentials.change(here, OLD, NEW, HOME)
    assert hash_of(desk) == "new:seven grey herons"
    assert await desk.again(here) is not None
    assert await desk.again(phone) is None
    assert await desk.again(bens) is not None
    assert desk.house.ended == [phone.id]
    (letter,) = desk.letters()
    assert (letter.kind, letter.to) == ("password_changed", "anna@example.org")
    assert "herons" not in str(letter.values)


async def test_the_present_password_is_needed(desk: Desk) -> None:
    assert await refused(desk, Secret("wrong"), NEW) == {"current_password": "This password is wrong."}
    assert desk.letters() == []


async def test_guessing_the_present_password_is_paused_as_sign_in_is(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    for _ in range(3):
        with pytest.raises(Invalid):
            await desk.credentials.change(session, Secret("wrong"), NEW, CAFE)
    with pytest.raises(TooMany):
        await desk.credentials.change(session, OLD, NEW, CAFE)


async def test_a_weak_password_is_refused_before_the_present_one_is_looked_at(desk: Desk) -> None:
    for weak in ("short", "password1", "annalind1", "birchcourt"):
        assert list(await refused(desk, OLD, Secret(weak))) == ["new_password"]
    assert desk.house.passwords.checked == []


async def test_the_same_password_again_is_no_change(desk: Desk) -> None:
    desk.house.people.hashes[ANNA] = "now:seven grey herons"
    session = await desk.sign_in("anna")
    with pytest.raises(Invalid) as error:
        await desk.credentials.change(session, NEW, NEW, HOME)
    assert "present password" in error.value.details["fields"]["new_password"]


# -- forgotten --------------------------------------------------------------------------------------


async def test_a_link_lets_its_owner_choose_a_new_password_once(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    await desk.credentials.ask_reset(" ANNA@example.org", HOME)
    token = await desk.link()
    assert (await desk.credentials.may_reset(token)).id == ANNA
    assert (await desk.credentials.may_reset(token)).id == ANNA, "looking uses nothing up"
    await desk.credentials.reset(token, NEW)
    assert hash_of(desk) == "new:seven grey herons"
    assert await desk.again(session) is None
    assert desk.house.ended == [session.id]
    assert [letter.kind for letter in desk.letters()] == ["reset_password", "password_changed"]
    with pytest.raises(LinkOver):
        await desk.credentials.reset(token, Secret("nine white herons"))
    with pytest.raises(LinkOver):
        await desk.credentials.may_reset(token)


async def test_second_factors_stay_and_no_browser_is_trusted_any_more(desk: Desk) -> None:
    before = desk.house.people.accounts[ANNA]
    await desk.credentials.ask_reset("anna@example.org", HOME)
    await desk.credentials.reset(await desk.link(), NEW)
    assert desk.house.people.accounts[ANNA] == before
    assert desk.trusted.forgotten == [ANNA]


async def test_a_new_link_voids_the_one_before(desk: Desk) -> None:
    await desk.credentials.ask_reset("anna@example.org", HOME)
    first = await desk.link()
    await desk.credentials.ask_reset("anna@example.org", HOME)
    second = await desk.link()
    with pytest.raises(LinkOver):
        await desk.credentials.reset(first, NEW)
    await desk.credentials.reset(second, NEW)


async def test_a_link_lasts_an_hour(desk: Desk) -> None:
    await desk.credentials.ask_reset("anna@example.org", HOME)
    token = await desk.link()
    assert float(desk.letters()[0].values["until"]) == desk.house.clock.now() + RESET_SECONDS
    desk.house.clock.passes(RESET_SECONDS - 1)
    await desk.credentials.may_reset(token)
    desk.house.clock.passes(1)
    with pytest.raises(LinkOver):
        await desk.credentials.reset(token, NEW)


async def test_a_changed_password_voids_links_that_are_under_way(desk: Desk) -> None:
    await desk.credentials.ask_reset("anna@example.org", HOME)
    token = await desk.link()
    await desk.credentials.change(await desk.sign_in("anna"), OLD, NEW, HOME)
    with pytest.raises(LinkOver):
        await desk.credentials.reset(token, Secret("nine white herons"))


async def test_a_weak_password_leaves_the_link_good(desk: Desk) -> None:
    await desk.credentials.ask_reset("anna@example.org", HOME)
    token = await desk.link()
    with pytest.raises(Invalid):
        await desk.credentials.reset(token, Secret("anna1234"))
    await desk.credentials.reset(token, NEW)


async def test_of_two_who_use_a_link_at_once_one_gets_it(desk: Desk) -> None:
    await desk.credentials.ask_reset("anna@example.org", HOME)
    token = await desk.link()
    done = await asyncio.gather(
        *(desk.credentials.reset(token, Secret(f"{n} herons fly home")) for n in ("six", "ten")),
        return_exceptions=True,
    )
    assert sorted(type(result) for result in done if result) == [LinkOver] or done.count(None) == 1


async def test_the_server_keeps_no_token_only_its_hash(desk: Desk) -> None:
    await desk.credentials.ask_reset("anna@example.org", HOME)
    token = await desk.link()
    assert list(desk.tokens.kept) == [token.digest()]
    assert token.reveal() not in repr(desk.tokens.kept)
    assert len(token.reveal()) >= 43


async def test_nobody_is_written_to_about_an_unknown_or_inactive_account(desk: Desk) -> None:
    await desk.accounts.erase(AccountId("ben"), "Deleted person", 0)
    for email in ("nobody@example.org", "ben@example.org", "", "x" * 320):
        await desk.credentials.ask_reset(email, email)
    await desk.credentials.finish()
    assert desk.letters() == []
    assert desk.tokens.kept == {}


async def test_asking_does_the_same_for_every_e_mail_before_it_answers(desk: Desk) -> None:
    """What differs is done afterwards: so neither answer nor time tell whether an account exists."""

    class Slow:
        """People who are found after a while."""

        async def by_email(self, email: str) -> None:
            await asyncio.sleep(3)

    desk.credentials.people = Slow()  # type: ignore[assignment]
    started = time.perf_counter()
    await desk.credentials.ask_reset("anna@example.org", HOME)
    assert time.perf_counter() - started < 0.5


async def test_asking_is_throttled_for_an_e_mail_and_for_an_address_known_or_not(desk: Desk) -> None:
    for email in ("anna@example.org", "nobody@example.org"):
        for _ in range(3):
            await desk.credentials.ask_reset(email, f"{email} here")
        with pytest.raises(TooMany):
            await desk.credentials.ask_reset(email.upper(), f"{email} here")
        await desk.credentials.ask_reset(email, f"{email} elsewhere")
    for number in range(5):
        await desk.credentials.ask_reset(f"{number}@example.org", CAFE)
    with pytest.raises(TooMany):
        await desk.credentials.ask_reset("new@example.org", CAFE)


async def test_nobody_floods_a_letter_box_from_many_addresses(desk: Desk) -> None:
    for number in range(20):
        await desk.credentials.ask_reset("anna@example.org", f"192.0.2.{number}")
    await desk.credentials.finish()
    assert len(desk.letters("reset_password")) == 4
    desk.house.clock.passes(3600)
    await desk.credentials.ask_reset("anna@example.org", HOME)
    await desk.credentials.finish()
    assert len(desk.letters("reset_password")) == 5


async def test_no_password_and_no_link_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await desk.credentials.ask_reset("anna@example.org", HOME)
    token = await desk.link()
    await desk.credentials.reset(token, NEW)
    assert caplog.text
    for secret in (token.reveal(), "herons", "anna@example.org"):
        assert secret not in caplog.text
