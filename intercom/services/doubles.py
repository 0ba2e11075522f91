"""One key in two devices: they throw each other out, and who runs the site is told."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from intercom.domain.ids import PanelId
from intercom.domain.people import Panel
from intercom.ports import Clock, Events

log = logging.getLogger(__name__)

MOST = 3
"""So often a panel may be replaced by another device within `WINDOW_SECONDS`: browsers are changed, too."""
WINDOW_SECONDS = 600.0
SHOWN_SECONDS = 24 * 3600.0
"""How long the overview shows it after it was seen last, and how long the log is silent on it."""


@dataclass(slots=True)
class Doubles:
    """Remembers who was replaced by whom, while the server runs."""

    events: Events
    clock: Clock
    _times: dict[PanelId, list[float]] = field(default_factory=dict[PanelId, list[float]])
    _seen: dict[PanelId, float] = field(default_factory=dict[PanelId, float])
    _noted: dict[PanelId, float] = field(default_factory=dict[PanelId, float])

    async def replaced(self, panel: Panel) -> None:
        """A connection of the panel was ended by a newer one, from another device or browser."""
        now = self.clock.now()
        times = [at for at in self._times.get(panel.id, ()) if at > now - WINDOW_SECONDS]
        self._times[panel.id] = [*times, now][-MOST - 1 :]
        if len(self._times[panel.id]) <= MOST:
            return
        self._seen[panel.id] = now
        if self._noted.get(panel.id, float("-inf")) <= now - SHOWN_SECONDS:
            self._noted[panel.id] = now
            log.warning("two devices use the key of panel %s", panel.id)
            await self.events.note(panel.site, now, None, "panel_cloned", panel.name)

    def since(self, panel: PanelId) -> float | None:
        """When two devices with this key were seen last, Unix seconds, if that was within a day."""
        seen = self._seen.get(panel)
        return seen if seen is not None and seen > self.clock.now() - SHOWN_SECONDS else None
