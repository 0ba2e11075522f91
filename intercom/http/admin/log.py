"""`/admin/{site}/log`: what happened, newest first; the same for programs."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Any, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from babel import dates
from pydantic import BaseModel, Field

from intercom import language
from intercom.domain.errors import NotFound
from intercom.domain.ids import EntranceId
from intercom.domain.language import N_
from intercom.domain.people import Power
from intercom.http.admin.frame import Frame
from intercom.http.routes import Ask, Body, Route, json
from intercom.ports import Phonebooks
from intercom.services.site_log import Kind, LogPage, LogRow, Outcome, SiteLog

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
    after: str = Field(default="", max_length=120)


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
        ]

    async def _page(self, ask: Ask) -> LogPage:
        query: LogQuery = ask.query
        return await self._log.page(
            ask.who,
            ask.site,
            kinds=_KINDS[query.show],
            entrance=EntranceId(query.entrance) if query.entrance else None,
            after=query.after,
            limit=LOG_ROWS,
        )

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The timetable."""
        query: LogQuery = ask.query
        page = await self._page(ask)
        site = await self._phonebooks.site(ask.site)
        if site is None:
            raise NotFound(N_("This site is not known here."))
        days = groupby(page.rows, key=lambda row: day(row.at, site.time_zone))
        entrances = await self._phonebooks.entrances(ask.site)
        return await self._frame.show(
            ask,
            "admin/log.html",
            here="log",
            days=[(name, [drawn(row, site.time_zone) for row in rows]) for name, rows in days],
            older=page.older,
            show=query.show,
            entrance=query.entrance,
            after=query.after,
            entrances=[(e.id, e.name) for e in entrances],
            retention=round(self._days),
        )

    async def api_show(self, ask: Ask) -> web.StreamResponse:
        """What happened at a site: calls, openings and changes, newest first."""
        page = await self._page(ask)
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
            )
            for row in page.rows
        ]
        return json(LogAnswer(rows=rows, older=page.older or None).model_dump(mode="json"))


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
        "talked": f"{talked[0]}:{talked[1]:02}" if talked else "",
    }


def day(moment: float, zone: str) -> str:
    """ "Sunday, 22 November 2026"."""
    spoken = language.now_speaking()
    locale = "en_GB" if spoken == "en" else spoken
    return dates.format_date(_local(moment, zone).date(), "full", locale=locale)


def _local(moment: float, zone: str) -> datetime:
    return datetime.fromtimestamp(moment, ZoneInfo(zone))
