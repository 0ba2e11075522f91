"""One tree of refusals. Each has a stable code and a sentence for the person who reads it.

Raised for requests that break a rule. Outcomes that people expect (busy, nobody answers, a lock that
is offline) are values elsewhere and never raised. Each edge turns these into its own answer once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from intercom.domain.language import N_


class IntercomError(Exception):
    """A request that is refused; changes nothing.

    `code` is stable and documented, `message` is shown to people, `details` never holds a secret.
    Sentences are marked by `N_` (`domain.language`): the edge that shows them translates them.
    """

    code: ClassVar[str] = "our_fault"
    sentence: ClassVar[str] = N_("Something is wrong on our side. It has been noted.")

    def __init__(self, message: str | None = None, **details: Any) -> None:
        super().__init__(message or self.sentence)
        self.message = message or self.sentence
        self.details: Mapping[str, Any] = details


class BadMessage(IntercomError):
    """A message that does not follow its schema."""

    code = "bad_message"
    sentence = N_("This page is out of date. Load it again.")


class UnknownEvent(BadMessage):
    """An event that this server does not know."""

    code = "unknown_event"
    sentence = N_("This server does not know this message.")


class TooLarge(BadMessage):
    """A message, or a list in it, over its limit."""

    code = "too_large"
    sentence = N_("This message is too large.")


class Invalid(BadMessage):
    """Fields that are not as they should be; `details["fields"]` has a sentence for each."""

    code = "invalid"
    sentence = N_("A field is missing or not as it should be.")

    def __init__(self, message: str | None = None, /, **fields: str) -> None:  # a field may have any name
        super().__init__(message, fields=fields)


class BadFile(BadMessage):
    """A file that was chosen and cannot be read as what it should be; the sentence says why."""

    code = "bad_file"
    sentence = N_("This file cannot be read.")


class TooMany(IntercomError):
    """Too often in too short a time. `details["retry_after"]` is in seconds."""

    code = "too_many"

    def __init__(self, message: str | None = None, *, retry_after: float) -> None:
        seconds = max(1, round(retry_after))
        super().__init__(
            message or N_("Too fast. Try again in %(seconds)s s.", seconds=seconds), retry_after=seconds
        )


class TooManyRings(TooMany):
    """A visitor has rung too often. `details["retry_at"]`: when they may again, Unix seconds."""

    code = "too_many_rings"

    def __init__(self, *, retry_after: float, now: float) -> None:
        seconds = max(1, round(retry_after))
        super().__init__(
            N_("You can ring here again in %(time)s.", time=f"{seconds // 60}:{seconds % 60:02}"),
            retry_after=seconds,
        )
        self.details = {**self.details, "retry_at": now + seconds}


class TryLater(IntercomError):
    """The server cannot do it now and has done nothing."""

    code = "try_later"
    sentence = N_("The server is busy. Try again in 5 s.")


class NotSignedIn(IntercomError):
    """No session, or one that has ended."""

    code = "not_signed_in"
    sentence = N_("You were signed out. Sign in to go on.")


class NotAllowed(IntercomError):
    """The account's role does not reach this far."""

    code = "not_allowed"
    sentence = N_("You may not do this.")


class NotEnrolled(IntercomError):
    """A panel without a valid key."""

    code = "not_enrolled"
    sentence = N_("This panel is not paired with an entrance. Pair it with a code from the site's admin.")


class WrongCode(IntercomError):
    """A pairing code that is wrong, used or old."""

    code = "wrong_code"
    sentence = N_("This code is wrong or old. Take the newest one.")


class WrongCredentials(IntercomError):
    """E-mail and password do not belong together (or the e-mail is unknown: the same answer)."""

    code = "wrong_credentials"
    sentence = N_("E-mail or password is wrong.")


class SecondStepNeeded(IntercomError):
    """The password is right and not enough: the account has a second factor."""

    code = "second_step_needed"
    sentence = N_("Go on with the second step.")


class SecondStepOver(NotSignedIn):
    """Nobody stands between the password and the second step any more."""

    code = "second_step_over"
    sentence = N_("This took too long, or too many codes were wrong. Sign in again.")


class WrongSecondFactor(WrongCode):
    """A code of the second step that is wrong, used or old. `details["left"]`: tries left."""

    sentence = N_("This code is wrong or old.")


class PasskeyRefused(IntercomError):
    """A passkey that does not prove anything here."""

    code = "passkey_refused"
    sentence = N_("This passkey is not known here, or it was not used as asked. Try again.")


