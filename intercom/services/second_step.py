"""The second step of signing in, and the state between the password and it.

Between the two somebody holds a token of their own, which is no session and opens nothing: it ends after
`STEP_SECONDS`, with `CODE_TRIES` wrong codes, or with the session that it becomes.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from intercom.domain.errors import (
    NotAllowed,
    SecondStepNeeded,
    SecondStepOver,
    TooMany,
    TryLater,
    WrongSecondFactor,
)
from intercom.domain.factors import (
    CODE_TRIES,
    STEP_SECONDS,
    TRUST_SECONDS,
    Factor,
    FactorKind,
    Token,
    TrustedDevice,
    offered,
    plain_code,
)
from intercom.domain.ids import Secret
from intercom.domain.language import N_
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Account, Session
from intercom.ports import Clock, Factors, Mailer, People, Throttle, Tokens, TrustedDevices
from intercom.services.codes import Codes
from intercom.services.signin import SignIn

log = logging.getLogger(__name__)

PURPOSE = "second_step"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Done: a new session and its token."""

    token: Secret
    session: Session


@dataclass(frozen=True, slots=True)
class Halfway:
    """The password was right; the second step is to come. `token` is for this browser alone."""

    token: Secret


@dataclass(frozen=True, slots=True)
class Step:
    """Where somebody stands. `kinds`: the methods to choose from, the proposed one first.

    `sent`: the method by which a code is under way.
    """

    token: Token
    account: Account
    factors: tuple[Factor, ...]
    kinds: tuple[FactorKind, ...]
    sent: FactorKind | None

    def factor(self, kind: FactorKind) -> Factor:
        """The account's factor of this kind. Raises `NotAllowed`."""
        found = next((f for f in self.factors if f.kind is kind), None)
        if found is None:
            raise NotAllowed(N_("This method is not set up."))
        return found


