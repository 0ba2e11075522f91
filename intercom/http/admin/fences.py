"""`/admin/{site}/entrances/{entrance}/fence`: who may ring from where, drawn on a map or typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from aiohttp import web
from pydantic import Field

from intercom.domain.errors import Invalid
from intercom.domain.fence import Circle, Fence, FenceMode, from_geojson, to_geojson
from intercom.domain.geofence import MOST_CORNERS
from intercom.domain.ids import EntranceId
from intercom.domain.language import N_
from intercom.domain.people import Power
from intercom.http.admin.frame import Frame, done
from intercom.http.routes import Ask, Body, Route
from intercom.http.session import policy
from intercom.services.entrances import Entrances

MODES = [
    (FenceMode.OFF.value, N_("Off: whoever has the code may ring. No position is asked for.")),
    (FenceMode.ADVISE.value, N_("Advise: residents see whether the visitor is at the door.")),
    (FenceMode.ENFORCE.value, N_("Enforce: only a visitor at the door rings and is let in.")),
]
MODE_NAMES = {
    FenceMode.OFF: N_("Off"),
    FenceMode.ADVISE: N_("Advise"),
    FenceMode.ENFORCE: N_("Enforce"),
}


class FenceForm(Body):
    """A mode, and the fence as GeoJSON; nothing for none."""

    mode: FenceMode
    fence: str = Field(default="", max_length=40_000)

    def drawn(self) -> Fence | None:
        """The fence. Raises `Invalid`."""
        if not self.fence:
            return None
        try:
            given = orjson.loads(self.fence)
        except orjson.JSONDecodeError:
            raise Invalid(fence=N_("This is not GeoJSON.")) from None
        return from_geojson(given)


@dataclass(frozen=True, slots=True)
class Tiles:
    """Pictures under the map, from a third party: where, with `{z}`, `{x}` and `{y}`, and whom to name."""

    address: str
    credit: str = ""

    @property
    def host(self) -> str:
        """Whom browsers ask."""
        return urlsplit(self.address).netloc

    @property
    def origin(self) -> str:
        """What a page's policy must allow."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"


def in_words(fence: Fence | None) -> str:
    """The shape of a fence."""
    match fence:
        case None:
            return N_("No fence is drawn.")
        case Circle():
            return N_("A circle of %(metres)s m", metres=f"{fence.radius:g}")
        case _:
            return N_("An area with %(corners)s corners", corners=len(fence.outline))


class FencePages:
    """Handlers."""

    def __init__(self, frame: Frame, entrances: Entrances, tiles: Tiles | None) -> None:
        self._frame = frame
        self._entrances = entrances
        self._tiles = tiles

    def routes(self) -> list[Route]:
        """The table."""
        at, power = "/admin/{site}/entrances/{entrance}/fence", Power.EDIT_SITE
        return [
            Route("GET", at, self.show, power, page=True),
            Route("POST", at, self.choose, power, body=FenceForm, page=True, again=self.again),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The page."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was drawn."""
        entrance = await self._entrances.entrance(ask.who, ask.site, EntranceId(ask.path("entrance")))
        drawn = orjson.dumps(to_geojson(entrance.fence)).decode() if entrance.fence else ""
        response = await self._frame.show(
            ask,
            "admin/fence.html",
            here="entrances",
            entrance=entrance,
            drawn=drawn,
            modes=MODES,
            tiles=self._tiles,
            most_corners=MOST_CORNERS,
            typed=typed,
            errors=errors,
        )
        if self._tiles is not None:
            response.headers["Content-Security-Policy"] = policy(self._tiles.origin)
        return response

    async def choose(self, ask: Ask) -> web.StreamResponse:
        """Store mode and fence."""
        form: FenceForm = ask.body
        entrance = EntranceId(ask.path("entrance"))
        await self._entrances.choose_fence(ask.who, ask.site, entrance, form.mode, form.drawn())
        raise done(f"/admin/{ask.site}/entrances/{entrance}", "fence_changed")
