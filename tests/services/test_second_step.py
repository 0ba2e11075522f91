"""The second step of signing in: half-way states, codes, trusted devices, the recovery code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intercom.domain.errors import (
    NotAllowed,
    NotSignedIn,
    SecondStepNeeded,
    SecondStepOver,
    TooMany,
    WrongCredentials,
    WrongSecondFactor,
)
from intercom.domain.factors import STEP_SECONDS, TRUST_SECONDS, FactorKind
from intercom.domain.ids import AccountId, Secret
from intercom.services.second_step import SignedIn
from tests.fakes.adapters import new_files
from tests.fakes.gate import AGENT, CAFE, HOME, Gate

APP, EMAIL, SMS = FactorKind.APP, FactorKind.EMAIL, FactorKind.SMS
LIMITS = {
    "second_step": (8, 900.0),
    "second_step_account": (12, 3600.0),
    "send_code": (4, 900.0),
}


@pytest.fixture
async def gate(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gate]:
    """Eight tries of a second step from an address, twelve for an account, four codes sent."""
    gate = Gate(new_files(tmp_path, tmp_path_factory.getbasetemp()) / "intercom.db", limits=LIMITS)
    await gate.settle_in()
    yield gate
    await gate.engine.dispose()


async def check(gate: Gate, half: Secret, kind: FactorKind, code: Secret, address: str = HOME) -> SignedIn:
    return await gate.step.check(half, kind, code, address, AGENT)


async def test_without_a_second_factor_the_password_is_enough(gate: Gate) -> None:
    outcome = await gate.enter()
    assert isinstance(outcome, SignedIn)
    assert (await gate.signin.session(outcome.token)).account.id == "anna"


async def test_with_a_second_factor_the_password_opens_no_session_by_any_way(gate: Gate) -> None:
    await gate.sets_up_app()
    half = await gate.halfway()
    with pytest.raises(NotSignedIn):
        await gate.signin.session(half)
    with pytest.raises(SecondStepNeeded):
        await gate.signin.sign_in("anna@example.org", Secret("anna-password"), HOME, AGENT)


async def test_the_code_of_the_app_opens_a_session_and_the_half_way_state_is_over(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    half = await gate.halfway()
    signed_in = await check(gate, half, APP, gate.shows(app))
    assert (await gate.signin.session(signed_in.token)).account.id == "anna"
    assert signed_in.token != half, "a token that was never outside before"
    with pytest.raises(SecondStepOver):
        await gate.step.step(half)


async def test_blanks_and_dashes_in_a_code_do_not_matter(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    code = gate.shows(app).reveal()
    await check(gate, await gate.halfway(), APP, Secret(f" {code[:3]} {code[3:]} "))


async def test_a_code_of_the_app_is_taken_once(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    code = gate.shows(app)
    await check(gate, await gate.halfway(), APP, code)
    with pytest.raises(WrongSecondFactor):
        await check(gate, await gate.halfway(), APP, code)
    gate.clock.passes(30)
    await check(gate, await gate.halfway(), APP, gate.shows(app))


async def test_an_older_code_is_not_taken_after_a_newer_one(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    before = gate.shows(app)
    gate.clock.passes(30)
    await check(gate, await gate.halfway(), APP, gate.shows(app))
    with pytest.raises(WrongSecondFactor):
        await check(gate, await gate.halfway(), APP, before)


@pytest.mark.parametrize(("off", "taken"), [(-60, False), (-30, True), (30, True), (60, False)])
async def test_a_clock_may_be_off_by_one_step(gate: Gate, off: int, taken: bool) -> None:
    app, _ = await gate.sets_up_app()
    gate.clock.passes(300)
    code = Secret(app.at(int(gate.clock.now()) + off))
    if taken:
        await check(gate, await gate.halfway(), APP, code)
    else:
        with pytest.raises(WrongSecondFactor):
            await check(gate, await gate.halfway(), APP, code)


async def test_the_same_code_sent_twice_at_once_opens_one_session(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    half = await gate.halfway()
    code = gate.shows(app)
    outcomes = await asyncio.gather(*(check(gate, half, APP, code) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, SignedIn) for outcome in outcomes) == 1


async def test_after_five_wrong_codes_the_password_is_asked_again(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    half = await gate.halfway()
    left: list[object] = []
    for _ in range(4):
        with pytest.raises(WrongSecondFactor) as refused:
            await check(gate, half, APP, Secret("000000"))
        left.append(refused.value.details["left"])
    assert left == [4, 3, 2, 1]
    with pytest.raises(SecondStepOver):
        await check(gate, half, APP, Secret("000000"))
    with pytest.raises(SecondStepOver):
        await check(gate, half, APP, gate.shows(app))


async def test_the_half_way_state_ends_by_itself(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    half = await gate.halfway()
    gate.clock.passes(STEP_SECONDS)
    with pytest.raises(SecondStepOver):
        await check(gate, half, APP, gate.shows(app))


async def test_nobody_gets_on_without_the_token_of_the_half_way_state(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    await gate.halfway()
    for token in (None, Secret(""), Secret("wrong")):
        with pytest.raises(SecondStepOver):
            await gate.step.check(token, APP, gate.shows(app), HOME, AGENT)


async def test_guessing_on_is_paused_for_the_account_wherever_it_comes_from(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    for number in range(4):
        half = await gate.halfway()
        for _ in range(3):
            with pytest.raises(WrongSecondFactor):
                await check(gate, half, APP, Secret("000000"), f"198.51.100.{number}")
    half = await gate.halfway()
    with pytest.raises(TooMany):
        await check(gate, half, APP, gate.shows(app), "198.51.100.99")
    gate.clock.passes(3600)
    await check(gate, await gate.halfway(), APP, gate.shows(app))


async def test_a_code_by_sms_goes_to_the_registered_number_at_once_and_is_taken_once(gate: Gate) -> None:
    await gate.sets_up_sms()
    half = await gate.halfway()
    assert [number for number, _ in gate.sms.sent] == ["+41791234567", "+41791234567"]
    code = gate.texted()
    await check(gate, half, SMS, code)
    with pytest.raises(WrongSecondFactor):
        await check(gate, await gate.halfway(), SMS, code)


async def test_resending_makes_the_older_code_worth_nothing(gate: Gate) -> None:
    await gate.sets_up_sms()
    half = await gate.halfway()
    old = gate.texted()
    await gate.step.send(half, SMS)
    while gate.texted() == old:  # one in a million
        await gate.step.send(half, SMS)
    with pytest.raises(WrongSecondFactor):
        await check(gate, half, SMS, old)
    await check(gate, half, SMS, gate.texted())


async def test_a_code_for_one_method_is_none_for_another(gate: Gate) -> None:
    await gate.sets_up_sms()
    half = await gate.halfway()
    with pytest.raises(WrongSecondFactor):
        await check(gate, half, EMAIL, gate.texted())
    await gate.step.send(half, EMAIL)
    with pytest.raises(WrongSecondFactor):
        await check(gate, half, SMS, gate.mailed())
    await check(gate, half, EMAIL, gate.mailed())


async def test_a_code_that_was_sent_for_one_person_is_none_for_another(gate: Gate) -> None:
    await gate.sets_up_sms("anna")
    await gate.sets_up_sms("ben", "+41 79 765 43 21")
    hers, his = await gate.halfway("anna"), await gate.halfway("ben")
    with pytest.raises(WrongSecondFactor):
        await check(gate, hers, SMS, gate.texted())
    await check(gate, his, SMS, gate.texted())


async def test_how_many_codes_are_sent_is_limited_and_the_page_still_opens(gate: Gate) -> None:
    await gate.sets_up_sms()
    half = await gate.halfway()
    for _ in range(2):
        await gate.step.send(half, SMS)
    with pytest.raises(TooMany):
        await gate.step.send(half, SMS)
    assert (await gate.step.step(await gate.halfway())).sent is None


async def test_a_method_that_is_not_set_up_is_refused(gate: Gate) -> None:
    await gate.sets_up_sms()
    half = await gate.halfway()
    with pytest.raises(NotAllowed):
        await check(gate, half, APP, Secret("000000"))
    with pytest.raises(NotAllowed):
        await gate.step.send(half, APP)


async def test_the_methods_are_offered_app_first_and_email_last(gate: Gate) -> None:
    await gate.sets_up_sms()
    await gate.sets_up_app()
    assert (await gate.step.step(await gate.halfway())).kinds == (APP, SMS, EMAIL)


async def test_a_wrong_password_gets_nowhere_near_the_second_step(gate: Gate) -> None:
    await gate.sets_up_sms()
    sent = len(gate.sms.sent)
    with pytest.raises(WrongCredentials):
        await gate.step.sign_in("anna@example.org", Secret("wrong"), HOME, AGENT)
    assert len(gate.sms.sent) == sent


async def test_a_trusted_device_is_not_asked_for_sixty_days(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    signed_in = await check(gate, await gate.halfway(), APP, gate.shows(app))
    token = await gate.step.trust(signed_in.session, AGENT)
    gate.clock.passes(TRUST_SECONDS - 1)
    assert isinstance(await gate.enter(trusted=(token,)), SignedIn)
    assert not isinstance(await gate.enter(trusted=(Secret("wrong"),)), SignedIn)
    gate.clock.passes(1)
    assert not isinstance(await gate.enter(trusted=(token,)), SignedIn)


async def test_one_browser_may_be_trusted_for_two_people_but_not_by_one_for_the_other(gate: Gate) -> None:
    await gate.sets_up_app("anna")
    await gate.sets_up_app("ben")
    hers = await gate.step.trust(await gate.session("anna"), AGENT)
    assert not isinstance(await gate.enter("ben", (hers,)), SignedIn)
    his = await gate.step.trust(await gate.session("ben"), AGENT)
    assert isinstance(await gate.enter("anna", (his, hers)), SignedIn)
    assert isinstance(await gate.enter("ben", (his, hers)), SignedIn)


async def test_a_forgotten_device_is_asked_again(gate: Gate) -> None:
    await gate.sets_up_app()
    session = await gate.session()
    tokens = [await gate.step.trust(session, AGENT) for _ in range(3)]
    first = (await gate.own.trusted(session))[-1]
    await gate.own.forget(session, first.id)
    outcomes = [isinstance(await gate.enter(trusted=(token,)), SignedIn) for token in tokens]
    assert outcomes.count(True) == 2
    await gate.own.forget(session)
    assert not any([isinstance(await gate.enter(trusted=(token,)), SignedIn) for token in tokens])


async def test_the_recovery_code_signs_in_resets_everything_and_says_so_by_letter(gate: Gate) -> None:
    _, recovery = await gate.sets_up_app()
    assert recovery is not None
    trusted = await gate.step.trust(await gate.session(), AGENT)
    gate.changes()
    half = await gate.halfway()
    typed = Secret(recovery.reveal().lower().replace("-", " "))
    signed_in = await gate.step.recover(half, typed, HOME, AGENT)
    session = await gate.signin.session(signed_in.token)
    state = await gate.own.state(session)
    assert (state.on, state.methods, state.recovery, state.devices) == (False, (), False, ())
    assert gate.changes() == ["second_factor_reset"]
    assert isinstance(await gate.enter(), SignedIn), "the password is enough from now on"
    _, second = await gate.sets_up_app()
    assert second not in (None, recovery), "a new recovery code comes with a new set-up"
    assert not isinstance(await gate.enter(trusted=(trusted,)), SignedIn)
    with pytest.raises(WrongSecondFactor):
        await gate.step.recover(await gate.halfway(), recovery, HOME, AGENT)


async def test_a_wrong_recovery_code_counts_and_changes_nothing(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    half = await gate.halfway()
    for _ in range(4):
        with pytest.raises(WrongSecondFactor):
            await gate.step.recover(half, Secret("ABCD-EFGH-JKMN-PQRS-TVWX"), HOME, AGENT)
    with pytest.raises(SecondStepOver):
        await gate.step.recover(half, Secret("ABCD-EFGH-JKMN-PQRS-TVWX"), HOME, AGENT)
    assert await gate.kinds() == ["app", "email"]
    await check(gate, await gate.halfway(), APP, gate.shows(app), CAFE)


async def test_somebody_elses_recovery_code_is_worth_nothing(gate: Gate) -> None:
    _, hers = await gate.sets_up_app("anna")
    await gate.sets_up_app("ben")
    assert hers is not None
    with pytest.raises(WrongSecondFactor):
        await gate.step.recover(await gate.halfway("ben"), hers, HOME, AGENT)
    assert await gate.kinds("ben") == await gate.kinds("anna") == ["app", "email"]


async def test_no_code_and_no_secret_is_logged_or_kept_in_the_clear(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="intercom")
    app, recovery = await gate.sets_up_app()
    await gate.sets_up_sms()
    half = await gate.halfway()
    await gate.step.send(half, SMS)
    with pytest.raises(WrongSecondFactor):
        await check(gate, half, SMS, Secret("123456"))
    await check(gate, half, SMS, gate.texted())
    assert recovery is not None
    assert "second factor added" in caplog.text
    for secret in (app.secret, recovery.reveal(), gate.texted().reveal(), "123456", half.reveal()):
        assert secret not in caplog.text
    digest = await gate.factors.recovery_hash(AccountId("anna"))
    assert digest
    assert recovery.reveal().replace("-", "") not in digest


async def test_letters_are_in_the_persons_language_or_that_of_their_house(gate: Gate) -> None:
    await gate.sets_up_app()
    await gate.step.send(await gate.halfway(), EMAIL)
    assert {letter.language for letter in gate.mail.letters} == {"de"}
