"""Whole calls, from the press to the end, as everybody sees them."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from intercom.domain.call import Reason, Rules, Side, Stage
from intercom.domain.errors import (
    CallInProgress,
    CallOver,
    NotNow,
    TooMany,
    UnknownCall,
    UnknownEntry,
    code_of,
)
from intercom.domain.ids import AccountId, CallId, DeviceId, EntryId, LegId, PanelId
from intercom.domain.phonebook import DisplayPolicy
from intercom.ports import Who
from intercom.services.switchboard import AcceptedElsewhere
from tests.fakes import House


async def test_a_whole_call(house: House) -> None:
    call = await house.ring()
    assert house.told() == [
        "anna-phone: invite invited",
        "anna-laptop: invite invited",
        "ben-phone: invite invited",
        "street-panel: call calling",
    ]
    await house.rings(call, "anna-phone")
    assert house.told() == ["street-panel: leg ringing", "street-panel: call ringing"]
    await house.rings(call, "ben-phone")
    assert house.told() == ["street-panel: leg ringing"]
    await house.accept(call, "anna-phone")
    assert house.told() == [
        "anna-phone: call connecting",
        "street-panel: call connecting",
        "anna-laptop: stop accepted_elsewhere",
        "ben-phone: stop accepted_elsewhere",
    ]
    await house.media_up(call, "anna-phone")
    assert house.told() == ["street-panel: call established", "anna-phone: call established"]
    await house.open("anna-phone", call)
    await house.access.opened("street-door", house.clock.now(), "press-1")
    assert house.told() == [
        "anna-phone: door asked",
        "anna-phone: door sent",
        "street-panel: door sent",
        "anna-phone: door opened",
        "street-panel: door opened",
    ]
    assert (await house.now(call)).stage is Stage.ESTABLISHED, "opening does not end the call"
    house.clock.passes(30)
    ended = await house.switchboard.resident_hangs_up(DeviceId("anna-phone"), call.id)
    assert house.told() == ["street-panel: call ended completed", "anna-phone: call ended completed"]
    assert (ended.ended_by, ended.ended_at) == (Side.RESIDENT, house.clock.now())
    assert len(house.access.commands) == 1


async def test_an_invitation_says_all_that_a_device_must_know_and_nothing_about_the_panel(
    house: House,
) -> None:
    house.offline("inner-door")
    call = await house.ring()
    invitation = house.signaler.to("anna-phone")[0].rest["invitation"]
    assert invitation.call == call
    assert invitation.leg.device == "anna-phone"
    assert (invitation.site.name, invitation.entrance.name) == ("Birch court", "Street door")
    assert invitation.line.name == "Anna Lind"
    assert invitation.also == ("Anna’s laptop", "Ben’s phone")
    assert [(lock.id, status.online) for lock, status in invitation.locks] == [
        ("street-door", True),
        ("inner-door", False),
    ]
    assert invitation.ice[0].username is not None
    assert invitation.ice[0].username.endswith(f":{call.id}")


async def test_the_caller_hears_ringing_from_the_first_device_that_rings_and_not_before(house: House) -> None:
    call = await house.ring()
    assert (await house.now(call)).stage is Stage.CALLING
    await house.rings(call, "ben-phone")
    assert (await house.now(call)).stage is Stage.RINGING


async def test_the_losers_are_told_where_the_call_was_taken_and_that_they_missed_nothing(
    house: House,
) -> None:
    call = await house.ring()
    await house.accept(call, "anna-laptop")
    for device in ("anna-phone", "ben-phone"):
        stop = house.signaler.to(device)[-1].rest
        assert stop["by"] == Who(AccountId("anna"), "Anna Lind", "Anna’s laptop")
        assert not stop["missed"]


async def test_whoever_is_too_late_learns_who_was_quicker_and_nothing_happens(house: House) -> None:
    call = await house.ring()
    await house.accept(call, "anna-phone")
    house.told()
    with pytest.raises(AcceptedElsewhere) as late:
        await house.accept(call, "ben-phone")
    assert late.value.details["by"] == {"person": "Anna Lind", "device": "Anna’s phone"}
    assert code_of(late.value) == "accepted_elsewhere"
    assert house.told() == []


async def test_accepting_twice_on_the_same_device_is_once(house: House) -> None:
    call = await house.ring()
    first = await house.accept(call, "anna-phone")
    house.told()
    assert await house.accept(call, "anna-phone") == first
    assert house.told() == []


async def test_a_device_that_connected_while_it_rang_talks_the_moment_it_is_accepted(house: House) -> None:
    call = await house.ring()
    await house.rings(call, "anna-phone")
    await house.switchboard.caller_media_up(PanelId("street-panel"), call.id, house.leg(call, "anna-phone"))
    accepted = await house.accept(call, "anna-phone")
    assert accepted.stage is Stage.ESTABLISHED


async def test_a_decline_settles_it_for_that_person_and_the_others_ring_on(house: House) -> None:
    call = await house.ring()
    house.told()
    after = await house.decline(call, "anna-phone")
    assert house.told() == ["anna-phone: stop declined", "anna-laptop: stop declined_elsewhere"]
    assert [leg.device for leg in after.living] == ["ben-phone"]
    await house.decline(call, "anna-phone")
    assert house.told() == [], "declining twice is once"
    ended = await house.decline(call, "ben-phone")
    assert (ended.reason, ended.ended_by) == (Reason.DECLINED, Side.RESIDENT)
    assert house.told() == ["ben-phone: stop declined", "street-panel: call ended declined"]


async def test_a_site_may_let_one_decline_end_the_call_for_all() -> None:
    house = House(Rules(decline_ends_call=True))
    await house.everybody()
    call = await house.ring()
    house.told()
    ended = await house.decline(call, "ben-phone")
    assert ended.reason is Reason.DECLINED
    assert house.told() == [
        "ben-phone: stop declined",
        "anna-phone: stop declined_elsewhere",
        "anna-laptop: stop declined_elsewhere",
        "street-panel: call ended declined",
        "anna-phone: missed declined",
        "anna-laptop: missed declined",
    ]


async def test_it_is_the_rule_of_that_site(house: House) -> None:
    site = house.phonebooks.sites[0]
    house.phonebooks.sites[0] = replace(site, rules=replace(site.rules, decline_ends_call=True))
    assert (await house.decline(await house.ring(), "ben-phone")).reason is Reason.DECLINED


async def test_nobody_answers(house: House) -> None:
    call = await house.ring()
    await house.rings(call, "anna-phone")
    house.told()
    await house.after(call.rules.ring - 0.001)
    assert house.told() == []
    await house.after(0.001)
    told = house.told()
    assert told[0] == "street-panel: call ended no_answer"
    assert set(told[1:4]) == {f"{d}: stop no_answer" for d in ("anna-phone", "anna-laptop", "ben-phone")}
    assert {line for line in told if "missed" in line} == {
        f"{device}: missed no_answer" for device in ("anna-phone", "anna-laptop", "ben-phone")
    }
    await house.after(60)
    assert house.told() == []


async def test_the_visitor_gives_up(house: House) -> None:
    call = await house.ring()
    await house.rings(call, "anna-phone")
    house.told()
    ended = await house.switchboard.caller_hangs_up(PanelId("street-panel"), call.id)
    assert ended.reason is Reason.CANCELLED
    told = house.told()
    assert "ben-phone: stop cancelled" in told
    assert "anna-laptop: missed cancelled" in told
    again = await house.switchboard.caller_hangs_up(PanelId("street-panel"), call.id)
    assert again == ended, "hanging up an ended call is no fault"
    assert house.told() == []


async def test_nobody_is_there(house: House) -> None:
    await house.leaves("ferhat-phone")
    call = await house.ring("flat32-entry")
    assert (call.stage, call.reason, call.legs) == (Stage.ENDED, Reason.UNREACHABLE, ())
    assert house.told() == ["street-panel: call ended unreachable"]


async def test_somebody_who_rings_or_talks_is_busy_for_the_next_caller_and_notices_nothing_of_the_call(
    house: House,
) -> None:
    await house.talk("ferhat-phone", "flat32-entry")
    second = await house.ring("flat32-entry", "yard-panel")
    assert second.reason is Reason.BUSY
    assert house.told() == ["yard-panel: call ended busy", "ferhat-phone: missed busy"]


async def test_when_one_of_the_household_talks_the_others_ring(house: House) -> None:
    await house.talk("anna-phone")
    second = await house.ring("flat31-entry", "yard-panel")
    assert [leg.device for leg in second.legs] == ["ben-phone"]


async def test_two_panels_at_once_never_mix_their_calls(house: House) -> None:
    first = await house.ring("flat31-entry", "street-panel")
    second = await house.ring("flat32-entry", "yard-panel")
    house.told()
    await house.accept(first, "anna-phone")
    assert not any("yard-panel" in line or "ferhat" in line for line in house.told())
    with pytest.raises(UnknownCall):
        await house.switchboard.accept(DeviceId("anna-phone"), second.id, house.leg(second, "ferhat-phone"))
    with pytest.raises(UnknownCall):
        await house.switchboard.caller_hangs_up(PanelId("street-panel"), second.id)
    assert (await house.now(second)).stage is Stage.CALLING


async def test_a_panel_with_a_call_cannot_place_another(house: House) -> None:
    await house.ring()
    house.told()
    with pytest.raises(CallInProgress):
        await house.ring("flat32-entry")
    assert house.told() == []
    assert len(await house.calls.alive()) == 1


async def test_only_what_the_entrance_shows_can_be_rung(house: House) -> None:
    house.renames("flat32-entry", policy=DisplayPolicy.HIDDEN)
    for entry in ("flat32-entry", "nonsense"):
        with pytest.raises(UnknownEntry):
            await house.ring(entry)
    assert house.told() == []
    assert await house.calls.alive() == []


async def test_a_panel_that_rings_too_often_is_told_to_wait() -> None:
    house = House(limits={"ring": (2, 60.0)})
    await house.everybody()
    for _ in range(2):
        call = await house.ring()
        await house.switchboard.caller_hangs_up(PanelId("street-panel"), call.id)
    with pytest.raises(TooMany):
        await house.ring()
    await house.ring(panel="yard-panel")
    house.clock.passes(60)
    await house.ring()


async def test_who_is_on_the_telephone_drops_out_and_who_does_not_disturb_is_not_rung(house: House) -> None:
    call = await house.ring()
    house.told()
    await house.switchboard.device_says(DeviceId("ben-phone"), dnd=None, on_the_phone=True)
    assert house.told() == ["ben-phone: stop busy"]
    await house.switchboard.caller_hangs_up(PanelId("street-panel"), call.id)
    await house.switchboard.device_says(DeviceId("anna-laptop"), dnd=True, on_the_phone=None)
    assert house.device("anna-laptop").dnd, "do not disturb outlives the connection"
    again = await house.ring()
    assert [leg.device for leg in again.legs] == ["anna-phone"]
    await house.switchboard.device_says(DeviceId("ben-phone"), dnd=None, on_the_phone=False)
    assert (await house.now(again)).living[0].device == "anna-phone"


async def test_on_the_telephone_during_a_call_that_was_accepted_changes_nothing(house: House) -> None:
    call = await house.talk("anna-phone")
    await house.switchboard.device_says(DeviceId("anna-phone"), dnd=None, on_the_phone=True)
    assert (await house.now(call)).stage is Stage.ESTABLISHED
    assert house.told() == []


# -- who may do what, and when --


async def test_nobody_else_than_its_device_can_speak_for_a_leg(house: House) -> None:
    call = await house.ring()
    leg = house.leg(call, "anna-phone")
    thief = DeviceId("ferhat-phone")
    house.told()
    for verb in (
        house.switchboard.rings,
        house.switchboard.media_up,
        house.switchboard.media_failed,
        house.switchboard.accept,
        house.switchboard.decline,
    ):
        with pytest.raises(UnknownCall):
            await verb(thief, call.id, leg)
        with pytest.raises(UnknownCall):
            await verb(DeviceId("anna-phone"), CallId("forged"), leg)
        with pytest.raises(UnknownCall):
            await verb(DeviceId("anna-phone"), call.id, LegId("forged"))
    with pytest.raises(UnknownCall):
        await house.switchboard.camera(thief, call.id, leg, True)
    with pytest.raises(UnknownCall):
        await house.switchboard.resident_hangs_up(thief, call.id)
    with pytest.raises(UnknownCall):
        await house.switchboard.caller_media_up(PanelId("yard-panel"), call.id, leg)
    assert await house.now(call) == call
    assert house.told() == []


async def test_what_does_not_fit_the_stage_is_refused_in_words(house: House) -> None:
    call = await house.ring()
    anna = DeviceId("anna-phone")
    with pytest.raises(NotNow, match="not answered"):
        await house.switchboard.resident_hangs_up(anna, call.id)
    with pytest.raises(NotNow):
        await house.switchboard.camera(anna, call.id, house.leg(call, "anna-phone"), True)
    await house.accept(call, "anna-phone")
    with pytest.raises(NotNow, match="Hang up"):
        await house.decline(call, "anna-phone")
    assert (await house.now(call)).stage is Stage.CONNECTING


async def test_after_the_end_everything_is_over_and_hanging_up_is_no_fault(house: House) -> None:
    call = await house.ring()
    await house.switchboard.caller_hangs_up(PanelId("street-panel"), call.id)
    for verb in (house.rings, house.media_up, house.accept):
        with pytest.raises(CallOver):
            await verb(call, "anna-phone")
    assert not (await house.decline(call, "anna-phone")).alive
    house.told()
    assert (await house.switchboard.resident_hangs_up(DeviceId("anna-phone"), call.id)).alive is False
    assert house.told() == []


async def test_an_accept_that_comes_after_the_visitor_gave_up_is_told_that_the_call_is_over(
    house: House,
) -> None:
    call = await house.ring()
    await house.switchboard.caller_hangs_up(PanelId("street-panel"), call.id)
    with pytest.raises(CallOver):
        await house.accept(call, "anna-phone")


async def test_a_device_that_declined_cannot_accept_any_more(house: House) -> None:
    call = await house.ring()
    await house.decline(call, "anna-phone")
    for device in ("anna-phone", "anna-laptop"):
        with pytest.raises(CallOver):
            await house.accept(call, device)
    assert (await house.now(call)).accepted is None


async def test_the_camera_is_told_to_the_visitor(house: House) -> None:
    call = await house.talk()
    leg = house.leg(call, "anna-phone")
    await house.switchboard.camera(DeviceId("anna-phone"), call.id, leg, True)
    assert (await house.now(call)).camera
    await house.switchboard.camera(DeviceId("anna-phone"), call.id, leg, False)
    assert house.told() == ["street-panel: camera on", "street-panel: camera off"]


async def test_a_path_that_cannot_be_built_ends_the_call_in_words(house: House) -> None:
    call = await house.ring()
    await house.accept(call, "anna-phone")
    house.told()
    with pytest.raises(CallOver):
        await house.switchboard.media_failed(DeviceId("anna-phone"), call.id, house.leg(call, "anna-phone"))
    assert house.told() == ["street-panel: call ended media_failed", "anna-phone: call ended media_failed"]


async def test_a_path_that_never_comes_up_ends_at_the_deadline(house: House) -> None:
    call = await house.ring()
    await house.accept(call, "anna-phone")
    await house.after(call.rules.connect)
    assert (await house.now(call)).reason is Reason.MEDIA_FAILED


async def test_the_longest_talk_ends_by_itself(house: House) -> None:
    call = await house.talk()
    await house.after(call.rules.talk)
    ended = await house.now(call)
    assert (ended.reason, ended.ended_by) == (Reason.TIME_LIMIT, None)


# -- lost and back --


async def test_a_caller_who_is_lost_while_it_rings_and_comes_back_in_time_rings_on(house: House) -> None:
    call = await house.ring()
    house.told()
    await house.attendance.panel_left(house.panel())
    await house.after(call.rules.ring_grace - 0.5)
    assert house.told() == []
    await house.attendance.panel_arrived(house.panel())
    assert house.told() == ["street-panel: call calling"]
    await house.after(call.rules.ring_grace)
    assert (await house.now(call)).alive


async def test_a_caller_who_stays_lost_ends_the_ring_and_everybody_stops(house: House) -> None:
    call = await house.ring()
    house.told()
    await house.attendance.panel_left(house.panel())
    await house.after(call.rules.ring_grace)
    told = house.told()
    assert "anna-phone: stop lost" in told
    assert "ben-phone: stop lost" in told
    assert (await house.now(call)).reason is Reason.LOST


async def test_a_caller_who_is_lost_while_talking_is_waited_for(house: House) -> None:
    call = await house.talk()
    await house.attendance.panel_left(house.panel())
    assert house.told() == ["anna-phone: call established"]
    lost = house.clock.now()
    assert (await house.now(call)).caller_lost_until == lost + call.rules.grace
    await house.after(call.rules.grace - 1)
    await house.attendance.panel_arrived(house.panel())
    assert house.told() == ["street-panel: call established", "anna-phone: call established"]
    await house.after(call.rules.grace)
    assert (await house.now(call)).stage is Stage.ESTABLISHED


async def test_a_device_that_is_lost_while_talking_is_invited_to_go_on_when_it_is_back(house: House) -> None:
    call = await house.talk()
    await house.leaves("anna-phone")
    assert house.told() == ["street-panel: call established"]
    await house.after(call.rules.grace - 1)
    await house.arrives("anna-phone")
    assert house.told() == [
        "anna-phone: invite accepted",
        "anna-phone: call established",
        "street-panel: call established",
    ]


async def test_a_device_that_stays_lost_while_talking_ends_the_call(house: House) -> None:
    call = await house.talk()
    await house.leaves("anna-phone")
    await house.after(call.rules.grace)
    assert (await house.now(call)).reason is Reason.LOST
    assert "street-panel: call ended lost" in house.told()


async def test_a_device_that_is_lost_while_it_rings_drops_out_and_the_others_ring_on(house: House) -> None:
    call = await house.ring()
    await house.leaves("anna-phone")
    house.told()
    await house.after(call.rules.ring_grace)
    assert house.told() == ["anna-phone: stop lost"]
    assert [leg.device for leg in (await house.now(call)).living] == ["anna-laptop", "ben-phone"]


async def test_a_device_that_comes_back_while_it_rings_rings_again(house: House) -> None:
    await house.ring()
    await house.leaves("anna-phone")
    house.told()
    await house.arrives("anna-phone")
    assert house.told() == ["anna-phone: invite invited"]


async def test_a_device_that_connects_in_the_middle_of_a_ring_it_is_not_in_is_told_nothing(
    house: House,
) -> None:
    await house.leaves("ben-phone")
    await house.ring()
    house.told()
    await house.arrives("ben-phone")
    assert house.told() == []


async def test_a_device_that_was_removed_leaves_the_call(house: House) -> None:
    call = await house.ring()
    house.told()
    await house.switchboard.device_removed(DeviceId("ben-phone"))
    assert house.told() == ["ben-phone: stop removed"]
    await house.accept(call, "anna-phone")
    await house.switchboard.device_removed(DeviceId("anna-phone"))
    assert (await house.now(call)).reason is Reason.REMOVED


async def test_after_a_restart_a_talk_goes_on_when_both_are_back_in_time(house: House) -> None:
    call = await house.talk()
    house.start()
    assert await house.switchboard.recover() == 1
    assert (await house.now(call)).deadline == house.clock.now() + call.rules.grace
    house.told()
    await house.attendance.panel_arrived(house.panel())
    await house.arrives("anna-phone")
    assert "anna-phone: invite accepted" in house.told()
    await house.after(call.rules.grace)
    after = await house.now(call)
    assert (after.stage, after.accepted) == (Stage.ESTABLISHED, call.accepted)
    opening = await house.open("anna-phone", call)
    assert opening.call == call.id, "a restart does not take the door from a running call"


@pytest.mark.parametrize("back", ["panel", "device"])
async def test_after_a_restart_a_talk_ends_when_only_one_of_the_two_comes_back(
    house: House, back: str
) -> None:
    call = await house.talk()
    house.start()
    await house.switchboard.recover()
    if back == "panel":
        await house.attendance.panel_arrived(house.panel())
    else:
        await house.arrives("anna-phone")
    await house.after(call.rules.grace)
    assert (await house.now(call)).reason is Reason.LOST


async def test_after_a_restart_nobody_who_stays_away_is_waited_for_longer_than_the_grace(
    house: House,
) -> None:
    talk = await house.talk()
    ring = await house.ring("flat32-entry", "yard-panel")
    house.start()
    assert await house.switchboard.recover() == 2
    await house.after(talk.rules.ring_grace)
    assert (await house.now(ring)).reason is Reason.LOST
    assert (await house.now(talk)).alive
    await house.after(talk.rules.grace)
    assert (await house.now(talk)).reason is Reason.LOST
    assert await house.calls.alive() == []


async def test_after_a_restart_losers_stay_losers(house: House) -> None:
    call = await house.talk()
    house.start()
    await house.switchboard.recover()
    house.told()
    await house.arrives("ben-phone", "anna-laptop")
    assert house.told() == []
    with pytest.raises(AcceptedElsewhere) as late:
        await house.accept(call, "ben-phone")
    assert late.value.details["by"] == {"person": "Anna Lind", "device": "Anna’s phone"}


async def test_an_entry_that_was_taken_off_the_phonebook_does_not_break_its_call(house: House) -> None:
    call = await house.ring()
    house.renames("flat31-entry", policy=DisplayPolicy.HIDDEN)
    await house.accept(call, "anna-phone")
    assert house.signaler.to("street-panel")[-1].rest["line"].name == ""


async def test_each_transition_is_one_line_in_the_log_and_what_has_no_effect_is_none(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "intercom"):
        call = await house.ring()
        await house.accept(call, "anna-phone")
        before = len(caplog.records)
        await house.accept(call, "anna-phone")
    assert [record.message for record in caplog.records][:2] == [
        "placed: calling, 3 legs",
        "LegAccepted: calling -> connecting",
    ]
    assert len(caplog.records) == before


async def test_an_entry_of_a_foreign_sites_door_is_unknown(house: House) -> None:
    with pytest.raises(UnknownEntry):
        await house.switchboard.ring(house.panel("yard-panel"), EntryId("far-entry"))


async def test_whoever_answered_may_talk_on_in_the_last_minute_and_both_learn_the_new_end(
    house: House,
) -> None:
    call = await house.talk()
    phone, leg = DeviceId("anna-phone"), house.leg(call, "anna-phone")
    end = call.deadline
    house.clock.passes(house.rules.talk - 61)
    await house.switchboard.extend(phone, call.id, leg)
    assert (await house.now(call)).deadline == end, "not before the last minute"
    house.clock.passes(2)
    await house.switchboard.extend(phone, call.id, leg)
    await house.switchboard.extend(phone, call.id, leg)
    assert (await house.now(call)).deadline == end + house.rules.talk, "and once a press"
    assert house.told() == ["anna-phone: call established", "street-panel: call established"]
    await house.after(house.rules.talk)
    assert (await house.now(call)).alive
    await house.after(60)
    assert (await house.now(call)).reason is Reason.TIME_LIMIT


async def test_only_whoever_answered_may_talk_on(house: House) -> None:
    call = await house.ring()
    with pytest.raises(NotNow):
        await house.switchboard.extend(DeviceId("anna-phone"), call.id, house.leg(call, "anna-phone"))
    with pytest.raises(UnknownCall):
        await house.switchboard.extend(DeviceId("ben-phone"), call.id, house.leg(call, "anna-phone"))
