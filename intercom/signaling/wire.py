"""The wire: every message of the two Socket.IO namespaces, as one schema each.

Client messages are parsed by these models before any handler sees them; server messages are built
from them, so that `docs/wire.md`, `docs/asyncapi.json` and `web/types/wire.d.ts` are generated from
what really runs. Keys are snake_case; W3C objects (an ICE candidate, an ICE server) keep their own
case. Times are Unix seconds (UTC) as numbers, lengths of time are seconds.

A client message is always acknowledged with `{"ok": true, ...}` or with
`{"ok": false, "error": {"code", "message", "details"?}}`; a refusal changes nothing and keeps the
connection.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

SDP_LIMIT = 64 * 1024
"""Largest session description, in characters."""
CANDIDATES_LIMIT = 100
"""Most candidates that one side may send for one leg."""

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
Typed = Annotated[SecretStr, Field(min_length=1, max_length=16)]
OneLine = Annotated[
    str,
    Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$", description="as somebody types it"),
]
Seconds = Annotated[float, Field(description="Unix time, seconds")]
Attempt = Annotated[
    int, Field(ge=0, le=29, description="Counts the connections made for one leg, from 0 again after 29")
]


class Message(BaseModel):
    """A message from a client: unknown keys and silent conversions are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Out(BaseModel):
    """A message from the server."""

    model_config = ConfigDict(extra="forbid")


# -- parts ---------------------------------------------------------------------------------------


class Position(Message):
    """Where the caller's own phone says it is (W3C Geolocation, GeolocationCoordinates)."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    accuracy: float = Field(ge=0, le=1_000_000, description="metres, 95 % confidence")
    at: float = Field(ge=0, description="Unix time, seconds")


class Candidate(Message):
    """An RTCIceCandidateInit (W3C WebRTC 4.8.1.1); keys keep their own case."""

    candidate: str = Field(max_length=1024)
    sdpMid: str | None = Field(default=None, max_length=64)
    sdpMLineIndex: int | None = Field(default=None, ge=0, le=64)
    usernameFragment: str | None = Field(default=None, max_length=256)


class IceServerOut(Out):
    """An RTCIceServer (W3C WebRTC 4.2.2)."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class LockOut(Out):
    """A lock of an entrance, as the resident may see it before pressing."""

    id: str
    name: str
    online: bool
    since: float | None = Field(default=None, description="since when it is offline, held open or in trouble")
    held_open: bool = False
    until: float | None = Field(
        default=None, description="until when it is held open or in trouble, where the core tells"
    )
    battery_low: bool = False
    left_open_since: float | None = Field(default=None, description="since when its door has stood open")
    trouble: str | None = Field(
        default=None, description="why it cannot be opened from here although it is online"
    )
    message: str | None = Field(default=None, description="the sentence for the trouble")
    open_seconds: float = Field(description="how long it stays open before it locks again")


class EntryOut(Out):
    """A line of the phonebook, as displayed. Nothing else about the people behind it."""

    id: str
    name: str
    unit: str = Field(description="second line, may be empty")
    floor: str = Field(description="may be empty")
    contact: bool = Field(description="a contact person, listed first")


class EntranceOut(Out):
    """An entrance."""

    id: str
    name: str


class SiteOut(Out):
    """What every page shows of its site."""

    id: str
    name: str
    plate: str = Field(description="house number, or up to 4 letters")
    time_zone: str = Field(description="IANA time zone: hours that a site keeps are told in it")


class By(Out):
    """Who took, declined or ended a call, for the members of the same household."""

    person: str = Field(description="name")
    device: str = Field(description="name of the device, as its owner sees it")
    you: bool = Field(description="the same person as the receiver")


# -- panel -> server -----------------------------------------------------------------------------


class Proof(Message):
    """What a visitor's own page knows of where it is: any of these. Panels send none."""

    position: Position | None = None
    scan: str | None = Field(
        default=None, max_length=64, description="what the page was given at its loading"
    )
    word: OneLine | None = Field(default=None, description="the word on the sign, as typed")


class Ring(Proof):
    """Somebody pressed a name. Ack: `{ok, call}`."""

    entry: Id


class Stand(Proof):
    """Where a visitor's own page is now, during its call: unasked, or after `position_wanted`.

    Ack: `{ok, place, source}`, see `EvidenceOut`.
    """

    call: Id


