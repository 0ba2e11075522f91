"""`ports.OpeningPins` on the main file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.ids import AccountId
from intercom.domain.pins import OpeningPin
from intercom.storage.tables import opening_pins


def _pin(row: RowMapping) -> OpeningPin:
    return OpeningPin(
        AccountId(row["account"]),
        row["pin_hash"],
        row["secret"],
        row["set_at"],
        row["failures"],
        row["blocked_until"],
    )


def _values(pin: OpeningPin) -> dict[str, Any]:
    return {
        "account": pin.account,
        "pin_hash": pin.hash,
        "secret": pin.sealed,
        "set_at": pin.set_at,
        "failures": pin.failures,
        "blocked_until": pin.blocked_until,
    }


class SqlPins:
    """PINs for opening doors."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, account: AccountId) -> OpeningPin | None:
        """See `ports.OpeningPins.of`."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(opening_pins).where(opening_pins.c.account == account))
            row = rows.mappings().first()
        return _pin(row) if row else None

    async def put(self, pin: OpeningPin) -> None:
        """See `ports.OpeningPins.put`."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(opening_pins).where(opening_pins.c.account == pin.account))
            await connection.execute(insert(opening_pins).values(_values(pin)))

    async def swap(self, before: OpeningPin, after: OpeningPin) -> bool:
        """See `ports.OpeningPins.swap`."""
        known = opening_pins.c
        statement = (
            update(opening_pins)
            .where(
                known.account == before.account,
                known.pin_hash == before.hash,
                known.failures == before.failures,
                known.blocked_until == before.blocked_until,  # None: "IS NULL"
            )
            .values(_values(after))
        )
        async with self._engine.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def remove(self, account: AccountId) -> None:
        """See `ports.OpeningPins.remove`."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(opening_pins).where(opening_pins.c.account == account))
