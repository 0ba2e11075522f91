"""What is typed at the doorstation's terminal means what it says."""

from __future__ import annotations

import asyncio
import json
import os
import sys

import pytest
from panel_house import KEY, House

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
        ("t", keys.ShowPhrases()),
        ("t 2", keys.SayPhrase("visit")),
        ("T  Hello, Anna", keys.Write("Hello, Anna")),
        ("t 21", keys.NotUnderstood("No phrase has the number 21.")),
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


async def test_the_program_is_worked_by_typing_and_ends_by_itself(house: House) -> None:
    """A process of its own: list, ring by number, hang up, quit, as somebody at the door would."""
    code = (
        "import asyncio, sys; from intercom.panel import PanelOptions, run;"
        f"sys.exit(asyncio.run(run(PanelOptions({house.url!r}, key={KEY!r}, loopback=True))))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    said: list[str] = []

    async def hear(sentence: str) -> None:
        async with asyncio.timeout(8):
            while not (said and said[-1].startswith(sentence)):
                said.append((await process.stdout.readline()).decode().rstrip("\n"))

    await hear("Type a number and press Enter")
    assert "   2  Ben Okafor, Flat 32" in said
    process.stdin.write(b"7\n1\n")
    await hear("No name has the number 7.")
    await hear("Calling Anna Lind, Flat 31")
    process.stdin.write(b"h\n")
    await hear("Call ended: you hung up.")
    process.stdin.write(b"q\n")
    await hear("{")
    assert await asyncio.wait_for(process.wait(), 5) == 0
    assert json.loads(said[-1])["calls"] == 1
    assert house.said("ring") == [{"entry": "e1"}]
