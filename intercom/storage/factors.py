"""`ports.Factors`, `ports.TrustedDevices` and `ports.Identities` on the main file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.errors import Taken
from intercom.domain.factors import Factor, FactorKind, Identity, TrustedDevice
from intercom.domain.ids import AccountId, FactorId
from intercom.domain.language import N_
from intercom.storage.tables import accounts, factors, identities, trusted_devices

_ALONE = (FactorKind.APP, FactorKind.SMS, FactorKind.EMAIL)
"""Kinds of which an account has one."""


def _factor(row: RowMapping) -> Factor:
    return Factor(
        FactorId(row["id"]),
        AccountId(row["account"]),
        FactorKind(row["kind"]),
        row["name"],
        row["secret"],
        row["credential"],
        row["public_key"],
        row["uses"],
        row["confirmed_at"] is not None,
        row["created_at"],
    )


def _device(row: RowMapping) -> TrustedDevice:
    return TrustedDevice(
        row["id"], AccountId(row["account"]), row["agent"], row["created_at"], row["expires_at"]
    )


def _identity(row: RowMapping) -> Identity:
    return Identity(row["issuer"], row["subject"], AccountId(row["account"]), row["email"], row["created_at"])


class _Table:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _all(self, statement: Any) -> Sequence[RowMapping]:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement)).mappings().all()

    async def _do(self, statement: Any) -> int:
        async with self._engine.begin() as connection:
            return (await connection.execute(statement)).rowcount


class SqlFactors(_Table):
    """The methods of accounts."""

    async def of(self, account: AccountId) -> Sequence[Factor]:
        """See `ports.Factors.of`."""
        statement = select(factors).where(factors.c.account == account).order_by(factors.c.created_at)
        return [_factor(row) for row in await self._all(statement)]

    async def by_credential(self, credential: str) -> Factor | None:
        """See `ports.Factors.by_credential`."""
        rows = await self._all(select(factors).where(factors.c.credential == credential))
        return _factor(rows[0]) if rows else None

    async def add(self, factor: Factor) -> None:
        """See `ports.Factors.add`."""
        try:
            await self._do(
                insert(factors).values(
                    id=factor.id,
                    account=factor.account,
                    kind=factor.kind.value,
                    name=factor.name,
                    secret=factor.sealed,
                    credential=factor.credential,
                    public_key=factor.public_key,
                    uses=factor.uses,
                    confirmed_at=factor.created_at if factor.confirmed else None,
                    created_at=factor.created_at,
                )
            )
        except IntegrityError:
            raise Taken(N_("This passkey is known already.")) from None

    async def confirm(self, factor: FactorId, now: float) -> None:
        """See `ports.Factors.confirm`."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(select(factors).where(factors.c.id == factor))).mappings().first()
            if row is None:
                return
            if FactorKind(row["kind"]) in _ALONE:
                await connection.execute(
                    delete(factors).where(
                        factors.c.account == row["account"],
                        factors.c.kind == row["kind"],
                        factors.c.id != factor,
                    )
                )
            await connection.execute(update(factors).where(factors.c.id == factor).values(confirmed_at=now))

    async def remove(self, account: AccountId, factor: FactorId) -> None:
        """See `ports.Factors.remove`."""
        await self._do(delete(factors).where(factors.c.account == account, factors.c.id == factor))

    async def rename(self, account: AccountId, factor: FactorId, name: str) -> None:
        """See `ports.Factors.rename`."""
        await self._do(
            update(factors).where(factors.c.account == account, factors.c.id == factor).values(name=name)
        )

    async def use(self, factor: FactorId, before: int, after: int) -> bool:
        """See `ports.Factors.use`."""
        statement = update(factors).where(factors.c.id == factor, factors.c.uses == before).values(uses=after)
        return await self._do(statement) == 1

    async def switch(self, account: AccountId, on: bool) -> None:
        """See `ports.Factors.switch`."""
        await self._do(update(accounts).where(accounts.c.id == account).values(second_factor=on))

    async def recovery_hash(self, account: AccountId) -> str | None:
        """See `ports.Factors.recovery_hash`."""
        rows = await self._all(select(accounts.c.recovery_hash).where(accounts.c.id == account))
        return rows[0]["recovery_hash"] if rows else None

    async def set_recovery_hash(self, account: AccountId, digest: str) -> None:
        """See `ports.Factors.set_recovery_hash`."""
        await self._do(update(accounts).where(accounts.c.id == account).values(recovery_hash=digest))

    async def reset(self, account: AccountId, recovery_hash: str) -> bool:
        """See `ports.Factors.reset`; the update that finds the code is the one that uses it up."""
        async with self._engine.begin() as connection:
            used = await connection.execute(
                update(accounts)
                .where(accounts.c.id == account, accounts.c.recovery_hash == recovery_hash)
                .values(recovery_hash=None, second_factor=False)
            )
            if used.rowcount != 1:
                return False
            await connection.execute(delete(factors).where(factors.c.account == account))
        return True


