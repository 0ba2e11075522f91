"""Opening doors: right first, then the log, then one command, then the truth."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from intercom.domain.door import SENTENCES, LockStatus, Opening, Refusal, Truth
from intercom.domain.errors import DoorRefused, NotFound, TooMany, code_of
from intercom.domain.evidence import AT_THE_PANEL, NOTHING
from intercom.domain.ids import AccountId, DeviceId, LockId, PanelId, RequestId
from intercom.ports import CommandRefused, CommandResult, CommandUnknown, LockChanged, LockOpened
from tests.fakes import House, MemoryOpenings
from tests.fakes.examples import AN_OPENING


def truths(house: House) -> list[tuple[str, str | None]]:
    """What the log says of each attempt, in order."""
    return [(o.truth, o.code) for o in house.openings.rows]


async def test_the_intent_is_in_the_log_before_the_command_leaves(house: House) -> None:
    call = await house.talk()
    house.diary.clear()
    await house.open("anna-phone", call)
    assert house.diary == [
        "stored asked press-1",
        "told anna-phone asked press-1",
        "command press-1",
        "stored sent press-1",
        "told anna-phone sent press-1",
    ]


async def test_who_presses_is_answered_while_the_core_is_still_thinking(house: House) -> None:
    call = await house.talk()
    house.access.hold = asyncio.Event()
    opening = await house.open("anna-phone", call)
    assert opening.truth is Truth.ASKED
    assert truths(house) == [("asked", None)]
    house.access.hold.set()
    await house.settle()
    assert truths(house) == [("sent", None)]


async def test_only_the_locks_own_word_makes_it_opened(house: House) -> None:
    call = await house.talk()
    await house.open("anna-phone", call)
    assert truths(house) == [("sent", None)]
    house.clock.passes(1)
    await house.access.opened("street-door", house.clock.now(), "press-1")
    (opening,) = house.openings.rows
    assert (opening.truth, opening.told_at) == (Truth.OPENED, house.clock.now())
    assert opening.relocks_at == house.clock.now() + 5.0


async def test_a_lock_that_names_no_command_settles_the_newest_attempt_alone(house: House) -> None:
    await house.open("anna-phone", None, request="first")
    house.clock.passes(1)
    await house.open("ben-phone", None, request="second")
    await house.access.opened("street-door", house.clock.now())
    assert truths(house) == [("sent", None), ("opened", None)]


async def test_a_lock_that_names_another_command_settles_nothing(house: House) -> None:
    await house.open("anna-phone", None)
    await house.access.opened("street-door", house.clock.now(), "somebody's fob")
    await house.access.opened("inner-door", house.clock.now())
    await house.access.opened("no such lock", house.clock.now())
    assert truths(house) == [("sent", None)]


async def test_somebody_with_a_key_settles_nothing_and_the_cores_own_id_is_kept(house: House) -> None:
    await house.open("anna-phone", None)
    await house.access.say(LockOpened(LockId("street-door"), house.clock.now(), event="tag", asked=False))
    assert truths(house) == [("sent", None)]
    await house.access.say(LockOpened(LockId("street-door"), house.clock.now(), event="entry 4711"))
    (opening,) = house.openings.rows
    assert (opening.truth, opening.core_event) == (Truth.OPENED, "entry 4711")


async def test_a_core_that_pauses_says_until_when_by_the_clock_at_the_site(house: House) -> None:
    until = house.clock.now() + 25 * 60

    async def pauses(_: int) -> CommandResult:
        return CommandRefused(Refusal.OTP_BLOCKED, until)

    house.access.plan = pauses
    await house.open("anna-phone", None)
    news = house.signaler.to("anna-phone")[-1].rest["news"]
    assert news.message == "Remote opening is paused until 08:25."
    (opening,) = house.openings.rows
    assert (opening.code, opening.until) == (Refusal.OTP_BLOCKED, until)
    with pytest.raises(DoorRefused) as again:
        await house.open("anna-phone", None)
    assert again.value.message == news.message
    assert again.value.details == {"until": until}


async def test_the_log_knows_whether_it_was_pressed_without_a_call(house: House) -> None:
    call = await house.talk()
    await house.open("anna-phone", call, request="in the call")
    await house.open("anna-phone", None, request="without")
    with pytest.raises(DoorRefused):
        await house.open("anna-phone", "forged", request="forged")
    assert [o.without_call for o in house.openings.rows] == [False, True, False]
    assert [o.evidence for o in house.openings.rows] == [AT_THE_PANEL, NOTHING, NOTHING]


async def test_the_same_press_three_times_is_one_command_and_one_answer(house: House) -> None:
    call = await house.talk()
    openings = [await house.open("anna-phone", call) for _ in range(3)]
    assert {opening.id for opening in openings} == {openings[0].id}
    assert len(house.access.commands) == 1
    assert len(house.openings.rows) == 1


async def test_a_hundred_copies_of_one_press_at_once_are_one_command(house: House) -> None:
    call = await house.talk()
    openings = await asyncio.gather(*(house.open("anna-phone", call) for _ in range(100)))
    assert len({opening.id for opening in openings}) == 1
    assert len(house.access.commands) == 1


async def test_a_press_that_another_server_stores_in_the_same_moment_is_one_command(house: House) -> None:
    call = await house.talk()

    class Crossing(MemoryOpenings):
        """The look finds nothing, since the other server stores right after it."""

        async def by_request(self, person: AccountId, request: RequestId) -> Opening | None:
            if not self.rows:
                other = MemoryOpenings(house.store)
                await other.intend(replace(AN_OPENING, person=person, request=request))
                return None
            return await super().by_request(person, request)

    house.openings = house.doors.openings = Crossing(house.store, house.diary)
    opening = await house.open("anna-phone", call)
    assert opening.id == AN_OPENING.id, "the answer is the other server's attempt"
    assert house.access.commands == [], "the other server sends the command"


async def test_two_presses_are_two_commands(house: House) -> None:
    call = await house.talk()
    await house.open("anna-phone", call, request="first")
    await house.open("anna-phone", call, request="second")
    assert [request for _, request, _ in house.access.commands] == ["first", "second"]


async def test_a_press_that_was_refused_is_refused_again_in_the_same_words(house: House) -> None:
    call = await house.ring()
    for _ in range(3):
        with pytest.raises(DoorRefused) as refused:
            await house.open("anna-phone", call)
        assert code_of(refused.value) == "not_in_call"
    assert len(house.openings.rows) == 1


async def test_without_a_call_a_resident_opens_by_their_own_right(house: House) -> None:
    await house.open("ferhat-phone", None, lock="yard-gate")
    (opening,) = house.openings.rows
    assert (opening.person, opening.device, opening.call) == ("ferhat", "ferhat-phone", None)
    assert [lock for lock, *_ in house.access.commands] == ["yard-gate"]


async def test_the_log_keeps_who_what_where_and_when(house: House) -> None:
    call = await house.talk()
    await house.open("anna-phone", call)
    (opening,) = house.openings.rows
    assert (opening.person, opening.device, opening.call) == ("anna", "anna-phone", call.id)
    assert (opening.site, opening.entrance) == ("birch", "street")
    assert (opening.lock, opening.lock_name, opening.at) == ("street-door", "Street door", house.clock.now())


# -- refusals --


async def connecting(house: House) -> tuple[str, str | None, str]:
    call = await house.ring()
    await house.accept(call, "anna-phone")
    return "anna-phone", call.id, "street-door"


async def ringing(house: House) -> tuple[str, str | None, str]:
    return "anna-phone", (await house.ring()).id, "street-door"


async def forged(house: House) -> tuple[str, str | None, str]:
    await house.talk()
    return "anna-phone", "forged", "street-door"


async def not_a_party(house: House) -> tuple[str, str | None, str]:
    return "ferhat-phone", (await house.talk()).id, "street-door"


async def loser_of_the_household(house: House) -> tuple[str, str | None, str]:
    return "ben-phone", (await house.talk()).id, "street-door"


async def the_winners_other_device(house: House) -> tuple[str, str | None, str]:
    return "anna-laptop", (await house.talk()).id, "street-door"


async def after_the_end(house: House) -> tuple[str, str | None, str]:
    call = await house.talk()
    await house.switchboard.caller_hangs_up(PanelId("street-panel"), call.id)
    return "anna-phone", call.id, "street-door"


async def another_entrance(house: House) -> tuple[str, str | None, str]:
    return "anna-phone", (await house.talk()).id, "yard-gate"


async def the_owner_without_a_flat(_: House) -> tuple[str, str | None, str]:
    return "marta-phone", None, "street-door"


async def lock_is_offline(house: House) -> tuple[str, str | None, str]:
    call = await house.talk()
    house.offline("street-door")
    return "anna-phone", call.id, "street-door"


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (ringing, Refusal.NOT_IN_CALL),
        (connecting, Refusal.NOT_IN_CALL),
        (forged, Refusal.NOT_IN_CALL),
        (not_a_party, Refusal.NOT_IN_CALL),
        (loser_of_the_household, Refusal.NOT_ANSWERING_PARTY),
        (the_winners_other_device, Refusal.NOT_ANSWERING_PARTY),
        (after_the_end, Refusal.CALL_ENDED),
        (another_entrance, Refusal.WRONG_LOCK),
        (the_owner_without_a_flat, Refusal.NOT_ALLOWED),
        (lock_is_offline, Refusal.LOCK_OFFLINE),
    ],
)
async def test_each_refusal_has_its_code_its_sentence_its_place_in_the_log_and_sends_nothing(
    house: House, case: object, why: Refusal
) -> None:
    device, call, lock = await case(house)  # type: ignore[operator]
    house.told()
    with pytest.raises(DoorRefused) as refused:
        await house.open(device, call, lock)
    assert (code_of(refused.value), refused.value.message) == (why, SENTENCES[why])
    assert truths(house) == [("refused", why)]
    assert house.access.commands == []
    assert not any("panel" in line for line in house.told()), "a refusal is nobody else's business"


async def test_a_lock_that_nobody_knows_is_not_found_and_sends_nothing(house: House) -> None:
    with pytest.raises(NotFound):
        await house.open("anna-phone", None, "no-such-lock")
    assert house.access.commands == []


async def test_a_lock_of_a_foreign_site_sends_nothing_and_looks_like_one_that_does_not_exist(
    house: House,
) -> None:
    answers = []
    for lock in ("far-lock", "no-such-lock"):
        with pytest.raises(NotFound) as refused:
            await house.open("anna-phone", None, lock)
        answers.append((code_of(refused.value), refused.value.message))
    assert answers[0] == answers[1]
    assert house.access.commands == []


async def test_somebody_who_moved_out_opens_nothing_from_that_moment(house: House) -> None:
    call = await house.talk()
    house.moves_out("anna")
    with pytest.raises((DoorRefused, NotFound)):
        await house.open("anna-phone", call)
    assert house.access.commands == []


async def test_what_cannot_be_recorded_is_not_sent(house: House, caplog: pytest.LogCaptureFixture) -> None:
    call = await house.talk()
    house.openings.full = True
    with caplog.at_level(logging.ERROR), pytest.raises(DoorRefused) as refused:
        await house.open("anna-phone", call)
    assert code_of(refused.value) == "cannot_record"
    assert house.access.commands == []
    assert house.told() == []
    assert "nothing was sent" in caplog.text
    house.openings.full = False
    await house.open("anna-phone", call)
    assert len(house.access.commands) == 1, "the same press may be tried again"


async def test_pressing_too_often_is_told_to_wait() -> None:
    house = House(limits={"open": (2, 60.0)})
    await house.everybody()
    for number in range(2):
        await house.open("anna-phone", None, request=f"press-{number}")
    with pytest.raises(TooMany):
        await house.open("anna-phone", None, request="press-3")
    await house.open("ben-phone", None, request="press-1")
    assert len(house.access.commands) == 3


# -- the core and its moods --


async def test_a_core_that_refuses_makes_it_refused_in_words(house: House) -> None:
    call = await house.talk()
    house.access.refuses()
    await house.open("anna-phone", call)
    assert truths(house) == [("refused", "core_refused")]
    news = house.signaler.to("anna-phone")[-1].rest["news"]
    assert news.message == SENTENCES[Refusal.CORE_REFUSED]


async def test_a_core_that_breaks_or_does_not_know_makes_it_not_confirmed_never_ok(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async def unknown(_: int) -> CommandResult:
        return CommandUnknown(Refusal.CORE_DOWN)

    house.access.breaks()
    await house.open("anna-phone", None, request="breaks")
    assert "broke" in caplog.text
    house.access.plan = unknown
    await house.open("anna-phone", None, request="does not know")
    assert truths(house) == [("not_confirmed", "core_down")] * 2


async def test_a_core_that_does_not_answer_in_time_makes_it_not_confirmed_and_is_not_asked_again(
    house: House,
) -> None:
    house.doors.reply_within = 0.01
    house.access.hold = asyncio.Event()
    await house.open("anna-phone", None)
    await house.doors.finish()
    assert truths(house) == [("not_confirmed", "no_reply")]
    await house.after(100)
    assert len(house.access.commands) == 1


async def test_a_silent_lock_is_not_confirmed_at_the_deadline_and_the_command_is_not_repeated(
    house: House,
) -> None:
    call = await house.talk()
    await house.open("anna-phone", call)
    house.told()
    await house.after(house.doors.confirm_within - 0.001)
    assert truths(house) == [("sent", None)]
    await house.after(0.001)
    assert truths(house) == [("not_confirmed", "no_confirmation")]
    assert house.told() == ["anna-phone: door not_confirmed", "street-panel: door not_confirmed"]
    assert len(house.access.commands) == 1


async def test_a_late_opened_corrects_what_was_not_confirmed(house: House) -> None:
    call = await house.talk()
    await house.open("anna-phone", call)
    await house.after(house.doors.confirm_within)
    house.told()
    house.clock.passes(3)
    await house.access.opened("street-door", house.clock.now(), "press-1")
    assert truths(house) == [("opened", None)]
    assert house.told() == ["anna-phone: door opened", "street-panel: door opened"]


async def test_an_opened_that_comes_after_a_minute_is_somebody_elses(house: House) -> None:
    await house.open("anna-phone", None)
    await house.after(house.doors.confirm_within)
    house.clock.passes(60)
    await house.access.opened("street-door", house.clock.now())
    assert truths(house) == [("not_confirmed", "no_confirmation")]


async def test_an_opened_never_makes_a_refused_attempt_opened(house: House) -> None:
    house.access.refuses()
    await house.open("anna-phone", None)
    await house.access.opened("street-door", house.clock.now(), "press-1")
    assert truths(house) == [("refused", "core_refused")]


async def test_the_locks_word_may_overtake_the_cores_answer(house: House) -> None:
    house.access.hold = asyncio.Event()
    await house.open("anna-phone", None)
    await house.access.opened("street-door", house.clock.now(), "press-1")
    house.access.hold.set()
    await house.settle()
    assert truths(house) == [("opened", None)]


async def test_a_timed_out_command_whose_lock_speaks_after_all_is_opened(house: House) -> None:
    house.doors.reply_within = 0.01
    house.access.hold = asyncio.Event()
    await house.open("anna-phone", None)
    await house.doors.finish()
    await house.access.opened("street-door", house.clock.now(), "press-1")
    assert truths(house) == [("opened", None)]


# -- restart, and coming back --


async def test_after_a_restart_what_was_under_way_is_not_confirmed_and_never_sent_again(house: House) -> None:
    call = await house.talk()
    house.access.hold = asyncio.Event()
    await house.open("anna-phone", call, request="asked")
    house.access.hold = None
    await house.open("anna-phone", call, request="sent")
    await house.open("anna-phone", call, lock="inner-door", request="opened")
    await house.access.opened("inner-door", house.clock.now(), "opened")
    house.start()
    assert await house.doors.recover() == 2
    assert truths(house) == [
        ("not_confirmed", "interrupted"),
        ("not_confirmed", "interrupted"),
        ("opened", None),
    ]
    await house.after(1000)
    assert [request for _, request, _ in house.access.commands] == ["asked", "sent", "opened"]
    assert await house.doors.recover() == 0


async def test_a_press_repeated_after_a_restart_gives_the_old_attempt_and_sends_nothing(house: House) -> None:
    call = await house.talk()
    first = await house.open("anna-phone", call)
    house.start()
    await house.doors.recover()
    await house.arrives("anna-phone")
    again = await house.open("anna-phone", call)
    assert (again.id, again.truth) == (first.id, Truth.NOT_CONFIRMED)
    assert len(house.access.commands) == 1


async def test_who_comes_back_is_told_the_newest_truth_of_each_lock(house: House) -> None:
    call = await house.talk()
    await house.open("anna-phone", call, request="first")
    house.clock.passes(1)
    await house.open("anna-phone", call, request="second")
    await house.open("anna-phone", call, lock="inner-door", request="third")
    await house.access.opened("street-door", house.clock.now(), "second")
    await house.leaves("anna-phone")
    await house.attendance.panel_left(house.panel())
    house.told()
    await house.arrives("anna-phone")
    doors = [one for one in house.signaler.told if one.what == "door"]
    assert {(one.rest["news"].opening.request, one.how) for one in doors} == {
        ("second", "opened"),
        ("third", "sent"),
    }
    house.told()
    await house.attendance.panel_arrived(house.panel())
    assert [line for line in house.told() if "door" in line] == [
        "street-panel: door opened",
        "street-panel: door sent",
    ]


async def test_somebody_elses_refused_press_does_not_hide_the_truth_from_who_comes_back(house: House) -> None:
    call = await house.talk()
    await house.open("anna-phone", call)
    await house.access.opened("street-door", house.clock.now(), "press-1")
    house.clock.passes(1)
    with pytest.raises(DoorRefused):
        await house.open("ben-phone", call)
    house.told()
    await house.arrives("anna-phone")
    assert "anna-phone: door opened" in house.told()
    await house.attendance.panel_arrived(house.panel())
    assert "street-panel: door opened" in house.told()


async def test_the_panel_is_not_told_of_openings_outside_its_call(house: House) -> None:
    await house.talk()
    await house.open("ferhat-phone", None)
    assert not any("panel" in line for line in house.told())


async def test_an_opened_after_the_call_is_told_to_who_pressed_and_not_to_the_panel(house: House) -> None:
    call = await house.talk()
    await house.open("anna-phone", call)
    await house.switchboard.caller_hangs_up(PanelId("street-panel"), call.id)
    house.told()
    await house.access.opened("street-door", house.clock.now(), "press-1")
    assert house.told() == ["anna-phone: door opened"]


async def test_a_lock_that_goes_offline_is_told_to_the_sites_residents(house: House) -> None:
    await house.access.say(LockChanged(LockId("yard-gate"), LockStatus(online=False, since=1.0)))
    assert set(house.told()) == {
        f"{device}: lock offline" for device in ("anna-phone", "anna-laptop", "ben-phone", "ferhat-phone")
    }
    await house.access.say(LockChanged(LockId("far-lock"), LockStatus()))
    assert house.told() == []


async def test_a_thousand_flaps_of_the_core_release_nothing(house: House) -> None:
    for number in range(1000):
        await house.access.say(LockChanged(LockId("street-door"), LockStatus(online=bool(number % 2))))
    assert house.access.commands == []
    assert house.openings.rows == []


async def test_a_hang_up_that_was_stored_before_the_press_refuses_it(house: House) -> None:
    call = await house.talk()
    hang_up = house.switchboard.resident_hangs_up(DeviceId("anna-phone"), call.id)
    press = house.open("anna-phone", call)
    _, refused = await asyncio.gather(hang_up, press, return_exceptions=True)
    assert isinstance(refused, DoorRefused)
    assert code_of(refused) == "call_ended"
    assert house.access.commands == []


async def test_an_attempt_on_a_lock_of_a_foreign_site_is_in_the_log(house: House) -> None:
    with pytest.raises(NotFound):
        await house.open("anna-phone", None, "far-lock")
    (opening,) = house.openings.rows
    assert (opening.truth, opening.code, opening.lock) == (Truth.REFUSED, Refusal.NOT_ALLOWED, "far-lock")
