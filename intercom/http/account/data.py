"""`/account/data`: what the server keeps of somebody, to take along or to be deleted."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from aiohttp import web
from pydantic import Field

from intercom.domain.errors import TooMany
from intercom.domain.ids import Secret
from intercom.domain.language import N_
from intercom.domain.people import Role
from intercom.http.account.frame import AccountFrame
from intercom.http.admin.frame import Nothing, done
from intercom.http.routes import Ask, Body, Needs, Route
from intercom.http.session import Cookies
from intercom.http.templates import Pages
from intercom.ports import Phonebooks
from intercom.services.deletion import Deletion
from intercom.services.own_data import OwnData

SAID = {
    "asked": N_("The owners of your sites were asked by mail."),
    "withdrawn": N_("Good that you stay. Nothing was deleted."),
}


class DeleteForm(Body):
    """The password once more."""

    password: str = Field(max_length=1024)


class DataPages:
    """Handlers."""

    def __init__(
        self,
        pages: Pages,
        frame: AccountFrame,
        own_data: OwnData,
        deletion: Deletion,
        phonebooks: Phonebooks,
        cookies: Cookies,
    ) -> None:
        self._pages = pages
        self._frame = frame
        self._own_data = own_data
        self._deletion = deletion
        self._phonebooks = phonebooks
        self._cookies = cookies

    def routes(self) -> list[Route]:
        """The table."""
        at, mine = "/account/data", Needs.SESSION
        return [
            Route("GET", at, self.show, mine, page=True),
            Route("GET", f"{at}/export", self.export, mine, page=True),
            Route("POST", f"{at}/delete", self.delete, mine, body=DeleteForm, page=True, again=self.again),
            Route("POST", f"{at}/withdraw", self.withdraw, mine, body=Nothing, page=True),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The page."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The page with what was wrong."""
        session = ask.who
        asked = await self._deletion.asked(session)
        owned = next((m.site for m in session.memberships if m.role is Role.OWNER), None)
        site = await self._phonebooks.site(owned) if owned else None
        waiting: list[dict[str, object]] = []
        for needed in asked.needed if asked else ():
            place = await self._phonebooks.site(needed)
            given = asked is not None and needed in asked.given
            waiting.append({"site": place.name if place else "", "given": given})
        return await self._frame.show(
            ask,
            "account/data.html",
            here="data",
            said=SAID,
            errors=errors,
            asked=asked,
            waiting=waiting,
            owned=site.name if site else "",
            belongs=bool(session.memberships or session.invited),
        )

    async def export(self, ask: Ask) -> web.StreamResponse:
        """All of it as a JSON file."""
        data = await self._own_data.of(ask.who)
        return web.Response(
            body=orjson.dumps(data, option=orjson.OPT_INDENT_2),
            content_type="application/json",
            headers={
                "Content-Disposition": 'attachment; filename="my-intercom-data.json"',
                "Cache-Control": "no-store",
            },
        )

    async def delete(self, ask: Ask) -> web.StreamResponse:
        """Ask to be deleted; with no site to ask, it is done at once."""
        form: DeleteForm = ask.body
        try:
            gone = await self._deletion.ask(ask.who, Secret(form.password), ask.address)
        except TooMany as error:
            return await self.again(ask, {}, {"password": error.message})
        if not gone:
            raise done("/account/data", "asked")
        response = self._pages.render("account/deleted.html")
        self._cookies.clear(response, self._cookies.session)
        return response

    async def withdraw(self, ask: Ask) -> web.StreamResponse:
        """Stay after all."""
        await self._deletion.withdraw(ask.who)
        raise done("/account/data", "withdrawn")
