"""`/account/sessions`: where one is signed in."""

from __future__ import annotations

from aiohttp import web

from intercom.domain.ids import SessionId
from intercom.domain.language import N_
from intercom.domain.profile import browser
from intercom.http.account.frame import AccountFrame
from intercom.http.admin.frame import Nothing, done
from intercom.http.routes import Ask, Needs, Route
from intercom.services.sessions import Sessions

SAID = {
    "ended": N_("That device is signed out."),
    "others_ended": N_("You are signed out everywhere else."),
}


class SessionPages:
    """Handlers."""

    def __init__(self, frame: AccountFrame, sessions: Sessions) -> None:
        self._frame = frame
        self._sessions = sessions

    def routes(self) -> list[Route]:
        """The table."""
        at, mine = "/account/sessions", Needs.SESSION
        return [
            Route("GET", at, self.show, mine, page=True),
            Route("POST", f"{at}/{{session}}/end", self.end, mine, body=Nothing, page=True),
            Route("POST", f"{at}/end-others", self.end_others, mine, body=Nothing, page=True),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The list, this session first."""
        sessions = [
            {
                "id": each.session.id,
                "browser": browser(each.session.agent),
                "mobile": "Mobi" in each.session.agent,
                "since": each.session.since,
                "last_seen": each.session.last_seen,
                "here": each.here,
                "connected": each.connected,
            }
            for each in await self._sessions.of(ask.who)
        ]
        return await self._frame.show(
            ask, "account/sessions.html", here="sessions", said=SAID, sessions=sessions
        )

    async def end(self, ask: Ask) -> web.StreamResponse:
        """Sign out elsewhere; here too, if it is this one."""
        which = SessionId(ask.path("session"))
        await self._sessions.end(ask.who, which)
        raise done("/account/sessions", "ended")

    async def end_others(self, ask: Ask) -> web.StreamResponse:
        """Sign out everywhere but here."""
        await self._sessions.end_others(ask.who)
        raise done("/account/sessions", "others_ended")
