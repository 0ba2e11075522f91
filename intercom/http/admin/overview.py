"""`/admin/{site}`: today's figures, what needs attention, and what an empty site wants first."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import BaseModel

from intercom import language
from intercom.domain.door import SENTENCES
from intercom.domain.language import N_, counted
from intercom.domain.people import Power
from intercom.domain.phonebook import SiteKind
from intercom.http.admin.frame import Frame, told
from intercom.http.admin.log import drawn
from intercom.http.routes import Ask, Route, json
from intercom.services.overview import Attention, EntranceNow, FirstStep, Glance, Need, Overview
from intercom.services.site_log import Choice, Kind, SiteLog

_LAST_OPENINGS = 5

STEPS: dict[FirstStep, tuple[str, str, str, Power]] = {
    FirstStep.UNITS: (N_("Add units"), N_("Flats, offices or shops."), "/units/new", Power.EDIT_UNITS),
    FirstStep.RESIDENTS: (
        N_("Add residents"),
        N_("One by one, or many by a list."),
        "/residents/new",
        Power.EDIT_RESIDENTS,
    ),
    FirstStep.PANEL: (
        N_("Pair a panel"),
        N_("A code from the entrance's page, typed at the panel."),
        "/entrances",
        Power.RUN_PANELS,
    ),
    FirstStep.RING: (N_("Ring once"), N_("Press a name at the panel, and answer."), "", Power.READ_LOG),
}
"""Words, hint, where it is done, and who may."""
_STEPS_OF_COMPANIES: dict[FirstStep, tuple[str, str, str, Power]] = {
    **STEPS,
    FirstStep.UNITS: (N_("Add companies"), N_("Each is found at the panel."), "/units/new", Power.EDIT_UNITS),
    FirstStep.RESIDENTS: (N_("Add people"), *STEPS[FirstStep.RESIDENTS][1:]),
}

_SAID = {"site_created": N_("The site was made.")}

_WHERE: dict[Need, tuple[str, str, str, str, Power]] = {
    Need.LOCK_OFFLINE: ("unknown", "offline", N_("Look at it"), "/entrances", Power.RUN_PANELS),
    Need.LOCK_TROUBLE: ("unknown", "warn", N_("Look at it"), "/core?check=yes", Power.RUN_PANELS),
    Need.BATTERY_LOW: ("ringing", "warn", N_("Look at it"), "/entrances", Power.RUN_PANELS),
    Need.LEFT_OPEN: ("ringing", "door-open", N_("Look at it"), "/entrances", Power.RUN_PANELS),
    Need.PANEL_OFFLINE: ("unknown", "offline", N_("Look at it"), "/entrances", Power.RUN_PANELS),
    Need.PANEL_CLONED: ("refused", "key", N_("Look at it"), "/entrances", Power.RUN_PANELS),
    Need.NO_PANEL: ("none", "panel", N_("Pair one"), "/entrances", Power.RUN_PANELS),
    Need.INVITATIONS_WAIT: ("none", "mail", N_("Show them"), "/invitations", Power.EDIT_RESIDENTS),
    Need.INVITATIONS_RAN_OUT: ("none", "clock", N_("Send again"), "/invitations", Power.EDIT_RESIDENTS),
    Need.LETTERS_FAILED: ("refused", "cross", N_("Show them"), "/invitations", Power.EDIT_RESIDENTS),
    Need.NOT_CONFIRMED: ("unknown", "query", N_("Open the log"), "/log?show=openings", Power.READ_LOG),
    Need.REFUSED: ("refused", "cross", N_("Open the log"), "/log?show=openings", Power.READ_LOG),
    Need.UNPROVEN: ("unknown", "bell-off", "", "", Power.READ_LOG),
}
"""State, drawing, the link's words, where it leads, and who may go there."""


class FiguresAnswer(BaseModel):
    """What happened today, by the site's clocks."""

    rings: int
    answered: int
    missed: int
    opened: int
    not_confirmed: int
    refused: int


class AttentionAnswer(BaseModel):
    """Something that needs attention. `since` in Unix seconds; `soon`: how many run out within a day."""

    need: Need
    name: str
    since: float | None
    count: int
    soon: int
    text: str


class InstallerAnswer(BaseModel):
    """An installer with access, and until when, in Unix seconds."""

    name: str
    until: float | None


class StepAnswer(BaseModel):
    """A first step of an empty site."""

    step: FirstStep
    done: bool


class OverviewAnswer(BaseModel):
    """A site at a glance."""

    figures: FiguresAnswer
    residents: int
    units: int
    attention: list[AttentionAnswer]
    installers: list[InstallerAnswer]
    first_steps: list[StepAnswer]


class OverviewPages:
    """Handlers. `show` is also where `/admin/{site}` leads whoever may read the log."""

    def __init__(self, frame: Frame, overview: Overview, log: SiteLog) -> None:
        self._frame = frame
        self._overview = overview
        self._log = log

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route(
                "GET",
                "/api/v1/sites/{site}/overview",
                self.api_show,
                Power.READ_LOG,
                answer=OverviewAnswer,
            )
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The page."""
        glance = await self._overview.of(ask.who, ask.site)
        openings = await self._log.page(
            ask.who, ask.site, Choice(frozenset({Kind.OPENING})), limit=_LAST_OPENINGS
        )
        zone = glance.site.time_zone
        may = {power for power in Power if ask.who.may(power, ask.site)}
        words_of = _STEPS_OF_COMPANIES if glance.site.kind is SiteKind.COMPANY else STEPS
        return await self._frame.show(
            ask,
            "admin/overview.html",
            here="overview",
            glance=glance,
            attention=[_noticed(one, may, zone) for one in glance.attention],
            entrances=[_entrance(door) for door in glance.entrances],
            steps=[_step(words_of[step], done, may) for step, done in glance.steps],
            openings=[{**drawn(row, zone), "at": row.at} for row in openings.rows],
            said=_SAID,
        )

    async def api_show(self, ask: Ask) -> web.StreamResponse:
        """A site at a glance: today's figures, and what needs attention."""
        return json(_answer(await self._overview.of(ask.who, ask.site)).model_dump(mode="json"))


