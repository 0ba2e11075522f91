"""`ports.Residents` on the main file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, and_, case, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intercom.domain.errors import Taken
from intercom.domain.ids import AccountId, EntryId, FloorId, SiteId, UnitId
from intercom.domain.invitations import InvitationState
from intercom.domain.people import Account, Role, Standing
from intercom.domain.phonebook import DisplayPolicy, Unit
from intercom.ports import Resident
from intercom.storage.people import account_from, email_key
from intercom.storage.tables import (
    accounts,
    devices,
    entries,
    factors,
    floors,
    identities,
    invitations,
    memberships,
    tokens,
    units,
)

_MANAGER = memberships.alias("manager")


def _of_entry(table: Any, role: Role) -> Any:
    """The membership of an entry's person in its unit."""
    return and_(
        table.c.account == entries.c.account,
        table.c.site == entries.c.site,
        table.c.unit == entries.c.unit,
        table.c.role == role.value,
    )


_COMPLETE = or_(accounts.c.password_hash.is_not(None), exists().where(identities.c.account == accounts.c.id))
_CODE = invitations.c.code_expires_at
_UNTIL = case((invitations.c.expires_at < _CODE, _CODE), else_=invitations.c.expires_at)
_RESIDENTS = (
    select(
        accounts,
        entries.c.id.label("entry"),
        entries.c.site,
        entries.c.unit,
        entries.c.alias,
        entries.c.contact,
        entries.c.policy,
        units.c.name.label("unit_name"),
        floors.c.id.label("floor"),
        floors.c.name.label("floor_name"),
        memberships.c.standing,
        memberships.c.created_at.label("since"),
        _MANAGER.c.id.label("manager"),
        _COMPLETE.label("complete"),
        select(func.max(_UNTIL))
        .where(
            invitations.c.account == accounts.c.id,
            func.coalesce(invitations.c.site, "") == entries.c.site,  # found by the person, who has few
            invitations.c.state == InvitationState.WAITING.value,
        )
        .scalar_subquery()
        .label("invited_until"),
        select(func.count()).where(devices.c.account == accounts.c.id).scalar_subquery().label("devices"),
    )
    .select_from(entries)
    .join(accounts, accounts.c.id == entries.c.account)
    .join(units, units.c.id == entries.c.unit)
    .join(memberships, _of_entry(memberships, Role.RESIDENT))
    .outerjoin(floors, floors.c.id == units.c.floor)
    .outerjoin(_MANAGER, _of_entry(_MANAGER, Role.MANAGER))
)


def _resident(row: RowMapping) -> Resident:
    floor = None if row["floor"] is None else FloorId(row["floor"])
    return Resident(
        EntryId(row["entry"]),
        SiteId(row["site"]),
        Unit(UnitId(row["unit"]), SiteId(row["site"]), row["unit_name"], row["floor_name"] or "", floor),
        account_from(row),
        Standing(row["standing"]),
        row["since"],
        row["alias"],
        row["contact"],
        None if row["policy"] is None else DisplayPolicy(row["policy"]),
        row["manager"] is not None,
        bool(row["complete"]),
        row["invited_until"],
        row["devices"],
    )


