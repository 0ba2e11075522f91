"""`ports.Signaler`: tells panels and devices over their sockets.

Which socket is whose is known here alone. A device or panel has one socket at a time; the newest wins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from intercom import language
from intercom.domain.call import Call, Leg, LegStage, Reason, Side, Stage
from intercom.domain.door import SENTENCES, Battery, Lock, LockStatus, Opening
from intercom.domain.evidence import Evidence
from intercom.domain.ids import AccountId, CallId, DeviceId, LegId, PanelId
from intercom.domain.look import Look, LookEnd
from intercom.domain.notes import Note
from intercom.domain.phonebook import Entrance, Line, Site
from intercom.ports import Description, IceServer, Invitation, OpeningNews, Who
from intercom.signaling import wire
from intercom.signaling.sockets import Sockets

PANEL = "/panel"
RESIDENT = "/resident"


class Outbox:
    """`ports.Signaler` on one server's sockets."""

    def __init__(
        self,
        sio: Sockets,
        tones: Mapping[str, str] | None = None,
        tone: str = "",
        disguised: Callable[[PanelId, str], str] = lambda _, id_: id_,
    ) -> None:
        """`tones`: addresses of the ringtones by their ids; `tone`: of the one where none was chosen.
        `disguised`: what a visitor's page knows something by."""
        self._disguised = disguised
        self._visitors: set[str] = set()
        self._sio = sio
        self._tones = tones or {}
        self._tone = tone
        self._sockets: dict[str, dict[str, str]] = {PANEL: {}, RESIDENT: {}}
        self._languages: dict[str, str] = {}

    # -- whose socket -----------------------------------------------------------------------------

    def attach(self, namespace: str, owner: str, sid: str, *, visitor: bool = False) -> str | None:
        """`owner` is on socket `sid` now, in the language that is spoken; gives the socket that it was on
        before."""
        before = self._sockets[namespace].get(owner)
        if visitor:
            self._visitors.add(owner)
        self._languages[sid] = language.now_speaking()
        self._sockets[namespace][owner] = sid
        return before

    def detach(self, namespace: str, owner: str, sid: str) -> bool:
        """The socket is gone; whether it was the owner's newest."""
        self._languages.pop(sid, None)
        if self._sockets[namespace].get(owner) != sid:
            return False
        del self._sockets[namespace][owner]
        self._visitors.discard(owner)
        return True

    def shown(self, panel: PanelId, id_: str) -> str:
        """The id as the caller may see it: a visitor's page gets one that is made for its session."""
        return self._disguised(panel, id_) if panel in self._visitors else id_

    def language_of(self, namespace: str, owner: str) -> str:
        """What the owner's socket is told in."""
        return self._languages.get(self._sockets[namespace].get(owner, ""), "en")

    def speaks(self, namespace: str, owner: str, wanted: str) -> None:
        """From now on the owner's socket is told everything in `wanted`, if that is spoken here."""
        sid = self._sockets[namespace].get(owner)
        if sid is not None:
            self._languages[sid] = language.negotiate(chosen=wanted, site=self._languages.get(sid))

    def socket_of(self, namespace: str, owner: str) -> str | None:
        """The owner's socket, if there is one."""
        return self._sockets[namespace].get(owner)

    def attached(self, namespace: str, owner: str) -> bool:
        """Whether `owner` has a socket."""
        return owner in self._sockets[namespace]

    async def replace(self, namespace: str, sid: str, message: str) -> None:
        """Tell a socket that it was replaced, and end it."""
        await self._sio.emit(
            "replaced",
            wire.dump(wire.Replaced(message=language.translate(message))),
            to=sid,
            namespace=namespace,
        )
        await self._sio.disconnect(sid, namespace=namespace)

    async def _tell(
        self, namespace: str, owner: str, event: str, message: BaseModel | dict[str, Any]
    ) -> None:
        sid = self._sockets[namespace].get(owner)
        if sid is not None:
            body = message if isinstance(message, dict) else wire.dump(message)
            await self._sio.emit(event, body, to=sid, namespace=namespace)

    def tone(self, site: Site, entrance: Entrance) -> str:
        """The address of what callers at the entrance hear."""
        return self._tones.get(entrance.outdoor_tone or site.rules.outdoor_tone or "", self._tone)

    # -- ports.Signaler ---------------------------------------------------------------------------

    async def phonebook_to_panels(
        self, panels: Collection[PanelId], site: Site, entrance: Entrance, lines: Sequence[Line]
    ) -> None:
        """See `ports.Signaler.phonebook_to_panels`."""
        there = [panel for panel in panels if self.attached(PANEL, panel)]
        if not there:
            return
        body = {
            "site": wire.dump(site_out(site)),
            "entrance": {"id": entrance.id, "name": entrance.name},
            "entries": entries_out(lines),
            "tone": self.tone(site, entrance),
        }
        for panel in there:
            await self._tell(PANEL, panel, "phonebook", body)

    async def invite(self, device: DeviceId, invitation: Invitation) -> None:
        """See `ports.Signaler.invite`."""
        call, leg = invitation.call, invitation.leg
        if call.stage is Stage.ENDED:
            return
        with language.speaking(self.language_of(RESIDENT, device)):
            message = wire.Invite(
                call=call.id,
                leg=leg.id,
                stage=call.stage.value,
                accepted=call.accepted == leg.id,
                early=invitation.early,
                relay=invitation.relay,
                site=site_out(invitation.site),
                entrance=wire.EntranceOut(id=invitation.entrance.id, name=invitation.entrance.name),
                entry=entry_out(invitation.line),
                also=list(invitation.also),
                locks=[lock_out(lock, status) for lock, status in invitation.locks],
                asks=list(invitation.asks),
                ice_servers=ice_out(invitation.ice),
                expires_at=call.stage_deadline,
                now=invitation.now,
                ring_seconds=call.rules.ring,
                visitor=call.visitor,
                evidence=evidence_out(call.evidence),
            )
        await self._tell(RESIDENT, device, "invite", message)

    async def stop(
        self,
        device: DeviceId,
        person: AccountId,
        call: CallId,
        leg: LegId,
        reason: Reason,
        by: Who | None,
        missed: bool,
        now: float,
    ) -> None:
        """See `ports.Signaler.stop`."""
        message = wire.Stop(
            call=call, leg=leg, reason=reason.value, by=by_out(by, person), missed=missed, now=now
        )
        await self._tell(RESIDENT, device, "stop", message)

    async def call_to_panel(
        self, call: Call, line: Line, ice: Sequence[IceServer], now: float, relay: bool = False
    ) -> None:
        """See `ports.Signaler.call_to_panel`."""
        said = panel_call_out(call, line, ice, now, relay)
        said.entry.id = self.shown(call.panel, said.entry.id)
        await self._tell(PANEL, call.panel, "call", said)

    async def leg_to_panel(self, panel: PanelId, call: CallId, leg: LegId, stage: LegStage) -> None:
        """See `ports.Signaler.leg_to_panel`."""
        await self._tell(PANEL, panel, "leg", wire.LegToPanel(call=call, leg=leg, stage=stage.value))

    async def call_to_device(self, device: DeviceId, call: Call, leg: Leg, now: float) -> None:
        """See `ports.Signaler.call_to_device`."""
        if call.stage in (Stage.CALLING, Stage.RINGING):
            return
        ended_by = {Side.RESIDENT: "you", Side.CALLER: "visitor", None: "server"}[call.ended_by]
        message = wire.CallToResident(
            call=call.id,
            leg=leg.id,
            stage=call.stage.value,
            reason=call.reason.value if call.reason else None,
            ended_by=ended_by if call.stage is Stage.ENDED else None,  # pyright: ignore[reportArgumentType]
            lost=call.silence_told or call.caller_lost_until != float("inf"),
            deadline=call.deadline if call.alive else now,
            established_at=call.established_at,
            evidence=evidence_out(call.evidence),
            now=now,
        )
        await self._tell(RESIDENT, device, "call", message)

    async def evidence(self, device: DeviceId, call: Call, leg: LegId) -> None:
        """See `ports.Signaler.evidence`."""
        message = wire.EvidenceToResident(call=call.id, leg=leg, evidence=evidence_out(call.evidence))
        await self._tell(RESIDENT, device, "evidence", message)

    async def sdp(self, to: DeviceId | PanelId, to_panel: bool, description: Description) -> None:
        """See `ports.Signaler.sdp`."""
        body = {
            "call": description.call,
            "leg": description.leg,
            "attempt": description.attempt,
            "type": description.type,
            "sdp": description.sdp,
            "signature": description.signature,
            "restarts": description.restarts,
        }
        await self._tell(PANEL if to_panel else RESIDENT, to, "sdp", body)

    async def candidates(
        self,
        to: DeviceId | PanelId,
        to_panel: bool,
        call: CallId,
        leg: LegId,
        attempt: int,
        candidates: Sequence[Mapping[str, object]],
    ) -> None:
        """See `ports.Signaler.candidates`."""
        body = {"call": call, "leg": leg, "attempt": attempt, "candidates": list(candidates)}
        await self._tell(PANEL if to_panel else RESIDENT, to, "candidates", body)

    async def renegotiate(self, device: DeviceId, call: CallId, leg: LegId) -> None:
        """See `ports.Signaler.renegotiate`."""
        await self._tell(RESIDENT, device, "renegotiate", {"call": call, "leg": leg})

    async def camera(self, panel: PanelId, call: CallId, leg: LegId, on: bool) -> None:
        """See `ports.Signaler.camera`."""
        await self._tell(PANEL, panel, "camera", {"call": call, "leg": leg, "on": on})

    async def door_to_device(self, device: DeviceId, news: OpeningNews) -> None:
        """See `ports.Signaler.door_to_device`."""
        by = wire.By(person=news.who.person, device=news.who.device, you=news.opening.device == device)
        with language.speaking(self.language_of(RESIDENT, device)):
            said = _door(news, news.opening, news.opening.request, by)
        await self._tell(RESIDENT, device, "door", said)

    async def door_to_panel(self, panel: PanelId, news: OpeningNews) -> None:
        """See `ports.Signaler.door_to_panel`."""
        with language.speaking(self.language_of(PANEL, panel)):
            said = _door(news, news.opening, None, None)
        said.lock = self.shown(panel, said.lock)
        await self._tell(PANEL, panel, "door", said)

    async def lock_to_devices(self, devices: Collection[DeviceId], lock: Lock, status: LockStatus) -> None:
        """See `ports.Signaler.lock_to_devices`."""
        for device in devices:
            with language.speaking(self.language_of(RESIDENT, device)):
                message = wire.LockState(lock=lock_out(lock, status), entrance=lock.entrance)
            await self._tell(RESIDENT, device, "lock", message)

    async def missed(self, device: DeviceId, call: Call, entrance: Entrance, now: float) -> None:
        """See `ports.Signaler.missed`."""
        message = wire.Missed(
            call=call.id, entrance=wire.EntranceOut(id=entrance.id, name=entrance.name), at=call.placed_at
        )
        await self._tell(RESIDENT, device, "missed", message)

    async def history(self, device: DeviceId, call: CallId | None = None) -> None:
        """See `ports.Signaler.history`."""
        await self._tell(RESIDENT, device, "history", wire.HistoryChanged(call=call))

    async def reply(self, caller: PanelId, note: Note) -> None:
        """See `ports.Signaler.reply`."""
        if note.reply is not None:
            await self._tell(PANEL, caller, "reply", reply_out(note))

    async def test_ring(self, device: DeviceId, test: str, seconds: float) -> None:
        """See `ports.Signaler.test_ring`."""
        await self._tell(RESIDENT, device, "test_ring", wire.TestRing(test=test, seconds=seconds))

    async def look_to_panel(self, look: Look, ice: Sequence[IceServer], now: float, relay: bool) -> None:
        """See `ports.Signaler.look_to_panel`."""
        message = wire.LookToPanel(
            look=look.id, ice_servers=ice_out(ice), relay=relay, until=look.until, now=now
        )
        await self._tell(PANEL, look.panel, "look", message)

    async def look_over(self, look: Look, why: LookEnd) -> None:
        """See `ports.Signaler.look_over`."""
        message = wire.LookOver(look=look.id, reason=why.value)
        await self._tell(PANEL, look.panel, "look_over", message)
        await self._tell(RESIDENT, look.device, "look_over", message)

    async def position_wanted(self, panel: PanelId, call: CallId) -> None:
        """See `ports.Signaler.position_wanted`."""
        await self._tell(PANEL, panel, "position_wanted", wire.PositionWanted(call=call))

    async def cut_device(self, device: DeviceId) -> None:
        """See `ports.Signaler.cut_device`."""
        await self._cut(RESIDENT, device)

    async def cut_panel(self, panel: PanelId) -> None:
        """See `ports.Signaler.cut_panel`."""
        await self._cut(PANEL, panel)

    async def _cut(self, namespace: str, owner: str) -> None:
        sid = self._sockets[namespace].get(owner)
        if sid is not None:
            await self._sio.disconnect(sid, namespace=namespace)


