"""Codes of authenticator apps: RFC 6238 with six figures, SHA-1 and 30 s, which all of them know."""

from __future__ import annotations

import hmac

import segno
from pyotp import random_base32
from pyotp.totp import TOTP

from intercom.domain.ids import Secret

STEP = 30
_WINDOW = 1
"""Steps to either side that are taken, for clocks that differ (RFC 6238 5.2)."""


class TotpAuthenticator:
    """`ports.Authenticator`."""

    def new_secret(self) -> Secret:
        """See `ports.Authenticator.new_secret`: 160 bits (RFC 4226 4, R6)."""
        return Secret(random_base32())

    def address(self, secret: Secret, email: str, house: str) -> Secret:
        """See `ports.Authenticator.address`."""
        label = house.replace(":", " ").strip() or "Intercom"
        return Secret(TOTP(secret.reveal()).provisioning_uri(name=email, issuer_name=label))

    def picture(self, address: Secret) -> str:
        """See `ports.Authenticator.picture`: black on white whatever the theme, or no camera reads it."""
        code = segno.make(address.reveal(), error="m", micro=False)
        return code.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)

    def step(self, secret: Secret, code: str, now: float) -> int | None:
        """See `ports.Authenticator.step`."""
        app = TOTP(secret.reveal())
        present = int(now) // STEP
        for step in (present, *(s for n in range(1, _WINDOW + 1) for s in (present - n, present + n))):
            if hmac.compare_digest(app.generate_otp(step).encode(), code.encode()):
                return step
        return None
