"""Ten thousand races over the real SQLite file: whatever comes together, there is one truth, told to all.

Two switchboards share the file, as two processes would: each keeps its own copies of calls, so the slower
one finds its copy out of date and must look again. Who comes first is a matter of the seed.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from intercom.domain.call import Call, Reason, Stage
from intercom.domain.door import Refusal, Truth
from intercom.domain.errors import CallOver, DoorRefused, IntercomError
from intercom.domain.ids import DeviceId, LockId, PanelId, RequestId
from intercom.ports import CommandResult, CommandTaken
from intercom.services.doors import Doors
from intercom.services.permits import Press
from intercom.services.switchboard import AcceptedElsewhere, Switchboard
from intercom.storage.live import SqliteCalls, SqliteOpenings, connect
from tests.fakes import House
from tests.fakes.adapters import new_files
from tests.fakes.house import DEVICES

RACES_OF_EACH_KIND = 2000
PHONES = ("anna-phone", "anna-laptop", "ben-phone")
Act = Callable[[], Awaitable[Any]]


class Counted(SqliteCalls):
    """Counts the times that somebody else was quicker in the file."""

    lost = 0

    def _swap(self, before: Call, after: Call, version: int) -> bool:
        swapped = super()._swap(before, after, version)
        self.lost += not swapped
        return swapped


@dataclass(frozen=True)
class Process:
    """The verbs over one connection to the file."""

    calls: Counted
    switchboard: Switchboard
    doors: Doors


class Building:
    """The household's house over one file and two processes, and dice that say who does what when."""

    def __init__(self, live: Path, seed: str) -> None:
        self.dice = random.Random(seed)
        self.house = House()
        self.connections: list[sqlite3.Connection] = []
        self.live = live
        self.processes = (self._process(), self._process())
        self.access = self.house.access
        self.access.plan = self._unlock
        self.number = 0

    def _process(self) -> Process:
        house = self.house
        ours, log = connect(self.live, synchronous="NORMAL"), connect(self.live, synchronous="OFF")
        self.connections += [ours, log]
        calls = Counted(ours)
        return Process(
            calls,
            replace(house.switchboard, calls=calls),
            replace(
                house.doors,
                calls=calls,
                openings=SqliteOpenings(log),
                permits=replace(house.permits, calls=calls),
                _deciding={},
            ),
        )

    async def _unlock(self, _: int) -> CommandResult:
        await self.moment()
        return CommandTaken()

    @property
    def any(self) -> Process:
        """One of the processes."""
        return self.dice.choice(self.processes)

    async def moment(self) -> None:
        """Nothing, or a few turns of the loop."""
        for _ in range(self.dice.choice((0, 0, 1, 2))):
            await asyncio.sleep(0)

    async def ring(self) -> Call:
        """A visitor presses a name; some of the phones ring already, as either process has heard."""
        self.house.signaler.told.clear()
        call = await self.any.switchboard.ring(self.house.panel(), "flat31-entry")  # type: ignore[arg-type]
        for phone in self.dice.sample(PHONES, self.dice.randint(0, 3)):
            call = await self.any.switchboard.rings(DeviceId(phone), call.id, self.house.leg(call, phone))
        return call

    def accept(self, call: Call, phone: str) -> Act:
        """A person picks up, at one of the processes."""
        switchboard = self.any.switchboard
        return lambda: switchboard.accept(DeviceId(phone), call.id, self.house.leg(call, phone))

    def decline(self, call: Call, phone: str) -> Act:
        """A person says no, at one of the processes."""
        switchboard = self.any.switchboard
        return lambda: switchboard.decline(DeviceId(phone), call.id, self.house.leg(call, phone))

    async def race(self, *acts: Act) -> list[Any]:
        """Everybody at once, in any order; what each was answered."""

        async def run(act: Act) -> Any:
            await self.moment()
            return await act()

        order = self.dice.sample(range(len(acts)), len(acts))
        answers = await asyncio.gather(*(run(acts[n]) for n in order), return_exceptions=True)
        given = dict(zip(order, answers, strict=True))
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, IntercomError):
                raise answer
        return [given[n] for n in range(len(acts))]

    async def stored(self, call: Call) -> Call:
        """The call as both processes read it."""
        first, second = [await process.calls.get(call.id) for process in self.processes]
        assert first is not None
        assert first == second, "the processes differ"
        return first

    async def over(self, call: Call) -> Call:
        """The call has ended: as it is stored, after a look at what everybody was told of it."""
        end = await self.stored(call)
        assert end.stage is Stage.ENDED
        assert all(leg.reason for leg in end.legs), "a leg is left ringing"
        told = self.house.signaler.told
        last = next(one for one in reversed(told) if one.to == end.panel and one.what == "call")
        assert (last.how, last.rest["call"]) == (f"ended {end.reason}", end)
        for leg in end.legs:
            heard = [one for one in told if one.to == leg.device and one.what in ("stop", "call")]
            stops = [one.how for one in heard if one.what == "stop"]
            if leg.id == end.accepted:
                assert not stops
                assert heard[-1].how == f"ended {end.reason}"
            else:
                assert stops == [leg.reason], f"{leg.device} was told {heard}"
                assert len(heard) == 1
        return end

    def nothing_is_left(self) -> None:
        """No call and no leg goes on in the file."""
        (calls,) = self.connections[0].execute("SELECT count(*) FROM calls WHERE alive").fetchone()
        (legs,) = self.connections[0].execute("SELECT count(*) FROM legs WHERE alive").fetchone()
        assert (calls, legs) == (0, 0)


