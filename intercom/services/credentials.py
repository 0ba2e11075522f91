"""Passwords: changing one's own, and a new one by mail for who forgot it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from intercom.domain.errors import Invalid, LinkOver, TooMany, WrongCredentials
from intercom.domain.factors import Token
from intercom.domain.ids import Secret, SessionId
from intercom.domain.language import N_
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.passwords import PasswordRules
from intercom.domain.people import Account, Session
from intercom.domain.phonebook import Site
from intercom.ports import (
    Accounts,
    Clock,
    Mailer,
    Passwords,
    People,
    Phonebooks,
    Throttle,
    Tokens,
    TrustedDevices,
)
from intercom.services import second_step

log = logging.getLogger(__name__)

RESET_SECONDS = 3600.0
"""How long the link of a reset is good."""
_RESET = "reset_password"

Proof = Callable[[str, Secret, str], Awaitable[Account]]
"""Whose e-mail and password these are, from an address; as `SignIn.prove`."""


@dataclass(slots=True)
class Credentials:
    """`prove` counts wrong passwords as sign-in does; `ended` is told of sessions, to cut their sockets."""

    people: People
    accounts: Accounts
    passwords: Passwords
    rules: PasswordRules
    tokens: Tokens
    trusted: TrustedDevices
    phonebooks: Phonebooks
    throttle: Throttle
    mailer: Mailer
    clock: Clock
    prove: Proof
    ended: Callable[[SessionId], Awaitable[None]]
    _sending: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def again(self, session: Session, password: Secret, address: str, field: str = "password") -> None:
        """The password once more, before something that cannot be undone. Raises `Invalid` with a sentence
        for `field`, `TooMany`."""
        try:
            await self.prove(session.account.email, password, address)
        except WrongCredentials:
            raise Invalid(**{field: N_("This password is wrong.")}) from None

    async def change(self, session: Session, current: Secret, new: Secret, address: str) -> None:
        """A new password; all other sessions end, and no browser is trusted any more. Raises `Invalid`,
        `TooMany`."""
        ready = self.rules.check(new, await self._own(session.account), field="new_password")
        await self.again(session, current, address, field="current_password")
        if ready == current:
            raise Invalid(new_password=N_("This is your present password. Choose another."))
        await self._set(session.account, ready, keep=session.id)
        log.info("password changed: account %s", session.account.id)

    # -- forgotten ----------------------------------------------------------------------------------

    async def ask_reset(self, email: str, address: str) -> None:
        """Somebody forgot the password of this e-mail. The answer and its time are the same whether
        anybody has that e-mail: all that differs is done afterwards. Raises `TooMany`."""
        await self.throttle.hit("reset_address", address)
        await self.throttle.hit("reset", email.strip().casefold(), address)
        task = asyncio.create_task(self._send_link(email), name="reset by mail")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send_link(self, email: str) -> None:
        try:
            known = await self.people.by_email(email)
            if known is None or not known[0].active:
                return
            account = known[0]
            try:
                await self.throttle.hit("reset_letters", account.id)
            except TooMany:
                log.warning("no more links for account %s for a while", account.id)
                return
            now = self.clock.now()
            token = Secret(secrets.token_urlsafe(32))
            await self.tokens.void(_RESET, account.id)
            await self.tokens.add(Token(token.digest(), _RESET, account.id, {}, now + RESET_SECONDS), now)
            path, until = f"/reset-password/{token.reveal()}", str(now + RESET_SECONDS)
            await self._write(
                LetterKind.RESET_PASSWORD, account, {"name": account.name, "path": path, "until": until}
            )
            log.info("a link for a new password is on its way: account %s", account.id)
        except Exception:
            log.exception("the link for a new password could not be sent")

    async def may_reset(self, token: Secret) -> Account:
        """Whose link this is; it stays good. Raises `LinkOver`."""
        found = await self.tokens.get(token.digest(), _RESET, self.clock.now())
        account = await self.people.account(found.account) if found and found.account else None
        if account is None or not account.active:
            raise LinkOver
        return account

    async def reset(self, token: Secret, new: Secret) -> None:
        """Use up the link: a new password, and every session ends. Second factors stay as they are, and
        no browser is trusted any more. Raises `LinkOver`, `Invalid`."""
        account = await self.may_reset(token)
        ready = self.rules.check(new, await self._own(account), field="new_password")
        if await self.tokens.take(token.digest(), _RESET, self.clock.now()) is None:
            raise LinkOver
        await self._set(account, ready, keep=None)
        await self.accounts.answers_mail(account.id)
        log.info("password reset by mail: account %s", account.id)

    async def finish(self) -> None:
        """Wait for what is being sent; for an orderly stop."""
        await asyncio.gather(*self._sending, return_exceptions=True)

    # -- shared -------------------------------------------------------------------------------------

    async def _set(self, account: Account, ready: Secret, keep: SessionId | None) -> None:
        await self.people.set_password_hash(account.id, await self.passwords.hash(ready))
        await self.tokens.void(_RESET, account.id)
        # whoever knows the old password is asked for the second factor again, and begins anew
        await self.trusted.forget(account.id)
        await self.tokens.void(second_step.PURPOSE, account.id)
        for session in await self.accounts.end_sessions(account.id, keep):
            await self.ended(session)
        await self._write(LetterKind.PASSWORD_CHANGED, account, {"name": account.name})

    async def _write(self, kind: LetterKind, account: Account, values: dict[str, str]) -> None:
        homes = await self._homes(account)
        site = homes[0] if homes else None
        language = account.language or (site.language if site else "en")
        await self.mailer.send(Letter(kind, account.email, language, site, values))

    async def _homes(self, account: Account) -> list[Site]:
        found = [await self.phonebooks.site(site) for site in await self.accounts.sites(account.id)]
        return [site for site in found if site is not None]

    async def _own(self, account: Account) -> list[str]:
        """What everybody knows of the person."""
        homes = [site.name for site in await self._homes(account)]
        return [account.first_name, account.last_name, account.email, *homes]
