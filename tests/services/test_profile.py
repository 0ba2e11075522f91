"""One's own name, phone number and language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.errors import Invalid, NotNow, TooMany
from intercom.domain.factors import CODE_SECONDS, CODE_TRIES
from intercom.domain.ids import AccountId, Secret
from intercom.domain.people import Session
from intercom.domain.phonebook import Address
from tests.fakes.desk import Desk

ANNA = AccountId("anna")
TYPED, NUMBER, SHOWN = "079 123 45 67", "+41791234567", "079 123 45 67"


@pytest.fixture
def desk() -> Desk:
    """The site stands in Switzerland; six codes in a quarter of an hour."""
    desk = Desk({"send_code": (6, 900.0), "send_code_number": (6, 900.0)})
    books = desk.house.phonebooks
    books.sites = [replace(site, address=Address(country="CH"), language="de") for site in books.sites]
    return desk


async def code(desk: Desk, session: Session, typed: str = TYPED) -> Secret:
    """Ask for a code, and read it from the message."""
    await desk.profile.send_phone_code(session, typed)
    return newest(desk)


def newest(desk: Desk) -> Secret:
    text = desk.sms.sent[-1][1]
    return Secret(next(word for word in text.split() if word.isdigit() and len(word) == 6))


async def fresh(desk: Desk, session: Session) -> Session:
    found = await desk.again(session)
    assert found is not None
    return found


async def test_a_new_name_is_told_to_every_site_where_the_person_lives(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    await desk.profile.rename(session, "Änne", "Lind-Huber")
    assert desk.house.people.accounts[ANNA].name == "Änne Lind-Huber"
    assert desk.changed == ["birch"]
    await desk.profile.rename(await desk.sign_in("marta"), "Martha", "")
    assert desk.changed == ["birch"], "Marta lives nowhere: no door shows her"


async def test_the_same_name_again_disturbs_nobody(desk: Desk) -> None:
    await desk.profile.rename(await desk.sign_in("anna"), "Anna", "Lind")
    assert desk.changed == []


async def test_a_language_is_one_of_those_spoken_or_the_sites(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    await desk.profile.set_language(session, "fr")
    assert desk.house.people.accounts[ANNA].language == "fr"
    with pytest.raises(Invalid):
        await desk.profile.set_language(session, "xx")
    await desk.profile.set_language(session, "")
    assert desk.house.people.accounts[ANNA].language is None


async def test_a_number_is_ones_own_once_the_code_was_typed_that_went_to_it(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    sent = await code(desk, session)
    assert desk.sms.sent[0][0] == NUMBER
    assert desk.sms.sent[0][1].startswith("de: "), "in the person's language, or the site's"
    assert desk.house.people.accounts[ANNA].phone is None
    assert await desk.profile.phone_waiting(session) == SHOWN
    await desk.profile.confirm_phone(session, Secret(f" {sent.reveal()[:3]} {sent.reveal()[3:]} "))
    assert desk.house.people.accounts[ANNA].phone == NUMBER
    session = await fresh(desk, session)
    assert await desk.profile.phone_shown(session) == SHOWN
    assert await desk.profile.phone_waiting(session) == ""
    (letter,) = desk.letters()
    assert (letter.kind, letter.to) == ("phone_changed", "anna@example.org")
    with pytest.raises(NotNow):
        await desk.profile.confirm_phone(session, sent)


async def test_a_number_from_abroad_is_shown_with_its_country(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    await desk.profile.confirm_phone(session, await code(desk, session, "+34 600 12 34 56"))
    assert desk.house.people.accounts[ANNA].phone == "+34600123456"
    assert await desk.profile.phone_shown(await fresh(desk, session)) == "+34 600 12 34 56"


@pytest.mark.parametrize(
    "typed",
    [
        "12",
        "hello",
        "+41 79 123 45 67 89",
        "+41 900 123 456",
        "079 123 45 67 ext. 5",
        "+",
        "0" * 39,
        "9" * 100,
        "=1+1",
        "\u202e079",
    ],
)
async def test_what_is_no_telephone_of_ones_own_is_refused_in_words(desk: Desk, typed: str) -> None:
    session = await desk.sign_in("anna")
    with pytest.raises(Invalid) as refused:
        await desk.profile.send_phone_code(session, typed)
    assert refused.value.details["fields"]["phone"].endswith(".")
    assert desk.sms.sent == []


async def test_without_a_country_a_number_needs_its_own(desk: Desk) -> None:
    desk.house.phonebooks.sites = [replace(s, address=Address()) for s in desk.house.phonebooks.sites]
    session = await desk.sign_in("anna")
    with pytest.raises(Invalid) as refused:
        await desk.profile.send_phone_code(session, TYPED)
    assert "+" in refused.value.details["fields"]["phone"]
    await desk.profile.send_phone_code(session, NUMBER)


async def test_five_wrong_codes_use_the_right_one_up(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    sent = await code(desk, session)
    wrong = Secret("000000" if sent != Secret("000000") else "000001")
    for _ in range(CODE_TRIES):
        with pytest.raises(Invalid):
            await desk.profile.confirm_phone(session, wrong)
    with pytest.raises(NotNow):
        await desk.profile.confirm_phone(session, sent)
    assert desk.house.people.accounts[ANNA].phone is None
    assert await desk.profile.phone_waiting(session) == ""


async def test_a_code_lasts_ten_minutes(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    sent = await code(desk, session)
    desk.house.clock.passes(CODE_SECONDS)
    with pytest.raises(NotNow):
        await desk.profile.confirm_phone(session, sent)
    with pytest.raises(NotNow):
        await desk.profile.resend_phone_code(session)


async def test_a_new_code_voids_the_one_before(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    first = await code(desk, session)
    await desk.profile.resend_phone_code(session)
    second = newest(desk)
    if first != second:
        with pytest.raises(Invalid):
            await desk.profile.confirm_phone(session, first)
    await desk.profile.confirm_phone(session, second)


async def test_nobody_gets_the_code_of_somebody_else(desk: Desk) -> None:
    anna, ben = await desk.sign_in("anna"), await desk.sign_in("ben")
    sent = await code(desk, anna)
    with pytest.raises(NotNow):
        await desk.profile.confirm_phone(ben, sent)
    await desk.profile.confirm_phone(anna, sent)


async def test_codes_are_throttled_for_the_person_and_for_the_number(desk: Desk) -> None:
    anna, ben, ferhat = [await desk.sign_in(name) for name in ("anna", "ben", "ferhat")]
    for number in range(6):
        await code(desk, anna, f"079 123 45 6{number}")
    with pytest.raises(TooMany):
        await desk.profile.send_phone_code(anna, "079 123 45 69")
    for session in (ben, ben, ben, ferhat, ferhat, ferhat):
        await code(desk, session, "078 123 45 67")
    with pytest.raises(TooMany):
        await desk.profile.send_phone_code(ferhat, "078 123 45 67")


async def test_a_number_can_be_left_as_it_was_or_removed(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    await desk.profile.confirm_phone(session, await code(desk, session))
    session = await fresh(desk, session)
    with pytest.raises(Invalid):
        await desk.profile.send_phone_code(session, TYPED)
    sent = await code(desk, session, "078 123 45 67")
    await desk.profile.forget_phone_code(session)
    with pytest.raises(NotNow):
        await desk.profile.confirm_phone(session, sent)
    assert desk.house.people.accounts[ANNA].phone == NUMBER
    await desk.profile.remove_phone(session)
    assert desk.house.people.accounts[ANNA].phone is None
    assert [letter.kind for letter in desk.letters()] == ["phone_changed"] * 2


async def test_neither_number_nor_code_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    session = await desk.sign_in("anna")
    sent = await code(desk, session)
    await desk.profile.confirm_phone(session, sent)
    assert caplog.text
    for secret in (sent.reveal(), NUMBER):
        assert secret not in caplog.text
