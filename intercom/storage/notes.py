"""`ports.Notes` on the main file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.errors import Taken
from intercom.domain.ids import AccountId, CallId, PanelId, SiteId
from intercom.domain.notes import Note
from intercom.storage.tables import notes

_AT_ONCE = 500
"""Calls that are asked for in one statement."""


def _note(row: RowMapping) -> Note:
    return Note(
        CallId(row["call"]),
        SiteId(row["site"]),
        PanelId(row["caller"]),
        row["text"],
        row["at"],
        row["reply"],
        None if row["replied_by"] is None else AccountId(row["replied_by"]),
        row["replied_at"],
    )


class SqlNotes:
    """Notes and replies."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, note: Note) -> None:
        """See `ports.Notes.add`."""
        values = {
            "call": note.call,
            "site": note.site,
            "caller": note.caller,
            "text": note.text,
            "at": note.at,
        }
        try:
            async with self._engine.begin() as db:
                await db.execute(insert(notes).values(**values))
        except IntegrityError:
            raise Taken from None

    async def of_calls(self, calls: Sequence[CallId]) -> Mapping[CallId, Note]:
        """See `ports.Notes.of_calls`."""
        found: dict[CallId, Note] = {}
        async with self._engine.connect() as db:
            for first in range(0, len(calls), _AT_ONCE):
                some = calls[first : first + _AT_ONCE]
                rows = await db.execute(select(notes).where(notes.c.call.in_(some)))
                found.update({note.call: note for note in map(_note, rows.mappings())})
        return found

    async def reply(self, call: CallId, text: str, by: AccountId, at: float) -> Note | None:
        """See `ports.Notes.reply`."""
        open_still = (notes.c.call == call, notes.c.replied_at.is_(None))
        async with self._engine.begin() as db:
            done = await db.execute(
                update(notes).where(*open_still).values(reply=text, replied_by=by, replied_at=at)
            )
            if not done.rowcount:
                return None
            return _note((await db.execute(select(notes).where(notes.c.call == call))).mappings().one())

    async def of_caller(self, caller: PanelId, since: float) -> Sequence[Note]:
        """See `ports.Notes.of_caller`."""
        statement = select(notes).where(notes.c.at >= since, notes.c.caller == caller).order_by(notes.c.at)
        async with self._engine.connect() as db:
            return [_note(row) for row in (await db.execute(statement)).mappings()]

    async def forget_before(self, moment: float) -> None:
        """See `ports.Notes.forget_before`."""
        async with self._engine.begin() as db:
            await db.execute(delete(notes).where(notes.c.at < moment))
