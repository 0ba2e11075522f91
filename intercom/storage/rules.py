"""A site's rules as a JSON document in its row."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import orjson

from intercom.domain.fence import FenceMode
from intercom.domain.phonebook import Fallback, SiteRules
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
    if "fallback_to" in rules:
        rules["fallback_to"] = Fallback(rules["fallback_to"])
    if "resident_fence" in rules:
        rules["resident_fence"] = FenceMode(rules["resident_fence"])
    return SiteRules(**rules)


def hours_to(spans: tuple[WeekSpan, ...]) -> str | None:
    """A unit's own hours as a document; none for none."""
    return orjson.dumps(spans).decode() if spans else None


def hours_from(document: str | None) -> tuple[WeekSpan, ...]:
    """The hours of a document."""
    return spans_from(orjson.loads(document)) if document else ()


def spans_from(stored: list[dict[str, int]]) -> tuple[WeekSpan, ...]:
    """Spans of a week as stored."""
    return tuple(WeekSpan(span["weekday"], span["start"], span["end"]) for span in stored)
