"""Two sites in a database file, with the services of their residents over it.

Birch: flats 31 and 32 and a shop; Anna and Ben live in 31, Ferhat in 32; Cleo is invited to 32. Marta owns
the site and lives nowhere. Far: somebody else's, where Zed lives and Marta is a stranger.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Executable, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.directory import Show
from intercom.domain.ids import AccountId, EntryId, SessionId, SiteId, UnitId
from intercom.domain.people import Role, Session, Standing
from intercom.ports import Resident
from intercom.services.household import Household
from intercom.services.residents import NewResident, ResidentOffice
from intercom.storage import tables as t
from intercom.storage.engine import open_main
from intercom.storage.events import SqlEvents
from intercom.storage.people import SqlPeople
from intercom.storage.phonebooks import SqlPhonebooks
from intercom.storage.residents import SqlResidents
from tests.fakes.small import FakeClock, Numbered

BIRCH, FAR = SiteId("birch"), SiteId("far")
FLAT31, FLAT32, SHOP, FAR_FLAT = UnitId("flat31"), UnitId("flat32"), UnitId("shop"), UnitId("far-flat")
PEOPLE = (
    ("anna", "Anna", "Lind", BIRCH, FLAT31, Standing.ACTIVE, "hash"),
    ("ben", "Ben", "Lind", BIRCH, FLAT31, Standing.ACTIVE, "hash"),
    ("ferhat", "Ferhat", "Demir", BIRCH, FLAT32, Standing.ACTIVE, "hash"),
    ("cleo", "Cleo", "Voss", BIRCH, FLAT32, Standing.INVITED, None),
    ("zed", "Zed", "Zorn", FAR, FAR_FLAT, Standing.ACTIVE, "hash"),
)


@dataclass
class Residence:
    """The sites, what was called from outside, and who may be signed in."""

    engine: AsyncEngine
    clock: FakeClock = field(default_factory=FakeClock)
    invited: list[tuple[SiteId, AccountId]] = field(default_factory=list)
    left: list[tuple[AccountId, SiteId]] = field(default_factory=list)
    changed: list[SiteId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.people = SqlPeople(self.engine)
        self.phonebooks = SqlPhonebooks(self.engine)
        self.residents = SqlResidents(self.engine)
        self.events = SqlEvents(self.engine)
        self.office = ResidentOffice(
            self.residents,
            self.phonebooks,
            self.events,
            self._invite,
            self._invite,
            self._left,
            self._changed,
            self.clock,
            Numbered(),
        )
        self.household = Household(self.office, self.residents, self.phonebooks)

    async def _invite(self, session: Session, site: SiteId, account: AccountId) -> None:
        self.invited.append((site, account))

    async def _left(self, account: AccountId, site: SiteId) -> None:
        self.left.append((account, site))

    async def _changed(self, site: SiteId) -> None:
        self.changed.append(site)
        await self.phonebooks.refresh(site)

    async def do(self, *statements: Executable) -> None:
        """Change the file behind the services' backs, and read the phonebook anew."""
        async with self.engine.begin() as db:
            for statement in statements:
                await db.execute(statement)
        await self.phonebooks.load()

    async def rows(self, table: Any) -> list[dict[str, Any]]:
        """All of a table."""
        async with self.engine.connect() as db:
            return [dict(row) for row in (await db.execute(select(table))).mappings()]

    async def session(self, person: str) -> Session:
        """Somebody's session, with the memberships that are stored."""
        account = await self.people.account(AccountId(person))
        assert account is not None
        roles = await self.people.memberships(account.id)
        active = tuple(m for m in roles if m.standing is Standing.ACTIVE)
        return Session(SessionId(f"{person}-session"), account, active, self.clock.now() + 1000)

    async def marta(self) -> Session:
        """The owner's session."""
        return await self.session("marta")

    async def add(
        self, email: str, first: str = "Eva", last: str = "Egli", unit: UnitId = FLAT31
    ) -> Resident:
        """Marta adds somebody."""
        return await self.office.add(await self.marta(), BIRCH, NewResident(email, first, last, unit))

    async def resident(self, name: str) -> Resident:
        """A resident as stored, by the id that this file gave them."""
        return (await self.residents.some(BIRCH, [EntryId(f"e-{name}")]))[0]

    async def names(self, words: str = "", show: Show = Show.ALL) -> list[str]:
        """Whom a search finds."""
        _, found = await self.office.find(await self.marta(), BIRCH, words, show, 50)
        return [one.account.first_name for one in found]

    async def actions(self) -> list[tuple[str, str]]:
        """What the log of events says, oldest first."""
        return [
            (event.action, event.subject) for event in reversed(await self.events.of_site(BIRCH, None, 99))
        ]

    async def shown(self) -> list[str]:
        """What the door shows."""
        return [line.name for line in self.phonebooks._books[BIRCH].lines]

    async def allow_managers(self) -> None:
        """The site's rule about unit managers is switched on."""
        await self.do(update(t.sites).where(t.sites.c.id == BIRCH).values(rules='{"unit_managers": true}'))


def account_row(name: str, first: str, last: str, password: str | None) -> dict[str, Any]:
    """A row of `accounts`."""
    email = f"{name}@example.org"
    return {
        "id": name, "email": email, "email_key": email, "first_name": first, "last_name": last,
        "password_hash": password,
    }  # fmt: skip


@asynccontextmanager
async def residence(files: Path) -> AsyncIterator[Residence]:
    """The sites in the folder's database, which is empty and migrated."""
    engine = open_main(files / "intercom.db")
    async with engine.begin() as db:
        await db.execute(
            insert(t.sites), [{"id": site, "name": site.title(), "plate": "1"} for site in (BIRCH, FAR)]
        )
        await db.execute(insert(t.floors).values(id="third", site=BIRCH, name="3", position=3))
        await db.execute(
            insert(t.units),
            [
                {"id": FLAT31, "site": BIRCH, "name": "Flat 31", "floor": "third"},
                {"id": FLAT32, "site": BIRCH, "name": "Flat 32", "floor": "third"},
                {"id": SHOP, "site": BIRCH, "name": "Shop", "floor": None},
                {"id": FAR_FLAT, "site": FAR, "name": "Flat 1", "floor": None},
            ],
        )
        await db.execute(insert(t.accounts).values(account_row("marta", "Marta", "Koval", "hash")))
        await db.execute(insert(t.memberships).values(account="marta", site=BIRCH, role=Role.OWNER.value))
        for name, first, last, site, unit, standing, password in PEOPLE:
            await db.execute(insert(t.accounts).values(account_row(name, first, last, password)))
            await db.execute(
                insert(t.memberships).values(
                    account=name, site=site, role="resident", unit=unit, standing=standing.value, created_at=5
                )
            )
            await db.execute(insert(t.entries).values(id=f"e-{name}", site=site, unit=unit, account=name))
    sites = Residence(engine)
    await sites.phonebooks.load()
    yield sites
    await engine.dispose()
