"""The contract of `ports.Calls`, for every adapter."""

from __future__ import annotations

import random
import threading
from dataclasses import replace

import pytest

from intercom.domain import call as machine
from intercom.domain.call import (
    Call,
    CallerHungUp,
    CallerLost,
    Expired,
    LegAccepted,
    LegBusy,
    LegDeclined,
    LegMediaUp,
    LegRinging,
    Stage,
    Transition,
    advance,
)
from intercom.domain.errors import CallInProgress, TryLater
from intercom.domain.ids import AccountId, CallId, DeviceId, LegId, PanelId
from intercom.ports import Busy, Calls
from tests.fakes.adapters import Memory, Sqlite, at_once
from tests.fakes.examples import placed

Live = Memory | Sqlite
ANNA, BEN, CARL = AccountId("anna"), AccountId("ben"), AccountId("carl")
X, Y, Z = LegId("x"), LegId("y"), LegId("z")


async def store(calls: Calls, made: Transition) -> Call:
    return (await calls.add(made.call.panel, made.call.people, lambda _: made)).call


async def happens(calls: Calls, call: Call | CallId, event: machine.Event, now: float = 1001.0) -> Call:
    made = await calls.update(call.id if isinstance(call, Call) else call, lambda c: advance(c, event, now))
    assert made is not None
    return made.call


async def test_a_call_is_given_back_as_it_was_stored(calls: Calls) -> None:
    call = await store(calls, placed(("x", "anna"), ("y", "ben"), people=("anna", "ben", "carl")))
    assert await calls.get(call.id) == call
    assert await calls.get(CallId("nobody's")) is None


async def test_an_update_stores_what_the_change_makes_and_gives_its_effects(calls: Calls) -> None:
    call = await store(calls, placed(("x", "anna")))
    made = await calls.update(call.id, lambda c: advance(c, LegRinging(X), 1001.0))
    assert made == advance(call, LegRinging(X), 1001.0)
    assert made is not None
    assert await calls.get(call.id) == made.call


async def test_an_update_of_an_unknown_call_gives_nothing_and_asks_for_no_change(calls: Calls) -> None:
    def never(_: Call) -> Transition:
        raise AssertionError

    assert await calls.update(CallId("nobody's"), never) is None


async def test_what_a_change_raises_passes_through_and_stores_nothing(calls: Calls) -> None:
    call = await store(calls, placed(("x", "anna")))

    def refuse(_: Call) -> Transition:
        raise CallInProgress

    with pytest.raises(CallInProgress):
        await calls.update(call.id, refuse)
    assert await calls.get(call.id) == call


async def test_a_change_that_changes_nothing_still_gives_its_effects(calls: Calls) -> None:
    call = await store(calls, placed(("x", "anna")))
    made = await calls.update(call.id, lambda c: advance(c, machine.CallerBack(), 1001.0))
    assert made is not None
    assert made.effects == (machine.TellCaller(),)


async def test_two_writers_never_overwrite_each_other(live: Live) -> None:
    """The second writer stores between the first one's load and its swap; neither change is lost."""
    one, other = live.calls(), live.calls()
    call = await store(one, placed(("x", "anna"), ("y", "ben")))
    seen: list[Stage] = []

    def change(before: Call) -> Transition:
        seen.append(before.stage)
        if len(seen) == 1:
            at_once(other.update(call.id, lambda c: advance(c, LegRinging(Y), 1001.0)))
        return advance(before, LegMediaUp(X), 1002.0)

    made = await one.update(call.id, change)
    assert seen == [Stage.CALLING, Stage.RINGING], "the change must run again on what the other has stored"
    assert made is not None
    stored = await other.get(call.id)
    assert stored == made.call
    assert stored.stage is Stage.RINGING
    assert stored.leg(X).connected  # type: ignore[union-attr]


async def test_of_two_accepts_that_cross_the_one_that_is_stored_first_wins(live: Live) -> None:
    one, other = live.calls(), live.calls()
    call = await store(one, placed(("x", "anna"), ("y", "ben")))
    first = True

    def accept_too_late(before: Call) -> Transition:
        nonlocal first
        if first:
            first = False
            at_once(other.update(call.id, lambda c: advance(c, LegAccepted(Y), 1001.0)))
        return advance(before, LegAccepted(X), 1001.0)

    made = await one.update(call.id, accept_too_late)
    assert made is not None
    assert made.call.accepted == Y
    assert made.effects == ()


