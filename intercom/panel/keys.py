"""The terminal as a keypad: what a typed line means, and reading lines without blocking."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from .messages import Entry
from .text import VISITOR


@dataclass(frozen=True)
class RingEntry:
    """Ring this entry."""

    entry: Entry


@dataclass(frozen=True)
class HangUp:
    """End the call."""


@dataclass(frozen=True)
class ShowNames:
    """Print the names again."""


@dataclass(frozen=True)
class ShowPhrases:
    """Print the prepared phrases."""


@dataclass(frozen=True)
class SayPhrase:
    """Send a prepared phrase, by its name."""

    name: str


@dataclass(frozen=True)
class Write:
    """Send a line of text."""

    words: str


@dataclass(frozen=True)
class Quit:
    """End the program."""


@dataclass(frozen=True)
class NotUnderstood:
    """The line means nothing; `why` says so to the person who typed it."""

    why: str


Command = RingEntry | HangUp | ShowNames | ShowPhrases | SayPhrase | Write | Quit | NotUnderstood


def command(line: str, entries: Sequence[Entry]) -> Command:
    """What a line means: a number, a name, `h`, `l`, `t`, `q`; Enter alone rings an only entry."""
    text = line.strip()
    match text.casefold():
        case "h":
            return HangUp()
        case "l" | "?":
            return ShowNames()
        case "q":
            return Quit()
        case "t":
            return ShowPhrases()
        case said if said.startswith("t "):
            return _said(text[2:].strip())
        case "" if len(entries) == 1:
            return RingEntry(entries[0])
        case "":
            return NotUnderstood("Type a number, then press Enter.")
        case _ if text.isdecimal() and len(text) < 6:
            if 1 <= int(text) <= len(entries):
                return RingEntry(entries[int(text) - 1])
            return NotUnderstood(f"No name has the number {int(text)}.")
        case _:
            entry = find(text, entries)
            return RingEntry(entry) if entry else NotUnderstood(f"Nobody here is called {text[:60]}.")


def _said(words: str) -> Command:
    """What follows `t`: a phrase's number, or words."""
    if not (words.isdecimal() and len(words) < 6):
        return Write(words)
    names = list(VISITOR)
    if 1 <= int(words) <= len(names):
        return SayPhrase(names[int(words) - 1])
    return NotUnderstood(f"No phrase has the number {int(words)}.")


def find(wanted: str, entries: Sequence[Entry]) -> Entry | None:
    """The entry with this id or exactly this name, else the only one whose line starts so."""
    text = wanted.strip().casefold()
    for entry in entries:
        if entry.id == wanted.strip():
            return entry
    same = [entry for entry in entries if text in {entry.name.casefold(), entry.line.casefold()}]
    if len(same) == 1:
        return same[0]
    begins = [entry for entry in entries if entry.line.casefold().startswith(text)]
    return begins[0] if text and len(begins) == 1 else None


def listing(entries: Sequence[Entry]) -> str:
    """The names with the numbers that ring them."""
    return "\n".join(f"{number:4}  {entry.line}" for number, entry in enumerate(entries, 1))


def phrases() -> str:
    """The prepared phrases with the numbers that send them."""
    return "\n".join(f"{number:4}  {words}" for number, words in enumerate(VISITOR.values(), 1))


def has_keys() -> bool:
    """Somebody may type at stdin: it is a terminal or a pipe."""
    try:
        kind = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return sys.stdin.isatty() or stat.S_ISFIFO(kind)


async def lines() -> AsyncIterator[str]:
    """Lines that are typed at stdin, until it ends. Only when `has_keys`."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Queue[bytes] = asyncio.Queue()
    number = sys.stdin.fileno()

    def read() -> None:
        # Bytes of the descriptor: sys.stdin's own buffer would hide lines from the event loop.
        try:
            typed.put_nowait(os.read(number, 4096))
        except OSError:
            typed.put_nowait(b"")

    loop.add_reader(number, read)
    rest = b""
    try:
        while part := await typed.get():
            *whole, rest = (rest + part)[-65536:].split(b"\n")
            for line in whole:
                yield line.decode(errors="replace")
    finally:
        loop.remove_reader(number)