async def finish(building: Building, call: Call, answering: str) -> None:
    """The answering resident hangs up."""
    await building.any.switchboard.resident_hangs_up(DeviceId(answering), call.id)


async def accept_against_accept(building: Building) -> str:
    call = await building.ring()
    racers = building.dice.sample(PHONES, building.dice.randint(2, 3))
    answers = await building.race(*(building.accept(call, phone) for phone in racers))
    (winner,) = [phone for phone, answer in zip(racers, answers, strict=True) if isinstance(answer, Call)]
    taken = await building.stored(call)
    assert taken.accepted == building.house.leg(call, winner)
    by = {"person": f"{DEVICES[winner][0].title()} Lind", "device": DEVICES[winner][1]}
    for answer in answers:
        if not isinstance(answer, Call):
            assert isinstance(answer, AcceptedElsewhere)
            assert answer.details == {"by": by}
    await finish(building, call, winner)
    end = await building.over(call)
    assert {leg.reason for leg in end.legs} == {Reason.ACCEPTED_ELSEWHERE, Reason.COMPLETED}
    return winner


async def accept_against(
    building: Building, act: Callable[[Call], Act], unanswered: Reason, after: Reason | None
) -> str:
    """`act` ends an unanswered call as `unanswered`, and an answered one as `after` (None: not at all)."""
    call = await building.ring()
    phone = building.dice.choice(PHONES)
    accepted, _ = await building.race(building.accept(call, phone), act(call))
    now = await building.stored(call)
    if now.accepted is None:
        assert isinstance(accepted, CallOver)
        reason = unanswered
    else:
        assert now.accepted == building.house.leg(call, phone)
        assert isinstance(accepted, Call)
        if after is None:
            assert now.alive
            await finish(building, call, phone)
        reason = after or Reason.COMPLETED
    end = await building.over(call)
    assert end.reason is reason
    missed = {one.to for one in building.house.signaler.told if one.what == "missed"}
    assert missed == (set(PHONES) if end.accepted is None else set())
    return reason


async def accept_against_cancel(building: Building) -> str:
    def cancel(call: Call) -> Act:
        switchboard = building.any.switchboard
        return lambda: switchboard.caller_hangs_up(PanelId("street-panel"), call.id)

    return await accept_against(building, cancel, Reason.CANCELLED, Reason.COMPLETED)


async def accept_against_timeout(building: Building) -> str:
    def timeout(call: Call) -> Act:
        building.house.clock.time = call.deadline
        return building.any.switchboard.tick

    return await accept_against(building, timeout, Reason.NO_ANSWER, None)


