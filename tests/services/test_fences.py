"""An entrance gets a fence: what is stored, told and noted, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intercom.domain.errors import Invalid, NotFound
from intercom.domain.fence import Circle, Fence, FenceMode, Polygon, Spot
from intercom.domain.ids import EntranceId
from intercom.storage.phonebooks import SqlPhonebooks
from tests.fakes.adapters import new_files
from tests.fakes.town import FAR, HERE, Town
from tests.fakes.town import town as a_town

DOOR = EntranceId("door")
CIRCLE = Circle(Spot(47.37712, 8.54038), 60)
POLYGON = Polygon(
    (Spot(47.37712, 8.54038), Spot(47.37711, 8.54101), Spot(47.37659, 8.54138), Spot(47.37657, 8.54029)),
    ((Spot(47.3769, 8.5406), Spot(47.3769, 8.5408), Spot(47.3768, 8.5407)),),
)


@pytest.fixture
async def town(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(new_files(tmp_path, tmp_path_factory.getbasetemp())) as town:
        yield town


@pytest.mark.parametrize("fence", [CIRCLE, POLYGON], ids=["circle", "polygon"])
@pytest.mark.parametrize("mode", FenceMode)
async def test_a_fence_is_stored_for_admins_and_for_calls(town: Town, fence: Fence, mode: FenceMode) -> None:
    adam = await town.session("adam")
    assert (await town.entrances.entrance(adam, HERE, DOOR)).fence_mode is FenceMode.OFF
    chosen = await town.entrances.choose_fence(adam, HERE, DOOR, mode, fence)
    assert (chosen.fence_mode, chosen.fence) == (mode, fence)
    assert await town.entrances.entrance(adam, HERE, DOOR) == chosen
    book = SqlPhonebooks(town.engine)
    await book.load()
    assert await book.entrance(DOOR) == chosen
    assert town.changed == [HERE]
    assert (await town.entrances.rename(adam, HERE, DOOR, "Gate")).fence == fence, "a new name keeps it"


async def test_it_is_noted_without_saying_where_the_fence_lies(town: Town) -> None:
    adam = await town.session("adam")
    await town.entrances.choose_fence(adam, HERE, DOOR, FenceMode.ENFORCE, POLYGON)
    await town.entrances.choose_fence(adam, HERE, DOOR, FenceMode.ENFORCE, POLYGON)
    assert town.noted() == ["fence_changed"], "the same again changes nothing"
    event = town.events.noted[0]
    assert (event.subject, event.actor) == ("Street door", "adam")
    assert event.details == {"mode": "enforce", "shape": "polygon", "corners": "4", "holes": "1"}


async def test_a_mode_needs_a_fence_and_off_needs_none(town: Town) -> None:
    adam = await town.session("adam")
    for mode in (FenceMode.ADVISE, FenceMode.ENFORCE):
        with pytest.raises(Invalid) as refused:
            await town.entrances.choose_fence(adam, HERE, DOOR, mode, None)
        assert refused.value.details["fields"] == {"fence": "Draw a fence first."}
    await town.entrances.choose_fence(adam, HERE, DOOR, FenceMode.ADVISE, CIRCLE)
    await town.entrances.choose_fence(adam, HERE, DOOR, FenceMode.OFF, None)
    assert (await town.entrances.entrance(adam, HERE, DOOR)).fence is None


async def test_a_fence_that_is_none_changes_nothing(town: Town) -> None:
    adam = await town.session("adam")
    with pytest.raises(Invalid):
        await town.entrances.choose_fence(adam, HERE, DOOR, FenceMode.ENFORCE, Polygon(POLYGON.outline[:2]))
    assert (await town.entrances.entrance(adam, HERE, DOOR)).fence is None
    assert town.noted() == town.changed == []


async def test_a_door_of_another_site_is_not_found(town: Town) -> None:
    with pytest.raises(NotFound):
        await town.entrances.choose_fence(
            await town.session("adam"), HERE, EntranceId("far-door"), FenceMode.ADVISE, CIRCLE
        )
    with pytest.raises(NotFound):
        await town.entrances.choose_fence(await town.session("adam"), FAR, DOOR, FenceMode.ADVISE, CIRCLE)
