"""The contracts of `ports.Signs` and `ports.Blocks`, for every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import insert

from intercom.domain.ids import AccountId, EntranceId, SiteId
from intercom.domain.phonebook import Entrance, Site
from intercom.ports import Blocks, Phonebooks, Signs
from intercom.storage import tables as t
from intercom.storage.engine import open_main
from intercom.storage.phonebooks import SqlPhonebooks
from intercom.storage.visitors import SqlBlocks, SqlSigns
from tests.fakes.phonebooks import MemoryPhonebooks
from tests.fakes.visitors import MemoryBlocks, MemorySigns

HERE, THERE = SiteId("here"), SiteId("there")
STREET, YARD = EntranceId("street"), EntranceId("yard")
ANNA = AccountId("anna")


@dataclass
class Adapter:
    """Signs and blocks over one store, and the phonebook that reads it."""

    signs: Signs
    blocks: Blocks
    phonebooks: Phonebooks


@pytest.fixture(params=["sqlite", "memory"])
async def adapter(request: pytest.FixtureRequest) -> AsyncIterator[Adapter]:
    if request.param == "memory":
        book = MemoryPhonebooks(
            sites=[Site(HERE, "Here", "1"), Site(THERE, "There", "2")],
            doors=[Entrance(STREET, HERE, "Street"), Entrance(YARD, HERE, "Yard")],
        )
        yield Adapter(MemorySigns(book), MemoryBlocks(), book)
        return
    files: Path = request.getfixturevalue("files")
    engine = open_main(files / "intercom.db")
    async with engine.begin() as db:
        for site in (HERE, THERE):
            await db.execute(insert(t.sites).values(id=site, name=site, plate="1"))
        await db.execute(insert(t.entrances).values(id=STREET, site=HERE, name="Street"))
        await db.execute(insert(t.entrances).values(id=YARD, site=HERE, name="Yard"))
        await db.execute(
            insert(t.accounts).values(
                id=ANNA, email="a@example.org", email_key="a", first_name="A", last_name="L"
            )
        )
    book = SqlPhonebooks(engine)
    await book.load()
    yield Adapter(SqlSigns(engine), SqlBlocks(engine), book)
    await engine.dispose()


async def test_a_code_leads_to_its_entrance_until_it_is_replaced(adapter: Adapter) -> None:
    signs, book = adapter.signs, adapter.phonebooks
    await signs.put(STREET, "first", "batolu", None, 1.0)
    await book.refresh(HERE)
    found = await book.by_code("first")
    assert found is not None
    assert (found.id, found.code, found.word) == (STREET, "first", "batolu")
    assert not await signs.replaced("hash of first")

    await signs.put(STREET, "second", "komeru", "hash of first", 2.0)
    await signs.put(STREET, None, "", "hash of second", 3.0)
    await book.refresh(HERE)
    assert await book.by_code("first") is None
    assert await book.by_code("second") is None
    for old in ("hash of first", "hash of second"):
        assert await signs.replaced(old)
    assert not await signs.replaced("hash of another")


async def test_a_block_holds_at_its_site_until_it_is_over(adapter: Adapter) -> None:
    blocks = adapter.blocks
    assert await blocks.until("phone", HERE, 0.0) is None
    await blocks.put("phone", HERE, 100.0, ANNA, 0.0)
    assert await blocks.until("phone", HERE, 99.0) == 100.0
    assert await blocks.until("phone", HERE, 100.0) is None
    assert await blocks.until("phone", THERE, 50.0) is None
    assert await blocks.until("other", HERE, 50.0) is None
    await blocks.put("phone", HERE, 200.0, ANNA, 50.0)
    assert await blocks.until("phone", HERE, 150.0) == 200.0


async def test_what_is_over_is_forgotten_with_the_next_block(adapter: Adapter) -> None:
    blocks = adapter.blocks
    await blocks.put("phone", HERE, 100.0, ANNA, 0.0)
    await blocks.put("other", HERE, 300.0, ANNA, 100.0)
    assert await blocks.until("phone", HERE, 0.0) is None
    assert await blocks.until("other", HERE, 200.0) == 300.0