async def decline_against_accept(building: Building) -> str:
    call = await building.ring()
    declining, accepting = building.dice.sample(PHONES, 2)
    said, accepted = await building.race(building.decline(call, declining), building.accept(call, accepting))
    now = await building.stored(call)
    assert isinstance(said, Call), "to say no too late is no fault"
    same = DEVICES[declining][0] == DEVICES[accepting][0]
    if isinstance(accepted, Call):
        assert now.accepted == building.house.leg(call, accepting)
        await finish(building, call, accepting)
    else:  # it was settled for this person a moment before, and the other one's phone rings on
        assert same
        assert now.accepted is None
        (left,) = now.living
        assert left.person != DEVICES[accepting][0]
        await building.any.switchboard.decline(left.device, call.id, left.id)
    end = await building.over(call)
    no = next(leg for leg in end.legs if leg.device == declining)
    assert no.reason in (Reason.DECLINED, Reason.ACCEPTED_ELSEWHERE)
    return f"{end.reason} {no.reason}"


async def hang_up_against_open(building: Building) -> str:
    call = await building.ring()
    phone = building.dice.choice(PHONES)
    await building.accept(call, phone)()
    await building.any.switchboard.media_up(DeviceId(phone), call.id, building.house.leg(call, phone))
    building.number += 1
    request = RequestId(f"press-{building.number}")
    house, opener, hanging = building.house, building.any, building.any.switchboard
    session = house.session(DEVICES[phone][0])

    def press() -> Coroutine[Any, Any, Any]:
        return opener.doors.open_door(
            session, house.device(phone), Press(LockId("street-door"), request, call.id)
        )

    def hang_up() -> Coroutine[Any, Any, Any]:
        if building.dice.random() < 0.5:
            return hanging.caller_hangs_up(PanelId("street-panel"), call.id)
        return hanging.resident_hangs_up(DeviceId(phone), call.id)

    before = len(building.access.commands)
    opened, ended = await building.race(press, hang_up)
    await opener.doors.finish()
    assert isinstance(ended, Call)
    assert (await building.over(call)).reason is Reason.COMPLETED
    commands = [command[1] for command in building.access.commands[before:]]
    attempt = await opener.doors.openings.by_request(session.account.id, request)
    assert attempt is not None, "every attempt is in the log"
    told = [one.how for one in house.signaler.told if one.what == "door" and one.to == phone]
    if isinstance(opened, DoorRefused):
        assert (attempt.truth, attempt.code, commands) == (Truth.REFUSED, Refusal.CALL_ENDED, [])
        assert not told
    else:
        assert (attempt.truth, commands, told) == (Truth.SENT, [request], [Truth.ASKED, Truth.SENT])
    return str(attempt.truth)


KINDS: Sequence[tuple[Callable[[Building], Awaitable[str]], int]] = (
    (accept_against_accept, 3),
    (accept_against_cancel, 2),
    (accept_against_timeout, 2),
    (decline_against_accept, 3),
    (hang_up_against_open, 2),
)
"""Each race, and how many outcomes it can have."""


@pytest.fixture(params=KINDS, ids=lambda kind: kind[0].__name__)
def kind(request: pytest.FixtureRequest) -> tuple[Callable[[Building], Awaitable[str]], int]:
    return request.param


@pytest.fixture
def building(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, kind: Any) -> Iterator[Building]:
    new_files(tmp_path, tmp_path_factory.getbasetemp())
    building = Building(tmp_path / "live.db", seed=kind[0].__name__)
    yield building
    for connection in building.connections:
        connection.close()


async def test_races_have_one_outcome_that_everybody_is_told(
    building: Building, kind: tuple[Callable[[Building], Awaitable[str]], int]
) -> None:
    race, outcomes = kind
    await building.house.everybody()
    seen: Counter[str] = Counter()
    started = time.monotonic()
    for _ in range(RACES_OF_EACH_KIND):
        seen[await race(building)] += 1
    building.nothing_is_left()
    lost = sum(process.calls.lost for process in building.processes)
    print(f"{race.__name__}: {dict(seen)}, {lost} swaps lost, {time.monotonic() - started:.1f} s")
    assert len(seen) == outcomes, seen
    assert min(seen.values()) > RACES_OF_EACH_KIND / 20, "each order must have been seen often"
    assert lost > RACES_OF_EACH_KIND / 20, "the processes must have met in the file"
