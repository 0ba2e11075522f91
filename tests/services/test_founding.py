"""The first start: one link, one owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from intercom.domain.errors import Invalid, LinkOver, TooMany
from intercom.domain.ids import Secret, SiteId
from intercom.domain.invitations import INVITATION_SECONDS
from intercom.domain.passwords import PasswordRules
from intercom.domain.people import Power, Role
from intercom.domain.phonebook import Address, DisplayPolicy, SiteKind
from intercom.services.founding import FirstStart, Founder
from intercom.services.signin import SignIn
from intercom.services.sites import SiteData
from intercom.storage import tables as t
from intercom.storage.engine import open_main
from intercom.storage.founding import SqlFounding
from intercom.storage.people import SqlPeople
from intercom.storage.sites import SqlSites
from tests.fakes.adapters import new_files
from tests.fakes.people import PlainPasswords
from tests.fakes.sites import MemoryEvents
from tests.fakes.small import FakeClock, Numbered, PatientThrottle

MARTA = Founder("marta@example.org", "Marta", "Koval", Secret("green lamp over seven doors"), "fr")
DATA = SiteData("Birkenhof", "12", Address(), "Europe/Zurich", "de", DisplayPolicy.FULL, SiteKind.RESIDENTIAL)
HOME = "192.0.2.1"


class Start:
    """A server's first start, on a real database."""

    def __init__(self, signin: SignIn, folder: Path) -> None:
        self.engine = open_main(folder / "intercom.db")
        self.clock = FakeClock()
        self.people, self.sites = SqlPeople(self.engine), SqlSites(self.engine)
        self.changes: list[SiteId] = []
        self.signin = replace(signin, people=self.people)
        self.first = self.again()

    def again(self) -> FirstStart:
        """As after another start."""

        async def changed(site: SiteId) -> None:
            self.changes.append(site)

        return FirstStart(
            SqlFounding(self.engine),
            self.sites,
            PlainPasswords(),
            PasswordRules({"password"}),
            self.signin,
            MemoryEvents(),
            PatientThrottle(self.clock, {"invitation": (3, 600.0)}),
            self.clock,
            Numbered(),
            changed,
        )

    async def found(self, token: Secret, founder: Founder = MARTA, data: SiteData = DATA) -> SiteId:
        _, _, site = await self.first.found(token, founder, data, "Street door", HOME, "a browser")
        return site.id


@pytest.fixture
async def start(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Start]:
    from tests.fakes import House

    start = Start(House().signin, new_files(tmp_path, tmp_path_factory.getbasetemp()))
    yield start
    await start.engine.dispose()


async def link(first: FirstStart) -> Secret:
    token = await first.link()
    assert token is not None
    return token


async def test_the_link_makes_the_owner_the_site_and_its_entrance(start: Start) -> None:
    token = await link(start.first)
    _, session, site = await start.first.found(token, MARTA, DATA, "Street door", HOME, "a browser")
    assert await start.sites.site(site.id) == site
    assert (site.name, site.plate, site.language) == ("Birkenhof", "12", "de")
    assert [door.name for door in await start.sites.entrances(site.id)] == ["Street door"]
    assert session.may(Power.TRANSFER, site.id)
    (membership,) = await start.people.memberships(session.account.id)
    assert (membership.role, membership.site) == (Role.OWNER, site.id)
    known = await start.people.by_email("Marta@Example.org")
    assert known is not None
    assert (known[0].name, known[0].language, known[1]) == (
        "Marta Koval",
        "fr",
        "new:green lamp over seven doors",
    )
    assert start.changes == [site.id]


async def test_the_link_works_once_and_there_is_no_other_once_somebody_owns_the_house(start: Start) -> None:
    token = await link(start.first)
    await start.found(token)
    with pytest.raises(LinkOver):
        await start.found(token)
    assert await start.first.link() is None
    assert await start.again().link() is None


async def test_of_two_who_send_it_at_once_one_owns_the_house(start: Start) -> None:
    token = await link(start.first)
    other = replace(MARTA, email="thief@example.org")
    done = await asyncio.gather(start.found(token), start.found(token, other), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["LinkOver", "str"]


async def test_what_was_typed_wrong_leaves_the_link_good(start: Start) -> None:
    token = await link(start.first)
    for founder, data, field in (
        (replace(MARTA, password=Secret("short")), DATA, "password"),
        (replace(MARTA, password=Secret("marta.koval1")), DATA, "password"),
        (MARTA, replace(DATA, time_zone="Middle/Earth"), "time_zone"),
        (MARTA, replace(DATA, plate="12345"), "plate"),
    ):
        with pytest.raises(Invalid) as refused:
            await start.found(token, founder, data)
        assert list(refused.value.details["fields"]) == [field]
    await start.found(token)


async def test_a_fault_in_between_leaves_the_link_good(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await link(start.first)
    with monkeypatch.context() as broken:

        async def breaks(*_: object) -> None:
            raise OSError("the disk is full")

        broken.setattr(start.sites, "add", breaks)
        with pytest.raises(OSError, match="disk"):
            await start.found(token)
    await start.found(token)


async def test_a_new_start_makes_a_new_link_and_the_old_one_opens_nothing(start: Start) -> None:
    old = await link(start.first)
    start.first = start.again()
    new = await link(start.first)
    with pytest.raises(LinkOver):
        await start.first.opened(old, HOME)
    await start.first.opened(new, HOME)


async def test_the_link_runs_out_and_cannot_be_guessed(start: Start) -> None:
    token = await link(start.first)
    for number in range(3):
        with pytest.raises(LinkOver):
            await start.first.opened(Secret(f"guess{number}"), HOME)
    with pytest.raises(TooMany):
        await start.first.opened(Secret("guess"), HOME)
    await start.first.opened(token, HOME)  # who has the link is not kept out by who guesses
    start.clock.passes(INVITATION_SECONDS - 1)
    await start.first.opened(token, HOME)
    start.clock.passes(1)
    with pytest.raises(LinkOver):
        await start.first.opened(token, HOME)


async def test_no_link_opens_anything_before_one_was_made(start: Start) -> None:
    with pytest.raises(LinkOver):
        await start.first.opened(Secret(""), HOME)


async def test_a_house_that_is_owned_has_no_link(start: Start) -> None:
    async with start.engine.begin() as db:
        await db.execute(insert(t.sites).values(id="s", name="S", plate="1"))
        await db.execute(
            insert(t.accounts).values(
                id="a", email="a@e.org", email_key="a@e.org", first_name="", last_name=""
            )
        )
        await db.execute(insert(t.memberships).values(account="a", site="s", role="owner"))
    assert await start.first.link() is None
