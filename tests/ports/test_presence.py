"""The contract of `ports.Presence`, for every adapter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intercom.cluster.memory import MemoryPresence
from intercom.domain.fork import Device
from intercom.domain.ids import AccountId, DeviceId, PanelId, SessionId, SiteId
from intercom.domain.people import Account, KnownDevice
from intercom.ports import Presence, Who
from tests.fakes.examples import examples

ANNA = Account(AccountId("anna"), "anna@example.org", "Anna", "Lind")
BEN = Account(AccountId("ben"), "ben@example.org", "Ben", "Lind")
HERE, THERE = SiteId("here"), SiteId("there")


def known(device: str, owner: Account = ANNA, *, dnd: bool = False) -> KnownDevice:
    return KnownDevice(DeviceId(device), owner.id, SessionId("s"), f"name of {device}", dnd)


@pytest.fixture(params=[MemoryPresence])
def presence(request: pytest.FixtureRequest) -> Presence:
    return request.param()


def there(presence: Presence, *people: Account) -> list[DeviceId]:
    found = presence.devices([person.id for person in people])
    return [device.id for devices in found.values() for device in devices]


def test_nobody_is_there_at_first(presence: Presence) -> None:
    assert not presence.online(DeviceId("phone"))
    assert presence.devices([ANNA.id]) == {}
    assert presence.who(DeviceId("phone")) is None
    assert list(presence.at_site(HERE)) == []
    assert not presence.panel_online(PanelId("panel"))


def test_a_device_that_joined_is_there_under_its_owner_and_its_name(presence: Presence) -> None:
    presence.device_joined(known("phone"), ANNA, [HERE])
    assert presence.online(DeviceId("phone"))
    assert presence.who(DeviceId("phone")) == Who(ANNA.id, "Anna Lind", "name of phone")
    assert list(presence.devices([ANNA.id, BEN.id])[ANNA.id]) == [
        Device(DeviceId("phone"), ANNA.id, "name of phone", online=True)
    ]
    assert BEN.id not in presence.devices([ANNA.id, BEN.id])


def test_devices_are_found_by_the_sites_of_their_owner(presence: Presence) -> None:
    presence.device_joined(known("phone"), ANNA, [HERE, THERE])
    presence.device_joined(known("laptop", BEN), BEN, [THERE])
    presence.device_joined(known("tablet"), ANNA, [])
    assert set(presence.at_site(HERE)) == {"phone"}
    assert set(presence.at_site(THERE)) == {"phone", "laptop"}


def test_a_device_that_left_is_gone_and_its_siblings_stay(presence: Presence) -> None:
    for device in ("phone", "laptop"):
        presence.device_joined(known(device), ANNA, [HERE])
    presence.device_left(DeviceId("phone"))
    presence.device_left(DeviceId("phone"))
    presence.device_left(DeviceId("never there"))
    assert not presence.online(DeviceId("phone"))
    assert there(presence, ANNA) == ["laptop"]
    assert list(presence.at_site(HERE)) == ["laptop"]
    presence.device_left(DeviceId("laptop"))
    assert presence.devices([ANNA.id]) == {}


def test_a_device_that_joins_twice_is_there_once(presence: Presence) -> None:
    presence.device_joined(known("phone"), ANNA, [HERE])
    presence.device_joined(known("phone"), ANNA, [THERE])
    assert there(presence, ANNA) == ["phone"]
    assert list(presence.at_site(HERE)) == []


def test_what_a_device_says_of_its_owner_is_kept_word_by_word(presence: Presence) -> None:
    presence.device_joined(known("phone", dnd=True), ANNA, [HERE])
    phone = DeviceId("phone")

    def said() -> tuple[bool, bool]:
        (device,) = presence.devices([ANNA.id])[ANNA.id]
        return device.dnd, device.on_the_phone

    assert said() == (True, False)
    presence.device_says(phone, on_the_phone=True)
    assert said() == (True, True)
    presence.device_says(phone, dnd=False)
    assert said() == (False, True)
    presence.device_says(phone)
    assert said() == (False, True)
    presence.device_says(phone, on_the_phone=False)
    assert said() == (False, False)


def test_what_a_device_says_that_is_not_there_is_of_no_interest(presence: Presence) -> None:
    presence.device_says(DeviceId("phone"), dnd=True)
    assert not presence.online(DeviceId("phone"))


def test_panels_come_and_go(presence: Presence) -> None:
    presence.panel_joined(PanelId("panel"))
    presence.panel_joined(PanelId("panel"))
    assert presence.panel_online(PanelId("panel"))
    presence.panel_left(PanelId("panel"))
    presence.panel_left(PanelId("panel"))
    assert not presence.panel_online(PanelId("panel"))


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=30))
@examples(100)
def test_after_any_coming_and_going_every_view_tells_the_same(steps: list[tuple[str, bool]]) -> None:
    presence = MemoryPresence()
    model: set[str] = set()
    owner = {"a": ANNA, "b": ANNA, "c": BEN, "d": BEN}
    for device, joins in steps:
        if joins:
            presence.device_joined(known(device, owner[device]), owner[device], [HERE])
            model.add(device)
        else:
            presence.device_left(DeviceId(device))
            model.discard(device)
    assert set(there(presence, ANNA, BEN)) == model == set(presence.at_site(HERE))
    assert {device for device in "abcd" if presence.online(DeviceId(device))} == model
