"""`/admin/{site}/invitations`: who was invited and how far they have come; letters on paper. And its API."""

from __future__ import annotations

from typing import Annotated, Literal

import segno
from aiohttp import web
from markupsafe import Markup
from pydantic import BaseModel, Field

from intercom import language
from intercom.domain.errors import NotFound
from intercom.domain.ids import AccountId
from intercom.domain.invitations import InvitationState
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.domain.phonebook import Site
from intercom.http.admin.frame import PAGE_ROWS, Frame, Nothing, Search, done, pager
from intercom.http.roles import part_of
from intercom.http.routes import Ask, Body, Route, json
from intercom.http.templates import Pages
from intercom.ports import Phonebooks, Wanted
from intercom.services.invitations import MOST_PRINTED, Invitations, Invited

SAID = {
    "resent": N_("A new letter is on its way. The old link stopped working."),
    "voided": N_("The invitation was called back."),
}
Show = Literal["", "waiting", "used", "run_out", "void", "undelivered"]
VIEWS: tuple[tuple[Show, str], ...] = (
    ("", N_("All")),
    ("waiting", N_("Waiting")),
    ("undelivered", N_("Not delivered")),
    ("run_out", N_("Run out")),
    ("used", N_("Used")),
    ("void", N_("Called back")),
)


class InvitationSearch(Search):
    """The query of the list."""

    show: Show = ""


class PrintForm(Body):
    """For whom: ids of accounts parted by commas, or "waiting" for all who were invited and have not come."""

    accounts: str = Field(min_length=1, max_length=MOST_PRINTED * 65)


class PrintBody(Body):
    """For whom: ids of accounts."""

    accounts: list[Annotated[str, Field(max_length=64)]] = Field(min_length=1, max_length=MOST_PRINTED)


class InvitationAnswer(BaseModel):
    """An invitation. Times in Unix seconds. `units` and `roles`: what waits to be confirmed, or was."""

    account: str
    name: str
    email: str
    units: list[str]
    roles: list[str]
    kind: Literal["profile", "site"]
    state: Literal["waiting", "used", "run_out", "void"]
    letter: Literal["none", "waiting", "sent", "failed"]
    letter_error: str | None
    invited_at: float
    expires_at: float
    code_expires_at: float | None


class InvitationsAnswer(BaseModel):
    """A page of invitations, newest first; `found` is how many there are in all."""

    found: int
    page: int
    invitations: list[InvitationAnswer]


class PrintedAnswer(BaseModel):
    """The code of a printed letter, shown this once, and the address that its QR code holds."""

    account: str
    code: str
    address: str
    until: float


class PrintedLettersAnswer(BaseModel):
    """Letters to print."""

    letters: list[PrintedAnswer]


class Done(BaseModel):
    """It is done."""

    ok: Literal[True] = True


