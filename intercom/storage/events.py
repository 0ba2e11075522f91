"""`ports.Events` on the main file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import RowMapping, and_, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.ids import AccountId, SiteId
from intercom.ports import Event
from intercom.storage.tables import accounts, events

_EVENTS = select(events, accounts.c.first_name, accounts.c.last_name).outerjoin(
    accounts, accounts.c.id == events.c.actor
)


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
        statement = _EVENTS.where(events.c.site == site).order_by(events.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(events.c.id < before)
        return await self._all(statement)

    async def older(self, site: SiteId, at: float, id: int, limit: int) -> Sequence[Event]:
        """See `ports.Events.older`."""
        earlier = or_(events.c.at < at, and_(events.c.at == at, events.c.id < id))
        newest = (events.c.at.desc(), events.c.id.desc())
        return await self._all(_EVENTS.where(events.c.site == site, earlier).order_by(*newest).limit(limit))

    async def _all(self, statement: Any) -> Sequence[Event]:
        async with self._engine.connect() as connection:
            return [_event(row) for row in (await connection.execute(statement)).mappings()]


def _event(row: RowMapping) -> Event:
    return Event(
        row["id"],
        SiteId(row["site"]),
        row["at"],
        None if row["actor"] is None else AccountId(row["actor"]),
        f"{row['first_name'] or ''} {row['last_name'] or ''}".strip(),
        row["action"],
        row["subject"],
        orjson.loads(row["details"]),
    )
