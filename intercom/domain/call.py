"""The call machine: one ring from start to end, as a value.

A call forks into legs, one for each device that is told to ring. *Accept* is a person's choice
(answer, in SDP's sense, is another word for another thing). The end of a leg is not the end of the
call. RFC 3261 16.7 lets two answers pass and leaves the caller to choose; here the first accept that
is stored wins, and every other leg is told so.

    place() -> calling -> ringing -> connecting -> established -> ended(reason)

`advance(call, event, now)` gives the next call and the effects to perform, in order. It never raises
for an event that comes late, twice or to the wrong leg: such an event changes nothing and has no
effect. Time is data: `Call.deadline` says when `Expired` is due; whoever keeps the clock asks
`now >= call.deadline`. A lost connection is a field too (`lost_until`), so a restarted server marks
everybody as lost and lets them come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf
from typing import assert_never

from intercom.domain.evidence import AT_THE_PANEL, Evidence
from intercom.domain.ids import AccountId, CallId, DeviceId, EntranceId, EntryId, LegId, PanelId, SiteId


class Stage(StrEnum):
    """Where a call is. `ENDED` absorbs every event."""

    CALLING = "calling"
    RINGING = "ringing"
    CONNECTING = "connecting"
    ESTABLISHED = "established"
    ENDED = "ended"


class LegStage(StrEnum):
    """Where a leg is. A leg ends exactly once, with a reason."""

    INVITED = "invited"
    RINGING = "ringing"
    ACCEPTED = "accepted"
    ENDED = "ended"


class Reason(StrEnum):
    """Why a call, or a leg, ended."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    MEDIA_FAILED = "media_failed"
    LOST = "lost"
    TIME_LIMIT = "time_limit"
    ACCEPTED_ELSEWHERE = "accepted_elsewhere"
    """A leg only."""
    DECLINED_ELSEWHERE = "declined_elsewhere"
    """A leg only: the same person declined on another device, or the household's rule ended it."""
    REMOVED = "removed"
    """The device was signed out or its owner removed."""
    LEFT = "left"
    """The visitor left the door."""
    CLOSED = "closed"
    """Outside opening hours nobody is rung."""


EARLY_LEGS = 3
"""How many ringing devices are connected to the caller before anybody accepts; the others at accept. Each
costs the caller one more picture to send."""
LAST_CALL = 60.0
"""How long before its end a talk may be made longer, in seconds; of a short one, its second half."""


class Side(StrEnum):
    """The two ends of a call."""

    CALLER = "caller"
    RESIDENT = "resident"


@dataclass(frozen=True, slots=True)
class Rules:
    """The site's settings that a call lives by. Lengths of time in seconds."""

    ring: float = 45.0
    connect: float = 15.0
    grace: float = 15.0
    """How long an established call waits for a lost side."""
    ring_grace: float = 5.0
    """How long a ring waits for a lost caller, and a leg for its lost device."""
    talk: float = 300.0
    """The longest talk; it can be made longer by as much again, in its last `LAST_CALL` seconds."""
    decline_ends_call: bool = False
    silence_told: float = 12.0
    """How long nothing comes through at one end of a talk before both are told that it is lost."""
    silence: float = 20.0
    """How long nothing comes through at one end before the talk ends."""
    early: int = EARLY_LEGS
    """How many ringing devices are connected before anybody accepts."""
    falls_back: bool = False
    """When nobody answers, somebody else is rung: see `services.switchboard`."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One device in a call."""

    id: LegId
    device: DeviceId
    person: AccountId
    stage: LegStage = LegStage.INVITED
    connected: bool = False
    """Its media path is up."""
    reason: Reason | None = None
    """Why it ended; None while it lives."""
    lost_until: float = inf
    """Its device has lost its connection and is waited for until then; inf: it is there."""
    pushed: bool = False
    """Its device has no connection: it is told by push, and waited for as long as it rings."""

    @property
    def alive(self) -> bool:
        """It has not ended."""
        return self.stage is not LegStage.ENDED


