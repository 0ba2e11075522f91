"""A person's own second factors: set up, switch, take away; recovery code; trusted devices.

Whatever makes an account easier to enter needs the password again, not older than `PASSWORD_SECONDS`.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from intercom.domain import phone
from intercom.domain.errors import (
    InUse,
    Invalid,
    NotFound,
    NotNow,
    PasswordAgain,
    SecondStepOver,
    TryLater,
    WrongCredentials,
    WrongSecondFactor,
)
from intercom.domain.factors import (
    PASSKEYS,
    PASSWORD_SECONDS,
    STEP_SECONDS,
    Factor,
    FactorKind,
    Token,
    TrustedDevice,
    plain_code,
)
from intercom.domain.ids import FactorId, Secret
from intercom.domain.language import N_
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Account, Session
from intercom.ports import (
    Authenticator,
    Clock,
    Factors,
    Mailer,
    PasskeyRules,
    Tokens,
    TrustedDevices,
    Vault,
)
from intercom.services.codes import Codes
from intercom.services.signin import SignIn

log = logging.getLogger(__name__)

_AGAIN, _SET_UP, _NEW_PASSKEY = "password_again", "factor_setup", "passkey_new"
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
RECOVERY_LENGTH = 20
"""Characters of a recovery code: 98 random bits."""

_ADDED = {
    FactorKind.APP: N_("An authenticator app was added to the second step of your sign-in."),
    FactorKind.SMS: N_("A phone number was added to the second step of your sign-in."),
    FactorKind.EMAIL: N_("Codes by e-mail were added to the second step of your sign-in."),
    FactorKind.PASSKEY: N_("A passkey was added to your sign-in."),
}
_REMOVED = N_("A method was taken away from the second step of your sign-in.")
_ON = N_("The second step of your sign-in was switched on.")
_OFF = N_("The second step of your sign-in was switched off.")
_RECOVERY = N_("A new recovery code was made for your sign-in. The one before is worth nothing now.")


@dataclass(frozen=True, slots=True)
class State:
    """What somebody has set up. `unlocked`: their password was typed again just now."""

    on: bool
    methods: tuple[Factor, ...]
    recovery: bool
    devices: tuple[TrustedDevice, ...]
    unlocked: bool


@dataclass(frozen=True, slots=True)
class AppSetup:
    """What an authenticator app needs. `picture`: a QR code as SVG."""

    factor: FactorId
    secret: Secret
    address: Secret
    picture: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What people change about their own second factors."""

    signin: SignIn
    factors: Factors
    devices: TrustedDevices
    tokens: Tokens
    vault: Vault
    codes: Codes
    authenticator: Authenticator
    passkeys: PasskeyRules
    mailer: Mailer
    clock: Clock
    new_id: Callable[[], str]
    country: str
    """Where a number without its country's code is from (ISO 3166-1, or empty)."""
    house: str
    """What an authenticator app calls this server."""

    async def state(self, session: Session) -> State:
        """What is set up."""
        account = session.account
        methods = tuple(f for f in await self.factors.of(account.id) if f.confirmed)
        return State(
            on=account.second_factor,
            methods=methods,
            recovery=await self.factors.recovery_hash(account.id) is not None,
            devices=tuple(await self.devices.of(account.id, self.clock.now())),
            unlocked=await self._unlocked(session),
        )

    # -- the password again ------------------------------------------------------------------------

    async def password_again(self, session: Session, password: Secret, address: str) -> None:
        """For a while this session may change what is here. Raises `Invalid`, `TooMany`."""
        try:
            await self.signin.prove(session.account.email, password, address)
        except WrongCredentials:
            raise Invalid(password=N_("This password is wrong.")) from None
        now = self.clock.now()
        await self.tokens.add(
            Token(_again(session), _AGAIN, session.account.id, {}, now + PASSWORD_SECONDS), now
        )

    async def _unlocked(self, session: Session) -> bool:
        return await self.tokens.get(_again(session), _AGAIN, self.clock.now()) is not None

    async def _need_password(self, session: Session) -> None:
        if not await self._unlocked(session):
            raise PasswordAgain

    # -- methods -----------------------------------------------------------------------------------

    async def begin_app(self, session: Session) -> AppSetup:
        """A new secret for an authenticator app; counts once `confirm` has seen a code of it.

        Raises `PasswordAgain`.
        """
        await self._need_password(session)
        secret = self.authenticator.new_secret()
        factor = await self._begin(session, FactorKind.APP, sealed=self.vault.seal(secret))
        await self._keep(factor, {})
        return self._app(session, factor, secret)

    async def app(self, session: Session, factor_id: FactorId) -> AppSetup:
        """What `begin_app` gave, until it is confirmed. Raises `NotFound`, `PasswordAgain`."""
        await self._need_password(session)
        factor = await self._pending(session, factor_id)
        if factor.kind is not FactorKind.APP:
            raise NotFound
        return self._app(session, factor, self.vault.open(factor.sealed or ""))

    def _app(self, session: Session, factor: Factor, secret: Secret) -> AppSetup:
        address = self.authenticator.address(secret, session.account.email, self.house)
        return AppSetup(factor.id, secret, address, self.authenticator.picture(address))

    async def begin_code(self, session: Session, kind: FactorKind, number: str = "") -> Factor:
        """Send a code to the account's e-mail, or by SMS to `number` as it was typed; counts once `confirm`
        has seen it. Raises `PasswordAgain`, `Invalid`, `TooMany`, `TryLater`."""
        await self._need_password(session)
        name = self._number(number) if kind is FactorKind.SMS else ""
        factor = await self._begin(session, kind, name)
        await self._keep(factor, await self.codes.send(session.account, factor))
        return factor

    async def resend(self, session: Session, factor_id: FactorId) -> None:
        """Send another code; the one before is worth nothing. Raises as `begin_code`, `NotFound`."""
        await self._need_password(session)
        factor = await self._pending(session, factor_id)
        await self._keep(factor, await self.codes.send(session.account, factor))

    async def pending(self, session: Session, factor_id: FactorId) -> Factor:
        """A method that waits for its first code. Raises `NotFound`."""
        return await self._pending(session, factor_id)

    async def confirm(self, session: Session, factor_id: FactorId, code: Secret) -> Secret | None:
        """The method's first code: from now on it counts. With the first method of an account e-mail
        comes as backup, the second step is on, and a recovery code is given, this once.

        Raises `WrongSecondFactor`, `NotFound`, `PasswordAgain`.
        """
        await self._need_password(session)
        factor = await self._pending(session, factor_id)
        now = self.clock.now()
        token = await self.tokens.get(_set_up(factor), _SET_UP, now)
        left = await self.codes.may_try(_set_up(factor)) if token else None
        if token is None or left is None:
            raise SecondStepOver(N_("This took too long, or too many codes were wrong. Start anew."))
        if not await self.codes.fits(factor, code, token.data):
            raise WrongSecondFactor(left=left)
        if await self.tokens.take(_set_up(factor), _SET_UP, now) is None:
            raise NotFound
        await self.factors.confirm(factor.id, now)
        return await self._added(session, factor.kind)

    async def passkey_options(self, session: Session) -> str:
        """Options for the browser to make a passkey, as JSON. Raises `PasswordAgain`."""
        await self._need_password(session)
        account = session.account
        known = [f.credential for f in await self.factors.of(account.id) if f.credential]
        if len(known) >= PASSKEYS:
            raise InUse(N_("These are as many passkeys as one account can have. Take one away first."))
        options, challenge = self.passkeys.creation(account.id, account.email, account.name, known)
        now = self.clock.now()
        await self.tokens.add(
            Token(Secret(challenge).digest(), _NEW_PASSKEY, account.id, {}, now + STEP_SECONDS), now
        )
        return options

    async def add_passkey(self, session: Session, name: str, answer: str) -> Secret | None:
        """Keep the passkey that the browser made. As `confirm`; raises `PasskeyRefused`, `Taken`."""
        await self._need_password(session)
        _, challenge = self.passkeys.claims(answer)
        now = self.clock.now()
        token = await self.tokens.take(Secret(challenge).digest(), _NEW_PASSKEY, now)
        if token is None or token.account != session.account.id:
            raise SecondStepOver(N_("This took too long. Start anew."))
        made = self.passkeys.made(answer, challenge)
        await self.factors.add(
            Factor(
                FactorId(self.new_id()),
                session.account.id,
                FactorKind.PASSKEY,
                name,
                credential=made.credential,
                public_key=made.public_key,
                uses=made.count,
                confirmed=True,
                created_at=now,
            )
        )
        return await self._added(session, FactorKind.PASSKEY)

    async def rename(self, session: Session, factor_id: FactorId, name: str) -> None:
        """Call a passkey something else. Raises `NotFound`."""
        factor = await self._own(session, factor_id)
        if factor.kind is not FactorKind.PASSKEY:
            raise NotNow(N_("Only passkeys have names."))
        await self.factors.rename(session.account.id, factor.id, name)

    async def remove(self, session: Session, factor_id: FactorId) -> None:
        """Take a method away. Raises `NotFound`, `InUse` for e-mail, `PasswordAgain`."""
        await self._need_password(session)
        factor = await self._own(session, factor_id)
        if factor.kind is FactorKind.EMAIL:
            raise InUse(N_("E-mail stays as the backup of all other methods."))
        await self.factors.remove(session.account.id, factor.id)
        log.info("second factor removed: account %s, %s", session.account.id, factor.kind)
        await self._tell(session.account, _REMOVED)

    async def switch(self, session: Session, on: bool) -> None:
        """Ask for the second step at sign-in, or not; the methods stay as they are.

        Raises `PasswordAgain`, `NotNow` without a method.
        """
        await self._need_password(session)
        if on and not any(f.confirmed for f in await self.factors.of(session.account.id)):
            raise NotNow(N_("Set up a method first."))
        await self.factors.switch(session.account.id, on)
        log.info("second factor %s: account %s", "on" if on else "off", session.account.id)
        await self._tell(session.account, _ON if on else _OFF)

    async def new_recovery_code(self, session: Session) -> Secret:
        """A new recovery code, given this once; the one before is worth nothing.

        Raises `PasswordAgain`, `NotNow` without a method.
        """
        await self._need_password(session)
        if not any(f.confirmed for f in await self.factors.of(session.account.id)):
            raise NotNow(N_("Set up a method first."))
        code = await self._new_code(session.account)
        await self._tell(session.account, _RECOVERY)
        return code

    # -- trusted devices ---------------------------------------------------------------------------

    async def trusted(self, session: Session) -> Sequence[TrustedDevice]:
        """The devices that are not asked for the second step."""
        return await self.devices.of(session.account.id, self.clock.now())

    async def forget(self, session: Session, device: str | None = None) -> None:
        """This device, or every one, is asked again. Raises `NotFound`."""
        if device is not None and device not in [d.id for d in await self.trusted(session)]:
            raise NotFound(N_("This device is not known here."))
        await self.devices.forget(session.account.id, device)
        log.info("trusted devices forgotten: account %s, %s", session.account.id, device or "all")

    def _number(self, typed: str) -> str:
        try:
            return phone.number(typed, self.country)
        except ValueError as error:
            raise Invalid(phone=error.args[0]) from None

    # -- inside ------------------------------------------------------------------------------------

    async def _begin(
        self, session: Session, kind: FactorKind, name: str = "", sealed: str | None = None
    ) -> Factor:
        """A method that waits for its first code, in place of one that waited before."""
        account, now = session.account.id, self.clock.now()
        for waiting in await self.factors.of(account):
            if waiting.kind is kind and not waiting.confirmed:
                await self.factors.remove(account, waiting.id)
        factor = Factor(FactorId(self.new_id()), account, kind, name, sealed, created_at=now)
        await self.factors.add(factor)
        return factor

    async def _keep(self, factor: Factor, kept: dict[str, str]) -> None:
        now = self.clock.now()
        await self.tokens.add(Token(_set_up(factor), _SET_UP, factor.account, kept, now + STEP_SECONDS), now)

    async def _own(self, session: Session, factor_id: FactorId) -> Factor:
        found = next((f for f in await self.factors.of(session.account.id) if f.id == factor_id), None)
        if found is None:
            raise NotFound(N_("This method is not known here."))
        return found

    async def _pending(self, session: Session, factor_id: FactorId) -> Factor:
        factor = await self._own(session, factor_id)
        if factor.confirmed:
            raise NotFound(N_("This method is set up already."))
        return factor

    async def _added(self, session: Session, kind: FactorKind) -> Secret | None:
        account = session.account
        confirmed = [f for f in await self.factors.of(account.id) if f.confirmed]
        if not any(f.kind is FactorKind.EMAIL for f in confirmed):
            now = self.clock.now()
            backup = Factor(
                FactorId(self.new_id()), account.id, FactorKind.EMAIL, confirmed=True, created_at=now
            )
            await self.factors.add(backup)
        first = await self.factors.recovery_hash(account.id) is None
        code = await self._new_code(account) if first else None
        if first:
            await self.factors.switch(account.id, True)
        log.info("second factor added: account %s, %s", account.id, kind)
        await self._tell(account, _ADDED[kind])
        return code

    async def _new_code(self, account: Account) -> Secret:
        text = "".join(secrets.choice(_LETTERS) for _ in range(RECOVERY_LENGTH))
        await self.factors.set_recovery_hash(account.id, Secret(plain_code(text)).digest())
        log.info("recovery code made: account %s", account.id)
        return Secret("-".join(text[n : n + 4] for n in range(0, RECOVERY_LENGTH, 4)))

    async def _tell(self, account: Account, change: str) -> None:
        try:
            await self.mailer.send(
                Letter(
                    LetterKind.SECOND_FACTOR_CHANGED,
                    account.email,
                    await self.codes.language_of(account),
                    None,
                    {"name": account.name, "change": change},
                )
            )
        except TryLater:  # what was changed stays changed
            log.warning("no letter about the second factor: account %s", account.id)


def _again(session: Session) -> str:
    return Secret(f"again:{session.id}").digest()


def _set_up(factor: Factor) -> str:
    return Secret(f"set-up:{factor.id}").digest()
