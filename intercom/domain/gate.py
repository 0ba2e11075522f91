"""What an entrance's fence allows: asked when somebody rings, and again before a door opens.

A position can be forged, so it is a convenience and never a right: the most it can bring about is what
policy gives to everybody who stands at the door anyway. Whether there is a call, who took it and who may
open the lock is decided elsewhere and not moved by it.
"""

from __future__ import annotations

from enum import StrEnum

from intercom.domain.evidence import FRESH, Evidence, Place, Source
from intercom.domain.fence import FenceMode


class Gate(StrEnum):
    """The answer."""

    OK = "ok"
    OUTSIDE = "outside"
    """The visitor is not at the door."""
    UNKNOWN = "unknown"
    """Other evidence is needed: a newer position, the code scanned again, or the word on the sign."""


def allowed(mode: FenceMode, evidence: Evidence, now: float) -> Gate:
    """Whether somebody of whom `evidence` is known may ring, or be let in, at `now` (Unix seconds)."""
    if mode is not FenceMode.ENFORCE:
        return Gate.OK
    match place_now(evidence, now):
        case Place.INSIDE:
            return Gate.OK
        case Place.OUTSIDE:
            return Gate.OUTSIDE
        case Place.UNKNOWN:
            return Gate.UNKNOWN


def place_now(evidence: Evidence, now: float) -> Place:
    """What `evidence` is still worth: after `FRESH` seconds nothing. A fixed panel does not walk away."""
    if evidence.source is Source.PANEL:
        return evidence.place
    fresh = evidence.source is not Source.NONE and now - evidence.at <= FRESH
    return evidence.place if fresh else Place.UNKNOWN
