"""A site's rules as a JSON document in its row."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import orjson

from intercom.domain.phonebook import SiteRules
from intercom.domain.week import WeekSpan

_KNOWN = {field.name for field in fields(SiteRules)}


def rules_to(rules: SiteRules) -> str:
    """The rules as a document."""
    return orjson.dumps(asdict(rules)).decode()


def rules_from(document: str) -> SiteRules:
    """The rules of a document; what a newer server stored besides is left out."""
    stored: dict[str, Any] = orjson.loads(document)
    rules = {name: value for name, value in stored.items() if name in _KNOWN}
    if "opening_hours" in rules:
        rules["opening_hours"] = spans_from(rules["opening_hours"])
    return SiteRules(**rules)


def spans_from(stored: list[dict[str, int]]) -> tuple[WeekSpan, ...]:
    """Spans of a week as stored."""
    return tuple(WeekSpan(span["weekday"], span["start"], span["end"]) for span in stored)
