"""Arriving: what panels and devices are told first, and who they are."""

from __future__ import annotations

from dataclasses import replace

from intercom.domain.ids import DeviceId, SessionId
from tests.fakes import House
from tests.fakes.house import FAR

PHONE = "Mozilla/5.0 (iPhone) Mobile"


async def test_a_device_that_says_who_it_is_is_known_again(house: House) -> None:
    anna = house.session("anna")
    known = await house.attendance.known_device(anna, DeviceId("anna-phone"), PHONE)
    assert known == house.device("anna-phone")


async def test_a_device_of_somebody_else_or_of_another_session_is_a_new_one(house: House) -> None:
    ben = house.session("ben")
    taken = await house.attendance.known_device(ben, DeviceId("anna-phone"), PHONE)
    assert (taken.account, taken.session) == ("ben", "ben-session")
    assert taken.id not in ("anna-phone", "ben-phone")
    later = replace(house.session("anna"), id=SessionId("anna-signed-in-again"))
    assert (await house.attendance.known_device(later, DeviceId("anna-phone"), PHONE)).id != "anna-phone"
    made_up = await house.attendance.known_device(ben, DeviceId("made-up"), PHONE)
    assert made_up.id != "made-up"


async def test_a_new_device_gets_a_name_that_none_of_the_connected_ones_has(house: House) -> None:
    anna = house.session("anna")
    new = await house.attendance.known_device(anna, None, PHONE)
    assert new.name == "Anna’s phone 2"
    assert await house.people.device(new.id) == new
    await house.leaves("anna-phone")
    assert (await house.attendance.known_device(anna, None, PHONE)).name == "Anna’s phone"


async def test_a_residents_home_shows_all_doors_of_the_site_with_the_state_of_their_locks(
    house: House,
) -> None:
    house.offline("inner-door")
    home = await house.attendance.resident_home(house.session("anna"), house.device("anna-phone"))
    assert home is not None
    assert (home.site.name, home.unit, home.dnd) == ("Birch court", "Flat 31", False)
    assert [
        (door.entrance.name, [(lock.id, status.online) for lock, status in door.locks]) for door in home.doors
    ] == [
        ("Street door", [("street-door", True), ("inner-door", False)]),
        ("Courtyard gate", [("yard-gate", True)]),
    ]


async def test_an_owner_who_lives_nowhere_has_no_residents_home(house: House) -> None:
    assert await house.attendance.resident_home(house.session("marta"), house.device("marta-phone")) is None


async def test_a_panels_home_is_its_own_entrance_and_the_lines_it_shows(house: House) -> None:
    home = await house.attendance.panel_home(house.panel())
    assert home is not None
    assert (home.site.name, home.entrance.name) == ("Birch court", "Street door")
    assert [line.name for line in home.lines] == ["Ferhat Demir", "Anna Lind"]


async def test_a_panel_whose_entrance_is_gone_has_no_home(house: House) -> None:
    house.phonebooks.doors.clear()
    assert await house.attendance.panel_home(house.panel()) is None


async def test_a_panel_that_comes_and_goes_was_seen_each_time(house: House) -> None:
    house.clock.passes(10)
    await house.attendance.panel_left(house.panel())
    assert house.panel().last_seen == house.clock.now()
    assert not house.presence.panel_online(house.panel().id)


async def test_a_panel_knows_its_running_call_with_the_name_it_rang(house: House) -> None:
    assert await house.attendance.call_of(house.panel()) is None
    call = await house.ring()
    found = await house.attendance.call_of(house.panel())
    assert found is not None
    assert (found[0].id, found[1].name) == (call.id, "Anna Lind")
    assert await house.attendance.call_of(house.panel("yard-panel")) is None


async def test_a_device_is_present_only_where_its_owner_is_resident(house: House) -> None:
    await house.arrives("marta-phone")
    assert "marta-phone" not in house.presence.at_site(house.phonebooks.sites[0].id)
    assert list(house.presence.at_site(FAR)) == []
    assert set(house.presence.at_site(house.phonebooks.sites[0].id)) == {
        "anna-phone",
        "anna-laptop",
        "ben-phone",
        "ferhat-phone",
    }
