"""The composition root: settings to adapters to services to edges; the order of start and stop.

The only file that knows every room.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import json
import logging
import secrets
import sqlite3
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from intercom import __version__, language
from intercom.access import builtin
from intercom.access.cores import Cores
from intercom.access.home_assistant import HomeAssistant, Names
from intercom.access.kinds import kinds
from intercom.access.mqtt_link import Address
from intercom.cluster.memory import MemoryPresence
from intercom.cluster.throttle import MemoryThrottle
from intercom.config import Settings
from intercom.domain import tones as house_tones
from intercom.domain.call import Rules
from intercom.domain.commissioning import Line
from intercom.domain.directory import Show
from intercom.domain.ids import AccountId, LockId, PanelId, Secret, SessionId, SiteId
from intercom.domain.passwords import PasswordRules
from intercom.domain.people import Account, Panel, Session
from intercom.domain.phonebook import Site
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
from intercom.http.session import Cookies, own_pages_only, secured
from intercom.http.sign_in import SignInPages
from intercom.http.templates import Pages
from intercom.http.visitor import VisitorPages
from intercom.ice.check import ask_relays
from intercom.ice.servers import ConfiguredIce
from intercom.identity.authenticator import TotpAuthenticator
from intercom.identity.common import common_passwords
from intercom.identity.oidc import Client, OidcProviders
from intercom.identity.passkeys import WebAuthnPasskeys
from intercom.identity.passwords import Argon2Passwords
from intercom.identity.vault import FileVault
from intercom.mail.folder import FolderTransport
from intercom.mail.outbox import Outbox as MailOutbox
from intercom.mail.outbox import Transport
from intercom.mail.smtp import SmtpServer, SmtpTransport
from intercom.mail.writing import Writer
from intercom.ports import HomeDoor
from intercom.push.webpush import WebPushSender
from intercom.services.alerts import Alerts
from intercom.services.bell import PublicBell
from intercom.services.blocks import VisitorBlocks
from intercom.services.codes import Codes
from intercom.services.commissioning import Commissioning
from intercom.services.cores import CoreOffice
from intercom.services.credentials import Credentials
from intercom.services.deletion import Deletion
from intercom.services.devices import Devices
from intercom.services.dispatch import Dispatch
from intercom.services.doors import Doors
from intercom.services.doubles import Doubles
from intercom.services.duty import DutyList
from intercom.services.elsewhere import Elsewhere
from intercom.services.enrollment import Enrollment
from intercom.services.entrances import Entrances
from intercom.services.founding import FirstStart
from intercom.services.guesses import Guesses
from intercom.services.health import RingHealth
from intercom.services.history import History
from intercom.services.home import SmartHome
from intercom.services.household import Household
from intercom.services.imports import Imports
from intercom.services.invitations import Invitations
from intercom.services.leaving import Leaving
from intercom.services.lockdown import Lockdown
from intercom.services.looking import Looking
from intercom.services.negotiation import Negotiation
from intercom.services.notes import NoteDesk
from intercom.services.outages import Outages
from intercom.services.overview import Overview
from intercom.services.own_data import OwnData
from intercom.services.passkeys import PasskeySignIn
from intercom.services.permits import Permits
from intercom.services.phonebook import LivePhonebook
from intercom.services.pins import Pins
from intercom.services.presence import Attendance
from intercom.services.profile import Profile
from intercom.services.reach import Reach
from intercom.services.residents import ResidentOffice
from intercom.services.second_factor import SecondFactors
from intercom.services.second_step import SecondStep
from intercom.services.sessions import Sessions
from intercom.services.signin import SignIn
from intercom.services.signs import SignOffice
from intercom.services.site_log import SiteLog
from intercom.services.sites import SiteOffice
from intercom.services.staff import Appointments
from intercom.services.switchboard import Switchboard
from intercom.services.units import Units
from intercom.services.visitors import Visitors, disguised
from intercom.services.waiting import Waiting
from intercom.services.whereabouts import Whereabouts
from intercom.signaling.document import asyncapi
from intercom.signaling.engine import make_server
from intercom.signaling.outbox import Outbox
from intercom.signaling.panel import Guests, PanelEdge
from intercom.signaling.resident import ResidentEdge
from intercom.signaling.server import Flood, Namespace
from intercom.signaling.sockets import Sockets
from intercom.sms.folder import FolderSms
from intercom.storage.accounts import SqlAccounts
from intercom.storage.checks import SqlChecks
from intercom.storage.cores import SqlCoreChoices
from intercom.storage.engine import migrate, open_main
from intercom.storage.events import SqlEvents
from intercom.storage.factors import SqlFactors, SqlIdentities, SqlTrustedDevices
from intercom.storage.founding import SqlFounding
from intercom.storage.health import SqlRingProofs
from intercom.storage.invitations import SqlInvitations
from intercom.storage.letters import SqlLetters
from intercom.storage.live import SqliteCalls, SqliteOpenings, connect
from intercom.storage.notes import SqlNotes
from intercom.storage.past import SqlitePast
from intercom.storage.people import SqlPanels, SqlPeople
from intercom.storage.phonebooks import SqlPhonebooks
from intercom.storage.pins import SqlPins
from intercom.storage.push import SqlQuietHours, SqlSubscriptions
from intercom.storage.residents import SqlResidents
from intercom.storage.roster import SqlRosters
from intercom.storage.sites import SqlSites
from intercom.storage.staff import SqlStaff
from intercom.storage.tokens import SqlTokens
from intercom.storage.visitors import SqlBlocks, SqlSigns

log = logging.getLogger(__name__)

TICK = 0.25
"""How often deadlines are looked at, in seconds."""
_MESSAGE_BYTES = 1_300_000
"""Past the largest description by far, so that one of a megabyte is refused in words."""


class SystemClock:
    """`ports.Clock`."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time()


