"""Letters as `.eml` files in a folder (RFC 5322), for a server without a mail account."""

from __future__ import annotations

import asyncio
import os
from email.message import EmailMessage
from pathlib import Path

from intercom.mail.message import NotDelivered


class FolderTransport:
    """Puts e-mails into a folder, which it makes when the first one comes. A file is never seen half."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __aenter__(self) -> FolderTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def deliver(self, letter: EmailMessage, name: str) -> None:
        """Write the file `name`. Raises `NotDelivered`."""
        try:
            await asyncio.to_thread(self._write, letter, name)
        except OSError as error:
            raise NotDelivered(f"The mail folder cannot be written: {error.strerror}.") from error

    def _write(self, letter: EmailMessage, name: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = self._folder / f".{name}.new"
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(bytes(letter))
        half.replace(self._folder / f"{name}.eml")
