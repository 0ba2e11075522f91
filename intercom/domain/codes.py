"""Codes that people read from a screen or from paper and type by hand: `ABCDE-FGHJK`, 50 bits."""

from __future__ import annotations

from intercom.domain.ids import Secret

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O, U: nothing that is misread (as in Crockford's Base32)."""
LENGTH = 10


def printed(code: str) -> str:
    """The code as it is shown, in two groups."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def typed(code: Secret) -> Secret:
    """The code that was meant: case, spaces and hyphens do not matter, O is 0, I and L are 1."""
    plain = "".join(c for c in code.reveal().upper() if c.isalnum())
    return Secret(plain.translate(str.maketrans("OIL", "011")))