class SqlTrustedDevices(_Table):
    """Browsers that are not asked for the second step."""

    async def add(self, device: TrustedDevice, token_hash: str) -> None:
        """See `ports.TrustedDevices.add`."""
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(trusted_devices).where(trusted_devices.c.expires_at <= device.created_at)
            )
            await connection.execute(
                insert(trusted_devices).values(
                    id=device.id,
                    account=device.account,
                    token_hash=token_hash,
                    agent=device.agent,
                    created_at=device.created_at,
                    expires_at=device.expires_at,
                )
            )

    async def find(self, account: AccountId, token_hashes: Sequence[str], now: float) -> TrustedDevice | None:
        """See `ports.TrustedDevices.find`."""
        rows = await self._all(
            select(trusted_devices).where(
                trusted_devices.c.account == account,
                trusted_devices.c.token_hash.in_(token_hashes),
                trusted_devices.c.expires_at > now,
            )
        )
        return _device(rows[0]) if rows else None

    async def of(self, account: AccountId, now: float) -> Sequence[TrustedDevice]:
        """See `ports.TrustedDevices.of`."""
        rows = await self._all(
            select(trusted_devices)
            .where(trusted_devices.c.account == account, trusted_devices.c.expires_at > now)
            .order_by(trusted_devices.c.created_at.desc())
        )
        return [_device(row) for row in rows]

    async def forget(self, account: AccountId, device: str | None = None) -> None:
        """See `ports.TrustedDevices.forget`."""
        statement = delete(trusted_devices).where(trusted_devices.c.account == account)
        if device is not None:
            statement = statement.where(trusted_devices.c.id == device)
        await self._do(statement)


class SqlIdentities(_Table):
    """Accounts elsewhere that sign accounts in."""

    async def find(self, issuer: str, subject: str) -> Identity | None:
        """See `ports.Identities.find`."""
        rows = await self._all(
            select(identities).where(identities.c.issuer == issuer, identities.c.subject == subject)
        )
        return _identity(rows[0]) if rows else None

    async def link(self, identity: Identity) -> None:
        """See `ports.Identities.link`."""
        try:
            await self._do(
                insert(identities).values(
                    issuer=identity.issuer,
                    subject=identity.subject,
                    account=identity.account,
                    email=identity.email,
                    created_at=identity.created_at,
                )
            )
        except IntegrityError:
            raise Taken from None

    async def of(self, account: AccountId) -> Sequence[Identity]:
        """See `ports.Identities.of`."""
        rows = await self._all(
            select(identities).where(identities.c.account == account).order_by(identities.c.created_at)
        )
        return [_identity(row) for row in rows]

    async def unlink(self, account: AccountId, issuer: str) -> None:
        """See `ports.Identities.unlink`."""
        await self._do(
            delete(identities).where(identities.c.account == account, identities.c.issuer == issuer)
        )
