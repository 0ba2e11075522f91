"""Where somebody is signed in."""

from __future__ import annotations

import pytest

from intercom.domain.errors import NotFound
from intercom.domain.ids import SessionId
from tests.fakes.accounts import MemoryAccounts
from tests.fakes.desk import Desk

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1"


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_ones_own_sessions_are_listed_the_one_that_asks_first(desk: Desk) -> None:
    first = await desk.sign_in("anna")
    desk.house.clock.passes(10)
    second = await desk.sign_in("anna", PHONE)
    desk.house.clock.passes(10)
    third = await desk.sign_in("anna")
    await desk.sign_in("ben")
    listed = await desk.sessions.of(first)
    assert [(each.session.id, each.here) for each in listed] == [
        (first.id, True),
        (third.id, False),
        (second.id, False),
    ]
    assert listed[2].session.agent == PHONE


async def test_a_session_with_a_device_on_line_is_connected(desk: Desk) -> None:
    await desk.at_home()
    session = desk.house.session("anna")
    (mine,) = await desk.sessions.of(session)
    assert mine.connected
    await desk.house.leaves("anna-phone", "anna-laptop")
    (mine,) = await desk.sessions.of(session)
    assert not mine.connected


async def test_one_session_is_ended_and_its_sockets_are_cut(desk: Desk) -> None:
    here, there = await desk.sign_in("anna"), await desk.sign_in("anna")
    await desk.sessions.end(here, there.id)
    assert desk.house.ended == [there.id]
    assert await desk.again(there) is None
    assert await desk.again(here) is not None
    with pytest.raises(NotFound):
        await desk.sessions.end(here, there.id)


async def test_somebody_elses_session_is_as_one_that_does_not_exist(desk: Desk) -> None:
    anna, ben = await desk.sign_in("anna"), await desk.sign_in("ben")
    with pytest.raises(NotFound) as foreign:
        await desk.sessions.end(anna, ben.id)
    with pytest.raises(NotFound) as unknown:
        await desk.sessions.end(anna, SessionId("no-such"))
    assert foreign.value.message == unknown.value.message
    assert await desk.again(ben) is not None
    assert desk.house.ended == []


async def test_all_others_end_at_once(desk: Desk) -> None:
    here, *others = [await desk.sign_in("anna") for _ in range(4)]
    bens = await desk.sign_in("ben")
    assert await desk.sessions.end_others(here) == 3
    assert sorted(desk.house.ended) == sorted(other.id for other in others)
    assert await desk.again(here) is not None
    assert await desk.again(bens) is not None
    assert await desk.sessions.end_others(here) == 0


async def test_when_a_session_was_seen_is_written_once_a_minute_and_never_waited_for(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    written: list[float] = []

    class Noting(MemoryAccounts):
        """Notes each write."""

        async def seen(self, session: SessionId, now: float) -> None:
            written.append(now)
            await super().seen(session, now)

    desk.sessions.accounts = Noting(desk.house.people)
    start = desk.house.clock.now()
    for _ in range(121):
        desk.sessions.seen(session.id)
        desk.house.clock.passes(1)
    assert written == [], "nothing was written while a request waited"
    await desk.sessions.finish()
    assert written == [start, start + 60, start + 120]
    (mine,) = await desk.sessions.of(session)
    assert mine.session.last_seen == start + 120
