"""Invitations, as stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.ids import AccountId, InvitationId, SiteId
from intercom.domain.invitations import InvitationKind, InvitationState, Invitee, SiteInvitation


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation to be stored. `token_hash`: of its link; `code_hash`: of a printed letter."""

    id: InvitationId
    account: AccountId
    kind: InvitationKind
    token_hash: str
    created_by: AccountId | None
    expires_at: float
    code_hash: str | None = None
    code_expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of a list. `undelivered`: only those whose letter was given up."""

    text: str = ""
    state: InvitationState | None = None
    undelivered: bool = False
    offset: int = 0
    limit: int = 50


class SiteInvitations(Protocol):
    """Invitations. Each person has at most one at a site that is not REPLACED."""

    async def issue(self, site: SiteId, new: Sequence[NewInvitation], now: float) -> None:
        """Store these; each replaces what that person had at the site, with its link and its code."""
        ...

    async def print(self, invitation: InvitationId, code_hash: str, expires_at: float) -> bool:
        """The invitation has a printed letter now, in place of an older one. False: it waits no more."""
        ...

    async def find(self, secret_hash: str) -> tuple[SiteInvitation, bool] | None:
        """The invitation of a link or of a printed code, in any state; and whether it was the code."""
        ...

    async def invitees(self, site: SiteId, people: Collection[AccountId]) -> Sequence[Invitee]:
        """Those of these people who have any part in the site, in the order given."""
        ...

    async def complete(
        self,
        invitation: InvitationId,
        first_name: str,
        last_name: str,
        password_hash: str,
        now: float,
        *,
        vouched_by: SiteId | None = None,
    ) -> bool:
        """Use the invitation up for the profile of its account. All or nothing.

        `vouched_by`: see `Account`.

        False: the invitation waits no more, or the account has a password.
        """
        ...

    async def confirm(
        self, site: SiteId, account: AccountId, now: float, invitation: InvitationId | None = None
    ) -> bool:
        """What waits for this person at the site is active from now on, and the invitation used up. All or
        nothing.

        False: nothing waits, or `invitation`, where it is given, waits no more.
        """
        ...

    async def void(self, site: SiteId, account: AccountId) -> bool:
        """Call the waiting invitation back. False: none waits."""
        ...

    async def drop(self, site: SiteId, account: AccountId) -> None:
        """Nobody is invited any more: their invitation leaves the list as well."""
        ...

    async def current(
        self, site: SiteId, people: Collection[AccountId]
    ) -> Mapping[AccountId, SiteInvitation]:
        """The newest invitation of each of these people."""
        ...

    async def of_site(self, site: SiteId, wanted: Wanted, now: float) -> tuple[Sequence[SiteInvitation], int]:
        """The site's invitations, newest first, and how many there are in all."""
        ...
