"""The namespace `/resident`: a resident's phones and browsers, each tab a device of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intercom.domain.door import Factor
from intercom.domain.errors import BadMessage, NotAllowed
from intercom.domain.geofence import Position
from intercom.domain.ids import CallId, DeviceId, EntranceId, LegId, LockId, RequestId, Secret, SessionId
from intercom.domain.language import N_
from intercom.domain.people import KnownDevice, Power, Session, is_handheld
from intercom.services.blocks import VisitorBlocks
from intercom.services.doors import Doors
from intercom.services.looking import Looking
from intercom.services.negotiation import Negotiation
from intercom.services.permits import Press
from intercom.services.presence import Attendance
from intercom.services.signin import SignIn
from intercom.services.switchboard import Switchboard
from intercom.signaling import wire
from intercom.signaling.outbox import RESIDENT, Outbox, ice_out, lock_out, site_out
from intercom.signaling.panel import description, dumped
from intercom.signaling.server import Handler, cookie, text_of
from intercom.signaling.sockets import Sockets


@dataclass(frozen=True, slots=True)
class Connected:
    """Whose socket it is."""

    session: Session
    device: KnownDevice
    kind: Factor
    """What it is asked for where a door asks for more than a press."""


class ResidentEdge:
    """`Edge` of `/resident`. `cookie_name`: where a browser keeps its session."""

    namespace = RESIDENT
    schemas = wire.RESIDENT_MESSAGES

    def __init__(
        self,
        sio: Sockets,
        outbox: Outbox,
        signin: SignIn,
        attendance: Attendance,
        switchboard: Switchboard,
        negotiation: Negotiation,
        doors: Doors,
        looking: Looking,
        blocks: VisitorBlocks,
        *,
        cookie_name: str,
    ) -> None:
        self._sio = sio
        self._outbox = outbox
        self._signin = signin
        self._attendance = attendance
        self._switchboard = switchboard
        self._negotiation = negotiation
        self._doors = doors
        self._looking = looking
        self._blocks = blocks
        self._cookie_name = cookie_name
        self._of_session: dict[SessionId, set[DeviceId]] = {}
        self.handlers: Mapping[str, Handler] = {
            "ringing": self.ringing,
            "accept": self.accept,
            "decline": self.decline,
            "hang_up": self.hang_up,
            "sdp": self.sdp,
            "candidates": self.candidates,
            "media_up": self.media_up,
            "media_failed": self.media_failed,
            "silence": self.silence,
            "camera": self.camera,
            "extend": self.extend,
            "open_door": self.open_door,
            "status": self.status,
            "block": self.block,
            "look": self.look,
            "stop_looking": self.stop_looking,
        }

    async def enter(self, sid: str, environ: Mapping[str, Any], auth: Any) -> Connected:
        """Let a device in by its session's cookie; `auth.device` is the id that it had before."""
        session = await self._signin.session(cookie(environ, self._cookie_name))
        if not any(session.may(Power.ANSWER, site) for site in session.sites):
            raise NotAllowed(N_("You are resident of no unit here."))
        claimed = text_of(auth, "device", 64)
        agent = str(environ.get("HTTP_USER_AGENT", ""))
        device = await self._attendance.known_device(session, DeviceId(claimed) if claimed else None, agent)
        return Connected(session, device, Factor.PIN if is_handheld(agent) else Factor.CODE)

    async def welcome(self, sid: str, owner: Connected) -> None:
        """The home first, then what rings or goes on. The newest socket of a device wins."""
        before = self._outbox.attach(RESIDENT, owner.device.id, sid)
        if before is not None:
            await self._outbox.replace(RESIDENT, before, N_("This page was opened elsewhere."))
        home = await self._attendance.resident_home(owner.session, owner.device)
        if home is None:
            raise NotAllowed(N_("You are resident of no unit here."))
        self._of_session.setdefault(owner.session.id, set()).add(owner.device.id)
        ready = wire.ReadyResident(
            device=owner.device.id,
            device_name=owner.device.name,
            person=owner.session.account.name,
            unit=home.unit,
            site=site_out(home.site),
            doors=[
                wire.DoorOut(
                    entrance=wire.EntranceOut(id=door.entrance.id, name=door.entrance.name),
                    locks=[lock_out(lock, status) for lock, status in door.locks],
                    look=door.entrance.id in home.look,
                    asks=list(door.asks),
                    position=door.position,
                )
                for door in home.doors
            ],
            factor=owner.kind.value,
            dnd=home.dnd,
            now=home.now,
        )
        await self._sio.emit("ready", wire.dump(ready), to=sid, namespace=RESIDENT)
        await self._attendance.device_arrived(owner.session, owner.device)

    async def leave(self, sid: str, owner: Connected) -> None:
        """Gone, unless a newer socket has taken its place."""
        if not self._outbox.detach(RESIDENT, owner.device.id, sid):
            return
        devices = self._of_session.get(owner.session.id, set())
        devices.discard(owner.device.id)
        if not devices:
            self._of_session.pop(owner.session.id, None)
        await self._attendance.device_left(owner.device.id)

    def language_of(self, owner: Connected) -> str:
        """The page's."""
        return self._outbox.language_of(RESIDENT, owner.device.id)

    async def session_ended(self, session: SessionId) -> None:
        """Signed out: its devices leave their calls, and their sockets end."""
        for device in tuple(self._of_session.get(session, ())):
            await self._switchboard.device_removed(device)
            await self._outbox.cut_device(device)

    # -- messages ---------------------------------------------------------------------------------

    async def ringing(self, owner: Connected, message: wire.LegMessage) -> None:
        """The device alerts its owner."""
        await self._switchboard.rings(owner.device.id, CallId(message.call), LegId(message.leg))

    async def accept(self, owner: Connected, message: wire.LegMessage) -> None:
        """The owner picked up."""
        await self._switchboard.accept(owner.device.id, CallId(message.call), LegId(message.leg))

    async def decline(self, owner: Connected, message: wire.LegMessage) -> None:
        """The owner said no."""
        await self._switchboard.decline(owner.device.id, CallId(message.call), LegId(message.leg))

    async def hang_up(self, owner: Connected, message: wire.CallOnly) -> None:
        """The owner hangs up."""
        await self._switchboard.resident_hangs_up(owner.device.id, CallId(message.call))

    async def sdp(self, owner: Connected, message: wire.SessionDescription) -> None:
        """An offer for the device's leg."""
        await self._negotiation.from_device(owner.device.id, description(message))

    async def candidates(self, owner: Connected, message: wire.Candidates) -> None:
        """Candidates for the device's leg."""
        await self._negotiation.candidates_from_device(
            owner.device.id, CallId(message.call), LegId(message.leg), message.attempt, dumped(message)
        )

    async def media_up(self, owner: Connected, message: wire.LegMessage) -> None:
        """The device's end of the path is up."""
        await self._switchboard.media_up(owner.device.id, CallId(message.call), LegId(message.leg))

    async def media_failed(self, owner: Connected, message: wire.LegMessage) -> None:
        """The device has given up connecting."""
        await self._switchboard.media_failed(owner.device.id, CallId(message.call), LegId(message.leg))

    async def silence(self, owner: Connected, message: wire.Silence) -> None:
        """Nothing comes through to the device, or it does again."""
        await self._switchboard.device_hears_nothing(
            owner.device.id, CallId(message.call), LegId(message.leg), message.seconds
        )

    async def camera(self, owner: Connected, message: wire.Camera) -> None:
        """The owner turned their camera on or off."""
        await self._switchboard.camera(owner.device.id, CallId(message.call), LegId(message.leg), message.on)

    async def extend(self, owner: Connected, message: wire.LegMessage) -> None:
        """The owner wants to talk on, past the time limit."""
        await self._switchboard.extend(owner.device.id, CallId(message.call), LegId(message.leg))

    async def open_door(self, owner: Connected, message: wire.OpenDoor) -> dict[str, Any]:
        """The owner pressed "Open"."""
        press = Press(
            LockId(message.lock),
            RequestId(message.request),
            CallId(message.call) if message.call else None,
            owner.kind,
            Secret(message.pin.get_secret_value()) if message.pin else None,
            Secret(message.code.get_secret_value()) if message.code else None,
            _position(message.position),
        )
        opening = await self._doors.open_door(owner.session, owner.device, press)
        return {"opening": opening.id, "state": opening.truth.value}

    async def look(self, owner: Connected, message: wire.LookAt) -> dict[str, Any]:
        """The owner looks at a door without a ring."""
        look, ice, relay = await self._looking.look(owner.session, owner.device, EntranceId(message.entrance))
        servers = [wire.dump(server) for server in ice_out(ice)]
        return {"look": look.id, "ice_servers": servers, "relay": relay, "until": look.until}

    async def stop_looking(self, owner: Connected, message: wire.LookOnly) -> None:
        """The owner looks no longer."""
        await self._looking.stop(owner.device.id, CallId(message.look))

    async def block(self, owner: Connected, message: wire.Block) -> dict[str, Any]:
        """The owner does not want to be rung by this visitor for a while."""
        until = await self._blocks.block(owner.session, owner.device.id, CallId(message.call), message.hours)
        return {"until": until}

    async def status(self, owner: Connected, message: wire.Status) -> None:
        """Do not disturb; on the telephone."""
        if message.dnd is None and message.on_the_phone is None:
            raise BadMessage(N_("Say dnd, on_the_phone, or both."))
        await self._switchboard.device_says(
            owner.device.id, dnd=message.dnd, on_the_phone=message.on_the_phone
        )


def _position(given: wire.Position | None) -> Position | None:
    return given and Position(given.latitude, given.longitude, given.accuracy, given.at)
