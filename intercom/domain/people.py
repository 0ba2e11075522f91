"""Accounts, roles and what each role may do, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from intercom.domain.ids import AccountId, DeviceId, EntranceId, PanelId, SessionId, SiteId, UnitId


class Role(StrEnum):
    """What somebody is to a site. Nobody opens doors by being owner or admin."""

    OWNER = "owner"
    ADMIN = "admin"
    RESIDENT = "resident"


class Power(StrEnum):
    """What a role lets one do."""

    RUN_PANELS = "run_panels"
    """See panels and locks, pair and revoke panels, switch the built-in core."""
    ANSWER = "answer"
    OPEN = "open"


POWERS: dict[Role, frozenset[Power]] = {
    Role.OWNER: frozenset({Power.RUN_PANELS}),
    Role.ADMIN: frozenset({Power.RUN_PANELS}),
    Role.RESIDENT: frozenset({Power.ANSWER, Power.OPEN}),
}
"""The matrix of powers; a test has a case for each cell."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can sign in."""

    id: AccountId
    email: str
    first_name: str
    last_name: str
    active: bool = True

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Membership:
    """A role of an account at a site; a resident's also names the unit."""

    account: AccountId
    site: SiteId
    role: Role
    unit: UnitId | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in."""

    id: SessionId
    account: Account
    memberships: tuple[Membership, ...]
    expires_at: float

    def may(self, power: Power, site: SiteId) -> bool:
        """Whether a role of this person at `site` has `power`."""
        return any(m.site == site and power in POWERS[m.role] for m in self.memberships)

    @property
    def sites(self) -> tuple[SiteId, ...]:
        """The sites this person belongs to, in order, each once."""
        return tuple(dict.fromkeys(m.site for m in self.memberships))


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device of a resident, as stored."""

    id: DeviceId
    account: AccountId
    session: SessionId
    name: str
    dnd: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A caller that was paired with an entrance."""

    id: PanelId
    site: SiteId
    entrance: EntranceId
    name: str
    enrolled_at: float
    last_seen: float | None = None
    revoked: bool = False


def device_name(first_name: str, user_agent: str, taken: frozenset[str] = frozenset()) -> str:
    """A name for a new device that its household understands: "Anna’s phone", "Anna’s computer 2".

    Judged by the words that browsers put into User-Agent (RFC 9110 10.1.5); only a label.
    """
    agent = user_agent.casefold()
    if "ipad" in agent or "tablet" in agent or ("android" in agent and "mobile" not in agent):
        kind = "tablet"
    elif "iphone" in agent or "mobile" in agent or "android" in agent:
        kind = "phone"
    else:
        kind = "computer"
    owner = f"{first_name}’s {kind}" if first_name else kind
    number = 2
    name = owner
    while name in taken:
        name = f"{owner} {number}"
        number += 1
    return name
