"""Sites, their floors, units, entrances and locks, as the people who run them change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.door import Lock
from intercom.domain.ids import AccountId, EntranceId, FloorId, LockId, SiteId, UnitId
from intercom.domain.phonebook import Entrance, Floor, Site, Unit


@dataclass(frozen=True, slots=True)
class SiteCounts:
    """How much there is of what at a site. `open_invitations`: people who were invited and have not come."""

    floors: int = 0
    units: int = 0
    residents: int = 0
    entrances: int = 0
    open_invitations: int = 0


@dataclass(frozen=True, slots=True)
class UnitInUse:
    """A unit, and how many people live there: also those who are invited or were deactivated."""

    unit: Unit
    people: int


class Sites(Protocol):
    """What a site is made of. Whatever belongs to another site than the one that is named is not found.

    Lists are in the order in which people read them, except units: those come in no order.
    """

    async def add(self, site: Site, entrance: Entrance, owner: AccountId, now: float) -> None:
        """A new site with its first entrance; it is `owner`'s. All or nothing."""
        ...

    async def site(self, site: SiteId) -> Site | None:
        """The site as stored."""
        ...

    async def save(self, site: Site) -> None:
        """Store the site's data and rules."""
        ...

    async def counts(self, site: SiteId) -> SiteCounts:
        """How much there is at the site."""
        ...

    async def floors(self, site: SiteId) -> Sequence[Floor]:
        """The site's floors, from the ground up."""
        ...

    async def put_floor(self, floor: Floor) -> None:
        """Store a floor, new or changed. Raises `Taken` if another one of the site has its name."""
        ...

    async def order_floors(self, site: SiteId, floors: Sequence[FloorId]) -> None:
        """Their positions become those in `floors`, from the ground up."""
        ...

    async def remove_floor(self, site: SiteId, floor: FloorId) -> Sequence[str]:
        """Remove a floor, unless units use it: these are named then."""
        ...

    async def units(self, site: SiteId) -> Sequence[UnitInUse]:
        """The site's units."""
        ...

    async def put_unit(self, unit: Unit, new_floor: Floor | None = None) -> None:
        """Store a unit, new or changed, after the floor that is made on the way."""
        ...

    async def remove_unit(self, site: SiteId, unit: UnitId) -> Sequence[str]:
        """Remove a unit, unless people live there: these are named then."""
        ...

    async def entrances(self, site: SiteId) -> Sequence[Entrance]:
        """The site's entrances."""
        ...

    async def put_entrance(self, entrance: Entrance) -> None:
        """Store an entrance, new (after the others) or changed."""
        ...

    async def remove_entrance(self, site: SiteId, entrance: EntranceId) -> Sequence[str]:
        """Remove an entrance with its locks, unless panels are paired with it: these are named then."""
        ...

    async def locks(self, site: SiteId) -> Sequence[Lock]:
        """The locks of all the site's entrances."""
        ...

    async def put_lock(self, lock: Lock) -> None:
        """Store a lock, new (after the others of its entrance) or changed."""
        ...

    async def remove_lock(self, site: SiteId, lock: LockId) -> None:
        """Remove a lock."""
        ...

    async def duty(self, site: SiteId) -> Sequence[AccountId]:
        """The site's duty list as it was made, in order."""
        ...

    async def put_duty(self, site: SiteId, people: Sequence[AccountId]) -> None:
        """Store the list instead of the earlier one."""
        ...
