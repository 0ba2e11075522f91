"""`/admin/{site}/consents`: the owner agrees to the deletion of a profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from intercom import language
from intercom.domain.ids import AccountId, SiteId
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.http.admin.frame import Frame, Nothing, done
from intercom.http.routes import Ask, Route, json
from intercom.ports import Phonebooks
from intercom.services.deletion import Deletion

SAID = {"agreed": N_("You agreed. The person is told when it is done.")}


class ConsentAnswer(BaseModel):
    """Somebody asks to have their profile deleted. `asked_at` in Unix seconds."""

    account: str
    name: str
    asked_at: float


class Agreed(BaseModel):
    """`deleted`: nobody else had to agree, and the profile is gone."""

    deleted: bool


class Consents:
    """Handlers."""

    def __init__(self, frame: Frame, deletion: Deletion, phonebooks: Phonebooks) -> None:
        self._frame = frame
        self._deletion = deletion
        self._phonebooks = phonebooks

    def routes(self) -> list[Route]:
        """The table."""
        page, api, power = "/admin/{site}/consents", "/api/v1/sites/{site}/consents", Power.CONSENT
        return [
            Route("GET", page, self.show, power, page=True),
            Route("POST", f"{page}/{{account}}", self.agree, power, body=Nothing, page=True),
            Route("GET", api, self.list, power, answer=list[ConsentAnswer]),
            Route("POST", f"{api}/{{account}}", self.api_agree, power, answer=Agreed),
        ]

    async def hook(self, session: Session, site: SiteId) -> Mapping[str, Any]:
        """What the page of settings shows of this: values for `admin/consents.html`."""
        return {"consents": await self._rows(site)} if session.may(Power.CONSENT, site) else {}

    async def _rows(self, site: SiteId) -> Sequence[dict[str, str]]:
        here = await self._phonebooks.site(site)
        zone = here.time_zone if here else "UTC"
        return [
            {"account": account.id, "name": account.name, "since": language.date(at, zone)}
            for account, at in await self._deletion.waiting(site)
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """Who waits for the owner."""
        return await self._frame.show(
            ask,
            "admin/consents_page.html",
            here="settings",
            said=SAID,
            consents=await self._rows(ask.site),
        )

    async def agree(self, ask: Ask) -> web.StreamResponse:
        """Agree."""
        await self._deletion.consent(ask.who, ask.site, AccountId(ask.path("account")))
        raise done(f"/admin/{ask.site}/consents", "agreed")

    async def list(self, ask: Ask) -> web.StreamResponse:
        """Who asks to have their profile deleted and waits for this site's owner."""
        waiting = await self._deletion.waiting(ask.site)
        answers = [ConsentAnswer(account=a.id, name=a.name, asked_at=at) for a, at in waiting]
        return json([answer.model_dump() for answer in answers])

    async def api_agree(self, ask: Ask) -> web.StreamResponse:
        """The owner agrees to the deletion of a profile."""
        gone = await self._deletion.consent(ask.who, ask.site, AccountId(ask.path("account")))
        return json(Agreed(deleted=gone).model_dump())
