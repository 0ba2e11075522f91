"""The log of a site: one timetable of calls, openings and changes."""

from __future__ import annotations

import ast
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update

import intercom
from intercom.domain import acts
from intercom.domain.call import Call, Reason, Stage
from intercom.domain.door import Refusal, Truth
from intercom.domain.errors import NotAllowed, NotFound
from intercom.domain.evidence import Evidence, Place, Source
from intercom.domain.ids import AccountId, CallId, EntranceId, EntryId, LegId, OpeningId, RequestId
from intercom.domain.people import Membership, Role
from intercom.domain.profile import DELETED
from intercom.services.site_log import Choice, Kind, LogRow, Outcome, SiteLog
from intercom.storage import tables as t
from tests.fakes.adapters import new_files
from tests.fakes.examples import AN_OPENING, a_call
from tests.fakes.live import LiveStore, MemoryPast
from tests.fakes.residence import BIRCH, FAR, Residence, residence

STREET, YARD = EntranceId("street"), EntranceId("yard")


@dataclass
class Logged:
    """A site whose past is written by hand."""

    home: Residence
    store: LiveStore
    log: SiteLog

    def call(self, name: str, at: float, **more: object) -> None:
        call: Call = replace(
            a_call(call=name, now=at), site=BIRCH, entrance=STREET, entry=EntryId("e-anna"), **more
        )
        self.store.calls[CallId(name)] = (1, call)

    def opening(self, name: str, at: float, **more: object) -> None:
        made = replace(
            AN_OPENING,
            id=OpeningId(name),
            request=RequestId(name),
            at=at,
            site=BIRCH,
            **{"entrance": STREET, **more},
        )
        self.store.openings[made.id] = (1, made)

    async def rows(self, **more: object) -> list[LogRow]:
        after = str(more.pop("after", ""))
        choice = Choice(**more)  # type: ignore[arg-type]
        page = await self.log.page(await self.home.marta(), BIRCH, choice, after=after)
        return list(page.rows)


@pytest.fixture
async def logged(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Logged]:
    async with residence(new_files(tmp_path, tmp_path_factory.getbasetemp())) as home:
        doors = [{"id": d, "site": BIRCH, "name": n} for d, n in ((STREET, "Street door"), (YARD, "Yard"))]
        await home.do(insert(t.entrances).values(doors))
        store = LiveStore()
        log = SiteLog(MemoryPast(store), home.events, home.phonebooks, home.residents, home.people)
        yield Logged(home, store, log)


async def test_calls_openings_and_changes_stand_in_one_timetable_newest_first(logged: Logged) -> None:
    ended = {"stage": Stage.ENDED, "ended_at": 1090.0}
    logged.call("a", 1000.0, accepted=LegId("x"), established_at=1010.0, reason=Reason.COMPLETED, **ended)
    logged.call("b", 1100.0, reason=Reason.CANCELLED, **ended)
    logged.call("c", 1200.0)
    logged.opening("o", 1020.0, truth=Truth.OPENED)
    logged.opening("p", 1030.0, truth=Truth.REFUSED, code=Refusal.LOCK_OFFLINE, person=AccountId("ben"))
    await logged.home.events.note(BIRCH, 1050.0, AccountId("marta"), "alias_changed", "Anna Lind")
    await logged.home.events.note(FAR, 1060.0, AccountId("marta"), "alias_changed", "Zed")
    rows = await logged.rows()
    assert [(r.at, r.kind, r.where, r.who, r.outcome, r.words) for r in rows] == [
        (1200.0, Kind.CALL, "Street door", "Anna Lind", Outcome.GOES_ON, "Ringing"),
        (1100.0, Kind.CALL, "Street door", "Anna Lind", Outcome.MISSED, "The visitor gave up"),
        (1050.0, Kind.CHANGE, "", "Marta Koval", Outcome.CHANGED, "Alias changed: Anna Lind"),
        (1030.0, Kind.OPENING, "Street door", "Ben Lind", Outcome.REFUSED, "Refused: The door is offline."),
        (1020.0, Kind.OPENING, "Street door", "Anna Lind", Outcome.OPENED, "Opened"),
        (1000.0, Kind.CALL, "Street door", "Anna Lind", Outcome.ANSWERED, "Answered"),
    ]
    assert rows[-1].seconds == 80.0


async def test_turning_page_by_page_shows_every_row_once_also_those_of_one_moment(logged: Logged) -> None:
    for number in range(7):
        logged.call(f"c{number}", 1000.0)
        logged.opening(f"o{number}", 1000.0 if number % 2 else 1001.0)
        await logged.home.events.note(BIRCH, 1000.0, None, "site_changed", "Birch")
    marta, seen, after = await logged.home.marta(), [], ""
    while True:
        page = await logged.log.page(marta, BIRCH, after=after, limit=4)
        seen.extend(page.rows)
        if not page.older:
            break
        after = page.older
    assert seen == await logged.rows()
    assert len({(row.kind, row.id) for row in seen}) == 21
    assert {row.who for row in seen if row.kind is Kind.CHANGE} == {"The server"}


