"""Accounts, roles and what each role may do, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from intercom.domain.errors import NotAllowed, NotFound
from intercom.domain.health import Proof
from intercom.domain.ids import AccountId, DeviceId, EntranceId, PanelId, SessionId, SiteId, UnitId
from intercom.domain.language import N_, Sentence


class Role(StrEnum):
    """What somebody is to a site. Nobody opens doors by being owner or admin."""

    OWNER = "owner"
    """Exactly one a site; transferred, never shared."""
    ADMIN = "admin"
    INSTALLER = "installer"
    """For `INSTALLER_SECONDS`, shown to the owner."""
    AUDITOR = "auditor"
    """Reads the log, changes nothing."""
    MANAGER = "manager"
    """Of one unit: adds and removes its people, where the site allows it. A resident's second role."""
    RESIDENT = "resident"


INSTALLER_SECONDS = 24 * 3600.0


class Power(StrEnum):
    """What a role lets one do."""

    TRANSFER = "transfer"
    """Hand the ownership over."""
    CONSENT = "consent"
    """Agree to the deletion of a profile."""
    APPOINT = "appoint"
    """Name and dismiss site admins and auditors."""
    SET_CORE = "set_core"
    """Choose the access core and give it its credentials."""
    APPOINT_INSTALLER = "appoint_installer"
    EDIT_SITE = "edit_site"
    """Site data, display policy, rules, the tone that callers hear."""
    EDIT_UNITS = "edit_units"
    """Floors, units, companies."""
    EDIT_RESIDENTS = "edit_residents"
    """Add, change, deactivate, remove; alias, display, contact person; invitations; import and export."""
    EDIT_ENTRANCES = "edit_entrances"
    """Entrances and their locks."""
    RUN_PANELS = "run_panels"
    """See panels and locks, pair and revoke panels, switch the built-in core."""
    READ_LOG = "read_log"
    """Metadata of calls and openings, and what admins did."""
    EDIT_HOUSEHOLD = "edit_household"
    """Add and remove the people of one's own unit, where the site allows it."""
    ANSWER = "answer"
    OPEN = "open"


_RUNS_A_SITE = {
    Power.APPOINT_INSTALLER,
    Power.EDIT_SITE,
    Power.EDIT_UNITS,
    Power.EDIT_RESIDENTS,
    Power.EDIT_ENTRANCES,
    Power.RUN_PANELS,
    Power.READ_LOG,
}

POWERS: dict[Role, frozenset[Power]] = {
    Role.OWNER: frozenset({*_RUNS_A_SITE, Power.TRANSFER, Power.CONSENT, Power.APPOINT, Power.SET_CORE}),
    Role.ADMIN: frozenset(_RUNS_A_SITE),
    Role.INSTALLER: frozenset({Power.EDIT_ENTRANCES, Power.RUN_PANELS}),
    Role.AUDITOR: frozenset({Power.READ_LOG}),
    Role.MANAGER: frozenset({Power.EDIT_HOUSEHOLD}),
    Role.RESIDENT: frozenset({Power.ANSWER, Power.OPEN}),
}
"""The matrix of powers; a test has a case for each cell."""

RUNS = frozenset(
    {
        Power.EDIT_SITE,
        Power.EDIT_UNITS,
        Power.EDIT_RESIDENTS,
        Power.EDIT_ENTRANCES,
        Power.RUN_PANELS,
        Power.READ_LOG,
        Power.EDIT_HOUSEHOLD,
    }
)
"""Whoever has one of these finds something under `/admin`."""


class Standing(StrEnum):
    """How far a membership has come. Only an active one rings, opens or lets anybody do anything."""

    INVITED = "invited"
    """Not confirmed yet by a first sign-in from the invitation."""
    ACTIVE = "active"
    INACTIVE = "inactive"
    """Deactivated by an admin; can be made active again."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can sign in. `phone` is E.164, confirmed; `language` a code of `LANGUAGES`, or None
    for the site's."""

    id: AccountId
    email: str
    first_name: str
    last_name: str
    active: bool = True
    phone: str | None = None
    language: str | None = None
    second_factor: bool = False
    """A second step is asked for at sign-in."""
    vouched_by: SiteId | None = None
    """The site whose printed letter made the profile. It alone says whose e-mail this is, until a letter to
    that e-mail has been answered: so the account joins no other site on its own word."""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip() if self.last_name else self.first_name


@dataclass(frozen=True, slots=True)
class Membership:
    """A role of an account at a site; a resident's and a manager's also names the unit."""

    account: AccountId
    site: SiteId
    role: Role
    unit: UnitId | None = None
    standing: Standing = Standing.ACTIVE
    expires_at: float | None = None
    """Unix seconds; an installer's."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. `memberships` are the active ones that have not run out;
    `invited` those that wait to be confirmed."""

    id: SessionId
    account: Account
    memberships: tuple[Membership, ...]
    expires_at: float
    invited: tuple[Membership, ...] = ()

    def may(self, power: Power, site: SiteId) -> bool:
        """Whether a role of this person at `site` has `power`."""
        return any(m.site == site and power in POWERS[m.role] for m in self.memberships)

    def demand(self, power: Power, site: SiteId) -> None:
        """Raises `NotFound` for a site in which this person has no part, `NotAllowed` without `power`."""
        if site not in self.sites:
            raise NotFound(N_("This site is not known here."))
        if not self.may(power, site):
            raise NotAllowed

    def roles(self, site: SiteId) -> frozenset[Role]:
        """What this person is to `site`."""
        return frozenset(m.role for m in self.memberships if m.site == site)

    def units(self, power: Power) -> frozenset[UnitId]:
        """The units in which this person has `power` through a role of that unit."""
        return frozenset(m.unit for m in self.memberships if m.unit and power in POWERS[m.role])

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
    let_through: bool = False
    """It rings also in quiet hours and when it is told not to disturb."""
    proof: Proof | None = None
    """When it last proved that it rings, as far as that is stored."""
    push_gone_at: float | None = None
    """When its push service said that it takes pushes no longer, Unix seconds."""


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
    offline_told_at: float | None = None
    """When its silence was reported, while it lasts."""
    pin_hash: str | None = field(default=None, repr=False)
    """Of the PIN that is typed to leave its page."""


def is_handheld(user_agent: str) -> bool:
    """Whether a browser says that it runs on a telephone or tablet (RFC 9110 10.1.5). Its own word only."""
    agent = user_agent.casefold()
    return any(word in agent for word in ("ipad", "tablet", "iphone", "mobile", "android"))


def device_name(
    first_name: str,
    user_agent: str,
    taken: frozenset[str] = frozenset(),
    say: Callable[[Sentence], str] = str,
) -> str:
    """A name for a new device that its household understands: "Anna’s phone", "Anna’s computer 2".

    Judged by the words that browsers put into User-Agent (RFC 9110 10.1.5); only a label. It is kept, so
    `say` puts it into its owner's language now.
    """
    agent = user_agent.casefold()
    if "ipad" in agent or "tablet" in agent or ("android" in agent and "mobile" not in agent):
        owner = say(N_("%(name)s’s tablet", name=first_name) if first_name else N_("tablet"))
    elif "iphone" in agent or "mobile" in agent or "android" in agent:
        owner = say(N_("%(name)s’s phone", name=first_name) if first_name else N_("phone"))
    else:
        owner = say(N_("%(name)s’s computer", name=first_name) if first_name else N_("computer"))
    number = 2
    name = owner
    while name in taken:
        name = f"{owner} {number}"
        number += 1
    return name
