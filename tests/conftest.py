"""Houses that tests share. Each is one real server; clients are made anew by each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.e2e.house import House, People


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demonstration building with its usual times."""
    house = House(tmp_path_factory.mktemp("house") / "house", ring_limit="100000 per minute")
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


@pytest.fixture(scope="session")
def hasty_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The same, where rings and graces last moments."""
    house = House(
        tmp_path_factory.mktemp("hasty") / "house",
        ring_seconds=1.2,
        grace_seconds=1.0,
        ring_limit="100000 per minute",
    )
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


@pytest.fixture
async def people(house: House) -> AsyncIterator[People]:
    """Clients of `house`, seen off after the test."""
    async with house.people() as people:
        yield people


@pytest.fixture
async def hasty_people(hasty_house: House) -> AsyncIterator[People]:
    """Clients of `hasty_house`, seen off after the test."""
    async with hasty_house.people() as people:
        yield people
