"""phonebook: ten thousand residents against a hundred: the panel's search, the admin's list, memory.

Two houses run side by side and are asked in turns, so that what else the machine does falls on both. Every
answer is held against what the bench knows of the names before a figure is printed: order and rows of the
list, who is found, what the panel is told. The panel's search is the page's own code, run by node on the
entries that the panel got over the wire; letters are typed one after the other, and a press is over when
the rows that the page draws at once are ready.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from client import Socket
from crowd import Crowd, crowd
from process import Broken, Server, free_port

AIM = 1.5
REST_SECONDS = 0.6
"""Between changes: those that come faster are told together."""
ROWS = 50
"""On a page of the admin's list."""


@dataclass
class House:
    """A running server, who lives there, and what was measured."""

    count: int
    server: Server
    crowd: Crowd
    times: dict[str, list[float]] = field(default_factory=dict)
    list_cpu: float = 0.0
    """Milliseconds of the server's processor for a page, on average."""
    bytes: int = 0
    page_heap: int = 0
    ready_ms: float = 0.0
    told_ms: list[float] = field(default_factory=list)

    @property
    def listed(self) -> list[tuple[str, str, str]]:
        """Everybody as the list must name them: by family name, then first name, without accents."""
        return sorted(self.crowd.people.values(), key=lambda who: (plain(who[1]), plain(who[0])))


def plain(text: str) -> str:
    """Without accents and capitals: the bench's own idea of it."""
    other = text.casefold().replace("ø", "o").replace("ł", "l")
    return "".join(c for c in unicodedata.normalize("NFD", other) if not unicodedata.combining(c))


# -- the admin's list -----------------------------------------------------------------------------------

_ROW = re.compile(r'<th scope="row"><a href="[^"]*"><bdi>([^<]*)</bdi>')


async def listed(house: House, http: aiohttp.ClientSession, query: str) -> tuple[list[str], str, float]:
    """The names on a page, its text, and the milliseconds until it was there."""
    began = time.perf_counter()
    async with http.get(
        f"{house.server.url}/admin/site/residents?{query}",
        headers={"Cookie": f"intercom_session={house.crowd.session}"},
    ) as response:
        text = await response.text()
    took = (time.perf_counter() - began) * 1000
    if response.status != 200:
        raise Broken(f"The list answered {response.status}.")
    return [html.unescape(name) for name in _ROW.findall(text)], text, took


