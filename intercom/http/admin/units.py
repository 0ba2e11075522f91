"""`/admin/{site}/units` and `/admin/{site}/floors`: what a site is divided into."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from pydantic import Field

from intercom.domain.errors import InUse, Invalid, NotFound, Taken
from intercom.domain.ids import FloorId, UnitId
from intercom.domain.language import N_
from intercom.domain.people import Power
from intercom.http.admin.frame import PAGE_ROWS, Frame, Nothing, Search, done, pager
from intercom.http.admin.hours import HoursForm, hours_rows
from intercom.http.routes import Ask, Body, Label, Name, Route
from intercom.services.units import FLOOR_TAKEN, Units

SAID = {
    "unit_added": N_("It was added."),
    "unit_changed": N_("It was changed."),
    "unit_removed": N_("It was removed."),
    "hours_changed": N_("The opening hours were changed. They hold from now on."),
    "floor_added": N_("The floor was added."),
    "floor_changed": N_("The floor was renamed."),
    "floor_removed": N_("The floor was removed."),
}


class UnitForm(Body):
    """A unit. `new_floor` wins over `floor`."""

    name: Name
    floor: str = Field(default="", max_length=64)
    new_floor: Label = ""


class FloorForm(Body):
    """A floor."""

    name: Name


class Direction(Body):
    """Where a floor goes."""

    to: str = Field(pattern="^(up|down)$", max_length=4)


class UnitPages:
    """Handlers."""

    def __init__(self, frame: Frame, units: Units) -> None:
        self._frame = frame
        self._units = units

    def routes(self) -> list[Route]:
        """The table."""
        at, power = "/admin/{site}", Power.EDIT_UNITS
        return [
            Route("GET", f"{at}/units", self.show, power, query=Search, page=True),
            Route("GET", f"{at}/units/new", self.blank, power, page=True),
            Route(
                "POST", f"{at}/units/new", self.add, power, body=UnitForm, page=True, again=self.blank_again
            ),
            Route("GET", f"{at}/units/{{unit}}", self.unit, power, page=True),
            Route(
                "POST", f"{at}/units/{{unit}}", self.edit, power, body=UnitForm, page=True, again=self.again
            ),
            Route("POST", f"{at}/units/{{unit}}/remove", self.remove, power, body=Nothing, page=True),
            Route(
                "POST",
                f"{at}/units/{{unit}}/hours",
                self.hours,
                power,
                body=HoursForm,
                page=True,
                again=self.again,
            ),
            Route("GET", f"{at}/floors", self.floors, power, page=True),
            Route(
                "POST",
                f"{at}/floors",
                self.add_floor,
                power,
                body=FloorForm,
                page=True,
                again=self.floors_again,
            ),
            Route("GET", f"{at}/floors/{{floor}}", self.floor, power, page=True),
            Route(
                "POST",
                f"{at}/floors/{{floor}}",
                self.rename_floor,
                power,
                body=FloorForm,
                page=True,
                again=self.floor_again,
            ),
            Route("POST", f"{at}/floors/{{floor}}/move", self.move, power, body=Direction, page=True),
            Route("POST", f"{at}/floors/{{floor}}/remove", self.remove_floor, power, body=Nothing, page=True),
        ]

    # -- units --

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The list of units."""
        query: Search = ask.query
        found = await self._units.units(ask.who, ask.site, query.q)
        at = pager(len(found), query.page)
        rows = found[(at["page"] - 1) * PAGE_ROWS :][:PAGE_ROWS]
        return await self._frame.show(
            ask, "admin/units.html", here="units", rows=rows, at=at, q=query.q, said=SAID
        )

    async def blank(self, ask: Ask) -> web.StreamResponse:
        """The form for a new unit."""
        return await self.blank_again(ask, {}, {})

    async def blank_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        return await self._frame.show(
            ask,
            "admin/unit_new.html",
            here="units",
            floor_choices=await self._choices(ask),
            typed=typed,
            errors=errors,
            said=SAID,
        )

    async def _choices(self, ask: Ask) -> list[tuple[str, str]]:
        floors = await self._units.floors(ask.who, ask.site)
        return [("", N_("None")), *((floor.id, floor.name) for floor in floors[::-1])]

    async def add(self, ask: Ask) -> web.StreamResponse:
        """Add a unit."""
        form: UnitForm = ask.body
        try:
            unit = await self._units.add(ask.who, ask.site, form.name, _floor_of(form), form.new_floor)
        except (Taken, InUse) as error:
            raise _next_to(error) from None
        raise done(f"/admin/{ask.site}/units/{unit.id}", "unit_added")

    async def unit(self, ask: Ask) -> web.StreamResponse:
        """A unit."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        row = await self._units.unit(ask.who, ask.site, UnitId(ask.path("unit")))
        return await self._frame.show(
            ask,
            "admin/unit.html",
            here="units",
            unit=row.unit,
            people=row.people,
            hours=hours_rows(row.unit.hours),
            floor_choices=await self._choices(ask),
            typed=typed,
            errors=errors,
            said=SAID,
        )

    async def edit(self, ask: Ask) -> web.StreamResponse:
        """Rename or move a unit."""
        form: UnitForm = ask.body
        unit = UnitId(ask.path("unit"))
        try:
            await self._units.edit(ask.who, ask.site, unit, form.name, _floor_of(form), form.new_floor)
        except (Taken, InUse) as error:
            raise _next_to(error) from None
        raise done(f"/admin/{ask.site}/units/{unit}", "unit_changed")

    async def hours(self, ask: Ask) -> web.StreamResponse:
        """Opening hours of its own, or the site's."""
        form: HoursForm = ask.body
        unit = UnitId(ask.path("unit"))
        await self._units.set_hours(ask.who, ask.site, unit, form.spans())
        raise done(f"/admin/{ask.site}/units/{unit}", "hours_changed")

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """Remove a unit in which nobody lives."""
        await self._units.remove(ask.who, ask.site, UnitId(ask.path("unit")))
        raise done(f"/admin/{ask.site}/units", "unit_removed")

    # -- floors --

    async def floors(self, ask: Ask) -> web.StreamResponse:
        """The floors, the top one first."""
        return await self.floors_again(ask, {}, {})

    async def floors_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        floors = await self._units.floors(ask.who, ask.site)
        return await self._frame.show(
            ask,
            "admin/floors.html",
            here="units",
            floors=floors[::-1],
            used=await self._used(ask),
            typed=typed,
            errors=errors,
            said=SAID,
        )

    async def _used(self, ask: Ask) -> dict[FloorId, int]:
        """How many units each floor has."""
        used: dict[FloorId, int] = {}
        for row in await self._units.units(ask.who, ask.site):
            if row.unit.floor_id is not None:
                used[row.unit.floor_id] = used.get(row.unit.floor_id, 0) + 1
        return used

    async def add_floor(self, ask: Ask) -> web.StreamResponse:
        """A floor above the others."""
        form: FloorForm = ask.body
        try:
            await self._units.add_floor(ask.who, ask.site, form.name)
        except (Taken, InUse) as error:
            raise Invalid(name=error.message) from None
        raise done(f"/admin/{ask.site}/floors", "floor_added")

    async def floor(self, ask: Ask) -> web.StreamResponse:
        """A floor."""
        return await self.floor_again(ask, {}, {})

    async def floor_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        wanted = FloorId(ask.path("floor"))
        floor = next((f for f in await self._units.floors(ask.who, ask.site) if f.id == wanted), None)
        if floor is None:
            raise NotFound(N_("This floor is not known here."))
        units = [
            row.unit for row in await self._units.units(ask.who, ask.site) if row.unit.floor_id == wanted
        ]
        return await self._frame.show(
            ask,
            "admin/floor.html",
            here="units",
            floor=floor,
            units=units,
            typed=typed,
            errors=errors,
            said=SAID,
        )

    async def rename_floor(self, ask: Ask) -> web.StreamResponse:
        """Another name for a floor."""
        form: FloorForm = ask.body
        floor = FloorId(ask.path("floor"))
        try:
            await self._units.rename_floor(ask.who, ask.site, floor, form.name)
        except Taken as error:
            raise Invalid(name=error.message) from None
        raise done(f"/admin/{ask.site}/floors", "floor_changed")

    async def move(self, ask: Ask) -> web.StreamResponse:
        """A floor one place up or down."""
        form: Direction = ask.body
        floor = FloorId(ask.path("floor"))
        await self._units.move_floor(ask.who, ask.site, floor, form.to == "up")
        raise done(f"/admin/{ask.site}/floors")

    async def remove_floor(self, ask: Ask) -> web.StreamResponse:
        """Remove a floor that no unit uses."""
        await self._units.remove_floor(ask.who, ask.site, FloorId(ask.path("floor")))
        raise done(f"/admin/{ask.site}/floors", "floor_removed")


def _floor_of(form: UnitForm) -> FloorId | None:
    return FloorId(form.floor) if form.floor and not form.new_floor else None


def _next_to(error: Taken | InUse) -> Invalid:
    """The refusal as the fault of the field that it is about."""
    about_floor = isinstance(error, InUse) or error.message == FLOOR_TAKEN
    return Invalid(new_floor=error.message) if about_floor else Invalid(name=error.message)
