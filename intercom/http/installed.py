"""The pages as an installed app: its manifest (W3C Web Application Manifest), its service worker, and the
page that is shown without a network."""

from __future__ import annotations

from pathlib import Path

import orjson
from aiohttp import web
from pydantic import Field

from intercom import language
from intercom.domain.language import LANGUAGES, N_
from intercom.domain.phonebook import Site
from intercom.http.routes import Ask, Body, Needs, Route
from intercom.http.templates import Pages

_WORDS = {
    "ring": N_("Somebody is at the door"),
    "ring_body": N_("They neither see nor hear you yet."),
    "answer": N_("Answer"),
    "decline": N_("Decline"),
    "missed": N_("Missed. Nobody answered"),
    "missed_body": N_("Somebody was at the door."),
    "over": N_("The call is over"),
    "over_body": N_("Somebody answered, or it has ended."),
    "test": N_("This device rings"),
    "test_body": N_("This was a test. Nobody is at the door."),
}
"""What a notification says. Nothing else is known to it."""
_OFFLINE = (
    "css/tokens.css",
    "css/base.css",
    "css/parts.css",
    "css/account.css",
    "css/panel.css",
    "js/pages/panel-offline.js",
)
"""What the pages need that are shown without a network."""


class Spoken(Body):
    """Which language a service worker speaks."""

    lang: str = Field(default="en", max_length=8)


class Installed:
    """Handlers of what browsers ask for when a page becomes an app."""

    def __init__(self, pages: Pages, static: Path, site: Site | None) -> None:
        self._pages = pages
        self._worker = (static / "service-worker.js").read_bytes()
        self._site = site

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/manifest.webmanifest", self.manifest, Needs.NOBODY),
            Route("GET", "/service-worker.js", self.worker, Needs.NOBODY, query=Spoken),
            Route("GET", "/offline", self.offline, Needs.NOBODY, page=True),
            Route("GET", "/panel/offline", self.panel_offline, Needs.NOBODY, page=True),
        ]

    async def manifest(self, ask: Ask) -> web.StreamResponse:
        """Name, icons and start of the app."""
        name = f"{self._site.name} {self._site.plate}" if self._site else "Intercom"
        body = {
            "id": "/",
            "name": name,
            "short_name": self._site.name if self._site else "Intercom",
            "lang": language.now_speaking(),
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#eceeef",
            "theme_color": "#eceeef",
            "icons": [
                {"src": "/static/icons/icon-192.png", "sizes": "192x192", "type": "image/png"},
                {"src": "/static/icons/icon-512.png", "sizes": "512x512", "type": "image/png"},
                {
                    "src": "/static/icons/maskable-512.png",
                    "sizes": "512x512",
                    "type": "image/png",
                    "purpose": "maskable",
                },
            ],
        }
        return web.Response(body=orjson.dumps(body), content_type="application/manifest+json")

    async def worker(self, ask: Ask) -> web.StreamResponse:
        """The service worker, with its words in front."""
        given: Spoken = ask.query
        with language.speaking(given.lang if given.lang in LANGUAGES else "en"):
            words = {key: language.translate(sentence) for key, sentence in _WORDS.items()}
        shell = ["/offline", "/panel/offline", "/static/favicon.svg", "/static/icons.svg"]
        shell += [self._pages.address(asset) for asset in _OFFLINE]
        given_to_it = {"words": words, "shell": shell, "version": self._pages.version}
        body = b"Object.assign(self, " + orjson.dumps(given_to_it) + b");\n" + self._worker
        headers = {"Cache-Control": "no-cache"}
        return web.Response(body=body, content_type="text/javascript", charset="utf-8", headers=headers)

    async def offline(self, ask: Ask) -> web.StreamResponse:
        """What is shown without a network."""
        return self._pages.render("offline.html")

    async def panel_offline(self, ask: Ask) -> web.StreamResponse:
        """The same at a panel, which returns by itself."""
        if self._site is not None:
            language.speak(language.negotiate(site=self._site.language))
        return self._pages.render("panel_offline.html")
