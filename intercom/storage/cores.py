"""`ports.CoreChoices` on the main file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import orjson
from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.ids import LockId, SiteId
from intercom.ports import CoreChoice
from intercom.storage.tables import access_cores, locks


def _choice(row: RowMapping) -> CoreChoice:
    return CoreChoice(
        SiteId(row["site"]),
        row["kind"],
        _settings(row["settings"]),
        row["secrets"],
        row["state"],
        row["changed_at"],
    )


def _settings(stored: str) -> Mapping[str, str]:
    """What cannot be read is not there: this core cannot be made then, and the house goes on without it."""
    try:
        read: object = orjson.loads(stored)
    except orjson.JSONDecodeError:
        return {}
    kept = cast("dict[str, object]", read) if isinstance(read, dict) else {}
    return {name: value for name, value in kept.items() if isinstance(value, str)}


class SqlCoreChoices:
    """Which access core each site has."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def all(self) -> Sequence[CoreChoice]:
        """See `ports.CoreChoices.all`."""
        async with self._engine.connect() as connection:
            return [_choice(row) for row in (await connection.execute(select(access_cores))).mappings()]

    async def of(self, site: SiteId) -> CoreChoice | None:
        """See `ports.CoreChoices.of`."""
        statement = select(access_cores).where(access_cores.c.site == site)
        async with self._engine.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        return _choice(row) if row else None

    async def put(self, choice: CoreChoice) -> None:
        """See `ports.CoreChoices.put`."""
        values = {
            "kind": choice.kind,
            "settings": orjson.dumps(dict(choice.settings)).decode(),
            "secrets": choice.secrets,
            "state": choice.state,
            "changed_at": choice.changed_at,
        }
        statement = insert(access_cores).values(site=choice.site, **values)
        async with self._engine.begin() as connection:
            await connection.execute(statement.on_conflict_do_update(index_elements=["site"], set_=values))

    async def remember(self, site: SiteId, state: str) -> None:
        """See `ports.CoreChoices.remember`."""
        async with self._engine.begin() as connection:
            await connection.execute(
                update(access_cores).where(access_cores.c.site == site).values(state=state)
            )

    async def tie(self, site: SiteId, lock: LockId, ref: str) -> None:
        """See `ports.CoreChoices.tie`."""
        async with self._engine.begin() as connection:
            await connection.execute(
                update(locks).where(locks.c.id == lock, locks.c.site == site).values(core_ref=ref or None)
            )
