"""Cameras, microphones, files and streams, read by a thread of their own.

FFmpeg's reading blocks, and a device must be open only while it is needed: a capture reads between
`start` and `stop`, keeps only the newest frames, and opens what failed again every 2 seconds.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

import av
from av import AudioFrame, VideoFrame

from .media import FFmpegError

log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
KEEP: dict[str, int] = {"video": 2, "audio": 25}
"""Frames that wait for a reader; the oldest is dropped for the next."""


def shown(address: str) -> str:
    """The address without the name and password that an rtsp:// address may hold."""
    return re.sub(r"(?<=://)[^/@]*@", "", address)


class Capture:
    """One device, file or stream, of which the first video or audio stream is read.

    A file is read at its own pace and again from its start. `trouble` gets one sentence when it cannot
    be opened or breaks off, in the event loop, once until it works again.
    """

    def __init__(self, address: str, kind: Literal["video", "audio"], trouble: Callable[[str], None]) -> None:
        """Nothing is opened yet."""
        self._address = address
        self._kind: Literal["video", "audio"] = kind
        self._trouble = trouble
        self._format, self._options = _how_to_open(address, kind)
        # What comes from a device or the network comes in its own time; a file would come at once.
        self._live = self._format is not None or "://" in address
        self._frames: asyncio.Queue[VideoFrame | AudioFrame] = asyncio.Queue()
        self._quit = threading.Event()
        self._thread: threading.Thread | None = None
        self._troubled = False

    def start(self) -> None:
        """Open it and read, until `stop`. Does nothing when it is open."""
        if self._thread is not None and not self._quit.is_set():
            return
        self._quit = threading.Event()
        self._troubled = False
        self._thread = threading.Thread(
            target=self._read,
            args=(asyncio.get_running_loop(), self._quit, self._thread),
            name=f"{self._kind}-capture",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Close it soon, and forget what was read."""
        self._quit.set()
        while not self._frames.empty():
            self._frames.get_nowait()

    async def frame(self) -> VideoFrame | AudioFrame:
        """The next frame; waits as long as there is none."""
        return await self._frames.get()

    def _read(
        self, loop: asyncio.AbstractEventLoop, quit_: threading.Event, before: threading.Thread | None
    ) -> None:
        if before is not None:
            before.join()  # a device can be opened once
        while not quit_.is_set():
            try:
                self._read_once(loop, quit_)
            except (FFmpegError, OSError, ValueError, IndexError) as fault:
                log.warning("%s cannot be read: %s", shown(self._address), type(fault).__name__)
                self._call(loop, self._complain)
                quit_.wait(RETRY_SECONDS)

    def _read_once(self, loop: asyncio.AbstractEventLoop, quit_: threading.Event) -> None:
        with av.open(
            self._address, format=self._format, options=self._options, timeout=(10.0, 10.0)
        ) as container:
            stream = container.streams.video[0] if self._kind == "video" else container.streams.audio[0]
            start: float | None = None
            for frame in container.decode(stream):
                if quit_.is_set():
                    return
                if not isinstance(frame, VideoFrame | AudioFrame):
                    continue
                if not self._live and frame.time is not None:
                    now = time.monotonic()
                    start = now - frame.time if start is None else start
                    if quit_.wait(max(0.0, start + frame.time - now)):
                        return
                self._call(loop, self._keep, quit_, frame)
            if start is None and not self._live:
                raise ValueError("nothing in it")

    def _call(self, loop: asyncio.AbstractEventLoop, do: Callable[..., None], *what: object) -> None:
        try:
            loop.call_soon_threadsafe(do, *what)
        except RuntimeError:  # the loop is closed: the program ended meanwhile
            self._quit.set()

    def _keep(self, quit_: threading.Event, frame: VideoFrame | AudioFrame) -> None:
        if quit_.is_set():
            return
        self._troubled = False
        while self._frames.qsize() >= KEEP[self._kind]:
            self._frames.get_nowait()
        self._frames.put_nowait(frame)

    def _complain(self) -> None:
        if not self._troubled and not self._quit.is_set():
            self._troubled = True
            what = "camera" if self._kind == "video" else "microphone"
            self._trouble(f"The {what} does not work: {shown(self._address)} cannot be read.")


class Camera:
    """A capture that yields pictures."""

    def __init__(self, address: str, trouble: Callable[[str], None]) -> None:
        """See `Capture`."""
        self._capture = Capture(address, "video", trouble)
        self.start = self._capture.start
        self.stop = self._capture.stop

    async def next(self) -> VideoFrame:
        """The next picture."""
        return cast("VideoFrame", await self._capture.frame())


class Ear:
    """A capture that yields sound."""

    def __init__(self, address: str, trouble: Callable[[str], None]) -> None:
        """See `Capture`."""
        self._capture = Capture(address, "audio", trouble)
        self.start = self._capture.start
        self.stop = self._capture.stop

    async def next(self) -> AudioFrame:
        """The next piece of sound, of whatever length and format the device gives."""
        return cast("AudioFrame", await self._capture.frame())


def _how_to_open(address: str, kind: str) -> tuple[str | None, dict[str, str]]:
    """FFmpeg's input format (none: it finds out) and options for an address."""
    if address.startswith(("rtsp://", "rtsps://")):
        # Over TCP: a lost datagram would smear the picture until the camera's next keyframe.
        return None, {"rtsp_transport": "tcp", "fflags": "nobuffer"}
    if "://" in address:
        return None, {}
    if kind == "video" and address.startswith("/dev/"):
        return "v4l2", {"video_size": "640x480", "framerate": "15"}
    if kind == "audio" and not Path(address).is_file():
        return "alsa", {"channels": "1", "sample_rate": "48000"}
    return None, {}
