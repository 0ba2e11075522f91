"""The visitor's picture: read once, encoded once, sent to every device that rings.

An encoder for each viewer costs 8 % of a core each, a shared one under 1 %. aiortc's sender takes
encoded packets (`av.Packet`) from a track and only cuts them for RTP (RFC 7741), so every viewer gets
the same ones. The price: one bit rate for all, that of the slowest.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import VideoFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from numpy.typing import NDArray

from .media import FFmpegError, Packet, encode, vp8_codec

log = logging.getLogger(__name__)

CLOCK_RATE = 90_000
"""RTP clock of video, hertz (RFC 7741)."""
FPS = 15
WIDTH, HEIGHT = 640, 480
"""Largest picture that is sent; a larger one is made smaller, keeping its shape."""
START_BITRATE = 500_000
MIN_BITRATE, MAX_BITRATE = 150_000, 1_500_000
QUEUE = 15
"""Packets that may wait for one viewer, a second of picture; then it waits for a keyframe."""
KEYFRAME_SECONDS = 0.3
"""Least time between two keyframes that were asked for: a viewer on a bad path asks all the time."""
ADAPT_SECONDS = 2.0


class VideoSource(Protocol):
    """Where pictures come from. `next` waits while there is none, and is only called while started."""

    def start(self) -> None:
        """Open the camera."""
        ...

    def stop(self) -> None:
        """Close the camera."""
        ...

    async def next(self) -> VideoFrame:
        """The next picture."""
        ...


@dataclass
class PictureCounts:
    """What went through the encoder, since the start."""

    encoded: int = 0
    keyframes: int = 0
    sent: int = 0


class Vp8Encoder:
    """One libvpx encoder for live pictures (RFC 6386). Not thread-safe."""

    def __init__(self, bitrate: int = START_BITRATE) -> None:
        """`bitrate` in bits per second."""
        self.bitrate = bitrate
        self._codec: VideoCodecContext | None = None

    def use(self, bitrate: int) -> None:
        """Another bit rate from the next picture on, which will be a keyframe."""
        self.bitrate = bitrate
        self._codec = None  # FFmpeg's libvpx takes no new rate while it runs

    def encode(self, picture: VideoFrame, pts: int, keyframe: bool) -> list[Packet]:
        """The picture's packets, stamped `pts` in `CLOCK_RATE`. Raises `FFmpegError`."""
        width, height = fit(picture.width, picture.height)
        frame = picture.reformat(width=width, height=height, format="yuv420p")
        codec = self._codec
        if codec is None or (codec.width, codec.height) != (width, height):
            codec = self._codec = self._open(width, height)
        # A decoded file or camera marks its frames as the key frames they once were; kept, each
        # one would be sent whole.
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        frame.pts = pts
        frame.time_base = Fraction(1, CLOCK_RATE)
        packets = encode(codec, frame)
        for packet in packets:
            packet.time_base = Fraction(1, CLOCK_RATE)
            packet.pts = pts
        return packets

    def _open(self, width: int, height: int) -> VideoCodecContext:
        codec = vp8_codec()
        codec.width, codec.height = width, height
        codec.pix_fmt = "yuv420p"
        codec.time_base = Fraction(1, CLOCK_RATE)
        codec.framerate = Fraction(FPS, 1)
        codec.bit_rate = self.bitrate
        codec.gop_size = 3000  # keyframes come when they are asked for
        codec.qmin, codec.qmax = 2, 56
        codec.thread_count = 1
        codec.options = {
            "deadline": "realtime",
            "cpu-used": "-6",
            "lag-in-frames": "0",
            "error-resilient": "1",
            "minrate": str(self.bitrate),
            "maxrate": str(self.bitrate),
            "bufsize": str(self.bitrate),
            "overshoot-pct": "15",
            "undershoot-pct": "100",
            "static-thresh": "1",
            "noise-sensitivity": "4",
        }
        return codec


def fit(width: int, height: int) -> tuple[int, int]:
    """The size at which a picture is sent: never larger than it is, both sides even."""
    scale = min(1.0, WIDTH / width, HEIGHT / height)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


