"""Calls and openings on SQLite: a few plain statements on the standard sqlite3, straight from the loop.

A transition costs some 20 microseconds here, against 740 through an async driver with its thread, so
waiting for it costs less than handing it over. The file is in WAL mode. Calls are written with
`synchronous=NORMAL` (they survive a killed process), openings with FULL (they survive a power cut):
hence two connections (https://www.sqlite.org/pragma.html#pragma_synchronous).

Writers race by compare-and-swap on `version`; nothing here holds a lock across a Python call.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from contextlib import contextmanager
from math import inf
from pathlib import Path

from intercom.domain.call import Call, Transition
from intercom.domain.door import Opening
from intercom.domain.errors import TryLater
from intercom.domain.ids import AccountId, CallId, DeviceId, LockId, OpeningId, PanelId, RequestId
from intercom.domain.language import N_
from intercom.ports import Busy
from intercom.storage.documents import call_from, call_to, opening_from, opening_to

_RETRIES = 50
"""A compare-and-swap that loses this often says that something else is wrong."""
_DECODED = 2000
_CHECKPOINT_PAGES = 4000
"""A commit that finds so many pages in the log moves them into the file. The calls write the same few pages
again and again, so this spares most of SQLite's own 1,000; 16 MB more on disk."""


def connect(path: Path, *, synchronous: str) -> sqlite3.Connection:
    """A connection in WAL mode that commits by itself. `synchronous`: NORMAL or FULL."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=2.0)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    return connection


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise TryLater(N_("The server cannot write at the moment. Try again in 5 s.")) from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    with _translated():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has ended it already
                connection.execute("ROLLBACK")
            raise


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))


class SqliteCalls:
    """`ports.Calls` on the live file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._decoded: dict[str, tuple[int, Call]] = {}
        """Calls that go on, by the version that the file must still have: spares most of the decoding."""

    def _call(self, row: tuple[str, int, bytes]) -> Call:
        known = self._decoded.get(row[0])
        return known[1] if known is not None and known[0] == row[1] else call_from(row[2])

    def _remember(self, call: Call, version: int) -> None:
        if not call.alive:
            self._decoded.pop(call.id, None)
            return
        if len(self._decoded) >= _DECODED:  # those that another process has ended
            self._decoded.clear()
        self._decoded[call.id] = version, call

    async def add(
        self, panel: PanelId, people: Collection[AccountId], make: Callable[[Busy], Transition]
    ) -> Transition:
        """See `ports.Calls.add`; the look and the write share one write transaction."""
        with _transaction(self._db):
            busy = self._db.execute(
                f"SELECT person FROM legs WHERE alive AND person IN ({_marks(people)})", tuple(people)
            )
            calling = self._db.execute("SELECT 1 FROM calls WHERE alive AND panel=?", (panel,)).fetchone()
            made = make(Busy(frozenset(AccountId(row[0]) for row in busy), calling is not None))
            self._insert(made.call)
        self._remember(made.call, 1)
        return made

    def _insert(self, call: Call) -> None:
        self._db.execute(
            "INSERT INTO calls (id, version, alive, panel, deadline, placed_at, doc) VALUES (?,1,?,?,?,?,?)",
            (call.id, call.alive, call.panel, _finite(call.deadline), call.placed_at, call_to(call)),
        )
        self._db.executemany(
            "INSERT INTO legs (call, id, device, person, alive) VALUES (?,?,?,?,?)",
            [(call.id, leg.id, leg.device, leg.person, leg.alive) for leg in call.legs],
        )
        self._db.executemany(
            "INSERT INTO callees (call, person, placed_at) VALUES (?,?,?)",
            [(call.id, person, call.placed_at) for person in call.people],
        )

    async def get(self, call: CallId) -> Call | None:
        """See `ports.Calls.get`."""
        row = self._db.execute("SELECT id, version, doc FROM calls WHERE id=?", (call,)).fetchone()
        return self._call(row) if row else None

    async def update(self, call: CallId, change: Callable[[Call], Transition]) -> Transition | None:
        """See `ports.Calls.update`."""
        known = self._decoded.get(call)  # the swap says whether it is still so in the file
        for _ in range(_RETRIES):
            loaded = known or self._load(call)
            if loaded is None:
                return None
            version, before = loaded
            made = change(before)
            if made.call is not before:
                if self._swap(before, made.call, version):
                    self._remember(made.call, version + 1)
                    return made
            elif known is None:
                return made
            known = None
        raise TryLater

    def _load(self, call: CallId) -> tuple[int, Call] | None:
        row = self._db.execute("SELECT id, version, doc FROM calls WHERE id=?", (call,)).fetchone()
        return (row[1], self._call(row)) if row else None

    def _swap(self, before: Call, after: Call, version: int) -> bool:
        out = [
            (after.id, leg.id)
            for was, leg in zip(before.legs, after.legs, strict=True)
            if was.alive != leg.alive
        ]
        if not out:
            with _translated():
                return self._store(before, after, version)
        with _transaction(self._db):
            stored = self._store(before, after, version)
            if stored:
                self._db.executemany("UPDATE legs SET alive=0 WHERE call=? AND id=?", out)
        return stored

    def _store(self, before: Call, after: Call, version: int) -> bool:
        deadline = after.deadline
        if before.alive == after.alive and before.deadline == deadline:  # leaves the indexes alone
            done = self._db.execute(
                "UPDATE calls SET version=version+1, doc=? WHERE id=? AND version=?",
                (call_to(after), after.id, version),
            )
        else:
            done = self._db.execute(
                "UPDATE calls SET version=version+1, alive=?, deadline=?, doc=? WHERE id=? AND version=?",
                (after.alive, _finite(deadline), call_to(after), after.id, version),
            )
        return done.rowcount == 1

    async def due(self, now: float) -> Sequence[CallId]:
        """See `ports.Calls.due`."""
        rows = self._db.execute("SELECT id FROM calls WHERE alive AND deadline<=?", (now,))
        return [CallId(row[0]) for row in rows]

    async def alive(self) -> Sequence[Call]:
        """See `ports.Calls.alive`."""
        return _calls(self._db.execute("SELECT doc FROM calls WHERE alive"))

    async def of_panel(self, panel: PanelId) -> Call | None:
        """See `ports.Calls.of_panel`."""
        row = self._db.execute("SELECT doc FROM calls WHERE alive AND panel=?", (panel,)).fetchone()
        return call_from(row[0]) if row else None

    async def of_device(self, device: DeviceId) -> Sequence[Call]:
        """See `ports.Calls.of_device`."""
        return _calls(
            self._db.execute(
                "SELECT c.doc FROM legs l JOIN calls c ON c.id=l.call WHERE l.alive AND l.device=?", (device,)
            )
        )

    async def of_person(self, person: AccountId, limit: int) -> Sequence[Call]:
        """See `ports.Calls.of_person`."""
        return _calls(
            self._db.execute(
                "SELECT c.doc FROM callees p JOIN calls c ON c.id=p.call"
                " WHERE p.person=? AND NOT c.alive ORDER BY p.placed_at DESC LIMIT ?",
                (person, limit),
            )
        )

    async def seen(self, person: AccountId) -> float:
        """See `ports.Calls.seen`."""
        row = self._db.execute("SELECT until FROM seen WHERE person=?", (person,)).fetchone()
        return row[0] if row else 0.0

    async def mark_seen(self, person: AccountId, until: float) -> None:
        """See `ports.Calls.mark_seen`."""
        with _translated():
            self._db.execute(
                "INSERT INTO seen (person, until) VALUES (?,?)"
                " ON CONFLICT (person) DO UPDATE SET until=max(until, excluded.until)",
                (person, until),
            )

    async def forget_before(self, moment: float) -> int:
        """See `ports.Calls.forget_before`."""
        with _transaction(self._db):
            old = "SELECT id FROM calls WHERE NOT alive AND placed_at<?"
            self._db.execute(f"DELETE FROM legs WHERE call IN ({old})", (moment,))
            self._db.execute(f"DELETE FROM callees WHERE call IN ({old})", (moment,))
            gone = self._db.execute("DELETE FROM calls WHERE NOT alive AND placed_at<?", (moment,)).rowcount
            gone += self._db.execute("DELETE FROM openings WHERE settled AND at<?", (moment,)).rowcount
        return gone


