"""The namespace `/panel`: the caller's side. A caller, fixed panel or visitor's own browser, may only call
the entries of its entrance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intercom import language
from intercom.domain.errors import NotAllowed, NotEnrolled
from intercom.domain.geofence import Position
from intercom.domain.ids import CallId, EntranceId, EntryId, LegId, PanelId, Secret
from intercom.domain.language import N_
from intercom.domain.people import Panel
from intercom.domain.phonebook import Line
from intercom.domain.visitor import Caller, Proof, Visitor
from intercom.ports import Description
from intercom.services.bell import PublicBell
from intercom.services.doubles import Doubles
from intercom.services.enrollment import Enrollment
from intercom.services.negotiation import Negotiation
from intercom.services.notes import NoteDesk
from intercom.services.presence import Attendance, PanelHome
from intercom.services.switchboard import Switchboard
from intercom.services.visitors import Visitors
from intercom.services.waiting import Waiting
from intercom.services.whereabouts import Whereabouts
from intercom.signaling import wire
from intercom.signaling.outbox import PANEL, Outbox, entries_out, panel_call_out, site_out
from intercom.signaling.server import Handler, cookie, text_of
from intercom.signaling.sockets import Sockets


@dataclass(frozen=True, slots=True)
class Guests:
    """What this edge asks for visitors. `cookie_name`: where their browser keeps its session."""

    visitors: Visitors
    bell: PublicBell
    whereabouts: Whereabouts
    cookie_name: str


class PanelEdge:
    """`Edge` of `/panel`. `cookie_name`: where a browser panel keeps its key. `version`: of the pages."""

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
        guests: Guests,
        notes: NoteDesk,
        doubles: Doubles,
        *,
        cookie_name: str,
        version: str = "",
    ) -> None:
        self._sio = sio
        self._outbox = outbox
        self._enrollment = enrollment
        self._attendance = attendance
        self._switchboard = switchboard
        self._negotiation = negotiation
        self._waiting = waiting
        self._guests = guests
        self._notes = notes
        self._doubles = doubles
        self._instances: dict[str, str] = {}
        self._cookie_name = cookie_name
        self._version = version
        self._visiting: dict[EntranceId, set[PanelId]] = {}
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
            "position": self.stand,
            "search": self.search,
            "choices": self.choices,
            "note": self.note,
            "language": self.speak,
        }

    async def enter(self, sid: str, environ: Mapping[str, Any], auth: Any) -> Caller:
        """Let a panel in by its key, from `auth.key` or from its cookie; with `auth.visitor`, a visitor by
        the cookie of their session. `auth.instance` is what the device goes by while it runs."""
        if text_of(auth, "visitor"):
            return await self._guests.visitors.enter(cookie(environ, self._guests.cookie_name))
        given = text_of(auth, "key")
        panel = await self._enrollment.panel(Secret(given) if given else cookie(environ, self._cookie_name))
        self._instances[sid] = text_of(auth, "instance", 64) or sid
        return panel

    async def welcome(self, sid: str, owner: Caller) -> None:
        """The whole page first, then what became of its call. The newest socket of a caller wins."""
        visitor = isinstance(owner, Visitor)
        before = self._outbox.attach(PANEL, owner.id, sid, visitor=visitor)
        if before is not None and before != sid:
            said = (
                N_("This page was opened elsewhere.") if visitor else N_("This panel was opened elsewhere.")
            )
            # who connects again, before the old connection was missed, is no other device
            same = self._instances.get(before) == self._instances.get(sid)
            await self._outbox.replace(PANEL, before, said)
            if not visitor and not same:
                await self._doubles.replaced(owner)
        going_on = await self._attendance.call_of(owner)
        home = await self._attendance.panel_home(owner)
        if home is None:
            raise NotEnrolled
        ready, lines = await self._ready(owner, home)
        if going_on is not None:
            ready.call = panel_call_out(*going_on, home.now)
            ready.call.entry.id = self._outbox.shown(owner.id, ready.call.entry.id)
        # nothing is awaited between reading the names and sending them, so no news of them overtakes this
        body = {**wire.dump(ready), "entries": entries_out(lines)}
        await self._sio.emit("ready", body, to=sid, namespace=PANEL)
        for note in await self._notes.replies(owner):
            await self._outbox.reply(owner.id, note)
        await self._attendance.panel_arrived(owner)

    async def _ready(self, owner: Caller, home: PanelHome) -> tuple[wire.ReadyPanel, Sequence[Line]]:
        """All but the call, and the names."""
        ready = wire.ReadyPanel(
            panel=owner.id,
            name="" if isinstance(owner, Visitor) else owner.name,
            site=site_out(home.site),
            entrance=wire.EntranceOut(id=home.entrance.id, name=home.entrance.name),
            entries=[],
            tone=self._outbox.tone(home.site, home.entrance),
            now=home.now,
            version=self._version,
        )
        if not isinstance(owner, Visitor):
            return ready, home.lines
        self._visiting.setdefault(owner.entrance, set()).add(owner.id)
        ready.site.id = self._outbox.shown(owner.id, home.site.id)
        ready.entrance.id = self._outbox.shown(owner.id, home.entrance.id)
        ready.visitor = wire.VisitorHere(
            fence=home.entrance.fence_mode.value, letters=home.site.rules.visitor_letters
        )
        return ready, await self._guests.visitors.shown(owner)

    async def leave(self, sid: str, owner: Caller) -> None:
        """Gone, unless a newer socket has taken its place."""
        self._instances.pop(sid, None)
        if not self._outbox.detach(PANEL, owner.id, sid):
            return
        if isinstance(owner, Visitor):
            visiting = self._visiting.get(owner.entrance, set())
            visiting.discard(owner.id)
            if not visiting:
                self._visiting.pop(owner.entrance, None)
        self._waiting.leave(owner.id)
        await self._attendance.panel_left(owner)

    async def moved(self, panel: Panel, renew: Callable[[str, Caller], Awaitable[None]]) -> None:
        """The panel hangs at another entrance: it is shown its new home at once, by `Namespace.renew`."""
        sid = self._outbox.socket_of(PANEL, panel.id)
        if sid is None:
            return
        self._waiting.leave(panel.id)
        with language.speaking(self._outbox.language_of(PANEL, panel.id)):
            await renew(sid, panel)

    async def sign_replaced(self, entrance: EntranceId) -> None:
        """The pages that the old code opened end; they are told why when they come again."""
        for visitor in tuple(self._visiting.get(entrance, ())):
            await self._outbox.cut_panel(visitor)

    def language_of(self, owner: Caller) -> str:
        """What the page shows at the moment, or the site's before it said anything."""
        return self._outbox.language_of(PANEL, owner.id)

    # -- messages ---------------------------------------------------------------------------------

    async def ring(self, caller: Caller, message: wire.Ring) -> dict[str, Any]:
        """Somebody pressed a name."""
        if isinstance(caller, Visitor):
            call = await self._guests.bell.ring(caller, message.entry, proof(message))
        else:
            call = await self._switchboard.ring(caller, EntryId(message.entry))
        return {"call": call.id}

    async def stand(self, caller: Caller, message: wire.Stand) -> dict[str, Any]:
        """Where a visitor is now."""
        evidence = await self._guests.whereabouts.said(_visitor(caller), CallId(message.call), proof(message))
        return {"place": evidence.place.value, "source": evidence.source.value}

    async def search(self, caller: Caller, message: wire.Search) -> dict[str, Any]:
        """A visitor looks for a name."""
        return {"entries": entries_out(await self._guests.visitors.search(_visitor(caller), message.text))}

    async def hang_up(self, panel: Caller, message: wire.CallOnly) -> None:
        """The caller hangs up."""
        await self._switchboard.caller_hangs_up(panel.id, CallId(message.call))

    async def sdp(self, panel: Caller, message: wire.SessionDescription) -> None:
        """An answer for one leg."""
        await self._negotiation.from_panel(panel.id, description(message))

    async def candidates(self, panel: Caller, message: wire.Candidates) -> None:
        """Candidates for one leg."""
        await self._negotiation.candidates_from_panel(
            panel.id, CallId(message.call), LegId(message.leg), message.attempt, dumped(message)
        )

    async def media_up(self, panel: Caller, message: wire.LegMessage) -> None:
        """The caller's end of a leg's path is up."""
        await self._switchboard.caller_media_up(panel.id, CallId(message.call), LegId(message.leg))

    async def wait(self, panel: Caller, message: wire.CallOnly) -> dict[str, Any]:
        """The line was busy: ring by itself as soon as it is free."""
        return {"until": await self._waiting.wait(panel, CallId(message.call))}

    async def stop_waiting(self, panel: Caller, message: wire.CallOnly) -> None:
        """The caller waits no longer."""
        self._waiting.leave(panel.id)

    async def choices(self, caller: Caller, message: wire.CallOnly) -> dict[str, Any]:
        """Nobody answered: whom else the caller may ring there, and whether they may leave a note."""
        found = await self._notes.choices(caller, CallId(message.call))
        entries = entries_out(found.entries)
        for entry in entries:
            entry["id"] = self._outbox.shown(caller.id, entry["id"])
        return {"entries": entries, "note": found.note}

    async def note(self, caller: Caller, message: wire.LeaveNote) -> dict[str, Any]:
        """Nobody answered: the caller leaves a note."""
        return {"note": await self._notes.leave(caller, CallId(message.call), message.text)}

    async def renegotiate(self, panel: Caller, message: wire.LegMessage) -> None:
        """The caller wants a new offer."""
        await self._negotiation.renegotiate(panel.id, CallId(message.call), LegId(message.leg))

    async def silence(self, panel: Caller, message: wire.Silence) -> None:
        """Nothing comes through to the caller, or it does again."""
        await self._switchboard.caller_hears_nothing(
            panel.id, CallId(message.call), LegId(message.leg), message.seconds
        )

    async def speak(self, panel: Caller, message: wire.Language) -> None:
        """A visitor chose a language at the panel, or it went back to the site's."""
        self._outbox.speaks(PANEL, panel.id, message.language)


def _visitor(caller: Caller) -> Visitor:
    if not isinstance(caller, Visitor):
        raise NotAllowed(N_("Only a visitor's own page says this."))
    return caller


def proof(message: wire.Proof) -> Proof:
    """What a visitor's page says of where it is, as the services take it. It is not passed on."""
    at = message.position
    return Proof(
        Position(at.latitude, at.longitude, at.accuracy, at.at) if at else None,
        Secret(message.scan) if message.scan else None,
        Secret(message.word) if message.word else None,
    )


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
