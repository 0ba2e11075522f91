"""`/api/v1/sites/{site}/residents` for admins, `/api/v1/sites/{site}/household` for a unit's manager."""

from __future__ import annotations

import base64
import binascii

from aiohttp import web
from pydantic import BaseModel, Field

from intercom.domain.directory import Show
from intercom.domain.errors import Invalid
from intercom.domain.ids import EntryId, UnitId
from intercom.domain.language import N_
from intercom.domain.people import Power, Standing
from intercom.domain.phonebook import DisplayPolicy, Site, Unit
from intercom.http.routes import Ask, Body, Email, Label, Name, Route, json
from intercom.ports import Phonebooks, Resident
from intercom.services.household import Household
from intercom.services.residents import Look, NewResident, ResidentOffice

PAGE = 50


class ListQuery(Body):
    """Which residents. `after`: the `next` of the page before."""

    q: str = Field(default="", max_length=80)
    show: Show = Show.ALL
    limit: int = Field(default=PAGE, ge=1, le=200)
    after: str = Field(default="", max_length=4096)


class NewResidentBody(Body):
    """Somebody to be added. Whoever has an account keeps their own name."""

    email: Email
    first_name: Name
    last_name: Name
    unit: str = Field(min_length=1, max_length=64)


class ResidentChanges(Body):
    """What is left out stays. `alias`: empty removes it; `display`: null is the site's. The names of somebody
    who has completed their profile are their own."""

    alias: Label | None = None
    contact: bool | None = None
    display: DisplayPolicy | None = None
    manager: bool | None = None
    unit: str | None = Field(default=None, min_length=1, max_length=64)
    first_name: Name | None = None
    last_name: Name | None = None


class UnitAnswer(BaseModel):
    """A unit. `floor` may be empty."""

    id: str
    name: str
    floor: str


class ResidentAnswer(BaseModel):
    """A resident. `shown` is how the door shows them, null while it does not; times are Unix seconds."""

    id: str
    email: str
    first_name: str
    last_name: str
    unit: UnitAnswer
    state: Standing
    since: float
    shown: str | None
    alias: str | None
    contact: bool
    display: DisplayPolicy | None
    manager: bool
    complete: bool = Field(description="has a profile of their own")
    invited_until: float | None = Field(description="when the invitation that waits runs out")
    devices: int = Field(description="signed in at the moment")


class ResidentsAnswer(BaseModel):
    """A page of residents, how many the search has found, and how many there are of each kind."""

    residents: list[ResidentAnswer]
    found: int
    counts: dict[Show, int]
    next: str | None = Field(description="for `after`; null on the last page")


class NeighbourAnswer(BaseModel):
    """Somebody of the units that a manager looks after."""

    id: str
    email: str
    first_name: str
    last_name: str
    unit: UnitAnswer
    state: Standing
    you: bool


class HouseholdAnswer(BaseModel):
    """The units that this person manages, and who belongs to them."""

    units: list[UnitAnswer]
    people: list[NeighbourAnswer]