async def test_a_choice_of_outcome_time_name_and_door_is_exact_and_turns_page_by_page(logged: Logged) -> None:
    for number in range(30):
        truth = Truth.REFUSED if number % 3 == 0 else Truth.OPENED
        person = AccountId("ben" if number % 2 else "anna")
        door = YARD if number % 5 == 0 else STREET
        logged.opening(f"o{number:02}", 1000.0 + number, truth=truth, person=person, entrance=door)
    marta = await logged.home.marta()
    choice = Choice(outcome=Outcome.REFUSED, since=1006.0, until=1027.0, who="bén", entrance=STREET)
    wanted = [n for n in range(6, 27) if n % 3 == 0 and n % 2 and n % 5]
    seen: list[str] = []
    after = ""
    while True:
        page = await logged.log.page(marta, BIRCH, choice, after=after, limit=2)
        assert len(page.rows) <= 2
        seen.extend(row.id for row in page.rows)
        if not (after := page.older):
            break
    assert seen == [f"o{n:02}" for n in reversed(wanted)]
    assert [row.id async for row in await logged.log.all(marta, BIRCH, choice)] == seen


async def test_a_row_says_from_where_with_what_evidence_and_the_cores_own_number(logged: Logged) -> None:
    inside = Evidence(Place.INSIDE, Source.WORD, 5.0)
    logged.call("a", 1000.0, visitor=True, evidence=Evidence(Place.UNKNOWN, Source.NONE))
    logged.call("b", 1001.0)
    logged.opening("o", 1002.0, truth=Truth.OPENED, evidence=inside, core_event="entry-77")
    logged.opening("p", 1003.0, truth=Truth.OPENED, without_call=True)
    told = [(r.entrance, r.lock, r.way, r.evidence, r.core_event) for r in await logged.rows()]
    assert told == [
        ("Street door", "Street door", "Without a call", "", ""),
        ("Street door", "Street door", "In a call", "At the door, by the word", "entry-77"),
        ("Street door", "", "Panel", "", ""),
        ("Street door", "", "Visitor’s phone", "Position unknown", ""),
    ]


@pytest.mark.parametrize(
    "cursor", ["x", "nan~call~a", "~~", "1000", "1e999~call~a", "5.0~change~-1", "1~x~y"]
)
async def test_a_cursor_that_makes_no_sense_does_no_harm(logged: Logged, cursor: str) -> None:
    logged.call("a", 1000.0)
    assert len(await logged.rows(after=cursor)) <= 1


async def test_whoever_was_removed_or_deleted_is_a_deleted_person(logged: Logged) -> None:
    logged.call("a", 1000.0)
    logged.opening("o", 1001.0)
    await logged.home.events.note(BIRCH, 1002.0, AccountId("anna"), "site_changed")
    await logged.home.do(
        delete(t.entries).where(t.entries.c.account == "anna"),
        update(t.accounts).where(t.accounts.c.id == "anna").values(first_name=str(DELETED), last_name=""),
    )
    assert {row.who for row in await logged.rows()} == {"Deleted person"}


async def test_a_hidden_resident_is_named_by_the_unit(logged: Logged) -> None:
    logged.call("a", 1000.0)
    await logged.home.do(update(t.entries).where(t.entries.c.id == "e-anna").values(policy="hidden"))
    assert [row.who for row in await logged.rows()] == ["Flat 31"]


async def test_one_kind_and_one_entrance_alone(logged: Logged) -> None:
    logged.call("a", 1000.0)
    logged.opening("o", 1001.0)
    await logged.home.events.note(BIRCH, 1002.0, None, "site_changed")
    for kind in Kind:
        assert [row.kind for row in await logged.rows(kinds=frozenset({kind}))] == [kind]
    assert [row.kind for row in await logged.rows(entrance=STREET)] == [Kind.OPENING, Kind.CALL]
    assert await logged.rows(entrance=YARD) == []
    with pytest.raises(NotFound):
        await logged.rows(entrance=EntranceId("far away"))


async def test_only_whoever_may_read_the_log_does(logged: Logged) -> None:
    anna = await logged.home.session("anna")
    with pytest.raises(NotAllowed):
        await logged.log.page(anna, BIRCH)
    auditor = replace(anna, memberships=(Membership(anna.account.id, BIRCH, Role.AUDITOR),))
    await logged.log.page(auditor, BIRCH)
    with pytest.raises(NotFound):
        await logged.log.page(auditor, FAR)


NOTING = ("note", "_note", "_stand", "_save")


def noted() -> set[str]:
    """The acts that the services note, read out of their code."""
    found: set[str] = set()
    for path in (Path(intercom.__file__).parent / "services").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") not in NOTING:
                continue
            words = (c.value for given in node.args for c in ast.walk(given) if isinstance(c, ast.Constant))
            found |= {w for w in words if isinstance(w, str) and re.fullmatch("[a-z]+(_[a-z]+)*", w)}
    return found


def test_every_act_that_is_noted_has_its_sentence() -> None:
    assert len(noted()) > 30
    assert noted() <= set(acts.SENTENCES), "write a sentence for each in domain/acts.py"
    for action in acts.SENTENCES:
        assert acts.sentence(action, "100% Anna").replace("100% Anna", "") != ""
