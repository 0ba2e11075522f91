"""The document of the HTTP API, made of the table of routes: what is served is what is written down.

OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0). Only `/api/` is in it; pages are for people.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from http import HTTPStatus
from typing import Any

from aiohttp import web
from openapi_pydantic import OpenAPI, Operation, PathItem
from pydantic import BaseModel, Field, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from intercom import __version__
from intercom.domain import errors
from intercom.domain.door import Refusal
from intercom.domain.errors import IntercomError
from intercom.domain.people import Power
from intercom.http.problems import status_of
from intercom.http.routes import ID, Ask, Needs, Route

_REF = "#/components/schemas/{model}"
_SCHEME = "session"


class Problem(BaseModel):
    """A refusal (RFC 9457). `code` is stable, `detail` is a sentence for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    details: dict[str, Any] = Field(default_factory=dict, description="with `invalid`: a sentence a field")


class Documents:
    """Serves the documents of the server's interfaces, each written when it is first asked for: a server
    that only rings starts without them. `describe` is called once, with the whole table."""

    def __init__(self, asyncapi: Callable[[], bytes]) -> None:
        self._asyncapi = cache(asyncapi)
        self._openapi = cache(lambda: b"")

    def describe(self, routes: Sequence[Route], cookie: str) -> None:
        """Have the HTTP API's document made of these. `cookie`: name of the session's."""
        self._openapi = cache(partial(openapi, routes, cookie))

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/api/openapi.json", self.openapi, Needs.NOBODY, answer=dict[str, Any]),
            Route("GET", "/api/asyncapi.json", self.asyncapi, Needs.NOBODY, answer=dict[str, Any]),
        ]

    async def openapi(self, ask: Ask) -> web.StreamResponse:
        """This document."""
        body = await asyncio.to_thread(self._openapi)  # it takes a while the first time, and others ring
        return web.Response(body=body, content_type="application/json")

    async def asyncapi(self, ask: Ask) -> web.StreamResponse:
        """The document of the sockets' messages."""
        body = await asyncio.to_thread(self._asyncapi)
        return web.Response(body=body, content_type="application/json")


def openapi(routes: Iterable[Route], cookie: str) -> bytes:
    """The document of the routes under `/api/`. Raises `ValueError` when it would not be OpenAPI."""
    described = [route for route in routes if route.path.startswith("/api/")]
    schemas = _Schemas(described)
    paths: dict[str, dict[str, Any]] = {}
    for route in described:
        paths.setdefault(_plain(route.path), {})[route.method.lower()] = _operation(route, schemas)
    document = OpenAPI.model_validate(
        {
            "openapi": "3.1.1",
            "info": {
                "title": "Intercom",
                "version": __version__,
                "description": "What programs may ask of an intercom server. Refusals are problem+json with "
                "a stable `code` and a sentence. A change that a page of another site asks for is refused.",
            },
            "paths": {path: PathItem.model_validate(item) for path, item in sorted(paths.items())},
            "components": {
                "schemas": schemas.components,
                "responses": _refusals(),
                "securitySchemes": {
                    _SCHEME: {
                        "type": "apiKey",
                        "in": "cookie",
                        "name": cookie,
                        "description": "The session's cookie, as signing in at /sign-in gives it.",
                    }
                },
            },
        }
    )
    told = document.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return (json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


class _Schemas:
    """The schemas of all bodies and answers, each named once under `components`."""

    def __init__(self, routes: Sequence[Route]) -> None:
        wanted: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
            ("Problem", "validation", TypeAdapter(Problem))
        ]
        for route in routes:
            if route.body is not None:
                wanted.append((f"body {_name(route)}", "validation", TypeAdapter(route.body)))
            if route.query is not None:
                wanted.append((f"query {_name(route)}", "validation", TypeAdapter(route.query)))
            if route.answer is not None and not isinstance(route.answer, str):
                wanted.append((f"answer {_name(route)}", "serialization", TypeAdapter(route.answer)))
        found, definitions = TypeAdapter.json_schemas(wanted, ref_template=_REF)
        self._found = {str(key): schema for (key, _), schema in found.items()}
        self.components: dict[str, Any] = definitions.get("$defs", {})

    def body(self, route: Route) -> dict[str, Any]:
        """Schema of the route's body."""
        return self._found[f"body {_name(route)}"]

    def query(self, route: Route) -> dict[str, Any]:
        """Schema of the route's query, with its properties."""
        schema = self._found[f"query {_name(route)}"]
        return self.components[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema

    def answer(self, route: Route) -> dict[str, Any]:
        """Schema of the route's answer."""
        return self._found[f"answer {_name(route)}"]


def _operation(route: Route, schemas: _Schemas) -> Operation:
    given: dict[str, Any] = {
        "operationId": _name(route),
        "summary": (route.handler.__doc__ or "").strip().splitlines()[0],
        "tags": [_tag(route.path)],
        "parameters": [*_in_path(route), *_in_query(route, schemas)],
        "responses": {
            str(route.status): _answer(route, schemas),
            **{str(int(s)): {"$ref": f"#/components/responses/{int(s)}"} for s in sorted(_refused(route))},
        },
        "security": [] if route.needs is Needs.NOBODY else [{_SCHEME: []}],
    }
    if route.body is not None:
        kind = "multipart/form-data" if route.upload else "application/json"
        content = {kind: {"schema": schemas.body(route)}}
        given["requestBody"] = {"required": True, "content": content}
    given["x-power" if isinstance(route.needs, Power) else "x-needs"] = route.needs.value
    return Operation.model_validate(given)


def _answer(route: Route, schemas: _Schemas) -> dict[str, Any]:
    phrase = HTTPStatus(route.status).phrase
    if route.answer is None:
        return {"description": phrase}
    if isinstance(route.answer, str):
        return {"description": phrase, "content": {route.answer: {}}}
    return {"description": phrase, "content": {"application/json": {"schema": schemas.answer(route)}}}


def _in_path(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{pattern or ID}$"},
        }
        for name, pattern in re.findall(r"\{(\w+)(?::([^{}]*(?:\{[^{}]*\}[^{}]*)*))?\}", route.path)
    ]


