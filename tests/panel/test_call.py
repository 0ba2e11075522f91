"""Whole calls of the doorstation with a house and an aiortc resident, on loopback."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import stat
import wave
from pathlib import Path

import numpy as np
import pytest
from panel_house import KEY, House, Panel, Resident, until

from intercom.panel import flow


async def _ringing(house: House, panel: Panel, attempt: int = 0) -> Resident:
    """A call whose first device rings and is connected."""
    await until(lambda: house.call, "the ring")
    await house.tell_call(stage="ringing")
    await panel.says("Ringing Anna Lind, Flat 31")
    resident = Resident(house, attempt=attempt)
    await resident.connect()
    return resident


async def _talking(house: House, panel: Panel, resident: Resident) -> None:
    await house.tell_call(stage="established", leg="l1", legs=["l1"])
    await panel.says("Connected")
    resident.talk()
    await until(lambda: resident.audio_energy > 0.001, "the visitor's sound")


async def test_the_resident_sees_the_visitor_while_it_rings_and_nobody_hears_anything(house: House) -> None:
    panel = Panel(house)
    resident = await _ringing(house, panel)
    await until(lambda: resident.frames >= 10, "the preview")
    resident.talk()  # a device that does not keep to the rules
    await asyncio.sleep(0.4)
    assert resident.audio_frames == 0
    assert house.said("media_up") == [{"call": "c1", "leg": "l1"}]
    await house.tell_call(stage="ended", reason="no_answer", legs=[])
    await panel.says("Nobody answers. It rang for 45 seconds.")
    os.kill(os.getpid(), signal.SIGTERM)
    assert await panel.ends() == 0
    assert panel.counts["audio_energy"] == 0
    assert panel.counts["audio_frames_sent"] == 0
    await resident.close()


async def test_after_the_accept_both_hear_each_other_and_the_camera_is_counted(
    house: House, tmp_path: Path
) -> None:
    heard = tmp_path / "heard.wav"
    panel = Panel(house, speaker=str(heard), once=True)
    resident = await _ringing(house, panel)
    await _talking(house, panel, resident)
    resident.show()
    await house.tell("camera", {"call": "c1", "leg": "l1", "on": True})
    await panel.says("They turned their camera on.")
    await asyncio.sleep(1)
    await house.tell_call(stage="ended", reason="completed", ended_by="resident", camera=True, legs=[])
    assert await panel.ends() == 0
    assert "Call ended: they hung up." in panel.said
    assert panel.counts["frames_received"] >= 5
    assert panel.counts["audio_frames_received"] >= 30
    assert panel.counts["audio_energy"] > 0.004
    assert panel.counts["audio_frames_early"] == 0
    assert panel.counts["frames_sent"] >= 10
    with wave.open(str(heard)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        assert file.getframerate() == 48_000
    # The resident's tone of 660 Hz is what was written.
    spectrum = np.abs(np.fft.rfft(samples[-24_000:].astype(float)))
    assert abs(np.argmax(spectrum) * 2 - 660) < 10
    await resident.close()


async def test_text_goes_both_ways_from_the_moment_the_call_is_established(house: House) -> None:
    panel = Panel(house, once=True)
    resident = await _ringing(house, panel)
    await until(lambda: resident.channel.readyState == "open", "the channel")
    resident.channel.send("\ufeff\u0098heard 0\u009cEarly\u2028")  # a device that does not keep to the rules
    await asyncio.sleep(0.3)
    assert resident.text == []
    await _talking(house, panel, resident)
    await until(lambda: resident.text, "the greeting")
    assert resident.text == ["\ufeff\u0098heard 0\u009c"]
    resident.channel.send("Lea\bave it\u2028\u0098phrase second-floor\u009con the le")
    await panel.says("They write: Leave it")
    await panel.says("They write: Second floor.")
    await panel.says("They are writing: on the le")
    assert not any("Early" in line for line in panel.said)
    await house.tell_call(stage="ended", reason="completed", ended_by="resident", legs=[])
    assert await panel.ends() == 0
    await resident.close()


async def test_the_other_devices_are_cut_off_when_one_accepts(house: House) -> None:
    panel = Panel(house)
    winner = await _ringing(house, panel)
    loser = Resident(house, leg="l2")
    await loser.connect()
    await until(lambda: loser.frames >= 3, "the preview on the second device")
    await _talking(house, panel, winner)
    await until(lambda: loser.pc.connectionState == "closed", "the end of the other leg")
    assert loser.audio_frames == 0
    panel.task.cancel()
    await asyncio.gather(panel.task, winner.close(), loser.close(), return_exceptions=True)


async def test_a_second_offer_on_the_leg_replaces_the_first_and_brings_the_sound_along(house: House) -> None:
    panel = Panel(house, once=True)
    first = await _ringing(house, panel)
    await _talking(house, panel, first)
    second = Resident(house, attempt=1)
    await second.connect()
    second.talk()
    await until(lambda: second.audio_energy > 0.001, "sound on the new connection")
    await until(lambda: second.frames >= 3, "the picture on the new connection")
    await until(lambda: first.pc.connectionState == "closed", "the end of the old connection")
    assert len(house.said("media_up")) == 2
    await house.tell_call(stage="ended", reason="completed", ended_by="resident", legs=[])
    assert await panel.ends() == 0
    assert panel.counts["connections"] == 2
    await asyncio.gather(first.close(), second.close())


async def test_the_call_goes_on_while_the_house_is_gone_and_the_socket_returns_by_itself(
    house: House,
) -> None:
    panel = Panel(house)
    resident = await _ringing(house, panel)
    await _talking(house, panel, resident)
    await house.stop()
    await panel.says("No connection since ")
    before = (resident.frames, resident.audio_frames)
    await asyncio.sleep(0.7)
    assert resident.frames > before[0] + 4
    assert resident.audio_frames > before[1] + 20
    connects = house.connects
    await house.start()
    await until(lambda: house.connects > connects, "the new socket", seconds=1.5)
    await panel.says("The connection to the house is back.")
    await until(lambda: len(house.said("media_up")) == 2, "media_up said again")
    assert house.said("renegotiate") == []
    os.kill(os.getpid(), signal.SIGINT)
    assert await panel.ends() == 0
    assert house.said("hang_up") == [{"call": "c1"}]
    await resident.close()


async def test_a_doorstation_that_was_restarted_asks_for_the_call_that_goes_on(house: House) -> None:
    house.new_call()
    assert house.call is not None
    house.call |= {"stage": "established", "leg": "l1", "legs": ["l1"]}
    panel = Panel(house, ring=None)
    await until(lambda: house.said("renegotiate") == [{"call": "c1", "leg": "l1"}], "renegotiate")
    resident = Resident(house, attempt=7)
    await resident.connect()
    resident.talk()
    await until(lambda: resident.audio_energy > 0.001 and resident.frames > 2, "sound and picture again")
    panel.task.cancel()
    await asyncio.gather(panel.task, resident.close(), return_exceptions=True)


async def test_a_lost_connection_is_asked_for_anew(house: House) -> None:
    panel = Panel(house)
    resident = await _ringing(house, panel)
    await _talking(house, panel, resident)
    await resident.close()
    await until(lambda: house.said("renegotiate") == [{"call": "c1", "leg": "l1"}], "renegotiate")
    panel.task.cancel()
    await asyncio.gather(panel.task, return_exceptions=True)


async def test_only_opened_says_that_the_door_is_open(house: House) -> None:
    panel = Panel(house)
    resident = await _ringing(house, panel)
    await _talking(house, panel, resident)
    door = {"call": "c1", "opening": "o1", "lock": "k1", "lock_name": "Street door", "at": 0.0, "now": 0.0}
    for state in ("asked", "sent", "not_confirmed"):
        await house.tell("door", {**door, "state": state})
    await panel.says("Not confirmed. Try the door.")
    assert "Sent. The door was told to open. Wait." in panel.said
    assert not any("Opened" in line or "open now" in line for line in panel.said)
    await house.tell("door", {**door, "state": "opened", "relocks_at": 5.0})
    await panel.says("Opened. Push now.")
    # After a reconnect the house says it again: once is enough, and never when it is locked again.
    await house.tell("door", {**door, "state": "opened", "relocks_at": 5.0})
    await house.tell("door", {**door, "opening": "o2", "state": "opened", "relocks_at": 5.0, "now": 6.0})
    await house.tell("camera", {"call": "c1", "leg": "l1", "on": True})
    await panel.says("They turned their camera on.")
    assert panel.said.count("Opened. Push now.") == 1
    panel.task.cancel()
    await asyncio.gather(panel.task, resident.close(), return_exceptions=True)


async def test_garbage_from_the_house_is_ignored(house: House, caplog: pytest.LogCaptureFixture) -> None:
    panel = Panel(house)
    await until(lambda: house.call, "the ring")
    for event, data in (
        ("call", None),
        ("call", {"call": 7}),
        ("sdp", {"call": "c1", "leg": "l1", "attempt": 0, "type": "offer", "sdp": "v=0 nonsense"}),
        ("sdp", {"call": "another", "leg": "l1", "attempt": 0, "type": "offer", "sdp": "v=0"}),
        ("candidates", {"call": "c1", "leg": "l1", "attempt": 0, "candidates": [{"candidate": "x"}] * 3}),
        ("candidates", ["?"]),
        ("door", {"state": "ajar"}),
        ("never heard of", {"a": 1}),
        ("ready", {"entries": "none"}),
    ):
        await house.tell(event, data)
    resident = await _ringing(house, panel)
    await until(lambda: resident.frames >= 3, "the preview in spite of it all")
    assert any("is ignored" in record.message for record in caplog.records)
    panel.task.cancel()
    await asyncio.gather(panel.task, resident.close(), return_exceptions=True)


async def test_candidates_that_come_apart_from_the_offer_and_their_end_are_taken(house: House) -> None:
    panel = Panel(house)
    await until(lambda: house.call, "the ring")
    await house.tell_call(stage="ringing")
    resident = Resident(house)
    await resident.pc.setLocalDescription(await resident.pc.createOffer())
    lines = resident.pc.localDescription.sdp.splitlines()
    apart = [line for line in lines if line.startswith(("a=candidate:", "a=end-of-candidates"))]
    sdp = "\r\n".join(line for line in lines if line not in apart) + "\r\n"
    candidate = next(line.removeprefix("a=") for line in apart if line.startswith("a=candidate:"))
    head = {"call": "c1", "leg": "l1", "attempt": 0}
    await house.tell("sdp", {**head, "type": "offer", "sdp": sdp})
    await house.tell("candidates", {**head, "attempt": 9, "candidates": [{"candidate": candidate}]})
    await house.tell(
        "candidates",
        {
            **head,
            "candidates": [
                {"candidate": candidate, "sdpMid": "0", "sdpMLineIndex": 0},
                {"candidate": "", "sdpMid": "0", "sdpMLineIndex": 0},
                {"candidate": None},
            ],
        },
    )
    await until(lambda: house.said("sdp"), "the answer")
    assert "m=video" in house.said("sdp")[0]["sdp"]
    assert "H264" not in house.said("sdp")[0]["sdp"]
    panel.task.cancel()
    await asyncio.gather(panel.task, resident.close(), return_exceptions=True)


async def test_it_hangs_up_after_the_time_it_was_given(house: House) -> None:
    panel = Panel(house, once=True, hang_up_after=0.5)
    resident = await _ringing(house, panel)
    await house.tell_call(stage="established", leg="l1", legs=["l1"])
    assert await panel.ends() == 0
    assert house.said("hang_up") == [{"call": "c1"}]
    assert "Call ended: you hung up." in panel.said
    await resident.close()


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("busy", "Busy. The line is busy."),
        ("unreachable", "Not reachable. No device of this household can ring now."),
        ("declined", "Nobody can come. They cannot come to the door now."),
    ],
)
async def test_a_call_that_nobody_takes_ends_with_its_reason_and_code_one(
    house: House, reason: str, sentence: str
) -> None:
    panel = Panel(house, once=True)
    await until(lambda: house.call, "the ring")
    await house.tell_call(stage="ended", reason=reason, legs=[])
    assert await panel.ends() == 1
    assert sentence in panel.said


async def test_a_refused_ring_is_said_in_the_words_of_the_house(house: House) -> None:
    house.ring_refusal = {"code": "too_many", "message": "You can ring here again in 1:40."}
    panel = Panel(house, once=True)
    assert await panel.ends() == 1
    assert "You can ring here again in 1:40." in panel.said


async def test_being_replaced_ends_it_with_code_two(house: House) -> None:
    panel = Panel(house, ring=None)
    await panel.says("Street panel: Street door, Birkenhof 12.")
    await house.tell("replaced", {"message": "This panel was connected elsewhere."})
    await house.cut()
    assert await panel.ends() == 2
    assert "This panel was connected elsewhere." in panel.said
    await asyncio.sleep(0.5)
    assert house.connects == 1


async def test_a_wrong_key_ends_it_with_one_sentence_and_code_two(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    panel = Panel(house, key="a-wrong-key")
    assert await panel.ends() == 2
    assert panel.said == ["This key is not known."]
    assert "a-wrong-key" not in caplog.text


async def test_a_house_that_asks_to_try_later_is_tried_again(house: House) -> None:
    house.refusal = {"code": "try_later", "message": "Too many at once."}
    panel = Panel(house, ring=None)
    await panel.says("No connection since ")
    house.refusal = None
    await panel.says("Street panel: Street door, Birkenhof 12.")
    panel.task.cancel()
    await asyncio.gather(panel.task, return_exceptions=True)


async def test_a_pairing_code_becomes_a_key_that_only_this_user_can_read(
    house: House, tmp_path: Path
) -> None:
    key_file = tmp_path / "keys" / "panel.key"
    panel = Panel(house, key=None, key_file=key_file, pairing_code="ABCD-1234", ring=None)
    await panel.says("Street panel")
    assert key_file.read_text().strip() == KEY
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    panel.task.cancel()
    await asyncio.gather(panel.task, return_exceptions=True)
    again = Panel(house, key=None, key_file=key_file, ring=None)
    await again.says("Street panel")
    again.task.cancel()
    await asyncio.gather(again.task, return_exceptions=True)


async def test_a_wrong_pairing_code_is_said_and_keeps_no_key(house: House, tmp_path: Path) -> None:
    panel = Panel(house, key=None, key_file=tmp_path / "panel.key", pairing_code="WRONG", ring=None)
    assert await panel.ends() == 2
    assert panel.said[0] == "This code is not known."
    assert not (tmp_path / "panel.key").exists()


async def test_a_line_that_carries_nothing_is_told_of_asked_for_anew_and_taken_back_when_it_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "SILENT_SECONDS", 1.0)
    panel = Panel(house)
    first = await _ringing(house, panel)
    await _talking(house, panel, first)
    await asyncio.sleep(1.2)  # it has listened for a while
    assert house.said("silence") == []
    await first.falls_silent()
    await until(lambda: house.said("silence"), "silence")
    said = house.said("silence")[0]
    assert (said["call"], said["leg"]) == ("c1", "l1")
    assert 1.0 <= said["seconds"] < 3.0
    await until(lambda: house.said("renegotiate") == [{"call": "c1", "leg": "l1"}], "renegotiate")
    assert first.pc.connectionState == "connected", "nobody else has noticed"
    second = Resident(house, attempt=1)
    await second.connect()
    second.talk()
    await until(lambda: house.said("silence")[-1]["seconds"] == 0, "sound again")
    panel.task.cancel()
    await asyncio.gather(panel.task, first.close(), second.close(), return_exceptions=True)
