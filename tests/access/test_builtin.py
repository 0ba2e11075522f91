"""The built-in access core: one command turns one lock once, whatever it suffers from."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from intercom.access import builtin
from intercom.access.builtin import STALE_AFTER, BuiltinCore, Fault
from intercom.access.journal import Journal
from intercom.domain.door import Lock, LockStatus, Refusal
from intercom.domain.ids import EntranceId, LockId, RequestId, SiteId
from intercom.ports import (
    CommandRefused,
    CommandTaken,
    CommandUnknown,
    LockChanged,
    LockEvent,
    LockOpened,
)
from tests.fakes.small import FakeClock

DOOR, GATE = LockId("door"), LockId("gate")
LOCKS = [Lock(name, SiteId("s"), EntranceId("e"), name, open_seconds=0.0) for name in (DOOR, GATE)]
TAKEN = CommandTaken()
Make = Callable[[], BuiltinCore]


class Core:
    """A core and what its locks said; `start` again is a restart on the same journal."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        self.clock = FakeClock()
        self.said: list[LockEvent] = []
        self.start()

    def start(self) -> None:
        self.core = BuiltinCore(Journal(self.journal), now=self.clock.now, slow_seconds=0.0)
        self.core.keep(LOCKS)
        self.core.listen(self.hears)

    async def hears(self, event: LockEvent) -> None:
        self.said.append(event)

    async def unlock(self, request: str = "press", lock: LockId = DOOR, age: float = 0.0) -> object:
        return await self.core.unlock(lock, RequestId(request), self.clock.now() - age)

    async def bolts_have_moved(self) -> None:
        """Wait for every bolt to come to rest."""
        while tasks := [task for bolt in self.core._bolts.values() for task in bolt.tasks]:
            await asyncio.gather(*tasks)

    @property
    def written(self) -> list[str]:
        """The requests in the journal."""
        if not self.journal.exists():
            return []
        return [json.loads(line)["request"] for line in self.journal.read_text().splitlines()]


@pytest.fixture
async def core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Core]:
    monkeypatch.setattr(builtin, "_TURN", 0.0)
    core = Core(tmp_path / "doors.jsonl")
    yield core
    await core.core.close()


async def test_a_command_is_taken_and_the_lock_says_afterwards_that_it_opened(core: Core) -> None:
    assert await core.unlock() == TAKEN
    assert core.said == [], "taken is not opened"
    await core.bolts_have_moved()
    assert core.said == [LockOpened(DOOR, core.clock.now(), RequestId("press"))]


async def test_the_journal_knows_the_command_before_the_bolt_moves(core: Core) -> None:
    await core.unlock()
    (line,) = core.journal.read_text().splitlines()
    assert json.loads(line) == {"request": "press", "lock": "door", "at": core.clock.now()}
    assert stat.S_IMODE(core.journal.stat().st_mode) == 0o600
    assert core.said == []


async def test_the_same_command_again_is_taken_and_turns_nothing(core: Core) -> None:
    for _ in range(5):
        assert await core.unlock() == TAKEN
    await core.bolts_have_moved()
    assert len(core.said) == 1
    assert core.written == ["press"]


async def test_the_same_command_after_a_restart_turns_nothing(core: Core) -> None:
    await core.unlock()
    await core.bolts_have_moved()
    core.said.clear()
    core.start()
    assert await core.unlock() == TAKEN
    await core.bolts_have_moved()
    assert core.said == []
    assert core.written == ["press"]


async def test_two_commands_turn_it_twice_and_each_word_names_its_command(core: Core) -> None:
    await core.unlock("first")
    await core.unlock("second", GATE)
    await core.bolts_have_moved()
    assert {(event.lock, event.request) for event in core.said if isinstance(event, LockOpened)} == {
        (DOOR, "first"),
        (GATE, "second"),
    }


@pytest.mark.parametrize(
    "torn",
    [
        b'{"request": "torn", "lo',
        b'{"lock": "door"}\n',
        b"\0\0\0\0\0\0",
        b"\xff\xfe broken",
        b"17\n",
        b"null\n",
        b"\n",
    ],
)
async def test_a_line_torn_by_a_power_cut_costs_no_other_line_and_no_start(core: Core, torn: bytes) -> None:
    await core.unlock("before")
    with core.journal.open("ab") as journal:
        journal.write(torn)
    core.start()
    assert await core.unlock("before") == TAKEN
    assert await core.unlock("after") == TAKEN
    await core.bolts_have_moved()
    core.said.clear()
    core.start()
    for request in ("before", "after"):
        assert await core.unlock(request) == TAKEN
    await core.bolts_have_moved()
    assert core.said == [], "what was carried out was carried out again"


async def test_a_command_that_is_too_old_opens_nothing(core: Core) -> None:
    assert await core.unlock("fresh", age=STALE_AFTER) == TAKEN
    assert await core.unlock("old", age=STALE_AFTER + 0.1) == CommandRefused(Refusal.STALE)
    await core.bolts_have_moved()
    assert core.written == ["fresh"]