class InvitationPages:
    """Handlers. `link_base`: what the QR codes of letters hang on."""

    def __init__(
        self,
        frame: Frame,
        pages: Pages,
        invitations: Invitations,
        phonebooks: Phonebooks,
        link_base: str,
    ) -> None:
        self._frame = frame
        self._pages = pages
        self._invitations = invitations
        self._phonebooks = phonebooks
        self._link_base = link_base

    def routes(self) -> list[Route]:
        """The table."""
        at, power = "/admin/{site}/invitations", Power.EDIT_RESIDENTS
        api = "/api/v1/sites/{site}/invitations"
        return [
            Route("GET", at, self.show, power, query=InvitationSearch, page=True),
            Route("POST", f"{at}/print", self.print, power, body=PrintForm, page=True),
            Route("POST", f"{at}/{{account}}/resend", self.resend, power, body=Nothing, page=True),
            Route("POST", f"{at}/{{account}}/void", self.void, power, body=Nothing, page=True),
            Route("GET", api, self.api_show, power, query=InvitationSearch, answer=InvitationsAnswer),
            Route("POST", f"{api}/print", self.api_print, power, body=PrintBody, answer=PrintedLettersAnswer),
            Route("POST", f"{api}/{{account}}/resend", self.api_resend, power, body=Nothing, answer=Done),
            Route("POST", f"{api}/{{account}}/void", self.api_void, power, body=Nothing, answer=Done),
        ]

    async def _found(self, ask: Ask) -> tuple[list[Invited], int]:
        query: InvitationSearch = ask.query
        undelivered = query.show == "undelivered"
        state = InvitationState(query.show) if query.show and not undelivered else None
        wanted = Wanted(query.q, state, undelivered, (query.page - 1) * PAGE_ROWS, PAGE_ROWS)
        found, number = await self._invitations.of_site(ask.who, ask.site, wanted)
        return list(found), number

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The list."""
        query: InvitationSearch = ask.query
        found, number = await self._found(ask)
        site = await self._site(ask)
        return await self._frame.show(
            ask,
            "admin/invitations.html",
            here="invitations",
            rows=[_row(invited, site) for invited in found],
            at=pager(number, query.page),
            q=query.q,
            show=query.show,
            views=VIEWS,
            said=SAID,
        )

    async def resend(self, ask: Ask) -> web.StreamResponse:
        """A new letter."""
        await self._invitations.resend(ask.who, ask.site, AccountId(ask.path("account")))
        raise done(f"/admin/{ask.site}/invitations", "resent")

    async def void(self, ask: Ask) -> web.StreamResponse:
        """Call it back."""
        await self._invitations.void(ask.who, ask.site, AccountId(ask.path("account")))
        raise done(f"/admin/{ask.site}/invitations", "voided")

    async def print(self, ask: Ask) -> web.StreamResponse:
        """Letters on paper, in the site's language: this page holds the codes and is shown once."""
        form: PrintForm = ask.body
        if form.accounts == "waiting":
            accounts = await self._waiting(ask.who, ask)
        else:
            accounts = [AccountId(one) for one in form.accounts.split(",")]
        letters = await self._invitations.print(ask.who, ask.site, accounts)
        site = await self._site(ask)
        with language.speaking(site.language):
            return self._pages.render(
                "admin/letters.html",
                site=site,
                server=self._link_base.partition("://")[2],
                letters=[
                    {
                        "name": letter.invitee.account.name or letter.invitee.account.email,
                        "part": part_of(letter.invitee.units, letter.invitee.roles),
                        "resident": bool(letter.invitee.units),
                        "code": letter.code.reveal(),
                        "qr": _qr(self._address(letter.code.reveal())),
                        "until": language.date_and_time(letter.until, site.time_zone),
                        "inviter": letter.inviter,
                    }
                    for letter in letters
                ],
            )

    async def _waiting(self, session: Session, ask: Ask) -> list[AccountId]:
        accounts: list[AccountId] = []
        for state in (InvitationState.WAITING, InvitationState.RUN_OUT):
            wanted = Wanted(state=state, limit=MOST_PRINTED - len(accounts))
            found, _ = await self._invitations.of_site(session, ask.site, wanted)
            accounts += [invited.invitation.account for invited in found]
        return accounts

    def _address(self, code: str) -> str:
        return f"{self._link_base}/join/{code}"

    async def _site(self, ask: Ask) -> Site:
        site = await self._phonebooks.site(ask.site)
        if site is None:
            raise NotFound(N_("This site is not known here."))
        return site

    # -- the API ------------------------------------------------------------------------------------

    async def api_show(self, ask: Ask) -> web.StreamResponse:
        """Invitations of the site, newest first."""
        query: InvitationSearch = ask.query
        found, number = await self._found(ask)
        answer = InvitationsAnswer(found=number, page=query.page, invitations=[_answer(i) for i in found])
        return json(answer.model_dump())

    async def api_resend(self, ask: Ask) -> web.StreamResponse:
        """Send a new letter; the old link stops working."""
        await self._invitations.resend(ask.who, ask.site, AccountId(ask.path("account")))
        return json(Done().model_dump())

    async def api_void(self, ask: Ask) -> web.StreamResponse:
        """Call an invitation back."""
        await self._invitations.void(ask.who, ask.site, AccountId(ask.path("account")))
        return json(Done().model_dump())

    async def api_print(self, ask: Ask) -> web.StreamResponse:
        """New codes for letters on paper."""
        body: PrintBody = ask.body
        accounts = [AccountId(one) for one in body.accounts]
        letters = await self._invitations.print(ask.who, ask.site, accounts)
        answer = PrintedLettersAnswer(
            letters=[
                PrintedAnswer(
                    account=letter.invitee.account.id,
                    code=letter.code.reveal(),
                    address=self._address(letter.code.reveal()),
                    until=letter.until,
                )
                for letter in letters
            ]
        )
        return json(answer.model_dump())


def _qr(address: str) -> Markup:
    """A QR code as a drawing in the page: `segno` escapes what it writes."""
    code = segno.make(address, error="m", micro=False)
    # the drawing alone: its address stands beside it in letters
    return Markup(code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None))


def _letter_state(invited: Invited) -> Literal["none", "waiting", "sent", "failed"]:
    news = invited.letter
    if news is None:
        return "none"
    if news.sent_at is not None:
        return "sent"
    return "failed" if news.given_up else "waiting"


def _row(invited: Invited, site: Site) -> dict[str, object]:
    invitation, invitee, news = invited.invitation, invited.invitee, invited.letter
    ends = max(invitation.expires_at, invitation.code_expires_at or 0.0)
    return {
        "account": invitation.account,
        "name": invitee.account.name if invitee else "",
        "email": invitee.account.email if invitee else "",
        "part": part_of(invitee.units, invitee.roles) if invitee else "",
        "kind": invitation.kind.value,
        "state": invited.state.value,
        "waits": invitee is not None and invitee.waits,
        "letter": _letter_state(invited),
        "error": news.error if news else None,
        "sent": language.date_and_time(news.sent_at, site.time_zone) if news and news.sent_at else "",
        "printed": invitation.code_expires_at is not None,
        "ends": language.date_and_time(ends, site.time_zone),
        "used": language.date_and_time(invitation.used_at, site.time_zone) if invitation.used_at else "",
    }


def _answer(invited: Invited) -> InvitationAnswer:
    invitation, invitee = invited.invitation, invited.invitee
    return InvitationAnswer.model_validate(
        {
            "account": invitation.account,
            "name": invitee.account.name if invitee else "",
            "email": invitee.account.email if invitee else "",
            "units": list(invitee.units) if invitee else [],
            "roles": [role.value for role in invitee.roles] if invitee else [],
            "kind": invitation.kind.value,
            "state": invited.state.value,
            "letter": _letter_state(invited),
            "letter_error": invited.letter.error if invited.letter else None,
            "invited_at": invitation.created_at,
            "expires_at": invitation.expires_at,
            "code_expires_at": invitation.code_expires_at,
        }
    )
