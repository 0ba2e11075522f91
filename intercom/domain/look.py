"""A look at the door: a resident sees what a fixed panel sees, without a ring.

No sound either way, nobody is seen or rung, and the panel shows that somebody looks. It ends by itself
soon, and at once when somebody rings there: what a visitor of another household does is nobody's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from intercom.domain.ids import AccountId, CallId, DeviceId, EntranceId, PanelId, SiteId

LOOK_SECONDS = 30.0


class LookEnd(StrEnum):
    """Why a look is over."""

    STOPPED = "stopped"
    TIME = "time"
    RING = "ring"
    """Somebody rings at that panel."""
    OFFLINE = "offline"
    """The panel's connection is gone."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look. `id` stands where a call's and a leg's would in the negotiation of its picture."""

    id: CallId
    site: SiteId
    entrance: EntranceId
    panel: PanelId
    person: AccountId
    device: DeviceId
    until: float
    """Unix seconds."""
