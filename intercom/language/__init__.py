"""What the edges say, in the reader's language. Sentences are English below; only edges come in here.

One catalogue for server and browser: a `.po` file beside this one for each language, read when it is first
needed. `speaking` sets the language of the running task, `translate` says a sentence in it.
"""

from intercom.language.catalogue import browser_words, translations
from intercom.language.choice import negotiate
from intercom.language.forms import date, date_and_time, number, time_of_day
from intercom.language.speech import (
    direction,
    gettext,
    install,
    ngettext,
    now_speaking,
    speak,
    speaking,
    translate,
    translated,
)

__all__ = [
    "browser_words",
    "date",
    "date_and_time",
    "direction",
    "gettext",
    "install",
    "negotiate",
    "ngettext",
    "now_speaking",
    "number",
    "speak",
    "speaking",
    "time_of_day",
    "translate",
    "translated",
    "translations",
]
