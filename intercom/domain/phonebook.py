"""What a door shows: sites, entrances, entries, their order.

An entry is displayed by its alias, or by the resident's own name as the display policy lets it
through. Nothing else about the people behind it leaves the server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from intercom.domain.collation import sort_key
from intercom.domain.fence import Fence, FenceMode
from intercom.domain.hours import Hours
from intercom.domain.ids import AccountId, EntranceId, EntryId, FloorId, SiteId, UnitId
from intercom.domain.text import initial
from intercom.domain.week import WeekSpan


class DisplayPolicy(StrEnum):
    """How much of a resident's name the door shows."""

    FULL = "full"
    INITIAL = "initial"
    """First initial and last name."""
    INITIALS = "initials"
    UNIT = "unit"
    HIDDEN = "hidden"


class Fallback(StrEnum):
    """Who is rung when nobody answers."""

    CONTACTS = "contacts"
    """The contact persons."""
    DUTY = "duty"
    """The people on the site's duty list."""


class SiteKind(StrEnum):
    """How a site is divided."""

    RESIDENTIAL = "residential"
    """Floors, units, residents: a press on a name rings the whole household."""
    COMPANY = "company"
    """Companies and their people: a press on a name rings that person."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a site stands. `country`: ISO 3166-1, two letters, or empty."""

    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What a site's admins decide beside its data."""

    unit_managers: bool = False
    """A unit may have a manager, who adds and removes people of their own unit."""
    outdoor_tone: str | None = None
    """What callers hear while it rings: an id of the manifest of ringtones; None for the default."""
    fallback_after: int = 0
    """After so many seconds without an answer others are rung instead; 0: nobody is."""
    fallback_to: Fallback = Fallback.CONTACTS
    """Who these are."""
    look_at_door: bool = False
    """Residents may look at the door through a fixed panel without a ring; the panel shows it."""
    early_without_relay: bool = False
    """Ringing devices connect to a visitor's browser at once also where no relay hides their addresses."""
    opening_hours: tuple[WeekSpan, ...] = ()
    """When companies are rung and doors may be opened; none: at any time."""
    pin_without_call: bool = False
    """Who opens without a call types a PIN on the phone, and a Code elsewhere."""
    resident_fence: FenceMode = FenceMode.OFF
    """Whether residents must stand at an entrance's fence to open its locks without a call."""
    visitor_letters: int = 0
    """Visitors see no list: they find a name by so many letters at least; 0: they see the names."""
    home_opens: bool = False
    """A smart home (Home Assistant) may open the doors."""
    closed_to_duty: bool = False
    """Outside opening hours the people on the duty list are rung instead."""
    decline_ends_call: bool = False
    """One who declines ends the ring for all of the household."""


AT_FIRST = SiteRules(fallback_after=30)
"""The rules that a new site begins with."""


@dataclass(frozen=True, slots=True)
class Site:
    """A property. `plate`: its house number, or up to 4 letters. `language`: of its letters and panels."""

    id: SiteId
    name: str
    plate: str
    time_zone: str = "UTC"
    display: DisplayPolicy = DisplayPolicy.FULL
    kind: SiteKind = SiteKind.RESIDENTIAL
    address: Address = Address()
    language: str = "en"
    rules: SiteRules = SiteRules()

    @property
    def hours(self) -> Hours:
        """The site's opening hours, by its own clock."""
        return Hours(self.rules.opening_hours, ZoneInfo(self.time_zone))


@dataclass(frozen=True, slots=True)
class Entrance:
    """A door with a panel. `outdoor_tone` wins over the site's. There is a fence unless its mode is "off"."""

    id: EntranceId
    site: SiteId
    name: str
    outdoor_tone: str | None = None
    fence_mode: FenceMode = FenceMode.OFF
    fence: Fence | None = None
    code: str | None = None
    """What its QR code says, see `domain.sign`; None: visitors have no page of their own here."""
    word: str = ""
    """The word on its sign."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor of a residential site; `position` orders floors, the ground is 0."""

    id: FloorId
    site: SiteId
    name: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """A flat, office or shop, or a company. `floor` is the floor's name, may be empty."""

    id: UnitId
    site: SiteId
    name: str
    floor: str = ""
    floor_id: FloorId | None = None
    hours: tuple[WeekSpan, ...] = ()
    """When it is rung, where it has hours of its own; none: when the site's companies are."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the phonebook before display.

    `first_name` and `last_name` are the resident's own; None for a line that stands for the unit.
    `people` are those who ring, in order.
    """

    id: EntryId
    site: SiteId
    unit: Unit | None
    first_name: str | None
    last_name: str | None
    people: tuple[AccountId, ...]
    alias: str | None = None
    contact: bool = False
    policy: DisplayPolicy | None = None


