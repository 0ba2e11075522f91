"""`ports.Staff` on the main file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, case, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.errors import Taken
from intercom.domain.ids import AccountId, SiteId
from intercom.domain.people import Account, Membership, Role, Standing
from intercom.ports import StaffMember
from intercom.storage.people import MEMBERSHIP, account_from, email_key, membership_from
from intercom.storage.tables import accounts, memberships

_ROLES = (Role.OWNER, Role.ADMIN, Role.INSTALLER, Role.AUDITOR)
_ORDER = case({role.value: place for place, role in enumerate(_ROLES)}, value=memberships.c.role)


class SqlStaff:
    """Who runs a site."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _rows(self, statement: Any) -> Sequence[RowMapping]:
        async with self._engine.connect() as db:
            return (await db.execute(statement)).mappings().all()

    async def of_site(self, site: SiteId, now: float) -> Sequence[StaffMember]:
        """See `ports.Staff.of_site`."""
        lasting = or_(memberships.c.expires_at.is_(None), memberships.c.expires_at > now)
        statement = (
            select(accounts, memberships.c.role, memberships.c.standing, memberships.c.expires_at)
            .join(memberships, memberships.c.account == accounts.c.id)
            .where(memberships.c.site == site, memberships.c.role.in_([r.value for r in _ROLES]), lasting)
            .order_by(_ORDER, accounts.c.last_name, accounts.c.first_name)
        )
        return [
            StaffMember(account_from(row), Role(row["role"]), Standing(row["standing"]), row["expires_at"])
            for row in await self._rows(statement)
        ]

    async def by_email(self, email: str) -> Account | None:
        """See `ports.Staff.by_email`."""
        rows = await self._rows(
            select(accounts).where(accounts.c.email_key == email_key(email), accounts.c.active)
        )
        return account_from(rows[0]) if rows else None

    async def at_site(self, account: AccountId, site: SiteId) -> Sequence[Membership]:
        """See `ports.Staff.at_site`."""
        statement = select(*MEMBERSHIP).where(memberships.c.account == account, memberships.c.site == site)
        return [membership_from(row) for row in await self._rows(statement.order_by(memberships.c.id))]

    async def appoint(self, account: Account, membership: Membership, now: float) -> None:
        """See `ports.Staff.appoint`."""
        there = (
            memberships.c.account == account.id,
            memberships.c.site == membership.site,
            memberships.c.role == membership.role.value,
        )
        async with self._engine.begin() as db:
            known = (await db.execute(select(accounts.c.id).where(accounts.c.id == account.id))).first()
            if known is None:
                try:
                    await db.execute(
                        insert(accounts).values(
                            id=account.id,
                            email=account.email,
                            email_key=email_key(account.email),
                            first_name=account.first_name,
                            last_name=account.last_name,
                            language=account.language,
                            created_at=now,
                        )
                    )
                except IntegrityError:
                    raise Taken from None
            changed = await db.execute(
                update(memberships).where(*there).values(expires_at=membership.expires_at)
            )
            if not changed.rowcount:
                await db.execute(
                    insert(memberships).values(
                        account=account.id,
                        site=membership.site,
                        role=membership.role.value,
                        standing=membership.standing.value,
                        expires_at=membership.expires_at,
                        created_at=now,
                    )
                )

    async def dismiss(self, site: SiteId, account: AccountId, role: Role) -> bool:
        """See `ports.Staff.dismiss`."""
        if role is Role.OWNER:
            return False
        async with self._engine.begin() as db:
            gone = await db.execute(
                delete(memberships).where(
                    memberships.c.site == site,
                    memberships.c.account == account,
                    memberships.c.role == role.value,
                    memberships.c.unit.is_(None),
                )
            )
        return bool(gone.rowcount)

    async def transfer(self, site: SiteId, owner: AccountId, heir: AccountId, now: float) -> bool:
        """See `ports.Staff.transfer`; the change that finds the owner is the one that ends the ownership."""
        here = memberships.c.site == site
        async with self._engine.begin() as db:
            ended = await db.execute(
                update(memberships)
                .where(here, memberships.c.account == owner, memberships.c.role == Role.OWNER.value)
                .values(role=Role.ADMIN.value)
            )
            if not ended.rowcount:
                return False
            heirs = _heirs(site).where(accounts.c.id == heir, accounts.c.id != owner)
            if (await db.execute(heirs)).first() is None:
                await db.rollback()
                return False
            await db.execute(
                delete(memberships).where(
                    here, memberships.c.account == heir, memberships.c.role == Role.ADMIN.value
                )
            )
            await db.execute(
                insert(memberships).values(account=heir, site=site, role=Role.OWNER.value, created_at=now)
            )
        return True

    async def heirs(self, site: SiteId, owner: AccountId) -> Sequence[Account]:
        """See `ports.Staff.heirs`."""
        statement = _heirs(site).where(accounts.c.id != owner)
        ordered = statement.order_by(accounts.c.last_name, accounts.c.first_name)
        return [account_from(row) for row in await self._rows(ordered)]


def _heirs(site: SiteId) -> Select[Any]:
    """Accounts to which the site may be handed."""
    return (
        select(accounts)
        .join(memberships, memberships.c.account == accounts.c.id)
        .where(
            memberships.c.site == site,
            memberships.c.role.in_([Role.ADMIN.value, Role.RESIDENT.value]),
            memberships.c.standing == Standing.ACTIVE.value,
            accounts.c.active,
        )
        .distinct()
    )
