"""What the vendor's answers to an opening mean: a table of HTTP status, code and word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from intercom.domain.door import Refusal
from intercom.ports import CommandRefused, CommandResult, CommandTaken, CommandUnknown


class Matter(StrEnum):
    """What an answer says beyond this one command."""

    NONE = "none"
    CODE_WRONG = "code_wrong"
    """Counts towards a hub that must be activated anew."""
    CODE_BLOCKED = "code_blocked"
    """The hub takes no Codes for a while."""
    THEIRS = "theirs"
    """Their side is not well: no commands for a moment."""
    TOKEN = "token"
    """Our token was not taken."""
    CLOSED = "closed"
    """The whole site is closed to us: no subscription, or not released."""
    OURS = "ours"
    """Our request was wrong."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came. `text`: the beginning of it in small letters, for its words only."""

    status: int
    body: Any = None
    text: str = ""

    @property
    def good(self) -> bool:
        """Done as asked."""
        return 200 <= self.status < 300

    @property
    def code(self) -> int | None:
        """The vendor's own number for what is wrong."""
        return _code(self.body)


def _code(body: Any, depth: int = 0) -> int | None:
    """Wherever in the answer it stands: the documents name it in several ways."""
    if not isinstance(body, Mapping) or depth > 2:
        return None
    fields = {
        str(key).lower().replace("_", ""): value for key, value in cast("Mapping[Any, Any]", body).items()
    }
    for name in ("errorcode", "code", "error"):
        value = fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6:
            return int(value)
        found = _code(value, depth + 1)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What becomes of the command, and what else is known now."""

    result: CommandResult
    matter: Matter = Matter.NONE


def _no(why: Refusal, matter: Matter = Matter.NONE) -> Meaning:
    return Meaning(CommandRefused(why), matter)


_DOWN = Meaning(CommandUnknown(Refusal.CORE_DOWN), Matter.THEIRS)
_SILENT = Meaning(CommandUnknown(Refusal.NO_REPLY))
_OURS = _no(Refusal.OUR_FAULT, Matter.OURS)

CODES: dict[int, Meaning] = {
    1100: _OURS,
    1101: _OURS,
    1102: _OURS,
    1500: _no(Refusal.OUR_FAULT, Matter.TOKEN),
    2201: _DOWN,
    2202: _no(Refusal.OTP_INVALID, Matter.CODE_WRONG),
    2203: _no(Refusal.NOT_ALLOWED),
    2210: _no(Refusal.NOT_RELEASED, Matter.CLOSED),
    2212: _no(Refusal.NO_SUBSCRIPTION, Matter.CLOSED),
    3010: _DOWN,
    3101: _DOWN,
    3102: _SILENT,
    3103: _no(Refusal.NOT_ALLOWED),
    3104: _OURS,
    3105: _no(Refusal.LOCK_OFFLINE),
    3201: _DOWN,
}
"""The codes that an opening meets. Others of the vendor's table belong to other requests."""

WORDS: tuple[tuple[str, Meaning], ...] = (
    ("otp_blocked", _no(Refusal.OTP_BLOCKED, Matter.CODE_BLOCKED)),
    ("otp_invalid", _no(Refusal.OTP_INVALID, Matter.CODE_WRONG)),
)
"""Words that make a hub's error (3102) certain: the hub looked at the Code and said no."""


def meaning(reply: Reply) -> Meaning:
    """What an answer to an opening means. Whatever cannot be told for certain is unknown, never opened."""
    if reply.good:
        return Meaning(CommandTaken())
    if reply.status == 401:
        return CODES[1500]
    if reply.status == 429:
        return _DOWN
    if reply.code == 3102:
        return next((meant for word, meant in WORDS if word in reply.text), _SILENT)
    if reply.code in CODES:
        return CODES[reply.code]
    if reply.status >= 500 or reply.status < 400:
        return _DOWN
    if reply.status == 408 or reply.code is None:
        return _SILENT  # not the vendor's own words: something on the way spoke
    return _OURS
