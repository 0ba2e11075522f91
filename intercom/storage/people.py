"""`ports.People` and `ports.Panels` on the main file, through SQLAlchemy Core."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.health import Proof
from intercom.domain.ids import AccountId, DeviceId, EntranceId, PanelId, SessionId, SiteId, UnitId
from intercom.domain.people import Account, KnownDevice, Membership, Panel, Role, Session, Standing
from intercom.domain.profile import DELETED
from intercom.storage.tables import accounts, devices, entrances, memberships, pairing_codes, panels, sessions

log = logging.getLogger(__name__)


def email_key(email: str) -> str:
    """What makes two e-mail addresses the same account: case does not."""
    return email.strip().casefold()


def account_from(row: RowMapping) -> Account:
    """A row of `accounts`."""
    return Account(
        AccountId(row["id"]),
        row["email"],
        row["first_name"] if row["deleted_at"] is None else DELETED,
        row["last_name"],
        row["active"],
        row["phone"],
        row["language"],
        row["second_factor"],
        None if row["vouched_by"] is None else SiteId(row["vouched_by"]),
    )


def membership_from(row: RowMapping) -> Membership:
    """A row with the columns `MEMBERSHIP`."""
    unit = row["unit"]
    return Membership(
        AccountId(row["account"]),
        SiteId(row["site"]),
        Role(row["role"]),
        None if unit is None else UnitId(unit),
        Standing(row["standing"]),
        row["membership_expires_at"],
    )


MEMBERSHIP = (
    memberships.c.account,
    memberships.c.site,
    memberships.c.role,
    memberships.c.unit,
    memberships.c.standing,
    memberships.c.expires_at.label("membership_expires_at"),
)


def device_from(row: RowMapping) -> KnownDevice:
    """A row of `devices`."""
    return KnownDevice(
        DeviceId(row["id"]),
        AccountId(row["account"]),
        SessionId(row["session"]),
        row["name"],
        row["dnd"],
        row["let_through"],
        None if row["ring_proven_at"] is None else Proof(row["ring_proven_at"], row["ring_took"]),
        row["push_gone_at"],
    )


def _panel(row: RowMapping) -> Panel:
    return Panel(
        PanelId(row["id"]),
        SiteId(row["site"]),
        EntranceId(row["entrance"]),
        row["name"],
        row["enrolled_at"],
        row["last_seen"],
        row["revoked"],
        row["offline_told_at"],
        row["pin_hash"],
    )


class SqlPeople:
    """Accounts, memberships, sessions and devices."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _all(self, statement: Any) -> Sequence[RowMapping]:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement)).mappings().all()

    async def _first(self, statement: Any) -> RowMapping | None:
        rows = await self._all(statement)
        return rows[0] if rows else None

    async def _do(self, statement: Any) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def account(self, account: AccountId) -> Account | None:
        """See `ports.People.account`."""
        row = await self._first(select(accounts).where(accounts.c.id == account))
        return account_from(row) if row else None

    async def by_email(self, email: str) -> tuple[Account, str] | None:
        """See `ports.People.by_email`."""
        row = await self._first(select(accounts).where(accounts.c.email_key == email_key(email)))
        return (account_from(row), row["password_hash"]) if row and row["password_hash"] else None

    async def set_password_hash(
        self, account: AccountId, password_hash: str, *, before: str | None = None
    ) -> None:
        """See `ports.People.set_password_hash`."""
        statement = update(accounts).where(accounts.c.id == account)
        if before is not None:
            statement = statement.where(accounts.c.password_hash == before)
        await self._do(statement.values(password_hash=password_hash))

    async def memberships(self, account: AccountId) -> Sequence[Membership]:
        """See `ports.People.memberships`."""
        rows = await self._all(
            select(*MEMBERSHIP).where(memberships.c.account == account).order_by(memberships.c.id)
        )
        return [membership_from(row) for row in rows]

    async def add_session(
        self,
        token_hash: str,
        session: SessionId,
        account: AccountId,
        agent: str,
        now: float,
        expires_at: float,
    ) -> None:
        """See `ports.People.add_session`; sessions that have run out are cleared on the way."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            await connection.execute(
                insert(sessions).values(
                    id=session,
                    token_hash=token_hash,
                    account=account,
                    agent=agent,
                    created_at=now,
                    expires_at=expires_at,
                )
            )

    async def session(self, token_hash: str, now: float) -> Session | None:
        """See `ports.People.session`."""
        statement = (
            select(
                sessions.c.id.label("session_id"),
                sessions.c.expires_at,
                accounts,
                *MEMBERSHIP,
            )
            .join(accounts, accounts.c.id == sessions.c.account)
            .outerjoin(memberships, memberships.c.account == accounts.c.id)
            .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now, accounts.c.active)
            .order_by(memberships.c.id)
        )
        rows = await self._all(statement)
        if not rows:
            return None
        found = [membership_from(row) for row in rows if row["account"] is not None]
        return Session(
            SessionId(rows[0]["session_id"]),
            account_from(rows[0]),
            tuple(m for m in found if m.standing is Standing.ACTIVE and (m.expires_at or now + 1) > now),
            rows[0]["expires_at"],
            tuple(m for m in found if m.standing is Standing.INVITED),
        )

    async def end_session(self, session: SessionId) -> None:
        """See `ports.People.end_session`."""
        await self._do(delete(sessions).where(sessions.c.id == session))

    async def device(self, device: DeviceId) -> KnownDevice | None:
        """See `ports.People.device`."""
        row = await self._first(select(devices).where(devices.c.id == device))
        return device_from(row) if row else None

    async def devices(self, owners: Collection[AccountId]) -> Sequence[KnownDevice]:
        """See `ports.People.devices`."""
        return [
            device_from(row) for row in await self._all(select(devices).where(devices.c.account.in_(owners)))
        ]

    async def add_device(self, device: KnownDevice, now: float) -> None:
        """See `ports.People.add_device`."""
        await self._do(
            insert(devices).values(
                id=device.id,
                account=device.account,
                session=device.session,
                name=device.name,
                dnd=device.dnd,
                created_at=now,
            )
        )

    async def set_let_through(self, device: DeviceId, on: bool) -> None:
        """See `ports.People.set_let_through`."""
        await self._do(update(devices).where(devices.c.id == device).values(let_through=on))

    async def set_dnd(self, device: DeviceId, dnd: bool) -> None:
        """See `ports.People.set_dnd`."""
        await self._do(update(devices).where(devices.c.id == device).values(dnd=dnd))


class SqlPanels:
    """Panels, their keys and pairing codes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._panels = select(panels, entrances.c.site).join(entrances, entrances.c.id == panels.c.entrance)

    async def by_key(self, key_hash: str) -> Panel | None:
        """See `ports.Panels.by_key`."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                self._panels.where(panels.c.key_hash == key_hash, ~panels.c.revoked)
            )
            row = rows.mappings().first()
        return _panel(row) if row else None

    async def of_sites(self, sites: Collection[SiteId]) -> Sequence[Panel]:
        """See `ports.Panels.of_sites`."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                self._panels.where(entrances.c.site.in_(sites)).order_by(panels.c.enrolled_at)
            )
            return [_panel(row) for row in rows.mappings()]

    async def add_code(self, code_hash: str, entrance: EntranceId, expires_at: float) -> None:
        """See `ports.Panels.add_code`."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(pairing_codes).where(pairing_codes.c.entrance == entrance))
            await connection.execute(
                insert(pairing_codes).values(code_hash=code_hash, entrance=entrance, expires_at=expires_at)
            )

    async def enroll(
        self, code_hash: str, panel: PanelId, key_hash: str, name: str, now: float
    ) -> Panel | None:
        """See `ports.Panels.enroll`; the delete that finds the code is the one that uses it up."""
        async with self._engine.begin() as connection:
            used = await connection.execute(
                delete(pairing_codes)
                .where(pairing_codes.c.code_hash == code_hash)
                .returning(pairing_codes.c.entrance, pairing_codes.c.expires_at)
            )
            code = used.mappings().first()
            if code is None or code["expires_at"] <= now:
                return None
            await connection.execute(
                insert(panels).values(
                    id=panel, entrance=code["entrance"], name=name, key_hash=key_hash, enrolled_at=now
                )
            )
        return await self.by_key(key_hash)

    async def rename(self, panel: PanelId, name: str) -> None:
        """See `ports.Panels.rename`."""
        await self._change(panel, name=name)

    async def move(self, panel: PanelId, entrance: EntranceId) -> None:
        """See `ports.Panels.move`."""
        await self._change(panel, entrance=entrance)

    async def set_pin_hash(self, panel: PanelId, pin_hash: str | None) -> None:
        """See `ports.Panels.set_pin_hash`."""
        await self._change(panel, pin_hash=pin_hash)

    async def told_offline(self, panel: PanelId, at: float | None) -> None:
        """See `ports.Panels.told_offline`."""
        await self._change(panel, offline_told_at=at)

    async def revoke(self, panel: PanelId) -> None:
        """See `ports.Panels.revoke`."""
        await self._change(panel, revoked=True)

    async def _change(self, panel: PanelId, **values: object) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(update(panels).where(panels.c.id == panel).values(**values))

    async def seen(self, panel: PanelId, now: float) -> None:
        """See `ports.Panels.seen`. Only a note: a file that is busy must not cost a panel its call."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(update(panels).where(panels.c.id == panel).values(last_seen=now))
        except SQLAlchemyError as error:
            log.warning("when panel %s was seen is not noted: %s", panel, type(error).__name__)
