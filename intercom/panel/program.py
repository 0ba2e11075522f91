"""The doorstation: what it knows, what follows from what it is told, and what it says about it.

Everything happens in one event loop and every message of the house in its order. The house's `call`
message is the whole truth about the call; this side only adds what it can see itself: whether the
connections stand, and whether the house can be reached.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from typing import Any, TextIO

import aiohttp

from . import keys, words
from .capture import Camera, Ear
from .identity import Secret, find_key
from .legs import Gear, Leg, ice_servers, offer_loopback
from .link import DOWN, Link, download, open_session
from .messages import (
    CallNow,
    Candidates,
    Door,
    Entry,
    LegNow,
    Look,
    LookOver,
    Malformed,
    Message,
    Offer,
    Phonebook,
    Ready,
    Replaced,
    parse,
)
from .messages import Camera as CameraNow
from .options import PanelOptions
from .picture import NoPicture, SharedVp8Source, TestPicture, VideoSource
from .refusals import NotTaken, Offline, Refused
from .sound import AudioSource, Loudspeaker, Samples, TestTone, decode_tone, open_sink
from .text import TextLine, Wrote

log = logging.getLogger(__name__)

OK, NOT_REACHED, NOT_ACCEPTED = 0, 1, 2
"""Exit codes."""

MEND_SECONDS = 3.0
"""So long a lost connection may wait for the device's new offer before this side asks for one."""
ASK_AGAIN_SECONDS = 5.0
SAY_AGAIN_SECONDS = 3.0
"""How often the house is told that still nothing comes through."""
ALONE_SECONDS = 20.0
"""So long a call without connection goes on while the house cannot be reached either."""
OVERDUE_SECONDS = 10.0
"""So long after a ring's deadline an unreachable house is taken to have ended it."""
HANG_UP_SECONDS = 2.0
"""So long the house may take to end a call that was hung up."""
PAUSE_SECONDS = 2.0
"""So long nothing is added to a line before it is read although it is not finished."""
CLOSE_SECONDS = 2.0
"""So long the program waits at its end for connections to close."""


async def start(options: PanelOptions, out: TextIO | None) -> int:
    """See `intercom.panel.run`."""
    voice = out or sys.stdout
    if options.loopback:
        offer_loopback()
    session = open_session(options.ca_file)
    try:
        try:
            key = await find_key(options, session)
        except (NotTaken, Offline) as why:
            print(why, file=voice, flush=True)
            return NOT_ACCEPTED
        return await Doorstation(options, key, session, voice).run()
    finally:
        await session.close()


