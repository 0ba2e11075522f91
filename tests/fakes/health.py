"""Proofs of ringing, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from intercom.domain.health import Proof
from intercom.domain.ids import DeviceId, SiteId
from intercom.domain.people import Role
from intercom.ports import Unproven
from tests.fakes.people import MemoryPeople
from tests.fakes.push import MemorySubscriptions


@dataclass
class MemoryProofs:
    """`ports.RingProofs`, kept with the devices. `writes`: how often something was stored."""

    people: MemoryPeople
    subscriptions: MemorySubscriptions
    writes: int = field(default=0)

    async def put(self, proofs: Mapping[DeviceId, Proof]) -> None:
        self.writes += 1
        for device, proof in proofs.items():
            if device in self.people.known:
                self.people.known[device] = replace(self.people.known[device], proof=proof)

    async def unproven(self, site: SiteId, since: float) -> Sequence[Unproven]:
        living = {m.account for m in self.people.roles if m.site == site and m.role is Role.RESIDENT}
        return [
            Unproven(d.id, d.id in self.subscriptions.kept, d.id in self.subscriptions.gone)
            for d in self.people.known.values()
            if d.account in living and (d.proof is None or d.proof.at < since)
        ]
