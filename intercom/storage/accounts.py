"""`ports.Accounts` on the main file."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intercom.domain.ids import AccountId, SessionId, SiteId
from intercom.domain.people import Account, Role, Standing
from intercom.domain.profile import DeletionRequest, KnownSession
from intercom.storage.people import account_from
from intercom.storage.tables import (
    accounts,
    deletion_consents,
    events,
    letters,
    memberships,
    metadata,
    notes,
    sessions,
)

log = logging.getLogger(__name__)


class SqlAccounts:
    """What people change of their own account."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def password_hash(self, account: AccountId) -> str | None:
        """See `ports.Accounts.password_hash`."""
        async with self._engine.connect() as connection:
            return await connection.scalar(
                select(accounts.c.password_hash).where(accounts.c.id == account, accounts.c.active)
            )

    async def rename(self, account: AccountId, first_name: str, last_name: str) -> None:
        """See `ports.Accounts.rename`."""
        await self._set(account, first_name=first_name, last_name=last_name)

    async def answers_mail(self, account: AccountId) -> None:
        """See `ports.Accounts.answers_mail`."""
        await self._set(account, vouched_by=None)

    async def set_phone(self, account: AccountId, phone: str | None) -> None:
        """See `ports.Accounts.set_phone`."""
        await self._set(account, phone=phone)

    async def set_language(self, account: AccountId, language: str | None) -> None:
        """See `ports.Accounts.set_language`."""
        await self._set(account, language=language)

    async def _set(self, account: AccountId, **values: Any) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(update(accounts).where(accounts.c.id == account).values(**values))

    # -- sessions ---------------------------------------------------------------------------------

    async def sessions(self, account: AccountId, now: float) -> Sequence[KnownSession]:
        """See `ports.Accounts.sessions`."""
        statement = (
            select(sessions)
            .where(sessions.c.account == account, sessions.c.expires_at > now)
            .order_by(sessions.c.created_at.desc(), sessions.c.id)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [
            KnownSession(
                SessionId(row["id"]),
                AccountId(row["account"]),
                row["agent"],
                row["created_at"],
                row["expires_at"],
                row["last_seen"],
            )
            for row in rows
        ]

    async def end_sessions(self, account: AccountId, keep: SessionId | None = None) -> Sequence[SessionId]:
        """See `ports.Accounts.end_sessions`."""
        statement = delete(sessions).where(sessions.c.account == account)
        if keep is not None:
            statement = statement.where(sessions.c.id != keep)
        async with self._engine.begin() as connection:
            ended = await connection.execute(statement.returning(sessions.c.id))
            return [SessionId(row) for row in ended.scalars()]

    async def seen(self, session: SessionId, now: float) -> None:
        """See `ports.Accounts.seen`."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(
                    update(sessions).where(sessions.c.id == session).values(last_seen=now)
                )
        except SQLAlchemyError as error:
            log.warning("when session %s was seen is not noted: %s", session, type(error).__name__)

    # -- the end ----------------------------------------------------------------------------------

    async def sites(self, account: AccountId) -> Sequence[SiteId]:
        """See `ports.Accounts.sites`."""
        async with self._engine.connect() as connection:
            return await _sites(connection, account)

    async def owner(self, site: SiteId) -> Account | None:
        """See `ports.Accounts.owner`."""
        statement = (
            select(accounts)
            .join(memberships, memberships.c.account == accounts.c.id)
            .where(
                memberships.c.site == site,
                memberships.c.role == Role.OWNER,
                memberships.c.standing == Standing.ACTIVE,
            )
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        return account_from(row) if row else None

    async def ask_deletion(self, account: AccountId, sites: Sequence[SiteId], now: float) -> None:
        """See `ports.Accounts.ask_deletion`."""
        if not sites:
            return
        rows = [{"account": account, "site": site, "asked_at": now} for site in sites]
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(deletion_consents), rows)
        except IntegrityError:
            log.debug("account %s has asked to be deleted before", account)

    async def withdraw_deletion(self, account: AccountId) -> None:
        """See `ports.Accounts.withdraw_deletion`."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(deletion_consents).where(deletion_consents.c.account == account))

    async def deletion(self, account: AccountId) -> DeletionRequest | None:
        """See `ports.Accounts.deletion`."""
        asked = select(deletion_consents).where(deletion_consents.c.account == account)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(asked)).mappings().all()
            needed = await _sites(connection, account)
        if not rows:
            return None
        given = {row["site"] for row in rows if row["given_at"] is not None}
        return DeletionRequest(
            account,
            min(row["asked_at"] for row in rows),
            tuple(needed),
            tuple(site for site in needed if site in given),
        )

    async def deletions_at(self, site: SiteId) -> Sequence[tuple[Account, float]]:
        """See `ports.Accounts.deletions_at`; somebody who joined after asking waits for this site too."""
        asked, given = deletion_consents.alias(), deletion_consents.alias()
        statement = (
            select(accounts, asked.c.asked_at)
            .join(asked, asked.c.account == accounts.c.id)
            .where(
                exists().where(memberships.c.account == accounts.c.id, memberships.c.site == site),
                ~exists().where(
                    given.c.account == accounts.c.id, given.c.site == site, given.c.given_at.is_not(None)
                ),
            )
            .order_by(asked.c.asked_at, accounts.c.id)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        once = {row["id"]: (account_from(row), row["asked_at"]) for row in reversed(rows)}
        return list(reversed(once.values()))

    async def consent(self, account: AccountId, site: SiteId, by: AccountId, now: float) -> bool:
        """See `ports.Accounts.consent`."""
        mine = (deletion_consents.c.account == account) & (deletion_consents.c.site == site)
        async with self._engine.begin() as connection:
            asked_at = await connection.scalar(
                select(deletion_consents.c.asked_at).where(deletion_consents.c.account == account)
            )
            if asked_at is None:
                return False
            done = await connection.execute(
                update(deletion_consents)
                .where(mine, deletion_consents.c.given_at.is_(None))
                .values(given_by=by, given_at=now)
            )
            if done.rowcount:
                return True
            if await connection.scalar(select(deletion_consents.c.site).where(mine)) is not None:
                return False
            await connection.execute(
                insert(deletion_consents).values(
                    account=account, site=site, asked_at=asked_at, given_by=by, given_at=now
                )
            )
        return True

    async def erase(self, account: AccountId, name: str, now: float) -> None:
        """See `ports.Accounts.erase`: every table with a column `account` lets go of it."""
        async with self._engine.begin() as connection:
            row = (
                (await connection.execute(select(accounts).where(accounts.c.id == account))).mappings().one()
            )
            for table in reversed(metadata.sorted_tables):
                if "account" in table.c:
                    await connection.execute(delete(table).where(table.c.account == account))
            await connection.execute(
                update(notes).where(notes.c.replied_by == account).values(reply=None, replied_by=None)
            )
            await connection.execute(delete(letters).where(letters.c.recipient == row["email"]))
            await _without_name(
                connection, {f"{row['first_name']} {row['last_name']}".strip(), row["email"]}, name
            )
            await connection.execute(
                update(accounts)
                .where(accounts.c.id == account)
                .values(
                    email="",
                    email_key=f"deleted {account}",
                    first_name=name,
                    last_name="",
                    password_hash=None,
                    active=False,
                    phone=None,
                    language=None,
                    quiet_zone=None,
                    vouched_by=None,
                    second_factor=False,
                    recovery_hash=None,
                    deleted_at=now,
                )
            )


async def _sites(connection: AsyncConnection, account: AccountId) -> list[SiteId]:
    rows = await connection.execute(
        select(memberships.c.site).where(memberships.c.account == account).order_by(memberships.c.id)
    )
    return list(dict.fromkeys(SiteId(site) for site in rows.scalars()))


async def _without_name(connection: AsyncConnection, names: set[str], name: str) -> None:
    """Take the person's name and e-mail out of what admins did to them."""
    rows = (await connection.execute(select(events.c.id, events.c.subject, events.c.details))).mappings()
    for row in rows.all():
        details: dict[str, str] = orjson.loads(row["details"])
        clean = {key: name if value in names else value for key, value in details.items()}
        subject = name if row["subject"] in names else row["subject"]
        if clean != details or subject != row["subject"]:
            await connection.execute(
                update(events)
                .where(events.c.id == row["id"])
                .values(subject=subject, details=orjson.dumps(clean).decode())
            )
