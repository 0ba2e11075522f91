"""A caller who found a household talking waits, and rings by itself as soon as somebody is free.

One place for each entry. Who waits is in this server's memory alone: a panel that connects anew asks
again. The household is told nothing until it rings.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import inf

from intercom.domain.call import Reason
from intercom.domain.errors import IntercomError, NotNow, Taken, UnknownCall
from intercom.domain.evidence import AT_THE_PANEL, Evidence
from intercom.domain.ids import CallId, EntryId, PanelId
from intercom.domain.language import N_
from intercom.domain.visitor import Caller
from intercom.ports import Clock
from intercom.services.switchboard import StillBusy, Switchboard

log = logging.getLogger(__name__)

WAIT_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class _Place:
    caller: Caller
    entry: EntryId
    until: float


async def _for_ever(_: Caller) -> float:
    return inf


async def _at_the_panel(_: Caller) -> Evidence:
    return AT_THE_PANEL


@dataclass(slots=True)
class Waiting:
    """The places. `tick` rings for whoever waits."""

    switchboard: Switchboard
    clock: Clock
    admitted: Callable[[Caller], Awaitable[Evidence]] = _at_the_panel
    """Where somebody who has waited stands. Raises `IntercomError` if they may ring no longer."""
    admitted_until: Callable[[Caller], Awaitable[float]] = _for_ever
    """How long they may wait at most; as `admitted`."""
    _places: dict[EntryId, _Place] = field(default_factory=dict[EntryId, _Place])

    async def wait(self, caller: Caller, call_id: CallId) -> float:
        """Wait where `call` found everybody busy; until when, in Unix seconds.

        Raises `UnknownCall` for a call of another panel, `NotNow` for one that did not end as busy or did
        so too long ago, `Taken` when somebody else waits there.
        """
        call = await self.switchboard.calls.get(call_id)
        if call is None or call.panel != caller.id:
            raise UnknownCall
        now = self.clock.now()
        until = min((call.ended_at or now) + WAIT_SECONDS, await self.admitted_until(caller))
        if call.reason is not Reason.BUSY or now >= until:
            raise NotNow(N_("There is nothing to wait for. Ring again."))
        place = self._places.get(call.entry)
        if place is not None and place.caller.id != caller.id and now < place.until:
            raise Taken(N_("Somebody else waits there already. Try again in a moment."))
        self.leave(caller.id)
        self._places[call.entry] = _Place(caller, call.entry, until)
        log.info("caller %s waits for entry %s", caller.id, call.entry)
        return until

    def leave(self, panel: PanelId) -> None:
        """The panel waits no longer."""
        for entry, place in list(self._places.items()):
            if place.caller.id == panel:
                del self._places[entry]

    async def tick(self) -> None:
        """Ring where somebody is free again; forget who has waited long enough. A few times a second."""
        for place in list(self._places.values()):
            if self.clock.now() >= place.until:
                self._places.pop(place.entry, None)
                continue
            try:
                evidence = await self.admitted(place.caller)
                await self.switchboard.ring_when_free(place.caller, place.entry, evidence)
            except StillBusy:
                continue
            except IntercomError as error:  # the entry is gone, or the panel rings elsewhere
                log.info("waiting of caller %s ended: %s", place.caller.id, error.code)
            self._places.pop(place.entry, None)
