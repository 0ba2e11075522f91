"""Only the first three ringing devices are connected before somebody answers; the others at accept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import browsers
from tests.e2e.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    running = House(tmp_path / "house")
    running.start()
    yield running
    running.close()


@pytest.mark.browser
async def test_the_fourth_device_rings_without_a_picture_and_has_it_when_it_answers(house: House) -> None:
    async with browsers(house) as screens, house.people() as people:
        early = [await people.device("anna") for _ in range(3)]
        ben = await screens.resident("ben")
        panel = await screens.panel()
        await panel.button("Anna Lind", exact=False).first.click()
        assert [(await one.invited())["early"] for one in early] == [True, True, True]
        await ben.page.get_by_role("dialog", name="Incoming call").wait_for()
        await expect(ben.page.get_by_text("The picture comes when you answer")).to_be_visible()
        assert await ben.page.evaluate("window.intercom.stats()") is None, "nothing is connected"
        await ben.button("Answer").click()
        await expect(ben.status).to_have_text("Connected")
        await expect(panel.status).to_have_text("Connected")
        await ben.grows("videoFramesDecoded", 10)
        await ben.grows("audioEnergyIn", 0.01)
        await ben.button("Hang up").click()
        await expect(panel.status).to_have_text("Call ended: they hung up")
