"""Signing in with a passkey alone: it is two factors in one, the key and whatever unlocks it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from intercom.domain.errors import PasskeyRefused
from intercom.domain.factors import STEP_SECONDS, Token
from intercom.domain.ids import Secret
from intercom.ports import Clock, Factors, PasskeyRules, People, Throttle, Tokens
from intercom.services.second_step import SecondStep, SignedIn

log = logging.getLogger(__name__)

_PURPOSE = "passkey"


@dataclass(frozen=True, slots=True)
class PasskeySignIn:
    """A passkey to a session, without e-mail and password, or as the second step after them."""

    second_step: SecondStep
    people: People
    factors: Factors
    tokens: Tokens
    passkeys: PasskeyRules
    throttle: Throttle
    clock: Clock

    async def options(self, half: Secret | None, address: str) -> str:
        """Options for the browser to use a passkey, as JSON: any, or in the second step one of the
        account's. Raises `TooMany`, and with `half` `SecondStepOver`."""
        await self.throttle.hit("passkey", address)
        account, known = None, list[str]()
        if half is not None:
            step = await self.second_step.step(half)
            account = step.account.id
            known = [factor.credential for factor in step.factors if factor.credential]
        options, challenge = self.passkeys.request(known)
        now = self.clock.now()
        await self.tokens.add(
            Token(Secret(challenge).digest(), _PURPOSE, account, {}, now + STEP_SECONDS), now
        )
        return options

    async def sign_in(self, answer: str, address: str, agent: str) -> SignedIn:
        """What the browser answered, to a session. Raises `PasskeyRefused`, `TooMany`.

        A challenge is good once.
        """
        await self.throttle.hit("passkey", address)
        try:
            credential, challenge = self.passkeys.claims(answer)
            now = self.clock.now()
            asked = await self.tokens.take(Secret(challenge).digest(), _PURPOSE, now)
            passkey = await self.factors.by_credential(credential)
            if asked is None or passkey is None or asked.account not in (None, passkey.account):
                raise PasskeyRefused
            count = self.passkeys.used(answer, challenge, passkey)
            account = await self.people.account(passkey.account)
            if account is None or not account.active:
                raise PasskeyRefused
            if not await self.factors.use(passkey.id, passkey.uses, count):
                raise PasskeyRefused
        except PasskeyRefused:
            log.warning("passkey refused from %s", address)
            raise
        await self.throttle.give_back("passkey", address)
        log.info("passkey used: account %s", account.id)
        return SignedIn(*await self.second_step.signin.open(account, agent))