class Viewer(MediaStreamTrack):
    """The picture for one connection. Counts as watching from its first `recv` until `stop`."""

    kind = "video"

    def __init__(self, source: SharedVp8Source, wish: Callable[[], int | None]) -> None:
        """`wish` tells the bit rate that this viewer's path carries (REMB), if it is known."""
        super().__init__()
        self._source = source
        self.wish = wish
        self.queue: asyncio.Queue[Packet] = asyncio.Queue()
        self.starved = True
        """It lacks a packet, so nothing is of use to it before the next keyframe."""

    async def recv(self) -> Packet:
        """The next packet. Raises `MediaStreamError` after `stop`."""
        if self.readyState != "live":
            raise MediaStreamError
        self._source.join(self)
        return await self.queue.get()

    def stop(self) -> None:
        """Watch no more."""
        self._source.leave(self)
        super().stop()


class SharedVp8Source:
    """One camera and one encoder for all viewers of a call.

    The camera is open between `start` and `stop`, so that it is warm when the first device has
    connected; encoding runs only while somebody watches.
    """

    def __init__(self, source: VideoSource) -> None:
        """Nothing is opened yet."""
        self._source = source
        self._encoder = Vp8Encoder()
        self._viewers: set[Viewer] = set()
        self._task: asyncio.Task[None] | None = None
        self._force = False
        self._last_keyframe = 0.0
        self.counts = PictureCounts()

    def start(self) -> None:
        """Open the camera. Does nothing when it is open."""
        self._source.start()

    def stop(self) -> None:
        """Close the camera; viewers that remain see a still picture."""
        self._source.stop()

    def watch(self, wish: Callable[[], int | None] = lambda: None) -> Viewer:
        """A track for one more connection; to be stopped by whoever asked."""
        return Viewer(self, wish)

    def want_keyframe(self) -> None:
        """A viewer lost something (RFC 4585 PLI): the next picture is a whole one."""
        self._force = True

    @property
    def watched(self) -> int:
        """How many watch."""
        return len(self._viewers)

    @property
    def bitrate(self) -> int:
        """What the encoder aims at, bits per second."""
        return self._encoder.bitrate

    def join(self, viewer: Viewer) -> None:
        """Called by a viewer at each of its reads."""
        if viewer not in self._viewers:
            self._viewers.add(viewer)
            viewer.starved = True
            if self._task is None:
                self._task = asyncio.create_task(self._run(), name="picture")

    def leave(self, viewer: Viewer) -> None:
        """Called by a viewer when it stops."""
        self._viewers.discard(viewer)
        if not self._viewers and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        due = adapted = time.monotonic()
        while True:
            picture = await self._source.next()
            now = time.monotonic()
            if now < due - 0.5 / FPS:
                continue  # the camera is faster than we send
            due = max(due + 1 / FPS, now)
            if now - adapted >= ADAPT_SECONDS:
                adapted = now
                self._adapt()
            starved = any(viewer.starved for viewer in self._viewers)
            keyframe = (starved or self._force) and now - self._last_keyframe >= KEYFRAME_SECONDS
            try:
                packets = await asyncio.to_thread(
                    self._encoder.encode, picture, int(now * CLOCK_RATE), keyframe
                )
            except (FFmpegError, ValueError) as fault:
                log.warning("a picture could not be encoded: %r", fault)
                self._encoder.use(self._encoder.bitrate)
                continue
            for packet in packets:
                self._hand_out(packet, now)

    def _hand_out(self, packet: Packet, now: float) -> None:
        self.counts.encoded += 1
        if packet.is_keyframe:
            self.counts.keyframes += 1
            self._last_keyframe = now
            self._force = False
        for viewer in self._viewers:
            if packet.is_keyframe:
                viewer.starved = False
            if viewer.starved:
                continue
            if viewer.queue.qsize() >= QUEUE:
                while not viewer.queue.empty():
                    viewer.queue.get_nowait()
                viewer.starved = True
                continue
            viewer.queue.put_nowait(packet)
            self.counts.sent += 1

    def _adapt(self) -> None:
        """Follow the slowest viewer's path, in steps of at least a quarter: each step costs a keyframe."""
        wishes = [wish for viewer in self._viewers if (wish := viewer.wish()) is not None]
        if wishes:
            target = max(MIN_BITRATE, min(MAX_BITRATE, *wishes))
            if abs(target - self._encoder.bitrate) > self._encoder.bitrate / 4:
                self._encoder.use(target)


