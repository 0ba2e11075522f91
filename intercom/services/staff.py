"""The people who run a site: naming and dismissing them, and handing the site over."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from intercom.domain.errors import Invalid, NotAllowed, NotFound, Taken, WrongCredentials
from intercom.domain.ids import AccountId, Secret, SiteId
from intercom.domain.language import N_
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import INSTALLER_SECONDS, Account, Membership, Power, Role, Session, Standing
from intercom.ports import Clock, Events, Mailer, Release, Sites, Staff, StaffMember

log = logging.getLogger(__name__)

Invite = Callable[[Session, SiteId, AccountId], Awaitable[None]]
"""Sends somebody the letters that they need to confirm a new membership."""
Prove = Callable[[str, Secret, str], Awaitable[Account]]
"""Whose e-mail and password these are, tried from a network address. Raises `WrongCredentials`, `TooMany`."""

APPOINTED = {
    Role.ADMIN: Power.APPOINT,
    Role.AUDITOR: Power.APPOINT,
    Role.INSTALLER: Power.APPOINT_INSTALLER,
}
"""Who may be named, and the power that it takes."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody by their e-mail. The names are taken only where no account has the e-mail."""

    email: str
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class Appointments:
    """Roles without a unit. Every verb raises `NotFound` and `NotAllowed`."""

    staff: Staff
    sites: Sites
    events: Events
    invite: Invite
    prove: Prove
    lost: Callable[[AccountId, SiteId], Awaitable[None]]
    """Ends what somebody may no longer have who lost a role at a site."""
    mailer: Mailer
    clock: Clock
    new_id: Callable[[], str]
    released: Callable[[SiteId], Awaitable[Release | None]]
    """Whether a site is in service."""

    async def of_site(self, session: Session, site: SiteId) -> Sequence[StaffMember]:
        """The owner, then the others, by role and name."""
        session.demand(Power.APPOINT_INSTALLER, site)
        return await self.staff.of_site(site, self.clock.now())

    async def appoint(self, session: Session, site: SiteId, who: Newcomer, role: Role) -> StaffMember:
        """Give somebody a role: an installer for a day, who gets a new day when named again.

        Who belongs to the site already has it at once; others when they have confirmed an invitation.
        Raises `Invalid` when a name is missing, when the role is none of `APPOINTED`, and for an installer of
        a site that is in service; `Taken` for somebody who has the role already.
        """
        session.demand(self._power(role), site)
        if role is Role.INSTALLER and await self.released(site) is not None:
            raise Invalid(
                role=N_("The site is in service. Take it out of service before an installer works on it.")
            )
        now = self.clock.now()
        account = await self.staff.by_email(who.email)
        there = await self.staff.at_site(account.id, site) if account else ()
        mine = {membership.role for membership in there}
        if Role.OWNER in mine or (role in mine and role is not Role.INSTALLER):
            raise Taken(N_("This person has this role already."))
        if account is None:
            account = await self._newcomer(site, who)
        known = any(membership.standing is Standing.ACTIVE for membership in there)
        standing = Standing.ACTIVE if known else Standing.INVITED
        until = now + INSTALLER_SECONDS if role is Role.INSTALLER else None
        membership = Membership(account.id, site, role, standing=standing, expires_at=until)
        await self.staff.appoint(account, membership, now)
        if standing is Standing.INVITED:
            await self.invite(session, site, account.id)
        await self.events.note(site, now, session.account.id, "appointed", _named(account), role=role.value)
        log.info("%s is %s of site %s", account.id, role.value, site)
        return StaffMember(account, role, standing, until)

    async def _newcomer(self, site: SiteId, who: Newcomer) -> Account:
        missing = {
            field: N_("Nobody here has this e-mail yet: fill in their name.")
            for field in ("first_name", "last_name")
            if not getattr(who, field)
        }
        if missing:
            raise Invalid(**missing)
        place = await self.sites.site(site)
        account = Account(AccountId(self.new_id()), who.email, who.first_name, who.last_name)
        return replace(account, language=place.language if place else None)

    async def dismiss(self, session: Session, site: SiteId, account: AccountId, role: Role) -> None:
        """Take a role away, at once. The owner's is never taken, only handed over."""
        session.demand(self._power(role), site)
        found = next(
            (m for m in await self.of_site(session, site) if m.account.id == account and m.role is role), None
        )
        if found is None or not await self.staff.dismiss(site, account, role):
            raise NotFound(N_("This person does not have this role."))
        now = self.clock.now()
        await self.events.note(
            site, now, session.account.id, "dismissed", _named(found.account), role=role.value
        )
        await self.lost(account, site)
        log.info("%s is not %s of site %s any more", account, role.value, site)

    def _power(self, role: Role) -> Power:
        if role not in APPOINTED:
            raise Invalid(role=N_("Choose one of those offered."))
        return APPOINTED[role]

    # -- ownership --

    async def heirs(self, session: Session, site: SiteId) -> Sequence[Account]:
        """To whom the site may be handed: its active admins and residents."""
        session.demand(Power.TRANSFER, site)
        return await self.staff.heirs(site, session.account.id)

    async def transfer(
        self, session: Session, site: SiteId, heir: AccountId, password: Secret, address: str
    ) -> Account:
        """Hand the site over. Its owner says their password once more, and is an admin afterwards.

        Raises `NotFound` for somebody who is no active admin or resident of the site, `Invalid` for a wrong
        password, `TooMany` after too many of them.
        """
        found = next((h for h in await self.heirs(session, site) if h.id == heir), None)
        if found is None:
            raise NotFound(N_("A site can be handed only to one of its admins or residents."))
        try:
            await self.prove(session.account.email, password, address)
        except WrongCredentials:
            raise Invalid(password=N_("This password is wrong.")) from None
        now = self.clock.now()
        if not await self.staff.transfer(site, session.account.id, heir, now):
            raise NotAllowed(N_("You do not own this site any more."))
        await self.events.note(site, now, session.account.id, "ownership_transferred", _named(found))
        log.info("site %s was handed from %s to %s", site, session.account.id, heir)
        place = await self.sites.site(site)
        language = found.language or (place.language if place else "en")
        values = {"name": found.name, "before": session.account.name, "path": f"/admin/{site}"}
        await self.mailer.send(Letter(LetterKind.OWNERSHIP, found.email, language, place, values))
        return found


def _named(account: Account) -> str:
    return account.name or account.email
