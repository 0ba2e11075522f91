"""`ports.Events` on the main file."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.ids import AccountId, SiteId
from intercom.ports import Event
from intercom.storage.tables import accounts, events


class SqlEvents:
    """What the people who run a site have done."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def note(
        self, site: SiteId, at: float, actor: AccountId | None, action: str, subject: str = "", **details: str
    ) -> None:
        """See `ports.Events.note`."""
        async with self._engine.begin() as connection:
            await connection.execute(
                insert(events).values(
                    site=site,
                    at=at,
                    actor=actor,
                    action=action,
                    subject=subject,
                    details=orjson.dumps(details).decode(),
                )
            )

    async def of_site(self, site: SiteId, before: int | None, limit: int) -> Sequence[Event]:
        """See `ports.Events.of_site`."""
        statement = (
            select(events, accounts.c.first_name, accounts.c.last_name)
            .outerjoin(accounts, accounts.c.id == events.c.actor)
            .where(events.c.site == site)
            .order_by(events.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            statement = statement.where(events.c.id < before)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [
            Event(
                row["id"],
                SiteId(row["site"]),
                row["at"],
                None if row["actor"] is None else AccountId(row["actor"]),
                f"{row['first_name'] or ''} {row['last_name'] or ''}".strip(),
                row["action"],
                row["subject"],
                orjson.loads(row["details"]),
            )
            for row in rows
        ]
