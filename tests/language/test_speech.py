"""Sentences that inner rooms make in English, said in other languages at the edges."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jinja2
import pytest

from intercom import language
from intercom.domain import errors
from intercom.domain.errors import IntercomError, TooMany
from intercom.domain.language import LANGUAGES, N_, Sentence, counted

ROOT = Path(__file__).resolve().parents[2]


def test_a_sentence_is_its_english_text_and_can_be_said_otherwise() -> None:
    said = N_("At most %(most)s characters.", most=80)
    assert said == "At most 80 characters."
    assert language.translate(said) == "At most 80 characters."
    with language.speaking("de"):
        assert language.translate(said) == "Höchstens 80 Zeichen."
    with language.speaking("fr"):
        assert language.translate(said) == "Au plus 80 caractères."
    assert language.translate(said) == "At most 80 characters."


def test_a_count_takes_the_plural_of_each_language() -> None:
    one, two = (
        counted("%(count)s person belongs to it.", "%(count)s people belong to it.", n) for n in (1, 2)
    )
    assert (one, two) == ("1 person belongs to it.", "2 people belong to it.")
    with language.speaking("es"):
        assert language.translate(one) == "1 persona pertenece a ella."
        assert language.translate(two) == "2 personas pertenecen a ella."


def test_a_value_may_be_a_sentence_and_is_said_in_the_same_language() -> None:
    said = N_("Answered on %(device)s", device=N_("another device"))
    assert said == "Answered on another device"
    with language.speaking("de"):
        assert language.translate(said) == "Angenommen auf einem anderen Gerät"


def test_what_people_typed_is_never_translated_or_taken_for_a_pattern() -> None:
    with language.speaking("de"):
        assert language.translate("Search") == "Search"  # a name, not a Sentence
        typed = N_("Answered by %(person)s", person="%(person)s %d %")
        assert language.translate(typed) == "Angenommen von %(person)s %d %"


def test_the_details_of_an_error_are_translated_as_deep_as_they_go() -> None:
    error = errors.Invalid(name=N_("Fill this in."), size=N_("At most %(most)s.", most=3))
    with language.speaking("es"):
        assert language.translated(error.details) == {
            "fields": {"name": "Rellene este campo.", "size": "Como máximo 3."}
        }
        assert language.translate(TooMany(retry_after=7).message).endswith("en 7 s.")


@pytest.fixture
def environment() -> jinja2.Environment:
    """Templates as pages and letters have them."""
    made = jinja2.Environment(autoescape=True)
    language.install(made)
    return made


def test_templates_speak_and_escape_what_was_typed(environment: jinja2.Environment) -> None:
    nasty = N_("Answered by %(person)s", person="<script>")
    template = environment.from_string('{{ _("Search") }}|{{ nasty }}|{{ _(nasty) }}|{{ 100 }}')
    assert template.render(nasty=nasty) == "|".join(
        ["Search", "Answered by &lt;script&gt;", "Answered by &lt;script&gt;", "100"]
    )
    with language.speaking("de"):
        assert template.render(nasty=nasty) == "|".join(
            ["Suchen", "Angenommen von &lt;script&gt;", "Angenommen von &lt;script&gt;", "100"]
        )


def test_days_and_numbers_are_written_as_the_language_writes_them() -> None:
    moment = 1_795_960_800.0  # 2026-11-29 14:00 UTC
    written: dict[str, tuple[str, str, str]] = {}
    for code in LANGUAGES:
        with language.speaking(code):
            written[code] = (
                language.date(moment, "Europe/Zurich"),
                language.time_of_day(moment, "Europe/Zurich"),
                language.number(10_000),
            )
    assert written["en"] == ("29 November 2026", "15:00", "10,000")
    assert written["de"] == ("29. November 2026", "15:00", "10.000")
    assert written["fr"][0] == "29 novembre 2026"
    assert written["es"][0] == "29 de noviembre de 2026"


# -- nothing is said that cannot be translated --------------------------------------------------------

ERRORS = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, IntercomError)
}
SAYS = ("domain", "services", "signaling", "http", "language")


def unmarked(source: str) -> list[str]:
    """Sentences of refusals that are plain strings."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in ERRORS:
            continue
        given = node.args[1:2] if name == "DoorRefused" else node.args[:1]
        if name == "Invalid":
            given = [*given, *(keyword.value for keyword in node.keywords)]
        found += [ast.unparse(said) for said in given if isinstance(said, (ast.Constant, ast.JoinedStr))]
    return found


def test_every_refusal_is_a_sentence_of_the_catalogue() -> None:
    assert unmarked('raise NotFound("Gone.")') == ["'Gone.'"]
    assert unmarked('raise Invalid(name=f"{x} is taken.")') == ["f'{x} is taken.'"]
    plain = {
        str(path.relative_to(ROOT)): said
        for room in SAYS
        for path in (ROOT / "intercom" / room).rglob("*.py")
        if (said := unmarked(path.read_text()))
    }
    assert not plain


def test_every_error_class_has_a_sentence_of_the_catalogue() -> None:
    for name in ERRORS:
        assert isinstance(getattr(errors, name).sentence, Sentence), name


def test_templates_translate_only_what_stands_in_them() -> None:
    # what comes from elsewhere would be taken for markup: it is put out plainly, and translated then
    # (`change` of a letter is a sentence of ours that was stored with it)
    for path in (ROOT / "web" / "templates").rglob("*.*"):
        assert not re.search(r"[{(,~\s]_\((?![\"']|change\))", path.read_text()), path.name
