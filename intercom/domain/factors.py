"""Second factors, trusted devices and accounts elsewhere, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from intercom.domain.ids import AccountId, FactorId


class FactorKind(StrEnum):
    """How somebody proves the second time who they are."""

    APP = "app"
    """Six figures of an authenticator app (RFC 6238)."""
    PASSKEY = "passkey"
    """A key in a phone, a computer or on a stick (Web Authentication); also signs in alone."""
    SMS = "sms"
    EMAIL = "email"
    """The backup of all others: there from the first method on, and never taken away alone."""


STEP_SECONDS = 600.0
"""How long somebody may stand between the password and the second step."""
CODE_SECONDS = 600.0
"""How long a code that was sent is good."""
CODE_TRIES = 5
"""Wrong codes until a new one must be asked for."""
TRUST_SECONDS = 60 * 24 * 3600.0
"""How long a trusted device is not asked."""
PASSWORD_SECONDS = 600.0
"""How long the password that was typed again lets somebody change their second factors."""
PASSKEYS = 20
"""Most passkeys of one account."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One method of an account. `name`: a passkey's own, or the number that gets the SMS.

    `sealed` is an app's secret under the server's key; `uses` the last time step of an app that was
    taken, or the counter of a passkey. Counts only once it is `confirmed`.
    """

    id: FactorId
    account: AccountId
    kind: FactorKind
    name: str = ""
    sealed: str | None = field(default=None, repr=False)
    credential: str | None = None
    public_key: str | None = field(default=None, repr=False)
    uses: int = 0
    confirmed: bool = False
    created_at: float = 0.0

    @property
    def shown(self) -> str:
        """The name as it may be shown: of a number only the last figures."""
        return masked_number(self.name) if self.kind is FactorKind.SMS else self.name


@dataclass(frozen=True, slots=True)
class TrustedDevice:
    """A browser that is not asked for the second step. `agent`: its User-Agent."""

    id: str
    account: AccountId
    agent: str
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Identity:
    """An account at an OpenID provider that signs this account in."""

    issuer: str
    subject: str
    account: AccountId
    email: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider says of somebody, checked. `email` only where the provider has verified it."""

    issuer: str
    subject: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """Something that is under way and known by a secret: what is kept is the secret's digest."""

    hash: str
    purpose: str
    account: AccountId | None
    data: Mapping[str, str] = field(repr=False)
    expires_at: float
    tries: int = 0


_ORDER = list(FactorKind)


def offered(factors: Sequence[Factor]) -> tuple[FactorKind, ...]:
    """The kinds of method among the confirmed `factors`, the one to be proposed first."""
    there = {factor.kind for factor in factors if factor.confirmed}
    return tuple(sorted(there, key=_ORDER.index))


def masked_email(email: str) -> str:
    """Enough of an address to recognise one's own: `a•••@example.org`."""
    local, _, host = email.rpartition("@")
    return f"{local[:1]}•••@{host}"


def masked_number(number: str) -> str:
    """Enough of a phone number to recognise one's own."""
    return f"••• {number[-3:]}"


def plain_code(text: str) -> str:
    """A code as it was meant: without the blanks and dashes that people read or paste into it."""
    return "".join(text.split()).replace("-", "").upper()
