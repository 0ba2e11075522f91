"""The PIN on the phone, the Code elsewhere, and the doors that ask for them."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC

import pytest

from intercom.domain.door import Factor, Refusal, Truth
from intercom.domain.errors import DoorRefused, Invalid, NotAllowed, code_of
from intercom.domain.ids import AccountId, LockId, RequestId, Secret
from intercom.domain.pins import CODE_SECONDS, PAUSE, TRIES
from intercom.ports import Need
from intercom.services.permits import Press
from tests.fakes import House

PIN, LOCK, ANNA = Secret("4071"), LockId("street-door"), AccountId("anna")


async def chooses(house: House, person: str = "anna", pin: str = "4071") -> None:
    """A resident chooses a PIN."""
    await house.pins.choose(house.session(person), Secret(f"{person}-password"), Secret(pin), "192.0.2.1")


async def code_of_anna(house: House) -> str:
    """What Anna's phone shows after her PIN."""
    return (await house.pins.code(house.session("anna"), PIN, UTC)).code.reveal()


@pytest.fixture
async def asking(house: House) -> House:
    """The site asks for a PIN or Code without a call, and Anna has a PIN."""
    house.rules_of_site(pin_without_call=True)
    await chooses(house)
    return house


# -- choosing --


async def test_a_pin_is_chosen_with_the_password_and_kept_as_no_one_can_read_it(house: House) -> None:
    await chooses(house)
    kept = house.opening_pins.pins[ANNA]
    assert "4071" not in kept.sealed
    assert kept.set_at == house.clock.now()
    assert await house.pins.check(ANNA, Factor.PIN, PIN) is None
    assert await house.pins.check(ANNA, Factor.PIN, Secret(" 4071 ")) is None


@pytest.mark.parametrize(
    ("password", "pin", "field"),
    [("anna-password", "1234", "pin"), ("anna-password", "12", "pin"), ("wrong", "4071", "password")],
)
async def test_without_the_password_or_with_an_easy_pin_nothing_changes(
    house: House, password: str, pin: str, field: str
) -> None:
    await chooses(house, pin="5093")
    before = house.opening_pins.pins[ANNA]
    with pytest.raises(Invalid) as refused:
        await house.pins.choose(house.session("anna"), Secret(password), Secret(pin), "192.0.2.1")
    assert set(refused.value.details["fields"]) == {field}
    assert house.opening_pins.pins[ANNA] == before


async def test_who_opens_no_door_needs_no_pin(house: House) -> None:
    with pytest.raises(NotAllowed):
        await chooses(house, "marta")


async def test_another_pin_ends_the_one_before_and_its_codes(asking: House) -> None:
    shown = await code_of_anna(asking)
    await chooses(asking, pin="5093")
    for factor, typed in ((Factor.PIN, "4071"), (Factor.CODE, shown)):
        assert await asking.pins.check(ANNA, factor, Secret(typed)) is not None
    assert await asking.pins.check(ANNA, Factor.PIN, Secret("5093")) is None


async def test_a_removed_pin_opens_nothing(asking: House) -> None:
    await asking.pins.remove(asking.session("anna"), Secret("anna-password"), "192.0.2.1")
    await refused(asking, Refusal.NO_PIN, pin="4071")


# -- opening --


async def refused(house: House, why: Refusal, **typed: object) -> DoorRefused:
    """A press that must be refused so, stand in the log and send nothing."""
    sent, logged = len(house.access.commands), len(house.openings.rows)
    with pytest.raises(DoorRefused) as no:
        await house.open("anna-phone", None, request=f"refused-{logged}", **typed)  # type: ignore[arg-type]
    assert code_of(no.value) == why
    assert len(house.access.commands) == sent
    (row,) = house.openings.rows[logged:]
    assert (row.truth, row.code, row.factor) == (Truth.REFUSED, why, None)
    return no.value


async def test_where_the_site_asks_the_phone_needs_the_pin(asking: House) -> None:
    await refused(asking, Refusal.PIN_NEEDED)
    no = await refused(asking, Refusal.PIN_WRONG, pin="9999")
    assert "4 tries are left" in no.message
    assert no.details == {"left": 4}
    opening = await asking.open("anna-phone", None, pin="4071")
    assert (opening.truth, opening.factor, opening.without_call) == (Truth.ASKED, Factor.PIN, True)
    assert len(asking.access.commands) == 1


async def test_any_other_browser_needs_the_code_that_the_phone_shows(asking: House) -> None:
    desktop = {"kind": Factor.CODE}
    await refused(asking, Refusal.CODE_NEEDED, **desktop)
    await refused(asking, Refusal.CODE_NEEDED, pin="4071", **desktop)
    await refused(asking, Refusal.CODE_WRONG, code="00000", **desktop)
    shown = await code_of_anna(asking)
    for number in range(2):
        opening = await asking.open(
            "anna-phone", None, request=f"good-{number}", kind=Factor.CODE, code=shown.lower()
        )
        assert opening.factor is Factor.CODE
        asking.clock.passes(CODE_SECONDS / 2)
    asking.clock.passes(10.0)
    await refused(asking, Refusal.CODE_WRONG, code=shown, **desktop)


