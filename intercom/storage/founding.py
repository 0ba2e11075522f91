"""`ports.Founding` on the main file."""

from __future__ import annotations

from sqlalchemy import exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.people import Account, Role
from intercom.storage.people import email_key
from intercom.storage.tables import accounts, memberships

_OWNED = select(exists().where(memberships.c.role == Role.OWNER))


class SqlFounding:
    """The first owner."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def begun(self) -> bool:
        """See `ports.Founding.begun`."""
        async with self._engine.connect() as connection:
            return bool((await connection.execute(_OWNED)).scalar())

    async def add(self, account: Account, password_hash: str, now: float) -> bool:
        """See `ports.Founding.add`. An account that was made when this broke off before is taken up again."""
        values = {
            "id": account.id,
            "email": account.email,
            "first_name": account.first_name,
            "last_name": account.last_name,
            "language": account.language,
            "password_hash": password_hash,
            "created_at": now,
        }
        key = email_key(account.email)
        async with self._engine.begin() as connection:
            if (await connection.execute(_OWNED)).scalar():
                return False
            again = await connection.execute(
                update(accounts).where(accounts.c.email_key == key).values(values)
            )
            if again.rowcount == 0:
                await connection.execute(insert(accounts).values(email_key=key, **values))
        return True
