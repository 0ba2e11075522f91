"""The language of a request, the button that chooses one, and the words of the pages' scripts."""

from __future__ import annotations

from functools import cache
from typing import Literal
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import Field

from intercom import language
from intercom.domain.errors import NotFound
from intercom.domain.language import LANGUAGES
from intercom.http.routes import Ask, Body, Needs, Route

COOKIE = "intercom_language"
_YEAR = 365 * 24 * 3600


def spoken(site: str) -> Middleware:
    """A middleware: every answer in the language that was chosen here, that the browser wants, or `site`.

    What an account has chosen comes later, and wins: see `routes`.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        wanted = request.headers.get("Accept-Language", "")
        chosen = request.cookies.get(COOKIE)
        with language.speaking(language.negotiate(wanted, chosen=chosen, site=site)):
            return await handler(request)

    return middleware


class Choice(Body):
    """The form of the language buttons."""

    language: str = Field(max_length=16)


VISITOR = frozenset(
    {
        *("core/panel.js", "core/phrases.js", "core/quality.js", "core/search.js", "core/time.js"),
        *("net/socket.js", "ui/faces.js", "ui/language-keys.js", "ui/talk.js"),
        *("ui/text-view.js", "ui/visitor-ask.js", "ui/visitor-lamp.js", "ui/visitor-names.js"),
    }
)
"""The scripts of the visitor's page that say something: it has to be small."""


class Words(Body):
    """Whose words: one page's, or all. `v` is their version, for the browser's cache."""

    page: Literal["visitor", ""] = ""
    v: str = Field(default="", max_length=32)


def words_address(lang: str, page: str = "") -> str | None:
    """Where the scripts of a page find their words; None for English, which they hold themselves."""
    if lang == "en":
        return None
    _, version = language.browser_words(lang, VISITOR if page else None)
    return f"/static/words/{lang}.json?{'page=visitor&' if page else ''}v={version}"


@cache
def offered(page: str = "") -> list[dict[str, str | None]]:
    """Every language, with the address of its words."""
    return [
        {"code": code, "name": name, "words": words_address(code, page)} for code, name in LANGUAGES.items()
    ]


class Languages:
    """Handlers of the language button and of the catalogues for scripts. `secure`: people come by https."""

    def __init__(self, secure: bool) -> None:
        self._secure = secure

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("POST", "/language", self.choose, Needs.NOBODY, body=Choice, page=True),
            Route(
                "GET",
                r"/static/words/{language}.json",
                self.words,
                Needs.NOBODY,
                query=Words,
                answer=dict[str, object],
            ),
        ]

    async def choose(self, ask: Ask) -> web.StreamResponse:
        """Remember the language in this browser, and show the page anew that the button was on."""
        form: Choice = ask.body
        response = web.HTTPSeeOther(_page_before(ask.request))
        if form.language in LANGUAGES:
            response.set_cookie(
                COOKIE,
                form.language,
                max_age=_YEAR,
                httponly=True,
                secure=self._secure,
                samesite="Lax",
                path="/",
            )
        return response

    async def words(self, ask: Ask) -> web.StreamResponse:
        """The sentences of the scripts in one language."""
        wanted = ask.path("language")
        if wanted not in LANGUAGES:
            raise NotFound
        body, _ = language.browser_words(wanted, VISITOR if ask.query.page else None)
        return web.Response(
            body=body,
            content_type="application/json",
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )


def _page_before(request: web.Request) -> str:
    """The page of this server that the form stood on. (Browsers say it: Referrer-Policy is same-origin.)"""
    before = urlsplit(request.headers.get("Referer", ""))
    if before.netloc != request.host or not before.path.startswith("/") or before.path.startswith("//"):
        return "/"
    return f"{before.path}?{before.query}" if before.query else before.path
