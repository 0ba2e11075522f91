"""A visitor's own phone, in real Chromium with a faked position, against a real resident's page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Response, expect

from tests.e2e.browsers import AXE, Browsers, Screen, browsers, clean
from tests.e2e.house import House

pytestmark = pytest.mark.browser

DOOR = {"latitude": 47.376912, "longitude": 8.541734, "accuracy": 12}
AWAY = {**DOOR, "longitude": 8.561734}
VAGUE = {**DOOR, "accuracy": 4000}
FENCE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [DOOR["longitude"], DOOR["latitude"]]},
    "properties": {"radius": 75},
}
LIGHT = 60 * 1024
"""What a page may weigh before somebody rings, compressed, in bytes."""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that asks visitors where they are."""
    house = House(tmp_path_factory.mktemp("door")).start()
    fenced(house, "enforce")
    yield house
    house.close()


@pytest.fixture
async def screens(door: House) -> AsyncIterator[Browsers]:
    async with browsers(door) as opened:
        yield opened


def fenced(house: House, mode: str) -> None:
    """The street door's fence."""
    answer = house.ask(
        "PUT",
        "/api/v1/sites/birkenhof/entrances/street/fence",
        json_body={"mode": mode, "fence": FENCE},
        cookies=house.as_("marta"),
    )
    assert answer.status == 200, answer


async def phone(
    screens: Browsers, where: dict[str, float] | None = DOOR, *, media: bool = True, **options: Any
) -> Screen:
    """A phone that scanned the sign. `where`: None, it may not say."""
    allowed = [*(["camera", "microphone"] if media else []), *(["geolocation"] if where else [])]
    options.setdefault("width", 390)
    options.setdefault("height", 844)
    screen = await screens.screen(
        permissions=allowed or ["notifications"], geolocation=where or DOOR, has_touch=True, **options
    )
    await screen.page.goto(screens.house.demo["visitor"]["url"])
    await expect(screen.page.get_by_role("button", name=re.compile("Anna Lind"))).to_be_visible()
    return screen


async def press(screen: Screen, name: str = "Anna Lind") -> None:
    """Two taps."""
    await screen.page.get_by_role("button", name=re.compile(name)).tap()
    await screen.page.get_by_role("button", name=re.compile("^Ring")).tap()


async def says(screen: Screen, word: str) -> None:
    """The lamp shows this."""
    await expect(screen.page.get_by_role("heading", level=1)).to_have_text(word)


async def test_before_the_ring_the_page_weighs_less_than_sixty_kilobytes(screens: Browsers) -> None:
    screen = await screens.screen(width=390, height=844, locale="de-CH")
    weights: dict[str, int] = {}
    answers: list[Response] = []
    screen.page.on("response", lambda answer: answers.append(answer))
    await screen.page.goto(screens.house.demo["visitor"]["url"])
    await expect(screen.page.get_by_role("button", name=re.compile("Anna Lind"))).to_be_visible()
    await screen.page.wait_for_timeout(500)
    for answer in answers:
        weights[answer.url] = (await answer.request.sizes())["responseBodySize"]
    assert all(weight > 0 for weight in weights.values()), weights
    print(sum(weights.values()), "bytes before the ring:", sorted(weights.values(), reverse=True)[:5])
    assert sum(weights.values()) < LIGHT, weights
    assert not [url for url in weights if "/rtc/" in url], "what a call needs comes later"
    assert await screen.page.get_by_role("dialog").count() == 0
    assert "cookie" not in (await screen.page.inner_text("body")).lower()


async def test_from_the_sign_to_an_open_door_and_leaving_ends_the_call(screens: Browsers) -> None:
    anna = await screens.resident("anna")
    visitor = await phone(screens)
    await expect(visitor.page.get_by_text("this door asks where you are")).to_be_visible()
    await visitor.page.get_by_role("button", name=re.compile("Anna Lind")).tap()
    for asked in ("Where you are", "Camera", "Microphone"):
        await expect(visitor.page.get_by_text(asked, exact=True)).to_be_visible()
    await visitor.button("Ring").tap()
    await expect(visitor.status).to_have_text("Ringing")
    dialog = anna.page.get_by_role("dialog", name="Incoming call")
    await expect(dialog.get_by_text("At the door")).to_be_visible()
    await dialog.get_by_role("button", name="Answer").click()
    await expect(anna.status).to_have_text("Connected")
    await expect(visitor.status).to_have_text("Connected")
    await expect(visitor.page.get_by_text("You cannot see them.")).to_be_visible()
    await anna.grows("videoFramesDecoded", 10)
    await visitor.grows("audioEnergyIn", 0.01)
    await anna.hold("Open Street door")
    await expect(anna.status).to_have_text("Opened")
    await expect(visitor.status).to_have_text("Opened")
    await expect(visitor.page.get_by_text("The door is open. Push now.")).to_be_visible()
    await expect(visitor.status).to_have_text("Connected")

    await visitor.page.context.set_geolocation(AWAY)
    await expect(visitor.page.get_by_text("The door does not open yet.")).to_be_visible(timeout=30_000)
    await expect(anna.page.get_by_text("Not at the door")).to_be_visible(timeout=30_000)
    await expect(visitor.status).to_have_text("Call ended: you left the door", timeout=30_000)
    await expect(anna.status).to_have_text("Call ended: the visitor left the door")


