"""The application of HTTP: every page and every route of the API, and what each is given."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from intercom.access import builtin
from intercom.assembly.families import Families
from intercom.assembly.machine import tones_folder, web_folder
from intercom.domain.directory import Show
from intercom.domain.ids import SiteId
from intercom.http import routes as http_routes
from intercom.http.account.data import DataPages
from intercom.http.account.frame import AccountFrame
from intercom.http.account.password import PasswordPages
from intercom.http.account.pin import PinPages
from intercom.http.account.profile import ProfilePages
from intercom.http.account.security import SecurityPages
from intercom.http.account.sessions import SessionPages
from intercom.http.admin.checklist import Checklist
from intercom.http.admin.consents import Consents
from intercom.http.admin.cores import CorePages
from intercom.http.admin.doors import DoorPages
from intercom.http.admin.duty import DutyPages
from intercom.http.admin.entrances import EntrancePages
from intercom.http.admin.entry import Entry
from intercom.http.admin.faults import Faults
from intercom.http.admin.fences import FencePages, Tiles
from intercom.http.admin.frame import Frame
from intercom.http.admin.imports import ImportPages
from intercom.http.admin.invitations import InvitationPages
from intercom.http.admin.log import LogPages
from intercom.http.admin.overview import OverviewPages
from intercom.http.admin.residents import ResidentPages
from intercom.http.admin.settings import SettingsPages
from intercom.http.admin.signs import Signs
from intercom.http.admin.staff import StaffPages
from intercom.http.admin.units import UnitPages
from intercom.http.api.account import AccountApi
from intercom.http.api.calls import Api
from intercom.http.api.devices import DeviceRoutes
from intercom.http.api.entrances import EntranceApi
from intercom.http.api.panels import PanelApi
from intercom.http.api.pin import PinApi
from intercom.http.api.residents import ResidentRoutes
from intercom.http.api.second_factor import SecondFactorApi
from intercom.http.api.sites import SiteApi
from intercom.http.api.staff import StaffApi
from intercom.http.arrival import Arrival
from intercom.http.health import Health
from intercom.http.household import HouseholdPages
from intercom.http.installed import Installed
from intercom.http.joining import JoinPages
from intercom.http.language import Languages, spoken
from intercom.http.openapi import Documents
from intercom.http.packing import packed
from intercom.http.pages import PagesOfPeople
from intercom.http.proxies import behind
from intercom.http.session import own_pages_only, secured
from intercom.http.sign_in import SignInPages
from intercom.http.visitor import VisitorPages
from intercom.signaling.document import asyncapi


async def make_pages(families: Families) -> tuple[web.Application, list[http_routes.Route]]:
    """The application, with sockets attached, and its whole table of routes."""
    settings, edges, sites = families.settings, families.edges, families.sites
    stores, accounts, calls, panels = families.stores, families.accounts, families.calls, families.panels
    core, presence, enrollment = families.cores.core, families.adapters.presence, panels.enrollment
    cookies, pages, phonebooks = edges.cookies, edges.pages, stores.phonebooks
    first_site = await phonebooks.first_site()

    async def counts(site: SiteId) -> Mapping[str, int]:
        directory = await phonebooks.directory(site)
        return {
            "entrances": len(await phonebooks.entrances(site)),
            "residents": directory.counts[Show.ALL],
            "invitations": directory.counts[Show.INVITED],
        }

    frame = Frame(pages, phonebooks, counts)
    own = AccountFrame(pages, accounts.profile)
    consents = Consents(frame, sites.deletion, phonebooks)
    overview = OverviewPages(frame, sites.overview, sites.log)
    faults = Faults(phonebooks, builtin.Switches(core.of))
    entrances = EntrancePages(
        frame, sites.entrances, enrollment, presence, core, faults, sites.ringtones, settings.link_base
    )
    tiles = Tiles(settings.map_tiles, settings.map_credit) if settings.map_tiles else None
    arrival = Arrival(accounts.second_step, cookies)
    documents = Documents(asyncapi)
    table = [
        *PagesOfPeople(pages, accounts.signin, sites.invitations, enrollment, phonebooks, cookies).routes(),
        *VisitorPages(pages, calls.visitors, cookies).routes(),
        *SignInPages(pages, accounts.second_step, accounts.elsewhere, arrival, cookies).routes(),
        *SecurityPages(own, accounts.second_factors, accounts.elsewhere).routes(),
        *SecondFactorApi(
            accounts.second_factors, accounts.passkey_signin, accounts.elsewhere, arrival, cookies
        ).routes(),
        *Api(enrollment, calls.history, calls.notes, cookies, families.adapters.tones).routes(),
        *SettingsPages(pages, frame, sites.office, sites.ringtones, consents.hook).routes(),
        *overview.routes(),
        *Entry(pages, frame, overview.show).routes(),
        *LogPages(frame, sites.log, phonebooks, settings.retention_days).routes(),
        *entrances.routes(),
        *Signs(sites.signs, settings.link_base).routes(),
        *DoorPages(entrances, sites.entrances, enrollment, panels.lockdown, faults).routes(),
        *faults.routes(),
        *CorePages(frame, families.cores.office, core, sites.entrances).routes(),
        *Checklist(frame, sites.commissioning, phonebooks).routes(),
        *FencePages(frame, sites.entrances, tiles).routes(),
        *UnitPages(frame, sites.units).routes(),
        *ImportPages(frame, sites.imports).routes(),
        *InvitationPages(frame, pages, sites.invitations, phonebooks, settings.link_base).routes(),
        *JoinPages(pages, sites.invitations, sites.first_start, accounts.signin, arrival, cookies).routes(),
        *ResidentPages(frame, sites.residents, phonebooks, calls.health.ringing).routes(),
        *ResidentRoutes(sites.residents, sites.household, phonebooks).routes(),
        *HouseholdPages(own, sites.household).routes(),
        *StaffPages(frame, sites.appointments).routes(),
        *DutyPages(frame, sites.duty).routes(),
        *SiteApi(sites.office, sites.units).routes(),
        *EntranceApi(sites.entrances, enrollment, core).routes(),
        *PanelApi(enrollment, panels.lockdown, presence, cookies).routes(),
        *StaffApi(sites.appointments).routes(),
        *Installed(pages, web_folder() / "static", first_site).routes(),
        *DeviceRoutes(calls.devices, calls.health, calls.switchboard, families.adapters.pusher).routes(),
        *ProfilePages(own, accounts.profile, phonebooks).routes(),
        *PasswordPages(pages, own, accounts.credentials).routes(),
        *PinPages(own, accounts.pins).routes(),
        *PinApi(accounts.pins, accounts.profile).routes(),
        *SessionPages(own, accounts.sessions).routes(),
        *DataPages(pages, own, accounts.own_data, sites.deletion, phonebooks, cookies).routes(),
        *AccountApi(
            accounts.profile, accounts.credentials, accounts.sessions, accounts.own_data, sites.deletion
        ).routes(),
        *consents.routes(),
        *Languages(settings.secure).routes(),
        *Health(stores.ready).routes(),
        *documents.routes(),
    ]
    documents.describe(table, cookies.session)

    app = web.Application(
        middlewares=[
            secured(settings.secure),
            behind(settings.trusted_proxies),
            spoken(first_site.language if first_site else "en"),
            own_pages_only,
            packed,
            http_routes.nothing_here(pages.refused),
        ],
        client_max_size=http_routes.BODY_LIMIT,
    )
    http_routes.install(app, table, accounts.signin, cookies, pages.refused, accounts.sessions.seen)
    app.router.add_static("/static", web_folder() / "static")
    app.router.add_static("/ringtones", tones_folder())
    app.router.add_get("/favicon.ico", _favicon)
    families.adapters.sio.attach(app)
    return app, table


async def _favicon(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(web_folder() / "static" / "favicon.svg")
