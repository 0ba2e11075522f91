"""Everything that is kept: the main file, the live file, and the tables in them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from intercom.storage.accounts import SqlAccounts
from intercom.storage.checks import SqlChecks
from intercom.storage.cores import SqlCoreChoices
from intercom.storage.engine import open_main
from intercom.storage.events import SqlEvents
from intercom.storage.factors import SqlFactors, SqlIdentities, SqlTrustedDevices
from intercom.storage.founding import SqlFounding
from intercom.storage.health import SqlRingProofs
from intercom.storage.invitations import SqlInvitations
from intercom.storage.letters import SqlLetters
from intercom.storage.live import SqliteCalls, SqliteOpenings, connect
from intercom.storage.notes import SqlNotes
from intercom.storage.past import SqlitePast
from intercom.storage.people import SqlPanels, SqlPeople
from intercom.storage.phonebooks import SqlPhonebooks
from intercom.storage.pins import SqlPins
from intercom.storage.push import SqlQuietHours, SqlSubscriptions
from intercom.storage.residents import SqlResidents
from intercom.storage.roster import SqlRosters
from intercom.storage.sites import SqlSites
from intercom.storage.staff import SqlStaff
from intercom.storage.tokens import SqlTokens
from intercom.storage.visitors import SqlBlocks, SqlSigns


@dataclass(frozen=True, slots=True)
class Stores:
    """The open files, and what is read from and written to them."""

    engine: AsyncEngine
    of_calls: sqlite3.Connection
    of_openings: sqlite3.Connection
    calls: SqliteCalls
    openings: SqliteOpenings
    past: SqlitePast
    phonebooks: SqlPhonebooks
    people: SqlPeople
    panels: SqlPanels
    sites: SqlSites
    residents: SqlResidents
    staff: SqlStaff
    invitations: SqlInvitations
    rosters: SqlRosters
    founding: SqlFounding
    events: SqlEvents
    letters: SqlLetters
    accounts: SqlAccounts
    factors: SqlFactors
    identities: SqlIdentities
    trusted: SqlTrustedDevices
    tokens: SqlTokens
    pins: SqlPins
    subscriptions: SqlSubscriptions
    quiet_hours: SqlQuietHours
    ring_proofs: SqlRingProofs
    notes: SqlNotes
    signs: SqlSigns
    blocks: SqlBlocks
    core_choices: SqlCoreChoices
    checks: SqlChecks

    async def ready(self) -> None:
        """Raises when calls cannot be read."""
        self.of_calls.execute("SELECT 1 FROM calls LIMIT 1")

    async def close(self) -> None:
        """Close the files."""
        await self.engine.dispose()
        self.past.close()
        self.of_calls.close()
        self.of_openings.close()


async def open_stores(data: Path) -> Stores:
    """Open the files of a data folder that was migrated, and read what is held in memory."""
    engine = open_main(data / "intercom.db")
    live = data / "live.db"
    of_calls = connect(live, synchronous="NORMAL")
    of_openings = connect(live, synchronous="FULL")
    stores = Stores(
        engine,
        of_calls,
        of_openings,
        SqliteCalls(of_calls),
        SqliteOpenings(of_openings),
        SqlitePast(live),
        SqlPhonebooks(engine),
        SqlPeople(engine),
        SqlPanels(engine),
        SqlSites(engine),
        SqlResidents(engine),
        SqlStaff(engine),
        SqlInvitations(engine),
        SqlRosters(engine),
        SqlFounding(engine),
        SqlEvents(engine),
        SqlLetters(engine),
        SqlAccounts(engine),
        SqlFactors(engine),
        SqlIdentities(engine),
        SqlTrustedDevices(engine),
        SqlTokens(engine),
        SqlPins(engine),
        SqlSubscriptions(engine),
        SqlQuietHours(engine),
        SqlRingProofs(engine),
        SqlNotes(engine),
        SqlSigns(engine),
        SqlBlocks(engine),
        SqlCoreChoices(engine),
        SqlChecks(engine),
    )
    await stores.phonebooks.load()
    await stores.subscriptions.load()
    await stores.quiet_hours.load()
    return stores
