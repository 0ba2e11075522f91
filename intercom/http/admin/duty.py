"""`/admin/{site}/duty` and its API: who is rung when nobody answers, or while it is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from intercom.domain.errors import InUse, Invalid, NotFound, Taken
from intercom.domain.ids import AccountId
from intercom.domain.language import N_
from intercom.domain.people import Power
from intercom.http.admin.frame import Frame, Nothing, done
from intercom.http.routes import Ask, Body, Email, Route, json
from intercom.services.duty import DutyList, OnDuty

SAID = {
    "duty_changed": N_("The duty list was changed. It holds from the next ring on."),
}


class DutyForm(Body):
    """Somebody by their e-mail."""

    email: Email


class DutyMove(Body):
    """Which way somebody goes."""

    to: Literal["up", "down"]


class DutyOut(BaseModel):
    """Somebody on duty. `rings`: they are resident of the site; nobody else can be rung."""

    account: str
    name: str
    email: str
    rings: bool


class DutyPages:
    """Handlers."""

    def __init__(self, frame: Frame, duty: DutyList) -> None:
        self._frame = frame
        self._duty = duty

    def routes(self) -> list[Route]:
        """The table."""
        at, api, power = "/admin/{site}/duty", "/api/v1/sites/{site}/duty", Power.EDIT_SITE
        one = f"{at}/{{account}}"
        return [
            Route("GET", at, self.show, power, page=True),
            Route("POST", at, self.add, power, body=DutyForm, page=True, again=self.again),
            Route("POST", f"{one}/move", self.move, power, body=DutyMove, page=True),
            Route("POST", f"{one}/remove", self.remove, power, body=Nothing, page=True),
            Route("GET", api, self.all, power, answer=list[DutyOut]),
            Route("POST", api, self.put, power, body=DutyForm, answer=list[DutyOut], status=201),
            Route("POST", f"{api}/{{account}}/move", self.shift, power, body=DutyMove, answer=list[DutyOut]),
            Route("DELETE", f"{api}/{{account}}", self.drop, power, answer=list[DutyOut]),
        ]

    # -- pages --

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The duty list."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        return await self._frame.show(
            ask,
            "admin/duty.html",
            here="settings",
            rows=await self._duty.of_site(ask.who, ask.site),
            typed=typed,
            errors=errors,
            said=SAID,
        )

    async def add(self, ask: Ask) -> web.StreamResponse:
        """Put somebody at the end."""
        form: DutyForm = ask.body
        try:
            await self._duty.add(ask.who, ask.site, form.email)
        except (NotFound, Taken, InUse) as error:
            raise Invalid(email=error.message) from None
        raise done(f"/admin/{ask.site}/duty", "duty_changed")

    async def move(self, ask: Ask) -> web.StreamResponse:
        """Somebody one place up or down."""
        form: DutyMove = ask.body
        await self._duty.move(ask.who, ask.site, AccountId(ask.path("account")), form.to == "up")
        raise done(f"/admin/{ask.site}/duty", "duty_changed")

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """Take somebody off."""
        await self._duty.remove(ask.who, ask.site, AccountId(ask.path("account")))
        raise done(f"/admin/{ask.site}/duty", "duty_changed")

    # -- API --

    async def all(self, ask: Ask) -> web.StreamResponse:
        """The duty list, in order. All on it are rung together."""
        return json(_out(await self._duty.of_site(ask.who, ask.site)))

    async def put(self, ask: Ask) -> web.StreamResponse:
        """Put somebody at the end of the duty list, by the e-mail."""
        form: DutyForm = ask.body
        return json(_out(await self._duty.add(ask.who, ask.site, form.email)), 201)

    async def shift(self, ask: Ask) -> web.StreamResponse:
        """Move somebody on the duty list one place up or down."""
        form: DutyMove = ask.body
        person = AccountId(ask.path("account"))
        return json(_out(await self._duty.move(ask.who, ask.site, person, form.to == "up")))

    async def drop(self, ask: Ask) -> web.StreamResponse:
        """Take somebody off the duty list."""
        return json(_out(await self._duty.remove(ask.who, ask.site, AccountId(ask.path("account")))))


def _out(rows: Sequence[OnDuty]) -> list[dict[str, object]]:
    return [
        {"account": row.account.id, "name": row.account.name, "email": row.account.email, "rings": row.rings}
        for row in rows
    ]
