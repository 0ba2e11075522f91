"""Which microphone, camera, loudspeaker and tone a device uses, and how long it talks, in a real browser."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import browsers
from tests.e2e.house import House

pytestmark = pytest.mark.browser


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    running = House(tmp_path / "house")
    running.start()
    yield running
    running.close()


def beep() -> bytes:
    """A second of sound, as a WAV file."""
    samples = b"".join(struct.pack("<h", int(9000 * math.sin(n / 8))) for n in range(8000))
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(samples),
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        8000,
        16000,
        2,
        16,
        b"data",
        len(samples),
    )
    return head + samples


async def test_another_microphone_is_tried_remembered_and_used_in_the_call(house: House) -> None:
    async with browsers(house) as screens:
        panel, anna = await screens.panel(), await screens.resident("anna")
        await anna.page.evaluate("location.hash = 'settings'")
        choice = anna.page.get_by_label("Microphone", exact=True)
        await anna.button("Try the microphone", exact=False).click()
        await expect(anna.page.get_by_text("Say something: the bars move.", exact=False)).to_be_visible()
        names = await choice.locator("option").all_inner_texts()
        assert len(names) > 2, names
        await choice.select_option(label=names[-1])
        await anna.page.reload()
        await expect(choice).to_have_value(await choice.locator("option").last.get_attribute("value") or "?")
        await anna.page.evaluate("location.hash = 'home'")
        await panel.button("Anna Lind", exact=False).first.click()
        await anna.button("Answer").click()
        await expect(anna.status).to_have_text("Connected")
        assert await anna.page.evaluate("localStorage.getItem('audioinput')")
        await panel.grows("audioEnergyIn", 0.01)
        await anna.button("Hang up").click()


async def test_a_file_of_ones_own_becomes_the_tone_and_stays_on_the_device(house: House) -> None:
    async with browsers(house) as screens:
        anna = await screens.resident("anna")
        await anna.page.evaluate("location.hash = 'settings'")
        chooser = anna.page.locator("#own-tone")
        await chooser.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no sound"})
        await expect(anna.page.get_by_text("This is not a sound file.")).to_be_visible()
        await chooser.set_input_files({"name": "bell.wav", "mimeType": "audio/wav", "buffer": beep()})
        own = anna.page.get_by_role("radio", name="bell.wav")
        await expect(own).to_be_checked()
        await anna.page.reload()
        await expect(own).to_be_checked()


async def test_a_talk_goes_on_past_its_limit_when_the_resident_says_so(tmp_path: Path) -> None:
    short = House(tmp_path / "short", talk_seconds=8)
    short.start()
    try:
        async with browsers(short) as screens:
            panel, anna = await screens.panel(), await screens.resident("anna")
            await panel.button("Anna Lind", exact=False).first.click()
            await anna.button("Answer").click()
            await expect(anna.status).to_have_text("Connected")
            await anna.button("Talk on").click()
            await anna.page.wait_for_timeout(5000)
            await expect(anna.status).to_have_text("Connected")
            await expect(panel.status).to_have_text("Call ended: the time is over")
            await expect(anna.status).to_have_text("Call ended: time limit")
    finally:
        short.close()
