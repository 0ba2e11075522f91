"""What the machine gives: the time, chance, and the folders of our own files."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


class SystemClock:
    """`ports.Clock`."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time()


def new_id() -> str:
    """A name that nobody guesses: 96 random bits."""
    return secrets.token_urlsafe(12)


def web_folder() -> Path:
    """Templates and static files: in the wheel, or beside the package in a checkout."""
    packed = _PACKAGE / "_web"
    return packed if packed.exists() else _PACKAGE.parent / "web"


def tones_folder() -> Path:
    """The ringtones: in the wheel, or beside the package in a checkout."""
    packed = _PACKAGE / "_ringtones"
    return packed if packed.exists() else _PACKAGE.parent / "ringtones"