class PasswordAgain(NotAllowed):
    """A change for which the password must have been typed just now."""

    code = "password_again"
    sentence = N_("Type your password again to change this.")


class ProviderFailed(IntercomError):
    """An OpenID provider did not answer, or not as it must."""

    code = "provider_failed"
    sentence = N_("The other service did not confirm who you are. Try again, or sign in with your password.")


class NoAccount(IntercomError):
    """Somebody proved who they are elsewhere, and nobody here is that."""

    code = "no_account"
    sentence = N_(
        "Nobody here has the e-mail that the other service tells. It must be the one of your account here. "
        "If you have none, ask the person who runs this house for an invitation."
    )


class NotFound(IntercomError):
    """It does not exist, or not for this caller."""

    code = "not_found"
    sentence = N_("This is not here.")


class WrongMethod(IntercomError):
    """The address takes other methods (RFC 9110 15.5.6)."""

    code = "wrong_method"
    sentence = N_("This address does not take this method.")


class UnknownEntry(NotFound):
    """An entry that this entrance does not show."""

    code = "unknown_entry"
    sentence = N_("This name is not on this panel any more.")


class UnknownCall(NotFound):
    """A call that does not exist or in which the sender has no part."""

    code = "unknown_call"
    sentence = N_("This call is not known here.")


class InUse(IntercomError):
    """Something still needs it; the sentence says what."""

    code = "in_use"
    sentence = N_("This is still in use.")


class Taken(IntercomError):
    """There is one already that only may be once."""

    code = "taken"
    sentence = N_("There is one already.")


class LinkOver(IntercomError):
    """A link or code from a letter that was used, replaced or has run out."""

    code = "link_over"
    sentence = N_("This link is not valid any more. Ask for a new one.")


class OldSign(LinkOver):
    """The code of a sign that was replaced, or taken away."""

    code = "old_sign"
    sentence = N_("This sign has been replaced. Scan the one at the door.")


class VisitOver(IntercomError):
    """A visitor's page that was open for too long, or whose cookie the browser has not kept."""

    code = "visit_over"
    sentence = N_("This page was open for a long time. Scan the sign at the door again.")


class OutsideFence(IntercomError):
    """The visitor's phone says that they are elsewhere, and the entrance's fence is enforced."""

    code = "outside_fence"
    sentence = N_("Your phone says you are not at this entrance.")


class FenceUnknown(IntercomError):
    """It is not known where the visitor is, and the entrance's fence is enforced."""

    code = "fence_unknown"
    sentence = N_("Your phone did not say where it is. Allow it, or type the word on the sign.")


class WordNeeded(IntercomError):
    """Many visitors ring at this entrance at the moment."""

    code = "word_needed"
    sentence = N_("Many people ring here at the moment. Type the word on the sign.")


class WrongWord(IntercomError):
    """Not the word on the sign."""

    code = "wrong_word"
    sentence = N_("This is not the word on the sign. It stands below the code.")


class Blocked(IntercomError):
    """A resident has asked for peace from this visitor. `details["until"]`: Unix seconds."""

    code = "blocked"
    sentence = N_("Nobody can be rung from this phone for the moment.")


class CallInProgress(IntercomError):
    """The panel rings or talks already."""

    code = "call_in_progress"
    sentence = N_("This panel is in a call already. Hang up first.")


class CallOver(IntercomError):
    """The call has ended."""

    code = "call_ended"
    sentence = N_("The call is over. Nothing was sent.")


class NotNow(IntercomError):
    """The message does not fit the stage of its call."""

    code = "not_now"
    sentence = N_("This is not possible at this moment of the call.")


class CannotRing(IntercomError):
    """A test ring that has no way to its device."""

    code = "cannot_ring"
    sentence = N_(
        "This device cannot be reached. Open its page, or let it ring also when the page is closed."
    )


class DoorRefused(IntercomError):
    """Opening is refused; the instance carries the refusal's own code. `details`: `until` (Unix seconds) and
    `left` (tries), where they are known."""

    def __init__(
        self, code: str, message: str, *, until: float | None = None, left: int | None = None
    ) -> None:
        known = {"until": until, "left": left}
        super().__init__(message, **{name: value for name, value in known.items() if value is not None})
        self.refusal = code


def code_of(error: IntercomError) -> str:
    """The stable code that goes out for `error`."""
    return error.refusal if isinstance(error, DoorRefused) else error.code
