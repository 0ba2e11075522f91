"""`/api/v1/sites`: sites, their floors and units."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from intercom.domain.fence import FenceMode
from intercom.domain.ids import FloorId, UnitId
from intercom.domain.people import Power, Role
from intercom.domain.phonebook import Address, DisplayPolicy, Fallback, Floor, Site, SiteKind
from intercom.domain.week import DAY_MINUTES, WeekSpan
from intercom.http.admin.settings import NewSiteForm, Plate
from intercom.http.routes import Ask, Body, Label, Name, Needs, Route, json
from intercom.ports import UnitInUse
from intercom.services.sites import RuleChange, SiteData, SiteOffice
from intercom.services.units import Units

Id = Annotated[str, Field(max_length=64)]


class OpenSpan(Body):
    """Every week on `weekday` (Monday is 0) from minute `start` of the day until `end`, which is on the next
    day if it is not after `start`."""

    weekday: int = Field(ge=0, le=6)
    start: int = Field(ge=0, lt=DAY_MINUTES)
    end: int = Field(ge=0, le=DAY_MINUTES)


class SiteChange(Body):
    """What of a site shall be another; what is left out, or null, stays. An empty `outdoor_tone` is the
    default."""

    name: Name | None = None
    plate: Plate | None = None
    street: Label | None = None
    postcode: Label | None = None
    city: Label | None = None
    country: Annotated[str, Field(max_length=2)] | None = None
    time_zone: Annotated[str, Field(max_length=64)] | None = None
    language: Annotated[str, Field(max_length=8)] | None = None
    display: DisplayPolicy | None = None
    kind: SiteKind | None = None
    unit_managers: bool | None = None
    outdoor_tone: Id | None = None
    fallback_after: Annotated[int, Field(ge=0, le=45)] | None = None
    early_without_relay: bool | None = None
    look_at_door: bool | None = None
    home_opens: bool | None = None
    visitor_letters: int | None = Field(default=None, ge=0, le=6)
    decline_ends_call: bool | None = None
    fallback_to: Fallback | None = None
    closed_to_duty: bool | None = None
    opening_hours: Annotated[list[OpenSpan], Field(max_length=28)] | None = None
    pin_without_call: bool | None = None
    resident_fence: FenceMode | None = None


class Named(Body):
    """A name."""

    name: Name


class FloorOrder(Body):
    """All floors of a site, from the ground up."""

    floors: list[Id] = Field(max_length=200)


class UnitGiven(Body):
    """A unit, or a company. `new_floor` is made on the way, and wins over `floor`."""

    name: Name
    floor: Id | None = None
    new_floor: Label = ""


class HoursGiven(Body):
    """Opening hours of a unit's own; none: the site's."""

    opening_hours: list[OpenSpan] = Field(max_length=28)


class Sought(Body):
    """What a list is searched for."""

    q: str = Field(default="", max_length=80)


class MySite(BaseModel):
    """A site, and what one is to it."""

    id: str
    name: str
    plate: str
    roles: list[Role]


class SiteOut(BaseModel):
    """A site. `outdoor_tone`: what callers hear, null for the default."""

    id: str
    name: str
    plate: str
    street: str
    postcode: str
    city: str
    country: str
    time_zone: str
    language: str
    display: DisplayPolicy
    kind: SiteKind
    unit_managers: bool
    outdoor_tone: str | None
    fallback_after: int = Field(description="seconds until others are rung instead; 0: never")
    fallback_to: Fallback = Field(description="who these others are")
    closed_to_duty: bool = Field(description="those on the duty list are rung while a company is closed")
    early_without_relay: bool = Field(
        description="ringing devices connect to a visitor's browser at once, also where no relay hides them"
    )
    look_at_door: bool = Field(description="residents may look through a panel without a ring")
    visitor_letters: int = Field(
        description="visitors find a name by so many letters of it; 0: they see the list"
    )
    decline_ends_call: bool = Field(description="one who declines ends the ring for the whole household")
    home_opens: bool = Field(description="Home Assistant may open the doors")
    opening_hours: list[OpenSpan] = Field(description="none: open at any time")
    pin_without_call: bool = Field(description="opening without a call asks for a PIN or Code")
    resident_fence: FenceMode = Field(description="from where residents open without a call")


class FloorOut(BaseModel):
    """A floor. Lower positions are nearer to the ground."""

    id: str
    name: str
    position: int


class UnitOut(BaseModel):
    """A unit, or a company. `people`: how many belong to it, also those who are invited or deactivated."""

    id: str
    name: str
    floor: str | None
    floor_name: str
    people: int
    opening_hours: list[OpenSpan] = Field(description="of its own; none: the site's")


class SiteApi:
    """Handlers."""

    def __init__(self, office: SiteOffice, units: Units) -> None:
        self._office = office
        self._units = units

    def routes(self) -> list[Route]:
        """The table."""
        sites, edit, power = "/api/v1/sites", Power.EDIT_SITE, Power.EDIT_UNITS
        one = f"{sites}/{{site}}"
        floors, units = f"{one}/floors", f"{one}/units"
        floor, unit = f"{floors}/{{floor}}", f"{units}/{{unit}}"
        return [
            Route("GET", sites, self.mine, Needs.SESSION, answer=list[MySite]),
            Route("POST", sites, self.create, Needs.SESSION, body=NewSiteForm, answer=SiteOut, status=201),
            Route("GET", one, self.site, edit, answer=SiteOut),
            Route("PATCH", one, self.change, edit, body=SiteChange, answer=SiteOut),
            Route("GET", floors, self.floors, power, answer=list[FloorOut]),
            Route("POST", floors, self.add_floor, power, body=Named, answer=FloorOut, status=201),
            Route("PUT", floors, self.order, power, body=FloorOrder, answer=list[FloorOut]),
            Route("PUT", floor, self.rename_floor, power, body=Named, answer=FloorOut),
            Route("DELETE", floor, self.remove_floor, power, status=204),
            Route("GET", units, self.units, power, query=Sought, answer=list[UnitOut]),
            Route("POST", units, self.add_unit, power, body=UnitGiven, answer=UnitOut, status=201),
            Route("GET", unit, self.unit, power, answer=UnitOut),
            Route("PUT", unit, self.edit_unit, power, body=UnitGiven, answer=UnitOut),
            Route("DELETE", unit, self.remove_unit, power, status=204),
            Route("PUT", f"{unit}/hours", self.set_hours, power, body=HoursGiven, answer=UnitOut),
        ]

    # -- sites --

    async def mine(self, ask: Ask) -> web.StreamResponse:
        """The sites one belongs to, with one's roles there."""
        found = [await self._office.site(site) for site in ask.who.sites]
        return json(
            [
                {"id": s.id, "name": s.name, "plate": s.plate, "roles": sorted(ask.who.roles(s.id))}
                for s in found
            ]
        )

    async def create(self, ask: Ask) -> web.StreamResponse:
        """Make another site, with one entrance; for somebody who owns one already."""
        form: NewSiteForm = ask.body
        return json(_site(await self._office.create(ask.who, form.data(), form.entrance)), 201)

    async def site(self, ask: Ask) -> web.StreamResponse:
        """A site's data and rules."""
        return json(_site(await self._office.site(ask.site)))

    async def change(self, ask: Ask) -> web.StreamResponse:
        """Change a site's data and rules."""
        given: SiteChange = ask.body
        now = await self._office.site(ask.site)
        at = now.address
        data = SiteData(
            _other(given.name, now.name),
            _other(given.plate, now.plate),
            Address(
                _other(given.street, at.street),
                _other(given.postcode, at.postcode),
                _other(given.city, at.city),
                _other(given.country, at.country).upper(),
            ),
            _other(given.time_zone, now.time_zone),
            _other(given.language, now.language),
            given.display or now.display,
            given.kind or now.kind,
        )
        rules = RuleChange(
            given.unit_managers,
            given.outdoor_tone,
            given.fallback_after,
            given.early_without_relay,
            given.look_at_door,
            given.fallback_to,
            given.closed_to_duty,
            spans_of(given.opening_hours),
            given.pin_without_call,
            given.resident_fence,
            home_opens=given.home_opens,
            visitor_letters=given.visitor_letters,
            decline_ends_call=given.decline_ends_call,
        )
        site = await self._office.edit(ask.who, ask.site, data, rules)
        return json(_site(site))

    # -- floors --

    async def floors(self, ask: Ask) -> web.StreamResponse:
        """A site's floors, from the ground up."""
        return json([_floor(floor) for floor in await self._units.floors(ask.who, ask.site)])

    async def add_floor(self, ask: Ask) -> web.StreamResponse:
        """Add a floor above the others."""
        given: Named = ask.body
        return json(_floor(await self._units.add_floor(ask.who, ask.site, given.name)), 201)

    async def order(self, ask: Ask) -> web.StreamResponse:
        """Order a site's floors."""
        given: FloorOrder = ask.body
        await self._units.order_floors(ask.who, ask.site, [FloorId(floor) for floor in given.floors])
        return await self.floors(ask)

    async def rename_floor(self, ask: Ask) -> web.StreamResponse:
        """Give a floor another name."""
        given: Named = ask.body
        floor = FloorId(ask.path("floor"))
        return json(_floor(await self._units.rename_floor(ask.who, ask.site, floor, given.name)))

    async def remove_floor(self, ask: Ask) -> web.StreamResponse:
        """Remove a floor that no unit uses."""
        await self._units.remove_floor(ask.who, ask.site, FloorId(ask.path("floor")))
        return web.Response(status=204)

    # -- units --

    async def units(self, ask: Ask) -> web.StreamResponse:
        """A site's units or companies, by floor from the top, then by name."""
        query: Sought = ask.query
        return json([_unit(row) for row in await self._units.units(ask.who, ask.site, query.q)])

    async def add_unit(self, ask: Ask) -> web.StreamResponse:
        """Add a unit or company."""
        given: UnitGiven = ask.body
        floor = FloorId(given.floor) if given.floor and not given.new_floor else None
        unit = await self._units.add(ask.who, ask.site, given.name, floor, given.new_floor)
        return json(_unit(UnitInUse(unit, 0)), 201)

    async def unit(self, ask: Ask) -> web.StreamResponse:
        """A unit or company."""
        return json(_unit(await self._units.unit(ask.who, ask.site, UnitId(ask.path("unit")))))

    async def edit_unit(self, ask: Ask) -> web.StreamResponse:
        """Rename a unit or company, or move it to another floor."""
        given: UnitGiven = ask.body
        unit = UnitId(ask.path("unit"))
        floor = FloorId(given.floor) if given.floor and not given.new_floor else None
        await self._units.edit(ask.who, ask.site, unit, given.name, floor, given.new_floor)
        return json(_unit(await self._units.unit(ask.who, ask.site, unit)))

    async def set_hours(self, ask: Ask) -> web.StreamResponse:
        """Give a unit or company opening hours of its own, or the site's again."""
        given: HoursGiven = ask.body
        unit = UnitId(ask.path("unit"))
        await self._units.set_hours(ask.who, ask.site, unit, spans_of(given.opening_hours) or ())
        return json(_unit(await self._units.unit(ask.who, ask.site, unit)))

    async def remove_unit(self, ask: Ask) -> web.StreamResponse:
        """Remove a unit or company to which nobody belongs."""
        await self._units.remove(ask.who, ask.site, UnitId(ask.path("unit")))
        return web.Response(status=204)