def hours_of(entry: Entry, site: Site) -> Hours:
    """When the entry is rung: by its unit's own hours, else a company by the site's. A household without
    hours of its own is rung at any time."""
    own = entry.unit.hours if entry.unit else ()
    if own:
        return Hours(own, ZoneInfo(site.time_zone))
    return site.hours if site.kind is SiteKind.COMPANY else Hours((), ZoneInfo(site.time_zone))


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the door shows it."""

    id: EntryId
    name: str
    unit: str
    floor: str
    contact: bool
    sort_name: str = ""
    """What it is filed under: the family name, or the alias."""


def display(entry: Entry, site_policy: DisplayPolicy) -> Line | None:
    """The line that the door shows, or None when the entry is hidden.

    An alias wins over every policy but HIDDEN.
    """
    policy = entry.policy or site_policy
    if policy is DisplayPolicy.HIDDEN:
        return None
    unit = entry.unit.name if entry.unit else ""
    floor = entry.unit.floor if entry.unit else ""
    first, last = (entry.first_name or "").strip(), (entry.last_name or "").strip()
    name = entry.alias or _shown(policy, first, last)
    if not name or name == unit:
        name, unit = unit, ""
    if not name:
        return None
    # by the family name only where the policy shows it: the order must not tell what the line does not
    family = policy in (DisplayPolicy.FULL, DisplayPolicy.INITIAL) and bool(last) and name.endswith(last)
    return Line(entry.id, name, unit, floor, entry.contact, last if family else name)


def folded(entries: Iterable[Entry], site_policy: DisplayPolicy) -> list[Entry]:
    """The entries, those that show a unit's name alone as one for each unit, which rings all of theirs.

    Lines that look the same would tell a visitor how many people live there.
    """
    found: list[Entry] = []
    alike: dict[UnitId, list[Entry]] = {}
    for entry in entries:
        if entry.unit is not None and _shows_unit_alone(entry, entry.unit, entry.policy or site_policy):
            alike.setdefault(entry.unit.id, []).append(entry)
        else:
            found.append(entry)
    for several in alike.values():
        several.sort(key=lambda entry: entry.id)
        people = dict.fromkeys(person for entry in several for person in entry.people)
        contact = any(entry.contact for entry in several)
        found.append(replace(several[0], people=tuple(people), contact=contact))
    return found


def _shows_unit_alone(entry: Entry, unit: Unit, policy: DisplayPolicy) -> bool:
    if entry.alias or policy is DisplayPolicy.HIDDEN or not unit.name:
        return False
    name = _shown(policy, (entry.first_name or "").strip(), (entry.last_name or "").strip())
    return not name or name == unit.name


def _shown(policy: DisplayPolicy, first: str, last: str) -> str:
    match policy:
        case DisplayPolicy.FULL:
            return f"{first} {last}".strip()
        case DisplayPolicy.INITIAL:
            return f"{initial(first)}. {last}".strip() if first else last
        case DisplayPolicy.INITIALS:
            return " ".join(f"{initial(part)}." for part in (first, last) if part)
        case DisplayPolicy.UNIT | DisplayPolicy.HIDDEN:
            return ""


def arranged(lines: Iterable[Line], language: str = "en") -> tuple[Line, ...]:
    """Contact persons first, then as people look for a name: by family name, then by the whole name."""
    return tuple(sorted(lines, key=lambda line: place(line, language)))


def place(line: Line, language: str) -> tuple[bool, str, str, str]:
    """Where a line stands in the list."""
    return (not line.contact, sort_key(line.sort_name, language), sort_key(line.name, language), line.id)
