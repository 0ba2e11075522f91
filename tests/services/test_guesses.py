"""Guessing passwords: few guesses are looked at, and nobody is locked out of their own account by them."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator
from statistics import median

import pytest

from intercom.cluster import throttle as throttling
from intercom.cluster.throttle import MemoryThrottle
from intercom.domain.errors import TooMany, WrongCredentials
from intercom.domain.ids import AccountId, Secret
from intercom.identity.passwords import Argon2Passwords
from intercom.services.guesses import Guesses
from tests.fakes import GlassVault, House

GUESSES = 100_000
ANNA, NOBODY = "anna@example.org", "nobody@example.org"
HOME = "192.0.2.1"


class Time:
    """A monotonic clock that runs as the test says."""

    def __init__(self) -> None:
        self.seconds = 5000.0

    def monotonic(self) -> float:
        return self.seconds


class CountedPasswords(Argon2Passwords):
    """The real hasher, which counts what it looked at; hashes of the tests' own are small and quick."""

    def __init__(self) -> None:
        super().__init__(memory_kib=8192)
        self.evaluated = 0

    async def verify(self, password_hash: str | None, password: Secret) -> bool:
        self.evaluated += 1
        return await super().verify(password_hash, password)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(throttling, "time", clock)
    return clock


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A hundred thousand warnings are not what is looked at here."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
async def house(clock: Time) -> House:
    """People of the usual house, with the real throttle and the real hasher."""
    house = House()
    house.throttle = MemoryThrottle()  # type: ignore[assignment]
    house.passwords = CountedPasswords()  # type: ignore[assignment]
    house.people.hashes[AccountId("anna")] = await house.passwords.hash(Secret("anna-password"))
    house.start()
    return house


def evaluated(house: House) -> int:
    """How many passwords were looked at."""
    assert isinstance(house.passwords, CountedPasswords)
    return house.passwords.evaluated


async def attack(
    house: House, clock: Time, addresses: int, seconds: float, email: str = ANNA, guesses: int = GUESSES
) -> Counter[str]:
    """So many guesses, spread evenly over addresses and time; gives what was answered."""
    answers: Counter[str] = Counter()
    for number in range(guesses):
        clock.seconds += seconds / guesses
        address = f"attacker {number % addresses}"
        try:
            await house.signin.sign_in(email, Secret(f"guess {number}"), address, "a script")
        except (WrongCredentials, TooMany) as error:
            answers[error.code] += 1
    assert answers.total() == guesses
    return answers


async def signs_in(house: House, address: str, note: Secret | None = None) -> Secret:
    """Anna does; gives what her browser keeps."""
    _, session = await house.signin.sign_in(ANNA, Secret("anna-password"), address, "a browser", note)
    return house.signin.guesses.note(session.account.id)


@pytest.mark.parametrize(("addresses", "hours"), [(1, 1), (50, 23), (5_000, 1), (100_000, 23)])
async def test_of_a_hundred_thousand_guesses_fewer_than_a_hundred_are_looked_at(
    house: House, clock: Time, addresses: int, hours: float
) -> None:
    note = await signs_in(house, HOME)
    before = evaluated(house)
    answers = await attack(house, clock, addresses, hours * 3600)
    assert evaluated(house) - before < 100
    assert answers["wrong_credentials"] == evaluated(house) - before
    await signs_in(house, "a café far away", note)  # her own browser, wherever she is
    if addresses <= 50:
        await signs_in(house, "a new address")  # and a new phone of hers


async def test_the_real_person_is_let_in_while_the_guessing_goes_on_and_after_a_slip_of_the_finger(
    house: House, clock: Time
) -> None:
    note = await signs_in(house, HOME)
    await attack(house, clock, 5_000, 3600, guesses=10_000)
    with pytest.raises(WrongCredentials) as slip:
        await house.signin.sign_in(ANNA, Secret("anna-pasword"), HOME, "a browser", note)
    assert slip.value.details["left"] == 9
    await signs_in(house, HOME, note)
    for _ in range(9):
        with pytest.raises(WrongCredentials):
            await house.signin.sign_in(ANNA, Secret("guess"), HOME, "a browser", note)
    with pytest.raises(TooMany):  # a stolen note is no way around
        await signs_in(house, HOME, note)


async def test_guesses_on_one_account_leave_all_others_alone(house: House, clock: Time) -> None:
    await attack(house, clock, 1_000, 3600, email=NOBODY, guesses=5_000)
    await signs_in(house, HOME)


async def test_a_note_that_is_forged_or_of_another_account_counts_for_nothing(house: House) -> None:
    guesses = Guesses(MemoryThrottle(), GlassVault())
    anna, ben = AccountId("anna"), AccountId("ben")
    assert guesses.knows(guesses.note(anna), anna)
    for note in (guesses.note(ben), Secret("forged"), Secret(""), Secret("sealed:anna"), None):
        assert not guesses.knows(note, anna)
    assert not guesses.knows(guesses.note(anna), None)


async def test_known_and_unknown_e_mails_are_answered_the_same_all_the_way(house: House, clock: Time) -> None:
    said: dict[str, list[tuple[str, str, object]]] = {ANNA: [], NOBODY: []}
    for number in range(200):
        for email, answers in said.items():
            clock.seconds += 1
            try:
                await house.signin.sign_in(email, Secret("wrong"), f"{email} {number % 7}", "a script")
            except (WrongCredentials, TooMany) as error:
                details = dict(error.details)
                if "retry_after" in details:  # they were asked a second apart
                    details["retry_after"] = round(details["retry_after"], -1)
                answers.append((error.code, type(error).__name__, details))
    assert said[ANNA] == said[NOBODY]
    assert {code for code, _, _ in said[ANNA]} == {"wrong_credentials", "too_many"}


async def test_known_and_unknown_e_mails_take_the_same_time(house: House, clock: Time) -> None:
    spent: dict[str, list[float]] = {ANNA: [], NOBODY: []}
    for number in range(40):
        for email, times in spent.items():
            clock.seconds += 3600  # far from any limit
            started = time.perf_counter()
            with pytest.raises(WrongCredentials):
                await house.signin.sign_in(email, Secret("wrong"), f"{email} {number}", "a script")
            times.append(time.perf_counter() - started)
    assert abs(median(spent[ANNA]) - median(spent[NOBODY])) < 0.005
