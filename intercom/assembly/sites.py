"""Running a site: its settings, units and entrances, its residents and staff, and what happened there."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from intercom.assembly.accounts import AccountFamily
from intercom.assembly.adapters import Adapters
from intercom.assembly.calls import CallFamily
from intercom.assembly.cores import CoreFamily
from intercom.assembly.machine import new_id
from intercom.assembly.news import News
from intercom.assembly.panels import PanelFamily
from intercom.assembly.stores import Stores
from intercom.config import Settings
from intercom.domain import tones as house_tones
from intercom.domain.ids import AccountId, SiteId
from intercom.domain.tones import Tones
from intercom.http.routes import email_address
from intercom.ice.check import ask_relays
from intercom.services.commissioning import Commissioning
from intercom.services.deletion import Deletion
from intercom.services.duty import DutyList
from intercom.services.entrances import Entrances
from intercom.services.founding import FirstStart
from intercom.services.household import Household
from intercom.services.imports import Imports
from intercom.services.invitations import Invitations
from intercom.services.leaving import Leaving
from intercom.services.overview import Overview
from intercom.services.residents import ResidentOffice
from intercom.services.signs import SignOffice
from intercom.services.site_log import SiteLog
from intercom.services.sites import SiteOffice
from intercom.services.staff import Appointments
from intercom.services.units import Units


@dataclass(frozen=True, slots=True)
class SiteFamily:
    """What admins, caretakers and concierges do, and whoever is master of a household."""

    ringtones: Tones
    office: SiteOffice
    units: Units
    entrances: Entrances
    signs: SignOffice
    first_start: FirstStart
    invitations: Invitations
    imports: Imports
    residents: ResidentOffice
    household: Household
    appointments: Appointments
    duty: DutyList
    deletion: Deletion
    overview: Overview
    log: SiteLog
    commissioning: Commissioning


def make_sites(
    settings: Settings,
    stores: Stores,
    adapters: Adapters,
    cores: CoreFamily,
    accounts: AccountFamily,
    calls: CallFamily,
    panels: PanelFamily,
    news: News,
) -> SiteFamily:
    """Whoever leaves a site leaves its calls, and without any part left is signed out."""
    people, phonebooks, sites = stores.people, stores.phonebooks, stores.sites
    events, staff, changed = stores.events, stores.staff, news.site_changed
    clock, throttle, mailer = adapters.clock, adapters.throttle, adapters.mailer

    leaving = Leaving(
        people,
        stores.accounts,
        phonebooks,
        calls.switchboard,
        adapters.outbox,
        mailer,
        clock,
        news.session_ended,
    )
    deletion = Deletion(
        people, stores.accounts, phonebooks, accounts.credentials, leaving, events, mailer, clock, changed
    )
    invitations = Invitations(
        stores.invitations,
        phonebooks,
        stores.letters,
        mailer,
        adapters.passwords,
        accounts.password_rules,
        throttle,
        events,
        clock,
        new_id,
        changed,
    )

    async def lost_role(account: AccountId, site: SiteId) -> None:
        """Somebody is not of the staff any more: without any part left they are signed out."""
        await leaving.left_unit(account, site)
        await deletion.finish(account)

    async def left_unit(account: AccountId, site: SiteId) -> None:
        """Somebody was removed from a unit, or deactivated: nothing of theirs goes on."""
        await leaving.left_unit(account, site)
        await invitations.withdraw(site, account)
        await deletion.finish(account)

    ringtones = house_tones.read(adapters.tones)
    residents = ResidentOffice(
        stores.residents,
        phonebooks,
        events,
        invitations.invite,
        invitations.resend,
        left_unit,
        changed,
        clock,
        new_id,
    )
    overview = Overview(
        stores.past,
        phonebooks,
        sites,
        stores.panels,
        adapters.presence,
        cores.core,
        stores.invitations,
        staff,
        calls.health.unproven,
        clock,
        panels.doubles.since,
    )
    commissioning = Commissioning(
        stores.checks,
        cores.core,
        phonebooks,
        stores.panels,
        adapters.presence,
        stores.past,
        stores.letters,
        mailer,
        staff,
        lost_role,
        functools.partial(ask_relays, adapters.ice, clock) if adapters.ice.relays else None,
        settings.smtp_host is not None,
        events,
        throttle,
        clock,
    )
    return SiteFamily(
        ringtones,
        SiteOffice(sites, events, ringtones, changed, clock, new_id),
        Units(sites, events, changed, clock, new_id),
        Entrances(sites, events, ringtones, changed, clock, new_id),
        SignOffice(phonebooks, stores.signs, events, changed, news.sign_replaced, clock),
        FirstStart(
            stores.founding,
            sites,
            adapters.passwords,
            accounts.password_rules,
            accounts.signin,
            events,
            throttle,
            clock,
            new_id,
            changed,
        ),
        invitations,
        Imports(
            stores.rosters,
            sites,
            phonebooks,
            events,
            invitations.invite,
            changed,
            email_address,
            clock,
            new_id,
        ),
        residents,
        Household(residents, stores.residents, phonebooks),
        Appointments(
            staff,
            sites,
            events,
            invitations.invite,
            accounts.signin.prove,
            lost_role,
            mailer,
            clock,
            new_id,
            stores.checks.released,
        ),
        DutyList(sites, staff, people, events, changed, clock),
        deletion,
        overview,
        SiteLog(stores.past, events, phonebooks, stores.residents, people),
        commissioning,
    )
