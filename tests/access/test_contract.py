"""What every access core keeps to, whatever stands behind it (`ports.SiteCore`)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from intercom.domain.door import Refusal
from intercom.domain.ids import LockId, RequestId
from intercom.ports import (
    CommandRefused,
    CommandTaken,
    CommandUnknown,
    CoreReport,
    CoreState,
    LockChanged,
)
from tests.access.rigs import RIGS, Rig

TAKEN = CommandTaken()


@pytest.fixture(params=RIGS)
async def rig(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Rig]:
    rig = RIGS[request.param](tmp_path, monkeypatch)
    await rig.start()
    rig.said.clear()
    yield rig
    await rig.close()


async def test_a_command_is_taken_and_the_lock_says_once_that_it_opened(rig: Rig) -> None:
    assert await rig.press() == TAKEN
    await rig.until(lambda: bool(rig.opened))
    await asyncio.sleep(0.3)
    (told,) = rig.opened
    assert (told.lock, told.asked) == (rig.door.id, True)
    assert told.request in ("press", None)
    assert rig.turned == 1


async def test_no_word_without_a_command(rig: Rig) -> None:
    await asyncio.sleep(0.3)
    assert rig.opened == []
    assert rig.turned == 0


async def test_taken_is_not_opened(rig: Rig) -> None:
    await rig.lose_word()
    assert await rig.press() == TAKEN
    await asyncio.sleep(0.3)
    assert rig.opened == []


async def test_a_refusal_is_a_refusal_and_nothing_opens(rig: Rig) -> None:
    await rig.refuse()
    result = await rig.press()
    assert isinstance(result, CommandRefused)
    await asyncio.sleep(0.1)
    assert rig.turned == 0
    assert rig.opened == []


async def test_no_answer_is_unknown_and_nothing_is_sent_again(rig: Rig) -> None:
    await rig.keep_silent()
    assert isinstance(await rig.press(), CommandUnknown)
    assert isinstance(await rig.press(), CommandUnknown), "the same press, the same answer"
    assert rig.turned <= 1


async def test_a_slow_core_is_waited_for(rig: Rig) -> None:
    await rig.be_slow()
    assert await rig.press() == TAKEN
    assert rig.turned == 1


async def test_whoever_gives_up_waiting_gets_no_second_turn(rig: Rig) -> None:
    await rig.be_slow()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await rig.press()
    await rig.press()
    await asyncio.sleep(0.4)
    assert rig.turned <= 1


async def test_a_press_that_comes_a_hundred_times_turns_the_bolt_once(rig: Rig) -> None:
    results = await asyncio.gather(*(rig.press() for _ in range(100)))
    assert set(map(type, results)) == {CommandTaken}
    assert await rig.press() == TAKEN
    await rig.until(lambda: bool(rig.opened))
    await asyncio.sleep(0.1)
    assert rig.turned == 1


async def test_different_presses_are_different_commands(rig: Rig) -> None:
    for number in range(3):
        assert await rig.press(f"press {number}") == TAKEN
    await rig.until(lambda: rig.turned == 3)


async def test_an_old_command_opens_nothing(rig: Rig) -> None:
    assert await rig.press(age=60) == CommandRefused(Refusal.STALE)
    await asyncio.sleep(0.1)
    assert rig.turned == 0


async def test_a_lock_that_is_offline_says_so_and_since_when(rig: Rig) -> None:
    await rig.go_offline()
    status = rig.core.status(rig.door.id)
    assert not status.online
    assert status.since is not None
    assert any(isinstance(event, LockChanged) and not event.status.online for event in rig.said)
    result = await rig.press()
    assert not isinstance(result, CommandTaken)
    assert rig.turned == 0


async def test_a_lock_that_nobody_knows_is_offline(rig: Rig) -> None:
    stranger = LockId("nobody's")
    assert not rig.core.status(stranger).online
    assert await rig.core.unlock(stranger, RequestId("x"), 0.0) == CommandRefused(Refusal.LOCK_OFFLINE)


async def test_a_lock_that_is_gone_opens_no_more(rig: Rig) -> None:
    rig.core.keep([])
    assert isinstance(await rig.press(), CommandRefused)
    assert rig.turned == 0


async def test_a_healthy_core_reports_each_lock_online(rig: Rig) -> None:
    report = await rig.core.check()
    assert report.state is CoreState.UP
    assert [status.online for status in report.locks.values()] == [True]
    assert list(report.locks) == [rig.door.id]
    assert all(step.done for step in report.steps)


KNOBS: list[Callable[[Rig], Awaitable[None]]] = [
    Rig.refuse,
    Rig.keep_silent,
    Rig.be_slow,
    Rig.go_offline,
    Rig.lose_word,
]


@pytest.mark.parametrize("knob", KNOBS, ids=lambda knob: knob.__name__)
async def test_nothing_that_the_other_side_does_is_raised(
    rig: Rig, knob: Callable[[Rig], Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await getattr(rig, knob.__name__)()
    for number in range(3):
        result = await rig.press(f"press {number}")
        assert isinstance(result, CommandTaken | CommandRefused | CommandUnknown)
    assert isinstance(await rig.core.check(), CoreReport)
    shown = caplog.text + repr(rig.core) + repr(vars(rig.core)) + repr(rig.said)
    for secret in rig.secrets:
        assert secret not in shown


async def test_closing_is_clean_and_may_come_twice(rig: Rig) -> None:
    await rig.press()
    await rig.be_slow()
    under_way = asyncio.create_task(rig.press("under way"))
    await asyncio.sleep(0.05)
    await rig.core.close()
    assert isinstance(await under_way, CommandTaken | CommandRefused | CommandUnknown)
    await rig.core.close()
    said = len(rig.said)
    result = await rig.press("after")
    assert isinstance(result, CommandTaken | CommandRefused | CommandUnknown)
    await asyncio.sleep(0.1)
    ours = [task for task in asyncio.all_tasks() if "intercom/access" in str(task.get_coro())]
    assert ours == []
    assert all(isinstance(event, LockChanged) for event in rig.said[said:])
