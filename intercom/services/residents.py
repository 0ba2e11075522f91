"""The people of the units: adding them, how the door shows them, and taking them out again."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from intercom.domain.directory import Show, Turned
from intercom.domain.errors import Invalid, NotAllowed, NotFound, NotNow, Taken
from intercom.domain.ids import AccountId, EntryId, SiteId, UnitId
from intercom.domain.language import N_
from intercom.domain.people import Account, Power, Session, Standing
from intercom.domain.phonebook import DisplayPolicy, Site, Unit
from intercom.ports import Clock, Events, Phonebooks, Resident, Residents

log = logging.getLogger(__name__)

Changed = Callable[[SiteId], Awaitable[None]]
"""Told when the phonebook of a site has changed."""
Invite = Callable[[Session, SiteId, AccountId], Awaitable[None]]
"""Sends somebody the letters that they need to confirm a new membership."""
Left = Callable[[AccountId, SiteId], Awaitable[None]]
"""Ends what somebody may no longer have who lost a part at a site."""

ADD_TAKEN = N_("This person is in this unit already.")


@dataclass(frozen=True, slots=True)
class NewResident:
    """Somebody to be added. The names are taken only while the person has no profile of their own."""

    email: str
    first_name: str
    last_name: str
    unit: UnitId


@dataclass(frozen=True, slots=True)
class Look:
    """How the door shows a resident. `alias` wins over the name; `policy` None is the site's."""

    alias: str | None
    contact: bool
    policy: DisplayPolicy | None


