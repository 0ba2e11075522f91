"""The table of routes: who may call each, what it takes, and one place that enforces it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, ConfigDict, ValidationError

from intercom.domain.errors import BadMessage, IntercomError, NotAllowed, NotFound, NotSignedIn, TooLarge
from intercom.domain.people import Power, Session
from intercom.http.problems import problem
from intercom.http.session import Cookies
from intercom.services.signin import SignIn

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
"""Largest request body, in bytes."""


class Needs(StrEnum):
    """Who may call a route."""

    NOBODY = "nobody"
    """Anybody; no sign-in."""
    SESSION = "session"
    """Somebody who is signed in."""
    ADMIN = "admin"
    """Somebody who runs panels at one of their sites."""


class Body(BaseModel):
    """A request body: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, as far as a handler needs it. `session` is None where the route needs nobody."""

    request: web.Request
    session: Session | None
    body: Any

    @property
    def who(self) -> Session:
        """The session. Raises `NotSignedIn`."""
        if self.session is None:
            raise NotSignedIn
        return self.session

    @property
    def address(self) -> str:
        """Where the request comes from, for throttling and the log."""
        return self.request.remote or "unknown"


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `page`: a refusal is shown as a page, a missing sign-in leads to the sign-in page."""

    method: str
    path: str
    handler: Callable[[Ask], Awaitable[web.StreamResponse]]
    needs: Needs
    body: type[Body] | None = None
    page: bool = False


def install(
    app: web.Application,
    routes: list[Route],
    signin: SignIn,
    cookies: Cookies,
    refused_page: Callable[[web.Request, IntercomError], web.Response],
) -> None:
    """Put the routes into the application."""
    for route in routes:
        app.router.add_route(route.method, route.path, _guarded(route, signin, cookies, refused_page))


def _guarded(
    route: Route,
    signin: SignIn,
    cookies: Cookies,
    refused_page: Callable[[web.Request, IntercomError], web.Response],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            session = await _session(route, request, signin, cookies)
            body = await _body(route, request)
            return await route.handler(Ask(request, session, body))
        except web.HTTPRequestEntityTooLarge:
            return problem(TooLarge(limit=BODY_LIMIT))
        except NotSignedIn as error:
            if route.page:
                raise web.HTTPSeeOther("/sign-in") from None
            return problem(error)
        except IntercomError as error:
            return refused_page(request, error) if route.page else problem(error)
        except web.HTTPException:
            raise
        except Exception:
            log.exception("%s %s broke", route.method, route.path)
            error = IntercomError()
            return refused_page(request, error) if route.page else problem(error)

    return handle


async def _session(route: Route, request: web.Request, signin: SignIn, cookies: Cookies) -> Session | None:
    if route.needs is Needs.NOBODY:
        return None
    session = await signin.session(cookies.read(request, cookies.session))
    if route.needs is Needs.ADMIN and not any(session.may(Power.RUN_PANELS, site) for site in session.sites):
        raise NotAllowed("Only an owner or site admin may see this.")
    return session


async def _body(route: Route, request: web.Request) -> Body | None:
    if route.body is None:
        return None
    try:
        if request.content_type == "application/json":
            given: object = orjson.loads(await request.read())
        elif request.content_type == "application/x-www-form-urlencoded":
            given = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        else:
            raise BadMessage("The body cannot be read.")
        return route.body.model_validate(given)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        fields = sorted({".".join(map(str, fault["loc"][:3])) for fault in faults})
        raise BadMessage("A field is missing or not as it should be.", fields=fields) from None
    except (ValueError, LookupError):  # LookupError: an encoding that nobody knows
        raise BadMessage("The body cannot be read.") from None


def nothing_here(refused_page: Callable[[web.Request, IntercomError], web.Response]) -> Middleware:
    """A middleware that answers an unknown address in words: a page, or a problem for programs."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            error = NotFound("There is nothing at this address.")
            programs = request.path.startswith(("/api/", "/static/", "/ringtones/"))
            return problem(error) if programs else refused_page(request, error)

    return middleware


def json(value: object, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
