"""Whole calls against the real server over real sockets, each message held against the wire."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from socketio.exceptions import ConnectionError as Unreachable

from tests.e2e.house import Device, House, People, eventually, new_request, talking

SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"


async def test_a_visitor_rings_talks_and_is_let_in(people: People, house: House) -> None:
    panel, anna = await people.panel(), await people.device("anna")
    assert anna.ready["person"] == "Anna Lind"
    assert anna.ready["unit"] == "Flat 31"
    assert [door["entrance"]["id"] for door in anna.ready["doors"]] == ["street", "courtyard"]

    call = await panel.rings("Anna Lind")
    calling = await panel.hears("calling")
    assert calling["entry"]["name"] == "Anna Lind"
    assert calling["leg"] is None
    invite = await anna.invited(call=call)
    assert invite["stage"] == "calling"
    assert invite["accepted"] is False
    assert invite["entrance"] == {"id": "street", "name": "Street door"}
    assert invite["also"] == []
    assert invite["expires_at"] == pytest.approx(invite["now"] + invite["ring_seconds"], abs=1)
    assert [lock["id"] for lock in invite["locks"]] == ["street-door", "inner-door"]
    assert calling["legs"] == [invite["leg"]]

    await anna.alerts()
    assert (await panel.gets("leg", leg=anna.leg))["stage"] == "ringing"
    await panel.hears("ringing")

    await anna.does("sdp", **anna.mine, attempt=1, type="offer", sdp=SDP, signature="s")
    offer = await panel.gets("sdp")
    said = {"attempt": 1, "type": "offer", "sdp": SDP, "signature": "s", "restarts": False}
    assert offer == {**anna.mine, **said}
    await panel.does("sdp", **anna.mine, attempt=1, type="answer", sdp=SDP)
    assert (await anna.gets("sdp"))["type"] == "answer"
    candidate = {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
    await anna.does("candidates", **anna.mine, candidates=[candidate])
    assert (await panel.gets("candidates"))["candidates"] == [{**candidate, "usernameFragment": None}]
    await panel.does("candidates", **anna.mine, candidates=[candidate])
    assert (await anna.gets("candidates"))["leg"] == anna.leg
    await panel.does("renegotiate", **anna.mine)
    assert await anna.gets("renegotiate") == anna.mine

    await anna.accepts()
    assert (await panel.hears("connecting"))["leg"] == anna.leg
    await anna.hears("connecting")
    await panel.does("media_up", **anna.mine)
    assert (await panel.hears("established"))["established_at"] is not None
    await anna.hears("established")
    await anna.does("camera", **anna.mine, on=True)
    assert (await panel.gets("camera"))["on"] is True

    request = new_request()
    ack = await anna.opens("street-door", request=request)
    assert ack["ok"], ack
    opening = ack["opening"]
    for state in ("asked", "sent", "opened"):
        assert (await anna.gets("door", opening=opening, state=state))["request"] == request
    told = await panel.gets("door", opening=opening, state="opened")
    assert told["request"] is None, "the request is the resident's own"
    assert told["relocks_at"] > told["at"]
    assert told["by"] is None
    assert panel.unread("door")[:1] != [{**told, "state": "asked"}], "the visitor is not told of mere wishes"

    await anna.hangs_up()
    ended = await panel.hears("ended")
    assert (ended["reason"], ended["ended_by"], ended["legs"]) == ("completed", "resident", [])
    assert (await anna.hears("ended"))["ended_by"] == "you"
    assert [line["lock"] for line in house.journal() if line["request"] == request] == ["street-door"]


async def test_a_call_that_is_connected_before_it_is_accepted_is_established_by_the_accept(
    people: People,
) -> None:
    panel, anna = await people.panel(), await people.device("anna")
    await panel.rings("Anna Lind")
    await anna.invited()
    await anna.alerts()
    await anna.does("media_up", **anna.mine)
    await panel.hears("ringing")
    await anna.accepts()
    await panel.hears("established")
    await anna.hears("established")
    assert [m["stage"] for event, m in panel.heard if event == "call"] == [
        "calling",
        "ringing",
        "established",
    ]


async def test_the_visitor_hangs_up_and_the_resident_is_told_who_did(people: People) -> None:
    panel, anna = await people.panel(), await people.device("anna")
    await talking(panel, anna, "Anna Lind")
    await panel.hangs_up()
    assert (await panel.hears("ended"))["ended_by"] == "caller"
    assert (await anna.hears("ended"))["ended_by"] == "visitor"
    await panel.hangs_up()  # again is no fault


async def test_every_device_of_the_household_rings_and_the_first_accept_wins(people: People) -> None:
    panel = await people.panel()
    first, second, ben = devices = await people.devices("anna", "anna", "ben")
    await panel.rings("Anna Lind")
    for device in devices:
        invite = await device.invited()
        others = {d.ready["device_name"] for d in devices if d is not device}
        assert set(invite["also"]) == others
        await device.alerts()
    assert len({device.leg for device in devices}) == 3
    await second.accepts()
    for loser, own in ((first, True), (ben, False)):
        stop = await loser.gets("stop", leg=loser.leg, reason="accepted_elsewhere")
        assert stop["by"] == {"person": "Anna Lind", "device": second.ready["device_name"], "you": own}
        assert stop["missed"] is False
        error = await loser.is_refused("accept", "accepted_elsewhere", **loser.mine)
        assert error["details"]["by"] == {"person": "Anna Lind", "device": second.ready["device_name"]}
        await loser.is_refused("sdp", "call_ended", **loser.mine, type="offer", sdp=SDP)
    assert (await panel.hears("connecting"))["legs"] == [second.leg]
    await second.accepts()  # again, by the winner, is no fault
    await second.hangs_up()
    await panel.hears("ended", reason="completed")
    for loser in (first, ben):
        await loser.settled()
        assert not loser.unread("call"), "who did not answer hears nothing of the talk"


async def test_a_decline_settles_it_for_the_person_and_the_others_ring_on(people: People) -> None:
    panel = await people.panel()
    first, second, ben = await people.devices("anna", "anna", "ben")
    await panel.rings("Anna Lind")
    for device in (first, second, ben):
        await device.invited()
        await device.alerts()
    await first.declines()
    assert (await first.gets("stop"))["reason"] == "declined"
    stop = await second.gets("stop")
    assert (stop["reason"], stop["missed"]) == ("declined_elsewhere", False)
    assert stop["by"]["device"] == first.ready["device_name"]
    await ben.settled()
    assert not ben.unread("stop")
    await ben.declines()
    ended = await panel.hears("ended")
    assert (ended["reason"], ended["ended_by"]) == ("declined", "resident")
    await first.settled()
    assert not first.unread("missed"), "who said no has missed nothing"


async def test_where_the_site_wants_it_one_decline_ends_the_ring_for_all(
    people: People, house: House
) -> None:
    site = house.rows("intercom.db", "SELECT id FROM sites")[0]["id"]
    marta = house.as_("marta")
    rule = {"decline_ends_call": True}
    assert house.ask("PATCH", f"/api/v1/sites/{site}", json_body=rule, cookies=marta).status == 200
    try:
        panel = await people.panel()
        anna, ben = await people.devices("anna", "ben")
        await panel.rings("Anna Lind")
        for one in (anna, ben):
            await one.invited()
            await one.alerts()
        await ben.declines()
        stop = await anna.gets("stop", reason="declined_elsewhere")
        assert stop["by"]["person"] == "Ben Lind"
        await panel.hears("ended", reason="declined")
    finally:
        rule = {"decline_ends_call": False}
        assert house.ask("PATCH", f"/api/v1/sites/{site}", json_body=rule, cookies=marta).status == 200


async def test_a_resident_who_talks_is_busy_for_the_next_visitor_and_notices_nothing(people: People) -> None:
    one, other = await people.panel(), await people.panel()
    ferhat = await people.device("ferhat")
    await talking(one, ferhat, "Ferhat Demir")
    ferhat.forget()
    second = await other.rings("Ferhat Demir")
    ended = await other.hears("ended")
    assert (ended["call"], ended["reason"], ended["legs"]) == (second, "busy", [])
    await ferhat.settled()
    assert not ferhat.unread("invite")
    assert [event for event, _ in ferhat.heard].count("invite") == 1
    assert [event for event, _ in ferhat.heard].count("missed") == 1, "the silent banner"
    await ferhat.hangs_up()
    await one.hears("ended", reason="completed")


async def test_who_waits_for_a_busy_line_rings_by_itself_when_it_is_free(people: People) -> None:
    one, other = await people.panel(), await people.panel()
    ferhat = await people.device("ferhat")
    await talking(one, ferhat, "Ferhat Demir")
    first = await other.rings("Ferhat Demir")
    await other.hears("ended", reason="busy")
    ack = await other.does("wait", call=first)
    assert 80 < ack["until"] - time.time() <= 90
    refused = await one.says("wait", {"call": first})
    assert refused["error"]["code"] == "unknown_call"
    ferhat.forget()
    await ferhat.hangs_up()
    invite = await ferhat.invited()
    assert invite["call"] != first
    await other.gets("call", call=invite["call"], stage="calling")
    await ferhat.declines()


async def test_a_household_that_rings_is_busy_for_the_other_panel(people: People) -> None:
    one, other = await people.panel(), await people.panel()
    ferhat = await people.device("ferhat")
    await one.rings("Ferhat Demir")
    await ferhat.invited()
    await other.rings("Ferhat Demir")
    await other.hears("ended", reason="busy")
    await ferhat.accepts()
    await one.hears("connecting", leg=ferhat.leg)


async def test_two_panels_that_ring_one_household_at_once_make_one_call(people: People) -> None:
    one, other = await people.panel(), await people.panel()
    ferhat = await people.device("ferhat")
    for _ in range(20):
        await asyncio.gather(one.rings("Ferhat Demir"), other.rings("Ferhat Demir"))
        await ferhat.invited()
        calls = [(await panel.gets("call", call=panel.call), panel) for panel in (one, other)]
        (winner,) = [panel for call, panel in calls if call["stage"] == "calling"]
        (loser,) = [call for call, _ in calls if call["stage"] == "ended"]
        assert loser["reason"] == "busy"
        assert winner.call == ferhat.call
        await winner.hangs_up()
        await ferhat.gets("stop", call=winner.call, reason="cancelled")
        await ferhat.settled()
        assert not ferhat.unread("invite")


async def test_a_panel_makes_one_call_at_a_time(people: People) -> None:
    panel, _, _ = await people.panel(), await people.device("anna"), await people.device("ferhat")
    acks = await asyncio.gather(
        panel.says("ring", {"entry": panel.entry("Anna Lind")}),
        panel.says("ring", {"entry": panel.entry("Ferhat Demir")}),
    )
    assert sorted(ack["ok"] for ack in acks) == [False, True]
    assert next(ack for ack in acks if not ack["ok"])["error"]["code"] == "call_in_progress"
    panel.call = next(ack["call"] for ack in acks if ack["ok"])


async def test_a_device_that_does_not_disturb_or_telephones_is_left_out(people: People) -> None:
    panel = await people.panel()
    anna, ben = await people.devices("anna", "ben")
    await anna.does("status", dnd=True)
    await panel.rings("Anna Lind")
    await ben.invited()
    await anna.settled()
    assert not anna.unread("invite")
    await ben.does("status", on_the_phone=True)
    await ben.gets("stop", reason="busy")
    await panel.hears("ended", reason="busy")
    await anna.gets("missed", call=panel.call)
    await anna.does("status", dnd=False)
    await ben.does("status", on_the_phone=False)
    await panel.rings("Anna Lind")
    await anna.invited()
    await ben.invited()


async def test_a_ring_that_nobody_hears_ends_at_once(people: People) -> None:
    panel = await people.panel()
    await panel.rings("Elise Fontaine")
    ended = await panel.hears("ended")
    assert (ended["reason"], ended["ended_by"]) == ("unreachable", "server")


async def test_a_ring_that_nobody_answers_is_missed_by_everybody_once(
    hasty_people: People, hasty_house: House
) -> None:
    panel = await hasty_people.panel()
    anna, ben = await hasty_people.devices("anna", "ben")
    before = time.monotonic()
    call = await panel.rings("Anna Lind")
    for device in (anna, ben):
        await device.invited()
        await device.alerts()
    ended = await panel.hears("ended")
    assert 1.0 < time.monotonic() - before < 5
    assert (ended["reason"], ended["ended_by"]) == ("no_answer", "server")
    for device, who in ((anna, "anna"), (ben, "ben")):
        stop = await device.gets("stop", leg=device.leg, reason="no_answer")
        assert stop["missed"] is True
        assert (await device.gets("missed", call=call))["entrance"]["id"] == "street"
        past = hasty_house.ask("GET", "/api/v1/history", cookies=hasty_house.as_(who)).json
        (line,) = [line for line in past["calls"] if line["call"] == call]
        assert line["missed"]
        assert line["unseen"]
        assert line["text"] == "Missed. Nobody answered"
    assert hasty_house.ask("POST", "/api/v1/history/seen", cookies=hasty_house.as_("anna")).status == 204
    past = hasty_house.ask("GET", "/api/v1/history", cookies=hasty_house.as_("anna")).json
    assert past["missed"] == 0
    await anna.is_refused("accept", "call_ended", **anna.mine)


async def test_a_visitor_who_gives_up_stops_every_device(people: People) -> None:
    panel = await people.panel()
    anna, ben = await people.devices("anna", "ben")
    await panel.rings("Anna Lind")
    for device in (anna, ben):
        await device.invited()
    await panel.hangs_up()
    assert (await panel.hears("ended"))["reason"] == "cancelled"
    for device in (anna, ben):
        assert (await device.gets("stop"))["reason"] == "cancelled"
        await device.gets("missed")
        await device.is_refused("accept", "call_ended", **device.mine)
        assert (await device.opens("street-door"))["error"]["code"] in ("not_in_call", "call_ended")


# -- lost and back ---------------------------------------------------------------------------------


async def test_a_caller_who_loses_the_connection_while_it_rings_comes_back_to_the_same_ring(
    people: People,
) -> None:
    panel, anna = await people.panel(), await people.device("anna")
    call = await panel.rings("Anna Lind")
    await anna.invited()
    await anna.alerts()
    await panel.drop()
    await panel.connect()
    assert panel.ready["call"]["call"] == call
    assert panel.ready["call"]["stage"] == "ringing"
    await panel.hears("ringing")
    await anna.accepts()
    await panel.hears("connecting", leg=anna.leg)
    assert not anna.unread("stop")


async def test_a_caller_who_loses_the_connection_while_talking_comes_back_to_the_same_talk(
    people: People,
) -> None:
    panel, anna = await people.panel(), await people.device("anna")
    call = await talking(panel, anna, "Anna Lind")
    await panel.drop()
    lost = await anna.hears("established", lost=True)
    assert lost["deadline"] > lost["now"]
    await panel.connect()
    assert panel.ready["call"]["call"] == call
    assert panel.ready["call"]["leg"] == anna.leg
    await anna.hears("established", lost=False)
    await panel.hears("established")
    await panel.hangs_up()
    await anna.hears("ended", ended_by="visitor")


async def test_a_caller_who_does_not_come_back_ends_the_talk_as_lost(hasty_people: People) -> None:
    panel, anna = await hasty_people.panel(), await hasty_people.device("anna")
    await talking(panel, anna, "Anna Lind")
    await panel.drop()
    await anna.hears("established", lost=True)
    ended = await anna.hears("ended")
    assert (ended["reason"], ended["ended_by"]) == ("lost", "server")


async def test_a_device_that_does_not_come_back_ends_the_talk_as_lost(hasty_people: People) -> None:
    panel, anna = await hasty_people.panel(), await hasty_people.device("anna")
    await talking(panel, anna, "Anna Lind")
    await anna.drop()
    await panel.hears("established", lost=True)
    assert (await panel.hears("ended"))["reason"] == "lost"


async def test_a_device_that_loses_the_connection_while_it_rings_is_invited_again_to_the_same_leg(
    people: People,
) -> None:
    panel, anna = await people.panel(), await people.device("anna")
    await panel.rings("Anna Lind")
    leg = (await anna.invited())["leg"]
    await anna.alerts()
    await anna.drop()
    await anna.connect()
    again = await anna.invited()
    assert (again["leg"], again["accepted"], again["stage"]) == (leg, False, "ringing")
    await anna.accepts()
    await panel.hears("connecting", leg=leg)


async def test_a_page_that_is_loaded_again_in_the_middle_of_a_talk_goes_on_with_it(people: People) -> None:
    panel, anna = await people.panel(), await people.device("anna")
    await talking(panel, anna, "Anna Lind")
    leg, device = anna.leg, anna.device
    opened = await anna.opens("street-door")
    await anna.gets("door", opening=opened["opening"], state="opened")
    await anna.connect()  # leaves in order first, as a page that is loaded again does
    assert anna.device == device
    invite = await anna.invited()
    assert (invite["leg"], invite["accepted"], invite["stage"]) == (leg, True, "established")
    await anna.hears("established")
    assert (await anna.gets("door"))["state"] == "opened", "the newest truth about the door is told again"
    await panel.hears("established", lost=False)
    assert (await anna.opens("inner-door"))["ok"]
    await anna.hangs_up()
    await panel.hears("ended", reason="completed")


async def test_the_newest_connection_of_a_device_wins_and_the_older_is_told(people: People) -> None:
    panel, old = await people.panel(), await people.device("anna")
    await talking(panel, old, "Anna Lind")
    new = await people.device("ferhat")  # made anna's second tab of the same device below
    new.token, new.device = old.token, old.device
    await new.connect()
    assert new.device == old.device
    assert "elsewhere" in (await old.gets("replaced"))["message"]
    await old.ended()
    invite = await new.invited()
    assert invite["accepted"] is True
    assert invite["leg"] == old.leg
    await new.hangs_up()
    await panel.hears("ended")


async def test_the_newest_connection_of_a_panel_wins_and_the_older_is_told(people: People) -> None:
    old, anna = await people.panel(), await people.device("anna")
    call = await old.rings("Anna Lind")
    await anna.invited()
    new = await people.panel(old.key)
    await old.gets("replaced")
    await old.ended()
    assert new.ready["call"]["call"] == call
    new.call = call
    await anna.accepts()
    await new.hears("connecting")
    await new.hangs_up()
    await anna.hears("ended")


async def test_a_device_cannot_take_the_name_of_somebody_elses(people: People) -> None:
    anna, ferhat = await people.devices("anna", "ferhat")
    theirs = anna.device
    ferhat.device = theirs
    await ferhat.connect()
    assert ferhat.device != theirs
    await anna.settled()
    assert not anna.unread("replaced")


# -- rights ----------------------------------------------------------------------------------------


async def test_signing_out_cuts_the_sockets_of_that_session_and_ends_its_part_in_the_call(
    people: People, house: House
) -> None:
    panel, ben = await people.panel(), await people.device("ben")
    token = house.sign_in("anna", fresh=True)
    one, other = await people.device("anna", token), await people.device("anna", token)
    await talking(panel, one, "Anna Lind")
    started = time.monotonic()
    assert house.ask("POST", "/sign-out", cookies={house.session_cookie: token}).status == 303
    for device in (one, other):
        await device.ended()
    assert (await panel.hears("ended"))["reason"] == "lost"
    assert time.monotonic() - started < 2
    with pytest.raises(Unreachable):
        await one.connect()
    assert one.refusal is not None
    assert one.refusal["code"] == "not_signed_in"
    await ben.settled()
    assert ben.connected, "another session of the household goes on"


async def test_signing_out_while_it_rings_leaves_the_others_ringing(people: People, house: House) -> None:
    panel, ben = await people.panel(), await people.device("ben")
    token = house.sign_in("anna", fresh=True)
    anna = await people.device("anna", token)
    await panel.rings("Anna Lind")
    await anna.invited()
    await ben.invited()
    assert house.ask("POST", "/sign-out", cookies={house.session_cookie: token}).status == 303
    await anna.ended()
    await ben.accepts()
    await panel.hears("connecting", leg=ben.leg)


async def test_a_revoked_panel_is_cut_and_refused(people: People, house: House) -> None:
    panel, anna = await people.panel(), await people.device("anna")
    await panel.rings("Anna Lind")
    await anna.invited()
    started = time.monotonic()
    path = f"/admin/birkenhof/entrances/{panel.ready['entrance']['id']}/panels/{panel.ready['panel']}/revoke"
    answer = house.ask("POST", path, form={}, cookies=house.as_("marta"))
    assert answer.status == 303, answer
    await panel.ended()
    assert time.monotonic() - started < 2
    with pytest.raises(Unreachable):
        await panel.connect()
    assert panel.refusal is not None
    assert panel.refusal["code"] == "not_enrolled"
    stop = await anna.gets("stop", within=12)
    assert stop["reason"] in ("lost", "cancelled")


@pytest.mark.parametrize("key", ["", "x" * 43, "x" * 5000, None], ids=["empty", "wrong", "long", "none"])
async def test_a_panel_without_a_valid_key_is_refused(people: People, key: str | None) -> None:
    panel = await people.panel()
    panel.credentials = lambda: ({}, {"key": key} if key is not None else {})  # type: ignore[method-assign]
    with pytest.raises(Unreachable):
        await panel.connect()
    assert panel.refusal == {
        "code": "not_enrolled",
        "message": "This panel is not paired with an entrance. Pair it with a code from the site's admin.",
    }


@pytest.mark.parametrize("token", ["", "x" * 43, "a;b", "ä"], ids=["empty", "wrong", "odd", "not-ascii"])
async def test_a_device_without_a_session_is_refused(people: People, token: str) -> None:
    device = await people.device("anna")
    device.token = token
    with pytest.raises(Unreachable):
        await device.connect()
    assert device.refusal is not None
    assert device.refusal["code"] == "not_signed_in"


async def test_somebody_who_runs_the_site_but_lives_nowhere_has_no_device(people: People) -> None:
    jonas = Device(people.house, people.house.sign_in("jonas"), "jonas")
    people.clients.append(jonas)
    with pytest.raises(Unreachable):
        await jonas.connect()
    assert jonas.refusal == {"code": "not_allowed", "message": "You are resident of no unit here."}


async def test_a_panel_learns_names_on_its_plate_and_nothing_else_about_people(
    people: People, house: House
) -> None:
    panel, anna = await people.panel(), await people.device("anna")
    await talking(panel, anna, "Anna Lind")
    assert (await anna.opens("street-door"))["ok"]
    await panel.gets("door", state="opened")
    await anna.hangs_up()
    await panel.hears("ended")
    told = json.dumps(panel.heard)
    accounts = house.rows("intercom.db", "SELECT id, email, first_name FROM accounts")
    for row in accounts:
        assert row["id"] not in told
        assert row["email"] not in told
    for secret in ("@", "Ben", "Jonas", str(anna.device), anna.ready["device_name"], anna.token, panel.key):
        assert secret not in told, secret
    assert [entry["contact"] for entry in panel.ready["entries"]][:2] == [True, False], (
        "contact persons first"
    )


async def test_ids_of_others_are_refused_and_change_nothing(people: People) -> None:
    one, other = await people.panel(), await people.panel()
    anna, ben, ferhat = await people.devices("anna", "ben", "ferhat")
    call = await one.rings("Anna Lind")
    await anna.invited()
    await ben.invited()
    theirs = {"call": call, "leg": anna.leg}
    for code, event, fields in (
        ("unknown_call", "hang_up", {"call": call}),
        ("unknown_call", "media_up", theirs),
        ("unknown_call", "renegotiate", theirs),
        ("unknown_call", "sdp", {**theirs, "type": "answer", "sdp": SDP}),
        ("unknown_call", "candidates", {**theirs, "candidates": [{"candidate": "c"}]}),
        ("unknown_entry", "ring", {"entry": "no-such-entry"}),
    ):
        await other.is_refused(event, code, **fields)
    for stranger in (ferhat, ben):
        for event in ("ringing", "accept", "decline", "media_up", "media_failed"):
            await stranger.is_refused(event, "unknown_call", **theirs)
        await stranger.is_refused("camera", "unknown_call", **theirs, on=True)
        await stranger.is_refused("sdp", "unknown_call", **theirs, type="offer", sdp=SDP)
        await stranger.is_refused("candidates", "unknown_call", **theirs, candidates=[{"candidate": "c"}])
    await ferhat.is_refused("hang_up", "unknown_call", call=call)
    await ben.is_refused("hang_up", "not_now", call=call)
    await one.settled()
    assert [m["stage"] for event, m in one.heard if event == "call"] == ["calling"]
    assert not [m for event, m in one.heard if event in ("sdp", "candidates", "camera")]
    await anna.accepts()
    await one.hears("connecting", leg=anna.leg)


async def test_a_door_opens_for_the_answering_device_alone(people: People, house: House) -> None:
    panel = await people.panel()
    anna, ben, ferhat = await people.devices("anna", "ben", "ferhat")
    await panel.rings("Anna Lind")
    for device in (anna, ben):
        await device.invited()
        await device.alerts()
    requests: list[str] = []

    async def refused(device, lock: str, code: str, call: str | None = None) -> None:  # type: ignore[no-untyped-def]
        requests.append(new_request())
        fields = {"call": call or anna.call, "lock": lock, "request": requests[-1]}
        await device.is_refused("open_door", code, **fields)

    await refused(anna, "street-door", "not_in_call")  # it only rings
    await anna.accepts()
    await refused(anna, "street-door", "not_in_call")  # not connected yet
    await anna.does("media_up", **anna.mine)
    await refused(ben, "street-door", "not_answering_party")
    await refused(ferhat, "street-door", "not_in_call")
    await refused(anna, "courtyard-gate", "wrong_lock")
    await refused(anna, "no-such-lock", "not_found")
    await refused(anna, "street-door", "not_in_call", call="no-such-call")
    await anna.hangs_up()
    await panel.hears("ended")
    await refused(anna, "street-door", "call_ended")
    assert not {line["request"] for line in house.journal()} & set(requests)
    logged = {opening["request"]: opening for opening in house.openings()}
    known = [request for request in requests if request in logged]
    assert len(known) == len(requests), "every attempt is in the log, one at an unknown lock too"
    assert all(logged[request]["truth"] == "refused" and logged[request]["code"] for request in known)


async def test_a_press_that_is_sent_many_times_opens_once(people: People, house: House) -> None:
    panel, anna = await people.panel(), await people.device("anna")
    await talking(panel, anna, "Anna Lind")
    request = new_request()
    acks = await asyncio.gather(*(anna.opens("street-door", request=request) for _ in range(30)))
    assert all(ack["ok"] for ack in acks)
    assert len({ack["opening"] for ack in acks}) == 1
    await anna.gets("door", state="opened")
    again = await anna.opens("street-door", request=request)
    assert (again["opening"], again["state"]) == (acks[0]["opening"], "opened")
    assert [line["request"] for line in house.journal()].count(request) == 1


async def test_opening_and_hanging_up_at_once_opens_once_or_is_refused(people: People, house: House) -> None:
    panel, anna = await people.panel(), await people.device("anna")
    for turn in range(10):
        await talking(panel, anna, "Anna Lind")
        request = new_request()
        opening = anna.opens("street-door", request=request)
        hanging = (panel if turn % 2 else anna).hangs_up()
        ack, _ = await asyncio.gather(*((opening, hanging) if turn % 3 else (_swapped(opening, hanging))))
        await panel.hears("ended")
        times = [line["request"] for line in house.journal()].count(request)
        if ack["ok"]:
            await eventually(
                lambda r=request: [line["request"] for line in house.journal()].count(r) == 1,
                "it opened once",
            )
        else:
            assert ack["error"]["code"] == "call_ended"
            assert times == 0


def _swapped(opening, hanging):  # type: ignore[no-untyped-def]
    """Both orders of sending are tried; the results keep theirs."""

    async def later():  # type: ignore[no-untyped-def]
        await asyncio.sleep(0)
        return await opening

    return later(), hanging


async def test_the_home_screen_opens_without_a_call(people: People, house: House) -> None:
    anna = await people.device("anna")
    ack = await anna.opens("courtyard-gate", in_call=False)
    assert ack["ok"]
    told = await anna.gets("door", opening=ack["opening"], state="opened")
    assert told["call"] is None


@pytest.mark.parametrize(
    ("fault", "code", "state"),
    [("offline", "lock_offline", None), ("refusing", "core_refused", "refused")],
)
async def test_a_lock_that_cannot_open_says_so(
    people: People, house: House, fault: str, code: str, state: str | None
) -> None:
    panel, anna = await people.panel(), await people.device("anna")

    def suffer(name: str) -> None:
        answer = house.ask(
            "POST",
            "/api/v1/locks/fault",
            json_body={"lock": "street-door", "fault": name},
            cookies=house.as_("marta"),
        )
        assert answer.status == 200, answer

    try:
        await talking(panel, anna, "Anna Lind")
        suffer(fault)
        if fault == "offline":
            told = await anna.gets("lock")
            assert told["lock"]["online"] is False
            assert told["lock"]["since"] is not None
        ack = await anna.opens("street-door")
        if state is None:
            assert ack["error"]["code"] == code
        else:
            told = await anna.gets("door", opening=ack["opening"], state=state)
            assert told["code"] == code
            assert told["message"]
    finally:
        suffer("none")


# -- pairing ---------------------------------------------------------------------------------------


async def test_a_pairing_code_pairs_once(people: People, house: House) -> None:
    code = house.pairing_code("courtyard")
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    answer = house.enroll(typed)
    assert answer.status == 200, answer
    assert answer.json["entrance"] == "courtyard"
    again = house.enroll(code)
    assert (again.status, again.json["code"]) == (422, "wrong_code")
    panel = await people.panel(answer.json["key"])
    assert panel.ready["entrance"]["id"] == "courtyard"


def test_a_new_pairing_code_voids_the_old_one(house: House) -> None:
    old, new = house.pairing_code("street"), house.pairing_code("street")
    assert house.enroll(old).json["code"] == "wrong_code"
    assert house.enroll(new).status == 200


def test_a_pairing_code_that_is_too_old_is_refused(house: House) -> None:
    code = house.pairing_code("courtyard")
    changed = house.change(
        "intercom.db", "UPDATE pairing_codes SET expires_at=? WHERE entrance='courtyard'", time.time() - 1
    )
    assert changed == 1
    assert house.enroll(code).json["code"] == "wrong_code"


def test_guessing_pairing_codes_is_stopped_after_five_tries(house: House) -> None:
    address = "127.9.0.1"
    answers = [house.enroll(f"AAAAA-AAAA{n}", address=address) for n in range(5)]
    assert {answer.json["code"] for answer in answers} == {"wrong_code"}
    right = house.enroll(house.pairing_code("street"), address=address)
    assert (right.status, right.json["code"]) == (429, "too_many")
    assert right.header("Retry-After")


async def test_a_panel_calls_only_what_its_own_entrance_shows(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    house = House(tmp_path_factory.mktemp("sites") / "house")
    house.start()
    try:
        house.stop()
        hidden = house.rows(
            "intercom.db",
            "SELECT id FROM entries WHERE account=(SELECT id FROM accounts WHERE email LIKE 'ferhat%')",
        )[0]["id"]
        house.change("intercom.db", "UPDATE entries SET policy='hidden' WHERE id=?", hidden)
        account = house.rows("intercom.db", "SELECT id FROM accounts WHERE email LIKE 'anna%'")[0]["id"]
        house.change("intercom.db", "INSERT INTO sites (id, name, plate) VALUES ('other', 'Other', '7')")
        house.change(
            "intercom.db", "INSERT INTO entrances (id, site, name) VALUES ('far', 'other', 'Far door')"
        )
        house.change(
            "intercom.db",
            "INSERT INTO locks (id, site, entrance, name) VALUES ('far-lock', 'other', 'far', 'Far')",
        )
        house.change(
            "intercom.db", "INSERT INTO entries (id, site, account) VALUES ('far-entry', 'other', ?)", account
        )
        house.start()
        async with house.people() as people:
            panel = await people.panel(house.panel_key)
            ferhat, anna = await people.devices("ferhat", "anna")
            assert panel.ready["entries"]
            assert not {hidden, "far-entry"} & {entry["id"] for entry in panel.ready["entries"]}
            await panel.is_refused("ring", "unknown_entry", entry=hidden)
            await panel.is_refused("ring", "unknown_entry", entry="far-entry")
            assert (await anna.opens("far-lock", in_call=False))["error"]["code"] == "not_found"
            for path, form in (
                ("/admin/other/entrances/far/pairing-code", {}),
                ("/admin/birkenhof/entrances/far/pairing-code", {}),
                ("/admin/birkenhof/entrances/street/locks/far-lock/fault", {"fault": "offline"}),
            ):
                assert house.ask("POST", path, form=form, cookies=house.as_("marta")).status == 404
            await ferhat.settled()
            assert not ferhat.unread("invite")
    finally:
        house.close()
