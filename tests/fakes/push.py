"""Push subscriptions, a push service that takes everything, and quiet hours, in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from intercom.domain.ids import AccountId, DeviceId, Secret
from intercom.domain.people import KnownDevice
from intercom.domain.week import WeekSpan
from intercom.ports import PushResult, Quiet, Subscription


@dataclass
class MemorySubscriptions:
    """`ports.Subscriptions`. `known`: the devices that there are."""

    known: Mapping[DeviceId, KnownDevice]
    kept: dict[DeviceId, Subscription] = field(default_factory=dict)
    gone: dict[DeviceId, float] = field(default_factory=dict)

    async def put(self, subscription: Subscription, now: float) -> None:
        self.kept = {d: s for d, s in self.kept.items() if s.endpoint != subscription.endpoint}
        self.kept[subscription.device] = subscription
        self.gone.pop(subscription.device, None)

    async def drop(self, device: DeviceId, gone_at: float | None = None) -> None:
        self.kept.pop(device, None)
        if gone_at is not None:
            self.gone[device] = gone_at

    async def get(self, device: DeviceId) -> Subscription | None:
        return self.kept.get(device) if device in self.known else None

    def devices(self, people: Collection[AccountId]) -> Mapping[AccountId, Sequence[KnownDevice]]:
        there = [self.known[d] for d in self.kept if d in self.known]
        return {p: tuple(d for d in there if d.account == p) for p in people}


@dataclass
class RecordingPushes:
    """`ports.PushSender`: what was sent, in order. `results` for the next ones, then TAKEN."""

    sent: list[tuple[DeviceId, dict[str, str], float, str]] = field(default_factory=list)
    results: list[PushResult] = field(default_factory=list)
    public_key: str = "key"

    def accepts(self, endpoint: Secret) -> bool:
        return True

    async def send(
        self, subscription: Subscription, message: Mapping[str, str], *, seconds: float, topic: str
    ) -> PushResult:
        self.sent.append((subscription.device, dict(message), seconds, topic))
        return self.results.pop(0) if self.results else PushResult.TAKEN


@dataclass
class MemoryQuietHours:
    """`ports.QuietHours`."""

    kept: dict[AccountId, Quiet] = field(default_factory=dict)

    async def put(self, person: AccountId, zone: str | None, spans: Sequence[WeekSpan]) -> None:
        self.kept.pop(person, None)
        if spans:
            self.kept[person] = Quiet(tuple(spans), zone)

    def of(self, people: Collection[AccountId]) -> Mapping[AccountId, Quiet]:
        return {person: self.kept[person] for person in people if person in self.kept}
