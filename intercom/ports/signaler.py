"""Telling devices and panels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.call import Call, Leg, LegStage, Reason
from intercom.domain.door import Lock, LockStatus, Opening
from intercom.domain.ids import (
    AccountId,
    CallId,
    DeviceId,
    LegId,
    LockId,
    PanelId,
)
from intercom.domain.look import Look, LookEnd
from intercom.domain.notes import Note
from intercom.domain.phonebook import Entrance, Line, Site
from intercom.ports.ice import IceServer
from intercom.ports.presence import Who


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
    early: bool = True
    """Connect while it rings; else once it is accepted."""
    relay: bool = False
    """Connect through the relay only."""
    asks: tuple[LockId, ...] = ()
    """Locks for which the person types a PIN or Code."""


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
    restarts: bool = False
    """Of an answer: this end can restart ICE on the connection (RFC 8445 9)."""


class Signaler(Protocol):
    """Tells devices and panels over their sockets. Whoever is not connected is told nothing."""

    async def phonebook_to_panels(
        self, panels: Collection[PanelId], site: Site, entrance: Entrance, lines: Sequence[Line]
    ) -> None:
        """What panels of this entrance show from now on."""
        ...

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

    async def call_to_panel(
        self, call: Call, line: Line, ice: Sequence[IceServer], now: float, relay: bool = False
    ) -> None:
        """The present call, to its caller, with the servers that help it find a path. `relay`: through the
        relay only."""
        ...

    async def leg_to_panel(self, panel: PanelId, call: CallId, leg: LegId, stage: LegStage) -> None:
        """One leg, to the caller."""
        ...

    async def call_to_device(self, device: DeviceId, call: Call, leg: Leg, now: float) -> None:
        """The present call, to the device that accepted it."""
        ...

    async def evidence(self, device: DeviceId, call: Call, leg: LegId) -> None:
        """Where the caller of a ringing call stands, as it is known now."""
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

    async def history(self, device: DeviceId, call: CallId | None = None) -> None:
        """The history of the device's owner has changed: a note, a reply, or missed calls that were seen."""
        ...

    async def reply(self, caller: PanelId, note: Note) -> None:
        """What the household replied to the caller's note."""
        ...

    async def test_ring(self, device: DeviceId, test: str, seconds: float) -> None:
        """Sound for so long, and say so by the test's id."""
        ...

    async def look_to_panel(self, look: Look, ice: Sequence[IceServer], now: float, relay: bool) -> None:
        """Somebody looks: show it, and send the picture when the device offers."""
        ...

    async def look_over(self, look: Look, why: LookEnd) -> None:
        """Nobody looks any more; told to both ends."""
        ...

    async def position_wanted(self, panel: PanelId, call: CallId) -> None:
        """The visitor's page is to say where it is now."""
        ...

    async def cut_device(self, device: DeviceId) -> None:
        """End the device's connection; when it tries again it is told why it may not."""
        ...

    async def cut_panel(self, panel: PanelId) -> None:
        """End the panel's connection; when it tries again it is told why it may not."""
        ...
