"""Codes of six figures that go out by e-mail or SMS, and what is known of them afterwards."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from intercom.domain.errors import NotNow
from intercom.domain.factors import CODE_SECONDS, CODE_TRIES, Factor, FactorKind, plain_code
from intercom.domain.ids import Secret
from intercom.domain.language import N_
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Account
from intercom.ports import Authenticator, Clock, Factors, Mailer, SmsSender, Throttle, Tokens, Vault

log = logging.getLogger(__name__)

_MINUTES = str(round(CODE_SECONDS / 60))
_SMS = N_("%(code)s is your code for the intercom. It is good for %(minutes)s minutes. Tell it nobody.")


@dataclass(frozen=True, slots=True)
class Codes:
    """Sends codes and checks what was typed."""

    factors: Factors
    tokens: Tokens
    vault: Vault
    authenticator: Authenticator
    mailer: Mailer
    sms: SmsSender
    throttle: Throttle
    clock: Clock
    say: Callable[[str, str], str]
    """A sentence in a language."""
    language_of: Callable[[Account], Awaitable[str]]
    """The language in which to write to somebody: their own, or their site's."""

    async def send(self, account: Account, factor: Factor) -> dict[str, str]:
        """Send a new code; gives what must be kept to check it. Raises `TooMany`, `TryLater`.

        Keeping it in place of what was kept before is what makes the older code worth nothing.
        """
        await self.throttle.hit("send_code", account.id)
        language = await self.language_of(account)
        code = f"{secrets.randbelow(10**6):06}"
        match factor.kind:
            case FactorKind.EMAIL:
                values = {"name": account.name, "code": code, "minutes": _MINUTES}
                await self.mailer.send(
                    Letter(LetterKind.SECOND_FACTOR_CODE, account.email, language, None, values)
                )
            case FactorKind.SMS:
                await self.throttle.hit("send_sms", account.id)
                text = self.say(_SMS, language) % {"code": code, "minutes": _MINUTES}
                await self.sms.send(factor.name, Secret(text))
            case _:
                raise NotNow(N_("This method sends no code."))
        log.info("code sent: account %s, by %s", account.id, factor.kind)
        until = self.clock.now() + CODE_SECONDS
        return {"factor": factor.id, "code": self.vault.seal(Secret(code)), "until": str(until)}

    async def fits(self, factor: Factor, code: Secret, kept: Mapping[str, str]) -> bool:
        """Whether this is the code that was sent for the factor, or one that its app shows now and that
        was not taken before. An app's code counts as taken with that."""
        typed = plain_code(code.reveal())
        match factor.kind:
            case FactorKind.APP:
                secret = self.vault.open(factor.sealed or "")
                step = self.authenticator.step(secret, typed, self.clock.now())
                if step is None or step <= factor.uses:
                    return False
                return await self.factors.use(factor.id, factor.uses, step)
            case FactorKind.EMAIL | FactorKind.SMS:
                if kept.get("factor") != factor.id or float(kept["until"]) <= self.clock.now():
                    return False
                sent = self.vault.open(kept["code"]).reveal()
                return hmac.compare_digest(sent.encode(), typed.encode())
            case FactorKind.PASSKEY:
                return False

    async def may_try(self, token_hash: str) -> int | None:
        """Count a try; how many are left after it, or None when there was none left."""
        return await self.tokens.tried(token_hash, CODE_TRIES)