def words(one: Attention) -> str:
    """What is the matter."""
    match one.need:
        case Need.LOCK_OFFLINE:
            return N_("%(lock)s is offline", lock=one.name)
        case Need.LOCK_TROUBLE:
            return N_("%(lock)s cannot be opened from here", lock=one.name)
        case Need.BATTERY_LOW:
            return N_("%(lock)s: battery low", lock=one.name)
        case Need.LEFT_OPEN:
            return N_("%(lock)s was left open", lock=one.name)
        case Need.PANEL_OFFLINE:
            return N_("%(panel)s is not connected", panel=one.name)
        case Need.PANEL_CLONED:
            return N_("Two devices use the key of %(panel)s", panel=one.name)
        case Need.NO_PANEL:
            return N_("%(entrance)s has no panel", entrance=one.name)
        case Need.INVITATIONS_WAIT if one.soon:
            return counted(
                "%(count)s invitation is open, %(soon)s runs out within a day",
                "%(count)s invitations are open, %(soon)s run out within a day",
                one.count,
                soon=one.soon,
            )
        case Need.INVITATIONS_WAIT:
            return counted("%(count)s invitation is open", "%(count)s invitations are open", one.count)
        case Need.INVITATIONS_RAN_OUT:
            return counted("%(count)s invitation ran out", "%(count)s invitations ran out", one.count)
        case Need.LETTERS_FAILED:
            return counted(
                "%(count)s letter could not be delivered",
                "%(count)s letters could not be delivered",
                one.count,
            )
        case Need.NOT_CONFIRMED:
            return counted(
                "%(count)s opening was not confirmed today",
                "%(count)s openings were not confirmed today",
                one.count,
            )
        case Need.REFUSED:
            return counted(
                "%(count)s opening was refused today", "%(count)s openings were refused today", one.count
            )
        case Need.UNPROVEN:
            return counted(
                "%(count)s device has not proved that it rings",
                "%(count)s devices have not proved that they ring",
                one.count,
            )


_MORE: dict[Need, str] = {
    Need.LOCK_OFFLINE: N_("Residents see it on the button."),
    Need.LOCK_TROUBLE: N_("Its page says what to do."),
    Need.BATTERY_LOW: N_("Change it before the lock stops."),
    Need.LEFT_OPEN: N_("Anybody may walk in."),
    Need.PANEL_OFFLINE: N_("Nobody can ring from it now."),
    Need.PANEL_CLONED: N_("Each throws the other out. Take the panel out of service and pair it anew."),
    Need.NO_PANEL: N_("Nobody can ring there yet."),
    Need.INVITATIONS_WAIT: N_("A new link voids the old one."),
    Need.INVITATIONS_RAN_OUT: N_("Their links open nothing any more."),
    Need.LETTERS_FAILED: N_("The mail server did not take them."),
    Need.NOT_CONFIRMED: N_("Nobody knows whether it opened."),
    Need.REFUSED: N_("Why stands in the log."),
    Need.UNPROVEN: N_("No ring and no test ring in 7 days. Residents test theirs in the settings."),
}


def _noticed(one: Attention, may: set[Power], zone: str) -> dict[str, Any]:
    state, sign, link, path, power = _WHERE[one.need]
    return {
        "words": words(one),
        "more": SENTENCES[one.why] if one.why else _MORE[one.need],
        "since": None if one.since is None else told(one.since, zone),
        "state": state,
        "sign": sign,
        "link": link if power in may else "",
        "path": path,
    }


def _entrance(door: EntranceNow) -> dict[str, Any]:
    return {
        "name": door.entrance.name,
        "panels": [{"name": panel.name, "online": online} for panel, online in door.panels],
        "locks": [
            {
                "name": lock.name,
                "online": status.online,
                "held_open": status.held_open,
                "trouble": status.trouble is not None,
            }
            for lock, status in door.locks
        ],
    }


def _step(step: tuple[str, str, str, Power], done: bool, may: set[Power]) -> dict[str, Any]:
    title, hint, path, power = step
    return {"title": title, "hint": hint, "path": path if power in may else "", "done": done}


def _answer(glance: Glance) -> OverviewAnswer:
    figures = glance.figures
    return OverviewAnswer(
        figures=FiguresAnswer(
            rings=figures.rings,
            answered=figures.answered,
            missed=figures.missed,
            opened=figures.opened,
            not_confirmed=figures.not_confirmed,
            refused=figures.refused,
        ),
        residents=glance.counts.residents,
        units=glance.counts.units,
        attention=[
            AttentionAnswer(
                need=one.need,
                name=one.name,
                since=one.since,
                count=one.count,
                soon=one.soon,
                text=language.translate(words(one)),
            )
            for one in glance.attention
        ],
        installers=[InstallerAnswer(name=m.account.name, until=m.expires_at) for m in glance.installers],
        first_steps=[StepAnswer(step=step, done=done) for step, done in glance.steps],
    )
