"""Doors: who may open, opening them, and opening them from a smart home."""

from __future__ import annotations

from dataclasses import dataclass

from intercom.access.home_assistant import HomeAssistant
from intercom.assembly.accounts import AccountFamily
from intercom.assembly.adapters import Adapters
from intercom.assembly.calls import CallFamily
from intercom.assembly.cores import CoreFamily
from intercom.assembly.machine import new_id
from intercom.assembly.stores import Stores
from intercom.services.doors import Doors
from intercom.services.home import SmartHome
from intercom.services.permits import Permits


@dataclass(frozen=True, slots=True)
class DoorFamily:
    """`home` is the doors as a smart home sees them."""

    doors: Doors
    home: SmartHome


def make_doors(
    stores: Stores,
    adapters: Adapters,
    cores: CoreFamily,
    home: HomeAssistant | None,
    accounts: AccountFamily,
    calls: CallFamily,
) -> DoorFamily:
    """They hear what the cores say of locks: the doors first, then Home Assistant."""
    core, clock, phonebooks = cores.core, adapters.clock, stores.phonebooks
    permits = Permits(
        stores.calls,
        phonebooks,
        stores.people,
        core,
        clock,
        accounts.pins.check,
        calls.whereabouts.fresh,
    )
    doors = Doors(
        stores.openings,
        stores.calls,
        phonebooks,
        adapters.presence,
        permits,
        core,
        adapters.outbox,
        adapters.throttle,
        clock,
        new_id,
    )
    core.listen(doors.heard)
    if home is not None:
        core.listen(home.heard)
    return DoorFamily(doors, SmartHome(phonebooks, stores.panels, doors, new_id))
