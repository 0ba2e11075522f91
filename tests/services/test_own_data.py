"""The export of one's own data."""

from __future__ import annotations

import json

from tests.fakes.desk import Desk


async def test_it_holds_what_is_ones_own_and_nothing_of_others() -> None:
    desk = Desk()
    await desk.at_home()
    anna = await desk.sign_in("anna", "Mozilla/5.0 (Windows NT 10.0) Firefox/150.0")
    call = await desk.house.talk("anna-phone")
    await desk.house.open("anna-phone", call)
    await desk.house.switchboard.caller_hangs_up(call.panel, call.id)
    call = await desk.house.talk("ben-phone")
    await desk.house.open("ben-phone", call, request="of ben")
    await desk.house.switchboard.caller_hangs_up(call.panel, call.id)
    call = await desk.house.ring()
    await desk.house.decline(call, "anna-laptop")
    await desk.house.switchboard.caller_hangs_up(call.panel, call.id)
    call = await desk.house.ring()
    await desk.house.switchboard.caller_hangs_up(call.panel, call.id)
    data = await desk.own_data.of(anna)
    assert data["made_at"] == "2027-01-15T08:00:00+00:00"
    assert data["profile"]["email"] == "anna@example.org"
    assert data["memberships"] == [
        {
            "site": "Birch court",
            "role": "resident",
            "unit": "Flat 31",
            "standing": "active",
            "until": None,
        }
    ]
    assert {s["browser"] for s in data["sessions"]} == {"Firefox on Windows", "A program"}
    assert [d["name"] for d in data["devices"]] == ["Anna’s phone", "Anna’s laptop"]
    outcomes = sorted(c["outcome"] for c in data["calls"])
    assert outcomes == ["answered", "answered_by_somebody_else", "declined", "missed"]
    assert [(o["lock"], o["during_a_call"]) for o in data["openings"]] == [("Street door", True)]
    text = json.dumps(data, ensure_ascii=False)
    for other in ("Ben", "ben", "Ferhat", "Marta", "hash", "token"):
        assert other not in text
