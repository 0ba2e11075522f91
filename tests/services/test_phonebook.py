"""Changes of the phonebook reach the panels."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from intercom.domain.ids import SiteId
from intercom.domain.phonebook import DisplayPolicy
from intercom.services.phonebook import LivePhonebook
from tests.fakes import House
from tests.fakes.house import FAR, SITE
from tests.fakes.phonebooks import MemoryPhonebooks


@dataclass
class Slow:
    """A phonebook that takes a while to read, and counts how often it was."""

    book: MemoryPhonebooks
    read: list[SiteId] = field(default_factory=list)
    may: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, name: str) -> object:
        return getattr(self.book, name)

    async def refresh(self, site: SiteId) -> bool:
        self.read.append(site)
        before = await self.book.refresh(site)
        await self.may.wait()
        return before


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def slow(house: House) -> Slow:
    return Slow(house.phonebooks)


@pytest.fixture
def live(house: House, slow: Slow) -> LivePhonebook:
    slow.may.set()
    return LivePhonebook(slow, house.panels, house.signaler, gather=0.05)  # type: ignore[arg-type]


async def test_every_panel_of_the_site_is_told_the_new_names(house: House, live: LivePhonebook) -> None:
    house.renames("flat31-entry", alias="The Linds")
    await live.changed(SITE)
    await live.finish()
    assert house.told() == [
        "street-panel: phonebook Ferhat Demir, The Linds",
        "yard-panel: phonebook Ferhat Demir, The Linds",
    ]


async def test_the_names_are_true_before_changed_returns(house: House, live: LivePhonebook) -> None:
    house.renames("flat31-entry", policy=DisplayPolicy.HIDDEN)
    await live.changed(SITE)
    assert house.phonebooks.read[SITE] == house.phonebooks._shown(SITE)
    await live.finish()
    assert [told.what for told in house.signaler.to("street-panel")] == ["phonebook"]


async def test_a_changed_plate_or_entrance_reaches_the_panels_too(house: House, live: LivePhonebook) -> None:
    house.phonebooks.sites[0] = replace(house.phonebooks.sites[0], plate="14")
    house.phonebooks.doors[1] = replace(house.phonebooks.doors[1], name="Garden gate")
    await live.changed(SITE)
    await live.finish()
    told = house.signaler.to("yard-panel")[0].rest
    assert (told["site"].plate, told["entrance"].name) == ("14", "Garden gate")


async def test_what_no_panel_shows_is_told_to_none(house: House, live: LivePhonebook) -> None:
    await live.changed(SITE)
    house.phonebooks.doors[2] = replace(house.phonebooks.doors[2], name="Other door")
    await live.changed(FAR)
    await live.changed(SiteId("nowhere"))
    await live.finish()
    assert house.told() == []


async def test_a_revoked_panel_is_told_nothing(house: House, live: LivePhonebook) -> None:
    await house.panels.revoke(house.panel("yard-panel").id)
    house.renames("flat31-entry", alias="The Linds")
    await live.changed(SITE)
    await live.finish()
    assert {told.to for told in house.signaler.told} == {"street-panel"}


async def test_many_changes_at_once_are_read_twice_and_told_a_few_times(
    house: House, slow: Slow, live: LivePhonebook
) -> None:
    slow.may.clear()

    async def one(number: int) -> None:
        await asyncio.sleep(number % 3 * 0.001)
        house.renames("flat31-entry", alias=f"Alias {number:04}")
        await live.changed(SITE)

    changes = [asyncio.create_task(one(number)) for number in range(500)]
    await asyncio.sleep(0.02)
    slow.may.set()
    await asyncio.gather(*changes)
    await live.finish()
    assert len(slow.read) == 2
    told = house.signaler.to("street-panel")
    assert 1 <= len(told) <= 2
    assert told[-1].rest["lines"] == await house.phonebooks.lines(house.panel().entrance)


async def test_changes_one_after_the_other_are_told_together_and_the_last_one_is_told(
    house: House, live: LivePhonebook
) -> None:
    for number in range(30):
        house.renames("flat31-entry", alias=f"Alias {number}")
        await live.changed(SITE)
    await live.finish()
    told = house.signaler.to("street-panel")
    assert len(told) <= 3
    assert "Alias 29" in told[-1].how


async def test_whoever_changes_something_during_a_reading_waits_for_the_next(
    house: House, slow: Slow, live: LivePhonebook
) -> None:
    slow.may.clear()
    first = asyncio.create_task(live.changed(SITE))
    await house.settle()
    house.renames("flat31-entry", alias="Late")
    second = asyncio.create_task(live.changed(SITE))
    await house.settle()
    assert len(slow.read) == 1
    slow.may.set()
    await first
    await second
    await live.finish()
    assert len(slow.read) == 2
    assert "Late" in house.signaler.to("street-panel")[-1].how


async def test_a_caller_who_gives_up_does_not_stop_the_reading_for_others(
    house: House, slow: Slow, live: LivePhonebook
) -> None:
    slow.may.clear()
    house.renames("flat31-entry", alias="Kept")
    given_up, patient = (asyncio.create_task(live.changed(SITE)) for _ in range(2))
    await house.settle()
    given_up.cancel()
    slow.may.set()
    await patient
    await live.finish()
    assert "Kept" in house.signaler.to("street-panel")[-1].how
