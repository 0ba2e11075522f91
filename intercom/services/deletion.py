"""Deleting one's profile: asked by the person, agreed to by the owner of each site, then done for good."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from intercom.domain.errors import InUse, NotFound
from intercom.domain.ids import AccountId, Secret, SiteId
from intercom.domain.language import N_
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Account, Role, Session
from intercom.domain.phonebook import Site
from intercom.domain.profile import DELETED, DeletionRequest
from intercom.ports import Accounts, Clock, Events, Mailer, People, Phonebooks
from intercom.services.credentials import Credentials
from intercom.services.leaving import Leaving

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Deletion:
    """`changed` is told of a site whose phonebook a person has left."""

    people: People
    accounts: Accounts
    phonebooks: Phonebooks
    credentials: Credentials
    leaving: Leaving
    events: Events
    mailer: Mailer
    clock: Clock
    changed: Callable[[SiteId], Awaitable[None]]

    async def asked(self, session: Session) -> DeletionRequest | None:
        """The person's own request that waits."""
        return await self.accounts.deletion(session.account.id)

    async def ask(self, session: Session, password: Secret, address: str) -> bool:
        """Ask to be deleted, the password typed again. Whether it is done already: without any site nobody
        has to agree. Raises `InUse` for the owner of a site, `Invalid` for a wrong password, `TooMany`."""
        account = session.account
        await self.credentials.again(session, password, address)
        await self._owns_nothing(account.id)
        sites = await self.accounts.sites(account.id)
        await self.accounts.ask_deletion(account.id, sites, self.clock.now())
        log.info("account %s asks to be deleted, of %d sites", account.id, len(sites))
        if not sites:
            await self._erase(account, [])
            return True
        for site_id in sites:
            await self._ask_owner(account, site_id)
        return False

    async def _owns_nothing(self, account: AccountId) -> None:
        owned = [m.site for m in await self.people.memberships(account) if m.role is Role.OWNER]
        if owned:
            site = await self.phonebooks.site(owned[0])
            name = site.name if site else owned[0]
            raise InUse(N_("You own %(site)s. Hand the site over to somebody else first.", site=name))

    async def _ask_owner(self, account: Account, site_id: SiteId) -> None:
        owner, site = await self.accounts.owner(site_id), await self.phonebooks.site(site_id)
        if owner is None or site is None:
            return
        values = {"name": owner.name, "person": account.name, "path": f"/admin/{site_id}/consents"}
        language = owner.language or site.language
        await self.mailer.send(Letter(LetterKind.DELETION_ASKED, owner.email, language, site, values))

    async def withdraw(self, session: Session) -> None:
        """The person wants to stay."""
        await self.accounts.withdraw_deletion(session.account.id)
        log.info("account %s does not ask to be deleted any more", session.account.id)

    # -- the owners ---------------------------------------------------------------------------------

    async def waiting(self, site: SiteId) -> tuple[tuple[Account, float], ...]:
        """Who waits for the consent of the site's owner, and since when."""
        return tuple(await self.accounts.deletions_at(site))

    async def consent(self, session: Session, site: SiteId, account: AccountId) -> bool:
        """The site's owner agrees; whether that was the last one needed, and all is done. Raises
        `NotFound` when nobody of that id asks here."""
        if account not in {known.id for known, _ in await self.accounts.deletions_at(site)}:
            raise NotFound(N_("This request was withdrawn, or settled already."))
        if account == session.account.id:  # who asked has been made the owner since
            await self._owns_nothing(account)
        await self.accounts.consent(account, site, session.account.id, self.clock.now())
        await self.events.note(site, self.clock.now(), session.account.id, "deletion_agreed", DELETED)
        return await self.finish(account)

    async def finish(self, account_id: AccountId) -> bool:
        """Delete the profile, if that was asked for and nobody has to agree any more; whether it was.
        Called also when the person has left a site."""
        asked = await self.accounts.deletion(account_id)
        account = await self.people.account(account_id)
        if asked is None or account is None or asked.missing:
            return False
        try:
            await self._owns_nothing(account_id)
        except InUse:
            log.warning(
                "account %s asks to be deleted and owns a site by now: nothing is deleted", account_id
            )
            return False
        await self._erase(account, asked.needed)
        return True

    async def _erase(self, account: Account, sites: Sequence[SiteId]) -> None:
        home = await self.phonebooks.site(sites[0]) if sites else None
        await self.leaving.end_everything(account.id)
        await self.accounts.erase(account.id, DELETED, self.clock.now())
        for site in sites:
            await self.changed(site)
            await self.events.note(site, self.clock.now(), None, "profile_deleted", DELETED)
        await self._goodbye(account, home)
        log.info("account %s is deleted", account.id)

    async def _goodbye(self, account: Account, home: Site | None) -> None:
        language = account.language or (home.language if home else "en")
        letter = Letter(LetterKind.DELETION_DONE, account.email, language, home, {"name": account.name})
        await self.mailer.send(letter)
