"""A house of fakes with every service in it: two households, two doors, a panel at each.

Flat 31: Anna (phone and laptop) and Ben (phone). Flat 32: Ferhat (phone). Marta owns the site and lives
nowhere in it. The site `far` is somebody else's.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from intercom.cluster.memory import MemoryPresence
from intercom.domain.call import Call, Rules
from intercom.domain.door import Factor, Lock, LockStatus, Opening
from intercom.domain.errors import Invalid, WrongCredentials
from intercom.domain.evidence import Evidence
from intercom.domain.fence import Fence, FenceMode
from intercom.domain.geofence import Position
from intercom.domain.ids import (
    AccountId,
    CallId,
    DeviceId,
    EntranceId,
    EntryId,
    LegId,
    LockId,
    PanelId,
    RequestId,
    Secret,
    SessionId,
    SiteId,
    UnitId,
)
from intercom.domain.people import Account, KnownDevice, Membership, Panel, Role, Session
from intercom.domain.phonebook import Entrance, Entry, Site, Unit
from intercom.services.alerts import Alerts
from intercom.services.devices import Devices
from intercom.services.dispatch import Dispatch
from intercom.services.doors import Doors
from intercom.services.doubles import Doubles
from intercom.services.enrollment import Enrollment
from intercom.services.guesses import Guesses
from intercom.services.health import RingHealth
from intercom.services.history import History, PastCall
from intercom.services.lockdown import Lockdown
from intercom.services.looking import Looking
from intercom.services.negotiation import Negotiation
from intercom.services.notes import NoteDesk
from intercom.services.outages import Outages
from intercom.services.permits import Permits, Press
from intercom.services.pins import Pins
from intercom.services.presence import Attendance
from intercom.services.reach import Reach
from intercom.services.signin import SignIn
from intercom.services.switchboard import Switchboard
from tests.fakes.health import MemoryProofs
from tests.fakes.live import LiveStore, MemoryCalls, MemoryOpenings
from tests.fakes.notes import MemoryNotes
from tests.fakes.people import MemoryPanels, MemoryPeople, MemoryStaff, PlainPasswords
from tests.fakes.phonebooks import MemoryPhonebooks
from tests.fakes.pins import MemoryPins
from tests.fakes.push import MemoryQuietHours, MemorySubscriptions, RecordingPushes
from tests.fakes.sites import MemoryEvents
from tests.fakes.small import FakeClock, GlassVault, NamedIce, Numbered, PatientThrottle, Postbox
from tests.fakes.wires import RecordingSignaler, ScriptedCore

SITE, FAR = SiteId("birch"), SiteId("far")
STREET, YARD, FAR_DOOR = EntranceId("street"), EntranceId("yard"), EntranceId("far-door")
FLAT31, FLAT32 = UnitId("flat31"), UnitId("flat32")
DEVICES = {
    "anna-phone": ("anna", "Anna’s phone"),
    "anna-laptop": ("anna", "Anna’s laptop"),
    "ben-phone": ("ben", "Ben’s phone"),
    "ferhat-phone": ("ferhat", "Ferhat’s phone"),
    "marta-phone": ("marta", "Marta’s phone"),
}


class House:
    """Everything that `app.build` puts together, over fakes."""

    def __init__(
        self, rules: Rules | None = None, limits: dict[str, tuple[int, float]] | None = None
    ) -> None:
        self.diary: list[str] = []
        self.store = LiveStore()
        self.clock = FakeClock()
        self.new_id = Numbered()
        self.throttle = PatientThrottle(self.clock, limits or {})
        self.mail = Postbox()
        self.ended: list[SessionId] = []
        self.revoked: list[PanelId] = []
        self.moved: list[Panel] = []
        self.rules = rules or Rules()
        self.access = ScriptedCore(self.diary)
        self.people, self.phonebooks, self.panels = _people(), _phonebooks(), _panels()
        self.events = MemoryEvents()
        self.staff = MemoryStaff(self.people)
        self.openings = MemoryOpenings(self.store, self.diary)
        self.passwords = PlainPasswords()
        self.kept_notes = MemoryNotes()
        self.pushes, self.quiet_hours = RecordingPushes(), MemoryQuietHours()
        self.subscriptions = MemorySubscriptions(self.people.known)
        self.proofs = MemoryProofs(self.people, self.subscriptions)
        self.opening_pins = MemoryPins()
        self.renewals: list[CallId] = []
        self.now_at: Evidence | None = None
        """What a visitor's phone says when it is asked again; None: it does not answer."""
        self.start()

    async def renew(self, call: Call) -> Evidence:
        """A visitor's phone is asked where it is."""
        self.renewals.append(call.id)
        return self.now_at or call.evidence

    def start(self) -> None:
        """Put the services together over what is stored: a start, or a restart. Nobody is connected."""
        self.signaler = RecordingSignaler(diary=self.diary)
        self.presence = MemoryPresence()
        self.calls = MemoryCalls(self.store)
        ice = self.ice = NamedIce()
        self.alerts = Alerts(self.pushes, self.subscriptions, self.clock)
        self.dispatch = Dispatch(
            self.signaler, self.phonebooks, self.presence, self.people, self.access, ice, self.alerts
        )
        self.own_devices = Devices(
            self.people, self.presence, self.subscriptions, self.quiet_hours, self.pushes, self.clock
        )
        self.health = RingHealth(
            self.people,
            self.presence,
            self.subscriptions,
            self.proofs,
            self.signaler,
            self.pushes,
            self.throttle,
            self.clock,
            self.new_id,
            self.own_devices.own,
        )
        self.switchboard = Switchboard(
            self.calls,
            self.phonebooks,
            self.presence,
            Reach(self.presence, self.subscriptions, self.quiet_hours),
            self.dispatch,
            self.clock,
            self.throttle,
            self.new_id,
            self.rules,
            self.health.rang,
        )

        async def again(session: Session, password: Secret, address: str, field: str) -> None:
            try:
                await self.signin.prove(session.account.email, password, address)
            except WrongCredentials:
                raise Invalid(**{field: "This password is wrong."}) from None

        self.pins = Pins(self.opening_pins, self.passwords, GlassVault(), again, self.clock)
        self.permits = Permits(
            self.calls, self.phonebooks, self.people, self.access, self.clock, self.pins.check, self.renew
        )
        self.doors = Doors(
            self.openings,
            self.calls,
            self.phonebooks,
            self.presence,
            self.permits,
            self.access,
            self.signaler,
            self.throttle,
            self.clock,
            self.new_id,
        )
        self.access.heard[:] = [self.doors.heard]
        self.looking = Looking(
            self.panels,
            self.phonebooks,
            self.presence,
            self.calls,
            ice,
            self.signaler,
            self.events,
            self.throttle,
            self.clock,
            self.new_id,
        )
        self.negotiation = Negotiation(self.calls, self.signaler, self.looking.of)
        self.outages = Outages(
            self.panels,
            self.phonebooks,
            self.presence,
            self.staff,
            self.mail,
            self.throttle,
            self.clock,
        )
        self.doubles = Doubles(self.events, self.clock)
        self.attendance = Attendance(
            self.presence,
            self.people,
            self.panels,
            self.phonebooks,
            self.access,
            ice,
            self.switchboard,
            self.doors,
            self.clock,
            self.new_id,
            self.outages,
        )

        async def session_ended(session: SessionId) -> None:
            self.ended.append(session)

        async def panel_revoked(panel: PanelId) -> None:
            self.revoked.append(panel)

        async def panel_moved(panel: Panel) -> None:
            self.moved.append(panel)

        guesses = Guesses(self.throttle, GlassVault())
        self.signin = SignIn(
            self.people,
            self.passwords,
            self.throttle,
            self.mail,
            self.clock,
            self.new_id,
            session_ended,
            guesses,
        )
        self.enrollment = Enrollment(
            self.panels,
            self.phonebooks,
            self.throttle,
            self.clock,
            self.new_id,
            panel_revoked,
            self.events,
            self.calls,
            panel_moved,
        )
        self.lockdown = Lockdown(
            self.enrollment,
            self.panels,
            self.passwords,
            self.throttle,
            self.clock,
            self.events,
            panel_revoked,
        )
        self.history = History(
            self.calls,
            self.openings,
            self.phonebooks,
            self.people,
            self.dispatch,
            self.clock,
            self.kept_notes,
        )
        self.notes = NoteDesk(
            self.kept_notes,
            self.calls,
            self.phonebooks,
            self.presence,
            self.signaler,
            self.throttle,
            self.clock,
        )

    # -- who is there --

    def panel(self, name: str = "street-panel") -> Panel:
        """A panel."""
        return next(panel for panel in self.panels.keys.values() if panel.id == name)

    def session(self, person: str) -> Session:
        """Somebody's session."""
        account = self.people.accounts[AccountId(person)]
        roles = tuple(m for m in self.people.roles if m.account == person)
        return Session(SessionId(f"{person}-session"), account, roles, self.clock.now() + 1000)

    def device(self, name: str) -> KnownDevice:
        """A device."""
        return self.people.known[DeviceId(name)]

    async def arrives(self, *devices: str) -> None:
        """These devices connect."""
        for name in devices:
            await self.attendance.device_arrived(self.session(DEVICES[name][0]), self.device(name))

    async def leaves(self, *devices: str) -> None:
        """These devices' connections are gone."""
        for name in devices:
            await self.attendance.device_left(DeviceId(name))

    async def everybody(self) -> None:
        """The household of Flat 31, Ferhat and both panels connect; what they are told is forgotten."""
        await self.attendance.panel_arrived(self.panel())
        await self.attendance.panel_arrived(self.panel("yard-panel"))
        await self.arrives("anna-phone", "anna-laptop", "ben-phone", "ferhat-phone")
        self.told()

    # -- what they do --

    async def ring(self, entry: str = "flat31-entry", panel: str = "street-panel") -> Call:
        """A visitor presses a name."""
        return await self.switchboard.ring(self.panel(panel), EntryId(entry))

    def leg(self, call: Call, device: str) -> LegId:
        """The leg of a device."""
        return next(leg.id for leg in call.legs if leg.device == device)

    async def rings(self, call: Call, device: str) -> Call:
        """A device alerts its owner."""
        return await self.switchboard.rings(DeviceId(device), call.id, self.leg(call, device))

    async def accept(self, call: Call, device: str) -> Call:
        """A person picks up."""
        return await self.switchboard.accept(DeviceId(device), call.id, self.leg(call, device))

    async def decline(self, call: Call, device: str) -> Call:
        """A person says no."""
        return await self.switchboard.decline(DeviceId(device), call.id, self.leg(call, device))

    async def media_up(self, call: Call, device: str) -> Call:
        """The path of a device's leg is up."""
        return await self.switchboard.media_up(DeviceId(device), call.id, self.leg(call, device))

    async def talk(self, device: str = "anna-phone", entry: str = "flat31-entry") -> Call:
        """Ring, accept and connect; what was told is forgotten."""
        call = await self.ring(entry)
        await self.rings(call, device)
        await self.accept(call, device)
        call = await self.media_up(call, device)
        self.told()
        return call

    async def open(
        self,
        device: str,
        call: Call | str | None,
        lock: str = "street-door",
        request: str = "press-1",
        *,
        kind: Factor = Factor.PIN,
        pin: str | None = None,
        code: str | None = None,
        position: Position | None = None,
    ) -> Opening:
        """Somebody presses "Open", and the command has gone as far as it goes by itself."""
        call_id = call.id if isinstance(call, Call) else CallId(call) if call else None
        opening = await self.doors.open_door(
            self.session(DEVICES[device][0]),
            self.device(device),
            Press(
                LockId(lock),
                RequestId(request),
                call_id,
                kind,
                Secret(pin) if pin is not None else None,
                Secret(code) if code is not None else None,
                position,
            ),
        )
        await self.settle()
        return opening

    async def settle(self) -> None:
        """Let what is under way run until it waits for something."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def past(self, person: str) -> tuple[PastCall, ...]:
        """What somebody sees of their past calls."""
        return await self.history.of(self.session(person))

    async def now(self, call: Call) -> Call:
        """The call as it is stored."""
        found = await self.calls.get(call.id)
        assert found is not None
        return found

    async def after(self, seconds: float) -> None:
        """Time passes, and the server looks at its deadlines."""
        self.clock.passes(seconds)
        await self.switchboard.tick()
        await self.doors.tick()
        self.alerts.tick()
        await self.settle()

    def told(self) -> list[str]:
        """What was told since the last time somebody asked, one line each."""
        return self.signaler.fresh()

    def offline(self, lock: str) -> None:
        """A lock goes off line."""
        self.access.statuses[LockId(lock)] = LockStatus(online=False, since=self.clock.now())

    def moves_out(self, person: str) -> None:
        """Somebody is a resident no longer."""
        self.people.roles = [m for m in self.people.roles if m.account != person]

    def rules_of_site(self, **changes: object) -> None:
        """The site's rules change."""
        books = self.phonebooks
        books.sites = [
            replace(s, rules=replace(s.rules, **changes)) if s.id == SITE else s  # type: ignore[arg-type]
            for s in books.sites
        ]

    def fences(self, entrance: EntranceId, mode: FenceMode, fence: Fence) -> None:
        """An entrance gets a fence."""
        self.phonebooks.doors = [
            replace(door, fence_mode=mode, fence=fence) if door.id == entrance else door
            for door in self.phonebooks.doors
        ]

    def renames(self, entry: str, **changes: object) -> None:
        """An entry of the phonebook changes."""
        self.phonebooks.entries = [
            replace(e, **changes) if e.id == entry else e for e in self.phonebooks.entries
        ]