async def test_a_hang_up_that_crosses_an_accept_leaves_one_truth(live: Live) -> None:
    one, other = live.calls(), live.calls()
    call = await store(one, placed(("x", "anna")))
    first = True

    def accept_too_late(before: Call) -> Transition:
        nonlocal first
        if first:
            first = False
            at_once(other.update(call.id, lambda c: advance(c, CallerHungUp(), 1001.0)))
        return advance(before, LegAccepted(X), 1001.0)

    made = await one.update(call.id, accept_too_late)
    assert made is not None
    assert (made.call.stage, made.call.accepted, made.effects) == (Stage.ENDED, None, ())
    assert await other.alive() == []


async def test_a_writer_that_always_loses_says_try_later_and_stores_nothing_of_its_own(live: Live) -> None:
    one, other = live.calls(), live.calls()
    call = await store(one, placed(("x", "anna")))
    on = True

    def lose(before: Call) -> Transition:
        nonlocal on
        on = not on
        turned = replace(before, camera=not before.camera)
        at_once(other.update(call.id, lambda _: Transition(turned)))
        return advance(before, LegAccepted(X), 1001.0)

    with pytest.raises(TryLater):
        await one.update(call.id, lose)
    stored = await one.get(call.id)
    assert stored is not None
    assert stored.accepted is None


# -- add --


async def test_a_new_call_sees_who_rings_or_talks_and_only_of_those_it_asks_for(calls: Calls) -> None:
    seen: list[Busy] = []

    def look(busy: Busy) -> Transition:
        seen.append(busy)
        return placed(("q", "carl"), call=f"look-{len(seen)}", panel="looking")

    call = await store(calls, placed(("x", "anna"), ("y", "ben")))
    await calls.add(PanelId("other"), [ANNA, CARL], look)
    await happens(calls, call, LegDeclined(Y))
    await calls.add(PanelId("other"), [ANNA, BEN], look)
    await happens(calls, call, CallerHungUp())
    await calls.add(PanelId("other"), [ANNA, BEN], look)
    assert [busy.people for busy in seen] == [{ANNA}, {ANNA}, set()]


async def test_somebody_behind_the_entry_whose_devices_did_not_ring_is_not_busy(calls: Calls) -> None:
    await store(calls, placed(("x", "anna"), people=("anna", "ben")))
    seen: list[Busy] = []

    def look(busy: Busy) -> Transition:
        seen.append(busy)
        return placed(call="second", panel="other")

    await calls.add(PanelId("other"), [ANNA, BEN], look)
    assert seen == [Busy(frozenset({ANNA}), calling=False)]


async def test_losers_of_a_call_are_free_and_the_winner_is_busy_until_it_ends(calls: Calls) -> None:
    call = await store(calls, placed(("x", "anna"), ("y", "ben")))
    await happens(calls, call, LegAccepted(X))
    seen: list[frozenset[AccountId]] = []

    def look(busy: Busy) -> Transition:
        seen.append(busy.people)
        return placed(call=f"look-{len(seen)}", panel="other", people=("carl",))

    await calls.add(PanelId("other"), [ANNA, BEN], look)
    await happens(calls, call, CallerHungUp(), 1002.0)
    await calls.add(PanelId("other"), [ANNA, BEN], look)
    assert seen == [{ANNA}, set()]


async def test_a_panel_with_a_call_that_goes_on_is_calling(calls: Calls) -> None:
    seen: list[bool] = []

    def look(busy: Busy) -> Transition:
        seen.append(busy.calling)
        raise CallInProgress

    call = await store(calls, placed(("x", "anna"), panel="street"))
    for panel in ("street", "yard"):
        with pytest.raises(CallInProgress):
            await calls.add(PanelId(panel), [BEN], look)
    await happens(calls, call, CallerHungUp())
    with pytest.raises(CallInProgress):
        await calls.add(PanelId("street"), [BEN], look)
    assert seen == [True, False, False]


