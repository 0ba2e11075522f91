"""The map of a fence in a real Chromium: drawn by mouse, keys and pasting, with and without pictures."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import expect

from tests.e2e.browsers import AXE, Browsers, Screen, browsers, clean
from tests.e2e.house import House, free_port

pytestmark = pytest.mark.browser
PAGE = "/admin/birkenhof/entrances/street/fence"
HERE = {"latitude": 47.37712, "longitude": 8.54038, "accuracy": 12}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763d8b0e10300035801ab"
    "ea4dd0960000000049454e44ae426082"
)


@dataclass
class TileServer:
    """Pictures of nothing, on a host that is not the house's."""

    port: int
    asked: list[web.Request] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        return web.Response(body=PIXEL, content_type="image/png")


@pytest.fixture
async def screens(house: House) -> AsyncIterator[Browsers]:
    async with browsers(house) as opened:
        yield opened


async def the_map(screens: Browsers, **options: Any) -> Screen:
    """Its page, as a site admin sees it."""
    screen = await screens.screen(
        geolocation=HERE, permissions=["geolocation"], reduced_motion="reduce", **options
    )
    await screen.page.add_init_script(AXE.read_text())
    account = screens.house.account("jonas")
    await screen.page.goto(f"{screens.house.base}/admin")
    await screen.page.get_by_label("E-mail").fill(account["email"])
    await screen.page.get_by_label("Password").fill(account["password"])
    await screen.button("Sign in").click()
    await expect(screen.page.get_by_role("heading", name="Overview")).to_be_visible()
    await screen.page.goto(f"{screens.house.base}{PAGE}")
    await expect(screen.button("Draw on the map")).to_be_visible()
    return screen


async def drawn(screen: Screen) -> Any:
    """What the form would send."""
    return json.loads(await screen.page.locator("textarea[name=fence]").input_value())


def stored(house: House) -> Any:
    at = "/api/v1/sites/birkenhof/entrances/street/fence"
    return house.ask("GET", at, cookies=house.as_("jonas")).json


async def save(screen: Screen, mode: str) -> None:
    await screen.page.get_by_role("radio", name=mode).check()
    await screen.button("Save").click()
    await expect(screen.page.get_by_text("The fence was changed.")).to_be_visible()


async def at_map(screen: Screen, x: float, y: float) -> tuple[float, float]:
    """A point of the map, as the mouse counts."""
    await screen.page.locator(".fence-map").scroll_into_view_if_needed()
    box = await screen.page.locator(".fence-map").bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


async def test_a_polygon_and_a_circle_are_drawn_by_mouse(screens: Browsers) -> None:
    screen = await the_map(screens)
    mouse = screen.page.mouse
    await screen.button("Use my position").click()
    await expect(screen.page.get_by_role("status")).to_contain_text("12 m")
    await screen.button("Try it here").click()
    await expect(screen.page.get_by_role("status")).to_have_text(
        "Here a visitor is at the door. This device knows its place within 12 m."
    )
    await screen.button("Take the fence away").click()
    await screen.button("Draw on the map").click()
    await expect(screen.button("Stop drawing")).to_be_visible()
    for x, y in ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7), (0.3, 0.3)):
        await mouse.move(*await at_map(screen, x, y), steps=3)
        await mouse.click(*await at_map(screen, x, y))
    await expect(screen.page.get_by_role("status")).to_have_text("An area with 4 corners")
    before = (await drawn(screen))["geometry"]["coordinates"][0]
    assert len(before) == 5
    assert before[0] == before[-1]
    assert all(abs(lat - HERE["latitude"]) < 0.01 for _, lat in before)

    await mouse.move(*await at_map(screen, 0.3, 0.3))
    await mouse.down()
    await mouse.move(*await at_map(screen, 0.25, 0.2), steps=5)
    await mouse.up()
    after = (await drawn(screen))["geometry"]["coordinates"][0]
    assert after[0][0] < before[0][0], "dragged to the west"
    assert after[0][1] > before[0][1], "and to the north"
    assert after[1:-1] == before[1:-1]
    await save(screen, "Enforce")
    assert stored(screens.house) == {
        "mode": "enforce",
        "fence": {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "Polygon", "coordinates": [after]},
        },
    }

    await screen.page.goto(f"{screens.house.base}{PAGE}")
    await screen.button("Circle").click()
    await screen.button("Draw on the map").click()
    middle = await at_map(screen, 0.5, 0.5)
    await mouse.move(*middle)
    await mouse.click(*middle)
    await mouse.move(middle[0] + 60, middle[1], steps=5)
    await mouse.click(middle[0] + 60, middle[1])
    await expect(screen.button("Draw on the map")).to_be_visible()
    circle = await drawn(screen)
    assert circle["geometry"]["type"] == "Point"
    assert 5 <= circle["properties"]["radius"] < 75
    await save(screen, "Off")


