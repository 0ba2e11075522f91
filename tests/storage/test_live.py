"""What only the file has: a full disk, a locked file, two files that do not wait for each other."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from intercom.domain import door
from intercom.domain.call import CallerHungUp, LegAccepted, LegRinging, Transition, advance
from intercom.domain.door import Opening, Truth
from intercom.domain.errors import TryLater
from intercom.domain.ids import AccountId, LegId, OpeningId
from intercom.storage.live import SqliteCalls, SqliteOpenings, connect
from tests.fakes.adapters import new_files
from tests.fakes.examples import AN_OPENING, placed


@pytest.fixture
def path(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_files(tmp_path, tmp_path_factory.getbasetemp()) / "live.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path, synchronous="NORMAL")) as connection:
        yield connection


def fill(connection: sqlite3.Connection) -> None:
    """From now on the file cannot grow: a full disk."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")


def room_again(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA max_page_count=100000")


def many(call: str, number: int = 200) -> Transition:
    legs = [(f"{call}-leg{n}", f"person{n}") for n in range(number)]
    return placed(*legs, call=call, panel=call)


async def test_on_a_full_disk_a_new_call_is_told_try_later_and_later_it_works(
    connection: sqlite3.Connection,
) -> None:
    calls = SqliteCalls(connection)
    fill(connection)
    made = many("call")
    with pytest.raises(TryLater):
        await calls.add(made.call.panel, made.call.people, lambda _: made)
    assert await calls.alive() == []
    assert not connection.in_transaction
    room_again(connection)
    await calls.add(made.call.panel, made.call.people, lambda _: made)
    assert len(await calls.alive()) == 1


async def test_on_a_full_disk_an_opening_is_told_try_later_and_nothing_is_stored(
    connection: sqlite3.Connection,
) -> None:
    openings = SqliteOpenings(connection)
    fill(connection)
    big = replace(AN_OPENING, lock_name="x" * 100_000)
    with pytest.raises(TryLater):
        await openings.intend(big)
    assert await openings.unsettled() == []
    room_again(connection)
    assert await openings.intend(big) == big


async def test_while_somebody_holds_the_file_writers_are_told_try_later_and_readers_read_on(
    path: Path, connection: sqlite3.Connection
) -> None:
    connection.execute("PRAGMA busy_timeout=1")
    calls, openings = SqliteCalls(connection), SqliteOpenings(connection)
    made = placed(("x", "anna"), ("y", "ben"))
    await calls.add(made.call.panel, made.call.people, lambda _: made)
    await openings.intend(AN_OPENING)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryLater):
            await calls.add(made.call.panel, made.call.people, lambda _: made)
        for event in (LegRinging(LegId("x")), LegAccepted(LegId("x")), CallerHungUp()):
            with pytest.raises(TryLater):
                await calls.update(made.call.id, lambda call, event=event: advance(call, event, 1001.0))
        with pytest.raises(TryLater):
            await calls.mark_seen(AccountId("anna"), 1.0)
        with pytest.raises(TryLater):
            await calls.forget_before(1.0)
        with pytest.raises(TryLater):
            await openings.intend(replace(AN_OPENING, id=OpeningId("2"), request="2"))  # type: ignore[arg-type]
        with pytest.raises(TryLater):
            await openings.update(AN_OPENING.id, partial(door.sent, now=1.0, confirm_within=1.0))
        assert await calls.alive() == [made.call]
        other.execute("ROLLBACK")
    assert not connection.in_transaction
    after = await calls.update(made.call.id, lambda call: advance(call, LegAccepted(LegId("x")), 1001.0))
    assert after is not None
    assert after.call.accepted == "x"


async def test_a_cancelled_change_leaves_no_transaction_open(connection: sqlite3.Connection) -> None:
    calls = SqliteCalls(connection)
    made = placed(("x", "anna"))

    def cancelled(_: object) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await calls.add(made.call.panel, made.call.people, cancelled)  # type: ignore[arg-type]
    assert not connection.in_transaction


async def test_whoever_imports_into_the_main_file_holds_up_no_ring(path: Path) -> None:
    with (
        closing(sqlite3.connect(path.with_name("intercom.db"), isolation_level=None)) as importer,
        closing(connect(path, synchronous="NORMAL")) as connection,
    ):
        connection.execute("PRAGMA busy_timeout=1")
        importer.execute("BEGIN EXCLUSIVE")
        made = placed(("x", "anna"))
        await SqliteCalls(connection).add(made.call.panel, made.call.people, lambda _: made)


async def test_what_was_written_is_there_for_a_process_that_opens_the_file_after_a_kill(
    path: Path, connection: sqlite3.Connection
) -> None:
    """The first connection is never closed, as by kill -9; a second one reads all that was committed."""
    made = placed(("x", "anna"))
    await SqliteCalls(connection).add(made.call.panel, made.call.people, lambda _: made)
    await SqliteOpenings(connection).intend(AN_OPENING)
    with closing(connect(path, synchronous="NORMAL")) as other:
        assert await SqliteCalls(other).alive() == [made.call]
        stored = await SqliteOpenings(other).by_request(AN_OPENING.person, AN_OPENING.request)
        assert stored == AN_OPENING
        assert isinstance(stored, Opening)
        assert stored.truth is Truth.ASKED
