"""A visitor: a caller whose own browser took the place of a panel."""

from __future__ import annotations

from dataclasses import dataclass

from intercom.domain.ids import EntranceId, PanelId, SiteId
from intercom.domain.people import Panel


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who opened an entrance's address. `id` stands where a panel's id would; it lives as long as
    the page's session and says nothing about the person."""

    id: PanelId
    site: SiteId
    entrance: EntranceId
    expires_at: float


Caller = Panel | Visitor
"""Whoever may ring from an entrance."""
