"""What the doorstation says, one sentence for each truth."""

from __future__ import annotations

from .messages import CallNow, Door

SEEN = "They can see you. You cannot see them."
UNSEEN = "They cannot see you. You cannot see them."
CAMERA_ON = "They turned their camera on."
CAMERA_OFF = "They turned their camera off."
LOOKED_AT = "A resident looks at the door. Nobody hears you."
LOOKED_NO_MORE = "Nobody looks at the door any more."
LOST = "Their connection is lost. Waiting for it to return."
BACK = "Their connection is back."
LINK_BACK = "The connection to the house is back."
KEYS = "Type a number and press Enter to ring. h hangs up, l lists the names, q quits."
TEXT = "t and words write to them, t and a number sends a prepared phrase, t alone lists them."
NOBODY = "There is nobody to write to: no call is established."


def ended(call: CallNow) -> str:
    """Why the call ended, as the person at the door would say it."""
    if call.ended_by == "caller" and call.reason in {"completed", "cancelled"}:
        return "Call ended: you hung up."
    match call.reason:
        case "no_answer":
            return f"Nobody answers. It rang for {call.ring_seconds:.0f} seconds."
        case "declined":
            return "Nobody can come. They cannot come to the door now."
        case "busy":
            return "Busy. The line is busy."
        case "unreachable":
            return "Not reachable. No device of this household can ring now."
        case "closed":
            return "Closed. Nobody is rung at this hour."
        case "completed":
            return "Call ended: they hung up."
        case "cancelled":
            return "Call ended: you hung up."
        case "media_failed":
            return "Call ended: no picture or sound came through."
        case "lost":
            return "Call ended: the connection was lost."
        case "time_limit":
            return "Call ended: the time is over."
        case "server_error":
            return "Call ended: something went wrong in the house."
        case reason:
            return f"Call ended: {reason or 'no reason was given'}."


def door(opening: Door) -> str | None:
    """What to do at the door now; nothing before anything is known. Only `opened` says that it is open."""
    match opening.state:
        case "asked":
            return None
        case "sent":
            return "Sent. The door was told to open. Wait."
        case "opened":
            return "Opened. Push now."
        case "not_confirmed":
            return "Not confirmed. Try the door."
        case "refused":
            return f"The door stays closed. {opening.message or ''}".rstrip()


def wrote(line: str, *, finished: bool = True) -> str:
    """What the resident writes."""
    return f"They write: {line}" if finished else f"They are writing: {line}"


def no_connection(since: str) -> str:
    """The house cannot be reached since this time of day (`14:07`)."""
    return f"No connection since {since}. It tries again by itself."
