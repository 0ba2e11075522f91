"""answer: accept -> first sound both ways and first frame, in Chromium, against connecting only at accept.

A call: a panel's page rings, a resident's page is answered with a press, both play a tone into their
microphones. Two servers of the same build are called in turns by the same Chromium: one connects ringing
devices early, as it is shipped, the other (INTERCOM_EARLY_LEGS=0) only the device that answers. What is told
is from the press of "Answer" until each end has played the first sound of the other, and until the
resident's page has shown the first frame.

A call with sound before the press, without a picture before it where there must be one (or with one where
there must be none), or without a steady tone in both directions afterwards, ends the run without a figure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import shutil
import signal
import statistics
import struct
import sys
import tempfile
import wave
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from playwright.async_api import Browser, Error, Page, async_playwright
from process import Broken, Server, free_port

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
]
RING_SECONDS = 1.5
"""So long it rings before it is answered: far longer than connecting takes."""
FINGER_MS = 80
"""So long a finger is on the button; the press counts from its end, when the call is accepted."""
HEARD_WITHIN = 8.0
TONE = 0.003
"""The tone is louder than this (W3C audioLevel, 1 is full scale), though the browser takes it for noise."""
WARM_UP = 1

EYES = """
(() => {
  window.peers = [];
  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(...options) {
      super(...options);
      window.peers.push(this);
    }
  };
  const wall = () => performance.timeOrigin + performance.now();
  window.eyes = { sound: null, frame: null, pressed: null };
  window.open_eyes = () => {
    window.peers = window.peers.filter((peer) => peer.signalingState !== "closed");
    const eyes = (window.eyes = { sound: null, frame: null, pressed: null });
    const watched = new WeakSet();
    const look = () => {
      if (eyes !== window.eyes) return;
      for (const peer of window.peers) {
        if (eyes.sound !== null || peer.signalingState === "closed") continue;
        for (const receiver of peer.getReceivers()) {
          if (receiver.track.kind !== "audio") continue;
          const loud = receiver.getSynchronizationSources().some(({ audioLevel }) => audioLevel > %TONE%);
          if (loud) eyes.sound = wall();
        }
      }
      for (const video of document.querySelectorAll("video")) {
        if (eyes.frame !== null || watched.has(video)) continue;
        watched.add(video);
        video.requestVideoFrameCallback(() => (eyes.frame ??= wall()));
      }
      setTimeout(look, 1);
    };
    look();
  };
  addEventListener("click", () => (window.eyes.pressed = wall()), { capture: true });
})();
""".replace("%TONE%", str(TONE))


def tone(path: Path) -> None:
    """A steady tone, as a microphone hears it."""
    rate = 48_000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        loud = (int(12_000 * math.sin(n * 2 * math.pi * 600 / rate)) for n in range(rate))
        file.writeframes(b"".join(struct.pack("<h", one) for one in loud))


@dataclass
class House:
    """A server, a panel and a resident of it, and what was measured."""

    server: Server
    data: Path
    early: bool
    panel: Page | None = None
    resident: Page | None = None
    entry: str = ""
    at_door: list[float] = field(default_factory=list)
    """Milliseconds from the press until the visitor heard the resident."""
    at_home: list[float] = field(default_factory=list)
    """The same the other way round."""
    frame: list[float] = field(default_factory=list)
    """Until the resident saw the visitor; 0: it was there before."""

    @property
    def both(self) -> list[float]:
        """Until both heard each other."""
        return [max(pair) for pair in zip(self.at_door, self.at_home, strict=True)]


async def page(chromium: Browser) -> Page:
    """An empty page of its own, that may hear and see, and that is watched."""
    context = await chromium.new_context(permissions=["camera", "microphone"])
    opened = await context.new_page()
    await opened.add_init_script(EYES)
    return opened


async def settle_in(house: House, chromium: Browser) -> None:
    """The panel shows its names, and the resident is at home."""
    demo = json.loads((house.data / "demo.json").read_text())
    account = next(one for one in demo["accounts"] if one.get("entry"))
    house.entry = account["entry"]
    house.panel, house.resident = await page(chromium), await page(chromium)
    await house.panel.goto(demo["panel_url"])
    await house.resident.goto(account["url"])
    await house.resident.get_by_label("E-mail").fill(account["email"])
    await house.resident.get_by_label("Password").fill(account["password"])
    await house.resident.get_by_role("button", name="Sign in", exact=True).click()
    await house.resident.get_by_role("heading", name="Doors", exact=True).wait_for()
    await house.panel.get_by_role("heading", name="Press a name to ring").wait_for()


async def call(house: House, *, counts: bool) -> None:
    """One call, from the ring to the names again. Raises `Broken`."""
    panel, resident = house.panel, house.resident
    assert panel is not None
    assert resident is not None
    for one in (panel, resident):
        await one.bring_to_front()
        await one.evaluate("open_eyes()")
    name = f"'{house.server.name}'"
    await panel.get_by_role("button", name=house.entry, exact=False).first.click()
    await resident.get_by_role("dialog", name="Incoming call").wait_for()
    await asyncio.sleep(RING_SECONDS)
    before = [await one.evaluate("eyes") for one in (panel, resident)]
    if any(eyes["sound"] is not None for eyes in before):
        raise Broken(f"No figure: at {name} there was sound before the call was answered.")
    if (before[1]["frame"] is not None) is not house.early:
        seen = "no picture" if house.early else "a picture"
        raise Broken(f"No figure: at {name} there was {seen} before the call was answered.")
    answer = resident.get_by_role("button", name="Answer", exact=True)
    await answer.click(delay=FINGER_MS)
    end = asyncio.get_running_loop().time() + HEARD_WITHIN
    while True:
        door, home = [await one.evaluate("eyes") for one in (panel, resident)]
        if None not in (door["sound"], home["sound"], home["frame"]):
            break
        if asyncio.get_running_loop().time() > end:
            raise Broken(f"No figure: at {name} they did not hear or see each other: {door}, {home}.")
        await asyncio.sleep(0.05)
    for one in (panel, resident):
        await steady(one, name)
    await resident.get_by_role("button", name="Hang up", exact=True).click()
    await panel.get_by_role("button", name="Back to the names", exact=True).click()
    await panel.get_by_role("heading", name="Press a name to ring").wait_for()
    if not counts:
        return
    house.at_door.append(door["sound"] - home["pressed"])
    house.at_home.append(home["sound"] - home["pressed"])
    house.frame.append(max(0.0, home["frame"] - home["pressed"]))
    if min(house.at_door[-1], house.at_home[-1]) <= 0:
        raise Broken(f"No figure: at {name} something was heard before the press.")


async def steady(one: Page, name: str) -> None:
    """Raises `Broken` unless the tone goes on: a click alone is no talk."""
    said = "intercom.stats().then((s) => ('connection' in s ? s : Object.values(s)[0]).audioEnergyIn)"
    before = await one.evaluate(said)
    await asyncio.sleep(0.4)
    if await one.evaluate(said) - before < 0.4 * TONE**2 / 4:
        raise Broken(f"No figure: at {name} the tone did not go on.")


def figures(house: House) -> dict[str, float]:
    """Medians, in milliseconds."""
    return {
        "both_hear_ms": round(statistics.median(house.both), 1),
        "visitor_hears_ms": round(statistics.median(house.at_door), 1),
        "resident_hears_ms": round(statistics.median(house.at_home), 1),
        "first_frame_ms": round(statistics.median(house.frame), 1),
    }


WORDS = {
    "both_hear_ms": "accept -> both hear each other, ms",
    "visitor_hears_ms": "accept -> the visitor hears the resident, ms",
    "resident_hears_ms": "accept -> the resident hears the visitor, ms",
    "first_frame_ms": "accept -> the resident sees the visitor, ms",
}


async def measure(options: argparse.Namespace, houses: list[House], sound: Path) -> dict[str, Any]:
    """The calls, in turns. Raises `Broken`."""
    load_before = os.getloadavg()[0]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium",
            args=[*ARGUMENTS, f"--use-file-for-fake-audio-capture={sound}"],
        )
        try:
            for house in houses:
                await settle_in(house, chromium)
            for turn in range(WARM_UP + options.calls):
                for house in houses if turn % 2 else houses[::-1]:
                    await call(house, counts=turn >= WARM_UP)
            version = chromium.version
        except Error as fault:
            raise Broken(f"No figure: {fault.message.splitlines()[0]}") from None
        finally:
            await chromium.close()
    late, early = houses
    floor, ours = figures(late), figures(early)
    ratios = [b / a for a, b in zip(late.both, early.both, strict=True)]
    return {
        "bench": "answer",
        "floor": floor,
        "ours": ours,
        "ratio": {name: round(ours[name] / value, 3) if value else None for name, value in floor.items()},
        "ratio_of_each_pair": [round(ratio, 3) for ratio in ratios],
        "median_of_pairs": round(statistics.median(ratios), 3),
        "calls": options.calls,
        "chromium": version,
        "cores": os.cpu_count(),
        "load_average": [round(load_before, 2), round(os.getloadavg()[0], 2)],
    }


def table(result: dict[str, Any]) -> str:
    """The figures for people."""
    rows = [("median", "at accept", "early", "ratio")]
    for name, words in WORDS.items():
        ratio = result["ratio"][name]
        cells = (f"{result['floor'][name]:.0f}", f"{result['ours'][name]:.0f}")
        rows.append((words, *cells, "-" if ratio is None else f"{ratio:.2f}"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
    before, after = result["load_average"]
    lines.append(
        f"\n{result['calls']} calls to each, in turns; no sound before the press in any, a picture before it"
        f" in all that connect early.\nRatio of each pair, both hear each other:"
        f" {', '.join(f'{r:.2f}' for r in result['ratio_of_each_pair'])};"
        f" median {result['median_of_pairs']:.2f}.\nChromium {result['chromium']}, {result['cores']} cores,"
        f" load average {before:.1f} before and {after:.1f} after."
    )
    return "\n".join(lines)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Start both servers, measure, end both and remove what was written."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="intercom-bench-")))
        sound = folder / "tone.wav"
        tone(sound)
        env = {name: value for name, value in os.environ.items() if not name.startswith("INTERCOM_")}
        houses: list[House] = []
        for name, legs in (("at accept", "0"), ("early", "3")):
            port, data = free_port(), folder / f"data{legs}"
            command = [
                "-m",
                "intercom",
                "demo",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
                "--data",
                str(data),
            ]
            server = Server(
                name,
                [sys.executable, *command],
                port,
                folder / f"log{legs}",
                env | {"INTERCOM_EARLY_LEGS": legs, "INTERCOM_RING_LIMIT": "1000 per minute"},
            )
            stack.callback(server.stop)
            houses.append(House(server, data, early=legs != "0"))
        for house in houses:
            house.server.until_ready()
        return asyncio.run(measure(options, houses, sound))


def _ended(*_: Any) -> NoReturn:
    raise SystemExit(143)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench answer",
        description=__doc__.partition(": ")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--calls", type=int, default=9, help="to each server (%(default)s)")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of the table")
    options = parser.parse_args()
    if options.calls < 1:
        parser.error("calls must be more than nothing")
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
