"""`/api/v1/account`: one's own profile, password, sessions and data; a password forgotten."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from intercom.domain.ids import Secret, SessionId
from intercom.domain.profile import browser
from intercom.http.account.password import an_email
from intercom.http.account.profile import NameForm, PhoneForm
from intercom.http.routes import Ask, Body, Needs, Route, json
from intercom.language import translate
from intercom.services.credentials import Credentials
from intercom.services.deletion import Deletion
from intercom.services.own_data import OwnData
from intercom.services.profile import Profile
from intercom.services.sessions import Sessions


class MembershipAnswer(BaseModel):
    """A part at a site. `standing`: active or invited."""

    site: str
    role: str
    unit: str | None
    standing: str


class ProfileAnswer(BaseModel):
    """One's own profile. `phone` is E.164; `phone_waiting`: a code was sent to this number, as it is
    written where one lives; `language`: null for the site's."""

    email: str
    first_name: str
    last_name: str
    phone: str | None
    phone_waiting: str
    language: str | None
    second_factor: bool
    memberships: list[MembershipAnswer]


class NewLanguage(Body):
    """A language's code, or null for the site's."""

    language: str | None = Field(max_length=16)


class PhoneCode(Body):
    """The code that was sent by SMS."""

    code: str = Field(min_length=1, max_length=64)


class NewPassword(Body):
    """The present and the new password."""

    current_password: str = Field(max_length=1024)
    new_password: str = Field(max_length=1024)


class Forgotten(Body):
    """Whose password was forgotten."""

    email: str = Field(max_length=320)


class Reset(Body):
    """The token of the link that was sent, and the new password."""

    token: str = Field(min_length=1, max_length=128)
    new_password: str = Field(max_length=1024)


class SessionAnswer(BaseModel):
    """Where one is signed in. Moments in Unix seconds; `here`: the session that asks."""

    id: str
    browser: str
    signed_in_at: float
    last_seen_at: float | None
    ends_at: float
    connected: bool
    here: bool


class Ended(BaseModel):
    """How many sessions ended."""

    ended: int


class PasswordAgain(Body):
    """The password once more."""

    password: str = Field(max_length=1024)


class DeletionAnswer(BaseModel):
    """A wish to be deleted: the sites whose owner must agree, and those whose owner has. `deleted`: nobody
    had to agree, and it is done."""

    asked_at: float | None
    needed: list[str]
    given: list[str]
    deleted: bool = False


