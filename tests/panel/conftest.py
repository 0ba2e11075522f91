"""Fixtures for the doorstation's tests."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aioice.ice
import pytest

# Test modules are imported by path and have no package: their shared module is put where they find it.
_spec = importlib.util.spec_from_file_location("panel_house", Path(__file__).with_name("house.py"))
assert _spec is not None
assert _spec.loader is not None
_house = importlib.util.module_from_spec(_spec)
sys.modules["panel_house"] = _house
_spec.loader.exec_module(_house)


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Peers of this process reach each other on 127.0.0.1, which aioice leaves out."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda *_, **__: ["127.0.0.1"])


@pytest.fixture
async def house() -> AsyncIterator[_house.House]:
    """A house that listens."""
    house = _house.House()
    await house.start()
    yield house
    await house.stop()
