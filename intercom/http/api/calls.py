"""`/api/v1`: what the pages and the doorstation ask for beside the sockets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from intercom.domain.door import SENTENCES, Opening, Truth
from intercom.domain.ids import CallId, Secret
from intercom.domain.language import N_
from intercom.domain.notes import Note
from intercom.http.routes import Ask, Body, Name, Needs, Route, json
from intercom.http.session import Cookies
from intercom.services.enrollment import Enrollment
from intercom.services.history import History
from intercom.services.notes import NoteDesk

PANEL_SECONDS = 10 * 365 * 24 * 3600.0
"""How long a browser keeps a panel's key: until it is revoked."""

_OPENED = {
    Truth.ASKED: N_("Sent. Waiting for the lock"),
    Truth.SENT: N_("Sent. Waiting for the lock"),
    Truth.OPENED: N_("Opened"),
    Truth.NOT_CONFIRMED: N_("Not confirmed"),
    Truth.REFUSED: N_("Refused"),
}


class PairingCode(Body):
    """The code that somebody typed at a panel."""

    code: str = Field(min_length=1, max_length=64)
    name: Name = "Panel"


class PanelKey(Body):
    """A panel's own key."""

    key: str = Field(min_length=1, max_length=128)


class Paired(BaseModel):
    """A panel that was paired just now. `key` is told this once."""

    panel: str
    entrance: str
    key: str


class PastOpening(BaseModel):
    """What is known of an opening."""

    state: Truth
    at: float
    text: str


class PastNote(BaseModel):
    """What the caller left whom nobody answered, and what somebody of the household replied."""

    text: str
    at: float
    reply: str | None
    replied_by: str
    replied_at: float | None


class ReplyGiven(Body):
    """A reply to a caller's note; `NOTE_LENGTH` characters at most."""

    text: str = Field(max_length=1200)


class PastCall(BaseModel):
    """A call as one of the household sees it. Times are Unix seconds."""

    call: str
    entrance: str
    at: float
    state: str
    text: str
    missed: bool
    unseen: bool
    opened: PastOpening | None
    note: PastNote | None


class OwnOpening(BaseModel):
    """What one opened without a call, or tried to. `state`: asked, sent, opened, not_confirmed, refused."""

    lock: str
    at: float
    state: str
    text: str


class PastCalls(BaseModel):
    """The newest calls; `missed` is the number of those that nobody has seen yet."""

    calls: list[PastCall]
    missed: int
    openings: list[OwnOpening]


class Tone(BaseModel):
    """A ringtone."""

    id: str
    name: str
    url: str


class Tones(BaseModel):
    """The house's ringtones; `default` is the id of one."""

    tones: list[Tone]
    default: str


class Api:
    """Handlers of `/api/v1`."""

    def __init__(
        self,
        enrollment: Enrollment,
        history: History,
        notes: NoteDesk,
        cookies: Cookies,
        tones: Mapping[str, Any],
    ) -> None:
        self._enrollment = enrollment
        self._history = history
        self._notes = notes
        self._cookies = cookies
        self._tones = tones

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route(
                "POST", "/api/v1/panels/enroll", self.enroll, Needs.NOBODY, body=PairingCode, answer=Paired
            ),
            Route(
                "POST",
                "/api/v1/panels/session",
                self.panel_session,
                Needs.NOBODY,
                body=PanelKey,
                status=204,
            ),
            Route("GET", "/api/v1/history", self.past_calls, Needs.SESSION, answer=PastCalls),
            Route("POST", "/api/v1/history/seen", self.mark_seen, Needs.SESSION, status=204),
            Route(
                "POST",
                "/api/v1/history/{call}/reply",
                self.reply,
                Needs.SESSION,
                body=ReplyGiven,
                answer=PastNote,
            ),
            Route("GET", "/api/v1/ringtones", self.ringtones, Needs.NOBODY, answer=Tones),
        ]

    async def enroll(self, ask: Ask) -> web.StreamResponse:
        """Pair a panel; its key goes out this once."""
        given: PairingCode = ask.body
        panel, key = await self._enrollment.enroll(Secret(given.code), ask.address, given.name)
        response = json({"panel": panel.id, "entrance": panel.entrance, "key": key.reveal()})
        self._cookies.write(response, self._cookies.panel, key, PANEL_SECONDS)
        return response

    async def panel_session(self, ask: Ask) -> web.StreamResponse:
        """A browser that was given a panel's key becomes that panel."""
        given: PanelKey = ask.body
        key = Secret(given.key)
        await self._enrollment.typed(key, ask.address)
        response = web.Response(status=204)
        self._cookies.write(response, self._cookies.panel, key, PANEL_SECONDS)
        return response

    async def past_calls(self, ask: Ask) -> web.StreamResponse:
        """The newest calls of this person."""
        past = await self._history.of(ask.who)
        return json(
            {
                "calls": [
                    {
                        "call": call.call,
                        "entrance": call.entrance,
                        "at": call.at,
                        "state": call.state,
                        "text": call.text,
                        "missed": call.missed,
                        "unseen": call.unseen,
                        "opened": _opening(call.opening),
                        "note": _note(call.note, call.replied_by),
                    }
                    for call in past
                ],
                "missed": sum(call.unseen for call in past),
                "openings": [_own(opening) for opening in await self._history.own_openings(ask.who)],
            }
        )

    async def mark_seen(self, ask: Ask) -> web.StreamResponse:
        """Missed calls have been seen."""
        await self._history.mark_seen(ask.who)
        return web.Response(status=204)

    async def reply(self, ask: Ask) -> web.StreamResponse:
        """Reply to the note that a caller left; once for the whole household."""
        given: ReplyGiven = ask.body
        note = await self._notes.reply(ask.who, CallId(ask.path("call")), given.text)
        return json(_note(note, ask.who.account.name))

    async def ringtones(self, ask: Ask) -> web.StreamResponse:
        """The house's tones for devices."""
        tones: Sequence[Mapping[str, Any]] = self._tones["tones"]
        return json(
            {
                "tones": [
                    {"id": tone["id"], "name": N_(tone["name"]), "url": f"/ringtones/{tone['file']}"}
                    for tone in tones
                    if tone["kind"] in ("indoor", "both")
                ],
                "default": self._tones["default_indoor"],
            }
        )


def _opening(opening: Opening | None) -> dict[str, object] | None:
    if opening is None:
        return None
    return {"state": opening.truth.value, "at": opening.told_at, "text": _OPENED[opening.truth]}


def _own(opening: Opening) -> dict[str, object]:
    text = _OPENED[opening.truth]
    if opening.code is not None:
        text = N_("%(what)s. %(why)s", what=text, why=SENTENCES[opening.code])
    return {"lock": opening.lock_name, "at": opening.at, "state": opening.truth.value, "text": text}


def _note(note: Note | None, by: str) -> dict[str, object] | None:
    if note is None:
        return None
    return {
        "text": note.text,
        "at": note.at,
        "reply": note.reply,
        "replied_by": by,
        "replied_at": note.replied_at,
    }
