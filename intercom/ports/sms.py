"""Text messages."""

from __future__ import annotations

from typing import Protocol

from intercom.domain.ids import Secret


class SmsSender(Protocol):
    """Sends text messages."""

    async def send(self, number: str, text: Secret) -> None:
        """Hand the message over. `number` is E.164. Raises `TryLater` if it cannot be."""
        ...
