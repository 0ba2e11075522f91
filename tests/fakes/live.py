"""Calls and openings in memory, with the same compare-and-swap as the real ones.

Two `MemoryCalls` over one `LiveStore` are what two connections to one file are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from intercom.domain.call import Call, Transition
from intercom.domain.door import Opening, Truth
from intercom.domain.errors import TryLater
from intercom.domain.ids import (
    AccountId,
    CallId,
    DeviceId,
    EntranceId,
    LockId,
    OpeningId,
    PanelId,
    RequestId,
    SiteId,
)
from intercom.ports import Busy, Figures, Mark


@dataclass(slots=True)
class LiveStore:
    """What the live file holds: each row with its version."""

    calls: dict[CallId, tuple[int, Call]] = field(default_factory=dict)
    openings: dict[OpeningId, tuple[int, Opening]] = field(default_factory=dict)
    seen: dict[AccountId, float] = field(default_factory=dict)


class MemoryCalls:
    """`ports.Calls` in memory."""

    def __init__(self, store: LiveStore | None = None) -> None:
        self._store = store or LiveStore()

    def _all(self) -> list[Call]:
        return [call for _, call in self._store.calls.values()]

    async def add(
        self, panel: PanelId, people: Collection[AccountId], make: Callable[[Busy], Transition]
    ) -> Transition:
        alive = [call for call in self._all() if call.alive]
        in_calls = {leg.person for call in alive for leg in call.living}
        calling = any(call.panel == panel for call in alive)
        made = make(Busy(frozenset(p for p in people if p in in_calls), calling))
        self._store.calls[made.call.id] = (1, made.call)
        return made

    async def get(self, call: CallId) -> Call | None:
        row = self._store.calls.get(call)
        return row[1] if row else None

    async def update(self, call: CallId, change: Callable[[Call], Transition]) -> Transition | None:
        for _ in range(50):
            row = self._store.calls.get(call)
            if row is None:
                return None
            version, before = row
            made = change(before)
            if made.call == before:
                return made
            if self._store.calls[call][0] == version:
                self._store.calls[call] = (version + 1, made.call)
                return made
        raise TryLater

    async def due(self, now: float) -> Sequence[CallId]:
        return [call.id for call in self._all() if call.alive and call.deadline <= now]

    async def alive(self) -> Sequence[Call]:
        return [call for call in self._all() if call.alive]

    async def of_panel(self, panel: PanelId) -> Call | None:
        return next((call for call in self._all() if call.alive and call.panel == panel), None)

    async def of_device(self, device: DeviceId) -> Sequence[Call]:
        return [call for call in self._all() if any(leg.device == device for leg in call.living)]

    async def of_person(self, person: AccountId, limit: int) -> Sequence[Call]:
        mine = [call for call in self._all() if not call.alive and person in call.people]
        return sorted(mine, key=lambda call: call.placed_at, reverse=True)[:limit]

    async def seen(self, person: AccountId) -> float:
        return self._store.seen.get(person, 0.0)

    async def mark_seen(self, person: AccountId, until: float) -> None:
        self._store.seen[person] = max(until, self._store.seen.get(person, 0.0))

    async def forget_before(self, moment: float) -> int:
        old_calls = [call.id for call in self._all() if not call.alive and call.placed_at < moment]
        old_openings = [o.id for _, o in self._store.openings.values() if o.settled and o.at < moment]
        for call in old_calls:
            del self._store.calls[call]
        for opening in old_openings:
            del self._store.openings[opening]
        return len(old_calls) + len(old_openings)


class MemoryOpenings:
    """`ports.Openings` in memory. `diary` is told each storing; `full` is a disk without room."""

    def __init__(self, store: LiveStore | None = None, diary: list[str] | None = None) -> None:
        self._store = store or LiveStore()
        self._diary = diary if diary is not None else []
        self.full = False

    @property
    def rows(self) -> list[Opening]:
        """All that is in the log, in order."""
        return [opening for _, opening in self._store.openings.values()]

    async def intend(self, opening: Opening) -> Opening:
        if self.full:
            raise TryLater
        earlier = await self.by_request(opening.person, opening.request)
        if earlier is not None:
            return earlier
        self._store.openings[opening.id] = (1, opening)
        self._diary.append(f"stored {opening.truth} {opening.request}")
        return opening

    async def update(
        self, opening: OpeningId, change: Callable[[Opening], Opening]
    ) -> tuple[Opening, Opening] | None:
        for _ in range(50):
            row = self._store.openings.get(opening)
            if row is None:
                return None
            version, before = row
            after = change(before)
            if after == before:
                return before, after
            if self._store.openings[opening][0] == version:
                self._store.openings[opening] = (version + 1, after)
                self._diary.append(f"stored {after.truth} {after.request}")
                return before, after
        raise TryLater

    async def by_request(self, person: AccountId, request: RequestId) -> Opening | None:
        return next((o for o in self.rows if (o.person, o.request) == (person, request)), None)

    async def of_person(self, person: AccountId, limit: int) -> Sequence[Opening]:
        mine = [o for o in self.rows if o.person == person]
        return sorted(mine, key=lambda o: o.at, reverse=True)[:limit]

    async def awaiting(self, lock: LockId) -> Sequence[Opening]:
        mine = [o for o in self.rows if o.lock == lock]
        return sorted(mine, key=lambda o: o.at, reverse=True)[:20]

    async def due(self, now: float) -> Sequence[OpeningId]:
        return [o.id for o in self.rows if not o.settled and o.deadline <= now]

    async def unsettled(self) -> Sequence[OpeningId]:
        return [o.id for o in self.rows if not o.settled]

    async def of_calls(self, calls: Collection[CallId]) -> Sequence[Opening]:
        return sorted((o for o in self.rows if o.call in calls), key=lambda o: o.at)


class MemoryPast:
    """`ports.Past` in memory, over the same store."""

    def __init__(self, store: LiveStore) -> None:
        self._store = store

    async def calls(
        self, site: SiteId, before: Mark | None, limit: int, entrance: EntranceId | None = None
    ) -> Sequence[Call]:
        found = [call for _, call in self._store.calls.values() if call.site == site]
        found = [c for c in found if entrance in (None, c.entrance) and _follows(c.placed_at, c.id, before)]
        return sorted(found, key=lambda call: (call.placed_at, call.id), reverse=True)[:limit]

    async def openings(
        self, site: SiteId, before: Mark | None, limit: int, entrance: EntranceId | None = None
    ) -> Sequence[Opening]:
        found = [opening for _, opening in self._store.openings.values() if opening.site == site]
        found = [o for o in found if entrance in (None, o.entrance) and _follows(o.at, o.id, before)]
        return sorted(found, key=lambda opening: (opening.at, opening.id), reverse=True)[:limit]

    async def figures(self, site: SiteId, since: float) -> Figures:
        calls = [c for _, c in self._store.calls.values() if c.site == site and c.placed_at >= since]
        truths = [o.truth for _, o in self._store.openings.values() if o.site == site and o.at >= since]
        return Figures(
            len(calls),
            sum(call.accepted is not None for call in calls),
            sum(call.accepted is None and not call.alive for call in calls),
            truths.count(Truth.OPENED),
            truths.count(Truth.NOT_CONFIRMED),
            truths.count(Truth.REFUSED),
        )


def _follows(at: float, which: str, before: Mark | None) -> bool:
    return before is None or (at, which) < (before.at, before.id)