class SqlResidents:
    """The people of the units."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _all(self, statement: Any) -> Sequence[Resident]:
        async with self._engine.connect() as db:
            return [_resident(row) for row in (await db.execute(statement)).mappings()]

    async def some(self, site: SiteId, ids: Sequence[EntryId]) -> Sequence[Resident]:
        """See `ports.Residents.some`."""
        found = await self._all(_RESIDENTS.where(entries.c.id.in_(ids)))
        by_id = {resident.id: resident for resident in found if resident.site == site}
        return [by_id[one] for one in ids if one in by_id]

    async def of_units(self, site: SiteId, units: Sequence[UnitId]) -> Sequence[Resident]:
        """See `ports.Residents.of_units`."""
        here = (entries.c.site == site, entries.c.unit.in_(units))
        return await self._all(_RESIDENTS.where(*here).order_by(memberships.c.id))

    async def by_email(self, email: str) -> tuple[Account, bool] | None:
        """See `ports.Residents.by_email`."""
        statement = select(accounts, _COMPLETE.label("complete")).where(
            accounts.c.email_key == email_key(email)
        )
        async with self._engine.connect() as db:
            row = (await db.execute(statement)).mappings().first()
        return (account_from(row), bool(row["complete"])) if row else None

    async def add(
        self, site: SiteId, unit: UnitId, entry: EntryId, account: Account, standing: Standing, now: float
    ) -> None:
        """See `ports.Residents.add`."""
        name = {"first_name": account.first_name, "last_name": account.last_name}
        try:
            async with self._engine.begin() as db:
                known = await db.execute(select(accounts.c.id).where(accounts.c.id == account.id))
                if known.first() is None:
                    row = {"id": account.id, "email": account.email, "email_key": email_key(account.email)}
                    await db.execute(insert(accounts).values(**row, **name, created_at=now))
                else:
                    await db.execute(_named(account.id, **name))
                here = {"account": account.id, "site": site, "unit": unit}
                await db.execute(
                    insert(memberships).values(
                        **here, role=Role.RESIDENT.value, standing=standing.value, created_at=now
                    )
                )
                await db.execute(insert(entries).values(id=entry, **here))
        except IntegrityError:
            raise Taken from None

    async def dress(
        self, entry: EntryId, alias: str | None, contact: bool, policy: DisplayPolicy | None
    ) -> None:
        """See `ports.Residents.dress`."""
        values = {"alias": alias, "contact": contact, "policy": policy.value if policy else None}
        async with self._engine.begin() as db:
            await db.execute(update(entries).where(entries.c.id == entry).values(**values))

    async def rename(self, account: AccountId, first_name: str, last_name: str) -> None:
        """See `ports.Residents.rename`."""
        async with self._engine.begin() as db:
            await db.execute(_named(account, first_name, last_name))

    async def move(self, entry: EntryId, unit: UnitId) -> None:
        """See `ports.Residents.move`."""
        try:
            async with self._engine.begin() as db:
                await db.execute(delete(memberships).where(_belonging(entry, Role.MANAGER)))
                await db.execute(
                    update(memberships).where(_belonging(entry, Role.RESIDENT)).values(unit=unit)
                )
                await db.execute(update(entries).where(entries.c.id == entry).values(unit=unit))
        except IntegrityError:
            raise Taken from None

    async def set_standing(self, entry: EntryId, standing: Standing) -> None:
        """See `ports.Residents.set_standing`."""
        both = or_(_belonging(entry, Role.RESIDENT), _belonging(entry, Role.MANAGER))
        async with self._engine.begin() as db:
            await db.execute(update(memberships).where(both).values(standing=standing.value))

    async def set_manager(self, entry: EntryId, manager: bool, now: float) -> None:
        """See `ports.Residents.set_manager`."""
        async with self._engine.begin() as db:
            await db.execute(delete(memberships).where(_belonging(entry, Role.MANAGER)))
            if not manager:
                return
            here = select(entries.c.account, entries.c.site, entries.c.unit).where(entries.c.id == entry)
            row = (await db.execute(here)).mappings().first()
            if row is not None:
                await db.execute(insert(memberships).values(**row, role=Role.MANAGER.value, created_at=now))

    async def remove(self, entry: EntryId) -> None:
        """See `ports.Residents.remove`."""
        async with self._engine.begin() as db:
            found = await db.execute(select(entries.c.account, entries.c.site).where(entries.c.id == entry))
            row = found.mappings().first()
            if row is None:
                return
            both = or_(_belonging(entry, Role.RESIDENT), _belonging(entry, Role.MANAGER))
            await db.execute(delete(memberships).where(both))
            await db.execute(delete(entries).where(entries.c.id == entry))
            await _void_links(db, row["account"], row["site"])
            await _forget_nobody(db, row["account"])


def _named(account: AccountId, first_name: str, last_name: str) -> Any:
    """Gives a name to somebody who cannot do it themselves yet."""
    return (
        update(accounts)
        .where(accounts.c.id == account, ~_COMPLETE)
        .values(first_name=first_name, last_name=last_name)
    )


def _belonging(entry: EntryId, role: Role) -> Any:
    """The membership that an entry stands for."""
    return exists().where(entries.c.id == entry, _of_entry(memberships, role)) & (
        memberships.c.role == role.value
    )


async def _void_links(db: AsyncConnection, account: str, site: str) -> None:
    """Nobody joins a site by a link whose membership is gone."""
    waits = exists().where(
        memberships.c.account == account,
        memberships.c.site == site,
        memberships.c.standing == Standing.INVITED.value,
    )
    await db.execute(
        update(invitations)
        .where(
            invitations.c.account == account,
            invitations.c.site == site,
            invitations.c.state == InvitationState.WAITING.value,
            ~waits,
        )
        .values(state=InvitationState.VOID.value)
    )


async def _forget_nobody(db: AsyncConnection, account: str) -> None:
    """Somebody who never came in and belongs nowhere leaves no name and no e-mail behind."""
    belongs = exists().where(memberships.c.account == account)
    shown = exists().where(entries.c.account == account)
    nobody = select(accounts.c.id).where(accounts.c.id == account, ~_COMPLETE, ~belongs, ~shown)
    if (await db.execute(nobody)).first() is None:
        return
    for table in (invitations, tokens, factors):
        await db.execute(delete(table).where(table.c.account == account))
    await db.execute(delete(accounts).where(accounts.c.id == account))
