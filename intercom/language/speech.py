"""The language of the running task, and saying things in it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

from babel import Locale
from jinja2 import Environment
from markupsafe import escape

from intercom.domain.language import Sentence
from intercom.language.catalogue import translations

_language: ContextVar[str] = ContextVar("language", default="en")


def now_speaking() -> str:
    """The language of the running task."""
    return _language.get()


def speak(language: str) -> None:
    """From here on, this task speaks `language`."""
    _language.set(language)


@contextmanager
def speaking(language: str) -> Generator[None]:
    """Inside, this task speaks `language`: for a letter, or for what one socket is told."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def direction(language: str) -> str:
    """`ltr` or `rtl`."""
    return Locale.parse(language).text_direction


def gettext(msgid: str) -> str:
    """The sentence of the catalogue in the running task's language."""
    return translations(now_speaking()).gettext(msgid)


def ngettext(one: str, many: str, count: int) -> str:
    """The same, by a number."""
    return translations(now_speaking()).ngettext(one, many, count)


def translate(text: str, **values: Any) -> str:
    """What an inner room said, in the running task's language; a text that is no `Sentence` stays as it is.

    `values` fill a sentence that was made without them.
    """
    if not isinstance(text, Sentence):
        return text
    said = gettext(text.msgid) if text.many is None else ngettext(text.msgid, text.many, text.number)
    given = {key: translated(value) for key, value in (text.values | values).items()}
    return said % given if given else said


def translated(value: Any) -> Any:
    """The same for every sentence inside mappings and lists, such as the details of an error."""
    if isinstance(value, str):
        return translate(value)
    if isinstance(value, Mapping):
        return {key: translated(inner) for key, inner in cast(Mapping[str, Any], value).items()}
    if isinstance(value, (list, tuple)):
        return [translated(inner) for inner in cast(list[Any], value)]
    return value


def install(environment: Environment) -> None:
    """Templates of `environment` speak the running task's language: `_()`, `{% trans %}`, and every
    `Sentence` that they put out."""
    environment.add_extension("jinja2.ext.i18n")
    cast(Any, environment).install_gettext_callables(_in_template, ngettext, newstyle=True)
    environment.finalize = _put_out


def _in_template(msgid: str) -> str:
    # jinja2 takes what comes back for markup with places for values; a Sentence has its values, as typed
    return escape(translate(msgid)).replace("%", "%%") if isinstance(msgid, Sentence) else gettext(msgid)


def _put_out(value: Any) -> Any:
    return translate(value) if isinstance(value, Sentence) else value