def new_id() -> str:
    """A name that nobody guesses: 96 random bits."""
    return secrets.token_urlsafe(12)


def web_folder() -> Path:
    """Templates and static files: in the wheel, or beside the package in a checkout."""
    packed = Path(__file__).parent / "_web"
    return packed if packed.exists() else Path(__file__).parents[1] / "web"


def tones_folder() -> Path:
    """The ringtones: in the wheel, or beside the package in a checkout."""
    packed = Path(__file__).parent / "_ringtones"
    return packed if packed.exists() else Path(__file__).parents[1] / "ringtones"


@dataclass
class Server:
    """A server that is put together and not yet started."""

    settings: Settings
    app: web.Application
    switchboard: Switchboard
    doors: Doors
    phonebooks: SqlPhonebooks
    enrollment: Enrollment
    signin: SignIn
    routes: list[http_routes.Route]
    """The whole table of HTTP."""
    commissioning: Commissioning
    cores: CoreOffice
    close: Callable[[], Awaitable[None]]
    """Closes what was opened to put it together, for whoever does not start it."""

    def tls(self) -> ssl.SSLContext | None:
        """The server's side of TLS 1.2 or newer, if there is a certificate."""
        if self.settings.certificate is None or self.settings.key is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.settings.certificate, self.settings.key)
        return context


async def checklists(settings: Settings) -> list[tuple[Site, tuple[Line, ...]]]:
    """The checklist of each site, for whoever runs the server: access cores are asked now.

    Whether panels are connected only the running server knows, so lines about them are left out. Empty
    before the first start, which makes the server's keys.
    """
    if not all(
        (settings.data / name).exists() for name in ("intercom.db", "live.db", "server.key", "push.key")
    ):
        return []
    server = await build(settings)
    try:
        await server.cores.restore()
        return [
            (site, await server.commissioning.from_outside(site.id))
            for site in await server.phonebooks.all_sites()
        ]
    finally:
        await server.close()


