"""The languages that the server speaks, and the mark of a sentence that is translated where it is shown."""

from __future__ import annotations

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "de": "Deutsch"}
"""Code (BCP 47) to the language's own name."""


def N_(sentence: str) -> str:
    """Marks `sentence` for the catalogue of translations; whoever shows it translates it."""
    return sentence
