"""The catalogues: `<language>.po` beside this file, read once when a language is first spoken."""

from __future__ import annotations

import gettext
import hashlib
from functools import cache
from io import BytesIO
from pathlib import Path

import orjson
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from intercom.domain.language import LANGUAGES

FOLDER = Path(__file__).parent


@cache
def catalogue(language: str) -> Catalog:
    """The catalogue of a language other than English. Raises `OSError`."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The translations of `language`; English, and what is not known, stays as it is."""
    if language not in LANGUAGES or language == "en":
        return gettext.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def browser_words(language: str, files: frozenset[str] | None = None) -> tuple[bytes, str]:
    """What the browser's scripts say in `language`: JSON in the form that tannin reads, and its version.

    `files`: what these alone say, below `web/static/js`.
    """
    words: dict[str, object] = {}
    if language in LANGUAGES and language != "en":
        known = catalogue(language)
        words[""] = {"lang": language, "plural_forms": known.plural_forms}
        for message in known:
            if message.id and not message.fuzzy and any(_says(file, files) for file, _ in message.locations):
                one = message.id[0] if isinstance(message.id, tuple) else message.id
                said = message.string
                words[str(one)] = list(said) if isinstance(said, (tuple, list)) else [said]
    body = orjson.dumps(words)
    return body, hashlib.sha256(body).hexdigest()[:12]


def _says(file: str, files: frozenset[str] | None) -> bool:
    if not file.endswith(".js"):
        return False
    return files is None or file.partition("static/js/")[2] in files
