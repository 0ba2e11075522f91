"""What each member of a household sees of the past."""

from __future__ import annotations

import pytest

from intercom.domain.call import Rules
from intercom.domain.errors import DoorRefused
from intercom.domain.ids import DeviceId, PanelId, SessionId
from tests.fakes import House

PANEL = PanelId("street-panel")


async def told(house: House, person: str) -> tuple[str, str, bool, bool]:
    """State, text, missed and unseen of the newest call."""
    past = (await house.past(person))[0]
    return past.state, past.text, past.missed, past.unseen


async def test_an_answered_call_says_where_or_by_whom_it_was_taken(house: House) -> None:
    call = await house.talk("anna-laptop")
    await house.switchboard.caller_hangs_up(PANEL, call.id)
    assert await told(house, "anna") == ("answered", "Answered on Anna’s laptop", False, False)
    assert await told(house, "ben") == ("answered", "Answered by Anna Lind", False, False)


async def test_who_answered_is_named_even_when_their_device_is_gone(house: House) -> None:
    call = await house.talk("anna-laptop")
    await house.switchboard.caller_hangs_up(PANEL, call.id)
    await house.leaves("anna-laptop")
    assert (await told(house, "anna"))[1] == "Answered on Anna’s laptop"
    await house.people.end_session(SessionId("anna-session"))
    assert (await told(house, "anna"))[1] == "Answered on another device"
    assert (await told(house, "ben"))[1] == "Answered by Anna Lind"


async def test_nobody_answered(house: House) -> None:
    call = await house.ring()
    await house.after(call.rules.ring)
    for person in ("anna", "ben"):
        assert await told(house, person) == ("missed", "Missed. Nobody answered", True, True)


async def test_the_visitor_gave_up(house: House) -> None:
    call = await house.ring()
    await house.switchboard.caller_hangs_up(PANEL, call.id)
    assert (await told(house, "anna"))[1] == "Missed. The visitor gave up"


async def test_who_declined_declined_and_the_other_missed_it(house: House) -> None:
    call = await house.ring()
    await house.decline(call, "anna-phone")
    await house.after(call.rules.ring)
    assert await told(house, "anna") == ("declined", "You declined", False, False)
    assert await told(house, "ben") == ("missed", "Missed. Nobody answered", True, True)


async def test_a_decline_that_ended_the_call_for_all_is_a_decline_of_one_person() -> None:
    house = House(Rules(decline_ends_call=True))
    await house.everybody()
    call = await house.ring()
    await house.decline(call, "ben-phone")
    assert await told(house, "ben") == ("declined", "You declined", False, False)
    assert (await told(house, "anna"))[::2] == ("missed", True)


async def test_who_was_talking_was_talking(house: House) -> None:
    await house.talk("ferhat-phone", "flat32-entry")
    await house.ring("flat32-entry", "yard-panel")
    assert await told(house, "ferhat") == ("missed", "Missed. You were talking", True, True)


async def test_who_had_no_device_that_could_ring(house: House) -> None:
    await house.leaves("ferhat-phone")
    await house.ring("flat32-entry")
    assert await told(house, "ferhat") == ("missed", "Missed. No device could ring", True, True)


async def test_who_was_away_while_the_others_rang(house: House) -> None:
    await house.leaves("ben-phone")
    call = await house.ring()
    await house.after(call.rules.ring)
    assert (await told(house, "anna"))[1] == "Missed. Nobody answered"
    assert (await told(house, "ben"))[1] == "Missed. Did not ring here"


async def test_a_call_that_goes_on_is_not_history_yet(house: House) -> None:
    await house.talk()
    assert await house.past("anna") == ()


async def test_the_newest_come_first_and_no_more_than_asked_for(house: House) -> None:
    for _ in range(4):
        call = await house.ring()
        house.clock.passes(1)
        await house.switchboard.caller_hangs_up(PANEL, call.id)
    past = await house.history.of(house.session("anna"), limit=3)
    assert [p.at for p in past] == sorted((p.at for p in past), reverse=True)
    assert len(past) == 3
    assert past[0].call == call.id
    assert past[0].entrance == "Street door"


async def test_a_households_past_is_its_own(house: House) -> None:
    call = await house.ring("flat31-entry")
    await house.switchboard.caller_hangs_up(PANEL, call.id)
    assert await house.past("ferhat") == ()
    assert await house.past("marta") == ()


async def test_what_was_seen_is_seen_by_that_person_alone_and_the_next_is_new(house: House) -> None:
    call = await house.ring()
    await house.switchboard.caller_hangs_up(PANEL, call.id)
    house.clock.passes(1)
    await house.history.mark_seen(house.session("anna"))
    assert await told(house, "anna") == ("missed", "Missed. The visitor gave up", True, False)
    assert (await told(house, "ben"))[3] is True
    house.clock.passes(1)
    call = await house.ring()
    await house.switchboard.caller_hangs_up(PANEL, call.id)
    assert (await told(house, "anna"))[3] is True


async def test_a_call_that_still_rang_when_the_list_was_looked_at_is_new_when_it_is_missed(
    house: House,
) -> None:
    call = await house.ring()
    house.clock.passes(5)
    await house.history.mark_seen(house.session("anna"))
    await house.after(call.rules.ring)
    assert (await told(house, "anna"))[3] is True


async def test_a_call_in_which_the_door_was_opened_says_so_and_a_refused_press_does_not(house: House) -> None:
    call = await house.talk()
    await house.open("anna-phone", call, request="first")
    await house.access.opened("street-door", house.clock.now(), "first")
    house.clock.passes(1)
    with pytest.raises(DoorRefused):
        await house.open("ben-phone", call)
    await house.switchboard.resident_hangs_up(DeviceId("anna-phone"), call.id)
    for person in ("anna", "ben"):
        opening = (await house.past(person))[0].opening
        assert opening is not None
        assert (opening.truth, opening.lock_name) == ("opened", "Street door")


async def test_a_call_without_an_opening_says_nothing_of_doors(house: House) -> None:
    call = await house.talk()
    await house.open("anna-phone", None)
    await house.switchboard.caller_hangs_up(PANEL, call.id)
    assert (await house.past("anna"))[0].opening is None


async def test_what_somebody_opened_without_a_call_is_theirs_to_see_refused_or_not(house: House) -> None:
    call = await house.talk()
    await house.open("anna-phone", call, request="in the call")
    await house.open("anna-phone", None, request="from home")
    house.clock.passes(1)
    house.offline("street-door")
    with pytest.raises(DoorRefused):
        await house.open("anna-phone", None, request="offline")
    await house.open("ben-phone", None, lock="yard-gate", request="ben")
    own = await house.history.own_openings(house.session("anna"))
    assert [(o.request, o.truth) for o in own] == [("offline", "refused"), ("from home", "sent")]