class Search(Message):
    """A visitor looks for a name where the whole list is not shown. Ack: `{ok, entries}`, see `EntryOut`."""

    text: OneLine


class LeaveNote(Message):
    """A note after a call of the caller's own that nobody answered. Ack: `{ok, note}`: the call that the
    note belongs to, which a `reply` names."""

    call: Id
    text: Annotated[str, Field(max_length=1200)]


class CallOnly(Message):
    """Names a call."""

    call: Id


class LookAt(Message):
    """Look at a door without a ring."""

    entrance: Id


class LookOnly(Message):
    """Names a look at a door."""

    look: Id


class LegMessage(Message):
    """Names a leg of a call."""

    call: Id
    leg: Id


class SessionDescription(LegMessage):
    """An SDP offer (resident) or answer (panel) of one leg (RFC 8829). Opaque to the server."""

    attempt: Attempt = 0
    type: Literal["offer", "answer"]
    sdp: str = Field(min_length=1, max_length=SDP_LIMIT)
    signature: str | None = Field(default=None, max_length=4096)
    restarts: bool = Field(
        default=False,
        description="of an answer: this end restarts ICE (RFC 8445 9) when the same attempt is offered again",
    )


class Candidates(LegMessage):
    """Candidates gathered since the last message (RFC 8838), together."""

    attempt: Attempt = 0
    candidates: list[Candidate] = Field(min_length=1, max_length=CANDIDATES_LIMIT)


class Silence(LegMessage):
    """Nothing has come through at this end of the talk for so long; 0: it comes again.

    Sent from the fifth second on, and again every few seconds as long as it lasts.
    """

    seconds: float = Field(ge=0, le=3600)


class Camera(LegMessage):
    """The resident turned their camera on or off."""

    on: bool


# -- resident -> server --------------------------------------------------------------------------


