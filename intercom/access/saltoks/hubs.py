"""The hubs of a site, and how far our user is activated on each: the Code needs a secret and a PIN per hub.

not_activated -> pending_pin -> activated -> degraded -> reactivation_required -> pending_pin
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, cast

from intercom.domain.ids import Secret

WRONG_IN_A_ROW = 3
"""So many wrong Codes, and a hub is degraded."""
PAUSE = 25 * 60.0
"""How long a hub that blocked us is left alone, in seconds."""


class Stage(StrEnum):
    """How far our user is activated on a hub."""

    NOT_ACTIVATED = "not_activated"
    PENDING_PIN = "pending_pin"
    """The secret is stored; the PIN is in a mail."""
    ACTIVATED = "activated"
    DEGRADED = "degraded"
    """The hub has refused several Codes; it may still take one."""
    REACTIVATION_REQUIRED = "reactivation_required"
    """The secret or the PIN is surely another by now."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub. `name`, `online` and `needs_code` are what the vendor last said; the rest is kept by us."""

    id: str
    name: str = ""
    online: bool = True
    needs_code: bool = True
    stage: Stage = Stage.NOT_ACTIVATED
    secret: Secret | None = None
    pin: Secret | None = None
    wrong: int = 0
    """Wrong Codes in a row."""
    blocked_until: float = 0.0

    @property
    def ready(self) -> bool:
        """A command may go to it: it needs no Code, or we can make one."""
        return not self.needs_code or (
            self.stage in (Stage.ACTIVATED, Stage.DEGRADED)
            and self.secret is not None
            and self.pin is not None
        )


def given_secret(hub: Hub, secret: Secret) -> Hub:
    """The hub's secret is known; it is told once, so store this at once."""
    return replace(hub, stage=Stage.PENDING_PIN, secret=secret, pin=None, wrong=0, blocked_until=0.0)


def given_pin(hub: Hub, pin: Secret) -> Hub:
    """The hub took a Code of this PIN."""
    return replace(hub, stage=Stage.ACTIVATED, pin=pin, wrong=0, blocked_until=0.0)


def code_taken(hub: Hub) -> Hub:
    """A Code was right."""
    if not hub.needs_code or (hub.stage is Stage.ACTIVATED and hub.wrong == 0):
        return hub
    return replace(hub, stage=Stage.ACTIVATED, wrong=0, blocked_until=0.0)


def code_wrong(hub: Hub) -> Hub:
    """A Code was refused."""
    wrong = hub.wrong + 1
    if hub.stage is Stage.DEGRADED and wrong >= 2 * WRONG_IN_A_ROW:
        return replace(hub, stage=Stage.REACTIVATION_REQUIRED, wrong=wrong)
    if hub.stage is Stage.ACTIVATED and wrong >= WRONG_IN_A_ROW:
        return replace(hub, stage=Stage.DEGRADED, wrong=wrong)
    return replace(hub, wrong=wrong)


def code_blocked(hub: Hub, now: float) -> Hub:
    """The hub takes no Codes for a while. One that was degraded already will not take them after it."""
    stage = Stage.REACTIVATION_REQUIRED if hub.stage is Stage.DEGRADED else hub.stage
    return replace(hub, stage=stage, blocked_until=now + PAUSE)


def to_state(hubs: Mapping[str, Hub]) -> dict[str, object]:
    """What is kept of them, for the vault."""
    return {
        hub.id: {
            "stage": hub.stage.value,
            "secret": hub.secret.reveal() if hub.secret else None,
            "pin": hub.pin.reveal() if hub.pin else None,
            "wrong": hub.wrong,
            "blocked_until": hub.blocked_until,
        }
        for hub in hubs.values()
        if hub.stage is not Stage.NOT_ACTIVATED or hub.blocked_until
    }


def from_state(state: object) -> dict[str, Hub]:
    """The hubs as they were kept; one that cannot be read is as new."""
    hubs: dict[str, Hub] = {}
    for name, kept in cast("Mapping[str, Any]", state if isinstance(state, dict) else {}).items():
        try:
            hubs[name] = Hub(
                name,
                stage=Stage(kept["stage"]),
                secret=Secret(kept["secret"]) if kept["secret"] else None,
                pin=Secret(kept["pin"]) if kept["pin"] else None,
                wrong=int(kept["wrong"]),
                blocked_until=float(kept["blocked_until"]),
            )
        except (KeyError, TypeError, ValueError):
            hubs[name] = Hub(name)
    return hubs
