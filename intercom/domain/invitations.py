"""Invitations to a site, and how far they have come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from intercom.domain.ids import AccountId, InvitationId, SiteId
from intercom.domain.language import N_
from intercom.domain.people import Account, Role

INVITATION_SECONDS = 7 * 24 * 3600.0
"""How long the link of a letter, and the code of a printed one, is good."""


ROLE_WORDS = {
    Role.OWNER: N_("owner"),
    Role.ADMIN: N_("site admin"),
    Role.INSTALLER: N_("installer"),
    Role.AUDITOR: N_("auditor"),
    Role.MANAGER: N_("unit manager"),
    Role.RESIDENT: N_("resident"),
}
"""What somebody becomes, as letters and pages say it."""


class InvitationKind(StrEnum):
    """What its letter asks for."""

    PROFILE = "profile"
    """To complete the profile: for somebody who is new. The other one comes after it."""
    SITE = "site"
    """To sign in, which confirms the membership."""


class InvitationState(StrEnum):
    """How far an invitation has come."""

    WAITING = "waiting"
    USED = "used"
    RUN_OUT = "run_out"
    VOID = "void"
    """An admin has called it back."""
    REPLACED = "replaced"
    """A newer one is in its place; never listed."""


@dataclass(frozen=True, slots=True)
class SiteInvitation:
    """An invitation of a person to a site: all their units and roles there. Times in Unix seconds.

    `stored` is its state without regard to the time, so never RUN_OUT.
    """

    id: InvitationId
    site: SiteId
    account: AccountId
    kind: InvitationKind
    stored: InvitationState
    inviter: str
    """Who sent it, by name; empty for the server itself."""
    created_at: float
    expires_at: float
    used_at: float | None = None
    code_expires_at: float | None = None
    """Of the printed letter, where there is one."""

    def state(self, now: float) -> InvitationState:
        """How far it has come."""
        last = max(self.expires_at, self.code_expires_at or 0.0)
        over = self.stored is InvitationState.WAITING and last <= now
        return InvitationState.RUN_OUT if over else self.stored


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody at a site, as far as an invitation says it.

    `units` and `roles`: those that wait to be confirmed, or all of them once nothing waits. `known`: they
    have a password, so no profile to complete.
    """

    account: Account
    units: tuple[str, ...]
    roles: tuple[Role, ...]
    known: bool
    waits: bool
    """Something is still to be confirmed."""
    member: bool
    """Something is confirmed already."""
