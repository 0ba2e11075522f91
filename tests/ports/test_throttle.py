"""The contract of `ports.Throttle`, for every adapter."""

from __future__ import annotations

import re

import pytest

from intercom.cluster.throttle import POLICIES, MemoryThrottle
from intercom.domain.errors import TooMany
from intercom.ports import Throttle
from tests.e2e.house import ROOT
from tests.fakes.small import FakeClock, PatientThrottle


@pytest.fixture(params=["limits", "fake"])
def throttle(request: pytest.FixtureRequest) -> Throttle:
    """`pair`: 3 tries in 10 minutes."""
    if request.param == "fake":
        return PatientThrottle(FakeClock(), {"pair": (3, 600.0), "open": (60, 60.0)})
    return MemoryThrottle({"pair": "3 per 10 minutes"})


async def test_so_many_tries_are_let_through_and_the_next_is_told_when_to_come_back(
    throttle: Throttle,
) -> None:
    for left in (2, 1, 0):
        await throttle.hit("pair", "address")
        assert (await throttle.left("pair", "address"))[0] == left
    for _ in range(2):
        with pytest.raises(TooMany) as refused:
            await throttle.hit("pair", "address")
        assert 0 < refused.value.details["retry_after"] <= 600


async def test_keys_and_policies_are_counted_apart(throttle: Throttle) -> None:
    for _ in range(3):
        await throttle.hit("pair", "address")
    await throttle.hit("pair", "other")
    await throttle.hit("pair", "address", "e-mail")
    await throttle.hit("open", "address")
    with pytest.raises(TooMany):
        await throttle.hit("pair", "address")


async def test_asking_what_is_left_costs_nothing(throttle: Throttle) -> None:
    for _ in range(10):
        assert (await throttle.left("pair", "address"))[0] == 3


async def test_a_try_that_is_given_back_counts_no_longer_and_no_other_does(throttle: Throttle) -> None:
    for _ in range(3):
        await throttle.hit("pair", "address")
        await throttle.hit("pair", "other")
    await throttle.give_back("pair", "address")
    await throttle.give_back("pair", "never seen")
    assert (await throttle.left("pair", "address"))[0] == 1
    await throttle.hit("pair", "address")
    with pytest.raises(TooMany):
        await throttle.hit("pair", "address")
    with pytest.raises(TooMany):
        await throttle.hit("pair", "other")


async def test_every_policy_that_is_named_has_a_limit_and_every_limit_is_used() -> None:
    rooms = [ROOT / "intercom" / room for room in ("services", "http", "signaling")]
    sources = "".join(file.read_text() for room in rooms for file in room.rglob("*.py"))
    named = set(re.findall(r"throttle\.(?:hit|left|give_back)\(\s*\"(\w+)\"", sources))
    assert named <= set(POLICIES), "a policy without a limit is a KeyError"
    unused = [policy for policy in POLICIES if f'"{policy}"' not in sources]
    assert not unused
    for policy in POLICIES:
        left, _ = await MemoryThrottle().left(policy, "somebody")
        assert left > 0


async def test_the_limits_are_those_that_were_promised() -> None:
    throttle = MemoryThrottle()
    assert (await throttle.left("sign_in", "x"))[0] == 10
    assert (await throttle.left("pair", "x"))[0] == 5
    assert (await throttle.left("warn", "x"))[0] == 1
