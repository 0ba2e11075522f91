"""Visitors who scanned a code: their session, the names they see, where they stand, how often they ring."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest

from intercom.domain.call import Reason, Stage
from intercom.domain.errors import (
    Blocked,
    FenceUnknown,
    NotFound,
    NotNow,
    OldSign,
    OutsideFence,
    TooMany,
    TooManyRings,
    UnknownCall,
    UnknownEntry,
    VisitOver,
    WordNeeded,
    WrongWord,
)
from intercom.domain.evidence import Evidence, Place, Source
from intercom.domain.fence import FenceMode
from intercom.domain.ids import CallId, DeviceId, Secret
from intercom.domain.phonebook import SiteRules
from intercom.domain.sign import CODE_LENGTH, in_groups, meant, new_code, new_word
from intercom.domain.visitor import SESSION_SECONDS, Proof
from intercom.ports import Description
from intercom.services.waiting import Waiting
from tests.fakes import House
from tests.fakes.visitors import CODE, DOOR, FAR_AWAY, WORD, Guest, Street


@pytest.fixture
def street(house: House) -> Street:
    house.throttle.limits.update(
        visitor_entry=(3, 120.0),
        visitor_rings=(10, 600.0),
        visitor_address=(40, 600.0),
        visitor_near_block=(3, 600.0),
        visitor_burst=(20, 300.0),
        visitor_word=(5, 600.0),
    )
    return Street(house)


# -- the code and the session -------------------------------------------------------------------------


def test_a_code_has_sixty_five_random_bits_and_survives_fingers() -> None:
    code = new_code(lambda letters: letters[0])
    assert len(code) == CODE_LENGTH
    assert 32**CODE_LENGTH >= 2**65
    assert meant(in_groups(CODE).upper()) == CODE
    assert meant("7K3M 9XQP4 VT2C".replace(" ", "")) == CODE
    assert meant("oil0") == "0110"
    assert new_word(lambda letters: letters[0]) == "bababa"


async def test_the_code_leads_to_its_entrance_and_no_other_does(street: Street) -> None:
    visit = await street.visitors.arrive(in_groups(CODE).upper(), None, None, "192.0.2.1", scanned=True)
    assert visit.entrance.id == "street"
    with pytest.raises(NotFound):
        await street.visitors.arrive("0000000000000", None, None, "192.0.2.1", scanned=True)


async def test_a_replaced_code_says_so_for_ever(street: Street, house: House) -> None:
    guest = await street.comes()
    for _ in range(3):
        await street.office.renew(house.session("marta"), guest.visitor.site, guest.visitor.entrance)
    with pytest.raises(OldSign):
        await street.visitors.arrive(CODE, None, None, "192.0.2.1", scanned=True)
    with pytest.raises(OldSign):
        await guest.ring()
    assert street.cut == ["street"] * 3
    await street.office.remove(house.session("marta"), guest.visitor.site, guest.visitor.entrance)
    with pytest.raises(OldSign):
        await street.visitors.arrive(CODE, None, None, "192.0.2.1", scanned=True)
    assert [event.action for event in house.events.noted] == ["sign_made"] * 3 + ["sign_removed"]


async def test_a_session_ends_after_half_an_hour_unless_its_page_is_still_shown(
    street: Street, house: House
) -> None:
    visit = await street.visitors.arrive(CODE, None, None, "192.0.2.1", scanned=True)
    house.clock.passes(SESSION_SECONDS - 1)
    longer = street.visitors.stay(visit.session)
    house.clock.passes(SESSION_SECONDS - 1)
    assert (await street.visitors.enter(longer)).id == visit.visitor.id
    with pytest.raises(VisitOver):
        await street.visitors.enter(visit.session)
    house.clock.passes(2)
    with pytest.raises(VisitOver):
        await street.visitors.enter(longer)


@pytest.mark.parametrize(
    "forged", [None, "", "nonsense", "sealed:nonsense", 'sealed:["panel","street-panel"]']
)
async def test_a_forged_session_lets_nobody_in(street: Street, forged: str | None) -> None:
    with pytest.raises(VisitOver):
        await street.visitors.enter(Secret(forged) if forged is not None else None)


async def test_the_same_browser_keeps_its_session_and_another_gets_its_own(street: Street) -> None:
    one = await street.visitors.arrive(CODE, None, None, "192.0.2.1", scanned=True)
    again = await street.visitors.arrive(CODE, one.session, one.browser, "192.0.2.1", scanned=False)
    other = await street.visitors.arrive(CODE, None, None, "192.0.2.1", scanned=True)
    assert again.visitor.id == one.visitor.id
    assert other.visitor.id != one.visitor.id
    stolen = await street.visitors.arrive(CODE, one.session, other.browser, "192.0.2.1", scanned=True)
    assert stolen.visitor.id != one.visitor.id


async def test_two_visitors_at_one_door_ring_at_the_same_time(street: Street) -> None:
    one, other = await street.comes(), await street.comes()
    first, second = await one.ring(), await other.ring(entry="flat32-entry")
    assert (first.stage, second.stage) == (Stage.CALLING, Stage.CALLING)
    assert first.panel != second.panel
    assert first.visitor
    assert second.visitor


# -- names --------------------------------------------------------------------------------------------


async def test_ids_are_made_for_one_session_and_fit_no_other(street: Street) -> None:
    one, other = await street.comes(), await street.comes()
    ids = {line.name: line.id for line in await street.visitors.shown(one.visitor)}
    others = {line.name: line.id for line in await street.visitors.shown(other.visitor)}
    assert ids.keys() == others.keys() == {"Anna Lind", "Ferhat Demir"}
    assert not set(ids.values()) & set(others.values())
    assert not {"flat31-entry", "flat32-entry"} & {*ids.values(), *others.values()}
    for foreign in (others["Anna Lind"], "flat31-entry", ""):
        with pytest.raises(UnknownEntry):
            await street.bell.ring(one.visitor, foreign, Proof())


async def test_where_letters_are_wanted_no_list_ever_leaves(street: Street, house: House) -> None:
    place = house.phonebooks.sites[0]
    house.phonebooks.sites[0] = type(place)(
        place.id, place.name, place.plate, rules=SiteRules(visitor_letters=3)
    )
    guest = await street.comes()
    assert await street.visitors.shown(guest.visitor) == ()
    for few in ("", " ", "a", "an", "a n", "..a", "3", "%%%"):
        assert await street.visitors.search(guest.visitor, few) == ()
    (found,) = await street.visitors.search(guest.visitor, "LÍN")
    assert found.name == "Anna Lind"
    assert found.id == guest.knows("flat31-entry")
    assert (await guest.ring()).stage is Stage.CALLING


async def test_a_page_that_is_over_finds_no_more_names(street: Street, house: House) -> None:
    guest = await street.comes()
    assert await street.visitors.search(guest.visitor, "anna")
    house.clock.passes(SESSION_SECONDS)
    with pytest.raises(VisitOver):
        await street.visitors.search(guest.visitor, "anna")
    guest = await street.comes()
    street.has(code="0" * 13)
    with pytest.raises(OldSign):
        await street.visitors.search(guest.visitor, "anna")


async def test_searching_is_counted(street: Street, house: House) -> None:
    house.throttle.limits["visitor_search"] = (5, 60.0)
    guest = await street.comes()
    for _ in range(5):
        await street.visitors.search(guest.visitor, "lin")
    with pytest.raises(TooMany):
        await street.visitors.search(guest.visitor, "lin")


# -- where they stand ---------------------------------------------------------------------------------


async def test_at_the_door_the_bell_rings_and_the_call_knows_how_that_is_known(street: Street) -> None:
    street.fenced()
    guest = await street.comes()
    call = await guest.ring(guest.stands())
    assert (call.evidence.place, call.evidence.source) == (Place.INSIDE, Source.POSITION)


async def test_elsewhere_it_does_not_ring(street: Street, house: House) -> None:
    street.fenced()
    guest = await street.comes()
    with pytest.raises(OutsideFence):
        await guest.ring(guest.stands(FAR_AWAY))
    assert house.told() == []


@pytest.mark.parametrize("accuracy", [201.0, 5000.0])
async def test_a_vague_old_or_missing_position_is_not_at_the_door(street: Street, accuracy: float) -> None:
    street.fenced()
    guest = await street.comes()
    for proof in (Proof(), guest.scans(), guest.stands(accuracy=accuracy), guest.stands(age=61)):
        with pytest.raises(FenceUnknown):
            await guest.ring(proof)


async def test_the_word_on_the_sign_is_evidence_and_a_guess_is_counted(street: Street) -> None:
    street.fenced()
    guest = await street.comes()
    for _ in range(5):
        with pytest.raises(WrongWord):
            await guest.ring(guest.types("bababa"))
    with pytest.raises(TooMany):
        await guest.ring(guest.types())
    other = await street.comes()
    call = await other.ring(other.types(f" {WORD.upper()} "))
    assert (call.evidence.place, call.evidence.source) == (Place.INSIDE, Source.WORD)


async def test_the_code_scanned_again_is_evidence_once_and_only_when_it_was_asked_for(
    street: Street, house: House
) -> None:
    street.fenced()
    guest = await street.comes(browser="browser-1")
    with pytest.raises(FenceUnknown):
        await guest.ring(guest.scans())
    again = await street.comes(browser="browser-1")
    call = await again.ring(again.scans())
    assert (call.evidence.place, call.evidence.source) == (Place.INSIDE, Source.SCAN)
    await house.switchboard.caller_hangs_up(again.visitor.id, call.id)
    house.clock.passes(61)
    with pytest.raises(FenceUnknown):
        await again.ring(again.scans())
    reloaded = await street.comes(browser="browser-1", scanned=False)
    with pytest.raises(FenceUnknown):
        await reloaded.ring(reloaded.scans())
    late = await street.comes(browser="browser-1")
    house.clock.passes(121)
    with pytest.raises(FenceUnknown):
        await late.ring(late.scans())
    somebody_elses = await street.comes(browser="browser-2")
    with pytest.raises(FenceUnknown):
        await late.ring(somebody_elses.scans())


async def test_an_advising_fence_tells_and_refuses_nobody(street: Street) -> None:
    street.fenced(FenceMode.ADVISE)
    for proof, place, source in (
        ("far", Place.OUTSIDE, Source.POSITION),
        ("none", Place.UNKNOWN, Source.NONE),
        ("scan", Place.INSIDE, Source.SCAN),
    ):
        guest = await street.comes()
        given = {"far": guest.stands(FAR_AWAY), "none": Proof(), "scan": guest.scans()}[proof]
        call = await guest.ring(given)
        assert (call.evidence.place, call.evidence.source) == (place, source)
        await street.house.switchboard.caller_hangs_up(guest.visitor.id, call.id)


async def talking(street: Street, proof: str = "position") -> tuple[Guest, CallId]:
    guest = await street.comes()
    call = await guest.ring(guest.stands() if proof == "position" else guest.types())
    house = street.house
    await house.accept(call, "anna-phone")
    await house.media_up(call, "anna-phone")
    house.told()
    return guest, call.id


async def test_leaving_the_door_ends_the_call_and_one_wrong_word_of_a_satellite_does_not(
    street: Street, house: House
) -> None:
    street.fenced()
    guest, call = await talking(street)
    told = street.whereabouts.said
    assert (await told(guest.visitor, call, guest.stands(FAR_AWAY))).place is Place.OUTSIDE
    house.clock.passes(5)
    assert (await told(guest.visitor, call, guest.stands())).place is Place.INSIDE
    house.clock.passes(5)
    await told(guest.visitor, call, guest.stands(FAR_AWAY))
    house.clock.passes(5)
    await told(guest.visitor, call, guest.stands(FAR_AWAY))
    assert (await house.calls.get(call)).alive
    house.clock.passes(4)
    await told(guest.visitor, call, guest.stands(FAR_AWAY))
    ended = await house.calls.get(call)
    assert ended is not None
    assert ended.reason is Reason.LEFT


async def test_whoever_proved_it_by_the_word_is_not_sent_away_by_a_phone_that_never_knew(
    street: Street, house: House
) -> None:
    street.fenced()
    guest, call = await talking(street, "word")
    for _ in range(5):
        house.clock.passes(5)
        evidence = await street.whereabouts.said(guest.visitor, call, guest.stands(FAR_AWAY))
        assert evidence.source is Source.WORD
    house.clock.passes(60)
    evidence = await street.whereabouts.said(guest.visitor, call, guest.stands(FAR_AWAY))
    assert evidence.place is Place.OUTSIDE
    assert (await house.calls.get(call)).alive


async def test_a_phone_that_does_not_know_takes_nothing_back_that_is_fresh(
    street: Street, house: House
) -> None:
    street.fenced()
    guest, call = await talking(street)
    house.clock.passes(30)
    assert (await street.whereabouts.said(guest.visitor, call, Proof())).place is Place.INSIDE
    house.clock.passes(31)
    assert (await street.whereabouts.said(guest.visitor, call, Proof())).place is Place.UNKNOWN


async def test_before_a_door_opens_old_evidence_is_asked_anew(street: Street, house: House) -> None:
    street.fenced()
    guest, call_id = await talking(street)
    call = await house.calls.get(call_id)
    assert await street.whereabouts.fresh(call) == call.evidence
    assert house.told() == [], "fresh: nobody is asked"
    house.clock.passes(70)
    asked = asyncio.create_task(street.whereabouts.fresh(call))
    await house.settle()
    assert house.told() == [f"{guest.visitor.id}: position_wanted"]
    await street.whereabouts.said(guest.visitor, call_id, guest.stands())
    assert await asked == Evidence(Place.INSIDE, Source.POSITION, house.clock.now())
    house.clock.passes(70)
    assert (await street.whereabouts.fresh(await house.calls.get(call_id))).place is Place.UNKNOWN, (
        "no answer"
    )


async def test_nobody_speaks_for_another_visitors_call(street: Street) -> None:
    street.fenced()
    _, call = await talking(street)
    stranger = await street.comes()
    with pytest.raises(UnknownCall):
        await street.whereabouts.said(stranger.visitor, call, stranger.stands())


async def test_a_position_is_nowhere_in_what_is_kept_or_told(street: Street, house: House) -> None:
    street.fenced()
    guest, call = await talking(street)
    await street.whereabouts.said(guest.visitor, call, guest.stands())
    everything = repr(
        [await house.calls.get(call), house.signaler.told, house.events.noted, street.whereabouts]
    )
    assert str(DOOR.lat) not in everything.replace(repr(house.phonebooks.doors), "")
    assert "Position(***)" in repr(guest.stands())
    assert json.dumps(DOOR.lon) not in everything.replace(repr(house.phonebooks.doors), "")


# -- how often ----------------------------------------------------------------------------------------


async def test_one_entry_is_rung_three_times_in_two_minutes(street: Street, house: House) -> None:
    guest = await street.comes()
    for _ in range(3):
        call = await guest.ring()
        await house.switchboard.caller_hangs_up(guest.visitor.id, call.id)
        house.clock.passes(10)
    with pytest.raises(TooManyRings) as refused:
        await guest.ring()
    assert refused.value.details == {"retry_after": 90, "retry_at": house.clock.now() + 90}
    assert await guest.ring(entry="flat32-entry"), "another household is not meant"


async def test_ten_rings_in_ten_minutes_are_enough_and_a_new_session_is_no_way_round(
    street: Street, house: House
) -> None:
    for number in range(11):
        guest = await street.comes(browser="browser-1")
        house.clock.passes(45)
        if number == 10:
            with pytest.raises(TooManyRings):
                await guest.ring(entry=f"flat3{1 + number % 2}-entry")
            continue
        call = await guest.ring(entry=f"flat3{1 + number % 2}-entry")
        await house.switchboard.caller_hangs_up(guest.visitor.id, call.id)


async def test_new_cookies_do_not_help_a_whole_network(street: Street, house: House) -> None:
    house.throttle.limits.update(visitor_address=(4, 600.0), visitor_burst=(100, 1.0))
    for _ in range(4):
        guest = await street.comes(address="192.0.2.7")
        call = await guest.ring()
        await house.switchboard.caller_hangs_up(guest.visitor.id, call.id)
    with pytest.raises(TooManyRings):
        await (await street.comes(address="192.0.2.7")).ring()
    assert await (await street.comes(address="192.0.2.8")).ring()


async def test_when_many_ring_the_word_on_the_sign_is_asked_for(street: Street, house: House) -> None:
    for number in range(20):
        guest = await street.comes(address=f"192.0.2.{number}")
        call = await guest.ring()
        await house.switchboard.caller_hangs_up(guest.visitor.id, call.id)
    guest = await street.comes()
    with pytest.raises(WordNeeded):
        await guest.ring(guest.scans())
    assert await guest.ring(guest.types())
    house.clock.passes(301)
    assert await (await street.comes()).ring()


# -- peace --------------------------------------------------------------------------------------------


async def test_a_resident_blocks_a_visitor_for_an_hour(street: Street, house: House) -> None:
    guest = await street.comes(browser="browser-1")
    call = await guest.ring()
    until = await street.peace.block(house.session("anna"), DeviceId("anna-phone"), call.id, 1)
    assert until == house.clock.now() + 3600
    await house.switchboard.caller_hangs_up(guest.visitor.id, call.id)
    again = await street.comes(browser="browser-1")
    for blocked in (guest, again):
        with pytest.raises(Blocked) as refused:
            await blocked.ring(entry="flat32-entry")
        assert refused.value.details == {"until": until}
    assert await (await street.comes()).ring(), "another phone rings"
    house.clock.passes(3601)
    assert await (await street.comes(browser="browser-1")).ring(entry="flat32-entry")
    (noted,) = house.events.noted
    assert (noted.action, noted.details) == ("visitor_blocked", {"hours": "1"})


async def test_a_blocked_visitor_with_new_cookies_shares_three_rings_with_the_whole_network(
    street: Street, house: House
) -> None:
    guest = await street.comes(browser="browser-1", address="192.0.2.9")
    call = await guest.ring()
    await street.peace.block(house.session("anna"), DeviceId("anna-phone"), call.id, 1)
    await house.switchboard.caller_hangs_up(guest.visitor.id, call.id)
    rang = 0
    for _ in range(20):
        disguised = await street.comes(address="192.0.2.9")
        with contextlib.suppress(TooManyRings):
            again = await disguised.ring()
            await house.switchboard.caller_hangs_up(disguised.visitor.id, again.id)
            rang += 1
    assert rang == 3
    assert await (await street.comes(address="192.0.2.10")).ring(), "from elsewhere as ever"
    house.clock.passes(3601)
    for _ in range(5):
        free = await street.comes(address="192.0.2.9")
        call = await free.ring(entry="flat32-entry")
        await house.switchboard.caller_hangs_up(free.visitor.id, call.id)


async def test_only_whom_it_rang_may_block_and_only_a_visitor(street: Street, house: House) -> None:
    guest = await street.comes()
    call = await guest.ring()
    for person, device in (("ferhat", "ferhat-phone"), ("marta", "marta-phone"), ("stranger", "anna-phone")):
        with pytest.raises(UnknownCall):
            await street.peace.block(house.session(person), DeviceId(device), call.id, 1)
    at_the_panel = await house.ring("flat32-entry")
    with pytest.raises(NotNow):
        await street.peace.block(house.session("ferhat"), DeviceId("ferhat-phone"), at_the_panel.id, 1)
    await house.switchboard.caller_hangs_up(guest.visitor.id, call.id)
    house.clock.passes(3600)
    with pytest.raises(NotNow):
        await street.peace.block(house.session("anna"), DeviceId("anna-phone"), call.id, 24)
    assert street.blocks.kept == {}


async def test_a_block_holds_after_a_restart(street: Street, house: House) -> None:
    guest = await street.comes(browser="browser-1")
    call = await guest.ring()
    street.start()
    await street.peace.block(house.session("anna"), DeviceId("anna-phone"), call.id, 24)
    await house.switchboard.caller_hangs_up(guest.visitor.id, call.id)
    with pytest.raises(Blocked):
        await guest.ring(entry="flat32-entry")


async def test_whoever_waits_for_a_busy_line_is_looked_at_again(street: Street, house: House) -> None:
    await house.talk("ferhat-phone", "flat32-entry")
    guest = await street.comes()
    call = await guest.ring(entry="flat32-entry")
    assert call.reason is Reason.BUSY
    waiting = Waiting(house.switchboard, house.clock, street.bell.admitted)
    await waiting.wait(guest.visitor, call.id)
    (talk,) = await house.calls.of_device(DeviceId("ferhat-phone"))
    await house.switchboard.resident_hangs_up(DeviceId("ferhat-phone"), talk.id)
    await waiting.tick()
    (rings,) = await house.calls.of_device(DeviceId("ferhat-phone"))
    assert rings.visitor
    assert (rings.evidence.place, rings.evidence.source) == (Place.UNKNOWN, Source.NONE)


@pytest.mark.parametrize(("after", "rings"), [(30, True), (61, False)])
async def test_a_fence_holds_for_whoever_waits_for_a_busy_line_as_well(
    street: Street, house: House, after: float, rings: bool
) -> None:
    street.fenced()
    await house.talk("ferhat-phone", "flat32-entry")
    guest = await street.comes()
    call = await guest.ring(guest.stands(), entry="flat32-entry")
    assert call.reason is Reason.BUSY
    waiting = Waiting(house.switchboard, house.clock, street.bell.admitted, street.bell.admitted_until)
    assert await waiting.wait(guest.visitor, call.id) == house.clock.now() + 60, "then nobody knows where"
    (talk,) = await house.calls.of_device(DeviceId("ferhat-phone"))
    await house.switchboard.resident_hangs_up(DeviceId("ferhat-phone"), talk.id)
    house.clock.passes(after)
    await waiting.tick()
    calls = [c for c in await house.calls.of_device(DeviceId("ferhat-phone")) if c.visitor]
    assert [(c.evidence.place, c.evidence.source) for c in calls] == (
        [(Place.INSIDE, Source.POSITION)] if rings else []
    )


# -- what a ringing device shows ------------------------------------------------------------------------


OWN = ("192.168.1.20", "198.51.100.7", "2001:db8::7", "a1b2.local")
LINES = (
    "candidate:1 1 udp 2113937151 192.168.1.20 51000 typ host generation 0",
    "candidate:2 1 udp 2113937151 a1b2.local 51001 typ host generation 0",
    "candidate:3 1 tcp 1518280447 2001:db8::7 9 typ host tcptype active",
    "candidate:4 1 udp 1677729535 198.51.100.7 51000 typ srflx raddr 192.168.1.20 rport 51000",
    "candidate:5 1 udp 1677729534 198.51.100.7 51002 typ prflx raddr 192.168.1.20 rport 51000",
    "candidate:6 1 udp 33562367 203.0.113.9 50100 typ relay raddr 198.51.100.7 rport 51000",
)


@pytest.mark.parametrize("relays", [False, True])
async def test_in_a_thousand_calls_no_ringing_device_shows_a_visitor_an_address_of_its_own(
    house: House, relays: bool
) -> None:
    house.ice.relays = relays
    street = Street(house)
    guest = await street.comes()
    device = DeviceId("anna-phone")
    sdp = "v=0\r\no=- 1 1 IN IP4 192.168.1.20\r\nc=IN IP4 198.51.100.7\r\n" + "".join(
        f"a={line}\r\n" for line in LINES
    )
    shown = 0
    for number in range(1000):
        call = await guest.ring()
        leg = house.leg(call, "anna-phone")
        (invited,) = [one for one in house.signaler.to("anna-phone") if one.what == "invite"]
        assert invited.rest["invitation"].early == relays
        assert invited.rest["invitation"].relay == relays
        house.signaler.told.clear()
        await house.negotiation.from_device(device, Description(call.id, leg, 0, "offer", sdp))
        found = [{"candidate": line, "sdpMid": "0"} for line in LINES]
        await house.negotiation.candidates_from_device(device, call.id, leg, 0, found)
        told = repr([one.rest for one in house.signaler.to(guest.visitor.id)])
        assert not [address for address in OWN if address in told], number
        shown += told.count("203.0.113.9")
        await house.switchboard.caller_hangs_up(guest.visitor.id, call.id)
        house.signaler.told.clear()
    assert shown >= 1000, "the relay's candidate passes"


async def test_whoever_accepted_is_connected_directly(house: House) -> None:
    guest = await Street(house).comes()
    call = await guest.ring()
    leg = house.leg(call, "anna-phone")
    await house.accept(call, "anna-phone")
    found = [{"candidate": line, "sdpMid": "0"} for line in LINES]
    await house.negotiation.candidates_from_device(DeviceId("anna-phone"), call.id, leg, 0, found)
    (told,) = [one for one in house.signaler.to(guest.visitor.id) if one.what == "candidates"]
    assert told.how == str(len(LINES))
