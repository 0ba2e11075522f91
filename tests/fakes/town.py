"""Two sites in a real database, with somebody in every role, for services that set sites up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.domain.errors import WrongCredentials
from intercom.domain.ids import AccountId, Secret, SessionId, SiteId
from intercom.domain.people import Account, Role, Session, Standing
from intercom.domain.tones import Tone, Tones
from intercom.services.entrances import Entrances
from intercom.services.sites import SiteOffice
from intercom.services.staff import Appointments
from intercom.services.units import Units
from intercom.storage import tables as t
from intercom.storage.checks import SqlChecks
from intercom.storage.engine import open_main
from intercom.storage.people import SqlPanels, SqlPeople, email_key
from intercom.storage.sites import SqlSites
from intercom.storage.staff import SqlStaff
from tests.fakes.sites import MemoryEvents
from tests.fakes.small import FakeClock, Numbered, Postbox

HERE, FAR = SiteId("here"), SiteId("far")
PEOPLE: dict[str, tuple[SiteId, Role, str | None]] = {
    "olga": (HERE, Role.OWNER, None),
    "adam": (HERE, Role.ADMIN, None),
    "ines": (HERE, Role.INSTALLER, None),
    "aude": (HERE, Role.AUDITOR, None),
    "mona": (HERE, Role.MANAGER, "flat"),
    "rita": (HERE, Role.RESIDENT, "flat"),
    "nora": (HERE, Role.RESIDENT, "flat"),
    "fred": (FAR, Role.OWNER, None),
}
"""Nora is invited and has not come yet."""
TONES = Tones(
    (Tone("chime", "Chime", "chime.mp3", "both"), Tone("bell", "Bell", "bell.mp3", "indoor")),
    "bell",
    "chime",
)


@dataclass
class Town:
    """`changed` has the sites of which somebody was told that they changed; `invited` who got letters."""

    engine: AsyncEngine
    clock: FakeClock
    events: MemoryEvents = field(default_factory=MemoryEvents)
    mail: Postbox = field(default_factory=Postbox)
    changed: list[SiteId] = field(default_factory=list)
    invited: list[AccountId] = field(default_factory=list)
    lost: list[tuple[AccountId, SiteId]] = field(default_factory=list)
    new_id: Numbered = field(default_factory=Numbered)

    def __post_init__(self) -> None:
        self.sites, self.staff = SqlSites(self.engine), SqlStaff(self.engine)
        self.panels, self.people = SqlPanels(self.engine), SqlPeople(self.engine)
        told, ids = self.tell, self.new_id
        self.office = SiteOffice(self.sites, self.events, TONES, told, self.clock, ids)
        self.units = Units(self.sites, self.events, told, self.clock, ids)
        self.entrances = Entrances(self.sites, self.events, TONES, told, self.clock, ids)
        self.appointments = Appointments(
            self.staff,
            self.sites,
            self.events,
            self.invite,
            self.prove,
            self.loses,
            self.mail,
            self.clock,
            ids,
            SqlChecks(self.engine).released,
        )

    async def tell(self, site: SiteId) -> None:
        self.changed.append(site)

    async def loses(self, account: AccountId, site: SiteId) -> None:
        self.lost.append((account, site))

    async def invite(self, session: Session, site: SiteId, account: AccountId) -> None:
        self.invited.append(account)

    async def prove(self, email: str, password: Secret, address: str) -> Account:
        """Everybody's password is "right"."""
        account = await self.staff.by_email(email)
        if account is None or password.reveal() != "right":
            raise WrongCredentials
        return account

    async def session(self, name: str) -> Session:
        """Somebody, as they are signed in at this moment."""
        account = AccountId(name)
        token = f"token {self.new_id()}"
        until = self.clock.now() + 1e9
        await self.people.add_session(token, SessionId(token), account, "", self.clock.now(), until)
        session = await self.people.session(token, self.clock.now())
        assert session is not None
        return session

    def noted(self) -> list[str]:
        return [event.action for event in self.events.noted]


@asynccontextmanager
async def town(files: Path) -> AsyncIterator[Town]:
    """Here: a floor, a flat on it with Mona, Rita and Nora, a door with a lock. Far: the same, and Fred."""
    engine = open_main(files / "intercom.db")
    async with engine.begin() as db:
        for site in (HERE, FAR):
            at = "" if site == HERE else "far-"
            await db.execute(insert(t.sites).values(id=site, name=site.title(), plate="1"))
            await db.execute(insert(t.floors).values(id=f"{at}floor", site=site, name="1", position=1))
            await db.execute(
                insert(t.units).values(id=f"{at}flat", site=site, name="Flat 1", floor=f"{at}floor")
            )
            await db.execute(insert(t.entrances).values(id=f"{at}door", site=site, name="Street door"))
            await db.execute(
                insert(t.locks).values(id=f"{at}lock", site=site, entrance=f"{at}door", name="Street door")
            )
        for name, (site, role, unit) in PEOPLE.items():
            email = f"{name}@example.org"
            await db.execute(
                insert(t.accounts).values(
                    id=name,
                    email=email,
                    email_key=email_key(email),
                    first_name=name.title(),
                    last_name="Berg",
                    password_hash="hash",
                )
            )
            standing = Standing.INVITED if name == "nora" else Standing.ACTIVE
            await db.execute(
                insert(t.memberships).values(
                    account=name, site=site, role=role.value, unit=unit, standing=standing.value
                )
            )
    yield Town(engine, FakeClock())
    await engine.dispose()
