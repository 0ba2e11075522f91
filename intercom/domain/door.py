"""Opening a door: why not, and what is known about each attempt. Who may is in `permit`.

Three truths, never mixed: *sent* (the access core took the command), *opened* (the lock said so),
*not confirmed* (nobody knows). An attempt is stored before its command leaves, and a command leaves
once: what a crash leaves unsettled becomes *not confirmed*, never a second command.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from math import inf

from intercom.domain.evidence import NOTHING, Evidence
from intercom.domain.ids import (
    AccountId,
    CallId,
    DeviceId,
    EntranceId,
    LockId,
    OpeningId,
    RequestId,
    SiteId,
)
from intercom.domain.language import N_, Sentence, counted

HOME_ASSISTANT = AccountId("home-assistant")
"""Who opened, in the log, where a smart home did: no account has this id."""


class Refusal(StrEnum):
    """Why a door is not opened, or why it is not known; each has its sentence in `SENTENCES`."""

    NOT_IN_CALL = "not_in_call"
    CALL_ENDED = "call_ended"
    NOT_ANSWERING_PARTY = "not_answering_party"
    WRONG_LOCK = "wrong_lock"
    NOT_ALLOWED = "not_allowed"
    REMOVED = "removed"
    """Removed from the unit while the socket was open."""
    LOCK_OFFLINE = "lock_offline"
    CORE_REFUSED = "core_refused"
    NO_REPLY = "no_reply"
    CORE_DOWN = "core_down"
    NO_CONFIRMATION = "no_confirmation"
    INTERRUPTED = "interrupted"
    STALE = "stale"
    CANNOT_RECORD = "cannot_record"
    OUTSIDE_FENCE = "outside_fence"
    FENCE_UNKNOWN = "fence_unknown"
    NOT_AT_DOOR = "not_at_door"
    """The resident who opens without a call is not there."""
    POSITION_NEEDED = "position_needed"
    CLOSED_HOURS = "closed_hours"
    HELD_OPEN = "held_open"
    OTP_INVALID = "otp_invalid"
    OTP_BLOCKED = "otp_blocked"
    """The core takes no remote opening for a while; `until` says how long, where it is known."""
    PIN_NEEDED = "pin_needed"
    CODE_NEEDED = "code_needed"
    PIN_WRONG = "pin_wrong"
    CODE_WRONG = "code_wrong"
    NO_PIN = "no_pin"
    """A PIN or Code is asked for, and the person has not chosen a PIN yet."""
    NO_SUBSCRIPTION = "no_subscription"
    NOT_RELEASED = "not_released"
    OUR_FAULT = "our_fault"


SENTENCES: dict[Refusal, str] = {
    Refusal.NOT_IN_CALL: N_("You are not connected yet. Nothing was sent."),
    Refusal.CALL_ENDED: N_("The call is over. Nothing was sent."),
    Refusal.NOT_ANSWERING_PARTY: N_("Somebody else took this call. Only they can open now."),
    Refusal.WRONG_LOCK: N_("This lock belongs to another entrance."),
    Refusal.NOT_ALLOWED: N_("You may not open this door."),
    Refusal.REMOVED: N_("You were removed from this unit. Nothing was sent."),
    Refusal.LOCK_OFFLINE: N_("The door is offline."),
    Refusal.CORE_REFUSED: N_("The door did not accept the command. Try once more."),
    Refusal.NO_REPLY: N_("The door did not answer."),
    Refusal.CORE_DOWN: N_("The access system is not answering."),
    Refusal.NO_CONFIRMATION: N_("The lock has not told us whether it opened."),
    Refusal.INTERRUPTED: N_("The server was restarted before the lock answered."),
    Refusal.STALE: N_("The command was too old and was not carried out."),
    Refusal.CANNOT_RECORD: N_("The log cannot be written, so nothing was sent."),
    Refusal.OUTSIDE_FENCE: N_("The visitor is not at the door."),
    Refusal.FENCE_UNKNOWN: N_("It is not known whether the visitor is at the door."),
    Refusal.NOT_AT_DOOR: N_("You are not at the door."),
    Refusal.POSITION_NEEDED: N_(
        "It is not known whether you are at the door. Allow this device to say where it is."
    ),
    Refusal.CLOSED_HOURS: N_("Outside opening hours."),
    Refusal.HELD_OPEN: N_("The door is held open. Just push."),
    Refusal.OTP_INVALID: N_("The door did not accept the command. Try once more."),
    Refusal.OTP_BLOCKED: N_("Remote opening is paused."),
    Refusal.PIN_NEEDED: N_("Type your PIN."),
    Refusal.CODE_NEEDED: N_("Type the Code from your phone (5 characters)."),
    Refusal.PIN_WRONG: N_("This PIN is wrong."),
    Refusal.CODE_WRONG: N_("This Code is wrong or old. Take a new one from your phone."),
    Refusal.NO_PIN: N_("This door asks for a PIN, and you have none yet. Choose one under My profile."),
    Refusal.NO_SUBSCRIPTION: N_("The site's access subscription has ended."),
    Refusal.NOT_RELEASED: N_("The installation is not finished."),
    Refusal.OUR_FAULT: N_("Something is wrong on our side. It has been noted."),
}
"""The sentence that people read for each refusal."""

UNTIL: dict[Refusal, str] = {
    Refusal.CLOSED_HOURS: N_("Outside opening hours. Open again at %(time)s."),
    Refusal.OTP_BLOCKED: N_("Remote opening is paused until %(time)s."),
}
"""The sentence instead, where it is known until when: `Sentence(UNTIL[why], {"time": "07:00"})`, by the clock
at the site."""


WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock of an entrance. `open_seconds`: how long it stays open before it locks itself."""

    id: LockId
    site: SiteId
    entrance: EntranceId
    name: str
    open_seconds: float = 5.0
    core_ref: str = ""
    """What the site's access core calls it; empty where the core goes by our own id, or nobody chose yet."""