class Doorstation:
    """One doorstation, for one run."""

    def __init__(
        self, options: PanelOptions, key: Secret, session: aiohttp.ClientSession, out: TextIO
    ) -> None:
        """Nothing is connected before `run`."""
        self._options = options
        self._out = out
        self._session = session
        self._server = options.server.rstrip("/")
        self._link = Link(session, self._server, key, self._in_call)
        self._speaker = Loudspeaker(open_sink(options.speaker, self.say))
        self._picture = SharedVp8Source(self._video_source())
        self._gear = Gear(
            picture=self._picture,
            microphone=self._audio_source(),
            send=self._link.request,
            play=self._speaker.talk,
            changed=self._leg_changed,
            wrote=self._on_wrote,
        )
        self._entries: list[Entry] = []
        self._call: CallNow | None = None
        self._idle = asyncio.Event()
        """There is no call."""
        self._clock_ahead = 0.0
        """The house's clock minus this one's, seconds."""
        self._legs: dict[str, Leg] = {}
        self._looked: Leg | None = None
        """A resident looks at the door without a ring; its id stands for call and leg."""
        self._asked: dict[str, float] = {}
        """When (monotonic) the house was last asked to have a leg connected anew."""
        self._silence_said = 0.0
        """When (monotonic) the house was last told that nothing comes through; 0: that it does."""
        self._finished_call = ""
        self._last_door = ("", "")
        """Opening and state that were said last."""
        self._growing = ("", 0.0)
        """What they are writing, and since when (monotonic) it stands so."""
        self._offline_since: float | None = None
        self._tone_path = ""
        self._tone: Samples | None = None
        self._calls = 0
        self._reached = False
        self._rang = False
        self._greeted = False
        self._established_at: float | None = None
        self._hanging_up = False
        self._code = OK
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing: set[asyncio.Task[None]] = set()
        """Legs whose connections are being closed."""

    async def run(self) -> int:
        """Work until stopped; returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError, ValueError, RuntimeError):
                loop.add_signal_handler(number, self._stop.set)
        self._spawn(self._hold_link())
        self._spawn(self._listen())
        self._spawn(self._watch())
        if self._options.keypad and keys.has_keys():
            self._spawn(self._read_keys())
        try:
            await self._stop.wait()
            await self._finish()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                with suppress(NotImplementedError, ValueError, RuntimeError):
                    loop.remove_signal_handler(number)
            await self._link.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._on_look_over()
            for leg_id in list(self._legs):
                self._end_leg(leg_id)
            if self._closing:
                await asyncio.wait(self._closing, timeout=CLOSE_SECONDS)
            self._picture.stop()
            self._speaker.close()
            self._print_counts()
        return self._code

    def say(self, sentence: str) -> None:
        """Tell the person at the terminal."""
        print(sentence, file=self._out, flush=True)

    # -- the house ---------------------------------------------------------------------------------

    async def _hold_link(self) -> None:
        try:
            await self._link.run()
        except NotTaken as why:
            self._give_up(str(why))

    async def _listen(self) -> None:
        async for event, data in self._link.messages():
            if event == DOWN:
                self._on_down()
                continue
            try:
                message = parse(event, data)
            except Malformed as fault:
                log.warning("a message of the house is ignored: %s", fault)
                continue
            try:
                self._on_message(message)
            except Exception:
                log.exception("handling %s failed", event)

    def _on_message(self, message: Message) -> None:
        match message:
            case Ready():
                self._on_ready(message)
            case Phonebook():
                self._entries = message.entries
            case CallNow():
                self._on_call(message)
            case LegNow():
                if message.stage == "ended" and self._is_current(message.call):
                    self._end_leg(message.leg)
            case Offer():
                if self._looked is not None and self._looked.id == message.leg:
                    self._looked.offer(message.attempt, message.sdp)
                elif self._is_current(message.call) and (leg := self._leg(message.leg)) is not None:
                    self._asked[leg.id] = time.monotonic()
                    leg.offer(message.attempt, message.sdp)
            case Candidates():
                if self._looked is not None and self._looked.id == message.leg:
                    self._looked.candidates(message.attempt, message.candidates)
                elif self._is_current(message.call) and message.leg in self._legs:
                    self._legs[message.leg].candidates(message.attempt, message.candidates)
            case Door():
                self._on_door(message)
            case Look():
                self._on_look(message)
            case LookOver():
                self._on_look_over(message.look)
            case CameraNow():
                if self._is_current(message.call):
                    self._on_camera(message.on)
            case Replaced():
                self._give_up(message.message or "Another doorstation took this one's place.")
            case _:
                log.debug("nothing follows from %s", type(message).__name__)

    def _on_ready(self, ready: Ready) -> None:
        self._entries = ready.entries
        self._tone_path = ready.tone
        if self._offline_since is not None:
            self._offline_since = None
            if self._greeted:
                self.say(words.LINK_BACK)
        if not self._greeted:
            self._greeted = True
            self.say(f"{ready.name}: {ready.entrance.name}, {ready.site.name}.")
            if self._options.keypad and keys.has_keys():
                self._show_names()
        if ready.call is None:
            if self._call is not None:
                self._end_call("Call ended: the house has ended it.")
        elif ready.call.call == self._finished_call:
            # Hung up while the house could not hear it.
            self._spawn(self._tell_hang_up(ready.call.call))
        else:
            self._on_call(ready.call)
            self._restore_legs()
        if self._options.ring is not None and not self._rang:
            self._rang = True
            self._ring_named(self._options.ring)

    def _restore_legs(self) -> None:
        """After a reconnect: say again what stands, and ask for what is missing."""
        call = self._call
        if call is None:
            return
        for leg_id in [call.leg] if call.leg else call.legs:
            leg = self._legs.get(leg_id)
            if leg is not None and leg.connected:
                self._spawn(leg.say_media_up())
            elif leg is None or leg.lost_at is not None or leg.accepted:
                self._ask_for_connection(leg_id)
                if leg is not None and leg.lost_at is None:
                    leg.lost_at = time.monotonic()  # watched, and asked for again if nothing comes

    def _on_down(self) -> None:
        self._on_look_over()
        if self._offline_since is None and not self._stop.is_set():
            self._offline_since = time.time()
            since = time.strftime("%H:%M", time.localtime(self._offline_since))
            self.say(words.no_connection(since))

    def _give_up(self, sentence: str) -> None:
        self.say(sentence)
        self._code = NOT_ACCEPTED
        self._stop.set()

    # -- the call ----------------------------------------------------------------------------------

    def _on_call(self, call: CallNow) -> None:
        if call.call == self._finished_call:
            return  # said twice
        before = self._call if self._is_current(call.call) else None
        if before is None:
            if self._call is not None:
                self._end_call("Call ended.")
            self._on_look_over()
            self._calls += 1
            self._idle.clear()
            self._established_at = None
            self._silence_said = 0.0
            if call.stage != "ended":
                self._picture.start()
        self._call = call
        self._gear.ice_servers = ice_servers(call.ice_servers)
        self._gear.relay = call.relay
        self._clock_ahead = call.now - time.time()
        if call.stage == "ended":
            self._speaker.signal("ended" if before and before.stage == "established" else "low")
            self._end_call(words.ended(call))
            return
        for gone in set(self._legs) - set(call.legs) - {call.leg}:
            self._end_leg(gone)
        if before is None or before.stage != call.stage:
            self._on_stage(call)
        if call.leg and call.stage in {"connecting", "established"}:
            self._on_accepted(call.leg)
        if call.leg and call.stage == "established" and (leg := self._leg(call.leg)) is not None:
            leg.text.open()
        if before is not None and before.lost != call.lost:
            self.say(words.LOST if call.lost else words.BACK)
        self._on_camera(call.camera, was=before.camera if before else False)

    def _on_stage(self, call: CallNow) -> None:
        match call.stage:
            case "calling":
                self.say(f"Calling {call.entry.line}")
            case "ringing":
                self.say(f"Ringing {call.entry.line}")
                self._spawn(self._ring_back(call.call))
            case "connecting":
                self.say("Accepted. Connecting.")
            case "established":
                self.say("Connected")
                self.say(words.UNSEEN if self._options.camera == "none" else words.SEEN)
                self._established_at = time.monotonic()
            case "ended":
                pass

    def _on_accepted(self, leg_id: str) -> None:
        self._speaker.ring(None)
        self._reached = True
        for other in set(self._legs) - {leg_id}:
            self._end_leg(other)
        leg = self._leg(leg_id)
        if leg is not None and not leg.accepted:
            self._speaker.signal("accept")
            leg.accept()

    def _on_look(self, look: Look) -> None:
        """Somebody looks without a ring: they get the picture alone, and whoever stands here is told."""
        self._on_look_over()
        if self._call is not None:
            return
        self._gear.ice_servers = ice_servers(look.ice_servers)
        self._gear.relay = look.relay
        self._picture.start()
        self._looked = Leg(look.look, look.look, self._gear)
        self.say(words.LOOKED_AT)

    def _on_look_over(self, look: str | None = None) -> None:
        if self._looked is None or look not in {None, self._looked.id}:
            return
        leg, self._looked = self._looked, None
        self._close(leg)
        if self._call is None:
            self._picture.stop()
        self.say(words.LOOKED_NO_MORE)

    def _on_camera(self, on: bool, was: bool | None = None) -> None:
        call = self._call
        if call is None:
            return
        if on != (call.camera if was is None else was):
            self.say(words.CAMERA_ON if on else words.CAMERA_OFF)
        self._call = call.model_copy(update={"camera": on})

    def _on_door(self, door: Door) -> None:
        sentence = words.door(door)
        closed_again = door.relocks_at is not None and door.relocks_at <= door.now
        if sentence is None or closed_again or self._last_door == (door.opening, door.state):
            return
        self._last_door = (door.opening, door.state)
        self.say(sentence)
        match door.state:
            case "sent":
                self._speaker.signal("sent")
            case "opened":
                self._speaker.signal("opened")
            case _:
                self._speaker.signal("low")

    # -- text --------------------------------------------------------------------------------------

    def _text(self) -> TextLine | None:
        """Whom the visitor writes to."""
        call = self._call
        if call is None or call.stage != "established" or call.leg not in self._legs:
            return None
        return self._legs[call.leg].text

    def _write(self, say: Callable[[TextLine], None]) -> None:
        text = self._text()
        if text is None:
            self.say(words.NOBODY)
        else:
            say(text)

    def _on_wrote(self, line: Wrote) -> None:
        self._growing = ("", 0.0)
        self.say(words.wrote(line.words))

    def _watch_text(self, now: float) -> None:
        """Who writes and does not finish the line is read all the same."""
        text = self._text()
        growing = text.growing if text else ""
        known, since = self._growing
        if growing != known:
            self._growing = (growing, now)
        elif growing.strip() and since and now - since >= PAUSE_SECONDS:
            self._growing = (growing, 0.0)
            self.say(words.wrote(growing, finished=False))

    def _end_call(self, sentence: str) -> None:
        """Close everything of the call and say why it ended."""
        call, self._call = self._call, None
        if call is None:
            return
        self._finished_call = call.call
        self._idle.set()
        self._hanging_up = False
        self._speaker.ring(None)
        for leg_id in list(self._legs):
            self._end_leg(leg_id)
        self._picture.stop()
        self.say(sentence)
        if self._options.once:
            self._code = OK if self._reached else NOT_REACHED
            self._stop.set()

    async def _ring_entry(self, entry: Entry) -> None:
        if self._call is not None:
            self.say("A call is going on. h hangs up.")
            return
        try:
            await self._link.request("ring", {"entry": entry.id})
        except (Refused, Offline) as why:
            self.say(str(why))
            if self._options.once:
                self._code = NOT_REACHED
                self._stop.set()

    def _ring_named(self, wanted: str) -> None:
        entry = keys.find(wanted, self._entries)
        if entry is not None:
            # Not awaited: the call's messages must be read while the house still answers.
            self._spawn(self._ring_entry(entry))
            return
        self.say(f"Nobody here is called {wanted}.")
        if self._options.once:
            self._code = NOT_REACHED
            self._stop.set()

    async def _hang_up(self) -> None:
        call = self._call
        if call is None or self._hanging_up:
            return
        self._hanging_up = True
        # Silent at once, whatever the house says.
        for leg_id in list(self._legs):
            self._end_leg(leg_id)
        if await self._tell_hang_up(call.call):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), HANG_UP_SECONDS)
        if self._is_current(call.call):
            self._end_call("Call ended: you hung up.")

    async def _tell_hang_up(self, call: str) -> bool:
        try:
            await self._link.request("hang_up", {"call": call})
        except (Refused, Offline) as why:
            log.info("the hang-up was not taken: %s", why)
            return False
        return True

    def _in_call(self) -> bool:
        return self._call is not None

    def _is_current(self, call: str | None) -> bool:
        return self._call is not None and self._call.call == call

    # -- the connections ---------------------------------------------------------------------------

    def _leg(self, leg_id: str) -> Leg | None:
        """The leg, made on its first message; None for one that the call does not have (any more)."""
        call = self._call
        if call is None or self._hanging_up:
            return None
        if leg_id not in self._legs:
            if call.leg not in {None, leg_id} or (call.legs and leg_id not in {*call.legs, call.leg}):
                log.info("leg %s is not of this call", leg_id)
                return None
            leg = self._legs[leg_id] = Leg(call.call, leg_id, self._gear)
            if call.leg == leg_id:
                leg.accept()
        return self._legs[leg_id]

    def _end_leg(self, leg_id: str) -> None:
        leg = self._legs.pop(leg_id, None)
        self._asked.pop(leg_id, None)
        if leg is not None:
            self._close(leg)

    def _close(self, leg: Leg) -> None:
        leg.end()
        task = asyncio.create_task(leg.closed())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _leg_changed(self, leg: Leg) -> None:
        if leg.connected and leg is not self._looked:
            self._spawn(leg.say_media_up())

    def _ask_for_connection(self, leg_id: str) -> None:
        now = time.monotonic()
        call = self._call
        if call is None or now - self._asked.get(leg_id, -ASK_AGAIN_SECONDS) < ASK_AGAIN_SECONDS:
            return
        self._asked[leg_id] = now
        self._spawn(self._renegotiate(call.call, leg_id))

    async def _renegotiate(self, call: str, leg_id: str) -> None:
        try:
            await self._link.request("renegotiate", {"call": call, "leg": leg_id})
        except (Refused, Offline) as why:
            log.info("leg %s: renegotiate was not taken: %s", leg_id, why)

    async def _watch(self) -> None:
        """Twice a second: what nobody will say, because the one who would say it is gone."""
        printed = time.monotonic()
        while True:
            await asyncio.sleep(0.5)
            now = time.monotonic()
            if self._options.stats and now - printed >= 1:
                printed = now
                self._print_counts()
            call = self._call
            if call is None:
                continue
            self._watch_text(now)
            limit = self._options.hang_up_after
            if limit is not None and self._established_at and now - self._established_at >= limit:
                self._spawn(self._hang_up())
                continue
            lost = [leg for leg in self._legs.values() if leg.lost_at is not None]
            if call.leg in self._legs and call.stage == "established":
                await self._listen_to(call, self._legs[call.leg], now)
            if self._link.up and self._offline_since is None:
                for leg in lost:
                    if leg.lost_at is not None and now - leg.lost_at > MEND_SECONDS:
                        self._ask_for_connection(leg.id)
            elif self._offline_since is not None:
                self._watch_alone(call, lost, now)

    async def _listen_to(self, call: CallNow, leg: Leg, now: float) -> None:
        """Tell the house when nothing comes through, and when it does again; ask for a new connection."""
        silent = await leg.silent()
        if silent and leg.lost_at is None:
            leg.lost_at = now - MEND_SECONDS  # its connection stands, but it carries nothing
        if silent and now - self._silence_said >= SAY_AGAIN_SECONDS:
            self._silence_said = now
            self._spawn(self._say_silent(call.call, leg.id, silent))
        elif not silent and self._silence_said:
            self._silence_said = 0.0
            if leg.connected:
                leg.lost_at = None
            self._spawn(self._say_silent(call.call, leg.id, 0.0))

    async def _say_silent(self, call: str, leg_id: str, seconds: float) -> None:
        try:
            await self._link.request("silence", {"call": call, "leg": leg_id, "seconds": seconds})
        except (Refused, Offline) as why:
            log.info("leg %s: the silence was not taken: %s", leg_id, why)
            if not seconds and not self._silence_said:
                # said again: a silence that the house does not know to be over would end the call
                self._silence_said = time.monotonic() - SAY_AGAIN_SECONDS

    def _watch_alone(self, call: CallNow, lost: list[Leg], now: float) -> None:
        """The house cannot be reached: end what can only have ended."""
        if call.stage in {"calling", "ringing", "connecting"}:
            if time.time() + self._clock_ahead > call.deadline + OVERDUE_SECONDS:
                self._end_call("Call ended: the connection was lost.")
            elif self._offline_since and time.time() - self._offline_since > 5:
                self._speaker.ring(None)
        elif any(leg.lost_at is not None and now - leg.lost_at > ALONE_SECONDS for leg in lost):
            self._end_call("Call ended: the connection was lost.")

    async def _ring_back(self, call: str) -> None:
        """Let the visitor hear that it rings, from the first device that does."""
        if self._tone is None and self._tone_path and self._options.speaker != "none":
            try:
                content = await download(self._session, self._server, self._tone_path)
                self._tone = await asyncio.to_thread(decode_tone, content)
            except (Offline, ValueError) as why:
                log.info("the outdoor tone is not there: %s", why)
        if self._is_current(call) and self._call is not None and self._call.stage == "ringing":
            self._speaker.ring(self._tone)

    # -- the terminal ------------------------------------------------------------------------------

    async def _read_keys(self) -> None:
        async for line in keys.lines():
            match keys.command(line, self._entries):
                case keys.RingEntry(entry):
                    await self._ring_entry(entry)
                case keys.HangUp():
                    await self._hang_up()
                case keys.ShowNames():
                    self._show_names()
                case keys.Quit():
                    self._stop.set()
                case keys.ShowPhrases():
                    self.say(keys.phrases())
                case keys.SayPhrase(name):
                    self._write(lambda text, name=name: text.say(name))
                case keys.Write(line):
                    self._write(lambda text, line=line: text.write(line))
                case keys.NotUnderstood(why):
                    self.say(why)

    def _show_names(self) -> None:
        self.say(keys.listing(self._entries))
        self.say(words.KEYS)
        self.say(words.TEXT)

    def _print_counts(self) -> None:
        counts = self._gear.counts
        picture = self._picture.counts
        self.say(
            json.dumps(
                {
                    **asdict(counts),
                    "audio_energy": round(counts.audio_energy, 6),
                    "frames_encoded": picture.encoded,
                    "keyframes": picture.keyframes,
                    "frames_sent": picture.sent,
                    "calls": self._calls,
                    "stage": self._call.stage if self._call else "idle",
                }
            )
        )

    # -- beginning and end -------------------------------------------------------------------------

    async def _finish(self) -> None:
        """Hang up if there is a call, then go."""
        if self._in_call():
            with suppress(TimeoutError):
                async with asyncio.timeout(HANG_UP_SECONDS):
                    await self._hang_up()
            if self._in_call():
                self._end_call("Call ended: you hung up.")
        await self._speaker.finish()

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("a task of the doorstation failed", exc_info=fault)

    def _video_source(self) -> VideoSource:
        match self._options.camera:
            case "test":
                return TestPicture()
            case "none":
                return NoPicture()
            case address:
                return Camera(address, self.say)

    def _audio_source(self) -> AudioSource | None:
        match self._options.microphone:
            case "test":
                return TestTone()
            case "none":
                return None
            case address:
                return Ear(address, self.say)
