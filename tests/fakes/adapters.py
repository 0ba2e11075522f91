"""One description of each adapter under a contract: how to open it, open it twice, and open it again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from intercom.ports import Calls, Openings, Past
from intercom.storage.engine import migrate
from intercom.storage.live import SqliteCalls, SqliteOpenings, connect
from intercom.storage.past import SqlitePast
from tests.fakes.live import LiveStore, MemoryCalls, MemoryOpenings, MemoryPast

T = TypeVar("T")


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits: for a change function, which cannot await."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise AssertionError("it waited")


def new_files(folder: Path, templates: Path) -> Path:
    """Both files at their newest version in `folder`; migrated once a run, copied ever after."""
    template = templates / "migrated"
    if not (template / "live.db").exists():
        template.mkdir(exist_ok=True)
        migrate(template)
    for name in ("intercom.db", "live.db"):
        shutil.copy(template / name, folder / name)
    return folder


class Memory:
    """Calls and openings in memory; every opening of it looks at the same store."""

    def __init__(self) -> None:
        self._store = LiveStore()

    def calls(self) -> Calls:
        return MemoryCalls(self._store)

    def openings(self) -> Openings:
        return MemoryOpenings(self._store)

    def past(self) -> Past:
        return MemoryPast(self._store)

    def close(self) -> None:
        """Nothing to close."""


class Sqlite:
    """Calls and openings in the folder's file; every opening of it is a connection of its own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "live.db"
        self.connections: list[sqlite3.Connection] = []

    def connect(self, synchronous: str = "NORMAL") -> sqlite3.Connection:
        self.connections.append(connect(self.path, synchronous=synchronous))
        return self.connections[-1]

    def calls(self) -> Calls:
        return SqliteCalls(self.connect())

    def openings(self) -> Openings:
        return SqliteOpenings(self.connect("FULL"))

    def past(self) -> Past:
        return SqlitePast(self.path)

    def close(self) -> None:
        """Close every connection, as a stop of the server does."""
        for connection in self.connections:
            connection.close()
        self.connections.clear()
