"""What every way of signing in ends with: the cookies of a new session, and none of an older one."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from intercom.domain.factors import TRUST_SECONDS
from intercom.http.routes import Ask
from intercom.http.session import Cookies
from intercom.services.guesses import NOTE_SECONDS
from intercom.services.second_step import SecondStep, SignedIn
from intercom.services.signin import SESSION_SECONDS


def agent_of(ask: Ask) -> str:
    """The browser's User-Agent."""
    return ask.request.headers.get("User-Agent", "")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Lets somebody in who has been signed in."""

    second_step: SecondStep
    cookies: Cookies

    async def welcome(
        self, ask: Ask, response: web.StreamResponse, signed_in: SignedIn, *, trust: bool = False
    ) -> web.StreamResponse:
        """Put the session's cookie on `response`. `trust`: do not ask this browser again."""
        signin, cookies = self.second_step.signin, self.cookies
        # a session that was open in this browser ends: its id is never valid after a sign-in
        old = cookies.read(ask.request, cookies.session)
        if old is not None:
            await signin.end_quietly(old)
        account = signed_in.session.account.id
        cookies.write(response, cookies.session, signed_in.token, SESSION_SECONDS)
        cookies.write(response, cookies.note, signin.guesses.note(account), NOTE_SECONDS)
        if cookies.half in ask.request.cookies:
            await self.second_step.over(cookies.read(ask.request, cookies.half))
            cookies.clear(response, cookies.half)
        if trust:
            token = await self.second_step.trust(signed_in.session, agent_of(ask))
            cookies.trust(ask.request, response, token, TRUST_SECONDS)
        return response