class ResidentRoutes:
    """Handlers."""

    def __init__(self, office: ResidentOffice, household: Household, phonebooks: Phonebooks) -> None:
        self._office = office
        self._household = household
        self._phonebooks = phonebooks

    def routes(self) -> list[Route]:
        """The table."""
        at, power = "/api/v1/sites/{site}/residents", Power.EDIT_RESIDENTS
        one, one_is = f"{at}/{{resident}}", ResidentAnswer
        home, own = "/api/v1/sites/{site}/household", Power.EDIT_HOUSEHOLD
        new = NewResidentBody
        return [
            Route("GET", at, self.list, power, query=ListQuery, answer=ResidentsAnswer),
            Route("POST", at, self.add, power, body=new, answer=one_is, status=201),
            Route("GET", one, self.get, power, answer=one_is),
            Route("PATCH", one, self.change, power, body=ResidentChanges, answer=one_is),
            Route("DELETE", one, self.remove, power, status=204),
            Route("POST", f"{one}/invitation", self.invite_again, power, answer=one_is),
            Route("POST", f"{one}/deactivate", self.deactivate, power, answer=one_is),
            Route("POST", f"{one}/activate", self.activate, power, answer=one_is),
            Route("GET", home, self.household, own, answer=HouseholdAnswer),
            Route("POST", home, self.add_to_household, own, body=new, answer=NeighbourAnswer, status=201),
            Route("DELETE", f"{home}/{{resident}}", self.remove_from_household, own, status=204),
        ]

    async def list(self, ask: Ask) -> web.StreamResponse:
        """The residents of a site, by family name."""
        query: ListQuery = ask.query
        after = _key(query.after)
        turned, found = await self._office.find(
            ask.who, ask.site, query.q, query.show, query.limit, after=after
        )
        directory = await self._phonebooks.directory(ask.site)
        site = await self._phonebooks.site(ask.site)
        answer = ResidentsAnswer(
            residents=[_answer(one, site) for one in found],
            found=turned.total,
            counts=dict(directory.counts),
            next=None if turned.later is None else _cursor(turned.later),
        )
        return json(answer.model_dump(mode="json"))

    async def add(self, ask: Ask) -> web.StreamResponse:
        """Add somebody and send them what they need to join."""
        body: NewResidentBody = ask.body
        return await self._told(ask, await self._office.add(ask.who, ask.site, new_resident(body)), 201)

    async def get(self, ask: Ask) -> web.StreamResponse:
        """A resident."""
        return await self._told(ask, await self._office.get(ask.who, ask.site, _id(ask)))

    async def change(self, ask: Ask) -> web.StreamResponse:
        """Change how a resident is shown, where they live, and what they manage."""
        body: ResidentChanges = ask.body
        office, who, site, one = self._office, ask.who, ask.site, _id(ask)
        found = await office.get(who, site, one)
        if body.first_name is not None or body.last_name is not None:
            names = (body.first_name or found.account.first_name, body.last_name or found.account.last_name)
            await office.rename(who, site, one, *names)
        if body.unit is not None:
            await office.move(who, site, one, UnitId(body.unit))
        if body.manager is not None:
            await office.set_manager(who, site, one, body.manager)
        look = Look(
            found.alias if body.alias is None else body.alias,
            found.contact if body.contact is None else body.contact,
            body.display if "display" in body.model_fields_set else found.policy,
        )
        return await self._told(ask, await office.dress(who, site, one, look))

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """Take a resident out of the unit; all that they had through it ends."""
        await self._office.remove(ask.who, ask.site, _id(ask))
        return web.Response(status=204)

    async def invite_again(self, ask: Ask) -> web.StreamResponse:
        """Send the invitation again; the link before it is void."""
        return await self._told(ask, await self._office.invite_again(ask.who, ask.site, _id(ask)))

    async def deactivate(self, ask: Ask) -> web.StreamResponse:
        """Neither show nor ring a resident until they are made active again."""
        return await self._told(ask, await self._office.deactivate(ask.who, ask.site, _id(ask)))

    async def activate(self, ask: Ask) -> web.StreamResponse:
        """Make a resident active again."""
        return await self._told(ask, await self._office.activate(ask.who, ask.site, _id(ask)))

    async def _told(self, ask: Ask, resident: Resident, status: int = 200) -> web.Response:
        site = await self._phonebooks.site(ask.site)
        return json(_answer(resident, site).model_dump(mode="json"), status)

    # -- a unit's manager --

    async def household(self, ask: Ask) -> web.StreamResponse:
        """The units that this person manages, and who belongs to them."""
        units = await self._household.units(ask.who, ask.site)
        people = await self._household.people(ask.who, ask.site)
        answer = HouseholdAnswer(
            units=[_unit(unit) for unit in units], people=[_neighbour(one, ask) for one in people]
        )
        return json(answer.model_dump(mode="json"))

    async def add_to_household(self, ask: Ask) -> web.StreamResponse:
        """Add somebody to one's own unit and send them what they need to join."""
        body: NewResidentBody = ask.body
        added = await self._household.add(ask.who, ask.site, new_resident(body))
        return json(_neighbour(added, ask).model_dump(mode="json"), 201)

    async def remove_from_household(self, ask: Ask) -> web.StreamResponse:
        """Take somebody out of one's own unit."""
        await self._household.remove(ask.who, ask.site, _id(ask))
        return web.Response(status=204)


def new_resident(body: NewResidentBody) -> NewResident:
    """The body as the services take it."""
    return NewResident(body.email, body.first_name, body.last_name, UnitId(body.unit))


def _id(ask: Ask) -> EntryId:
    return EntryId(ask.path("resident"))


def _cursor(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode("utf-8", "surrogatepass")).decode()


def _key(cursor: str) -> str:
    """What `_cursor` was made of. Raises `Invalid`."""
    try:
        return base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        raise Invalid(after=N_("Take it from the page before.")) from None


def _unit(unit: Unit) -> UnitAnswer:
    return UnitAnswer(id=unit.id, name=unit.name, floor=unit.floor)


def _answer(resident: Resident, site: Site | None) -> ResidentAnswer:
    line = resident.line(site.display) if site and resident.standing is Standing.ACTIVE else None
    return ResidentAnswer(
        id=resident.id,
        email=resident.account.email,
        first_name=resident.account.first_name,
        last_name=resident.account.last_name,
        unit=_unit(resident.unit),
        state=resident.standing,
        since=resident.since,
        shown=line.name if line else None,
        alias=resident.alias,
        contact=resident.contact,
        display=resident.policy,
        manager=resident.manager,
        complete=resident.complete,
        invited_until=resident.invited_until,
        devices=resident.devices,
    )


def _neighbour(resident: Resident, ask: Ask) -> NeighbourAnswer:
    return NeighbourAnswer(
        id=resident.id,
        email=resident.account.email,
        first_name=resident.account.first_name,
        last_name=resident.account.last_name,
        unit=_unit(resident.unit),
        state=resident.standing,
        you=resident.account.id == ask.who.account.id,
    )
