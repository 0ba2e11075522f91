"""The log of a site: calls, openings and what the people who run it have done, in one timetable.

Times and outcomes only: no pictures, no sound, no positions.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from intercom.domain import acts
from intercom.domain.call import Call, Reason
from intercom.domain.collation import searchable
from intercom.domain.door import HOME_ASSISTANT, SENTENCES, Opening, Truth
from intercom.domain.errors import NotFound
from intercom.domain.evidence import NOTHING, Evidence, Place, Source
from intercom.domain.ids import AccountId, EntranceId, EntryId, SiteId
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.domain.phonebook import Entrance
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
    entrance: str = ""
    lock: str = ""
    """Of an attempt to open."""
    way: str = ""
    """Who called, or from where it was opened."""
    evidence: str = ""
    """Where the caller stood, as far as it was known."""
    core_event: str = ""
    """What the access core calls its own record of the opening."""

    @property
    def key(self) -> tuple[float, str, str]:
        """What orders the rows."""
        return self.at, self.kind.value, self.id


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows. `since` and `until` in Unix seconds, the latter excluded; `who`: part of a name, without
    regard to accents."""

    kinds: Collection[Kind] = frozenset(Kind)
    entrance: EntranceId | None = None
    outcome: Outcome | None = None
    since: float = 0.0
    until: float = inf
    who: str = ""

    def takes(self, row: LogRow) -> bool:
        """Whether a row of the right kind, entrance and time is among them."""
        if self.outcome is not None and row.outcome is not self.outcome:
            return False
        return not self.who or searchable(self.who) in searchable(row.who)


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
_STANDS: dict[Place, str] = {
    Place.INSIDE: N_("At the door"),
    Place.OUTSIDE: N_("Not at the door"),
    Place.UNKNOWN: N_("Position unknown"),
}
_STOOD: dict[tuple[Place, Source], str] = {
    (Place.INSIDE, Source.PANEL): N_("At the panel"),
    (Place.INSIDE, Source.POSITION): N_("At the door, by position"),
    (Place.INSIDE, Source.SCAN): N_("At the door, by the code"),
    (Place.INSIDE, Source.WORD): N_("At the door, by the word"),
}
_SERVER = N_("The server")
_BATCH = 200
_LOOKED_THROUGH = 5000
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
        choice: Choice = Choice(),
        *,
        after: str = "",
        limit: int = 50,
    ) -> LogPage:
        """Rows after a cursor. With an entrance only what happened there, so no changes.

        Looks through `_LOOKED_THROUGH` rows or so: a page may be short and still say where to go on.
        """
        await self._permit(session, site, choice)
        shown: list[LogRow] = []
        looked = 0
        while True:
            rows, after = await self._batch(site, choice, after, limit)
            for row in rows:
                looked += 1
                if not choice.takes(row):
                    continue
                shown.append(row)
                if len(shown) == limit:
                    more = bool(after) or row is not rows[-1]
                    return LogPage(tuple(shown), _written(row) if more else "")
            if not after or looked >= _LOOKED_THROUGH:
                return LogPage(tuple(shown), after)

    async def all(self, session: Session, site: SiteId, choice: Choice = Choice()) -> AsyncIterator[LogRow]:
        """Every row of the choice, newest first, read in batches. Raises before the first one."""
        await self._permit(session, site, choice)
        return self._every(site, choice)

    async def _every(self, site: SiteId, choice: Choice) -> AsyncIterator[LogRow]:
        after = ""
        while True:
            rows, after = await self._batch(site, choice, after, _BATCH)
            for row in rows:
                if choice.takes(row):
                    yield row
            if not after:
                return

    async def _permit(self, session: Session, site: SiteId, choice: Choice) -> None:
        session.demand(Power.READ_LOG, site)
        known = {e.id for e in await self.phonebooks.entrances(site)}
        if choice.entrance is not None and choice.entrance not in known:
            raise NotFound(N_("This entrance is not known here."))

    async def _batch(
        self, site: SiteId, choice: Choice, after: str, limit: int
    ) -> tuple[tuple[LogRow, ...], str]:
        """Some rows after a cursor, and the cursor of those that follow; empty when there are none."""
        kinds, entrance = choice.kinds, choice.entrance
        cursor = _cursor(after)
        if cursor is None and choice.until < inf:
            cursor = (choice.until, "", "")
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
        shown = tuple(row for row in rows[:limit] if row.at >= choice.since)
        more = len(rows) > limit and len(shown) == limit
        return shown, _written(shown[-1]) if more else ""

    async def _calls(self, site: SiteId, calls: Sequence[Call]) -> list[LogRow]:
        names = await self._entries(site, {call.entry for call in calls})
        rows: list[LogRow] = []
        for call in calls:
            entrance = await self.phonebooks.entrance(call.entrance)
            outcome, words = _told(call)
            talked = call.ended_at - call.established_at if call.ended_at and call.established_at else None
            where = entrance.name if entrance else ""
            rows.append(
                LogRow(
                    call.id,
                    call.placed_at,
                    Kind.CALL,
                    where,
                    names[call.entry],
                    outcome,
                    words,
                    talked,
                    entrance=where,
                    way=N_("Visitor’s phone") if call.visitor else N_("Panel"),
                    evidence=_stood(call.evidence) if call.visitor else "",
                )
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
        names[HOME_ASSISTANT] = "Home Assistant"
        doors = {d: await self.phonebooks.entrance(d) for d in {opening.entrance for opening in openings}}
        return [_opening(o, names[o.person], doors[o.entrance]) for o in openings]


def _told(call: Call) -> tuple[Outcome, str]:
    if call.alive:
        return Outcome.GOES_ON, N_("Goes on") if call.accepted else N_("Ringing")
    if call.accepted is not None:
        return Outcome.ANSWERED, N_("Answered")
    return Outcome.MISSED, _ENDED.get(call.reason, N_("Nobody answered"))


def _stood(evidence: Evidence) -> str:
    return _STOOD.get((evidence.place, evidence.source)) or _STANDS[evidence.place]


def _opening(opening: Opening, who: str, entrance: Entrance | None) -> LogRow:
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
    door = entrance.name if entrance else ""
    known = opening.evidence != NOTHING
    return LogRow(
        opening.id,
        opening.at,
        Kind.OPENING,
        opening.lock_name,
        who,
        outcome,
        words,
        entrance=door,
        lock=opening.lock_name,
        way=N_("Without a call") if opening.without_call else N_("In a call"),
        evidence=_stood(opening.evidence) if known else "",
        core_event=opening.core_event or "",
    )


def _change(event: Event) -> LogRow:
    words = acts.sentence(event.action, event.subject)
    gone = event.actor_name in ("", DELETED)
    who = _SERVER if event.actor is None else DELETED if gone else event.actor_name
    return LogRow(str(event.id), event.at, Kind.CHANGE, "", who, Outcome.CHANGED, words)


def _written(row: LogRow) -> str:
    return f"{row.at!r}~{row.kind}~{row.id}"


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
