"""What the visitor says and what the visitor hears.

All sound inside the doorstation is mono at 48 kHz in pieces of 20 ms, as Opus carries it (RFC 7587).
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
import wave
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, AudioResampler
from numpy.typing import NDArray

from .media import FFmpegError, audio_frames, play_out

log = logging.getLogger(__name__)

RATE = 48_000
"""Samples per second."""
PIECE = 960
"""Samples of 20 ms."""
TALK_SECONDS = 0.1
"""So long after the last word the ring and the signals get the loudspeaker to themselves."""

Samples = NDArray[np.int16]
"""Mono samples at `RATE`."""


def mono(frame: AudioFrame) -> Samples:
    """A frame that aiortc decoded (16 bit, packed, any number of channels) as mono samples."""
    samples = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    return samples.mean(axis=1).astype(np.int16)


def energy(samples: Samples) -> float:
    """Sum of squared level times seconds, 1 being full scale (W3C webrtc-stats, totalAudioEnergy)."""
    if not len(samples):
        return 0.0
    level = samples.astype(np.float64) / 32768
    return float(np.mean(level**2)) * len(samples) / RATE


# -- microphone ------------------------------------------------------------------------------------


class AudioSource(Protocol):
    """Where the visitor's sound comes from. `next` waits while there is none."""

    def start(self) -> None:
        """Open the microphone."""
        ...

    def stop(self) -> None:
        """Close the microphone."""
        ...

    async def next(self) -> AudioFrame:
        """The next piece, of any length and format."""
        ...


class TestTone:
    """A tone that comes and goes each second, so that a listener can tell it from a fault."""

    __test__ = False  # its name starts like a test's

    def __init__(self, pitch: float = 440.0, loud: float = 0.25) -> None:
        """`pitch` in hertz, `loud` from 0 to 1."""
        self._pitch, self._loud = pitch, loud
        self._at = 0
        self._due = 0.0

    def start(self) -> None:
        """Nothing has to be opened."""

    def stop(self) -> None:
        """Nothing has to be closed."""

    async def next(self) -> AudioFrame:
        """The next 20 ms, at their time; what nobody fetched is not caught up."""
        now = time.monotonic()
        self._due = max(self._due + PIECE / RATE, now - 0.1)
        await asyncio.sleep(max(0.0, self._due - now))
        t = (self._at + np.arange(PIECE)) / RATE
        self._at += PIECE
        shape = 0.6 + 0.4 * np.sin(2 * np.pi * t)
        wave_ = self._loud * shape * np.sin(2 * np.pi * self._pitch * t)
        return as_frame((wave_ * 32767).astype(np.int16), 0)


def as_frame(samples: Samples, pts: int) -> AudioFrame:
    """Mono samples as a frame that aiortc takes; `pts` in samples."""
    frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = RATE
    frame.pts = pts
    frame.time_base = Fraction(1, RATE)
    return frame


class Microphone(MediaStreamTrack):
    """The visitor's sound for one connection. The source is open between its first `recv` and `stop`."""

    kind = "audio"

    def __init__(self, source: AudioSource, count: Callable[[], None]) -> None:
        """`count` is called for each piece that was handed out."""
        super().__init__()
        self._source = source
        self._count = count
        self._ready: list[Samples] = []
        self._rest: Samples = np.empty(0, dtype=np.int16)
        self._resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        self._pts = 0
        self._open = False

    async def recv(self) -> AudioFrame:
        """The next 20 ms. Raises `MediaStreamError` after `stop`."""
        if self.readyState != "live":
            raise MediaStreamError
        if not self._open:
            self._open = True
            self._source.start()
        while not self._ready:
            self._cut(await self._source.next())
        frame = as_frame(self._ready.pop(0), self._pts)
        self._pts += PIECE
        self._count()
        return frame

    def stop(self) -> None:
        """Close the microphone."""
        if self._open:
            self._open = False
            self._source.stop()
        super().stop()

    def _cut(self, frame: AudioFrame) -> None:
        frame.pts = None  # a device's clock is of no use here, and may jump
        try:
            parts = self._resampler.resample(frame)
        except ValueError:  # the device was opened anew, with another format
            self._resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
            parts = self._resampler.resample(frame)
        for part in parts:
            self._rest = np.concatenate([self._rest, part.to_ndarray().reshape(-1).astype(np.int16)])
        while len(self._rest) >= PIECE:
            self._ready.append(self._rest[:PIECE])
            self._rest = self._rest[PIECE:]


# -- loudspeaker -----------------------------------------------------------------------------------


class Sink(Protocol):
    """Where samples go. `write` never waits."""

    def write(self, samples: Samples) -> None:
        """Play some samples after those before."""
        ...

    def close(self) -> None:
        """Finish."""
        ...


class Mute:
    """No loudspeaker."""

    def write(self, samples: Samples) -> None:
        """Hear nothing."""

    def close(self) -> None:
        """Nothing was open."""


class WaveFile:
    """Writes what would be heard into a WAV file."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError` when the file cannot be made."""
        self._file = wave.open(str(path), "wb")  # noqa: SIM115 - open until close
        self._file.setnchannels(1)
        self._file.setsampwidth(2)
        self._file.setframerate(RATE)

    def write(self, samples: Samples) -> None:
        """Append the samples."""
        self._file.writeframes(samples.astype("<i2").tobytes())

    def close(self) -> None:
        """Complete the file's header."""
        self._file.close()


