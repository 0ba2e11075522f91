"""The log of a site: calls, openings and what the people who run it have done, in one timetable.

Times and outcomes only: no pictures, no sound, no positions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from intercom.domain import acts
from intercom.domain.call import Call, Reason
from intercom.domain.door import SENTENCES, Opening, Truth
from intercom.domain.errors import NotFound
from intercom.domain.ids import AccountId, EntranceId, EntryId, SiteId
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.domain.profile import DELETED
from intercom.ports import Event, Events, Mark, Past, People, Phonebooks, Residents


class Kind(StrEnum):
    """What a row is about. The order in which rows of one moment stand."""

    CALL = "call"
    CHANGE = "change"
    OPENING = "opening"


class Outcome(StrEnum):
    """How it went, as it is shown."""

    GOES_ON = "goes_on"
    ANSWERED = "answered"
    MISSED = "missed"
    SENT = "sent"
    OPENED = "opened"
    NOT_CONFIRMED = "not_confirmed"
    REFUSED = "refused"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row. `who`: the entry as displayed, who opened, or who changed something; `seconds`: of talk."""

    id: str
    at: float
    kind: Kind
    where: str
    who: str
    outcome: Outcome
    words: str
    seconds: float | None = None

    @property
    def key(self) -> tuple[float, str, str]:
        """What orders the rows."""
        return self.at, self.kind.value, self.id


@dataclass(frozen=True, slots=True)
class LogPage:
    """Rows, newest first, and the cursor of those that follow; empty on the last page."""

    rows: tuple[LogRow, ...]
    older: str


_ENDED: dict[Reason | None, str] = {
    Reason.DECLINED: N_("Declined"),
    Reason.BUSY: N_("Busy"),
    Reason.UNREACHABLE: N_("No device could ring"),
    Reason.CANCELLED: N_("The visitor gave up"),
    Reason.MEDIA_FAILED: N_("No picture or sound came through"),
    Reason.LOST: N_("Connection lost"),
    Reason.REMOVED: N_("The resident was removed"),
    Reason.LEFT: N_("The visitor left the door"),
    Reason.CLOSED: N_("Outside opening hours"),
}
_SERVER = N_("The server")
_LAST = "\uffff"
_MOST = 2**62


