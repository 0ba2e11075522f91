"""What people change about their own second factors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest

from intercom.domain.errors import (
    InUse,
    Invalid,
    NotFound,
    NotNow,
    PasskeyRefused,
    PasswordAgain,
    SecondStepOver,
    Taken,
    WrongSecondFactor,
)
from intercom.domain.factors import CODE_SECONDS, PASSWORD_SECONDS, FactorKind
from intercom.domain.ids import FactorId, Secret
from intercom.services.second_step import SignedIn
from tests.fakes.adapters import new_files
from tests.fakes.gate import HOME, URL, Gate
from tests.fakes.soft_key import SoftKey


@pytest.fixture
async def gate(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gate]:
    gate = Gate(new_files(tmp_path, tmp_path_factory.getbasetemp()) / "intercom.db")
    await gate.settle_in()
    yield gate
    await gate.engine.dispose()


async def test_it_is_off_until_somebody_sets_it_up(gate: Gate) -> None:
    state = await gate.own.state(await gate.session())
    assert (state.on, state.methods, state.recovery) == (False, (), False)


async def test_every_change_needs_the_password_again(gate: Gate) -> None:
    await gate.sets_up_app()
    app = await gate.factor(FactorKind.APP)
    session = await gate.session()
    for change in (
        gate.own.begin_app(session),
        gate.own.begin_code(session, FactorKind.EMAIL),
        gate.own.begin_code(session, FactorKind.SMS, "+41791234567"),
        gate.own.confirm(session, app, Secret("000000")),
        gate.own.passkey_options(session),
        gate.own.add_passkey(session, "phone", "{}"),
        gate.own.remove(session, app),
        gate.own.switch(session, False),
        gate.own.new_recovery_code(session),
    ):
        with pytest.raises(PasswordAgain):
            await change
    assert await gate.kinds() == ["app", "email"]


async def test_the_password_again_lasts_ten_minutes_and_for_this_session_alone(gate: Gate) -> None:
    with pytest.raises(Invalid) as refused:
        await gate.own.password_again(await gate.session(), Secret("wrong"), HOME)
    assert "password" in refused.value.details["fields"]
    session = await gate.unlocked()
    assert (await gate.own.state(session)).unlocked
    assert not (await gate.own.state(await gate.session())).unlocked
    gate.clock.passes(PASSWORD_SECONDS)
    assert not (await gate.own.state(session)).unlocked


async def test_the_first_method_switches_it_on_brings_email_along_and_gives_a_recovery_code(
    gate: Gate,
) -> None:
    _, recovery = await gate.sets_up_app()
    assert recovery is not None
    assert len(recovery.reveal()) == 24
    state = await gate.own.state(await gate.session())
    assert (state.on, state.recovery) == (True, True)
    assert await gate.kinds() == ["app", "email"]
    assert gate.changes() == ["second_factor_changed"]
    assert await gate.sets_up_sms() is None, "the recovery code is shown once"
    assert await gate.kinds() == ["app", "email", "sms"]


async def test_email_alone_is_a_method_too(gate: Gate) -> None:
    session = await gate.unlocked()
    factor = await gate.own.begin_code(session, FactorKind.EMAIL)
    assert gate.mail.letters[-1].to == "anna@example.org"
    assert await gate.own.confirm(session, factor.id, gate.mailed()) is not None
    assert await gate.kinds() == ["email"]
    half = await gate.halfway()
    assert isinstance(await gate.step.check(half, FactorKind.EMAIL, gate.mailed(), HOME, "agent"), SignedIn)


async def test_email_cannot_be_taken_away_and_the_others_can(gate: Gate) -> None:
    await gate.sets_up_app()
    await gate.sets_up_sms()
    session = await gate.unlocked()
    gate.changes()
    with pytest.raises(InUse):
        await gate.own.remove(session, await gate.factor(FactorKind.EMAIL))
    await gate.own.remove(session, await gate.factor(FactorKind.APP))
    await gate.own.remove(session, await gate.factor(FactorKind.SMS))
    assert await gate.kinds() == ["email"]
    assert gate.changes() == ["second_factor_changed", "second_factor_changed"]
    assert (await gate.own.state(await gate.session())).on, "e-mail is asked for now"


async def test_it_is_switched_off_without_losing_its_methods_and_on_again(gate: Gate) -> None:
    app, _ = await gate.sets_up_app()
    session = await gate.unlocked()
    await gate.own.switch(session, False)
    assert isinstance(await gate.enter(), SignedIn)
    assert await gate.kinds() == ["app", "email"]
    await gate.own.switch(session, True)
    half = await gate.halfway()
    await gate.step.check(half, FactorKind.APP, gate.shows(app), HOME, "agent")


async def test_it_cannot_be_switched_on_without_a_method(gate: Gate) -> None:
    with pytest.raises(NotNow):
        await gate.own.switch(await gate.unlocked(), True)
    with pytest.raises(NotNow):
        await gate.own.new_recovery_code(await gate.unlocked())
    assert isinstance(await gate.enter(), SignedIn)


async def test_a_method_counts_only_after_its_first_code(gate: Gate) -> None:
    session = await gate.unlocked()
    setup = await gate.own.begin_app(session)
    assert isinstance(await gate.enter(), SignedIn)
    with pytest.raises(WrongSecondFactor):
        await gate.own.confirm(session, setup.factor, Secret("000000"))
    assert await gate.kinds() == []
    assert (await gate.own.app(session, setup.factor)).secret == setup.secret, "the page can be shown again"


async def test_an_app_reads_the_address_of_the_qr_code_and_the_letters_beside_it(gate: Gate) -> None:
    setup = await gate.own.begin_app(await gate.unlocked())
    read = pyotp.parse_uri(setup.address.reveal())
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.name, read.issuer) == (
        setup.secret.reveal(),
        "anna@example.org",
        "Birkenhof 12",
    )
    assert setup.picture.startswith("<svg")
    assert "script" not in setup.picture


async def test_five_wrong_first_codes_and_it_must_begin_anew(gate: Gate) -> None:
    session = await gate.unlocked()
    setup = await gate.own.begin_app(session)
    for _ in range(5):
        with pytest.raises(WrongSecondFactor):
            await gate.own.confirm(session, setup.factor, Secret("000000"))
    with pytest.raises(SecondStepOver):
        await gate.own.confirm(session, setup.factor, gate.shows(pyotp.TOTP(setup.secret.reveal())))


async def test_a_first_code_is_good_for_ten_minutes_and_a_new_one_voids_it(gate: Gate) -> None:
    session = await gate.unlocked()
    factor = await gate.own.begin_code(session, FactorKind.SMS, "+41 79 123 45 67")
    old = gate.texted()
    await gate.own.resend(session, factor.id)
    if gate.texted() != old:
        with pytest.raises(WrongSecondFactor):
            await gate.own.confirm(session, factor.id, old)
    gate.clock.passes(CODE_SECONDS)
    await gate.own.password_again(session, Secret("anna-password"), HOME)
    with pytest.raises(SecondStepOver):
        await gate.own.confirm(session, factor.id, gate.texted())


async def test_a_new_app_takes_the_place_of_the_one_before(gate: Gate) -> None:
    old, _ = await gate.sets_up_app()
    new, _ = await gate.sets_up_app()
    assert await gate.kinds() == ["app", "email"]
    with pytest.raises(WrongSecondFactor):
        await gate.step.check(await gate.halfway(), FactorKind.APP, gate.shows(old), HOME, "agent")
    await gate.step.check(await gate.halfway(), FactorKind.APP, gate.shows(new), HOME, "agent")


@pytest.mark.parametrize("number", ["", "nonsense", "079 123 45 67", "+41 1", "+1 555", "\u202e+4179"])
async def test_a_number_that_is_none_is_refused_at_its_field(gate: Gate, number: str) -> None:
    with pytest.raises(Invalid) as refused:
        await gate.own.begin_code(await gate.unlocked(), FactorKind.SMS, number)
    assert "phone" in refused.value.details["fields"]
    assert gate.sms.sent == []


async def test_a_new_recovery_code_makes_the_one_before_worth_nothing(gate: Gate) -> None:
    _, old = await gate.sets_up_app()
    new = await gate.own.new_recovery_code(await gate.unlocked())
    assert old is not None
    with pytest.raises(WrongSecondFactor):
        await gate.step.recover(await gate.halfway(), old, HOME, "agent")
    await gate.step.recover(await gate.halfway(), new, HOME, "agent")


async def test_nobody_reaches_somebody_elses_methods_or_devices(gate: Gate) -> None:
    await gate.sets_up_app("anna")
    device = await gate.step.trust(await gate.session("anna"), "agent")
    ben = await gate.unlocked("ben")
    hers = await gate.factor(FactorKind.APP)
    trusted = (await gate.own.trusted(await gate.session("anna")))[0]
    for act in (
        gate.own.remove(ben, hers),
        gate.own.confirm(ben, hers, Secret("000000")),
        gate.own.resend(ben, hers),
        gate.own.app(ben, hers),
        gate.own.rename(ben, hers, "mine"),
        gate.own.forget(ben, trusted.id),
        gate.own.remove(ben, FactorId("no-such")),
    ):
        with pytest.raises(NotFound):
            await act
    await gate.own.forget(ben)
    assert isinstance(await gate.enter(trusted=(device,)), SignedIn)


# -- passkeys --------------------------------------------------------------------------------------


def new_key() -> SoftKey:
    return SoftKey(URL, "door.example")


async def adds(gate: Gate, key: SoftKey, who: str = "anna") -> Secret | None:
    """Somebody adds a passkey."""
    session = await gate.unlocked(who)
    answer = key.make(await gate.own.passkey_options(session))
    return await gate.own.add_passkey(session, "Anna’s phone", answer)


async def signs_in(gate: Gate, key: SoftKey) -> SignedIn:
    return await gate.passkeys.sign_in(key.use(await gate.passkeys.options(None, HOME)), HOME, "agent")


async def test_a_passkey_signs_in_alone_and_is_a_method_like_others(gate: Gate) -> None:
    key = new_key()
    assert await adds(gate, key) is not None
    assert await gate.kinds() == ["email", "passkey"]
    key.count += 1
    assert (await signs_in(gate, key)).session.account.id == "anna"
    await gate.halfway()
    await gate.own.switch(await gate.unlocked(), False)
    key.count += 1
    assert (await signs_in(gate, key)).session.account.id == "anna"


async def test_an_answer_of_a_passkey_is_taken_once(gate: Gate) -> None:
    key = new_key()
    await adds(gate, key)
    key.count += 1
    answer = key.use(await gate.passkeys.options(None, HOME))
    await gate.passkeys.sign_in(answer, HOME, "agent")
    with pytest.raises(PasskeyRefused):
        await gate.passkeys.sign_in(answer, HOME, "agent")


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"flags": 0x01},
        {"flags": 0x00},
        {"count": 0},
        {"key": new_key().key},
        {"id": b"unknown"},
    ],
    ids=lambda lie: next(iter(lie)),
)
async def test_a_passkey_that_lies_is_refused(gate: Gate, lie: dict[str, object]) -> None:
    key = new_key()
    key.count = 5
    await adds(gate, key)
    honest = dict(vars(key))
    vars(key).update({"count": 6, **lie})
    with pytest.raises(PasskeyRefused):
        await signs_in(gate, key)
    vars(key).update({**honest, "count": 6})
    await signs_in(gate, key)


@pytest.mark.parametrize("lie", [{"origin": "https://evil.example"}, {"rp_id": "evil.example"}, {"flags": 1}])
async def test_a_passkey_that_lies_when_it_is_made_is_not_kept(gate: Gate, lie: dict[str, object]) -> None:
    key = new_key()
    vars(key).update(lie)
    with pytest.raises(PasskeyRefused):
        await adds(gate, key)
    assert await gate.kinds() == []


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", '{"id": 1, "response": {}}', "[" * 30_000, "\ud800"]
)
async def test_an_answer_that_is_nonsense_is_refused(gate: Gate, answer: str) -> None:
    with pytest.raises(PasskeyRefused):
        await gate.passkeys.sign_in(answer, HOME, "agent")
    with pytest.raises(PasskeyRefused):
        await gate.own.add_passkey(await gate.unlocked(), "phone", answer)


async def test_a_passkey_belongs_to_one_account(gate: Gate) -> None:
    key = new_key()
    await adds(gate, key)
    with pytest.raises(Taken):
        await adds(gate, key, "ben")
    assert await gate.kinds("ben") == []


async def test_the_options_of_one_person_make_no_passkey_for_another(gate: Gate) -> None:
    anna, ben = await gate.unlocked("anna"), await gate.unlocked("ben")
    answer = new_key().make(await gate.own.passkey_options(anna))
    with pytest.raises(SecondStepOver):
        await gate.own.add_passkey(ben, "phone", answer)


async def test_in_the_second_step_only_that_persons_passkeys_count(gate: Gate) -> None:
    hers, his = new_key(), new_key()
    await adds(gate, hers)
    await adds(gate, his, "ben")
    half = await gate.halfway("anna")
    options = await gate.passkeys.options(half, HOME)
    assert hers.credential in options
    assert his.credential not in options
    his.count += 1
    with pytest.raises(PasskeyRefused):
        await gate.passkeys.sign_in(his.use(options), HOME, "agent")
    hers.count += 1
    answer = hers.use(await gate.passkeys.options(half, HOME))
    assert (await gate.passkeys.sign_in(answer, HOME, "agent")).session.account.id == "anna"


async def test_a_passkey_has_a_name_that_can_be_changed(gate: Gate) -> None:
    await adds(gate, new_key())
    session = await gate.session()
    method = next(f for f in (await gate.own.state(session)).methods if f.kind is FactorKind.PASSKEY)
    assert method.name == "Anna’s phone"
    await gate.own.rename(session, method.id, "The old phone")
    assert "The old phone" in [f.name for f in (await gate.own.state(session)).methods]


async def test_a_passkey_that_was_taken_away_signs_in_no_more(gate: Gate) -> None:
    key = new_key()
    await adds(gate, key)
    await gate.own.remove(await gate.unlocked(), await gate.factor(FactorKind.PASSKEY))
    with pytest.raises(PasskeyRefused):
        await signs_in(gate, key)