class OpenDoor(Message):
    """The resident pressed "Open". `request` is new for each press; a repeat of it opens nothing.

    Ack: `{ok, opening}`; what became of it follows as `door` events.
    """

    call: Id | None = None
    lock: Id
    request: Annotated[str, Field(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    pin: Typed | None = Field(default=None, description="where `asks` says so and `factor` is pin")
    code: Typed | None = Field(default=None, description="where `asks` says so; the person's phone shows it")
    position: Position | None = Field(
        default=None, description="where this device is; only without a call, and where the door asks"
    )


class Block(CallOnly):
    """The visitor of this call rings nobody at the site for so many hours. Ack: `{ok, until}`."""

    hours: Literal[1, 24]


class Status(Message):
    """What the device knows of its owner."""

    dnd: bool | None = None
    on_the_phone: bool | None = None


class Language(Message):
    """What the panel shows at the moment: sentences in refusals come in it."""

    language: Annotated[str, Field(min_length=2, max_length=16)]


# -- server -> panel -----------------------------------------------------------------------------


class CallToPanel(Out):
    """The present truth about the panel's call. Sent at each change and after a reconnect."""

    call: str
    entry: EntryOut
    stage: Literal["calling", "ringing", "connecting", "established", "ended"]
    leg: str | None = Field(default=None, description="the accepted leg")
    legs: list[str] = Field(description="legs that are alive")
    ice_servers: list[IceServerOut] = Field(description="for connections of this call")
    relay: bool = Field(default=False, description="connect through the relay only")
    reason: str | None = Field(default=None, description="why it ended")
    ended_by: Literal["caller", "resident", "server"] | None = None
    camera: bool = Field(default=False, description="the resident's camera is on")
    lost: bool = Field(
        default=False, description="the resident's device has lost its connection, or nothing comes through"
    )
    now: Seconds
    ring_seconds: float = Field(description="how long a ring lasts")
    deadline: Seconds = Field(description="when this stage ends by itself")
    established_at: float | None = None
    opens_at: float | None = Field(default=None, description="of one that ended as closed: when it opens")


class LookToPanel(Out):
    """A resident looks at the door without a ring: show it, and send the picture, no sound. The device offers
    with the look's id as both `call` and `leg`."""

    look: str
    ice_servers: list[IceServerOut]
    relay: bool = Field(default=False, description="connect through the relay only")
    until: Seconds
    now: Seconds


class LookOver(Out):
    """Nobody looks any more."""

    look: str
    reason: Literal["stopped", "time", "ring", "offline"]


class LegToPanel(Out):
    """How one leg is doing."""

    call: str
    leg: str
    stage: Literal["invited", "ringing", "accepted", "ended"]


class VisitorHere(Out):
    """What a visitor's own page must know beside what a panel shows."""

    fence: Literal["off", "advise", "enforce"] = Field(description="whether the door asks where visitors are")
    letters: int = Field(
        description="so many letters find a name; 0: all names are in `entries`, and are searched there"
    )


class PositionWanted(Out):
    """Say where you are, by `position`: a door is about to open, and what is known is old."""

    call: str


class ReadyPanel(Out):
    """First message after a panel connected: all that its page shows."""

    panel: str
    name: str
    site: SiteOut
    entrance: EntranceOut
    entries: list[EntryOut]
    tone: str = Field(description="address of the outdoor ringtone")
    visitor: VisitorHere | None = Field(default=None, description="to a visitor's own browser only")
    call: CallToPanel | None = Field(default=None, description="the call that goes on")
    now: Seconds
    version: str = Field(default="", description="of the pages that the server has now")
    protocol: int = 1


class ReplyToPanel(Out):
    """The household replied to the caller's note. A panel is told within three minutes or not at all, and
    shows it only while nobody else has used it since."""

    call: str = Field(description="as the ack of `note` named it")
    text: str
    at: Seconds


class PhonebookToPanel(Out):
    """Names, the house or its tone have changed: all of it, in place of what `ready` said."""

    site: SiteOut
    entrance: EntranceOut
    entries: list[EntryOut]
    tone: str = Field(description="address of the outdoor ringtone")


class Door(Out):
    """What is true about one opening. Only `opened` was said by the lock."""

    call: str | None
    opening: str
    request: str | None = Field(default=None, description="to the resident only")
    lock: str
    lock_name: str
    state: Literal["asked", "sent", "opened", "not_confirmed", "refused"]
    code: str | None = Field(default=None, description="why it was refused or is not known")
    message: str | None = Field(default=None, description="the sentence for the code")
    at: Seconds
    now: Seconds
    relocks_at: float | None = None
    by: By | None = None


class CameraToPanel(Out):
    """The resident's camera is on or off."""

    call: str
    leg: str
    on: bool


# -- server -> resident --------------------------------------------------------------------------


class DoorOut(Out):
    """An entrance with the locks that the resident may open from home."""

    entrance: EntranceOut
    locks: list[LockOut]
    asks: list[str] = Field(description="locks for which a PIN or Code must be sent with `open_door`")
    position: bool = Field(description="a position must be sent with `open_door`")
    look: bool = Field(description="the resident may look at the door through a panel without a ring")


class ToneOut(Out):
    """A ringtone of the house."""

    id: str
    name: str
    url: str


class ReadyResident(Out):
    """First message after a resident's device connected."""

    device: str = Field(description="to be sent again as auth.device at the next connect")
    device_name: str
    person: str
    unit: str
    site: SiteOut
    doors: list[DoorOut]
    factor: Literal["pin", "code"] = Field(description="what this device is asked for, where a door asks")
    dnd: bool
    now: Seconds
    protocol: int = 1


class EvidenceOut(Out):
    """What is known of where the caller stands. No coordinate is ever passed on."""

    place: Literal["inside", "outside", "unknown"]
    source: Literal["panel", "position", "scan", "word", "none"]
    at: Seconds = Field(description="when it was gathered; 0 for a panel, which is at its door by nature")


class EvidenceToResident(Out):
    """Newer evidence of where the caller of a ringing call stands."""

    call: str
    leg: str
    evidence: EvidenceOut


class Invite(Out):
    """Ring. Sent again, with the same leg, when a device comes back while its leg is alive."""

    call: str
    leg: str
    stage: Literal["calling", "ringing", "connecting", "established"]
    accepted: bool = Field(description="this leg is the accepted one")
    early: bool = Field(description="connect while it rings; else once it is accepted")
    relay: bool = Field(default=False, description="connect through the relay only")
    site: SiteOut
    entrance: EntranceOut
    entry: EntryOut
    also: list[str] = Field(description="names of the household's other devices that ring")
    locks: list[LockOut]
    asks: list[str] = Field(
        default=[], description="locks for which a PIN or Code must be sent with `open_door`"
    )
    ice_servers: list[IceServerOut]
    expires_at: Seconds
    now: Seconds
    ring_seconds: float
    visitor: bool = Field(default=False, description="the caller is a visitor's own browser")
    evidence: EvidenceOut


class Stop(Out):
    """Stop ringing, or the call is over for this leg."""

    call: str
    leg: str
    reason: str
    by: By | None = None
    missed: bool = Field(description="counts as missed for this person")
    now: Seconds


class Missed(Out):
    """The owner of this device has missed a call, on whichever device it rang."""

    call: str
    entrance: EntranceOut
    at: Seconds


class CallToResident(Out):
    """The present truth about a call that this device has accepted."""

    call: str
    leg: str
    stage: Literal["connecting", "established", "ended"]
    reason: str | None = None
    ended_by: Literal["you", "visitor", "server"] | None = None
    by: By | None = None
    lost: bool = Field(
        default=False, description="the visitor's side has lost its connection, or nothing comes through"
    )
    deadline: Seconds
    established_at: float | None = None
    evidence: EvidenceOut
    now: Seconds


class LockState(Out):
    """A lock's own state changed."""

    lock: LockOut
    entrance: str


class HistoryChanged(Out):
    """A caller left a note, somebody of the household replied, or missed calls were seen on another device:
    the history is to be read anew."""

    call: str | None = Field(default=None, description="the call that it is about")


class TestRing(Out):
    """Sound as for a ring, and answer by `POST /api/v1/devices/{device}/proven`. Nobody is at the door."""

    test: str
    seconds: float = Field(description="how long to sound")


class Replaced(Out):
    """This device or panel connected anew elsewhere; the connection ends now."""

    message: str


PANEL_MESSAGES: dict[str, type[Message]] = {
    "ring": Ring,
    "hang_up": CallOnly,
    "sdp": SessionDescription,
    "candidates": Candidates,
    "media_up": LegMessage,
    "renegotiate": LegMessage,
    "silence": Silence,
    "wait": CallOnly,
    "stop_waiting": CallOnly,
    "choices": CallOnly,
    "note": LeaveNote,
    "position": Stand,
    "search": Search,
    "language": Language,
}
"""What a panel may send."""

RESIDENT_MESSAGES: dict[str, type[Message]] = {
    "ringing": LegMessage,
    "accept": LegMessage,
    "decline": LegMessage,
    "hang_up": CallOnly,
    "sdp": SessionDescription,
    "candidates": Candidates,
    "media_up": LegMessage,
    "media_failed": LegMessage,
    "silence": Silence,
    "camera": Camera,
    "extend": LegMessage,
    "open_door": OpenDoor,
    "block": Block,
    "status": Status,
    "look": LookAt,
    "stop_looking": LookOnly,
}
"""What a resident's device may send."""

TO_PANEL: dict[str, type[BaseModel]] = {
    "ready": ReadyPanel,
    "phonebook": PhonebookToPanel,
    "call": CallToPanel,
    "leg": LegToPanel,
    "sdp": SessionDescription,
    "candidates": Candidates,
    "door": Door,
    "reply": ReplyToPanel,
    "camera": CameraToPanel,
    "look": LookToPanel,
    "look_over": LookOver,
    "position_wanted": PositionWanted,
    "replaced": Replaced,
}
"""What a panel is told."""

TO_RESIDENT: dict[str, type[BaseModel]] = {
    "ready": ReadyResident,
    "invite": Invite,
    "stop": Stop,
    "call": CallToResident,
    "sdp": SessionDescription,
    "candidates": Candidates,
    "renegotiate": LegMessage,
    "door": Door,
    "evidence": EvidenceToResident,
    "missed": Missed,
    "history": HistoryChanged,
    "look_over": LookOver,
    "test_ring": TestRing,
    "lock": LockState,
    "replaced": Replaced,
}
"""What a resident's device is told."""


def dump(message: BaseModel) -> dict[str, Any]:
    """The message as the dict that goes out; absent values stay as null, so that shapes are fixed."""
    return message.model_dump()
