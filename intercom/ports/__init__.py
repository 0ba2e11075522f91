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
    Need,
)
from intercom.ports.accounts import Accounts
from intercom.ports.calls import Busy, Calls, call_in_hand
from intercom.ports.checks import Checks, Release, Ringing
from intercom.ports.clock import Clock
from intercom.ports.cores import (
    AccessCores,
    Ask,
    CoreChoice,
    CoreChoices,
    CoreField,
    CoreKind,
    CoreLock,
    CoreReport,
    CoreState,
    CoreStep,
    SiteCore,
)
from intercom.ports.events import Event, Events
from intercom.ports.factors import (
    Authenticator,
    Errand,
    Factors,
    Identities,
    NewPasskey,
    PasskeyRules,
    Provider,
    Providers,
    TrustedDevices,
    Vault,
)
from intercom.ports.founding import Founding
from intercom.ports.health import RingProofs, Unproven
from intercom.ports.home import Bell, HomeDoor
from intercom.ports.ice import IceServer, IceServers
from intercom.ports.invitations import NewInvitation, SiteInvitations, Wanted
from intercom.ports.mail import LetterNews, Letters, Mailer, Waiting
from intercom.ports.notes import Notes
from intercom.ports.openings import Openings
from intercom.ports.panels import Panels
from intercom.ports.past import Figures, Mark, Past
from intercom.ports.people import People
from intercom.ports.phonebook import Phonebooks
from intercom.ports.pins import OpeningPins
from intercom.ports.presence import Presence, Who
from intercom.ports.push import PushResult, PushSender, Subscription, Subscriptions
from intercom.ports.quiet import Quiet, QuietHours
from intercom.ports.residents import Resident, Residents
from intercom.ports.roster import Rosters
from intercom.ports.signaler import Description, Invitation, OpeningNews, Signaler
from intercom.ports.signin import Passwords, Throttle
from intercom.ports.sites import SiteCounts, Sites, UnitInUse
from intercom.ports.sms import SmsSender
from intercom.ports.staff import Staff, StaffMember
from intercom.ports.tokens import Tokens
from intercom.ports.visitors import Blocks, Signs

__all__ = [
    "AccessCore",
    "AccessCores",
    "Accounts",
    "Ask",
    "Authenticator",
    "Bell",
    "Blocks",
    "Busy",
    "Calls",
    "Checks",
    "Clock",
    "CommandRefused",
    "CommandResult",
    "CommandTaken",
    "CommandUnknown",
    "CoreChoice",
    "CoreChoices",
    "CoreField",
    "CoreKind",
    "CoreLock",
    "CoreReport",
    "CoreState",
    "CoreStep",
    "Description",
    "Errand",
    "Event",
    "Events",
    "Factors",
    "Figures",
    "Founding",
    "HomeDoor",
    "IceServer",
    "IceServers",
    "Identities",
    "Invitation",
    "LetterNews",
    "Letters",
    "LockChanged",
    "LockEvent",
    "LockOpened",
    "Mailer",
    "Mark",
    "Need",
    "NewInvitation",
    "NewPasskey",
    "Notes",
    "OpeningNews",
    "OpeningPins",
    "Openings",
    "Panels",
    "PasskeyRules",
    "Passwords",
    "Past",
    "People",
    "Phonebooks",
    "Presence",
    "Provider",
    "Providers",
    "PushResult",
    "PushSender",
    "Quiet",
    "QuietHours",
    "Release",
    "Resident",
    "Residents",
    "RingProofs",
    "Ringing",
    "Rosters",
    "Signaler",
    "Signs",
    "SiteCore",
    "SiteCounts",
    "SiteInvitations",
    "Sites",
    "SmsSender",
    "Staff",
    "StaffMember",
    "Subscription",
    "Subscriptions",
    "Throttle",
    "Tokens",
    "TrustedDevices",
    "UnitInUse",
    "Unproven",
    "Vault",
    "Waiting",
    "Wanted",
    "Who",
    "call_in_hand",
]
