"""Letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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
