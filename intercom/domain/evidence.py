"""Evidence of where a caller stands: at the door or not, and how that is known.

A position stays with whoever judged it; what is kept, told and logged is this value, which has no
coordinate in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a caller stands, as far as it is known."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"
    """Vague, stale, refused or missing; never read as inside."""


class Source(StrEnum):
    """How it is known."""

    PANEL = "panel"
    """The caller is a fixed panel, which is at its door by nature."""
    POSITION = "position"
    """The caller's device said where it is."""
    SCAN = "scan"
    """The code at the door was scanned a moment ago."""
    WORD = "word"
    """The word on the sign was typed."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of where a caller stands. `at`: when it was gathered, Unix seconds."""

    place: Place
    source: Source
    at: float = 0.0


AT_THE_PANEL = Evidence(Place.INSIDE, Source.PANEL)
NOTHING = Evidence(Place.UNKNOWN, Source.NONE)
FRESH = 60.0
"""Older evidence is gathered anew before a door opens, in seconds."""
