"""The contract of `ports.OpeningPins`, for every adapter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from intercom.domain.ids import AccountId
from intercom.domain.pins import OpeningPin, proven, tried
from intercom.ports import OpeningPins
from intercom.storage import tables as t
from intercom.storage.accounts import SqlAccounts
from intercom.storage.pins import SqlPins
from tests.fakes.pins import MemoryPins
from tests.fakes.residence import Residence, residence

ANNA, BEN = AccountId("anna"), AccountId("ben")
PIN = OpeningPin(ANNA, "hash", "sealed", 1000.0)


@pytest.fixture
async def home(files: Path) -> AsyncIterator[Residence]:
    async with residence(files) as there:
        yield there


@pytest.fixture(params=["sql", "memory"])
def pins(request: pytest.FixtureRequest, home: Residence) -> OpeningPins:
    return SqlPins(home.engine) if request.param == "sql" else MemoryPins()


async def test_a_pin_is_kept_until_it_is_replaced_or_removed(pins: OpeningPins) -> None:
    assert await pins.of(ANNA) is None
    await pins.put(PIN)
    assert await pins.of(ANNA) == PIN
    assert await pins.of(BEN) is None
    other = replace(PIN, hash="other", set_at=2000.0)
    await pins.put(other)
    assert await pins.of(ANNA) == other
    await pins.remove(BEN)
    await pins.remove(ANNA)
    assert await pins.of(ANNA) is None


async def test_of_many_tries_at_once_one_is_counted_and_the_others_look_again(pins: OpeningPins) -> None:
    await pins.put(PIN)
    after = tried(PIN, 1001.0)
    assert after is not None
    assert sorted(await asyncio.gather(*(pins.swap(PIN, after) for _ in range(10)))) == [False] * 9 + [True]
    assert await pins.of(ANNA) == after


async def test_what_blocks_and_what_frees_again_is_swapped_as_well(pins: OpeningPins) -> None:
    blocked = replace(PIN, failures=5, blocked_until=2000.0)
    await pins.put(blocked)
    assert not await pins.swap(replace(blocked, blocked_until=None), PIN)
    assert await pins.swap(blocked, proven(blocked))
    assert await pins.of(ANNA) == PIN


async def test_a_pin_that_was_replaced_meanwhile_is_not_swapped(pins: OpeningPins) -> None:
    await pins.put(replace(PIN, hash="newer"))
    assert not await pins.swap(PIN, replace(PIN, failures=1))


async def test_who_is_forgotten_has_no_pin_any_more(home: Residence) -> None:
    pins = SqlPins(home.engine)
    await pins.put(PIN)
    await SqlAccounts(home.engine).erase(ANNA, "deleted", 2000.0)
    async with home.engine.connect() as connection:
        assert (await connection.execute(select(t.opening_pins))).all() == []
