"""Leaving a unit: legs, sockets, sessions and rights end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intercom.domain.call import LegStage, Reason, Stage
from intercom.domain.errors import CallOver, DoorRefused, IntercomError
from intercom.domain.ids import AccountId, SiteId
from intercom.domain.people import Membership, Role, Standing
from intercom.services.permits import Press
from tests.fakes.desk import Desk
from tests.fakes.house import FAR, FLAT32, SITE

ANNA = AccountId("anna")


@pytest.fixture
async def desk() -> Desk:
    """Everybody is at home."""
    desk = Desk()
    await desk.at_home()
    return desk


def removed(desk: Desk, person: str, *left: Membership) -> None:
    """What the residents' office does before: the membership is gone, and the phonebook is fresh."""
    people, account = desk.house.people, AccountId(person)
    people.roles = [m for m in people.roles if m.account != person] + list(left)
    desk.house.phonebooks.entries = [
        replace(entry, people=tuple(p for p in entry.people if p != account))
        for entry in desk.house.phonebooks.entries
    ]


async def leg_reasons(desk: Desk, call: object) -> dict[str, tuple[LegStage, Reason | None]]:
    now = await desk.house.now(call)  # type: ignore[arg-type]
    return {leg.device: (leg.stage, leg.reason) for leg in now.legs}


async def test_removed_while_it_rings_their_devices_stop_and_the_others_go_on(desk: Desk) -> None:
    call = await desk.house.ring()
    await desk.house.rings(call, "anna-phone")
    desk.house.told()
    removed(desk, "anna")
    await desk.leaving.left_unit(ANNA, SITE)
    legs = await leg_reasons(desk, call)
    gone = (LegStage.ENDED, Reason.REMOVED)
    assert legs["anna-phone"] == legs["anna-laptop"] == gone
    assert legs["ben-phone"][1] is None
    assert (await desk.house.now(call)).alive
    with pytest.raises(CallOver):
        await desk.house.accept(call, "anna-phone")
    await desk.house.accept(call, "ben-phone")


async def test_removed_while_talking_the_call_ends_and_both_are_told_why(desk: Desk) -> None:
    call = await desk.house.talk()
    removed(desk, "anna")
    await desk.leaving.left_unit(ANNA, SITE)
    now = await desk.house.now(call)
    assert (now.stage, now.reason) == (Stage.ENDED, Reason.REMOVED)
    told = desk.house.told()
    assert any("street-panel" in line and "removed" in line for line in told), told
    assert any("anna-phone" in line and "removed" in line for line in told), told


async def test_somebody_elses_call_goes_on(desk: Desk) -> None:
    call = await desk.house.talk("ben-phone")
    removed(desk, "anna")
    await desk.leaving.left_unit(ANNA, SITE)
    assert (await desk.house.now(call)).stage is Stage.ESTABLISHED


async def test_without_any_part_left_every_session_and_device_ends(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    removed(desk, "anna")
    await desk.leaving.left_unit(ANNA, SITE)
    assert await desk.again(session) is None
    assert set(desk.house.ended) == {session.id, "anna-session"}
    assert await desk.house.people.devices([ANNA]) == []


@pytest.mark.parametrize(
    "left",
    [
        Membership(ANNA, SITE, Role.RESIDENT, FLAT32),
        Membership(ANNA, FAR, Role.RESIDENT),
        Membership(ANNA, FAR, Role.RESIDENT, None, Standing.INVITED),
        Membership(ANNA, SITE, Role.AUDITOR),
    ],
    ids=["another unit", "another site", "invited elsewhere", "another role"],
)
async def test_with_a_part_left_sessions_stay_and_sockets_come_anew(desk: Desk, left: Membership) -> None:
    session = await desk.sign_in("anna")
    removed(desk, "anna", left)
    await desk.leaving.left_unit(ANNA, SITE)
    assert await desk.again(session) is not None
    assert desk.house.ended == []
    cut = [line for line in desk.house.told() if "cut" in line]
    assert len(cut) == 2, "phone and laptop, and nobody else's"
    assert all("anna-" in line for line in cut)


@pytest.mark.parametrize(
    "left",
    [
        Membership(ANNA, SITE, Role.RESIDENT, FLAT32, Standing.INACTIVE),
        Membership(ANNA, SITE, Role.INSTALLER, None, Standing.ACTIVE, expires_at=1.0),
    ],
    ids=["deactivated", "an installer whose day is over"],
)
async def test_a_part_that_gives_no_rights_keeps_nobody_signed_in(desk: Desk, left: Membership) -> None:
    session = await desk.sign_in("anna")
    removed(desk, "anna", left)
    await desk.leaving.left_unit(ANNA, SITE)
    assert await desk.again(session) is None


async def test_a_call_of_another_unit_of_theirs_goes_on(desk: Desk) -> None:
    """Anna leaves Flat 31 and stays in Flat 32, where it rings."""
    entries = desk.house.phonebooks.entries
    desk.house.phonebooks.entries = [replace(e, people=(*e.people, ANNA)) for e in entries[1:]] + entries[:1]
    call = await desk.house.ring("flat32-entry")
    desk.house.people.roles = [m for m in desk.house.people.roles if m.account != "anna"]
    desk.house.people.roles.append(Membership(ANNA, SITE, Role.RESIDENT, FLAT32))
    await desk.leaving.left_unit(ANNA, SITE)
    assert {reason for device, (_, reason) in (await leg_reasons(desk, call)).items()} == {None}


async def test_the_door_is_not_opened_for_a_press_that_was_under_way(desk: Desk) -> None:
    """The socket is not cut yet: the right is looked at anew."""
    session, device = desk.house.session("anna"), desk.house.device("anna-phone")
    removed(desk, "anna")
    for request in ("one", "two"):
        with pytest.raises(DoorRefused) as refused:
            await desk.house.doors.open_door(session, device, Press("street-door", request))  # type: ignore[arg-type]
        assert refused.value.refusal == "removed"
        assert "removed from this unit" in refused.value.message
    assert desk.house.access.commands == []
    assert [o.code for o in desk.house.openings.rows] == ["removed", "removed"], "attempts are in the log"


async def test_deactivated_is_as_good_as_removed_at_the_door(desk: Desk) -> None:
    session, device = desk.house.session("anna"), desk.house.device("anna-phone")
    people = desk.house.people
    people.roles = [replace(m, standing=Standing.INACTIVE) for m in people.roles]
    with pytest.raises(IntercomError) as refused:
        await desk.house.doors.open_door(session, device, Press("street-door", "press"))  # type: ignore[arg-type]
    assert isinstance(refused.value, DoorRefused)


async def test_leaving_a_site_with_nothing_going_on_is_no_fault(desk: Desk) -> None:
    await desk.leaving.left_unit(AccountId("nobody"), SITE)
    await desk.leaving.left_unit(AccountId("jonas"), SiteId("far"))
    await desk.leaving.end_everything(AccountId("nobody"))
    assert desk.house.ended == []


async def test_who_has_no_part_at_the_site_any_more_is_told_by_mail(desk: Desk) -> None:
    await desk.leaving.left_unit(ANNA, SITE)
    assert desk.letters() == [], "still a member"
    removed(desk, "anna")
    await desk.leaving.left_unit(ANNA, SITE)
    (letter,) = desk.letters()
    assert (letter.kind, letter.to) == ("removed", "anna@example.org")
    removed(desk, "ben")
    del desk.house.people.hashes[AccountId("ben")]
    await desk.leaving.left_unit(AccountId("ben"), SITE)
    assert len(desk.letters()) == 1, "who never came is not told"
