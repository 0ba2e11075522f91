"""When devices last proved that they ring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.health import Proof
from intercom.domain.ids import DeviceId, SiteId


@dataclass(frozen=True, slots=True)
class Unproven:
    """A device without a fresh proof. `push`: a push may wake it; `push_gone`: one could once."""

    device: DeviceId
    push: bool
    push_gone: bool


class RingProofs(Protocol):
    """Proofs of ringing; they are read with their devices (`People.devices`)."""

    async def put(self, proofs: Mapping[DeviceId, Proof]) -> None:
        """Store the newest proofs. Devices that are forgotten meanwhile are left out."""
        ...

    async def unproven(self, site: SiteId, since: float) -> Sequence[Unproven]:
        """The devices of the site's active residents that have no proof since then."""
        ...
