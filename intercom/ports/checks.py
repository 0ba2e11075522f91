"""What was looked at while a site was put into service, and whether it was released."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.commissioning import Looked
from intercom.domain.ids import AccountId, LockId, SiteId


@dataclass(frozen=True, slots=True)
class Ringing:
    """Of a site's residents: when a device last proved that it rings, and how many ring by push."""

    rang_at: float | None
    push_devices: int


@dataclass(frozen=True, slots=True)
class Release:
    """A site is in service. `by`: the owner who released it although not every line was green."""

    at: float
    by: AccountId | None = None


class Checks(Protocol):
    """Results of looking, and the release."""

    async def put(self, site: SiteId, kind: str, looked: Looked) -> None:
        """The newest result of one kind."""
        ...

    async def of(self, site: SiteId) -> Mapping[str, Looked]:
        """The newest result of each kind."""
        ...

    async def forget(self, site: SiteId, kind: str) -> None:
        """That result is worth nothing any more."""
        ...

    async def doubt(self, site: SiteId, now: float, lock: LockId | None = None) -> None:
        """Behind a lock, or behind all of them, hangs another one from now on: it has not proven itself."""
        ...

    async def doubted(self, site: SiteId) -> Mapping[LockId | None, float]:
        """When each lock was doubted last, in Unix seconds; None: all of them."""
        ...

    async def ringing(self, site: SiteId) -> Ringing:
        """What the devices of the site's residents have proved."""
        ...

    async def released(self, site: SiteId) -> Release | None:
        """The release, if there is one."""
        ...

    async def release(self, site: SiteId, release: Release | None) -> None:
        """Into service, or out of it."""
        ...