def _people() -> MemoryPeople:
    people = MemoryPeople()
    for name, surname, role, unit in (
        ("anna", "Lind", Role.RESIDENT, FLAT31),
        ("ben", "Lind", Role.RESIDENT, FLAT31),
        ("ferhat", "Demir", Role.RESIDENT, FLAT32),
        ("marta", "Koval", Role.OWNER, None),
        ("jonas", "Reber", Role.ADMIN, None),
    ):
        account = Account(AccountId(name), f"{name}@example.org", name.title(), surname)
        people.admit(account, f"now:{name}-password", Membership(account.id, SITE, role, unit))
    stranger = Account(AccountId("stranger"), "stranger@example.org", "Str", "Anger")
    people.admit(stranger, "now:stranger-password", Membership(stranger.id, FAR, Role.OWNER))
    for device, (owner, label) in DEVICES.items():
        person, session = AccountId(owner), SessionId(f"{owner}-session")
        people.known[DeviceId(device)] = KnownDevice(DeviceId(device), person, session, label)
    return people


def _phonebooks() -> MemoryPhonebooks:
    flat31, flat32 = Unit(FLAT31, SITE, "Flat 31", "3"), Unit(FLAT32, SITE, "Flat 32", "3")
    lind = (AccountId("anna"), AccountId("ben"))
    return MemoryPhonebooks(
        sites=[Site(SITE, "Birch court", "12"), Site(FAR, "Far away", "9")],
        doors=[
            Entrance(STREET, SITE, "Street door"),
            Entrance(YARD, SITE, "Courtyard gate"),
            Entrance(FAR_DOOR, FAR, "Far door"),
        ],
        bolts=[
            Lock(LockId("street-door"), SITE, STREET, "Street door", 5.0),
            Lock(LockId("inner-door"), SITE, STREET, "Inner door", 5.0),
            Lock(LockId("yard-gate"), SITE, YARD, "Courtyard gate", 8.0),
            Lock(LockId("far-lock"), FAR, FAR_DOOR, "Far door"),
        ],
        flats=[flat31, flat32],
        entries=[
            Entry(EntryId("flat31-entry"), SITE, flat31, "Anna", "Lind", lind),
            Entry(EntryId("flat32-entry"), SITE, flat32, "Ferhat", "Demir", (AccountId("ferhat"),)),
        ],
    )


def _panels() -> MemoryPanels:
    panels = MemoryPanels(sites={STREET: SITE, YARD: SITE, FAR_DOOR: FAR})
    for name, entrance in (("street", STREET), ("yard", YARD)):
        panel = Panel(PanelId(f"{name}-panel"), SITE, entrance, f"{name} panel", 0.0)
        panels.keys[f"{name}-key"] = panel
    return panels
