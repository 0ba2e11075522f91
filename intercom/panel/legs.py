"""One leg of a call as the caller's side sees it: a peer connection for each offer that comes.

The resident's device makes every offer; this side only answers, since aiortc knows neither rollback
nor ICE restart (RFC 8445, 9). A new offer on a leg is a new connection, and the old one is closed. Until the
leg is accepted its audio sender has no track, so no sound leaves, and what would arrive is not played.

The three places that reach into aiortc's private parts are here, marked "private".
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import aioice.ice
from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCIceCandidate,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.sdp import candidate_from_sdp
from aiortc.stats import RTCTransportStats
from av import AudioFrame

from .flow import Flow
from .media import FFmpegError, has_track, receive
from .messages import Candidate, IceServer
from .picture import SharedVp8Source
from .refusals import Offline, Refused
from .sound import AudioSource, Microphone, Samples, energy, mono
from .text import LABEL, TextLine, Wrote

log = logging.getLogger(__name__)

MAX_CANDIDATES = 100
"""Addresses of a device that one connection tries."""


@dataclass
class Counts:
    """What came and went, since the start; read by trials and by the curious."""

    connections: int = 0
    frames_received: int = 0
    audio_frames_received: int = 0
    audio_frames_early: int = 0
    """Received before the accept: must stay 0."""
    audio_energy: float = 0.0
    """Of what the resident says, see `sound.energy`."""
    audio_frames_sent: int = 0


@dataclass
class Gear:
    """What all legs of a doorstation share.

    `send` asks the house for something; `play` lets the visitor hear; `changed` is told when a leg's
    connection came or went; `wrote` gets what is written to the visitor; a `microphone` of None is a
    doorstation that has none.
    """

    picture: SharedVp8Source
    microphone: AudioSource | None
    send: Callable[[str, dict[str, Any]], Awaitable[object]]
    play: Callable[[Samples], None]
    changed: Callable[[Leg], None]
    wrote: Callable[[Wrote], None]
    counts: Counts = field(default_factory=Counts)
    ice_servers: list[RTCIceServer] = field(default_factory=list[RTCIceServer])
    relay: bool = False
    """Through the relay only."""


@dataclass(frozen=True)
class _Offer:
    attempt: int
    sdp: str


@dataclass(frozen=True)
class _Addresses:
    attempt: int
    candidates: Sequence[Candidate]


class Leg:
    """One device of the call. Messages are handled one after the other by the leg's own task.

    `end` must be called when the leg or the call ends.
    """

    def __init__(self, call: str, leg: str, gear: Gear) -> None:
        """Starts the leg's task; nothing is connected before an offer comes."""
        self.call = call
        self.id = leg
        self.accepted = False
        self.text = TextLine(gear.wrote)
        self.lost_at: float | None = None
        """Since when (monotonic) the connection that was there is gone; None while there is none to miss."""
        self._flow = Flow(time.monotonic())
        self._gear = gear
        self._inbox: asyncio.Queue[_Offer | _Addresses] = asyncio.Queue(maxsize=200)
        self._connection: _Connection | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._task = asyncio.create_task(self._work(), name=f"leg {leg}")

    @property
    def connected(self) -> bool:
        """Picture and sound can flow."""
        return self._connection is not None and self._connection.connected

    async def silent(self) -> float:
        """Seconds since anything came from the device, when that is too long; else 0. To be asked often."""
        connection = self._connection
        came = 0 if connection is None else await connection.came()
        now = time.monotonic()
        if connection is self._connection:
            self._flow.hears(came, self.connected, now)
        return self._flow.silent(now)

    def offer(self, attempt: int, sdp: str) -> None:
        """The device offers a (new) connection."""
        self._put(_Offer(attempt, sdp))

    def candidates(self, attempt: int, candidates: Sequence[Candidate]) -> None:
        """The device has found some of its addresses."""
        self._put(_Addresses(attempt, candidates))

    def accept(self) -> None:
        """This device was accepted: sound flows from now on, in this connection and in any later one."""
        self.accepted = True
        self._flow = Flow(time.monotonic())
        if self._connection is not None:
            self._connection.open_sound()

    async def say_media_up(self) -> None:
        """Tell the house that this leg is connected; it may have missed it."""
        try:
            await self._gear.send("media_up", {"call": self.call, "leg": self.id})
        except (Offline, Refused) as why:
            log.info("leg %s: media_up was not taken: %s", self.id, why)

    def end(self) -> None:
        """Silent at once: nothing is sent or played any more. What is still to close, `closed` waits for."""
        self._task.cancel()
        self._drop_connection()

    async def closed(self) -> None:
        """After `end`: everything is closed. With a relay that does not answer this takes a while."""
        await asyncio.gather(self._task, *self._closing, return_exceptions=True)

    def text_came(self, connection: _Connection, piece: str) -> None:
        """Called by a connection; an old one has nothing to say any more."""
        if connection is self._connection:
            self.text.hear(piece)

    def state_changed(self, connection: _Connection) -> None:
        """Called by a connection; an old one has nothing to say any more."""
        if connection is not self._connection:
            return
        log.info("leg %s: connection is %s", self.id, connection.state)
        if connection.connected:
            self.lost_at = None
            self._gear.changed(self)
        elif connection.state in {"failed", "closed"} and self.lost_at is None:
            self.lost_at = time.monotonic()
            self._gear.changed(self)

    def _put(self, what: _Offer | _Addresses) -> None:
        try:
            self._inbox.put_nowait(what)
        except asyncio.QueueFull:
            log.warning("leg %s: too many messages, one is dropped", self.id)

    async def _work(self) -> None:
        while True:
            what = await self._inbox.get()
            try:
                match what:
                    case _Offer():
                        await self._answer(what)
                    case _Addresses():
                        if self._connection is not None and self._connection.attempt == what.attempt:
                            self._connection.add(what.candidates)
            except (Offline, Refused) as why:
                log.info("leg %s: %s", self.id, why)
            except Exception as fault:
                # Whatever another side's description makes aiortc raise ends this offer, not the program.
                log.warning("leg %s: the offer is of no use: %r", self.id, fault)
                self._drop_connection()
                self.lost_at = time.monotonic()

    async def _answer(self, offer: _Offer) -> None:
        self._drop_connection()
        connection = self._connection = _Connection(self, offer.attempt, self._gear)
        self._gear.counts.connections += 1
        answer = await connection.answer(offer.sdp)
        if self.accepted:
            connection.open_sound()
        await self._gear.send(
            "sdp",
            {"call": self.call, "leg": self.id, "attempt": offer.attempt, "type": "answer", "sdp": answer},
        )

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self.text.lose()
            # Silent at once; the transports may take their time.
            connection.silence()
            task = asyncio.create_task(connection.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


class _Connection:
    """One RTCPeerConnection, from an offer until the next."""

    def __init__(self, leg: Leg, attempt: int, gear: Gear) -> None:
        self.attempt = attempt
        self._leg = leg
        self._gear = gear
        # Without iceServers aiortc asks a public STUN server. Its default bundle policy is kept: with
        # max-bundle it loses the candidates of an offer that does not trickle.
        policy = RTCIceTransportPolicy.RELAY if gear.relay else RTCIceTransportPolicy.ALL
        self._pc = RTCPeerConnection(
            RTCConfiguration(iceServers=list(gear.ice_servers), iceTransportPolicy=policy)
        )
        self._tracks: list[MediaStreamTrack] = []
        self._audio: RTCRtpSender | None = None
        self._sounding = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._adding: set[asyncio.Task[None]] = set()
        self._taken = 0
        self._channel: RTCDataChannel | None = None
        self._pc.on("track", self._on_track)
        self._pc.on("datachannel", self._on_channel)
        self._pc.on("connectionstatechange", self._on_state)

    @property
    def state(self) -> str:
        """As of W3C RTCPeerConnectionState; aiortc never says `disconnected`."""
        return self._pc.connectionState

    @property
    def connected(self) -> bool:
        return self._pc.connectionState == "connected"

    async def came(self) -> int:
        """Packets that have come over the connection: RTP, RTCP and DTLS."""
        if self._audio is None:
            return 0
        found = cast("dict[str, object]", await self._audio.getStats())
        return sum(one.packetsReceived for one in found.values() if isinstance(one, RTCTransportStats))

    async def answer(self, sdp: str) -> str:
        """Take the offer, and give the answer with all of this side's addresses in it."""
        # aiortc uses transceivers that are there already; made here, VP8 can be asked for: some
        # browsers prefer H.264, and all viewers share one VP8 encoder.
        for kind in re.findall(r"^m=(audio|video) ", sdp, re.MULTILINE):
            transceiver = self._pc.addTransceiver(kind, direction="sendrecv")
            if kind == "video":
                _prefer_vp8(transceiver)
        await self._pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
        for transceiver in self._pc.getTransceivers():
            transceiver.direction = "sendrecv"
            if transceiver.kind == "video":
                self._show_picture(transceiver.sender)
            elif self._audio is None:
                self._audio = transceiver.sender
        await self._pc.setLocalDescription(await self._pc.createAnswer())
        return self._pc.localDescription.sdp

    def add(self, candidates: Sequence[Candidate]) -> None:
        """Try these addresses of the device too; the order of the messages is kept."""
        for candidate in candidates:
            self._taken += 1
            if candidate.candidate == "" or self._taken > MAX_CANDIDATES:
                continue  # Firefox says '' before the null that ends the candidates
            before = set(self._adding)
            task = asyncio.create_task(self._add(candidate, before))
            self._adding.add(task)
            task.add_done_callback(self._adding.discard)

    def open_sound(self) -> None:
        """Put the microphone on the connection's audio sender. Only after the accept."""
        self._sounding = True
        if self._audio is None or has_track(self._audio) or self._gear.microphone is None:
            return
        microphone = Microphone(self._gear.microphone, self._count_sound)
        self._tracks.append(microphone)
        self._audio.replaceTrack(microphone)

    def silence(self) -> None:
        """Send and play nothing any more."""
        self._sounding = False
        for sender in self._pc.getSenders():
            # Taken off first: a sender that ends stops its track.
            sender.replaceTrack(None)
        for track in self._tracks:
            track.stop()
        self._tracks.clear()

    async def close(self) -> None:
        self._pc.remove_all_listeners()
        for task in (*self._adding, *self._tasks):
            task.cancel()
        await self._pc.close()

    def _show_picture(self, sender: RTCRtpSender) -> None:
        viewer = self._gear.picture.watch(lambda: _remb(sender))
        self._tracks.append(viewer)
        sender.replaceTrack(viewer)
        # Private: aiortc ignores a picture loss indication (RFC 4585) for packets encoded elsewhere.
        sender._send_keyframe = self._gear.picture.want_keyframe  # pyright: ignore[reportPrivateUsage]

    async def _add(self, candidate: Candidate, before: set[asyncio.Task[None]]) -> None:
        try:
            if candidate.candidate is None:
                # aioice refuses candidates after their end: wait for those that are looked up still.
                await asyncio.gather(*before, return_exceptions=True)
                await self._pc.addIceCandidate(None)
            else:
                await self._pc.addIceCandidate(_ice_candidate(candidate))
        except Exception as fault:
            log.info("leg %s: a candidate is of no use: %s", self._leg.id, type(fault).__name__)

    def _on_track(self, track: MediaStreamTrack) -> None:
        task = asyncio.create_task(self._consume(track))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label != LABEL or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self._on_text)
        self._leg.text.use(self._send_text)

    def _on_text(self, piece: str | bytes) -> None:
        if isinstance(piece, str):
            self._leg.text_came(self, piece)

    def _send_text(self, piece: str) -> None:
        if self._channel is not None and self._channel.readyState == "open":
            self._channel.send(piece)

    def _on_state(self) -> None:
        self._leg.state_changed(self)

    async def _consume(self, track: MediaStreamTrack) -> None:
        """Count and play what comes; it must be fetched in any case, or aiortc keeps it all."""
        counts = self._gear.counts
        while True:
            try:
                frame = await receive(track)
            except MediaStreamError:
                return
            except (FFmpegError, ValueError) as fault:
                log.info("leg %s: a frame is of no use: %r", self._leg.id, fault)
                continue
            if not isinstance(frame, AudioFrame):
                counts.frames_received += 1
                continue
            counts.audio_frames_received += 1
            if self._sounding:
                samples = mono(frame)
                counts.audio_energy += energy(samples)
                self._gear.play(samples)
            else:
                counts.audio_frames_early += 1

    def _count_sound(self) -> None:
        self._gear.counts.audio_frames_sent += 1


