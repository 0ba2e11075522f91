"""Letters from templates: each is written once, and becomes a plain text and an HTML part.

A template of `web/templates/mail` extends `layout`, which is one of two: `letter.txt`, or `letter.mjml`
(https://mjml.io), from which MJML makes tables that mail programs show alike. In the HTML part everything
that is put in is escaped; no part holds a picture, a font or an address that is not this server's.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mjml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from intercom import language
from intercom.domain.invitations import ROLE_WORDS
from intercom.domain.letters import Letter
from intercom.domain.people import Role
from intercom.mail.message import Mail, header_text

_WIDTH = 76  # RFC 5322 2.1.1 asks for lines of at most 78
_FONTS = "'Helvetica Neue', 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"
_NAMES = ("name", "inviter", "person", "before", "units")


class Writer:
    """Writes letters; `public_url` is what their links hang on."""

    def __init__(self, templates: Path, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._text = _environment(templates, html=False)
        self._html = _environment(templates, html=True)

    def write(self, letter: Letter) -> Mail:
        """The letter in its language, in both parts."""
        with language.speaking(letter.language):
            template = f"mail/{letter.kind}.jinja"
            plain = self._values(letter, _isolated)
            text = self._text.get_template(template)
            subject = header_text("".join(text.blocks["subject"](text.new_context(plain))))
            html = self._html.get_template(template).render(
                **self._values(letter, _bdi), layout="mail/letter.mjml", subject=subject
            )
            body = text.render(**plain, layout="mail/letter.txt")
        return Mail(
            letter.to,
            subject,
            re.sub(r"\n{3,}", "\n\n", body).strip() + "\n",
            mjml.mjml2html(html, fonts={}),
            letter.language,
            _site_name(letter),
        )

    def _values(self, letter: Letter, isolated: Callable[[str], str]) -> dict[str, Any]:
        values: dict[str, Any] = dict(letter.values)
        for key in _NAMES:
            if values.get(key):
                values[key] = isolated(values[key])
        site = letter.site
        link = self._public_url + letter.values.get("path", "")
        zone = site.time_zone if site else "UTC"
        for moment in ("until", "since"):
            if moment in values:
                values[moment] = language.date_and_time(float(values[moment]), zone)
        if "panels" in values:
            values["panels"] = [isolated(panel) for panel in values["panels"].splitlines()]
        if "roles" in values:
            known = [ROLE_WORDS[Role(role)] for role in values["roles"].split(",") if role]
            values["roles"] = ", ".join(language.translate(word) for word in known)
        return {
            **values,
            "lang": letter.language,
            "dir": language.direction(letter.language),
            "house": isolated(_site_name(letter)) if site else "",
            "plate": site.plate if site else "",
            "link": link,
            "server": self._public_url.partition("://")[2],
        }


def _site_name(letter: Letter) -> str:
    return f"{letter.site.name} {letter.site.plate}".strip() if letter.site else ""


def _environment(templates: Path, *, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=html,  # noqa: S701 - the plain text part is no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    language.install(environment)
    shape: dict[str, Any] = {
        "p": _p_html if html else _p_text,
        "button": _button_html if html else _button_text,
        "big": _big_html if html else _p_text,
        "fine": _fine_html if html else _p_text,
        "fonts": _FONTS,
    }
    environment.globals.update(shape)
    return environment


def _bdi(name: str) -> Markup:
    """A name whose direction does not turn the text around it (HTML 4.5.24)."""
    return Markup("<bdi>{}</bdi>").format(name)


def _isolated(name: str) -> str:
    """The same in plain text, for names that run from right to left (Unicode UAX 9, 2.5)."""
    turns = any(unicodedata.bidirectional(character) in ("R", "AL") for character in name)
    return f"\u2068{name}\u2069" if turns else name


def _p_html(text: str) -> Markup:
    return Markup("<mj-text>{}</mj-text>").format(text)


def _fine_html(text: str) -> Markup:
    return Markup('<mj-text mj-class="fine">{}</mj-text>').format(text)


def _big_html(text: str) -> Markup:
    return Markup('<mj-text mj-class="big">{}</mj-text>').format(text)


@pass_context
def _button_html(context: Context, words: str) -> Markup:
    # MJML knows no markup inside a button; a name in it loses its <bdi>
    plain = Markup(words).striptags()
    return Markup('<mj-button href="{}">{}</mj-button>').format(context["link"], plain)


def _p_text(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False) + "\n\n"


@pass_context
def _button_text(context: Context, words: str) -> str:
    return f"{words}:\n{context['link']}\n\n"
