"""`ports.Rosters` on the main file: many rows a statement."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intercom.domain.ids import AccountId, EntryId, SiteId
from intercom.domain.invitations import InvitationState
from intercom.domain.people import Role, Standing
from intercom.domain.phonebook import DisplayPolicy
from intercom.domain.roster_plan import Batch, Here, Person, Put
from intercom.storage.people import email_key
from intercom.storage.tables import (
    accounts,
    entries,
    floors,
    identities,
    invitations,
    memberships,
    units,
)

_PORTION = 500
_COMPLETE = or_(accounts.c.password_hash.is_not(None), exists().where(identities.c.account == accounts.c.id))


def _here(row: Any) -> Here:
    return Here(
        EntryId(row.id),
        AccountId(row.account),
        row.email,
        row.first_name,
        row.last_name,
        row.unit_name,
        row.floor_name or "",
        row.alias or "",
        None if row.policy is None else DisplayPolicy(row.policy),
        row.contact,
        bool(row.complete),
        Standing(row.standing),
        row.invited_until,
    )


class SqlRosters:
    """Lists of residents."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def residents(self, site: SiteId) -> AsyncIterator[Sequence[Here]]:
        """See `ports.Rosters.residents`; each portion begins after the last id of the one before."""
        waiting = (
            select(
                func.max(func.max(invitations.c.expires_at, func.coalesce(invitations.c.code_expires_at, 0)))
            )
            .where(
                invitations.c.account == entries.c.account,
                invitations.c.site == site,
                invitations.c.state == InvitationState.WAITING.value,
            )
            .scalar_subquery()
        )
        statement = (
            select(
                entries.c.id,
                entries.c.account,
                accounts.c.email,
                accounts.c.first_name,
                accounts.c.last_name,
                units.c.name.label("unit_name"),
                floors.c.name.label("floor_name"),
                entries.c.alias,
                entries.c.policy,
                entries.c.contact,
                _COMPLETE.label("complete"),
                memberships.c.standing,
                waiting.label("invited_until"),
            )
            .join(accounts, accounts.c.id == entries.c.account)
            .join(units, units.c.id == entries.c.unit)
            .join(
                memberships,
                and_(
                    memberships.c.account == entries.c.account,
                    memberships.c.unit == entries.c.unit,
                    memberships.c.role == Role.RESIDENT.value,
                ),
            )
            .outerjoin(floors, floors.c.id == units.c.floor)
            .where(entries.c.site == site)
            .order_by(entries.c.id)
            .limit(_PORTION)
        )
        after = ""
        while True:
            async with self._engine.connect() as db:
                rows = (await db.execute(statement.where(entries.c.id > after))).all()
            if rows:
                yield [_here(row) for row in rows]
            if len(rows) < _PORTION:
                return
            after = rows[-1].id

    async def people(self, emails: Collection[str]) -> dict[str, Person]:
        """See `ports.Rosters.people`."""
        wanted = sorted({email_key(email) for email in emails})
        found: dict[str, Person] = {}
        for start in range(0, len(wanted), _PORTION):
            statement = select(
                accounts.c.id,
                accounts.c.email_key,
                accounts.c.first_name,
                accounts.c.last_name,
                accounts.c.active,
                _COMPLETE.label("complete"),
            ).where(accounts.c.email_key.in_(wanted[start : start + _PORTION]))
            async with self._engine.connect() as db:
                for row in await db.execute(statement):
                    found[row.email_key] = Person(
                        AccountId(row.id), row.first_name, row.last_name, bool(row.complete), row.active
                    )
        return found

    async def put(self, site: SiteId, batch: Batch, now: float) -> Sequence[AccountId]:
        """See `ports.Rosters.put`."""
        async with self._engine.begin() as db:
            await _put_places(db, site, batch)
            ids = await _put_accounts(db, batch.people, now)
            people = [(put, ids[email_key(put.email)]) for put in batch.people]
            await _put_residents(db, site, people, now)
        return [account for _, account in people]


async def _put_places(db: AsyncConnection, site: SiteId, batch: Batch) -> None:
    if batch.floors:
        rows = [{"id": f.id, "site": site, "name": f.name, "position": f.position} for f in batch.floors]
        await db.execute(insert(floors).on_conflict_do_nothing(index_elements=["site", "name"]), rows)
    if batch.units:
        rows = [{"id": u.id, "site": site, "name": u.name, "floor": u.floor_id} for u in batch.units]
        await db.execute(insert(units), rows)
    if batch.moved:
        moved = [{"which": unit, "onto": floor} for unit, floor in batch.moved]
        here = update(units).where(units.c.id == bindparam("which"), units.c.site == site)
        await db.execute(here.values(floor=bindparam("onto")), moved)


async def _put_accounts(db: AsyncConnection, people: Sequence[Put], now: float) -> dict[str, AccountId]:
    """The ids of the accounts by e-mail; made where there were none."""
    new = {
        email_key(put.email): {
            "id": put.account,
            "email": put.email,
            "email_key": email_key(put.email),
            "first_name": put.first_name,
            "last_name": put.last_name,
            "created_at": now,
        }
        for put in people
        if not put.here
    }
    if new:
        once = insert(accounts).on_conflict_do_nothing(index_elements=["email_key"])
        await db.execute(once, list(new.values()))
    named = (
        update(accounts)
        .where(accounts.c.email_key == bindparam("who"), ~_COMPLETE)
        .values(first_name=bindparam("first"), last_name=bindparam("last"))
    )
    names = [{"who": email_key(put.email), "first": put.first_name, "last": put.last_name} for put in people]
    if names:
        await db.execute(named, names)
    keys = [email_key(put.email) for put in people]
    found = await db.execute(
        select(accounts.c.id, accounts.c.email_key).where(accounts.c.email_key.in_(keys))
    )
    return {row.email_key: AccountId(row.id) for row in found}


async def _put_residents(
    db: AsyncConnection, site: SiteId, people: Sequence[tuple[Put, AccountId]], now: float
) -> None:
    ids = [account for _, account in people]
    found = await db.execute(
        select(entries.c.account, entries.c.unit).where(entries.c.site == site, entries.c.account.in_(ids))
    )
    there = {(row.account, row.unit) for row in found}
    new = [(put, account) for put, account in people if (account, put.unit) not in there]
    if new:
        await db.execute(
            insert(memberships),
            [
                {
                    "account": account,
                    "site": site,
                    "unit": put.unit,
                    "role": Role.RESIDENT.value,
                    "standing": put.standing.value,
                    "created_at": now,
                }
                for put, account in new
            ],
        )
        await db.execute(
            insert(entries),
            [
                {"id": put.entry, "site": site, "account": account, "unit": put.unit, **_look(put)}
                for put, account in new
            ],
        )
    changed = [put for put, account in people if put.here and (account, put.unit) in there]
    if changed:
        dressed = (
            update(entries)
            .where(entries.c.id == bindparam("which"), entries.c.site == site)
            .values({name: bindparam(f"new_{name}") for name in ("alias", "contact", "policy")})
        )
        rows = [
            {"which": put.entry, **{f"new_{name}": value for name, value in _look(put).items()}}
            for put in changed
        ]
        await db.execute(dressed, rows)


def _look(put: Put) -> dict[str, object]:
    policy = put.display.value if put.display else None
    return {"alias": put.alias, "contact": put.contact, "policy": policy}