def ice_servers(servers: Sequence[IceServer]) -> list[RTCIceServer]:
    """The house's servers as aiortc's. It uses the first STUN and the first TURN server of the list."""
    return [
        RTCIceServer(urls=list(server.urls), username=server.username, credential=server.credential)
        for server in servers
    ]


def offer_loopback() -> None:
    """Offer 127.0.0.1 as the only address of this machine. For trials: aioice leaves it out otherwise."""
    # Private: there is no setting for it.
    cast("Any", aioice.ice).get_host_addresses = lambda *_, **__: ["127.0.0.1"]  # pyright: ignore[reportUnknownLambdaType]


def _prefer_vp8(transceiver: RTCRtpTransceiver) -> None:
    codecs = RTCRtpSender.getCapabilities("video").codecs
    wanted = {"video/vp8", "video/rtx"}
    transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType.lower() in wanted])


def _remb(sender: RTCRtpSender) -> int | None:
    """The bit rate that the viewer's side has told (REMB), in bits per second, if it has."""
    # Private: aiortc keeps it in the encoder that cuts the packets.
    encoder = getattr(sender, "_RTCRtpSender__encoder", None)
    bitrate = getattr(encoder, "target_bitrate", None)
    return bitrate if isinstance(bitrate, int) else None


def _ice_candidate(candidate: Candidate) -> RTCIceCandidate:
    """An aiortc candidate. Raises `ValueError` and the like for what is none."""
    text = candidate.candidate or ""
    parsed = candidate_from_sdp(text.partition(":")[2] if text.startswith("candidate:") else text)
    parsed.sdpMid = candidate.sdpMid
    parsed.sdpMLineIndex = candidate.sdpMLineIndex
    return parsed
