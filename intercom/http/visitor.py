"""`/e/{code}`: the page of whoever scanned the sign beside a door. No account, nothing to install."""

from __future__ import annotations

from aiohttp import web

from intercom import language
from intercom.domain.errors import NotFound, OldSign, TooMany
from intercom.domain.ids import Secret
from intercom.domain.language import N_
from intercom.domain.visitor import BROWSER_SECONDS, SESSION_SECONDS
from intercom.http.language import offered, words_address
from intercom.http.routes import Ask, Needs, Route
from intercom.http.session import Cookies
from intercom.http.templates import Pages
from intercom.services.visitors import Visitors


class VisitorPages:
    """Handlers."""

    def __init__(self, pages: Pages, visitors: Visitors, cookies: Cookies) -> None:
        self._pages = pages
        self._visitors = visitors
        self._cookies = cookies

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/e/{code}", self.show, Needs.NOBODY, page=True),
            Route("POST", "/e/{code}/stay", self.stay, Needs.NOBODY, status=204),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The entrance, or why there is none: an old sign says so, and goes on saying so."""
        session = self._cookies.read(ask.request, self._cookies.visit)
        browser = self._cookies.read(ask.request, self._cookies.visitor)
        try:
            visit = await self._visitors.arrive(
                ask.path("code"), session, browser, ask.address, scanned=scanned(ask.request)
            )
        except OldSign as error:
            return self._notice(N_("Old sign"), error.message, 410)
        except NotFound as error:
            return self._notice(N_("No door here"), error.message, 404)
        except TooMany as error:
            return self._notice(N_("One moment"), error.message, 429)
        page = self._pages.render(
            "visitor.html",
            site=visit.site,
            entrance=visit.entrance.name,
            scan=visit.scan.reveal(),
            words=words_address(language.now_speaking(), "visitor"),
            offered=offered("visitor"),
        )
        self._cookies.write(page, self._cookies.visit, visit.session, SESSION_SECONDS)
        self._cookies.write(page, self._cookies.visitor, visit.browser, BROWSER_SECONDS)
        page.enable_compression()
        return page

    def _notice(self, word: str, sentence: str, status: int) -> web.Response:
        return self._pages.render("visitor_notice.html", status=status, word=word, sentence=sentence)

    async def stay(self, ask: Ask) -> web.StreamResponse:
        """The page is still shown: its session lasts another half an hour."""
        longer: Secret = self._visitors.stay(self._cookies.read(ask.request, self._cookies.visit))
        response = web.Response(status=204)
        self._cookies.write(response, self._cookies.visit, longer, SESSION_SECONDS)
        return response


def scanned(request: web.Request) -> bool:
    """Whether the address was opened from outside the browser, as a camera does, and not loaded once more.

    (Fetch Metadata: nobody's page led here; RFC 9111 5.2.1: browsers reload with "max-age=0".)
    """
    reloaded = request.headers.get("Cache-Control", "").lower() in ("max-age=0", "no-cache")
    return not reloaded and request.headers.get("Sec-Fetch-Site", "none") == "none"
