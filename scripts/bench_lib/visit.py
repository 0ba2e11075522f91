"""One visit: a panel rings, both devices of the household ring and connect, one accepts, and it ends.

The visit is played by `play` and judged by `faults`: every message that should come came once, to the
right socket, with the right words, and nothing else came.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Protocol

SECONDS = 15.0
"""Longer than this a visit does not take."""

CANDIDATES = [
    {
        "candidate": f"candidate:{n} 1 udp 2130706431 192.0.2.{n} 5000{n} typ host generation 0 ufrag dR4k",
        "sdpMid": "0",
        "sdpMLineIndex": 0,
        "usernameFragment": "dR4k",
    }
    for n in range(1, 4)
]


def _sdp(who: str) -> str:
    line = "a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host\r\n"
    text = f"v=0\r\no={who} 1 1 IN IP4 127.0.0.1\r\n"
    return text + line * ((3072 - len(text)) // len(line))


OFFER, ANSWER = _sdp("resident"), _sdp("caller")

Key = tuple[str, str, str]
"""Who heard it (`panel`, `0`, `1`), the event, and what tells it from its like (stage or leg)."""


class Party(Protocol):
    """A socket of the visit."""

    heard: Any

    async def call(self, event: str, body: Any) -> Any:
        """Send, and wait for the acknowledgement."""
        ...


class Visit:
    """What happened in one visit, with its times in seconds."""

    def __init__(self, panel: Party, devices: tuple[Party, Party], entry: str, winner: int) -> None:
        self.panel, self.devices, self.entry, self.winner = panel, devices, entry, winner
        self.heard: list[tuple[Key, Any]] = []
        self.wrong: list[str] = []
        self.call: str | None = None
        self.legs: dict[int, str] = {}
        self.invited = self.accept_acked = self.loser_told = 0.0
        self._waiting: dict[Key, asyncio.Future[Any]] = {}
        self._seen: dict[Key, Any] = {}
        for who, party in (("panel", panel), ("0", devices[0]), ("1", devices[1])):
            party.heard = self._listener(who)

    def _listener(self, who: str) -> Any:
        def heard(event: str, body: Any) -> None:
            key = (who, event, _mark(event, body))
            self.heard.append((key, body))
            self._seen[key] = body
            waiting = self._waiting.pop(key, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(body)

        return heard

    async def until(self, who: str, event: str, mark: str = "") -> Any:
        """The body of this event, now or when it comes."""
        key = (who, event, mark)
        if key in self._seen:
            return self._seen[key]
        waiting = self._waiting[key] = asyncio.get_running_loop().create_future()
        return await waiting

    async def play(self) -> None:
        """Play all parts. Raises nothing: what goes wrong is a fault."""
        try:
            async with asyncio.timeout(SECONDS):
                await self._play()
        except TimeoutError:
            missing = ", ".join(" ".join(key).strip() for key in self._waiting) or "an acknowledgement"
            self.wrong.append(f"waited in vain for {missing}")
        except Exception as error:
            self.wrong.extend(str(leaf) or repr(leaf) for leaf in _leaves(error))

    async def _play(self) -> None:
        pressed = time.perf_counter()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._leg(0, pressed))
            both.create_task(self._leg(1, pressed))
            self.call = (await self.panel.call("ring", {"entry": self.entry}))["call"]
        winner, loser = self.winner, 1 - self.winner
        names = {"call": self.call, "leg": self.legs[winner]}
        pressed = time.perf_counter()

        async def told() -> None:
            await self.until(str(loser), "stop")
            self.loser_told = time.perf_counter() - pressed

        async with asyncio.TaskGroup() as both:
            both.create_task(told())
            await self.devices[winner].call("accept", names)
            self.accept_acked = time.perf_counter() - pressed
        await self.until("panel", "call", "established")
        await self.panel.call("hang_up", {"call": self.call})
        await self.until("panel", "call", "ended")
        await self.until(str(winner), "call", "ended")

    async def _leg(self, which: int, pressed: float) -> None:
        device, who = self.devices[which], str(which)
        invite = await self.until(who, "invite")
        self.invited = max(self.invited, time.perf_counter() - pressed)
        leg = self.legs[which] = invite["leg"]
        names = {"call": invite["call"], "leg": leg}
        await device.call("ringing", names)
        await device.call("sdp", {**names, "attempt": 0, "type": "offer", "sdp": OFFER})
        await self.until("panel", "sdp", leg)
        await self.panel.call("sdp", {**names, "attempt": 0, "type": "answer", "sdp": ANSWER})
        await self.until(who, "sdp", leg)
        more = {**names, "attempt": 0, "candidates": CANDIDATES}
        await device.call("candidates", more)
        await self.panel.call("candidates", more)
        await self.until("panel", "candidates", leg)
        await self.until(who, "candidates", leg)
        await device.call("media_up", names)
        await self.panel.call("media_up", names)

    def faults(self) -> list[str]:
        """What was wrong, as sentences; the first is the nearest to the cause."""
        return [*self.wrong, *self._miscounted(), *self._misworded()]

    def _miscounted(self) -> Iterator[str]:
        came = Counter(key for key, _ in self.heard)
        due = self._due()
        for key in due - came:
            yield f"lost: {' '.join(key).strip()}"
        for key in came - due:
            yield f"doubled or uncalled for: {' '.join(key).strip()}"

    def _due(self) -> Counter[Key]:
        first, second = self.legs.get(0, "?"), self.legs.get(1, "?")
        winner, loser = str(self.winner), str(1 - self.winner)
        due: Counter[Key] = Counter()
        for stage in ("calling", "ringing", "established", "ended"):
            due["panel", "call", stage] += 1
        for who, leg in (("0", first), ("1", second)):
            due[who, "invite", ""] += 1
            due["panel", "leg", leg] += 2  # it rings; its path is up
            for event in ("sdp", "candidates"):
                due["panel", event, leg] += 1
                due[who, event, leg] += 1
        due[winner, "call", "established"] += 1
        due[winner, "call", "ended"] += 1
        due[loser, "stop", ""] += 1
        return due

    def _misworded(self) -> Iterator[str]:
        for (who, event, mark), body in self.heard:
            if body["call"] != self.call:
                yield f"{who} heard {event} of another call"
            expected: dict[str, Any] = {}
            if event == "sdp":
                expected = {"sdp": OFFER if who == "panel" else ANSWER}
            elif event == "candidates":
                expected = {"candidates": CANDIDATES}
            elif event == "stop":
                expected = {"leg": self.legs.get(1 - self.winner), "reason": "accepted_elsewhere"}
            elif event == "call" and mark == "established":
                expected = {"leg": self.legs.get(self.winner)}
            elif event == "call" and mark == "ended":
                expected = {"reason": "completed"}
            for key, value in expected.items():
                if body.get(key) != value:
                    yield f"{who} heard {event} {mark} with a wrong {key}"


def _mark(event: str, body: Any) -> str:
    if event == "call":
        return body["stage"]
    return body["leg"] if event in ("leg", "sdp", "candidates") else ""


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
