"""What the services need from the world, as Protocols. Adapters fulfil them; no adapter calls another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.call import Call, Leg, LegStage, Reason, Transition
from intercom.domain.door import Lock, LockStatus, Opening, Refusal
from intercom.domain.fork import Device
from intercom.domain.ids import (
    AccountId,
    CallId,
    DeviceId,
    EntranceId,
    EntryId,
    LegId,
    LockId,
    OpeningId,
    PanelId,
    RequestId,
    Secret,
    SessionId,
    SiteId,
    UnitId,
)
from intercom.domain.people import Account, KnownDevice, Membership, Panel, Session
from intercom.domain.phonebook import Entrance, Entry, Line, Site

call_in_hand: ContextVar[str] = ContextVar("call", default="")
"""The call that the running task works on; services set it, the log shows it."""

# -- time ---------------------------------------------------------------------------------------------


class Clock(Protocol):
    """The time of day."""

    def now(self) -> float:
        """Unix seconds."""
        ...


# -- calls --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Busy:
    """What a new call must know of the calls that go on."""

    people: frozenset[AccountId]
    """Of those asked for: who ring or talk."""
    calling: bool
    """The panel has a call that goes on."""


class Calls(Protocol):
    """The calls, in the database. Writers race by compare-and-swap, never by locks."""

    async def add(
        self, panel: PanelId, people: Collection[AccountId], make: Callable[[Busy], Transition]
    ) -> Transition:
        """Store the call that `make` gives, in one step with the look at who is busy.

        Of two calls for the same person at the same moment the second sees the first. What `make`
        raises passes through and stores nothing.
        """
        ...

    async def get(self, call: CallId) -> Call | None:
        """The call, alive or ended."""
        ...

    async def update(self, call: CallId, change: Callable[[Call], Transition]) -> Transition | None:
        """Load, `change`, store if nobody else has stored meanwhile, else again.

        `change` must be pure: it may run several times. None: there is no such call.
        """
        ...

    async def due(self, now: float) -> Sequence[CallId]:
        """The calls whose deadline has passed."""
        ...

    async def alive(self) -> Sequence[Call]:
        """All calls that go on."""
        ...

    async def of_panel(self, panel: PanelId) -> Call | None:
        """The call of this panel that goes on."""
        ...

    async def of_device(self, device: DeviceId) -> Sequence[Call]:
        """The calls that go on in which the device has a living leg."""
        ...

    async def of_person(self, person: AccountId, limit: int) -> Sequence[Call]:
        """The newest ended calls that rang this person, newest first."""
        ...

    async def seen(self, person: AccountId) -> float:
        """Until when this person has seen their missed calls, Unix seconds; 0: never."""
        ...

    async def mark_seen(self, person: AccountId, until: float) -> None:
        """All missed calls up to `until` are seen, on every device."""
        ...

    async def forget_before(self, moment: float) -> int:
        """Drop ended calls and settled openings older than `moment`; how many."""
        ...


# -- openings -----------------------------------------------------------------------------------------


class Openings(Protocol):
    """The log of attempts to open a door. What it has stored survives a power cut."""

    async def intend(self, opening: Opening) -> Opening:
        """Store the attempt on disk before anything else happens.

        If the same person has used the same request before, nothing is stored and the attempt of
        then is given back: compare `id`. Raises `TryLater` when it cannot be stored.
        """
        ...

    async def update(
        self, opening: OpeningId, change: Callable[[Opening], Opening]
    ) -> tuple[Opening, Opening] | None:
        """Compare-and-swap as in `Calls.update`; before and after. None: there is no such attempt."""
        ...

    async def by_request(self, person: AccountId, request: RequestId) -> Opening | None:
        """The attempt that came from this press."""
        ...

    async def awaiting(self, lock: LockId) -> Sequence[Opening]:
        """Attempts on this lock that an event of the lock may settle, newest first."""
        ...

    async def due(self, now: float) -> Sequence[OpeningId]:
        """Unsettled attempts whose deadline has passed."""
        ...

    async def unsettled(self) -> Sequence[OpeningId]:
        """All unsettled attempts."""
        ...

    async def of_calls(self, calls: Collection[CallId]) -> Sequence[Opening]:
        """The attempts made in these calls."""
        ...


# -- phonebook ----------------------------------------------------------------------------------------


class Phonebooks(Protocol):
    """Sites, entrances, entries and locks, quick to read while a visitor waits."""

    async def site(self, site: SiteId) -> Site | None:
        """The site."""
        ...

    async def entrance(self, entrance: EntranceId) -> Entrance | None:
        """The entrance."""
        ...

    async def entrances(self, site: SiteId) -> Sequence[Entrance]:
        """The site's entrances, in order."""
        ...

    async def lines(self, entrance: EntranceId) -> Sequence[Line]:
        """What the entrance shows, in order."""
        ...

    async def unit_name(self, unit: UnitId) -> str:
        """The unit's name; blank if there is none."""
        ...

    async def line(self, site: SiteId, entry: EntryId) -> Line | None:
        """How an entry is displayed."""
        ...

    async def entry(self, entrance: EntranceId, entry: EntryId) -> Entry | None:
        """An entry that this entrance shows; None also for a hidden one."""
        ...

    async def locks(self, entrance: EntranceId) -> Sequence[Lock]:
        """The entrance's locks, in order."""
        ...

    async def lock(self, lock: LockId) -> Lock | None:
        """The lock."""
        ...


