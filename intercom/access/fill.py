"""Templates of a command: `{lock}`, `{request}`, `{seconds}` and `{expires}` are filled in, all else stays.

What is filled in is written so that it can change nothing but its own place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from intercom.domain.door import Lock
from intercom.domain.ids import RequestId

_PLACE = re.compile(r"\{(lock|request|seconds|expires)\}")
_PLAIN = re.compile(r"[^\x00-\x1f\x7f]*")


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `expires`: when it must not be carried out any more, Unix seconds."""

    lock: Lock
    request: RequestId
    expires: float

    def words(self) -> dict[str, str]:
        """What is filled in at each place."""
        seconds = self.lock.open_seconds
        return {
            "lock": named(self.lock),
            "request": self.request,
            "seconds": f"{seconds:g}",
            "expires": str(int(self.expires)),
        }


def named(lock: Lock) -> str:
    """What the core calls the lock."""
    return lock.core_ref or lock.id


def has_places(text: str) -> bool:
    """Whether anything is to be filled in."""
    return _PLACE.search(text) is not None


def into_address(template: str, words: dict[str, str]) -> str:
    """An address or a part of one: percent-encoded."""
    return _filled(template, words, lambda text: quote(text, safe=""))


def into_json(template: str, words: dict[str, str]) -> str:
    """JSON: escaped as within a string, which leaves numbers as they are."""
    return _filled(template, words, lambda text: json.dumps(text)[1:-1])


def into_line(template: str, words: dict[str, str]) -> str:
    """A header's value. Raises `ValueError` for what would end the line."""

    def line(text: str) -> str:
        if not _PLAIN.fullmatch(text):
            raise ValueError("a control character")
        return text

    return _filled(template, words, line)


def into_topic(template: str, words: dict[str, str]) -> str:
    """A topic. Raises `ValueError` for a name that would be a wildcard (MQTT 4.7)."""

    def levels(text: str) -> str:
        if not text or not _PLAIN.fullmatch(text) or set(text) & set("+#"):
            raise ValueError("no name for a topic")
        return text

    return _filled(template, words, levels)


def _filled(template: str, words: dict[str, str], write: Callable[[str], str]) -> str:
    return _PLACE.sub(lambda place: write(words[place[1]]), template)
