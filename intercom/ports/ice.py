"""Servers that help two ends find a path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from intercom.domain.ids import (
    CallId,
    Secret,
)


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server (W3C RTCIceServer)."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: Secret | None = None


class IceServers(Protocol):
    """The servers that help two ends find a path."""

    @property
    def relays(self) -> bool:
        """Whether one of them relays, so that two ends can meet without learning each other's address."""
        ...

    @property
    def relay_only(self) -> bool:
        """Whether all media must go through a relay."""
        ...

    def for_call(self, call: CallId, now: float) -> tuple[IceServer, ...]:
        """For one end of a call; credentials are good for about as long as a call can last."""
        ...