# -- people -------------------------------------------------------------------------------------------


class People(Protocol):
    """Accounts, memberships, sessions and devices."""

    async def account(self, account: AccountId) -> Account | None:
        """The account."""
        ...

    async def by_email(self, email: str) -> tuple[Account, str] | None:
        """The account of this e-mail (any case) and its password hash."""
        ...

    async def set_password_hash(self, account: AccountId, password_hash: str) -> None:
        """Store a new hash."""
        ...

    async def memberships(self, account: AccountId) -> Sequence[Membership]:
        """The account's roles."""
        ...

    async def add_session(
        self,
        token_hash: str,
        session: SessionId,
        account: AccountId,
        agent: str,
        now: float,
        expires_at: float,
    ) -> None:
        """Somebody signed in."""
        ...

    async def session(self, token_hash: str, now: float) -> Session | None:
        """The session of a token that has not run out, of an account that is active."""
        ...

    async def end_session(self, session: SessionId) -> None:
        """Signed out; its devices are forgotten."""
        ...

    async def device(self, device: DeviceId) -> KnownDevice | None:
        """The device."""
        ...

    async def devices(self, owners: Collection[AccountId]) -> Sequence[KnownDevice]:
        """The devices of these people."""
        ...

    async def add_device(self, device: KnownDevice, now: float) -> None:
        """A browser tab or phone of a resident that connects for the first time."""
        ...

    async def set_dnd(self, device: DeviceId, dnd: bool) -> None:
        """Do not disturb, on or off."""
        ...


class Panels(Protocol):
    """Panels, their keys and the codes that pair them. Keys and codes are stored as hashes."""

    async def by_key(self, key_hash: str) -> Panel | None:
        """The panel with this key, if it was not revoked."""
        ...

    async def of_sites(self, sites: Collection[SiteId]) -> Sequence[Panel]:
        """The panels of these sites."""
        ...

    async def add_code(self, code_hash: str, entrance: EntranceId, expires_at: float) -> None:
        """A new pairing code; earlier ones of the entrance are void."""
        ...

    async def enroll(
        self, code_hash: str, panel: PanelId, key_hash: str, name: str, now: float
    ) -> Panel | None:
        """Use up the code and store the panel, in one step. None: wrong, used or old code."""
        ...

    async def revoke(self, panel: PanelId) -> None:
        """Its key opens nothing any more."""
        ...

    async def seen(self, panel: PanelId, now: float) -> None:
        """It was connected at `now`."""
        ...


# -- who is there -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Who:
    """A person and their device, to be named to a household."""

    account: AccountId
    person: str
    device: str


class Presence(Protocol):
    """Who is connected now. In memory, or shared between servers."""

    def online(self, device: DeviceId) -> bool:
        """The device can be told something."""
        ...

    def devices(self, people: Collection[AccountId]) -> Mapping[AccountId, Sequence[Device]]:
        """The connected devices of these people, as far as ringing goes."""
        ...

    def who(self, device: DeviceId) -> Who | None:
        """How to name a connected device and its owner."""
        ...

    def at_site(self, site: SiteId) -> Sequence[DeviceId]:
        """The connected devices of the site's residents."""
        ...

    def device_joined(self, device: KnownDevice, owner: Account, sites: Collection[SiteId]) -> None:
        """A device connected."""
        ...

    def device_left(self, device: DeviceId) -> None:
        """A device's connection is gone."""
        ...

    def device_says(
        self, device: DeviceId, *, dnd: bool | None = None, on_the_phone: bool | None = None
    ) -> None:
        """What a device told of its owner."""
        ...

    def panel_joined(self, panel: PanelId) -> None:
        """A panel connected."""
        ...

    def panel_left(self, panel: PanelId) -> None:
        """A panel's connection is gone."""
        ...

    def panel_online(self, panel: PanelId) -> bool:
        """The panel can be told something."""
        ...


# -- telling ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Invitation:
    """All that a device needs to ring, or to go on with a call it is in."""

    call: Call
    leg: Leg
    site: Site
    entrance: Entrance
    line: Line
    also: tuple[str, ...]
    locks: tuple[tuple[Lock, LockStatus], ...]
    ice: tuple[IceServer, ...]
    now: float


@dataclass(frozen=True, slots=True)
class OpeningNews:
    """What became of an attempt to open."""

    opening: Opening
    who: Who
    message: str | None
    now: float


@dataclass(frozen=True, slots=True)
class Description:
    """An SDP of one leg, passed on unread."""

    call: CallId
    leg: LegId
    attempt: int
    type: str
    sdp: str
    signature: str | None = None


