"""What is known of a device's ringing."""

from __future__ import annotations

import pytest

from intercom.domain.health import PROOF_SECONDS, Fault, Health, Judgement, Proof, judge

NOW = 10_000_000.0
FRESH, OLD = Proof(NOW - PROOF_SECONDS, 0.8), Proof(NOW - PROOF_SECONDS - 1, 0.8)


@pytest.mark.parametrize(
    ("connected", "push", "push_gone", "proof", "known"),
    [
        (True, False, False, FRESH, Judgement(Health.RINGS)),
        (False, True, False, FRESH, Judgement(Health.RINGS)),
        (True, False, False, None, Judgement(Health.UNPROVEN)),
        (False, True, False, OLD, Judgement(Health.UNPROVEN)),
        (False, False, False, FRESH, Judgement(Health.CANNOT_RING, Fault.CLOSED)),
        (False, False, True, FRESH, Judgement(Health.CANNOT_RING, Fault.PUSH_GONE)),
        (True, False, True, FRESH, Judgement(Health.RINGS, Fault.PUSH_GONE)),
        (False, True, True, None, Judgement(Health.UNPROVEN)),
    ],
)
def test_a_device_rings_when_a_way_leads_to_it_and_it_proved_it_within_a_week(
    connected: bool, push: bool, push_gone: bool, proof: Proof | None, known: Judgement
) -> None:
    assert judge(connected=connected, push=push, push_gone=push_gone, proof=proof, now=NOW) == known
