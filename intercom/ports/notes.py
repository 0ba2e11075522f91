"""Callers' notes, and the replies to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from intercom.domain.ids import AccountId, CallId, PanelId
from intercom.domain.notes import Note


class Notes(Protocol):
    """One note a call, one reply a note."""

    async def add(self, note: Note) -> None:
        """Store a note. Raises `Taken` when the call has one."""
        ...

    async def of_calls(self, calls: Sequence[CallId]) -> Mapping[CallId, Note]:
        """The notes of these calls, of those that have one."""
        ...

    async def reply(self, call: CallId, text: str, by: AccountId, at: float) -> Note | None:
        """Store the reply; the note with it. None: there is no note, or somebody has replied already."""
        ...

    async def of_caller(self, caller: PanelId, since: float) -> Sequence[Note]:
        """The notes that this caller left since then, oldest first."""
        ...

    async def forget_before(self, moment: float) -> None:
        """Drop notes older than `moment`."""
        ...
