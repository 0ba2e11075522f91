"""Letters: handing them over, and the box they wait in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.ids import SiteId
from intercom.domain.letters import Letter


class Mailer(Protocol):
    """Sends letters."""

    async def send(self, *letters: Letter) -> None:
        """Take the letters in hand: they are stored, all or none, when this returns, and sent soon after.

        Never waits for a mail server; one that cannot be reached is tried again for a while.
        """
        ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter in the box. `tries`: how often it was tried; times in Unix seconds."""

    id: str
    letter: Letter
    site: SiteId | None
    """The letter itself comes without its site."""
    created_at: float
    good_until: float | None
    tries: int


@dataclass(frozen=True, slots=True)
class LetterNews:
    """How far a letter has come: waiting, unless it was sent or given up. `error` is the last failure, in
    the mail server's words."""

    created_at: float
    sent_at: float | None = None
    given_up: bool = False
    error: str | None = None


class Letters(Protocol):
    """The box in which letters wait until they are sent."""

    async def add(self, given: Sequence[tuple[str, Letter, float | None]], now: float) -> None:
        """Store letters with their ids and how long they are good for, all or none; due at once."""
        ...

    async def due(self, now: float, limit: int) -> Sequence[Waiting]:
        """Letters to send now; first those that are soonest of no use."""
        ...

    async def next_due(self) -> float | None:
        """When the next letter is due."""
        ...

    async def sent(self, letter: str, now: float) -> None:
        """It was sent; what stood in it is forgotten."""
        ...

    async def failed(self, letter: str, error: str, next_at: float | None) -> None:
        """A try failed. Without a next one it is given up, and what stood in it is forgotten."""
        ...

    async def news(self, about: Collection[str]) -> Mapping[str, LetterNews]:
        """How far the newest letter about each of these invitations has come."""
        ...

    async def forget_before(self, moment: float) -> None:
        """Forget letters that were done with before."""
        ...
