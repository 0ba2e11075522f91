"""What belongs to a person's own account: their sessions, and the wish to have it deleted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from intercom.domain.ids import AccountId, SessionId, SiteId
from intercom.domain.language import N_, Sentence

DELETED = N_("Deleted person")
"""The name of whoever had their profile deleted, wherever history still speaks of them."""


@dataclass(frozen=True, slots=True)
class KnownSession:
    """Somebody who is signed in, as they see it themselves. Moments in Unix seconds.

    `agent` is the browser's User-Agent, `last_seen` is kept to the minute.
    """

    id: SessionId
    account: AccountId
    agent: str
    since: float
    expires_at: float
    last_seen: float | None = None


@dataclass(frozen=True, slots=True)
class DeletionRequest:
    """Somebody wants their profile deleted. `needed`: the sites whose owner must agree; `given`: those
    whose owner has."""

    account: AccountId
    asked_at: float
    needed: tuple[SiteId, ...]
    given: tuple[SiteId, ...] = ()

    @property
    def missing(self) -> tuple[SiteId, ...]:
        """Whose consent is waited for."""
        return tuple(site for site in self.needed if site not in self.given)


_BROWSERS = (
    (r"\bEdgA?/|\bEdgiOS/", "Edge"),
    (r"\bOPR/|\bOpera", "Opera"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\bFirefox/|\bFxiOS/", "Firefox"),
    (r"\bHeadlessChrome/|\bChrome/|\bCriOS/|\bChromium/", "Chrome"),
    (r"\bSafari/", "Safari"),
)
_SYSTEMS = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"CrOS", "ChromeOS"),
    (r"Mac OS X|Macintosh", "Mac"),
    (r"Linux|X11", "Linux"),
)


def browser(agent: str) -> Sentence:
    """What a User-Agent (RFC 9110, 10.1.5) says of itself, as people call it: "Firefox on Windows"."""
    program = next((name for pattern, name in _BROWSERS if re.search(pattern, agent)), None)
    system = next((name for pattern, name in _SYSTEMS if re.search(pattern, agent)), None)
    if program and system:
        return N_("%(browser)s on %(system)s", browser=program, system=system)
    if program or system:
        return N_("%(what)s", what=program or system)
    return N_("A program")
