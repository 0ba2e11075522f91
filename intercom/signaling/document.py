"""What the wire looks like, generated from its schemas: AsyncAPI, a text for people, TypeScript types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from intercom import __version__
from intercom.domain import door, errors
from intercom.domain.errors import IntercomError
from intercom.services.switchboard import AcceptedElsewhere
from intercom.signaling import wire

_SIDES = (
    ("panel", "/panel", wire.PANEL_MESSAGES, wire.TO_PANEL),
    ("resident", "/resident", wire.RESIDENT_MESSAGES, wire.TO_RESIDENT),
)
_REF = "#/components/schemas/{model}"


def _models() -> list[type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {}
    for _, _, inbound, outbound in _SIDES:
        for model in (*inbound.values(), *outbound.values()):
            found[model.__name__] = model
    return [found[name] for name in sorted(found)]


def _schemas() -> dict[str, Any]:
    _, document = models_json_schema([(model, "validation") for model in _models()], ref_template=_REF)
    schemas: dict[str, Any] = document["$defs"]
    schemas["Refusal"] = {
        "title": "Refusal",
        "description": "The acknowledgement of a message that was refused; nothing has changed.",
        "type": "object",
        "properties": {
            "ok": {"const": False},
            "error": {
                "type": "object",
                "properties": {
                    "code": {"type": "string", "enum": sorted(codes())},
                    "message": {"type": "string"},
                    "details": {"type": "object"},
                },
                "required": ["code", "message"],
            },
        },
        "required": ["ok", "error"],
    }
    return schemas


def codes() -> dict[str, str]:
    """Every code that a refusal can carry, and its sentence."""
    found: dict[str, str] = {}
    kinds: list[type[IntercomError]] = [IntercomError, AcceptedElsewhere]
    while kinds:
        kind = kinds.pop()
        kinds.extend(k for k in kind.__subclasses__() if k.__module__.startswith("intercom"))
        if kind is not errors.DoorRefused:
            found[kind.code] = "Too fast. Try again in N s." if kind is errors.TooMany else kind.sentence
    found.update({refusal.value: sentence for refusal, sentence in door.SENTENCES.items()})
    return found


def asyncapi() -> bytes:
    """The AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for side, namespace, inbound, outbound in _SIDES:
        here: dict[str, Any] = {}
        for direction, table in (("receive", inbound), ("send", outbound)):
            for event, model in table.items():
                name = f"{side}.{direction}.{event}"
                messages[name] = {
                    "name": event,
                    "title": event,
                    "summary": _first_line(model),
                    "payload": {"$ref": _REF.format(model=model.__name__)},
                }
                here[name] = {"$ref": f"#/components/messages/{name}"}
            operations[f"{side}.{direction}"] = {
                "action": direction,
                "channel": {"$ref": f"#/channels/{side}"},
                "messages": [{"$ref": f"#/channels/{side}/messages/{side}.{direction}.{e}"} for e in table],
            }
        channels[side] = {
            "address": namespace,
            "description": f"Socket.IO namespace {namespace}. Each message from a client is acknowledged "
            "with {ok: true, ...} or with a Refusal.",
            "messages": here,
        }
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Intercom wire",
            "version": __version__,
            "description": "Messages between the intercom server, panels and residents' devices.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": _schemas()},
    }
    return (json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


# -- for people -----------------------------------------------------------------------------------------


def markdown() -> str:
    """`docs/wire.md`: every message with its fields."""
    schemas = _schemas()
    out = [
        "# The wire",
        "",
        "Generated from `intercom/signaling/wire.py` by `scripts/generate`; a test keeps it true.",
        "",
        (wire.__doc__ or "").strip(),
        "",
        "Path `/socket.io`, protocol Socket.IO 5. A panel signs in with its key (cookie, or `auth.key`),",
        "a resident's device with its session's cookie (and `auth.device`, the id that `ready` gave it",
        "before). A refused connection gets `connect_error` with `data.code` and `data.message`. The newest",
        "connection of a panel or device wins; the older one is told `replaced` and ended. Sentences come in",
        "the language of `auth.language`, or of the handshake's Accept-Language.",
        "",
        f"A description is at most {wire.SDP_LIMIT // 1024} KiB, a leg takes {wire.CANDIDATES_LIMIT}",
        "candidates from each side, a socket 300 messages in 10 seconds; a message over 1.3 MB ends its",
        "connection.",
        "",
    ]
    for side, namespace, inbound, outbound in _SIDES:
        out += [f"## `{namespace}`: from the {side}", "", *_table(inbound, schemas)]
        out += [f"## `{namespace}`: to the {side}", "", *_table(outbound, schemas)]
    shared = {n: s for n, s in schemas.items() if n not in {m.__name__ for m in _models()} and n != "Refusal"}
    out += ["## Parts", ""]
    for name in sorted(shared):
        out += [f"### {name}", "", *_fields(shared[name]), ""]
    out += ["## Refusals", "", "| code | sentence |", "|---|---|"]
    out += [f"| `{code}` | {sentence} |" for code, sentence in sorted(codes().items())]
    return "\n".join(out) + "\n"


def _table(table: Mapping[str, type[BaseModel]], schemas: Mapping[str, Any]) -> list[str]:
    out: list[str] = []
    for event, model in table.items():
        out += [f"### `{event}`", "", " ".join((model.__doc__ or "").split()), ""]
        out += [*_fields(schemas[model.__name__]), ""]
    return out


def _fields(schema: Mapping[str, Any]) -> list[str]:
    required = set(schema.get("required", ()))
    rows = [
        f"| `{name}`{'' if name in required else ' (optional)'} | {_type(field)} "
        f"| {field.get('description', '')} |"
        for name, field in schema.get("properties", {}).items()
    ]
    return ["| field | type | |", "|---|---|---|", *rows] if rows else ["No fields."]


def _type(field: Mapping[str, Any]) -> str:
    return _typescript(field).replace("|", "or").replace('"', "`")


# -- for the browser --------------------------------------------------------------------------------------


def typescript() -> str:
    """`web/types/wire.d.ts`: the same shapes for the type checker of the pages."""
    out = ["// Generated from intercom/signaling/wire.py by scripts/generate. Do not edit.", ""]
    for name, schema in sorted(_schemas().items()):
        out.append(f"export interface {name} {{")
        required = set(schema.get("required", ()))
        outgoing = not _inbound(name)
        for field, what in schema.get("properties", {}).items():
            mark = "" if field in required or outgoing else "?"
            out.append(f"  {field}{mark}: {_typescript(what)};")
        out += ["}", ""]
    for side, _, inbound, outbound in _SIDES:
        for title, table in ((f"{side}_messages", inbound), (f"to_{side}", outbound)):
            out.append(f"export interface {''.join(w.title() for w in title.split('_'))} {{")
            out += [f"  {event}: {model.__name__};" for event, model in table.items()]
            out += ["}", ""]
    return "\n".join(out)


def _inbound(name: str) -> bool:
    model: Any = getattr(wire, name, None)
    return isinstance(model, type) and issubclass(model, wire.Message)


def _typescript(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in field:
        return " | ".join(_unique(_typescript(part) for part in field["anyOf"]))
    if "enum" in field:
        return " | ".join(f'"{value}"' for value in field["enum"])
    if "const" in field:
        return json.dumps(field["const"])
    kind = field.get("type")
    if kind == "array":
        inner = _typescript(field["items"])
        return f"({inner})[]" if " " in inner else f"{inner}[]"
    if kind == "object":
        fields = "; ".join(
            f"{name}: {_typescript(what)}" for name, what in field.get("properties", {}).items()
        )
        return f"{{ {fields} }}" if fields else "Record<string, unknown>"
    return {
        "integer": "number",
        "number": "number",
        "string": "string",
        "boolean": "boolean",
        "null": "null",
    }.get(str(kind), "unknown")


def _unique(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(parts))
