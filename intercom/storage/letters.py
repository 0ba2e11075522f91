"""`ports.Letters` on the main file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import orjson
from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.ids import SiteId
from intercom.domain.letters import Letter, LetterKind
from intercom.ports import LetterNews, Waiting
from intercom.storage.tables import letters

_ERROR_LENGTH = 300
_CHUNK = 500


def _waiting(row: RowMapping) -> Waiting:
    letter = Letter(
        LetterKind(row["kind"]),
        row["recipient"],
        row["language"],
        None,
        orjson.loads(row["content"]),
        row["about"],
    )
    site = row["site"]
    return Waiting(
        row["id"],
        letter,
        None if site is None else SiteId(site),
        row["created_at"],
        row["good_until"],
        row["tries"],
    )


class SqlLetters:
    """The box of letters."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, given: Sequence[tuple[str, Letter, float | None]], now: float) -> None:
        """See `ports.Letters.add`."""
        rows = [
            {
                "id": name,
                "kind": letter.kind.value,
                "recipient": letter.to,
                "language": letter.language,
                "site": letter.site.id if letter.site else None,
                "content": orjson.dumps(dict(letter.values)).decode(),
                "about": letter.about,
                "created_at": now,
                "good_until": good_until,
                "next_at": now,
            }
            for name, letter, good_until in given
        ]
        async with self._engine.begin() as connection:
            await connection.execute(insert(letters), rows)

    async def due(self, now: float, limit: int) -> Sequence[Waiting]:
        """See `ports.Letters.due`."""
        statement = (
            select(letters)
            .where(letters.c.next_at <= now)
            .order_by(letters.c.good_until.is_(None), letters.c.good_until, letters.c.next_at, letters.c.id)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [_waiting(row) for row in (await connection.execute(statement)).mappings()]

    async def next_due(self) -> float | None:
        """See `ports.Letters.next_due`."""
        async with self._engine.connect() as connection:
            return (await connection.execute(select(func.min(letters.c.next_at)))).scalar()

    async def sent(self, letter: str, now: float) -> None:
        """See `ports.Letters.sent`."""
        async with self._engine.begin() as connection:
            await connection.execute(
                update(letters)
                .where(letters.c.id == letter)
                .values(content="{}", sent_at=now, next_at=None, error=None, tries=letters.c.tries + 1)
            )

    async def failed(self, letter: str, error: str, next_at: float | None) -> None:
        """See `ports.Letters.failed`."""
        changes = {"error": error[:_ERROR_LENGTH], "next_at": next_at, "tries": letters.c.tries + 1}
        if next_at is None:
            changes["content"] = "{}"
        async with self._engine.begin() as connection:
            await connection.execute(update(letters).where(letters.c.id == letter).values(changes))

    async def news(self, about: Collection[str]) -> Mapping[str, LetterNews]:
        """See `ports.Letters.news`."""
        wanted = [name for name in about if name]
        found: dict[str, LetterNews] = {}
        async with self._engine.connect() as connection:
            for start in range(0, len(wanted), _CHUNK):
                rows = await connection.execute(
                    select(letters)
                    .where(letters.c.about.in_(wanted[start : start + _CHUNK]))
                    .order_by(letters.c.created_at, letters.c.id)
                )
                for row in rows.mappings():
                    over = row["next_at"] is None and row["sent_at"] is None
                    found[row["about"]] = LetterNews(row["created_at"], row["sent_at"], over, row["error"])
        return found

    async def forget_before(self, moment: float) -> None:
        """See `ports.Letters.forget_before`."""
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(letters).where(letters.c.next_at.is_(None), letters.c.created_at < moment)
            )
