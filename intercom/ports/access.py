"""The access core: the system that opens locks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.door import LockStatus, Refusal
from intercom.domain.ids import (
    LockId,
    RequestId,
)


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
