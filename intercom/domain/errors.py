"""One tree of refusals. Each has a stable code and a sentence for the person who reads it.

Raised for requests that break a rule. Outcomes that people expect (busy, nobody answers, a lock that
is offline) are values elsewhere and never raised. Each edge turns these into its own answer once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class IntercomError(Exception):
    """A request that is refused; changes nothing.

    `code` is stable and documented, `message` is shown to people, `details` never holds a secret.
    """

    code: ClassVar[str] = "our_fault"
    sentence: ClassVar[str] = "Something is wrong on our side. It has been noted."

    def __init__(self, message: str | None = None, **details: Any) -> None:
        super().__init__(message or self.sentence)
        self.message = message or self.sentence
        self.details: Mapping[str, Any] = details


class BadMessage(IntercomError):
    """A message that does not follow its schema."""

    code = "bad_message"
    sentence = "This page is out of date. Load it again."


class UnknownEvent(BadMessage):
    """An event that this server does not know."""

    code = "unknown_event"
    sentence = "This server does not know this message."


class TooLarge(BadMessage):
    """A message, or a list in it, over its limit."""

    code = "too_large"
    sentence = "This message is too large."


class Invalid(BadMessage):
    """Fields that are not as they should be; `details["fields"]` has a sentence for each."""

    code = "invalid"
    sentence = "A field is missing or not as it should be."

    def __init__(self, message: str | None = None, **fields: str) -> None:
        super().__init__(message, fields=fields)


class TooMany(IntercomError):
    """Too often in too short a time. `details["retry_after"]` is in seconds."""

    code = "too_many"

    def __init__(self, message: str | None = None, *, retry_after: float) -> None:
        seconds = max(1, round(retry_after))
        super().__init__(message or f"Too fast. Try again in {seconds} s.", retry_after=seconds)


class TryLater(IntercomError):
    """The server cannot do it now and has done nothing."""

    code = "try_later"
    sentence = "The server is busy. Try again in 5 s."


class NotSignedIn(IntercomError):
    """No session, or one that has ended."""

    code = "not_signed_in"
    sentence = "You were signed out. Sign in to go on."


class NotAllowed(IntercomError):
    """The account's role does not reach this far."""

    code = "not_allowed"
    sentence = "You may not do this."


class NotEnrolled(IntercomError):
    """A panel without a valid key."""

    code = "not_enrolled"
    sentence = "This panel is not paired with an entrance. Pair it with a code from the site's admin."


class WrongCode(IntercomError):
    """A pairing code that is wrong, used or old."""

    code = "wrong_code"
    sentence = "This code is wrong or old. Take the newest one."


class WrongCredentials(IntercomError):
    """E-mail and password do not belong together (or the e-mail is unknown: the same answer)."""

    code = "wrong_credentials"
    sentence = "E-mail or password is wrong."


class NotFound(IntercomError):
    """It does not exist, or not for this caller."""

    code = "not_found"
    sentence = "This is not here."


class UnknownEntry(NotFound):
    """An entry that this entrance does not show."""

    code = "unknown_entry"
    sentence = "This name is not on this panel any more."


class UnknownCall(NotFound):
    """A call that does not exist or in which the sender has no part."""

    code = "unknown_call"
    sentence = "This call is not known here."


class InUse(IntercomError):
    """Something still needs it; the sentence says what."""

    code = "in_use"
    sentence = "This is still in use."


class Taken(IntercomError):
    """There is one already that only may be once."""

    code = "taken"
    sentence = "There is one already."


class LinkOver(IntercomError):
    """A link or code from a letter that was used, replaced or has run out."""

    code = "link_over"
    sentence = "This link is not valid any more. Ask for a new one."


class CallInProgress(IntercomError):
    """The panel rings or talks already."""

    code = "call_in_progress"
    sentence = "This panel is in a call already. Hang up first."


class CallOver(IntercomError):
    """The call has ended."""

    code = "call_ended"
    sentence = "The call is over. Nothing was sent."


class NotNow(IntercomError):
    """The message does not fit the stage of its call."""

    code = "not_now"
    sentence = "This is not possible at this moment of the call."


class DoorRefused(IntercomError):
    """Opening is refused; the instance carries the refusal's own code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.refusal = code


def code_of(error: IntercomError) -> str:
    """The stable code that goes out for `error`."""
    return error.refusal if isinstance(error, DoorRefused) else error.code
