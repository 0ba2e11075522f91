"""A letter as an e-mail (RFC 5322), with a plain text and an HTML part (RFC 2046 5.1.4)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter, written. `sender_name`: the site's, where the letter is about one."""

    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    language: str = "en"
    sender_name: str = ""


class NotDelivered(Exception):
    """A letter was not taken; the text says why. `for_good`: it never will be, trying again is of no use."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


def header_text(text: str) -> str:
    """`text` as one line without control or direction characters: nothing in it can end a header."""
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())


def message(mail: Mail, *, sender: str, name: str, moment: float) -> EmailMessage:
    """The e-mail. `sender`: "Name <address>" or an address; without a name it wears the site's. `name`:
    the letter's own, for its Message-ID: a letter that is sent twice is still the same.

    Raises `NotDelivered` for an address that cannot be written.
    """
    shown, address = parseaddr(sender)
    try:
        to = Address(addr_spec=mail.to)
        letter = EmailMessage(SMTP if mail.to.isascii() else SMTPUTF8)
        letter["From"] = Address(header_text(shown or mail.sender_name), addr_spec=address)
        letter["To"] = to
    except (ValueError, IndexError) as error:
        raise NotDelivered(f"This is not an e-mail address: {error}", for_good=True) from None
    letter["Subject"] = header_text(mail.subject)
    letter["Date"] = format_datetime(datetime.fromtimestamp(moment, UTC))
    letter["Message-ID"] = f"<{name}@{address.rpartition('@')[2] or 'localhost'}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834 5: no holiday notes in reply
    letter.set_content(mail.text)
    letter.add_alternative(mail.html, subtype="html")
    letter["Content-Language"] = mail.language
    return letter