class Battery(StrEnum):
    """A lock's battery, as far as anybody must know it."""

    OK = "ok"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class LockStatus:
    """What the access core says about a lock now. Times are Unix seconds."""

    online: bool = True
    held_open: bool = False
    since: float | None = None
    """Since when it is offline or held open, or since when `trouble` is so."""
    until: float | None = None
    """Until when it is held open, or until when `trouble` lasts, where the core tells."""
    battery: Battery | None = None
    """None: the core does not tell, or it has none."""
    left_open_since: float | None = None
    """Since when its door has stood open, past the core's own patience."""
    trouble: Refusal | None = None
    """Why a command would fail for now although the lock is online: the core is down or paused, the
    subscription has ended, the installation is not finished."""


class Factor(StrEnum):
    """What is typed to open a door that asks for more than a press."""

    PIN = "pin"
    """On a phone: the PIN that the person chose."""
    CODE = "code"
    """Elsewhere: the Code that their phone shows them, for a few minutes."""


class Truth(StrEnum):
    """What is known about an attempt."""

    ASKED = "asked"
    """On disk; the command may be under way."""
    SENT = "sent"
    OPENED = "opened"
    NOT_CONFIRMED = "not_confirmed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Opening:
    """One attempt to open a door, refused ones too."""

    id: OpeningId
    request: RequestId
    """The press it comes from; unique for a person."""
    site: SiteId
    entrance: EntranceId
    lock: LockId
    lock_name: str
    person: AccountId
    device: DeviceId
    call: CallId | None
    truth: Truth
    at: float
    """When it was stored, Unix seconds."""
    told_at: float
    """When `truth` became so."""
    code: Refusal | None = None
    deadline: float = inf
    """When an unsettled attempt becomes *not confirmed* by itself; inf: settled."""
    relocks_at: float | None = None
    without_call: bool = False
    """Pressed on the home screen. A press that names a call nobody knows is none of these."""
    evidence: Evidence = NOTHING
    """Where the visitor stood as far as it was known; without a call, where the resident did, if that was
    asked."""
    factor: Factor | None = None
    """What the person typed besides, and it was right."""
    core_event: str | None = None
    """What the access core calls its own record of the opening."""
    until: float | None = None
    """Of a refusal: until when, Unix seconds, where that is known."""
    left: int | None = None
    """Of a wrong PIN or Code: tries left."""

    @property
    def settled(self) -> bool:
        """No news are expected."""
        return self.truth in (Truth.OPENED, Truth.NOT_CONFIRMED, Truth.REFUSED)


