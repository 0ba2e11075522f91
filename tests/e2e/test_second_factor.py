"""Second factors and passkeys in real Chromium, with an authenticator that the browser simulates."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pyotp
import pytest
from playwright.async_api import expect

from tests.e2e.browsers import AXE, Browsers, Screen, browsers, clean
from tests.e2e.house import House

pytestmark = pytest.mark.browser

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own: what people set up here would stand in others' way."""
    house = House(tmp_path_factory.mktemp("factors") / "house")
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


@pytest.fixture
async def screens(house: House) -> AsyncIterator[Browsers]:
    async with browsers(house) as opened:
        yield opened


async def types_password(screen: Screen, house: House) -> None:
    """Jonas types e-mail and password."""
    account = house.account("jonas")
    await screen.page.goto(f"{home(house)}/sign-in")
    await screen.page.get_by_label("E-mail").fill(account["email"])
    await screen.page.get_by_label("Password").fill(account["password"])
    await screen.button("Sign in").click()


def home(house: House) -> str:
    """Passkeys belong to names, not to numbers: the house under its name."""
    return f"http://localhost:{house.port}"


async def test_app_and_passkey_from_their_set_up_to_signing_in_with_them(
    house: House, screens: Browsers
) -> None:
    screen = await screens.screen(reduced_motion="reduce")
    page = screen.page
    await page.add_init_script(AXE.read_text())
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    phone = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})

    # an authenticator app
    await types_password(screen, house)
    await page.wait_for_url(re.compile("/admin"))
    await page.goto(f"{home(house)}/account/security")
    await clean(screen, "locked")
    await page.get_by_label("Password", exact=True).fill(house.account("jonas")["password"])
    await screen.button("Go on").click()
    await expect(screen.button("Add a passkey")).to_be_visible()
    await clean(screen, "nothing set up")
    await screen.button("Authenticator app").click()
    app = pyotp.TOTP((await page.locator("#secret").inner_text()).replace(" ", ""))
    await clean(screen, "an app is set up")
    await page.get_by_role("textbox", name="Code").fill(app.now())
    await screen.button("Set up").click()
    await expect(page.get_by_role("heading", name="Recovery code")).to_be_visible()
    assert re.fullmatch(r"(\w{4}-){4}\w{4}", await page.locator("#recovery-code").inner_text())
    await clean(screen, "recovery code")
    await page.get_by_role("link", name="I have kept it").click()

    # a passkey beside it
    await page.get_by_label("Name of the new passkey").fill("Jonas’ phone")
    await screen.button("Add a passkey").click()
    await expect(page.get_by_text("The method is set up.")).to_be_visible()
    await expect(page.get_by_text("Jonas’ phone", exact=True)).to_be_visible()
    await clean(screen, "two methods")

    # the passkey alone, without e-mail and password
    await page.context.clear_cookies()
    await page.goto(f"{home(house)}/sign-in")
    await screen.button("Sign in with a passkey").click()
    await page.wait_for_url(re.compile("/admin"))

    # the passkey as the second step, and the device is not asked again
    await page.context.clear_cookies()
    await types_password(screen, house)
    await expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    await clean(screen, "second step")
    await page.get_by_role("link", name="Passkey").click()
    await page.get_by_label("Do not ask again on this device for 60 days").check()
    await clean(screen, "second step by passkey")
    await screen.button("Use my passkey").click()
    await page.wait_for_url(re.compile("/admin"))
    session = [c for c in await page.context.cookies() if c["name"] != house.session_cookie]
    await page.context.clear_cookies()
    await page.context.add_cookies(session)  # type: ignore[arg-type]
    await types_password(screen, house)
    await page.wait_for_url(re.compile("/admin"))

    # a phone whose owner does not unlock it proves nothing
    await devtools.send(
        "WebAuthn.setUserVerified",
        {"authenticatorId": phone["authenticatorId"], "isUserVerified": False},
    )
    await page.context.clear_cookies()
    await page.goto(f"{home(house)}/sign-in")
    await screen.button("Sign in with a passkey").click()
    await expect(page.get_by_text("No passkey was used.")).to_be_visible()
    await clean(screen, "no passkey was used")