class SqliteOpenings:
    """`ports.Openings` on the live file, over a connection with `synchronous=FULL`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    async def intend(self, opening: Opening) -> Opening:
        """See `ports.Openings.intend`."""
        try:
            self._db.execute(
                "INSERT INTO openings (id, version, person, request, lock, call, at, deadline, settled, doc)"
                " VALUES (?,1,?,?,?,?,?,?,?,?)",
                (
                    opening.id,
                    opening.person,
                    opening.request,
                    opening.lock,
                    opening.call,
                    opening.at,
                    _finite(opening.deadline),
                    opening.settled,
                    opening_to(opening),
                ),
            )
        except sqlite3.IntegrityError:
            earlier = await self.by_request(opening.person, opening.request)
            if earlier is None:
                raise TryLater from None
            return earlier
        except sqlite3.Error as error:
            raise TryLater(N_("The log cannot be written, so nothing was sent.")) from error
        return opening

    async def update(
        self, opening: OpeningId, change: Callable[[Opening], Opening]
    ) -> tuple[Opening, Opening] | None:
        """See `ports.Openings.update`."""
        for _ in range(_RETRIES):
            row = self._db.execute("SELECT version, doc FROM openings WHERE id=?", (opening,)).fetchone()
            if row is None:
                return None
            before = opening_from(row[1])
            after = change(before)
            if after == before:
                return before, after
            with _translated():
                done = self._db.execute(
                    "UPDATE openings SET version=version+1, deadline=?, settled=?, doc=?"
                    " WHERE id=? AND version=?",
                    (_finite(after.deadline), after.settled, opening_to(after), opening, row[0]),
                )
            if done.rowcount == 1:
                return before, after
        raise TryLater

    async def by_request(self, person: AccountId, request: RequestId) -> Opening | None:
        """See `ports.Openings.by_request`."""
        row = self._db.execute(
            "SELECT doc FROM openings WHERE person=? AND request=?", (person, request)
        ).fetchone()
        return opening_from(row[0]) if row else None

    async def of_person(self, person: AccountId, limit: int) -> Sequence[Opening]:
        """See `ports.Openings.of_person`."""
        rows = self._db.execute(
            "SELECT doc FROM openings WHERE person=? ORDER BY at DESC LIMIT ?", (person, limit)
        )
        return [opening_from(row[0]) for row in rows]

    async def awaiting(self, lock: LockId) -> Sequence[Opening]:
        """See `ports.Openings.awaiting`."""
        rows = self._db.execute("SELECT doc FROM openings WHERE lock=? ORDER BY at DESC LIMIT 20", (lock,))
        return [opening_from(row[0]) for row in rows]

    async def due(self, now: float) -> Sequence[OpeningId]:
        """See `ports.Openings.due`."""
        rows = self._db.execute("SELECT id FROM openings WHERE NOT settled AND deadline<=?", (now,))
        return [OpeningId(row[0]) for row in rows]

    async def unsettled(self) -> Sequence[OpeningId]:
        """See `ports.Openings.unsettled`."""
        return [OpeningId(row[0]) for row in self._db.execute("SELECT id FROM openings WHERE NOT settled")]

    async def of_calls(self, calls: Collection[CallId]) -> Sequence[Opening]:
        """See `ports.Openings.of_calls`."""
        rows = self._db.execute(
            f"SELECT doc FROM openings WHERE call IN ({_marks(calls)}) ORDER BY at", tuple(calls)
        )
        return [opening_from(row[0]) for row in rows]


def _finite(moment: float) -> float | None:
    return None if moment == inf else moment


def _calls(rows: Iterable[tuple[bytes]]) -> list[Call]:
    return [call_from(row[0]) for row in rows]
