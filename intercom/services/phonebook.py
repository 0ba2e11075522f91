"""Changes of the phonebook: read anew, and shown by every panel within a second."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict

from intercom.domain.ids import EntranceId, PanelId, SiteId
from intercom.ports import Panels, Phonebooks, Signaler

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.4
"""Changes of a site within this time reach its panels together."""


class LivePhonebook:
    """Whoever has changed something that a door shows, or who rings, says so to `changed`.

    Many changes at once cost a few readings: whoever comes while one is under way waits for the next.
    """

    def __init__(
        self, phonebooks: Phonebooks, panels: Panels, signaler: Signaler, gather: float = GATHER_SECONDS
    ) -> None:
        self._phonebooks = phonebooks
        self._panels = panels
        self._signaler = signaler
        self._gather = gather
        self._reading: defaultdict[SiteId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._next: dict[SiteId, asyncio.Task[None]] = {}
        self._telling: dict[SiteId, asyncio.Task[None]] = {}
        self._told_at: dict[SiteId, float] = {}

    async def changed(self, site: SiteId) -> None:
        """Back when the phonebook in memory is as the stored one is now; panels are told right after.

        To be called after what was changed is stored, and once for many changes that are stored together.
        """
        coming = self._next.get(site)
        if coming is None:
            coming = self._next[site] = asyncio.create_task(self._read(site))
        await asyncio.shield(coming)

    async def _read(self, site: SiteId) -> None:
        async with self._reading[site]:
            del self._next[site]  # whoever comes from now on may have stored more than this reading sees
            shown_anew = await self._phonebooks.refresh(site)
        if shown_anew and site not in self._telling:
            self._telling[site] = asyncio.create_task(self._tell(site))

    async def _tell(self, site: SiteId) -> None:
        now = asyncio.get_running_loop().time
        await asyncio.sleep(self._told_at.get(site, 0.0) + self._gather - now())
        del self._telling[site]
        self._told_at[site] = now()
        try:
            await self._tell_panels(site)
        except Exception:
            log.exception("telling the panels of site %s broke", site)

    async def _tell_panels(self, site_id: SiteId) -> None:
        site = await self._phonebooks.site(site_id)
        if site is None:
            return
        panels: defaultdict[EntranceId, list[PanelId]] = defaultdict(list)
        for panel in await self._panels.of_sites([site_id]):
            if not panel.revoked:
                panels[panel.entrance].append(panel.id)
        for entrance in await self._phonebooks.entrances(site_id):
            if panels[entrance.id]:
                lines = await self._phonebooks.lines(entrance.id)
                await self._signaler.phonebook_to_panels(panels[entrance.id], site, entrance, lines)
        log.info("panels of site %s were told the new phonebook", site_id)

    async def finish(self) -> None:
        """Back when nobody waits to be told any more."""
        while waiting := [*self._next.values(), *self._telling.values()]:
            await asyncio.gather(*waiting, return_exceptions=True)
