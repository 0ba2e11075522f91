"""`/admin/{site}/log`: what happened, newest first; the same for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from itertools import groupby
from math import inf
from typing import Any, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from babel import dates
from pydantic import BaseModel, Field

from intercom import language
from intercom.domain import spreadsheet
from intercom.domain.errors import Invalid, NotFound
from intercom.domain.ids import EntranceId
from intercom.domain.language import N_
from intercom.domain.people import Power
from intercom.domain.roster import delimiter_of
from intercom.http.admin.frame import Frame
from intercom.http.files import streamed
from intercom.http.routes import Ask, Body, Route, json
from intercom.ports import Phonebooks
from intercom.services.site_log import Choice, Kind, LogPage, LogRow, Outcome, SiteLog

LOG_ROWS = 50

KINDS: dict[Kind, str] = {Kind.CALL: N_("Call"), Kind.OPENING: N_("Opening"), Kind.CHANGE: N_("Change made")}
SIGNS: dict[Outcome, tuple[str, str]] = {
    Outcome.GOES_ON: ("ringing", "bell"),
    Outcome.ANSWERED: ("none", "phone"),
    Outcome.MISSED: ("none", "bell-off"),
    Outcome.SENT: ("none", "send"),
    Outcome.OPENED: ("opened", "door-open"),
    Outcome.NOT_CONFIRMED: ("unknown", "query"),
    Outcome.REFUSED: ("refused", "cross"),
    Outcome.CHANGED: ("none", "edit"),
}
"""The state and the drawing of each outcome."""
OUTCOMES: dict[Outcome, str] = {
    Outcome.ANSWERED: N_("Answered"),
    Outcome.MISSED: N_("Not answered"),
    Outcome.OPENED: N_("Opened"),
    Outcome.NOT_CONFIRMED: N_("Not confirmed"),
    Outcome.REFUSED: N_("Refused"),
    Outcome.SENT: N_("Sent"),
}
COLUMNS = (
    N_("Time"),
    N_("What"),
    N_("Entrance"),
    N_("Lock"),
    N_("Who"),
    N_("How"),
    N_("Outcome"),
    N_("In words"),
    N_("Evidence"),
    N_("Seconds of talk"),
    N_("Access core’s record"),
    N_("Id"),
)
"""Of the file for a spreadsheet."""
_DAY = r"^(\d{4}-\d{2}-\d{2})?$"
_KINDS = {
    "all": frozenset(Kind),
    "calls": frozenset({Kind.CALL}),
    "openings": frozenset({Kind.OPENING}),
    "changes": frozenset({Kind.CHANGE}),
}


class LogQuery(Body):
    """Which rows. `after` is the cursor that the page before gave."""

    show: Literal["all", "calls", "openings", "changes"] = "all"
    entrance: str = Field(default="", max_length=64)
    outcome: Literal["", "answered", "missed", "opened", "not_confirmed", "refused", "sent"] = ""
    since: str = Field(default="", max_length=10, pattern=_DAY, description="first day, YYYY-MM-DD")
    until: str = Field(default="", max_length=10, pattern=_DAY, description="last day, YYYY-MM-DD")
    who: str = Field(default="", max_length=80, description="part of a name")
    after: str = Field(default="", max_length=120)

    def choice(self, zone: str) -> Choice:
        """The choice that this asks for. Raises `Invalid` for a day that there is not."""
        since, until = _day("since", self.since), _day("until", self.until)
        return Choice(
            _KINDS[self.show],
            EntranceId(self.entrance) if self.entrance else None,
            Outcome(self.outcome) if self.outcome else None,
            _midnight(since, zone) if since else 0.0,
            _midnight(until + timedelta(days=1), zone) if until else inf,
            self.who.strip(),
        )

    def kept(self) -> dict[str, str]:
        """What a link to other rows of the same choice carries."""
        plain = LogQuery()
        given = self.model_dump(exclude={"after"})
        return {name: value for name, value in given.items() if value != getattr(plain, name)}


class LogRowAnswer(BaseModel):
    """A row. `at` in Unix seconds; `text` is the outcome in words."""

    id: str
    at: float
    kind: Kind
    where: str
    who: str
    outcome: Outcome
    text: str
    talk_seconds: float | None
    entrance: str
    lock: str
    way: str
    evidence: str
    core_event: str


class LogAnswer(BaseModel):
    """Rows, newest first; `older` is the cursor of those that follow, null on the last page."""

    rows: list[LogRowAnswer]
    older: str | None


class LogPages:
    """Handlers."""

    def __init__(self, frame: Frame, log: SiteLog, phonebooks: Phonebooks, retention_days: float) -> None:
        self._frame = frame
        self._log = log
        self._phonebooks = phonebooks
        self._days = retention_days

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/admin/{site}/log", self.show, Power.READ_LOG, query=LogQuery, page=True),
            Route(
                "GET",
                "/api/v1/sites/{site}/log",
                self.api_show,
                Power.READ_LOG,
                query=LogQuery,
                answer=LogAnswer,
            ),
            Route("GET", "/admin/{site}/log.csv", self.file, Power.READ_LOG, query=LogQuery, page=True),
            Route(
                "GET",
                "/api/v1/sites/{site}/log.csv",
                self.file,
                Power.READ_LOG,
                query=LogQuery,
                answer="text/csv",
            ),
        ]

    async def _zone(self, ask: Ask) -> str:
        site = await self._phonebooks.site(ask.site)
        if site is None:
            raise NotFound(N_("This site is not known here."))
        return site.time_zone

    async def _page(self, ask: Ask, zone: str) -> LogPage:
        query: LogQuery = ask.query
        return await self._log.page(ask.who, ask.site, query.choice(zone), after=query.after, limit=LOG_ROWS)

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The timetable."""
        query: LogQuery = ask.query
        zone = await self._zone(ask)
        faults: dict[str, str] = {}
        try:
            page = await self._page(ask, zone)
        except Invalid as error:
            faults = {name: language.translate(words) for name, words in error.details["fields"].items()}
            page = LogPage((), "")
        days = groupby(page.rows, key=lambda row: day(row.at, zone))
        entrances = await self._phonebooks.entrances(ask.site)
        return await self._frame.show(
            ask,
            "admin/log.html",
            here="log",
            days=[(name, [drawn(row, zone) for row in rows]) for name, rows in days],
            older=page.older,
            query=query,
            kept=query.kept(),
            outcomes=[("", N_("Every outcome")), *((o.value, words) for o, words in OUTCOMES.items())],
            faults=faults,
            entrances=[(e.id, e.name) for e in entrances],
            retention=round(self._days),
        )

    async def api_show(self, ask: Ask) -> web.StreamResponse:
        """What happened at a site: calls, openings and changes, newest first."""
        page = await self._page(ask, await self._zone(ask))
        rows = [
            LogRowAnswer(
                id=row.id,
                at=row.at,
                kind=row.kind,
                where=row.where,
                who=language.translate(row.who),
                outcome=row.outcome,
                text=language.translate(row.words),
                talk_seconds=row.seconds,
                entrance=row.entrance,
                lock=row.lock,
                way=language.translate(row.way),
                evidence=language.translate(row.evidence),
                core_event=row.core_event,
            )
            for row in page.rows
        ]
        return json(LogAnswer(rows=rows, older=page.older or None).model_dump(mode="json"))

    async def file(self, ask: Ask) -> web.StreamResponse:
        """The log as a file for a spreadsheet, newest first; times are the site's."""
        query: LogQuery = ask.query
        zone = await self._zone(ask)
        rows = await self._log.all(ask.who, ask.site, query.choice(zone))
        spoken = language.now_speaking()
        comma = delimiter_of(spoken)

        async def lines() -> AsyncIterator[str]:
            yield "\ufeff" + spreadsheet.write([[language.translate(name) for name in COLUMNS]], comma)
            async for row in rows:
                yield spreadsheet.write([_cells(row, zone)], comma)

        return await streamed(ask.request, lines(), "log.csv")