async def test_a_lock_that_nobody_installed_is_offline(core: Core) -> None:
    assert await core.unlock(lock=LockId("none")) == CommandRefused(Refusal.LOCK_OFFLINE)
    assert core.core.status(LockId("none")) == LockStatus(online=False)
    assert core.core.fault_of(LockId("none")) is Fault.OFFLINE
    assert not core.core.is_open(LockId("none"))


# -- faults --


async def test_an_offline_lock_refuses_says_since_when_and_tells_when_it_comes_back(core: Core) -> None:
    await core.core.set_fault(DOOR, "offline")
    since = core.clock.now()
    offline = LockStatus(online=False, since=since)
    assert core.core.status(DOOR) == offline
    assert await core.unlock() == CommandRefused(Refusal.LOCK_OFFLINE)
    core.clock.passes(60)
    await core.core.set_fault(DOOR, "none")
    assert core.said == [LockChanged(DOOR, offline), LockChanged(DOOR, LockStatus())]
    assert core.core.status(GATE) == LockStatus()
    assert core.written == []


async def test_a_refusing_lock_refuses_and_stays_on_line(core: Core) -> None:
    await core.core.set_fault(DOOR, "refusing")
    assert await core.unlock() == CommandRefused(Refusal.CORE_REFUSED)
    assert core.core.status(DOOR).online
    assert core.written == []
    assert core.said == []


async def test_a_silent_lock_takes_the_command_opens_and_says_nothing(core: Core) -> None:
    await core.core.set_fault(DOOR, "silent")
    assert await core.unlock() == TAKEN
    await core.bolts_have_moved()
    assert core.said == []
    assert core.written == ["press"]


async def test_a_slow_lock_takes_its_time_and_refuses_what_has_become_stale_meanwhile(core: Core) -> None:
    await core.core.set_fault(DOOR, "slow")
    assert await core.unlock("in time") == TAKEN
    late = asyncio.create_task(core.unlock("late"))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    core.clock.passes(STALE_AFTER + 1)
    assert await late == CommandRefused(Refusal.STALE)
    assert core.written == ["in time"]


async def test_a_slow_lock_that_gets_the_same_command_twice_at_once_turns_once(core: Core) -> None:
    await core.core.set_fault(DOOR, "slow")
    assert await asyncio.gather(core.unlock(), core.unlock()) == [TAKEN, TAKEN]
    await core.bolts_have_moved()
    assert len(core.said) == 1


async def test_a_fault_of_one_lock_is_not_the_others(core: Core) -> None:
    await core.core.set_fault(DOOR, "refusing")
    assert await core.unlock(lock=GATE) == TAKEN


async def test_unknown_faults_and_locks_are_refused(core: Core) -> None:
    with pytest.raises(ValueError, match="melted"):
        await core.core.set_fault(DOOR, "melted")
    with pytest.raises(KeyError):
        await core.core.set_fault(LockId("none"), "offline")
    assert core.core.fault_of(DOOR) is Fault.NONE


async def test_changing_a_fault_never_moves_a_bolt(core: Core) -> None:
    for _ in range(50):
        for fault in Fault:
            await core.core.set_fault(DOOR, fault)
    await core.bolts_have_moved()
    assert core.written == []
    assert not any(isinstance(event, LockOpened) for event in core.said)
    assert not core.core.is_open(DOOR)


async def test_a_journal_that_cannot_be_written_turns_nothing_and_does_not_say_taken(core: Core) -> None:
    core.journal.mkdir()
    assert await core.unlock() == CommandUnknown(Refusal.CORE_DOWN)
    await core.bolts_have_moved()
    assert core.said == []
    core.journal.rmdir()
    assert await core.unlock() == TAKEN, "the command may be given again"


async def test_a_bolt_is_open_for_its_time_and_then_locks_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builtin, "_TURN", 0.0)
    clock = FakeClock()
    core = BuiltinCore(Journal(tmp_path / "doors.jsonl"), now=clock.now)
    core.keep([Lock(DOOR, SiteId("s"), EntranceId("e"), "Door", open_seconds=5.0)])
    opened = asyncio.Event()

    async def hears(_: LockEvent) -> None:
        opened.set()

    core.listen(hears)
    await core.unlock(DOOR, RequestId("press"), clock.now())
    await opened.wait()
    await asyncio.sleep(0)
    assert core.is_open(DOOR)
    clock.passes(5.0)
    assert not core.is_open(DOOR)
    await core.close()


async def test_a_core_that_stops_moves_no_bolt_any_more(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "_TURN", 3600.0)
    await core.unlock()
    tasks = [task for bolt in core.core._bolts.values() for task in bolt.tasks]
    await core.core.close()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert core.said == []
    assert not core.core.is_open(DOOR)
