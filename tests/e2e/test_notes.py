"""Nobody answers: in Chromium the caller leaves a note, the household replies, and the panel shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import AXE, Screen, browsers, clean
from tests.e2e.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    running = House(tmp_path / "house")
    running.start()
    yield running
    running.close()


async def at_home(screen: Screen, house: House, who: str) -> None:
    """Signed in, and past the question for the microphone."""
    await screen.page.add_init_script(path=AXE)
    await screen.page.add_init_script(
        "localStorage.setItem('asked', 'yes'); localStorage.setItem('install', 'later')"
    )
    await screen.page.context.add_cookies(
        [{"name": k, "value": v, "url": house.base} for k, v in house.as_(who).items()]
    )
    await screen.page.goto(f"{house.base}/")
    await expect(screen.page.get_by_role("switch", name="Do not disturb")).to_be_visible()


@pytest.mark.browser
async def test_a_declined_caller_leaves_a_note_and_reads_the_reply_until_they_go(house: House) -> None:
    async with browsers(house) as screens:
        ferhat = await screens.screen()
        await at_home(ferhat, house, "ferhat")
        panel = await screens.panel(width=800, height=1280)
        await panel.button("Ferhat Demir", exact=False).first.click()
        await ferhat.button("Decline").click()
        await expect(panel.page.get_by_role("heading", name="Nobody can come")).to_be_visible()
        await panel.button("Leave a note").click()
        box = panel.page.get_by_label("A short note for Ferhat Demir", exact=False)
        await expect(box).to_be_focused()
        await panel.button("Leave the note").click()
        await expect(
            panel.page.get_by_role("alert").filter(has_text="Write a few words first.")
        ).to_be_visible()
        await box.fill("The parcel is behind the bicycles")
        await panel.button("Leave the note").click()
        await expect(panel.page.get_by_role("heading", name="Note left")).to_be_visible()

        await ferhat.button("Back to the doors").click()
        note = ferhat.page.locator(".left-note").first
        await expect(note).to_contain_text("The parcel is behind the bicycles")
        await clean(ferhat, "a note in the list of calls")
        await note.get_by_label("Your reply to the caller").fill("Thank you, I come at six")
        await note.get_by_role("button", name="Reply").click()
        await expect(ferhat.page.locator(".left-note").first).to_contain_text(
            "Ferhat Demir replied: Thank you"
        )
        await expect(panel.page.get_by_role("heading", name="Reply")).to_be_visible()
        await expect(panel.page.get_by_text("Thank you, I come at six")).to_be_visible()
        await panel.button("Back to the names").click()
        await expect(panel.page.get_by_text("Thank you, I come at six")).to_be_hidden()
        await panel.page.reload()
        await expect(panel.page.get_by_role("heading", name="Press a name to ring")).to_be_visible()
        await expect(panel.page.get_by_text("Thank you, I come at six")).to_be_hidden()


@pytest.mark.browser
async def test_whoever_is_on_the_telephone_is_busy_and_missed_calls_are_seen_once_for_all_devices(
    house: House,
) -> None:
    async with browsers(house) as screens:
        first, second = await screens.screen(), await screens.screen(width=390, height=800)
        for screen in (first, second):
            await at_home(screen, house, "ferhat")
        phone = first.page.get_by_role("switch", name="On the telephone")
        await phone.click()
        await expect(phone).to_have_attribute("aria-checked", "true")
        await clean(first, "on the telephone")
        panel = await screens.panel()
        await panel.button("Ferhat Demir", exact=False).first.click()
        await expect(panel.page.get_by_role("heading", name="Busy")).to_be_visible()
        for screen in (first, second):
            await expect(screen.page.get_by_role("heading", name="missed call", exact=False)).to_be_visible()
        await second.button("Mark as seen").click()
        for screen in (first, second):
            await expect(screen.page.get_by_role("heading", name="missed call", exact=False)).to_be_hidden()
        await phone.click()
        await panel.button("Back to the names").click()
        await panel.button("Ferhat Demir", exact=False).first.click()
        await expect(first.page.get_by_role("dialog", name="Incoming call")).to_be_visible()


@pytest.mark.browser
async def test_who_finds_somebody_busy_may_ring_another_of_the_same_company_and_is_told_when_it_is_closed(
    house: House,
) -> None:
    house.kill()
    house.change("intercom.db", "UPDATE sites SET kind='company'")
    house.change("intercom.db", "UPDATE entries SET policy='full' WHERE account IS NOT NULL")
    house.launch()
    house.wait_ready()
    async with browsers(house) as screens, house.people() as people:
        anna, ben = await people.device("anna"), await people.device("ben")
        await anna.does("status", on_the_phone=True)
        panel = await screens.panel(width=800, height=1280)
        await panel.page.add_init_script(path=AXE)
        await panel.page.reload()
        await panel.button("Anna Lind", exact=False).first.click()
        await expect(panel.page.get_by_role("heading", name="Busy")).to_be_visible()
        others = panel.page.get_by_role("group", name="Somebody else there")
        await expect(others.get_by_role("button")).to_have_text(["Ben Lind"])
        await clean(panel, "somebody else there")
        await others.get_by_role("button", name="Ben Lind").click()
        await ben.gets("invite")
        await expect(panel.page.get_by_text("Ben Lind", exact=False).first).to_be_visible()
        await panel.button("Hang up").click()

        (site,) = house.rows("intercom.db", "SELECT id FROM sites")
        tomorrow = {"weekday": (datetime.now(UTC).weekday() + 2) % 7, "start": 420, "end": 720}
        said = house.ask(
            "PATCH",
            f"/api/v1/sites/{site['id']}",
            json_body={"opening_hours": [tomorrow]},
            cookies=house.as_("marta"),
        )
        assert said.status == 200, said
        await panel.button("Back to the names").click()
        await panel.button("Ben Lind", exact=False).first.click()
        await expect(panel.page.get_by_role("heading", name="Closed")).to_be_visible()
        await expect(panel.page.get_by_text("Open again on", exact=False)).to_contain_text("at 07:00.")
        await clean(panel, "closed")
        await panel.button("Leave a note").click()
        await clean(panel, "writing a note")
