"""Whether somebody may open a door now: one decision over all that is known at that moment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from intercom.domain.call import Call, Stage
from intercom.domain.door import Lock, LockStatus, Refusal
from intercom.domain.evidence import NOTHING, Evidence, Place
from intercom.domain.fence import FenceMode
from intercom.domain.gate import Gate, allowed, place_now
from intercom.domain.hours import Hours
from intercom.domain.ids import AccountId, DeviceId, EntranceId


@dataclass(frozen=True, slots=True)
class Actor:
    """Who presses "Open"."""

    person: AccountId
    device: DeviceId
    entrances: Collection[EntranceId]
    """Entrances whose locks a membership lets this person open."""
    removed: bool = False
    """The membership is gone, although the device is connected still."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Go on."""


@dataclass(frozen=True, slots=True)
class Refused:
    """No, and why."""

    why: Refusal
    until: float | None = None
    """Until when, where that is known, Unix seconds."""
    left: int | None = None
    """Tries left, of a wrong PIN or Code."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the decision hangs on beside who presses, which lock and which call."""

    now: float
    """Unix seconds."""
    status: LockStatus
    hours: Hours
    """The site's opening hours."""
    in_call: bool
    """The press names a call."""
    fence: FenceMode = FenceMode.OFF
    """The entrance's, for visitors who call with their own phone."""
    renewed: Evidence | None = None
    """Where the visitor stands, if it was asked anew for this opening."""
    own_fence: FenceMode = FenceMode.OFF
    """For residents who open without a call; off as well where no fence is drawn."""
    own: Evidence = NOTHING
    """Where the resident stands."""
    second: Refused | None = None
    """What is wrong with the PIN or Code; None: right, or not asked for."""


def may_open(actor: Actor, lock: Lock, call: Call | None, given: Conditions) -> Allowed | Refused:
    """Whether `actor` may open `lock` now. `call`: the one that the press names, None if nobody knows it.

    In a call only the device that accepted it may open, and only the locks of the call's entrance.
    Without one, the membership's own right decides. What concerns the person is told before what concerns
    the door: nobody learns about a door that is not theirs.
    """
    no = _by_right(actor, lock, call, given) or _by_place_and_time(call, given) or _by_lock(given.status)
    return no or given.second or Allowed()


def must_renew(call: Call | None, given: Conditions) -> bool:
    """Whether the visitor's evidence decides and says nothing any more: too old, or vague."""
    return (
        call is not None
        and call.visitor
        and given.in_call
        and given.renewed is None
        and given.fence is FenceMode.ENFORCE
        and place_now(call.evidence, given.now) is Place.UNKNOWN
    )


def evidence_of(call: Call | None, given: Conditions) -> Evidence:
    """Where whoever is to be let in stands, as the log keeps it."""
    if not given.in_call:
        return given.own
    return given.renewed or (call.evidence if call else NOTHING)


def _by_right(actor: Actor, lock: Lock, call: Call | None, given: Conditions) -> Refused | None:
    if actor.removed:
        return Refused(Refusal.REMOVED)
    if given.in_call:
        leg = next((leg for leg in call.legs if leg.device == actor.device), None) if call else None
        if call is None or leg is None:
            return Refused(Refusal.NOT_IN_CALL)
        if call.accepted is not None and call.accepted != leg.id:
            return Refused(Refusal.NOT_ANSWERING_PARTY)
        if call.stage is Stage.ENDED:
            return Refused(Refusal.CALL_ENDED)
        if call.stage is not Stage.ESTABLISHED:
            return Refused(Refusal.NOT_IN_CALL)
        if lock.entrance != call.entrance:
            return Refused(Refusal.WRONG_LOCK)
    return None if lock.entrance in actor.entrances else Refused(Refusal.NOT_ALLOWED)


def _by_place_and_time(call: Call | None, given: Conditions) -> Refused | None:
    if not given.hours.open_at(given.now):
        return Refused(Refusal.CLOSED_HOURS, given.hours.opens_next(given.now))
    if not given.in_call:
        match allowed(given.own_fence, given.own, given.now):
            case Gate.OK:
                return None
            case Gate.OUTSIDE:
                return Refused(Refusal.NOT_AT_DOOR)
            case Gate.UNKNOWN:
                return Refused(Refusal.POSITION_NEEDED)
    if call is None or not call.visitor:
        return None
    match allowed(given.fence, evidence_of(call, given), given.now):
        case Gate.OK:
            return None
        case Gate.OUTSIDE:
            return Refused(Refusal.OUTSIDE_FENCE)
        case Gate.UNKNOWN:
            return Refused(Refusal.FENCE_UNKNOWN)


def _by_lock(status: LockStatus) -> Refused | None:
    if not status.online:
        return Refused(Refusal.LOCK_OFFLINE)
    if status.trouble is not None:
        return Refused(status.trouble, status.until)
    if status.held_open:  # a command could end what somebody else began
        return Refused(Refusal.HELD_OPEN, status.until)
    return None
