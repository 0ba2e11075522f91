"""The export of one's own data."""

from __future__ import annotations

import json

from intercom.domain.factors import Factor, FactorKind, Identity, TrustedDevice
from intercom.domain.ids import AccountId, DeviceId, FactorId, Secret
from intercom.domain.week import WeekSpan
from intercom.ports import Subscription
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


async def test_it_holds_how_one_signs_in_and_is_rung_and_no_secret_of_it() -> None:
    desk = Desk()
    await desk.at_home()
    anna, mine = await desk.sign_in("anna"), AccountId("anna")
    for who in (mine, AccountId("ben")):
        desk.methods += [
            Factor(FactorId("a"), who, FactorKind.APP, sealed="hidden", confirmed=True),
            Factor(FactorId("p"), who, FactorKind.PASSKEY, f"key of {who}", None, "cred", "hidden", 7, True),
            Factor(FactorId("s"), who, FactorKind.SMS, "+49", confirmed=False),
        ]
        desk.trusted.kept.append(TrustedDevice("t", who, f"browser of {who}", 0.0, 60.0))
        desk.links.append(Identity("https://id.example", "subject", who, f"{who}@elsewhere.example", 0.0))
    push = Subscription(DeviceId("anna-phone"), Secret("https://push.example/hidden"), "x", Secret("hidden"))
    await desk.house.subscriptions.put(push, 0.0)
    await desk.house.quiet_hours.put(mine, "Europe/Berlin", [WeekSpan(0, 1320, 390)])
    data = await desk.own_data.of(anna)
    assert [m["kind"] for m in data["second_factor_methods"]] == ["app", "passkey"]
    assert data["trusted_browsers"] == [
        {
            "user_agent": "browser of anna",
            "since": "1970-01-01T00:00:00+00:00",
            "ends_at": "1970-01-01T00:01:00+00:00",
        }
    ]
    assert [a["email"] for a in data["accounts_elsewhere"]] == ["anna@elsewhere.example"]
    assert [d["takes_pushes"] for d in data["devices"]] == [True, False]
    assert data["quiet_hours"] == {
        "time_zone": "Europe/Berlin",
        "spans": [{"weekday": 0, "from": "22:00", "until": "06:30"}],
    }
    text = json.dumps(data)
    assert "hidden" not in text
    assert "ben" not in text
