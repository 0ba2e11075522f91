"""Residents: added, dressed, moved, deactivated, removed; over a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from intercom.domain.directory import Show
from intercom.domain.errors import Invalid, NotAllowed, NotFound, NotNow, Taken
from intercom.domain.ids import EntryId, UnitId
from intercom.domain.people import Role, Standing
from intercom.domain.phonebook import DisplayPolicy
from intercom.services.residents import Look, NewResident
from intercom.storage import tables as t
from tests.fakes.adapters import new_files
from tests.fakes.residence import BIRCH, FAR, FAR_FLAT, FLAT31, FLAT32, SHOP, Residence, residence

ANNA, BEN, FERHAT, CLEO, ZED = (EntryId(f"e-{name}") for name in ("anna", "ben", "ferhat", "cleo", "zed"))
PLAIN = Look(None, contact=False, policy=None)


@pytest.fixture
async def house(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Residence]:
    async with residence(new_files(tmp_path, tmp_path_factory.getbasetemp())) as sites:
        yield sites


# -- looking --


async def test_everybody_is_listed_by_family_name_also_who_is_invited(house: Residence) -> None:
    assert await house.names() == ["Ferhat", "Anna", "Ben", "Cleo"]
    assert await house.names(show=Show.INVITED) == ["Cleo"]
    assert await house.names("LIND") == ["Anna", "Ben"]
    assert await house.names("flat 32") == ["Ferhat", "Cleo"]
    assert await house.names("ben@example.org") == ["Ben"]
    assert await house.names("3") == ["Ferhat", "Anna", "Ben", "Cleo"]


async def test_a_resident_of_another_site_is_not_known_here(house: Residence) -> None:
    marta = await house.marta()
    with pytest.raises(NotFound):
        await house.office.get(marta, BIRCH, ZED)
    with pytest.raises(NotFound):
        await house.office.get(marta, FAR, ZED)
    with pytest.raises(NotFound):
        await house.office.remove(marta, BIRCH, ZED)


async def test_a_resident_may_not_look_at_the_list(house: Residence) -> None:
    with pytest.raises(NotAllowed):
        await house.office.find(await house.session("anna"), BIRCH, "", Show.ALL, 50)


# -- coming --


async def test_somebody_new_gets_an_account_an_entry_and_an_invitation_and_is_not_shown_yet(
    house: Residence,
) -> None:
    eva = await house.add("Eva.Egli@example.org")
    assert (eva.account.name, eva.unit.name, eva.standing, eva.complete) == (
        "Eva Egli", "Flat 31", Standing.INVITED, False,
    )  # fmt: skip
    assert house.invited == [(BIRCH, eva.account.id)]
    assert "Eva" in await house.names(show=Show.INVITED)
    assert "Eva Egli" not in await house.shown()
    assert await house.actions() == [("resident_added", "Eva Egli")]


async def test_somebody_who_has_an_account_keeps_their_own_name(house: Residence) -> None:
    ferhat = await house.add("FERHAT@example.org", "Wrong", "Name", FLAT31)
    assert ferhat.account.name == "Ferhat Demir"
    assert house.invited == [(BIRCH, "ferhat")]
    assert await house.names("demir") == ["Ferhat", "Ferhat"]


async def test_the_name_of_somebody_who_never_came_in_can_be_given_anew(house: Residence) -> None:
    cleo = await house.add("cleo@example.org", "Cléo", "Vos", FLAT31)
    assert cleo.account.name == "Cléo Vos"
    assert (await house.resident("cleo")).account.name == "Cléo Vos"


@pytest.mark.parametrize("email", ["anna@example.org", " ANNA@EXAMPLE.ORG "])
async def test_nobody_is_twice_in_a_unit(house: Residence, email: str) -> None:
    with pytest.raises(Taken, match="in this unit already"):
        await house.add(email)
    assert house.invited == []
    assert len(await house.rows(t.entries)) == 5


async def test_a_unit_that_is_not_of_this_site_is_refused(house: Residence) -> None:
    for unit in (FAR_FLAT, UnitId("none")):
        with pytest.raises(Invalid) as refused:
            await house.add("eva@example.org", unit=unit)
        assert "unit" in refused.value.details["fields"]
    assert len(await house.rows(t.accounts)) == 6


async def test_who_adds_themselves_needs_no_invitation(house: Residence) -> None:
    marta = await house.add("marta@example.org", "M", "K", SHOP)
    assert marta.standing is Standing.ACTIVE
    assert house.invited == []
    assert "Marta Koval" in await house.shown()


async def test_an_invitation_is_sent_again_only_to_who_has_not_joined(house: Residence) -> None:
    marta = await house.marta()
    await house.office.invite_again(marta, BIRCH, CLEO)
    assert house.invited == [(BIRCH, "cleo")]
    with pytest.raises(NotNow):
        await house.office.invite_again(marta, BIRCH, ANNA)


# -- how the door shows them --


async def test_an_alias_wins_and_survives_a_changed_name_until_it_is_removed(house: Residence) -> None:
    marta = await house.marta()
    await house.office.dress(marta, BIRCH, ANNA, Look("The Linds", contact=False, policy=None))
    assert await house.shown() == ["Ferhat Demir", "Ben Lind", "The Linds"]
    await house.do(update(t.accounts).where(t.accounts.c.id == "anna").values(last_name="Berg"))
    assert await house.shown() == ["Ferhat Demir", "Ben Lind", "The Linds"]
    await house.office.dress(marta, BIRCH, ANNA, PLAIN)
    assert await house.shown() == ["Anna Berg", "Ferhat Demir", "Ben Lind"]
    assert [action for action, _ in await house.actions()] == ["alias_changed", "alias_removed"]


async def test_a_contact_person_comes_first_and_a_hidden_one_not_at_all(house: Residence) -> None:
    marta = await house.marta()
    await house.office.dress(marta, BIRCH, BEN, Look(None, contact=True, policy=DisplayPolicy.INITIAL))
    await house.office.dress(marta, BIRCH, ANNA, Look(None, contact=False, policy=DisplayPolicy.HIDDEN))
    assert await house.shown() == ["B. Lind", "Ferhat Demir"]
    assert await house.names(show=Show.CONTACT) == ["Ben"]
    assert (await house.resident("ben")).line(DisplayPolicy.FULL) == house.phonebooks._books[BIRCH].lines[0]


async def test_dressing_somebody_as_they_are_changes_and_notes_nothing(house: Residence) -> None:
    await house.office.dress(await house.marta(), BIRCH, ANNA, Look("", contact=False, policy=None))
    assert (house.changed, await house.actions()) == ([], [])


async def test_only_a_person_without_a_profile_is_named_by_an_admin(house: Residence) -> None:
    marta = await house.marta()
    cleo = await house.office.rename(marta, BIRCH, CLEO, "Clara", "Voss")
    assert cleo.account.name == "Clara Voss"
    with pytest.raises(NotAllowed, match="own name"):
        await house.office.rename(marta, BIRCH, ANNA, "Hanna", "Lind")
    await house.do(
        insert(t.identities).values(issuer="x", subject="y", account="cleo", email="c", created_at=1)
    )
    with pytest.raises(NotAllowed):
        await house.office.rename(marta, BIRCH, CLEO, "Klara", "Voss")
    assert (await house.resident("anna")).account.name == "Anna Lind"


# -- moving, managing --


async def test_a_resident_moves_to_another_unit_and_rings_there(house: Residence) -> None:
    moved = await house.office.move(await house.marta(), BIRCH, ANNA, SHOP)
    assert moved.unit.name == "Shop"
    entry = house.phonebooks._books[BIRCH].entries
    assert (entry[ANNA].people, entry[BEN].people) == (("anna",), ("ben",))
    assert house.left == [("anna", BIRCH)]


async def test_nobody_moves_into_a_foreign_unit_or_where_they_are_already(house: Residence) -> None:
    marta = await house.marta()
    with pytest.raises(Invalid):
        await house.office.move(marta, BIRCH, ANNA, FAR_FLAT)
    second = await house.add("anna@example.org", unit=SHOP)
    with pytest.raises(Taken):
        await house.office.move(marta, BIRCH, ANNA, SHOP)
    assert {(await house.resident("anna")).unit.id, second.unit.id} == {FLAT31, SHOP}


async def test_a_manager_needs_the_sites_rule_and_an_active_resident(house: Residence) -> None:
    marta = await house.marta()
    with pytest.raises(NotAllowed, match="no unit managers"):
        await house.office.set_manager(marta, BIRCH, ANNA, manager=True)
    await house.allow_managers()
    assert (await house.office.set_manager(marta, BIRCH, ANNA, manager=True)).manager
    with pytest.raises(NotNow):
        await house.office.set_manager(marta, BIRCH, CLEO, manager=True)
    assert (await house.session("anna")).roles(BIRCH) == {Role.RESIDENT, Role.MANAGER}
    assert not (await house.office.set_manager(marta, BIRCH, ANNA, manager=False)).manager
    assert (await house.session("anna")).roles(BIRCH) == {Role.RESIDENT}


async def test_who_moves_manages_nothing_there(house: Residence) -> None:
    await house.allow_managers()
    marta = await house.marta()
    await house.office.set_manager(marta, BIRCH, ANNA, manager=True)
    assert not (await house.office.move(marta, BIRCH, ANNA, SHOP)).manager


# -- going --


async def test_a_deactivated_resident_is_not_shown_and_comes_back_as_before(house: Residence) -> None:
    await house.allow_managers()
    marta = await house.marta()
    await house.office.set_manager(marta, BIRCH, ANNA, manager=True)
    gone = await house.office.deactivate(marta, BIRCH, ANNA)
    assert gone.standing is Standing.INACTIVE
    assert (await house.session("anna")).memberships == ()
    assert await house.shown() == ["Ferhat Demir", "Ben Lind"]
    assert house.left == [("anna", BIRCH)]
    await house.office.activate(marta, BIRCH, ANNA)
    assert (await house.session("anna")).roles(BIRCH) == {Role.RESIDENT, Role.MANAGER}
    assert "Anna Lind" in await house.shown()


async def test_who_has_not_joined_is_neither_deactivated_nor_activated(house: Residence) -> None:
    marta = await house.marta()
    for verb in (house.office.deactivate, house.office.activate):
        with pytest.raises(NotNow):
            await verb(marta, BIRCH, CLEO)
    assert (await house.resident("cleo")).standing is Standing.INVITED


async def test_a_removed_resident_is_nowhere_and_everything_of_theirs_is_ended(house: Residence) -> None:
    await house.office.remove(await house.marta(), BIRCH, ANNA)
    assert await house.names() == ["Ferhat", "Ben", "Cleo"]
    assert await house.shown() == ["Ferhat Demir", "Ben Lind"]
    assert house.left == [("anna", BIRCH)]
    assert [m for m in await house.rows(t.memberships) if m["account"] == "anna"] == []
    assert "anna" in {account["id"] for account in await house.rows(t.accounts)}
    back = await house.add("anna@example.org", "Other", "Name")
    assert (back.account.name, back.id) == ("Anna Lind", back.id)


async def test_nothing_is_left_of_who_was_removed_before_they_ever_came_in(house: Residence) -> None:
    link = {
        "id": "i",
        "site": BIRCH,
        "account": "cleo",
        "kind": "profile",
        "token_hash": "h",
        "state": "waiting",
    }
    await house.do(insert(t.invitations).values(**link, created_at=1, expires_at=9e9))
    assert (await house.resident("cleo")).invited_until == 9e9
    await house.office.remove(await house.marta(), BIRCH, CLEO)
    assert "cleo" not in {account["id"] for account in await house.rows(t.accounts)}
    assert await house.rows(t.invitations) == []


async def test_a_link_is_void_when_nothing_is_left_to_join(house: Residence) -> None:
    await house.add("ferhat@example.org", unit=FLAT31)
    second = (await house.rows(t.entries))[-1]["id"]
    link = {
        "id": "i",
        "site": BIRCH,
        "account": "ferhat",
        "kind": "site",
        "token_hash": "h",
        "state": "waiting",
    }
    await house.do(insert(t.invitations).values(**link, created_at=1, expires_at=9e9))
    await house.office.remove(await house.marta(), BIRCH, EntryId(second))
    assert [row["state"] for row in await house.rows(t.invitations)] == ["void"]
    assert "Ferhat Demir" in await house.shown()


# -- the household's own manager --


@pytest.fixture
async def managed(house: Residence) -> Residence:
    """Anna manages Flat 31."""
    await house.allow_managers()
    await house.office.set_manager(await house.marta(), BIRCH, ANNA, manager=True)
    house.left.clear()
    return house


async def test_a_manager_adds_and_removes_the_people_of_their_own_unit(managed: Residence) -> None:
    anna = await managed.session("anna")
    new = NewResident("eva@example.org", "Eva", "Egli", FLAT31)
    eva = await managed.household.add(anna, BIRCH, new)
    people = [one.account.first_name for one in await managed.household.people(anna, BIRCH)]
    assert people == ["Anna", "Ben", "Eva"]
    assert managed.invited == [(BIRCH, eva.account.id)]
    await managed.household.remove(anna, BIRCH, BEN)
    assert managed.left == [("ben", BIRCH)]


async def test_a_manager_does_nothing_in_other_units_or_to_themselves(managed: Residence) -> None:
    anna = await managed.session("anna")
    with pytest.raises(Invalid):
        await managed.household.add(anna, BIRCH, NewResident("eva@example.org", "Eva", "Egli", FLAT32))
    for other in (FERHAT, ZED, EntryId("none")):
        with pytest.raises(NotFound):
            await managed.household.remove(anna, BIRCH, other)
    with pytest.raises(Invalid, match="yourself"):
        await managed.household.remove(anna, BIRCH, ANNA)
    assert managed.left == []


async def test_a_manager_is_refused_in_words_when_the_rule_is_off(managed: Residence) -> None:
    await managed.do(update(t.sites).values(rules="{}"))
    anna = await managed.session("anna")
    for verb in (
        managed.household.people(anna, BIRCH),
        managed.household.remove(anna, BIRCH, BEN),
        managed.household.add(anna, BIRCH, NewResident("eva@example.org", "Eva", "Egli", FLAT31)),
    ):
        with pytest.raises(NotAllowed, match="unit managers"):
            await verb


async def test_a_resident_who_is_no_manager_has_no_say_in_the_household(managed: Residence) -> None:
    with pytest.raises(NotAllowed):
        await managed.household.people(await managed.session("ben"), BIRCH)
