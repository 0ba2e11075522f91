"""A closed page rings: through a push service on loopback, and in Chromium's own service worker."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import Screen, browsers
from tests.e2e.house import House, eventually
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


def subscribe(house: House, service: PushService, who: str, device: str) -> None:
    """What the page does with the subscription that its browser gives it."""
    made = service.subscribe(device)
    body = {"endpoint": made.endpoint.reveal(), "p256dh": made.p256dh, "auth": made.auth.reveal()}
    answer = house.ask("PUT", f"/api/v1/devices/{device}/push", json_body=body, cookies=house.as_(who))
    assert answer.status == 200, answer


async def test_a_closed_page_is_rung_again_and_again_and_told_when_it_is_over(
    house: House, service: PushService
) -> None:
    async with house.people() as people:
        anna = await people.device("anna")
        device = str(anna.device)
        subscribe(house, service, "anna", device)
        await anna.close()
        panel = await people.panel(house.panel_key)
        began = time.monotonic()
        call = await panel.rings("Anna Lind")
        await eventually(lambda: service.taken, "the push")
        assert service.taken[0].at - began < 1
        pushed = service.taken[0].message
        assert pushed == {"kind": "ring", "call": call, "leg": pushed["leg"], "device": device}
        assert service.taken[0].topic == call
        await eventually(lambda: len(service.taken) == 2, "the second push", within=9)
        body = {"leg": pushed["leg"], "device": device}
        answer = house.ask("POST", f"/api/v1/calls/{call}/ringing", json_body=body, cookies=house.as_("anna"))
        assert answer.status == 204, answer
        stored = house.stored_call(call)
        assert stored is not None
        assert stored["stage"] == "ringing"
        await panel.hangs_up()
        began = time.monotonic()
        await eventually(lambda: service.taken[-1].message["kind"] == "missed", "the closing push")
        assert service.taken[-1].at - began < 2


async def deliver(screen: Screen, message: dict[str, str]) -> None:
    """Hand a push to the page's service worker, as a push service would."""
    cdp = await screen.page.context.new_cdp_session(screen.page)
    registered: list[dict[str, Any]] = []
    cdp.on("ServiceWorker.workerRegistrationUpdated", lambda e: registered.extend(e["registrations"]))
    await cdp.send("ServiceWorker.enable")
    await eventually(lambda: registered, "the service worker")
    await cdp.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": screen.page.url.split("/offline")[0].rstrip("/"),
            "registrationId": registered[0]["registrationId"],
            "data": json.dumps(message),
        },
    )
    await cdp.detach()


async def shown(screen: Screen) -> list[str]:
    """The titles of the notifications that stand on the screen."""
    (worker,) = screen.page.context.service_workers
    return await worker.evaluate(
        "() => self.registration.getNotifications().then((all) => all.map((one) => one.title))"
    )


@pytest.mark.browser
async def test_a_notification_rings_declines_answers_and_goes(house: House, service: PushService) -> None:
    async with browsers(house) as screens, house.people() as people:
        anna = await screens.resident("anna", permissions=["camera", "microphone", "notifications"])
        await anna.page.evaluate("navigator.serviceWorker.ready")
        device = await anna.page.evaluate("window.intercom.state().home.device")
        made = service.subscribe(device)
        await anna.page.evaluate(
            """([path, body]) => fetch(path, {
                method: "PUT", body, headers: {"Content-Type": "application/json"},
            }).then((answer) => { if (!answer.ok) throw new Error(answer.status); })""",
            [
                f"/api/v1/devices/{device}/push",
                json.dumps(
                    {"endpoint": made.endpoint.reveal(), "p256dh": made.p256dh, "auth": made.auth.reveal()}
                ),
            ],
        )
        # a page of the same app that is no bell: as good as closed, and it can look at notifications
        origin = await anna.page.evaluate("location.origin")
        await anna.page.goto(f"{origin}/offline")
        panel = await people.panel(house.panel_key)
        call = await panel.rings("Anna Lind")
        await eventually(lambda: service.taken, "the push")
        pushed = service.taken[0].message
        assert (pushed["kind"], pushed["call"]) == ("ring", call)

        await deliver(anna, pushed)
        await eventually(lambda: (house.stored_call(call) or {})["stage"] == "ringing", "ringing")
        assert await shown(anna) == ["Somebody is at the door"]

        (worker,) = anna.page.context.service_workers
        await worker.evaluate(
            """() => self.registration.getNotifications().then(([shown]) => self.dispatchEvent(
            new NotificationEvent("notificationclick", {notification: shown, action: "decline"})))"""
        )
        await eventually(lambda: (house.stored_call(call) or {})["reason"] == "declined", "declined")
        await eventually(lambda: service.taken[-1].message["kind"] == "over", "the closing push")
        await deliver(anna, service.taken[-1].message)
        assert await shown(anna) == []

        second = await panel.rings("Anna Lind")
        await anna.page.goto(f"{origin}/?answer={second}")
        await eventually(lambda: (house.stored_call(second) or {})["accepted"], "answered by itself")
        assert "answer=" not in anna.page.url
        await panel.hangs_up()


