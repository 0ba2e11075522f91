"""The sign beside a door: a code for the phone's camera, a short address for fingers, and a word.

The code is 65 random bits in Crockford's Base32 and stands in the address; whoever has it has the names at
the door. The word proves that somebody reads the sign now: it is asked for when a phone cannot say where it
is, or when many ring. It is no word of any language, so that nobody has to know how it is spelled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from intercom.domain.codes import LETTERS, typed
from intercom.domain.ids import Secret

CODE_LENGTH = 13
_CONSONANTS = "bdfklmnprstvz"
_VOWELS = "aeiou"
_SYLLABLES = 3


def new_code(choose: Callable[[Sequence[str]], str]) -> str:
    """A code, of letters that `choose` picks."""
    return "".join(choose(LETTERS) for _ in range(CODE_LENGTH)).lower()


def new_word(choose: Callable[[Sequence[str]], str]) -> str:
    """A word that everybody can read and type: 18 bits, against guesses that are counted."""
    return "".join(choose(_CONSONANTS) + choose(_VOWELS) for _ in range(_SYLLABLES))


def in_groups(code: str) -> str:
    """The code as it is printed: `7k3m-9xqp4-vt2c`."""
    return f"{code[:4]}-{code[4:9]}-{code[9:]}"


def meant(code: str) -> str:
    """The code that somebody typed or scanned: case and hyphens do not matter, O is 0, I and L are 1."""
    return typed(Secret(code)).reveal().lower()


def same_word(one: Secret, other: str) -> bool:
    """Whether the word was meant: case and spaces do not matter."""
    plain = "".join(one.reveal().split()).casefold()
    return bool(other) and plain == other.casefold()
