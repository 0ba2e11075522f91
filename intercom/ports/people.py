"""Accounts, memberships, sessions and devices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from intercom.domain.ids import (
    AccountId,
    DeviceId,
    SessionId,
)
from intercom.domain.people import Account, KnownDevice, Membership, Session


class People(Protocol):
    """Accounts, memberships, sessions and devices."""

    async def account(self, account: AccountId) -> Account | None:
        """The account."""
        ...

    async def by_email(self, email: str) -> tuple[Account, str] | None:
        """The account of this e-mail (any case) and its password hash."""
        ...

    async def set_password_hash(
        self, account: AccountId, password_hash: str, *, before: str | None = None
    ) -> None:
        """Store a new hash; with `before`, only in the place of that one."""
        ...

    async def memberships(self, account: AccountId) -> Sequence[Membership]:
        """The account's roles."""
        ...

    async def add_session(
        self,
        token_hash: str,
        session: SessionId,
        account: AccountId,
        agent: str,
        now: float,
        expires_at: float,
    ) -> None:
        """Somebody signed in."""
        ...

    async def session(self, token_hash: str, now: float) -> Session | None:
        """The session of a token that has not run out, of an account that is active."""
        ...

    async def end_session(self, session: SessionId) -> None:
        """Signed out; its devices are forgotten."""
        ...

    async def device(self, device: DeviceId) -> KnownDevice | None:
        """The device."""
        ...

    async def devices(self, owners: Collection[AccountId]) -> Sequence[KnownDevice]:
        """The devices of these people."""
        ...

    async def add_device(self, device: KnownDevice, now: float) -> None:
        """A browser tab or phone of a resident that connects for the first time."""
        ...

    async def set_dnd(self, device: DeviceId, dnd: bool) -> None:
        """Do not disturb, on or off."""
        ...

    async def set_let_through(self, device: DeviceId, on: bool) -> None:
        """Whether it rings also in quiet hours and when it is told not to disturb."""
        ...
