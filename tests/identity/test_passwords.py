"""Argon2id, off the loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from intercom.domain.ids import Secret
from intercom.identity.passwords import Argon2Passwords

SMALL = {"memory_kib": 256, "rounds": 1}
RIGHT = Secret("correct horse battery")


@pytest.fixture(scope="module")
def passwords() -> Argon2Passwords:
    """As on a very small board, so that the tests are quick."""
    return Argon2Passwords(**SMALL)


async def test_a_password_fits_its_hash_and_no_other_fits(passwords: Argon2Passwords) -> None:
    made = await passwords.hash(RIGHT)
    assert made.startswith("$argon2id$")
    assert await passwords.verify(made, RIGHT)
    for wrong in ("", "correct horse batter", "Correct horse battery", "correct  horse battery"):
        assert not await passwords.verify(made, Secret(wrong))


async def test_the_same_password_never_has_the_same_hash(passwords: Argon2Passwords) -> None:
    one, other = await passwords.hash(RIGHT), await passwords.hash(RIGHT)
    assert one != other
    assert RIGHT.reveal() not in one


async def test_an_unknown_email_fits_nothing_not_even_what_it_is_checked_against(
    passwords: Argon2Passwords,
) -> None:
    for tried in ("nobody", "", RIGHT.reveal()):
        assert not await passwords.verify(None, Secret(tried))


async def test_what_is_no_hash_fits_nothing(passwords: Argon2Passwords) -> None:
    made = await passwords.hash(RIGHT)
    for broken in ("", "plain", "$argon2id$", made[:-4], made.replace("argon2id", "argon2x")):
        assert not await passwords.verify(broken, RIGHT)


async def test_long_and_foreign_passwords_work(passwords: Argon2Passwords) -> None:
    for text in ("x" * 4096, "Übergrößenträger 🔑", "\0 nul"):
        assert await passwords.verify(await passwords.hash(Secret(text)), Secret(text))


async def test_a_hash_of_other_parameters_fits_and_is_said_to_be_outdated(
    passwords: Argon2Passwords,
) -> None:
    made = await passwords.hash(RIGHT)
    stronger = Argon2Passwords(memory_kib=512, rounds=2)
    assert not passwords.is_outdated(made)
    assert stronger.is_outdated(made)
    assert await stronger.verify(made, RIGHT)


async def test_hashing_happens_beside_the_loop_and_never_more_than_two_at_a_time(
    passwords: Argon2Passwords,
) -> None:
    seen: set[str] = set()
    verify = passwords._verify

    def watched(password_hash: str, password: Secret) -> bool:
        seen.add(threading.current_thread().name)
        return verify(password_hash, password)

    passwords._verify = watched  # type: ignore[method-assign]
    made = await passwords.hash(RIGHT)
    assert all(await asyncio.gather(*(passwords.verify(made, RIGHT) for _ in range(20))))
    assert 1 <= len(seen) <= 2
    assert threading.main_thread().name not in seen


def test_out_of_the_box_it_is_as_strong_as_rfc_9106_asks_of_a_small_machine() -> None:
    # RFC 9106 4, second recommended option: 64 MiB, three passes
    hasher = Argon2Passwords()._hasher
    assert (hasher.memory_cost, hasher.time_cost) == (65536, 3)
