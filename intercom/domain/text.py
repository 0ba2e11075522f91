"""What people type as names and labels, made fit to be shown everywhere.

A name is shown on panels, in mails, letters, spreadsheets and push services' screens. Whatever could
change how the text around it is read (control and direction characters, Unicode Technical Report 36,
2.10) is refused in words rather than taken out in silence.
"""

from __future__ import annotations

import unicodedata

from intercom.domain.language import N_

NAME_LENGTH = 80
"""Longest name, in characters."""

_JOINERS = "\u200c\u200d"  # part of how Persian, Hindi and emoji are written
_MARKS = 4  # accents on one letter that any living script needs at most


def one_line(text: str, longest: int = NAME_LENGTH) -> str:
    """`text` in NFC, with single spaces and none at its ends. May be empty.

    Raises `ValueError` with a sentence for the person who typed it.
    """
    if len(text) > longest * 4:
        raise ValueError(N_("At most %(most)s characters.", most=longest))
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if len(plain) > longest:
        raise ValueError(N_("At most %(most)s characters.", most=longest))
    marks = 0
    for character in plain:
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks > _MARKS:
            raise ValueError(N_("Too many accents on one letter."))
        if character in _JOINERS or character == " ":
            continue
        if kind[0] == "C" or kind in ("Zl", "Zp"):
            raise ValueError(N_("This has characters that cannot be shown. Type it anew without copying."))
    if plain and not any(unicodedata.category(c)[0] in "LNPS" for c in plain):
        raise ValueError(N_("This has nothing that can be shown."))
    return plain


def name(text: str, longest: int = NAME_LENGTH) -> str:
    """As `one_line`, and not empty. Raises `ValueError` with a sentence."""
    plain = one_line(text, longest)
    if not plain:
        raise ValueError(N_("Fill this in."))
    return plain


def initial(text: str) -> str:
    """The first letter of a name with the marks that belong to it: one letter as people count."""
    letter = text[:1]
    for character in text[1:]:
        if unicodedata.category(character) not in ("Mn", "Me", "Mc") and character not in _JOINERS:
            break
        letter += character
    return letter
