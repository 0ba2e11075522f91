"""`ports.Checks` on the main file."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.commissioning import Looked
from intercom.domain.ids import AccountId, LockId, SiteId
from intercom.domain.language import Sentence
from intercom.domain.people import Role, Standing
from intercom.ports import Release, Ringing
from intercom.storage.tables import checks, devices, memberships, push_subscriptions, sites

_DOUBT = "doubt"


class SqlChecks:
    """Results are kept as sentences with their values, so that everybody reads them in their own language."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, site: SiteId, kind: str, looked: Looked) -> None:
        """See `ports.Checks.put`."""
        said = looked.said
        words = (
            {"msgid": said.msgid, "values": said.values} if isinstance(said, Sentence) else {"msgid": said}
        )
        values = {"good": looked.good, "said": orjson.dumps(words).decode(), "at": looked.at}
        await self._put(site, kind, "", values)

    async def _put(self, site: SiteId, kind: str, subject: str, values: Mapping[str, object]) -> None:
        statement = (
            insert(checks)
            .values(site=site, kind=kind, subject=subject, **values)
            .on_conflict_do_update(index_elements=["site", "kind", "subject"], set_=values)
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def of(self, site: SiteId) -> Mapping[str, Looked]:
        """See `ports.Checks.of`."""
        results = select(checks).where(checks.c.site == site, checks.c.kind != _DOUBT)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(results)).mappings().all()
        return {row["kind"]: Looked(row["good"], _sentence(row["said"]), row["at"]) for row in rows}

    async def forget(self, site: SiteId, kind: str) -> None:
        """See `ports.Checks.forget`."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(checks).where(checks.c.site == site, checks.c.kind == kind))

    async def doubt(self, site: SiteId, now: float, lock: LockId | None = None) -> None:
        """See `ports.Checks.doubt`."""
        await self._put(site, _DOUBT, lock or "", {"good": False, "at": now})

    async def doubted(self, site: SiteId) -> Mapping[LockId | None, float]:
        """See `ports.Checks.doubted`."""
        doubts = select(checks.c.subject, checks.c.at).where(checks.c.site == site, checks.c.kind == _DOUBT)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(doubts)).all()
        return {LockId(lock) if lock else None: at for lock, at in rows}

    async def ringing(self, site: SiteId) -> Ringing:
        """See `ports.Checks.ringing`."""
        residents = select(memberships.c.account).where(
            memberships.c.site == site,
            memberships.c.role == Role.RESIDENT.value,
            memberships.c.standing == Standing.ACTIVE.value,
        )
        rang = select(func.max(devices.c.ring_proven_at)).where(devices.c.account.in_(residents))
        pushed = (
            select(func.count())
            .select_from(push_subscriptions.join(devices))
            .where(devices.c.account.in_(residents))
        )
        async with self._engine.connect() as connection:
            return Ringing(await connection.scalar(rang), await connection.scalar(pushed) or 0)

    async def released(self, site: SiteId) -> Release | None:
        """See `ports.Checks.released`."""
        statement = select(sites.c.released_at, sites.c.released_by).where(sites.c.id == site)
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).first()
        if row is None or row[0] is None:
            return None
        return Release(row[0], AccountId(row[1]) if row[1] else None)

    async def release(self, site: SiteId, release: Release | None) -> None:
        """See `ports.Checks.release`."""
        values = {
            "released_at": release.at if release else None,
            "released_by": release.by if release else None,
        }
        async with self._engine.begin() as connection:
            await connection.execute(update(sites).where(sites.c.id == site).values(**values))


def _sentence(stored: str) -> str:
    words = orjson.loads(stored)
    return Sentence(words["msgid"], words["values"]) if "values" in words else str(words["msgid"])
