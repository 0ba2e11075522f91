"""`/admin/{site}/checklist`, and the same for programs: what a site needs before people trust it."""

from __future__ import annotations

from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel

from intercom import language
from intercom.domain.commissioning import Item, Lamp, Line
from intercom.domain.language import N_
from intercom.domain.people import Power
from intercom.http.admin.frame import Frame, Nothing, done, told
from intercom.http.routes import Ask, Body, Route, json
from intercom.ports import Phonebooks
from intercom.services.commissioning import Commissioning, Standing

SAID = {
    "checked": N_("The access core and the relay were asked."),
    "letter_written": N_("A letter is on its way to you."),
    "released": N_("The site is in service."),
    "reopened": N_("The site is out of service again. Bells and doors go on working."),
}
ITEMS: dict[Item, str] = {
    Item.CORE: N_("Access core"),
    Item.LOCK: N_("Lock"),
    Item.OPENING: N_("Opening"),
    Item.WAY_IN: N_("Bell"),
    Item.SCAN: N_("Sign"),
    Item.RING: N_("Ring"),
    Item.RELAY: N_("Relay"),
    Item.MAIL: N_("Mail"),
    Item.PUSH: N_("Notifications"),
}
SIGNS: dict[Lamp, tuple[str, str, str]] = {
    Lamp.GOOD: ("none", "check", N_("Proven")),
    Lamp.BAD: ("refused", "cross", N_("Not well")),
    Lamp.OPEN: ("none", "wait", N_("Not proven yet")),
}
LINKS: dict[Item, str] = {
    Item.CORE: "/core",
    Item.LOCK: "/core",
    Item.WAY_IN: "/entrances",
    Item.SCAN: "/entrances",
}
"""Where a line is set right, below the site."""


class ReleaseForm(Body):
    """`word`: the owner releases the site although not everything is proven."""

    word: Literal["yes", ""] = ""


class ReleaseGiven(Body):
    """`word`: the owner releases the site although not everything is proven."""

    word: bool = False


class LineAnswer(BaseModel):
    """A line. `at`: when it was seen, Unix seconds; `text`: in words."""

    item: Item
    state: Lamp
    subject: str
    name: str
    text: str
    at: float | None


class ChecklistAnswer(BaseModel):
    """The list. `by_word`: released by the owner's word, although not everything was green."""

    lines: list[LineAnswer]
    ready: bool
    released_at: float | None
    by_word: bool


class Checklist:
    """Handlers."""

    def __init__(self, frame: Frame, commissioning: Commissioning, phonebooks: Phonebooks) -> None:
        self._frame = frame
        self._commissioning = commissioning
        self._phonebooks = phonebooks

    def routes(self) -> list[Route]:
        """The table."""
        page, api = "/admin/{site}/checklist", "/api/v1/sites/{site}/checklist"
        see, decide = Power.RUN_PANELS, Power.EDIT_SITE
        answer = ChecklistAnswer
        return [
            Route("GET", page, self.show, see, page=True),
            Route("POST", f"{page}/check", self.check, see, body=Nothing, page=True),
            Route("POST", f"{page}/letter", self.letter, see, body=Nothing, page=True),
            Route("POST", f"{page}/release", self.release, decide, body=ReleaseForm, page=True),
            Route("POST", f"{page}/reopen", self.reopen, decide, body=Nothing, page=True),
            Route("GET", api, self.api_show, see, answer=answer),
            Route("POST", f"{api}/check", self.api_check, see, body=Nothing, answer=answer),
            Route("POST", f"{api}/release", self.api_release, decide, body=ReleaseGiven, answer=answer),
            Route("POST", f"{api}/reopen", self.api_reopen, decide, body=Nothing, answer=answer),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The list."""
        standing = await self._commissioning.look(ask.who, ask.site)
        site = await self._phonebooks.site(ask.site)
        zone = site.time_zone if site else "UTC"
        return await self._frame.show(
            ask,
            "admin/checklist.html",
            here="settings" if ask.who.may(Power.EDIT_SITE, ask.site) else "entrances",
            said=SAID,
            lines=[_drawn(line, zone) for line in standing.lines],
            good=sum(line.lamp is Lamp.GOOD for line in standing.lines),
            ready=standing.ready,
            released=told(standing.released.at, zone) if standing.released else "",
            by_word=standing.released is not None and standing.released.by is not None,
            decides=ask.who.may(Power.EDIT_SITE, ask.site),
            owns=ask.who.may(Power.TRANSFER, ask.site),
        )

    async def check(self, ask: Ask) -> web.StreamResponse:
        """Ask the core and the relays."""
        await self._commissioning.check(ask.who, ask.site)
        raise done(f"/admin/{ask.site}/checklist", "checked")

    async def letter(self, ask: Ask) -> web.StreamResponse:
        """Send oneself a letter."""
        await self._commissioning.write(ask.who, ask.site)
        raise done(f"/admin/{ask.site}/checklist", "letter_written")

    async def release(self, ask: Ask) -> web.StreamResponse:
        """Into service."""
        form: ReleaseForm = ask.body
        await self._commissioning.release(ask.who, ask.site, word=form.word == "yes")
        raise done(f"/admin/{ask.site}/checklist", "released")

    async def reopen(self, ask: Ask) -> web.StreamResponse:
        """Out of service."""
        await self._commissioning.reopen(ask.who, ask.site)
        raise done(f"/admin/{ask.site}/checklist", "reopened")

    # -- for programs --

    async def api_show(self, ask: Ask) -> web.StreamResponse:
        """What the site needs before people trust it, with the evidence for each line."""
        return json(_answer(await self._commissioning.look(ask.who, ask.site)))

    async def api_check(self, ask: Ask) -> web.StreamResponse:
        """Ask the access core and the relays now; takes up to ten seconds."""
        await self._commissioning.check(ask.who, ask.site)
        return await self.api_show(ask)

    async def api_release(self, ask: Ask) -> web.StreamResponse:
        """Put the site into service. Installers have no part in it any more."""
        given: ReleaseGiven = ask.body
        await self._commissioning.release(ask.who, ask.site, word=given.word)
        return await self.api_show(ask)

    async def api_reopen(self, ask: Ask) -> web.StreamResponse:
        """Take the site out of service, for work on it; bells and doors go on working."""
        await self._commissioning.reopen(ask.who, ask.site)
        return await self.api_show(ask)


def _drawn(line: Line, zone: str) -> dict[str, Any]:
    state, sign, word = SIGNS[line.lamp]
    return {
        "item": ITEMS[line.item],
        "name": line.name,
        "said": language.translate(line.said),
        "state": state,
        "sign": sign,
        "word": word,
        "at": told(line.at, zone) if line.at is not None else "",
        "link": LINKS.get(line.item, "") if line.lamp is not Lamp.GOOD else "",
        "mail": line.item is Item.MAIL,
    }


def _answer(standing: Standing) -> dict[str, Any]:
    return ChecklistAnswer(
        lines=[
            LineAnswer(
                item=line.item,
                state=line.lamp,
                subject=line.subject,
                name=line.name,
                text=language.translate(line.said),
                at=line.at,
            )
            for line in standing.lines
        ],
        ready=standing.ready,
        released_at=standing.released.at if standing.released else None,
        by_word=standing.released is not None and standing.released.by is not None,
    ).model_dump(mode="json")
