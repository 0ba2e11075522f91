"""Who is connected now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.fork import Device
from intercom.domain.ids import (
    AccountId,
    DeviceId,
    PanelId,
    SiteId,
)
from intercom.domain.people import Account, KnownDevice


@dataclass(frozen=True, slots=True)
class Who:
    """A person and their device, to be named to a household."""

    account: AccountId
    person: str
    device: str


class Presence(Protocol):
    """Who is connected now. In memory, or shared between servers."""

    def online(self, device: DeviceId) -> bool:
        """The device can be told something."""
        ...

    def devices(self, people: Collection[AccountId]) -> Mapping[AccountId, Sequence[Device]]:
        """The connected devices of these people, as far as ringing goes."""
        ...

    def who(self, device: DeviceId) -> Who | None:
        """How to name a connected device and its owner."""
        ...

    def at_site(self, site: SiteId) -> Sequence[DeviceId]:
        """The connected devices of the site's residents."""
        ...

    def device_joined(self, device: KnownDevice, owner: Account, sites: Collection[SiteId]) -> None:
        """A device connected."""
        ...

    def device_left(self, device: DeviceId) -> None:
        """A device's connection is gone."""
        ...

    def device_says(
        self,
        device: DeviceId,
        *,
        dnd: bool | None = None,
        on_the_phone: bool | None = None,
        let_through: bool | None = None,
    ) -> None:
        """What a device told of its owner."""
        ...

    def panel_joined(self, panel: PanelId) -> None:
        """A panel connected."""
        ...

    def panel_left(self, panel: PanelId) -> None:
        """A panel's connection is gone."""
        ...

    def panel_online(self, panel: PanelId) -> bool:
        """The panel can be told something."""
        ...
