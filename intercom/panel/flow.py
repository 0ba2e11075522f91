"""Whether anything comes through: how long an end of a talk has heard nothing at all.

What is counted is every packet that comes over the connection, RTCP as well as RTP: a microphone that is
muted sends silence and a camera that is off sends nothing, and neither is a fault. Only where neither end
sends a sound or a picture may the line rightly be silent for longer, and where nothing has ever come ICE's
consent checks (RFC 7675) are asked instead. `web/static/js/core/flow.js` is the same for browsers.
"""

from __future__ import annotations

SILENT_SECONDS = 5.0
"""Nothing for so long, where sound or picture came: something is wrong."""
SPARSE_SECONDS = 12.0
"""The same where only reports came, which are seconds apart (RFC 3550 6.2)."""
DENSE = 5
"""So many packets a second are sound or picture."""


class Flow:
    """One end of a talk, over all its connections. Times in seconds of one clock, never the wall's."""

    def __init__(self, now: float) -> None:
        """Nothing has come yet, and nothing is missed yet."""
        self._total = 0
        self._last = self._looked = now
        self._dense = self._ever = self._stood = False

    def hears(self, total: int, connected: bool, now: float) -> None:
        """So many packets have come over the present connection, which stands or does not."""
        more = total - self._total if total >= self._total else total
        if more and connected and self._stood:  # past the handshake
            self._dense = more >= DENSE * min(1.0, now - self._looked)
            self._ever = True
        asleep = now - self._looked > SILENT_SECONDS  # who did not listen has not heard nothing
        if more or asleep or (connected and not self._ever):
            self._last = now
        self._total, self._looked, self._stood = total, now, connected

    def silent(self, now: float) -> float:
        """Seconds without anything, if that is too long; else 0."""
        quiet = now - self._last
        return quiet if quiet >= (SILENT_SECONDS if self._dense else SPARSE_SECONDS) else 0.0
