"""The two files: made, brought forward, refused, and open in the right mode."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from intercom.storage import engine as engine_module
from intercom.storage.engine import migrate, open_main
from intercom.storage.live import connect
from intercom.storage.tables import metadata

FILES = ("intercom.db", "live.db")


def pragma(path: Path, name: str) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def version(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def other_default(_c: object, _i: object, _m: object, made: str | None, _d: object, told: str | None) -> bool:
    """Whether two defaults differ; how they are quoted does not count."""
    return (made or "").strip("(')") != (told or "").strip("'")


def test_both_files_are_made_from_nothing_in_wal_mode_and_sound(tmp_path: Path) -> None:
    migrate(tmp_path)
    for name in FILES:
        assert pragma(tmp_path / name, "journal_mode") == "wal"
        assert pragma(tmp_path / name, "integrity_check") == "ok"
    assert (version(tmp_path / "intercom.db"), version(tmp_path / "live.db")) == ("main0005", "live0001")


@pytest.mark.parametrize("name", ["main", "live"])
def test_the_last_file_of_a_history_is_named_after_its_newest_version(name: str) -> None:
    history = Path(engine_module.__file__).parent / "migrations" / name
    assert engine_module.newest(history) == ScriptDirectory(str(history)).get_current_head()


def test_migrating_again_changes_nothing_and_loses_nothing(tmp_path: Path) -> None:
    migrate(tmp_path)
    with closing(connect(tmp_path / "live.db", synchronous="NORMAL")) as connection:
        connection.execute("INSERT INTO seen VALUES ('anna', 5.0)")
    migrate(tmp_path)
    with closing(connect(tmp_path / "live.db", synchronous="NORMAL")) as connection:
        assert connection.execute("SELECT * FROM seen").fetchall() == [("anna", 5.0)]


def test_the_main_files_history_ends_at_exactly_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    migrate(tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path / 'intercom.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": other_default})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_a_newer_server_is_refused_in_words_and_left_alone(tmp_path: Path, name: str) -> None:
    migrate(tmp_path)
    with closing(sqlite3.connect(tmp_path / name)) as connection:
        connection.execute("UPDATE alembic_version SET version_num='future9999'")
        connection.commit()
    with pytest.raises(RuntimeError) as refused:
        migrate(tmp_path)
    assert name in str(refused.value)
    assert "newer version" in str(refused.value)
    assert str(refused.value).endswith(".")
    assert version(tmp_path / name) == "future9999"


def test_a_file_that_is_no_database_is_refused_in_words_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "intercom.db").write_bytes(b"this is a letter, not a database. " * 100)
    with pytest.raises(RuntimeError, match=r"intercom\.db"):
        migrate(tmp_path)
    assert (tmp_path / "intercom.db").read_bytes().startswith(b"this is a letter")


def test_a_folder_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"intercom\.db cannot be opened"):
        migrate(tmp_path / "nowhere")


def test_a_percent_sign_in_the_folders_name_does_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "100% %(here)s"
    folder.mkdir()
    migrate(folder)
    assert version(folder / "live.db") == "live0001"


def test_calls_survive_a_killed_process_and_openings_a_power_cut(tmp_path: Path) -> None:
    migrate(tmp_path)
    normal, full = 1, 2
    for synchronous, number in (("NORMAL", normal), ("FULL", full)):
        with closing(connect(tmp_path / "live.db", synchronous=synchronous)) as connection:
            assert connection.execute("PRAGMA synchronous").fetchone() == (number,)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_every_connection_of_the_main_file_keeps_foreign_keys_and_waits_for_writers(
    tmp_path: Path,
) -> None:
    migrate(tmp_path)
    engine = open_main(tmp_path / "intercom.db")
    async with engine.connect() as connection:
        for name, value in (("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 5000)):
            assert (await connection.execute(text(f"PRAGMA {name}"))).scalar() == value
        with pytest.raises(IntegrityError):
            await connection.execute(
                text("INSERT INTO entrances (id, site, name) VALUES ('e', 'no such site', 'Door')")
            )
    await engine.dispose()


def test_each_files_history_can_be_taken_back_and_made_again(tmp_path: Path) -> None:
    migrate(tmp_path)
    for name, history in (("intercom.db", "main"), ("live.db", "live")):
        config = Config()
        config.set_main_option(
            "script_location", str(Path(engine_module.__file__).parent / "migrations" / history)
        )
        config.set_main_option("path_separator", "os")
        engine = create_engine(f"sqlite:///{tmp_path / name}")
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, "base")
            connection.commit()
            left = connection.execute(text("SELECT name FROM sqlite_master WHERE type='table'")).scalars()
            assert set(left) == {"alembic_version"}
        engine.dispose()
    migrate(tmp_path)
    assert version(tmp_path / "live.db") == "live0001"
