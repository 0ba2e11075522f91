"""Microphone, loudspeaker and captured files: whole pieces, at their time, from the right source."""

from __future__ import annotations

import asyncio
import time
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from intercom.panel.capture import Camera, Ear, shown
from intercom.panel.picture import SharedVp8Source, TestPicture
from intercom.panel.sound import (
    PIECE,
    RATE,
    Loudspeaker,
    Microphone,
    Samples,
    TestTone,
    decode_tone,
    energy,
    open_sink,
)

ROOT = Path(__file__).resolve().parents[2]


class Paper:
    """A sink that keeps what was played."""

    def __init__(self) -> None:
        self.heard: list[Samples] = []
        self.closed = False

    def write(self, samples: Samples) -> None:
        self.heard.append(samples)

    def close(self) -> None:
        self.closed = True

    @property
    def all(self) -> Samples:
        return np.concatenate(self.heard) if self.heard else np.empty(0, dtype=np.int16)


class OddSource:
    """A device that gives 37 ms of stereo at 44.1 kHz at a time, then is opened anew in mono at 8 kHz."""

    def __init__(self) -> None:
        self.open = 0
        self.given = 0

    def start(self) -> None:
        self.open += 1

    def stop(self) -> None:
        self.open -= 1

    async def next(self) -> AudioFrame:
        self.given += 1
        rate, layout, channels = (44_100, "stereo", 2) if self.given < 10 else (8_000, "mono", 1)
        samples = np.full((1, round(rate * 0.037) * channels), 1000, dtype=np.int16)
        frame = AudioFrame.from_ndarray(samples, format="s16", layout=layout)
        frame.sample_rate = rate
        frame.pts = 123_456 - self.given
        return frame


def test_energy_is_level_squared_times_seconds() -> None:
    t = np.arange(RATE) / RATE
    loud = (np.sin(2 * np.pi * 440 * t) * 32767).astype(np.int16)
    assert energy(loud) == pytest.approx(0.5, abs=0.001)
    assert energy(np.zeros(PIECE, dtype=np.int16)) == 0
    assert energy(np.empty(0, dtype=np.int16)) == 0


async def test_the_microphone_gives_20_ms_at_a_time_whatever_the_device_gives() -> None:
    source = OddSource()
    counted: list[None] = []
    microphone = Microphone(source, lambda: counted.append(None))
    assert source.open == 0
    frames = [await microphone.recv() for _ in range(40)]
    assert source.open == 1
    assert [frame.samples for frame in frames] == [PIECE] * 40
    assert [frame.pts for frame in frames] == [PIECE * number for number in range(40)]
    assert np.abs(frames[-1].to_ndarray().astype(int) - 1000).max() < 50
    assert len(counted) == 40
    microphone.stop()
    assert source.open == 0
    with pytest.raises(MediaStreamError):
        await microphone.recv()


async def test_the_test_tone_keeps_time_and_does_not_catch_up_after_a_pause() -> None:
    tone = TestTone()
    start = time.monotonic()
    for _ in range(25):
        await tone.next()
    assert 0.35 < time.monotonic() - start < 0.7
    await asyncio.sleep(0.5)
    start = time.monotonic()
    for _ in range(15):
        await tone.next()
    assert time.monotonic() - start > 0.15


async def test_the_ring_is_looped_until_it_is_ended_and_begins_at_its_start() -> None:
    paper = Paper()
    speaker = Loudspeaker(paper)
    speaker.ring(np.arange(1, PIECE + 101, dtype=np.int16))
    await asyncio.sleep(0.15)
    speaker.ring(None)
    await asyncio.sleep(0.05)
    heard = len(paper.all)
    await asyncio.sleep(0.1)
    assert len(paper.all) == heard >= 3 * PIECE
    assert paper.all[0] == 1
    assert paper.all[PIECE + 100] == 1
    speaker.close()
    assert paper.closed


async def test_a_signal_is_mixed_into_the_words_and_both_stay_below_full_scale() -> None:
    paper = Paper()
    speaker = Loudspeaker(paper)
    words = np.full(PIECE, 30_000, dtype=np.int16)
    speaker.talk(words)
    speaker.signal("opened")
    for _ in range(40):
        speaker.talk(words)
        await asyncio.sleep(0.005)
    await speaker.finish()
    assert paper.all.max() == 32767
    assert paper.all.min() < 29_000
    assert np.array_equal(paper.heard[-1], words)
    speaker.close()


async def test_a_loudspeaker_that_does_not_work_is_said_once_and_disturbs_nothing() -> None:
    said: list[str] = []
    sink = open_sink("no-such-device", said.append)
    for _ in range(30):
        sink.write(np.zeros(PIECE, dtype=np.int16))
        await asyncio.sleep(0.01)
    sink.close()
    assert said == ["The loudspeaker does not work: no-such-device cannot be played on."]


def test_a_ringtone_of_the_house_is_decoded_to_48_khz() -> None:
    samples = decode_tone((ROOT / "ringtones/line.mp3").read_bytes())
    assert len(samples) == pytest.approx(5 * RATE, rel=0.03)
    assert energy(samples) > 0.001
    with pytest.raises(ValueError, match="not a sound"):
        decode_tone(b"<html>not found</html>")


async def test_a_sound_file_is_a_microphone_that_begins_again_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "hello.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((np.sin(np.arange(3200) / 8) * 9000).astype("<i2").tobytes())
    said: list[str] = []
    microphone = Microphone(Ear(str(path), said.append), lambda: None)
    start = time.monotonic()
    heard = [await asyncio.wait_for(microphone.recv(), 2) for _ in range(20)]  # twice its 200 ms
    assert time.monotonic() - start > 0.1
    assert all(energy(frame.to_ndarray().reshape(-1)) > 0.0001 for frame in heard)
    assert said == []
    microphone.stop()


async def test_a_film_is_a_camera_whose_pictures_are_encoded_without_its_keyframes(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    source = TestPicture(320, 240)
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mjpeg", rate=15)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuvj420p"
        for count in range(10):
            film.mux(stream.encode(source.draw(count, "12:00:00").reformat(format="yuvj420p")))
        film.mux(stream.encode(None))
    said: list[str] = []
    shared = SharedVp8Source(Camera(str(path), said.append))
    shared.start()
    viewer = shared.watch()
    packets = [await asyncio.wait_for(viewer.recv(), 2) for _ in range(14)]
    assert [packet.is_keyframe for packet in packets] == [True] + [False] * 13
    assert said == []
    viewer.stop()
    shared.stop()


async def test_a_camera_that_does_not_work_is_said_once_without_its_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said: list[str] = []
    camera = Camera("rtsp://door:open-sesame@127.0.0.1:9/stream", said.append)
    camera.start()
    for _ in range(100):
        if said:
            break
        await asyncio.sleep(0.02)
    camera.stop()
    assert said == ["The camera does not work: rtsp://127.0.0.1:9/stream cannot be read."]
    assert "open-sesame" not in caplog.text
    assert shown("/dev/video0") == "/dev/video0"
