"""PyAV and aiortc as this room sees them: the corners that their types leave open, closed in one place.

`av.Packet` is generic without saying of what, and a container's and a track's methods answer with
more kinds than ever come here. Everything else of both libraries is typed and used directly.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, TypeAlias, cast

import av
from aiortc import RTCRtpSender
from aiortc.mediastreams import MediaStreamTrack
from av import AudioFrame, VideoFrame
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

__all__ = ["FFmpegError", "Packet", "audio_frames", "encode", "has_track", "play_out", "receive", "vp8_codec"]

Packet: TypeAlias = "av.Packet[Any]"
"""A piece of encoded picture or sound."""


def vp8_codec() -> VideoCodecContext:
    """A libvpx encoder, not opened yet."""
    codec = av.CodecContext.create("libvpx", "w")
    assert isinstance(codec, VideoCodecContext)
    return codec


def encode(codec: VideoCodecContext, frame: VideoFrame) -> list[Packet]:
    """The packets that a frame gives. Raises `FFmpegError`."""
    return cast("list[Packet]", cast("Any", codec).encode(frame))


def audio_frames(content: bytes) -> Iterator[AudioFrame]:
    """The frames of a sound file. Raises `FFmpegError`, and `IndexError` when it holds no sound."""
    container: Any = av.open(BytesIO(content))
    with container:
        yield from container.decode(container.streams.audio[0])


def play_out(device: str, rate: int, frames: Iterator[AudioFrame]) -> None:
    """Play mono frames on an ALSA device, as they come; blocks. Raises `FFmpegError`."""
    container: Any = av.open(device, "w", format="alsa")
    with container:
        stream = container.add_stream("pcm_s16le", rate=rate)
        stream.layout = "mono"
        for frame in frames:
            container.mux(stream.encode(frame))


async def receive(track: MediaStreamTrack) -> VideoFrame | AudioFrame:
    """What the other side sent next. Raises `MediaStreamError` at the end."""
    return await cast("Any", track).recv()


def has_track(sender: RTCRtpSender) -> bool:
    """The sender has something to send; aiortc's type of `track` forgets that there may be none."""
    return cast("Any", sender).track is not None
