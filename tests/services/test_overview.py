"""The overview: today's figures, what needs attention, and the first steps of an empty site."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, insert

from intercom.domain.door import Battery, LockStatus, Refusal, Truth
from intercom.domain.errors import NotAllowed, NotFound
from intercom.domain.ids import CallId, EntranceId, LockId, OpeningId, PanelId, SiteId
from intercom.domain.people import Panel
from intercom.http.admin.overview import words
from intercom.ports import Figures
from intercom.services.overview import SOON_SECONDS, Attention, FirstStep, Glance, Need, Overview, midnight
from intercom.storage import tables as t
from intercom.storage.invitations import SqlInvitations
from intercom.storage.people import SqlPanels
from intercom.storage.sites import SqlSites
from intercom.storage.staff import SqlStaff
from tests.fakes.adapters import new_files
from tests.fakes.examples import AN_OPENING, a_call
from tests.fakes.live import LiveStore, MemoryPast
from tests.fakes.residence import BIRCH, FAR, Residence, residence
from tests.fakes.small import NOON

STREET, LOCK = EntranceId("street"), LockId("lock")


@dataclass
class Connected:
    """Panels that are connected, and locks that are not: what the overview asks of presence and core."""

    panels: set[PanelId] = field(default_factory=set)
    offline: dict[LockId, float] = field(default_factory=dict)
    told: dict[LockId, LockStatus] = field(default_factory=dict)
    unproven: int = 0

    async def silent(self, site: SiteId) -> int:
        return self.unproven if site == BIRCH else 0

    def panel_online(self, panel: PanelId) -> bool:
        return panel in self.panels

    def status(self, lock: LockId) -> LockStatus:
        since = self.offline.get(lock)
        if lock in self.told:
            return self.told[lock]
        return LockStatus(online=since is None, since=since)


@dataclass
class Seen:
    """A site that is looked at."""

    home: Residence
    store: LiveStore
    connected: Connected
    overview: Overview

    async def glance(self) -> Glance:
        return await self.overview.of(await self.home.marta(), BIRCH)

    async def needs(self) -> dict[Need, tuple[str, float | None, int, int]]:
        return {a.need: (a.name, a.since, a.count, a.soon) for a in (await self.glance()).attention}

    async def pair(self) -> Panel:
        row = {"id": "p", "entrance": STREET, "name": "Panel", "key_hash": "h", "enrolled_at": 1.0}
        await self.home.do(insert(t.panels).values(**row, last_seen=NOON - 60))
        return (await self.overview.panels.of_sites([BIRCH]))[0]

    async def invitation(self, account: str, expires_at: float) -> None:
        await self.home.do(
            insert(t.invitations).values(
                id=f"i-{account}",
                site=BIRCH,
                account=account,
                kind="profile",
                token_hash=account,
                state="waiting",
                created_at=NOON,
                expires_at=expires_at,
            )
        )


@pytest.fixture
async def seen(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Seen]:
    async with residence(new_files(tmp_path, tmp_path_factory.getbasetemp())) as home:
        await home.do(
            insert(t.entrances).values(id=STREET, site=BIRCH, name="Street door"),
            insert(t.locks).values(id=LOCK, site=BIRCH, entrance=STREET, name="Street door"),
        )
        store, connected = LiveStore(), Connected()
        engine = home.engine
        yield Seen(
            home,
            store,
            connected,
            Overview(
                MemoryPast(store),
                home.phonebooks,
                SqlSites(engine),
                SqlPanels(engine),
                connected,  # type: ignore[arg-type]
                connected,  # type: ignore[arg-type]
                SqlInvitations(engine),
                SqlStaff(engine),
                connected.silent,
                home.clock,
            ),
        )


async def test_todays_figures_begin_at_midnight_by_the_sites_clocks(seen: Seen) -> None:
    today = midnight(NOON, "UTC")
    for name, at in (("late", today - 1), ("early", today)):
        seen.store.calls[CallId(name)] = (1, replace(a_call(call=name, now=at), site=BIRCH))
        opening = replace(AN_OPENING, id=OpeningId(name), site=BIRCH, at=at, truth=Truth.NOT_CONFIRMED)
        seen.store.openings[opening.id] = (1, opening)
    assert (await seen.glance()).figures == Figures(rings=1, not_confirmed=1)
    assert Need.NOT_CONFIRMED in await seen.needs()


@pytest.mark.parametrize("zone", ["Europe/Zurich", "Pacific/Auckland", "America/Sao_Paulo", "Asia/Kolkata"])
def test_midnight_is_midnight_there(zone: str) -> None:
    began = midnight(NOON, zone)
    assert datetime.fromtimestamp(began, ZoneInfo(zone)).strftime("%H:%M:%S") == "00:00:00"
    assert 0 <= NOON - began < 25 * 3600


async def test_a_lock_that_is_offline_and_a_panel_that_is_not_connected_are_told_since_when(
    seen: Seen,
) -> None:
    assert (await seen.needs())[Need.NO_PANEL] == ("Street door", None, 1, 0)
    panel = await seen.pair()
    seen.connected.offline[LOCK] = NOON - 30
    needs = await seen.needs()
    assert needs[Need.LOCK_OFFLINE] == ("Street door", NOON - 30, 1, 0)
    assert needs[Need.PANEL_OFFLINE] == ("Street door: Panel", NOON - 60, 1, 0)
    assert Need.NO_PANEL not in needs
    seen.connected.panels.add(panel.id)
    seen.connected.offline.clear()
    assert await seen.needs() == {}


async def test_a_lock_in_trouble_with_a_low_battery_or_left_open_is_told(seen: Seen) -> None:
    panel = await seen.pair()
    seen.connected.panels.add(panel.id)
    seen.connected.told[LOCK] = LockStatus(
        since=NOON - 30, trouble=Refusal.NO_SUBSCRIPTION, battery=Battery.LOW, left_open_since=NOON - 60
    )
    assert await seen.needs() == {
        Need.LOCK_TROUBLE: ("Street door", NOON - 30, 1, 0),
        Need.BATTERY_LOW: ("Street door", None, 1, 0),
        Need.LEFT_OPEN: ("Street door", NOON - 60, 1, 0),
    }
    (trouble, *_) = (await seen.glance()).attention
    assert trouble.why is Refusal.NO_SUBSCRIPTION
    seen.connected.told[LOCK] = LockStatus(battery=Battery.OK)
    assert await seen.needs() == {}


async def test_invitations_that_wait_run_out_soon_or_have_run_out_are_counted(seen: Seen) -> None:
    await seen.invitation("cleo", NOON + SOON_SECONDS - 1)
    await seen.invitation("ben", NOON + SOON_SECONDS + 1)
    await seen.invitation("ferhat", NOON - 1)
    needs = await seen.needs()
    assert needs[Need.INVITATIONS_WAIT] == ("", None, 2, 1)
    assert needs[Need.INVITATIONS_RAN_OUT] == ("", None, 1, 0)


async def test_first_steps_are_shown_until_each_was_done_once(seen: Seen) -> None:
    assert dict((await seen.glance()).steps) == {
        FirstStep.UNITS: True,
        FirstStep.RESIDENTS: True,
        FirstStep.PANEL: False,
        FirstStep.RING: False,
    }
    await seen.pair()
    seen.store.calls[CallId("a")] = (1, replace(a_call(call="a"), site=BIRCH))
    assert (await seen.glance()).steps == ()


async def test_an_installer_is_shown_until_their_time_has_run_out(seen: Seen) -> None:
    await seen.home.do(
        insert(t.memberships).values(account="ben", site=BIRCH, role="installer", expires_at=NOON + 60)
    )
    (installer,) = (await seen.glance()).installers
    assert (installer.account.name, installer.expires_at) == ("Ben Lind", NOON + 60)
    seen.home.clock.passes(61)
    assert (await seen.glance()).installers == ()


async def test_devices_that_have_not_proved_that_they_ring_are_a_number_without_names(seen: Seen) -> None:
    assert Need.UNPROVEN not in await seen.needs()
    seen.connected.unproven = 3
    assert (await seen.needs())[Need.UNPROVEN] == ("", None, 3, 0)


async def test_only_whoever_may_read_the_log_looks_and_only_at_their_site(seen: Seen) -> None:
    with pytest.raises(NotAllowed):
        await seen.overview.of(await seen.home.session("anna"), BIRCH)
    with pytest.raises(NotFound):
        await seen.overview.of(await seen.home.marta(), FAR)
    await seen.home.do(delete(t.locks), delete(t.entrances))
    assert (await seen.glance()).entrances == ()


@pytest.mark.parametrize("need", list(Need))
def test_every_need_has_its_words(need: Need) -> None:
    assert words(Attention(need, "Door", 1.0, 3, 1)) != words(Attention(need, "Gate", 1.0, 1, 0))