async def test_what_make_raises_passes_through_and_stores_nothing_and_the_next_one_can_be_stored(
    calls: Calls,
) -> None:
    def refuse(_: Busy) -> Transition:
        raise CallInProgress

    with pytest.raises(CallInProgress):
        await calls.add(PanelId("panel"), [ANNA], refuse)
    assert await calls.alive() == []
    await store(calls, placed(("x", "anna")))
    assert len(await calls.alive()) == 1


async def test_a_call_that_has_ended_at_once_is_stored_for_the_history(calls: Calls) -> None:
    call = await store(calls, placed(people=("anna",)))
    assert call.stage is Stage.ENDED
    assert await calls.alive() == []
    assert await calls.of_person(ANNA, 10) == [call]


# -- looking --


async def test_due_are_the_calls_whose_deadline_has_passed_and_no_others(calls: Calls) -> None:
    early = await store(calls, placed(("x", "anna"), call="early", panel="1", now=1000.0))
    late = await store(calls, placed(("y", "ben"), call="late", panel="2", now=1010.0))
    ring = early.rules.ring
    assert await calls.due(1000.0 + ring - 0.001) == []
    assert await calls.due(1000.0 + ring) == [early.id]
    assert set(await calls.due(1010.0 + ring)) == {early.id, late.id}
    await happens(calls, early, Expired(), 1000.0 + ring)
    assert await calls.due(9e9) == [late.id]


async def test_a_deadline_follows_what_happens_in_the_call(calls: Calls) -> None:
    call = await store(calls, placed(("x", "anna"), now=1000.0))
    await happens(calls, call, CallerLost(), 1001.0)
    assert await calls.due(1001.0 + call.rules.ring_grace) == [call.id]
    await happens(calls, call, machine.CallerBack(), 1002.0)
    assert await calls.due(1001.0 + call.rules.ring_grace) == []


async def test_of_panel_and_of_device_find_only_what_goes_on(calls: Calls) -> None:
    call = await store(calls, placed(("x", "anna"), ("y", "ben"), panel="street"))
    assert await calls.of_panel(PanelId("street")) == call
    assert await calls.of_panel(PanelId("yard")) is None
    assert await calls.of_device(DeviceId("y-device")) == [call]
    assert await calls.of_device(DeviceId("z-device")) == []
    after = await happens(calls, call, LegBusy(Y))
    assert await calls.of_device(DeviceId("y-device")) == []
    assert await calls.of_device(DeviceId("x-device")) == [after]
    await happens(calls, call, CallerHungUp())
    assert await calls.of_panel(PanelId("street")) is None
    assert await calls.of_device(DeviceId("x-device")) == []


async def test_of_person_are_the_newest_ended_calls_of_everybody_behind_the_entry(calls: Calls) -> None:
    for number in range(4):
        call = await store(
            calls,
            placed(("x", "anna"), call=f"call{number}", people=("anna", "ben"), now=1000.0 + number),
        )
        if number < 3:
            await happens(calls, call, CallerHungUp(), 1100.0)
    assert [call.id for call in await calls.of_person(BEN, 10)] == ["call2", "call1", "call0"]
    assert [call.id for call in await calls.of_person(BEN, 2)] == ["call2", "call1"]
    assert await calls.of_person(CARL, 10) == []


async def test_the_mark_of_what_was_seen_only_moves_forward_and_is_a_persons_own(calls: Calls) -> None:
    assert await calls.seen(ANNA) == 0
    await calls.mark_seen(ANNA, 1000.0)
    await calls.mark_seen(ANNA, 900.0)
    assert (await calls.seen(ANNA), await calls.seen(BEN)) == (1000.0, 0)
    await calls.mark_seen(ANNA, 1100.0)
    assert await calls.seen(ANNA) == 1100.0


async def test_forgetting_drops_old_ended_calls_and_never_one_that_goes_on(calls: Calls) -> None:
    old = await store(calls, placed(("x", "anna"), call="old", panel="1", now=1000.0))
    going_on = await store(calls, placed(("y", "ben"), call="on", panel="2", now=1000.0))
    new = await store(calls, placed(("z", "carl"), call="new", panel="3", now=2000.0))
    await happens(calls, old, CallerHungUp(), 1001.0)
    await happens(calls, new, CallerHungUp(), 2001.0)
    assert await calls.forget_before(1000.0) == 0
    assert await calls.forget_before(2000.0) == 1
    assert await calls.get(old.id) is None
    assert await calls.of_person(ANNA, 10) == []
    assert await calls.get(going_on.id) == going_on
    assert [call.id for call in await calls.of_person(CARL, 10)] == ["new"]
    assert await calls.forget_before(2000.0) == 0


