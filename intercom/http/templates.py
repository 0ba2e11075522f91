"""Pages from jinja2 templates; everything that is put in is escaped."""

from __future__ import annotations

import hashlib
from functools import cache, cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from intercom import language
from intercom.domain.errors import IntercomError, code_of
from intercom.domain.language import LANGUAGES, N_
from intercom.domain.phonebook import Site
from intercom.http.language import offered, words_address
from intercom.http.problems import status_of


def icon(name: str) -> Markup:
    """A drawing of the sprite; the word stands beside it, so readers skip the drawing."""
    return Markup(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="/static/icons.svg#i-{}"/></svg>'
    ).format(name)


class Pages:
    """Renders templates of `web/templates`; `site` is what a page shows before anybody signs in."""

    def __init__(self, web_folder: Path, site: Site | None) -> None:
        self._static = web_folder / "static"
        self._site = site
        self._environment = Environment(
            loader=FileSystemLoader(web_folder / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        language.install(self._environment)
        self._environment.globals["languages"] = LANGUAGES  # pyright: ignore[reportArgumentType]
        self._environment.globals["icon"] = icon  # pyright: ignore[reportArgumentType]
        self._environment.globals["asset"] = cache(self._asset)  # pyright: ignore[reportArgumentType]

    def wear(self, site: Site) -> None:
        """From now on, pages of no certain site wear this one's plate: the first site was made."""
        self._site = site

    @cached_property
    def version(self) -> str:
        """Another one as soon as a script or sheet is another."""
        digest = hashlib.sha256()
        for folder in ("js", "css"):
            for file in sorted((self._static / folder).rglob("*.*")):
                digest.update(file.read_bytes())
        return digest.hexdigest()[:12]

    def address(self, asset: str) -> str:
        """Where a static file of this version is."""
        return self._asset(asset)

    def _asset(self, name: str) -> str:
        digest = hashlib.sha256((self._static / name).read_bytes()).hexdigest()[:12]
        return f"/static/{name}?v={digest}"

    def render(
        self, template: str, *, status: int = 200, site: Site | None = None, **values: Any
    ) -> web.Response:
        """The page. `site`: whose plate it wears; without, the server's first."""
        shown = site or self._site
        wearing = {"name": shown.name, "plate": shown.plate} if shown else {"name": "Intercom", "plate": "–"}
        lang = language.now_speaking()
        text = self._environment.get_template(template).render(
            {
                "site": wearing,
                "lang": lang,
                "dir": language.direction(lang),
                "words": words_address(lang),
                "offered": offered(),
                **values,
            }
        )
        return web.Response(
            text=text, status=status, content_type="text/html", headers={"Cache-Control": "no-store"}
        )

    def refused(self, request: web.Request, error: IntercomError) -> web.Response:
        """A refusal as a page."""
        status = status_of(error)
        titles = {
            HTTPStatus.NOT_FOUND: N_("Not found"),
            HTTPStatus.GONE: N_("This link is not good any more"),
        }
        title = titles.get(status, N_("This did not work"))
        return self.render(
            "error.html", status=status, title=title, message=error.message, code=code_of(error)
        )
