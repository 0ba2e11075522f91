"""What stands for what in paths, bodies and queries. A name that is not here fails a test: decide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from intercom.domain.people import Power, Role
from intercom.http.routes import Body, Needs, Route
from tests.domain.test_people import MATRIX
from tests.world.people import HERE

IDS: dict[str, str] = {
    "site": "site",
    "entrance": "entrance",
    "lock": "lock",
    "floor": "floor",
    "unit": "unit",
    "panel": "panel",
    "entry": "entry",
    "resident": "entry",
    "account": "staff",
    "person": "staff",
    "invitation": "invitation",
    "device": "device",
    "session": "session",
    "factor": "factor",
    "method": "factor",
    "list": "list",
    "call": "call",
}
"""Names in paths, bodies and queries that hold an id, and of which kind."""

NO_IDS: dict[str, str] = {
    "token": "a secret of many bits: whoever holds it, holds it",
    "provider": "a setting of the whole server",
    "language": "a language",
    "role": "one of a few words",
    "kind": "one of a few words",
    "step": "one of a few words",
    "code": "what stands on a sign at the door: whoever stands there has it",
}
"""Names in paths that hold none."""

EXAMPLES: dict[str, Any] = {
    "email": "new.person@example.org",
    "phone": "+41 44 668 18 00",
    "time_zone": "Europe/Zurich",
    "language": "en",
    "country": "CH",
    "plate": "9",
    "request": "r" * 20,
    "fault": "none",
    "position": 3,
    "to": "up",
}
"""What goes into a field of a body where a plain word would be refused."""

RUNS_ALL = {
    Role.OWNER: "owner",
    Role.MANAGER: "manager",
    Role.RESIDENT: "resident",
    Role.INSTALLER: "installer",
}


def somebody_who_may(route: Route) -> str | None:
    """A person of the world whom the route lets in at HERE; None where nobody needs to be."""
    if route.needs is Needs.NOBODY:
        return None
    if isinstance(route.needs, Power):
        return next(name for role, name in RUNS_ALL.items() if MATRIX[role, route.needs])
    return "owner"


def path_names(path: str) -> list[str]:
    """The names in braces."""
    return re.findall(r"\{(\w+)", path)


def filled(path: str, values: Mapping[str, str]) -> str:
    """The path with these in the places of the names in braces."""
    plain = re.sub(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}", r"{\1}", path)
    return re.sub(r"\{(\w+)\}", lambda name: values[name[1]], plain)


def own(ids: Mapping[str, str], name: str) -> str:
    """The id at HERE, or a word, for a name in a path."""
    return ids.get(IDS.get(name, ""), "admin" if name == "role" else "some-word")


def sample(model: type[Body], ids: Mapping[str, str]) -> dict[str, Any]:
    """A body that the model takes: every field that must be there, and every id."""
    schema = model.model_json_schema()
    found: dict[str, Any] = {}
    for name, what in schema.get("properties", {}).items():
        if name in IDS and name != "site" and not is_name(model.model_fields[name]):
            found[name] = ids.get(IDS[name], "some-word")
        elif name in schema.get("required", ()):
            found[name] = EXAMPLES.get(name, _plain(what, schema.get("$defs", {})))
    return found


def _plain(what: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    """Something that this schema takes."""
    if "$ref" in what:
        return _plain(definitions[what["$ref"].rsplit("/", 1)[-1]], definitions)
    for several in ("anyOf", "allOf", "oneOf"):
        if several in what:
            return _plain(what[several][0], definitions)
    if "enum" in what:
        return what["enum"][0]
    match what.get("type"):
        case "string":
            return "example"[: what.get("maxLength", 7)].ljust(what.get("minLength", 0), "x")
        case "integer" | "number":
            return what.get("minimum", 1)
        case "boolean":
            return True
        case "array":
            return []
        case _:
            return {}


def is_name(field: FieldInfo) -> bool:
    """Whether what is typed is looked at as a name: direction characters are refused in `text`'s words."""
    adapter = TypeAdapter(field.rebuild_annotation())
    try:
        adapter.validate_python("A\u202ea")
    except ValidationError as error:
        return any("cannot be shown" in fault["msg"] for fault in error.errors())
    return False


def named_fields(route: Route) -> Iterator[tuple[str, str]]:
    """Where the route takes an id: ("path" | "body" | "query", name)."""
    for name in path_names(route.path):
        if name in IDS:
            yield "path", name
    for place, model in (("body", route.body), ("query", route.query)):
        for name, field in (model.model_fields if model else {}).items():
            if name in IDS and not is_name(field):
                yield place, name


__all__ = [
    "HERE",
    "IDS",
    "NO_IDS",
    "filled",
    "named_fields",
    "own",
    "path_names",
    "sample",
    "somebody_who_may",
]
