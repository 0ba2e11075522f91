"""What the main file does when somebody else holds it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from intercom.domain.ids import PanelId
from intercom.storage.engine import migrate, open_main
from intercom.storage.people import SqlPanels


async def test_a_panel_is_not_lost_because_the_file_is_busy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    migrate(tmp_path)
    engine = open_main(tmp_path / "intercom.db", patience=0.05)
    holder = sqlite3.connect(tmp_path / "intercom.db", isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        await SqlPanels(engine).seen(PanelId("p"), 1.0)
        assert "is not noted" in caplog.text
        holder.execute("ROLLBACK")
        caplog.clear()
        await SqlPanels(engine).seen(PanelId("p"), 2.0)
        assert not caplog.text
    finally:
        holder.close()
        await engine.dispose()
