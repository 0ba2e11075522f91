"""The contracts of `ports.SiteInvitations` and `ports.Founding`, for every adapter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from intercom.domain.ids import AccountId, InvitationId, SiteId, UnitId
from intercom.domain.invitations import InvitationKind, InvitationState
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Account, Membership, Role, Standing
from intercom.ports import Letters, NewInvitation, People, SiteInvitations, Wanted
from intercom.storage import tables as t
from intercom.storage.engine import open_main
from intercom.storage.founding import SqlFounding
from intercom.storage.invitations import SqlInvitations
from intercom.storage.letters import SqlLetters
from intercom.storage.people import SqlPeople, email_key
from tests.fakes.invitations import MemoryInvitations
from tests.fakes.letters import MemoryLetters
from tests.fakes.people import MemoryPeople

HERE, THERE = SiteId("here"), SiteId("there")
MARTA = Account(AccountId("marta"), "marta@example.org", "Marta", "Koval")
FERHAT = Account(AccountId("ferhat"), "ferhat@example.org", "Ferhat", "Demir")
ANNA = Account(AccountId("anna"), "anna@example.org", "Anna", "Lind")
GONE = Account(AccountId("gone"), "gone@example.org", "Gone", "Away", active=False)
PEOPLE = {MARTA: "hash", FERHAT: None, ANNA: "hash", GONE: None}
INVITED = Standing.INVITED
ROLES = (
    Membership(MARTA.id, HERE, Role.OWNER),
    Membership(FERHAT.id, HERE, Role.RESIDENT, UnitId("f32"), INVITED),
    Membership(FERHAT.id, HERE, Role.RESIDENT, UnitId("f31"), INVITED),
    Membership(FERHAT.id, HERE, Role.AUDITOR, None, INVITED),
    Membership(FERHAT.id, THERE, Role.RESIDENT, UnitId("far"), INVITED),
    Membership(ANNA.id, HERE, Role.RESIDENT, UnitId("f31")),
    Membership(ANNA.id, HERE, Role.ADMIN, None, INVITED),
    Membership(GONE.id, HERE, Role.RESIDENT, UnitId("f31"), INVITED),
)
UNITS = {UnitId("f31"): ("Flat 31", HERE), UnitId("f32"): ("Flat 32", HERE), UnitId("far"): ("Far", THERE)}
NOW, WEEK = 1000.0, 7 * 86400.0


@dataclass
class Adapter:
    """Invitations with the people and letters that they are about."""

    invitations: SiteInvitations
    people: People
    letters: Letters


@pytest.fixture(params=["sqlite", "memory"])
async def adapter(request: pytest.FixtureRequest) -> AsyncIterator[Adapter]:
    if request.param == "memory":
        people, letters = MemoryPeople(), MemoryLetters()
        for account, password in PEOPLE.items():
            people.admit(account, password)
        people.roles.extend(ROLES)
        names = {unit: name for unit, (name, _) in UNITS.items()}
        yield Adapter(MemoryInvitations(people, letters, names), people, letters)
        return
    files: Path = request.getfixturevalue("files")
    engine = open_main(files / "intercom.db")
    async with engine.begin() as db:
        for site in (HERE, THERE):
            await db.execute(insert(t.sites).values(id=site, name=site, plate="1"))
        for unit, (name, site) in UNITS.items():
            await db.execute(insert(t.units).values(id=unit, site=site, name=name))
        for account, password in PEOPLE.items():
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
                insert(t.memberships).values(
                    account=m.account, site=m.site, role=m.role, unit=m.unit, standing=m.standing
                )
            )
    yield Adapter(SqlInvitations(engine), SqlPeople(engine), SqlLetters(engine))
    await engine.dispose()


@pytest.fixture
def invitations(adapter: Adapter) -> SiteInvitations:
    return adapter.invitations


def new(name: str, account: Account = FERHAT, *, code: str | None = None) -> NewInvitation:
    return NewInvitation(
        InvitationId(name),
        account.id,
        InvitationKind.PROFILE,
        f"token of {name}",
        MARTA.id,
        NOW + WEEK,
        code,
        None if code is None else NOW + WEEK,
    )


async def standings(adapter: Adapter, account: Account, site: SiteId = HERE) -> set[Standing]:
    return {m.standing for m in await adapter.people.memberships(account.id) if m.site == site}


async def test_an_invitation_is_found_by_its_link_alone(invitations: SiteInvitations) -> None:
    await invitations.issue(HERE, [new("i1")], NOW)
    found = await invitations.find("token of i1")
    assert found is not None
    invitation, by_code = found
    assert (invitation.id, invitation.site, invitation.account) == ("i1", HERE, FERHAT.id)
    assert (invitation.kind, invitation.stored) == (InvitationKind.PROFILE, InvitationState.WAITING)
    assert (invitation.inviter, invitation.created_at, invitation.expires_at) == (
        "Marta Koval",
        NOW,
        NOW + WEEK,
    )
    assert not by_code
    assert await invitations.find("token of i2") is None
    assert await invitations.find("") is None


async def test_a_new_invitation_replaces_the_old_one_of_that_site_and_person(
    invitations: SiteInvitations,
) -> None:
    await invitations.issue(HERE, [new("i1", code="code1"), new("other", ANNA)], NOW)
    await invitations.issue(THERE, [new("far")], NOW)
    await invitations.issue(HERE, [new("i2")], NOW + 1)
    for secret in ("token of i1", "code1"):
        found = await invitations.find(secret)
        assert found is not None
        assert found[0].stored is InvitationState.REPLACED
    for secret in ("token of i2", "token of other", "token of far"):
        found = await invitations.find(secret)
        assert found is not None
        assert found[0].stored is InvitationState.WAITING
    assert {a: i.id for a, i in (await invitations.current(HERE, [FERHAT.id, ANNA.id])).items()} == {
        FERHAT.id: "i2",
        ANNA.id: "other",
    }


async def test_a_printed_code_stands_beside_the_link_and_replaces_an_older_code(
    invitations: SiteInvitations,
) -> None:
    await invitations.issue(HERE, [new("i1")], NOW)
    assert await invitations.print(InvitationId("i1"), "code1", NOW + 5)
    assert await invitations.print(InvitationId("i1"), "code2", NOW + 6)
    assert await invitations.find("code1") is None
    found = await invitations.find("code2")
    assert found is not None
    assert (found[0].id, found[0].code_expires_at, found[1]) == ("i1", NOW + 6, True)
    link = await invitations.find("token of i1")
    assert link is not None
    assert not link[1]


async def test_nothing_is_printed_for_an_invitation_that_waits_no_more(invitations: SiteInvitations) -> None:
    await invitations.issue(HERE, [new("i1")], NOW)
    await invitations.void(HERE, FERHAT.id)
    assert not await invitations.print(InvitationId("i1"), "code1", NOW + 5)
    assert await invitations.find("code1") is None


async def test_who_is_invited_as_what(invitations: SiteInvitations) -> None:
    ferhat, anna = await invitations.invitees(HERE, [FERHAT.id, ANNA.id])
    assert (ferhat.account, ferhat.units, ferhat.roles) == (FERHAT, ("Flat 32", "Flat 31"), (Role.AUDITOR,))
    assert (ferhat.known, ferhat.waits, ferhat.member) == (False, True, False)
    assert (anna.units, anna.roles) == ((), (Role.ADMIN,))  # what waits; not what she is already
    assert (anna.known, anna.waits, anna.member) == (True, True, True)
    (marta,) = await invitations.invitees(HERE, [MARTA.id, AccountId("nobody")])
    assert (marta.roles, marta.waits) == ((Role.OWNER,), False)
    assert await invitations.invitees(THERE, [MARTA.id]) == []
    assert await invitations.invitees(HERE, []) == []


async def test_a_site_vouches_for_a_profile_from_its_printed_letter(adapter: Adapter) -> None:
    await adapter.invitations.issue(HERE, [new("i1")], NOW)
    done = await adapter.invitations.complete(InvitationId("i1"), "F", "D", "hash", NOW, vouched_by=HERE)
    known = await adapter.people.by_email(FERHAT.email)
    assert done
    assert known is not None
    assert known[0].vouched_by == HERE


async def test_a_profile_is_completed_once(adapter: Adapter) -> None:
    invitations = adapter.invitations
    await invitations.issue(HERE, [new("i1")], NOW)
    assert await invitations.complete(InvitationId("i1"), "Ferhat", "Demir-Ay", "new hash", NOW + 1)
    known = await adapter.people.by_email(FERHAT.email)
    assert known == (replace(FERHAT, last_name="Demir-Ay"), "new hash")
    found = await invitations.find("token of i1")
    assert found is not None
    assert (found[0].stored, found[0].used_at) == (InvitationState.USED, NOW + 1)
    assert not await invitations.complete(InvitationId("i1"), "Thief", "Thief", "other", NOW + 2)
    assert await adapter.people.by_email(FERHAT.email) == known
    assert await standings(adapter, FERHAT) == {INVITED}


@pytest.mark.parametrize("who", [ANNA, GONE])
async def test_nobody_gets_a_password_over_the_one_they_have_nor_once_they_left(
    adapter: Adapter, who: Account
) -> None:
    await adapter.invitations.issue(HERE, [new("i1", who)], NOW)
    assert not await adapter.invitations.complete(InvitationId("i1"), "A", "B", "new hash", NOW)
    account = await adapter.people.account(who.id)
    assert account == who
    found = await adapter.invitations.find("token of i1")
    assert found is not None
    assert found[0].stored is InvitationState.WAITING


async def test_confirming_makes_all_that_waits_at_that_site_active_once(adapter: Adapter) -> None:
    invitations = adapter.invitations
    await invitations.issue(HERE, [new("i1")], NOW)
    assert await invitations.confirm(HERE, FERHAT.id, NOW + 1, InvitationId("i1"))
    assert await standings(adapter, FERHAT) == {Standing.ACTIVE}
    assert await standings(adapter, FERHAT, THERE) == {INVITED}
    assert await standings(adapter, GONE) == {INVITED}
    found = await invitations.find("token of i1")
    assert found is not None
    assert (found[0].stored, found[0].used_at) == (InvitationState.USED, NOW + 1)
    assert not await invitations.confirm(HERE, FERHAT.id, NOW + 2, InvitationId("i1"))
    assert not await invitations.confirm(HERE, FERHAT.id, NOW + 2)


async def test_an_invitation_that_is_over_confirms_nothing(adapter: Adapter) -> None:
    await adapter.invitations.issue(HERE, [new("i1")], NOW)
    await adapter.invitations.issue(HERE, [new("i2")], NOW)
    assert not await adapter.invitations.confirm(HERE, FERHAT.id, NOW, InvitationId("i1"))
    assert not await adapter.invitations.confirm(THERE, FERHAT.id, NOW, InvitationId("i2"))
    assert await standings(adapter, FERHAT) == {INVITED}


async def test_who_is_signed_in_anyway_confirms_without_the_link_and_uses_it_up(adapter: Adapter) -> None:
    await adapter.invitations.issue(HERE, [new("i1")], NOW)
    assert await adapter.invitations.confirm(HERE, FERHAT.id, NOW)
    found = await adapter.invitations.find("token of i1")
    assert found is not None
    assert found[0].stored is InvitationState.USED


async def test_of_many_who_come_at_once_one_does(adapter: Adapter) -> None:
    await adapter.invitations.issue(HERE, [new("i1")], NOW)
    tries = (adapter.invitations.confirm(HERE, FERHAT.id, NOW, InvitationId("i1")) for _ in range(8))
    assert sum(await asyncio.gather(*tries)) == 1


async def test_an_invitation_called_back_stays_in_the_list_and_a_dropped_one_leaves_it(
    invitations: SiteInvitations,
) -> None:
    await invitations.issue(HERE, [new("i1")], NOW)
    assert await invitations.void(HERE, FERHAT.id)
    assert not await invitations.void(HERE, FERHAT.id)
    rows, found = await invitations.of_site(HERE, Wanted(), NOW)
    assert ([row.stored for row in rows], found) == ([InvitationState.VOID], 1)
    await invitations.drop(HERE, FERHAT.id)
    assert await invitations.of_site(HERE, Wanted(), NOW) == ([], 0)
    assert await invitations.current(HERE, [FERHAT.id]) == {}


async def test_the_list_is_searched_and_turned_over_newest_first(invitations: SiteInvitations) -> None:
    await invitations.issue(HERE, [new("a", FERHAT)], NOW)
    await invitations.issue(HERE, [new("b", ANNA)], NOW + 1)
    await invitations.issue(HERE, [new("c", GONE)], NOW + 2)
    await invitations.issue(THERE, [new("far", FERHAT)], NOW + 3)

    async def ids(wanted: Wanted) -> tuple[list[str], int]:
        rows, found = await invitations.of_site(HERE, wanted, NOW)
        return [row.id for row in rows], found

    assert await ids(Wanted()) == (["c", "b", "a"], 3)
    assert await ids(Wanted(limit=1, offset=1)) == (["b"], 3)
    assert await ids(Wanted(text="LIND anna")) == (["b"], 1)
    assert await ids(Wanted(text="ferhat@")) == (["a"], 1)
    assert await ids(Wanted(text="%")) == ([], 0)


async def test_the_list_is_sifted_by_state(adapter: Adapter) -> None:
    invitations = adapter.invitations
    people = (FERHAT, ANNA, GONE, MARTA)
    await invitations.issue(HERE, [new(a.first_name, a) for a in people], NOW)
    await invitations.void(HERE, GONE.id)
    await invitations.confirm(HERE, ANNA.id, NOW)
    await invitations.print(InvitationId("Marta"), "code", NOW + 2 * WEEK)

    async def ids(state: InvitationState, now: float) -> set[str]:
        rows, found = await invitations.of_site(HERE, Wanted(state=state), now)
        assert found == len(rows)
        assert all(row.state(now) is state for row in rows)
        return {row.id for row in rows}

    assert await ids(InvitationState.WAITING, NOW) == {"Ferhat", "Marta"}
    assert await ids(InvitationState.WAITING, NOW + WEEK) == {"Marta"}
    assert await ids(InvitationState.RUN_OUT, NOW + WEEK) == {"Ferhat"}
    assert await ids(InvitationState.USED, NOW) == {"Anna"}
    assert await ids(InvitationState.VOID, NOW) == {"Gone"}


async def test_the_list_is_sifted_by_letters_that_did_not_arrive(adapter: Adapter) -> None:
    await adapter.invitations.issue(HERE, [new("a", FERHAT), new("b", ANNA)], NOW)
    for name in ("a", "b"):
        letter = Letter(LetterKind.REMOVED, "x@example.org", "en", None, {"name": "X"}, about=name)
        await adapter.letters.add([(f"letter {name}", letter, None)], NOW)
    await adapter.letters.failed("letter a", "550 no", None)
    await adapter.letters.failed("letter b", "451 later", NOW + 60)
    rows, found = await adapter.invitations.of_site(HERE, Wanted(undelivered=True), NOW)
    assert ([row.id for row in rows], found) == (["a"], 1)


async def test_the_first_owner_is_added_only_while_nobody_owns_anything(files: Path) -> None:
    engine = open_main(files / "intercom.db")
    founding, people = SqlFounding(engine), SqlPeople(engine)
    assert not await founding.begun()
    assert await founding.add(MARTA, "hash", NOW)
    again = replace(MARTA, id=AccountId("m2"), first_name="Maria")
    assert await founding.add(again, "hash 2", NOW)  # it broke off before there was a site
    assert await people.by_email("Marta@example.org") == (again, "hash 2")
    async with engine.begin() as db:
        await db.execute(insert(t.sites).values(id=HERE, name="Here", plate="1"))
        await db.execute(insert(t.memberships).values(account="m2", site=HERE, role=Role.OWNER))
    assert await founding.begun()
    assert not await founding.add(FERHAT, "hash", NOW)
    assert await people.by_email(FERHAT.email) is None
    await engine.dispose()
