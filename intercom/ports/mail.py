"""Letters."""

from __future__ import annotations

from typing import Protocol

from intercom.domain.letters import Letter


class Mailer(Protocol):
    """Sends letters."""

    async def send(self, letter: Letter) -> None:
        """Take the letter in hand: it is stored when this returns, and sent soon after.

        Never waits for a mail server; one that cannot be reached is tried again for a while.
        """
        ...
