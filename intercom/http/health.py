"""`/livez`: the process runs. `/readyz`: it can store a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from intercom.http.routes import Ask, Needs, Route, json


class Health:
    """Handlers for whoever watches the server. `ready` raises when the server cannot work."""

    def __init__(self, ready: Callable[[], Awaitable[None]]) -> None:
        self._ready = ready

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/livez", self.live, Needs.NOBODY),
            Route("GET", "/readyz", self.ready, Needs.NOBODY),
        ]

    async def live(self, ask: Ask) -> web.StreamResponse:
        """Always well, while it answers."""
        return json({"status": "ok"})

    async def ready(self, ask: Ask) -> web.StreamResponse:
        """Well if the database is."""
        await self._ready()
        return json({"status": "ok"})