class AccountApi:
    """Handlers."""

    def __init__(
        self,
        profile: Profile,
        credentials: Credentials,
        sessions: Sessions,
        own_data: OwnData,
        deletion: Deletion,
    ) -> None:
        self._profile = profile
        self._credentials = credentials
        self._sessions = sessions
        self._own_data = own_data
        self._deletion = deletion

    def routes(self) -> list[Route]:
        """The table."""
        at, mine, nobody = "/api/v1/account", Needs.SESSION, Needs.NOBODY
        phone, deletion = f"{at}/phone", f"{at}/deletion"
        return [
            Route("GET", at, self.show, mine, answer=ProfileAnswer),
            Route("PUT", f"{at}/name", self.rename, mine, body=NameForm, status=204),
            Route("PUT", f"{at}/language", self.language, mine, body=NewLanguage, status=204),
            Route("POST", phone, self.phone, mine, body=PhoneForm, status=204),
            Route("POST", f"{phone}/confirm", self.confirm, mine, body=PhoneCode, status=204),
            Route("POST", f"{phone}/resend", self.resend, mine, status=204),
            Route("DELETE", phone, self.remove_phone, mine, status=204),
            Route("POST", f"{at}/password", self.password, mine, body=NewPassword, status=204),
            Route("POST", "/api/v1/forgot-password", self.forgot, nobody, body=Forgotten, status=204),
            Route("POST", "/api/v1/reset-password", self.reset, nobody, body=Reset, status=204),
            Route("GET", f"{at}/sessions", self.sessions, mine, answer=list[SessionAnswer]),
            Route("DELETE", f"{at}/sessions", self.end_others, mine, answer=Ended),
            Route("DELETE", f"{at}/sessions/{{session}}", self.end, mine, status=204),
            Route("GET", f"{at}/data", self.data, mine, answer=dict[str, Any]),
            Route("GET", deletion, self.asked, mine, answer=DeletionAnswer),
            Route("POST", deletion, self.delete, mine, body=PasswordAgain, answer=DeletionAnswer),
            Route("DELETE", deletion, self.withdraw, mine, status=204),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """One's own profile."""
        session = ask.who
        account = session.account
        answer = ProfileAnswer(
            email=account.email,
            first_name=account.first_name,
            last_name=account.last_name,
            phone=account.phone,
            phone_waiting=await self._profile.phone_waiting(session),
            language=account.language,
            second_factor=account.second_factor,
            memberships=[
                MembershipAnswer(site=m.site, role=m.role, unit=m.unit, standing=m.standing)
                for m in (*session.memberships, *session.invited)
            ],
        )
        return json(answer.model_dump())

    async def rename(self, ask: Ask) -> web.StreamResponse:
        """Change one's own name; the phonebook follows."""
        form: NameForm = ask.body
        await self._profile.rename(ask.who, form.first_name, form.last_name)
        return web.Response(status=204)

    async def language(self, ask: Ask) -> web.StreamResponse:
        """Choose the language of pages and letters."""
        form: NewLanguage = ask.body
        await self._profile.set_language(ask.who, form.language or "")
        return web.Response(status=204)

    async def phone(self, ask: Ask) -> web.StreamResponse:
        """Send a code to a new phone number, which replaces the present one once it is confirmed."""
        form: PhoneForm = ask.body
        await self._profile.send_phone_code(ask.who, form.phone)
        return web.Response(status=204)

    async def confirm(self, ask: Ask) -> web.StreamResponse:
        """Confirm the new phone number with the code that was sent to it."""
        form: PhoneCode = ask.body
        await self._profile.confirm_phone(ask.who, Secret(form.code))
        return web.Response(status=204)

    async def resend(self, ask: Ask) -> web.StreamResponse:
        """Send another code; the one before is worth nothing."""
        await self._profile.resend_phone_code(ask.who)
        return web.Response(status=204)

    async def remove_phone(self, ask: Ask) -> web.StreamResponse:
        """Remove one's phone number."""
        await self._profile.remove_phone(ask.who)
        return web.Response(status=204)

    async def password(self, ask: Ask) -> web.StreamResponse:
        """Change one's password; all other sessions end."""
        form: NewPassword = ask.body
        current, new = Secret(form.current_password), Secret(form.new_password)
        await self._credentials.change(ask.who, current, new, ask.address)
        return web.Response(status=204)

    async def forgot(self, ask: Ask) -> web.StreamResponse:
        """Ask for a link to choose a new password. The answer is the same for every e-mail."""
        form: Forgotten = ask.body
        await self._credentials.ask_reset(an_email(form.email), ask.address)
        return web.Response(status=204)

    async def reset(self, ask: Ask) -> web.StreamResponse:
        """Choose a new password with the token of the link; every session ends."""
        form: Reset = ask.body
        await self._credentials.reset(Secret(form.token), Secret(form.new_password))
        return web.Response(status=204)

    async def sessions(self, ask: Ask) -> web.StreamResponse:
        """Where one is signed in."""
        answers = [
            SessionAnswer(
                id=each.session.id,
                browser=translate(browser(each.session.agent)),
                signed_in_at=each.session.since,
                last_seen_at=each.session.last_seen,
                ends_at=each.session.expires_at,
                connected=each.connected,
                here=each.here,
            )
            for each in await self._sessions.of(ask.who)
        ]
        return json([answer.model_dump() for answer in answers])

    async def end_others(self, ask: Ask) -> web.StreamResponse:
        """End all one's sessions but this one."""
        return json(Ended(ended=await self._sessions.end_others(ask.who)).model_dump())

    async def end(self, ask: Ask) -> web.StreamResponse:
        """End one of one's sessions."""
        await self._sessions.end(ask.who, SessionId(ask.path("session")))
        return web.Response(status=204)

    async def data(self, ask: Ask) -> web.StreamResponse:
        """All that the server keeps of this person, and nothing of others."""
        response = json(dict(await self._own_data.of(ask.who)))
        response.headers["Cache-Control"] = "no-store"
        return response

    async def asked(self, ask: Ask) -> web.StreamResponse:
        """One's wish to be deleted, if there is one."""
        return json((await self._wish(ask)).model_dump())

    async def _wish(self, ask: Ask, *, deleted: bool = False) -> DeletionAnswer:
        asked = None if deleted else await self._deletion.asked(ask.who)
        if asked is None:
            return DeletionAnswer(asked_at=None, needed=[], given=[], deleted=deleted)
        return DeletionAnswer(asked_at=asked.asked_at, needed=list(asked.needed), given=list(asked.given))

    async def delete(self, ask: Ask) -> web.StreamResponse:
        """Ask to have one's profile deleted."""
        form: PasswordAgain = ask.body
        gone = await self._deletion.ask(ask.who, Secret(form.password), ask.address)
        return json((await self._wish(ask, deleted=gone)).model_dump())

    async def withdraw(self, ask: Ask) -> web.StreamResponse:
        """Stay after all."""
        await self._deletion.withdraw(ask.who)
        return web.Response(status=204)
