"""A house and a resident for the doorstation's tests: the server's part of the wire, and an aiortc peer."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any, cast

import socketio
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from intercom.panel import PanelOptions, run
from intercom.panel.picture import SharedVp8Source, TestPicture
from intercom.panel.sound import Microphone, TestTone, energy, mono

KEY = "key-of-the-street-door"
ENTRY = {"id": "e1", "name": "Anna Lind", "unit": "Flat 31", "floor": "3", "contact": False}
OTHER = {"id": "e2", "name": "Ben Okafor", "unit": "Flat 32", "floor": "3", "contact": False}


async def until(true: Callable[[], object], what: str, seconds: float = 8) -> None:
    """Wait until something is true; fails with `what` when it does not become so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"in vain: {what}"
        await asyncio.sleep(0.02)


class House:
    """Plays the server. `hear` holds what the doorstation said; tests drive the call with `tell`."""

    def __init__(self) -> None:
        self.hear: list[tuple[str, dict[str, Any]]] = []
        self.answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.connects = 0
        self.refusal: dict[str, Any] | None = None
        self.call: dict[str, Any] | None = None
        self.ring_refusal: dict[str, Any] | None = None
        self.url = ""
        self._sid = ""
        self._sio: Any = socketio.AsyncServer(async_mode="aiohttp", namespaces=["/panel"])
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on a free port, the same one after `stop`."""
        app = web.Application()
        self._sio = socketio.AsyncServer(async_mode="aiohttp", namespaces=["/panel"])
        self._sio.attach(app)
        self._sio.on("connect", self._on_connect, namespace="/panel")
        for event in ("ring", "hang_up", "sdp", "candidates", "media_up", "renegotiate", "silence"):
            self._sio.on(event, self._handler(event), namespace="/panel")
        app.router.add_post("/api/v1/panels/enroll", self._enrol)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Go away, like a server that is restarted."""
        if self._runner is not None:
            await self._sio.shutdown()
            await self._runner.cleanup()
            self._runner = None

    def said(self, event: str) -> list[dict[str, Any]]:
        """All that the doorstation sent under this name."""
        return [data for name, data in self.hear if name == event]

    async def tell(self, event: str, data: Any) -> None:
        """Send something to the doorstation."""
        await self._sio.emit(event, data, namespace="/panel", to=self._sid)

    async def tell_call(self, **changes: Any) -> None:
        """Change the call and send it."""
        assert self.call is not None
        self.call |= changes
        self.call["now"] = time.time()
        await self.tell("call", self.call)

    async def cut(self) -> None:
        """Break the doorstation's socket, without a word."""
        await self._sio.disconnect(self._sid, namespace="/panel")

    def new_call(self, call: str = "c1") -> None:
        """There is a call from now on, which no device knows yet."""
        now = time.time()
        self.call = {
            "call": call,
            "entry": ENTRY,
            "stage": "calling",
            "leg": None,
            "legs": ["l1", "l2"],
            "reason": None,
            "ended_by": None,
            "camera": False,
            "lost": False,
            "now": now,
            "ring_seconds": 45,
            "deadline": now + 45,
            "established_at": None,
        }

    async def _on_connect(self, sid: str, environ: Any, auth: Any) -> None:
        self.connects += 1
        if self.refusal is not None or auth.get("key") != KEY:
            raise socketio.exceptions.ConnectionRefusedError(
                "refused", self.refusal or {"code": "not_enrolled", "message": "This key is not known."}
            )
        self._sid = sid
        self._soon(self.tell("ready", self._ready()))

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        """After the answer that is being made: the doorstation must have that first."""

        async def later() -> None:
            await asyncio.sleep(0.01)
            await work

        task = asyncio.create_task(later())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _ready(self) -> dict[str, Any]:
        return {
            "panel": "p1",
            "name": "Street panel",
            "site": {"id": "s1", "name": "Birkenhof 12", "plate": "12"},
            "entrance": {"id": "d1", "name": "Street door"},
            "entries": [ENTRY, OTHER],
            "tone": "/ringtones/line.mp3",
            "call": self.call,
            "now": time.time(),
            "protocol": 1,
            "something_newer": True,
        }

    def _handler(self, event: str) -> Any:
        async def handle(sid: str, data: dict[str, Any]) -> dict[str, Any]:
            self.hear.append((event, data))
            match event:
                case "ring":
                    if self.ring_refusal is not None:
                        return {"ok": False, "error": self.ring_refusal}
                    self.new_call()
                    self._soon(self.tell_call())
                    return {"ok": True, "call": "c1"}
                case "hang_up":
                    call, self.call = self.call, None
                    if call is not None:
                        call |= {"stage": "ended", "reason": "completed", "ended_by": "caller"}
                        await self.tell("call", call)
                case "sdp":
                    self.answers.put_nowait(data)
            return {"ok": True}

        return handle

    async def _enrol(self, request: web.Request) -> web.Response:
        if (await request.json()) != {"code": "ABCD-1234"}:
            return web.json_response({"code": "bad_code", "detail": "This code is not known."}, status=403)
        return web.json_response({"panel": "p1", "entrance": "d1", "key": KEY})


