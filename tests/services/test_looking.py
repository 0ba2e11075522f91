"""Looking at the door without a ring."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.errors import IntercomError, NotAllowed, NotFound, NotNow
from intercom.domain.ids import CallId, DeviceId, EntranceId, LegId, PanelId
from intercom.domain.look import LOOK_SECONDS, Look
from intercom.ports import Description
from tests.fakes import House
from tests.fakes.house import FAR_DOOR, STREET

ANNA, BEN, PANEL = DeviceId("anna-phone"), DeviceId("ben-phone"), PanelId("street-panel")


@pytest.fixture
async def house(house: House) -> House:
    """The house, which lets residents look; its panels are connected."""
    house.phonebooks.sites = [
        replace(site, rules=replace(site.rules, look_at_door=True)) for site in house.phonebooks.sites
    ]
    for panel in ("street-panel", "yard-panel"):
        await house.attendance.panel_arrived(house.panel(panel))
    house.told()
    return house


async def look(house: House, device: str = "anna-phone", entrance: EntranceId = STREET) -> Look:
    person = device.split("-")[0]
    begun, _, _ = await house.looking.look(house.session(person), house.device(device), entrance)
    return begun


async def test_the_panel_is_told_and_the_picture_is_negotiated_between_the_two_alone(house: House) -> None:
    begun = await look(house)
    assert house.told() == ["street-panel: look"]
    offer = Description(begun.id, LegId(begun.id), 0, "offer", "v=0\r\n")
    await house.negotiation.from_device(ANNA, offer)
    answer = replace(offer, type="answer")
    await house.negotiation.from_panel(PANEL, answer)
    assert house.told() == ["street-panel: sdp offer", "anna-phone: sdp answer"]
    for stranger in (
        house.negotiation.from_device(BEN, offer),
        house.negotiation.from_panel(PanelId("yard-panel"), answer),
    ):
        with pytest.raises(IntercomError):
            await stranger
    assert house.told() == []


async def test_the_log_says_who_looked_and_where(house: House) -> None:
    await look(house)
    (noted,) = house.events.noted
    assert (noted.actor, noted.action, noted.subject) == ("anna", "looked_at_door", "Street door")


async def test_it_is_over_after_half_a_minute_and_both_are_told(house: House) -> None:
    await look(house)
    house.told()
    house.clock.passes(LOOK_SECONDS - 0.5)
    await house.looking.tick()
    assert house.told() == []
    house.clock.passes(0.5)
    await house.looking.tick()
    assert house.told() == ["street-panel: look_over time", "anna-phone: look_over time"]


async def test_a_ring_at_that_panel_ends_it_and_none_begins_meanwhile(house: House) -> None:
    begun = await look(house)
    await house.ring()
    house.told()
    await house.looking.tick()
    assert "anna-phone: look_over ring" in house.told()
    assert house.looking.of(begun.id) is None
    with pytest.raises(NotNow):
        await look(house, "ben-phone")


async def test_a_panel_or_device_that_is_gone_ends_it(house: House) -> None:
    await look(house)
    await house.attendance.panel_left(house.panel("street-panel"))
    await house.looking.tick()
    assert "anna-phone: look_over offline" in house.told()
    with pytest.raises(NotNow):
        await look(house)


async def test_one_looks_at_a_time_and_a_new_look_of_a_device_replaces_its_own(house: House) -> None:
    first = await look(house)
    with pytest.raises(NotNow):
        await look(house, "ben-phone")
    second = await look(house)
    assert (house.looking.of(first.id), house.looking.of(second.id)) == (None, second)
    await house.looking.stop(ANNA, CallId("another"))
    assert house.looking.of(second.id) is second
    await house.looking.stop(ANNA, second.id)
    assert house.looking.of(second.id) is None


async def test_where_the_site_does_not_want_it_nobody_looks(house: House) -> None:
    house.phonebooks.sites = [
        replace(site, rules=replace(site.rules, look_at_door=False)) for site in house.phonebooks.sites
    ]
    with pytest.raises(NotAllowed):
        await look(house)
    assert house.told() == []


async def test_an_owner_who_lives_elsewhere_and_a_foreign_door_are_refused(house: House) -> None:
    with pytest.raises(NotAllowed):
        await look(house, "marta-phone")
    for door in (FAR_DOOR, EntranceId("nowhere")):
        with pytest.raises(NotFound):
            await look(house, entrance=door)
    assert house.told() == []
