"""`ports.Past` on the live file: a connection of its own that only reads, in a thread.

Calls and openings have no column for their site, so that storing a ring costs what it must and no more;
here the site is read out of the document. That takes some microseconds a row, and the loop does not wait.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from intercom.domain.call import Call
from intercom.domain.door import Opening, Truth
from intercom.domain.ids import EntranceId, SiteId
from intercom.ports import Figures, Mark
from intercom.storage.documents import call_from, opening_from

_SITE = "CAST(doc AS TEXT) ->> '$.site' = :site"
_DOOR = "(:entrance IS NULL OR CAST(doc AS TEXT) ->> '$.entrance' = :entrance)"


class SqlitePast:
    """The log of a site."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._one_at_a_time = threading.Lock()

    def _rows(self, statement: str, values: dict[str, object]) -> list[tuple[object, ...]]:
        with self._one_at_a_time:
            if self._connection is None:
                self._connection = sqlite3.connect(
                    f"{self._path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False, timeout=2.0
                )
            return self._connection.execute(statement, values).fetchall()

    async def _documents(
        self,
        table: str,
        moment: str,
        site: SiteId,
        before: Mark | None,
        limit: int,
        entrance: EntranceId | None,
    ) -> list[bytes]:
        after = f"AND ({moment} < :at OR ({moment} = :at AND id < :id))" if before else ""
        statement = (
            f"SELECT doc FROM {table} WHERE {_SITE} AND {_DOOR} {after}"
            f" ORDER BY {moment} DESC, id DESC LIMIT :limit"
        )
        values: dict[str, object] = {"site": site, "entrance": entrance, "limit": limit}
        if before is not None:
            values |= {"at": before.at, "id": before.id}
        rows = await asyncio.to_thread(self._rows, statement, values)
        return [row[0] for row in rows if isinstance(row[0], bytes)]

    async def calls(
        self, site: SiteId, before: Mark | None, limit: int, entrance: EntranceId | None = None
    ) -> Sequence[Call]:
        """See `ports.Past.calls`."""
        found = await self._documents("calls", "placed_at", site, before, limit, entrance)
        return [call_from(document) for document in found]

    async def openings(
        self, site: SiteId, before: Mark | None, limit: int, entrance: EntranceId | None = None
    ) -> Sequence[Opening]:
        """See `ports.Past.openings`."""
        found = await self._documents("openings", "at", site, before, limit, entrance)
        return [opening_from(document) for document in found]

    async def figures(self, site: SiteId, since: float) -> Figures:
        """See `ports.Past.figures`."""
        calls = await asyncio.to_thread(
            self._rows,
            "SELECT count(*), coalesce(sum(CAST(doc AS TEXT) ->> '$.accepted' IS NOT NULL), 0),"
            " coalesce(sum(CAST(doc AS TEXT) ->> '$.accepted' IS NULL AND NOT alive), 0)"
            f" FROM calls WHERE placed_at >= :since AND {_SITE}",
            {"site": site, "since": since},
        )
        truths = await asyncio.to_thread(
            self._rows,
            "SELECT CAST(doc AS TEXT) ->> '$.truth', count(*) FROM openings"
            f" WHERE at >= :since AND {_SITE} GROUP BY 1",
            {"site": site, "since": since},
        )
        told = {str(row[0]): int(str(row[1])) for row in truths}
        rings, answered, missed = (int(str(number)) for number in calls[0])
        return Figures(
            rings,
            answered,
            missed,
            told.get(Truth.OPENED, 0),
            told.get(Truth.NOT_CONFIRMED, 0),
            told.get(Truth.REFUSED, 0),
        )

    def close(self) -> None:
        """Close the file."""
        with self._one_at_a_time:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
