"""Opening without a call, in real Chromium: a phone with the installed app, and a desktop browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
import pytest
from playwright.async_api import expect

from intercom.domain.fence import Circle, Spot, to_geojson
from tests.e2e.browsers import AXE, Browsers, Screen, browsers, clean
from tests.e2e.house import House

pytestmark = pytest.mark.browser

PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
    " Mobile Safari/537.36"
)
AT_THE_DOOR = {"latitude": 52.5201, "longitude": 13.4051, "accuracy": 10}
FAR_OFF = {"latitude": 52.53, "longitude": 13.405, "accuracy": 10}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of this file's own, whose street door has a fence that is only drawn."""
    house = House(tmp_path_factory.mktemp("doors") / "house")
    house.start()
    drawn = orjson.dumps(to_geojson(Circle(Spot(52.52, 13.405), 75.0))).decode()
    house.change("intercom.db", "UPDATE entrances SET fence=? WHERE id='street'", drawn)
    house.restart()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


@pytest.fixture
async def screens(own: House) -> AsyncIterator[Browsers]:
    async with browsers(own) as opened:
        yield opened


def rule(house: House, **rules: object) -> None:
    """The owner changes what opening without a call asks."""
    site = house.rows("intercom.db", "SELECT id FROM sites")[0]["id"]
    changed = house.ask("PATCH", f"/api/v1/sites/{site}", json_body=rules, cookies=house.as_("marta"))
    assert changed.status == 200, changed


def suffers(house: House, fault: str) -> None:
    """What the inner door tells of itself."""
    body = {"lock": "inner-door", "fault": fault}
    answer = house.ask("POST", "/api/v1/locks/fault", json_body=body, cookies=house.as_("marta"))
    assert answer.status == 200, answer


async def phone(screens: Browsers, who: str, **options: Any) -> Screen:
    """The installed app on somebody's phone, signed in."""
    screen = await screens.screen(
        width=390, height=844, user_agent=PHONE, has_touch=True, device_scale_factor=2, **options
    )
    await screen.page.add_init_script("Object.defineProperty(navigator, 'standalone', {value: true})")
    await signs_in(screens, screen, who)
    await expect(screen.page.get_by_role("heading", name="Doors", exact=True)).to_be_visible()
    return screen


async def signs_in(screens: Browsers, screen: Screen, who: str) -> None:
    account = screens.house.account(who)
    await screen.page.goto(account["url"])
    await screen.page.get_by_label("E-mail").fill(account["email"])
    await screen.page.get_by_label("Password").fill(account["password"])
    await screen.button("Sign in").click()


