"""The namespace `/panel`: the caller's side. A panel may only call the entries of its entrance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from intercom.domain.errors import NotEnrolled
from intercom.domain.ids import CallId, EntryId, LegId, Secret
from intercom.domain.language import N_
from intercom.domain.people import Panel
from intercom.ports import Description
from intercom.services.enrollment import Enrollment
from intercom.services.negotiation import Negotiation
from intercom.services.presence import Attendance
from intercom.services.switchboard import Switchboard
from intercom.services.waiting import Waiting
from intercom.signaling import wire
from intercom.signaling.outbox import PANEL, Outbox, entries_out, panel_call_out, site_out
from intercom.signaling.server import Handler, cookie, text_of
from intercom.signaling.sockets import Sockets


class PanelEdge:
    """`Edge` of `/panel`. `cookie_name`: where a browser panel keeps its key."""

    namespace = PANEL
    schemas = wire.PANEL_MESSAGES

    def __init__(
        self,
        sio: Sockets,
        outbox: Outbox,
        enrollment: Enrollment,
        attendance: Attendance,
        switchboard: Switchboard,
        negotiation: Negotiation,
        waiting: Waiting,
        *,
        cookie_name: str,
    ) -> None:
        self._sio = sio
        self._outbox = outbox
        self._enrollment = enrollment
        self._attendance = attendance
        self._switchboard = switchboard
        self._negotiation = negotiation
        self._waiting = waiting
        self._cookie_name = cookie_name
        self.handlers: Mapping[str, Handler] = {
            "ring": self.ring,
            "hang_up": self.hang_up,
            "sdp": self.sdp,
            "candidates": self.candidates,
            "media_up": self.media_up,
            "renegotiate": self.renegotiate,
            "silence": self.silence,
            "wait": self.wait,
            "stop_waiting": self.stop_waiting,
            "language": self.speak,
        }

    async def enter(self, sid: str, environ: Mapping[str, Any], auth: Any) -> Panel:
        """Let a panel in by its key, from `auth.key` or from its cookie."""
        given = text_of(auth, "key")
        return await self._enrollment.panel(Secret(given) if given else cookie(environ, self._cookie_name))

    async def welcome(self, sid: str, owner: Panel) -> None:
        """The whole page first, then what became of its call. The newest socket of a panel wins."""
        before = self._outbox.attach(PANEL, owner.id, sid)
        if before is not None:
            await self._outbox.replace(PANEL, before, N_("This panel was opened elsewhere."))
        going_on = await self._attendance.call_of(owner)
        home = await self._attendance.panel_home(owner)
        if home is None:
            raise NotEnrolled
        ready = wire.ReadyPanel(
            panel=owner.id,
            name=owner.name,
            site=site_out(home.site),
            entrance=wire.EntranceOut(id=home.entrance.id, name=home.entrance.name),
            entries=[],
            tone=self._outbox.tone(home.site, home.entrance),
            call=panel_call_out(*going_on, home.now) if going_on else None,
            now=home.now,
        )
        # nothing is awaited between reading the names and sending them, so no news of them overtakes this
        body = {**wire.dump(ready), "entries": entries_out(home.lines)}
        await self._sio.emit("ready", body, to=sid, namespace=PANEL)
        await self._attendance.panel_arrived(owner)

    async def leave(self, sid: str, owner: Panel) -> None:
        """Gone, unless a newer socket has taken its place."""
        if self._outbox.detach(PANEL, owner.id, sid):
            self._waiting.leave(owner.id)
            await self._attendance.panel_left(owner)

    def language_of(self, owner: Panel) -> str:
        """What the panel shows at the moment, or the site's before it said anything."""
        return self._outbox.language_of(PANEL, owner.id)

    # -- messages ---------------------------------------------------------------------------------

    async def ring(self, panel: Panel, message: wire.Ring) -> dict[str, Any]:
        """A visitor pressed a name."""
        call = await self._switchboard.ring(panel, EntryId(message.entry))
        return {"call": call.id}

    async def hang_up(self, panel: Panel, message: wire.CallOnly) -> None:
        """The caller hangs up."""
        await self._switchboard.caller_hangs_up(panel.id, CallId(message.call))

    async def sdp(self, panel: Panel, message: wire.SessionDescription) -> None:
        """An answer for one leg."""
        await self._negotiation.from_panel(panel.id, description(message))

    async def candidates(self, panel: Panel, message: wire.Candidates) -> None:
        """Candidates for one leg."""
        await self._negotiation.candidates_from_panel(
            panel.id, CallId(message.call), LegId(message.leg), message.attempt, dumped(message)
        )

    async def media_up(self, panel: Panel, message: wire.LegMessage) -> None:
        """The caller's end of a leg's path is up."""
        await self._switchboard.caller_media_up(panel.id, CallId(message.call), LegId(message.leg))

    async def wait(self, panel: Panel, message: wire.CallOnly) -> dict[str, Any]:
        """The line was busy: ring by itself as soon as it is free."""
        return {"until": await self._waiting.wait(panel, CallId(message.call))}

    async def stop_waiting(self, panel: Panel, message: wire.CallOnly) -> None:
        """The caller waits no longer."""
        self._waiting.leave(panel.id)

    async def renegotiate(self, panel: Panel, message: wire.LegMessage) -> None:
        """The caller wants a new offer."""
        await self._negotiation.renegotiate(panel.id, CallId(message.call), LegId(message.leg))

    async def silence(self, panel: Panel, message: wire.Silence) -> None:
        """Nothing comes through to the caller, or it does again."""
        await self._switchboard.caller_hears_nothing(
            panel.id, CallId(message.call), LegId(message.leg), message.seconds
        )

    async def speak(self, panel: Panel, message: wire.Language) -> None:
        """A visitor chose a language at the panel, or it went back to the site's."""
        self._outbox.speaks(PANEL, panel.id, message.language)


def description(message: wire.SessionDescription) -> Description:
    """The message as the services pass it on."""
    return Description(
        CallId(message.call),
        LegId(message.leg),
        message.attempt,
        message.type,
        message.sdp,
        message.signature,
        message.restarts,
    )


def dumped(message: wire.Candidates) -> list[dict[str, Any]]:
    """The candidates as they go out."""
    return [candidate.model_dump() for candidate in message.candidates]
