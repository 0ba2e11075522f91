"""All families of services, and the order in which they are made."""

from __future__ import annotations

from dataclasses import dataclass

from intercom.access.home_assistant import HomeAssistant
from intercom.assembly.accounts import AccountFamily, make_accounts
from intercom.assembly.adapters import Adapters, make_adapters
from intercom.assembly.calls import CallFamily, make_calls
from intercom.assembly.cores import CoreFamily, make_cores
from intercom.assembly.doors import DoorFamily, make_doors
from intercom.assembly.edges import Edges, make_edges
from intercom.assembly.home import make_home
from intercom.assembly.news import News
from intercom.assembly.panels import PanelFamily, make_panels
from intercom.assembly.sites import SiteFamily, make_sites
from intercom.assembly.stores import Stores, open_stores
from intercom.config import Settings
from intercom.domain.ids import EntranceId, SessionId, SiteId
from intercom.domain.people import Panel


@dataclass(frozen=True, slots=True)
class Families:
    """A server without its application."""

    settings: Settings
    stores: Stores
    adapters: Adapters
    cores: CoreFamily
    home: HomeAssistant | None
    accounts: AccountFamily
    calls: CallFamily
    doors: DoorFamily
    panels: PanelFamily
    sites: SiteFamily
    edges: Edges

    async def close(self) -> None:
        """Closes everything that was opened to make them."""
        await self.cores.core.close()
        await self.stores.close()


async def make_families(settings: Settings) -> Families:
    """On a data folder that was migrated."""

    async def site_changed(site: SiteId) -> None:
        await calls.live.changed(site)
        cores.core.keep(await stores.phonebooks.all_locks())
        if home is not None:
            home.house_changed()

    async def session_ended(session: SessionId) -> None:
        await edges.residents.session_ended(session)
        await stores.subscriptions.load()  # its devices are forgotten

    async def panel_moved(panel: Panel) -> None:
        await edges.callers.moved(panel, edges.of_callers.renew)
        await site_changed(panel.site)

    async def sign_replaced(entrance: EntranceId) -> None:
        await edges.callers.sign_replaced(entrance)

    news = News(site_changed, session_ended, panel_moved, sign_replaced)
    stores = await open_stores(settings.data)
    adapters = make_adapters(settings, stores)
    cores = await make_cores(settings, stores, adapters, news)
    accounts = await make_accounts(settings, stores, adapters, news)
    home = make_home(
        settings, adapters, cores, lambda: doors.home.shown(), lambda lock: doors.home.open(lock)
    )
    calls = make_calls(settings, stores, adapters, cores, home)
    doors = make_doors(stores, adapters, cores, home, accounts, calls)
    panels = make_panels(settings, stores, adapters, cores, calls, doors, news)
    sites = make_sites(settings, stores, adapters, cores, accounts, calls, panels, news)
    edges = await make_edges(settings, stores, adapters, accounts, calls, doors, panels)
    return Families(settings, stores, adapters, cores, home, accounts, calls, doors, panels, sites, edges)
