"""The calls, in the database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.call import Call, Transition
from intercom.domain.ids import (
    AccountId,
    CallId,
    DeviceId,
    PanelId,
)

call_in_hand: ContextVar[str] = ContextVar("call", default="")
"""The call that the running task works on; services set it, the log shows it."""


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
