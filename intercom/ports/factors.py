"""Second factors: where they are kept, and the adapters that know their standards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from intercom.domain.factors import Claims, Factor, Identity, TrustedDevice
from intercom.domain.ids import AccountId, FactorId, Secret


class Factors(Protocol):
    """The methods of accounts."""

    async def of(self, account: AccountId) -> Sequence[Factor]:
        """All of the account, also unconfirmed ones, the oldest first."""
        ...

    async def by_credential(self, credential: str) -> Factor | None:
        """The passkey with this id (base64url)."""
        ...

    async def add(self, factor: Factor) -> None:
        """Keep a new one. Raises `Taken` for a passkey that is known already."""
        ...

    async def confirm(self, factor: FactorId, now: float) -> None:
        """It has been proven to work; an app or number takes the place of the one before it."""
        ...

    async def remove(self, account: AccountId, factor: FactorId) -> None:
        """It is gone."""
        ...

    async def rename(self, account: AccountId, factor: FactorId, name: str) -> None:
        """Give it another name."""
        ...

    async def use(self, factor: FactorId, before: int, after: int) -> bool:
        """Move `uses` from `before` to `after`; False when somebody else was faster."""
        ...

    async def switch(self, account: AccountId, on: bool) -> None:
        """Ask for the second step at sign-in, or not."""
        ...

    async def recovery_hash(self, account: AccountId) -> str | None:
        """The digest of the recovery code."""
        ...

    async def set_recovery_hash(self, account: AccountId, digest: str) -> None:
        """A new recovery code; the one before is worth nothing."""
        ...

    async def reset(self, account: AccountId, recovery_hash: str) -> bool:
        """If the recovery code is this one: use it up, forget all methods, switch off. One step."""
        ...


class TrustedDevices(Protocol):
    """Browsers that are not asked for the second step."""

    async def add(self, device: TrustedDevice, token_hash: str) -> None:
        """Trust it; what has run out is cleared on the way."""
        ...

    async def find(self, account: AccountId, token_hashes: Sequence[str], now: float) -> TrustedDevice | None:
        """The account's device with one of these tokens, if it has not run out."""
        ...

    async def of(self, account: AccountId, now: float) -> Sequence[TrustedDevice]:
        """The account's, the newest first."""
        ...

    async def forget(self, account: AccountId, device: str | None = None) -> None:
        """Forget this one, or all of the account."""
        ...


class Identities(Protocol):
    """Accounts elsewhere that sign accounts in."""

    async def find(self, issuer: str, subject: str) -> Identity | None:
        """The link of this account elsewhere."""
        ...

    async def link(self, identity: Identity) -> None:
        """Remember it. Raises `Taken` if somebody was faster."""
        ...

    async def of(self, account: AccountId) -> Sequence[Identity]:
        """The account's, the oldest first."""
        ...

    async def unlink(self, account: AccountId, issuer: str) -> None:
        """Forget the account's link to this issuer."""
        ...


class Vault(Protocol):
    """Seals what must be read again under a key that is not in the database."""

    def seal(self, secret: Secret) -> str:
        """Sealed, for the database."""
        ...

    def open(self, sealed: str) -> Secret:
        """What was sealed. Raises `TryLater` when the key is another."""
        ...

    def mark(self, text: str) -> str:
        """A name for `text` that nobody can make, or trace back, without the key; always the same."""
        ...


class Authenticator(Protocol):
    """Codes of authenticator apps (RFC 6238)."""

    def new_secret(self) -> Secret:
        """A new one, in base32."""
        ...

    def address(self, secret: Secret, email: str, house: str) -> Secret:
        """The `otpauth://` address that an app reads."""
        ...

    def picture(self, address: Secret) -> str:
        """The address as QR code: an inline SVG."""
        ...

    def step(self, secret: Secret, code: str, now: float) -> int | None:
        """The time step to which the code belongs, near enough to `now`; None for a wrong code."""
        ...


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey as its authenticator made it. `credential` and `public_key` in base64url."""

    credential: str
    public_key: str
    count: int


class PasskeyRules(Protocol):
    """Web Authentication, for this server's own address."""

    def creation(self, account: AccountId, email: str, name: str, known: Sequence[str]) -> tuple[str, str]:
        """Options to make a passkey, as JSON for the browser, and their challenge."""
        ...

    def made(self, answer: str, challenge: str) -> NewPasskey:
        """What the browser answered, checked. Raises `PasskeyRefused`."""
        ...

    def request(self, known: Sequence[str]) -> tuple[str, str]:
        """Options to use a passkey (one of `known`, or any), as JSON, and their challenge."""
        ...

    def claims(self, answer: str) -> tuple[str, str]:
        """The credential and the challenge that an answer names, unchecked. Raises `PasskeyRefused`."""
        ...

    def used(self, answer: str, challenge: str, passkey: Factor) -> int:
        """Check the answer of a passkey; gives its counter. Raises `PasskeyRefused`."""
        ...


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider as people see it. `id` stands in addresses."""

    id: str
    label: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Errand:
    """What must be remembered while somebody is at the provider."""

    address: str = field(repr=False)
    nonce: Secret
    verifier: Secret


class Providers(Protocol):
    """OpenID Connect providers."""

    def all(self) -> Sequence[Provider]:
        """Those that are set up."""
        ...

    async def send(self, provider: Provider, state: Secret) -> Errand:
        """Where to send the browser. Raises `ProviderFailed`."""
        ...

    async def back(self, provider: Provider, code: str, nonce: Secret, verifier: Secret) -> Claims:
        """What the provider says of who came back. Raises `ProviderFailed`."""
        ...
