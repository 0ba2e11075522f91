"""The product through its own pages, in real Chromium with a playing camera and microphone."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import AXE, Browsers, Screen, browsers, clean
from tests.e2e.house import ROOT, House

pytestmark = pytest.mark.browser


@pytest.fixture
async def screens(house: House) -> AsyncIterator[Browsers]:
    async with browsers(house) as opened:
        yield opened


async def ring(panel: Screen, entry: str = "Anna Lind") -> None:
    """Press a name; wait until the panel says that it rings."""
    await panel.page.get_by_role("button", name=re.compile(f"^{entry}")).click()
    await expect(panel.status).to_have_text("Ringing")


async def back_to_names(panel: Screen) -> None:
    await panel.button("Back to the names").click()
    await expect(panel.page.get_by_role("heading", name="Press a name to ring")).to_be_visible()


async def test_a_visitor_rings_is_seen_heard_and_let_in(screens: Browsers) -> None:
    panel, anna = await screens.panel(), await screens.resident("anna")
    assert "Opened" not in await anna.page.inner_text("body")

    await ring(panel)
    dialog = anna.page.get_by_role("dialog", name="Incoming call")
    await expect(dialog).to_be_visible()
    await anna.grows("videoFramesDecoded", 10)
    ringing_here, ringing_there = await anna.figures(), await panel.figures()
    assert ringing_here["videoPacketsSent"] == ringing_here["audioPacketsSent"] == 0
    assert ringing_here["audioPacketsReceived"] == 0, "no sound before somebody answers"
    assert ringing_there["audioPacketsSent"] == 0

    await dialog.get_by_role("button", name="Answer").click()
    await expect(anna.status).to_have_text("Connected")
    await expect(panel.status).to_have_text("Connected")
    await anna.grows("videoFramesDecoded", 20)
    await anna.grows("audioEnergyIn", 0.01)
    await panel.grows("audioEnergyIn", 0.01)
    await expect(panel.page.get_by_text("You cannot see them.")).to_be_visible()
    assert (await anna.figures())["videoPacketsSent"] == 0, "the camera is off: no packet"

    await anna.button("Turn camera on").click()
    await expect(anna.button("Turn camera off")).to_be_visible()
    await panel.grows("videoFramesDecoded", 10)
    await expect(panel.page.get_by_label("Picture from the other side")).to_be_visible()
    await anna.button("Turn camera off").click()
    await expect(panel.page.get_by_text("You cannot see them.")).to_be_visible()
    await anna.grows("audioPacketsSent", 25)  # what was on its way has left
    off = (await anna.figures())["videoPacketsSent"]
    await anna.grows("audioPacketsSent", 50)
    assert (await anna.figures())["videoPacketsSent"] == off, "the camera is off again: no more packets"

    assert "Opened" not in await anna.page.inner_text("body")
    assert "Opened" not in await panel.page.inner_text("body")
    await anna.hold("Open Street door")
    await expect(anna.status).to_have_text("Opened")
    await expect(panel.status).to_have_text("Opened")
    await expect(panel.page.get_by_text("The door is open. Push now.")).to_be_visible()
    await expect(panel.status).to_have_text("Connected")  # it has locked itself; they still talk

    await anna.button("Hang up").click()
    await expect(anna.status).to_have_text("Call ended: you hung up")
    await expect(panel.status).to_have_text("Call ended: they hung up")
    await expect(panel.page.get_by_text("The door was opened.")).to_be_visible()
    await anna.button("Back to the doors").click()
    await expect(anna.page.get_by_text("Answered on Anna’s computer").first).to_be_visible()
    await back_to_names(panel)


async def test_the_doorstation_program_calls_a_browser(
    screens: Browsers, house: House, tmp_path: Path
) -> None:
    anna = await screens.resident("anna")
    heard = tmp_path / "heard.wav"
    station = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "intercom", "panel", "--server", house.base),
        *("--key-file", house.demo["doorstation"]["key_file"], "--ring", "Anna Lind", "--once"),
        *("--loopback", "--no-keypad", "--speaker", str(heard)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await anna.page.get_by_role("dialog", name="Incoming call").wait_for()
        await anna.grows("videoFramesDecoded", 10)
        assert (await anna.figures())["audioPacketsReceived"] == 0
        await anna.button("Answer").click()
        await expect(anna.status).to_have_text("Connected")
        await anna.grows("audioEnergyIn", 0.001)
        await anna.grows("audioPacketsSent", 50)
        await anna.button("Turn camera on").click()
        await anna.grows("videoPacketsSent", 30)
        await anna.hold("Open Street door")
        await expect(anna.status).to_have_text("Opened")
        await anna.button("Hang up").click()
        out, _ = await asyncio.wait_for(station.communicate(), 20)
    finally:
        if station.returncode is None:
            station.kill()
    text = out.decode()
    for truth in ("Ringing", "Connected", "Sent", "Opened"):
        assert truth in text, text
    counted = json.loads(next(line for line in reversed(text.splitlines()) if line.startswith("{")))
    assert counted["frames_received"] > 0
    assert counted["audio_energy"] > 0
    assert counted["audio_frames_early"] == 0
    assert station.returncode == 0


async def test_of_two_who_answer_at_the_same_moment_one_wins_and_the_other_is_told_who(
    screens: Browsers,
) -> None:
    panel = await screens.panel()
    anna, ben = await screens.resident("anna"), await screens.resident("ben")
    await ring(panel)
    both = [anna, ben]
    for screen in both:
        await screen.page.get_by_role("dialog", name="Incoming call").wait_for()
    # both know their button and the moment before the first of them presses
    press = """(wait) => { const answer = document.querySelector('[role=dialog] [data-state=talking]');
        setTimeout(() => answer.click(), wait - Date.now()); }"""
    moment = time.time() * 1000 + 500
    await asyncio.gather(*(screen.page.evaluate(press, moment) for screen in both))
    await expect(panel.status).to_have_text("Connected")
    for screen in both:
        await expect(screen.status).to_have_text(
            re.compile("^(Connected|Call ended: answered by (Anna|Ben) Lind)$")
        )
    said = sorted([await screen.status.inner_text() for screen in both])
    assert said[0].startswith("Call ended: answered by"), said
    assert said[1] == "Connected", said
    await panel.button("Hang up").click()
    await expect(panel.status).to_have_text("Call ended: you hung up")
    winner = anna if await anna.status.inner_text() != said[0] else ben
    await expect(winner.status).to_have_text("Call ended: the visitor hung up")


async def test_a_second_tab_of_the_same_person_rings_and_is_told_where_it_was_answered(
    screens: Browsers,
) -> None:
    panel, anna = await screens.panel(), await screens.resident("anna")
    tab = Screen(await anna.page.context.new_page())
    await tab.page.goto(anna.page.url)
    await expect(tab.page.get_by_role("heading", name="Doors", exact=True)).to_be_visible()
    await ring(panel)
    await tab.page.get_by_role("dialog", name="Incoming call").wait_for()
    await anna.button("Answer").click()
    await expect(anna.status).to_have_text("Connected")
    await expect(tab.status).to_have_text("Call ended: answered on Anna’s computer")
    await panel.button("Hang up").click()
    await expect(anna.status).to_have_text("Call ended: the visitor hung up")


async def test_decline_and_giving_up_are_told_to_both_sides(screens: Browsers) -> None:
    panel, ferhat = await screens.panel(), await screens.resident("ferhat")
    await ring(panel, "Ferhat Demir")
    await ferhat.button("Decline").click()
    await expect(ferhat.status).to_have_text("Call ended: you declined")
    await expect(panel.page.get_by_role("heading", name="Nobody can come")).to_be_visible()
    await back_to_names(panel)
    await ring(panel, "Ferhat Demir")
    await ferhat.page.get_by_role("dialog", name="Incoming call").wait_for()
    await panel.button("Hang up").click()
    await expect(ferhat.status).to_have_text("Call ended: the visitor gave up")
    await ferhat.button("Back to the doors").click()
    await expect(ferhat.page.get_by_role("heading", name="1 missed call")).to_be_visible()
    await ferhat.button("Mark as seen").click()
    await expect(ferhat.page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()


async def test_nobody_home_and_busy_are_told_in_words(screens: Browsers) -> None:
    panel = await screens.panel()
    await panel.page.get_by_role("button", name=re.compile("^Yuki Hayashi")).click()
    await expect(panel.page.get_by_role("heading", name="Not reachable")).to_be_visible()
    await back_to_names(panel)


async def test_the_whole_call_works_by_keyboard(screens: Browsers) -> None:
    panel, anna = await screens.panel(), await screens.resident("anna")
    await panel.page.get_by_role("searchbox", name="Search").fill("lind")
    await expect(panel.page.get_by_role("heading", name="1 name found")).to_be_visible()
    await panel.page.keyboard.press("Tab")
    await panel.page.get_by_role("button", name=re.compile("^Anna Lind")).focus()
    await panel.page.keyboard.press("Enter")
    dialog = anna.page.get_by_role("dialog", name="Incoming call")
    await expect(dialog).to_be_focused()
    await anna.page.keyboard.press("Escape")
    await anna.page.keyboard.press("Enter")
    await expect(dialog).to_be_visible()
    await anna.page.keyboard.press("Tab")
    await expect(anna.button("Answer")).to_be_focused()
    await anna.page.keyboard.press("Tab")
    await expect(anna.button("Decline")).to_be_focused()
    await anna.page.keyboard.press("Shift+Tab")
    await anna.page.keyboard.press("Enter")
    await expect(anna.status).to_have_text("Connected")
    opens = anna.button("Open Inner door")
    await opens.focus()
    await anna.page.keyboard.press("Enter")
    await expect(anna.page.get_by_text("Press Enter again to open")).to_be_visible()
    await anna.page.keyboard.press("Enter")
    await expect(anna.status).to_have_text("Opened")
    await anna.button("Mute").focus()
    await anna.page.keyboard.press("Enter")
    await expect(anna.button("Unmute")).to_have_attribute("aria-pressed", "true")
    await anna.button("Hang up").focus()
    await anna.page.keyboard.press("Enter")
    await expect(anna.status).to_have_text("Call ended: you hung up")


async def test_open_that_is_let_go_too_early_sends_nothing(screens: Browsers, house: House) -> None:
    anna = await screens.resident("anna")
    before = len(house.openings())
    await anna.hold("Open Courtyard gate", 300)
    await expect(anna.page.get_by_text("Released too early. Nothing was sent.")).to_be_visible()
    assert len(house.openings()) == before
    await anna.hold("Open Courtyard gate")
    await expect(anna.status).to_have_text("Opened")
    assert len(house.openings()) == before + 1


async def test_a_lock_that_stays_silent_is_not_confirmed_on_both_sides(
    screens: Browsers, house: House
) -> None:
    def suffer(fault: str) -> None:
        answer = house.ask(
            "POST",
            "/api/v1/locks/fault",
            json_body={"lock": "inner-door", "fault": fault},
            cookies=house.as_("marta"),
        )
        assert answer.status == 200, answer

    panel, anna = await screens.panel(), await screens.resident("anna")
    await ring(panel)
    await anna.button("Answer").click()
    await expect(anna.status).to_have_text("Connected")
    suffer("silent")
    try:
        await anna.hold("Open Inner door")
        await expect(panel.status).to_have_text("Sent")
        await expect(anna.status).to_have_text("Not confirmed")
        await expect(panel.status).to_have_text("Not confirmed")
        await expect(anna.page.get_by_text("Nobody knows whether it opened.")).to_be_visible()
        assert "Opened" not in await anna.page.inner_text("body")
        suffer("offline")
        await expect(anna.button("Open Inner door")).to_be_disabled()
    finally:
        suffer("none")
    await expect(anna.button("Open Inner door")).to_be_enabled()
    await panel.button("Hang up").click()


async def test_a_page_loaded_again_in_the_middle_of_a_call_goes_on(screens: Browsers) -> None:
    panel, anna = await screens.panel(), await screens.resident("anna")
    await ring(panel)
    await anna.button("Answer").click()
    await expect(anna.status).to_have_text("Connected")
    await anna.page.reload()
    await expect(anna.status).to_have_text("Connected")
    await anna.grows("videoFramesDecoded", 10)
    await panel.grows("audioEnergyIn", 0.01)
    await panel.page.reload()
    await expect(panel.status).to_have_text("Connected")
    await anna.grows("videoFramesDecoded", 10)
    await anna.grows("audioEnergyIn", 0.01)
    await anna.hold("Open Street door")
    await expect(panel.status).to_have_text("Opened")
    await panel.button("Hang up").click()
    await expect(anna.status).to_have_text("Call ended: the visitor hung up")


async def test_a_killed_server_leaves_them_talking_and_the_door_can_still_be_opened(tmp_path: Path) -> None:
    house = House(tmp_path / "house").start()
    try:
        async with browsers(house) as screens:
            panel, anna = await screens.panel(), await screens.resident("anna")
            await ring(panel)
            await anna.button("Answer").click()
            await expect(anna.status).to_have_text("Connected")
            house.kill()
            await anna.grows("audioEnergyIn", 0.01)
            await panel.grows("audioEnergyIn", 0.01)
            await expect(anna.page.get_by_text("No connection to the server since")).to_be_visible()
            house.start()
            await expect(anna.page.get_by_text("No connection to the server since")).to_be_hidden()
            await anna.grows("videoFramesDecoded", 10)
            await anna.hold("Open Street door")
            await expect(anna.status).to_have_text("Opened")
            await expect(panel.status).to_have_text("Opened")
            await anna.button("Hang up").click()
            await expect(panel.status).to_have_text("Call ended: they hung up")
    finally:
        house.close()


async def test_a_panel_is_paired_by_the_code_that_the_admin_page_shows(screens: Browsers) -> None:
    admin = await screens.screen()
    account = screens.house.account("jonas")
    await admin.page.goto(f"{screens.house.base}/admin")
    await admin.page.get_by_label("E-mail").fill(account["email"])
    await admin.page.get_by_label("Password").fill(account["password"])
    await admin.button("Sign in").click()
    await expect(admin.page.get_by_role("heading", name="Overview")).to_be_visible()
    await admin.page.get_by_role("link", name="Entrances").click()
    await admin.page.get_by_role("link", name="Courtyard gate").click()
    await admin.button("New pairing code").click()
    code = await admin.page.locator(".pairing-code").inner_text()

    panel = await screens.screen()
    await panel.page.goto(f"{screens.house.base}/panel")
    await panel.page.get_by_label("Pairing code").fill("wrong")
    panel.faults.clear()
    await panel.button("Pair this panel").click()
    await expect(panel.page.get_by_role("alert")).to_contain_text("This code is wrong or old.")
    panel.faults.clear()  # the browser itself logs the refusal
    await panel.page.get_by_label("Pairing code").fill(code.lower())
    await panel.button("Pair this panel").click()
    await expect(panel.page.get_by_role("heading", name="Press a name to ring")).to_be_visible()
    await expect(panel.page.get_by_text("Courtyard gate")).to_be_visible()

    await admin.page.goto(f"{screens.house.base}/admin/birkenhof/entrances/courtyard")
    newest = admin.page.get_by_role("listitem").filter(has_text="out of service").last
    await newest.get_by_text("Change").click()
    await newest.get_by_role("button", name=re.compile("^Take .* out of service$")).click()
    await expect(panel.page.get_by_role("heading", name="This panel is not paired")).to_be_visible()


async def test_over_plain_http_under_another_name_the_pages_say_why_there_is_no_camera(
    screens: Browsers,
) -> None:
    for path in ("/panel", "/"):
        screen = await screens.screen(permissions=None)
        base = f"http://intercom.test:{screens.house.port}"
        if path == "/":
            account = screens.house.account("anna")
            await screen.page.goto(f"{base}/sign-in")
            await screen.page.get_by_label("E-mail").fill(account["email"])
            await screen.page.get_by_label("Password").fill(account["password"])
            await screen.button("Sign in").click()
        else:
            await screen.page.goto(f"{base}{path}")
        await expect(screen.page.get_by_text("This browser withholds camera and microphone.")).to_be_visible()
        screen.faults.clear()  # the other name is not the house's own


async def test_without_a_microphone_one_still_sees_listens_and_opens(screens: Browsers) -> None:
    panel, anna = await screens.panel(), await screens.screen(permissions=[])
    account = screens.house.account("anna")
    await refuse(anna, account["url"], "microphone", "camera")
    await anna.page.goto(account["url"])
    await anna.page.get_by_label("E-mail").fill(account["email"])
    await anna.page.get_by_label("Password").fill(account["password"])
    await anna.button("Sign in").click()
    later = anna.button("Later")
    await later.or_(anna.page.get_by_role("heading", name="Doors", exact=True)).first.wait_for()
    if await later.is_visible():
        await later.click()
    await ring(panel)
    await anna.button("Answer").click()
    await expect(anna.page.get_by_text("They cannot hear you.")).to_be_visible()
    await anna.grows("videoFramesDecoded", 10)
    await anna.grows("audioEnergyIn", 0.01)
    await anna.hold("Open Street door")
    await expect(anna.status).to_have_text("Opened")
    await anna.button("Hang up").click()
    await anna.page.get_by_role("link", name="Settings").click()
    await anna.page.get_by_text("How to allow the microphone").click()
    await expect(anna.page.get_by_text("Press the sign at the left of the address.")).to_be_visible()


async def refuse(screen: Screen, url: str, *names: str) -> None:
    """Its owner pressed "Block" there."""
    context = screen.page.context
    assert context.browser
    page = await context.new_cdp_session(screen.page)
    browser = await context.browser.new_browser_cdp_session()
    where = (await page.send("Target.getTargetInfo"))["targetInfo"]["browserContextId"]
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    for name in names:
        said = {"permission": {"name": name}, "setting": "denied"}
        await browser.send("Browser.setPermission", {**said, "origin": origin, "browserContextId": where})


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_screen(screens: Browsers, scheme: str) -> None:
    script = AXE.read_text()
    still = {"color_scheme": scheme, "reduced_motion": "reduce"}  # axe would judge colours in mid-fade
    panel, anna = await screens.screen(**still), await screens.screen(**still)
    for screen in (panel, anna):
        await screen.page.add_init_script(script)
    await anna.page.goto(f"{screens.house.base}/sign-in")
    await clean(anna, "sign-in")
    account = screens.house.account("anna")
    await anna.page.get_by_label("E-mail").fill(account["email"])
    await anna.page.get_by_label("Password").fill(account["password"])
    await anna.button("Sign in").click()
    await expect(anna.page.get_by_role("heading", name="Doors", exact=True)).to_be_visible()
    await clean(anna, "home")
    for view in ("calls", "settings"):
        await anna.page.evaluate(f"location.hash = '{view}'")
        await anna.page.get_by_role("heading", level=1).wait_for()
        await clean(anna, view)
    await panel.page.goto(screens.house.demo["panel_url"])
    await expect(panel.page.get_by_role("heading", name="Press a name to ring")).to_be_visible()
    await clean(panel, "names")
    await ring(panel)
    await clean(panel, "ringing")
    await anna.page.get_by_role("dialog", name="Incoming call").wait_for()
    await clean(anna, "incoming")
    await anna.button("Answer").click()
    await expect(panel.status).to_have_text("Connected")
    await clean(anna, "call")
    await clean(panel, "talking")
    await anna.hold("Open Street door")
    await expect(panel.status).to_have_text("Opened")
    await clean(anna, "opened")
    await clean(panel, "opened")
    await anna.button("Hang up").click()
    await expect(anna.status).to_have_text("Call ended: you hung up")
    await clean(anna, "ended")
    await clean(panel, "ended")
    admin = await screens.screen(**still)
    await admin.page.add_init_script(script)
    owner = screens.house.account("jonas")
    await admin.page.goto(f"{screens.house.base}/admin")
    await admin.page.get_by_label("E-mail").fill(owner["email"])
    await admin.page.get_by_label("Password").fill(owner["password"])
    await admin.button("Sign in").click()
    await expect(admin.page.get_by_role("heading", name="Overview")).to_be_visible()
    await clean(admin, "admin")
    for page in ("units", "units/new", "floors", "entrances", "entrances/street", "settings", "staff"):
        await admin.page.goto(f"{screens.house.base}/admin/birkenhof/{page}")
        unfold = "() => document.querySelectorAll('details').forEach(d => { d.open = true })"
        await admin.page.evaluate(unfold)
        await clean(admin, page)
    await admin.page.set_viewport_size({"width": 390, "height": 844})
    await admin.button("Menu").click()
    await clean(admin, "the menu on a phone")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (800, 1280), (390, 844), (320, 640)])
async def test_nothing_needs_scrolling_sideways(screens: Browsers, width: int, height: int) -> None:
    panel = await screens.panel(width=width, height=height)
    anna = await screens.resident("anna", width=width, height=height)
    await ring(panel)
    await anna.button("Answer").click()
    await expect(anna.status).to_have_text("Connected")
    for screen in (panel, anna):
        wide = await screen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
    await anna.button("Hang up").click()
    await expect(anna.status).to_have_text("Call ended: you hung up")