async def test_with_a_pin_on_the_phone_and_with_its_code_in_a_desktop_browser(
    screens: Browsers, own: House
) -> None:
    rule(own, pin_without_call=True)
    anna = await phone(screens, "anna")
    page = anna.page
    await page.add_init_script(path=AXE)

    # whoever has none yet is told so, and where to choose one
    await anna.hold("Open Street door")
    await page.get_by_label("Type your PIN.").fill("4071")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("you have none yet").first).to_be_visible()

    await page.goto(f"{own.account('anna')['url']}account/pin")
    await page.get_by_label("PIN", exact=True).fill("4071")
    await page.get_by_label("The same again").fill("4071")
    await page.get_by_label("Your password").fill(own.account("anna")["password"])
    await anna.button("Set the PIN").click()
    await expect(page.get_by_text("Your PIN is set.")).to_be_visible()
    await clean(anna, "the PIN's page")

    await page.goto(own.account("anna")["url"])
    await anna.hold("Open Street door")
    typed = page.get_by_label("Type your PIN.")
    await expect(typed).to_be_focused()
    await clean(anna, "the PIN is asked for")
    await typed.fill("9999")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").filter(has_text="4 tries are left")).to_be_visible()
    assert own.journal() == []
    await typed.fill("4071")
    await page.keyboard.press("Enter")
    await expect(anna.status).to_have_text("Opened")
    await expect(typed).to_be_hidden()
    assert len(own.journal()) == 1

    # the Code for another browser
    await page.goto(f"{own.account('anna')['url']}#settings")
    await page.get_by_label("Your PIN").fill("4071")
    await anna.button("Show the Code").click()
    shown = page.locator(".code-shown")
    await expect(shown).to_have_text(re.compile(r"^[0-9A-Z]{5}$"))
    code = await shown.inner_text()
    await expect(page.get_by_text(re.compile(r"Good for \d:\d\d more"))).to_be_visible()
    await clean(anna, "the Code is shown")

    desktop = await screens.resident("anna")
    await desktop.page.add_init_script(path=AXE)
    await desktop.page.reload()
    await expect(desktop.page.get_by_role("heading", name="Code for a computer")).to_have_count(0)
    # by keyboard alone: Enter twice, the Code, Enter
    await desktop.button("Open Street door").focus()
    await desktop.page.keyboard.press("Enter")
    await desktop.page.keyboard.press("Enter")
    asked = desktop.page.get_by_label("Type the Code from your phone (5 characters).")
    await expect(asked).to_be_focused()
    await clean(desktop, "the Code is asked for")
    await desktop.page.keyboard.press("Escape")
    await expect(asked).to_be_hidden()
    await expect(desktop.button("Open Street door")).to_be_focused()
    assert len(own.journal()) == 1
    await desktop.hold("Open Street door")
    await desktop.page.keyboard.type(code.lower())
    await desktop.page.keyboard.press("Enter")
    await expect(desktop.status).to_have_text("Opened")
    assert len(own.journal()) == 2
    told = [(o["truth"], o["factor"], o["without_call"]) for o in own.openings()]
    assert told == [
        ("refused", None, True),
        ("refused", None, True),
        ("opened", "pin", True),
        ("opened", "code", True),
    ]
    log = own.log.read_text()
    assert code not in log
    assert "4071" not in log
    rule(own, pin_without_call=False)


async def test_home_says_what_is_true_of_each_lock_and_a_held_door_has_no_button(
    screens: Browsers, own: House
) -> None:
    ben = await screens.resident("ben")
    await ben.page.add_init_script(path=AXE)
    await ben.page.reload()
    door = ben.page.locator(".door").filter(has_text="Inner door")
    for fault, words, pressable in (
        ("none", "Ready", True),
        ("offline", "Offline since", False),
        ("held_open", "Held open since", None),
        ("low_battery", "Battery low", True),
        ("left_open", "Left open for", True),
    ):
        suffers(own, fault)
        await expect(door.locator(".state")).to_contain_text(words)
        button = door.get_by_role("button", name="Open Inner door")
        if pressable is None:
            await expect(button).to_have_count(0)
            await expect(door).to_contain_text("Open, just push")
        elif pressable:
            await expect(button).to_be_enabled()
        else:
            await expect(button).to_be_disabled()
        await clean(ben, fault)
    suffers(own, "none")


async def test_where_the_site_wants_it_the_door_opens_only_for_who_is_there(
    screens: Browsers, own: House
) -> None:
    rule(own, resident_fence="enforce")
    before = len(own.journal())
    ferhat = await phone(
        screens, "ferhat", geolocation=FAR_OFF, permissions=["camera", "microphone", "geolocation"]
    )
    await ferhat.hold("Open Street door")
    await expect(ferhat.page.get_by_text("You are not at the door.").first).to_be_visible()
    assert len(own.journal()) == before
    await ferhat.page.context.set_geolocation(AT_THE_DOOR)
    await ferhat.page.wait_for_timeout(300)
    await ferhat.page.reload()
    await ferhat.hold("Open Street door")
    await expect(ferhat.status).to_have_text("Opened")
    assert len(own.journal()) == before + 1
    refused, opened = own.openings()[-2:]
    assert (refused["code"], refused["evidence"]["place"]) == ("not_at_door", "outside")
    assert (opened["truth"], opened["evidence"]["place"]) == ("opened", "inside")
    files = b"".join(file.read_bytes() for file in own.data.glob("live.db*")) + own.log.read_bytes()
    assert b"52.52" not in files
    assert b"13.405" not in files
    rule(own, resident_fence="off")
