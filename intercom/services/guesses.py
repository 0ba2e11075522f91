"""How many passwords may be guessed: for an account, for an address, and without locking its owner out.

Counted are wrong passwords only: for each address; for each account from each address; and for each account
from all the addresses and browsers together that have never signed it in (so that an army of addresses
has no more tries than one). A browser that has signed the account in carries a sealed note of that (OWASP,
"Slow down online guessing attacks with device cookies") and is counted alone: whoever guesses elsewhere
cannot keep it out. Neither can they keep out a new device at once: an address that types its first password
has a larger allowance than those that were wrong before.
"""

from __future__ import annotations

from dataclasses import dataclass

from intercom.domain.errors import TooMany, TryLater
from intercom.domain.ids import AccountId, Secret
from intercom.ports import Throttle, Vault

NOTE_SECONDS = 400 * 24 * 3600.0
"""How long a browser keeps its note: the longest that browsers allow (RFC 6265bis 5.5)."""
_NOTE = "known browser of "


@dataclass(frozen=True, slots=True)
class Try:
    """One password that somebody types: where it was counted."""

    counted: tuple[tuple[str, ...], ...]
    """Policy and keys, the one that says how many are left first."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """Counts tries. E-mails are counted whether anybody has them or not."""

    throttle: Throttle
    vault: Vault

    def note(self, account: AccountId) -> Secret:
        """What a browser keeps that has signed this account in."""
        return Secret(self.vault.seal(Secret(f"{_NOTE}{account}")))

    def knows(self, note: Secret | None, account: AccountId | None) -> bool:
        """Whether the note is a browser's that has signed this account in."""
        if note is None or account is None:
            return False
        try:
            return self.vault.open(note.reveal()) == Secret(f"{_NOTE}{account}")
        except TryLater:  # not ours, or of another key
            return False

    async def count(self, email: str, address: str, note: Secret | None, account: AccountId | None) -> Try:
        """Count a try before the password is looked at. Raises `TooMany`; then it was not counted."""
        person = email.strip().casefold()
        if note is not None and self.knows(note, account):
            return Try(await self._all([("sign_in", person, f"browser {note.digest()}")]))
        newcomer = await self._passes("sign_in_newcomer", person, address)
        account_wide = "sign_in_newcomers" if newcomer else "sign_in_account"
        try:
            counted = await self._all(
                [("sign_in", person, address), ("sign_in_address", address), (account_wide, person)]
            )
        except TooMany:
            if newcomer:
                await self.throttle.give_back("sign_in_newcomer", person, address)
            raise
        return Try((*counted, ("sign_in_newcomer", person, address)) if newcomer else counted)

    async def was_right(self, tried: Try) -> None:
        """A right password is no guess, or a household behind one address would lock itself out."""
        for policy, *keys in tried.counted:
            await self.throttle.give_back(policy, *keys)

    async def left(self, tried: Try) -> int:
        """Tries left where this one came from."""
        policy, *keys = tried.counted[0]
        return (await self.throttle.left(policy, *keys))[0]

    async def _passes(self, policy: str, *keys: str) -> bool:
        try:
            await self.throttle.hit(policy, *keys)
        except TooMany:
            return False
        return True

    async def _all(self, wanted: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
        """Count under all of them or under none."""
        counted: list[tuple[str, ...]] = []
        try:
            for policy, *keys in wanted:
                await self.throttle.hit(policy, *keys)
                counted.append((policy, *keys))
        except TooMany:
            await self.was_right(Try(tuple(counted)))
            raise
        return tuple(counted)
