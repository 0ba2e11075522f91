"""The table of routes: who may call each, what it takes, and one place that enforces it."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from intercom import language
from intercom.domain import text
from intercom.domain.errors import (
    BadMessage,
    IntercomError,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooLarge,
    WrongMethod,
)
from intercom.domain.ids import SessionId, SiteId
from intercom.domain.language import LANGUAGES, N_, Sentence
from intercom.domain.people import RUNS, Power, Session
from intercom.http.problems import problem
from intercom.http.proxies import counted_as
from intercom.http.session import Cookies
from intercom.http.uploads import received
from intercom.services.signin import SignIn

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
"""Largest request body, in bytes."""


ID = r"[A-Za-z0-9_-]{1,64}"
"""What stands in a path for an id. Anything else is an unknown address."""

_LENGTH = Field(json_schema_extra={"maxLength": text.NAME_LENGTH})  # the sentence about it is `text`'s

Name = Annotated[str, AfterValidator(text.name), _LENGTH]
"""What people type as a name: one line, fit to be shown, not empty."""
Label = Annotated[str, AfterValidator(text.one_line), _LENGTH]
"""The same, and may be empty."""


def email_address(given: str) -> str:
    """The address as it is stored. Raises `ValueError` with a sentence."""
    if not given.strip():
        raise ValueError(N_("Fill this in."))
    if "@" in given and "." not in given.rpartition("@")[2]:
        raise ValueError(N_("The part after @ needs a dot and an ending."))
    try:
        return validate_email(given, check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValueError(N_("This is no e-mail address.")) from None


Email = Annotated[str, Field(max_length=254), AfterValidator(email_address)]
"""An e-mail address; nothing is sent to find out whether it is somebody's."""


class Needs(StrEnum):
    """Who may call a route, where no power at one site decides it."""

    NOBODY = "nobody"
    """Anybody; no sign-in."""
    SESSION = "session"
    """Somebody who is signed in."""
    ADMIN = "admin"
    """Somebody who runs something at one of their sites."""


class Body(BaseModel):
    """A request's body or query: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, as far as a handler needs it. `session` is None where the route needs nobody.

    `site` is the path's, where the route needs a power: the session has that power there.
    """

    request: web.Request
    session: Session | None
    body: Any
    query: Any = None

    @property
    def site(self) -> SiteId:
        """The site in the path."""
        return SiteId(self.request.match_info["site"])

    def path(self, name: str) -> str:
        """The part of the path that the route calls `{name}`."""
        return self.request.match_info[name]

    @property
    def who(self) -> Session:
        """The session. Raises `NotSignedIn`."""
        if self.session is None:
            raise NotSignedIn
        return self.session

    @property
    def address(self) -> str:
        """Where the request comes from, for throttling and the log."""
        return counted_as(self.request.remote)


Again = Callable[[Ask, Mapping[str, str], Mapping[str, str]], Awaitable[web.StreamResponse]]
"""Shows a form again: with what was typed, and a sentence for each field that is not as it should be."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    `path`: `{site}` and every other name in braces stands for an id (`ID`), a name with its own pattern
    for what it says. `needs`: a power means that the path has `{site}` and the session has the power
    there; a site in which the session has no part is a 404, as if it did not exist. `page`: a refusal is
    shown as a page, a missing sign-in leads to the sign-in page; with `again` a form that is not as it
    should be (also `Invalid` raised by its handler) is shown again. `answer`: the model of a JSON answer
    with `status`, or the media type of another, for the API's document; the first line of the handler's
    docstring is its summary. `upload`: the route takes a file as multipart/form-data, of so many bytes at
    most; the body's `file` is its content, `name` its name.
    """

    method: str
    path: str
    handler: Callable[[Ask], Awaitable[web.StreamResponse]]
    needs: Needs | Power
    body: type[Body] | None = None
    page: bool = False
    query: type[Body] | None = None
    answer: Any = None
    status: int = 200
    again: Again | None = None
    upload: int = 0


def install(
    app: web.Application,
    routes: list[Route],
    signin: SignIn,
    cookies: Cookies,
    refused_page: Callable[[web.Request, IntercomError], web.Response],
    seen: Callable[[SessionId], None] = lambda _: None,
) -> None:
    """Put the routes into the application. `seen` is told of each session that asks for something."""
    for route in routes:
        path = re.sub(r"\{(\w+)\}", rf"{{\1:{ID}}}", route.path)
        app.router.add_route(route.method, path, _guarded(route, signin, cookies, refused_page, seen))


