"""Sealing under a key of the server's own, so that a copied database alone betrays no secret."""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from intercom.domain.errors import TryLater
from intercom.domain.ids import Secret
from intercom.domain.language import N_


class FileVault:
    """`ports.Vault` with its key in a file that only the server may read; made at the first start.

    Raises `RuntimeError` with a sentence when the file cannot be made or is not a key.
    """

    def __init__(self, file: Path) -> None:
        try:
            key = _key(file)
            self._fernet = Fernet(key)
        except (OSError, ValueError) as error:
            raise RuntimeError(
                f"The server's key {file} cannot be used: {error}. Restore it from a backup; without it "
                "authenticator apps must be set up anew."
            ) from error

        self._marks = hmac.digest(key, b"names that others cannot make", "sha256")

    def seal(self, secret: Secret) -> str:
        """See `ports.Vault.seal`."""
        return self._fernet.encrypt(secret.reveal().encode()).decode()

    def open(self, sealed: str) -> Secret:
        """See `ports.Vault.open`."""
        try:
            return Secret(self._fernet.decrypt(sealed.encode()).decode())
        except InvalidToken:
            raise TryLater(N_("The server's key does not fit. Tell the person who runs it.")) from None

    def mark(self, text: str) -> str:
        """See `ports.Vault.mark`."""
        return urlsafe_b64encode(hmac.digest(self._marks, text.encode(), "sha256")[:16]).decode()[:22]


def _key(file: Path) -> bytes:
    """The key in the file. A new one is written whole beside it, and linked only where none is yet."""
    if not file.exists():
        draft = file.with_suffix(f".{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(Fernet.generate_key())
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_bytes().strip()