# -- several servers, and a restart --


@pytest.mark.parametrize("winner_first", [True, False])
async def test_two_connections_accept_and_exactly_one_wins(live: Live, winner_first: bool) -> None:
    one, other = live.calls(), live.calls()
    chance = random.Random(7)
    for number in range(300):
        call = await store(one, placed(("x", "anna"), ("y", "ben"), call=f"call{number}", panel=f"{number}"))
        order = [(one, X), (other, Y)]
        chance.shuffle(order)
        results = []
        for calls, leg in order if winner_first else reversed(order):
            results.append(await happens(calls, call, LegAccepted(leg)))
        expected = (order if winner_first else order[::-1])[0][1]
        assert {result.accepted for result in results} == {expected}
        assert [leg.id for leg in results[-1].living] == [expected]


def test_five_threads_with_a_connection_each_accept_and_exactly_one_wins_every_time(sqlite: Sqlite) -> None:
    legs = [(name, name) for name in ("a", "b", "c", "d", "e")]
    rounds = 60
    home = sqlite.calls()
    ids = [
        at_once(store(home, placed(*legs, call=f"call{number}", panel=f"{number}"))).id
        for number in range(rounds)
    ]
    servers = [sqlite.calls() for _ in legs]
    barrier = threading.Barrier(len(legs))
    told: dict[tuple[CallId, str], tuple[LegId | None, int]] = {}
    broke: list[BaseException] = []

    def run(server: Calls, leg: str) -> None:
        try:
            for call in ids:
                barrier.wait()
                made = at_once(server.update(call, lambda c: advance(c, LegAccepted(LegId(leg)), 1001.0)))
                assert made is not None
                told[call, leg] = (made.call.accepted, len(made.effects))
        except BaseException as error:
            broke.append(error)
            barrier.abort()

    threads = [threading.Thread(target=run, args=(s, n)) for s, (n, _) in zip(servers, legs, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broke == []
    for call in ids:
        winners = {told[call, leg][0] for leg, _ in legs}
        assert len(winners) == 1, "two threads were told different winners"
        effects = {leg: told[call, leg][1] for leg, _ in legs}
        assert [leg for leg, count in effects.items() if count] == list(winners), "a loser had effects"


def test_two_panels_in_two_threads_ring_the_same_person_and_only_one_finds_them_free(sqlite: Sqlite) -> None:
    rounds = 60
    barrier = threading.Barrier(2)
    found: list[list[frozenset[AccountId]]] = [[], []]

    def run(server: Calls, which: int) -> None:
        for number in range(rounds):
            person = AccountId(f"person{number}")

            def make(busy: Busy, person: AccountId = person, number: int = number) -> Transition:
                found[which].append(busy.people)
                legs = () if busy.people else ((f"leg-{which}", person),)
                return placed(*legs, call=f"{which}-{number}", panel=f"{which}-{number}", people=(person,))

            barrier.wait()
            at_once(server.add(PanelId(f"{which}-{number}"), [person], make))

    threads = [threading.Thread(target=run, args=(sqlite.calls(), which)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(rounds):
        assert sorted(len(found[which][number]) for which in (0, 1)) == [0, 1]
    assert len(at_once(sqlite.calls().alive())) == rounds
    sqlite.close()


async def test_calls_survive_closing_and_opening_again(sqlite: Sqlite) -> None:
    calls = sqlite.calls()
    call = await store(calls, placed(("x", "anna"), ("y", "ben")))
    call = await happens(calls, call, LegAccepted(X))
    await calls.mark_seen(ANNA, 5.0)
    sqlite.close()
    again = sqlite.calls()
    assert await again.alive() == [call]
    assert await again.of_device(DeviceId("x-device")) == [call]
    assert await again.of_device(DeviceId("y-device")) == []
    assert await again.due(call.deadline) == [call.id]
    assert await again.seen(ANNA) == 5.0
    assert (await happens(again, call, LegMediaUp(X))).stage is Stage.ESTABLISHED
