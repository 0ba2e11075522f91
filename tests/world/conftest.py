"""The world's server, started once, and its table of routes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiohttp import web

from intercom.app import Server, build
from intercom.config import Settings
from tests.e2e.house import House
from tests.world.people import World, seed, token


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """The server put together over the world, for its table of routes and its services."""
    world = seed(tmp_path_factory.mktemp("world") / "data")
    server = await build(Settings(data=world.data))
    yield server
    runner = web.AppRunner(server.app)  # started and stopped once: that closes its files
    await runner.setup()
    await runner.cleanup()


@dataclass(frozen=True)
class Populated:
    """A running server, and what is in it."""

    house: House
    world: World

    def cookies(self, person: str | None) -> dict[str, str]:
        """What the person's browser sends; None is nobody."""
        return {} if person is None else {"intercom_session": token(person)}


@pytest.fixture(scope="package")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Populated]:
    """The world behind a real server."""
    house = House(tmp_path_factory.mktemp("populated"), command="serve", ring_limit="100000 per minute")
    world = seed(house.data)
    house.start()
    yield Populated(house, world)
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"