@dataclass(frozen=True, slots=True)
class ResidentOffice:
    """What admins decide about residents. Every verb raises `NotFound` and `NotAllowed`."""

    residents: Residents
    phonebooks: Phonebooks
    events: Events
    invite: Invite
    resend: Invite
    """The same once more, noted; earlier links are void."""
    left: Left
    changed: Changed
    clock: Clock
    new_id: Callable[[], str]

    # -- looking --

    async def find(
        self,
        session: Session,
        site: SiteId,
        words: str,
        show: Show,
        limit: int,
        *,
        page: int = 1,
        after: str = "",
    ) -> tuple[Turned, tuple[Resident, ...]]:
        """A page of the residents whom `words` find, by number or from the key `after`."""
        session.demand(Power.EDIT_RESIDENTS, site)
        directory = await self.phonebooks.directory(site)
        turned = directory.turn(words, show, limit, page=page, after=after)
        return turned, tuple(await self.residents.some(site, turned.ids))

    async def get(self, session: Session, site: SiteId, resident: EntryId) -> Resident:
        """One resident."""
        session.demand(Power.EDIT_RESIDENTS, site)
        return await self.one(site, resident)

    async def one(self, site: SiteId, resident: EntryId) -> Resident:
        """As `get`, for whoever has looked at the powers. Raises `NotFound`."""
        found = await self.residents.some(site, [resident])
        if not found:
            raise NotFound(N_("This resident is not known here."))
        return found[0]

    # -- coming --

    async def add(self, session: Session, site: SiteId, new: NewResident) -> Resident:
        """Put somebody into a unit and send them what they need to join.

        Raises `Taken` for somebody who is in the unit already, `Invalid` for a unit that is not here.
        """
        session.demand(Power.EDIT_RESIDENTS, site)
        return await self.settle(session, site, new)

    async def settle(self, session: Session, site: SiteId, new: NewResident) -> Resident:
        """As `add`, for whoever has looked at the powers. Who adds themselves needs no invitation."""
        await self._unit(site, new.unit)
        known = await self.residents.by_email(new.email)
        account = known[0] if known else Account(AccountId(self.new_id()), new.email, "", "")
        if not (known and known[1]):
            account = replace(account, first_name=new.first_name, last_name=new.last_name)
        if not account.active:
            raise Invalid(email=N_("This person cannot be added."))
        self_added = account.id == session.account.id
        standing = Standing.ACTIVE if self_added else Standing.INVITED
        entry = EntryId(self.new_id())
        try:
            await self.residents.add(site, new.unit, entry, account, standing, self.clock.now())
        except Taken:
            raise Taken(ADD_TAKEN) from None
        resident = await self.one(site, entry)
        await self._note(session, resident, "resident_added")
        await self.changed(site)
        if not self_added:
            await self.invite(session, site, account.id)
        return await self.one(site, entry)

    async def invite_again(self, session: Session, site: SiteId, resident: EntryId) -> Resident:
        """Send the invitation once more; the link before it is void. Raises `NotNow` for who has joined."""
        found = await self.get(session, site, resident)
        if found.standing is not Standing.INVITED:
            raise NotNow(N_("This person has joined already."))
        await self.resend(session, site, found.account.id)
        return await self.one(site, resident)

    # -- changing --

    async def dress(self, session: Session, site: SiteId, resident: EntryId, look: Look) -> Resident:
        """How the door shows a resident. An alias stays whatever their own name becomes."""
        found = await self.get(session, site, resident)
        look = replace(look, alias=look.alias or None)
        if look == Look(found.alias, found.contact, found.policy):
            return found
        await self.residents.dress(resident, look.alias, look.contact, look.policy)
        if look.alias != found.alias:
            await self._note(session, found, "alias_changed" if look.alias else "alias_removed")
        if look.contact != found.contact:
            await self._note(session, found, "contact_person_set" if look.contact else "contact_person_ended")
        if look.policy != found.policy:
            await self._note(session, found, "display_changed")
        await self.changed(site)
        return await self.one(site, resident)

    async def rename(
        self, session: Session, site: SiteId, resident: EntryId, first_name: str, last_name: str
    ) -> Resident:
        """Another name for somebody who has not completed their profile. Raises `NotAllowed` for others."""
        found = await self.get(session, site, resident)
        if (found.account.first_name, found.account.last_name) == (first_name, last_name):
            return found
        if found.complete:
            raise NotAllowed(
                N_("Only this person changes their own name. An alias shows another one at the door.")
            )
        await self.residents.rename(found.account.id, first_name, last_name)
        await self._note(session, found, "resident_renamed")
        await self.changed(site)
        return await self.one(site, resident)

    async def move(self, session: Session, site: SiteId, resident: EntryId, unit: UnitId) -> Resident:
        """Into another unit. Raises `Taken`, `Invalid`."""
        found = await self.get(session, site, resident)
        if found.unit.id == unit:
            return found
        place = await self._unit(site, unit)
        try:
            await self.residents.move(resident, unit)
        except Taken:
            raise Taken(ADD_TAKEN) from None
        await self._note(session, found, "resident_moved", unit=place.name, before=found.unit.name)
        await self.changed(site)
        await self.left(found.account.id, site)
        return await self.one(site, resident)

    async def set_manager(self, session: Session, site: SiteId, resident: EntryId, manager: bool) -> Resident:
        """Whether a resident adds and removes the people of their unit.

        Raises `NotAllowed` where the site has no unit managers, `NotNow` for who has not joined.
        """
        found = await self.get(session, site, resident)
        if found.manager == manager:
            return found
        if manager:
            place = await self.place(site)
            if not place.rules.unit_managers:
                raise NotAllowed(N_("This site has no unit managers. Its settings can allow them."))
            if found.standing is not Standing.ACTIVE:
                raise NotNow(N_("Only somebody who has joined can manage a unit."))
        await self.residents.set_manager(resident, manager, self.clock.now())
        await self._note(session, found, "unit_manager_named" if manager else "unit_manager_dismissed")
        return await self.one(site, resident)

    # -- going --

    async def deactivate(self, session: Session, site: SiteId, resident: EntryId) -> Resident:
        """Neither shown nor rung, and opens nothing, until made active again.

        Raises `NotNow` for who has not joined.
        """
        found = await self.get(session, site, resident)
        if found.standing is Standing.INVITED:
            raise NotNow(N_("This person has not joined yet. Remove them, and the invitation is void."))
        return await self._stand(session, found, Standing.INACTIVE, "resident_deactivated")

    async def activate(self, session: Session, site: SiteId, resident: EntryId) -> Resident:
        """As before the deactivation. Raises `NotNow` for who has not joined."""
        found = await self.get(session, site, resident)
        if found.standing is Standing.INVITED:
            raise NotNow(N_("This person has not joined yet. Send the invitation again."))
        return await self._stand(session, found, Standing.ACTIVE, "resident_activated")

    async def _stand(self, session: Session, found: Resident, now: Standing, action: str) -> Resident:
        if found.standing is now:
            return found
        await self.residents.set_standing(found.id, now)
        await self._note(session, found, action)
        await self.changed(found.site)
        if now is Standing.INACTIVE:
            await self.left(found.account.id, found.site)
        return await self.one(found.site, found.id)

    async def remove(self, session: Session, site: SiteId, resident: EntryId) -> None:
        """Out of the unit; all that they had through it ends."""
        await self.take_out(session, await self.get(session, site, resident))

    async def take_out(self, session: Session, found: Resident) -> None:
        """As `remove`, for whoever has looked at the powers."""
        await self.residents.remove(found.id)
        await self._note(session, found, "resident_removed")
        await self.changed(found.site)
        await self.left(found.account.id, found.site)

    # -- --

    async def place(self, site: SiteId) -> Site:
        """The site. Raises `NotFound`."""
        found = await self.phonebooks.site(site)
        if found is None:
            raise NotFound(N_("This site is not known here."))
        return found

    async def _unit(self, site: SiteId, unit: UnitId) -> Unit:
        found = next((one for one in await self.phonebooks.units(site) if one.id == unit), None)
        if found is None:
            raise Invalid(unit=N_("Choose one of those offered."))
        return found

    async def _note(self, session: Session, resident: Resident, action: str, **details: str) -> None:
        subject = resident.account.name or resident.account.email
        details = {"unit": resident.unit.name, **details}
        await self.events.note(
            resident.site, self.clock.now(), session.account.id, action, subject, **details
        )
        log.info("%s: resident %s of site %s", action, resident.id, resident.site)
