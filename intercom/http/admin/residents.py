"""`/admin/{site}/residents`: who lives here, how the door shows them, and `/household/{site}`."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

from aiohttp import web
from pydantic import Field

from intercom import language
from intercom.domain.directory import Show
from intercom.domain.errors import Invalid, NotNow, Taken
from intercom.domain.ids import AccountId, EntryId, UnitId
from intercom.domain.language import N_
from intercom.domain.people import Power, Standing
from intercom.domain.phonebook import DisplayPolicy, Line, Site, Unit
from intercom.http.admin.frame import PAGE_ROWS, Frame, Nothing, Search, done, pager
from intercom.http.routes import Ask, Body, Email, Label, Name, Route
from intercom.ports import Phonebooks, Resident
from intercom.services.residents import Look, NewResident, ResidentOffice

SAID = {
    "added": N_("They were added, and an invitation is on its way."),
    "added_here": N_("They were added."),
    "saved": N_("Saved. The panels show it now."),
    "sent": N_("A new invitation is on its way. The link before it is void."),
    "deactivated": N_("They are neither shown nor rung any more, and open nothing."),
    "activated": N_("They are shown and rung again."),
    "removed": N_("They were removed, and all that they had here has ended."),
}
POLICIES = {
    DisplayPolicy.FULL: N_("Full name"),
    DisplayPolicy.INITIAL: N_("Initial and last name"),
    DisplayPolicy.INITIALS: N_("Initials"),
    DisplayPolicy.UNIT: N_("Unit only"),
    DisplayPolicy.HIDDEN: N_("Hidden"),
}
_DAY = 86400.0


class ListQuery(Search):
    """Which residents."""

    show: Show = Show.ALL


class NewQuery(Body):
    """For which unit the form is opened."""

    unit: str = Field(default="", max_length=64)
    said: str = Field(default="", max_length=40)


class AddForm(Body):
    """Somebody to be added. `then`: whether the form comes back for the next one."""

    email: Email
    first_name: Name
    last_name: Name
    unit: str = Field(min_length=1, max_length=64)
    then: Literal["", "another"] = ""


class EditForm(Body):
    """All that the page of a resident has. The names only of who has no profile of their own."""

    alias: Label = ""
    display: DisplayPolicy | Literal[""] = ""
    contact: Literal["", "yes"] = ""
    manager: Literal["", "yes"] = ""
    unit: str = Field(min_length=1, max_length=64)
    first_name: Name | None = None
    last_name: Name | None = None


class ResidentPages:
    """Handlers."""

    def __init__(
        self,
        frame: Frame,
        office: ResidentOffice,
        phonebooks: Phonebooks,
        ringing: Callable[[AccountId], Awaitable[tuple[int, int]]],
    ) -> None:
        """`ringing`: how many of a person's devices have proved that they ring, and how many there are."""
        self._frame = frame
        self._office = office
        self._phonebooks = phonebooks
        self._ringing = ringing

    def routes(self) -> list[Route]:
        """The table."""
        at, power = "/admin/{site}/residents", Power.EDIT_RESIDENTS
        one = f"{at}/{{resident}}"
        return [
            Route("GET", at, self.show, power, query=ListQuery, page=True),
            Route("GET", f"{at}/new", self.blank, power, query=NewQuery, page=True),
            Route("POST", f"{at}/new", self.add, power, body=AddForm, page=True, again=self.blank_again),
            Route("GET", one, self.resident, power, page=True),
            Route("POST", one, self.save, power, body=EditForm, page=True, again=self.again),
            Route("POST", f"{one}/invitation", self.invite_again, power, body=Nothing, page=True),
            Route("POST", f"{one}/deactivate", self.deactivate, power, body=Nothing, page=True),
            Route("POST", f"{one}/activate", self.activate, power, body=Nothing, page=True),
            Route("POST", f"{one}/remove", self.remove, power, body=Nothing, page=True),
        ]

    # -- the list --

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The list of residents."""
        query: ListQuery = ask.query
        site = await self._site(ask)
        turned, found = await self._office.find(
            ask.who, ask.site, query.q, query.show, PAGE_ROWS, page=query.page
        )
        at = pager(turned.total, query.page)
        if not found and turned.total:
            _, found = await self._office.find(
                ask.who, ask.site, query.q, query.show, PAGE_ROWS, page=at["page"]
            )
        directory = await self._phonebooks.directory(ask.site)
        now = time.time()
        return await self._frame.show(
            ask,
            "admin/residents.html",
            here="residents",
            rows=[_row(one, site, now) for one in found],
            at=at,
            q=query.q,
            chosen=query.show.value,
            counts={show.value: number for show, number in directory.counts.items()},
            units=bool(await self._phonebooks.units(ask.site)),
            said=SAID,
        )

    # -- a new one --

    async def blank(self, ask: Ask) -> web.StreamResponse:
        """The form for somebody new."""
        query: NewQuery = ask.query
        return await self.blank_again(ask, {"unit": query.unit}, {})

    async def blank_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        return await self._frame.show(
            ask,
            "admin/resident_new.html",
            here="residents",
            floors=by_floor(await self._phonebooks.units(ask.site)),
            typed=typed,
            errors=errors,
            said=SAID,
        )

    async def add(self, ask: Ask) -> web.StreamResponse:
        """Add somebody and send the invitation."""
        form: AddForm = ask.body
        new = NewResident(form.email, form.first_name, form.last_name, UnitId(form.unit))
        try:
            resident = await self._office.add(ask.who, ask.site, new)
        except Taken as error:
            raise Invalid(email=error.message) from None
        said = "added" if resident.standing is Standing.INVITED else "added_here"
        at = f"/admin/{ask.site}/residents"
        if form.then:
            raise done(f"{at}/new", said, unit=form.unit)
        raise done(f"{at}/{resident.id}", said)

    # -- one of them --

    async def resident(self, ask: Ask) -> web.StreamResponse:
        """A resident."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        resident = await self._office.get(ask.who, ask.site, _id(ask))
        site = await self._site(ask)
        own = N_("As the site: %(policy)s", policy=POLICIES[site.display])
        return await self._frame.show(
            ask,
            "admin/resident.html",
            here="residents",
            it=resident,
            row=_row(resident, site, time.time()),
            ringing=await self._ringing(resident.account.id),
            since=language.date(resident.since, site.time_zone) if resident.since else "",
            floors=by_floor(await self._phonebooks.units(ask.site)),
            policies=[("", language.translate(own))]
            + [(policy.value, language.translate(words)) for policy, words in POLICIES.items()],
            preview=await self._preview(resident, site),
            managers=site.rules.unit_managers or resident.manager,
            typed=typed,
            errors=errors,
            said=SAID,
        )

    async def _preview(self, resident: Resident, site: Site) -> dict[str, Any]:
        """What the door says, by each policy, and between whom."""
        names = {policy.value: _shown_by(resident, policy) for policy in DisplayPolicy}
        doors = await self._phonebooks.entrances(site.id)
        lines: Sequence[Line] = await self._phonebooks.lines(doors[0].id) if doors else ()
        place = next((i for i, line in enumerate(lines) if line.id == resident.id), None)
        return {
            "names": names,
            "before": lines[place - 1] if place else None,
            "after": lines[place + 1] if place is not None and place + 1 < len(lines) else None,
        }

    async def save(self, ask: Ask) -> web.StreamResponse:
        """Change what the page has."""
        form: EditForm = ask.body
        office, who, site, one = self._office, ask.who, ask.site, _id(ask)
        found = await office.get(who, site, one)
        if not found.complete and form.first_name and form.last_name:
            await office.rename(who, site, one, form.first_name, form.last_name)
        try:
            await office.move(who, site, one, UnitId(form.unit))
        except Taken as error:
            raise Invalid(unit=error.message) from None
        if found.unit.id == form.unit:
            try:
                await office.set_manager(who, site, one, manager=bool(form.manager))
            except NotNow as error:
                raise Invalid(manager=error.message) from None
        await office.dress(who, site, one, Look(form.alias, bool(form.contact), form.display or None))
        raise done(f"/admin/{site}/residents/{one}", "saved")

    async def invite_again(self, ask: Ask) -> web.StreamResponse:
        """Send the invitation again."""
        await self._office.invite_again(ask.who, ask.site, _id(ask))
        raise done(f"/admin/{ask.site}/residents/{_id(ask)}", "sent")

    async def deactivate(self, ask: Ask) -> web.StreamResponse:
        """Neither show nor ring them."""
        await self._office.deactivate(ask.who, ask.site, _id(ask))
        raise done(f"/admin/{ask.site}/residents/{_id(ask)}", "deactivated")

    async def activate(self, ask: Ask) -> web.StreamResponse:
        """Show and ring them again."""
        await self._office.activate(ask.who, ask.site, _id(ask))
        raise done(f"/admin/{ask.site}/residents/{_id(ask)}", "activated")

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """Take them out of the unit."""
        await self._office.remove(ask.who, ask.site, _id(ask))
        raise done(f"/admin/{ask.site}/residents", "removed")

    async def _site(self, ask: Ask) -> Site:
        return await self._office.place(ask.site)


def by_floor(units: Sequence[Unit]) -> list[tuple[str, list[Unit]]]:
    """Units in the order of their floors, each floor with its own."""
    floors: dict[str, list[Unit]] = {}
    for unit in units:
        floors.setdefault(unit.floor, []).append(unit)
    return list(floors.items())


def invitation_of(resident: Resident, now: float) -> dict[str, Any]:
    """How far somebody has come in: a word for the template, and the days that their link has left."""
    if resident.standing is not Standing.INVITED:
        return {"state": resident.standing.value, "days": 0}
    left = (resident.invited_until or 0.0) - now
    if left <= 0:
        return {"state": "ran_out", "days": 0}
    return {"state": "sent" if resident.complete else "incomplete", "days": math.ceil(left / _DAY)}


def _row(resident: Resident, site: Site, now: float) -> dict[str, Any]:
    return {
        "it": resident,
        "line": resident.line(site.display),
        "invitation": invitation_of(resident, now),
    }


def _shown_by(resident: Resident, policy: DisplayPolicy) -> str:
    """The own name as the door shows it by a policy; empty where it shows nothing."""
    line = resident.bare(policy)
    return line.name if line else ""


def _id(ask: Ask) -> EntryId:
    return EntryId(ask.path("resident"))