async def build(settings: Settings) -> Server:
    """Put a server together on a data folder that was migrated."""
    clock = SystemClock()
    engine = open_main(settings.data / "intercom.db")
    live_file = settings.data / "live.db"
    calls_connection = connect(live_file, synchronous="NORMAL")
    openings_connection = connect(live_file, synchronous="FULL")
    calls, openings = SqliteCalls(calls_connection), SqliteOpenings(openings_connection)
    people, panels = SqlPeople(engine), SqlPanels(engine)
    phonebooks = SqlPhonebooks(engine)
    await phonebooks.load()
    core = Cores(
        kinds(settings.data / "doors.jsonl"), clock.now, lambda site, state: cores.remember(site, state)
    )
    core.keep(await phonebooks.all_locks())
    presence = MemoryPresence()
    throttle = MemoryThrottle({"ring": settings.ring_limit, "open": settings.open_limit})
    secret = Secret(settings.turn_secret.get_secret_value()) if settings.turn_secret else None
    ice = ConfiguredIce(
        settings.stun,
        settings.turn,
        secret,
        settings.ring_seconds + settings.talk_seconds + 600,
        settings.relay_only,
    )
    letters = SqlLetters(engine)
    mailer = MailOutbox(
        letters,
        Writer(web_folder() / "templates", settings.link_base).write,
        _transport(settings),
        settings.mail_sender,
        phonebooks.site,
        clock,
        new_id,
    )
    rules = Rules(
        ring=settings.ring_seconds,
        grace=settings.grace_seconds,
        talk=settings.talk_seconds,
        early=settings.early_legs,
        decline_ends_call=settings.decline_ends_call,
    )

    sio = make_server(
        max_message_bytes=_MESSAGE_BYTES,
        cors_allowed_origins=_own_pages(settings.secure),
        ping_interval=settings.heartbeat_seconds,
        ping_timeout=settings.heartbeat_seconds / 2,
    )
    sockets: Sockets = sio  # pyright: ignore[reportAssignmentType] - the library has no types
    tones = json.loads((tones_folder() / "manifest.json").read_text())
    tone_urls = {tone["id"]: f"/ringtones/{tone['file']}" for tone in tones["tones"]}
    vault = FileVault(settings.data / "server.key")
    disguise = functools.partial(disguised, vault)
    outbox = Outbox(sockets, tone_urls, tone_urls[tones["default_outdoor"]], disguise)
    live = LivePhonebook(phonebooks, panels, outbox)
    subscriptions, quiet_hours = SqlSubscriptions(engine), SqlQuietHours(engine)
    await subscriptions.load()
    await quiet_hours.load()
    pusher = WebPushSender(settings.data / "push.key", settings.push_contact, settings.push_services)
    alerts = Alerts(pusher, subscriptions, clock)
    reach = Reach(presence, subscriptions, quiet_hours)
    home = _home_assistant(
        settings, lambda: smart_home.shown(), core, presence, lambda lock: smart_home.open(lock), clock
    )
    dispatch = Dispatch(outbox, phonebooks, presence, people, core, ice, alerts, home)
    own_devices = Devices(people, presence, subscriptions, quiet_hours, pusher, clock)
    health = RingHealth(
        people,
        presence,
        subscriptions,
        SqlRingProofs(engine),
        outbox,
        pusher,
        throttle,
        clock,
        new_id,
        own_devices.own,
    )
    switchboard = Switchboard(
        calls, phonebooks, presence, reach, dispatch, clock, throttle, new_id, rules, health.rang
    )
    passwords = Argon2Passwords(memory_kib=settings.argon2_memory_kib)

    async def password_again(session: Session, password: Secret, address: str, field: str) -> None:
        await credentials.again(session, password, address, field)

    signs, blocks = SqlSigns(engine), SqlBlocks(engine)
    visitors = Visitors(phonebooks, signs, blocks, vault, throttle, clock, new_id)
    whereabouts = Whereabouts(visitors, phonebooks, calls, switchboard, outbox, throttle, clock)
    pins = Pins(SqlPins(engine), passwords, vault, password_again, clock)
    permits = Permits(calls, phonebooks, people, core, clock, pins.check, whereabouts.fresh)
    doors = Doors(openings, calls, phonebooks, presence, permits, core, outbox, throttle, clock, new_id)
    core.listen(doors.heard)
    smart_home = SmartHome(phonebooks, panels, doors, new_id)
    if home is not None:
        core.listen(home.heard)
    events = SqlEvents(engine)
    looking = Looking(panels, phonebooks, presence, calls, ice, outbox, events, throttle, clock, new_id)
    negotiation = Negotiation(calls, outbox, looking.of)
    outages = Outages(
        panels,
        phonebooks,
        presence,
        SqlStaff(engine),
        mailer,
        throttle,
        clock,
        settings.panel_letter_seconds,
    )
    doubles = Doubles(events, clock)
    attendance = Attendance(
        presence,
        people,
        panels,
        phonebooks,
        core,
        ice,
        switchboard,
        doors,
        clock,
        new_id,
        outages,
        language.translate,
    )

    async def session_ended(session: SessionId) -> None:
        await residents.session_ended(session)
        await subscriptions.load()  # its devices are forgotten

    async def panel_revoked(panel: PanelId) -> None:
        await outbox.cut_panel(panel)

    async def panel_moved(panel: Panel) -> None:
        await callers.moved(panel, of_callers.renew)
        await site_changed(panel.site)

    of_house = SqlSites(engine)
    guesses = Guesses(throttle, vault)
    signin = SignIn(people, passwords, throttle, mailer, clock, new_id, session_ended, guesses)
    enrollment = Enrollment(
        panels, phonebooks, throttle, clock, new_id, panel_revoked, events, calls, panel_moved
    )
    lockdown = Lockdown(enrollment, panels, passwords, throttle, clock, events, panel_revoked)

    async def site_changed(site: SiteId) -> None:
        await live.changed(site)
        core.keep(await phonebooks.all_locks())
        if home is not None:
            home.house_changed()

    cores = CoreOffice(
        SqlCoreChoices(engine),
        core,
        vault,
        of_house.locks,
        events,
        throttle,
        site_changed,
        clock,
        SqlChecks(engine),
    )
    password_rules = PasswordRules(common_passwords())
    invitations = Invitations(
        SqlInvitations(engine),
        phonebooks,
        letters,
        mailer,
        passwords,
        password_rules,
        throttle,
        events,
        clock,
        new_id,
        site_changed,
    )
    ringtones = house_tones.read(tones)
    office = SiteOffice(of_house, events, ringtones, site_changed, clock, new_id)
    units = Units(of_house, events, site_changed, clock, new_id)
    entrances = Entrances(of_house, events, ringtones, site_changed, clock, new_id)

    async def lost_role(account: AccountId, site: SiteId) -> None:
        """Somebody is not of the staff any more: without any part left they are signed out."""
        await leaving.left_unit(account, site)
        await deletion.finish(account)

    appointments = Appointments(
        SqlStaff(engine),
        of_house,
        events,
        invitations.invite,
        signin.prove,
        lost_role,
        mailer,
        clock,
        new_id,
        SqlChecks(engine).released,
    )
    factors, trusted, tokens = SqlFactors(engine), SqlTrustedDevices(engine), SqlTokens(engine)
    authenticator = TotpAuthenticator()
    sms = FolderSms(settings.data / "sms")

    async def language_of(account: Account) -> str:
        if account.language is not None:
            return account.language
        for membership in await people.memberships(account.id):
            home = await phonebooks.site(membership.site)
            if home is not None:
                return home.language
        return "en"

    codes = Codes(
        factors,
        tokens,
        vault,
        authenticator,
        mailer,
        sms,
        throttle,
        clock,
        _said_in,
        language_of,
    )
    second_step = SecondStep(signin, people, factors, trusted, tokens, codes, throttle, mailer, clock, new_id)
    elsewhere = Elsewhere(
        signin,
        people,
        SqlIdentities(engine),
        _providers(settings),
        tokens,
        vault,
        throttle,
        clock,
        mailer,
        language_of,
    )
    first_site = await phonebooks.first_site()
    house = f"{first_site.name} {first_site.plate}" if first_site else "Intercom"
    passkeys = WebAuthnPasskeys(settings.link_base, house)
    second_factors = SecondFactors(
        signin,
        factors,
        trusted,
        tokens,
        vault,
        codes,
        authenticator,
        passkeys,
        mailer,
        clock,
        new_id,
        first_site.address.country if first_site else "",
        house,
    )
    passkey_signin = PasskeySignIn(second_step, people, factors, tokens, passkeys, throttle, clock)
    accounts = SqlAccounts(engine)
    credentials = Credentials(
        people,
        accounts,
        passwords,
        password_rules,
        tokens,
        trusted,
        phonebooks,
        throttle,
        mailer,
        clock,
        signin.prove,
        session_ended,
    )
    profile = Profile(
        people, accounts, phonebooks, tokens, vault, sms, mailer, throttle, clock, site_changed, _said_in
    )
    sessions = Sessions(people, accounts, presence, clock, session_ended)
    leaving = Leaving(people, accounts, phonebooks, switchboard, outbox, mailer, clock, session_ended)
    deletion = Deletion(
        people, accounts, phonebooks, credentials, leaving, events, mailer, clock, site_changed
    )
    notes = SqlNotes(engine)
    note_desk = NoteDesk(notes, calls, phonebooks, presence, outbox, throttle, clock)
    own_data = OwnData(
        people,
        accounts,
        calls,
        openings,
        phonebooks,
        factors.of,
        trusted,
        SqlIdentities(engine).of,
        subscriptions,
        quiet_hours,
        clock,
        notes,
    )

    async def left_unit(account: AccountId, site: SiteId) -> None:
        """Somebody was removed from a unit, or deactivated: nothing of theirs goes on."""
        await leaving.left_unit(account, site)
        await invitations.withdraw(site, account)
        await deletion.finish(account)

    of_units = SqlResidents(engine)
    resident_office = ResidentOffice(
        of_units,
        phonebooks,
        events,
        invitations.invite,
        invitations.resend,
        left_unit,
        site_changed,
        clock,
        new_id,
    )
    first_start = FirstStart(
        SqlFounding(engine),
        of_house,
        passwords,
        password_rules,
        signin,
        events,
        throttle,
        clock,
        new_id,
        site_changed,
    )
    imports = Imports(
        SqlRosters(engine),
        of_house,
        phonebooks,
        events,
        invitations.invite,
        site_changed,
        http_routes.email_address,
        clock,
        new_id,
    )
    past = SqlitePast(settings.data / "live.db")
    site_log = SiteLog(past, events, phonebooks, of_units, people)
    overview = Overview(
        past,
        phonebooks,
        of_house,
        panels,
        presence,
        core,
        SqlInvitations(engine),
        SqlStaff(engine),
        health.unproven,
        clock,
        doubles.since,
    )
    commissioning = Commissioning(
        SqlChecks(engine),
        core,
        phonebooks,
        panels,
        presence,
        past,
        letters,
        mailer,
        SqlStaff(engine),
        lost_role,
        functools.partial(ask_relays, ice, clock) if ice.relays else None,
        settings.smtp_host is not None,
        events,
        throttle,
        clock,
    )
    duty = DutyList(of_house, SqlStaff(engine), people, events, site_changed, clock)
    household = Household(resident_office, of_units, phonebooks)
    history = History(calls, openings, phonebooks, people, dispatch, clock, notes)

    cookies = Cookies(settings.secure)
    residents = ResidentEdge(
        sockets,
        outbox,
        signin,
        attendance,
        switchboard,
        negotiation,
        doors,
        looking,
        VisitorBlocks(calls, phonebooks, visitors, blocks, events, clock),
        cookie_name=cookies.session,
    )
    bell = PublicBell(visitors, whereabouts, switchboard, throttle, clock)
    waiting = Waiting(switchboard, clock, bell.admitted, bell.admitted_until)
    pages = Pages(web_folder(), first_site)
    callers = PanelEdge(
        sockets,
        outbox,
        enrollment,
        attendance,
        switchboard,
        negotiation,
        waiting,
        Guests(visitors, bell, whereabouts, cookies.visit),
        note_desk,
        doubles,
        cookie_name=cookies.panel,
        version=pages.version,
    )
    Namespace(sockets, residents, Flood())
    of_callers = Namespace(sockets, callers, Flood())

    async def counts(site: SiteId) -> Mapping[str, int]:
        directory = await phonebooks.directory(site)
        return {
            "entrances": len(await phonebooks.entrances(site)),
            "residents": directory.counts[Show.ALL],
            "invitations": directory.counts[Show.INVITED],
        }

    frame = Frame(pages, phonebooks, counts)
    account_frame = AccountFrame(pages, profile)
    consents = Consents(frame, deletion, phonebooks)
    overview_pages = OverviewPages(frame, overview, site_log)
    faults = Faults(phonebooks, builtin.Switches(core.of))
    doors_pages = EntrancePages(
        frame, entrances, enrollment, presence, core, faults, ringtones, settings.link_base
    )
    sign_office = SignOffice(phonebooks, signs, events, site_changed, callers.sign_replaced, clock)
    tiles = Tiles(settings.map_tiles, settings.map_credit) if settings.map_tiles else None
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
    arrival = Arrival(second_step, cookies)
    documents = Documents(asyncapi)
    table = [
        *PagesOfPeople(pages, signin, invitations, enrollment, phonebooks, cookies).routes(),
        *VisitorPages(pages, visitors, cookies).routes(),
        *SignInPages(pages, second_step, elsewhere, arrival, cookies).routes(),
        *SecurityPages(account_frame, second_factors, elsewhere).routes(),
        *SecondFactorApi(second_factors, passkey_signin, elsewhere, arrival, cookies).routes(),
        *Api(enrollment, history, note_desk, cookies, tones).routes(),
        *SettingsPages(pages, frame, office, ringtones, consents.hook).routes(),
        *overview_pages.routes(),
        *Entry(pages, frame, overview_pages.show).routes(),
        *LogPages(frame, site_log, phonebooks, settings.retention_days).routes(),
        *doors_pages.routes(),
        *Signs(sign_office, settings.link_base).routes(),
        *DoorPages(doors_pages, entrances, enrollment, lockdown, faults).routes(),
        *faults.routes(),
        *CorePages(frame, cores, core, entrances).routes(),
        *Checklist(frame, commissioning, phonebooks).routes(),
        *FencePages(frame, entrances, tiles).routes(),
        *UnitPages(frame, units).routes(),
        *ImportPages(frame, imports).routes(),
        *InvitationPages(frame, pages, invitations, phonebooks, settings.link_base).routes(),
        *JoinPages(pages, invitations, first_start, signin, arrival, cookies).routes(),
        *ResidentPages(frame, resident_office, phonebooks, health.ringing).routes(),
        *ResidentRoutes(resident_office, household, phonebooks).routes(),
        *HouseholdPages(account_frame, household).routes(),
        *StaffPages(frame, appointments).routes(),
        *DutyPages(frame, duty).routes(),
        *SiteApi(office, units).routes(),
        *EntranceApi(entrances, enrollment, core).routes(),
        *PanelApi(enrollment, lockdown, presence, cookies).routes(),
        *StaffApi(appointments).routes(),
        *Installed(pages, web_folder() / "static", await phonebooks.first_site()).routes(),
        *DeviceRoutes(own_devices, health, switchboard, pusher).routes(),
        *ProfilePages(account_frame, profile, phonebooks).routes(),
        *PasswordPages(pages, account_frame, credentials).routes(),
        *PinPages(account_frame, pins).routes(),
        *PinApi(pins, profile).routes(),
        *SessionPages(account_frame, sessions).routes(),
        *DataPages(pages, account_frame, own_data, deletion, phonebooks, cookies).routes(),
        *AccountApi(profile, credentials, sessions, own_data, deletion).routes(),
        *consents.routes(),
        *Languages(settings.secure).routes(),
        *Health(functools.partial(_ready, calls_connection)).routes(),
        *documents.routes(),
    ]
    documents.describe(table, cookies.session)
    http_routes.install(app, table, signin, cookies, pages.refused, sessions.seen)
    app.router.add_static("/static", web_folder() / "static")
    app.router.add_static("/ringtones", tones_folder())
    app.router.add_get("/favicon.ico", _favicon)
    sio.attach(app)  # pyright: ignore[reportUnknownMemberType]

    async def close() -> None:
        """Everything that `build` opened."""
        await core.close()
        await engine.dispose()
        past.close()
        calls_connection.close()
        openings_connection.close()

    server = Server(
        settings, app, switchboard, doors, phonebooks, enrollment, signin, table, commissioning, cores, close
    )

    async def running(_: web.Application) -> AsyncIterator[None]:
        gc.collect()
        gc.freeze()  # what is there at the start stays; looking through it again would hold up a ring
        recovered = await switchboard.recover(), await doors.recover()
        if any(recovered):
            log.info("recovered: %d calls go on, %d openings not confirmed", *recovered)
        await cores.restore()
        await core.start()
        if home is not None:
            await home.start()
        ticker = asyncio.create_task(
            _tick(switchboard, doors, waiting, looking, health, outages, calls, notes, settings),
            name="ticker",
        )
        await _say_set_up_link(first_start, settings)
        post = asyncio.create_task(mailer.run(), name="outbox of letters")
        yield
        post.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await post
        ticker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticker
        await imports.finish()
        await live.finish()
        await signin.finish()
        await credentials.finish()
        await sessions.finish()
        await doors.finish()
        await alerts.finish()
        await health.finish()
        await pusher.close()
        if home is not None:
            await home.close()
        await close()

    async def closing(_: web.Application) -> None:
        await sio.shutdown()

    app.cleanup_ctx.append(running)
    app.on_shutdown.append(closing)
    return server


