"""Letters as e-mails: headers hold what they should, whatever people are called."""

from __future__ import annotations

import email
from email.policy import default

import pytest

from intercom.mail.message import Mail, NotDelivered, message


def written(mail: Mail, sender: str = "door@example.org") -> email.message.EmailMessage:
    raw = bytes(message(mail, sender=sender, name="l1", moment=1_800_000_000))
    return email.message_from_bytes(raw, policy=default)  # type: ignore[return-value]


def mail(to: str = "anna@example.org", subject: str = "Hello", name: str = "Birkenhof 12") -> Mail:
    return Mail(to, subject, "Text\n", "<p>Text</p>", "de", name)


def test_headers_say_whose_it_is_and_that_no_person_wrote_it() -> None:
    letter = written(mail())
    assert letter["From"] == "Birkenhof 12 <door@example.org>"
    assert letter["Message-ID"] == "<l1@example.org>"
    assert (letter["Auto-Submitted"], letter["Content-Language"]) == ("auto-generated", "de")
    assert letter["Date"].datetime.timestamp() == 1_800_000_000


def test_a_sender_with_a_name_keeps_it() -> None:
    assert written(mail(), "House care <door@example.org>")["From"] == "House care <door@example.org>"


@pytest.mark.parametrize(
    "nasty",
    [
        "Hof\r\nBcc: thief@example.org",
        "Hof\nBcc: thief@example.org\n\nBody",
        "Hof\x00\x1b[2J",
        "Hof\u2028Bcc: thief@example.org",
        "\u202ehof\u2066",
        'Hof" <thief@example.org>, "x',
        "=?utf-8?q?Bcc=3A_thief?=",
        "é" * 2000,
    ],
)
def test_no_name_makes_a_header_or_a_second_recipient(nasty: str) -> None:
    letter = written(mail(subject=nasty, name=nasty))
    assert letter["Bcc"] is None
    assert [str(a.addr_spec) for a in letter["From"].addresses] == ["door@example.org"]
    assert [str(a.addr_spec) for a in letter["To"].addresses] == ["anna@example.org"]
    assert letter.get_body(("plain",)).get_content() == "Text\r\n"  # type: ignore[union-attr]
    raw = bytes(message(mail(subject=nasty, name=nasty), sender="door@example.org", name="l", moment=0))
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "to",
    [
        "anna@example.org\r\nBcc: thief@example.org",
        "anna@example.org, thief@example.org",
        "anna",
        "",
        "a b@c.d",
    ],
)
def test_an_address_that_is_none_is_given_up(to: str) -> None:
    with pytest.raises(NotDelivered) as refused:
        message(mail(to=to), sender="door@example.org", name="l1", moment=0)
    assert refused.value.for_good


def test_an_address_in_another_script_is_written() -> None:
    assert "anna@bücher.example" in str(written(mail(to="anna@bücher.example"))["To"])
