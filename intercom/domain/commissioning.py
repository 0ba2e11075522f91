"""The checklist of a site before people trust its doors: each line with its evidence, and when it was seen.

Nothing is ticked by hand. A line is green because the thing itself said so: the lock that it opened, the
device that it rang, the relay that it gave an address out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from intercom.domain.language import N_, Sentence, counted

EVIDENCE_SECONDS = 30 * 86400.0
"""What was seen counts for so long."""


class Item(StrEnum):
    """What is looked at, in the order of the list."""

    CORE = "core"
    LOCK = "lock"
    OPENING = "opening"
    WAY_IN = "way_in"
    """Somebody can ring at the entrance: by a panel or by its code."""
    SCAN = "scan"
    RING = "ring"
    RELAY = "relay"
    MAIL = "mail"
    PUSH = "push"


class Lamp(StrEnum):
    """How a line stands."""

    GOOD = "good"
    BAD = "bad"
    OPEN = "open"
    """Not proven yet."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line. `subject`: the id of a lock or an entrance, `name` its name; `at`: when it was seen, Unix
    seconds."""

    item: Item
    lamp: Lamp
    said: str
    subject: str = ""
    name: str = ""
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of looking at something: `said` is a sentence."""

    good: bool
    said: str
    at: float


@dataclass(frozen=True, slots=True)
class LockFact:
    """A lock: whether it is online now, and when it last said that it opened for a person who pressed."""

    id: str
    name: str
    online: bool
    opened_at: float | None = None


@dataclass(frozen=True, slots=True)
class DoorFact:
    """An entrance: its panels, how many of them are connected, whether it has a code, and when a visitor last
    rang from inside its fence."""

    id: str
    name: str
    panels: int
    connected: int
    code: bool
    fenced: bool
    scanned_at: float | None = None


@dataclass(frozen=True, slots=True)
class MailFact:
    """`sends`: letters leave by a mail server. The rest: of the last letter that was written to try it."""

    sends: bool
    asked_at: float | None = None
    sent_at: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the list is made of. `relays`: whether relays are set."""

    core: Looked | None
    locks: Sequence[LockFact]
    doors: Sequence[DoorFact]
    rang_at: float | None
    relays: bool
    relay: Looked | None
    mail: MailFact
    push_devices: int


def checklist(facts: Facts, now: float) -> tuple[Line, ...]:
    """The list, in order."""
    return (
        _core(facts.core, now),
        *_locks(facts.locks, now),
        *(line for door in facts.doors for line in _door(door, now)),
        _ring(facts.rang_at, now),
        _relay(facts, now),
        _mail(facts.mail, now),
        _push(facts.push_devices),
    )


def ready(lines: Collection[Line]) -> bool:
    """Every line is green."""
    return all(line.lamp is Lamp.GOOD for line in lines)


def _core(looked: Looked | None, now: float) -> Line:
    if looked is None or not _lately(looked.at, now):
        return Line(Item.CORE, Lamp.OPEN, N_("Nobody has asked the access core lately."))
    return Line(Item.CORE, Lamp.GOOD if looked.good else Lamp.BAD, looked.said, at=looked.at)


def _locks(locks: Sequence[LockFact], now: float) -> list[Line]:
    if not locks:
        return [Line(Item.LOCK, Lamp.OPEN, N_("No entrance has a lock yet."))]
    lines: list[Line] = []
    for lock in locks:
        here = (lock.id, lock.name)
        if lock.online:
            lines.append(Line(Item.LOCK, Lamp.GOOD, N_("Online."), *here, at=now))
        else:
            lines.append(Line(Item.LOCK, Lamp.BAD, N_("Offline."), *here, at=now))
        if _lately(lock.opened_at, now):
            lines.append(Line(Item.OPENING, Lamp.GOOD, N_("It said that it opened."), *here, lock.opened_at))
        else:
            words = N_("Open it once. The lock itself must say that it opened.")
            lines.append(Line(Item.OPENING, Lamp.OPEN, words, *here))
    return lines


def _door(door: DoorFact, now: float) -> list[Line]:
    here = (door.id, door.name)
    if door.connected:
        words: str = N_("A panel is connected.")
        lines = [Line(Item.WAY_IN, Lamp.GOOD, words, *here, at=now)]
    elif door.panels:
        lines = [Line(Item.WAY_IN, Lamp.BAD, N_("Its panel is not connected."), *here, at=now)]
    elif door.code:
        lines = [Line(Item.WAY_IN, Lamp.GOOD, N_("Visitors ring by the code on the sign."), *here, at=now)]
    else:
        words = N_("Nobody can ring here: pair a panel, or print a sign.")
        lines = [Line(Item.WAY_IN, Lamp.BAD, words, *here, at=now)]
    if door.code and _lately(door.scanned_at, now):
        lines.append(Line(Item.SCAN, Lamp.GOOD, N_("A visitor rang from the sign."), *here, door.scanned_at))
    elif door.code:
        words = (
            N_("Scan the sign at the door and ring: the phone must stand inside the fence.")
            if door.fenced
            else N_("Scan the sign at the door and ring.")
        )
        lines.append(Line(Item.SCAN, Lamp.OPEN, words, *here))
    return lines


def _ring(rang_at: float | None, now: float) -> Line:
    if _lately(rang_at, now):
        return Line(Item.RING, Lamp.GOOD, N_("A resident’s device said that it rang."), at=rang_at)
    return Line(Item.RING, Lamp.OPEN, N_("Ring a resident, or have one press “Test ring”."))


def _relay(facts: Facts, now: float) -> Line:
    if not facts.relays:
        words = N_("No relay (TURN) is set: phones outside the house’s network may get no picture.")
        return Line(Item.RELAY, Lamp.OPEN, words)
    if facts.relay is None or not _lately(facts.relay.at, now):
        return Line(Item.RELAY, Lamp.OPEN, N_("Nobody has asked the relay lately."))
    return Line(Item.RELAY, Lamp.GOOD if facts.relay.good else Lamp.BAD, facts.relay.said, at=facts.relay.at)


def _mail(mail: MailFact, now: float) -> Line:
    if not mail.sends:
        return Line(Item.MAIL, Lamp.OPEN, N_("Letters are put into a folder: no mail server is set."))
    if _lately(mail.sent_at, now):
        return Line(Item.MAIL, Lamp.GOOD, N_("The mail server took a letter."), at=mail.sent_at)
    if mail.error is not None:
        words: Sentence = N_("The mail server said: %(error)s", error=mail.error[:200])
        return Line(Item.MAIL, Lamp.BAD, words, at=mail.asked_at)
    if mail.sent_at is None and mail.asked_at is not None:
        return Line(Item.MAIL, Lamp.OPEN, N_("A letter is on its way."), at=mail.asked_at)
    return Line(Item.MAIL, Lamp.OPEN, N_("Send yourself a letter to try it."))


def _push(devices: int) -> Line:
    if not devices:
        words = N_("No device rings when its page is closed: turn it on on one, in its settings.")
        return Line(Item.PUSH, Lamp.OPEN, words)
    words = counted(
        "%(count)s device rings also when its page is closed.",
        "%(count)s devices ring also when their pages are closed.",
        devices,
    )
    return Line(Item.PUSH, Lamp.GOOD, words)


def _lately(at: float | None, now: float) -> bool:
    return at is not None and now - at <= EVIDENCE_SECONDS