@dataclass(frozen=True, slots=True)
class Call:
    """One ring. `legs` keep the order of the fork; times are Unix seconds."""

    id: CallId
    site: SiteId
    entrance: EntranceId
    entry: EntryId
    panel: PanelId
    people: tuple[AccountId, ...]
    """Everybody behind the entry, whether a device of theirs rings or not."""
    legs: tuple[Leg, ...]
    placed_at: float
    rules: Rules = field(default_factory=Rules)
    stage: Stage = Stage.CALLING
    accepted: LegId | None = None
    accepted_at: float | None = None
    established_at: float | None = None
    ended_at: float | None = None
    reason: Reason | None = None
    ended_by: Side | None = None
    """Who ended it; None: the server, by a deadline."""
    caller_lost_until: float = inf
    caller_silent_since: float = inf
    """Since when nothing has come through at the caller's end of the talk; inf: it does."""
    resident_silent_since: float = inf
    """The same of the accepted device."""
    silence_told: bool = False
    """Both ends know that nothing comes through."""
    camera: bool = False
    """The accepted device's camera is on."""
    busy: tuple[AccountId, ...] = ()
    """Of `people`: who was talking in another call when this one was placed."""
    extended: int = 0
    """How often the talk was made longer."""
    visitor: bool = False
    """The caller is a visitor's own browser, not a fixed panel."""
    evidence: Evidence = AT_THE_PANEL
    """Where the caller stands, as far as it is known."""
    follows: CallId | None = None
    """The call of the household that nobody answered, where others are rung instead of it."""
    opens_at: float | None = None
    """Of one that ended as CLOSED: when people are rung there again."""

    @property
    def alive(self) -> bool:
        """It has not ended."""
        return self.stage is not Stage.ENDED

    @property
    def answering(self) -> Leg | None:
        """The accepted leg."""
        return None if self.accepted is None else self.leg(self.accepted)

    def leg(self, leg_id: LegId) -> Leg | None:
        """The leg of that id, if it is one of this call's."""
        return next((leg for leg in self.legs if leg.id == leg_id), None)

    def connects_early(self, leg_id: LegId) -> bool:
        """Whether this leg is connected while it rings: the first few, those that are there before those
        that a push must wake."""
        order = sorted(self.legs, key=lambda leg: leg.pushed)
        return any(leg.id == leg_id for leg in order[: self.rules.early])

    @property
    def living(self) -> tuple[Leg, ...]:
        """The legs that have not ended."""
        return tuple(leg for leg in self.legs if leg.alive)

    @property
    def stage_deadline(self) -> float:
        """When the present stage ends by itself, losses apart."""
        match self.stage:
            case Stage.CALLING | Stage.RINGING:
                return self.placed_at + self.rules.ring
            case Stage.CONNECTING:
                return (self.accepted_at or self.placed_at) + self.rules.connect
            case Stage.ESTABLISHED:
                return (self.established_at or self.placed_at) + self.rules.talk * (1 + self.extended)
            case Stage.ENDED:
                return inf
        assert_never(self.stage)

    @property
    def silent_since(self) -> float:
        """Since when nothing has come through at one end or the other; inf: all is well."""
        return min(self.caller_silent_since, self.resident_silent_since)

    @property
    def silence_due(self) -> float:
        """When the present silence is to be told of or, once it was, ends the call."""
        return self.silent_since + (self.rules.silence if self.silence_told else self.rules.silence_told)

    @property
    def deadline(self) -> float:
        """When `Expired` is due; inf once the call has ended."""
        if not self.alive:
            return inf
        return min(
            self.stage_deadline,
            self.caller_lost_until,
            self.silence_due,
            *(leg.lost_until for leg in self.living),
        )


