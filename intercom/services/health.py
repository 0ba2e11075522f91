"""Ring health: devices prove that they ring, by real rings and by test rings on demand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from intercom.domain.errors import CannotRing, NotFound
from intercom.domain.health import PROOF_SECONDS, Health, Judgement, Proof, judge
from intercom.domain.ids import AccountId, DeviceId, SiteId
from intercom.domain.language import N_
from intercom.domain.people import KnownDevice, Session
from intercom.domain.phonebook import Site
from intercom.ports import (
    Clock,
    People,
    Presence,
    PushResult,
    PushSender,
    RingProofs,
    Signaler,
    Subscriptions,
    Throttle,
)

log = logging.getLogger(__name__)

STORE_EVERY = 5.0
"""Seconds for which proofs are gathered before they are stored together."""
TEST_SECONDS = 60.0
"""How long the answer to a test ring is waited for, and how long a push service keeps its push."""
TONE_SECONDS = 3.0
"""How long an open page sounds for a test."""
NIGHT = (3, 5)
"""Between these hours, by the site's clock, devices are asked whether they would ring."""
NIGHTLY = 20 * 3600.0
"""A device that has proved itself within so many seconds is not asked at night."""
NIGHTLY_AT_ONCE = 5
"""Devices that are asked in one look at the clock."""
_APPLE_PUSH = "push.apple.com"


@dataclass(frozen=True, slots=True)
class Checked:
    """A device with what is known of its ringing."""

    device: KnownDevice
    connected: bool
    push: bool
    here: bool
    """It belongs to the session that asks."""
    proof: Proof | None
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class _Test:
    id: str
    began: float
    nightly: bool = False