LATE = 60.0
"""An "opened" that comes this long after "not confirmed" is still believed, in seconds."""


def sent(opening: Opening, now: float, confirm_within: float) -> Opening:
    """The core took the command. An opening that the lock has confirmed already stays confirmed."""
    if opening.truth is not Truth.ASKED:
        return opening
    return replace(opening, truth=Truth.SENT, told_at=now, deadline=now + confirm_within)


def opened(opening: Opening, now: float, open_seconds: float, event: str | None = None) -> Opening:
    """The lock says it opened, at `now` by its own clock. Refused attempts and old ones stay what they are.
    `event`: the core's own id of it.

    A lock's moment may lie before the one when the core's answer came; told it is after that all the same.
    """
    late = opening.truth is Truth.NOT_CONFIRMED and now - opening.at <= LATE
    if opening.truth not in (Truth.ASKED, Truth.SENT) and not late:
        return opening
    return replace(
        opening,
        truth=Truth.OPENED,
        code=None,
        told_at=max(now, opening.told_at),
        deadline=inf,
        relocks_at=now + open_seconds,
        core_event=event,
    )


def not_confirmed(opening: Opening, now: float, why: Refusal) -> Opening:
    """Nobody knows whether it opened."""
    if opening.settled:
        return opening
    return replace(opening, truth=Truth.NOT_CONFIRMED, code=why, told_at=now, deadline=inf)


def refused(opening: Opening, now: float, why: Refusal, until: float | None = None) -> Opening:
    """The core said no: certain that nothing opened."""
    if opening.settled:
        return opening
    return replace(opening, truth=Truth.REFUSED, code=why, told_at=now, deadline=inf, until=until)


def sentence(opening: Opening, zone: tzinfo) -> str | None:
    """Why it was refused or is not known, in words, by the clock in `zone`; None where there is no reason."""
    return words(opening.code, opening.at, zone, opening.until, opening.left) if opening.code else None


def words(why: Refusal, now: float, zone: tzinfo, until: float | None = None, left: int | None = None) -> str:
    """The sentence for a refusal at `now`, with what is known: until when, or how many tries are left."""
    if until is not None and why in UNTIL:
        return Sentence(UNTIL[why], {"time": _clock(until, now, zone)})
    if left is not None and why is Refusal.PIN_WRONG:
        return counted(
            "This PIN is wrong. %(count)s try is left, then a pause of 15 minutes.",
            "This PIN is wrong. %(count)s tries are left, then a pause of 15 minutes.",
            left,
        )
    if left is not None and why is Refusal.CODE_WRONG:
        return counted(
            "This Code is wrong or old. %(count)s try is left, then a pause of 15 minutes.",
            "This Code is wrong or old. %(count)s tries are left, then a pause of 15 minutes.",
            left,
        )
    return SENTENCES[why]


def _clock(at: float, now: float, zone: tzinfo) -> str:
    """The time of day, with the day's name where that is another one."""
    then = datetime.fromtimestamp(at, zone)
    if then.date() == datetime.fromtimestamp(now, zone).date():
        return f"{then:%H:%M}"
    return N_("%(day)s %(time)s", day=WEEKDAYS[then.weekday()], time=f"{then:%H:%M}")
