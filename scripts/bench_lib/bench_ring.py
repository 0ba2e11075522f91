"""ring: visits at a steady rate while every household is connected, against a bare python-socketio relay.

A visit: a panel rings an entry, both devices of the household ring, offer, are answered, exchange
candidates and connect; one accepts, the other is told so, the caller hangs up: 17 acknowledged messages in,
21 out. Visits start by the clock, however slow the server is. The relay and the product's `intercom serve`
(database, sign-in, validation, log at INFO) run side by side on uvloop; the same client plays the same
visits to them in turns.

CPU of a visit is the server process's own. It differs from turn to turn by what else the machine does, the
ratio of one turn hardly. A lost, doubled or wrong message, a refusal, or a warning in the log ends the run
without a figure.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import math
import os
import random
import resource
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import aiohttp
import uvloop
from building import Building, build
from client import Refused, Socket
from process import Broken, Server, free_port
from visit import Visit

ROOT = Path(__file__).resolve().parents[2]
WARM_UP_SECONDS = 2.0
SETTLE_SECONDS = 0.3
PANEL_REST_SECONDS = 3.0
"""A panel has one call at a time, so each comes in turn after this long."""
UNIT_REST_SECONDS = 2.0
CONNECTING_AT_ONCE = 40
LATE_MS = 5.0
"""A bench that starts visits later than this has not had its share of the machine."""


@dataclass
class House:
    """A server with everybody connected to it, and what was measured of it."""

    server: Server
    panels: list[Socket] = field(default_factory=list)
    devices: list[tuple[Socket, Socket]] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    """The measured ones."""
    warming: list[Visit] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Milliseconds a visit, of each turn."""
    idle_bytes: float = 0.0
    """A device."""
    played: int = 0
    late: list[float] = field(default_factory=list)
    """How late the bench itself was to start a visit."""


