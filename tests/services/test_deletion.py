"""Deleting one's profile."""

from __future__ import annotations

import pytest

from intercom.domain.errors import InUse, Invalid, NotFound, WrongCredentials
from intercom.domain.ids import AccountId, Secret
from intercom.domain.people import Account, Membership, Role, Session
from intercom.domain.profile import DELETED
from tests.fakes.desk import HOME, Desk
from tests.fakes.house import FAR, SITE

ANNA = AccountId("anna")
PASSWORD = Secret("anna-password")


@pytest.fixture
async def desk() -> Desk:
    """Everybody is at home; Anna lives at the site `far` too."""
    desk = Desk()
    await desk.at_home()
    desk.house.people.roles.append(Membership(ANNA, FAR, Role.RESIDENT))
    return desk


async def ask(desk: Desk, person: str = "anna") -> tuple[Session, bool]:
    session = await desk.sign_in(person)
    return session, await desk.deletion.ask(session, Secret(f"{person}-password"), HOME)


def gone(desk: Desk, account: AccountId = ANNA) -> bool:
    return desk.house.people.accounts[account].name == DELETED


async def test_every_owner_is_asked_and_nothing_is_deleted_yet(desk: Desk) -> None:
    session, done = await ask(desk)
    assert not done
    assert await desk.again(session) is not None
    letters = desk.letters("deletion_asked")
    assert [(letter.to, letter.values["path"]) for letter in letters] == [
        ("marta@example.org", "/admin/birch/consents"),
        ("stranger@example.org", "/admin/far/consents"),
    ]
    assert letters[0].values["person"] == "Anna Lind"
    assert [account.id for account, _ in await desk.deletion.waiting(SITE)] == [ANNA]
    assert not gone(desk)


async def test_the_last_consent_deletes_and_everything_of_theirs_ends(desk: Desk) -> None:
    session, _ = await ask(desk)
    call = await desk.house.talk()
    assert await desk.deletion.consent(await desk.sign_in("marta"), SITE, ANNA) is False
    assert not gone(desk)
    assert (await desk.house.now(call)).alive
    assert await desk.deletion.consent(await desk.sign_in("stranger"), FAR, ANNA) is True
    assert gone(desk)
    assert not (await desk.house.now(call)).alive
    assert await desk.again(session) is None
    assert "anna-session" in desk.house.ended
    assert await desk.house.people.devices([ANNA]) == []
    assert list(await desk.house.people.memberships(ANNA)) == []
    assert set(desk.changed) == {SITE, FAR}
    (letter,) = desk.letters("deletion_done")
    assert letter.to == "anna@example.org"
    with pytest.raises(WrongCredentials):
        await desk.house.signin.prove("anna@example.org", PASSWORD, HOME)


async def test_the_log_tells_of_it_without_the_name(desk: Desk) -> None:
    await ask(desk)
    await desk.deletion.consent(await desk.sign_in("marta"), SITE, ANNA)
    await desk.deletion.consent(await desk.sign_in("stranger"), FAR, ANNA)
    noted = [(e.site, e.action, e.subject) for e in desk.house.events.noted]
    assert noted == [
        (SITE, "deletion_agreed", DELETED),
        (FAR, "deletion_agreed", DELETED),
        (SITE, "profile_deleted", DELETED),
        (FAR, "profile_deleted", DELETED),
    ]
    assert "Anna" not in repr(desk.house.events.noted)


async def test_past_calls_and_openings_stay_without_the_name(desk: Desk) -> None:
    call = await desk.house.talk("anna-phone")
    await desk.house.open("anna-phone", call)
    await desk.house.switchboard.caller_hangs_up(call.panel, call.id)
    await ask(desk)
    await desk.deletion.consent(await desk.sign_in("marta"), SITE, ANNA)
    await desk.deletion.consent(await desk.sign_in("stranger"), FAR, ANNA)
    await desk.house.leaves("anna-phone", "anna-laptop")
    (past,) = await desk.house.past("ben")
    assert past.text == "Answered by Deleted person"
    assert past.opening is not None


