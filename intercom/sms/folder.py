"""Text messages as files in a folder, for a server without a gateway: whoever runs it reads them there."""

from __future__ import annotations

import asyncio
import logging
import uuid
from pathlib import Path

from intercom.domain.errors import TryLater
from intercom.domain.ids import Secret
from intercom.domain.language import N_

log = logging.getLogger(__name__)


class FolderSms:
    """`ports.SmsSender`; makes the folder when the first message is sent. Says in the log that there is
    one, and neither its text nor the whole number."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, number: str, text: Secret) -> None:
        """See `ports.SmsSender.send`."""
        target = self._folder / f"{uuid.uuid4().hex}.txt"
        try:
            await asyncio.to_thread(self._write, target, f"To: {number}\n\n{text.reveal()}\n")
        except OSError as error:
            raise TryLater(N_("The message cannot be written into the folder for text messages.")) from error
        log.info("a text message for …%s is in %s", number[-2:], target)

    def _write(self, target: Path, message: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.touch(mode=0o600)
        target.write_text(message, encoding="utf-8")
