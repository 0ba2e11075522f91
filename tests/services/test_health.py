"""Ring health: proofs by real rings and by test rings."""

from __future__ import annotations

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
