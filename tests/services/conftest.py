"""A house of fakes where everybody is at home."""

from __future__ import annotations

import pytest

from tests.fakes import House


@pytest.fixture
async def house() -> House:
    """Both panels, Anna's phone and laptop, Ben's and Ferhat's phones are connected."""
    house = House()
    await house.everybody()
    return house