class Alsa:
    """Plays on an ALSA device, from a thread: FFmpeg's writing blocks.

    `trouble` gets one sentence, in the event loop, when the device does not work.
    """

    def __init__(self, device: str, trouble: Callable[[str], None]) -> None:
        """The device is opened by the thread."""
        self._device = device
        self._trouble = trouble
        # 200 ms: more would be heard as delay.
        self._waiting: queue.Queue[Samples | None] = queue.Queue(maxsize=10)
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._play, name="loudspeaker", daemon=True)
        self._thread.start()

    def write(self, samples: Samples) -> None:
        """Play, or drop the oldest when the device does not keep up."""
        self._offer(samples)

    def close(self) -> None:
        """Close the device soon."""
        self._offer(None)

    def _offer(self, samples: Samples | None) -> None:
        while True:
            try:
                self._waiting.put_nowait(samples)
            except queue.Full:
                try:
                    self._waiting.get_nowait()
                except queue.Empty:
                    continue
            else:
                return

    def _frames(self) -> Iterator[AudioFrame]:
        pts = 0
        while (samples := self._waiting.get()) is not None:
            yield as_frame(samples, pts)
            pts += len(samples)

    def _play(self) -> None:
        try:
            play_out(self._device, RATE, self._frames())
        except (FFmpegError, OSError, ValueError) as fault:
            log.warning("the loudspeaker %s does not play: %s", self._device, type(fault).__name__)
            try:
                self._loop.call_soon_threadsafe(
                    self._trouble, f"The loudspeaker does not work: {self._device} cannot be played on."
                )
            except RuntimeError:
                return  # the program has ended


def open_sink(address: str, trouble: Callable[[str], None]) -> Sink:
    """The loudspeaker of this address (see `PanelOptions.speaker`)."""
    if address == "none":
        return Mute()
    if address.endswith(".wav"):
        try:
            return WaveFile(Path(address))
        except OSError as fault:
            trouble(f"The sound cannot be written to {address}: {fault.strerror}.")
            return Mute()
    return Alsa(address, trouble)


class Loudspeaker:
    """Mixes what the visitor hears: the resident's words, the ring, and short signals.

    Words go out as they come. While there are none, the ring and the signals go out in their own time.
    """

    def __init__(self, sink: Sink) -> None:
        """Closed by `close`, which closes the sink too."""
        self._sink = sink
        self._ring: Samples | None = None
        self._ring_at = 0
        self._signal: Samples = np.empty(0, dtype=np.int16)
        self._talked = 0.0
        self._task: asyncio.Task[None] | None = None

    def talk(self, samples: Samples) -> None:
        """Let the resident be heard."""
        self._talked = time.monotonic()
        self._sink.write(_mix(samples, self._take_signal(len(samples))))

    def ring(self, tone: Samples | None) -> None:
        """Loop this tone from its start; None ends it at once."""
        if tone is None or not len(tone):
            self._ring = None
        elif self._ring is None:
            self._ring, self._ring_at = tone, 0
            self._wake()

    def signal(self, name: Literal["accept", "sent", "opened", "low", "ended"]) -> None:
        """A short sound that tells what happened."""
        self._signal = _SIGNALS[name]()
        self._wake()

    async def finish(self) -> None:
        """Wait until a signal that was begun is over, at most a second."""
        for _ in range(50):
            if not len(self._signal):
                return
            await asyncio.sleep(PIECE / RATE)

    def close(self) -> None:
        """Be silent and close the sink."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._sink.close()

    def _wake(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="loudspeaker")

    async def _run(self) -> None:
        due = time.monotonic()
        while self._ring is not None or len(self._signal):
            if time.monotonic() - self._talked > TALK_SECONDS:
                self._sink.write(_mix(self._take_ring(), self._take_signal(PIECE)))
            due = max(due + PIECE / RATE, time.monotonic() - 0.1)
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _take_ring(self) -> Samples:
        if self._ring is None:
            return np.zeros(PIECE, dtype=np.int16)
        at = (self._ring_at + np.arange(PIECE)) % len(self._ring)
        self._ring_at += PIECE
        return self._ring[at]

    def _take_signal(self, length: int) -> Samples:
        part, self._signal = self._signal[:length], self._signal[length:]
        return part


def _mix(below: Samples, above: Samples) -> Samples:
    """Both at once, limited to full scale; as long as `below`."""
    if not len(above):
        return below
    total = below.astype(np.int32)
    total[: len(above)] += above
    return np.clip(total, -32768, 32767).astype(np.int16)


def _notes(pitches: list[float], seconds: float, loud: float) -> Samples:
    t = np.arange(round(seconds * RATE)) / RATE
    shape = np.minimum(1, t / 0.008) * np.exp(-t * 4 / seconds)
    notes = [loud * shape * np.sin(2 * np.pi * pitch * t) for pitch in pitches]
    return (np.concatenate(notes) * 32767).astype(np.int16)


_SIGNALS: dict[str, Callable[[], Samples]] = {
    "accept": lambda: _notes([523.3, 659.3], 0.12, 0.35),
    "sent": lambda: _notes([880.0], 0.06, 0.35),
    "opened": lambda: _notes([659.3, 987.8], 0.28, 0.7),
    "low": lambda: _notes([196.0], 0.4, 0.5),
    "ended": lambda: _notes([523.3, 392.0], 0.14, 0.35),
}


def decode_tone(content: bytes) -> Samples:
    """A ringtone's file as samples. Raises `ValueError` when it is not sound."""
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    parts: list[Samples] = []
    try:
        for frame in audio_frames(content):
            for part in resampler.resample(frame):
                parts.append(part.to_ndarray().reshape(-1).astype(np.int16))
    except (FFmpegError, IndexError, OSError) as fault:
        raise ValueError("not a sound") from fault
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int16)
