"""The contract of `ports.Notes`, for every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from intercom.domain.errors import Taken
from intercom.domain.ids import AccountId, CallId, PanelId, SiteId
from intercom.domain.notes import Note
from intercom.ports import Notes
from intercom.storage import tables as t
from intercom.storage.accounts import SqlAccounts
from intercom.storage.engine import open_main
from intercom.storage.notes import SqlNotes
from tests.fakes.notes import MemoryNotes

HERE, ANNA, PANEL = SiteId("here"), AccountId("anna"), PanelId("panel")


@pytest.fixture(params=["sql", "memory"])
async def notes(request: pytest.FixtureRequest) -> AsyncIterator[Notes]:
    if request.param == "memory":
        yield MemoryNotes()
        return
    files: Path = request.getfixturevalue("files")
    engine = open_main(files / "intercom.db")
    async with engine.begin() as db:
        await db.execute(insert(t.sites).values(id=HERE, name="Here", plate="1"))
        await db.execute(
            insert(t.accounts).values(
                id=ANNA, email="a@example.org", email_key="a@example.org", first_name="Anna", last_name="Lind"
            )
        )
    yield SqlNotes(engine)
    await engine.dispose()


def note(call: str, at: float = 100.0, caller: str = PANEL) -> Note:
    return Note(CallId(call), HERE, PanelId(caller), f"after {call}", at)


async def test_a_call_has_one_note(notes: Notes) -> None:
    await notes.add(note("a"))
    with pytest.raises(Taken):
        await notes.add(note("a", 101.0))
    assert await notes.of_calls([CallId("a"), CallId("b")]) == {"a": note("a")}
    assert await notes.of_calls([]) == {}


async def test_a_note_has_one_reply(notes: Notes) -> None:
    await notes.add(note("a"))
    assert await notes.reply(CallId("b"), "hello", ANNA, 101.0) is None
    replied = await notes.reply(CallId("a"), "hello", ANNA, 101.0)
    assert replied is not None
    assert (replied.reply, replied.replied_by, replied.replied_at) == ("hello", ANNA, 101.0)
    assert await notes.reply(CallId("a"), "again", ANNA, 102.0) is None
    assert await notes.of_calls([CallId("a")]) == {"a": replied}


async def test_a_callers_notes_come_oldest_first_and_old_ones_are_forgotten(notes: Notes) -> None:
    for one in (note("b", 102.0), note("a", 101.0), note("c", 103.0, "another")):
        await notes.add(one)
    assert [n.call for n in await notes.of_caller(PANEL, 0.0)] == ["a", "b"]
    assert [n.call for n in await notes.of_caller(PANEL, 102.0)] == ["b"]
    await notes.forget_before(102.0)
    assert [n.call for n in await notes.of_caller(PANEL, 0.0)] == ["b"]


async def test_many_calls_are_asked_for_at_once(notes: Notes) -> None:
    await notes.add(note("call-1201"))
    assert list(await notes.of_calls([CallId(f"call-{n}") for n in range(1300)])) == ["call-1201"]


async def test_a_deleted_profile_takes_its_replies_with_it(files: Path) -> None:
    engine = open_main(files / "intercom.db")
    async with engine.begin() as db:
        await db.execute(insert(t.sites).values(id=HERE, name="Here", plate="1"))
        await db.execute(
            insert(t.accounts).values(
                id=ANNA, email="a@example.org", email_key="a@example.org", first_name="Anna", last_name="Lind"
            )
        )
        await db.execute(insert(t.duty).values(site=HERE, account=ANNA, position=0))
    kept = SqlNotes(engine)
    await kept.add(note("a"))
    await kept.reply(CallId("a"), "We are away until Monday", ANNA, 101.0)
    await SqlAccounts(engine).erase(ANNA, "Deleted", 200.0)
    left = (await kept.of_calls([CallId("a")]))[CallId("a")]
    assert (left.text, left.reply, left.replied_by) == ("after a", None, None)
    await engine.dispose()
