"""How the people behind an entry can be reached at this moment: by socket, by push, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from intercom.domain.fork import Device
from intercom.domain.ids import AccountId
from intercom.domain.week import lasts_until
from intercom.ports import Presence, QuietHours, Subscriptions


@dataclass(frozen=True, slots=True)
class Reach:
    """Asks what is in memory; a visitor waits for it."""

    presence: Presence
    subscriptions: Subscriptions
    quiet_hours: QuietHours

    def devices(self, people: Collection[AccountId]) -> Mapping[AccountId, Sequence[Device]]:
        """Connected devices, then those that a push may wake."""
        connected = self.presence.devices(people)
        pushed = self.subscriptions.devices(people)
        if not pushed:
            return connected
        return {
            person: (
                *connected.get(person, ()),
                *(
                    Device(d.id, person, d.name, dnd=d.dnd, push=True, let_through=d.let_through)
                    for d in pushed.get(person, ())
                    if not self.presence.online(d.id)
                ),
            )
            for person in people
        }

    def quiet(self, people: Collection[AccountId], zone: str, now: float) -> frozenset[AccountId]:
        """Of these people, who have quiet hours now. `zone`: the site's."""
        return frozenset(
            person
            for person, quiet in self.quiet_hours.of(people).items()
            if lasts_until(quiet.spans, ZoneInfo(quiet.zone or zone), now) is not None
        )
