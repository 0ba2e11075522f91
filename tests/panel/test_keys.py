"""What is typed at the doorstation's terminal means what it says."""

from __future__ import annotations

import os

import pytest

from intercom.panel import keys
from intercom.panel.messages import Entry

ANNA = Entry(id="e1", name="Anna Lind", unit="Flat 31")
BEN = Entry(id="e2", name="Ben Okafor", unit="Flat 32")
ANNE = Entry(id="e3", name="Anne Berg")
ALL = [ANNA, BEN, ANNE]


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("2", keys.RingEntry(BEN)),
        (" 1 ", keys.RingEntry(ANNA)),
        ("anne berg", keys.RingEntry(ANNE)),
        ("ben", keys.RingEntry(BEN)),
        ("e1", keys.RingEntry(ANNA)),
        ("h", keys.HangUp()),
        ("Q", keys.Quit()),
        ("l", keys.ShowNames()),
        ("", keys.NotUnderstood("Type a number, then press Enter.")),
        ("0", keys.NotUnderstood("No name has the number 0.")),
        ("99999", keys.NotUnderstood("No name has the number 99999.")),
        ("ann", keys.NotUnderstood("Nobody here is called ann.")),
        ("²", keys.NotUnderstood("Nobody here is called ².")),
    ],
)
def test_a_line_means(line: str, meaning: keys.Command) -> None:
    assert keys.command(line, ALL) == meaning


def test_enter_alone_rings_where_there_is_one_bell() -> None:
    assert keys.command("", [ANNA]) == keys.RingEntry(ANNA)


def test_the_list_shows_each_name_with_the_number_that_rings_it() -> None:
    assert keys.listing(ALL) == "   1  Anna Lind, Flat 31\n   2  Ben Okafor, Flat 32\n   3  Anne Berg"


async def test_lines_from_a_pipe_are_read_whole_though_they_come_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, write = os.pipe()
    with os.fdopen(read) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert keys.has_keys()
        os.write(write, b"1\nh")
        os.write(write, b"\nq\nrest")
        os.close(write)
        assert [line async for line in keys.lines()] == ["1", "h", "q"]
