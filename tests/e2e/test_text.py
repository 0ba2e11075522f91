"""A call without hearing, without a microphone and without a common language, in real Chromium."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import AXE, Browsers, Screen, browsers, clean
from tests.e2e.house import ROOT, House

pytestmark = pytest.mark.browser

COUNT = """(() => {
  window.counted = { text: 0, described: 0 };
  const counting = (of, name, as) => {
    const real = of.prototype[name];
    of.prototype[name] = function (...given) {
      window.counted[as] += 1;
      if (as === "text") window.channel = this;
      return real.apply(this, given);
    };
  };
  counting(RTCDataChannel, "send", "text");
  counting(RTCPeerConnection, "setLocalDescription", "described");
})()"""
"""How often a page sends text, and describes itself; and its channel."""


@pytest.fixture
async def screens(house: House) -> AsyncIterator[Browsers]:
    async with browsers(house) as opened:
        yield opened


async def german(screens: Browsers, house: House, **options: object) -> Screen:
    """Anna's device, which speaks German and gives no microphone."""
    anna = await screens.screen(locale="de-CH", permissions=[], **options)
    await anna.page.add_init_script(AXE.read_text())
    await anna.page.add_init_script(COUNT)
    account = house.account("anna")
    await anna.page.goto(account["url"])
    await anna.page.get_by_label("E-Mail").fill(account["email"])
    await anna.page.get_by_label("Passwort").fill(account["password"])
    await anna.button("Anmelden").click()
    await expect(anna.page.get_by_role("heading", name="Türen", exact=True)).to_be_visible()
    return anna


async def walk(screen: Screen, to: str, key: str = "Tab") -> None:
    """Press a key until the button or field of this name has the focus."""
    for _ in range(80):
        await screen.page.keyboard.press(key)
        name: str = await screen.page.evaluate(
            "(document.activeElement?.labels?.[0] ?? document.activeElement)?.innerText?.trim() ?? ''"
        )
        if name.splitlines()[:1] == [to]:
            return
    raise AssertionError(f"{key} does not lead to {to}")


async def counted(screen: Screen) -> dict[str, int]:
    return await screen.page.evaluate("window.counted")