@pytest.mark.browser
async def test_at_night_a_notification_proves_the_way_and_is_gone_at_once(house: House) -> None:
    async with browsers(house) as screens:
        anna = await screens.resident("anna", permissions=["camera", "microphone", "notifications"])
        await anna.page.evaluate("navigator.serviceWorker.ready")
        device = await anna.page.evaluate("window.intercom.state().home.device")
        origin = await anna.page.evaluate("location.origin")
        await anna.page.goto(f"{origin}/offline")
        (worker,) = anna.page.context.service_workers
        await worker.evaluate(
            """() => {
                self.seen = [];
                const show = self.registration.showNotification.bind(self.registration);
                self.registration.showNotification = (title, options) => {
                    self.seen.push(options);
                    return show(title, options);
                };
                const ask = self.fetch;
                self.fetch = (path, options) => { self.seen.push(path); return ask(path, options); };
            }"""
        )
        await deliver(anna, {"kind": "quiet_test", "test": "t1", "device": device})

        async def answered() -> bool:
            seen = await worker.evaluate("() => self.seen")
            return len(seen) == 2 and seen[0]["silent"] and seen[1] == f"/api/v1/devices/{device}/proven"

        for _ in range(50):
            if await answered() and await shown(anna) == []:
                break
            await anna.page.wait_for_timeout(100)
        assert await answered()
        assert await shown(anna) == []


@pytest.mark.browser
async def test_without_a_network_a_page_says_what_is_true(house: House) -> None:
    async with browsers(house) as screens:
        anna = await screens.resident("anna")
        await anna.page.evaluate("navigator.serviceWorker.ready")
        await anna.page.context.set_offline(True)
        await anna.page.reload()
        await expect(anna.page.get_by_role("heading", name="No connection")).to_be_visible()
        await anna.page.context.set_offline(False)
        await anna.page.get_by_role("link", name="Try again").click()
        await expect(anna.page.get_by_role("heading", name="Doors", exact=True)).to_be_visible()


IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.mark.browser
async def test_a_phones_browser_is_shown_the_way_to_the_home_screen_once(house: House) -> None:
    async with browsers(house) as screens:
        phone = await screens.screen(width=390, height=844, user_agent=IPHONE)
        account = house.account("anna")
        await phone.page.goto(account["url"])
        await phone.page.get_by_label("E-mail").fill(account["email"])
        await phone.page.get_by_label("Password").fill(account["password"])
        await phone.button("Sign in").click()
        await expect(
            phone.page.get_by_role("heading", name="Put the bell on your home screen")
        ).to_be_visible()
        await expect(phone.page.get_by_text("Add to Home Screen", exact=False)).to_be_visible()
        await phone.button("Use it in the browser").click()
        await expect(phone.page.get_by_role("heading", name="Doors", exact=True)).to_be_visible()
        await phone.page.reload()
        await expect(phone.page.get_by_role("heading", name="Doors", exact=True)).to_be_visible()


@pytest.mark.browser
async def test_a_page_out_of_sight_shows_that_it_rings_and_takes_it_away_in_the_end(house: House) -> None:
    async with browsers(house) as screens, house.people() as people:
        anna = await screens.resident("anna", permissions=["camera", "microphone", "notifications"])
        await anna.page.evaluate("navigator.serviceWorker.ready")
        await anna.page.evaluate(
            "Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => 'hidden'})"
        )
        panel = await people.panel(house.panel_key)
        await panel.rings("Anna Lind")
        await panel.hears("ringing")
        await eventually_shown(anna, ["Ringing: Street door"])
        await panel.hangs_up()
        await eventually_shown(anna, [])


async def eventually_shown(screen: Screen, titles: list[str]) -> None:
    """Wait until these notifications stand on the screen."""
    for _ in range(50):
        if (found := await shown(screen)) == titles:
            return
        await screen.page.wait_for_timeout(100)
    raise AssertionError(found)
