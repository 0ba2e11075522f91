"""PINs in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from intercom.domain.ids import AccountId
from intercom.domain.pins import OpeningPin


@dataclass(slots=True)
class MemoryPins:
    """`ports.OpeningPins` in memory."""

    pins: dict[AccountId, OpeningPin] = field(default_factory=dict)

    async def of(self, account: AccountId) -> OpeningPin | None:
        return self.pins.get(account)

    async def put(self, pin: OpeningPin) -> None:
        self.pins[pin.account] = pin

    async def swap(self, before: OpeningPin, after: OpeningPin) -> bool:
        if self.pins.get(before.account) != before:
            return False
        self.pins[before.account] = after
        return True

    async def remove(self, account: AccountId) -> None:
        self.pins.pop(account, None)