# -- events: what happened ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LegRinging:
    """A device says that it alerts its owner (SIP's 180)."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class LegMediaUp:
    """The media path of a leg is connected."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class LegMediaFailed:
    """A device has given up connecting its leg."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class LegAccepted:
    """A person picked up."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class LegDeclined:
    """A person said no."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class LegBusy:
    """A device says that its owner is on the telephone."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class LegRemoved:
    """The device may take part no longer: signed out, or its owner removed."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class LegLost:
    """A device's connection is gone."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class LegBack:
    """A device is connected again."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class CallerLost:
    """The caller's connection is gone."""


@dataclass(frozen=True, slots=True)
class CallerBack:
    """The caller is connected again."""


@dataclass(frozen=True, slots=True)
class CallerHungUp:
    """The caller pressed "Hang up"."""


@dataclass(frozen=True, slots=True)
class LegHungUp:
    """The answering resident pressed "Hang up"."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class CameraTurned:
    """The answering resident's camera went on or off."""

    leg: LegId
    on: bool


@dataclass(frozen=True, slots=True)
class MediaSilent:
    """An end of the talk says that nothing has come through to it since then; inf: it comes again."""

    leg: LegId
    side: Side
    since: float


@dataclass(frozen=True, slots=True)
class TalkExtended:
    """The answering resident wants to talk on, past the time limit."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class EvidenceGiven:
    """Newer evidence of where the caller stands. Whether it still may call is the fence's to say."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The visitor went away from a door whose fence is enforced."""


@dataclass(frozen=True, slots=True)
class Expired:
    """A deadline has passed."""


Event = (
    LegRinging
    | LegMediaUp
    | LegMediaFailed
    | LegAccepted
    | LegDeclined
    | LegBusy
    | LegRemoved
    | LegLost
    | LegBack
    | CallerLost
    | CallerBack
    | CallerHungUp
    | LegHungUp
    | CameraTurned
    | MediaSilent
    | TalkExtended
    | EvidenceGiven
    | CallerLeft
    | Expired
)

