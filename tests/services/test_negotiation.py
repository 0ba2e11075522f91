"""Session descriptions and candidates: only between the two ends of a leg."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.call import Call
from intercom.domain.errors import BadMessage, CallOver, IntercomError, TooLarge, UnknownCall
from intercom.domain.evidence import NOTHING
from intercom.domain.ids import CallId, DeviceId, EntryId, LegId, PanelId
from intercom.domain.visitor import Visitor
from intercom.ports import Description
from intercom.services.negotiation import CANDIDATES_PER_LEG
from tests.fakes import House
from tests.fakes.house import SITE, STREET

PANEL, OTHER_PANEL = PanelId("street-panel"), PanelId("yard-panel")
ANNA, BEN, FERHAT = DeviceId("anna-phone"), DeviceId("ben-phone"), DeviceId("ferhat-phone")
CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0"}


@pytest.fixture
async def call(house: House) -> Call:
    """A call that rings Flat 31 from the street."""
    call = await house.ring()
    house.told()
    return call


def offer(house: House, call: Call, device: str = "anna-phone", type: str = "offer") -> Description:
    return Description(call.id, house.leg(call, device), 0, type, "v=0\r\n", "signature")


async def test_an_offer_goes_to_the_caller_and_the_answer_to_that_legs_device_alone(
    house: House, call: Call
) -> None:
    said = offer(house, call)
    await house.negotiation.from_device(ANNA, said)
    (told,) = house.signaler.told
    assert (told.to, told.rest["description"], told.rest["to_panel"]) == (PANEL, said, True)
    house.told()
    answer = offer(house, call, type="answer")
    await house.negotiation.from_panel(PANEL, answer)
    (told,) = house.signaler.told
    assert (told.to, told.rest["description"], told.rest["to_panel"]) == (ANNA, answer, False)


async def visited(house: House) -> Call:
    """A call that a visitor's own browser makes at the street door."""
    visitor = Visitor(PanelId("visitor-1"), SITE, STREET, house.clock.now() + 1800)
    return await house.switchboard.ring(visitor, EntryId("flat31-entry"), NOTHING)


async def test_a_visitor_is_given_relayed_candidates_alone_until_somebody_accepts(house: House) -> None:
    call = await visited(house)
    leg = house.leg(call, "anna-phone")
    sdp = f"v=0\r\na={CANDIDATE['candidate']}\r\na=mid:0\r\n"
    relay = {**CANDIDATE, "candidate": "candidate:2 1 udp 1 203.0.113.9 9 typ relay raddr 0.0.0.0 rport 0"}
    house.told()
    for accepted in (False, True):
        if accepted:
            await house.rings(call, "anna-phone")
            await house.accept(call, "anna-phone")
            house.told()
        house.signaler.told.clear()
        said = Description(call.id, leg, 0, "offer", sdp)
        await house.negotiation.from_device(ANNA, said)
        await house.negotiation.candidates_from_device(ANNA, call.id, leg, 0, [CANDIDATE, relay])
        described, trickled = house.signaler.told
        assert ("typ host" in described.rest["description"].sdp) is accepted
        assert trickled.how == ("2" if accepted else "1")


@pytest.mark.parametrize("rule", [False, True])
@pytest.mark.parametrize("relays", [False, True])
async def test_a_device_connects_early_to_a_visitor_by_a_relay_or_where_the_site_allows_it(
    house: House, relays: bool, rule: bool
) -> None:
    house.phonebooks.sites = [
        replace(site, rules=replace(site.rules, early_without_relay=rule)) for site in house.phonebooks.sites
    ]
    house.ice.relays = relays
    call = await visited(house)
    told = [one.rest["invitation"] for one in house.signaler.told if one.what == "invite"]
    assert [(one.early, one.relay) for one in told] == [(relays or rule, relays)] * 3
    fixed = await house.ring("flat32-entry", "yard-panel")
    (to_panel,) = [
        one.rest["invitation"] for one in house.signaler.told if one.to == FERHAT and one.what == "invite"
    ]
    assert (call.visitor, fixed.visitor) == (True, False)
    assert (to_panel.early, to_panel.relay) == (True, False)


async def test_before_anybody_accepts_each_ringing_device_negotiates_its_own_leg(
    house: House, call: Call
) -> None:
    for device in ("anna-phone", "anna-laptop", "ben-phone"):
        await house.negotiation.from_device(DeviceId(device), offer(house, call, device))
        await house.negotiation.from_panel(PANEL, offer(house, call, device, "answer"))
    assert house.told() == [
        "street-panel: sdp offer",
        "anna-phone: sdp answer",
        "street-panel: sdp offer",
        "anna-laptop: sdp answer",
        "street-panel: sdp offer",
        "ben-phone: sdp answer",
    ]


async def test_the_residents_device_makes_the_offers_and_the_caller_only_answers(
    house: House, call: Call
) -> None:
    for type in ("answer", "pranswer", "rollback"):
        with pytest.raises(BadMessage):
            await house.negotiation.from_device(ANNA, offer(house, call, type=type))
    for type in ("offer", "pranswer", "rollback"):
        with pytest.raises(BadMessage):
            await house.negotiation.from_panel(PANEL, offer(house, call, type=type))
    assert house.told() == []


