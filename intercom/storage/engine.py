"""The main database's engine, and bringing both files to the newest version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_HERE = Path(__file__).parent / "migrations"


def open_main(path: Path, *, patience: float = 5.0) -> AsyncEngine:
    """The engine of the main file: WAL, foreign keys on, `patience` seconds for another writer."""
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)), pool_size=4, max_overflow=0
    )

    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={int(patience * 1000)}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", prepare)
    return engine


def migrate(data: Path) -> None:
    """Bring `intercom.db` and `live.db` in the folder to the newest version, each by its own history.

    Runs before the loop starts. Refuses a file that a newer server has written. Raises
    `RuntimeError` with a sentence for people.
    """
    for name, history in (("intercom.db", "main"), ("live.db", "live")):
        _upgrade(data / name, _HERE / history)


def newest(history: Path) -> str:
    """The version that a history of migrations ends at: its name and the number of its last file."""
    return history.name + max(file.name for file in (history / "versions").glob("[0-9]*.py"))[:4]


def _upgrade(path: Path, history: Path) -> None:
    if path.exists() and _version(path) == newest(history):
        return
    # a server that has nothing to bring forward, as nearly always, starts quicker without these
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(history).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    engine = create_engine(URL.create("sqlite", database=str(path)))
    try:
        with engine.connect() as connection:
            connection.execute(text("PRAGMA journal_mode=WAL"))
            known = {revision.revision for revision in script.walk_revisions()}
            at = _version(path)
            if at is not None and at not in known:
                raise RuntimeError(
                    f"{path.name} was written by a newer version of the intercom. "
                    "Start that version, or restore a backup."
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except OperationalError as error:
        raise RuntimeError(
            f"{path.name} cannot be opened or written in {path.parent}: {error.orig}"
        ) from error
    finally:
        engine.dispose()


def _version(path: Path) -> str | None:
    with closing(sqlite3.connect(path)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError as error:
            raise RuntimeError(f"{path.name} in {path.parent} is not a database: {error}") from error
    return row[0] if row else None
