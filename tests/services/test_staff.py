"""Naming and dismissing the people who run a site, and handing it over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from intercom.domain.errors import Invalid, NotAllowed, NotFound, Taken
from intercom.domain.ids import AccountId, Secret
from intercom.domain.letters import LetterKind
from intercom.domain.people import INSTALLER_SECONDS, Power, Role, Standing
from intercom.ports import Release
from intercom.services.staff import Newcomer
from intercom.storage import tables as t
from intercom.storage.checks import SqlChecks
from tests.fakes.adapters import new_files
from tests.fakes.town import FAR, HERE, Town
from tests.fakes.town import town as a_town

FRED, RITA, ADAM = (Newcomer(f"{name}@example.org") for name in ("fred", "rita", "adam"))


@pytest.fixture
async def town(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(new_files(tmp_path, tmp_path_factory.getbasetemp())) as town:
        yield town


async def owners(town: Town) -> list[str]:
    async with town.engine.connect() as db:
        m = t.memberships.c
        rows = await db.execute(select(m.account).where(m.site == HERE, m.role == "owner"))
        return list(rows.scalars())


async def test_the_owner_comes_first_then_the_others_by_role(town: Town) -> None:
    found = await town.appointments.of_site(await town.session("olga"), HERE)
    assert [(m.account.id, m.role) for m in found] == [
        ("olga", Role.OWNER),
        ("adam", Role.ADMIN),
        ("ines", Role.INSTALLER),
        ("aude", Role.AUDITOR),
    ]


async def test_somebody_with_an_account_is_invited_and_may_nothing_before_they_come(town: Town) -> None:
    olga = await town.session("olga")
    member = await town.appointments.appoint(olga, HERE, Newcomer(" FRED@example.org"), Role.ADMIN)
    assert (member.account.id, member.standing) == ("fred", Standing.INVITED)
    assert town.invited == ["fred"]
    assert not (await town.session("fred")).may(Power.EDIT_SITE, HERE)
    assert (await town.session("fred")).may(Power.EDIT_SITE, FAR)
    assert town.noted() == ["appointed"]


async def test_somebody_of_the_site_has_the_role_at_once(town: Town) -> None:
    member = await town.appointments.appoint(await town.session("olga"), HERE, RITA, Role.AUDITOR)
    assert member.standing is Standing.ACTIVE
    assert not town.invited
    rita = await town.session("rita")
    assert rita.may(Power.READ_LOG, HERE)
    assert rita.may(Power.ANSWER, HERE), "what she was she stays"


async def test_somebody_unknown_needs_a_name_and_gets_an_account_without_a_password(town: Town) -> None:
    olga = await town.session("olga")
    with pytest.raises(Invalid) as refused:
        await town.appointments.appoint(olga, HERE, Newcomer("new@example.org"), Role.ADMIN)
    assert set(refused.value.details["fields"]) == {"first_name", "last_name"}
    assert await town.staff.by_email("new@example.org") is None
    member = await town.appointments.appoint(
        olga, HERE, Newcomer("new@example.org", "Nia", "Neu"), Role.ADMIN
    )
    assert member.account.name == "Nia Neu"
    assert await town.people.by_email("new@example.org") is None, "there is no password yet"
    assert town.invited == [member.account.id]


async def test_an_installer_has_a_day_which_begins_anew_when_named_again(town: Town) -> None:
    adam = await town.session("adam")
    first = await town.appointments.appoint(adam, HERE, RITA, Role.INSTALLER)
    assert first.expires_at == town.clock.now() + INSTALLER_SECONDS
    assert (await town.session("rita")).may(Power.RUN_PANELS, HERE)
    town.clock.passes(3600)
    again = await town.appointments.appoint(adam, HERE, RITA, Role.INSTALLER)
    assert again.expires_at == town.clock.now() + INSTALLER_SECONDS
    town.clock.passes(INSTALLER_SECONDS)
    assert not (await town.session("rita")).may(Power.RUN_PANELS, HERE)
    listed = await town.appointments.of_site(adam, HERE)
    assert ("rita", Role.INSTALLER) not in [(m.account.id, m.role) for m in listed]


async def test_a_site_in_service_has_no_installers_until_it_is_opened_for_work_again(town: Town) -> None:
    adam, checks = await town.session("adam"), SqlChecks(town.engine)
    await checks.release(HERE, Release(town.clock.now()))
    with pytest.raises(Invalid) as refused:
        await town.appointments.appoint(adam, HERE, RITA, Role.INSTALLER)
    assert "in service" in refused.value.details["fields"]["role"]
    assert not (await town.session("rita")).may(Power.RUN_PANELS, HERE)
    await town.appointments.appoint(await town.session("olga"), HERE, RITA, Role.AUDITOR)
    await checks.release(HERE, None)
    await town.appointments.appoint(adam, HERE, RITA, Role.INSTALLER)
    assert (await town.session("rita")).may(Power.RUN_PANELS, HERE)


async def test_who_has_a_role_does_not_get_it_twice(town: Town) -> None:
    olga = await town.session("olga")
    with pytest.raises(Taken):
        await town.appointments.appoint(olga, HERE, ADAM, Role.ADMIN)
    with pytest.raises(Taken):
        await town.appointments.appoint(olga, HERE, Newcomer("olga@example.org"), Role.ADMIN)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
async def test_an_admin_names_and_dismisses_installers_only(town: Town, role: Role) -> None:
    adam = await town.session("adam")
    with pytest.raises(NotAllowed):
        await town.appointments.appoint(adam, HERE, RITA, role)
    with pytest.raises(NotAllowed):
        await town.appointments.dismiss(adam, HERE, AccountId("aude"), role)
    assert town.lost == []
    await town.appointments.dismiss(adam, HERE, AccountId("ines"), Role.INSTALLER)
    assert town.lost == [("ines", HERE)], "without any part left they are signed out"
    with pytest.raises(NotFound):
        await town.appointments.of_site(await town.session("ines"), HERE)


@pytest.mark.parametrize("role", [Role.OWNER, Role.RESIDENT, Role.MANAGER])
async def test_other_roles_are_not_given_this_way(town: Town, role: Role) -> None:
    with pytest.raises(Invalid):
        await town.appointments.appoint(await town.session("olga"), HERE, RITA, role)
    with pytest.raises(Invalid):
        await town.appointments.dismiss(await town.session("olga"), HERE, AccountId("olga"), role)


async def test_a_dismissed_admin_may_nothing_from_then_on(town: Town) -> None:
    olga = await town.session("olga")
    await town.appointments.dismiss(olga, HERE, AccountId("adam"), Role.ADMIN)
    assert not (await town.session("adam")).memberships
    with pytest.raises(NotFound):
        await town.appointments.dismiss(olga, HERE, AccountId("adam"), Role.ADMIN)
    with pytest.raises(NotFound):
        await town.appointments.dismiss(olga, HERE, AccountId("fred"), Role.ADMIN)
    assert town.noted() == ["dismissed"]


# -- ownership --


@pytest.mark.parametrize("heir", ["adam", "rita"])
async def test_a_site_is_handed_to_an_admin_or_resident_and_has_one_owner(town: Town, heir: str) -> None:
    olga = await town.session("olga")
    assert {h.id for h in await town.appointments.heirs(olga, HERE)} == {"adam", "rita"}
    await town.appointments.transfer(olga, HERE, AccountId(heir), Secret("right"), "address")
    assert await owners(town) == [heir]
    assert (await town.session("olga")).roles(HERE) == {Role.ADMIN}
    roles = (await town.session(heir)).roles(HERE)
    assert roles == ({Role.OWNER, Role.RESIDENT} if heir == "rita" else {Role.OWNER})
    assert town.noted() == ["ownership_transferred"]
    assert [(letter.kind, letter.to) for letter in town.mail.letters] == [
        (LetterKind.OWNERSHIP, f"{heir}@example.org")
    ]


@pytest.mark.parametrize("heir", ["nora", "ines", "aude", "mona", "fred", "olga", "nobody"])
async def test_it_is_handed_to_nobody_else(town: Town, heir: str) -> None:
    with pytest.raises(NotFound):
        await town.appointments.transfer(
            await town.session("olga"), HERE, AccountId(heir), Secret("right"), "address"
        )
    assert await owners(town) == ["olga"]


async def test_nor_to_an_account_that_is_not_active(town: Town) -> None:
    async with town.engine.begin() as db:
        await db.execute(update(t.accounts).where(t.accounts.c.id == "adam").values(active=False))
    with pytest.raises(NotFound):
        await town.appointments.transfer(
            await town.session("olga"), HERE, AccountId("adam"), Secret("right"), "address"
        )


async def test_it_takes_the_owners_password_once_more(town: Town) -> None:
    with pytest.raises(Invalid) as refused:
        await town.appointments.transfer(
            await town.session("olga"), HERE, AccountId("adam"), Secret("wrong"), "address"
        )
    assert list(refused.value.details["fields"]) == ["password"]
    assert await owners(town) == ["olga"]
    assert not town.mail.letters


async def test_handed_to_two_at_once_it_goes_to_one(town: Town) -> None:
    olga = await town.session("olga")
    both = await asyncio.gather(
        *(
            town.appointments.transfer(olga, HERE, AccountId(heir), Secret("right"), "address")
            for heir in ("adam", "rita")
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in both if isinstance(one, Exception)] == [NotAllowed]
    assert len(await owners(town)) == 1