# -- the test picture ------------------------------------------------------------------------------

_DIGITS = {
    "0": "01110 10001 10011 10101 11001 10001 01110",
    "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111",
    "3": "11110 00001 00001 01110 00001 00001 11110",
    "4": "00010 00110 01010 10010 11111 00010 00010",
    "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "01110 10000 10000 11110 10001 10001 01110",
    "7": "11111 00001 00010 00100 01000 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110",
    "9": "01110 10001 10001 01111 00001 00001 01110",
    ":": "00000 00100 00100 00000 00100 00100 00000",
}
"""Seven rows of five points for each character."""


def _letters(text: str, size: int) -> NDArray[np.bool_]:
    """A text as a mask, each point `size` pixels wide."""
    columns: list[NDArray[np.bool_]] = []
    for character in text:
        rows = [[point == "1" for point in row] + [False] for row in _DIGITS[character].split()]
        columns.append(np.array(rows, dtype=np.bool_))
    return np.kron(np.hstack(columns), np.ones((size, size), dtype=np.bool_)).astype(np.bool_)


class TestPicture:
    """A picture that moves: coloured bars, a wandering square, the time of day and a counter."""

    __test__ = False  # its name starts like a test's

    def __init__(self, width: int = WIDTH, height: int = HEIGHT, fps: int = FPS) -> None:
        """Size in pixels, both even, at least 320 x 240."""
        self._width, self._height, self._fps = width, height, fps
        self._count = 0
        self._due = 0.0
        self._still = self._bars()

    def start(self) -> None:
        """Nothing has to be opened."""

    def stop(self) -> None:
        """Nothing has to be closed."""

    async def next(self) -> VideoFrame:
        """The next picture, at its time; pictures that nobody fetched are not caught up."""
        now = time.monotonic()
        self._due = max(self._due + 1 / self._fps, now - 1 / self._fps)
        await asyncio.sleep(max(0.0, self._due - now))
        self._count += 1
        return self.draw(self._count, time.strftime("%H:%M:%S"))

    def draw(self, count: int, clock: str) -> VideoFrame:
        """Picture number `count` (from 0), which shows this time of day."""
        planes = self._still.copy()
        luma = planes[: self._height]
        side = self._height // 8
        reach_x, reach_y = self._width - side, self._height - side
        x = abs((count * 7) % (2 * reach_x) - reach_x)
        y = abs((count * 5) % (2 * reach_y) - reach_y)
        luma[y : y + side, x : x + side] = 235
        for text, row in ((clock, self._height // 3), (f"{count % 100_000:05}", self._height * 3 // 5)):
            mask = _letters(text, max(2, self._width // 100))
            left = (self._width - mask.shape[1]) // 2
            luma[row : row + mask.shape[0], left : left + mask.shape[1]][mask] = 16
        return VideoFrame.from_ndarray(planes, format="yuv420p")

    def _bars(self) -> NDArray[np.uint8]:
        """Eight bars as one I420 picture (ITU-R BT.601): luma, then Cb, then Cr in half the size."""
        width, height = self._width, self._height
        bar = np.arange(width) * 8 // width
        luma = np.linspace(180, 80, 8)[bar]
        blue = (128 + 60 * np.cos(bar[::2] * np.pi / 4)).astype(np.uint8)
        red = (128 + 60 * np.sin(bar[::2] * np.pi / 4)).astype(np.uint8)
        planes = np.empty((height * 3 // 2, width), dtype=np.uint8)
        planes[:height] = luma.astype(np.uint8)
        chroma = np.concatenate([np.tile(blue, height // 2), np.tile(red, height // 2)])
        planes[height:] = chroma.reshape(-1, width)
        return planes


class NoPicture:
    """A doorstation without a camera."""

    def start(self) -> None:
        """Nothing has to be opened."""

    def stop(self) -> None:
        """Nothing has to be closed."""

    async def next(self) -> VideoFrame:
        """Never comes."""
        return await asyncio.get_running_loop().create_future()
