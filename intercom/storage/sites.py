"""`ports.Sites` on the main file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping, delete, distinct, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intercom.domain.door import Lock
from intercom.domain.errors import Taken
from intercom.domain.ids import AccountId, EntranceId, FloorId, LockId, SiteId, UnitId
from intercom.domain.language import N_
from intercom.domain.people import Role, Standing
from intercom.domain.phonebook import (
    Address,
    DisplayPolicy,
    Entrance,
    Floor,
    Site,
    SiteKind,
    Unit,
)
from intercom.ports import SiteCounts, UnitInUse
from intercom.storage import tables as t
from intercom.storage.fences import fence_columns, fence_of
from intercom.storage.rules import hours_from, hours_to, rules_from, rules_to

_NAMED = 5
"""How many of those who are in the way are named at most."""


def _site(row: RowMapping) -> Site:
    return Site(
        SiteId(row["id"]),
        row["name"],
        row["plate"],
        row["time_zone"],
        DisplayPolicy(row["display"]),
        SiteKind(row["kind"]),
        Address(row["street"], row["postcode"], row["city"], row["country"]),
        row["language"],
        rules_from(row["rules"]),
    )


def _columns(site: Site) -> dict[str, Any]:
    return {
        "name": site.name,
        "plate": site.plate,
        "time_zone": site.time_zone,
        "display": site.display.value,
        "kind": site.kind.value,
        **asdict(site.address),
        "language": site.language,
        "rules": rules_to(site.rules),
    }


def _floor(row: RowMapping) -> Floor:
    return Floor(FloorId(row["id"]), SiteId(row["site"]), row["name"], row["position"])


def _unit(row: RowMapping) -> Unit:
    floor = None if row["floor"] is None else FloorId(row["floor"])
    hours = hours_from(row["hours"])
    return Unit(UnitId(row["id"]), SiteId(row["site"]), row["name"], row["floor_name"] or "", floor, hours)


def _entrance(row: RowMapping) -> Entrance:
    return Entrance(
        EntranceId(row["id"]),
        SiteId(row["site"]),
        row["name"],
        row["outdoor_tone"],
        *fence_of(row),
        row["code"],
        row["word"] or "",
    )


def _lock(row: RowMapping) -> Lock:
    site, entrance = SiteId(row["site"]), EntranceId(row["entrance"])
    return Lock(LockId(row["id"]), site, entrance, row["name"], row["open_seconds"], row["core_ref"] or "")


async def _put(
    db: AsyncConnection, table: Any, key: str, values: dict[str, Any], new: dict[str, Any]
) -> None:
    """Change a row, or make it with what only a new one has."""
    changed = await db.execute(update(table).where(table.c.id == key).values(**values))
    if not changed.rowcount:
        await db.execute(insert(table).values(id=key, **values, **new))


async def _last(db: AsyncConnection, column: Any, *where: Any) -> int:
    """The next position."""
    highest = (await db.execute(select(func.max(column)).where(*where))).scalar()
    return 0 if highest is None else highest + 1


class SqlSites:
    """Sites and what they are made of."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _rows(self, statement: Any) -> Sequence[RowMapping]:
        async with self._engine.connect() as db:
            return (await db.execute(statement)).mappings().all()

    async def add(self, site: Site, entrance: Entrance, owner: AccountId, now: float) -> None:
        """See `ports.Sites.add`."""
        async with self._engine.begin() as db:
            await db.execute(insert(t.sites).values(id=site.id, created_at=now, **_columns(site)))
            await db.execute(insert(t.entrances).values(id=entrance.id, site=site.id, name=entrance.name))
            await db.execute(
                insert(t.memberships).values(
                    account=owner, site=site.id, role=Role.OWNER.value, created_at=now
                )
            )

    async def site(self, site: SiteId) -> Site | None:
        """See `ports.Sites.site`."""
        rows = await self._rows(select(t.sites).where(t.sites.c.id == site))
        return _site(rows[0]) if rows else None

    async def save(self, site: Site) -> None:
        """See `ports.Sites.save`."""
        async with self._engine.begin() as db:
            await db.execute(update(t.sites).where(t.sites.c.id == site.id).values(**_columns(site)))

    async def counts(self, site: SiteId) -> SiteCounts:
        """See `ports.Sites.counts`."""
        members = t.memberships.c

        def of(table: Any) -> Any:
            return select(func.count()).select_from(table).where(table.c.site == site).scalar_subquery()

        residents = select(func.count()).where(members.site == site, members.role == Role.RESIDENT.value)
        invited = select(func.count(distinct(members.account))).where(
            members.site == site, members.standing == Standing.INVITED.value
        )
        statement = select(
            of(t.floors), of(t.units), residents.scalar_subquery(), of(t.entrances), invited.scalar_subquery()
        )
        async with self._engine.connect() as db:
            return SiteCounts(*(await db.execute(statement)).one())

    async def floors(self, site: SiteId) -> Sequence[Floor]:
        """See `ports.Sites.floors`."""
        statement = select(t.floors).where(t.floors.c.site == site)
        return [_floor(row) for row in await self._rows(statement.order_by(t.floors.c.position))]

    async def put_floor(self, floor: Floor) -> None:
        """See `ports.Sites.put_floor`."""
        async with self._engine.begin() as db:
            await self._put_floor(db, floor)

    async def _put_floor(self, db: AsyncConnection, floor: Floor) -> None:
        values = {"name": floor.name, "position": floor.position}
        try:
            await _put(db, t.floors, floor.id, values, {"site": floor.site})
        except IntegrityError:
            raise Taken(N_("There is a floor of this name already.")) from None

    async def order_floors(self, site: SiteId, floors: Sequence[FloorId]) -> None:
        """See `ports.Sites.order_floors`."""
        async with self._engine.begin() as db:
            for position, floor in enumerate(floors):
                await db.execute(
                    update(t.floors)
                    .where(t.floors.c.id == floor, t.floors.c.site == site)
                    .values(position=position)
                )

    async def remove_floor(self, site: SiteId, floor: FloorId) -> Sequence[str]:
        """See `ports.Sites.remove_floor`."""
        users = select(t.units.c.name).where(t.units.c.floor == floor).order_by(t.units.c.name)
        async with self._engine.begin() as db:
            names = (await db.execute(users.limit(_NAMED))).scalars().all()
            if not names:
                await db.execute(delete(t.floors).where(t.floors.c.id == floor, t.floors.c.site == site))
        return names

    async def units(self, site: SiteId) -> Sequence[UnitInUse]:
        """See `ports.Sites.units`."""
        living = (
            select(t.memberships.c.unit, func.count().label("people"))
            .where(t.memberships.c.site == site, t.memberships.c.role == Role.RESIDENT.value)
            .group_by(t.memberships.c.unit)
            .subquery()
        )
        statement = (
            select(t.units, t.floors.c.name.label("floor_name"), living.c.people)
            .outerjoin(t.floors, t.floors.c.id == t.units.c.floor)
            .outerjoin(living, living.c.unit == t.units.c.id)
            .where(t.units.c.site == site)
        )
        return [UnitInUse(_unit(row), row["people"] or 0) for row in await self._rows(statement)]

    async def put_unit(self, unit: Unit, new_floor: Floor | None = None) -> None:
        """See `ports.Sites.put_unit`."""
        async with self._engine.begin() as db:
            if new_floor is not None:
                await self._put_floor(db, new_floor)
            values = {"name": unit.name, "floor": unit.floor_id, "hours": hours_to(unit.hours)}
            await _put(db, t.units, unit.id, values, {"site": unit.site})

    async def remove_unit(self, site: SiteId, unit: UnitId) -> Sequence[str]:
        """See `ports.Sites.remove_unit`."""
        people = (
            select(t.accounts.c.first_name, t.accounts.c.last_name)
            .join(t.memberships, t.memberships.c.account == t.accounts.c.id)
            .where(t.memberships.c.unit == unit)
            .distinct()
            .order_by(t.accounts.c.last_name)
            .limit(_NAMED)
        )
        async with self._engine.begin() as db:
            names = [f"{first} {last}".strip() for first, last in (await db.execute(people)).all()]
            if not names:
                await db.execute(delete(t.entries).where(t.entries.c.unit == unit, t.entries.c.site == site))
                await db.execute(delete(t.units).where(t.units.c.id == unit, t.units.c.site == site))
        return names

    async def entrances(self, site: SiteId) -> Sequence[Entrance]:
        """See `ports.Sites.entrances`."""
        statement = select(t.entrances).where(t.entrances.c.site == site)
        ordered = statement.order_by(t.entrances.c.position, t.entrances.c.name)
        return [_entrance(row) for row in await self._rows(ordered)]

    async def put_entrance(self, entrance: Entrance) -> None:
        """See `ports.Sites.put_entrance`."""
        values = {
            "name": entrance.name,
            "outdoor_tone": entrance.outdoor_tone,
            **fence_columns(entrance),
        }
        async with self._engine.begin() as db:
            position = await _last(db, t.entrances.c.position, t.entrances.c.site == entrance.site)
            await _put(db, t.entrances, entrance.id, values, {"site": entrance.site, "position": position})

    async def remove_entrance(self, site: SiteId, entrance: EntranceId) -> Sequence[str]:
        """See `ports.Sites.remove_entrance`."""
        of_it = (t.panels.c.entrance == entrance, ~t.panels.c.revoked)
        async with self._engine.begin() as db:
            names = (await db.execute(select(t.panels.c.name).where(*of_it).limit(_NAMED))).scalars().all()
            if names:
                return names
            for table in (t.pairing_codes, t.old_codes, t.panels, t.locks):
                await db.execute(delete(table).where(table.c.entrance == entrance))
            await db.execute(
                delete(t.entrances).where(t.entrances.c.id == entrance, t.entrances.c.site == site)
            )
        return ()

    async def locks(self, site: SiteId) -> Sequence[Lock]:
        """See `ports.Sites.locks`."""
        statement = select(t.locks).where(t.locks.c.site == site)
        ordered = statement.order_by(t.locks.c.entrance, t.locks.c.position, t.locks.c.name)
        return [_lock(row) for row in await self._rows(ordered)]

    async def put_lock(self, lock: Lock) -> None:
        """See `ports.Sites.put_lock`."""
        values = {"name": lock.name, "open_seconds": lock.open_seconds}
        async with self._engine.begin() as db:
            position = await _last(db, t.locks.c.position, t.locks.c.entrance == lock.entrance)
            new = {"site": lock.site, "entrance": lock.entrance, "position": position}
            await _put(db, t.locks, lock.id, values, new)

    async def remove_lock(self, site: SiteId, lock: LockId) -> None:
        """See `ports.Sites.remove_lock`."""
        async with self._engine.begin() as db:
            await db.execute(delete(t.locks).where(t.locks.c.id == lock, t.locks.c.site == site))

    async def duty(self, site: SiteId) -> Sequence[AccountId]:
        """See `ports.Sites.duty`."""
        statement = select(t.duty.c.account).where(t.duty.c.site == site).order_by(t.duty.c.position)
        return [AccountId(row["account"]) for row in await self._rows(statement)]

    async def put_duty(self, site: SiteId, people: Sequence[AccountId]) -> None:
        """See `ports.Sites.put_duty`."""
        rows = [{"site": site, "account": a, "position": place} for place, a in enumerate(people)]
        async with self._engine.begin() as db:
            await db.execute(delete(t.duty).where(t.duty.c.site == site))
            if rows:
                await db.execute(insert(t.duty), rows)