async def measure_list(houses: list[House], turns: int) -> None:
    """First page, a page in the middle, and a search for one person, in turns; each answer is checked."""
    async with aiohttp.ClientSession() as http:
        for turn in range(turns + 3):  # the first turns fill caches
            for house in houses:
                cpu = house.server.cpu_seconds()
                everybody = [f"{last}, {first}" for first, last, _ in house.listed]
                middle = max(1, house.count // ROWS // 2)
                first, last, _ = house.listed[turn * 7 % house.count]
                same = [
                    name for name in everybody if plain(first) in plain(name) and plain(last) in plain(name)
                ]
                for what, query, wanted, total in (
                    ("first page", "", everybody[:ROWS], house.count),
                    (
                        "page in the middle",
                        f"page={middle}",
                        everybody[(middle - 1) * ROWS :][:ROWS],
                        house.count,
                    ),
                    ("search", f"q={first}+{last}", same[:ROWS], len(same)),
                ):
                    names, text, took = await listed(house, http, query)
                    if names != wanted or f"of {total}" not in text:
                        raise Broken(f"The list of {house.count} answers wrongly to '{query}': {names[:3]}")
                    if turn >= 3:
                        house.times.setdefault(f"list, {what}", []).append(took)
                if turn >= 3:
                    house.list_cpu += (house.server.cpu_seconds() - cpu) * 1000 / 3 / turns


# -- the panel ------------------------------------------------------------------------------------------


async def hear_a_change(house: House, times: int) -> None:
    """How long after an admin's change the panel is told it."""
    news: asyncio.Queue[Any] = asyncio.Queue()
    async with aiohttp.ClientSession(max_line_size=2**16) as http:
        panel = Socket("/panel")
        await panel.connect(http, house.server.url, {"key": house.crowd.panel})
        panel.heard = lambda event, body: news.put_nowait(body) if event == "phonebook" else None
        for turn in range(times):
            await asyncio.sleep(REST_SECONDS)
            began = time.perf_counter()
            async with http.patch(
                f"{house.server.url}/api/v1/sites/site/residents/e{turn}",
                json={"alias": f"Alias {turn}"},
                headers={"Cookie": f"intercom_session={house.crowd.session}"},
            ) as response:
                if response.status != 200:
                    raise Broken(f"An alias was answered with {response.status}.")
            async with asyncio.timeout(10):
                entries = (await news.get())["entries"]
            house.told_ms.append((time.perf_counter() - began) * 1000)
            if len(entries) != house.count or f"Alias {turn}" not in {entry["name"] for entry in entries}:
                raise Broken("The panel was told something else than the change.")
        await panel.close()


async def entries_of(house: House) -> list[dict[str, Any]]:
    """What the panel is told first, checked."""
    async with aiohttp.ClientSession() as http:
        panel = Socket("/panel")
        await panel.connect(http, house.server.url, {"key": house.crowd.panel})
        await panel.close()
    entries = panel.ready["entries"]
    told = [(entry["name"], entry["unit"]) for entry in entries]
    if told != [(f"{first} {last}", unit) for first, last, unit in house.listed]:
        raise Broken(f"The panel of {house.count} was not told everybody in their order.")
    return entries


class Page:
    """The page's search, in a node of its own."""

    def __init__(self) -> None:
        self._node = subprocess.Popen(
            ["node", "--expose-gc", str(Path(__file__).with_name("search.mjs"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **question: Any) -> dict[str, Any]:
        """Its answer to one line."""
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(question) + "\n")
        self._node.stdin.flush()
        line = self._node.stdout.readline()
        if not line:
            raise Broken("node ended; is Node.js 20 or newer installed?")
        return json.loads(line)

    def end(self) -> None:
        """End it."""
        self._node.terminate()
        self._node.wait()


def typing(house: House) -> list[str]:
    """What visitors type: family names letter by letter, a whole name, a flat, a floor."""
    some = [house.listed[number * house.count // 12] for number in range(12)]
    words = [last[: letters + 1] for _, last, _ in some for letters in range(len(last))]
    words += [f"{first} {last}" for first, last, _ in some]
    return words + [unit for *_, unit in some] + ["floor 1"]


def measure_search(houses: list[House], entries: list[list[dict[str, Any]]], turns: int) -> None:
    """Presses of keys in turns, after each answer was compared with looking at every name."""
    page = Page()
    try:
        for house, lines in zip(houses, entries, strict=True):
            told = page.ask(name=str(house.count), entries=lines)
            house.page_heap, house.ready_ms = told["heap"], told["ready_ms"]
            typed = typing(house)
            answers = page.ask(name=str(house.count), typed=typed, times=0)["answers"]
            for words, found in zip(typed, answers, strict=True):
                if found != looked_for(lines, words):
                    raise Broken(f"Typing '{words}' finds {len(found)} of {house.count}, wrongly.")
        for turn in range(turns):
            for house in houses:
                told = page.ask(name=str(house.count), typed=typing(house), times=5)
                if turn:
                    house.times.setdefault("search at the panel, a key", []).extend(told["drawn"])
                    house.times.setdefault("of it, finding", []).extend(told["found"])
    finally:
        page.end()


def looked_for(lines: list[dict[str, Any]], words: str) -> list[str]:
    """Who has every word in their name or unit, or is on that floor; by looking at each."""
    parts = plain(words).split()
    if len(parts) > 1:
        parts = [part for part in parts if part != "floor"]

    def has(line: dict[str, Any], part: str) -> bool:
        text = f"{line['name']} {line['unit']}"
        german = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
        return part in plain(text) or part in plain(german) or line["floor"] == part

    return [line["id"] for line in lines if all(has(line, part) for part in parts)]


# -- all of it ------------------------------------------------------------------------------------------


async def measure(houses: list[House], options: argparse.Namespace) -> None:
    """Everything, into the houses."""
    entries = [await entries_of(house) for house in houses]
    await measure_list(houses, options.turns)
    for house in houses:
        house.bytes = house.server.resident_bytes()
    measure_search(houses, entries, options.turns // 5 + 2)
    for house in houses:
        await hear_a_change(house, options.changes)


def figures(few: House, many: House) -> dict[str, Any]:
    """Medians of both, and their ratios."""
    rows: dict[str, Any] = {}
    for what in few.times:
        unit = "µs" if "panel" in what or "finding" in what else "ms"
        pair = [statistics.median(house.times[what]) for house in (few, many)]
        rows[what] = {"unit": unit, "few": pair[0], "many": pair[1], "ratio": pair[1] / pair[0]}
    cpu = (few.list_cpu, many.list_cpu)
    ratio = {"ratio": cpu[1] / cpu[0]} if cpu[0] else {}
    rows["list, the server's processor"] = {"unit": "ms", "few": cpu[0], "many": cpu[1], **ratio}
    told = [statistics.median(house.told_ms) for house in (few, many)]
    rows["a change reaches the panel"] = {"unit": "ms", "few": told[0], "many": told[1]}
    ready = (few.ready_ms, many.ready_ms)
    rows["search made ready, once"] = {"unit": "ms", "few": ready[0], "many": ready[1]}
    heap = [house.page_heap / 2**20 for house in (few, many)]
    rows["memory of the search"] = {"unit": "MiB", "few": heap[0], "many": heap[1]}
    server = [house.bytes / 2**20 for house in (few, many)]
    rows["memory of the server"] = {
        "unit": "MiB", "few": server[0], "many": server[1], "ratio": server[1] / server[0],
    }  # fmt: skip
    return rows


def table(rows: dict[str, Any], few: int, many: int) -> str:
    """The figures for people."""
    lines = [f"{'figure':32}{few:>10,}{many:>10,}  {'':4}{'ratio':>7}"]
    for what, row in rows.items():
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else "-"
        lines.append(f"{what:32}{row['few']:10.2f}{row['many']:10.2f}  {row['unit']:4}{ratio:>7}")
    lines.append(
        f"\nMedians of answers that were all right; the aim for ratios is below {AIM}.\n"
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}."
    )
    return "\n".join(lines)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Start both servers, measure, end both and remove what was written."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="intercom-bench-")))
        env = {name: value for name, value in os.environ.items() if not name.startswith("INTERCOM_")}
        houses: list[House] = []
        for count in (options.few, options.many):
            data = folder / str(count)
            data.mkdir()
            people = crowd(data, count)
            port = free_port()
            command = [sys.executable, "-m", "intercom", "serve", "--host", "127.0.0.1"]
            command += ["--data", str(data), "--port", str(port)]
            server = Server(f"{count} residents", command, port, folder / f"{count}.log", env)
            stack.callback(server.stop)
            houses.append(House(count, server, people))
        for house in houses:
            house.server.until_ready()
        asyncio.run(measure(houses, options))
        return figures(*houses)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench phonebook",
        description=__doc__.partition(": ")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--few", type=int, default=100, help="residents of the one house (%(default)s)")
    parser.add_argument("--many", type=int, default=10_000, help="of the other, at most 10400 (%(default)s)")
    parser.add_argument("--turns", type=int, default=60, help="of asking each house (%(default)s)")
    parser.add_argument("--changes", type=int, default=8, help="that the panels are told (%(default)s)")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of the table")
    options = parser.parse_args()
    if not ROWS <= options.few <= options.many <= 10_400 or options.turns < 1 or options.changes < 1:
        parser.error(f"from {ROWS} to 10400 residents, and at least one turn and one change")
    try:
        rows = run(options)
    except Broken as why:
        print(why, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing was measured.", file=sys.stderr)
        return 130
    print(
        json.dumps({"bench": "phonebook", **rows}) if options.json else table(rows, options.few, options.many)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
