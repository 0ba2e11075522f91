"""The contract of `ports.Letters`, for every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from intercom.domain.ids import SiteId
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.phonebook import Site
from intercom.ports import LetterNews, Letters
from intercom.storage import tables as t
from intercom.storage.engine import open_main
from intercom.storage.letters import SqlLetters
from tests.fakes.letters import MemoryLetters

HERE = Site(SiteId("here"), "Birkenhof", "12")
NOW = 1000.0


def letter(to: str = "anna@example.org", about: str = "", site: Site | None = HERE) -> Letter:
    return Letter(LetterKind.REMOVED, to, "de", site, {"name": "Anna"}, about)


@pytest.fixture(params=["sqlite", "memory"])
async def letters(request: pytest.FixtureRequest) -> AsyncIterator[Letters]:
    if request.param == "memory":
        yield MemoryLetters()
        return
    files: Path = request.getfixturevalue("files")
    engine = open_main(files / "intercom.db")
    async with engine.begin() as db:
        await db.execute(insert(t.sites).values(id=HERE.id, name="Birkenhof", plate="12"))
    yield SqlLetters(engine)
    await engine.dispose()


async def test_a_letter_comes_out_as_it_went_in_but_for_its_site(letters: Letters) -> None:
    await letters.add([("l1", letter(about="i1"), 2000.0)], NOW)
    (waiting,) = await letters.due(NOW, 10)
    assert waiting.letter == letter(about="i1", site=None)
    assert (waiting.id, waiting.site, waiting.created_at) == ("l1", HERE.id, NOW)
    assert (waiting.good_until, waiting.tries) == (2000.0, 0)


async def test_a_letter_about_no_site_waits_too(letters: Letters) -> None:
    await letters.add([("l1", letter(site=None), None)], NOW)
    (waiting,) = await letters.due(NOW, 10)
    assert (waiting.site, waiting.good_until) == (None, None)


async def test_letters_that_are_soonest_of_no_use_come_first(letters: Letters) -> None:
    await letters.add([("a", letter(), None), ("b", letter(), 9000.0)], NOW)
    await letters.add([("c", letter(), 1600.0)], NOW + 1)
    assert [w.id for w in await letters.due(NOW + 1, 10)] == ["c", "b", "a"]
    assert [w.id for w in await letters.due(NOW + 1, 1)] == ["c"]


async def test_a_sent_letter_is_never_due_again(letters: Letters) -> None:
    await letters.add([("l1", letter(about="i1"), None)], NOW)
    await letters.sent("l1", NOW + 1)
    assert await letters.due(NOW + 10_000, 10) == []
    assert await letters.next_due() is None
    assert await letters.news(["i1"]) == {"i1": LetterNews(NOW, NOW + 1)}


async def test_a_failed_letter_is_due_when_its_pause_is_over(letters: Letters) -> None:
    await letters.add([("l1", letter(about="i1"), None)], NOW)
    await letters.failed("l1", "451 later", NOW + 60)
    assert await letters.due(NOW + 59, 10) == []
    assert await letters.next_due() == NOW + 60
    (waiting,) = await letters.due(NOW + 60, 10)
    assert waiting.tries == 1
    assert await letters.news(["i1"]) == {"i1": LetterNews(NOW, error="451 later")}


async def test_a_letter_given_up_is_never_due_again_and_says_why(letters: Letters) -> None:
    await letters.add([("l1", letter(about="i1"), None)], NOW)
    await letters.failed("l1", "550 no such person", None)
    assert await letters.due(NOW + 10_000, 10) == []
    assert await letters.news(["i1"]) == {"i1": LetterNews(NOW, None, True, "550 no such person")}


async def test_news_are_of_the_newest_letter_about_each(letters: Letters) -> None:
    await letters.add([("l1", letter(about="i1"), None)], NOW)
    await letters.failed("l1", "550 no", None)
    await letters.add([("l2", letter(about="i1"), None), ("l3", letter(about="i2"), None)], NOW + 5)
    assert await letters.news(["i1", "i2", "i3", ""]) == {
        "i1": LetterNews(NOW + 5),
        "i2": LetterNews(NOW + 5),
    }


async def test_only_letters_that_are_done_with_are_forgotten(letters: Letters) -> None:
    await letters.add([(n, letter(about=n), None) for n in ("sent", "waits")], NOW)
    await letters.sent("sent", NOW)
    await letters.forget_before(NOW + 1)
    assert list(await letters.news(["sent", "waits"])) == ["waits"]


async def test_what_stood_in_a_letter_is_not_kept_once_it_is_done_with(files: Path) -> None:
    engine = open_main(files / "intercom.db")
    box = SqlLetters(engine)
    await box.add([("a", letter(site=None), None), ("b", letter(site=None), None)], NOW)
    await box.sent("a", NOW)
    await box.failed("b", "550 no", None)
    async with engine.connect() as db:
        kept = (await db.execute(select(t.letters.c.content))).scalars().all()
    await engine.dispose()
    assert list(kept) == ["{}", "{}"]
