"""Letters in a folder."""

from __future__ import annotations

import email
import stat
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from intercom.mail.folder import FolderTransport
from intercom.mail.message import Mail, NotDelivered, message

MAIL = Mail("anna@example.org", "Somebody rang — für dich", "Grüezi Anna,\n\n.\nThe door.\n", "<p>Grüezi</p>")
LETTER = message(MAIL, sender="Door <door@example.org>", name="l1", moment=0)


def letters(folder: Path) -> list[EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=default)  # type: ignore[misc]
        for path in folder.glob("*.eml")
    ]


async def test_a_letter_is_a_file_that_any_mail_program_reads(tmp_path: Path) -> None:
    folder = tmp_path / "mail" / "out"
    await FolderTransport(folder).deliver(LETTER, "l1")
    (letter,) = letters(folder)
    assert (letter["From"], letter["To"]) == ("Door <door@example.org>", "anna@example.org")
    assert letter["Subject"] == MAIL.subject
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    text, html = (part.get_content().replace("\r\n", "\n") for part in letter.iter_parts())
    assert (text, html) == (MAIL.text, MAIL.html + "\n")
    assert list(letter.defects) == []


async def test_only_the_servers_user_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    await FolderTransport(folder).deliver(LETTER, "l1")
    (path,) = folder.iterdir()
    assert path.name == "l1.eml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_the_same_letter_again_is_the_same_file(tmp_path: Path) -> None:
    for name in ("l1", "l2", "l1"):
        await FolderTransport(tmp_path).deliver(LETTER, name)
    assert len(letters(tmp_path)) == 2


async def test_a_folder_that_cannot_be_written_is_said_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file, not a folder")
    with pytest.raises(NotDelivered) as refused:
        await FolderTransport(tmp_path / "mail").deliver(LETTER, "l1")
    assert not refused.value.for_good
