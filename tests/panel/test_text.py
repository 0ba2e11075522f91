"""Text at the doorstation: phrases that mean the same as in browsers, and a line that nobody can misuse."""

from __future__ import annotations

import random
import re
from pathlib import Path

from intercom.panel.text import RESIDENT, VISITOR, TextLine, Wrote

WEB = Path(__file__).resolve().parents[2] / "web" / "static" / "js" / "core" / "phrases.js"


class End:
    """A line, what it sends, and what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.sent: list[str] = []
        self.line = TextLine(self._heard)

    def _heard(self, line: Wrote) -> None:
        self.said.append(line.words)


def joined(*ends: End) -> None:
    """A new connection between two; what was on its way is lost."""
    for end in ends:
        end.sent.clear()
        end.line.use(end.sent.append)


def passed(one: End, other: End) -> None:
    """Everything arrives."""
    while one.sent or other.sent:
        for here, there in ((one, other), (other, one)):
            while here.sent:
                there.line.hear(here.sent.pop(0))


def test_the_forty_phrases_are_those_of_the_browser() -> None:
    listed = re.findall(r'\{ name: "([a-z-]+)", words: \(\) => t\("(.+)"\) \}', WEB.read_text())
    assert listed == [*RESIDENT.items(), *VISITOR.items()]
    assert len(listed) == 40


def test_nothing_is_said_or_heard_before_the_call_is_established() -> None:
    door, flat = End(), End()
    joined(door, flat)
    flat.line.open()  # a device that does not keep to the rules
    flat.line.write("Early")
    door.line.write("At the door")
    door.line.hear("junk\u2028\u0098phrase coming\u009c")
    passed(door, flat)
    assert not door.said
    assert not flat.said
    assert not door.line.growing
    door.line.open()
    passed(door, flat)
    assert door.said == ["Early"]
    assert flat.said == ["At the door"]


def test_lines_come_once_over_connections_that_come_and_go() -> None:
    for seed in range(200):
        dice = random.Random(seed)
        door, flat = End(), End()
        wrote: dict[End, list[str]] = {door: [], flat: []}
        door.line.open()
        flat.line.open()
        joined(door, flat)
        for step in range(40):
            match dice.randrange(6):
                case 0:
                    joined(door, flat)
                case 1 | 2:
                    here, there = dice.choice([(door, flat), (flat, door)])
                    if here.sent:
                        there.line.hear(here.sent.pop(0))
                case _:
                    end = dice.choice([door, flat])
                    end.line.write(f"line {step}")
                    wrote[end].append(f"line {step}")
        joined(door, flat)
        passed(door, flat)
        assert door.said == wrote[flat], seed
        assert flat.said == wrote[door], seed


def test_letters_are_taken_back_and_junk_is_passed_over() -> None:
    door = End()
    door.line.open()
    door.line.hear("Colix\bs")
    assert door.line.growing == "Colis"
    door.line.hear("\b" * 50 + "\x1b[31m\u0098phrase\u009c\u0098heard -1\u009c\u0098never ends")
    assert door.line.growing == "[31m", "no escape reaches the terminal"
    door.line.hear("x" * 100_000)
    for _ in range(9):
        door.line.hear("y" * 1000)
    assert len(door.line.growing) == 2000
    door.line.hear("\u2028 \u2028\u0098phrase of-another-year\u009c")
    assert door.said[1:] == ["A phrase that this doorstation does not know."]
