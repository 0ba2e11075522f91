"""Text messages in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from intercom.domain.errors import TryLater
from intercom.domain.ids import Secret
from intercom.sms.folder import FolderSms

NUMBER, TEXT = "+34600123456", Secret("407128 is your code.")


async def test_each_message_is_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    sms = FolderSms(tmp_path / "sms")
    await sms.send(NUMBER, TEXT)
    await sms.send(NUMBER, Secret("ü 2"))
    files = list((tmp_path / "sms").iterdir())
    assert sorted(file.read_text() for file in files) == [
        "To: +34600123456\n\n407128 is your code.\n",
        "To: +34600123456\n\nü 2\n",
    ]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


async def test_the_log_tells_neither_the_text_nor_the_number(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await FolderSms(tmp_path).send(NUMBER, TEXT)
    assert "…56" in caplog.text
    assert NUMBER not in caplog.text
    assert "407128" not in caplog.text


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "sms").write_text("a file in the way")
    with pytest.raises(TryLater):
        await FolderSms(tmp_path / "sms").send(NUMBER, TEXT)
