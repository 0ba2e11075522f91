"""Callers' notes in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from intercom.domain.errors import Taken
from intercom.domain.ids import AccountId, CallId, PanelId
from intercom.domain.notes import Note


@dataclass(slots=True)
class MemoryNotes:
    """`ports.Notes` from a table."""

    kept: dict[CallId, Note] = field(default_factory=dict)

    async def add(self, note: Note) -> None:
        if note.call in self.kept:
            raise Taken
        self.kept[note.call] = note

    async def of_calls(self, calls: Sequence[CallId]) -> Mapping[CallId, Note]:
        return {call: self.kept[call] for call in calls if call in self.kept}

    async def reply(self, call: CallId, text: str, by: AccountId, at: float) -> Note | None:
        note = self.kept.get(call)
        if note is None or note.replied_at is not None:
            return None
        self.kept[call] = replace(note, reply=text, replied_by=by, replied_at=at)
        return self.kept[call]

    async def of_caller(self, caller: PanelId, since: float) -> Sequence[Note]:
        mine = [note for note in self.kept.values() if note.caller == caller and note.at >= since]
        return sorted(mine, key=lambda note: note.at)

    async def forget_before(self, moment: float) -> None:
        self.kept = {call: note for call, note in self.kept.items() if note.at >= moment}
