"""The order of names, and what makes a typed word find one: without accents and capitals.

Numbers are ordered by their value, and before letters. Letters stand as the language's dictionaries have
them: in Spanish ñ comes after n; elsewhere, and in German lists of names by DIN 5007-1, a letter with an
accent stands with the letter without it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_OWN = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d",
    "þ": "th", "ı": "i", "ŋ": "n", "ħ": "h", "’": "'",
}  # fmt: skip
_LETTERS = str.maketrans(_OWN)  # what Unicode does not take apart into a letter and a mark
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_AFTER = "\uffff"  # behind every letter that may follow
_LATER = {"es": str.maketrans({"ñ": f"n{_AFTER}"})}
_KEPT = 1 << 15  # a site is read anew at each change, and most of its names are the same then
_DIGITS = re.compile(r"(\d+)")


def plain(text: str) -> str:
    """`text` without accents and capitals: what is searched in, and for."""
    if text.isascii():
        return text.lower()
    low = unicodedata.normalize("NFKC", text).lower().translate(_LETTERS)
    return "".join(c for c in unicodedata.normalize("NFKD", low) if not unicodedata.combining(c)).casefold()


@lru_cache(_KEPT)
def searchable(text: str) -> str:
    """What a search looks through: `text` plain, and once more as people write it who have no umlauts."""
    one = plain(text)
    if text.isascii():
        return one
    other = plain(unicodedata.normalize("NFC", text).lower().translate(_UMLAUTS))
    return one if one == other else f"{one} {other}"


@lru_cache(_KEPT)
def sort_key(text: str, language: str = "en") -> str:
    """A key that orders texts as lists of names in `language` are ordered."""
    if not text.isascii():
        later = _LATER.get(language)
        if later:
            text = unicodedata.normalize("NFC", text).lower().translate(later)
    return _DIGITS.sub(_number, plain(text))


def _number(found: re.Match[str]) -> str:
    digits = "".join(str(unicodedata.decimal(c)) for c in found[0]).lstrip("0")
    return f"\x01{chr(0x20 + len(digits))}{digits}"
