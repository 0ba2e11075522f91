"""The contract of `ports.Past`, for every adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from intercom.domain.call import Call, CallerHungUp, LegAccepted, Transition, advance
from intercom.domain.door import Truth
from intercom.domain.ids import CallId, EntranceId, LegId, OpeningId, PanelId, RequestId, SiteId
from intercom.ports import Figures, Mark, Past
from tests.fakes.adapters import Memory, Sqlite
from tests.fakes.examples import AN_OPENING, placed

Live = Memory | Sqlite
HERE, THERE = SiteId("site"), SiteId("there")
YARD = EntranceId("yard")


@pytest.fixture
def past(live: Live) -> Iterator[Past]:
    opened = live.past()
    yield opened
    getattr(opened, "close", lambda: None)()


async def ring(live: Live, name: str, at: float, **more: object) -> Call:
    made = placed(("x", "anna"), call=name, now=at)
    call = replace(made.call, **more)
    await live.calls().add(PanelId(f"panel of {name}"), (), lambda _: Transition(call, ()))
    return call


async def attempt(live: Live, name: str, at: float, **more: object) -> None:
    await live.openings().intend(
        replace(AN_OPENING, id=OpeningId(name), request=RequestId(name), at=at, **more)
    )


async def test_calls_of_a_site_come_newest_first_those_that_go_on_as_well(live: Live, past: Past) -> None:
    first, second = await ring(live, "a", 1000.0), await ring(live, "b", 1002.0)
    await ring(live, "c", 1001.0, site=THERE)
    assert await past.calls(HERE, None, 10) == [second, first]
    assert [call.id for call in await past.calls(THERE, None, 10)] == ["c"]
    assert await past.calls(SiteId("nowhere"), None, 10) == []
    await live.calls().update(CallId("b"), lambda call: advance(call, CallerHungUp(), 1005.0))
    assert [(call.id, call.alive) for call in await past.calls(HERE, None, 1)] == [("b", False)]


async def test_a_list_goes_on_after_its_mark_without_losing_those_of_one_moment(
    live: Live, past: Past
) -> None:
    for name, at in (("a", 1000.0), ("b", 1000.0), ("c", 1000.0), ("d", 999.0), ("e", 1001.0)):
        await ring(live, name, at)
        await attempt(live, name, at)
    for read in (past.calls, past.openings):
        assert [row.id for row in await read(HERE, None, 10)] == ["e", "c", "b", "a", "d"]
        assert [row.id for row in await read(HERE, Mark(1000.0, "c"), 2)] == ["b", "a"]
        assert [row.id for row in await read(HERE, Mark(1000.0, ""), 9)] == ["d"]
        assert [row.id for row in await read(HERE, Mark(1000.0, "\uffff"), 1)] == ["c"]


async def test_one_entrance_alone(live: Live, past: Past) -> None:
    await ring(live, "a", 1000.0)
    await ring(live, "b", 1001.0, entrance=YARD)
    await attempt(live, "a", 1000.0)
    await attempt(live, "b", 1001.0, entrance=YARD)
    for read in (past.calls, past.openings):
        assert [row.id for row in await read(HERE, None, 10, YARD)] == ["b"]
        assert [row.id for row in await read(HERE, None, 10, EntranceId("no such"))] == []


async def test_the_figures_count_what_happened_at_the_site_since_a_moment(live: Live, past: Past) -> None:
    assert await past.figures(HERE, 0.0) == Figures()
    for name, at, site in (("old", 999.0, HERE), ("a", 1000.0, HERE), ("b", 1001.0, HERE),
                           ("c", 1002.0, HERE), ("far", 1002.0, THERE)):  # fmt: skip
        await ring(live, name, at, site=site)
    await live.calls().update(CallId("a"), lambda call: advance(call, LegAccepted(LegId("x")), 1003.0))
    await live.calls().update(CallId("b"), lambda call: advance(call, CallerHungUp(), 1003.0))
    for truth in Truth:
        await attempt(live, truth.value, 1000.0, truth=truth)
    await attempt(live, "old", 999.0, truth=Truth.OPENED)
    await attempt(live, "far", 1000.0, truth=Truth.REFUSED, site=THERE)
    assert await past.figures(HERE, 1000.0) == Figures(
        rings=3, answered=1, missed=1, opened=1, not_confirmed=1, refused=1
    )