def _cells(row: LogRow, zone: str) -> list[str]:
    say = language.translate
    return [
        _local(row.at, zone).isoformat(timespec="seconds"),
        say(KINDS[row.kind]),
        row.entrance,
        row.lock,
        say(row.who),
        say(row.way),
        row.outcome.value,
        say(row.words),
        say(row.evidence),
        "" if row.seconds is None else str(round(row.seconds)),
        row.core_event,
        row.id,
    ]


def _day(field: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(**{field: N_("There is no such day.")}) from None


def _midnight(of: date, zone: str) -> float:
    return datetime(of.year, of.month, of.day, tzinfo=ZoneInfo(zone)).timestamp()


def drawn(row: LogRow, zone: str) -> dict[str, Any]:
    """A row as the timetable shows it."""
    state, sign = SIGNS[row.outcome]
    talked = None if row.seconds is None else divmod(round(row.seconds), 60)
    return {
        "time": dates.format_time(_local(row.at, zone), "HH:mm:ss", locale="en_GB"),
        "what": KINDS[row.kind],
        "where": row.where,
        "who": row.who,
        "words": row.words,
        "state": state,
        "sign": sign,
        "entrance": row.entrance if row.entrance != row.where else "",
        "more": [language.translate(words) for words in (row.way, row.evidence) if words],
        "core_event": row.core_event,
        "talked": f"{talked[0]}:{talked[1]:02}" if talked else "",
    }


def day(moment: float, zone: str) -> str:
    """ "Sunday, 22 November 2026"."""
    spoken = language.now_speaking()
    locale = "en_GB" if spoken == "en" else spoken
    return dates.format_date(_local(moment, zone).date(), "full", locale=locale)


def _local(moment: float, zone: str) -> datetime:
    return datetime.fromtimestamp(moment, ZoneInfo(zone))
