"""The people who run a site: its owner, admins, installers and auditors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.ids import AccountId, SiteId
from intercom.domain.people import Account, Membership, Role, Standing


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who runs a site, in one of their roles. `expires_at`: Unix seconds; an installer's."""

    account: Account
    role: Role
    standing: Standing
    expires_at: float | None = None


class Staff(Protocol):
    """Roles without a unit."""

    async def of_site(self, site: SiteId, now: float) -> Sequence[StaffMember]:
        """The owner, then the others by role and name; without those whose time has run out."""
        ...

    async def by_email(self, email: str) -> Account | None:
        """The active account of this e-mail (any case), with a password or without."""
        ...

    async def at_site(self, account: AccountId, site: SiteId) -> Sequence[Membership]:
        """What the account is to the site, in any standing."""
        ...

    async def appoint(self, account: Account, membership: Membership, now: float) -> None:
        """Store the role; the account too where it is new. A role that was there takes the new time.

        Raises `Taken` if the e-mail of a new account is somebody's already.
        """
        ...

    async def dismiss(self, site: SiteId, account: AccountId, role: Role) -> bool:
        """Take the role away; whether it was there. Never the owner's."""
        ...

    async def transfer(self, site: SiteId, owner: AccountId, heir: AccountId, now: float) -> bool:
        """`heir` becomes the owner and `owner` an admin, in one step.

        False, and nothing changes: `owner` is not the owner, or `heir` not one of `heirs`.
        """
        ...

    async def heirs(self, site: SiteId, owner: AccountId) -> Sequence[Account]:
        """To whom the site may be handed: its active admins and active residents, by name."""
        ...
