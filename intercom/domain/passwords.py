"""Which passwords are good enough, and the one form in which a password is compared.

After NIST SP 800-63B-4, 3.1.1.2: length counts, any character is welcome, no rules of composition, none
that is common or made of what everybody knows of its owner.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass

from intercom.domain.errors import Invalid
from intercom.domain.ids import Secret
from intercom.domain.language import N_

SHORTEST, LONGEST = 8, 128
"""In characters, as Unicode counts code points."""

_TOO_SHORT = N_("Use at least 8 characters.")
_TOO_LONG = N_("Use at most 128 characters.")
_CONTROLS = N_("This has characters that no keyboard types. Type it anew without copying.")
_COMMON = N_("This password is on the list of common ones. Add a word or two.")
_PATTERN = N_("This is a row or a repetition that is quickly guessed. Use a few words instead.")
_OWN = N_("This is made of your name, your e-mail or the name of the house. Add other words.")

_LEET = str.maketrans("0134578@$!|€+ß", "oieastbasiiets")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "qwertzuiopü",
    "azertyuiop",
    "asdfghjklöä",
    "asdfghjklñ",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "wxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "1q2w3e4r5t6y7u8i9o0p",
    "qawsedrftgyhujikolp",
)
_RUN = 4
"""A row counts as one step of guessing from so many characters on."""
_DISTINCT = 5
_OWN_WORD = 3


def prepared(password: Secret) -> Secret:
    """As it is hashed and compared: NFC with plain spaces, as RFC 8265, 4.2 (OpaqueString), so that one
    keyboard types what another did; without the spaces around it, which come from copying (NIST SP
    800-63B-4 allows for that)."""
    text = unicodedata.normalize("NFC", password.reveal())
    return Secret("".join(" " if unicodedata.category(c) == "Zs" else c for c in text).strip())


def folded(text: str) -> str:
    """What a password is, without the usual disguises: `P@ssw0rd` and `password` are one."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LEET).replace("l", "i")
    return "".join(c for c in plain if c.isalnum())


def _bare(text: str) -> str:
    """`text` without figures and signs around it: `Summer2024!` is `Summer`."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """What a new password must be. `common`: folded passwords that everybody tries first."""

    common: Container[str]

    def check(self, password: Secret, own: Iterable[str] = (), field: str = "password") -> Secret:
        """The password as it is to be hashed.

        `own`: what is known of its owner: names, e-mail, the site's name. Raises `Invalid` with a
        sentence for `field`.
        """
        ready = prepared(password)
        sentence = self._fault(ready.reveal(), own)
        if sentence is not None:
            raise Invalid(**{field: sentence})
        return ready

    def _fault(self, text: str, own: Iterable[str]) -> str | None:
        if len(text) < SHORTEST:
            return _TOO_SHORT
        if len(text) > LONGEST:
            return _TOO_LONG
        if any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
            return _CONTROLS
        bare = _bare(text)
        half = text[: len(text) // 2] if text[: len(text) // 2] == text[len(text) // 2 :] else text
        if any(folded(part) in self.common for part in (text, bare, half)):
            return _COMMON
        if len(set(text)) < _DISTINCT or _steps(text.casefold()) < _RUN:
            return _PATTERN
        if any(word in text.casefold() for word in _words(own)) and _left(bare, own) < _RUN:
            return _OWN
        return None


def _words(own: Iterable[str]) -> list[str]:
    """What is known of the owner, word by word, longest first."""
    texts = [text.casefold() for text in own]
    words = {word for text in texts for word in (*re.split(r"[\W_]+", text), text.partition("@")[0])}
    return sorted((word for word in words if len(word) >= _OWN_WORD), key=len, reverse=True)


def _left(bare: str, own: Iterable[str]) -> int:
    """How many letters are left when the owner's words are taken out."""
    rest = bare.casefold()
    for word in _words(own):
        rest = rest.replace(word, "")
    return sum(c.isalpha() for c in rest)


def _steps(text: str) -> int:
    """How many things one must guess: a row of keys, a repetition of one character or of the text so
    far is one."""
    steps, at = 0, 0
    while at < len(text):
        at += max(1, _row(text, at), _same(text, at), _again(text, at))
        steps += 1
    return steps


def _row(text: str, at: int) -> int:
    """Length of the row of keys that starts here, forwards or backwards; 0 if it is a short one."""
    longest = 0
    for row in _ROWS:
        for line in (row, row[::-1]):
            length = 0
            while at + length < len(text) and text[at : at + length + 1] in line:
                length += 1
            longest = max(longest, length)
    return longest if longest >= _RUN else 0


def _same(text: str, at: int) -> int:
    length = len(text[at:]) - len(text[at:].lstrip(text[at]))
    return length if length >= 3 else 0


def _again(text: str, at: int) -> int:
    """Length of what stands here and has stood before it, word for word."""
    length = 0
    while at + length < len(text) and text[at : at + length + 1] in text[:at]:
        length += 1
    return length if length >= 2 else 0
