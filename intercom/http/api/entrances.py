"""`/api/v1/sites/{site}/entrances` and `.../locks`."""

from __future__ import annotations

import time
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from intercom.domain.door import Lock
from intercom.domain.evidence import Place
from intercom.domain.fence import FenceMode, from_geojson, to_geojson
from intercom.domain.geofence import Position
from intercom.domain.ids import EntranceId, LockId
from intercom.domain.people import Power
from intercom.domain.phonebook import Entrance
from intercom.http.admin.doors import LockForm
from intercom.http.admin.entrances import NameForm, ToneForm
from intercom.http.routes import Ask, Body, Route, json
from intercom.ports import AccessCore
from intercom.services.enrollment import Enrollment
from intercom.services.entrances import Entrances


class EntranceOut(BaseModel):
    """A door with panels and locks. `outdoor_tone`: what callers hear, null for the site's."""

    id: str
    name: str
    outdoor_tone: str | None
    fence_mode: FenceMode


class FenceGiven(Body):
    """Who may ring from where. `fence`: GeoJSON of one polygon, or of one point with the property `radius` in
    metres; null for none."""

    mode: FenceMode
    fence: dict[str, Any] | None = None


class FenceOut(BaseModel):
    """Who may ring from where. `fence`: a GeoJSON Feature, or null."""

    mode: FenceMode
    fence: dict[str, Any] | None


class LockOut(BaseModel):
    """A lock. `open_seconds`: how long it stays open. `since`: since when it is offline, Unix seconds."""

    id: str
    entrance: str
    name: str
    open_seconds: float
    online: bool
    since: float | None


class FenceTried(Body):
    """A fence as GeoJSON, and where somebody stands: degrees (WGS 84), within `accuracy` metres."""

    fence: dict[str, Any]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    accuracy: float = Field(ge=0, le=1_000_000)


class PlaceOut(BaseModel):
    """Where a visitor there would be taken to stand."""

    place: Place


class CodeOut(BaseModel):
    """A code that pairs one panel with the entrance, told this once. `expires_at`: Unix seconds."""

    code: str
    expires_at: float


