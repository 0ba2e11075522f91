"""The contract of `ports.Openings`, for every adapter."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from math import inf

import pytest

from intercom.domain import door
from intercom.domain.door import Opening, Refusal, Truth
from intercom.domain.errors import TryLater
from intercom.domain.ids import (
    AccountId,
    CallId,
    DeviceId,
    EntranceId,
    LockId,
    OpeningId,
    RequestId,
    SiteId,
)
from intercom.ports import Openings
from tests.fakes.adapters import Memory, Sqlite, at_once

Live = Memory | Sqlite
ANNA, BEN = AccountId("anna"), AccountId("ben")


def attempt(
    name: str,
    *,
    request: str | None = None,
    person: AccountId = ANNA,
    lock: str = "lock",
    call: str | None = None,
    at: float = 1000.0,
) -> Opening:
    return Opening(
        id=OpeningId(name),
        request=RequestId(request or f"press-{name}"),
        site=SiteId("site"),
        entrance=EntranceId("entrance"),
        lock=LockId(lock),
        lock_name="Street door",
        person=person,
        device=DeviceId("device"),
        call=CallId(call) if call else None,
        truth=Truth.ASKED,
        at=at,
        told_at=at,
        deadline=at + 13.0,
    )


sent: Callable[[Opening], Opening] = partial(door.sent, now=1001.0, confirm_within=8.0)
opened: Callable[[Opening], Opening] = partial(door.opened, now=1002.0, open_seconds=5.0)
core_refused: Callable[[Opening], Opening] = partial(door.refused, now=1001.0, why=Refusal.CORE_REFUSED)
unconfirmed: Callable[[Opening], Opening] = partial(
    door.not_confirmed, now=1013.0, why=Refusal.NO_CONFIRMATION
)


async def test_an_attempt_is_given_back_as_it_was_stored(openings: Openings) -> None:
    first = attempt("1", call="call")
    assert await openings.intend(first) == first
    assert await openings.by_request(ANNA, first.request) == first
    assert await openings.by_request(ANNA, RequestId("another")) is None


async def test_the_same_press_of_the_same_person_is_stored_once_and_gives_the_first_attempt(
    openings: Openings,
) -> None:
    first = await openings.intend(attempt("1", request="press"))
    for name in ("2", "3"):
        assert await openings.intend(attempt(name, request="press")) == first
    assert await openings.unsettled() == ["1"]


async def test_the_same_press_gives_the_attempt_with_what_became_of_it(openings: Openings) -> None:
    await openings.intend(attempt("1", request="press"))
    await openings.update(OpeningId("1"), opened)
    again = await openings.intend(attempt("2", request="press"))
    assert (again.id, again.truth) == ("1", Truth.OPENED)


async def test_two_people_may_use_the_same_request(openings: Openings) -> None:
    await openings.intend(attempt("1", request="press"))
    other = await openings.intend(attempt("2", request="press", person=BEN))
    assert other.id == "2"
    assert (await openings.by_request(BEN, RequestId("press"))) == other


async def test_an_update_gives_before_and_after_and_stores_the_after(openings: Openings) -> None:
    first = await openings.intend(attempt("1"))
    assert await openings.update(first.id, sent) == (first, sent(first))
    assert await openings.by_request(ANNA, first.request) == sent(first)
    assert await openings.update(first.id, sent) == (sent(first), sent(first))


async def test_an_update_of_an_unknown_attempt_gives_nothing(openings: Openings) -> None:
    assert await openings.update(OpeningId("nobody's"), sent) is None


async def test_the_locks_word_that_crosses_the_cores_answer_is_not_lost(live: Live) -> None:
    one, other = live.openings(), live.openings()
    first = await one.intend(attempt("1"))
    tries = 0

    def answer(before: Opening) -> Opening:
        nonlocal tries
        tries += 1
        if tries == 1:
            at_once(other.update(first.id, opened))
        return sent(before)

    result = await one.update(first.id, answer)
    assert tries == 2
    assert result is not None
    assert result[0] == result[1] == opened(first)
    assert await other.by_request(ANNA, first.request) == opened(first)


async def test_a_writer_that_always_loses_says_try_later(live: Live) -> None:
    one, other = live.openings(), live.openings()
    await one.intend(attempt("1"))
    number = 0

    def lose(before: Opening) -> Opening:
        nonlocal number
        number += 1
        later = partial(door.sent, now=1000.0 + number, confirm_within=8.0)
        at_once(other.update(before.id, lambda o: later(attempt("1"))))
        return unconfirmed(before)

    with pytest.raises(TryLater):
        await one.update(OpeningId("1"), lose)
    stored = await one.by_request(ANNA, RequestId("press-1"))
    assert stored is not None
    assert stored.truth is Truth.SENT


async def test_awaiting_are_the_locks_own_attempts_newest_first(openings: Openings) -> None:
    for name, at, lock in (("1", 1000.0, "a"), ("2", 1002.0, "a"), ("3", 1001.0, "a"), ("4", 1000.0, "b")):
        await openings.intend(attempt(name, at=at, lock=lock))
    assert [o.id for o in await openings.awaiting(LockId("a"))] == ["2", "3", "1"]
    assert [o.id for o in await openings.awaiting(LockId("c"))] == []


async def test_a_persons_own_attempts_are_the_newest_of_theirs_alone(openings: Openings) -> None:
    for name, at, person in (("1", 1000.0, "anna"), ("2", 1002.0, "anna"), ("3", 1001.0, "ben")):
        await openings.intend(attempt(name, at=at, person=person))
    assert [o.id for o in await openings.of_person(AccountId("anna"), 5)] == ["2", "1"]
    assert [o.id for o in await openings.of_person(AccountId("anna"), 1)] == ["2"]
    assert list(await openings.of_person(AccountId("nobody"), 5)) == []


async def test_awaiting_also_names_what_was_not_confirmed_since_the_lock_may_speak_late(
    openings: Openings,
) -> None:
    await openings.intend(attempt("1"))
    await openings.update(OpeningId("1"), unconfirmed)
    assert [o.truth for o in await openings.awaiting(LockId("lock"))] == [Truth.NOT_CONFIRMED]


async def test_due_and_unsettled_are_only_what_still_waits_for_news(openings: Openings) -> None:
    for name in ("asked", "sent", "opened", "refused", "lost"):
        await openings.intend(attempt(name))
    for name, change in (
        ("sent", sent),
        ("opened", opened),
        ("refused", core_refused),
        ("lost", unconfirmed),
    ):
        await openings.update(OpeningId(name), change)
    assert set(await openings.unsettled()) == {"asked", "sent"}
    assert await openings.due(1008.9) == []
    assert await openings.due(1009.0) == ["sent"]
    assert set(await openings.due(1013.0)) == {"asked", "sent"}


async def test_of_calls_are_the_attempts_of_these_calls_in_order(openings: Openings) -> None:
    for name, call, at in (("1", "a", 1003.0), ("2", "b", 1001.0), ("3", "a", 1002.0), ("4", None, 1000.0)):
        await openings.intend(attempt(name, call=call, at=at))
    assert [o.id for o in await openings.of_calls([CallId("a")])] == ["3", "1"]
    assert [o.id for o in await openings.of_calls([CallId("a"), CallId("b")])] == ["2", "3", "1"]
    assert await openings.of_calls([]) == []


async def test_forgetting_drops_old_settled_attempts_and_never_one_that_waits(live: Live) -> None:
    openings, calls = live.openings(), live.calls()
    await openings.intend(attempt("settled"))
    await openings.intend(attempt("waiting"))
    await openings.intend(attempt("new", at=2000.0))
    await openings.update(OpeningId("settled"), opened)
    await openings.update(OpeningId("new"), core_refused)
    assert await calls.forget_before(1000.0) == 0
    assert await calls.forget_before(2000.0) == 1
    assert await openings.by_request(ANNA, RequestId("press-settled")) is None
    assert await openings.unsettled() == ["waiting"]
    assert await openings.by_request(ANNA, RequestId("press-new")) is not None


async def test_attempts_survive_closing_and_opening_again(sqlite: Sqlite) -> None:
    openings = sqlite.openings()
    first = await openings.intend(attempt("1"))
    second = await openings.intend(attempt("2"))
    await openings.update(second.id, opened)
    sqlite.close()
    again = sqlite.openings()
    assert await again.by_request(ANNA, first.request) == first
    assert await again.by_request(ANNA, second.request) == opened(second)
    assert opened(second).deadline == inf
    assert await again.unsettled() == ["1"]
    assert (await again.intend(attempt("3", request=first.request))).id == "1"


def test_a_hundred_copies_of_one_press_over_four_connections_are_one_attempt(sqlite: Sqlite) -> None:
    barrier = threading.Barrier(4)
    given: list[tuple[str, str]] = []

    def run(server: Openings, which: int) -> None:
        for number in range(25):
            barrier.wait()
            mine = attempt(f"{which}-{number}", request="one press")
            given.append((mine.id, at_once(server.intend(mine)).id))

    threads = [threading.Thread(target=run, args=(sqlite.openings(), which)) for which in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 100
    assert len({stored for _, stored in given}) == 1
    assert sum(mine == stored for mine, stored in given) == 1, "only one may send the command"