class Signaler(Protocol):
    """Tells devices and panels over their sockets. Whoever is not connected is told nothing."""

    async def invite(self, device: DeviceId, invitation: Invitation) -> None:
        """Ring, or the call that goes on."""
        ...

    async def stop(
        self,
        device: DeviceId,
        person: AccountId,
        call: CallId,
        leg: LegId,
        reason: Reason,
        by: Who | None,
        missed: bool,
        now: float,
    ) -> None:
        """Over for this leg."""
        ...

    async def call_to_panel(self, call: Call, line: Line, ice: Sequence[IceServer], now: float) -> None:
        """The present call, to its caller, with the servers that help it find a path."""
        ...

    async def leg_to_panel(self, panel: PanelId, call: CallId, leg: LegId, stage: LegStage) -> None:
        """One leg, to the caller."""
        ...

    async def call_to_device(self, device: DeviceId, call: Call, leg: Leg, now: float) -> None:
        """The present call, to the device that accepted it."""
        ...

    async def sdp(self, to: DeviceId | PanelId, to_panel: bool, description: Description) -> None:
        """Pass a session description on."""
        ...

    async def candidates(
        self,
        to: DeviceId | PanelId,
        to_panel: bool,
        call: CallId,
        leg: LegId,
        attempt: int,
        candidates: Sequence[Mapping[str, object]],
    ) -> None:
        """Pass candidates on."""
        ...

    async def renegotiate(self, device: DeviceId, call: CallId, leg: LegId) -> None:
        """The caller needs a new offer."""
        ...

    async def camera(self, panel: PanelId, call: CallId, leg: LegId, on: bool) -> None:
        """The resident's camera, to the caller."""
        ...

    async def door_to_device(self, device: DeviceId, news: OpeningNews) -> None:
        """An opening, to the one who pressed."""
        ...

    async def door_to_panel(self, panel: PanelId, news: OpeningNews) -> None:
        """An opening in a call, to the caller. Without names."""
        ...

    async def lock_to_devices(self, devices: Collection[DeviceId], lock: Lock, status: LockStatus) -> None:
        """A lock's own state."""
        ...

    async def missed(self, device: DeviceId, call: Call, entrance: Entrance, now: float) -> None:
        """A call that its owner has missed, to any device of theirs."""
        ...

    async def cut_device(self, device: DeviceId) -> None:
        """End the device's connection; when it tries again it is told why it may not."""
        ...

    async def cut_panel(self, panel: PanelId) -> None:
        """End the panel's connection; when it tries again it is told why it may not."""
        ...


# -- doors --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommandTaken:
    """The core took the command: sent."""


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """The core said no; nothing opens."""

    why: Refusal


@dataclass(frozen=True, slots=True)
class CommandUnknown:
    """No answer, or one that says nothing: it may have opened."""

    why: Refusal


CommandResult = CommandTaken | CommandRefused | CommandUnknown


@dataclass(frozen=True, slots=True)
class LockOpened:
    """A lock's own word that it opened. `request`: the command's, where the core tells it."""

    lock: LockId
    at: float
    request: RequestId | None = None


@dataclass(frozen=True, slots=True)
class LockChanged:
    """A lock went off or on line, or is held open or not any more."""

    lock: LockId
    status: LockStatus


LockEvent = LockOpened | LockChanged


class AccessCore(Protocol):
    """The system that opens locks."""

    def status(self, lock: LockId) -> LockStatus:
        """What it last said about the lock."""
        ...

    async def unlock(self, lock: LockId, request: RequestId, asked_at: float) -> CommandResult:
        """One command, once. Never raises for what the core says; may take several seconds."""
        ...

    def listen(self, heard: Callable[[LockEvent], Awaitable[None]]) -> None:
        """Have each event of a lock told to `heard`, from now on."""
        ...


# -- media helpers ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server (W3C RTCIceServer)."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: Secret | None = None


class IceServers(Protocol):
    """The servers that help two ends find a path."""

    def for_call(self, call: CallId, now: float) -> tuple[IceServer, ...]:
        """For one end of a call; credentials are good for about as long as a call can last."""
        ...


# -- others -------------------------------------------------------------------------------------------


class Passwords(Protocol):
    """Password hashing, off the event loop."""

    async def verify(self, password_hash: str | None, password: Secret) -> bool:
        """Whether it fits. With None it takes the same time and says no."""
        ...

    async def hash(self, password: Secret) -> str:
        """A new hash."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """It was made with older parameters."""
        ...


class Throttle(Protocol):
    """How often one may try."""

    async def hit(self, policy: str, *keys: str) -> None:
        """Count a try under the named policy; raises `TooMany` past its limit."""
        ...

    async def give_back(self, policy: str, *keys: str) -> None:
        """The newest try under the named policy counts no longer."""
        ...

    async def left(self, policy: str, *keys: str) -> tuple[int, float]:
        """Tries left, and seconds until more."""
        ...


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter. `to` is one address."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Sends letters."""

    async def send(self, mail: Mail) -> None:
        """Hand the letter over; raises `TryLater` if it cannot be."""
        ...
