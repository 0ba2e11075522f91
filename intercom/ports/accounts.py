"""A person's own account: profile, sessions, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from intercom.domain.ids import AccountId, SessionId, SiteId
from intercom.domain.people import Account
from intercom.domain.profile import DeletionRequest, KnownSession


class Accounts(Protocol):
    """What people change of their own account."""

    async def password_hash(self, account: AccountId) -> str | None:
        """The hash of its password; None for somebody who never had one."""
        ...

    async def rename(self, account: AccountId, first_name: str, last_name: str) -> None:
        """Its own name; entries and memberships stay."""
        ...

    async def answers_mail(self, account: AccountId) -> None:
        """Its person has answered a letter to its e-mail: no site need vouch for it (`vouched_by`)."""
        ...

    async def set_phone(self, account: AccountId, phone: str | None) -> None:
        """Its confirmed phone number, E.164."""
        ...

    async def set_language(self, account: AccountId, language: str | None) -> None:
        """Its language; None: the site's."""
        ...

    async def sessions(self, account: AccountId, now: float) -> Sequence[KnownSession]:
        """Its sessions that have not run out, newest first."""
        ...

    async def end_sessions(self, account: AccountId, keep: SessionId | None = None) -> Sequence[SessionId]:
        """End them all, but for `keep`; which ones ended. Their devices are forgotten."""
        ...

    async def seen(self, session: SessionId, now: float) -> None:
        """The session was used at `now`. Only a note: never raises for a file that is busy."""
        ...

    async def sites(self, account: AccountId) -> Sequence[SiteId]:
        """The sites in which it has any part, invited and deactivated ones too."""
        ...

    async def owner(self, site: SiteId) -> Account | None:
        """Who owns the site."""
        ...

    async def ask_deletion(self, account: AccountId, sites: Sequence[SiteId], now: float) -> None:
        """Remember that the account wants to be deleted; asking again changes nothing."""
        ...

    async def withdraw_deletion(self, account: AccountId) -> None:
        """It does not want to any more; consents that were given are gone."""
        ...

    async def deletion(self, account: AccountId) -> DeletionRequest | None:
        """Its wish, with the sites that matter now."""
        ...

    async def deletions_at(self, site: SiteId) -> Sequence[tuple[Account, float]]:
        """Who waits for the consent of this site's owner, and since when; longest first."""
        ...

    async def consent(self, account: AccountId, site: SiteId, by: AccountId, now: float) -> bool:
        """The owner agrees. False: nobody asked, or it was given before."""
        ...

    async def erase(self, account: AccountId, name: str, now: float) -> None:
        """In one step: take the account out of all sites, forget everything of it, and leave a row
        called `name` without e-mail for what history refers to. The e-mail is free again."""
        ...