async def test_the_same_person_may_come_back_as_somebody_new(desk: Desk) -> None:
    await ask(desk)
    await desk.deletion.consent(await desk.sign_in("marta"), SITE, ANNA)
    await desk.deletion.consent(await desk.sign_in("stranger"), FAR, ANNA)
    again = Account(AccountId("anna2"), "anna@example.org", "Anna", "Lind")
    desk.house.people.admit(again, "now:anna-password", Membership(again.id, SITE, Role.RESIDENT))
    assert (await desk.house.signin.prove("anna@example.org", PASSWORD, HOME)).id == "anna2"
    assert await desk.house.past("anna2") == ()


async def test_the_password_is_needed(desk: Desk) -> None:
    session = await desk.sign_in("anna")
    with pytest.raises(Invalid) as refused:
        await desk.deletion.ask(session, Secret("wrong"), HOME)
    assert list(refused.value.details["fields"]) == ["password"]
    assert await desk.deletion.asked(session) is None
    assert desk.letters() == []


async def test_the_owner_of_a_site_hands_it_over_first(desk: Desk) -> None:
    with pytest.raises(InUse) as refused:
        await ask(desk, "marta")
    assert "Birch court" in refused.value.message
    assert await desk.deletion.asked(await desk.sign_in("marta")) is None


async def test_who_belongs_nowhere_is_deleted_at_once(desk: Desk) -> None:
    desk.house.moves_out("ben")
    session, done = await ask(desk, "ben")
    assert done
    assert gone(desk, AccountId("ben"))
    assert await desk.again(session) is None
    assert [letter.kind for letter in desk.letters()] == ["deletion_done"]


async def test_a_withdrawn_wish_can_not_be_agreed_to(desk: Desk) -> None:
    session, _ = await ask(desk)
    await desk.deletion.withdraw(session)
    assert await desk.deletion.waiting(SITE) == ()
    with pytest.raises(NotFound):
        await desk.deletion.consent(await desk.sign_in("marta"), SITE, ANNA)
    assert not gone(desk)


async def test_nobody_is_deleted_who_did_not_ask(desk: Desk) -> None:
    owner = await desk.sign_in("marta")
    for who in (ANNA, AccountId("marta"), AccountId("nobody"), AccountId("stranger")):
        with pytest.raises(NotFound):
            await desk.deletion.consent(owner, SITE, who)
        assert await desk.deletion.finish(who) is False
    assert not gone(desk)


async def test_an_owner_agrees_once(desk: Desk) -> None:
    await ask(desk)
    owner = await desk.sign_in("marta")
    await desk.deletion.consent(owner, SITE, ANNA)
    with pytest.raises(NotFound):
        await desk.deletion.consent(owner, SITE, ANNA)


async def test_who_leaves_the_last_site_that_had_to_agree_is_deleted_then(desk: Desk) -> None:
    await ask(desk)
    await desk.deletion.consent(await desk.sign_in("marta"), SITE, ANNA)
    people = desk.house.people
    people.roles = [m for m in people.roles if (m.account, m.site) != (ANNA, FAR)]
    await desk.leaving.left_unit(ANNA, FAR)
    assert await desk.deletion.finish(ANNA) is True
    assert gone(desk)


async def test_nobody_who_was_made_the_owner_meanwhile_leaves_a_site_without_one(desk: Desk) -> None:
    session, _ = await ask(desk)
    people = desk.house.people
    marta = await desk.sign_in("marta")
    await desk.deletion.consent(marta, SITE, ANNA)
    people.roles = [m for m in people.roles if m.role is not Role.OWNER or m.site != FAR]
    people.roles.append(Membership(ANNA, FAR, Role.OWNER))
    with pytest.raises(InUse):
        await desk.deletion.consent(session, FAR, ANNA)
    people.roles = [m for m in people.roles if m.role is not Role.OWNER or m.site != SITE]
    people.roles.append(Membership(ANNA, SITE, Role.OWNER))
    people.roles = [m for m in people.roles if m.account != ANNA or m.site != FAR]
    assert await desk.deletion.finish(ANNA) is False
    assert not gone(desk)
