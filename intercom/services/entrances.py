"""Entrances and their locks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from intercom.domain.door import Lock
from intercom.domain.errors import InUse, Invalid, NotFound, Taken
from intercom.domain.evidence import Place
from intercom.domain.fence import Circle, Fence, FenceMode, Polygon
from intercom.domain.geofence import Position, checked, judge
from intercom.domain.ids import EntranceId, LockId, SiteId
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.domain.phonebook import Entrance, Site
from intercom.domain.tones import Tones
from intercom.ports import Clock, Events, Sites
from intercom.services.sites import Changed, checked_tone

MOST_ENTRANCES = 200
"""Entrances of a site, and locks of an entrance."""


@dataclass(frozen=True, slots=True)
class Entrances:
    """Where people ring, and what opens there. Every verb raises `NotFound` and `NotAllowed`."""

    sites: Sites
    events: Events
    tones: Tones
    changed: Changed
    clock: Clock
    new_id: Callable[[], str]

    async def site(self, site: SiteId) -> Site:
        """The site as stored."""
        found = await self.sites.site(site)
        if found is None:
            raise NotFound(N_("This site is not known here."))
        return found

    async def of_site(self, session: Session, site: SiteId) -> Sequence[Entrance]:
        """The site's entrances, in order."""
        session.demand(Power.RUN_PANELS, site)
        return await self.sites.entrances(site)

    async def entrance(self, session: Session, site: SiteId, entrance: EntranceId) -> Entrance:
        """One of them."""
        found = next((e for e in await self.of_site(session, site) if e.id == entrance), None)
        if found is None:
            raise NotFound(N_("This entrance is not known here."))
        return found

    async def add(self, session: Session, site: SiteId, name: str) -> Entrance:
        """A new entrance, without locks. Raises `Taken`."""
        session.demand(Power.EDIT_ENTRANCES, site)
        others = await self.sites.entrances(site)
        _room(others)
        _free(name, others)
        entrance = Entrance(EntranceId(self.new_id()), site, name)
        await self.sites.put_entrance(entrance)
        await self._note(session, site, "entrance_added", name)
        return entrance

    async def rename(self, session: Session, site: SiteId, entrance: EntranceId, name: str) -> Entrance:
        """Another name. Raises `Taken`."""
        session.demand(Power.EDIT_ENTRANCES, site)
        found = await self.entrance(session, site, entrance)
        if found.name == name:
            return found
        _free(name, [e for e in await self.sites.entrances(site) if e.id != entrance])
        renamed = replace(found, name=name)
        await self.sites.put_entrance(renamed)
        await self._note(session, site, "entrance_renamed", name, before=found.name)
        return renamed

    async def choose_tone(self, session: Session, site: SiteId, entrance: EntranceId, tone: str) -> Entrance:
        """What callers hear here (an id; empty for the site's). Raises `Invalid`."""
        session.demand(Power.EDIT_SITE, site)
        changed = replace(
            await self.entrance(session, site, entrance), outdoor_tone=checked_tone(self.tones, tone)
        )
        await self.sites.put_entrance(changed)
        await self._note(session, site, "tone_chosen", changed.name, tone=tone)
        return changed

    async def choose_fence(
        self, session: Session, site: SiteId, entrance: EntranceId, mode: FenceMode, fence: Fence | None
    ) -> Entrance:
        """Who may ring from where. A mode but "off" needs a fence. Raises `Invalid`."""
        session.demand(Power.EDIT_SITE, site)
        if fence is not None:
            checked(fence)
        elif mode is not FenceMode.OFF:
            raise Invalid(fence=N_("Draw a fence first."))
        found = await self.entrance(session, site, entrance)
        changed = replace(found, fence_mode=mode, fence=fence)
        if changed != found:
            await self.sites.put_entrance(changed)
            await self._note(session, site, "fence_changed", changed.name, mode=mode.value, **_shape(fence))
        return changed

    async def try_fence(
        self, session: Session, site: SiteId, entrance: EntranceId, fence: Fence, position: Position
    ) -> Place:
        """Where a visitor at `position` would be taken to stand, if the entrance had this fence; nothing is
        stored. Raises `Invalid`."""
        session.demand(Power.EDIT_SITE, site)
        await self.entrance(session, site, entrance)
        return judge(checked(fence), position, self.clock.now())

    async def remove(self, session: Session, site: SiteId, entrance: EntranceId) -> None:
        """Remove an entrance with its locks.

        Raises `InUse` with a sentence that names panels that are paired with it.
        """
        session.demand(Power.EDIT_ENTRANCES, site)
        found = await self.entrance(session, site, entrance)
        panels = await self.sites.remove_entrance(site, entrance)
        if panels:
            raise InUse(
                N_(
                    "These panels are paired with %(entrance)s: %(panels)s. Take them out of service first.",
                    entrance=found.name,
                    panels=", ".join(panels),
                )
            )
        await self._note(session, site, "entrance_removed", found.name)

    # -- locks --

    async def locks(self, session: Session, site: SiteId) -> Sequence[Lock]:
        """The locks of all the site's entrances."""
        session.demand(Power.RUN_PANELS, site)
        return await self.sites.locks(site)

    async def lock(self, session: Session, site: SiteId, lock: LockId) -> Lock:
        """One of them."""
        found = next((known for known in await self.locks(session, site) if known.id == lock), None)
        if found is None:
            raise NotFound(N_("This lock is not known here."))
        return found

    async def add_lock(
        self, session: Session, site: SiteId, entrance: EntranceId, name: str, open_seconds: float
    ) -> Lock:
        """A new lock. Raises `Taken`."""
        session.demand(Power.EDIT_ENTRANCES, site)
        door = await self.entrance(session, site, entrance)
        others = [lock for lock in await self.sites.locks(site) if lock.entrance == entrance]
        _room(others)
        _free(name, others)
        lock = Lock(LockId(self.new_id()), site, entrance, name, open_seconds)
        await self.sites.put_lock(lock)
        await self._note(session, site, "lock_added", name, entrance=door.name)
        return lock

    async def edit_lock(
        self, session: Session, site: SiteId, lock: LockId, name: str, open_seconds: float
    ) -> Lock:
        """Another name or open time, in seconds. Raises `Taken`."""
        session.demand(Power.EDIT_ENTRANCES, site)
        found = await self.lock(session, site, lock)
        others = await self.sites.locks(site)
        _free(name, [known for known in others if known.entrance == found.entrance and known.id != lock])
        changed = replace(found, name=name, open_seconds=open_seconds)
        if changed != found:
            await self.sites.put_lock(changed)
            await self._note(session, site, "lock_changed", name, open_seconds=f"{open_seconds:g}")
        return changed

    async def remove_lock(self, session: Session, site: SiteId, lock: LockId) -> None:
        """Nobody can open it from here any more."""
        session.demand(Power.EDIT_ENTRANCES, site)
        found = await self.lock(session, site, lock)
        await self.sites.remove_lock(site, lock)
        await self._note(session, site, "lock_removed", found.name)

    async def _note(self, session: Session, site: SiteId, action: str, subject: str, **details: str) -> None:
        await self.events.note(site, self.clock.now(), session.account.id, action, subject, **details)
        await self.changed(site)


def _shape(fence: Fence | None) -> dict[str, str]:
    """What the log tells of a fence. Where it lies is no part of it."""
    match fence:
        case None:
            return {"shape": "none"}
        case Circle():
            return {"shape": "circle", "radius": f"{fence.radius:g}"}
        case Polygon():
            return {"shape": "polygon", "corners": str(len(fence.outline)), "holes": str(len(fence.holes))}


def _room(others: Sequence[object]) -> None:
    if len(others) >= MOST_ENTRANCES:
        raise InUse(N_("There are at most %(most)s of these.", most=MOST_ENTRANCES))


def _free(name: str, others: Sequence[Entrance] | Sequence[Lock]) -> None:
    if name.casefold() in {other.name.casefold() for other in others}:
        raise Taken(N_("There is one of this name already."))
