"""`ports.Signs` and `ports.Blocks` on the main file."""

from __future__ import annotations

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.ids import AccountId, EntranceId, SiteId
from intercom.storage.tables import entrances, old_codes, visitor_blocks


class SqlSigns:
    """The codes of entrances."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(
        self, entrance: EntranceId, code: str | None, word: str, old: str | None, now: float
    ) -> None:
        """See `ports.Signs.put`."""
        async with self._engine.begin() as db:
            if old is not None:
                await db.execute(insert(old_codes).values(hash=old, entrance=entrance, replaced_at=now))
            changed = update(entrances).where(entrances.c.id == entrance)
            await db.execute(changed.values(code=code, word=word or None))

    async def replaced(self, code_hash: str) -> bool:
        """See `ports.Signs.replaced`."""
        async with self._engine.connect() as db:
            found = await db.execute(select(old_codes.c.hash).where(old_codes.c.hash == code_hash))
            return found.first() is not None


class SqlBlocks:
    """Visitors' browsers that ring nobody for a while."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, visitor: str, site: SiteId, until: float, by: AccountId, now: float) -> None:
        """See `ports.Blocks.put`."""
        same = and_(visitor_blocks.c.visitor == visitor, visitor_blocks.c.site == site)
        async with self._engine.begin() as db:
            await db.execute(delete(visitor_blocks).where(or_(same, visitor_blocks.c.until <= now)))
            await db.execute(
                insert(visitor_blocks).values(visitor=visitor, site=site, until=until, blocked_by=by)
            )

    async def until(self, visitor: str, site: SiteId, now: float) -> float | None:
        """See `ports.Blocks.until`."""
        asked = select(visitor_blocks.c.until).where(
            visitor_blocks.c.visitor == visitor, visitor_blocks.c.site == site, visitor_blocks.c.until > now
        )
        async with self._engine.connect() as db:
            return (await db.execute(asked)).scalar()