def _in_query(route: Route, schemas: _Schemas) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = schemas.query(route)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": what}
        for name, what in schema.get("properties", {}).items()
    ]


def _refused(route: Route) -> set[HTTPStatus]:
    """How a route may say no."""
    found = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    if route.needs is not Needs.NOBODY:
        found.add(HTTPStatus.UNAUTHORIZED)
    if route.needs not in (Needs.NOBODY, Needs.SESSION):
        found.add(HTTPStatus.FORBIDDEN)
    if "{" in route.path:
        found |= {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.FORBIDDEN}
    if route.query is not None or route.body is not None:
        found.add(HTTPStatus.UNPROCESSABLE_ENTITY)
    if route.method != "GET":
        found |= {
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.CONFLICT,
            HTTPStatus.GONE,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        }
    return found


def _refusals() -> dict[str, Any]:
    """A response for each status of a refusal, with the codes that it carries."""
    codes: dict[HTTPStatus, set[str]] = {}
    kinds: list[type[IntercomError]] = IntercomError.__subclasses__()
    while kinds:
        kind = kinds.pop()
        kinds.extend(kind.__subclasses__())
        if kind is not errors.DoorRefused and kind.__module__.startswith("intercom."):
            codes.setdefault(status_of(kind.__new__(kind)), set()).add(kind.code)
        elif kind is errors.DoorRefused:
            codes.setdefault(status_of(kind.__new__(kind)), set()).update(why.value for why in Refusal)
    return {
        str(int(status)): {
            "description": f"{status.phrase}: {', '.join(sorted(found))}",
            "content": {
                "application/problem+json": {
                    "schema": {
                        "allOf": [
                            {"$ref": _REF.format(model="Problem")},
                            {
                                "properties": {
                                    "code": {"enum": sorted(found)},
                                    "status": {"const": int(status)},
                                }
                            },
                        ]
                    }
                }
            },
        }
        for status, found in sorted(codes.items())
    }


def _plain(path: str) -> str:
    """The path with bare names in braces."""
    return re.sub(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}", r"{\1}", path)


def _name(route: Route) -> str:
    """A name that is the route's alone, and stays."""
    words = re.findall(r"\w+", _plain(route.path).removeprefix("/api/").removeprefix("v1/"))
    return "_".join([route.method.lower(), *words]).replace("-", "_")


def _tag(path: str) -> str:
    """What the route is about: the first fixed word after the version and the site."""
    words = re.findall(r"[\w-]+", re.sub(r"\{[^/]*\}", "", path.removeprefix("/api/").removeprefix("v1/")))
    return words[1] if len(words) > 1 and words[0] == "sites" else words[0]
