"""The duty list of a site: who is on it, in which order, and who may be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update

from intercom.domain.errors import NotAllowed, NotFound, Taken
from intercom.domain.hours import read_day
from intercom.domain.ids import AccountId, UnitId
from intercom.domain.people import Role, Standing
from intercom.services.duty import DutyList
from intercom.storage import tables as t
from intercom.storage.phonebooks import SqlPhonebooks
from tests.fakes.adapters import new_files
from tests.fakes.town import FAR, HERE, Town
from tests.fakes.town import town as a_town

MONA, RITA = AccountId("mona"), AccountId("rita")


@pytest.fixture
async def town(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Mona lives here as well."""
    async with a_town(new_files(tmp_path, tmp_path_factory.getbasetemp())) as town:
        async with town.engine.begin() as db:
            mona = {"account": "mona", "site": HERE, "role": Role.RESIDENT.value, "unit": "flat"}
            await db.execute(insert(t.memberships).values(standing=Standing.ACTIVE.value, **mona))
        yield town


@pytest.fixture
def duty(town: Town) -> DutyList:
    return DutyList(town.sites, town.staff, town.people, town.events, town.tell, town.clock)


async def rung(town: Town) -> list[str]:
    book = SqlPhonebooks(town.engine)
    await book.load()
    return list(await book.duty(HERE))


async def test_people_are_put_on_the_list_ordered_and_taken_off(town: Town, duty: DutyList) -> None:
    adam = await town.session("adam")
    for name in ("mona", "rita"):
        await duty.add(adam, HERE, f"{name}@example.org")
    assert await rung(town) == ["mona", "rita"]
    await duty.move(adam, HERE, RITA, up=True)
    await duty.move(adam, HERE, RITA, up=True)
    assert await rung(town) == ["rita", "mona"]
    rows = await duty.remove(adam, HERE, RITA)
    assert [(row.account.id, row.rings) for row in rows] == [(MONA, True)]
    assert set(town.noted()) == {"duty_changed"}
    assert len(town.noted()) == len(town.changed) == 4, "moving up the first changes nothing"


@pytest.mark.parametrize(
    "email", ["adam@example.org", "fred@example.org", "nora@example.org", "no@example.org"]
)
async def test_only_residents_of_the_site_who_came_can_be_on_duty(
    town: Town, duty: DutyList, email: str
) -> None:
    with pytest.raises(NotFound, match="Only people of a unit"):
        await duty.add(await town.session("adam"), HERE, email)
    assert await rung(town) == []


async def test_nobody_is_on_the_list_twice(town: Town, duty: DutyList) -> None:
    adam = await town.session("adam")
    await duty.add(adam, HERE, "RITA@example.org")
    with pytest.raises(Taken):
        await duty.add(adam, HERE, "rita@example.org")
    with pytest.raises(NotFound):
        await duty.remove(adam, HERE, MONA)


async def test_whoever_left_or_was_deactivated_is_not_rung_and_the_list_says_so(
    town: Town, duty: DutyList
) -> None:
    adam = await town.session("adam")
    for name in ("mona", "rita"):
        await duty.add(adam, HERE, f"{name}@example.org")
    async with town.engine.begin() as db:
        m = t.memberships.c
        await db.execute(delete(t.memberships).where(m.account == "mona", m.role == Role.RESIDENT))
    assert await rung(town) == ["rita"]
    assert [row.rings for row in await duty.of_site(adam, HERE)] == [False, True]
    async with town.engine.begin() as db:
        await db.execute(update(t.accounts).where(t.accounts.c.id == "rita").values(active=False))
    assert await rung(town) == []


async def test_only_those_who_edit_the_site_see_and_change_the_list(town: Town, duty: DutyList) -> None:
    for name in ("rita", "aude", "ines", "fred"):
        with pytest.raises((NotAllowed, NotFound)):
            await duty.of_site(await town.session(name), HERE)
        with pytest.raises((NotAllowed, NotFound)):
            await duty.add(await town.session(name), HERE, "rita@example.org")
    with pytest.raises((NotAllowed, NotFound)):
        await duty.of_site(await town.session("adam"), FAR)


async def test_a_unit_keeps_its_own_hours_when_it_gets_another_name(town: Town) -> None:
    adam, flat = await town.session("adam"), UnitId("flat")
    await town.units.set_hours(adam, HERE, flat, read_day(2, "08:00-12:00"))
    await town.units.edit(adam, HERE, flat, "Shop 1")
    book = SqlPhonebooks(town.engine)
    await book.load()
    (unit,) = await book.units(HERE)
    assert (unit.name, unit.hours) == ("Shop 1", read_day(2, "08:00-12:00"))
    await town.units.set_hours(adam, HERE, flat, ())
    assert (await town.units.unit(adam, HERE, flat)).unit.hours == ()
    assert town.noted().count("unit_hours_changed") == 2