async def test_ring_identify_and_open_by_keyboard_in_two_languages_with_no_microphone_at_all(
    screens: Browsers, house: House
) -> None:
    anna = await german(screens, house)
    panel = await screens.screen(width=800, height=1280, permissions=[])
    await panel.page.add_init_script(AXE.read_text())
    await panel.page.add_init_script(COUNT)
    await panel.page.goto(house.demo["panel_url"])
    await expect(panel.page.get_by_role("heading", name="Press a name to ring")).to_be_visible()

    await panel.page.get_by_role("button", name="Anna Lind").focus()
    await panel.page.keyboard.press("Enter")
    await expect(anna.page.get_by_role("dialog", name="Eingehender Anruf")).to_be_visible()
    await expect(panel.status).to_have_text("Ringing")
    for _ in range(100):
        if (await anna.figures())["connection"] == (await panel.figures())["connection"] == "connected":
            break
        await anna.page.wait_for_timeout(50)
    await anna.page.wait_for_timeout(300)
    assert (await counted(anna))["text"] == (await counted(panel))["text"] == 0, "nothing before accept"
    assert await panel.button("Text").count() == await anna.button("Text").count() == 0

    await walk(anna, "Annehmen")
    await anna.page.keyboard.press("Enter")
    await expect(anna.status).to_have_text("Verbunden")
    await expect(panel.status).to_have_text("Connected")
    await expect(anna.page.get_by_text("Man hört Sie nicht.")).to_be_visible()
    await expect(panel.page.get_by_text("They cannot hear you")).to_be_visible()

    # who is there: a phrase, and letters as they are typed and taken back
    await walk(panel, "Text")
    await panel.page.keyboard.press("Enter")
    await expect(panel.page.get_by_label("Write")).to_be_focused()
    await walk(panel, "I have a delivery for you.", "Shift+Tab")
    await panel.page.keyboard.press("Enter")
    seen = anna.page.locator(".chat")
    await expect(seen.get_by_role("log").get_by_text("Ich habe eine Lieferung für Sie.")).to_be_visible()
    await expect(anna.button("Text")).to_have_attribute("aria-expanded", "true")
    await walk(panel, "Write")
    await panel.page.keyboard.type("Colix")
    await expect(seen.get_by_text("Colix", exact=True)).to_be_visible()
    await panel.page.keyboard.press("Backspace")
    await expect(seen.get_by_text("Coli", exact=True)).to_be_visible()
    assert "Coli" not in await seen.get_by_role("log").inner_text(), "readers hear lines, not letters"
    await panel.page.keyboard.type("s pour Lind")
    await panel.page.keyboard.press("Enter")
    await expect(seen.get_by_role("log").get_by_text("Colis pour Lind")).to_be_visible()

    # the answer, and the M of a word is no key for mute
    await walk(anna, "Schreiben")
    await anna.page.keyboard.type("Moment mal")
    await expect(panel.page.locator(".chat").get_by_text("Moment mal")).to_be_visible()
    await walk(anna, "Zweiter Stock.", "Shift+Tab")
    await anna.page.keyboard.press("Space")
    log = panel.page.get_by_role("log")
    await expect(log.get_by_text("Second floor.")).to_be_visible()
    await clean(anna, "the call with text")
    await clean(panel, "the panel with text")
    small = "all => all.filter(e => parseFloat(getComputedStyle(e).fontSize) < 18).map(e => e.outerHTML)"
    assert not await panel.page.locator(".chat *:visible").evaluate_all(small), "large type at the door"

    # and in
    await walk(anna, "Street door öffnen", "Shift+Tab")
    await anna.page.keyboard.press("Enter")
    await expect(anna.page.get_by_text("Zum Öffnen noch einmal")).to_be_visible()
    await anna.page.keyboard.press("Enter")
    await expect(anna.status).to_have_text("Geöffnet")
    await expect(panel.status).to_have_text("Opened")
    await expect(panel.page.get_by_text("The door is open. Push now.")).to_be_visible()

    for screen in (anna, panel):
        figures = await screen.figures()
        assert figures["audioPacketsSent"] == figures["audioPacketsReceived"] == 0
        assert (await counted(screen))["described"] == 1, "one negotiation carries it all"
    await walk(anna, "Auflegen")
    await anna.page.keyboard.press("Enter")
    await expect(anna.status).to_have_text("Anruf beendet: Sie haben aufgelegt")
    await expect(panel.page.get_by_role("heading", name="Call ended")).to_be_visible()
    for screen in (anna, panel):
        assert "Colis" not in await screen.page.content(), "kept nowhere after the call"
    for file in house.folder.rglob("*"):
        if file.is_file():
            assert b"Colis pour" not in file.read_bytes(), f"the server has it in {file.name}"


async def test_text_outlives_a_reload_and_is_never_markup(screens: Browsers, house: House) -> None:
    anna, panel = await german(screens, house, width=390, height=844), await screens.panel(permissions=[])
    await panel.page.get_by_role("button", name="Anna Lind").click()
    await anna.page.get_by_role("dialog").get_by_role("button", name="Annehmen").click()
    await expect(panel.status).to_have_text("Connected")
    await anna.button("Text").click()
    await anna.button("Ich komme.").click()
    wrote = panel.page.locator(".wrote")
    await expect(wrote).to_have_text("Anna Lind writes" + "I am coming.")

    await panel.page.reload()
    await expect(wrote).to_have_text("Anna Lind writes" + "I am coming.")
    await panel.button("Text").click()
    await panel.button("Letters").click()
    for letter in "HO":
        await panel.button(letter).click()
    await panel.button("Delete one letter").click()
    await panel.button("I").click()
    await panel.button("Done").click()
    log = anna.page.get_by_role("log")
    await expect(log.get_by_text("Hi", exact=True)).to_be_visible()
    assert await log.locator(".said").count() == 2, "nothing came twice"

    evil = "<img src=x onerror=alert(1)>"
    await anna.page.evaluate(
        """evil => {
          const junk = [new Uint8Array(900), "\\u2028".repeat(90), "\\b".repeat(90), "x".repeat(60000),
            "\\u0098phrase no-such-one\\u009c", "\\u0098heard 0\\u009c", evil + "\\u2028"];
          for (const one of junk) window.channel.send(one);
        }""",
        evil,
    )
    said = panel.page.get_by_role("log")
    await expect(said.get_by_text(evil)).to_be_visible()
    await expect(said.get_by_text("A phrase that this page does not know.")).to_be_visible()
    assert await said.locator(".said").count() == 4
    assert await said.locator("img").count() == 0
    assert await anna.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await anna.button("Auflegen").click()
    await expect(panel.page.get_by_role("heading", name="Call ended")).to_be_visible()


