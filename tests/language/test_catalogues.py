"""The catalogues are whole, and what is wrong with one is found."""

from __future__ import annotations

import importlib.util
import re
from importlib.machinery import SourceFileLoader
from io import BytesIO
from pathlib import Path
from types import ModuleType

import orjson
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from intercom import language
from intercom.domain.language import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def words() -> ModuleType:
    """scripts/words."""
    loader = SourceFileLoader("scripts_words", str(ROOT / "scripts" / "words"))
    spec = importlib.util.spec_from_loader("scripts_words", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_a_catalogue_says_every_sentence(words: ModuleType, code: str) -> None:
    template = words.collected()
    catalogue = words.known(code)
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    assert not words.faults_of(catalogue)
    # written and read again it is the same: only words make a difference
    assert words.written(read_po(BytesIO(words.written(catalogue)), locale=code)) == words.written(catalogue)


@pytest.mark.parametrize(
    ("english", "said", "wrong"),
    [
        ("Open {lock}", "", "has no translation"),
        ("Open {lock}", "Öffnen", "names other values"),
        ("Open {lock}", "{door} öffnen", "names other values"),
        ("Hello %(name)s,", "Guten Tag %(nom)s", "names other values"),
        (("{count} call", "{count} calls"), ("{count} Anruf", ""), "has no translation"),
        (("{count} call", "{count} calls"), ("{count} Anruf", "Anrufe"), "names other values"),
        ("<b>Now</b>", "Jetzt", "other markup"),
        ("Now", " Jetzt", "spaces"),
    ],
)
def test_a_faulty_translation_is_found(
    words: ModuleType, english: str | tuple[str, str], said: str | tuple[str, str], wrong: str
) -> None:
    catalogue = Catalog(locale="de")
    catalogue.add(english, said)
    (fault,) = words.faults_of(catalogue)
    assert wrong in fault


def test_a_good_translation_passes(words: ModuleType) -> None:
    catalogue = Catalog(locale="de")
    catalogue.add("Open {lock}", "{lock} öffnen")
    catalogue.add(("one call", "{count} calls"), ("ein Anruf", "{count} Anrufe"))
    assert not words.faults_of(catalogue)
    catalogue.add("Later", "Später", flags=["fuzzy"])
    assert words.faults_of(catalogue)


def test_the_browser_gets_what_its_scripts_say_and_no_more() -> None:
    body, version = language.browser_words("fr")
    said = orjson.loads(body)
    assert said[""]["plural_forms"].startswith("nplurals=2")
    assert said["Incoming call"] == ["Appel entrant"]
    assert len(said["{count} second"]) == 2
    assert "Profiles to be deleted" not in said
    assert version
    assert language.browser_words("en")[0] == b"{}"


def test_what_scripts_say_is_collected_wherever_it_stands(words: ModuleType) -> None:
    collected = {one for message in words.collected() for one in _of(message.id)}
    said: dict[str, str] = {}
    for path in (ROOT / "web" / "static" / "js").rglob("*.js"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for one in re.findall(r'(?<![\w.])[tn]\(\s*"((?:[^"\\]|\\.)*)"', text):
            said[one] = path.name
    assert len(said) > 300
    assert not {one: name for one, name in said.items() if one not in collected}


def _of(ids: object) -> tuple[str, ...]:
    return tuple(map(str, ids)) if isinstance(ids, tuple) else (str(ids),)
