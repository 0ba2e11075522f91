"""Letters by SMTP (RFC 5321), with submission's TLS and AUTH (RFC 8314, RFC 4954)."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

import aiosmtplib

from intercom.domain.ids import Secret
from intercom.mail.message import NotDelivered

PATIENCE = 30.0
"""Seconds that one answer of the mail server may take."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where letters are handed in. `tls`: from the first byte, after STARTTLS, or none.

    Raises `ValueError` when a password would go out in clear.
    """

    host: str
    port: int
    tls: Literal["tls", "starttls", "none"] = "starttls"
    user: str | None = None
    password: Secret | None = None
    trusts: ssl.SSLContext | None = None
    """Whose certificates are taken; None for the system's."""

    def __post_init__(self) -> None:
        if self.user and self.tls == "none":
            raise ValueError("A password is not sent to a mail server without TLS.")


class SmtpTransport:
    """Hands e-mails to a mail server; one connection for as long as it is entered."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._line: aiosmtplib.SMTP | None = None

    async def __aenter__(self) -> SmtpTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        line, self._line = self._line, None
        if line is not None:
            try:
                await line.quit()
            except (aiosmtplib.SMTPException, OSError):
                line.close()

    async def deliver(self, letter: EmailMessage, name: str) -> None:
        """Hand it in. Raises `NotDelivered`: for good where the server says 5xx about this letter."""
        try:
            if self._line is None or not self._line.is_connected:
                self._line = await self._connected()
            await self._line.send_message(letter)
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            raise _refused(first.code, first.message) from None
        except aiosmtplib.SMTPAuthenticationError as error:
            # the fault of the settings, not of the letter: it goes out when they are mended
            raise NotDelivered(f"The mail server does not take the password: {error.message}") from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error.code, error.message) from None
        except aiosmtplib.SMTPNotSupported as error:
            raise NotDelivered(str(error), for_good=True) from None
        except (TimeoutError, aiosmtplib.SMTPException, OSError) as error:
            self._line = None
            raise NotDelivered(
                f"The mail server cannot be reached: {error or type(error).__name__}"
            ) from None

    async def _connected(self) -> aiosmtplib.SMTP:
        server = self._server
        line = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            tls_context=server.trusts,
            timeout=PATIENCE,
        )
        try:
            await line.connect()
            if server.user:
                await line.login(server.user, server.password.reveal() if server.password else "")
        except BaseException:
            line.close()
            raise
        return line


def _refused(code: int, words: str) -> NotDelivered:
    return NotDelivered(f"{code} {words}", for_good=500 <= code < 600)
