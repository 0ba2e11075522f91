"""The edge of sockets, and what both edges share: cookies and templates."""

from __future__ import annotations

from dataclasses import dataclass

from intercom.assembly.accounts import AccountFamily
from intercom.assembly.adapters import Adapters
from intercom.assembly.calls import CallFamily
from intercom.assembly.doors import DoorFamily
from intercom.assembly.machine import web_folder
from intercom.assembly.panels import PanelFamily
from intercom.assembly.stores import Stores
from intercom.config import Settings
from intercom.domain.visitor import Caller
from intercom.http.session import Cookies
from intercom.http.templates import Pages
from intercom.signaling.panel import Guests, PanelEdge
from intercom.signaling.resident import ResidentEdge
from intercom.signaling.server import Flood, Namespace


@dataclass(frozen=True, slots=True)
class Edges:
    """`of_callers` is the sockets that `callers` serves."""

    cookies: Cookies
    pages: Pages
    residents: ResidentEdge
    callers: PanelEdge
    of_callers: Namespace[Caller]


async def make_edges(
    settings: Settings,
    stores: Stores,
    adapters: Adapters,
    accounts: AccountFamily,
    calls: CallFamily,
    doors: DoorFamily,
    panels: PanelFamily,
) -> Edges:
    """Sockets are let in as soon as the application listens."""
    sockets, outbox, cookies = adapters.sockets, adapters.outbox, Cookies(settings.secure)
    pages = Pages(web_folder(), await stores.phonebooks.first_site())
    residents = ResidentEdge(
        sockets,
        outbox,
        accounts.signin,
        panels.attendance,
        calls.switchboard,
        calls.negotiation,
        doors.doors,
        calls.looking,
        calls.blocks,
        cookie_name=cookies.session,
    )
    callers = PanelEdge(
        sockets,
        outbox,
        panels.enrollment,
        panels.attendance,
        calls.switchboard,
        calls.negotiation,
        calls.waiting,
        Guests(calls.visitors, calls.bell, calls.whereabouts, cookies.visit),
        calls.notes,
        panels.doubles,
        cookie_name=cookies.panel,
        version=pages.version,
    )
    Namespace(sockets, residents, Flood())
    return Edges(cookies, pages, residents, callers, Namespace(sockets, callers, Flood()))
