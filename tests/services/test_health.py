"""Ring health: proofs by real rings and by test rings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.errors import CannotRing, NotFound, TooMany
from intercom.domain.health import PROOF_SECONDS, Fault, Health, Proof
from intercom.domain.ids import AccountId, DeviceId, Secret
from intercom.ports import PushResult, Subscription
from intercom.services.health import STORE_EVERY, TEST_SECONDS, Checked
from tests.fakes import House
from tests.fakes.house import SITE

PHONE = DeviceId("anna-phone")


async def seen(house: House, device: str = "anna-phone", person: str = "anna") -> Checked:
    """What its owner sees of a device."""
    return next(one for one in await house.health.of(house.session(person)) if one.device.id == device)


async def test_a_real_ring_proves_the_device_once_and_says_how_long_it_took(house: House) -> None:
    assert (await seen(house)).judgement.health is Health.UNPROVEN
    call = await house.ring()
    house.clock.passes(0.8)
    await house.rings(call, "anna-phone")
    proof = Proof(house.clock.now(), pytest.approx(0.8))
    house.clock.passes(5)
    await house.rings(call, "anna-phone")  # said again after a reconnect: no news
    found = await seen(house)
    assert (found.judgement.health, found.proof) == (Health.RINGS, proof)
    assert (await seen(house, "anna-laptop")).judgement.health is Health.UNPROVEN
    assert await house.health.ringing(AccountId("anna")) == (1, 2)
    assert await house.health.unproven(SITE) == 3
    house.clock.passes(PROOF_SECONDS)
    assert (await seen(house)).judgement.health is Health.UNPROVEN


async def test_proofs_are_stored_later_and_together(house: House) -> None:
    for device in (PHONE, DeviceId("ben-phone")):
        house.health.rang(device, house.clock.now(), 1.0)
    assert house.proofs.writes == 0
    house.health.tick()
    await house.settle()
    house.health.rang(PHONE, house.clock.now(), 2.0)
    house.health.tick()
    await house.settle()
    assert house.proofs.writes == 1
    house.clock.passes(STORE_EVERY)
    house.health.tick()
    house.health.tick()
    await house.settle()
    assert house.proofs.writes == 2
    await house.health.finish()
    assert house.proofs.writes == 2, "nothing is left"
    house.start()  # a restart: what is known was stored
    await house.arrives("anna-phone")
    assert (await seen(house)).proof == Proof(house.clock.now() - STORE_EVERY, 2.0)


async def test_a_test_rings_an_open_page_which_proves_it_by_its_answer(house: House) -> None:
    anna = house.session("anna")
    house.told()
    test = await house.health.test(anna, PHONE)
    assert house.told() == [f"anna-phone: test_ring {test}"]
    house.clock.passes(0.4)
    await house.health.proven(anna, PHONE, test)
    found = await seen(house)
    assert found.proof is not None
    assert found.proof.took == pytest.approx(0.4)
    with pytest.raises(NotFound):
        await house.health.proven(anna, PHONE, test)


async def test_a_test_wakes_a_closed_page_by_push(house: House) -> None:
    await house.leaves("anna-phone")
    await house.subscriptions.put(Subscription(PHONE, Secret("https://p/1"), "key", Secret("a")), 1.0)
    test = await house.health.test(house.session("anna"), PHONE)
    message = {"kind": "test", "test": test, "device": PHONE}
    assert house.pushes.sent == [(PHONE, message, TEST_SECONDS, test)]
    house.clock.passes(2)
    await house.health.proven(house.session("anna"), PHONE, test)
    assert (await seen(house)).judgement.health is Health.RINGS


async def test_what_cannot_be_reached_is_said_and_a_dead_subscription_is_forgotten(house: House) -> None:
    await house.leaves("anna-phone")
    anna = house.session("anna")
    assert (await seen(house)).judgement.fault is Fault.CLOSED
    with pytest.raises(CannotRing):
        await house.health.test(anna, PHONE)
    await house.subscriptions.put(Subscription(PHONE, Secret("https://p/1"), "key", Secret("a")), 1.0)
    house.pushes.results = [PushResult.GONE]
    with pytest.raises(CannotRing):
        await house.health.test(anna, PHONE)
    assert PHONE in house.subscriptions.gone


async def test_only_ones_own_device_is_rung_or_proven_in_time_and_not_all_day(house: House) -> None:
    house.throttle.limits["test_ring"] = (2, 60.0)
    anna = house.session("anna")
    for tried in (house.health.test(anna, DeviceId("ben-phone")), house.health.proven(anna, PHONE, "x")):
        with pytest.raises(NotFound):
            await tried
    test = await house.health.test(anna, PHONE)
    with pytest.raises(NotFound):
        await house.health.proven(house.session("ben"), PHONE, test)
    house.clock.passes(TEST_SECONDS + 1)
    with pytest.raises(NotFound):
        await house.health.proven(anna, PHONE, test)
    await house.health.test(anna, PHONE)
    await house.health.test(anna, PHONE)
    with pytest.raises(TooMany):
        await house.health.test(anna, PHONE)


# -- at night --


async def at_night(house: House, minutes: float = 0) -> None:
    """The next time it is 03:00 at the site (UTC), some minutes later; the server looks at the clock."""
    now = house.clock.now()
    house.clock.passes((27 * 3600 - now % 86400) % 86400 + minutes * 60)
    await look(house)


async def look(house: House) -> None:
    await house.health.night(await house.phonebooks.all_sites())
    await house.settle()


async def test_open_pages_are_asked_once_a_night_and_without_a_sound(house: House) -> None:
    await look(house)
    assert house.told() == [], "at eight in the morning nobody is asked"
    await at_night(house)
    asked = {told.to: told for told in house.signaler.told if told.what == "test_ring"}
    assert set(asked) == {"anna-phone", "anna-laptop", "ben-phone", "ferhat-phone"}
    assert {told.rest["seconds"] for told in asked.values()} == {0.0}
    test = asked["anna-phone"].how
    house.clock.passes(0.4)
    proof = await house.health.proven(house.session("anna"), PHONE, test)
    assert proof.took == pytest.approx(0.4)
    assert (await seen(house)).judgement.health is Health.RINGS
    house.told()
    await look(house)
    assert house.told() == [], "once a night"
    house.clock.passes(86400 - 3600)
    await at_night(house)
    again = {told.to for told in house.signaler.told if told.what == "test_ring"}
    assert "anna-phone" in again, "a day later"


async def test_whoever_rang_that_day_is_not_asked(house: House) -> None:
    house.clock.passes(17 * 3600)
    house.health.rang(PHONE, house.clock.now(), 1.0)
    await house.health.finish()
    await at_night(house)
    assert "anna-phone" not in {told.to for told in house.signaler.told}


async def test_a_closed_page_is_asked_by_a_quiet_push_but_never_one_of_apple(house: House) -> None:
    for device, host in (("anna-phone", "push.example"), ("ben-phone", "web.push.apple.com")):
        await house.subscriptions.put(
            Subscription(DeviceId(device), Secret(f"https://{host}/{device}"), "p256dh", Secret("auth")), 0.0
        )
        await house.leaves(device)
    await at_night(house)
    ((device, message, _, _),) = house.pushes.sent
    assert (device, message["kind"], message["device"]) == (PHONE, "quiet_test", PHONE)


async def test_whoever_does_not_answer_at_night_is_said_to_be_silent_until_it_rings(
    house: House,
) -> None:
    await house.subscriptions.put(
        Subscription(PHONE, Secret("https://push.example/a"), "p256dh", Secret("auth")), 0.0
    )
    await house.leaves("anna-phone")
    await at_night(house)
    assert (await seen(house)).judgement.fault is None
    house.clock.passes(TEST_SECONDS + 1)
    await look(house)
    assert (await seen(house)).judgement.fault is Fault.SILENT
    house.health.rang(PHONE, house.clock.now(), 1.0)
    assert (await seen(house)).judgement.fault is None


async def test_an_iphone_without_pushes_is_said_to_ring_only_while_it_is_open(house: House) -> None:
    known = house.device("anna-phone")
    house.people.known[PHONE] = replace(known, name="Safari on iPhone")
    assert (await seen(house)).judgement.fault is Fault.NOT_INSTALLED
    await house.leaves("anna-phone")
    assert (await seen(house)).judgement.health is Health.CANNOT_RING


async def test_a_page_whose_browser_lost_its_pushes_says_so_and_its_owner_reads_it(house: House) -> None:
    anna = house.session("anna")
    await house.own_devices.lost_push(anna, PHONE)
    assert not house.subscriptions.gone, "it never had any"
    await house.subscriptions.put(
        Subscription(PHONE, Secret("https://push.example/a"), "p256dh", Secret("auth")), 0.0
    )
    await house.own_devices.lost_push(anna, PHONE)
    assert house.subscriptions.gone == {PHONE: house.clock.now()}
    assert not (await seen(house)).push
    with pytest.raises(NotFound):
        await house.own_devices.lost_push(anna, DeviceId("ben-phone"))
