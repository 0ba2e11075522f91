"""The windows of the throttle move with the clock."""

from __future__ import annotations

import pytest

from intercom.cluster import throttle as module
from intercom.cluster.throttle import MemoryThrottle
from intercom.domain.errors import TooMany


class Time:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 5000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(module, "time", time)
    return time


async def test_a_try_counts_until_its_window_has_passed_and_each_comes_back_on_its_own(time: Time) -> None:
    throttle = MemoryThrottle({"pair": "2 per 10 minutes"})
    await throttle.hit("pair", "a")
    time.seconds += 100
    await throttle.hit("pair", "a")
    with pytest.raises(TooMany) as refused:
        await throttle.hit("pair", "a")
    assert refused.value.details == {"retry_after": 500}
    time.seconds += 500
    assert await throttle.left("pair", "a") == (1, 100.0)
    await throttle.hit("pair", "a")
    with pytest.raises(TooMany):
        await throttle.hit("pair", "a")


async def test_refused_tries_do_not_make_the_waiting_longer(time: Time) -> None:
    throttle = MemoryThrottle({"pair": "1 per 10 minutes"})
    await throttle.hit("pair", "a")
    for _ in range(100):
        time.seconds += 5
        with pytest.raises(TooMany):
            await throttle.hit("pair", "a")
    time.seconds += 100
    await throttle.hit("pair", "a")


async def test_a_flood_of_names_is_forgotten_again(time: Time) -> None:
    throttle = MemoryThrottle({"sign_in": "10 per 15 minutes; 20 per hour"})
    for number in range(1000):
        await throttle.hit("sign_in", f"name{number}", "address")
    time.seconds += 59 * 60
    await throttle.hit("sign_in", "one more", "address")
    assert len(throttle._tries) == 1001, "the longest window is still open"
    time.seconds += 2 * 60
    await throttle.hit("sign_in", "and one more", "address")
    assert len(throttle._tries) == 2


async def test_with_several_windows_the_pauses_grow_for_whoever_goes_on(time: Time) -> None:
    throttle = MemoryThrottle({"sign_in": "3 per 10 minutes; 5 per hour; 6 per day"})
    assert await throttle.left("sign_in", "a") == (3, 0.0)

    async def refused() -> int:
        with pytest.raises(TooMany) as error:
            await throttle.hit("sign_in", "a")
        return error.value.details["retry_after"]

    for _ in range(3):
        await throttle.hit("sign_in", "a")
    assert await refused() == 600
    time.seconds += 600
    assert (await throttle.left("sign_in", "a"))[0] == 2, "of the hour's five"
    for _ in range(2):
        await throttle.hit("sign_in", "a")
    assert await refused() == 3000
    time.seconds += 3000
    await throttle.hit("sign_in", "a")
    assert await refused() == 86400 - 3600
    time.seconds += 86400 - 3600
    await throttle.hit("sign_in", "a")


async def test_what_is_given_back_leaves_nothing_behind(time: Time) -> None:
    throttle = MemoryThrottle()
    for number in range(100):
        await throttle.hit("sign_in", f"name{number}", "address")
        await throttle.give_back("sign_in", f"name{number}", "address")
    assert not throttle._tries


async def test_sweeping_forgets_nobody_whose_window_is_still_open(time: Time) -> None:
    throttle = MemoryThrottle({"pair": "1 per 10 minutes"})
    await throttle.hit("pair", "a")
    time.seconds += 599
    await throttle.hit("open", "somebody else")
    with pytest.raises(TooMany):
        await throttle.hit("pair", "a")


async def test_a_policy_that_nobody_wrote_down_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        await MemoryThrottle().hit("no such policy", "a")
