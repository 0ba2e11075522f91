"""The vendor's log of entries: which of our commands an entry confirms."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast

from intercom.domain.ids import LockId, RequestId
from intercom.ports import LockOpened

EARLIER = 5.0
"""An entry may bear a time so much before its command, in seconds: clocks of whole seconds, and of hubs."""
LATER = 20.0
"""A lock opens so soon after its command or never, in seconds."""
ALIKE = 2.5
"""Commands that fit an entry's time equally well, to so many seconds, are told apart by their answers."""
WAITS = 90.0
"""How long a command waits for its entry to arrive."""
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody opened a lock. `at`: by the vendor's clock. `remote`: by a command, not a tag or a PIN."""

    id: str
    lock: str
    at: float
    remote: bool


def entry(row: object) -> Entry | None:
    """An entry as it came. None for what is none, or let nobody in."""
    if not isinstance(row, Mapping):
        return None
    fields = cast("Mapping[str, Any]", row)
    nested = fields.get("lock")
    lock = fields.get("lock_id") or (
        cast("Mapping[str, Any]", nested).get("id") if isinstance(nested, dict) else nested
    )
    moment, by = fields.get("utc_date_time"), str(fields.get("access_by", "")).lower()
    if not isinstance(lock, str) or not isinstance(moment, str) or fields.get("granted") is False:
        return None
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    return Entry(str(fields.get("id") or f"{lock} {moment} {by}"), lock, seconds, by.startswith("remote"))


class _Fate(StrEnum):
    UNDER_WAY = "under_way"
    TAKEN = "taken"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class _Command:
    lock: LockId
    request: RequestId
    at: float
    fate: _Fate = _Fate.UNDER_WAY


class Confirmations:
    """Commands that wait for their entry, and entries that were told already.

    An entry does not say whose command it was: it is that of the command just before it. Of several, it is
    the oldest's that the vendor took; without one, the newest's that got no answer. While one of them is
    under way, the entry is held back until the answer says what that command was worth.
    """

    def __init__(self) -> None:
        self._waiting: list[_Command] = []
        self._held: list[tuple[Entry, LockId, float]] = []
        self._told: OrderedDict[str, None] = OrderedDict()
        self._from: float | None = None

    def leaves(self, lock: LockId, request: RequestId, now: float) -> None:
        """A command leaves now."""
        self._waiting.append(_Command(lock, request, now))

    def taken(self, request: RequestId, now: float) -> list[LockOpened]:
        """The vendor took it; what was held back is told."""
        return self._settled(request, _Fate.TAKEN, now)

    def unknown(self, request: RequestId, now: float) -> list[LockOpened]:
        """Nobody knows whether it was carried out; what was held back is told."""
        return self._settled(request, _Fate.UNKNOWN, now)

    def refused(self, request: RequestId, now: float) -> list[LockOpened]:
        """No entry is its; what was held back is told."""
        self._waiting = [one for one in self._waiting if one.request != request]
        return self._settled(request, _Fate.UNKNOWN, now)

    def _settled(self, request: RequestId, fate: _Fate, now: float) -> list[LockOpened]:
        for one in self._waiting:
            if one.request == request:
                one.fate = fate
        held, self._held = self._held, []
        return [told for one, lock, at in held if (told := self._match(one, lock, at, now)) is not None]

    def waits(self, now: float) -> bool:
        """Whether a command waits."""
        self._waiting = [one for one in self._waiting if now - one.at <= WAITS]
        return bool(self._waiting)

    def begin(self, now: float) -> None:
        """What is older is nobody's news."""
        if self._from is None:
            self._from = now

    def heard(self, given: Entry, lock: LockId, ahead: float, now: float) -> LockOpened | None:
        """What an entry tells, once; None for old news, and for now where it must be held back.

        `ahead`: of the vendor's clock, in seconds.
        """
        if given.id in self._told:
            return None
        self._told[given.id] = None
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        at = given.at - ahead
        if self._from is not None and at < self._from - EARLIER:
            return None
        return self._match(given, lock, at, now)

    def _match(self, given: Entry, lock: LockId, at: float, now: float) -> LockOpened | None:
        fits = [one for one in self._waiting if one.lock == lock and -EARLIER <= at - one.at <= LATER]
        nearest = min((max(at - one.at, 0.0) for one in fits), default=0.0)
        mine = [one for one in fits if at - one.at <= nearest + ALIKE]
        taken = [one for one in mine if one.fate is _Fate.TAKEN]
        if given.remote and not taken and any(one.fate is _Fate.UNDER_WAY for one in mine):
            self._held.append((given, lock, at))
            return None
        if given.remote and mine:
            command = taken[0] if taken else mine[-1]
            self._waiting.remove(command)
            return LockOpened(lock, min(max(at, command.at), max(now, command.at)), command.request, given.id)
        return LockOpened(lock, min(at, now), None, given.id, asked=False)