async def test_elsewhere_vague_or_silent_it_does_not_ring_and_the_word_on_the_sign_helps(
    screens: Browsers,
) -> None:
    anna = await screens.resident("anna")
    for where, word in ((AWAY, "Not at the door"), (VAGUE, "Where are you?"), (None, "Where are you?")):
        visitor = await phone(screens, where)
        await press(visitor)
        await says(visitor, word)
        assert await anna.page.get_by_role("dialog", name="Incoming call").count() == 0
    await visitor.page.get_by_label("Type the word on the sign").fill("bababa")
    await visitor.button("Ring with this word").tap()
    await says(visitor, "The word on the sign")
    await expect(visitor.page.get_by_text("This is not the word on the sign.").first).to_be_visible()
    await visitor.page.get_by_label("Type the word on the sign").fill(screens.house.demo["visitor"]["word"])
    await visitor.button("Ring with this word").tap()
    await expect(visitor.status).to_have_text("Ringing")
    await expect(anna.page.get_by_text("At the door", exact=True)).to_be_visible()
    await visitor.button("Hang up").tap()
    await expect(visitor.status).to_have_text("Call ended: you hung up")


async def test_whoever_came_nearer_rings_at_the_second_try(screens: Browsers) -> None:
    visitor = await phone(screens, AWAY)
    await press(visitor, "Ferhat Demir")
    await says(visitor, "Not at the door")
    await visitor.page.context.set_geolocation(DOOR)
    await visitor.button("Check again").tap()
    await says(visitor, "Not reachable")


async def test_the_fourth_ring_waits_and_shows_how_long(screens: Browsers) -> None:
    visitor = await phone(screens)
    for _ in range(3):
        await press(visitor, "Tomás Brandt")
        await says(visitor, "Not reachable")
        await visitor.button("Back to the names").tap()
    await press(visitor, "Tomás Brandt")
    await says(visitor, "One moment")
    told = visitor.page.get_by_text(re.compile(r"You can ring here again in 1:\d\d\."))
    before = await told.inner_text()
    await expect(told).not_to_have_text(before)


async def test_without_camera_and_microphone_they_write(screens: Browsers) -> None:
    anna = await screens.resident("anna")
    visitor = await phone(screens, media=False)
    await press(visitor)
    await anna.page.get_by_role("dialog", name="Incoming call").get_by_role("button", name="Answer").click()
    await expect(visitor.page.get_by_text("They cannot see you.")).to_be_visible()
    await expect(visitor.page.get_by_text("They cannot hear you. Press Text and write.")).to_be_visible()
    await visitor.button("Text").tap()
    await visitor.button("I have a delivery for you.").tap()
    await visitor.page.get_by_label("Write").fill("Top bell")
    await expect(anna.page.get_by_text("I have a delivery for you.").first).to_be_visible()
    await expect(anna.page.get_by_text("Top bell").first).to_be_visible()
    await visitor.button("Hang up").tap()
    await expect(anna.status).to_have_text("Call ended: the visitor hung up")


async def test_an_apps_own_browser_says_where_to_go_and_rings_all_the_same(screens: Browsers) -> None:
    visitor = await phone(screens)
    await visitor.page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    await visitor.page.reload()
    await visitor.page.get_by_role("button", name=re.compile("Yuki Hayashi")).tap()
    await expect(visitor.page.get_by_text("Open in your browser")).to_be_visible()
    await expect(visitor.page.get_by_text("This app’s browser has no camera.")).to_be_visible()
    await visitor.button("Ring without a camera").tap()
    await says(visitor, "Not reachable")


