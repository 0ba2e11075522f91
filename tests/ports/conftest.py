"""The adapters that stand under the contracts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from intercom.ports import Calls, Openings
from tests.fakes.adapters import Memory, Sqlite, new_files

Live = Memory | Sqlite


@pytest.fixture
def files(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both databases, empty."""
    return new_files(tmp_path, tmp_path_factory.getbasetemp())


@pytest.fixture
def sqlite(files: Path) -> Iterator[Sqlite]:
    """Calls and openings in a file."""
    adapter = Sqlite(files)
    yield adapter
    adapter.close()


@pytest.fixture(params=["sqlite", "memory"])
def live(request: pytest.FixtureRequest) -> Live:
    """Where calls and openings are kept."""
    return request.getfixturevalue("sqlite") if request.param == "sqlite" else Memory()


@pytest.fixture
def calls(live: Live) -> Calls:
    return live.calls()


@pytest.fixture
def openings(live: Live) -> Openings:
    return live.openings()
