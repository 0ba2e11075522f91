"""Letters as `.eml` files in a folder (RFC 5322), for a server without a mail account."""

from __future__ import annotations

import asyncio
import uuid
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path

from intercom.domain.errors import TryLater
from intercom.domain.letters import Letter


class FolderMailer:
    """`ports.Mailer`; makes the folder when the first letter is sent."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        """See `ports.Mailer.send`."""
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = letter.kind.replace("_", " ")
        message["Date"] = formatdate(localtime=False)
        message.set_content("".join(f"{key}: {value}\n" for key, value in letter.values.items()))
        try:
            await asyncio.to_thread(self._write, bytes(message))
        except OSError as error:
            raise TryLater("The letter cannot be written into the mail folder.") from error

    def _write(self, letter: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self._folder / f"{uuid.uuid4().hex}.eml"
        target.write_bytes(letter)
        target.chmod(0o600)