def _providers(settings: Settings) -> OidcProviders:
    """The OpenID providers that are set."""
    clients = [
        Client(
            provider.id,
            provider.label,
            provider.issuer,
            provider.client_id,
            Secret(provider.client_secret.get_secret_value()) if provider.client_secret else None,
        )
        for provider in settings.providers
    ]
    return OidcProviders(clients, settings.link_base)


def _said_in(sentence: str, lang: str) -> str:
    """A sentence in a language."""
    with language.speaking(lang):
        return language.translate(sentence)


async def _say_set_up_link(first_start: FirstStart, settings: Settings) -> None:
    """Where nobody owns anything yet, the log says how to begin. Whoever reads the log runs the server."""
    token = await first_start.link()
    if token is not None:
        log.warning(
            "This house has no owner yet. Set it up here, within 7 days: %s/set-up/%s",
            settings.link_base,
            token.reveal(),
        )


def _home_assistant(
    settings: Settings,
    doors: Callable[[], Awaitable[Sequence[HomeDoor]]],
    core: Cores,
    presence: MemoryPresence,
    opens: Callable[[LockId], Awaitable[None]],
    clock: SystemClock,
) -> HomeAssistant | None:
    """What tells Home Assistant of the doors, where a broker is set."""
    if settings.mqtt_url is None:
        return None
    parts, password = urlsplit(settings.mqtt_url), settings.mqtt_password
    encrypted = parts.scheme == "mqtts"
    trusts = ssl.create_default_context(cafile=settings.mqtt_ca) if encrypted else None
    address = Address(
        parts.hostname or "",
        parts.port or (8883 if encrypted else 1883),
        settings.mqtt_user,
        Secret(password.get_secret_value()) if password else None,
        trusts,
    )
    names = Names(settings.mqtt_name, settings.mqtt_discovery)
    return HomeAssistant(
        address, names, doors, core.status, presence.panel_online, opens, clock.now, __version__
    )


