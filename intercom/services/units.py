"""Floors and units; on company sites, companies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from intercom.domain.collation import searchable, sort_key
from intercom.domain.errors import InUse, Invalid, NotFound, Taken
from intercom.domain.hours import week, written_day
from intercom.domain.ids import FloorId, SiteId, UnitId
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.domain.phonebook import Floor, Unit
from intercom.domain.week import WeekSpan
from intercom.ports import Clock, Events, Sites, UnitInUse
from intercom.services.sites import Changed

MOST_FLOORS = 200
"""Floors of a site."""
FLOOR_TAKEN = N_("There is a floor of this name already.")


@dataclass(frozen=True, slots=True)
class Units:
    """What a site is divided into. Every verb raises `NotFound` and `NotAllowed`."""

    sites: Sites
    events: Events
    changed: Changed
    clock: Clock
    new_id: Callable[[], str]

    # -- floors --

    async def floors(self, session: Session, site: SiteId) -> Sequence[Floor]:
        """The site's floors, from the ground up."""
        session.demand(Power.EDIT_UNITS, site)
        return await self.sites.floors(site)

    async def add_floor(self, session: Session, site: SiteId, name: str) -> Floor:
        """A floor above the others. Raises `Taken`, `InUse` past `MOST_FLOORS`."""
        floor = self._floor_above(await self.floors(session, site), site, name)
        await self.sites.put_floor(floor)
        await self._note(session, site, "floor_added", name)
        return floor

    def _floor_above(self, floors: Sequence[Floor], site: SiteId, name: str) -> Floor:
        if len(floors) >= MOST_FLOORS:
            raise InUse(N_("A site has at most %(most)s floors.", most=MOST_FLOORS))
        _free(name, (floor.name for floor in floors), FLOOR_TAKEN)
        return Floor(FloorId(self.new_id()), site, name, max((f.position for f in floors), default=-1) + 1)

    async def rename_floor(self, session: Session, site: SiteId, floor: FloorId, name: str) -> Floor:
        """Another name for a floor. Raises `Taken`."""
        floors = await self.floors(session, site)
        found = _floor(floors, floor)
        others = (other.name for other in floors if other.id != floor)
        _free(name, others, FLOOR_TAKEN)
        renamed = replace(found, name=name)
        await self.sites.put_floor(renamed)
        await self._note(session, site, "floor_renamed", name, before=found.name)
        return renamed

    async def move_floor(self, session: Session, site: SiteId, floor: FloorId, up: bool) -> None:
        """One place up or down; where there is none, nothing changes."""
        order = [f.id for f in await self.floors(session, site)]
        if floor not in order:
            raise NotFound(N_("This floor is not known here."))
        at = order.index(floor)
        to = at + (1 if up else -1)
        if 0 <= to < len(order):
            order[at], order[to] = order[to], order[at]
            await self.sites.order_floors(site, order)
            await self._note(session, site, "floors_ordered")

    async def order_floors(self, session: Session, site: SiteId, order: Sequence[FloorId]) -> None:
        """All floors, from the ground up. Raises `Invalid` unless each floor is named once."""
        floors = await self.floors(session, site)
        if sorted(order) != sorted(floor.id for floor in floors):
            raise Invalid(floors=N_("Name each floor of the site once."))
        await self.sites.order_floors(site, order)
        await self._note(session, site, "floors_ordered")

    async def remove_floor(self, session: Session, site: SiteId, floor: FloorId) -> None:
        """Remove a floor that no unit uses. Raises `InUse` with a sentence that names units of it."""
        found = _floor(await self.floors(session, site), floor)
        users = await self.sites.remove_floor(site, floor)
        if users:
            raise InUse(
                N_(
                    "%(floor)s is still the floor of: %(units)s. Move these units first.",
                    floor=found.name,
                    units=", ".join(users),
                )
            )
        await self._note(session, site, "floor_removed", found.name)

    # -- units --

    async def units(self, session: Session, site: SiteId, sought: str = "") -> list[UnitInUse]:
        """Units whose name or floor has all words of `sought`, by floor from the top, then by name."""
        session.demand(Power.EDIT_UNITS, site)
        height = {floor.id: floor.position for floor in await self.sites.floors(site)}
        words = searchable(sought).split()
        found = [
            row
            for row in await self.sites.units(site)
            if not words or _has(words, searchable(f"{row.unit.name} {row.unit.floor}"))
        ]

        def place(row: UnitInUse) -> tuple[int, str]:
            floor = row.unit.floor_id
            return -height[floor] if floor else 1_000_000, sort_key(row.unit.name)

        return sorted(found, key=place)

    async def unit(self, session: Session, site: SiteId, unit: UnitId) -> UnitInUse:
        """One of them."""
        session.demand(Power.EDIT_UNITS, site)
        found = next((row for row in await self.sites.units(site) if row.unit.id == unit), None)
        if found is None:
            raise NotFound(N_("This unit is not known here."))
        return found

    async def add(
        self, session: Session, site: SiteId, name: str, floor: FloorId | None = None, new_floor: str = ""
    ) -> Unit:
        """A new unit on an existing floor, on one that is made on the way, or on none. Raises `Taken`."""
        session.demand(Power.EDIT_UNITS, site)
        unit = await self._put(Unit(UnitId(self.new_id()), site, ""), name, floor, new_floor)
        await self._note(session, site, "unit_added", name, floor=unit.floor)
        return unit

    async def edit(
        self,
        session: Session,
        site: SiteId,
        unit: UnitId,
        name: str,
        floor: FloorId | None = None,
        new_floor: str = "",
    ) -> Unit:
        """Another name or floor. Raises `Taken`."""
        before = (await self.unit(session, site, unit)).unit
        after = await self._put(before, name, floor, new_floor)
        if after != before:
            await self._note(session, site, "unit_changed", name, before=before.name, floor=after.floor)
        return after

    async def set_hours(
        self, session: Session, site: SiteId, unit: UnitId, hours: tuple[WeekSpan, ...]
    ) -> Unit:
        """Opening hours of its own; none: the site's. Raises `Invalid`."""
        before = (await self.unit(session, site, unit)).unit
        try:
            after = replace(before, hours=week(hours))
        except ValueError as error:
            raise Invalid(opening_hours=error.args[0]) from None
        if after != before:
            await self.sites.put_unit(after)
            days = ((day, written_day(day, after.hours)) for day in range(7))
            told = "; ".join(f"{day + 1}: {text}" for day, text in days if text)
            await self._note(session, site, "unit_hours_changed", before.name, opening_hours=told)
        return after

    async def _put(self, unit: Unit, name: str, floor: FloorId | None, new_floor: str) -> Unit:
        others = (row.unit.name for row in await self.sites.units(unit.site) if row.unit.id != unit.id)
        _free(name, others, N_("There is one of this name already."))
        floors = await self.sites.floors(unit.site)
        made = self._floor_above(floors, unit.site, new_floor) if new_floor else None
        on = made or (None if floor is None else _floor(floors, floor))
        put = replace(unit, name=name, floor_id=on.id if on else None, floor=on.name if on else "")
        await self.sites.put_unit(put, made)
        return put

    async def remove(self, session: Session, site: SiteId, unit: UnitId) -> None:
        """Remove a unit in which nobody lives. Raises `InUse` with a sentence that names who does."""
        found = (await self.unit(session, site, unit)).unit
        people = await self.sites.remove_unit(site, unit)
        if people:
            raise InUse(
                N_(
                    "These people belong to %(unit)s: %(people)s. Move or remove them first.",
                    unit=found.name,
                    people=", ".join(people),
                )
            )
        await self._note(session, site, "unit_removed", found.name)

    async def _note(
        self, session: Session, site: SiteId, action: str, subject: str = "", **details: str
    ) -> None:
        now = self.clock.now()
        await self.events.note(site, now, session.account.id, action, subject, **details)
        await self.changed(site)


def _floor(floors: Sequence[Floor], floor: FloorId) -> Floor:
    found = next((f for f in floors if f.id == floor), None)
    if found is None:
        raise NotFound(N_("This floor is not known here."))
    return found


def _free(name: str, names: Iterable[str], sentence: str) -> None:
    if name.casefold() in {other.casefold() for other in names}:
        raise Taken(sentence)


def _has(words: Sequence[str], text: str) -> bool:
    return all(word in text for word in words)