async def test_a_resident_has_peace_from_a_visitor_with_one_press(screens: Browsers) -> None:
    anna = await screens.resident("anna")
    visitor = await phone(screens)
    await press(visitor)
    dialog = anna.page.get_by_role("dialog", name="Incoming call")
    await dialog.get_by_role("button", name="Block for 1 hour").click()
    await says(visitor, "Nobody can come")
    await expect(
        anna.page.get_by_text(re.compile(r"This phone rings nobody here until \d\d:\d\d\."))
    ).to_be_visible()
    await visitor.button("Back to the names").tap()
    await press(visitor)
    await says(visitor, "Not now")
    assert await dialog.count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_and_nothing_needs_scrolling_sideways(screens: Browsers, scheme: str) -> None:
    visitor = await phone(screens, AWAY, width=320, height=640, color_scheme=scheme)
    await visitor.page.add_init_script(path=AXE)
    await visitor.page.reload()

    async def looked_at(what: str) -> None:
        await visitor.page.wait_for_timeout(300)
        await clean(visitor, what)
        wide = await visitor.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, (what, wide)

    await expect(visitor.page.get_by_role("button", name=re.compile("Anna Lind"))).to_be_visible()
    await looked_at("names")
    await visitor.button("Language").tap()
    await looked_at("languages")
    await visitor.page.get_by_role("button", name=re.compile("Jo Liebermann")).tap()
    await expect(visitor.button("Ring")).to_be_visible()
    await looked_at("ask")
    await visitor.button("Ring").tap()
    await says(visitor, "Not at the door")
    await looked_at("outside")
    await visitor.page.context.set_geolocation(DOOR)
    await visitor.button("Check again").tap()
    await says(visitor, "Not reachable")
    await looked_at("unanswered")


async def test_an_old_sign_says_so(screens: Browsers) -> None:
    screen = await screens.screen(width=390, height=844)
    answer = await screen.page.goto(f"{screens.house.base}/e/0000-00000-0000")
    assert answer is not None
    assert answer.status == 404
    await says(screen, "No door here")
    screen.faults.clear()  # the browser calls any 404 a fault


async def test_where_letters_are_wanted_a_name_is_found_by_three_and_rung_by_keyboard(
    screens: Browsers,
) -> None:
    house = screens.house
    for letters in (3, 0):
        answer = house.ask(
            "PATCH",
            "/api/v1/sites/birkenhof",
            json_body={"visitor_letters": letters},
            cookies=house.as_("marta"),
        )
        assert answer.status == 200, answer
        if not letters:
            return
        visitor = await screens.screen(
            width=390, height=844, permissions=["camera", "microphone", "geolocation"], geolocation=DOOR
        )
        keyboard = visitor.page.keyboard
        await visitor.page.goto(house.demo["visitor"]["url"])
        await expect(visitor.page.get_by_text("Type 3 letters of the name at least.")).to_be_visible()
        assert await visitor.page.get_by_text("Hayashi").count() == 0
        for _ in range(2):  # past the language, to the box
            await keyboard.press("Tab")
        await keyboard.type("ya")
        await expect(visitor.page.get_by_text("Type 3 letters of the name at least.")).to_be_visible()
        await keyboard.type("s")
        await expect(visitor.page.get_by_text("1 name found")).to_be_visible()
        await keyboard.press("Tab")
        await keyboard.press("Enter")
        await expect(visitor.button("Ring")).to_be_visible()
        await keyboard.press("Tab")
        await keyboard.press("Enter")
        await says(visitor, "Not reachable")
        await expect(visitor.status).to_have_text("Call ended: not reachable")


async def test_a_lost_connection_is_told_before_anybody_presses(tmp_path: Path) -> None:
    house = House(tmp_path).start()
    async with browsers(house) as screens:
        visitor = await screens.screen(width=390, height=844)
        await visitor.page.goto(house.demo["visitor"]["url"])
        await expect(visitor.page.get_by_role("button", name=re.compile("Anna Lind"))).to_be_visible()
        told = visitor.page.get_by_text("The bell does not ring at the moment.")
        await expect(told).to_be_hidden()
        house.kill()
        await expect(told).to_be_visible()
        house.start()
        await expect(told).to_be_hidden(timeout=40_000)
        await visitor.page.get_by_role("button", name=re.compile("Yuki Hayashi")).click()
        await visitor.button("Ring").click()
        await says(visitor, "Not reachable")
        visitor.faults.clear()  # the browser notes each try that found no server
    house.close()
