"""Panels, their keys and pairing codes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from intercom.domain.ids import (
    EntranceId,
    PanelId,
    SiteId,
)
from intercom.domain.people import Panel


class Panels(Protocol):
    """Panels, their keys and the codes that pair them. Keys and codes are stored as hashes."""

    async def by_key(self, key_hash: str) -> Panel | None:
        """The panel with this key, if it was not revoked."""
        ...

    async def of_sites(self, sites: Collection[SiteId]) -> Sequence[Panel]:
        """The panels of these sites."""
        ...

    async def add_code(self, code_hash: str, entrance: EntranceId, expires_at: float) -> None:
        """A new pairing code; earlier ones of the entrance are void."""
        ...

    async def enroll(
        self, code_hash: str, panel: PanelId, key_hash: str, name: str, now: float
    ) -> Panel | None:
        """Use up the code and store the panel, in one step. None: wrong, used or old code."""
        ...

    async def rename(self, panel: PanelId, name: str) -> None:
        """Its new name."""
        ...

    async def move(self, panel: PanelId, entrance: EntranceId) -> None:
        """It is at another entrance now."""
        ...

    async def set_pin_hash(self, panel: PanelId, pin_hash: str | None) -> None:
        """What is typed to leave its page; None: nothing is asked."""
        ...

    async def told_offline(self, panel: PanelId, at: float | None) -> None:
        """Its silence was reported at that moment; None: it is back."""
        ...

    async def revoke(self, panel: PanelId) -> None:
        """Its key opens nothing any more."""
        ...

    async def seen(self, panel: PanelId, now: float) -> None:
        """It was connected at `now`."""
        ...
