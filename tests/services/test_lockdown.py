"""The way out of a panel's page: its PIN, the pause after wrong ones, and signing off."""

from __future__ import annotations

import pytest

from intercom.domain.errors import Invalid, NotAllowed, NotFound, TooMany
from intercom.domain.ids import PanelId, Secret
from intercom.services.lockdown import WayOut
from tests.fakes import House

PANEL = PanelId("street-panel")
RIGHT = Secret("270415")


@pytest.fixture
def house() -> House:
    return House(limits={"panel_pin": (5, 300.0)})


async def set_pin(house: House, pin: Secret | None = RIGHT) -> None:
    await house.lockdown.set_pin(house.session("jonas"), PANEL, pin)


async def test_without_a_pin_the_page_lets_go(house: House) -> None:
    assert await house.lockdown.leave(house.panel(), None) == WayOut(open=True, asks=False)
    assert await house.lockdown.leave(house.panel(), Secret("1")) == WayOut(open=True, asks=False)


async def test_with_a_pin_only_the_right_one_opens(house: House) -> None:
    await set_pin(house)
    panel = house.panel()
    assert await house.lockdown.leave(panel, None) == WayOut(open=False, asks=True)
    assert await house.lockdown.leave(panel, Secret("270416")) == WayOut(open=False, asks=True, left=4)
    assert await house.lockdown.leave(panel, RIGHT) == WayOut(open=True, asks=True)
    assert house.panel("yard-panel").pin_hash is None


async def test_five_wrong_ones_pause_the_right_one_too(house: House) -> None:
    await set_pin(house)
    for number in range(5):
        assert not (await house.lockdown.leave(house.panel(), Secret(f"55{number}9"))).open
    for _ in range(100):
        with pytest.raises(TooMany):
            await house.lockdown.leave(house.panel(), RIGHT)
    with pytest.raises(TooMany):
        await house.lockdown.sign_off(house.panel(), RIGHT)
    house.clock.passes(301)
    assert (await house.lockdown.leave(house.panel(), RIGHT)).open


async def test_right_ones_are_not_counted(house: House) -> None:
    await set_pin(house)
    for _ in range(50):
        assert (await house.lockdown.leave(house.panel(), RIGHT)).open


async def test_the_pin_is_kept_as_a_hash_and_told_nobody(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await set_pin(house)
    await house.lockdown.leave(house.panel(), Secret("123459"))
    assert house.panel().pin_hash != RIGHT.reveal()
    assert RIGHT.reveal() not in repr(house.panel())
    assert "270415" not in caplog.text + repr(house.events.noted)
    assert "123459" not in caplog.text


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "1234", "7777", "٣٤٥٦٧"])
async def test_a_pin_that_is_none_is_refused_and_the_old_one_stays(house: House, pin: str) -> None:
    await set_pin(house)
    with pytest.raises(Invalid):
        await set_pin(house, Secret(pin))
    assert (await house.lockdown.leave(house.panel(), RIGHT)).open


async def test_taking_it_away_is_noted_once(house: House) -> None:
    await set_pin(house)
    for _ in range(2):
        await set_pin(house, None)
    assert [(e.action, e.details) for e in house.events.noted] == [
        ("panel_pin_changed", {"set": "yes"}),
        ("panel_pin_changed", {"set": "no"}),
    ]
    assert (await house.lockdown.leave(house.panel(), None)).open


async def test_only_who_runs_panels_sets_it(house: House) -> None:
    for person, error in (("anna", NotAllowed), ("stranger", NotFound)):
        with pytest.raises(error):
            await house.lockdown.set_pin(house.session(person), PANEL, RIGHT)
    assert house.panel().pin_hash is None


async def test_signing_off_needs_the_pin_and_ends_the_key(house: House) -> None:
    await set_pin(house)
    for wrong in (None, Secret("000001")):
        with pytest.raises(NotAllowed):
            await house.lockdown.sign_off(house.panel(), wrong)
    assert house.revoked == []
    await house.lockdown.sign_off(house.panel(), RIGHT)
    assert house.revoked == [PANEL]
    assert house.panel().revoked
    event = house.events.noted[-1]
    assert (event.action, event.actor, event.subject) == ("panel_signed_off", None, "street panel")
