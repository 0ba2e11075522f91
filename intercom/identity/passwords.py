"""Argon2id (RFC 9106), in a thread of its own, two at a time: a hash costs a quarter of a second."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from intercom.domain.ids import Secret
from intercom.domain.passwords import prepared


class Argon2Passwords:
    """`ports.Passwords`. `memory_kib` and `rounds` are for small boards."""

    def __init__(self, *, memory_kib: int = 65536, rounds: int = 3) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="argon2")
        # what an unknown e-mail is checked against, so that it takes as long as a known one
        self._nobody = self._hasher.hash("nobody")

    async def verify(self, password_hash: str | None, password: Secret) -> bool:
        """See `ports.Passwords.verify`."""
        fits = await asyncio.get_running_loop().run_in_executor(
            self._pool, self._verify, password_hash or self._nobody, password
        )
        return fits and password_hash is not None

    def _verify(self, password_hash: str, password: Secret) -> bool:
        try:
            return self._hasher.verify(password_hash, prepared(password).reveal())
        except (VerificationError, InvalidHashError):
            return False

    async def hash(self, password: Secret) -> str:
        """See `ports.Passwords.hash`."""
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, self._hasher.hash, prepared(password).reveal()
        )

    def is_outdated(self, password_hash: str) -> bool:
        """See `ports.Passwords.is_outdated`."""
        return self._hasher.check_needs_rehash(password_hash)
