"""Presence of one server, in its memory. Empty after a start: everybody who is there connects anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from intercom.domain.fork import Device
from intercom.domain.ids import AccountId, DeviceId, PanelId, SiteId
from intercom.domain.people import Account, KnownDevice
from intercom.ports import Who


@dataclass(frozen=True, slots=True)
class _There:
    device: Device
    person: str
    sites: frozenset[SiteId]


class MemoryPresence:
    """`ports.Presence` for a server that stands alone."""

    def __init__(self) -> None:
        self._devices: dict[DeviceId, _There] = {}
        self._of_person: dict[AccountId, dict[DeviceId, Device]] = {}
        self._panels: set[PanelId] = set()

    def online(self, device: DeviceId) -> bool:
        """See `ports.Presence.online`."""
        return device in self._devices

    def devices(self, people: Collection[AccountId]) -> Mapping[AccountId, Sequence[Device]]:
        """See `ports.Presence.devices`."""
        return {person: tuple(there.values()) for person in people if (there := self._of_person.get(person))}

    def who(self, device: DeviceId) -> Who | None:
        """See `ports.Presence.who`."""
        there = self._devices.get(device)
        return Who(there.device.person, there.person, there.device.name) if there else None

    def at_site(self, site: SiteId) -> Sequence[DeviceId]:
        """See `ports.Presence.at_site`."""
        return [device for device, there in self._devices.items() if site in there.sites]

    def device_joined(self, device: KnownDevice, owner: Account, sites: Collection[SiteId]) -> None:
        """See `ports.Presence.device_joined`."""
        self._put(
            _There(
                Device(
                    device.id,
                    device.account,
                    device.name,
                    online=True,
                    dnd=device.dnd,
                    let_through=device.let_through,
                ),
                owner.name,
                frozenset(sites),
            )
        )

    def device_left(self, device: DeviceId) -> None:
        """See `ports.Presence.device_left`."""
        there = self._devices.pop(device, None)
        if there is None:
            return
        others = self._of_person[there.device.person]
        del others[device]
        if not others:
            del self._of_person[there.device.person]

    def device_says(
        self,
        device: DeviceId,
        *,
        dnd: bool | None = None,
        on_the_phone: bool | None = None,
        let_through: bool | None = None,
    ) -> None:
        """See `ports.Presence.device_says`."""
        there = self._devices.get(device)
        if there is None:
            return
        said = there.device
        if dnd is not None:
            said = replace(said, dnd=dnd)
        if on_the_phone is not None:
            said = replace(said, on_the_phone=on_the_phone)
        if let_through is not None:
            said = replace(said, let_through=let_through)
        self._put(replace(there, device=said))

    def _put(self, there: _There) -> None:
        self._devices[there.device.id] = there
        self._of_person.setdefault(there.device.person, {})[there.device.id] = there.device

    def panel_online(self, panel: PanelId) -> bool:
        """See `ports.Presence.panel_online`."""
        return panel in self._panels

    def panel_joined(self, panel: PanelId) -> None:
        """See `ports.Presence.panel_joined`."""
        self._panels.add(panel)

    def panel_left(self, panel: PanelId) -> None:
        """See `ports.Presence.panel_left`."""
        self._panels.discard(panel)
