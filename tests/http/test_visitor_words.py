"""The visitor's page loads the words that it can say, and no others: it has to be small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from intercom import language
from intercom.http.language import VISITOR, offered, words_address
from tests.e2e.house import ROOT

SCRIPTS = ROOT / "web/static/js"
_IMPORT = re.compile(r"""(?:^import|\bimport\()[^"'`]*?["'](\.[^"']+)["']""", re.MULTILINE)


def loaded(start: Path) -> set[Path]:
    """The scripts that a page loads, at once or later."""
    found, waiting = set[Path](), [start]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
            waiting += [(file.parent / to).resolve() for to in _IMPORT.findall(text)]
    return found


def test_every_script_of_the_page_that_says_something_has_its_words() -> None:
    files = loaded(SCRIPTS / "pages/visitor.js")
    assert len(files) > 20
    said = {
        str(file.relative_to(SCRIPTS))
        for file in files
        if re.search(r"\b[tn]\(\s*\"", re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL))
    }
    assert said == VISITOR


@pytest.mark.parametrize("lang", ["de", "es", "fr"])
def test_they_are_a_part_of_all_words_with_an_address_of_their_own(lang: str) -> None:
    some, version = language.browser_words(lang, VISITOR)
    every, other = language.browser_words(lang)
    assert 1000 < len(some) < len(every)
    assert words_address(lang, "visitor") == f"/static/words/{lang}.json?page=visitor&v={version}"
    assert words_address(lang) == f"/static/words/{lang}.json?v={other}"
    assert {each["words"] for each in offered("visitor")} & {words_address(lang, "visitor")}
