"""The second thing that opens a door: a PIN on the phone, and a Code that the phone shows for other browsers.

The PIN is what the person knows. A Code is made of a secret of theirs and the time, so that the server
keeps none; it proves that they hold the phone and know the PIN.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import floor

from intercom.domain.codes import LETTERS, typed
from intercom.domain.errors import Invalid
from intercom.domain.ids import AccountId, Secret
from intercom.domain.language import N_

SHORTEST, LONGEST = 4, 8
"""Digits of a PIN."""
TRIES = 5
"""Wrong ones in a row, PINs and Codes together, before a pause."""
PAUSE = 900.0
"""How long that is, in seconds."""
CODE_LENGTH = 5
CODE_SECONDS = 180.0
"""How long a Code is good; it may be used again within them."""

_STEP = 10.0
"""Codes that are asked for within so many seconds are the same."""
_STEPS = round(CODE_SECONDS / _STEP)


@dataclass(frozen=True, slots=True)
class OpeningPin:
    """A person's PIN as it is kept. `sealed`: the secret that their Codes are made of, and that the hash has
    in it too: so few digits would be found out from the hash alone."""

    account: AccountId
    hash: str = field(repr=False)
    sealed: str = field(repr=False)
    set_at: float
    failures: int = 0
    blocked_until: float | None = None


def check_pin(pin: Secret) -> Secret:
    """The PIN, if it may be one. Raises `Invalid` with a sentence for `pin`."""
    digits = pin.reveal().strip()
    if not (digits.isascii() and digits.isdecimal() and SHORTEST <= len(digits) <= LONGEST):
        raise Invalid(pin=N_("A PIN has %(least)s to %(most)s digits.", least=SHORTEST, most=LONGEST))
    if _easy(digits):
        raise Invalid(pin=N_("This PIN is among the first that people try. Choose another."))
    return Secret(digits)


def _easy(digits: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    runs = len(steps) == 1 and steps <= {0, 1, 9}  # 7777, 1234, 9876
    halves = len(digits) % 2 == 0 and digits[: len(digits) // 2] == digits[len(digits) // 2 :]  # 1212
    pairs = len(digits) == 4 and digits[0] == digits[1] and digits[2] == digits[3]  # 1122
    years = len(digits) == 4 and digits[:2] in ("19", "20")
    column = digits in ("2580", "0852")  # of the keys of a telephone
    return runs or halves or pairs or years or column


def tried(pin: OpeningPin, now: float) -> OpeningPin | None:
    """With one more try counted, before what was typed is looked at; None while it is paused."""
    if pin.blocked_until is not None:
        if now < pin.blocked_until:
            return None
        pin = replace(pin, failures=0, blocked_until=None)
    failures = pin.failures + 1
    return replace(pin, failures=failures, blocked_until=now + PAUSE if failures >= TRIES else None)


def proven(pin: OpeningPin) -> OpeningPin:
    """What was typed was right: nothing is counted any more."""
    return replace(pin, failures=0, blocked_until=None)


def peppered(pin: Secret, secret: Secret) -> Secret:
    """What is hashed."""
    return Secret(f"{pin.reveal().strip()} {secret.reveal()}")


def code(secret: Secret, now: float) -> Secret:
    """The Code of this moment, good for `CODE_SECONDS`."""
    return _of_step(secret, floor(now / _STEP))


def is_code(secret: Secret, given: Secret, now: float) -> bool:
    """Whether `given` is a Code that is good now, as people type it."""
    meant = typed(given).reveal().encode()
    newest = floor(now / _STEP)
    fits = [
        hmac.compare_digest(_of_step(secret, newest - back).reveal().encode(), meant)
        for back in range(_STEPS + 1)
    ]
    return any(fits)


def _of_step(secret: Secret, step: int) -> Secret:
    number = int.from_bytes(hmac.digest(secret.reveal().encode(), str(step).encode(), "sha256")[:8])
    letters = (LETTERS[(number >> 5 * place) % len(LETTERS)] for place in range(CODE_LENGTH))
    return Secret("".join(letters))
