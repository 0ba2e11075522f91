"""Calls and openings as JSON documents. Explicit both ways; infinity is stored as null."""

from __future__ import annotations

from math import inf
from typing import Any

import orjson

from intercom.domain.call import Call, Leg, LegStage, Reason, Rules, Side, Stage
from intercom.domain.door import Factor, Opening, Refusal, Truth
from intercom.domain.evidence import AT_THE_PANEL, NOTHING, Evidence, Place, Source


def call_to(call: Call) -> bytes:
    """The call as a document."""
    return orjson.dumps(call, default=_never)


def call_from(document: bytes) -> Call:
    """The call of a document."""
    d: dict[str, Any] = orjson.loads(document)
    return Call(
        id=d["id"],
        site=d["site"],
        entrance=d["entrance"],
        entry=d["entry"],
        panel=d["panel"],
        people=tuple(d["people"]),
        legs=tuple(_leg(leg) for leg in d["legs"]),
        placed_at=d["placed_at"],
        rules=Rules(**d["rules"]),
        stage=Stage(d["stage"]),
        accepted=d["accepted"],
        accepted_at=d["accepted_at"],
        established_at=d["established_at"],
        ended_at=d["ended_at"],
        reason=None if d["reason"] is None else Reason(d["reason"]),
        ended_by=None if d["ended_by"] is None else Side(d["ended_by"]),
        caller_lost_until=_moment(d["caller_lost_until"]),
        caller_silent_since=_moment(d.get("caller_silent_since")),
        resident_silent_since=_moment(d.get("resident_silent_since")),
        silence_told=d.get("silence_told", False),
        camera=d["camera"],
        busy=tuple(d["busy"]),
        extended=d.get("extended", 0),
        visitor=d.get("visitor", False),
        evidence=_evidence(d["evidence"]) if "evidence" in d else AT_THE_PANEL,
        follows=d.get("follows"),
        opens_at=d.get("opens_at"),
    )


def _evidence(d: dict[str, Any]) -> Evidence:
    return Evidence(Place(d["place"]), Source(d["source"]), d["at"])


def _leg(d: dict[str, Any]) -> Leg:
    return Leg(
        id=d["id"],
        device=d["device"],
        person=d["person"],
        stage=LegStage(d["stage"]),
        connected=d["connected"],
        reason=None if d["reason"] is None else Reason(d["reason"]),
        lost_until=_moment(d["lost_until"]),
        pushed=d.get("pushed", False),
    )


def opening_to(opening: Opening) -> bytes:
    """The opening as a document."""
    return orjson.dumps(opening, default=_never)


def opening_from(document: bytes) -> Opening:
    """The opening of a document."""
    d: dict[str, Any] = orjson.loads(document)
    return Opening(
        id=d["id"],
        request=d["request"],
        site=d["site"],
        entrance=d["entrance"],
        lock=d["lock"],
        lock_name=d["lock_name"],
        person=d["person"],
        device=d["device"],
        call=d["call"],
        truth=Truth(d["truth"]),
        at=d["at"],
        told_at=d["told_at"],
        code=None if d["code"] is None else Refusal(d["code"]),
        deadline=_moment(d["deadline"]),
        relocks_at=d["relocks_at"],
        without_call=d.get("without_call", d["call"] is None),
        evidence=_evidence(d["evidence"]) if "evidence" in d else NOTHING,
        factor=None if d.get("factor") is None else Factor(d["factor"]),
        core_event=d.get("core_event"),
        until=d.get("until"),
        left=d.get("left"),
    )


def _moment(value: float | None) -> float:
    return inf if value is None else value


def _never(value: object) -> object:
    raise TypeError(f"{type(value).__name__} has no place in a document")
