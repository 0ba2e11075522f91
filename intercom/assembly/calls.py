"""Calls: who rings, how a call goes, and what goes with it: visitors, looks at the door, notes."""

from __future__ import annotations

from dataclasses import dataclass

from intercom.access.home_assistant import HomeAssistant
from intercom.assembly.adapters import Adapters
from intercom.assembly.cores import CoreFamily
from intercom.assembly.machine import new_id
from intercom.assembly.stores import Stores
from intercom.config import Settings
from intercom.domain.call import Rules
from intercom.services.alerts import Alerts
from intercom.services.bell import PublicBell
from intercom.services.blocks import VisitorBlocks
from intercom.services.devices import Devices
from intercom.services.dispatch import Dispatch
from intercom.services.health import RingHealth
from intercom.services.history import History
from intercom.services.looking import Looking
from intercom.services.negotiation import Negotiation
from intercom.services.notes import NoteDesk
from intercom.services.phonebook import LivePhonebook
from intercom.services.reach import Reach
from intercom.services.switchboard import Switchboard
from intercom.services.visitors import Visitors
from intercom.services.waiting import Waiting
from intercom.services.whereabouts import Whereabouts


@dataclass(frozen=True, slots=True)
class CallFamily:
    """From the press to the hang-up, and what is left of it."""

    live: LivePhonebook
    alerts: Alerts
    switchboard: Switchboard
    negotiation: Negotiation
    waiting: Waiting
    looking: Looking
    notes: NoteDesk
    history: History
    devices: Devices
    health: RingHealth
    visitors: Visitors
    whereabouts: Whereabouts
    bell: PublicBell
    blocks: VisitorBlocks


def make_calls(
    settings: Settings, stores: Stores, adapters: Adapters, cores: CoreFamily, home: HomeAssistant | None
) -> CallFamily:
    """Calls of before a restart are not taken up yet."""
    calls, people, phonebooks = stores.calls, stores.people, stores.phonebooks
    subscriptions, quiet_hours = stores.subscriptions, stores.quiet_hours
    clock, throttle, presence = adapters.clock, adapters.throttle, adapters.presence
    ice, outbox, pusher = adapters.ice, adapters.outbox, adapters.pusher

    rules = Rules(
        ring=settings.ring_seconds,
        grace=settings.grace_seconds,
        talk=settings.talk_seconds,
        early=settings.early_legs,
        decline_ends_call=settings.decline_ends_call,
    )
    alerts = Alerts(pusher, subscriptions, clock)
    reach = Reach(presence, subscriptions, quiet_hours)
    dispatch = Dispatch(outbox, phonebooks, presence, people, cores.core, ice, alerts, home)
    devices = Devices(people, presence, subscriptions, quiet_hours, pusher, clock)
    health = RingHealth(
        people,
        presence,
        subscriptions,
        stores.ring_proofs,
        outbox,
        pusher,
        throttle,
        clock,
        new_id,
        devices.own,
    )
    switchboard = Switchboard(
        calls, phonebooks, presence, reach, dispatch, clock, throttle, new_id, rules, health.rang
    )
    looking = Looking(
        stores.panels, phonebooks, presence, calls, ice, outbox, stores.events, throttle, clock, new_id
    )
    visitors = Visitors(phonebooks, stores.signs, stores.blocks, adapters.vault, throttle, clock, new_id)
    whereabouts = Whereabouts(visitors, phonebooks, calls, switchboard, outbox, throttle, clock)
    bell = PublicBell(visitors, whereabouts, switchboard, throttle, clock)
    return CallFamily(
        LivePhonebook(phonebooks, stores.panels, outbox),
        alerts,
        switchboard,
        Negotiation(calls, outbox, looking.of),
        Waiting(switchboard, clock, bell.admitted, bell.admitted_until),
        looking,
        NoteDesk(stores.notes, calls, phonebooks, presence, outbox, throttle, clock),
        History(calls, stores.openings, phonebooks, people, dispatch, clock, stores.notes),
        devices,
        health,
        visitors,
        whereabouts,
        bell,
        VisitorBlocks(calls, phonebooks, visitors, stores.blocks, stores.events, clock),
    )
