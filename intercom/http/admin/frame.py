"""What the pages of `/admin` share: the navigation, the site, the person, the notice after a change."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web
from markupsafe import Markup
from pydantic import Field

from intercom import language
from intercom.domain.errors import NotFound
from intercom.domain.ids import SiteId
from intercom.domain.language import N_
from intercom.domain.people import RUNS, Power, Session
from intercom.domain.phonebook import SiteKind
from intercom.http.routes import Ask, Body
from intercom.http.templates import Pages
from intercom.ports import Phonebooks

PAGE_ROWS = 50
"""Rows of a list on one page."""


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A line of the navigation, shown to whoever has `power` at the site. `path` is below `/admin/{site}`."""

    key: str
    path: str
    icon: str
    words: str
    power: Power


NAVIGATION = (
    NavigationEntry("overview", "", "home", N_("Overview"), Power.READ_LOG),
    NavigationEntry("residents", "/residents", "people", N_("Residents"), Power.EDIT_RESIDENTS),
    NavigationEntry("units", "/units", "list", N_("Units"), Power.EDIT_UNITS),
    NavigationEntry("entrances", "/entrances", "door", N_("Entrances"), Power.RUN_PANELS),
    NavigationEntry("invitations", "/invitations", "mail", N_("Invitations"), Power.EDIT_RESIDENTS),
    NavigationEntry("log", "/log", "clock", N_("Log"), Power.READ_LOG),
    NavigationEntry("settings", "/settings", "settings", N_("Settings"), Power.EDIT_SITE),
)
OF_COMPANIES = {"units": N_("Companies"), "residents": N_("People")}
"""What entries are called on company sites."""


class Search(Body):
    """The query of a list page. `said` is the notice's."""

    q: str = Field(default="", max_length=82)  # the longest name, in quotes
    page: int = Field(default=1, ge=1, le=10_000)
    said: str = Field(default="", max_length=40)


class Nothing(Body):
    """The form of a button: nothing is in it."""


def run_by(session: Session) -> list[SiteId]:
    """The sites at which this person finds something under `/admin`."""
    shell = RUNS - {Power.EDIT_HOUSEHOLD}
    return [site for site in session.sites if any(session.may(power, site) for power in shell)]


def landing(session: Session, site: SiteId) -> str:
    """Where `/admin` leads this person at `site`: the first page that they may see. Raises `NotFound`."""
    for entry in NAVIGATION:
        if session.may(entry.power, site):
            return f"/admin/{site}{entry.path}"
    raise NotFound(N_("This site is not known here."))


def done(path: str, said: str = "", **query: str) -> web.HTTPSeeOther:
    """Raise it after a change: leads to `path`, which says the notice of the code `said` once."""
    given = {**query, "said": said} if said else query
    return web.HTTPSeeOther(f"{path}?{urlencode(given)}" if given else path)


def pager(found: int, page: int) -> dict[str, int]:
    """What `parts.pager` shows for `found` rows: the page that is there, its first and last row."""
    pages = max(1, -(-found // PAGE_ROWS))
    page = min(page, pages)
    first = (page - 1) * PAGE_ROWS
    last = min(found, first + PAGE_ROWS)
    return {"found": found, "page": page, "pages": pages, "first": first + 1 if found else 0, "last": last}


def told(moment: float, zone: str) -> Markup:
    """A moment (Unix seconds) as the clocks of `zone` show it; of today only the hour."""
    there = ZoneInfo(zone)
    iso = datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
    today = datetime.fromtimestamp(moment, there).date() == datetime.now(there).date()
    words = language.time_of_day(moment, zone) if today else language.date_and_time(moment, zone)
    return Markup('<time datetime="{}">{}</time>').format(iso, words)


class Frame:
    """Shows a page inside the navigation. `counts` tells what stands beside its entries, by their keys."""

    def __init__(
        self,
        pages: Pages,
        phonebooks: Phonebooks,
        counts: Callable[[SiteId], Awaitable[Mapping[str, int]]],
    ) -> None:
        self._pages = pages
        self._phonebooks = phonebooks
        self._counts = counts

    async def show(
        self,
        ask: Ask,
        template: str,
        *,
        here: str,
        status: int = 200,
        said: Mapping[str, str] | None = None,
        typed: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        **values: Any,
    ) -> web.Response:
        """The page of the site in the path. Raises `NotFound`.

        With `errors` (a sentence a field) it is a form shown again, and answers 422.
        """
        session = ask.who
        site = await self._phonebooks.site(ask.site)
        if site is None:
            raise NotFound(N_("This site is not known here."))
        notice = (said or {}).get(ask.request.query.get("said", ""), "") if not errors else ""
        return self._pages.render(
            template,
            status=422 if errors and status == 200 else status,
            site=site,
            this=site,
            base=f"/admin/{site.id}",
            here=here,
            navigation=self._navigation(session, site.id, site.kind, await self._counts(site.id)),
            sites=await self.sites(session),
            person=session.account.name,
            resident=any(session.may(Power.ANSWER, s) for s in session.sites),
            may={power.value for power in Power if session.may(power, site.id)},
            invited=bool(session.invited),
            notice=notice,
            moment=functools.partial(told, zone=site.time_zone),
            typed=typed or {},
            errors=errors or {},
            **values,
        )

    async def sites(self, session: Session) -> list[dict[str, str]]:
        """The sites among which this person may switch."""
        found = [await self._phonebooks.site(site) for site in run_by(session)]
        return [
            {"id": s.id, "name": s.name, "plate": s.plate, "address": landing(session, s.id)}
            for s in found
            if s is not None
        ]

    def _navigation(
        self, session: Session, site: SiteId, kind: SiteKind, counts: Mapping[str, int]
    ) -> Sequence[Mapping[str, Any]]:
        company = kind is SiteKind.COMPANY
        return [
            {
                "key": entry.key,
                "address": f"/admin/{site}{entry.path}",
                "icon": entry.icon,
                "words": OF_COMPANIES.get(entry.key, entry.words) if company else entry.words,
                "count": counts.get(entry.key),
            }
            for entry in NAVIGATION
            if session.may(entry.power, site)
        ]
