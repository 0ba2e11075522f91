"""Nobody answers: in real Chromium the caller leaves a note, the household replies, and the panel shows it."""

from __future__ import annotations

from collections.abc import Iterator
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