class EntranceApi:
    """Handlers."""

    def __init__(self, entrances: Entrances, enrollment: Enrollment, access: AccessCore) -> None:
        self._entrances = entrances
        self._enrollment = enrollment
        self._access = access

    def routes(self) -> list[Route]:
        """The table."""
        site, run, edit = "/api/v1/sites/{site}", Power.RUN_PANELS, Power.EDIT_ENTRANCES
        entrances, locks = f"{site}/entrances", f"{site}/locks"
        one, lock = f"{entrances}/{{entrance}}", f"{locks}/{{lock}}"
        return [
            Route("GET", entrances, self.all, run, answer=list[EntranceOut]),
            Route("POST", entrances, self.add, edit, body=NameForm, answer=EntranceOut, status=201),
            Route("GET", one, self.entrance, run, answer=EntranceOut),
            Route("PUT", one, self.rename, edit, body=NameForm, answer=EntranceOut),
            Route("DELETE", one, self.remove, edit, status=204),
            Route("PUT", f"{one}/tone", self.tone, Power.EDIT_SITE, body=ToneForm, answer=EntranceOut),
            Route("GET", f"{one}/fence", self.fence, Power.EDIT_SITE, answer=FenceOut),
            Route(
                "PUT", f"{one}/fence", self.choose_fence, Power.EDIT_SITE, body=FenceGiven, answer=FenceOut
            ),
            Route(
                "POST", f"{one}/fence/try", self.try_fence, Power.EDIT_SITE, body=FenceTried, answer=PlaceOut
            ),
            Route("POST", f"{one}/pairing-code", self.code, run, answer=CodeOut, status=201),
            Route("POST", f"{one}/locks", self.add_lock, edit, body=LockForm, answer=LockOut, status=201),
            Route("GET", locks, self.locks, run, answer=list[LockOut]),
            Route("PUT", lock, self.edit_lock, edit, body=LockForm, answer=LockOut),
            Route("DELETE", lock, self.remove_lock, edit, status=204),
        ]

    # -- entrances --

    async def all(self, ask: Ask) -> web.StreamResponse:
        """A site's entrances."""
        return json([_entrance(entrance) for entrance in await self._entrances.of_site(ask.who, ask.site)])

    async def add(self, ask: Ask) -> web.StreamResponse:
        """Add an entrance."""
        given: NameForm = ask.body
        return json(_entrance(await self._entrances.add(ask.who, ask.site, given.name)), 201)

    async def entrance(self, ask: Ask) -> web.StreamResponse:
        """An entrance."""
        return json(_entrance(await self._entrances.entrance(ask.who, ask.site, _in_path(ask))))

    async def rename(self, ask: Ask) -> web.StreamResponse:
        """Give an entrance another name."""
        given: NameForm = ask.body
        return json(_entrance(await self._entrances.rename(ask.who, ask.site, _in_path(ask), given.name)))

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """Remove an entrance without panels, and its locks."""
        await self._entrances.remove(ask.who, ask.site, _in_path(ask))
        return web.Response(status=204)

    async def tone(self, ask: Ask) -> web.StreamResponse:
        """Choose what callers hear at an entrance."""
        given: ToneForm = ask.body
        chosen = await self._entrances.choose_tone(ask.who, ask.site, _in_path(ask), given.tone)
        return json(_entrance(chosen))

    async def fence(self, ask: Ask) -> web.StreamResponse:
        """The fence of an entrance."""
        return json(_fence(await self._entrances.entrance(ask.who, ask.site, _in_path(ask))))

    async def choose_fence(self, ask: Ask) -> web.StreamResponse:
        """Choose who may ring at an entrance from where."""
        given: FenceGiven = ask.body
        fence = None if given.fence is None else from_geojson(given.fence)
        chosen = await self._entrances.choose_fence(ask.who, ask.site, _in_path(ask), given.mode, fence)
        return json(_fence(chosen))

    async def try_fence(self, ask: Ask) -> web.StreamResponse:
        """Try a fence with a position. Neither is stored."""
        given: FenceTried = ask.body
        entrance = await self._entrances.entrance(ask.who, ask.site, _in_path(ask))
        position = Position(given.latitude, given.longitude, given.accuracy, time.time())
        place = await self._entrances.try_fence(
            ask.who, ask.site, entrance.id, from_geojson(given.fence), position
        )
        return json({"place": place.value})

    async def code(self, ask: Ask) -> web.StreamResponse:
        """Make a pairing code; earlier ones of the entrance are void."""
        entrance = await self._entrances.entrance(ask.who, ask.site, _in_path(ask))
        code, expires_at = await self._enrollment.new_code(ask.who, entrance.id)
        return json({"code": code.reveal(), "expires_at": expires_at}, 201)

    # -- locks --

    async def locks(self, ask: Ask) -> web.StreamResponse:
        """The locks of all entrances of a site."""
        return json([self._lock(lock) for lock in await self._entrances.locks(ask.who, ask.site)])

    async def add_lock(self, ask: Ask) -> web.StreamResponse:
        """Add a lock to an entrance."""
        given: LockForm = ask.body
        lock = await self._entrances.add_lock(
            ask.who, ask.site, _in_path(ask), given.name, given.open_seconds
        )
        return json(self._lock(lock), 201)

    async def edit_lock(self, ask: Ask) -> web.StreamResponse:
        """Give a lock another name or open time."""
        given: LockForm = ask.body
        lock = await self._entrances.edit_lock(
            ask.who, ask.site, LockId(ask.path("lock")), given.name, given.open_seconds
        )
        return json(self._lock(lock))

    async def remove_lock(self, ask: Ask) -> web.StreamResponse:
        """Remove a lock."""
        await self._entrances.remove_lock(ask.who, ask.site, LockId(ask.path("lock")))
        return web.Response(status=204)

    def _lock(self, lock: Lock) -> dict[str, object]:
        status = self._access.status(lock.id)
        return {
            "id": lock.id,
            "entrance": lock.entrance,
            "name": lock.name,
            "open_seconds": lock.open_seconds,
            "online": status.online,
            "since": status.since,
        }


def _in_path(ask: Ask) -> EntranceId:
    return EntranceId(ask.path("entrance"))


def _entrance(entrance: Entrance) -> dict[str, object]:
    return {
        "id": entrance.id,
        "name": entrance.name,
        "outdoor_tone": entrance.outdoor_tone,
        "fence_mode": entrance.fence_mode.value,
    }


def _fence(entrance: Entrance) -> dict[str, object]:
    fence = None if entrance.fence is None else to_geojson(entrance.fence)
    return {"mode": entrance.fence_mode.value, "fence": fence}