# -- domain values as messages ------------------------------------------------------------------------


def evidence_out(evidence: Evidence) -> wire.EvidenceOut:
    """Where a caller stands."""
    return wire.EvidenceOut(place=evidence.place.value, source=evidence.source.value, at=evidence.at)


def site_out(site: Site) -> wire.SiteOut:
    """A site."""
    return wire.SiteOut(id=site.id, name=site.name, plate=site.plate, time_zone=site.time_zone)


def reply_out(note: Note) -> wire.ReplyToPanel:
    """The reply to a caller's note: never who wrote it."""
    return wire.ReplyToPanel(call=note.call, text=note.reply or "", at=note.replied_at or note.at)


def entry_out(line: Line) -> wire.EntryOut:
    """An entry as displayed."""
    return wire.EntryOut(id=line.id, name=line.name, unit=line.unit, floor=line.floor, contact=line.contact)


def entries_out(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Entries as they go out: plain, because there may be ten thousand."""
    return [
        {"id": one.id, "name": one.name, "unit": one.unit, "floor": one.floor, "contact": one.contact}
        for one in lines
    ]


def lock_out(lock: Lock, status: LockStatus) -> wire.LockOut:
    """A lock and what its core last said of it."""
    return wire.LockOut(
        id=lock.id,
        name=lock.name,
        online=status.online,
        since=status.since,
        held_open=status.held_open,
        until=status.until,
        battery_low=status.battery is Battery.LOW,
        left_open_since=status.left_open_since,
        trouble=status.trouble.value if status.trouble else None,
        message=language.translate(SENTENCES[status.trouble]) if status.trouble else None,
        open_seconds=lock.open_seconds,
    )


def ice_out(servers: Sequence[IceServer]) -> list[wire.IceServerOut]:
    """ICE servers; the credential goes out to the one end that it was made for."""
    return [
        wire.IceServerOut(
            urls=list(server.urls),
            username=server.username,
            credential=server.credential.reveal() if server.credential else None,
        )
        for server in servers
    ]


def by_out(who: Who | None, receiver: AccountId) -> wire.By | None:
    """Who did it, as the receiver may be told."""
    return wire.By(person=who.person, device=who.device, you=who.account == receiver) if who else None


def panel_call_out(
    call: Call, line: Line, ice: Sequence[IceServer], now: float, relay: bool = False
) -> wire.CallToPanel:
    """The present call, for its caller: never who rings, or how many people."""
    answering = call.answering
    return wire.CallToPanel(
        call=call.id,
        entry=entry_out(line),
        stage=call.stage.value,
        leg=call.accepted,
        legs=[leg.id for leg in call.living],
        ice_servers=ice_out(ice),
        relay=relay,
        reason=_reason_for_caller(call.reason),
        ended_by=(call.ended_by.value if call.ended_by else "server") if not call.alive else None,
        camera=call.camera,
        lost=call.silence_told or (answering is not None and answering.lost_until != float("inf")),
        now=now,
        ring_seconds=call.rules.ring,
        deadline=call.deadline if call.alive else now,
        established_at=call.established_at,
        opens_at=call.opens_at,
    )


def _reason_for_caller(reason: Reason | None) -> str | None:
    return None if reason is None else Reason.LOST.value if reason is Reason.REMOVED else reason.value


def _door(news: OpeningNews, opening: Opening, request: str | None, by: wire.By | None) -> wire.Door:
    return wire.Door(
        call=opening.call,
        opening=opening.id,
        request=request,
        lock=opening.lock,
        lock_name=opening.lock_name,
        state=opening.truth.value,
        code=opening.code.value if opening.code else None,
        message=language.translate(news.message) if news.message else None,
        at=opening.told_at,
        now=news.now,
        relocks_at=opening.relocks_at,
        by=by,
    )