class Resident:
    """A resident's device on one leg: offers as a browser does, counts what comes."""

    def __init__(self, house: House, leg: str = "l1", call: str = "c1", attempt: int = 0) -> None:
        self._house, self.leg, self.call, self.attempt = house, leg, call, attempt
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.frames = self.audio_frames = 0
        self.audio_energy = 0.0
        self._audio = self.pc.addTransceiver("audio", direction="sendrecv").sender
        self._video = self.pc.addTransceiver("video", direction="sendrecv").sender
        self.text: list[str] = []
        self.channel = self.pc.createDataChannel("text", protocol="t140")
        self.channel.on("message", self.text.append)
        self._camera = SharedVp8Source(TestPicture(320, 240))
        self._tasks: set[asyncio.Task[None]] = set()
        self.pc.on("track", self._on_track)

    async def connect(self) -> None:
        """Offer, take the answer, wait for the connection."""
        await self.pc.setLocalDescription(await self.pc.createOffer())
        await self._house.tell(
            "sdp",
            {
                "call": self.call,
                "leg": self.leg,
                "attempt": self.attempt,
                "type": "offer",
                "sdp": self.pc.localDescription.sdp,
                "signature": None,
            },
        )
        answer = await asyncio.wait_for(self._house.answers.get(), 5)
        assert (answer["leg"], answer["attempt"], answer["type"]) == (self.leg, self.attempt, "answer")
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=answer["sdp"], type="answer"))
        await until(lambda: self.pc.connectionState == "connected", "the resident's connection")

    def talk(self) -> None:
        """Say something."""
        self._audio.replaceTrack(Microphone(TestTone(660.0), lambda: None))

    def show(self) -> None:
        """Turn the camera on."""
        self._video.replaceTrack(self._camera.watch())

    async def falls_silent(self) -> None:
        """From now on nothing that it sends arrives, though its connection stands."""

        async def nothing(_: bytes) -> None:
            return None

        for sender in self.pc.getSenders():
            cast("Any", sender.transport)._send_rtp = nothing

    async def close(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        for sender in self.pc.getSenders():
            track = sender.track
            sender.replaceTrack(None)
            if track is not None:
                track.stop()
        await self.pc.close()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._tasks.add(asyncio.create_task(self._consume(track)))

    async def _consume(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, AudioFrame):
                self.audio_frames += 1
                self.audio_energy += energy(mono(frame))
            else:
                self.frames += 1


class Panel:
    """The doorstation under test, in this event loop."""

    def __init__(self, house: House, **options: Any) -> None:
        self.out = io.StringIO()
        chosen: dict[str, Any] = {"key": KEY, "keypad": False, "ring": "Anna Lind", "loopback": True}
        self.task = asyncio.create_task(run(PanelOptions(server=house.url, **chosen | options), self.out))

    @property
    def said(self) -> list[str]:
        """The sentences so far."""
        return [line for line in self.out.getvalue().splitlines() if not line.startswith("{")]

    @property
    def counts(self) -> dict[str, Any]:
        """The last counters that were printed."""
        return json.loads([line for line in self.out.getvalue().splitlines() if line.startswith("{")][-1])

    async def says(self, sentence: str) -> None:
        """Wait for a line that begins so."""
        await until(
            lambda: any(line.startswith(sentence) for line in self.said), f"{sentence!r} in {self.said}"
        )

    async def ends(self) -> int:
        """Wait for its end; its exit code."""
        return await asyncio.wait_for(self.task, 8)
