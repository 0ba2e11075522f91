"""The languages that the server speaks, and sentences that are translated where they are shown.

The inner rooms make sentences in English and know no language. A `Sentence` is that English text and
remembers what it was made of, so that an edge can say the same in the reader's language.
"""

from __future__ import annotations

from typing import Any

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "de": "Deutsch"}
"""Code (BCP 47) to the language's own name."""


class Sentence(str):
    """The English text, made of a sentence of the catalogue and the values for its `%(name)s`.

    With `many` it is the plural for `count`, which is a value as well.
    """

    msgid: str
    values: dict[str, Any]
    many: str | None
    number: int

    def __new__(
        cls, msgid: str, values: dict[str, Any] | None = None, many: str | None = None, count: int = 1
    ) -> Sentence:
        given = dict(values or {})
        pattern = msgid if many is None or count == 1 else many
        text = super().__new__(cls, pattern % given if given else pattern)
        text.msgid, text.values, text.many, text.number = msgid, given, many, count
        return text


def N_(sentence: str, **values: Any) -> Sentence:
    """Marks `sentence` for the catalogue of translations; whoever shows it translates it.

    `N_("At most %(most)s characters.", most=80)`: values have names, as languages differ in their order.
    A value may be a `Sentence` itself.
    """
    return Sentence(sentence, values)


def counted(one: str, many: str, count: int, **values: Any) -> Sentence:
    """The same where the words depend on a number: `counted("%(count)s try", "%(count)s tries", 3)`."""
    return Sentence(one, {"count": count, **values}, many, count)
