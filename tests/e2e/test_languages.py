"""A visitor and a resident who speak other languages than the house, in real Chromium."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Route, expect

from tests.e2e.browsers import Browsers, browsers
from tests.e2e.house import House

pytestmark = pytest.mark.browser


@pytest.fixture
async def screens(house: House) -> AsyncIterator[Browsers]:
    async with browsers(house) as opened:
        yield opened


async def test_a_visitor_who_speaks_french_rings_a_resident_who_speaks_german(
    screens: Browsers, house: House
) -> None:
    anna = await screens.screen(locale="de-CH")
    account = house.account("anna")
    await anna.page.goto(account["url"])
    await anna.page.get_by_label("E-Mail").fill(account["email"])
    await anna.page.get_by_label("Passwort").fill(account["password"])
    await anna.button("Anmelden").click()
    await expect(anna.page.get_by_role("heading", name="Türen", exact=True)).to_be_visible()
    await expect(anna.page.get_by_text("Computer von Anna")).to_be_visible()

    panel = await screens.panel()
    await panel.button("Language").click()
    await panel.button("Français").click()
    await expect(panel.page.get_by_role("heading", name="Appuyez sur un nom pour sonner")).to_be_visible()
    await panel.page.get_by_role("button", name=re.compile("^Anna Lind")).click()
    await expect(panel.status).to_have_text("Ça sonne")

    dialog = anna.page.get_by_role("dialog", name="Eingehender Anruf")
    await dialog.get_by_role("button", name="Ablehnen").click()
    await expect(anna.status).to_have_text("Anruf beendet: Sie haben abgelehnt")
    await expect(panel.page.get_by_role("heading", name="Personne ne peut venir")).to_be_visible()
    await panel.button("Retour aux noms").click()

    # the next visitor finds the house's language again
    await panel.page.clock.install()
    await panel.page.clock.fast_forward(35_000)
    await expect(panel.page.get_by_role("heading", name="Press a name to ring")).to_be_visible()
    assert await panel.page.evaluate("document.documentElement.lang") == "en"


async def test_a_language_is_chosen_on_the_sign_in_page(screens: Browsers, house: House) -> None:
    screen = await screens.screen(width=390)
    await screen.page.goto(f"{house.base}/sign-in")
    await screen.button("Español").click()
    await expect(screen.page.get_by_role("heading", name="Iniciar sesión")).to_be_visible()
    await expect(screen.button("Español")).to_have_attribute("aria-current", "true")
    assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def longer(route: Route) -> None:
    """Words that are 40 % longer than German."""
    answer = await route.fetch()
    words = await answer.json()
    grown = {
        key: [f"{one} {'Wort' * max(1, len(one) // 10)}" for one in said]
        for key, said in words.items()
        if key
    }
    await route.fulfill(response=answer, json={"": words[""], **grown})


async def test_words_that_are_much_longer_need_no_scrolling_sideways(screens: Browsers, house: House) -> None:
    anna = await screens.screen(locale="de", width=390, height=844)
    await anna.page.route("**/static/words/*.json*", longer)
    account = house.account("anna")
    await anna.page.goto(account["url"])
    await anna.page.get_by_label("E-Mail").fill(account["email"])
    await anna.page.get_by_label("Passwort").fill(account["password"])
    await anna.button("Anmelden").click()
    await expect(anna.page.get_by_role("heading", name="Türen Wort")).to_be_visible()
    for view, words in (
        ("home", "Nicht stören Wort"),
        ("calls", "Anrufe Wort"),
        ("settings", "Dieses Gerät Wort"),
    ):
        await anna.page.goto(f"{account['url']}#{view}")
        await expect(anna.page.get_by_text(words).first).to_be_visible()
        width = await anna.page.evaluate("document.querySelector('#view').scrollWidth - innerWidth")
        assert width <= 0, view
    panel = await screens.panel(width=1080, height=1920)
    await panel.page.route("**/static/words/*.json*", longer)
    await panel.button("Language").click()
    await panel.button("Deutsch").click()
    await expect(
        panel.page.get_by_role("heading", name="Zum Klingeln einen Namen drücken Wort")
    ).to_be_visible()
    assert await panel.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("locale", ["de", "fr"])
async def test_pages_of_admins_need_no_scrolling_sideways_on_a_phone(
    screens: Browsers, house: House, locale: str
) -> None:
    marta = await screens.screen(locale=locale, width=390, height=844)
    await marta.page.context.add_cookies(
        [{"name": name, "value": value, "url": house.base} for name, value in house.as_("marta").items()]
    )
    site = house.rows("intercom.db", "SELECT id FROM sites")[0]["id"]
    for page in (
        "",
        "residents",
        "units",
        "entrances",
        "entrances/street",
        "invitations",
        "log",
        "core",
        "settings",
    ):
        await marta.page.goto(f"{house.base}/admin/{site}/{page}".rstrip("/"))
        wide = await marta.page.evaluate(
            "[...document.querySelectorAll('html, main, .chips')].filter(e => e.scrollWidth > e.clientWidth)"
            ".map(e => e.outerHTML.slice(0, 80))"
        )
        assert wide == [], page
