"""A unit's manager: adds and removes the people of their own unit, where the site allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intercom.domain.errors import Invalid, NotAllowed, NotFound
from intercom.domain.ids import EntryId, SiteId, UnitId
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.domain.phonebook import Unit
from intercom.ports import Phonebooks, Resident, Residents
from intercom.services.residents import NewResident, ResidentOffice


@dataclass(frozen=True, slots=True)
class Household:
    """Every verb raises `NotFound` for what is not of the manager's own units, and `NotAllowed` where the
    site has no unit managers."""

    office: ResidentOffice
    residents: Residents
    phonebooks: Phonebooks

    async def units(self, session: Session, site: SiteId) -> Sequence[Unit]:
        """The units that this person manages."""
        session.demand(Power.EDIT_HOUSEHOLD, site)
        place = await self.phonebooks.site(site)
        if place is None or not place.rules.unit_managers:
            raise NotAllowed(N_("This site has no unit managers any more. Its admins add and remove people."))
        own = session.units(Power.EDIT_HOUSEHOLD)
        return [unit for unit in await self.phonebooks.units(site) if unit.id in own]

    async def people(self, session: Session, site: SiteId) -> Sequence[Resident]:
        """Who belongs to those units."""
        units = [unit.id for unit in await self.units(session, site)]
        return await self.residents.of_units(site, units)

    async def add(self, session: Session, site: SiteId, new: NewResident) -> Resident:
        """Put somebody into one of those units. Raises `Taken`, `Invalid`."""
        await self._own(session, site, new.unit)
        return await self.office.settle(session, site, new)

    async def remove(self, session: Session, site: SiteId, resident: EntryId) -> None:
        """Take somebody out of one of those units. Raises `Invalid` for the manager themselves."""
        people = await self.people(session, site)
        found = next((one for one in people if one.id == resident), None)
        if found is None:
            raise NotFound(N_("This resident is not known here."))
        if found.account.id == session.account.id:
            raise Invalid(N_("You cannot remove yourself. Ask the people who run the site."))
        await self.office.take_out(session, found)

    async def _own(self, session: Session, site: SiteId, unit: UnitId) -> None:
        if all(own.id != unit for own in await self.units(session, site)):
            raise Invalid(unit=N_("Choose one of those offered."))