async def test_nobody_but_the_two_ends_says_anything_on_a_leg(house: House, call: Call) -> None:
    leg = house.leg(call, "anna-phone")
    for device in (BEN, FERHAT):
        with pytest.raises(UnknownCall):
            await house.negotiation.from_device(device, offer(house, call))
        with pytest.raises(UnknownCall):
            await house.negotiation.candidates_from_device(device, call.id, leg, 0, [CANDIDATE])
    with pytest.raises(UnknownCall):
        await house.negotiation.from_panel(OTHER_PANEL, offer(house, call, type="answer"))
    with pytest.raises(UnknownCall):
        await house.negotiation.candidates_from_panel(OTHER_PANEL, call.id, leg, 0, [CANDIDATE])
    with pytest.raises(UnknownCall):
        await house.negotiation.renegotiate(OTHER_PANEL, call.id, leg)
    assert house.told() == []


async def test_forged_calls_and_legs_are_unknown(house: House, call: Call) -> None:
    leg = house.leg(call, "anna-phone")
    for call_id, leg_id in ((CallId("forged"), leg), (call.id, LegId("forged"))):
        said = Description(call_id, leg_id, 0, "offer", "v=0\r\n")
        with pytest.raises(UnknownCall):
            await house.negotiation.from_device(ANNA, said)
        with pytest.raises(UnknownCall):
            await house.negotiation.from_panel(PANEL, Description(call_id, leg_id, 0, "answer", "v=0\r\n"))
        with pytest.raises(UnknownCall):
            await house.negotiation.renegotiate(PANEL, call_id, leg_id)
    assert house.told() == []


async def test_a_device_that_is_out_of_the_call_is_cut_off_in_both_directions(
    house: House, call: Call
) -> None:
    await house.accept(call, "anna-phone")
    house.told()
    ben = house.leg(call, "ben-phone")
    with pytest.raises(CallOver):
        await house.negotiation.from_device(BEN, offer(house, call, "ben-phone"))
    with pytest.raises(CallOver):
        await house.negotiation.from_panel(PANEL, offer(house, call, "ben-phone", "answer"))
    with pytest.raises(CallOver):
        await house.negotiation.candidates_from_device(BEN, call.id, ben, 0, [CANDIDATE])
    with pytest.raises(CallOver):
        await house.negotiation.candidates_from_panel(PANEL, call.id, ben, 0, [CANDIDATE])
    assert house.told() == []
    await house.negotiation.from_device(ANNA, offer(house, call))
    assert house.told() == ["street-panel: sdp offer"]


async def test_after_the_end_nobody_negotiates(house: House, call: Call) -> None:
    await house.switchboard.caller_hangs_up(PANEL, call.id)
    house.told()
    with pytest.raises(CallOver):
        await house.negotiation.from_device(ANNA, offer(house, call))
    with pytest.raises(IntercomError):
        await house.negotiation.renegotiate(PANEL, call.id, house.leg(call, "anna-phone"))
    assert house.told() == []


async def test_candidates_go_together_and_unread(house: House, call: Call) -> None:
    leg = house.leg(call, "anna-phone")
    await house.negotiation.candidates_from_device(ANNA, call.id, leg, 3, [CANDIDATE, CANDIDATE])
    await house.negotiation.candidates_from_panel(PANEL, call.id, leg, 3, [CANDIDATE])
    assert [(told.to, told.how, told.rest["attempt"]) for told in house.signaler.told] == [
        (PANEL, "2", 3),
        (ANNA, "1", 3),
    ]


async def test_candidates_are_counted_for_each_leg_and_each_side(house: House, call: Call) -> None:
    leg, other = house.leg(call, "anna-phone"), house.leg(call, "ben-phone")
    many = [CANDIDATE] * CANDIDATES_PER_LEG
    await house.negotiation.candidates_from_device(ANNA, call.id, leg, 0, many[1:])
    await house.negotiation.candidates_from_device(ANNA, call.id, leg, 0, [CANDIDATE])
    house.told()
    with pytest.raises(TooLarge):
        await house.negotiation.candidates_from_device(ANNA, call.id, leg, 0, [CANDIDATE])
    assert house.told() == []
    await house.negotiation.candidates_from_panel(PANEL, call.id, leg, 0, many)
    with pytest.raises(TooLarge):
        await house.negotiation.candidates_from_panel(PANEL, call.id, leg, 0, [CANDIDATE])
    await house.negotiation.candidates_from_device(BEN, call.id, other, 0, many)
    await house.negotiation.candidates_from_device(ANNA, call.id, leg, 1, many)


async def test_a_caller_that_lost_its_path_asks_that_legs_device_for_a_new_offer(
    house: House, call: Call
) -> None:
    await house.accept(call, "anna-phone")
    house.told()
    await house.negotiation.renegotiate(PANEL, call.id, house.leg(call, "anna-phone"))
    assert house.told() == ["anna-phone: renegotiate"]


async def test_the_server_keeps_no_session_description(house: House, call: Call) -> None:
    await house.negotiation.from_device(ANNA, offer(house, call))
    assert "v=0" not in repr(house.store)
