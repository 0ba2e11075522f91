"""Letters in a folder."""

from __future__ import annotations

import email
import stat
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from intercom.domain.errors import TryLater
from intercom.domain.letters import Letter, LetterKind
from intercom.mail.folder import FolderMailer

LETTER = Letter(LetterKind.PHONE_CHANGED, "anna@example.org", "en", None, {"name": "Anna für dich"})


def letters(folder: Path) -> list[EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=default)  # type: ignore[misc]
        for path in folder.glob("*.eml")
    ]


async def test_a_letter_is_a_file_that_any_mail_program_reads(tmp_path: Path) -> None:
    folder = tmp_path / "mail" / "out"
    await FolderMailer(folder, "Door <door@example.org>").send(LETTER)
    (letter,) = letters(folder)
    assert (letter["From"], letter["To"]) == ("Door <door@example.org>", "anna@example.org")
    assert letter["Date"].datetime is not None
    assert "Anna für dich" in letter.get_content()
    assert list(letter.defects) == []


async def test_only_the_servers_user_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    await FolderMailer(folder, "door@example.org").send(LETTER)
    (path,) = folder.iterdir()
    assert path.suffix == ".eml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_every_letter_has_a_file_of_its_own(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path, "door@example.org")
    for _ in range(20):
        await mailer.send(LETTER)
    assert len(letters(tmp_path)) == 20


async def test_a_folder_that_cannot_be_written_is_told_try_later(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file, not a folder")
    with pytest.raises(TryLater):
        await FolderMailer(tmp_path / "mail", "door@example.org").send(LETTER)
