"""What carrying out a list of residents will do: a row is to add, to change, the same, or wrong.

The key of a resident is e-mail and unit, so that the same list twice doubles nobody. A pure comparison of
the rows with what is stored: it is made for the preview, and anew when the list is carried out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from intercom.domain.ids import AccountId, EntryId, FloorId, UnitId
from intercom.domain.language import N_
from intercom.domain.people import Standing
from intercom.domain.phonebook import DisplayPolicy, Floor, Unit
from intercom.domain.roster import Column, Fault, Roster, Row

MOST_FLOORS = 200
"""Floors of a site."""


def folded(words: str) -> str:
    """What makes two e-mails, units or floors the same: case does not."""
    return words.strip().casefold()


@dataclass(frozen=True, slots=True)
class Person:
    """An account of this server. `complete`: they have a way to sign in, so their name is their own."""

    id: AccountId
    first_name: str
    last_name: str
    complete: bool
    active: bool = True


@dataclass(frozen=True, slots=True)
class Here:
    """A resident of the site. `invited_until`: of an invitation that waits, Unix seconds."""

    entry: EntryId
    account: AccountId
    email: str
    first_name: str
    last_name: str
    unit: str
    floor: str
    alias: str
    display: DisplayPolicy | None
    contact: bool
    complete: bool
    standing: Standing = Standing.ACTIVE
    invited_until: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """E-mail and unit."""
        return folded(self.email), folded(self.unit)


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored. `people`: the accounts of the list's e-mails, of whatever site."""

    residents: Sequence[Here] = ()
    people: Mapping[str, Person] = field(default_factory=dict[str, Person])
    units: Sequence[Unit] = ()
    floors: Sequence[Floor] = ()


class Act(StrEnum):
    """What happens with a row."""

    ADD = "add"
    CHANGE = "change"
    SAME = "same"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Step:
    """A row and what happens with it. `invites`: they get an invitation, if letters are sent."""

    row: Row
    act: Act
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    here: Here | None = None
    invites: bool = False
    moves_floor: bool = False
    """The unit is made, or gets another floor."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every row with what happens. `new_units` and `new_floors` are made on the way, in this order."""

    steps: tuple[Step, ...]
    new_units: tuple[str, ...] = ()
    new_floors: tuple[str, ...] = ()
    counts: Mapping[Act, int] = field(default_factory=dict[Act, int])
    invitations: int = 0


def plan(roster: Roster, known: Known, now: float, myself: AccountId) -> Plan:
    """Compare. `myself`: who imports; they need no invitation."""
    work = _Comparison(roster.columns, known, now, myself)
    steps = tuple(work.step(row) for row in roster.rows)
    counted = Counter(step.act for step in steps)
    invited = {folded(step.row.email) for step in steps if step.invites}
    return Plan(
        steps,
        tuple(work.new_units.values()),
        tuple(work.new_floors.values()),
        {act: counted[act] for act in Act},
        len(invited),
    )