def _transport(settings: Settings) -> Transport:
    """How letters leave: by the mail server that is set, or into a folder."""
    if settings.smtp_host is None:
        return FolderTransport(settings.mail_folder or settings.data / "mail")
    password = settings.smtp_password
    trusts = ssl.create_default_context(cafile=settings.smtp_ca) if settings.smtp_ca else None
    return SmtpTransport(
        SmtpServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_tls,
            settings.smtp_user,
            Secret(password.get_secret_value()) if password else None,
            trusts,
        )
    )


def _own_pages(secure: bool) -> Callable[[str, dict[str, Any]], bool]:
    """Pages whose sockets are let in: this host's own. (The library takes every page for plain http.)"""

    def own(origin: str, environ: dict[str, Any]) -> bool:
        host = environ.get("HTTP_HOST", "")
        return origin == f"https://{host}" or (not secure and origin == f"http://{host}")

    return own


async def _ready(connection: sqlite3.Connection) -> None:
    connection.execute("SELECT 1 FROM calls LIMIT 1")


async def _favicon(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(web_folder() / "static" / "favicon.svg")


async def _tick(
    switchboard: Switchboard,
    doors: Doors,
    waiting: Waiting,
    looking: Looking,
    health: RingHealth,
    outages: Outages,
    calls: SqliteCalls,
    notes: SqlNotes,
    settings: Settings,
) -> None:
    """Looks at the deadlines, four times a second; a failing look is logged and the next one is made."""
    forget_at = 0.0
    while True:
        await asyncio.sleep(TICK)
        try:
            await switchboard.tick()
            switchboard.dispatch.alerts.tick()
            await waiting.tick()
            await looking.tick()
            await doors.tick()
            health.tick()
            await outages.tick()
            await health.night(await switchboard.phonebooks.all_sites())
            now = time.time()
            if now >= forget_at:
                forget_at = now + 3600
                await calls.forget_before(now - settings.retention_days * 86400)
                await notes.forget_before(now - settings.retention_days * 86400)
        except Exception:
            log.exception("a look at the deadlines failed")


async def serve(server: Server, *, on_ready: asyncio.Event | None = None) -> None:
    """Listen until cancelled; then end sockets, finish commands, close files.

    Raises `OSError` when the address cannot be listened on.
    """
    settings = server.settings
    runner = web.AppRunner(server.app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        site = web.TCPSite(
            runner, settings.host or None, settings.port, ssl_context=server.tls(), backlog=4096
        )
        await site.start()
        log.info("listening on %s", settings.url)
        if on_ready is not None:
            on_ready.set()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def prepare(settings: Settings) -> None:
    """Make the data folder and bring its databases to the newest version.

    Raises `RuntimeError` with a sentence when that cannot be done.
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.data / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise RuntimeError(
            f"The folder {settings.data} cannot be written ({error.strerror}): choose another with --data."
        ) from error
    migrate(settings.data)
