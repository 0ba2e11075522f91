"""Letters as `.eml` files in a folder (RFC 5322), for a server without a mail account."""

from __future__ import annotations

import asyncio
import uuid
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path

from intercom.domain.errors import TryLater
from intercom.ports import Mail


class FolderMailer:
    """`ports.Mailer`; makes the folder when the first letter is sent."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """See `ports.Mailer.send`."""
        letter = EmailMessage()
        letter["From"] = self._sender
        letter["To"] = mail.to
        letter["Subject"] = mail.subject
        letter["Date"] = formatdate(localtime=False)
        letter.set_content(mail.text)
        try:
            await asyncio.to_thread(self._write, bytes(letter))
        except OSError as error:
            raise TryLater("The letter cannot be written into the mail folder.") from error

    def _write(self, letter: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self._folder / f"{uuid.uuid4().hex}.eml"
        target.write_bytes(letter)
        target.chmod(0o600)
