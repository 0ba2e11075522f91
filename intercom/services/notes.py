"""Nobody answered: whom else the caller may ring there, the note they leave, and the household's reply."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from intercom.domain import text
from intercom.domain.call import Call, Reason
from intercom.domain.errors import Invalid, NotFound, NotNow, Taken, UnknownCall
from intercom.domain.ids import CallId
from intercom.domain.language import N_
from intercom.domain.notes import NOTE_LENGTH, REPLY_SECONDS, Note, takes_note, told_to_caller
from intercom.domain.people import Power, Session
from intercom.domain.phonebook import Line
from intercom.domain.visitor import Caller, Visitor
from intercom.ports import Calls, Clock, Notes, Phonebooks, Presence, Signaler, Throttle

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a caller may do whom nobody answered. `entries`: others of the same unit, as displayed."""

    entries: tuple[Line, ...] = ()
    note: bool = False


@dataclass(frozen=True, slots=True)
class NoteDesk:
    """Between a caller and a household that did not talk to each other."""

    notes: Notes
    calls: Calls
    phonebooks: Phonebooks
    presence: Presence
    signaler: Signaler
    throttle: Throttle
    clock: Clock

    # -- the caller -------------------------------------------------------------------------------

    async def choices(self, caller: Caller, call_id: CallId) -> Choices:
        """What the caller may do after this call of theirs. Raises `UnknownCall`."""
        call = await self._own(caller, call_id)
        if not takes_note(call, self.clock.now()):
            return Choices()
        household = await self._household(call)
        noted = await self.notes.of_calls([household.id])
        return Choices(await self._others(caller, call, household), not noted)

    async def _others(self, caller: Caller, call: Call, household: Call) -> tuple[Line, ...]:
        """Entries that ring somebody who was not rung yet: a household's other names ring the same
        people."""
        site = await self.phonebooks.site(call.site)
        if call.reason is Reason.CLOSED or site is None:
            return ()
        if isinstance(caller, Visitor) and site.rules.visitor_letters:
            return ()  # a visitor who must know a name learns none this way
        rung = {*call.people, *household.people}
        beside = await self.phonebooks.beside(caller.entrance, call.entry)
        return tuple(line for entry, line in beside if not rung.issuperset(entry.people))

    async def leave(self, caller: Caller, call_id: CallId, words: str) -> CallId:
        """Leave a note after a call of the caller's own; the call that it belongs to.

        Raises `UnknownCall`, `NotNow` when the call was answered or is too long over, `Taken` for a second
        note, `Invalid`, `TooMany`.
        """
        call = await self._own(caller, call_id)
        now = self.clock.now()
        said = _checked(words)
        if not takes_note(call, now):
            raise NotNow(N_("It is too late for a note. Ring again."))
        await self.throttle.hit("note", caller.id)
        household = await self._household(call)
        try:
            await self.notes.add(Note(household.id, household.site, caller.id, said, now))
        except Taken:
            raise Taken(N_("You have left a note already.")) from None
        log.info("a note was left after call %s", household.id)
        await self._tell(household)
        return household.id

    async def replies(self, caller: Caller) -> Sequence[Note]:
        """The replies that a caller who connects again is told: a panel only of a moment ago, a visitor's
        own page as long as its session lives."""
        now = self.clock.now()
        visitor = isinstance(caller, Visitor)
        found = await self.notes.of_caller(caller.id, 0.0 if visitor else now - REPLY_SECONDS)
        return [note for note in found if told_to_caller(note, visitor, now)]

    async def _own(self, caller: Caller, call_id: CallId) -> Call:
        call = await self.calls.get(call_id)
        if call is None or call.panel != caller.id:
            raise UnknownCall
        return call

    async def _household(self, call: Call) -> Call:
        """The call that rang the entry itself, before others were rung instead."""
        first = await self.calls.get(call.follows) if call.follows else None
        return first or call

    # -- the household ----------------------------------------------------------------------------

    async def reply(self, session: Session, call_id: CallId, words: str) -> Note:
        """Answer a note. Raises `NotFound` for a call that did not ring this person, `Taken` when somebody
        has replied, `Invalid`, `TooMany`."""
        call = await self.calls.get(call_id)
        me = session.account.id
        if call is None or me not in call.people or not session.may(Power.ANSWER, call.site):
            raise NotFound(N_("This note is not known here."))
        said = _checked(words)
        await self.throttle.hit("note", me)
        if call.id not in await self.notes.of_calls([call.id]):
            raise NotFound(N_("This note is not known here."))
        now = self.clock.now()
        note = await self.notes.reply(call.id, said, me, now)
        if note is None:
            raise Taken(N_("Somebody has replied already."))
        log.info("the note after call %s was replied to", call.id)
        if told_to_caller(note, call.visitor, now):
            await self.signaler.reply(note.caller, note)
        await self._tell(call)
        return note

    async def _tell(self, call: Call) -> None:
        """Whoever sees the household's history sees it change."""
        for devices in self.presence.devices(call.people).values():
            for device in devices:
                await self.signaler.history(device.id, call.id)


def _checked(words: str) -> str:
    try:
        return text.name(words, NOTE_LENGTH)
    except ValueError as error:
        raise Invalid(text=error.args[0]) from None