def _other(given: str | None, now: str) -> str:
    return now if given is None else given


def _site(site: Site) -> dict[str, object]:
    return {
        "id": site.id,
        "name": site.name,
        "plate": site.plate,
        "street": site.address.street,
        "postcode": site.address.postcode,
        "city": site.address.city,
        "country": site.address.country,
        "time_zone": site.time_zone,
        "language": site.language,
        "display": site.display,
        "kind": site.kind,
        "unit_managers": site.rules.unit_managers,
        "outdoor_tone": site.rules.outdoor_tone,
        "fallback_after": site.rules.fallback_after,
        "early_without_relay": site.rules.early_without_relay,
        "look_at_door": site.rules.look_at_door,
        "visitor_letters": site.rules.visitor_letters,
        "decline_ends_call": site.rules.decline_ends_call,
        "home_opens": site.rules.home_opens,
        "fallback_to": site.rules.fallback_to,
        "closed_to_duty": site.rules.closed_to_duty,
        "pin_without_call": site.rules.pin_without_call,
        "resident_fence": site.rules.resident_fence,
        "opening_hours": spans_out(site.rules.opening_hours),
    }


def spans_of(given: list[OpenSpan] | None) -> tuple[WeekSpan, ...] | None:
    """Spans as the services take them."""
    return None if given is None else tuple(WeekSpan(s.weekday, s.start, s.end) for s in given)


def spans_out(spans: tuple[WeekSpan, ...]) -> list[dict[str, int]]:
    """Spans as they are told."""
    return [{"weekday": s.weekday, "start": s.start, "end": s.end} for s in spans]


def _floor(floor: Floor) -> dict[str, object]:
    return {"id": floor.id, "name": floor.name, "position": floor.position}


def _unit(row: UnitInUse) -> dict[str, object]:
    return {
        "id": row.unit.id,
        "name": row.unit.name,
        "floor": row.unit.floor_id,
        "floor_name": row.unit.floor,
        "people": row.people,
        "opening_hours": spans_out(row.unit.hours),
    }
