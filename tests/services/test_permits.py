"""Opening hours, the visitor's fence and the resident's own, as the service gathers them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import orjson
import pytest

from intercom.domain.call import Call, Transition
from intercom.domain.door import LockStatus, Refusal, Truth
from intercom.domain.errors import DoorRefused, code_of
from intercom.domain.evidence import AT_THE_PANEL, FRESH, NOTHING, Evidence, Place, Source
from intercom.domain.fence import Circle, FenceMode, Spot
from intercom.domain.geofence import Position
from intercom.domain.ids import LockId, PanelId
from intercom.domain.week import WeekSpan
from intercom.storage.documents import opening_to
from tests.fakes import House
from tests.fakes.house import STREET

DOOR = Circle(Spot(52.52, 13.405), 75.0)
AT_THE_DOOR, FAR_OFF = Spot(52.5201, 13.4051), Spot(52.53, 13.405)


async def refused(house: House, why: Refusal, call: Call | None = None, **more: object) -> DoorRefused:
    """A press that must be refused so, stand in the log and send nothing."""
    number = len(house.openings.rows)
    with pytest.raises(DoorRefused) as no:
        await house.open("anna-phone", call, request=f"refused-{number}", **more)  # type: ignore[arg-type]
    assert code_of(no.value) == why
    assert house.openings.rows[number].code is why
    assert house.access.commands == []
    return no.value


# -- opening hours --


@pytest.mark.parametrize("in_call", [True, False])
async def test_outside_opening_hours_no_door_opens_and_the_words_say_when_again(
    house: House, in_call: bool
) -> None:
    call = await house.talk() if in_call else None
    # the clock stands at Friday, 08:00 UTC
    house.rules_of_site(opening_hours=(WeekSpan(4, 9 * 60, 18 * 60),))
    no = await refused(house, Refusal.CLOSED_HOURS, call)
    assert no.message == "Outside opening hours. Open again at 09:00."
    assert no.details == {"until": house.clock.now() + 3600}
    house.clock.passes(3600)
    if call is None:
        assert (await house.open("anna-phone", None)).truth is Truth.ASKED


# -- the visitor's fence --


@pytest.fixture
async def visit(house: House) -> Call:
    """A visitor calls with their own phone, stood inside a moment ago, and Anna talks with them."""
    house.fences(STREET, FenceMode.ENFORCE, DOOR)
    call = await house.talk()

    def visits(before: Call) -> Transition:
        here = Evidence(Place.INSIDE, Source.POSITION, house.clock.now())
        return Transition(replace(before, visitor=True, evidence=here), ())

    made = await house.calls.update(call.id, visits)
    assert made is not None
    return made.call


async def test_a_visitor_who_stood_at_the_door_a_moment_ago_is_let_in_without_asking_again(
    house: House, visit: Call
) -> None:
    house.clock.passes(FRESH)
    opening = await house.open("anna-phone", visit)
    assert opening.evidence == visit.evidence
    assert house.renewals == []


async def test_evidence_older_than_a_minute_is_renewed_before_the_door_opens(
    house: House, visit: Call
) -> None:
    house.clock.passes(FRESH + 1)
    house.now_at = Evidence(Place.INSIDE, Source.POSITION, house.clock.now())
    opening = await house.open("anna-phone", visit)
    assert house.renewals == [visit.id]
    assert opening.evidence == house.now_at
    assert len(house.access.commands) == 1


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (Place.OUTSIDE, Refusal.OUTSIDE_FENCE),
        (Place.UNKNOWN, Refusal.FENCE_UNKNOWN),
        (None, Refusal.FENCE_UNKNOWN),
    ],
)
async def test_a_visitor_who_has_walked_off_or_whose_phone_says_nothing_is_not_let_in(
    house: House, visit: Call, place: Place | None, why: Refusal
) -> None:
    house.clock.passes(FRESH + 1)
    house.now_at = Evidence(place, Source.POSITION, house.clock.now()) if place else None
    await refused(house, why, visit)
    assert house.renewals == [visit.id], "asked once"
    assert house.openings.rows[0].evidence.place is (place or Place.INSIDE)


async def test_a_visitors_phone_that_never_answers_does_not_hold_the_press_up(
    house: House, visit: Call
) -> None:
    async def never(_: Call) -> Evidence:
        await asyncio.Event().wait()
        raise AssertionError

    house.doors.permits = replace(house.permits, fresh=never, renew_within=0.01)
    house.clock.passes(FRESH + 1)
    await refused(house, Refusal.FENCE_UNKNOWN, visit)


async def test_a_visitors_phone_that_cannot_be_asked_is_not_let_in_either(
    house: House, visit: Call, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks(_: Call) -> Evidence:
        raise ConnectionError("gone")

    house.doors.permits = replace(house.permits, fresh=breaks)
    house.clock.passes(FRESH + 1)
    await refused(house, Refusal.FENCE_UNKNOWN, visit)
    assert "cannot be asked" in caplog.text


@pytest.mark.parametrize(("device", "lock"), [("ben-phone", "street-door"), ("anna-phone", "yard-gate")])
async def test_a_visitor_is_not_asked_for_somebody_who_may_not_open_anyway(
    house: House, visit: Call, device: str, lock: str
) -> None:
    house.clock.passes(FRESH + 1)
    with pytest.raises(DoorRefused):
        await house.open(device, visit, lock)
    assert house.renewals == []


async def test_a_call_that_ends_while_the_visitor_is_asked_opens_nothing(house: House, visit: Call) -> None:
    async def hangs_up_first(call: Call) -> Evidence:
        await house.switchboard.caller_hangs_up(PanelId("street-panel"), call.id)
        return Evidence(Place.INSIDE, Source.POSITION, house.clock.now())

    house.doors.permits = replace(house.permits, fresh=hangs_up_first)
    house.clock.passes(FRESH + 1)
    await refused(house, Refusal.CALL_ENDED, visit)


async def test_a_panel_is_never_asked_where_it_is(house: House) -> None:
    house.fences(STREET, FenceMode.ENFORCE, DOOR)
    call = await house.talk()
    house.clock.passes(10 * FRESH)
    opening = await house.open("anna-phone", call)
    assert opening.evidence == AT_THE_PANEL
    assert house.renewals == []


# -- the resident's own fence --


def at(house: House, spot: Spot, accuracy: float = 10.0, age: float = 0.0) -> Position:
    return Position(spot.lat, spot.lon, accuracy, house.clock.now() - age)


async def test_a_resident_opens_without_a_call_only_at_the_door_where_the_site_wants_that(
    house: House,
) -> None:
    house.fences(STREET, FenceMode.OFF, DOOR)
    house.rules_of_site(resident_fence=FenceMode.ENFORCE)
    await refused(house, Refusal.POSITION_NEEDED)
    await refused(house, Refusal.NOT_AT_DOOR, position=at(house, FAR_OFF))
    await refused(house, Refusal.POSITION_NEEDED, position=at(house, AT_THE_DOOR, accuracy=5000.0))
    await refused(house, Refusal.POSITION_NEEDED, position=at(house, AT_THE_DOOR, age=FRESH + 1))
    opening = await house.open("anna-phone", None, position=at(house, AT_THE_DOOR))
    assert opening.evidence == Evidence(Place.INSIDE, Source.POSITION, house.clock.now())


async def test_where_it_only_advises_the_log_says_where_the_resident_was(house: House) -> None:
    house.fences(STREET, FenceMode.OFF, DOOR)
    house.rules_of_site(resident_fence=FenceMode.ADVISE)
    opening = await house.open("anna-phone", None, position=at(house, FAR_OFF))
    assert opening.evidence.place is Place.OUTSIDE


async def test_without_the_wish_or_without_a_fence_or_in_a_call_no_position_is_looked_at(
    house: House,
) -> None:
    far = at(house, FAR_OFF)
    house.rules_of_site(resident_fence=FenceMode.ENFORCE)
    assert (await house.open("anna-phone", None, request="no fence", position=far)).evidence == NOTHING
    house.fences(STREET, FenceMode.OFF, DOOR)
    call = await house.talk()
    in_call = await house.open("anna-phone", call, request="in a call", position=far)
    assert in_call.evidence == AT_THE_PANEL
    house.rules_of_site(resident_fence=FenceMode.OFF)
    assert (await house.open("anna-phone", None, request="no wish", position=far)).evidence == NOTHING


async def test_no_coordinate_is_kept(house: House) -> None:
    house.fences(STREET, FenceMode.OFF, DOOR)
    house.rules_of_site(resident_fence=FenceMode.ENFORCE)
    opening = await house.open("anna-phone", None, position=at(house, AT_THE_DOOR))
    kept = orjson.loads(opening_to(opening))
    assert "52.5" not in f"{opening} {kept} {house.signaler.told}"
    assert kept["evidence"] == {"place": "inside", "source": "position", "at": house.clock.now()}


# -- the lock --


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (LockStatus(held_open=True), Refusal.HELD_OPEN),
        (LockStatus(trouble=Refusal.NO_SUBSCRIPTION), Refusal.NO_SUBSCRIPTION),
        (LockStatus(online=False), Refusal.LOCK_OFFLINE),
    ],
)
async def test_what_the_core_says_of_a_lock_beforehand_is_not_tried(
    house: House, status: LockStatus, why: Refusal
) -> None:
    house.access.statuses[LockId("street-door")] = status
    await refused(house, why)
