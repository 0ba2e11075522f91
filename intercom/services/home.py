"""What a smart home is shown of the doors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from intercom.domain.ids import LockId, RequestId
from intercom.ports import HomeDoor, Panels, Phonebooks
from intercom.services.doors import Doors


@dataclass(frozen=True, slots=True)
class SmartHome:
    """The doors of every site."""

    phonebooks: Phonebooks
    panels: Panels
    doors: Doors
    new_id: Callable[[], str]

    async def shown(self) -> list[HomeDoor]:
        """The entrances of every site, with their locks and the panels in service."""
        found: list[HomeDoor] = []
        for site in await self.phonebooks.all_sites():
            panels = [p for p in await self.panels.of_sites([site.id]) if not p.revoked]
            for entrance in await self.phonebooks.entrances(site.id):
                found.append(
                    HomeDoor(
                        site.name,
                        entrance.id,
                        entrance.name,
                        tuple(await self.phonebooks.locks(entrance.id)),
                        tuple(panel.id for panel in panels if panel.entrance == entrance.id),
                        site.rules.home_opens,
                    )
                )
        return found

    async def open(self, lock: LockId) -> None:
        """Open a lock, as `Doors.open_from_home`."""
        await self.doors.open_from_home(lock, RequestId(self.new_id()))
