"""Who rings: from the people behind an entry to the legs of a call.

A person who rings or talks in another call is busy; a device that does not disturb, or whose owner has
quiet hours or is on the telephone, is left out. The caller is never told which of these it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from intercom.domain.call import Leg, Reason
from intercom.domain.ids import AccountId, DeviceId, LegId


@dataclass(frozen=True, slots=True)
class Device:
    """A phone or browser of a resident, as far as ringing goes."""

    id: DeviceId
    person: AccountId
    name: str
    online: bool = False
    """It can be told to ring by its socket."""
    dnd: bool = False
    on_the_phone: bool = False
    push: bool = False
    """It can be told to ring by a push."""
    let_through: bool = False
    """It rings although its owner does not want to be disturbed."""


@dataclass(frozen=True, slots=True)
class Fork:
    """The legs to invite; with none, `nobody` says why."""

    legs: tuple[Leg, ...]
    nobody: Reason = Reason.UNREACHABLE
    busy: tuple[AccountId, ...] = ()
    """Who would ring, were they not talking."""


def fork(
    people: Iterable[AccountId],
    devices: Mapping[AccountId, Collection[Device]],
    busy: Collection[AccountId],
    new_leg: Callable[[], LegId],
    quiet: Collection[AccountId] = (),
) -> Fork:
    """One leg for each device that can ring now, in the order of `people`.

    `busy` are the people who ring or talk in another call, `quiet` those who have quiet hours. When
    nobody can ring, the reason is BUSY if at least one person would ring were they not busy, else
    UNREACHABLE.
    """
    legs: list[Leg] = []
    talking: list[AccountId] = []
    for person in dict.fromkeys(people):
        present = [
            d
            for d in devices.get(person, ())
            if (d.online or d.push) and (d.let_through or not (d.dnd or person in quiet))
        ]
        if not present:
            continue
        if person in busy or any(d.on_the_phone for d in present):
            talking.append(person)
            continue
        legs.extend(Leg(new_leg(), d.id, person, pushed=not d.online) for d in present)
    return Fork(tuple(legs), Reason.BUSY if talking else Reason.UNREACHABLE, tuple(talking))
