"""A visitor's phone seen before anybody answers, through a real relay alone; and a lock of Salto KS."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.access.ks_server import KsServer, Planned
from tests.e2e import test_salto
from tests.e2e.browsers import Screen, browsers
from tests.e2e.house import House
from tests.e2e.test_visitor_page import DOOR, fenced, phone, press
from tests.ice.turn_server import SECRET, TurnServer

salto, house = test_salto.salto, test_salto.house  # the fixtures
pytestmark = pytest.mark.browser


@pytest.fixture
def relayed(tmp_path: Path) -> Iterator[House]:
    """A house with a relay."""
    with TurnServer(tmp_path) as turn:
        house = House(tmp_path / "house", turn=" ".join(turn.urls), turn_secret=SECRET).start()
        yield house
        house.close()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[House]:
    """A house without one."""
    house = House(tmp_path / "house").start()
    yield house
    house.close()


async def learned(screen: Screen) -> set[str]:
    """Of what kind the addresses are that a page has been told by the other side, in every description."""
    said: list[str] = await screen.page.evaluate("window.heard")
    return {kind for line in said for kind in re.findall(r" typ (\w+)", line)}


LISTEN = """
window.heard = [];
const set = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function (said) {
  window.heard.push(said.sdp);
  return set.call(this, said);
};
const add = RTCPeerConnection.prototype.addIceCandidate;
RTCPeerConnection.prototype.addIceCandidate = function (one) {
  if (one) window.heard.push(one.candidate ?? "");
  return add.call(this, one);
};
"""
"""Notes what the other side tells of itself, before the page sees it."""


async def listening(screens_phone: Screen) -> None:
    await screens_phone.page.add_init_script(LISTEN)
    await screens_phone.page.reload()
    await expect(screens_phone.page.get_by_role("button", name=re.compile("Anna Lind"))).to_be_visible()


async def test_with_a_relay_a_visitor_is_seen_before_the_answer_and_learns_no_address(relayed: House) -> None:
    async with browsers(relayed) as screens:
        anna = await screens.resident("anna")
        visitor = await phone(screens)
        await listening(visitor)
        await press(visitor)
        dialog = anna.page.get_by_role("dialog", name="Incoming call")
        await expect(dialog.get_by_text("Live", exact=True)).to_be_visible()
        await anna.grows("videoFramesDecoded", 10)
        assert (await anna.figures())["path"][0] == "relay"
        assert (await anna.figures())["audioPacketsReceived"] == 0
        assert await learned(visitor) == {"relay"}
        await dialog.get_by_role("button", name="Answer").click()
        await expect(visitor.status).to_have_text("Connected")
        await visitor.grows("audioEnergyIn", 0.01)
        await visitor.button("Hang up").tap()
        await expect(anna.status).to_have_text("Call ended: the visitor hung up")


async def test_without_a_relay_nothing_is_connected_before_the_answer(alone: House) -> None:
    async with browsers(alone) as screens:
        anna = await screens.resident("anna")
        visitor = await phone(screens)
        await listening(visitor)
        await press(visitor)
        dialog = anna.page.get_by_role("dialog", name="Incoming call")
        await expect(dialog.get_by_text("The picture comes when you answer")).to_be_visible()
        await visitor.page.wait_for_timeout(1500)
        assert await anna.page.evaluate("window.intercom.stats()") is None
        assert await learned(visitor) == set()
        await dialog.get_by_role("button", name="Answer").click()
        await expect(visitor.status).to_have_text("Connected")
        await anna.grows("videoFramesDecoded", 10)


async def test_from_a_sign_through_the_fence_to_a_lock_of_another_make_and_each_of_its_refusals(
    house: House, salto: KsServer
) -> None:
    await asyncio.to_thread(fenced, house, "enforce")
    async with browsers(house) as screens:
        anna = await screens.resident("anna")
        visitor = await phone(screens, DOOR)
        await press(visitor)
        dialog = anna.page.get_by_role("dialog", name="Incoming call")
        await expect(dialog.get_by_text("At the door")).to_be_visible()
        await dialog.get_by_role("button", name="Answer").click()
        await expect(visitor.status).to_have_text("Connected")

        for planned, said in (
            (Planned(403, 2203), "You may not open this door."),
            (Planned(400, 3105), "The door is offline."),
        ):
            salto.planned.append(planned)
            await anna.hold("Open Street door")
            await expect(anna.page.get_by_role("alert").get_by_text(said).first).to_be_attached()
        salto.planned.append(Planned(403, 3102, "iq error"))
        await anna.hold("Open Street door")
        await expect(anna.status).to_have_text("Not confirmed")
        await expect(visitor.page.get_by_text("Try the door.")).to_be_visible()
        assert not salto.turned

        await anna.hold("Open Street door")
        await expect(anna.status).to_have_text("Opened")
        await expect(visitor.page.get_by_text("The door is open. Push now.")).to_be_visible()
        assert len(salto.turned) == 1
        assert len(salto.sent) == 4, "one submission for each press"

        await asyncio.sleep(6)  # it locks itself
        salto.planned.append(Planned(403, 2212))
        await anna.hold("Open Street door")
        ended = anna.page.get_by_role("alert").get_by_text("access subscription has ended")
        await expect(ended.first).to_be_attached()
        assert len(salto.turned) == 1
