"""Panels: enrolling and moving them, who is there, and what is said when one is missed."""

from __future__ import annotations

from dataclasses import dataclass

from intercom import language
from intercom.assembly.adapters import Adapters
from intercom.assembly.calls import CallFamily
from intercom.assembly.cores import CoreFamily
from intercom.assembly.doors import DoorFamily
from intercom.assembly.machine import new_id
from intercom.assembly.news import News
from intercom.assembly.stores import Stores
from intercom.config import Settings
from intercom.services.doubles import Doubles
from intercom.services.enrollment import Enrollment
from intercom.services.lockdown import Lockdown
from intercom.services.outages import Outages
from intercom.services.presence import Attendance


@dataclass(frozen=True, slots=True)
class PanelFamily:
    """`attendance` lets in residents' devices, too."""

    enrollment: Enrollment
    lockdown: Lockdown
    outages: Outages
    doubles: Doubles
    attendance: Attendance


def make_panels(
    settings: Settings,
    stores: Stores,
    adapters: Adapters,
    cores: CoreFamily,
    calls: CallFamily,
    doors: DoorFamily,
    news: News,
) -> PanelFamily:
    """A panel that is revoked loses its socket."""
    panels, phonebooks, events = stores.panels, stores.phonebooks, stores.events
    clock, throttle, presence = adapters.clock, adapters.throttle, adapters.presence
    revoked = adapters.outbox.cut_panel

    enrollment = Enrollment(
        panels, phonebooks, throttle, clock, new_id, revoked, events, stores.calls, news.panel_moved
    )
    outages = Outages(
        panels,
        phonebooks,
        presence,
        stores.staff,
        adapters.mailer,
        throttle,
        clock,
        settings.panel_letter_seconds,
    )
    attendance = Attendance(
        presence,
        stores.people,
        panels,
        phonebooks,
        cores.core,
        adapters.ice,
        calls.switchboard,
        doors.doors,
        clock,
        new_id,
        outages,
        language.translate,
    )
    return PanelFamily(
        enrollment,
        Lockdown(enrollment, panels, adapters.passwords, throttle, clock, events, revoked),
        outages,
        Doubles(events, clock),
        attendance,
    )