async def test_all_is_done_by_keys(screens: Browsers) -> None:
    screen = await the_map(screens, width=390, height=844)
    keys = screen.page.keyboard
    await screen.button("Circle").press("Enter")
    await screen.page.get_by_label("Middle, latitude").fill("47.37712")
    await screen.page.get_by_label("Middle, longitude").fill("8.54038")
    await screen.page.get_by_label("Radius in metres").fill("40")
    await keys.press("Tab")
    assert await drawn(screen) == {
        "type": "Feature",
        "properties": {"radius": 40},
        "geometry": {"type": "Point", "coordinates": [8.54038, 47.37712]},
    }
    await screen.button("Edge, arrow keys change the radius by 1 m").focus()
    for _ in range(3):
        await keys.press("ArrowRight")
    assert (await drawn(screen))["properties"]["radius"] == 43
    await clean(screen, "a circle on a phone")

    await screen.button("Polygon").press("Enter")
    corner = screen.button("Corner 2, arrow keys move it by 1 m")
    await corner.focus()
    before = (await drawn(screen))["geometry"]["coordinates"][0]
    await keys.press("ArrowUp")
    await keys.press("Shift+ArrowRight")
    await expect(corner).to_be_focused()
    after = (await drawn(screen))["geometry"]["coordinates"][0]
    north = (after[1][1] - before[1][1]) * 111_195
    east = (after[1][0] - before[1][0]) * 111_195 * 0.677
    assert north == pytest.approx(1, abs=0.15)
    assert east == pytest.approx(10, abs=0.3)
    await expect(screen.page.get_by_role("status")).to_contain_text("Corner 2: 47.37")
    await expect(screen.page.get_by_label("Corner 2, latitude", exact=True)).to_have_value(str(after[1][1]))
    await screen.button("Add after: Corner 2").press("Enter")
    await screen.button("Remove: Corner 1").press("Enter")
    await screen.button("Add a hole").press("Enter")
    await screen.button("Hole 1, corner 1, arrow keys move it by 1 m").press("Delete")
    coordinates = (await drawn(screen))["geometry"]["coordinates"]
    assert [len(ring) for ring in coordinates] == [5, 4]
    await clean(screen, "a polygon on a phone")
    await save(screen, "Advise")
    assert stored(screens.house)["fence"]["geometry"]["coordinates"] == coordinates


async def test_geojson_is_pasted_and_a_refused_one_is_explained(screens: Browsers) -> None:
    screen = await the_map(screens, color_scheme="dark")
    if not await screen.page.get_by_label("GeoJSON", exact=True).is_visible():
        await screen.page.get_by_text("Paste GeoJSON").click()
    field = screen.page.get_by_label("GeoJSON", exact=True)
    ring = [[179.9995, -17], [-179.9995, -17], [-179.9995, -16.999], [179.9995, -16.999], [179.9995, -17]]
    await field.fill(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    await expect(screen.page.get_by_role("status")).to_have_text("An area with 4 corners")
    await expect(screen.button("Corner 4, arrow keys move it by 1 m")).to_be_visible()
    await expect(screen.page.get_by_label("Corner 2, longitude")).to_have_value("180.0005")
    await clean(screen, "a fence across the antimeridian, dark")
    await save(screen, "Advise")
    assert stored(screens.house)["fence"]["geometry"]["coordinates"] == [ring]

    await screen.page.goto(f"{screens.house.base}{PAGE}")
    await screen.page.get_by_text("Paste GeoJSON").click()
    crossing = [ring[0], ring[2], ring[1], ring[3], ring[0]]
    await field.fill(json.dumps({"type": "Polygon", "coordinates": [crossing]}))
    await screen.button("Save").click()
    error = screen.page.get_by_text("The sides of the outline cross or touch each other.")
    await expect(error).to_be_visible()
    assert (await drawn(screen))["coordinates"] == [crossing], "what was pasted stays"
    assert stored(screens.house)["fence"]["geometry"]["coordinates"] == [ring], "and nothing was changed"
    screen.faults[:] = [fault for fault in screen.faults if "status of 422" not in fault]


async def test_pictures_of_the_ground_are_asked_for_only_after_somebody_agreed(tmp_path: Path) -> None:
    tiles = TileServer(free_port())
    app = web.Application()
    app.router.add_get("/{z}/{x}/{y}.png", tiles.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", tiles.port).start()
    host = f"localhost:{tiles.port}"
    house = House(
        tmp_path / "house", map_tiles=f"http://{host}/{{z}}/{{x}}/{{y}}.png", map_credit="© Makers & sons"
    )
    house.start()
    try:
        async with browsers(house) as screens:
            screen = await the_map(screens)
            await screen.button("Circle").click()
            await screen.page.wait_for_timeout(300)
            assert not tiles.asked
            await expect(screen.page.get_by_text("which then learns")).to_be_visible()
            await clean(screen, "before the map is shown")
            await screen.button(f"Show the map of {host}").click()
            await expect(screen.page.locator("img.leaflet-tile-loaded").first).to_be_visible()
            await expect(screen.page.get_by_text("© Makers & sons")).to_be_visible()
            assert {request.path.count("/") for request in tiles.asked} == {3}
            assert {request.headers.get("Cookie") for request in tiles.asked} == {None}
            assert {request.headers.get("Referer") for request in tiles.asked} == {f"{house.base}/"}
            await screen.page.reload()
            await expect(screen.page.locator("img.leaflet-tile-loaded").first).to_be_visible()
            await screen.button(f"Show no map of {host}").click()
            asked = len(tiles.asked)
            await screen.page.reload()
            await expect(screen.button(f"Show the map of {host}")).to_be_visible()
            await screen.page.wait_for_timeout(300)
            assert len(tiles.asked) == asked
            screen.faults[:] = [fault for fault in screen.faults if f"asks http://{host}/" not in fault]
        assert not house.faults()
    finally:
        house.close()
        await runner.cleanup()
