"""Lists of residents that come in, in two steps, and go out.

Reading a list changes nothing: it is compared with what is stored, and every fault is told. Carrying it out
stores some hundred rows at a time, so that the loop and the file are never held for long and rings go on.
What was read is kept in memory; after a restart the file is chosen again, and since a row that is stored
is the same the second time, repeating it finishes what was interrupted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from intercom.domain import collation, roster
from intercom.domain.errors import NotFound, NotNow
from intercom.domain.ids import AccountId, EntryId, FloorId, SiteId, UnitId
from intercom.domain.language import N_
from intercom.domain.people import Power, Session, Standing
from intercom.domain.phonebook import Floor, Site, SiteKind, Unit
from intercom.domain.roster import Column, Roster
from intercom.domain.roster_plan import Act, Batch, Here, Known, Plan, Put, Step, folded, plan, rows_of
from intercom.ports import Clock, Events, Phonebooks, Rosters, Sites

log = logging.getLogger(__name__)

BATCH_ROWS = 250
"""Rows that are stored together."""
KEPT_ROWS = 60_000
"""Rows of all lists that were read and are kept: some 100 MB at most. The oldest lists go first."""
KEPT_SECONDS = 3600.0
"""How long a list is kept that nobody has carried out."""
EXPORT_ROWS = 500


class Stage(StrEnum):
    """How far a list has come."""

    READ = "read"
    """Compared; nothing is stored."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It stopped on the way; repeating it finishes it."""


