"""Web Push: how a device without a connection is told that it rings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from intercom.domain.ids import AccountId, DeviceId, Secret
from intercom.domain.people import KnownDevice


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a device takes pushes (W3C Push API, PushSubscription). The endpoint is a capability: whoever
    knows it can send to it."""

    device: DeviceId
    endpoint: Secret
    p256dh: str
    """The device's public key, base64url."""
    auth: Secret


class PushResult(StrEnum):
    """What the push service said."""

    TAKEN = "taken"
    GONE = "gone"
    """The subscription is dead: forget it, and tell its owner."""
    LATER = "later"
    """Not now: too many, its own fault, or no answer in time."""
    REFUSED = "refused"
    """It will never take this message."""


class PushSender(Protocol):
    """Sends to push services; never raises for what they do."""

    @property
    def public_key(self) -> str:
        """The server's key that browsers ask for (RFC 8292 3.2), base64url."""
        ...

    def accepts(self, endpoint: Secret) -> bool:
        """Whether this is a push service that the server may contact."""
        ...

    async def send(
        self, subscription: Subscription, message: Mapping[str, str], *, seconds: float, topic: str
    ) -> PushResult:
        """Send encrypted; the service keeps it for `seconds`, and only the newest of a `topic`
        (RFC 8030 5.4: at most 32 characters of base64url)."""
        ...


class Subscriptions(Protocol):
    """The devices' subscriptions."""

    async def put(self, subscription: Subscription, now: float) -> None:
        """Store it instead of an earlier one of the same device or the same endpoint."""
        ...

    async def drop(self, device: DeviceId, gone_at: float | None = None) -> None:
        """Forget it. `gone_at`: its service said so then; noted at the device until a new one comes."""
        ...

    async def get(self, device: DeviceId) -> Subscription | None:
        """The device's subscription, while the device may ring."""
        ...

    def devices(self, people: Collection[AccountId]) -> Mapping[AccountId, Sequence[KnownDevice]]:
        """The devices of these people that take pushes; from memory, because a visitor waits."""
        ...
