"""From an empty server to an open door, in a real browser: the first day of an owner and two residents."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import AXE, Browsers, Screen, browsers, clean
from tests.e2e.house import House, eventually

pytestmark = pytest.mark.browser
OWNER, ANNA, BEN = "olga@example.org", "anna@example.org", "ben@example.org"
PASSWORD = "four lamps in the hall"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[House]:
    """A server on an empty folder."""
    house = House(tmp_path / "house", command="serve")
    house.start()
    yield house
    house.close()


async def letter(house: House, to: str, about: str) -> str:
    """The link in the newest letter to somebody whose subject begins so."""

    def found() -> str | None:
        for path in sorted((house.data / "mail").glob("*.eml"), reverse=True):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            text = mail.get_body(("plain",))
            if to in mail["To"] and mail["Subject"].startswith(about) and text is not None:
                link = re.search(r"https?://\S+/(?:join|invitation)/\S+", text.get_content())
                return link[0] if link else None
        return None

    return await eventually(found, f"a letter to {to} about {about!r}")


async def fills(screen: Screen, **fields: str) -> None:
    """Type into fields, each by its name in the form."""
    for name, text in fields.items():
        await screen.page.locator(f'[name="{name}"]').first.fill(text)


async def adds_unit(owner: Screen, site: str, name: str, floor: str) -> None:
    await owner.page.goto(f"{site}/units/new")
    await fills(owner, name=name)
    choices = await owner.page.get_by_label("Floor", exact=True).locator("option").all_inner_texts()
    if floor in choices:
        await owner.page.get_by_label("Floor", exact=True).select_option(label=floor)
    else:
        await fills(owner, new_floor=floor)
    await owner.button("Add").click()
    await expect(owner.page.get_by_role("heading", name=name)).to_be_visible()


async def invites(owner: Screen, site: str, first: str, last: str, address: str, unit: str) -> None:
    await owner.page.goto(f"{site}/residents/new")
    await fills(owner, email=address, first_name=first, last_name=last)
    await owner.page.get_by_label("Unit").select_option(label=unit)
    await owner.button("Add and invite").click()
    await expect(owner.page.get_by_text(f"{first} {last}").first).to_be_visible()


async def joins(screens: Browsers, house: House, address: str, first: str) -> Screen:
    """Both letters, as somebody does who has never been here."""
    resident = await screens.screen(width=390, height=844, reduced_motion="reduce")
    await resident.page.add_init_script(AXE.read_text())
    await resident.page.goto(await letter(house, address, "Complete your profile"))
    await expect(resident.page.get_by_role("heading", name="Complete your profile")).to_be_visible()
    await clean(resident, "join")
    await fills(resident, first_name=first, password=PASSWORD)
    await resident.button("Go on").click()
    await expect(resident.page.get_by_role("heading", name="Your profile is complete")).to_be_visible()
    await clean(resident, "profile complete")
    await resident.page.goto(await letter(house, address, "Your doorbell"))
    await clean(resident, "invitation")
    await resident.page.get_by_role("link", name="Sign in").click()
    await fills(resident, email=address, password=PASSWORD)
    await resident.button("Sign in").click()
    await expect(resident.page.get_by_role("heading", name="Doors", exact=True)).to_be_visible()
    return resident


async def test_an_owner_starts_from_nothing_and_in_the_end_a_door_opens(empty: House) -> None:
    async with browsers(empty) as screens:
        link = await eventually(
            lambda: re.search(r"http\S+/set-up/\S+", empty.out.read_text() + empty.log.read_text()),
            "the set-up link in the log",
        )
        owner = await screens.screen(reduced_motion="reduce")
        await owner.page.add_init_script(AXE.read_text())
        await owner.page.goto(link[0])
        await clean(owner, "set-up")
        await fills(
            owner,
            first_name="Olga",
            last_name="Ott",
            email=OWNER,
            password=PASSWORD,
            name="Birch court",
            plate="7",
        )
        await owner.button("Set up this house").click()
        await owner.page.wait_for_url(re.compile(r"/admin/[^/]+"))
        site = re.match(r".*/admin/[^/?]+", owner.page.url)[0]  # type: ignore[index]

        await adds_unit(owner, site, "Flat 11", "1")
        await adds_unit(owner, site, "Flat 12", "1")
        await adds_unit(owner, site, "Flat 21", "2")
        await invites(owner, site, "Anna", "Lind", ANNA, "Flat 11")
        await invites(owner, site, "Ben", "Weber", BEN, "Flat 21")

        await owner.page.goto(f"{site}/entrances")
        await owner.page.get_by_role("link", name="Street door").click()
        await owner.page.get_by_text("Add a lock").click()
        lock = owner.page.locator("form").filter(has=owner.page.locator("#f-new-lock, #new-lock"))
        await lock.get_by_label("Name").fill("Street door")
        await lock.get_by_role("button", name="Add").click()
        await expect(owner.page.get_by_text("Stays open for 5 s")).to_be_visible()
        await owner.button("New pairing code").click()
        code = await owner.page.locator(".pairing-code").inner_text()
        panel = await screens.screen(width=800, height=1280)
        await panel.page.goto(f"{empty.base}/panel")
        await panel.page.get_by_label("Pairing code").fill(code)
        await panel.page.keyboard.press("Enter")
        await expect(panel.page.get_by_role("heading", name="Press a name to ring")).to_be_visible()
        assert await panel.button("Anna Lind", exact=False).count() == 0, "who has not joined is not shown"

        anna = await joins(screens, empty, ANNA, "Anna")
        await expect(panel.button("Anna Lind", exact=False)).to_be_visible()
        await joins(screens, empty, BEN, "Benedikt")
        await expect(panel.button("Benedikt Weber", exact=False)).to_be_visible()

        await owner.page.goto(f"{site}/residents")
        await owner.page.get_by_role("link", name="Lind, Anna").click()
        await owner.page.get_by_label("Alias").fill("Lind family")
        await owner.page.get_by_label("Contact person", exact=False).check()
        await owner.button("Save").click()
        await expect(panel.button("Lind family", exact=False)).to_be_visible(timeout=3000)
        names = await panel.page.get_by_role("button").all_inner_texts()
        order = [i for i, name in enumerate(names) if "Lind family" in name or "Benedikt Weber" in name]
        assert "Lind family" in names[order[0]], "the contact person comes first"

        await panel.button("Lind family", exact=False).first.click()
        await expect(panel.status).to_have_text("Ringing")
        await anna.page.get_by_role("dialog", name="Incoming call").wait_for()
        await anna.button("Answer").click()
        await expect(anna.status).to_have_text("Connected")
        await anna.hold("Open Street door")
        await expect(anna.status).to_have_text("Opened")
        await expect(panel.status).to_have_text("Opened")
        await anna.button("Hang up").click()
        await expect(panel.status).to_have_text("Call ended: they hung up")
        assert not empty.faults()