# -- effects: what must be done ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InviteLeg:
    """Tell a device to ring (or, after a reconnect, what its call is now)."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class StopLeg:
    """Tell a device that it is over for its leg. `by`: the leg that took or declined the call."""

    leg: LegId
    reason: Reason
    by: LegId | None = None


@dataclass(frozen=True, slots=True)
class TellCaller:
    """Send the caller the present call."""


@dataclass(frozen=True, slots=True)
class TellResident:
    """Send the accepted device the present call."""


@dataclass(frozen=True, slots=True)
class TellLeg:
    """Send the caller how one leg is doing."""

    leg: LegId


@dataclass(frozen=True, slots=True)
class NoteMissed:
    """These people have missed the call."""

    people: tuple[AccountId, ...]


@dataclass(frozen=True, slots=True)
class TellEvidence:
    """Tell a ringing device what is known of where the caller stands."""

    leg: LegId


Effect = InviteLeg | StopLeg | TellCaller | TellResident | TellLeg | TellEvidence | NoteMissed


@dataclass(frozen=True, slots=True)
class Transition:
    """The call as it is now, and what must be done, in order."""

    call: Call
    effects: tuple[Effect, ...] = ()


# -- the machine --------------------------------------------------------------------------------------


def place(
    *,
    call: CallId,
    site: SiteId,
    entrance: EntranceId,
    entry: EntryId,
    panel: PanelId,
    people: Iterable[AccountId],
    legs: Iterable[Leg],
    nobody: Reason,
    now: float,
    rules: Rules,
    busy: Iterable[AccountId] = (),
    visitor: bool = False,
    evidence: Evidence = AT_THE_PANEL,
    follows: CallId | None = None,
    opens_at: float | None = None,
) -> Transition:
    """A visitor pressed a name.

    `legs` come from the fork; with none, the call has ended at once with `nobody` (BUSY, UNREACHABLE or
    CLOSED).
    """
    placed = Call(
        call,
        site,
        entrance,
        entry,
        panel,
        tuple(people),
        tuple(legs),
        now,
        rules,
        busy=tuple(busy),
        visitor=visitor,
        evidence=evidence,
        follows=follows,
        opens_at=opens_at,
    )
    if not placed.legs:
        ended = replace(placed, stage=Stage.ENDED, reason=nobody, ended_at=now)
        return Transition(ended, (TellCaller(), *_missed(ended)))
    return Transition(placed, (*(InviteLeg(leg.id) for leg in placed.legs), TellCaller()))


def advance(call: Call, event: Event, now: float) -> Transition:
    """What `event` makes of `call` at the time `now`.

    Total: every pair of stage and event has a verdict. An event that no longer matters gives the
    very same call back and no effects.
    """
    if not call.alive:
        return Transition(call)
    if isinstance(event, CallerLost | CallerBack | CallerHungUp | EvidenceGiven | CallerLeft | Expired):
        return _of_caller(call, event, now)
    leg = call.leg(event.leg)
    if leg is None or not leg.alive:
        return Transition(call)
    early = call.stage in (Stage.CALLING, Stage.RINGING)
    return _while_ringing(call, leg, event, now) if early else _after_accept(call, leg, event, now)


def _of_caller(
    call: Call,
    event: CallerLost | CallerBack | CallerHungUp | EvidenceGiven | CallerLeft | Expired,
    now: float,
) -> Transition:
    early = call.stage in (Stage.CALLING, Stage.RINGING)
    match event:
        case CallerHungUp():
            return _end(call, Reason.CANCELLED if early else Reason.COMPLETED, Side.CALLER, now)
        case CallerLost():
            if call.caller_lost_until < inf:
                return Transition(call)
            grace = call.rules.ring_grace if early else call.rules.grace
            lost = replace(_heard(call, Side.CALLER, inf), caller_lost_until=now + grace)
            return Transition(lost, () if early else (TellResident(),))
        case CallerBack():
            back = replace(call, caller_lost_until=inf)
            was_lost = call.caller_lost_until < inf
            return Transition(
                back, (TellCaller(), TellResident()) if was_lost and not early else (TellCaller(),)
            )
        case EvidenceGiven(evidence=evidence):
            was, now_known = call.evidence, replace(call, evidence=evidence)
            if (was.place, was.source) == (evidence.place, evidence.source):
                return Transition(now_known if evidence.at > was.at else call)
            told = (TellResident(),) if not early else tuple(TellEvidence(leg.id) for leg in call.living)
            return Transition(now_known, told)
        case CallerLeft():
            return _end(call, Reason.LEFT, Side.CALLER, now)
        case Expired():
            return _expire(call, now)
    assert_never(event)


def _while_ringing(call: Call, leg: Leg, event: Event, now: float) -> Transition:
    match event:
        case LegRinging():
            if leg.stage is LegStage.RINGING:
                return Transition(call)
            first = call.stage is Stage.CALLING
            rung = replace(_with(call, replace(leg, stage=LegStage.RINGING)), stage=Stage.RINGING)
            return Transition(rung, (TellLeg(leg.id), TellCaller()) if first else (TellLeg(leg.id),))
        case LegMediaUp():
            if leg.connected:
                return Transition(call)
            return Transition(_with(call, replace(leg, connected=True)), (TellLeg(leg.id),))
        case LegMediaFailed():
            return Transition(_with(call, replace(leg, connected=False)) if leg.connected else call)
        case LegAccepted():
            return _accept(call, leg, now)
        case LegDeclined():
            return _decline(call, leg, now)
        case LegBusy():
            return _drop(call, leg, Reason.BUSY, now)
        case LegRemoved():
            return _drop(call, leg, Reason.REMOVED, now)
        case LegLost():
            if leg.lost_until < inf or leg.pushed:
                return Transition(call)
            return Transition(_with(call, replace(leg, lost_until=now + call.rules.ring_grace)))
        case LegBack():
            return Transition(_with(call, replace(leg, lost_until=inf)), (InviteLeg(leg.id),))
        case (
            LegHungUp()
            | CameraTurned()
            | MediaSilent()
            | TalkExtended()
            | CallerLost()
            | CallerBack()
            | CallerHungUp()
            | EvidenceGiven()
            | CallerLeft()
            | Expired()
        ):
            return Transition(call)
    assert_never(event)


def _after_accept(call: Call, leg: Leg, event: Event, now: float) -> Transition:
    # every other leg has ended with the accept, so a living leg is the accepted one
    match event:
        case LegMediaUp():
            if call.stage is Stage.ESTABLISHED:
                return Transition(call)
            return Transition(
                _establish(_with(call, replace(leg, connected=True)), now), (TellCaller(), TellResident())
            )
        case LegMediaFailed():
            if call.stage is Stage.ESTABLISHED:
                return Transition(call)
            return _end(call, Reason.MEDIA_FAILED, None, now)
        case LegHungUp():
            return _end(call, Reason.COMPLETED, Side.RESIDENT, now)
        case LegRemoved():
            return _end(call, Reason.REMOVED, None, now)
        case LegLost():
            if leg.lost_until < inf:
                return Transition(call)
            lost = replace(leg, lost_until=now + call.rules.grace)
            return Transition(_heard(_with(call, lost), Side.RESIDENT, inf), (TellCaller(),))
        case LegBack():
            back = _with(call, replace(leg, lost_until=inf))
            was_lost = leg.lost_until < inf
            return Transition(
                back, (InviteLeg(leg.id), TellResident(), *((TellCaller(),) if was_lost else ()))
            )
        case CameraTurned(on=on):
            return Transition(call if call.camera == on else replace(call, camera=on))
        case MediaSilent(side=side, since=since):
            return _silent(call, side, min(since, now) if since < inf else inf)
        case TalkExtended():
            last = min(LAST_CALL, call.rules.talk / 2)
            left = call.stage_deadline - now
            if call.stage is not Stage.ESTABLISHED or not 0 < left <= last:
                return Transition(call)
            return Transition(replace(call, extended=call.extended + 1), (TellResident(), TellCaller()))
        case LegAccepted() | LegRinging() | LegDeclined() | LegBusy():
            return Transition(call)
        case CallerLost() | CallerBack() | CallerHungUp() | EvidenceGiven() | CallerLeft() | Expired():
            return Transition(call)
    assert_never(event)


def _accept(call: Call, leg: Leg, now: float) -> Transition:
    others = tuple(other for other in call.living if other.id != leg.id)
    taken = _with(call, replace(leg, stage=LegStage.ACCEPTED, lost_until=inf))
    taken = _with(taken, *(_ended(other, Reason.ACCEPTED_ELSEWHERE) for other in others))
    taken = replace(taken, stage=Stage.CONNECTING, accepted=leg.id, accepted_at=now)
    if leg.connected:
        taken = _establish(taken, now)
    stops = (StopLeg(other.id, Reason.ACCEPTED_ELSEWHERE, by=leg.id) for other in others)
    return Transition(taken, (TellResident(), TellCaller(), *stops))


def _decline(call: Call, leg: Leg, now: float) -> Transition:
    whole = call.rules.decline_ends_call
    others = tuple(o for o in call.living if o.id != leg.id and (whole or o.person == leg.person))
    said = _with(
        call, _ended(leg, Reason.DECLINED), *(_ended(other, Reason.DECLINED_ELSEWHERE) for other in others)
    )
    stops = (
        StopLeg(leg.id, Reason.DECLINED, by=leg.id),
        *(StopLeg(other.id, Reason.DECLINED_ELSEWHERE, by=leg.id) for other in others),
    )
    return _go_on_or_end(said, stops, now)


def _drop(call: Call, leg: Leg, reason: Reason, now: float) -> Transition:
    return _go_on_or_end(_with(call, _ended(leg, reason)), (StopLeg(leg.id, reason),), now)


def _go_on_or_end(call: Call, stops: tuple[Effect, ...], now: float) -> Transition:
    """A leg is out: the others go on ringing; without any, the best reason ends the call."""
    if call.living:
        return Transition(call, stops)
    reasons = {leg.reason for leg in call.legs}
    best = next((r for r in (Reason.DECLINED, Reason.BUSY) if r in reasons), Reason.UNREACHABLE)
    ended = _end(call, best, Side.RESIDENT if best is Reason.DECLINED else None, now)
    return Transition(ended.call, (*stops, *ended.effects))


def _expire(call: Call, now: float) -> Transition:
    if now < call.deadline:
        return Transition(call)
    if call.stage in (Stage.CALLING, Stage.RINGING):
        if now >= call.stage_deadline:
            return _end(call, Reason.NO_ANSWER, None, now)
        if now >= call.caller_lost_until:
            return _end(call, Reason.LOST, None, now)
        gone = tuple(leg for leg in call.living if now >= leg.lost_until)
        left = _with(call, *(_ended(leg, Reason.LOST) for leg in gone))
        return _go_on_or_end(left, tuple(StopLeg(leg.id, Reason.LOST) for leg in gone), now)
    if now >= call.stage_deadline:
        over = Reason.MEDIA_FAILED if call.stage is Stage.CONNECTING else Reason.TIME_LIMIT
        return _end(call, over, None, now)
    if now >= min(call.caller_lost_until, *(leg.lost_until for leg in call.living)):
        return _end(call, Reason.LOST, None, now)
    if now >= call.silent_since + call.rules.silence:
        return _end(call, Reason.MEDIA_FAILED, None, now)
    return Transition(replace(call, silence_told=True), (TellCaller(), TellResident()))


def _silent(call: Call, side: Side, since: float) -> Transition:
    if call.stage is not Stage.ESTABLISHED:
        return Transition(call)
    # what came before the talk was established says nothing about it
    heard = _heard(call, side, since if since == inf else max(since, call.established_at or since))
    if heard == call:
        return Transition(call)
    all_is_well = call.silence_told and not heard.silence_told
    return Transition(heard, (TellCaller(), TellResident()) if all_is_well else ())


def _heard(call: Call, side: Side, since: float) -> Call:
    """What one end hears, known anew. An end that is gone says nothing: what it said last holds no more."""
    if side is Side.CALLER:
        heard = replace(call, caller_silent_since=since)
    else:
        heard = replace(call, resident_silent_since=since)
    return heard if heard.silent_since < inf else replace(heard, silence_told=False)


def _end(call: Call, reason: Reason, by: Side | None, now: float) -> Transition:
    living = call.living
    ended = _with(call, *(_ended(leg, reason) for leg in living))
    ended = _heard(_heard(ended, Side.CALLER, inf), Side.RESIDENT, inf)
    ended = replace(ended, stage=Stage.ENDED, reason=reason, ended_by=by, ended_at=now, caller_lost_until=inf)
    effects: list[Effect] = [TellCaller()]
    if call.accepted is not None:
        effects.append(TellResident())
    else:
        effects.extend(StopLeg(leg.id, reason) for leg in living)
        effects.extend(_missed(ended))
    return Transition(ended, tuple(effects))


def _missed(call: Call) -> tuple[NoteMissed, ...]:
    people = tuple(person for person in call.people if missed_by(call, person))
    return (NoteMissed(people),) if people else ()


def missed_by(call: Call, person: AccountId) -> bool:
    """Whether `person` missed this call: it ended unanswered and they did not say no themselves."""
    if call.alive or call.accepted is not None:
        return False
    return not any(leg.person == person and leg.reason is Reason.DECLINED for leg in call.legs)


def _establish(call: Call, now: float) -> Call:
    return replace(call, stage=Stage.ESTABLISHED, established_at=now)


def _ended(leg: Leg, reason: Reason) -> Leg:
    return replace(leg, stage=LegStage.ENDED, reason=reason, lost_until=inf)


def _with(call: Call, *changed: Leg) -> Call:
    if not changed:
        return call
    by_id = {leg.id: leg for leg in changed}
    return replace(call, legs=tuple(by_id.get(leg.id, leg) for leg in call.legs))
