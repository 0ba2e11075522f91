"""A site's duty list: who is rung when nobody answers, or while it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intercom.domain.errors import InUse, NotFound, Taken
from intercom.domain.ids import AccountId, SiteId
from intercom.domain.language import N_
from intercom.domain.people import Account, Power, Role, Session, Standing
from intercom.ports import Clock, Events, People, Sites, Staff
from intercom.services.sites import Changed

MOST_ON_DUTY = 20
"""People on a list. All of them are rung together."""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody on the list. `rings`: they are resident of the site now; nobody else can be rung."""

    account: Account
    rings: bool


@dataclass(frozen=True, slots=True)
class DutyList:
    """Every verb raises `NotAllowed`."""

    sites: Sites
    staff: Staff
    people: People
    events: Events
    changed: Changed
    clock: Clock

    async def of_site(self, session: Session, site: SiteId) -> Sequence[OnDuty]:
        """The list, in order: the first three of its devices show the visitor before anybody answers."""
        session.demand(Power.EDIT_SITE, site)
        found: list[OnDuty] = []
        for person in await self.sites.duty(site):
            account = await self.people.account(person)
            if account is not None:
                found.append(OnDuty(account, account.active and await self._resident(person, site)))
        return found

    async def add(self, session: Session, site: SiteId, email: str) -> Sequence[OnDuty]:
        """Put somebody at the end, by the e-mail. Raises `NotFound` for whoever is no resident of the site,
        `Taken` for somebody on the list, `InUse` past `MOST_ON_DUTY`."""
        session.demand(Power.EDIT_SITE, site)
        account = await self.staff.by_email(email)
        if account is None or not await self._resident(account.id, site):
            raise NotFound(
                N_("Only people of a unit of this site can be rung. Nobody of them has this e-mail.")
            )
        listed = list(await self.sites.duty(site))
        if account.id in listed:
            raise Taken(N_("This person is on the list already."))
        if len(listed) >= MOST_ON_DUTY:
            raise InUse(N_("At most %(most)s people are on duty.", most=MOST_ON_DUTY))
        return await self._put(session, site, [*listed, account.id])

    async def remove(self, session: Session, site: SiteId, person: AccountId) -> Sequence[OnDuty]:
        """Take somebody off. Raises `NotFound`."""
        session.demand(Power.EDIT_SITE, site)
        listed = await self._listing(site, person)
        return await self._put(session, site, [other for other in listed if other != person])

    async def move(self, session: Session, site: SiteId, person: AccountId, up: bool) -> Sequence[OnDuty]:
        """Somebody one place up or down. Raises `NotFound`."""
        session.demand(Power.EDIT_SITE, site)
        listed = await self._listing(site, person)
        at = listed.index(person)
        to = min(max(at + (-1 if up else 1), 0), len(listed) - 1)
        listed.insert(to, listed.pop(at))
        return await self._put(session, site, listed)

    async def _listing(self, site: SiteId, person: AccountId) -> list[AccountId]:
        listed = list(await self.sites.duty(site))
        if person not in listed:
            raise NotFound(N_("This person is not on the duty list."))
        return listed

    async def _put(self, session: Session, site: SiteId, people: Sequence[AccountId]) -> Sequence[OnDuty]:
        if list(people) != list(await self.sites.duty(site)):
            await self.sites.put_duty(site, people)
            now = self.clock.now()
            await self.events.note(site, now, session.account.id, "duty_changed", people=str(len(people)))
            await self.changed(site)
        return await self.of_site(session, site)

    async def _resident(self, person: AccountId, site: SiteId) -> bool:
        return any(
            m.role is Role.RESIDENT and m.standing is Standing.ACTIVE
            for m in await self.staff.at_site(person, site)
        )
