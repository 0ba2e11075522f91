"""Sites: making one, its data, its rules."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import cast
from zoneinfo import available_timezones

from intercom.domain.errors import InUse, Invalid, NotAllowed, NotFound
from intercom.domain.fence import FenceMode
from intercom.domain.hours import week, written_day
from intercom.domain.ids import EntranceId, SiteId
from intercom.domain.language import LANGUAGES, N_
from intercom.domain.people import Power, Role, Session
from intercom.domain.phonebook import (
    AT_FIRST,
    Address,
    DisplayPolicy,
    Entrance,
    Fallback,
    Site,
    SiteKind,
    SiteRules,
)
from intercom.domain.tones import Tones
from intercom.domain.week import WeekSpan
from intercom.ports import Clock, Events, SiteCounts, Sites

log = logging.getLogger(__name__)

Changed = Callable[[SiteId], Awaitable[None]]
"""Told when something of a site has changed that panels or pages show."""


@dataclass(frozen=True, slots=True)
class SiteData:
    """What is typed in about a site. `plate`: its house number, or up to 4 letters."""

    name: str
    plate: str
    address: Address
    time_zone: str
    language: str
    display: DisplayPolicy
    kind: SiteKind


@functools.cache
def time_zones() -> tuple[str, ...]:
    """The names that `zoneinfo` knows and people use: regions with a city, and UTC."""
    known = available_timezones()
    regions = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe")
    return (*sorted(z for z in known if z.split("/")[0] in (*regions, "Indian", "Pacific")), "UTC")


FALLBACK_SECONDS = (0, 15, 30, 45)
"""After how long others may be rung instead; 0: never."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """Other rules; None leaves one as it is."""

    unit_managers: bool | None = None
    tone: str | None = None
    """What callers hear: an id, empty for the default."""
    fallback_after: int | None = None
    """One of `FALLBACK_SECONDS`."""
    early_without_relay: bool | None = None
    look_at_door: bool | None = None
    fallback_to: Fallback | None = None
    closed_to_duty: bool | None = None
    opening_hours: tuple[WeekSpan, ...] | None = None
    """Empty: open at any time."""
    pin_without_call: bool | None = None
    resident_fence: FenceMode | None = None
    home_opens: bool | None = None
    visitor_letters: int | None = None
    decline_ends_call: bool | None = None


_AS_GIVEN = (
    "unit_managers",
    "fallback_after",
    "early_without_relay",
    "look_at_door",
    "fallback_to",
    "closed_to_duty",
    "pin_without_call",
    "resident_fence",
    "home_opens",
    "visitor_letters",
    "decline_ends_call",
)
_RULES = (*_AS_GIVEN, "opening_hours", "outdoor_tone")
"""What the log tells of, when it changes."""


@dataclass(frozen=True, slots=True)
class SiteOffice:
    """What the people who run a site decide about it as a whole."""

    sites: Sites
    events: Events
    tones: Tones
    changed: Changed
    clock: Clock
    new_id: Callable[[], str]

    async def site(self, site: SiteId) -> Site:
        """The site as stored. Raises `NotFound`."""
        found = await self.sites.site(site)
        if found is None:
            raise NotFound(N_("This site is not known here."))
        return found

    async def counts(self, site: SiteId) -> SiteCounts:
        """How much there is at the site."""
        return await self.sites.counts(site)

    async def create(self, session: Session, data: SiteData, entrance: str) -> Site:
        """A new site of whoever owns one already, with one entrance.

        Raises `NotAllowed`, `Invalid`.
        """
        if not any(m.role is Role.OWNER for m in session.memberships):
            raise NotAllowed(N_("Only who owns a site may add another."))
        check(data)
        site = filled(Site(SiteId(self.new_id()), data.name, data.plate, rules=AT_FIRST), data)
        door = Entrance(EntranceId(self.new_id()), site.id, entrance)
        now = self.clock.now()
        await self.sites.add(site, door, session.account.id, now)
        await self.events.note(site.id, now, session.account.id, "site_created", site.name)
        await self.changed(site.id)
        log.info("site %s was made", site.id)
        return site

    async def edit(
        self,
        session: Session,
        site_id: SiteId,
        data: SiteData,
        rules: RuleChange | None = None,
    ) -> Site:
        """New data of the site, and new rules as by `rule`, all or nothing.

        Raises `NotFound`, `NotAllowed`, `Invalid`; `InUse` for another kind while there are units.
        """
        session.demand(Power.EDIT_SITE, site_id)
        site = await self.site(site_id)
        check(data)
        if data.kind is not site.kind:
            counts = await self.sites.counts(site_id)
            if counts.units or counts.floors:
                raise InUse(N_("The kind of a site can be changed only while it has no floors and units."))
        after = replace(filled(site, data), rules=self._ruled(site.rules, rules or RuleChange()))
        return await self._save(session, site, after, "site_changed")

    async def rule(self, session: Session, site_id: SiteId, change: RuleChange) -> Site:
        """New rules. Raises `NotFound`, `NotAllowed`, `Invalid`."""
        session.demand(Power.EDIT_SITE, site_id)
        site = await self.site(site_id)
        after = replace(site, rules=self._ruled(site.rules, change))
        return await self._save(session, site, after, "rules_changed")

    def _ruled(self, rules: SiteRules, change: RuleChange) -> SiteRules:
        if change.fallback_after is not None and change.fallback_after not in FALLBACK_SECONDS:
            raise Invalid(fallback_after=N_("Choose one of those offered."))
        given = {name: getattr(change, name) for name in _AS_GIVEN if getattr(change, name) is not None}
        if change.tone is not None:
            given["outdoor_tone"] = checked_tone(self.tones, change.tone)
        if change.opening_hours is not None:
            try:
                given["opening_hours"] = week(change.opening_hours)
            except ValueError as error:
                raise Invalid(opening_hours=error.args[0]) from None
        return replace(rules, **given)

    async def _save(self, session: Session, before: Site, site: Site, action: str) -> Site:
        if site == before:
            return site
        await self.sites.save(site)
        await self.events.note(
            site.id, self.clock.now(), session.account.id, action, site.name, **_differences(before, site)
        )
        await self.changed(site.id)
        return site


def checked_tone(tones: Tones, tone: str) -> str | None:
    """The id of a tone that callers may hear, None for an empty one. Raises `Invalid`."""
    if tone and tone not in {known.id for known in tones.outdoor()}:
        raise Invalid(tone=N_("Choose one of those offered."))
    return tone or None


def filled(site: Site, data: SiteData) -> Site:
    """The site with this data."""
    return replace(
        site,
        name=data.name,
        plate=data.plate,
        address=data.address,
        time_zone=data.time_zone,
        language=data.language,
        display=data.display,
        kind=data.kind,
    )


def check(data: SiteData) -> None:
    """Raises `Invalid` with a sentence for each field that cannot be."""
    faults: dict[str, str] = {}
    if data.time_zone not in available_timezones():
        faults["time_zone"] = N_("This time zone is not known. An example: Europe/Zurich.")
    if data.language not in LANGUAGES:
        faults["language"] = N_("Choose one of those offered.")
    if not 1 <= len(data.plate) <= 4:
        faults["plate"] = N_("The house number, or up to 4 letters.")
    country = data.address.country
    if country and not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        faults["country"] = N_("Two letters, such as CH.")
    if faults:
        raise Invalid(**faults)


def _differences(before: Site, after: Site) -> dict[str, str]:
    """What the log tells of a change: each field that differs, as it is now."""
    told: dict[str, str] = {}
    for field in ("name", "plate", "time_zone", "language", "display", "kind"):
        if getattr(before, field) != getattr(after, field):
            told[field] = str(getattr(after, field))
    if before.address != after.address:
        address = after.address
        told["address"] = ", ".join(
            part for part in (address.street, f"{address.postcode} {address.city}".strip()) if part
        )
    for field in _RULES:
        was, now = getattr(before.rules, field), getattr(after.rules, field)
        if was != now:
            told[field] = _written(now)
    return told


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        days = ((day, written_day(day, cast("tuple[WeekSpan, ...]", value))) for day in range(7))
        return "; ".join(f"{day + 1}: {text}" for day, text in days if text)
    return "" if value is None else str(value)
