"""Text in the call: what was written on both sides, and the forty phrases that are sent by their names.

It travels over the leg's data channel as ITU-T T.140 (RFC 8865): letters, U+0008 takes back the last
one, U+2028 ends a line. Between U+0098 and U+009C stands what is not text: `phrase moment`, and
`heard 3`, with which each end begins and tells how many lines it has, so that a new connection goes on
where the old one was cut. The browser's half is `web/static/js/core/text.js`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

LABEL: Final = "text"
"""What the data channel is called; any other is none of ours."""

LONGEST = 2000
"""Letters of a line."""
KEPT = 200
"""Own lines that can be said again."""

_ERASE, _END, _BEGIN, _APART, _TOGETHER = "\b", "\u2028", "\ufeff", "\u0098", "\u009c"
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
"""Controls, too: what comes is printed on a terminal."""
_PHRASE = re.compile(r"phrase ([a-z][a-z-]{0,39})")
_HEARD = re.compile(r"heard ([0-9]{1,6})")

RESIDENT: Final = {
    "coming": "I am coming.",
    "moment": "One moment, please.",
    "come-up": "Please come up.",
    "push-now": "I will open for you. Push when it turns green.",
    "leave-at-door": "Please leave it at the door.",
    "leave-on-stairs": "Please leave it on the stairs.",
    "letterbox": "Please put it in the letterbox.",
    "neighbour": "Please give it to a neighbour.",
    "ground-floor": "Ground floor.",
    "first-floor": "First floor.",
    "second-floor": "Second floor.",
    "third-floor": "Third floor.",
    "top-floor": "Top floor.",
    "left": "On the left.",
    "right": "On the right.",
    "cannot-hear": "I cannot hear you. Please write.",
    "who": "Who are you, please?",
    "later": "Please come back later.",
    "that-is-right": "Yes, that is right.",
    "no-thank-you": "No, thank you.",
}
"""What residents' devices offer, by name."""

VISITOR: Final = {
    "delivery": "I have a delivery for you.",
    "visit": "I have come to visit you.",
    "appointment": "I have an appointment.",
    "deaf": "I am deaf. Please write to me.",
    "open": "Please open the door.",
    "which-floor": "Which floor, please?",
    "where-leave": "Where may I leave it?",
    "signature": "I need a signature.",
    "too-big": "It does not fit in the letterbox.",
    "meal": "I am bringing the meal that was ordered.",
    "repair": "I have come for a repair.",
    "meter": "I have come to read the meter.",
    "shut": "The door is still shut.",
    "inside": "I am inside now.",
    "wrong-bell": "Sorry, I rang the wrong bell.",
    "no-language": "I do not speak your language.",
    "help": "I need help.",
    "yes": "Yes.",
    "no": "No.",
    "thank-you": "Thank you.",
}
"""What is offered at the door, by name."""


def phrase_words(name: str) -> str:
    """What a phrase says, in English as everything here."""
    return RESIDENT.get(name) or VISITOR.get(name) or "A phrase that this doorstation does not know."


@dataclass(frozen=True)
class Wrote:
    """A finished line of the other side."""

    words: str


class TextLine:
    """The text of one leg.

    Nothing is sent, and nothing that comes is taken, before `open`, which is when the call is
    established: a device that only rings neither reads nor writes.
    """

    def __init__(self, on_line: Callable[[Wrote], None]) -> None:
        """`on_line` is called with each line that they finish."""
        self.growing = ""
        """What they are writing."""
        self._on_line = on_line
        self._opened = False
        self._send: Callable[[str], None] | None = None
        self._greeted = False
        self._asked: int | None = None
        self._heard = 0
        self._mine: list[str] = []
        self._gone: int | None = None
        """Lines they heard that are not in `_mine`: forgotten, or of an earlier run. None: not told yet."""

    def use(self, send: Callable[[str], None]) -> None:
        """A new connection's channel is up, and sends by `send`."""
        self._send = send
        self._greeted = False
        self._asked = None
        self.growing = ""
        self._greet()

    def lose(self) -> None:
        """The channel is gone."""
        self._send = None

    def open(self) -> None:
        """The call is established."""
        if not self._opened:
            self._opened = True
            self._greet()
            self._catch_up()

    def write(self, words: str) -> None:
        """Say a line."""
        line = _UNSEEN.sub("", words)[:LONGEST]
        if line.strip():
            self._say(line + _END)

    def say(self, phrase: str) -> None:
        """Say a prepared phrase by its name."""
        self._say(f"{_APART}phrase {phrase}{_TOGETHER}")

    def hear(self, piece: str) -> None:
        """A piece came. Whatever makes no sense in it is passed over."""
        if len(piece) > 3 * LONGEST:
            return
        growing = list(self.growing)
        at = 0
        while at < len(piece):
            letter = piece[at]
            at += 1
            if letter == _ERASE:
                del growing[-1:]
            elif letter == _END:
                line = "".join(growing)
                growing.clear()
                self._take(line)
            elif letter == _APART:
                end = piece.find(_TOGETHER, at)
                if end < 0:
                    break
                self._order(piece[at:end])
                at = end + 1
            elif len(growing) < LONGEST and not _UNSEEN.match(letter):
                growing.append(letter)
        if self._opened:
            self.growing = "".join(growing)

    def _order(self, order: str) -> None:
        if phrase := _PHRASE.fullmatch(order):
            self._take(phrase_words(phrase[1]))
        elif (heard := _HEARD.fullmatch(order)) and self._asked is None:
            self._asked = int(heard[1])
            self._catch_up()

    def _take(self, line: str) -> None:
        if self._opened and line.strip():
            self._heard += 1
            self._on_line(Wrote(line))

    def _say(self, piece: str) -> None:
        self._mine.append(piece)
        if len(self._mine) > KEPT:
            del self._mine[0]
            self._gone = None if self._gone is None else self._gone + 1
        if self._opened and self._asked is not None and self._send is not None:
            self._send(piece)

    def _greet(self) -> None:
        if self._opened and not self._greeted and self._send is not None:
            self._greeted = True
            self._send(f"{_BEGIN}{_APART}heard {self._heard}{_TOGETHER}")

    def _catch_up(self) -> None:
        if self._opened and self._asked is not None and self._send is not None:
            self._gone = self._asked if self._gone is None else self._gone
            for piece in self._mine[max(0, self._asked - self._gone) :]:
                self._send(piece)