def _guarded(
    route: Route,
    signin: SignIn,
    cookies: Cookies,
    refused_page: Callable[[web.Request, IntercomError], web.Response],
    seen: Callable[[SessionId], None],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            session = await _session(route, request, signin, cookies)
            if session is not None:
                seen(session.id)
            if session is not None and session.account.language in LANGUAGES:
                language.speak(session.account.language)
            query = _checked(route.query, dict(request.query)) if route.query else None
            given = await _given(route, request)
            try:
                body = _checked(route.body, given) if route.body else None
                return await route.handler(Ask(request, session, body, query))
            except Invalid as error:
                if route.again is None:
                    raise
                typed = {key: value for key, value in given.items() if isinstance(value, str)}
                return await route.again(Ask(request, session, None, query), typed, error.details["fields"])
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
    if isinstance(route.needs, Power):
        site = SiteId(request.match_info["site"])
        if site not in session.sites:
            raise NotFound(N_("This site is not known here."))
        if not session.may(route.needs, site):
            raise NotAllowed
    elif route.needs is Needs.ADMIN and not any(
        session.may(power, site) for site in session.sites for power in RUNS
    ):
        raise NotAllowed(N_("Only who runs a site may see this."))
    return session


async def _given(route: Route, request: web.Request) -> dict[str, Any]:
    """What the body holds, unread as yet. Raises `BadMessage`."""
    if route.body is None:
        return {}
    given: object = None
    try:
        if request.content_type == "application/json":
            given = orjson.loads(await request.read())
        elif request.content_type == "application/x-www-form-urlencoded":
            form = await request.post()
            given = {key: value for key, value in form.items() if isinstance(value, str)}
        elif route.upload and request.content_type == "multipart/form-data":
            given = await received(request, route.upload)
    except (ValueError, LookupError):  # LookupError: an encoding that nobody knows
        raise BadMessage(N_("The body cannot be read.")) from None
    if not isinstance(given, dict):
        raise BadMessage(N_("The body cannot be read."))
    return given  # pyright: ignore[reportUnknownVariableType] - JSON


def _checked(model: type[Body], given: Mapping[str, Any]) -> Body:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first: dict[str, str] = {}
        for fault in error.errors():  # in the order of the form
            first.setdefault(_field(fault["loc"]), _sentence(fault))
        raise Invalid(**first) from None


def _field(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc[:3])) or "body"


def _sentence(fault: Any) -> str:
    """A fault of a field, for the person who filled it in."""
    context: Mapping[str, Any] = fault.get("ctx", {})
    match fault["type"]:
        case "value_error":
            said = getattr(context.get("error"), "args", ())
            return said[0] if said else N_("This is not as it should be.")
        case "missing" | "string_too_short":
            return N_("Fill this in.")
        case "string_too_long":
            return N_("At most %(most)s characters.", most=context["max_length"])
        case "enum" | "literal_error":
            return N_("Choose one of those offered.")
        case "extra_forbidden":
            return N_("This field is not known here.")
        case "greater_than_equal" | "greater_than":
            return N_("At least %(least)s.", least=context.get("ge", context.get("gt")))
        case "less_than_equal" | "less_than":
            return N_("At most %(most)s.", most=context.get("le", context.get("lt")))
        case kind if kind.startswith(("int", "float")):
            return N_("Type a number.")
        case _:
            return N_("This is not as it should be.")


def nothing_here(refused_page: Callable[[web.Request, IntercomError], web.Response]) -> Middleware:
    """A middleware that answers an unknown address or method in words: a page, or a problem for programs."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        error: IntercomError
        headers: dict[str, str] = {}
        try:
            return await handler(request)
        except web.HTTPNotFound:
            error = NotFound(N_("There is nothing at this address."))
        except web.HTTPMethodNotAllowed as refusal:
            error = WrongMethod()
            headers = {"Allow": refusal.headers["Allow"]}
        programs = request.path.startswith(("/api/", "/static/", "/ringtones/"))
        response = problem(error) if programs else refused_page(request, error)
        response.headers.update(headers)
        return response

    return middleware


def json(value: object, status: int = 200) -> web.Response:
    """A JSON answer; its sentences in the language of the running request."""
    body = orjson.dumps(value, default=_said, option=orjson.OPT_PASSTHROUGH_SUBCLASS)
    return web.Response(body=body, status=status, content_type="application/json")


def _said(value: object) -> object:
    if isinstance(value, Sentence):
        return language.translate(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