@dataclass(slots=True)
class RingHealth:
    """Proofs are noted in memory, because visitors wait for what notes them, and stored later."""

    people: People
    presence: Presence
    subscriptions: Subscriptions
    proofs: RingProofs
    signaler: Signaler
    pusher: PushSender
    throttle: Throttle
    clock: Clock
    new_id: Callable[[], str]
    own: Callable[[Session, DeviceId], Awaitable[KnownDevice]]
    """The device, if it is this person's; else raises `NotFound`."""
    _noted: dict[DeviceId, Proof] = field(default_factory=dict[DeviceId, Proof])
    _tests: dict[DeviceId, _Test] = field(default_factory=dict[DeviceId, _Test])
    _store_at: float = 0.0
    _storing: asyncio.Task[None] | None = None
    _nights: dict[SiteId, date] = field(default_factory=dict[SiteId, date])
    _to_ask: list[DeviceId] = field(default_factory=list[DeviceId])
    _silent: set[DeviceId] = field(default_factory=set[DeviceId])
    """Who did not answer the last nightly test. Forgotten at a restart: the next night tells."""
    _pushing: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    # -- proofs -----------------------------------------------------------------------------------

    def rang(self, device: DeviceId, at: float, took: float) -> None:
        """The device alerts its owner, `took` seconds after it was asked to."""
        self._noted[device] = Proof(at, took)
        self._silent.discard(device)

    def tick(self) -> None:
        """Have stored what was noted; nobody waits for it. Called a few times a second."""
        now = self.clock.now()
        if self._noted and now >= self._store_at and (self._storing is None or self._storing.done()):
            self._store_at = now + STORE_EVERY
            self._storing = asyncio.ensure_future(self._store())

    async def _store(self) -> None:
        noted = dict(self._noted)
        try:
            await self.proofs.put(noted)
        except Exception:
            log.exception("that %d devices rang is stored later", len(noted))
            return
        self._noted = {d: proof for d, proof in self._noted.items() if noted.get(d) != proof}

    async def finish(self) -> None:
        """Store what was noted, and wait for it."""
        for pushing in tuple(self._pushing):
            await pushing
        if self._storing is not None:
            await self._storing
        if self._noted:
            await self._store()

    # -- who asks ---------------------------------------------------------------------------------

    async def of(self, session: Session) -> tuple[Checked, ...]:
        """The devices of the person who asks."""
        return await self._of(session.account.id, session)

    async def ringing(self, person: AccountId) -> tuple[int, int]:
        """How many of a person's devices have proved that they ring, and how many there are."""
        checked = await self._of(person)
        return sum(one.judgement.health is Health.RINGS for one in checked), len(checked)

    async def unproven(self, site: SiteId) -> int:
        """How many of the site's devices could ring, or once could, and have not proved it lately."""
        now = self.clock.now()
        waiting = await self.proofs.unproven(site, now - PROOF_SECONDS)
        return sum(
            (one.push or one.push_gone or self.presence.online(one.device)) and one.device not in self._noted
            for one in waiting
        )

    async def _of(self, person: AccountId, session: Session | None = None) -> tuple[Checked, ...]:
        now = self.clock.now()
        pushed = {d.id for d in self.subscriptions.devices([person]).get(person, ())}
        return tuple(
            self._checked(d, d.id in pushed, session is not None and d.session == session.id, now)
            for d in await self.people.devices([person])
        )

    def _checked(self, device: KnownDevice, push: bool, here: bool, now: float) -> Checked:
        connected = self.presence.online(device.id)
        proof = self._noted.get(device.id, device.proof)
        gone = device.push_gone_at is not None
        judgement = judge(
            connected=connected,
            push=push,
            push_gone=gone,
            proof=proof,
            now=now,
            apple=any(word in device.name for word in ("iPhone", "iPad")),
            silent=device.id in self._silent,
        )
        return Checked(device, connected, push, here, proof, judgement)

    # -- test rings -------------------------------------------------------------------------------

    async def test(self, session: Session, device: DeviceId) -> str:
        """Ring one's own device without a visitor; the id of the test, which its answer names.

        Raises `NotFound`, `TooMany`, `CannotRing` when no way leads to it.
        """
        known = await self.own(session, device)
        await self.throttle.hit("test_ring", known.account)
        now = self.clock.now()
        test = _Test(self.new_id(), now)
        self._tests = {d: t for d, t in self._tests.items() if now - t.began < TEST_SECONDS}
        self._tests[device] = test
        if self.presence.online(device):
            await self.signaler.test_ring(device, test.id, TONE_SECONDS)
        else:
            await self._push(device, test)
        return test.id

    async def _push(self, device: DeviceId, test: _Test, kind: str = "test") -> None:
        subscription = await self.subscriptions.get(device)
        if subscription is None:
            raise CannotRing
        message = {"kind": kind, "test": test.id, "device": device}
        result = await self.pusher.send(subscription, message, seconds=TEST_SECONDS, topic=test.id)
        if result is PushResult.GONE:
            await self.subscriptions.drop(device, self.clock.now())
        if result is not PushResult.TAKEN:
            raise CannotRing(N_("The push service of this device did not take the test ring."))

    # -- at night -----------------------------------------------------------------------------------

    async def night(self, sites: Sequence[Site]) -> None:
        """Ask the devices that have not proved themselves lately, once a night and without a sound. Called
        a few times a second.

        A page that is open answers by its socket if it could sound: nobody hears or sees anything. A push
        is another matter: browsers take pushes only from those who show a notification for each
        (`userVisibleOnly`, W3C Push API 7.1), and end the subscription of whoever does not. So the worker
        shows a silent one and closes it at once. Apple's devices know no silent notification and would
        light up at night: they are proved by real rings and by tests on demand alone.
        """
        now = self.clock.now()
        for site in sites:
            local = datetime.fromtimestamp(now, ZoneInfo(site.time_zone))
            if NIGHT[0] <= local.hour < NIGHT[1] and self._nights.get(site.id) != local.date():
                self._nights[site.id] = local.date()
                waiting = await self.proofs.unproven(site.id, now - NIGHTLY)
                self._to_ask.extend(one.device for one in waiting if one.device not in self._to_ask)
        for device, test in list(self._tests.items()):
            if test.nightly and now - test.began > TEST_SECONDS:
                del self._tests[device]
                self._silent.add(device)
        batch, self._to_ask = self._to_ask[:NIGHTLY_AT_ONCE], self._to_ask[NIGHTLY_AT_ONCE:]
        for device in batch:
            await self._ask_quietly(device, now)

    async def _ask_quietly(self, device: DeviceId, now: float) -> None:
        test = _Test(self.new_id(), now, nightly=True)
        if self.presence.online(device):
            self._tests[device] = test
            await self.signaler.test_ring(device, test.id, 0.0)
            return
        subscription = await self.subscriptions.get(device)
        if subscription is None or _APPLE_PUSH in subscription.endpoint.reveal():
            return
        self._tests[device] = test
        # a slow push service holds up nothing: the ticker must not wait for it
        pushing = asyncio.ensure_future(self._push_quietly(device, test))
        self._pushing.add(pushing)
        pushing.add_done_callback(self._pushing.discard)

    async def _push_quietly(self, device: DeviceId, test: _Test) -> None:
        try:
            await self._push(device, test, kind="quiet_test")
        except CannotRing:
            log.info("device %s could not be asked at night", device)

    async def proven(self, session: Session, device: DeviceId, test: str) -> Proof:
        """One's own device answers a test: it rang. Raises `NotFound` when that test is over."""
        await self.own(session, device)
        now = self.clock.now()
        asked = self._tests.get(device)
        if asked is None or asked.id != test or now - asked.began > TEST_SECONDS:
            raise NotFound(N_("This test ring is over."))
        del self._tests[device]
        self.rang(device, now, now - asked.began)
        log.info("device %s rang %.1f s after a test", device, now - asked.began)
        return self._noted[device]
