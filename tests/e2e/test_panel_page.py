"""The panel's page in public, in real Chromium: the way out of it, and what it shows without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from intercom.domain.ids import Secret
from tests.e2e.browsers import AXE, Screen, browsers, clean
from tests.e2e.house import House

SITE = "/api/v1/sites/birkenhof"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    running = House(tmp_path / "house")
    running.start()
    yield running
    running.close()
    assert not running.faults(), "the server's log tells of faults of its own"


def set_pin(house: House, pin: str) -> None:
    hashed = Secret(house.panel_key).digest()
    (row,) = house.rows("intercom.db", "SELECT id FROM panels WHERE key_hash=?", hashed)
    said = house.ask(
        "PUT", f"{SITE}/panels/{row['id']}/pin", json_body={"pin": pin}, cookies=house.as_("marta")
    )
    assert said.status == 200, said


async def hold_plate(screen: Screen, seconds: float) -> None:
    box = await screen.page.locator(".plate").first.bounding_box()
    assert box
    await screen.page.mouse.move(box["x"] + 20, box["y"] + 20)
    await screen.page.mouse.down()
    await screen.page.wait_for_timeout(seconds * 1000)
    await screen.page.mouse.up()


@pytest.mark.browser
async def test_the_page_is_left_by_holding_the_plate_and_the_pin(house: House) -> None:
    await asyncio.to_thread(set_pin, house, "270415")
    async with browsers(house) as screens:
        panel = await screens.screen(width=800, height=1280)
        await panel.page.add_init_script(path=AXE)
        await panel.page.goto(house.demo["panel_url"])
        await expect(panel.page.get_by_role("heading", name="Press a name to ring")).to_be_visible()
        menu = panel.page.get_by_role("dialog")

        await hold_plate(panel, 3)
        await expect(menu).to_be_hidden()
        await hold_plate(panel, 5.3)
        await expect(menu.get_by_role("heading", name="PIN of this panel")).to_be_visible()
        for key in await menu.get_by_role("button").all():
            box = await key.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 72
        await clean(panel, "the pad")

        for digit in "270416":
            await menu.get_by_role("button", name=digit, exact=True).click()
        await expect(menu.get_by_role("status")).to_have_text("●●●●●●")
        await menu.get_by_role("button", name="OK").click()
        await expect(menu.get_by_role("alert")).to_have_text("Wrong PIN. 4 tries are left, then a pause.")
        await panel.page.keyboard.type("2704155")
        await panel.page.keyboard.press("Backspace")
        await panel.page.keyboard.press("Enter")
        await expect(menu.get_by_role("heading", name="This panel")).to_be_visible()
        await clean(panel, "the menu")
        await menu.get_by_role("button", name="Back to the bell").click()
        await expect(menu).to_be_hidden()

        await panel.page.keyboard.press("Control+Alt+p")
        await expect(menu.get_by_role("heading", name="PIN of this panel")).to_be_visible()
        await panel.page.keyboard.type("270415")
        await panel.page.keyboard.press("Enter")
        await menu.get_by_role("button", name="Sign this panel off").click()
        await expect(menu.get_by_role("button", name="Keep it")).to_be_focused()
        await menu.get_by_role("button", name="Sign it off").click()
        await expect(panel.page.get_by_role("heading", name="This panel is not paired")).to_be_visible()
    hashed = Secret(house.panel_key).digest()
    (row,) = house.rows("intercom.db", "SELECT revoked FROM panels WHERE key_hash=?", hashed)
    assert row["revoked"] == 1


@pytest.mark.browser
async def test_nothing_on_the_page_leads_away_and_no_menu_opens_in_a_call(house: House) -> None:
    async with browsers(house) as screens, house.people() as people:
        anna = await people.device("anna")
        panel = await screens.panel()
        held_back = await panel.page.evaluate(
            """() => {
              const link = document.createElement('a');
              link.href = '/sign-in';
              document.querySelector('.panel').append(link);
              const prevented = (name, more = {}) => !link.dispatchEvent(
                new (more.type ?? Event)(name, {bubbles: true, cancelable: true, ...more.init}));
              return {
                contextmenu: prevented('contextmenu'), drag: prevented('dragstart'), drop: prevented('drop'),
                select: prevented('selectstart'), link: prevented('click', {type: MouseEvent}),
                zoom: prevented('wheel', {type: WheelEvent, init: {ctrlKey: true}}),
                scroll: !prevented('wheel', {type: WheelEvent}),
              };
            }"""
        )
        assert held_back == dict.fromkeys(
            ("contextmenu", "drag", "drop", "select", "link", "zoom", "scroll"), True
        )
        await panel.button("Anna Lind", exact=False).first.click()
        await anna.invited()
        await panel.page.keyboard.press("Control+Alt+p")
        await panel.page.wait_for_timeout(300)
        await expect(panel.page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.browser
async def test_a_page_that_is_loaded_without_a_server_says_so_and_returns_by_itself(house: House) -> None:
    async with browsers(house) as screens:
        panel = await screens.panel()
        await panel.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        await panel.page.wait_for_function("navigator.serviceWorker.controller !== null")
        await asyncio.to_thread(house.kill)
        await panel.page.reload()
        await expect(panel.page.get_by_role("heading", name="No connection")).to_be_visible()
        await expect(panel.page.locator("#since")).to_contain_text("It tries again by itself.")
        styled = await panel.page.evaluate("getComputedStyle(document.querySelector('.lampface')).display")
        assert styled == "grid", "its sheets are kept, too"
        await asyncio.to_thread(house.start)
        await expect(panel.page.get_by_role("heading", name="Press a name to ring")).to_be_visible()


OLDER_PAGE = """
document.addEventListener("readystatechange", () => {
  const app = document.getElementById("app");
  if (app) app.dataset.version = "an older one";
});
const real = performance.now.bind(performance);
let skipped = 0;
performance.now = () => real() + skipped;
window.passes = (seconds, still) => {
  skipped += seconds * 1000;
  if (!still) document.dispatchEvent(new Event("visibilitychange"));
};
"""
"""`passes(seconds)`: so much later by the page's clock; with `still` it stood still meanwhile."""


@pytest.mark.browser
async def test_an_older_page_loads_itself_anew_when_nobody_is_there_and_in_no_loop(house: House) -> None:
    async with browsers(house) as screens, house.people() as people:
        panel = await screens.screen()
        await people.device("anna")
        loads, said = [0], list[str]()

        async def settled(heading: str = "Press a name to ring") -> None:
            await panel.page.wait_for_timeout(1500)  # it looks each second
            await expect(panel.page.get_by_role("heading", name=heading)).to_be_visible()

        def loaded() -> None:
            loads[0] += 1

        panel.page.on("load", lambda _: loaded())
        panel.page.on("console", lambda message: said.append(message.text))
        await panel.page.add_init_script(OLDER_PAGE)
        await panel.page.goto(house.demo["panel_url"])
        await settled()
        assert loads == [1], "somebody may be at the panel"

        await panel.button("Anna Lind", exact=False).first.click()
        await panel.page.evaluate("passes(100)")
        await settled("Calling")
        assert loads == [1], "somebody rings"
        await panel.button("Hang up").click()
        await settled()  # the last face goes by itself
        await panel.page.evaluate("passes(31)")
        await settled()
        assert loads == [2]
        assert "The page is loaded anew: outdated." in said

        await panel.page.evaluate("passes(100)")
        await settled()
        await panel.page.evaluate("passes(100, true)")
        await settled()
        assert loads == [2], "it pauses for two minutes before it tries that again"
