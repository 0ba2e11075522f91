"""Ring health: whether a device is known to ring, and if not, why.

Nothing is taken on trust: a device rings when it said so itself, after it was told to. A proof is old
after a week, because phones lose subscriptions and permissions without telling anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PROOF_SECONDS = 7 * 86400.0
"""How long a proof counts."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A device rang. `at` in Unix seconds; `took`: seconds from the press, or from the test, until then."""

    at: float
    took: float


class Health(StrEnum):
    """What is known of a device."""

    RINGS = "rings"
    UNPROVEN = "unproven"
    CANNOT_RING = "cannot_ring"


class Fault(StrEnum):
    """What is wrong with a device."""

    CLOSED = "closed"
    """Its page is closed, and no push was ever allowed: it rings again when the page is opened."""
    PUSH_GONE = "push_gone"
    """The push service forgot it: notifications must be turned on again."""
    NOT_INSTALLED = "not_installed"
    """An iPhone or iPad takes pushes only for a page that was put on its home screen."""
    SILENT = "silent"
    """It was asked at night and did not answer: switched off, or without a network."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known. A device with a fault may still ring, while its page is open."""

    health: Health
    fault: Fault | None = None


def judge(
    *,
    connected: bool,
    push: bool,
    push_gone: bool,
    proof: Proof | None,
    now: float,
    apple: bool = False,
    silent: bool = False,
) -> Judgement:
    """Judge a device. `connected`: by socket; `push`: a push may wake it; `push_gone`: none can any more;
    `apple`: an iPhone or iPad; `silent`: the last nightly test was not answered."""
    fault = None
    if not push:
        fault = Fault.PUSH_GONE if push_gone else Fault.NOT_INSTALLED if apple else None
    elif silent and not connected:
        fault = Fault.SILENT
    if not connected and not push:
        return Judgement(Health.CANNOT_RING, fault or Fault.CLOSED)
    fresh = proof is not None and now - proof.at <= PROOF_SECONDS
    return Judgement(Health.RINGS if fresh else Health.UNPROVEN, fault)
