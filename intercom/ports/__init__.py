"""What the services need from the world, as Protocols; a family a file. Adapters fulfil them; no adapter
calls another."""

from intercom.ports.access import (
    AccessCore,
    CommandRefused,
    CommandResult,
    CommandTaken,
    CommandUnknown,
    LockChanged,
    LockEvent,
    LockOpened,
)
from intercom.ports.calls import Busy, Calls, call_in_hand
from intercom.ports.clock import Clock
from intercom.ports.events import Event, Events
from intercom.ports.ice import IceServer, IceServers
from intercom.ports.mail import Mailer
from intercom.ports.openings import Openings
from intercom.ports.panels import Panels
from intercom.ports.people import People
from intercom.ports.phonebook import Phonebooks
from intercom.ports.presence import Presence, Who
from intercom.ports.push import PushResult, PushSender, Subscription, Subscriptions
from intercom.ports.signaler import Description, Invitation, OpeningNews, Signaler
from intercom.ports.signin import Passwords, Throttle

__all__ = [
    "AccessCore",
    "Busy",
    "Calls",
    "Clock",
    "CommandRefused",
    "CommandResult",
    "CommandTaken",
    "CommandUnknown",
    "Description",
    "Event",
    "Events",
    "IceServer",
    "IceServers",
    "Invitation",
    "LockChanged",
    "LockEvent",
    "LockOpened",
    "Mailer",
    "OpeningNews",
    "Openings",
    "Panels",
    "Passwords",
    "People",
    "Phonebooks",
    "Presence",
    "PushResult",
    "PushSender",
    "Signaler",
    "Subscription",
    "Subscriptions",
    "Throttle",
    "Who",
    "call_in_hand",
]
