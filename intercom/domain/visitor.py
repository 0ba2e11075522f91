"""A visitor: a caller whose own browser took the place of a panel."""

from __future__ import annotations

from dataclasses import dataclass

from intercom.domain.geofence import Position
from intercom.domain.ids import EntranceId, PanelId, Secret, SiteId
from intercom.domain.people import Panel


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who opened an entrance's address. `id` stands where a panel's id would; it lives as long as
    the page's session and says nothing about the person."""

    id: PanelId
    site: SiteId
    entrance: EntranceId
    expires_at: float
    browser: str = ""
    """A name for their browser, kept there for `BROWSER_SECONDS`: blocks and limits go by it."""
    address: str = ""
    """A name for the network they came from, for limits."""
    sign: str = ""
    """A name for the code that they scanned: a replaced sign ends the session."""


Caller = Panel | Visitor
"""Whoever may ring from an entrance."""

SESSION_SECONDS = 1800.0
"""How long a page is good without being shown."""
BROWSER_SECONDS = 2 * 24 * 3600.0
"""As long as the longest block, and a day more."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a visitor's page says of where it is: any of these, or nothing."""

    position: Position | None = None
    scan: Secret | None = None
    """What the page was given when the code was scanned."""
    word: Secret | None = None
    """The word on the sign, as it was typed."""


NO_PROOF = Proof()
