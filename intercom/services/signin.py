"""Signing in and out. A session is a row; its token is known to the browser alone."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from intercom.domain.errors import NotSignedIn, SecondStepNeeded, TooMany, WrongCredentials
from intercom.domain.ids import Secret, SessionId
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Account, Session
from intercom.ports import Clock, Mailer, Passwords, People, Throttle
from intercom.services.guesses import Guesses

log = logging.getLogger(__name__)

SESSION_SECONDS = 60 * 24 * 3600.0
"""How long a session lasts: a doorbell that signs people out does not ring."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """E-mail and password to a session."""

    people: People
    passwords: Passwords
    throttle: Throttle
    mailer: Mailer
    clock: Clock
    new_id: Callable[[], str]
    ended: Callable[[SessionId], Awaitable[None]]
    """Told when a session has ended, to cut its sockets."""
    guesses: Guesses
    _warning: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def sign_in(
        self, email: str, password: Secret, address: str, agent: str, note: Secret | None = None
    ) -> tuple[Secret, Session]:
        """A new session and its token, where the password is enough.

        Raises as `prove`, and `SecondStepNeeded` for an account with a second factor.
        """
        account = await self.prove(email, password, address, note)
        if account.second_factor:
            raise SecondStepNeeded
        return await self.open(account, agent)

    async def prove(self, email: str, password: Secret, address: str, note: Secret | None = None) -> Account:
        """Whose e-mail and password these are; nobody is signed in by that.

        `note`: what this browser was given when it signed somebody in (`guesses.note`). Raises
        `WrongCredentials` (the same, in words and in time, for an unknown e-mail) with
        `details["left"]`, the tries left, and `TooMany` once they are used up (see `Guesses`).
        """
        known = await self.people.by_email(email)
        try:
            tried = await self.guesses.count(email, address, note, known[0].id if known else None)
        except TooMany:
            log.warning("sign-in throttled from %s", address)
            if known is not None:  # afterwards: the time of the answer does not tell that they are known
                task = asyncio.create_task(self._warn(known[0], address), name="warning by mail")
                self._warning.add(task)
                task.add_done_callback(self._warning.discard)
            raise
        fits = await self.passwords.verify(known[1] if known else None, password)
        if known is not None and fits:
            # looking takes its time: what counts is the password that is stored by now
            before, known = known[1], await self.people.by_email(email)
            fits = known is not None and (
                known[1] == before or await self.passwords.verify(known[1], password)
            )
        if known is None or not fits or not known[0].active:
            log.warning("sign-in failed from %s", address)
            raise WrongCredentials(left=await self.guesses.left(tried))
        await self.guesses.was_right(tried)
        account, password_hash = known
        if self.passwords.is_outdated(password_hash):
            better = await self.passwords.hash(password)
            await self.people.set_password_hash(account.id, better, before=password_hash)
        return account

    async def open(self, account: Account, agent: str) -> tuple[Secret, Session]:
        """A new session of somebody who has proven who they are, and its token."""
        now = self.clock.now()
        token = Secret(secrets.token_urlsafe(32))
        session = SessionId(self.new_id())
        expires = now + SESSION_SECONDS
        await self.people.add_session(token.digest(), session, account.id, agent[:256], now, expires)
        memberships = tuple(await self.people.memberships(account.id))
        log.info("signed in: account %s, session %s", account.id, session)
        return token, Session(session, account, memberships, expires)

    async def _warn(self, account: Account, address: str) -> None:
        """Tell the owner of the account, once in a while, that somebody keeps guessing."""
        try:
            await self.throttle.hit("warn", account.id)
        except TooMany:
            return
        await self.mailer.send(
            Letter(
                LetterKind.SIGN_IN_WARNING,
                account.email,
                account.language or "en",
                None,
                {"name": account.name, "address": address, "minutes": "15"},
            )
        )

    async def finish(self) -> None:
        """Wait for what is being sent; for an orderly stop."""
        await asyncio.gather(*self._warning, return_exceptions=True)

    async def session(self, token: Secret | None) -> Session:
        """The session of a token. Raises `NotSignedIn`."""
        found = await self.people.session(token.digest(), self.clock.now()) if token else None
        if found is None:
            raise NotSignedIn
        return found

    async def end_quietly(self, token: Secret) -> None:
        """End the session of this token, if it is one."""
        found = await self.people.session(token.digest(), self.clock.now())
        if found is not None:
            await self.sign_out(found)

    async def sign_out(self, session: Session) -> None:
        """End the session, and everything that is connected under it."""
        await self.people.end_session(session.id)
        await self.ended(session.id)
        log.info("signed out: session %s", session.id)
