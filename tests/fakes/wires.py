"""What leaves the server: messages to panels and devices, commands to locks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from intercom.domain.call import Call, Leg, LegStage, Reason
from intercom.domain.door import Lock, LockStatus, Refusal
from intercom.domain.ids import AccountId, CallId, DeviceId, LegId, LockId, PanelId, RequestId, Secret
from intercom.domain.look import Look, LookEnd
from intercom.domain.notes import Note
from intercom.domain.phonebook import Entrance, Line, Site
from intercom.ports import (
    CommandRefused,
    CommandResult,
    CommandTaken,
    Description,
    Invitation,
    LockEvent,
    LockOpened,
    Need,
    OpeningNews,
    Who,
)


@dataclass(frozen=True, slots=True)
class Told:
    """One message: to whom, what kind, in one word how it is (stage, truth or reason), and all of it."""

    to: str
    what: str
    how: str = ""
    rest: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return f"{self.to}: {self.what} {self.how}".strip()


@dataclass(slots=True)
class RecordingSignaler:
    """`ports.Signaler` that keeps what it was asked to tell."""

    told: list[Told] = field(default_factory=list)
    diary: list[str] = field(default_factory=list)

    def fresh(self) -> list[str]:
        """What was told since the last time somebody asked, one line each."""
        lines = [str(one) for one in self.told]
        self.told.clear()
        return lines

    def to(self, whom: str) -> list[Told]:
        """What was told to one device or panel."""
        return [one for one in self.told if one.to == whom]

    def _say(self, to: str, what: str, how: str = "", **rest: Any) -> None:
        self.told.append(Told(to, what, how, rest))

    async def phonebook_to_panels(
        self, panels: Collection[PanelId], site: Site, entrance: Entrance, lines: Sequence[Line]
    ) -> None:
        for panel in panels:
            names = ", ".join(line.name for line in lines)
            self._say(panel, "phonebook", names, site=site, entrance=entrance, lines=lines)

    async def invite(self, device: DeviceId, invitation: Invitation) -> None:
        self._say(device, "invite", invitation.leg.stage, invitation=invitation)

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
        self._say(device, "stop", reason, person=person, call=call, leg=leg, by=by, missed=missed)

    async def call_to_panel(
        self, call: Call, line: Line, ice: object, now: float, relay: bool = False
    ) -> None:
        self._say(call.panel, "call", _how(call), call=call, line=line)

    async def leg_to_panel(self, panel: PanelId, call: CallId, leg: LegId, stage: LegStage) -> None:
        self._say(panel, "leg", stage, call=call, leg=leg)

    async def call_to_device(self, device: DeviceId, call: Call, leg: Leg, now: float) -> None:
        self._say(device, "call", _how(call), call=call, leg=leg)

    async def sdp(self, to: DeviceId | PanelId, to_panel: bool, description: Description) -> None:
        self._say(to, "sdp", description.type, description=description, to_panel=to_panel)

    async def candidates(
        self,
        to: DeviceId | PanelId,
        to_panel: bool,
        call: CallId,
        leg: LegId,
        attempt: int,
        candidates: Sequence[Mapping[str, object]],
    ) -> None:
        given = {"leg": leg, "attempt": attempt, "to_panel": to_panel, "found": list(candidates)}
        self._say(to, "candidates", str(len(candidates)), **given)

    async def renegotiate(self, device: DeviceId, call: CallId, leg: LegId) -> None:
        self._say(device, "renegotiate", call=call, leg=leg)

    async def camera(self, panel: PanelId, call: CallId, leg: LegId, on: bool) -> None:
        self._say(panel, "camera", "on" if on else "off", call=call, leg=leg)

    async def door_to_device(self, device: DeviceId, news: OpeningNews) -> None:
        self._say(device, "door", news.opening.truth, news=news)
        self.diary.append(f"told {device} {news.opening.truth} {news.opening.request}")

    async def door_to_panel(self, panel: PanelId, news: OpeningNews) -> None:
        self._say(panel, "door", news.opening.truth, news=news)

    async def lock_to_devices(self, devices: Collection[DeviceId], lock: Lock, status: LockStatus) -> None:
        for device in devices:
            self._say(device, "lock", "online" if status.online else "offline", lock=lock, status=status)

    async def evidence(self, device: DeviceId, call: Call, leg: LegId) -> None:
        self._say(device, "evidence", call.evidence.place, call=call, leg=leg)

    async def missed(self, device: DeviceId, call: Call, entrance: Entrance, now: float) -> None:
        self._say(device, "missed", call.reason or "", call=call, entrance=entrance)

    async def history(self, device: DeviceId, call: CallId | None = None) -> None:
        self._say(device, "history", call or "")

    async def reply(self, caller: PanelId, note: Note) -> None:
        self._say(caller, "reply", note.reply or "", note=note)

    async def test_ring(self, device: DeviceId, test: str, seconds: float) -> None:
        self._say(device, "test_ring", test, seconds=seconds)

    async def position_wanted(self, panel: PanelId, call: CallId) -> None:
        self._say(panel, "position_wanted", call=call)

    async def look_to_panel(self, look: Look, ice: object, now: float, relay: bool) -> None:
        self._say(look.panel, "look", look=look)

    async def look_over(self, look: Look, why: LookEnd) -> None:
        self._say(look.panel, "look_over", why, look=look)
        self._say(look.device, "look_over", why, look=look)

    async def cut_device(self, device: DeviceId) -> None:
        self._say(device, "cut")

    async def cut_panel(self, panel: PanelId) -> None:
        self._say(panel, "cut")


def _how(call: Call) -> str:
    return f"{call.stage} {call.reason}" if call.reason else str(call.stage)


@dataclass(slots=True)
class ScriptedCore:
    """`ports.AccessCore` that does what `plan` says with each command, and keeps the commands.

    `plan` gets the command's number, from 1, and returns its result; it may raise or wait.
    """

    diary: list[str] = field(default_factory=list)
    commands: list[tuple[LockId, RequestId, float]] = field(default_factory=list)
    statuses: dict[LockId, LockStatus] = field(default_factory=dict)
    need: dict[LockId, Need] = field(default_factory=dict)
    credentials: list[Secret | None] = field(default_factory=list)
    """What came with each command."""
    plan: Callable[[int], Awaitable[CommandResult]] | None = None
    hold: asyncio.Event | None = None
    """While set and not fired, a command waits for it."""
    heard: list[Callable[[LockEvent], Awaitable[None]]] = field(default_factory=list)

    def status(self, lock: LockId) -> LockStatus:
        return self.statuses.get(lock, LockStatus())

    def needs(self, lock: LockId) -> Need:
        return self.need.get(lock, Need.NONE)

    async def unlock(
        self, lock: LockId, request: RequestId, asked_at: float, credential: Secret | None = None
    ) -> CommandResult:
        self.commands.append((lock, request, asked_at))
        self.credentials.append(credential)
        self.diary.append(f"command {request}")
        if self.hold is not None:
            await self.hold.wait()
        return await self.plan(len(self.commands)) if self.plan else CommandTaken()

    def listen(self, heard: Callable[[LockEvent], Awaitable[None]]) -> None:
        self.heard.append(heard)

    async def say(self, event: LockEvent) -> None:
        """A lock speaks."""
        for heard in self.heard:
            await heard(event)

    async def opened(self, lock: str, at: float, request: str | None = None) -> None:
        """A lock says that it opened."""
        await self.say(LockOpened(LockId(lock), at, RequestId(request) if request else None))

    def refuses(self, why: Refusal = Refusal.CORE_REFUSED) -> None:
        """From now on it refuses."""

        async def refuse(_: int) -> CommandResult:
            return CommandRefused(why)

        self.plan = refuse

    def breaks(self) -> None:
        """From now on its connection breaks while a command is sent."""

        async def broken(_: int) -> CommandResult:
            raise ConnectionResetError("the core hung up")

        self.plan = broken