class _Comparison:
    def __init__(self, columns: frozenset[Column], known: Known, now: float, myself: AccountId) -> None:
        self._columns = columns
        self._people = known.people
        self._now = now
        self._myself = myself
        self._here = {one.key: one for one in known.residents}
        self._elsewhere: dict[str, list[str]] = {}
        for one in known.residents:
            self._elsewhere.setdefault(folded(one.email), []).append(one.unit)
        self._units = {folded(unit.name): unit for unit in known.units}
        self._floors = {folded(floor.name): floor.name for floor in known.floors}
        self._floor_of_unit: dict[str, tuple[str, int]] = {}
        self._rows: dict[tuple[str, str], int] = {}
        self._names: dict[str, tuple[str, str, int]] = {}
        self.new_units: dict[str, str] = {}
        self.new_floors: dict[str, str] = {}

    def step(self, row: Row) -> Step:
        faults = row.faults or self._faults(row)
        if faults:
            return Step(row, Act.ERROR, faults=faults)
        key = folded(row.email), folded(row.unit)
        self._rows[key] = row.number
        self._names.setdefault(key[0], (row.first_name, row.last_name, row.number))
        here = self._here.get(key)
        moved = self._place(row)
        if here is None:
            person = self._people.get(key[0])
            others = [unit for unit in self._elsewhere.get(key[0], []) if folded(unit) != key[1]]
            notes = tuple(N_("Belongs to %(unit)s as well.", unit=unit) for unit in others[:1])
            invites = person is None or person.id != self._myself
            return Step(row, Act.ADD, notes + moved, invites=invites, moves_floor=bool(moved))
        notes = (*self._changes(row, here), *moved)
        waits = here.standing is Standing.INVITED and (here.invited_until or 0.0) <= self._now
        kept = here.complete and (here.first_name, here.last_name) != (row.first_name, row.last_name)
        own = (N_("They have a profile of their own: their name stays %(name)s.", name=_name(here)),)
        return Step(
            row,
            Act.CHANGE if notes else Act.SAME,
            notes + (own if kept else ()),
            here=here,
            invites=waits,
            moves_floor=bool(moved),
        )

    def _faults(self, row: Row) -> tuple[Fault, ...]:
        email, unit = folded(row.email), folded(row.unit)
        before = self._rows.get((email, unit))
        if before is not None:
            return (Fault(None, N_("The same person and unit as in row %(row)s.", row=before)),)
        person = self._people.get(email)
        if person is not None and not person.active:
            return (Fault(Column.EMAIL, N_("This person cannot be added.")),)
        first, last, number = self._names.get(email, (row.first_name, row.last_name, 0))
        if (first, last) != (row.first_name, row.last_name) and not (person and person.complete):
            other = N_("Row %(row)s has another name for this e-mail.", row=number)
            return (Fault(Column.EMAIL, other),)
        if Column.FLOOR not in self._columns:
            return ()
        floor, number = self._floor_of_unit.get(unit, (folded(row.floor), 0))
        if floor != folded(row.floor) and row.floor:
            return (Fault(Column.FLOOR, N_("Row %(row)s has another floor for this unit.", row=number)),)
        new = row.floor and folded(row.floor) not in self._floors and folded(row.floor) not in self.new_floors
        if new and len(self._floors) + len(self.new_floors) >= MOST_FLOORS:
            return (Fault(Column.FLOOR, N_("A site has at most %(most)s floors.", most=MOST_FLOORS)),)
        return ()

    def _place(self, row: Row) -> tuple[str, ...]:
        """Notes the row's unit and floor as needed; says what changes about them."""
        unit, floor = folded(row.unit), folded(row.floor)
        there = self._units.get(unit)
        if Column.FLOOR in self._columns and row.floor:
            self._floor_of_unit.setdefault(unit, (floor, row.number))
            if floor not in self._floors:
                self.new_floors.setdefault(floor, row.floor)
        if there is None:
            self.new_units.setdefault(unit, row.unit)
            return (
                (N_("The unit is new."),)
                if row.floor or Column.FLOOR not in self._columns
                else (N_("The unit is new, without a floor."),)
            )
        if Column.FLOOR in self._columns and row.floor and folded(there.floor) != floor:
            was = there.floor
            return (N_("Floor was %(floor)s.", floor=was) if was else N_("The unit had no floor."),)
        return ()

    def _changes(self, row: Row, here: Here) -> tuple[str, ...]:
        notes: list[str] = []
        if not here.complete and (here.first_name, here.last_name) != (row.first_name, row.last_name):
            notes.append(N_("Name was %(name)s.", name=_name(here)))
        if Column.ALIAS in self._columns and row.alias != here.alias:
            was = here.alias
            notes.append(N_("Alias was %(alias)s.", alias=was) if was else N_("Alias is new."))
        if Column.DISPLAY in self._columns and row.display != here.display:
            notes.append(N_("The panel shows the name in another way."))
        if Column.CONTACT in self._columns and row.contact != here.contact:
            notes.append(
                N_("Becomes a contact person.") if row.contact else N_("Is no contact person any more.")
            )
        return tuple(notes)


def _name(here: Here) -> str:
    return f"{here.first_name} {here.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Put:
    """A resident as they are to be stored: new with these ids, or `here` changed."""

    email: str
    first_name: str
    last_name: str
    account: AccountId
    entry: EntryId
    unit: UnitId
    alias: str | None
    display: DisplayPolicy | None
    contact: bool
    standing: Standing
    here: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """What is stored together: floors and units before the people who need them.

    `moved`: units that get another floor.
    """

    people: tuple[Put, ...]
    floors: tuple[Floor, ...] = ()
    units: tuple[Unit, ...] = ()
    moved: tuple[tuple[UnitId, FloorId], ...] = ()


def rows_of(residents: Iterable[Here]) -> list[Row]:
    """Residents as rows of a list, to be read again."""
    return [
        Row(
            0,
            first_name=one.first_name,
            last_name=one.last_name,
            email=one.email,
            floor=one.floor,
            unit=one.unit,
            alias=one.alias,
            display=one.display,
            contact=one.contact,
        )
        for one in residents
    ]