@dataclass(frozen=True, slots=True)
class SiteLog:
    """Reads the log. Raises `NotFound` and `NotAllowed`."""

    past: Past
    events: Events
    phonebooks: Phonebooks
    residents: Residents
    people: People

    async def page(
        self,
        session: Session,
        site: SiteId,
        *,
        kinds: Collection[Kind] = frozenset(Kind),
        entrance: EntranceId | None = None,
        after: str = "",
        limit: int = 50,
    ) -> LogPage:
        """Rows after a cursor. With an `entrance` only what happened there, so no changes."""
        session.demand(Power.READ_LOG, site)
        if entrance is not None and entrance not in {e.id for e in await self.phonebooks.entrances(site)}:
            raise NotFound(N_("This entrance is not known here."))
        cursor = _cursor(after)
        calls: Sequence[Call] = ()
        openings: Sequence[Opening] = ()
        events: Sequence[Event] = ()
        if Kind.CALL in kinds:
            calls = await self.past.calls(site, _mark(cursor, Kind.CALL), limit + 1, entrance)
        if Kind.OPENING in kinds:
            openings = await self.past.openings(site, _mark(cursor, Kind.OPENING), limit + 1, entrance)
        if Kind.CHANGE in kinds and entrance is None:
            mark = _mark(cursor, Kind.CHANGE)
            events = (
                await self.events.older(site, float("inf"), _MOST, limit + 1)
                if mark is None
                else await self.events.older(site, mark.at, _number(mark.id), limit + 1)
            )
        rows = [
            *await self._calls(site, calls),
            *await self._openings(openings),
            *(_change(event) for event in events),
        ]
        rows.sort(key=lambda row: row.key, reverse=True)
        shown = tuple(rows[:limit])
        last = shown[-1] if len(rows) > limit else None
        return LogPage(shown, f"{last.at!r}~{last.kind}~{last.id}" if last else "")

    async def _calls(self, site: SiteId, calls: Sequence[Call]) -> list[LogRow]:
        names = await self._entries(site, {call.entry for call in calls})
        rows: list[LogRow] = []
        for call in calls:
            entrance = await self.phonebooks.entrance(call.entrance)
            outcome, words = _told(call)
            talked = call.ended_at - call.established_at if call.ended_at and call.established_at else None
            where = entrance.name if entrance else ""
            rows.append(
                LogRow(call.id, call.placed_at, Kind.CALL, where, names[call.entry], outcome, words, talked)
            )
        return rows

    async def _entries(self, site: SiteId, entries: Collection[EntryId]) -> dict[EntryId, str]:
        """The entries as they are displayed; a hidden one by its unit."""
        names: dict[EntryId, str] = {}
        for entry in entries:
            line = await self.phonebooks.line(site, entry)
            if line is not None:
                names[entry] = line.name
        others = [entry for entry in entries if entry not in names]
        there = {one.id: one.unit.name for one in await self.residents.some(site, others)} if others else {}
        return {entry: names.get(entry) or there.get(entry) or DELETED for entry in entries}

    async def _openings(self, openings: Sequence[Opening]) -> list[LogRow]:
        names: dict[AccountId, str] = {}
        for person in {opening.person for opening in openings}:
            account = await self.people.account(person)
            gone = account is None or not account.name or account.name == DELETED
            names[person] = DELETED if gone or account is None else account.name
        return [_opening(opening, names[opening.person]) for opening in openings]


def _told(call: Call) -> tuple[Outcome, str]:
    if call.alive:
        return Outcome.GOES_ON, N_("Goes on") if call.accepted else N_("Ringing")
    if call.accepted is not None:
        return Outcome.ANSWERED, N_("Answered")
    return Outcome.MISSED, _ENDED.get(call.reason, N_("Nobody answered"))


def _opening(opening: Opening, who: str) -> LogRow:
    words: str
    match opening.truth:
        case Truth.ASKED | Truth.SENT:
            outcome, words = Outcome.SENT, N_("Sent")
        case Truth.OPENED:
            outcome, words = Outcome.OPENED, N_("Opened")
        case Truth.NOT_CONFIRMED:
            outcome, words = Outcome.NOT_CONFIRMED, N_("Not confirmed")
        case Truth.REFUSED:
            outcome, words = Outcome.REFUSED, N_("Refused")
            if opening.code is not None:
                words = N_("Refused: %(why)s", why=SENTENCES[opening.code])
    return LogRow(opening.id, opening.at, Kind.OPENING, opening.lock_name, who, outcome, words)


def _change(event: Event) -> LogRow:
    words = acts.sentence(event.action, event.subject)
    gone = event.actor_name in ("", DELETED)
    who = _SERVER if event.actor is None else DELETED if gone else event.actor_name
    return LogRow(str(event.id), event.at, Kind.CHANGE, "", who, Outcome.CHANGED, words)


def _cursor(text: str) -> tuple[float, str, str] | None:
    """Where the last page ended. One that makes no sense is none."""
    at, _, rest = text.partition("~")
    kind, _, which = rest.partition("~")
    try:
        moment = float(at)
    except ValueError:
        return None
    return (moment, kind, which) if moment == moment and which else None


def _mark(cursor: tuple[float, str, str] | None, kind: Kind) -> Mark | None:
    """The same place in the list of one kind."""
    if cursor is None:
        return None
    at, of, which = cursor
    if kind.value == of:
        return Mark(at, which)
    return Mark(at, _LAST if kind.value < of else "")


def _number(which: str) -> int:
    if which == _LAST:
        return _MOST
    return int(which) if which.isascii() and which.isdecimal() and len(which) < 19 else 0
