"""A caller's short note to a household that did not answer, and the household's reply.

A panel is used by the next person: so a reply is told to a panel only for `REPLY_SECONDS` after the note.
"""

from __future__ import annotations

from dataclasses import dataclass

from intercom.domain.call import Call, Reason
from intercom.domain.ids import AccountId, CallId, PanelId, SiteId

NOTE_LENGTH = 280
"""Longest note, and longest reply, in characters."""
NOTE_SECONDS = 300.0
"""How long after the end of a call its caller may leave a note."""
REPLY_SECONDS = 180.0
"""How long after the note a panel is told of a reply."""
UNANSWERED = frozenset({Reason.NO_ANSWER, Reason.UNREACHABLE, Reason.BUSY, Reason.DECLINED, Reason.CLOSED})
"""How a call ended whose caller may leave a note."""


@dataclass(frozen=True, slots=True)
class Note:
    """Belongs to the call that rang the household, whoever was rung after it."""

    call: CallId
    site: SiteId
    caller: PanelId
    text: str
    at: float
    reply: str | None = None
    replied_by: AccountId | None = None
    replied_at: float | None = None


def takes_note(call: Call, now: float) -> bool:
    """Whether the caller may leave a note: nobody answered, and not long ago."""
    return (
        not call.alive
        and call.accepted is None
        and call.reason in UNANSWERED
        and now - (call.ended_at or call.placed_at) < NOTE_SECONDS
    )


def told_to_caller(note: Note, visitor: bool, now: float) -> bool:
    """Whether the caller is still told of the reply: a visitor's own page is nobody else's."""
    return note.reply is not None and (visitor or now - note.at < REPLY_SECONDS)