@dataclass(slots=True)
class Import:
    """A list that was read. `done` of `total` rows are carried out; `name` is the file's."""

    id: str
    site: SiteId
    name: str
    read_at: float
    roster: Roster
    plan: Plan
    stage: Stage = Stage.READ
    letters: bool = False
    done: int = 0
    total: int = 0
    finished_at: float | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Imports:
    """Reads lists, carries them out, and writes them. Verbs raise `NotFound` and `NotAllowed`."""

    def __init__(
        self,
        rosters: Rosters,
        sites: Sites,
        phonebooks: Phonebooks,
        events: Events,
        invite: Callable[..., Awaitable[None]],
        changed: Callable[[SiteId], Awaitable[None]],
        email: Callable[[str], str],
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._rosters = rosters
        self._sites = sites
        self._phonebooks = phonebooks
        self._events = events
        self._invite = invite
        """Called with a session, a site and accounts, as `Invitations.invite`."""
        self._changed = changed
        self._email = email
        self._clock = clock
        self._new_id = new_id
        self._kept: dict[str, Import] = {}

    # -- coming in ----------------------------------------------------------------------------------

    async def read(self, session: Session, site: SiteId, name: str, file: str) -> Import:
        """Read a file and compare it; nothing is stored. Raises `BadFile`."""
        session.demand(Power.EDIT_RESIDENTS, site)
        read = await asyncio.to_thread(roster.read, file, self._email)
        if (await self._site(site)).kind is SiteKind.COMPANY:  # companies have no floors
            read = replace(read, columns=read.columns - {Column.FLOOR})
        made = Import(
            self._new_id(), site, name, self._clock.now(), read, await self._plan(session, site, read)
        )
        self._forget_old()
        self._kept[made.id] = made
        return made

    def _forget_old(self) -> None:
        now = self._clock.now()
        resting = [one for one in self._kept.values() if one.stage is not Stage.RUNNING]
        for one in resting:
            rows = sum(len(kept.roster.rows) for kept in self._kept.values())
            if rows > KEPT_ROWS or one.read_at < now - KEPT_SECONDS:
                del self._kept[one.id]

    async def _plan(self, session: Session, site: SiteId, read: Roster) -> Plan:
        residents = [one async for portion in self._rosters.residents(site) for one in portion]
        people = await self._rosters.people({row.email for row in read.rows if row.email})
        units = tuple(row.unit for row in await self._sites.units(site))
        known = Known(residents, people, units, tuple(await self._sites.floors(site)))
        return await asyncio.to_thread(plan, read, known, self._clock.now(), session.account.id)

    async def _site(self, site: SiteId) -> Site:
        found = await self._phonebooks.site(site)
        if found is None:
            raise NotFound(N_("This site is not known here."))
        return found

    def get(self, session: Session, site: SiteId, which: str) -> Import:
        """A list that was read."""
        session.demand(Power.EDIT_RESIDENTS, site)
        found = self._kept.get(which)
        if found is None or found.site != site:
            raise NotFound(
                N_("This list is not kept here any more. Choose the file again; nobody is doubled.")
            )
        return found

    def start(self, session: Session, site: SiteId, which: str, *, letters: bool) -> Import:
        """Carry it out, from now on and without being waited for. `letters`: invitations are sent.

        Raises `NotNow` while another list of the site is carried out. One that was carried out already
        stays as it is.
        """
        found = self.get(session, site, which)
        if found.stage in (Stage.RUNNING, Stage.DONE):
            return found
        if any(one.site == site and one.stage is Stage.RUNNING for one in self._kept.values()):
            raise NotNow(N_("Another list is being imported. Wait until it has finished."))
        found.stage, found.letters, found.done = Stage.RUNNING, letters, 0
        found.total = sum(step.act is not Act.ERROR for step in found.plan.steps)
        found.task = asyncio.create_task(self._run(session, found), name=f"import {found.id}")
        return found

    async def _run(self, session: Session, run: Import) -> None:
        try:
            run.plan = await self._plan(session, run.site, run.roster)
            await self._carry_out(session, run)
            run.stage = Stage.DONE
        except Exception:
            log.exception("import %s stopped after %d rows", run.id, run.done)
            run.stage = Stage.FAILED
        except asyncio.CancelledError:
            run.stage = Stage.FAILED
            raise
        finally:
            run.finished_at = self._clock.now()

    async def _carry_out(self, session: Session, run: Import) -> None:
        steps = [step for step in run.plan.steps if step.act is not Act.ERROR]
        run.total = len(steps)
        counts = run.plan.counts
        await self._events.note(
            run.site,
            self._clock.now(),
            session.account.id,
            "residents_imported",
            run.name,
            added=str(counts[Act.ADD]),
            changed=str(counts[Act.CHANGE]),
            errors=str(counts[Act.ERROR]),
        )
        try:
            batches = await self._batches(session, run)
            for start in range(0, len(steps), BATCH_ROWS):
                some = steps[start : start + BATCH_ROWS]
                await self._store(session, run, some, batches)
                run.done += len(some)
                await asyncio.sleep(0)  # rings go first
        finally:
            await self._changed(run.site)
        log.info("import %s of site %s: %d rows", run.id, run.site, run.total)

    async def _batches(self, session: Session, run: Import) -> _Places:
        units = [row.unit for row in await self._sites.units(run.site)]
        return _Places(run.site, await self._sites.floors(run.site), units, run.plan, self._new_id)

    async def _store(self, session: Session, run: Import, steps: list[Step], places: _Places) -> None:
        active = [step for step in steps if step.act is not Act.SAME or (run.letters and step.invites)]
        if not active:
            return
        people: list[Put] = []
        for step in active:
            unit = places.unit(step, floors=Column.FLOOR in run.roster.columns)
            people.append(self._put(session, run, step, unit))
        accounts = await self._rosters.put(run.site, places.taken(people), self._clock.now())
        if run.letters:
            wanted = [a for a, step in zip(accounts, active, strict=True) if step.invites]
            if wanted:
                await self._invite(session, run.site, *dict.fromkeys(wanted))

    def _put(self, session: Session, run: Import, step: Step, unit: UnitId) -> Put:
        row, here, columns = step.row, step.here, run.roster.columns
        standing = Standing.INVITED if step.invites else Standing.ACTIVE
        alias = row.alias if Column.ALIAS in columns or here is None else here.alias
        display = row.display if Column.DISPLAY in columns or here is None else here.display
        contact = row.contact if Column.CONTACT in columns or here is None else here.contact
        return Put(
            row.email,
            row.first_name,
            row.last_name,
            here.account if here else AccountId(self._new_id()),
            here.entry if here else EntryId(self._new_id()),
            unit,
            alias or None,
            display,
            contact,
            here.standing if here else standing,
            here=here is not None,
        )

    async def finish(self) -> None:
        """Stop what is being carried out: what is stored stays, and repeating it finishes it."""
        tasks = [one.task for one in self._kept.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- going out ----------------------------------------------------------------------------------

    async def export(self, session: Session, site: SiteId, language: str) -> AsyncIterator[str]:
        """All residents as the lines of a file that can be read again, by unit and name."""
        session.demand(Power.EDIT_RESIDENTS, site)
        residents = [one async for portion in self._rosters.residents(site) for one in portion]
        spoken = (await self._site(site)).language
        residents = await asyncio.to_thread(sorted, residents, key=lambda one: _place_of(one, spoken))

        async def lines() -> AsyncIterator[str]:
            yield "\ufeff" + roster.first_line(language)
            for start in range(0, len(residents), EXPORT_ROWS):
                yield roster.written(rows_of(residents[start : start + EXPORT_ROWS]), language)
                await asyncio.sleep(0)

        return lines()

    def wrong_rows(self, session: Session, site: SiteId, which: str, language: str) -> Iterator[list[str]]:
        """The rows with faults as they were given; the first is the headings."""
        found = self.get(session, site, which)
        columns = [column for column in Column if column in found.roster.columns]
        yield [roster.heading(column, language) for column in columns]
        for step in found.plan.steps:
            if step.act is Act.ERROR:
                yield [step.row.given.get(column, "") for column in columns]


def _place_of(one: Here, language: str) -> tuple[str, ...]:
    names = (one.unit, one.last_name, one.first_name, one.email)
    return tuple(collation.sort_key(name, language) for name in names)


class _Places:
    """Floors and units by name, made when the first row needs them."""

    def __init__(
        self,
        site: SiteId,
        floors: Sequence[Floor],
        units: list[Unit],
        planned: Plan,
        new_id: Callable[[], str],
    ) -> None:
        there = list(floors)
        self._site = site
        self._new_id = new_id
        self._floors = {folded(floor.name): floor for floor in there}
        self._units = {folded(unit.name): unit for unit in units}
        above = max((floor.position for floor in there), default=-1) + 1
        ordered = sorted(planned.new_floors, key=collation.sort_key)
        self._positions = {folded(name): above + at for at, name in enumerate(ordered)}
        self._new_floors: list[Floor] = []
        self._new_units: dict[UnitId, Unit] = {}
        self._moved: dict[UnitId, FloorId] = {}

    def unit(self, step: Step, *, floors: bool) -> UnitId:
        """The unit of a row, put on the row's floor if the plan says so."""
        row = step.row
        floor = self._floor(row.floor) if floors and row.floor and step.moves_floor else None
        key = folded(row.unit)
        unit = self._units.get(key)
        if unit is None:
            unit = self._units[key] = Unit(UnitId(self._new_id()), self._site, row.unit)
            self._new_units[unit.id] = unit
        if floor is not None and unit.floor_id != floor.id:
            unit = self._units[key] = replace(unit, floor=floor.name, floor_id=floor.id)
            if unit.id in self._new_units:
                self._new_units[unit.id] = unit
            else:
                self._moved[unit.id] = floor.id
        return unit.id

    def _floor(self, name: str) -> Floor:
        floor = self._floors.get(folded(name))
        if floor is None:
            floor = Floor(FloorId(self._new_id()), self._site, name, self._positions.get(folded(name), 0))
            self._floors[folded(name)] = floor
            self._new_floors.append(floor)
        return floor

    def taken(self, people: list[Put]) -> Batch:
        """The people with what was made for them since the last time."""
        batch = Batch(
            tuple(people),
            tuple(self._new_floors),
            tuple(self._new_units.values()),
            tuple(self._moved.items()),
        )
        self._new_floors, self._new_units, self._moved = [], {}, {}
        return batch
