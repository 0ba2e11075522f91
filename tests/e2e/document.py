"""Holds the answers of a house's API against the house's own document."""

from __future__ import annotations

import copy
import json
import re
from functools import cached_property
from typing import Any

import jsonschema_rs


class Document:
    """An OpenAPI document, read strictly: an object has the keys that are written down and no others."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._paths = [
            (re.compile(re.sub(r"\{\w+\}", r"[^/]+", path)), path) for path in sorted(document["paths"])
        ]
        self._checks: dict[tuple[str, str, str], jsonschema_rs.Draft202012Validator] = {}

    @cached_property
    def _components(self) -> dict[str, Any]:
        found = copy.deepcopy(self.document["components"])
        for schema in found["schemas"].values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        return found

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The operation that answers this request: its path in the document, and what it says."""
        plain = path.split("?")[0]
        for pattern, name in self._paths:
            if pattern.fullmatch(plain) and method.lower() in self.document["paths"][name]:
                return name, self.document["paths"][name][method.lower()]
        return None

    def fault(self, method: str, path: str, status: int, kind: str | None, body: bytes) -> str | None:
        """What is wrong with an answer, or None. An address or method that is not written down is refused."""
        found = self.operation(method, path)
        if found is None:
            return None if status in (404, 405) else f"{method} {path} is not in the document"
        name, operation = found
        told = operation["responses"].get(str(status))
        if told is None:
            return f"{method} {name} does not say that it may answer {status}: {body[:500]!r}"
        if "$ref" in told:
            told = self._components["responses"][told["$ref"].rsplit("/", 1)[-1]]
        content = told.get("content")
        if not content:
            return f"{method} {name}: {status} has no body, but there is one" if body else None
        plain = (kind or "").split(";")[0]
        if plain not in content:
            return f"{method} {name}: {status} comes as {plain}, not as {list(content)}"
        if "schema" not in content[plain]:
            return None
        key = (method, name, str(status))
        if key not in self._checks:
            schema = {**content[plain]["schema"], "components": self._components}
            self._checks[key] = jsonschema_rs.Draft202012Validator(schema)
        try:
            self._checks[key].validate(json.loads(body))
        except (ValueError, jsonschema_rs.ValidationError) as error:
            return f"{method} {name}: {status} does not fit its schema: {str(error)[:800]} in {body[:500]!r}"
        return None