async def fill(house: House, http: aiohttp.ClientSession, building: Building) -> None:
    """Connect all devices, then the panels. What the devices cost is the memory that grows meanwhile; the
    first few are not counted, because with them the server fills its caches."""
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def connected(namespace: str, auth: dict[str, str], cookie: str | None = None) -> Socket:
        socket = Socket(namespace)
        async with gate:
            await socket.connect(http, house.server.url, auth, cookie)
        return socket

    async def household(entry: str, tokens: tuple[str, str]) -> tuple[Socket, Socket]:
        # the relay takes everybody at their word, and finds devices by entry
        first, second = (
            connected("/resident", {"device": f"{entry}.{n}"}, f"intercom_session={token}")
            for n, token in enumerate(tokens)
        )
        return await asyncio.gather(first, second)

    homes = list(zip(building.entries, building.sessions, strict=True))
    few = max(1, len(homes) // 20)
    house.devices = await asyncio.gather(*(household(*home) for home in homes[:few]))
    await asyncio.sleep(0.5)
    before = house.server.resident_bytes()
    house.devices += await asyncio.gather(*(household(*home) for home in homes[few:]))
    await asyncio.sleep(2)
    house.idle_bytes = (house.server.resident_bytes() - before) / max(1, 2 * (len(homes) - few))
    house.panels = await asyncio.gather(*(connected("/panel", {"key": key}) for key in building.panels))


async def turn(
    house: House, entries: Sequence[str], order: Sequence[int], rate: float, visits: int
) -> list[Visit]:
    """Play so many visits at the rate, each started when the clock says so.

    Raises `Broken` when the panel or the household of a visit has not done with its last one.
    """
    start = time.perf_counter() + 0.05
    played: list[Visit] = []
    tasks: dict[Any, asyncio.Task[None]] = {}
    for n in range(visits):
        due = start + n / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        house.late.append(time.perf_counter() - due)
        unit = order[house.played % len(order)]
        panel = house.panels[house.played % len(house.panels)]
        if any(key in tasks and not tasks[key].done() for key in (panel, unit)):
            raise Broken(
                f"No figure: a visit to '{house.server.name}' went on when its panel or household was due"
                f" again. The bench was up to {max(house.late):.1f} s late itself: if that is much, the"
                " machine was busy with other work."
            )
        visit = Visit(panel, house.devices[unit], entries[unit], winner=(house.played // 3 + n) % 2)
        house.played += 1
        played.append(visit)
        tasks[panel] = tasks[unit] = asyncio.create_task(visit.play())
    await asyncio.gather(*tasks.values())
    await asyncio.sleep(SETTLE_SECONDS)  # for what comes twice
    return played


def examine(house: House) -> None:
    """Raises `Broken` unless everything was as it has to be."""
    visits = [*house.warming, *house.visits]
    bad = [(n, visit.faults()) for n, visit in enumerate(visits)]
    bad = [(n, faults) for n, faults in bad if faults]
    if bad:
        n, faults = bad[0]
        raise Broken(
            f"No figure: {len(bad)} of {len(visits)} visits to '{house.server.name}' went wrong;"
            f" visit {n}: {'; '.join(faults[:4])}."
        )
    calls = {visit.call for visit in visits}
    if len(calls) != len(visits):
        raise Broken(f"No figure: '{house.server.name}' gave two visits one call.")
    lost = [socket.lost for pair in house.devices for socket in pair if socket.lost]
    if lost or not house.server.alive():
        raise Broken(f"No figure: '{house.server.name}' dropped {len(lost)} sockets: {lost[:1]}.")
    log = house.server.log.read_text(errors="replace")
    for line in log.splitlines():
        if "Traceback" in line or "[error" in line or "[critical" in line or "[warning" in line:
            raise Broken(f"No figure: '{house.server.name}' logged: {line[:300]}")


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def figures(house: House) -> dict[str, float]:
    """Name to figure; times in milliseconds, memory in KiB and MiB."""
    invited = [visit.invited * 1000 for visit in house.visits]
    acked = [visit.accept_acked * 1000 for visit in house.visits]
    told = [visit.loser_told * 1000 for visit in house.visits]
    return {
        "cpu_ms_a_visit": statistics.median(house.cpu),
        "press_to_both_invited_ms_p50": percentile(invited, 0.5),
        "press_to_both_invited_ms_p99": percentile(invited, 0.99),
        "accept_to_ack_ms_p50": percentile(acked, 0.5),
        "accept_to_ack_ms_p99": percentile(acked, 0.99),
        "accept_to_loser_told_ms_p50": percentile(told, 0.5),
        "accept_to_loser_told_ms_p99": percentile(told, 0.99),
        "idle_device_kib": house.idle_bytes / 1024,
        "resident_mib": house.server.resident_bytes() / 2**20,
    }


WORDS = {
    "cpu_ms_a_visit": "CPU of the server a visit, ms (median of turns)",
    "press_to_both_invited_ms_p50": "press -> both devices invited, ms, p50",
    "press_to_both_invited_ms_p99": "press -> both devices invited, ms, p99",
    "accept_to_ack_ms_p50": "accept -> acknowledged, ms, p50",
    "accept_to_ack_ms_p99": "accept -> acknowledged, ms, p99",
    "accept_to_loser_told_ms_p50": "accept -> loser told, ms, p50",
    "accept_to_loser_told_ms_p99": "accept -> loser told, ms, p99",
    "idle_device_kib": "memory of an idle device, KiB",
    "resident_mib": "resident memory at the end, MiB",
}


async def measure(
    options: argparse.Namespace, floor: House, ours: House, building: Building
) -> dict[str, Any]:
    """Everybody connects, then the servers have their turns. Raises `Broken`."""
    order = list(range(len(building.entries)))
    random.Random(options.seed).shuffle(order)
    visits = max(1, round(options.rate * options.seconds / options.rounds))
    load_before = os.getloadavg()[0]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        for house in (floor, ours):
            try:
                await fill(house, http, building)
            except (Refused, TimeoutError, aiohttp.ClientError) as error:
                raise Broken(
                    f"No figure: not everybody could connect to '{house.server.name}': {error!r}."
                    f" {house.server.last_words()}"
                ) from None
        gc.collect()
        gc.freeze()
        for house in (floor, ours):
            house.warming = await turn(
                house, building.entries, order, options.rate, math.ceil(options.rate * WARM_UP_SECONDS)
            )
        for _ in range(options.rounds):
            for house in (floor, ours):
                before = house.server.cpu_seconds()
                house.visits += await turn(house, building.entries, order, options.rate, visits)
                house.cpu.append((house.server.cpu_seconds() - before) * 1000 / visits)
        for house in (floor, ours):
            examine(house)
        measured = figures(floor), figures(ours)
        for house in (floor, ours):
            await asyncio.gather(
                *(socket.close() for socket in [*house.panels, *(s for pair in house.devices for s in pair)])
            )
    ratios = [b / a if a else math.inf for a, b in zip(floor.cpu, ours.cpu, strict=True)]
    return {
        "bench": "ring",
        "floor": {name: round(value, 3) for name, value in measured[0].items()},
        "ours": {name: round(value, 3) for name, value in measured[1].items()},
        "ratio": {
            name: round(measured[1][name] / value, 3) if value > 0 else None
            for name, value in measured[0].items()
        }
        | {"cpu_ms_a_visit": round(statistics.median(ratios), 3)},
        "cpu_ratio_of_each_turn": [round(ratio, 3) for ratio in ratios],
        "visits": len(ours.visits),
        "rate": options.rate,
        "units": options.units,
        "devices": options.units * 2,
        "panels": len(building.panels),
        "event_loop": "uvloop, both",
        "python": sys.version.split()[0],
        "cores": os.cpu_count(),
        "load_average": [round(load_before, 2), round(os.getloadavg()[0], 2)],
        "bench_late_ms_p99": round(percentile([*floor.late, *ours.late], 0.99) * 1000, 2),
    }


def table(result: dict[str, Any]) -> str:
    """The figures for people."""
    rows = [("figure", "floor", "ours", "ratio")]
    for name, words in WORDS.items():
        ratio = result["ratio"][name]
        rows.append(
            (
                words,
                f"{result['floor'][name]:.2f}",
                f"{result['ours'][name]:.2f}",
                "-" if ratio is None else f"{ratio:.2f}",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    if result["bench_late_ms_p99"] > LATE_MS:
        lines.append("\nThe machine was too busy with other work for the times at p99 to say much.")
    before, after = result["load_average"]
    lines.append(
        f"\n{result['visits']} visits to each at {result['rate']:g} a second, none lost, none doubled;"
        f" {result['devices']} devices, {result['panels']} panels.\n"
        f"CPU ratio of each turn: {', '.join(f'{r:.2f}' for r in result['cpu_ratio_of_each_turn'])}."
        f" The bench was {result['bench_late_ms_p99']:.1f} ms late at p99.\n"
        f"Event loop: {result['event_loop']}. Python {result['python']}, {result['cores']} cores,"
        f" load average {before:.1f} before and {after:.1f} after."
    )
    return "\n".join(lines)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Start both servers, measure, end both and remove what was written."""
    panels = max(60, math.ceil(options.rate * PANEL_REST_SECONDS))
    if options.units < options.rate * UNIT_REST_SECONDS:
        raise Broken(
            f"At {options.rate:g} visits a second, at least {math.ceil(options.rate * 2)} units are needed."
        )
    sockets = 2 * (2 * options.units + panels) + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < sockets:
        raise Broken(
            f"This needs {sockets} open files, and the limit is {hard}: raise it, or use fewer --units."
        )
    if soft < sockets:
        resource.setrlimit(resource.RLIMIT_NOFILE, (sockets, hard))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="intercom-bench-")))
        data = folder / "data"
        data.mkdir()
        building = build(data, options.units, panels)
        env = {name: value for name, value in os.environ.items() if not name.startswith("INTERCOM_")}
        ours_env = env | {
            "INTERCOM_RING_LIMIT": "100000 per minute",
            "INTERCOM_LOG_LEVEL": "info",
            "INTERCOM_STUN": "stun:192.0.2.1:3478",
            "INTERCOM_TURN": "turn:192.0.2.1:3478",
            "INTERCOM_TURN_SECRET": "for measuring only",
        }
        houses: list[House] = []
        for name, command, its_env in (
            ("floor", [str(Path(__file__).with_name("floor.py"))], env),
            (
                "ours",
                ["-m", "intercom", "serve", "--host", "127.0.0.1", "--data", str(data), "--port"],
                ours_env,
            ),
        ):
            port = free_port()
            server = Server(
                name, [sys.executable, *command, str(port)], port, folder / f"{name}.log", its_env
            )
            stack.callback(server.stop)
            houses.append(House(server))
        for house in houses:
            house.server.until_ready()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(measure(options, *houses, building))


def _ended(*_: Any) -> NoReturn:
    raise SystemExit(143)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench ring",
        description=__doc__.partition(": ")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=30, help="of load on each server (%(default)s)")
    parser.add_argument("--rate", type=float, default=20, help="visits a second (%(default)s)")
    parser.add_argument("--units", type=int, default=500, help="households of two devices (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each server (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the order in which units are visited")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of the table")
    options = parser.parse_args()
    if options.seconds <= 0 or options.rate <= 0 or options.rounds < 1 or options.units < 1:
        parser.error("seconds, rate, units and rounds must be more than nothing")
    signal.signal(signal.SIGTERM, _ended)
    try:
        result = run(options)
    except Broken as why:
        print(why, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing was measured.", file=sys.stderr)
        return 130
    print(json.dumps(result) if options.json else table(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
