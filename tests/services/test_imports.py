"""Importing residents: what a preview tells, what carrying it out stores, and doing it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import update

from intercom.domain.errors import BadFile, NotAllowed, NotFound, NotNow
from intercom.domain.ids import AccountId, SiteId
from intercom.domain.people import Session
from intercom.domain.roster_plan import Act, Batch
from intercom.services.imports import BATCH_ROWS, KEPT_SECONDS, Import, Imports, Stage
from intercom.storage import tables as t
from intercom.storage.roster import SqlRosters
from intercom.storage.sites import SqlSites
from tests.fakes.adapters import new_files
from tests.fakes.residence import BIRCH, FAR, Residence, residence
from tests.fakes.small import Numbered

HEAD = "First name,Last name,E-mail,Floor,Unit,Alias,Display,Contact person\n"


@dataclass
class Desk:
    """The sites, and the imports over them. `letters`: who was written to, a list a call."""

    home: Residence
    letters: list[tuple[AccountId, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rosters = SqlRosters(self.home.engine)
        self._new_id = Numbered(count=1000)
        self.imports = self.again()

    def again(self) -> Imports:
        """The imports of a server that was just started."""
        return Imports(
            self.rosters,
            SqlSites(self.home.engine),
            self.home.phonebooks,
            self.home.events,
            self._invite,
            self.home._changed,
            str,
            self.home.clock,
            self._new_id,
        )

    async def _invite(self, session: Session, site: SiteId, *accounts: AccountId) -> None:
        self.letters.append(accounts)

    async def read(self, rows: str, head: str = HEAD) -> Import:
        return await self.imports.read(await self.home.marta(), BIRCH, "list.csv", head + rows)

    async def carry_out(self, rows: str, head: str = HEAD, *, letters: bool = False) -> Import:
        found = await self.read(rows, head)
        self.imports.start(await self.home.marta(), BIRCH, found.id, letters=letters)
        assert found.task is not None
        await found.task
        return found

    async def file(self) -> str:
        lines = await self.imports.export(await self.home.marta(), BIRCH, "en")
        return "".join([line async for line in lines])

    async def stored(self) -> dict[str, int]:
        tables = (t.accounts, t.memberships, t.entries, t.units, t.floors)
        return {table.name: len(await self.home.rows(table)) for table in tables}


@pytest.fixture
async def desk(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with residence(new_files(tmp_path, tmp_path_factory.getbasetemp())) as home:
        yield Desk(home)


def told(found: Import) -> list[tuple[int, Act, str]]:
    """Each row with what happens, in words."""
    return [
        (step.row.number, step.act, " ".join([*step.notes, *(f.sentence for f in step.faults)]))
        for step in found.plan.steps
    ]


async def test_a_preview_says_what_happens_with_each_row_and_stores_nothing(desk: Desk) -> None:
    before = await desk.stored()
    found = await desk.read(
        "Anna,Lind,ANNA@example.org,3,flat 31,,,\n"
        "Ben,Lind,ben@example.org,3,Flat 31,The bear,,\n"
        "Eva,Egli,eva@example.org,4,Flat 41,,initials,yes\n"
        "Cleo,Vossen,cleo@example.org,3,Flat 32,,,\n"
        "Eva,Egli,eva@example.org,4,Flat 41,,,\n"
        "Ida,Ott,ida@example.org,5,Flat 41,,,\n"
        "Anna,Lindt,anna@example.org,,Shop,,,\n"
        "Zed,Zorn,zed@example.org,3,Flat 31,,,\n"
    )
    assert told(found) == [
        (2, Act.SAME, ""),
        (3, Act.CHANGE, "Alias is new."),
        (4, Act.ADD, "The unit is new."),
        (5, Act.CHANGE, "Name was Cleo Voss."),
        (6, Act.ERROR, "The same person and unit as in row 4."),
        (7, Act.ERROR, "Row 4 has another floor for this unit."),
        (8, Act.ADD, "Belongs to Flat 31 as well."),
        (9, Act.ADD, ""),
    ]
    assert found.plan.counts == {Act.ADD: 3, Act.CHANGE: 2, Act.SAME: 1, Act.ERROR: 2}
    assert (found.plan.new_units, found.plan.new_floors) == (("Flat 41",), ("4",))
    assert found.stage is Stage.READ
    assert await desk.stored() == before
    assert await desk.home.actions() == []
    assert "Zorn" not in str(told(found)), "who somebody is elsewhere stays there"


async def test_carrying_it_out_makes_floors_units_and_people_and_leaves_wrong_rows_out(desk: Desk) -> None:
    found = await desk.carry_out(
        "Eva,Egli,eva@example.org,4,Flat 41,,initials,yes\n"
        "Max,Egli,max@example.org,4,Flat 41,,,\n"
        ",Nobody,nobody@example.org,4,Flat 42,,,\n"
        "Ben,Lind,ben@example.org,1,Flat 31,The bear,hidden,\n"
    )
    assert (found.stage, found.done, found.total) == (Stage.DONE, 3, 3)
    eva, max_ = [
        r for r in await desk.home.residents.some(BIRCH, await entries(desk)) if r.unit.name == "Flat 41"
    ]
    assert (eva.account.name, eva.unit.floor, eva.policy, eva.contact) == ("Eva Egli", "4", "initials", True)
    assert (max_.account.email, max_.standing) == ("max@example.org", "invited")
    ben = await desk.home.resident("ben")
    assert (ben.alias, ben.policy, ben.unit.floor) == ("The bear", "hidden", "1")
    assert {row["name"] for row in await desk.home.rows(t.units)} == {
        "Flat 31", "Flat 32", "Shop", "Flat 1", "Flat 41",
    }  # fmt: skip
    assert "nobody@example.org" not in str(await desk.home.rows(t.accounts))
    assert desk.home.changed == [BIRCH]
    assert await desk.home.actions() == [("residents_imported", "list.csv")]


async def entries(desk: Desk) -> list[str]:
    return [row["id"] for row in await desk.home.rows(t.entries)]  # type: ignore[misc]


async def test_the_same_list_twice_doubles_nobody_and_changes_nothing(desk: Desk) -> None:
    rows = "Eva,Egli,eva@example.org,4,Flat 41,,,\nAnna,Lind,anna@example.org,3,Shop,,,\n"
    await desk.carry_out(rows)
    after = await desk.stored()
    again = await desk.carry_out(rows.upper().replace("EVA,EGLI", "Eva,Egli"))
    assert [act for _, act, _ in told(again)] == [Act.SAME, Act.SAME]
    assert await desk.stored() == after


async def test_letters_go_only_when_they_are_wanted_and_to_whoever_has_none_yet(desk: Desk) -> None:
    rows = "Eva,Egli,eva@example.org,4,Flat 41,,,\nAnna,Lind,anna@example.org,3,Flat 31,,,\n"
    await desk.carry_out(rows)
    assert desk.letters == []
    found = await desk.carry_out(rows, letters=True)
    assert found.plan.invitations == 1
    ((eva,),) = desk.letters
    account = next(row for row in await desk.home.rows(t.accounts) if row["id"] == eva)
    assert account["email"] == "eva@example.org"


async def test_whoever_imports_themselves_needs_no_invitation(desk: Desk) -> None:
    await desk.carry_out("Marta,Koval,marta@example.org,3,Flat 32,,,\n", letters=True)
    assert desk.letters == []
    marta = next(
        row for row in await desk.home.rows(t.memberships) if row["unit"] and row["account"] == "marta"
    )
    assert marta["standing"] == "active"


async def test_the_name_of_somebody_with_a_profile_stays_their_own(desk: Desk) -> None:
    found = await desk.carry_out(
        "Hanna,Linde,anna@example.org,3,Flat 31,,,\nZoe,Zorro,zed@example.org,3,Flat 31,,,\n"
    )
    assert told(found)[0][2] == "They have a profile of their own: their name stays Anna Lind."
    names = {row["id"]: row["first_name"] for row in await desk.home.rows(t.accounts)}
    assert (names["anna"], names["zed"]) == ("Anna", "Zed")


async def test_a_column_that_the_file_has_not_leaves_what_is_stored(desk: Desk) -> None:
    await desk.home.do(
        update(t.entries).where(t.entries.c.id == "e-ben").values(alias="The bear", contact=True)
    )
    short = "First name,Last name,E-mail,Unit,Display\n"
    await desk.carry_out("Ben,Lind,ben@example.org,Flat 31,initial\n", short)
    ben = await desk.home.resident("ben")
    assert (ben.alias, ben.contact, ben.policy, ben.unit.floor) == ("The bear", True, "initial", "3")
    await desk.carry_out("Ben,Lind,ben@example.org,Flat 31,\n", short.replace("Display", "Alias"))
    assert (await desk.home.resident("ben")).alias is None


async def test_what_a_killed_server_left_half_done_is_finished_by_importing_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(
        f"A{n},B{n},p{n}@example.org,{n // 3 % 7},Unit {n // 3},,,\n" for n in range(BATCH_ROWS * 3)
    )
    put, batches = desk.rosters.put, 0

    async def dies(site: SiteId, batch: Batch, now: float) -> object:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise OSError("the power is gone")
        return await put(site, batch, now)

    monkeypatch.setattr(desk.rosters, "put", dies)
    found = await desk.carry_out(rows)
    assert (found.stage, found.done) == (Stage.FAILED, BATCH_ROWS * 2)
    monkeypatch.undo()
    desk.imports = desk.again()
    with pytest.raises(NotFound, match="Choose the file again"):
        desk.imports.get(await desk.home.marta(), BIRCH, found.id)
    again = await desk.carry_out(rows, letters=True)
    counts = again.plan.counts
    assert (counts[Act.SAME], counts[Act.ADD]) == (BATCH_ROWS * 2, BATCH_ROWS)
    imported = [row for row in await desk.home.rows(t.entries) if row["id"].startswith("id")]
    assert len(imported) == BATCH_ROWS * 3
    assert len({account for some in desk.letters for account in some}) == BATCH_ROWS * 3
    units = [row["name"] for row in await desk.home.rows(t.units)]
    assert len(units) == len(set(units))


async def test_an_export_is_a_list_in_which_every_row_is_the_same(desk: Desk) -> None:
    await desk.carry_out("Eva,=1+1,eva@example.org,4,Flat 41,@alias,unit only,yes\n")
    file = await desk.file()
    assert ",'=1+1," in file
    assert ",'@alias," in file
    found = await desk.read(file.removeprefix("\ufeff"), head="")
    assert {step.act for step in found.plan.steps} == {Act.SAME}
    assert len(found.plan.steps) == 5


async def test_another_site_is_neither_read_nor_told_of(desk: Desk) -> None:
    marta, found = await desk.home.marta(), await desk.read("Eva,Egli,eva@example.org,4,Flat 41,,,\n")
    assert "zed" not in await desk.file()
    with pytest.raises(NotFound):
        await desk.imports.read(marta, FAR, "list.csv", HEAD)
    with pytest.raises(NotFound):
        desk.imports.get(marta, FAR, found.id)
    with pytest.raises(NotAllowed):
        await desk.imports.read(await desk.home.session("anna"), BIRCH, "list.csv", HEAD)
    with pytest.raises(BadFile):
        await desk.read("", head="nothing here\n")


async def test_one_list_of_a_site_at_a_time_and_the_loop_goes_on_meanwhile(desk: Desk) -> None:
    rows = "".join(f"A{n},B{n},p{n}@example.org,1,Unit 1,,,\n" for n in range(BATCH_ROWS * 2))
    one, other = await desk.read(rows), await desk.read(rows)
    marta = await desk.home.marta()
    desk.imports.start(marta, BIRCH, one.id, letters=False)
    with pytest.raises(NotNow):
        desk.imports.start(marta, BIRCH, other.id, letters=False)
    assert desk.imports.start(marta, BIRCH, one.id, letters=True).letters is False, "pressed twice"
    turns = 0
    while one.stage is Stage.RUNNING:
        await asyncio.sleep(0)
        turns += 1
    assert turns > 5
    assert one.stage is Stage.DONE


async def test_lists_that_nobody_carries_out_are_forgotten_the_oldest_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intercom.services.imports.KEPT_ROWS", 2)
    marta = await desk.home.marta()
    kept = [await desk.read(f"A{n},B,p{n}@example.org,,Shop,,,\n") for n in range(5)]
    for one in kept[:2]:
        with pytest.raises(NotFound):
            desk.imports.get(marta, BIRCH, one.id)
    assert desk.imports.get(marta, BIRCH, kept[-1].id) is kept[-1]
    desk.home.clock.passes(KEPT_SECONDS + 1)
    await desk.read("A,B,p@example.org,,Shop,,,\n")
    with pytest.raises(NotFound):
        desk.imports.get(marta, BIRCH, kept[-1].id)
