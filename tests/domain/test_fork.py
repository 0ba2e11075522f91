"""Who rings."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from intercom.domain.call import Call, LegStage, Reason
from intercom.domain.fork import Device, Fork, fork
from intercom.domain.ids import AccountId, DeviceId, LegId
from tests.fakes.examples import a_call, examples
from tests.fakes.small import Numbered

ANNA, BEN = AccountId("anna"), AccountId("ben")


def phone(person: AccountId, name: str = "phone", **how: bool) -> Device:
    return Device(DeviceId(f"{person}-{name}"), person, name, **{"online": True, **how})


def forked(
    people: list[AccountId],
    devices: list[Device],
    busy: set[AccountId] | None = None,
    quiet: set[AccountId] | None = None,
) -> Fork:
    of: dict[AccountId, list[Device]] = {}
    for device in devices:
        of.setdefault(device.person, []).append(device)
    number = Numbered()
    return fork(people, of, busy or set(), lambda: LegId(number()), quiet or set())


def placed_with(made: Fork) -> Call:
    return replace(a_call(), legs=made.legs)


def rung(made: Fork) -> list[str]:
    return [leg.device for leg in made.legs]


def test_every_device_of_everybody_rings_in_the_order_of_the_people() -> None:
    made = forked([BEN, ANNA], [phone(ANNA), phone(ANNA, "laptop"), phone(BEN)])
    assert rung(made) == ["ben-phone", "anna-phone", "anna-laptop"]
    assert [leg.id for leg in made.legs] == ["id1", "id2", "id3"]
    assert {leg.stage for leg in made.legs} == {LegStage.INVITED}


def test_a_person_named_twice_rings_once() -> None:
    assert rung(forked([ANNA, ANNA], [phone(ANNA)])) == ["anna-phone"]


def test_a_device_that_is_not_connected_or_does_not_disturb_is_left_out_and_the_others_ring() -> None:
    devices = [phone(ANNA, "off", online=False), phone(ANNA, "quiet", dnd=True), phone(ANNA, "loud")]
    assert rung(forked([ANNA], devices)) == ["anna-loud"]


def test_somebody_who_talks_does_not_ring_and_the_rest_of_the_household_does() -> None:
    assert rung(forked([ANNA, BEN], [phone(ANNA), phone(BEN)], {ANNA})) == ["ben-phone"]


def test_somebody_on_the_telephone_is_busy_on_all_their_devices() -> None:
    made = forked([ANNA], [phone(ANNA, on_the_phone=True), phone(ANNA, "laptop")])
    assert (made.legs, made.nobody) == ((), Reason.BUSY)


def test_nobody_can_ring_is_busy_when_somebody_would_ring_were_they_not_busy() -> None:
    assert forked([ANNA, BEN], [phone(ANNA)], {ANNA}).nobody is Reason.BUSY


def test_nobody_can_ring_is_unreachable_when_no_device_is_there_or_all_are_quiet() -> None:
    assert forked([ANNA], []).nobody is Reason.UNREACHABLE
    assert forked([ANNA], [phone(ANNA, dnd=True)]).nobody is Reason.UNREACHABLE
    # busy elsewhere, but no device that could have rung here: that she talks is nobody's business
    assert forked([ANNA], [phone(ANNA, dnd=True)], {ANNA}).nobody is Reason.UNREACHABLE
    assert forked([ANNA], [phone(ANNA, online=False, on_the_phone=True)]).nobody is Reason.UNREACHABLE


def test_a_device_without_a_connection_rings_by_push_and_its_leg_says_so() -> None:
    made = forked([ANNA], [phone(ANNA, online=False, push=True), phone(ANNA, "laptop", push=True)])
    assert [(leg.device, leg.pushed) for leg in made.legs] == [("anna-phone", True), ("anna-laptop", False)]


def test_in_quiet_hours_and_in_do_not_disturb_only_a_device_that_lets_the_intercom_through_rings() -> None:
    devices = [
        phone(ANNA),
        phone(ANNA, "dnd", dnd=True, let_through=True),
        phone(ANNA, "bed", let_through=True),
    ]
    assert rung(forked([ANNA], devices)) == ["anna-phone", "anna-dnd", "anna-bed"]
    assert rung(forked([ANNA], devices, quiet={ANNA})) == ["anna-dnd", "anna-bed"]
    assert rung(forked([ANNA, BEN], [phone(ANNA), phone(BEN)], quiet={ANNA})) == ["ben-phone"]


def test_that_somebody_has_quiet_hours_is_told_as_nobody_can_be_reached() -> None:
    assert forked([ANNA], [phone(ANNA)], quiet={ANNA}).nobody is Reason.UNREACHABLE
    assert forked([ANNA], [phone(ANNA)], {ANNA}, {ANNA}).nobody is Reason.UNREACHABLE


def test_a_device_of_somebody_who_is_not_behind_the_entry_never_rings() -> None:
    assert rung(forked([BEN], [phone(ANNA), phone(BEN)])) == ["ben-phone"]


devices = st.lists(
    st.builds(
        lambda person, name, online, dnd, talking: Device(
            DeviceId(f"{person}-{name}"), AccountId(person), name, online, dnd, talking
        ),
        st.sampled_from(["anna", "ben", "carl"]),
        st.sampled_from("1234"),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    unique_by=lambda device: device.id,
)


@given(devices, st.sets(st.sampled_from([ANNA, BEN, AccountId("carl")])), st.permutations(["anna", "ben"]))
@examples(200)
def test_whoever_rings_is_connected_awake_free_and_behind_the_entry_and_rings_once(
    there: list[Device], busy: set[AccountId], behind: list[str]
) -> None:
    people = [AccountId(name) for name in behind]
    made = forked(people, there, busy)
    by_id = {device.id: device for device in there}
    assert len(set(rung(made))) == len(made.legs)
    for leg in made.legs:
        device = by_id[leg.device]
        assert (device.person, device.online, device.dnd) == (leg.person, True, False)
        assert leg.person in people
        assert leg.person not in busy
    could = {d.id for d in there if d.online and not d.dnd and d.person in people}
    for left_out in could - set(rung(made)):
        person = by_id[left_out].person
        assert person in busy or any(by_id[d].on_the_phone for d in could if by_id[d].person == person)
    assert made.nobody in (Reason.BUSY, Reason.UNREACHABLE)
    if not made.legs:
        assert (made.nobody is Reason.BUSY) == bool(could)


def test_the_first_three_devices_see_before_they_answer_and_those_that_sleep_come_after() -> None:
    names = [phone(ANNA, str(n), online=n not in (1, 2), push=True) for n in range(5)]
    call = placed_with(forked([ANNA], names))
    assert [leg.device for leg in call.legs if call.connects_early(leg.id)] == ["anna-0", "anna-3", "anna-4"]
    assert not call.connects_early(LegId("another call's"))
