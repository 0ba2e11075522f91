"""`/admin/{site}/entrances/{entrance}/sign` and `/admin/{site}/signs`: the signs beside the doors."""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from intercom import language
from intercom.domain.errors import NotFound
from intercom.domain.ids import EntranceId
from intercom.domain.language import N_
from intercom.domain.people import Power
from intercom.domain.phonebook import Entrance, Site
from intercom.domain.sign import in_groups
from intercom.http.admin.frame import Nothing, done
from intercom.http.paper import Drawing, Sign, drawn, pdf, svg
from intercom.http.routes import Ask, Body, Route, json
from intercom.services.signs import SignOffice

STEPS = (
    (N_("Scan"), N_("Point your phone’s camera at the square.")),
    (N_("Choose"), N_("Find the name or the flat.")),
    (N_("Ring"), N_("Allow the camera, if you like, and talk.")),
)


class Paper(Body):
    """Which paper."""

    size: Literal["a4", "a6"] = "a4"

    @property
    def scale(self) -> float:
        """A6 is half as wide."""
        return 1.0 if self.size == "a4" else 0.5


class SignOut(BaseModel):
    """The sign of an entrance. `address`: what its code holds and an NFC tag may carry; `word`: what is typed
    where a phone does not say where it is. All null where visitors have no page."""

    code: str | None
    address: str | None
    word: str | None


def sign_told(entrance: Entrance, base: str) -> dict[str, str | None]:
    """The sign as programs and the entrance's page are told it. `base`: what the address begins with."""
    if entrance.code is None:
        return {"code": None, "address": None, "word": None}
    code = in_groups(entrance.code)
    return {"code": code, "address": f"{base}/e/{code}", "word": entrance.word}


class Signs:
    """Handlers. `base`: what the addresses begin with."""

    def __init__(self, office: SignOffice, base: str) -> None:
        self._office = office
        self._base = base

    def routes(self) -> list[Route]:
        """The table."""
        run, edit = Power.RUN_PANELS, Power.EDIT_ENTRANCES
        one = "/admin/{site}/entrances/{entrance}/sign"
        api = "/api/v1/sites/{site}/entrances/{entrance}/sign"
        return [
            Route("POST", one, self.renew, edit, body=Nothing, page=True),
            Route("POST", f"{one}/remove", self.remove, edit, body=Nothing, page=True),
            Route("GET", f"{one}.svg", self.one_svg, run, query=Paper, page=True),
            Route("GET", f"{one}.pdf", self.one_pdf, run, query=Paper, page=True),
            Route("GET", "/admin/{site}/signs.pdf", self.all_pdf, run, query=Paper, page=True),
            Route("GET", api, self.sign, run, answer=SignOut),
            Route("POST", api, self.api_renew, edit, answer=SignOut, status=201),
            Route("DELETE", api, self.api_remove, edit, status=204),
        ]

    # -- pages --

    async def renew(self, ask: Ask) -> web.StreamResponse:
        """A new code and word; signs that hang are old."""
        entrance = await self._office.renew(ask.who, ask.site, _in_path(ask))
        raise done(f"/admin/{ask.site}/entrances/{entrance.id}", "sign_made")

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """No page for visitors any more."""
        await self._office.remove(ask.who, ask.site, _in_path(ask))
        raise done(f"/admin/{ask.site}/entrances/{_in_path(ask)}", "sign_removed")

    async def one_svg(self, ask: Ask) -> web.StreamResponse:
        """The sign as a picture."""
        site, entrance = await self._signed(ask)
        body = svg(self._drawn(site, entrance, ask.query.scale))
        return _file(body.encode(), "image/svg+xml", f"sign-{site.plate}-{entrance.name}.svg")

    async def one_pdf(self, ask: Ask) -> web.StreamResponse:
        """The sign to print."""
        site, entrance = await self._signed(ask)
        body = pdf([self._drawn(site, entrance, ask.query.scale)])
        return _file(body, "application/pdf", f"sign-{site.plate}-{entrance.name}.pdf")

    async def all_pdf(self, ask: Ask) -> web.StreamResponse:
        """Every sign of the site, a page each."""
        site, entrances = await self._office.site(ask.who, ask.site)
        if not entrances:
            raise NotFound(N_("No entrance of this site has a sign yet."))
        body = pdf([self._drawn(site, entrance, ask.query.scale) for entrance in entrances])
        return _file(body, "application/pdf", f"signs-{site.plate}.pdf")

    async def _signed(self, ask: Ask) -> tuple[Site, Entrance]:
        site, _ = await self._office.site(ask.who, ask.site)
        entrance = await self._office.entrance(ask.who, ask.site, _in_path(ask))
        if entrance.code is None:
            raise NotFound(N_("This entrance has no sign yet."))
        return site, entrance

    def _drawn(self, site: Site, entrance: Entrance, scale: float) -> Drawing:
        """In the site's language: the sign hangs there for everybody."""
        address = sign_told(entrance, self._base)["address"] or ""
        with language.speaking(language.negotiate(site=site.language)):
            say = language.translate
            sign = Sign(
                plate=site.plate,
                site=site.name,
                entrance=entrance.name,
                address=address,
                typed=address.partition("://")[2],
                word=entrance.word,
                title=say(N_("Ring here")),
                steps=[(say(word), say(sentence)) for word, sentence in STEPS],
                typed_label=say(N_("Without a camera, type")),
                word_label=say(N_("Word")),
                foot=say(N_("No app, no account. Works only at this door.")),
            )
        return drawn(sign, scale)

    # -- API --

    async def sign(self, ask: Ask) -> web.StreamResponse:
        """The sign of an entrance."""
        return json(sign_told(await self._office.entrance(ask.who, ask.site, _in_path(ask)), self._base))

    async def api_renew(self, ask: Ask) -> web.StreamResponse:
        """Make a new sign; the old code says from now on that it was replaced."""
        return json(sign_told(await self._office.renew(ask.who, ask.site, _in_path(ask)), self._base), 201)

    async def api_remove(self, ask: Ask) -> web.StreamResponse:
        """Take the sign away: visitors have no page at this entrance any more."""
        await self._office.remove(ask.who, ask.site, _in_path(ask))
        return web.Response(status=204)


def _in_path(ask: Ask) -> EntranceId:
    return EntranceId(ask.path("entrance"))


def _file(body: bytes, kind: str, name: str) -> web.Response:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in name)
    return web.Response(
        body=body,
        content_type=kind,
        headers={"Content-Disposition": f'inline; filename="{plain}"', "Cache-Control": "no-store"},
    )
