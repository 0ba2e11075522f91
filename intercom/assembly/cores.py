"""Access cores: those of all sites as one, and the office that chooses them."""

from __future__ import annotations

from dataclasses import dataclass

from intercom.access.cores import Cores
from intercom.access.kinds import kinds
from intercom.assembly.adapters import Adapters
from intercom.assembly.news import News
from intercom.assembly.stores import Stores
from intercom.config import Settings
from intercom.services.cores import CoreOffice


@dataclass(frozen=True, slots=True)
class CoreFamily:
    """`core` is what doors are opened by; `office` is its settings."""

    core: Cores
    office: CoreOffice


async def make_cores(settings: Settings, stores: Stores, adapters: Adapters, news: News) -> CoreFamily:
    """They know every lock, and are not started."""
    clock = adapters.clock
    core = Cores(
        kinds(settings.data / "doors.jsonl"), clock.now, lambda site, state: office.remember(site, state)
    )
    core.keep(await stores.phonebooks.all_locks())
    office = CoreOffice(
        stores.core_choices,
        core,
        adapters.vault,
        stores.sites.locks,
        stores.events,
        adapters.throttle,
        news.site_changed,
        clock,
        stores.checks,
    )
    return CoreFamily(core, office)
