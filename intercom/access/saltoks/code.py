"""The Code (OTP) that a remote opening carries."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import md5

from intercom.domain.ids import Secret

LENGTH = 5


def code(at: float, secret: Secret, pin: Secret) -> Secret:
    """The Code at a moment (Unix seconds, by the vendor's clock), of a user's secret for a hub and their PIN.

    Good for 3 minutes from `at`.
    """
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d%H%M%S")
    mixed = (moment + secret.reveal() + pin.reveal()).encode()
    return Secret(md5(mixed, usedforsecurity=False).hexdigest()[:LENGTH])  # the vendor's choice, not ours
