"""What a family must tell others that are made after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from intercom.domain.ids import EntranceId, SessionId, SiteId
from intercom.domain.people import Panel


@dataclass(frozen=True, slots=True)
class News:
    """Each is awaited once what it says has been stored."""

    site_changed: Callable[[SiteId], Awaitable[None]]
    """Something that a door shows, who rings, or a lock."""
    session_ended: Callable[[SessionId], Awaitable[None]]
    panel_moved: Callable[[Panel], Awaitable[None]]
    sign_replaced: Callable[[EntranceId], Awaitable[None]]
    """The entrance's old code opens nothing any more."""