async def test_a_code_is_of_no_use_to_somebody_else(asking: House) -> None:
    await chooses(asking, "ben", "5093")
    shown = await code_of_anna(asking)
    with pytest.raises(DoorRefused) as no:
        await asking.open("ben-phone", None, kind=Factor.CODE, code=shown)
    assert code_of(no.value) == "code_wrong"


async def test_in_a_call_the_sites_wish_asks_for_nothing(asking: House) -> None:
    call = await asking.talk()
    opening = await asking.open("anna-phone", call)
    assert (opening.factor, opening.without_call) == (None, False)


async def test_where_the_core_asks_it_does_so_in_a_call_too_and_gets_what_was_typed(house: House) -> None:
    await chooses(house)
    house.access.need[LOCK] = Need.CODE
    call = await house.talk()
    with pytest.raises(DoorRefused) as no:
        await house.open("anna-phone", call, request="without")
    assert code_of(no.value) == "pin_needed"
    await house.open("anna-phone", call, pin="4071")
    assert house.access.credentials == [PIN]


async def test_the_core_gets_nothing_that_it_did_not_ask_for(asking: House) -> None:
    await asking.open("anna-phone", None, pin="4071")
    call = await asking.talk()
    await asking.open("anna-phone", call, request="in a call", pin="4071")
    assert asking.access.credentials == [None, None]


async def test_five_wrong_ones_pause_opening_for_a_quarter_of_an_hour_even_for_the_right_one(
    asking: House,
) -> None:
    for left in (4, 3, 2, 1):
        assert (await refused(asking, Refusal.PIN_WRONG, pin="9999")).details == {"left": left}
    until = asking.clock.now() + PAUSE
    no = await refused(asking, Refusal.OTP_BLOCKED, pin="9999")
    assert no.details == {"until": until}
    assert "paused until" in no.message
    await refused(asking, Refusal.OTP_BLOCKED, pin="4071")
    await refused(asking, Refusal.OTP_BLOCKED, kind=Factor.CODE, code="AAAAA")
    with pytest.raises(DoorRefused):
        await asking.pins.code(asking.session("anna"), PIN, UTC)
    asking.clock.passes(PAUSE)
    await asking.open("anna-phone", None, pin="4071")
    assert len(asking.access.commands) == 1


async def test_many_guesses_at_once_are_five_tries(asking: House) -> None:
    guesses = [asking.pins.check(ANNA, Factor.PIN, Secret(f"{n:04}")) for n in range(3000, 3050)]
    answers = [no.why for no in await asyncio.gather(*guesses) if no]
    assert answers.count(Refusal.PIN_WRONG) == TRIES - 1
    assert set(answers) == {Refusal.PIN_WRONG, Refusal.OTP_BLOCKED}


async def test_copies_of_one_press_with_a_wrong_pin_are_one_try(asking: House) -> None:
    copies = [asking.open("anna-phone", None, pin="9999") for _ in range(20)]
    said = await asyncio.gather(*copies, return_exceptions=True)
    assert {code_of(no) for no in said if isinstance(no, DoorRefused)} == {"pin_wrong"}
    assert len(said) == 20
    assert len(asking.openings.rows) == 1
    assert asking.opening_pins.pins[ANNA].failures == 1


async def test_what_is_refused_anyway_costs_no_try(asking: House) -> None:
    asking.offline("street-door")
    await refused(asking, Refusal.LOCK_OFFLINE, pin="9999")
    assert asking.opening_pins.pins[ANNA].failures == 0


async def test_who_moves_out_while_the_pin_is_looked_at_opens_nothing(asking: House) -> None:
    verify = asking.passwords.verify

    class Slow:
        async def verify(self, password_hash: str | None, password: Secret) -> bool:
            asking.moves_out("anna")
            return await verify(password_hash, password)

    asking.permits = replace(asking.permits, check=replace(asking.pins, passwords=Slow()).check)  # type: ignore[arg-type]
    asking.doors.permits = asking.permits
    session, device = asking.session("anna"), asking.device("anna-phone")
    press = Press(LOCK, RequestId("press"), None, Factor.PIN, PIN)
    with pytest.raises(DoorRefused) as no:
        await asking.doors.open_door(session, device, press)
    assert code_of(no.value) == "removed"
    assert asking.access.commands == []


async def test_no_log_no_document_and_no_answer_has_a_pin_or_a_code_in_it(
    asking: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = await code_of_anna(asking)
    await refused(asking, Refusal.PIN_WRONG, pin="8306")
    await asking.open("anna-phone", None, pin="4071")
    await asking.open("anna-phone", None, request="by code", kind=Factor.CODE, code=shown)
    kept = f"{caplog.text} {asking.openings.rows} {asking.signaler.told} {asking.diary}"
    for secret in ("4071", "8306", shown):
        assert secret not in kept
