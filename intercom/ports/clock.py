"""Time, as services ask for it."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The time of day."""

    def now(self) -> float:
        """Unix seconds."""
        ...
