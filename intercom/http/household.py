"""`/household/{site}`: a unit's manager adds and removes its people."""

from __future__ import annotations

import time
from collections.abc import Mapping

from aiohttp import web
from pydantic import Field

from intercom.domain.errors import Invalid, Taken
from intercom.domain.ids import EntryId, UnitId
from intercom.domain.language import N_
from intercom.domain.people import Power
from intercom.http.account.frame import AccountFrame
from intercom.http.admin.frame import Nothing, done
from intercom.http.admin.residents import invitation_of
from intercom.http.routes import Ask, Body, Email, Name, Route
from intercom.services.household import Household
from intercom.services.residents import NewResident

SAID = {
    "added": N_("They were added, and an invitation is on its way."),
    "removed": N_("They were removed."),
}


class AddForm(Body):
    """Somebody to be added to one's own unit."""

    email: Email
    first_name: Name
    last_name: Name
    unit: str = Field(min_length=1, max_length=64)


class HouseholdPages:
    """Handlers."""

    def __init__(self, frame: AccountFrame, household: Household) -> None:
        self._frame = frame
        self._household = household

    def routes(self) -> list[Route]:
        """The table."""
        at, power = "/household/{site}", Power.EDIT_HOUSEHOLD
        return [
            Route("GET", at, self.show, power, page=True),
            Route("POST", at, self.add, power, body=AddForm, page=True, again=self.again),
            Route("POST", f"{at}/{{resident}}/remove", self.remove, power, body=Nothing, page=True),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """Who belongs to one's own units."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        units = await self._household.units(ask.who, ask.site)
        people = await self._household.people(ask.who, ask.site)
        now = time.time()
        homes = [
            {
                "unit": unit,
                "rows": [
                    {"it": one, "invitation": invitation_of(one, now)}
                    for one in people
                    if one.unit.id == unit.id
                ],
            }
            for unit in units
        ]
        return await self._frame.show(
            ask,
            "household.html",
            here="household",
            place=await self._household.office.place(ask.site),
            homes=homes,
            unit_choices=[(unit.id, unit.name) for unit in units],
            typed=typed,
            errors=errors,
            said=SAID,
        )

    async def add(self, ask: Ask) -> web.StreamResponse:
        """Add somebody and send the invitation."""
        form: AddForm = ask.body
        new = NewResident(form.email, form.first_name, form.last_name, UnitId(form.unit))
        try:
            await self._household.add(ask.who, ask.site, new)
        except Taken as error:
            raise Invalid(email=error.message) from None
        raise done(f"/household/{ask.site}", "added")

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """Take somebody out."""
        await self._household.remove(ask.who, ask.site, EntryId(ask.path("resident")))
        raise done(f"/household/{ask.site}", "removed")
