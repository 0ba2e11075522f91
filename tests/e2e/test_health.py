"""Ring health: a device proves that it rings, with its page open and with it closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import browsers
from tests.e2e.house import House, eventually
from tests.e2e.test_push import deliver, shown
from tests.push.service import PushService


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    running = PushService()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
def house(tmp_path: Path, service: PushService) -> Iterator[House]:
    """A house that may contact the push service on loopback."""
    running = House(tmp_path / "house", push_services=service.url)
    running.start()
    yield running
    running.close()


@pytest.mark.browser
async def test_an_open_page_and_a_closed_one_prove_that_they_ring(house: House, service: PushService) -> None:
    async with browsers(house) as screens:
        anna = await screens.resident("anna", permissions=["camera", "microphone", "notifications"])
        await anna.page.evaluate("navigator.serviceWorker.ready")
        device = await anna.page.evaluate("window.intercom.state().home.device")

        def known(told: str) -> Any:
            found = house.ask("GET", "/api/v1/devices", cookies=house.as_("anna")).json
            return next(one for one in found if one["id"] == device)[told]

        await expect(anna.page.get_by_text("Has not proved that it rings")).to_be_visible()
        await anna.page.get_by_role("link", name="Settings").first.click()
        await anna.button("Test ring").first.click()
        await expect(anna.page.get_by_text("This is a test ring. Nobody is at the door.")).to_be_visible()
        await expect(anna.page.get_by_text("It rang after")).to_be_visible()
        await expect(anna.page.get_by_text("It rang.", exact=True)).to_be_visible()
        assert known("rang_after") < 2

        made = service.subscribe(device)
        body = {"endpoint": made.endpoint.reveal(), "p256dh": made.p256dh, "auth": made.auth.reveal()}
        put = """([path, body]) => fetch(path, {
            method: "PUT", body: JSON.stringify(body), headers: {"Content-Type": "application/json"},
        }).then((answer) => answer.status)"""
        assert await anna.page.evaluate(put, [f"/api/v1/devices/{device}/push", body]) == 200
        origin = await anna.page.evaluate("location.origin")
        await anna.page.goto(f"{origin}/offline")  # as good as closed
        await eventually(lambda: not known("connected"), "its socket is gone")
        before = known("rang_at")
        path = f"/api/v1/devices/{device}/test-ring"  # asked beside the loop, in which the service answers
        answer = await asyncio.to_thread(house.ask, "POST", path, cookies=house.as_("anna"))
        assert answer.status == 202, answer
        await eventually(lambda: service.taken, "the push")
        await deliver(anna, service.taken[0].message)
        await eventually(lambda: known("rang_at") > before, "its proof")
        assert await shown(anna) == ["This device rings"]
