"""PINs and Codes: choosing one, showing a Code, and holding what was typed against them."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import tzinfo

from intercom.domain import pins
from intercom.domain.door import SENTENCES, Factor, Refusal, words
from intercom.domain.errors import DoorRefused, NotAllowed, TryLater
from intercom.domain.ids import AccountId, Secret
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.domain.permit import Refused
from intercom.domain.pins import OpeningPin
from intercom.ports import Clock, OpeningPins, Passwords, Vault

log = logging.getLogger(__name__)

_RACES = 20

Again = Callable[[Session, Secret, str, str], Awaitable[None]]
"""The password once more, from an address; as `Credentials.again`."""


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A Code, as the phone shows it. Moments in Unix seconds."""

    code: Secret
    until: float
    now: float


@dataclass(frozen=True, slots=True)
class Pins:
    """What is typed is counted before it is looked at, so that many guesses at once are not one."""

    stored: OpeningPins
    passwords: Passwords
    vault: Vault
    again: Again
    clock: Clock

    async def state(self, session: Session) -> OpeningPin | None:
        """The person's PIN as it is kept."""
        return await self.stored.of(session.account.id)

    async def choose(self, session: Session, password: Secret, pin: Secret, address: str) -> None:
        """A PIN, or another one; Codes that were shown are worth nothing. Raises `Invalid`, `TooMany`,
        `NotAllowed` for somebody who opens no doors."""
        if not any(session.may(Power.OPEN, site) for site in session.sites):
            raise NotAllowed(N_("You are resident of no unit here."))
        ready = pins.check_pin(pin)
        await self.again(session, password, address, "password")
        secret = Secret(secrets.token_urlsafe(32))
        hashed = await self.passwords.hash(pins.peppered(ready, secret))
        kept = OpeningPin(session.account.id, hashed, self.vault.seal(secret), self.clock.now())
        await self.stored.put(kept)
        log.info("a PIN was chosen: account %s", session.account.id)

    async def remove(self, session: Session, password: Secret, address: str, field: str = "password") -> None:
        """No PIN any more. Raises `Invalid` with a sentence for `field`, `TooMany`."""
        await self.again(session, password, address, field)
        await self.stored.remove(session.account.id)
        log.info("a PIN was removed: account %s", session.account.id)

    async def code(self, session: Session, pin: Secret, zone: tzinfo) -> ShownCode:
        """A Code for another browser. Raises `DoorRefused`, its times by the
        clock in `zone`."""
        no = await self.check(session.account.id, Factor.PIN, pin)
        known = await self.stored.of(session.account.id)
        now = self.clock.now()
        if no is not None:
            raise DoorRefused(
                no.why, words(no.why, now, zone, no.until, no.left), until=no.until, left=no.left
            )
        if known is None:  # taken away in this moment
            raise DoorRefused(Refusal.NO_PIN, SENTENCES[Refusal.NO_PIN])
        made = pins.code(self.vault.open(known.sealed), now)
        return ShownCode(made, now + pins.CODE_SECONDS, now)

    async def check(self, account: AccountId, factor: Factor, given: Secret | None) -> Refused | None:
        """What is wrong with what was typed; None: it is right."""
        if not given:
            return Refused(Refusal.PIN_NEEDED if factor is Factor.PIN else Refusal.CODE_NEEDED)
        counted = await self._count(account)
        if isinstance(counted, Refused):
            return counted
        if await self._fits(counted, factor, given):
            await self.stored.swap(counted, pins.proven(counted))
            return None
        log.warning("a wrong %s: account %s", factor, account)
        if counted.blocked_until is not None:
            return Refused(Refusal.OTP_BLOCKED, counted.blocked_until)
        wrong = Refusal.PIN_WRONG if factor is Factor.PIN else Refusal.CODE_WRONG
        return Refused(wrong, left=pins.TRIES - counted.failures)

    async def _count(self, account: AccountId) -> OpeningPin | Refused:
        """The PIN with one more try on it."""
        for _ in range(_RACES):
            known = await self.stored.of(account)
            if known is None:
                return Refused(Refusal.NO_PIN)
            counted = pins.tried(known, self.clock.now())
            if counted is None:
                return Refused(Refusal.OTP_BLOCKED, known.blocked_until)
            if await self.stored.swap(known, counted):
                return counted
        raise TryLater

    async def _fits(self, known: OpeningPin, factor: Factor, given: Secret) -> bool:
        secret = self.vault.open(known.sealed)
        if factor is Factor.PIN:
            return await self.passwords.verify(known.hash, pins.peppered(given, secret))
        return pins.is_code(secret, given, self.clock.now())
