"""What an answer means, by rules that an installer writes, parted by " or " or a line each; any may fit.

A rule is one or more conditions, joined by " and ":

    2xx                a status (HTTP): 200, 200-204, 2xx
    = UNLOCKED         the whole text is that
    ~ welcome          the text contains that
    relay.ison = true  a value in the JSON: =, !=, <, >; a list's items by number (relays.0.ison)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from intercom.domain.language import N_

_STATUS = re.compile(r"([1-5])xx|([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?")
_VALUE = re.compile(r"([\w.\[\]$-]+)\s*(=|!=|<|>)\s*(.*)")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the text, and the status where it came by HTTP."""

    text: str
    status: int = 0

    def value(self, path: str) -> Any:
        """The value at `path` in the JSON, or something that equals nothing."""
        try:
            found: Any = json.loads(self.text)
        except (ValueError, RecursionError):
            return _MISSING
        for part in path.replace("[", ".").replace("]", "").removeprefix("$").strip(".").split("."):
            if isinstance(found, dict) and part in found:
                found = cast("dict[str, Any]", found)[part]
            elif isinstance(found, list) and part.isascii() and part.isdigit():
                items = cast("list[Any]", found)
                found = items[int(part)] if int(part) < len(items) else _MISSING
            else:
                return _MISSING
        return found


Condition = Callable[[Answer], bool]


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules as they were written. None at all fit nothing."""

    rules: tuple[tuple[Condition, ...], ...] = ()

    def fit(self, answer: Answer) -> bool:
        """Whether one of them does."""
        return any(all(condition(answer) for condition in rule) for rule in self.rules)

    def __bool__(self) -> bool:
        return bool(self.rules)


def rules(text: str) -> Rules:
    """Read them. Raises `ValueError` with a sentence."""
    written = (one.strip() for line in text.splitlines() for one in line.split(" or "))
    return Rules(tuple(tuple(_condition(part) for part in one.split(" and ")) for one in written if one))


def _condition(text: str) -> Condition:
    text = text.strip()
    if found := _STATUS.fullmatch(text):
        hundreds, first, last = found.groups()
        low = int(hundreds) * 100 if hundreds else int(first)
        high = low + 99 if hundreds else int(last or first)
        return lambda answer: low <= answer.status <= high
    if text.startswith("~") and (part := text[1:].strip()):
        return lambda answer: part.casefold() in answer.text.casefold()
    if text.startswith("="):
        whole = text[1:].strip()
        return lambda answer: answer.text.strip() == whole
    if found := _VALUE.fullmatch(text):
        return _compared(*found.groups())
    raise ValueError(N_("This rule cannot be read: %(rule)s", rule=text))


def _compared(path: str, sign: str, written: str) -> Condition:
    try:
        wanted: Any = json.loads(written)
    except ValueError:
        wanted = written
    if sign in "<>":
        if not _is_number(wanted):
            raise ValueError(N_("This rule cannot be read: %(rule)s", rule=f"{path} {sign} {written}"))
        smaller = sign == "<"

        def ordered(answer: Answer) -> bool:
            found = answer.value(path)
            return _is_number(found) and (found < wanted if smaller else found > wanted)

        return ordered

    def same(answer: Answer) -> bool:
        found = answer.value(path)
        # 1 is not true here, but "on" written bare is the text "on"
        return found is not _MISSING and type(found) is type(wanted) and found == wanted

    if sign == "=":
        return lambda answer: same(answer) or answer.value(path) == written
    return lambda answer: (
        answer.value(path) is not _MISSING and not same(answer) and answer.value(path) != written
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
