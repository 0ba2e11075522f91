"""A clock, names, a throttle, a letter box and ICE servers."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from intercom.domain.errors import TooMany, TryLater
from intercom.domain.ids import CallId, Secret
from intercom.domain.letters import Letter
from intercom.ports import IceServer

NOON = 1_800_000_000.0


@dataclass(slots=True)
class FakeClock:
    """`ports.Clock` that stands still until a test lets time pass."""

    time: float = NOON

    def now(self) -> float:
        return self.time

    def passes(self, seconds: float) -> None:
        self.time += seconds


@dataclass(slots=True)
class Numbered:
    """Names that are all different and in order: id1, id2, ..."""

    count: int = 0

    def __call__(self) -> str:
        self.count += 1
        return f"id{self.count}"


@dataclass(slots=True)
class PatientThrottle:
    """`ports.Throttle` with a moving window on a fake clock. A policy without a limit lets all through."""

    clock: FakeClock
    limits: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Policy to (tries, seconds)."""
    hits: dict[tuple[str, ...], list[float]] = field(default_factory=dict)

    def _recent(self, policy: str, keys: tuple[str, ...]) -> list[float]:
        _, seconds = self.limits[policy]
        recent = [t for t in self.hits.get((policy, *keys), []) if t > self.clock.now() - seconds]
        self.hits[policy, *keys] = recent
        return recent

    async def hit(self, policy: str, *keys: str) -> None:
        if policy not in self.limits:
            return
        recent = self._recent(policy, keys)
        tries, seconds = self.limits[policy]
        if len(recent) >= tries:
            raise TooMany(retry_after=recent[0] + seconds - self.clock.now())
        recent.append(self.clock.now())

    async def left(self, policy: str, *keys: str) -> tuple[int, float]:
        if policy not in self.limits:
            return 1000, 0.0
        recent = self._recent(policy, keys)
        tries, seconds = self.limits[policy]
        return tries - len(recent), (recent[0] + seconds - self.clock.now()) if recent else 0.0

    async def give_back(self, policy: str, *keys: str) -> None:
        recent = self.hits.get((policy, *keys))
        if recent:
            recent.pop()


@dataclass(slots=True)
class Postbox:
    """`ports.Mailer` that keeps the letters."""

    letters: list[Letter] = field(default_factory=list)

    async def send(self, *letters: Letter) -> None:
        self.letters.extend(letters)


class GlassVault:
    """`ports.Vault` that anybody can look into."""

    def seal(self, secret: Secret) -> str:
        return f"sealed:{secret.reveal()}"

    def open(self, sealed: str) -> Secret:
        if not sealed.startswith("sealed:"):
            raise TryLater("The server's key does not fit.")
        return Secret(sealed.removeprefix("sealed:"))

    def mark(self, text: str) -> str:
        return sha256(f"marked:{text}".encode()).hexdigest()[:22]


class NamedIce:
    """`ports.IceServers` whose credential names the call it is for."""

    relays = False
    relay_only = False

    def for_call(self, call: CallId, now: float) -> tuple[IceServer, ...]:
        return (IceServer(("turn:turn.example",), f"{now:.0f}:{call or 'panel'}", Secret("relay-password")),)
