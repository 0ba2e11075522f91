"""Signing in with an account elsewhere (OpenID Connect): whose it is here, and whether it may.

An account elsewhere is linked at its first use by an e-mail that its provider has verified and that is the
account's own; from then on by the provider's own name for it. The provider's second factor counts.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from intercom.domain.errors import NoAccount, NotFound, ProviderFailed, Taken
from intercom.domain.factors import STEP_SECONDS, Claims, Identity, Token
from intercom.domain.ids import Secret
from intercom.domain.language import N_
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Account, Session
from intercom.ports import Clock, Identities, Mailer, People, Provider, Providers, Throttle, Tokens, Vault
from intercom.services.second_step import SignedIn
from intercom.services.signin import SignIn

log = logging.getLogger(__name__)

_PURPOSE = "provider"
_OVER = N_("This took too long, or began in another browser. Start anew.")
_UNVERIFIED = N_("The other service has not verified your e-mail, so it is not known here who you are.")
_LINKED = N_("An account at another service signs you in here from now on.")
_OTHER = N_(
    "Another account of the same service is linked to this e-mail. Sign in with your password and unlink it "
    "first."
)
_VOUCHED = N_(
    "Your profile was made with a letter on paper. Choose a new password by “I forgot my password” once; "
    "then you can sign in this way."
)


@dataclass(frozen=True, slots=True)
class Linked:
    """A provider, and the e-mail of the account there that is linked."""

    provider: Provider
    email: str | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Accounts at OpenID providers to sessions."""

    signin: SignIn
    people: People
    identities: Identities
    providers: Providers
    tokens: Tokens
    vault: Vault
    throttle: Throttle
    clock: Clock
    mailer: Mailer
    language_of: Callable[[Account], Awaitable[str]]
    """The language in which to write to somebody."""

    def provider(self, provider_id: str) -> Provider:
        """The provider of this id. Raises `NotFound`."""
        found = next((p for p in self.providers.all() if p.id == provider_id), None)
        if found is None:
            raise NotFound(N_("This way to sign in is not set up here."))
        return found

    def all(self) -> Sequence[Provider]:
        """The providers."""
        return self.providers.all()

    async def send(self, provider_id: str, address: str) -> tuple[str, Secret]:
        """Where to send the browser, and the state that it must bring back.

        Raises `NotFound`, `ProviderFailed`, `TooMany`.
        """
        provider = self.provider(provider_id)
        await self.throttle.hit("provider", address)
        state = Secret(secrets.token_urlsafe(32))
        errand = await self.providers.send(provider, state)
        now = self.clock.now()
        kept = {
            "provider": provider.id,
            "nonce": self.vault.seal(errand.nonce),
            "verifier": self.vault.seal(errand.verifier),
        }
        await self.tokens.add(Token(state.digest(), _PURPOSE, None, kept, now + STEP_SECONDS), now)
        return errand.address, state

    async def back(
        self,
        provider_id: str,
        state: Secret,
        own_state: Secret | None,
        code: str,
        address: str,
        agent: str,
        issuer: str | None = None,
    ) -> SignedIn:
        """Somebody came back with `state` and `code`; `own_state` is what this browser was given, `issuer`
        who says to answer, where it is said (RFC 9207).

        Raises `ProviderFailed`, `NoAccount`, `TooMany`, all with a sentence.
        """
        provider = self.provider(provider_id)
        await self.throttle.hit("provider", address)
        same = own_state is not None and hmac.compare_digest(
            own_state.reveal().encode(), state.reveal().encode()
        )
        kept = await self.tokens.take(state.digest(), _PURPOSE, self.clock.now()) if same else None
        if kept is None or kept.data["provider"] != provider.id or issuer not in (None, provider.issuer):
            raise ProviderFailed(_OVER)
        claims = await self.providers.back(
            provider, code, self.vault.open(kept.data["nonce"]), self.vault.open(kept.data["verifier"])
        )
        account = await self._account(claims)
        log.info("signed in through %s: account %s from %s", provider.id, account.id, address)
        return SignedIn(*await self.signin.open(account, agent))

    async def _account(self, claims: Claims) -> Account:
        identity = await self.identities.find(claims.issuer, claims.subject)
        if identity is None:
            identity = await self._link(claims)
        account = await self.people.account(identity.account)
        if account is None or not account.active:
            raise NoAccount
        return account

    async def _link(self, claims: Claims) -> Identity:
        if claims.email is None:
            raise NoAccount(_UNVERIFIED)
        known = await self.people.by_email(claims.email)
        if known is None or not known[0].active:
            raise NoAccount
        account = known[0]
        if account.vouched_by is not None:  # whoever made it may not be whose e-mail it is
            raise NoAccount(_VOUCHED)
        if any(i.issuer == claims.issuer for i in await self.identities.of(account.id)):
            raise NoAccount(_OTHER)
        now = self.clock.now()
        identity = Identity(claims.issuer, claims.subject, account.id, claims.email, now)
        try:
            await self.identities.link(identity)
        except Taken:  # the same person, twice at once
            return await self.identities.find(claims.issuer, claims.subject) or identity
        log.info("linked: account %s to %s", account.id, claims.issuer)
        values = {"name": account.name, "change": _LINKED}
        language = await self.language_of(account)
        await self.mailer.send(
            Letter(LetterKind.SECOND_FACTOR_CHANGED, account.email, language, None, values)
        )
        return identity

    async def of(self, session: Session) -> tuple[Linked, ...]:
        """Each provider, and what of this person is linked there."""
        links = {i.issuer: i.email for i in await self.identities.of(session.account.id)}
        return tuple(Linked(p, links.get(p.issuer)) for p in self.providers.all())

    async def unlink(self, session: Session, provider_id: str) -> None:
        """The account there does not sign in here any more. Raises `NotFound`."""
        provider = self.provider(provider_id)
        await self.identities.unlink(session.account.id, provider.issuer)
        log.info("unlinked: account %s from %s", session.account.id, provider.issuer)
