"""What little of a session description the server may touch: addresses that are nobody's business yet.

A ringing device that nobody has accepted on shows a visitor no address of its own (RFC 8828 5.2, mode 4):
its browser is told to use the relay only, and what passes here is stripped of everything else, in case
the browser does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

_TYPE = re.compile(r"\styp\s+(\w+)", re.IGNORECASE)
_RELATED = re.compile(r"\sraddr\s+\S+\s+rport\s+\d+", re.IGNORECASE)


def relayed(line: str) -> str | None:
    """A candidate line (RFC 8839 5.1) without the address behind its relay; None for one that is not of a
    relay."""
    kind = _TYPE.search(line)
    if kind is None or kind.group(1).lower() != "relay":
        return None
    return _RELATED.sub(" raddr 0.0.0.0 rport 0", line)


def relayed_only(sdp: str) -> str:
    """The description without candidates that are not of a relay, and without the addresses of its
    `o=` and `c=` lines (RFC 8866 5.2, 5.7), which nobody uses where candidates do the work."""
    kept: list[str] = []
    for line in sdp.splitlines(keepends=True):
        end = line[len(line.rstrip("\r\n")) :]
        bare = line.rstrip("\r\n")
        if bare.startswith("a=candidate:"):
            shown = relayed(bare)
            if shown is not None:
                kept.append(shown + end)
        elif bare.startswith("a=rtcp:"):
            kept.append(bare.split(" ")[0] + end)
        elif bare.startswith(("c=", "o=")):
            kept.append(re.sub(r"IN IP[46] \S+", "IN IP4 0.0.0.0", bare) + end)
        else:
            kept.append(line)
    return "".join(kept)


def relayed_candidates(found: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """The candidates of a relay among W3C RTCIceCandidateInit objects, and the word that no more come."""
    return list(_relayed(found))


def _relayed(found: Iterable[Mapping[str, object]]) -> Iterable[Mapping[str, object]]:
    for one in found:
        line = one.get("candidate")
        if not line:
            yield one
            continue
        shown = relayed(str(line))
        if shown is not None:
            yield {**one, "candidate": shown}
