"""What the house says to a doorstation, checked before anything follows from it.

Unknown keys are let through, so that an older doorstation understands a newer house.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Id = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(max_length=1024)]


class Message(BaseModel):
    """One message of the house."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class IceServer(Message):
    """An RTCIceServer (W3C WebRTC 4.2.2)."""

    urls: list[Text]
    username: Text | None = None
    credential: Text | None = Field(default=None, repr=False)


class Entry(Message):
    """A line of the phonebook, as it is displayed."""

    id: Id
    name: Text
    unit: Text = ""
    floor: Text = ""

    @property
    def line(self) -> str:
        """`Anna Lind, Flat 31`."""
        return f"{self.name}, {self.unit}" if self.unit else self.name


class Named(Message):
    """Anything that has a name."""

    name: Text


class CallNow(Message):
    """The whole truth about this doorstation's call; the last one counts. Times are the house's clock."""

    call: Id
    entry: Entry
    stage: Literal["calling", "ringing", "connecting", "established", "ended"]
    leg: Id | None = None
    legs: list[Id] = []
    ice_servers: list[IceServer] = []
    relay: bool = False
    reason: Text | None = None
    ended_by: Text | None = None
    camera: bool = False
    lost: bool = False
    now: float
    ring_seconds: float = 45
    deadline: float


class Ready(Message):
    """First message of a connection."""

    name: Text
    site: Named
    entrance: Named
    entries: list[Entry]
    tone: Text = ""
    call: CallNow | None = None


class Phonebook(Message):
    """The names changed."""

    entries: list[Entry]


class LegNow(Message):
    """How one device of the call is doing."""

    call: Id
    leg: Id
    stage: Text


class Offer(Message):
    """A device's offer for its leg (RFC 8829)."""

    call: Id
    leg: Id
    attempt: int = Field(default=0, ge=0)
    type: Literal["offer"]
    sdp: str = Field(min_length=1, max_length=64 * 1024)


class Candidate(Message):
    """An RTCIceCandidateInit; null as the candidate is the end of candidates."""

    candidate: Text | None
    sdpMid: Text | None = None
    sdpMLineIndex: int | None = Field(default=None, ge=0, le=64)


class Candidates(Message):
    """Some more addresses of the device."""

    call: Id
    leg: Id
    attempt: int = Field(default=0, ge=0)
    candidates: list[Candidate] = Field(max_length=100)


class Door(Message):
    """What is true about an opening. Said again after a reconnect, so it may be long past."""

    call: Id | None = None
    opening: Id
    now: float
    relocks_at: float | None = None
    state: Literal["asked", "sent", "opened", "not_confirmed", "refused"]
    message: Text | None = None


class Look(Message):
    """A resident looks at the door without a ring: picture, no sound."""

    look: Id
    ice_servers: list[IceServer] = []
    relay: bool = False


class LookOver(Message):
    """Nobody looks any more."""

    look: Id


class Camera(Message):
    """The resident's camera is on or off."""

    call: Id
    leg: Id
    on: bool


class Replaced(Message):
    """The same key connected elsewhere."""

    message: Text = ""


SCHEMAS: dict[str, type[Message]] = {
    "ready": Ready,
    "phonebook": Phonebook,
    "call": CallNow,
    "leg": LegNow,
    "sdp": Offer,
    "candidates": Candidates,
    "door": Door,
    "camera": Camera,
    "look": Look,
    "look_over": LookOver,
    "replaced": Replaced,
}


class Malformed(ValueError):
    """The house said something that makes no sense; its text names the fields, never their values."""


def parse(event: str, data: Any) -> Message:
    """The message that came under this event's name. Raises `Malformed`."""
    schema = SCHEMAS.get(event)
    if schema is None:
        raise Malformed(f"no event is called {event[:40]!r}")
    try:
        return schema.model_validate(data)
    except ValidationError as fault:
        wrong = ", ".join(".".join(map(str, error["loc"])) or "(all)" for error in fault.errors()[:5])
        raise Malformed(f"{event}: {wrong}") from None
