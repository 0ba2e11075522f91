"""The contracts of `ports.People` and `ports.Panels`, for every adapter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from intercom.domain.ids import AccountId, DeviceId, EntranceId, PanelId, SessionId, SiteId, UnitId
from intercom.domain.people import Account, KnownDevice, Membership, Panel, Role
from intercom.ports import Panels, People
from intercom.storage import tables as t
from intercom.storage.engine import open_main
from intercom.storage.people import SqlPanels, SqlPeople, email_key
from tests.fakes.people import MemoryPanels, MemoryPeople

HERE, THERE = SiteId("here"), SiteId("there")
STREET, YARD, FAR = EntranceId("street"), EntranceId("yard"), EntranceId("far")
SITES = {STREET: HERE, YARD: HERE, FAR: THERE}
ANNA = Account(AccountId("anna"), "Anna@Example.org", "Anna", "Lind")
BEN = Account(AccountId("ben"), "ben@example.org", "Ben", "Lind")
GONE = Account(AccountId("gone"), "gone@example.org", "Gone", "Away", active=False)
ROLES = (
    Membership(ANNA.id, HERE, Role.RESIDENT, UnitId("flat")),
    Membership(ANNA.id, HERE, Role.OWNER),
    Membership(GONE.id, THERE, Role.RESIDENT),
)
NOW = 1000.0


@dataclass
class Adapter:
    """People and panels over one store, with Anna, Ben (invited, no password yet) and somebody who left."""

    people: People
    panels: Panels


@pytest.fixture(params=["sqlite", "memory"])
async def adapter(request: pytest.FixtureRequest) -> AsyncIterator[Adapter]:
    if request.param == "memory":
        people = MemoryPeople()
        people.admit(ANNA, "hash of anna", *ROLES[:2])
        people.admit(BEN, None)
        people.admit(GONE, "hash of gone", ROLES[2])
        yield Adapter(people, MemoryPanels(sites=SITES))
        return
    files: Path = request.getfixturevalue("files")
    engine = open_main(files / "intercom.db")
    async with engine.begin() as db:
        for site in (HERE, THERE):
            await db.execute(insert(t.sites).values(id=site, name=site, plate="1"))
        for entrance, site in SITES.items():
            await db.execute(insert(t.entrances).values(id=entrance, site=site, name=entrance))
        await db.execute(insert(t.units).values(id="flat", site=HERE, name="Flat"))
        for account, password in ((ANNA, "hash of anna"), (BEN, None), (GONE, "hash of gone")):
            await db.execute(
                insert(t.accounts).values(
                    id=account.id,
                    email=account.email,
                    email_key=email_key(account.email),
                    first_name=account.first_name,
                    last_name=account.last_name,
                    password_hash=password,
                    active=account.active,
                )
            )
        for m in ROLES:
            await db.execute(
                insert(t.memberships).values(account=m.account, site=m.site, role=m.role.value, unit=m.unit)
            )
    yield Adapter(SqlPeople(engine), SqlPanels(engine))
    await engine.dispose()


@pytest.fixture
def people(adapter: Adapter) -> People:
    return adapter.people


@pytest.fixture
def panels(adapter: Adapter) -> Panels:
    return adapter.panels


async def sign_in(people: People, token: str, account: Account = ANNA, until: float = NOW + 100) -> SessionId:
    session = SessionId(f"session of {token}")
    await people.add_session(token, session, account.id, "a browser", NOW, until)
    return session


async def test_an_account_is_found_by_its_id_and_by_its_email_in_any_case(people: People) -> None:
    assert await people.account(ANNA.id) == ANNA
    assert await people.account(AccountId("nobody")) is None
    for email in ("anna@example.org", " ANNA@EXAMPLE.ORG ", "Anna@Example.org"):
        assert await people.by_email(email) == (ANNA, "hash of anna")
    assert await people.by_email("nobody@example.org") is None


async def test_somebody_without_a_password_cannot_be_found_to_sign_in(people: People) -> None:
    assert await people.by_email(BEN.email) is None
    await people.set_password_hash(BEN.id, "hash of ben")
    await people.set_password_hash(BEN.id, "another", before="not this one")
    assert await people.by_email(BEN.email) == (BEN, "hash of ben")


async def test_an_inactive_account_is_said_to_be_inactive(people: People) -> None:
    assert await people.by_email(GONE.email) == (GONE, "hash of gone")


async def test_memberships_are_listed_in_the_order_they_were_given(people: People) -> None:
    assert tuple(await people.memberships(ANNA.id)) == ROLES[:2]
    assert tuple(await people.memberships(BEN.id)) == ()


async def test_a_session_is_found_by_its_tokens_hash_until_it_runs_out(people: People) -> None:
    session = await sign_in(people, "token")
    found = await people.session("token", NOW + 99)
    assert found is not None
    assert (found.id, found.account, found.memberships) == (session, ANNA, ROLES[:2])
    assert found.expires_at == NOW + 100
    assert await people.session("token", NOW + 100) is None
    assert await people.session("another", NOW) is None


async def test_somebody_of_no_site_can_have_a_session(people: People) -> None:
    await sign_in(people, "token", BEN)
    found = await people.session("token", NOW)
    assert found is not None
    assert (found.account, found.memberships) == (BEN, ())


async def test_the_session_of_an_inactive_account_is_none(people: People) -> None:
    await sign_in(people, "token", GONE)
    assert await people.session("token", NOW) is None


async def test_ending_a_session_ends_that_one_and_forgets_its_devices(people: People) -> None:
    first, second = await sign_in(people, "first"), await sign_in(people, "second")
    mine = KnownDevice(DeviceId("phone"), ANNA.id, first, "Anna’s phone")
    other = KnownDevice(DeviceId("laptop"), ANNA.id, second, "Anna’s laptop")
    await people.add_device(mine, NOW)
    await people.add_device(other, NOW)
    await people.end_session(first)
    await people.end_session(first)
    assert await people.session("first", NOW) is None
    assert await people.session("second", NOW) is not None
    assert await people.device(mine.id) is None
    assert list(await people.devices([ANNA.id])) == [other]


async def test_do_not_disturb_is_remembered_of_each_device(people: People) -> None:
    session = await sign_in(people, "token")
    phone = KnownDevice(DeviceId("phone"), ANNA.id, session, "Anna’s phone")
    await people.add_device(phone, NOW)
    await people.set_dnd(phone.id, True)
    assert await people.device(phone.id) == replace(phone, dnd=True)
    await people.set_dnd(phone.id, False)
    assert await people.device(phone.id) == phone
    await people.set_dnd(DeviceId("unknown"), True)
    assert list(await people.devices([BEN.id])) == []
    assert list(await people.devices([])) == []


# -- panels --


async def test_a_code_makes_a_panel_once(panels: Panels) -> None:
    await panels.add_code("code", STREET, NOW + 600)
    made = await panels.enroll("code", PanelId("p"), "key", "Street panel", NOW)
    assert made == Panel(PanelId("p"), HERE, STREET, "Street panel", NOW)
    assert await panels.by_key("key") == made
    assert await panels.enroll("code", PanelId("q"), "other key", "Thief", NOW) is None
    assert await panels.by_key("other key") is None


async def test_of_many_who_use_one_code_at_once_one_gets_a_panel(panels: Panels) -> None:
    await panels.add_code("code", STREET, NOW + 600)
    made = await asyncio.gather(
        *(panels.enroll("code", PanelId(f"p{n}"), f"key{n}", "Panel", NOW) for n in range(8))
    )
    assert len([panel for panel in made if panel]) == 1
    assert len(await panels.of_sites([HERE])) == 1


async def test_an_old_code_makes_nothing(panels: Panels) -> None:
    await panels.add_code("code", STREET, NOW + 600)
    assert await panels.enroll("code", PanelId("p"), "key", "Late", NOW + 600) is None
    assert await panels.of_sites([HERE, THERE]) == []


async def test_a_new_code_voids_the_entrances_earlier_ones_and_no_others(panels: Panels) -> None:
    await panels.add_code("old", STREET, NOW + 600)
    await panels.add_code("yard", YARD, NOW + 600)
    await panels.add_code("new", STREET, NOW + 600)
    assert await panels.enroll("old", PanelId("1"), "1", "", NOW) is None
    assert await panels.enroll("new", PanelId("2"), "2", "", NOW) is not None
    assert await panels.enroll("yard", PanelId("3"), "3", "", NOW) is not None


async def test_panels_are_listed_by_site_oldest_first_and_revoked_ones_stay_listed(panels: Panels) -> None:
    for number, entrance in enumerate((YARD, STREET, FAR)):
        await panels.add_code(entrance, entrance, NOW + 600)
        await panels.enroll(entrance, PanelId(entrance), f"key of {entrance}", "Panel", NOW + number)
    await panels.revoke(PanelId("street"))
    listed = await panels.of_sites([HERE])
    assert [(panel.id, panel.revoked) for panel in listed] == [("yard", False), ("street", True)]
    assert await panels.by_key("key of street") is None
    assert await panels.by_key("key of yard") is not None
    assert [panel.id for panel in await panels.of_sites([THERE])] == ["far"]
    assert await panels.of_sites([]) == []


async def test_a_panel_is_known_to_have_been_seen(panels: Panels) -> None:
    await panels.add_code("code", STREET, NOW + 600)
    await panels.enroll("code", PanelId("p"), "key", "Panel", NOW)
    await panels.seen(PanelId("p"), NOW + 5)
    panel = await panels.by_key("key")
    assert panel is not None
    assert panel.last_seen == NOW + 5


async def test_sessions_that_have_run_out_are_cleared_when_somebody_signs_in(files: Path) -> None:
    engine = open_main(files / "intercom.db")
    people = SqlPeople(engine)
    async with engine.begin() as db:
        await db.execute(
            insert(t.accounts).values(id="a", email="a@b", email_key="a@b", first_name="A", last_name="B")
        )
    account = Account(AccountId("a"), "a@b", "A", "B")
    await sign_in(people, "old", account, until=NOW - 1)
    await sign_in(people, "new", account)
    async with engine.begin() as db:
        changed = await db.execute(update(t.sessions).values(agent="seen"))
    await engine.dispose()
    assert changed.rowcount == 1
