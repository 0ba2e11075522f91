"""Signs of entrances: a code that visitors scan, replaced when somebody wants the old one to end."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from intercom.domain.errors import NotFound
from intercom.domain.ids import EntranceId, Secret, SiteId
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.domain.phonebook import Entrance, Site
from intercom.domain.sign import new_code, new_word
from intercom.ports import Clock, Events, Phonebooks, Signs
from intercom.services.sites import Changed


@dataclass(frozen=True, slots=True)
class SignOffice:
    """Makes, replaces and takes away. Every verb raises `NotFound` and `NotAllowed`."""

    phonebooks: Phonebooks
    signs: Signs
    events: Events
    changed: Changed
    replaced: Callable[[EntranceId], Awaitable[None]]
    """Told when a code leads nowhere any more, to end the pages that it opened."""
    clock: Clock

    async def site(self, session: Session, site: SiteId) -> tuple[Site, Sequence[Entrance]]:
        """The site and its entrances that have a sign."""
        session.demand(Power.RUN_PANELS, site)
        found = await self.phonebooks.site(site)
        if found is None:
            raise NotFound(N_("This site is not known here."))
        return found, [door for door in await self.phonebooks.entrances(site) if door.code]

    async def entrance(self, session: Session, site: SiteId, entrance: EntranceId) -> Entrance:
        """An entrance of the site."""
        session.demand(Power.RUN_PANELS, site)
        found = await self.phonebooks.entrance(entrance)
        if found is None or found.site != site:
            raise NotFound(N_("This entrance is not known here."))
        return found

    async def renew(self, session: Session, site: SiteId, entrance: EntranceId) -> Entrance:
        """A new code and word; the old code says from now on that its sign was replaced."""
        session.demand(Power.EDIT_ENTRANCES, site)
        door = await self.entrance(session, site, entrance)
        code, word = new_code(secrets.choice), new_word(secrets.choice)
        await self._put(session, door, code, word, "sign_made")
        return replace(door, code=code, word=word)

    async def remove(self, session: Session, site: SiteId, entrance: EntranceId) -> None:
        """Visitors have no page here any more."""
        session.demand(Power.EDIT_ENTRANCES, site)
        door = await self.entrance(session, site, entrance)
        if door.code is not None:
            await self._put(session, door, None, "", "sign_removed")

    async def _put(self, session: Session, door: Entrance, code: str | None, word: str, act: str) -> None:
        now = self.clock.now()
        old = Secret(door.code).digest() if door.code else None
        await self.signs.put(door.id, code, word, old, now)
        await self.events.note(door.site, now, session.account.id, act, door.name)
        await self.changed(door.site)
        if old is not None:
            await self.replaced(door.id)
