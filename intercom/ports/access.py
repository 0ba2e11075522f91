"""The access core: the system that opens locks.

Services see one `AccessCore` for every lock of every site. Which core stands behind a site, and what
it needs, is said in `ports.cores`; a core's own words never leave `intercom.access`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from intercom.domain.door import LockStatus, Refusal
from intercom.domain.ids import (
    LockId,
    RequestId,
    Secret,
)


class Need(StrEnum):
    """What a command must carry."""

    NONE = "none"
    CODE = "code"
    """A credential of the person who presses: their PIN on a phone, the Code in a desktop browser. Both
    are ours: the service checks them before the command leaves."""


@dataclass(frozen=True, slots=True)
class CommandTaken:
    """The core took the command: sent."""


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """The core said no, or was not asked: it is certain that nothing opens."""

    why: Refusal
    until: float | None = None
    """Until when it will say no, where that is known, Unix seconds."""


@dataclass(frozen=True, slots=True)
class CommandUnknown:
    """No answer, or one that says nothing: it may have opened."""

    why: Refusal


CommandResult = CommandTaken | CommandRefused | CommandUnknown


@dataclass(frozen=True, slots=True)
class LockOpened:
    """A lock's own word that it opened. `request`: the command's, where the core tells it.

    Without a request and `asked`, it may be the word for any command that waits for one. Not `asked`:
    nobody's command here opened it, but a tag, a key, the handle inside, or the vendor's own app; it is
    never the word for a command.
    """

    lock: LockId
    at: float
    """When, by this server's clock, Unix seconds."""
    request: RequestId | None = None
    event: str | None = None
    """The core's own id of what happened, for its log to be compared with ours."""
    asked: bool = True


@dataclass(frozen=True, slots=True)
class LockChanged:
    """What the core says about a lock is different now."""

    lock: LockId
    status: LockStatus


LockEvent = LockOpened | LockChanged


class AccessCore(Protocol):
    """The system that opens locks."""

    def status(self, lock: LockId) -> LockStatus:
        """What it last said about the lock; an unknown lock is offline. Asks nobody, returns at once."""
        ...

    def needs(self, lock: LockId) -> Need:
        """What a command for this lock must carry. Asks nobody, returns at once."""
        ...

    async def unlock(
        self, lock: LockId, request: RequestId, asked_at: float, credential: Secret | None = None
    ) -> CommandResult:
        """One command, once: the same request again sends nothing and tells what became of the first.

        `credential`: the PIN or Code that the person typed and the service checked, where `needs` says so;
        without it the command is refused with `code_needed`. Never raises for what the core says; may take
        several seconds. Never locks anything: locks do that by themselves.
        """
        ...

    def listen(self, heard: Callable[[LockEvent], Awaitable[None]]) -> None:
        """Have each event of a lock told to `heard`, from now on."""
        ...
