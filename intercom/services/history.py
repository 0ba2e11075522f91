"""What a household sees of its past calls."""

from __future__ import annotations

from dataclasses import dataclass

from intercom.domain.call import Call, Reason, missed_by
from intercom.domain.door import Opening, Truth
from intercom.domain.ids import AccountId, CallId
from intercom.domain.language import N_
from intercom.domain.notes import Note
from intercom.domain.people import Session
from intercom.ports import Calls, Clock, Notes, Openings, People, Phonebooks, Who
from intercom.services.dispatch import Dispatch


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call as one member of the household sees it. `state`: missed, answered, declined."""

    call: CallId
    entrance: str
    at: float
    state: str
    text: str
    missed: bool
    unseen: bool
    opening: Opening | None
    note: Note | None = None
    """What the caller left for those who were rung."""
    replied_by: str = ""
    """Who replied to it."""


@dataclass(frozen=True, slots=True)
class History:
    """Past calls, and the mark up to which they were seen."""

    calls: Calls
    openings: Openings
    phonebooks: Phonebooks
    people: People
    dispatch: Dispatch
    clock: Clock
    notes: Notes

    async def of(self, session: Session, limit: int = 50) -> tuple[PastCall, ...]:
        """The newest calls of this person, newest first."""
        me = session.account.id
        calls = await self.calls.of_person(me, limit)
        seen = await self.calls.seen(me)
        openings: dict[CallId, Opening] = {}
        for opening in await self.openings.of_calls([call.id for call in calls]):
            if opening.call and opening.truth is not Truth.REFUSED:
                openings[opening.call] = opening
        notes = await self.notes.of_calls([call.id for call in calls])
        past: list[PastCall] = []
        for call in calls:
            entrance = await self.phonebooks.entrance(call.entrance)
            state, text = await self._told(call, me)
            missed = missed_by(call, me)
            note = notes.get(call.id)
            past.append(
                PastCall(
                    call.id,
                    entrance.name if entrance else "",
                    call.placed_at,
                    state,
                    text,
                    missed,
                    missed and (call.ended_at or call.placed_at) > seen,  # it may ring while the list is read
                    openings.get(call.id),
                    note,
                    await self._name(note.replied_by) if note else "",
                )
            )
        return tuple(past)

    async def _name(self, person: AccountId | None) -> str:
        account = await self.people.account(person) if person else None
        return account.name if account else ""

    async def own_openings(self, session: Session, limit: int = 20) -> tuple[Opening, ...]:
        """What this person opened without a call, or tried to, newest first."""
        made = await self.openings.of_person(session.account.id, limit * 5)
        return tuple(opening for opening in made if opening.without_call)[:limit]

    async def _told(self, call: Call, me: AccountId) -> tuple[str, str]:
        answering = call.answering
        if answering is not None:
            who = await self.dispatch.who(answering.device)
            if who is None:
                account = await self.people.account(answering.person)
                name = account.name if account else N_("a member of the household")
                who = Who(answering.person, name, N_("another device"))
            if who.account == me:
                return "answered", N_("Answered on %(device)s", device=who.device)
            return "answered", N_("Answered by %(person)s", person=who.person)
        if any(leg.person == me and leg.reason is Reason.DECLINED for leg in call.legs):
            return "declined", N_("You declined")
        if call.reason is Reason.CLOSED:
            return "missed", N_("Outside opening hours")
        if me in call.busy:
            return "missed", N_("Missed. You were talking")
        if call.reason is Reason.DECLINED:
            return "missed", await self._declined_by(call)
        if call.legs and not any(leg.person == me for leg in call.legs):
            return "missed", N_("Missed. Did not ring here")
        if call.reason is Reason.BUSY:
            return "missed", N_("Missed. No device could ring")
        if call.reason is Reason.UNREACHABLE:
            return "missed", N_("Missed. No device could ring")
        if call.reason is Reason.CANCELLED:
            return "missed", N_("Missed. The visitor gave up")
        return "missed", N_("Missed. Nobody answered")

    async def _declined_by(self, call: Call) -> str:
        leg = next((leg for leg in call.legs if leg.reason is Reason.DECLINED), None)
        who = await self.dispatch.who(leg.device) if leg else None
        return N_("Declined by %(person)s", person=who.person) if who else N_("Declined")

    async def mark_seen(self, session: Session) -> None:
        """All that was missed until now has been seen, on every device of this person."""
        me = session.account.id
        await self.calls.mark_seen(me, self.clock.now())
        for device in self.dispatch.presence.devices([me]).get(me, ()):
            await self.dispatch.signaler.history(device.id)
