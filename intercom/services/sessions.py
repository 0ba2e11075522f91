"""Where somebody is signed in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from intercom.domain.errors import NotFound
from intercom.domain.ids import SessionId
from intercom.domain.language import N_
from intercom.domain.people import Session
from intercom.domain.profile import KnownSession
from intercom.ports import Accounts, Clock, People, Presence

log = logging.getLogger(__name__)

SEEN_EVERY = 60.0
"""When a session was last seen is known to so many seconds, and written no more often."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session as its owner sees it. `here`: the one that asks. `connected`: it would ring now."""

    session: KnownSession
    here: bool
    connected: bool


@dataclass(slots=True)
class Sessions:
    """Lists sessions, ends them, and knows when they were seen."""

    people: People
    accounts: Accounts
    presence: Presence
    clock: Clock
    ended: Callable[[SessionId], Awaitable[None]]
    """Told when a session has ended, to cut its sockets."""
    _noted: dict[SessionId, float] = field(default_factory=dict[SessionId, float])
    _writing: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def seen(self, session: SessionId) -> None:
        """The session is being used. A look into memory; once a minute, a write in the background."""
        now = self.clock.now()
        if now < self._noted.get(session, 0.0) + SEEN_EVERY:
            return
        if len(self._noted) > 10_000:
            self._noted.clear()
        self._noted[session] = now
        task = asyncio.create_task(self.accounts.seen(session, now), name="session seen")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def of(self, session: Session) -> tuple[SignedIn, ...]:
        """This person's sessions: the one that asks first, then the newest."""
        devices = await self.people.devices([session.account.id])
        connected = {device.session for device in devices if self.presence.online(device.id)}
        found = [
            SignedIn(known, known.id == session.id, known.id in connected)
            for known in await self.accounts.sessions(session.account.id, self.clock.now())
        ]
        return tuple(sorted(found, key=lambda signed_in: not signed_in.here))

    async def end(self, session: Session, which: SessionId) -> None:
        """End one of one's own sessions. Raises `NotFound`."""
        known = await self.accounts.sessions(session.account.id, self.clock.now())
        if which not in {each.id for each in known}:
            raise NotFound(N_("This session has ended already."))
        await self.people.end_session(which)
        await self.ended(which)
        log.info("session %s ended by session %s", which, session.id)

    async def end_others(self, session: Session) -> int:
        """End all of one's own sessions but this one; how many."""
        gone = await self.accounts.end_sessions(session.account.id, keep=session.id)
        for each in gone:
            await self.ended(each)
        log.info("%d other sessions ended by session %s", len(gone), session.id)
        return len(gone)

    async def finish(self) -> None:
        """Wait for what is being written; for an orderly stop."""
        await asyncio.gather(*self._writing, return_exceptions=True)
