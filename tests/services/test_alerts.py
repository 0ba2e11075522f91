"""Ringing by push: devices whose page is closed."""

from __future__ import annotations

import pytest

from intercom.domain.call import LegStage, Reason, Stage
from intercom.domain.ids import AccountId, DeviceId, Secret
from intercom.domain.week import WeekSpan
from intercom.ports import PushResult, Subscription
from tests.fakes import House

PHONE = DeviceId("anna-phone")


@pytest.fixture
async def away(house: House) -> House:
    """Anna's phone takes pushes; its page is closed, and nobody else of Flat 31 is connected."""
    subscription = Subscription(PHONE, Secret("https://push.example.org/1"), "key", Secret("auth"))
    await house.subscriptions.put(subscription, house.clock.now())
    await house.leaves("anna-phone", "anna-laptop", "ben-phone")
    house.told()
    return house


def sent(house: House) -> list[str]:
    """What was pushed since the last time somebody asked."""
    lines = [f"{device} {message['kind']}" for device, message, _, _ in house.pushes.sent]
    house.pushes.sent.clear()
    return lines


async def test_a_closed_page_rings_by_push_for_as_long_as_it_rings_and_no_name_is_in_it(away: House) -> None:
    call = await away.ring()
    await away.settle()
    assert call.stage is Stage.CALLING
    (device, message, seconds, topic), *more = away.pushes.sent
    assert (device, seconds, topic, more) == (PHONE, away.rules.ring, call.id, [])
    assert message == {"kind": "ring", "call": call.id, "leg": call.legs[0].id, "device": PHONE}


async def test_the_caller_hears_that_it_rings_only_when_the_phone_says_so(away: House) -> None:
    call = await away.ring()
    assert away.told() == ["street-panel: call calling"]
    await away.rings(call, PHONE)
    assert away.told() == ["street-panel: leg ringing", "street-panel: call ringing"]


async def test_it_is_sent_again_every_six_seconds_and_five_times_at_most(away: House) -> None:
    await away.ring()
    await away.settle()
    counts = []
    for _ in range(10):
        counts.append(len(sent(away)))
        await away.after(3)
    assert counts == [1, 0, 1, 0, 1, 0, 1, 0, 1, 0]
    await away.after(10)
    assert sent(away) == []


async def test_once_the_phone_rings_nothing_is_sent_until_the_end_which_is(away: House) -> None:
    call = await away.ring()
    await away.settle()
    await away.rings(call, PHONE)
    sent(away)
    await away.after(20)
    assert sent(away) == []
    await away.after(30)
    assert (await away.now(call)).reason is Reason.NO_ANSWER
    assert sent(away) == [f"{PHONE} missed"]


async def test_the_page_that_the_push_opened_joins_and_answers(away: House) -> None:
    call = await away.ring()
    await away.arrives(PHONE)
    assert "anna-phone: invite invited" in away.told()
    await away.accept(call, PHONE)
    assert (await away.now(call)).accepted == call.legs[0].id


async def test_a_device_that_is_connected_is_not_pushed_and_stops_with_its_household(away: House) -> None:
    await away.arrives("ben-phone")
    call = await away.ring()
    await away.settle()
    assert sent(away) == [f"{PHONE} ring"]
    await away.accept(call, "ben-phone")
    await away.settle()
    assert sent(away) == [f"{PHONE} over"]
    await away.after(60)
    assert sent(away) == []


async def test_a_caller_who_gives_up_closes_what_was_pushed(away: House) -> None:
    call = await away.ring()
    await away.switchboard.caller_hangs_up(call.panel, call.id)
    await away.settle()
    assert sent(away) == [f"{PHONE} ring", f"{PHONE} missed"]


async def test_a_dead_subscription_is_forgotten_and_noted(away: House) -> None:
    away.pushes.results = [PushResult.GONE]
    await away.ring()
    await away.settle()
    assert away.subscriptions.kept == {}
    assert away.subscriptions.gone == {PHONE: away.clock.now()}
    await away.after(6)
    assert sent(away) == [f"{PHONE} ring"]


async def test_a_service_that_is_too_busy_is_asked_again_at_the_next_turn(away: House) -> None:
    away.pushes.results = [PushResult.LATER]
    await away.ring()
    await away.after(6)
    assert sent(away) == [f"{PHONE} ring"] * 2
    assert PHONE in away.subscriptions.kept


async def test_a_restart_of_the_server_rings_on(away: House) -> None:
    call = await away.ring()
    await away.settle()
    sent(away)
    away.start()
    await away.switchboard.recover()
    await away.attendance.panel_arrived(away.panel())
    await away.after(10)
    assert (await away.now(call)).legs[0].stage is LegStage.INVITED
    assert sent(away) == [f"{PHONE} ring"] * 2


async def test_in_quiet_hours_nothing_rings_and_it_counts_as_missed(away: House) -> None:
    whole_week = [WeekSpan(day, 0, 0) for day in range(7)]
    await away.quiet_hours.put(AccountId("anna"), "UTC", whole_week)
    call = await away.ring()
    await away.settle()
    assert (call.reason, sent(away)) == (Reason.UNREACHABLE, [])
    assert [past.call for past in await away.past("anna")] == [call.id]


async def test_one_persons_quiet_hours_leave_the_household_ringing(away: House) -> None:
    await away.quiet_hours.put(AccountId("anna"), "UTC", [WeekSpan(day, 0, 0) for day in range(7)])
    await away.arrives("ben-phone")
    call = await away.ring()
    assert [leg.device for leg in call.legs] == ["ben-phone"]