async def test_whoever_does_not_hear_sees_the_ring_slowly_or_without_any_movement(screens: Browsers) -> None:
    anna = await screens.resident("anna", permissions=[])
    shaken = "window.shaken = []; navigator.vibrate = (p) => { window.shaken.push(p); return true; }"
    await anna.page.evaluate(shaken)
    await anna.page.get_by_role("link", name="Settings").first.click()
    flash = anna.page.get_by_role("switch", name="Flash the screen when it rings")
    await expect(flash).to_have_attribute("aria-checked", "false")
    await flash.focus()
    await anna.page.keyboard.press("Space")
    await expect(flash).to_have_attribute("aria-checked", "true")

    panel = await screens.panel(permissions=[])
    await panel.page.get_by_role("button", name="Anna Lind").click()
    light = anna.page.locator(".flash")
    await expect(light).to_be_attached()
    look = "e => ['animationName', 'animationDuration', 'pointerEvents'].map(of => getComputedStyle(e)[of])"
    assert await light.evaluate(look) == ["flash", "2s", "none"]
    await anna.page.emulate_media(reduced_motion="reduce")
    assert (await light.evaluate(look))[0] == "none"
    assert await light.evaluate("e => getComputedStyle(e).borderTopWidth") == "12px"
    assert await light.evaluate("e => getComputedStyle(e).opacity") == "1"
    assert [400, 200, 400] in await anna.page.evaluate("window.shaken")
    await anna.button("Decline").click()
    await expect(light).not_to_be_attached()
    assert (await anna.page.evaluate("window.shaken"))[-1] == 0


async def test_the_doorstation_program_reads_and_writes_text(screens: Browsers, house: House) -> None:
    anna = await german(screens, house)
    station = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "intercom", "panel", "--server", house.base, "--loopback", "--once"),
        *("--key-file", house.demo["doorstation"]["key_file"], "--ring", "Anna Lind"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert station.stdin
    assert station.stdout
    lines: list[str] = []

    async def says(start: str) -> None:
        assert station.stdout
        while not lines or not lines[-1].startswith(start):
            lines.append((await asyncio.wait_for(station.stdout.readline(), 20)).decode().rstrip("\n"))
            assert lines[-1] or lines[-2:] != ["", ""], lines

    try:
        await anna.page.get_by_role("dialog").wait_for()
        station.stdin.write(b"t Too early\n")
        await says("There is nobody to write to")
        await anna.button("Annehmen").click()
        await says("Connected")
        station.stdin.write("t 8\nt Zweimal klingeln, s’il vous plaît\n".encode())
        log = anna.page.get_by_role("log")
        await expect(log.get_by_text("Ich brauche eine Unterschrift.")).to_be_visible()
        await expect(log.get_by_text("Zweimal klingeln, s’il vous plaît")).to_be_visible()
        assert await log.locator(".said").count() == 2
        await anna.button("Einen Moment, bitte.").click()
        await says("They write: One moment, please.")
        await anna.page.get_by_label("Schreiben").press_sequentially("Gleich")
        await says("They are writing: Gleich")
        await anna.button("Auflegen").click()
        await asyncio.wait_for(station.communicate(), 20)
    finally:
        if station.returncode is None:
            station.kill()
    assert station.returncode == 0
