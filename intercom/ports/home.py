"""A smart home that follows what happens at the doors, and may open where a site allows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from intercom.domain.call import Call
from intercom.domain.door import Lock
from intercom.domain.ids import EntranceId, PanelId


@dataclass(frozen=True, slots=True)
class HomeDoor:
    """An entrance as a smart home sees it. `opens`: the site lets the smart home open its locks."""

    site: str
    """The site's name."""
    entrance: EntranceId
    name: str
    locks: tuple[Lock, ...]
    panels: tuple[PanelId, ...]
    opens: bool = False


class Bell(Protocol):
    """Whoever is told of calls beside the people in them."""

    def call_changed(self, call: Call) -> None:
        """The call, as it is stored now. Returns at once and never raises: no ring waits for a smart home."""
        ...
