"""The contract of `ports.Accounts`, for every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from intercom.domain.ids import AccountId, DeviceId, SessionId, SiteId, UnitId
from intercom.domain.people import Account, KnownDevice, Membership, Role, Standing
from intercom.domain.profile import DELETED, KnownSession
from intercom.ports import Accounts, People
from intercom.storage import tables as t
from intercom.storage.accounts import SqlAccounts
from intercom.storage.engine import open_main
from intercom.storage.events import SqlEvents
from intercom.storage.people import SqlPeople, email_key
from tests.fakes.accounts import MemoryAccounts
from tests.fakes.people import MemoryPeople

HERE, THERE = SiteId("here"), SiteId("there")
ANNA = Account(AccountId("anna"), "anna@example.org", "Anna", "Lind", phone="+34600123456", language="de")
BEN = Account(AccountId("ben"), "ben@example.org", "Ben", "Lind")
OLGA = Account(AccountId("olga"), "olga@example.org", "Olga", "Owner")
GONE = Account(AccountId("gone"), "gone@example.org", "Gone", "Away", active=False)
EVERYBODY = (ANNA, BEN, OLGA, GONE)
ROLES = (
    Membership(ANNA.id, HERE, Role.RESIDENT, UnitId("flat")),
    Membership(ANNA.id, HERE, Role.MANAGER, UnitId("flat")),
    Membership(ANNA.id, THERE, Role.RESIDENT, UnitId("loft"), Standing.INVITED),
    Membership(BEN.id, HERE, Role.RESIDENT, UnitId("flat"), Standing.INACTIVE),
    Membership(OLGA.id, HERE, Role.OWNER),
)
NOW = 1000.0


@dataclass
class Adapter:
    """Accounts and people over one store."""

    accounts: Accounts
    people: People
    engine: Any = None


@pytest.fixture(params=["sqlite", "memory"])
async def adapter(request: pytest.FixtureRequest) -> AsyncIterator[Adapter]:
    if request.param == "memory":
        people = MemoryPeople()
        for account in EVERYBODY:
            people.admit(account, f"hash of {account.id}", *(m for m in ROLES if m.account == account.id))
        yield Adapter(MemoryAccounts(people), people)
        return
    files: Path = request.getfixturevalue("files")
    engine = open_main(files / "intercom.db")
    async with engine.begin() as db:
        for site in (HERE, THERE):
            await db.execute(insert(t.sites).values(id=site, name=site, plate="1"))
        for unit, site in (("flat", HERE), ("loft", THERE)):
            await db.execute(insert(t.units).values(id=unit, site=site, name=unit))
        for account in EVERYBODY:
            await db.execute(
                insert(t.accounts).values(
                    id=account.id,
                    email=account.email,
                    email_key=email_key(account.email),
                    first_name=account.first_name,
                    last_name=account.last_name,
                    password_hash=f"hash of {account.id}",
                    active=account.active,
                    phone=account.phone,
                    language=account.language,
                )
            )
        for m in ROLES:
            await db.execute(
                insert(t.memberships).values(
                    account=m.account, site=m.site, role=m.role.value, unit=m.unit, standing=m.standing.value
                )
            )
    yield Adapter(SqlAccounts(engine), SqlPeople(engine), engine)
    await engine.dispose()


@pytest.fixture
def accounts(adapter: Adapter) -> Accounts:
    return adapter.accounts


@pytest.fixture
def people(adapter: Adapter) -> People:
    return adapter.people


async def sign_in(people: People, token: str, who: Account = ANNA, since: float = NOW) -> SessionId:
    await people.add_session(token, SessionId(token), who.id, f"browser {token}", since, since + 100)
    return SessionId(token)


async def test_the_hash_is_that_of_an_active_account(accounts: Accounts) -> None:
    assert await accounts.password_hash(ANNA.id) == "hash of anna"
    assert await accounts.password_hash(GONE.id) is None
    assert await accounts.password_hash(AccountId("nobody")) is None


async def test_name_phone_and_language_change_and_nothing_else_does(
    accounts: Accounts, people: People
) -> None:
    await accounts.rename(ANNA.id, "Änne", "")
    await accounts.set_phone(ANNA.id, None)
    await accounts.set_language(ANNA.id, None)
    expected = replace(ANNA, first_name="Änne", last_name="", phone=None, language=None)
    assert await people.account(ANNA.id) == expected
    await accounts.set_phone(BEN.id, "+4930123456")
    await accounts.set_language(BEN.id, "fr")
    assert await people.account(BEN.id) == replace(BEN, phone="+4930123456", language="fr")
    assert await people.by_email(ANNA.email) == (expected, "hash of anna")


async def test_sessions_are_listed_newest_first_without_those_that_ran_out(
    accounts: Accounts, people: People
) -> None:
    await sign_in(people, "old", since=NOW)
    await sign_in(people, "new", since=NOW + 50)
    await sign_in(people, "bens", BEN)
    assert await accounts.sessions(ANNA.id, NOW + 60) == [
        KnownSession(SessionId("new"), ANNA.id, "browser new", NOW + 50, NOW + 150),
        KnownSession(SessionId("old"), ANNA.id, "browser old", NOW, NOW + 100),
    ]
    assert [s.id for s in await accounts.sessions(ANNA.id, NOW + 100)] == ["new"]
    await accounts.seen(SessionId("new"), NOW + 70)
    await accounts.seen(SessionId("nobody's"), NOW + 70)
    assert [s.last_seen for s in await accounts.sessions(ANNA.id, NOW + 60)] == [NOW + 70, None]


async def test_all_sessions_end_but_the_one_that_is_kept_and_their_devices_with_them(
    accounts: Accounts, people: People
) -> None:
    one, two = await sign_in(people, "one"), await sign_in(people, "two")
    bens = await sign_in(people, "bens", BEN)
    phone = KnownDevice(DeviceId("phone"), ANNA.id, one, "phone")
    await people.add_device(phone, NOW)
    assert list(await accounts.end_sessions(ANNA.id, keep=two)) == [one]
    assert await people.session("one", NOW) is None
    assert await people.session("two", NOW) is not None
    assert await people.device(phone.id) is None
    assert list(await accounts.end_sessions(ANNA.id)) == [two]
    assert list(await accounts.end_sessions(ANNA.id)) == []
    assert [s.id for s in await accounts.sessions(BEN.id, NOW)] == [bens]


async def test_the_sites_of_somebody_are_those_where_they_have_any_part(accounts: Accounts) -> None:
    assert list(await accounts.sites(ANNA.id)) == [HERE, THERE]
    assert list(await accounts.sites(BEN.id)) == [HERE]
    assert list(await accounts.sites(GONE.id)) == []
    assert await accounts.owner(HERE) == OLGA
    assert await accounts.owner(THERE) is None


async def test_a_wish_to_be_deleted_waits_for_every_site(accounts: Accounts) -> None:
    assert await accounts.deletion(ANNA.id) is None
    assert await accounts.consent(ANNA.id, HERE, OLGA.id, NOW) is False
    await accounts.ask_deletion(ANNA.id, [HERE, THERE], NOW)
    await accounts.ask_deletion(ANNA.id, [HERE, THERE], NOW + 5)
    asked = await accounts.deletion(ANNA.id)
    assert asked is not None
    assert (asked.asked_at, asked.needed, asked.given) == (NOW, (HERE, THERE), ())
    await accounts.ask_deletion(BEN.id, [HERE], NOW + 1)
    assert [(a.id, at) for a, at in await accounts.deletions_at(HERE)] == [(ANNA.id, NOW), (BEN.id, NOW + 1)]
    assert await accounts.consent(ANNA.id, HERE, OLGA.id, NOW + 2) is True
    assert await accounts.consent(ANNA.id, HERE, OLGA.id, NOW + 3) is False
    asked = await accounts.deletion(ANNA.id)
    assert asked is not None
    assert asked.missing == (THERE,)
    assert [a.id for a, _ in await accounts.deletions_at(HERE)] == [BEN.id]
    assert [a.id for a, _ in await accounts.deletions_at(THERE)] == [ANNA.id]


async def test_a_site_that_was_joined_after_asking_is_asked_too(accounts: Accounts) -> None:
    await accounts.ask_deletion(ANNA.id, [HERE], NOW)
    assert [a.id for a, _ in await accounts.deletions_at(THERE)] == [ANNA.id]
    assert await accounts.consent(ANNA.id, THERE, OLGA.id, NOW) is True
    assert await accounts.consent(ANNA.id, THERE, OLGA.id, NOW) is False


async def test_a_withdrawn_wish_takes_its_consents_with_it(accounts: Accounts) -> None:
    await accounts.ask_deletion(ANNA.id, [HERE, THERE], NOW)
    await accounts.consent(ANNA.id, HERE, OLGA.id, NOW)
    await accounts.withdraw_deletion(ANNA.id)
    await accounts.withdraw_deletion(ANNA.id)
    assert await accounts.deletion(ANNA.id) is None
    assert await accounts.deletions_at(HERE) == []
    await accounts.ask_deletion(ANNA.id, [HERE, THERE], NOW + 9)
    asked = await accounts.deletion(ANNA.id)
    assert asked is not None
    assert asked.missing == (HERE, THERE)


async def test_who_is_erased_leaves_a_row_without_a_name_and_a_free_e_mail(
    accounts: Accounts, people: People
) -> None:
    await sign_in(people, "token")
    await accounts.ask_deletion(ANNA.id, [HERE, THERE], NOW)
    await accounts.erase(ANNA.id, DELETED, NOW)
    assert await people.account(ANNA.id) == Account(ANNA.id, "", DELETED, "", active=False)
    assert await people.by_email(ANNA.email) is None
    assert await people.session("token", NOW) is None
    assert list(await people.memberships(ANNA.id)) == []
    assert await accounts.deletion(ANNA.id) is None
    assert await accounts.password_hash(ANNA.id) is None
    await accounts.erase(BEN.id, DELETED, NOW)
    assert await people.account(OLGA.id) == OLGA


async def test_nothing_of_an_erased_person_is_left_in_the_file_but_the_row(files: Path) -> None:
    engine = open_main(files / "intercom.db")
    accounts, events = SqlAccounts(engine), SqlEvents(engine)
    async with engine.begin() as db:
        await db.execute(insert(t.sites).values(id=HERE, name="here", plate="1"))
        await db.execute(insert(t.units).values(id="flat", site=HERE, name="flat"))
        await db.execute(
            insert(t.accounts).values(
                id=ANNA.id,
                email=ANNA.email,
                email_key=ANNA.email,
                first_name="Anna",
                last_name="Lind",
                phone=ANNA.phone,
                password_hash="a hash",
                quiet_zone="Atlantic/Stanley",
                vouched_by=HERE,
            )
        )
        of_anna = {"account": ANNA.id, "created_at": NOW}
        until = {"expires_at": NOW + 9}
        for table, values in (
            (t.memberships, {"site": HERE, "role": "resident", "unit": "flat"}),
            (t.entries, {"id": "e", "site": HERE, "unit": "flat", "alias": "Lind"}),
            (t.sessions, {"id": "s", "token_hash": "t", "agent": "x"} | until),
            (t.devices, {"id": "d", "session": "s", "name": "Anna’s phone"}),
            (t.push_subscriptions, {"device": "d", "endpoint": "https://push", "p256dh": "p", "auth": "a"}),
            (t.quiet_spans, {"weekday": 1, "start": 60, "end": 70}),
            (t.tokens, {"hash": "h", "purpose": "p", "data": "{}"} | until),
            (t.factors, {"id": "f", "kind": "sms", "name": ANNA.phone}),
            (t.trusted_devices, {"id": "td", "token_hash": "tt", "agent": "x"} | until),
            (t.identities, {"issuer": "i", "subject": "s", "email": ANNA.email}),
            (t.invitations, {"id": "i", "site": HERE, "kind": "site", "token_hash": "it"} | until),
        ):
            row = {key: value for key, value in (of_anna | values).items() if key in table.c}
            await db.execute(insert(table).values(**row))
        letter = {"id": "l", "kind": "k", "recipient": ANNA.email, "language": "en", "created_at": NOW}
        await db.execute(insert(t.letters).values(**{k: v for k, v in letter.items() if k in t.letters.c}))
    await events.note(HERE, NOW, ANNA.id, "resident_added", "Anna Lind", email=ANNA.email, unit="flat")
    await accounts.erase(ANNA.id, DELETED, NOW + 1)
    left: list[str] = []
    async with engine.connect() as db:
        for table in t.metadata.sorted_tables:
            left += [f"{table.name} {dict(row)}" for row in (await db.execute(select(table))).mappings()]
    await engine.dispose()
    assert {line.split()[0] for line in left} == {"sites", "units", "accounts", "events"}
    text = " ".join(left)
    for trace in ("Anna", "Lind", "anna@", "+34600", "a hash", "Stanley"):
        assert trace not in text, trace
