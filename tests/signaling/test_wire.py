"""The wire's documents say what the code does, and every event has a schema, a handler and a closed door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import BaseModel

from intercom import app as composition
from intercom.assembly import adapters
from intercom.assembly import edges as edges_family
from intercom.config import Settings
from intercom.signaling import document, wire
from tests.e2e.house import House

ROOT = Path(__file__).resolve().parents[2]
SIDES = (
    ("panel", wire.PANEL_MESSAGES, wire.TO_PANEL),
    ("resident", wire.RESIDENT_MESSAGES, wire.TO_RESIDENT),
)


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("docs/wire.md", document.markdown),
        ("docs/asyncapi.json", lambda: document.asyncapi().decode()),
        ("web/types/wire.d.ts", document.typescript),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_generated_document_is_what_the_code_generates_now(path: str, make: Any) -> None:
    assert (ROOT / path).read_text() == make(), f"{path} is out of date: run scripts/generate"


@pytest.fixture
def asyncapi() -> dict[str, Any]:
    """The AsyncAPI document."""
    return json.loads(document.asyncapi())


def references(value: Any) -> Iterator[str]:
    """Every `$ref` inside."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolve(whole: dict[str, Any], reference: str) -> Any:
    """What a reference points to."""
    assert reference.startswith("#/"), reference
    found: Any = whole
    for part in reference[2:].split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def test_the_asyncapi_document_has_the_parts_of_version_3(asyncapi: dict[str, Any]) -> None:
    assert asyncapi["asyncapi"] == "3.0.0"
    assert asyncapi["info"]["title"]
    assert asyncapi["info"]["version"]
    assert set(asyncapi) <= {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"}  # fmt: skip  # noqa: E501
    found = list(references(asyncapi))
    assert len(found) > 50
    for reference in found:
        assert isinstance(resolve(asyncapi, reference), dict), reference
    for name, channel in asyncapi["channels"].items():
        assert channel["address"] == f"/{name}"
    for name, operation in asyncapi["operations"].items():
        assert operation["action"] in ("send", "receive"), name
        channel = operation["channel"]["$ref"]
        assert operation["messages"], name
        for message in operation["messages"]:  # an operation's messages are its channel's (AsyncAPI 3.0)
            assert message["$ref"].startswith(f"{channel}/messages/")
    for name, message in asyncapi["components"]["messages"].items():
        payload = resolve(asyncapi, message["payload"]["$ref"])
        assert payload["type"] == "object", name
        assert message["summary"], name


def test_every_event_of_the_wire_stands_in_the_asyncapi_document_and_no_other(
    asyncapi: dict[str, Any],
) -> None:
    for side, inbound, outbound in SIDES:
        for action, table in (("receive", inbound), ("send", outbound)):
            operation = asyncapi["operations"][f"{side}.{action}"]
            assert operation["action"] == action
            messages = [
                resolve(asyncapi, resolve(asyncapi, m["$ref"])["$ref"]) for m in operation["messages"]
            ]
            assert {m["name"]: m["payload"]["$ref"].rsplit("/", 1)[-1] for m in messages} == {
                event: model.__name__ for event, model in table.items()
            }
    assert len(asyncapi["operations"]) == 4
    schemas = asyncapi["components"]["schemas"]
    for _, inbound, outbound in SIDES:
        for model in (*inbound.values(), *outbound.values()):
            assert set(schemas[model.__name__]["properties"]) == set(model.model_fields)
            assert schemas[model.__name__]["additionalProperties"] is False


def test_every_code_that_a_refusal_can_carry_is_in_the_documents(asyncapi: dict[str, Any]) -> None:
    listed = asyncapi["components"]["schemas"]["Refusal"]["properties"]["error"]["properties"]["code"]["enum"]
    assert set(listed) == set(document.codes())
    text = document.markdown()
    for code, sentence in document.codes().items():
        assert f"| `{code}` | {sentence} |" in text
        assert sentence.endswith((".", "s."))


def test_the_server_gives_out_the_same_asyncapi_document(house: House) -> None:
    answer = house.ask("GET", "/api/asyncapi.json")
    assert answer.status == 200
    assert answer.header("Content-Type") == "application/json"
    assert answer.body == (ROOT / "docs/asyncapi.json").read_bytes()


def test_every_message_of_a_client_forbids_what_it_does_not_know_and_limits_what_it_knows() -> None:
    for _, inbound, _ in SIDES:
        for event, model in inbound.items():
            for part in _parts(model):
                assert part.model_config.get("extra") == "forbid", (event, part)
                assert part.model_config.get("strict") is True, (event, part)
                for schema in part.model_json_schema()["properties"].values():
                    for kind in schema.get("anyOf", [schema]):
                        if kind.get("type") == "string" and "enum" not in kind and "const" not in kind:
                            assert "maxLength" in kind, f"{event}: a text of any length: {schema}"
                        if kind.get("type") == "array":
                            assert "maxItems" in kind, f"{event}: a list of any length: {schema}"


def _parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for info in model.model_fields.values():
        for inner in [info.annotation, *getattr(info.annotation, "__args__", ())]:
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from _parts(inner)


async def test_the_server_has_two_namespaces_and_one_door_for_every_event_of_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    edges: list[Any] = []

    def make(*arguments: Any, **options: Any) -> Any:
        made.append(make_server(*arguments, **options))
        return made[-1]

    class Spy(edges_family.Namespace):  # type: ignore[type-arg, misc]
        def __init__(self, sio: Any, edge: Any, *others: Any) -> None:
            edges.append(edge)
            super().__init__(sio, edge, *others)

    make_server = adapters.make_server
    monkeypatch.setattr(adapters, "make_server", make)
    monkeypatch.setattr(edges_family, "Namespace", Spy)
    settings = Settings(data=tmp_path / "data")
    composition.prepare(settings)
    server = await composition.build(settings)
    runner = web.AppRunner(server.app)  # started and stopped once: that closes its files
    await runner.setup()
    await runner.cleanup()

    (sio,) = made
    # no handler of a single event: all pass the catch-all, which knows the socket's owner and parses
    assert {name: set(handlers) for name, handlers in sio.handlers.items()} == {
        "/panel": {"connect", "disconnect", "*"},
        "/resident": {"connect", "disconnect", "*"},
    }
    assert not sio.namespace_handlers
    tables = {f"/{side}": inbound for side, inbound, _ in SIDES}
    assert {edge.namespace for edge in edges} == set(tables)
    for edge in edges:
        assert edge.schemas is tables[edge.namespace]
        assert set(edge.handlers) == set(edge.schemas), "an event without a schema, or without a handler"
