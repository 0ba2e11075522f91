"""`scripts/bench`: what it measures it has checked, and it keeps no figure of a run that went wrong."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "bench_lib"))

from visit import Visit  # noqa: E402 - needs the path

Events = list[tuple[str, str, dict[str, Any]]]
Change = Callable[[Events], object]


class Wire:
    """One end of a server that answers a visit as it should, but for what `change` does to its events."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.heard: Any = None

    async def call(self, event: str, body: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(0)
        return self.server.take(self, event, body)


class Server:
    """Tells panel and devices what the wire says they are told."""

    def __init__(self, change: Change) -> None:
        self.panel, self.devices = Wire(self), (Wire(self), Wire(self))
        self.change = change
        self.rung = 0

    def tell(self, *events: tuple[str, str, dict[str, Any]]) -> None:
        said = list(events)
        self.change(said)
        ends = {"panel": self.panel, "0": self.devices[0], "1": self.devices[1]}
        for who, event, body in said:
            ends[who].heard(event, {"call": "c", **body})

    def take(self, sender: Wire, event: str, body: dict[str, Any]) -> dict[str, Any]:
        leg = body.get("leg")
        match event:
            case "ring":
                self.tell(("0", "invite", {"leg": "l0"}), ("1", "invite", {"leg": "l1"}))
                self.tell(("panel", "call", {"stage": "calling"}))
            case "ringing":
                self.rung += 1
                self.tell(("panel", "leg", {"leg": leg}))
                if self.rung == 1:
                    self.tell(("panel", "call", {"stage": "ringing"}))
            case "sdp" | "candidates":
                self.tell((str(leg)[1] if sender is self.panel else "panel", event, body))
            case "media_up" if sender is not self.panel:
                self.tell(("panel", "leg", {"leg": leg}))
            case "accept":
                winner = str(leg)[1]
                loser = "1" if winner == "0" else "0"
                up = {"leg": leg, "stage": "established"}
                stop = {"leg": f"l{loser}", "reason": "accepted_elsewhere"}
                self.tell((winner, "call", up), ("panel", "call", up), (loser, "stop", stop))
            case "hang_up":
                over = {"stage": "ended", "reason": "completed"}
                self.tell(("panel", "call", over), ("1", "call", over))
            case _:
                pass
        return {"ok": True, "call": "c"}


async def faults(change: Change, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr("visit.SECONDS", 0.2)
    server = Server(change)
    visit = Visit(server.panel, server.devices, "entry", winner=1)
    await visit.play()
    return visit.faults()


def lose(who: str, event: str) -> Change:
    return lambda events: events.__setitem__(slice(None), [e for e in events if e[:2] != (who, event)])


def double(who: str, event: str) -> Change:
    return lambda events: events.extend([e for e in events if e[:2] == (who, event)])


def reword(who: str, event: str, **words: Any) -> Change:
    return lambda events: [body.update(words) for w, e, body in events if (w, e) == (who, event)]


async def test_a_visit_where_all_went_well_has_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await faults(lambda events: None, monkeypatch) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lose("0", "invite"), "0 invite"),
        (double("1", "invite"), "doubled or uncalled for: 1 invite"),
        (lose("0", "stop"), "lost: 0 stop"),
        (double("0", "stop"), "doubled or uncalled for: 0 stop"),
        (reword("0", "stop", reason="cancelled"), "0 heard stop  with a wrong reason"),
        (lose("1", "call"), "lost: 1 call"),
        (double("panel", "call"), "doubled or uncalled for: panel call"),
        (lose("panel", "leg"), "lost: panel leg"),
        (reword("0", "candidates", candidates=[]), "0 heard candidates l0 with a wrong candidates"),
        (lambda events: events.append(("0", "door", {})), "doubled or uncalled for: 0 door"),
        (lambda events: [body.update(call="d") for _, e, body in events if e == "leg"], "of another call"),
    ],
)
async def test_a_lost_doubled_or_wrong_message_is_a_fault(
    change: Change, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await faults(change, monkeypatch)
    assert any(said in fault for fault in found), found


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "scripts" / "bench"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_help_names_every_bench() -> None:
    told = bench("--help")
    assert told.returncode == 0
    names = {path.stem.removeprefix("bench_") for path in (ROOT / "scripts" / "bench_lib").glob("bench_*.py")}
    assert names <= set(told.stdout.split())


def test_an_unknown_bench_is_refused_in_a_sentence() -> None:
    told = bench("nothing")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("scripts/bench does not know 'nothing'")


def test_a_small_ring_bench_compares_the_server_with_the_floor() -> None:
    told = bench("ring", "--seconds", "2", "--units", "20", "--rate", "5", "--rounds", "1", "--json")
    assert told.returncode == 0, told.stderr
    (line,) = told.stdout.splitlines()
    result = json.loads(line)
    assert result["visits"] == 10
    assert set(result["floor"]) == set(result["ours"]) == set(result["ratio"])
    assert result["ours"]["press_to_both_invited_ms_p50"] > 0


def test_too_few_households_for_the_rate_are_refused_in_a_sentence() -> None:
    told = bench("ring", "--rate", "50", "--units", "10")
    assert told.returncode == 1
    assert "at least 100 units are needed" in told.stderr


def test_a_small_phonebook_bench_checks_every_answer_and_compares_both_houses() -> None:
    told = bench("phonebook", "--few", "60", "--many", "180", "--turns", "2", "--changes", "1", "--json")
    assert told.returncode == 0, told.stderr
    (line,) = told.stdout.splitlines()
    result = json.loads(line)
    assert {"list, first page", "list, search", "search at the panel, a key", "memory of the server"} < set(
        result
    )
    assert all(
        row["many"] > 0 for name, row in result.items() if name.startswith(("list, f", "search", "a "))
    )


def test_more_residents_than_the_bench_has_names_for_are_refused_in_a_sentence() -> None:
    told = bench("phonebook", "--many", "20000")
    assert told.returncode == 2
    assert "from 50 to 10400 residents" in told.stderr