@dataclass(frozen=True, slots=True)
class SecondStep:
    """E-mail, password and second factor to a session."""

    signin: SignIn
    people: People
    factors: Factors
    devices: TrustedDevices
    tokens: Tokens
    codes: Codes
    throttle: Throttle
    mailer: Mailer
    clock: Clock
    new_id: Callable[[], str]

    async def sign_in(
        self,
        email: str,
        password: Secret,
        address: str,
        agent: str,
        trusted: Sequence[Secret] = (),
        note: Secret | None = None,
    ) -> SignedIn | Halfway:
        """The password, and where that is enough (no second factor, or one of the `trusted` tokens of this
        browser is the account's) a session. Raises as `SignIn.prove`."""
        account = await self.signin.prove(email, password, address, note)
        try:
            return await self.enter(account, agent, trusted)
        except SecondStepNeeded:
            pass
        token = Secret(secrets.token_urlsafe(32))
        now = self.clock.now()
        row = Token(token.digest(), PURPOSE, account.id, {}, now + STEP_SECONDS)
        await self.tokens.add(row, now)
        log.info("second step: account %s", account.id)
        step = await self.step(token)
        if step.kinds[0] in (FactorKind.EMAIL, FactorKind.SMS):
            try:
                await self.send(token, step.kinds[0])
            except (TooMany, TryLater) as error:  # the page says so, and offers to send again
                log.warning("no code sent: account %s, %s", account.id, error.code)
        return Halfway(token)

    async def enter(self, account: Account, agent: str, trusted: Sequence[Secret] = ()) -> SignedIn:
        """A session for somebody whose password is right or was just set. Raises `SecondStepNeeded`."""
        if account.second_factor and offered(await self.factors.of(account.id)):
            hashes = [token.digest() for token in trusted]
            device = await self.devices.find(account.id, hashes, self.clock.now()) if hashes else None
            if device is None:
                raise SecondStepNeeded
            log.info("second step left out: account %s, trusted device %s", account.id, device.id)
        return SignedIn(*await self.signin.open(account, agent))

    async def step(self, token: Secret | None) -> Step:
        """Where the holder of this token stands. Raises `SecondStepOver`."""
        row = await self.tokens.get(token.digest(), PURPOSE, self.clock.now()) if token else None
        account = await self.people.account(row.account) if row and row.account else None
        if row is None or account is None or not account.active or row.tries >= CODE_TRIES:
            raise SecondStepOver
        confirmed = tuple(f for f in await self.factors.of(account.id) if f.confirmed)
        if not confirmed:
            raise SecondStepOver
        under_way = next((f.kind for f in confirmed if f.id == row.data.get("factor")), None)
        return Step(row, account, confirmed, offered(confirmed), under_way)

    async def send(self, token: Secret | None, kind: FactorKind) -> None:
        """Send a new code by e-mail or SMS; the one before is worth nothing from now on.

        Raises `SecondStepOver`, `NotAllowed` for a method that is not set up, `TooMany`, `TryLater`.
        """
        step = await self.step(token)
        kept = await self.codes.send(step.account, step.factor(kind))
        await self.tokens.put(step.token.hash, kept)

    async def check(
        self, token: Secret | None, kind: FactorKind, code: Secret, address: str, agent: str
    ) -> SignedIn:
        """A code, to a session.

        Raises `WrongSecondFactor` with the tries left, `SecondStepOver` after the last one, `TooMany` when
        the account's codes are being guessed.
        """
        step = await self.step(token)
        factor = step.factor(kind)
        await self._count(step.account, address)
        left = await self.codes.may_try(step.token.hash)
        if left is None:
            raise SecondStepOver
        if not await self.codes.fits(factor, code, step.token.data):
            raise await self._wrong(step, left, address)
        return await self._finish(step, address, agent)

    async def recover(self, token: Secret | None, code: Secret, address: str, agent: str) -> SignedIn:
        """The recovery code, to a session; it is used up, and the second factor is off without a method.

        Raises as `check`.
        """
        step = await self.step(token)
        await self._count(step.account, address)
        left = await self.codes.may_try(step.token.hash)
        if left is None:
            raise SecondStepOver
        digest = Secret(plain_code(code.reveal())).digest()
        if not await self.factors.reset(step.account.id, digest):
            raise await self._wrong(step, left, address)
        await self.devices.forget(step.account.id)
        log.warning("recovery code used: account %s from %s", step.account.id, address)
        account = replace(step.account, second_factor=False)
        signed_in = await self._finish(replace(step, account=account), address, agent)
        values = {"name": account.name}
        await self.mailer.send(
            Letter(
                LetterKind.SECOND_FACTOR_RESET,
                account.email,
                await self.codes.language_of(account),
                None,
                values,
            )
        )
        return signed_in

    async def over(self, token: Secret | None) -> None:
        """The half-way state of this browser ends: it was signed in another way, or given up."""
        if token is not None:
            await self.tokens.take(token.digest(), PURPOSE, self.clock.now())

    async def trust(self, session: Session, agent: str) -> Secret:
        """This browser is not asked for the second step for `TRUST_SECONDS`; gives its token."""
        token = Secret(secrets.token_urlsafe(32))
        now = self.clock.now()
        device = TrustedDevice(self.new_id(), session.account.id, agent[:256], now, now + TRUST_SECONDS)
        await self.devices.add(device, token.digest())
        log.info("device trusted: account %s, device %s", session.account.id, device.id)
        return token

    async def _count(self, account: Account, address: str) -> None:
        """Whoever gets here knows the password, so guesses also count for the account as a whole."""
        await self.throttle.hit("second_step", account.id, address)
        await self.throttle.hit("second_step_account", account.id)

    async def _wrong(self, step: Step, left: int, address: str) -> WrongSecondFactor | SecondStepOver:
        log.warning("second step failed: account %s from %s", step.account.id, address)
        if left <= 0:
            await self.tokens.take(step.token.hash, PURPOSE, self.clock.now())
            return SecondStepOver()
        return WrongSecondFactor(left=left)

    async def _finish(self, step: Step, address: str, agent: str) -> SignedIn:
        if await self.tokens.take(step.token.hash, PURPOSE, self.clock.now()) is None:
            raise SecondStepOver  # the same code, sent twice at once: one session
        await self.throttle.give_back("second_step", step.account.id, address)
        await self.throttle.give_back("second_step_account", step.account.id)
        return SignedIn(*await self.signin.open(step.account, agent))
