"""Somebody is removed while their sockets are open: everything of theirs ends within five seconds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from socketio.exceptions import ConnectionError as Unreachable

from tests.e2e.house import Answer, Device, House, People, eventually, new_request, talking

WITHIN = 5.0
SITE = "birkenhof"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own: people leave it."""
    house = House(tmp_path_factory.mktemp("leaving") / "house", ring_limit="100000 per minute")
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


@pytest.fixture
async def people(house: House) -> AsyncIterator[People]:
    """Clients, seen off after the test."""
    async with house.people() as people:
        yield people


def entry_of(house: House, who: str) -> tuple[str, str]:
    """Entry and account of a resident."""
    (row,) = house.rows(
        "intercom.db",
        "SELECT e.id, e.account FROM entries e JOIN accounts a ON a.id=e.account WHERE a.email LIKE ?",
        f"{who}.%",
    )
    return row["id"], row["account"]


def act(house: House, method: str, path: str) -> Answer:
    """What the owner does with a resident."""
    answer = house.ask(method, f"/api/v1/sites/{SITE}/residents/{path}", cookies=house.as_("marta"))
    assert answer.status in (200, 204), answer
    return answer


async def no_way_in(device: Device) -> str:
    """The socket ends within five seconds, and why it may not come back."""
    await device.ended(WITHIN)
    with pytest.raises(Unreachable):
        await device.connect()
    assert device.refusal is not None
    return device.refusal["code"]


async def test_removed_while_it_rings(people: People, house: House) -> None:
    panel, anna, ben = await people.panel(), await people.device("anna"), await people.device("ben")
    call = await panel.rings("Anna Lind")
    await anna.invited(call=call)
    await ben.invited(call=call)
    await anna.alerts()
    await ben.alerts()
    entry, account = entry_of(house, "ben")
    started = time.monotonic()
    act(house, "DELETE", entry)
    stopped = await ben.gets("stop", WITHIN)
    assert stopped["reason"] == "removed"
    assert await no_way_in(ben) == "not_signed_in"
    assert time.monotonic() - started < WITHIN
    await anna.accepts()  # the household goes on without them
    await panel.hears("connecting")
    await anna.hangs_up()
    for table in ("sessions", "devices", "memberships", "entries"):
        assert house.rows("intercom.db", f"SELECT * FROM {table} WHERE account=?", account) == [], table
    assert house.ask("GET", "/account", cookies=house.as_("ben")).status == 303
    assert house.ask("GET", "/api/v1/history", cookies=house.as_("ben")).status == 401


async def test_removed_while_talking_and_the_door_stays_shut(people: People, house: House) -> None:
    panel, ferhat = await people.panel(), await people.device("ferhat")
    await talking(panel, ferhat, "Ferhat Demir")
    entry, _ = entry_of(house, "ferhat")
    opened = len(house.journal())
    started = time.monotonic()
    act(house, "DELETE", entry)
    ended = await panel.gets("call", WITHIN, stage="ended")
    assert ended["reason"] == "lost", "who moved out is not the visitor's business"
    told = await ferhat.gets("call", WITHIN, stage="ended")
    assert told["reason"] == "removed"
    with contextlib.suppress(Unreachable):  # the socket may be gone already
        assert not (await ferhat.opens("street-door", request=new_request()))["ok"]
    assert await no_way_in(ferhat) == "not_signed_in"
    assert time.monotonic() - started < WITHIN
    assert len(house.journal()) == opened, "no command has left"


async def test_deactivated_and_active_again(people: People, house: House) -> None:
    anna = await people.device("anna")
    entry, _ = entry_of(house, "anna")
    act(house, "POST", f"{entry}/deactivate")
    assert await no_way_in(anna) == "not_signed_in"
    token = house.sign_in("anna", fresh=True)  # they may sign in, to their own profile
    answer = house.ask("GET", "/", cookies={house.session_cookie: token})
    assert (answer.status, answer.header("Location")) == (303, "/account")
    again = Device(house, token, "anna again")
    with pytest.raises(Unreachable):
        await again.connect()
    assert again.refusal is not None
    assert again.refusal["code"] == "not_allowed"
    act(house, "POST", f"{entry}/activate")
    await again.connect()
    await again.close()


async def test_with_a_part_left_the_socket_comes_back_with_fewer_rights(people: People, house: House) -> None:
    """Marta owns the site: out of her flat she stays signed in, and opens no door any more."""
    marta = await people.device("marta")
    entry, _ = entry_of(house, "marta")
    act(house, "DELETE", entry)
    assert await no_way_in(marta) == "not_allowed"
    assert house.ask("GET", "/admin", cookies=house.as_("marta")).status == 303


async def test_a_session_that_is_ended_from_another_loses_its_socket(people: People, house: House) -> None:
    there, here = house.sign_in("anna", fresh=True), house.sign_in("anna", fresh=True)
    phone = Device(house, there, "anna's phone")
    await phone.connect()
    answer = house.ask("POST", "/account/sessions/end-others", form={}, cookies={house.session_cookie: here})
    assert answer.status == 303, answer
    assert await no_way_in(phone) == "not_signed_in"
    await phone.close()


# -- the whole end ----------------------------------------------------------------------------------


def letters(house: House, to: str) -> list[EmailMessage]:
    """The letters to somebody, oldest first."""
    found: list[EmailMessage] = []
    for path in sorted((house.data / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
        letter = message_from_bytes(path.read_bytes(), policy=default)
        if to in str(letter["To"]):
            found.append(letter)  # pyright: ignore[reportArgumentType]
    return found


async def test_a_profile_is_deleted_with_the_owners_consent(people: People, house: House) -> None:
    account = house.account("anna")
    email = account["email"]
    panel = await people.panel()
    token = house.sign_in("anna", fresh=True)
    cookies = {house.session_cookie: token}
    anna = Device(house, token, "anna")
    await anna.connect()
    await talking(panel, anna, "Anna Lind")
    await anna.opens("street-door", request=new_request())
    wrong = house.ask("POST", "/account/data/delete", form={"password": "wrong"}, cookies=cookies)
    assert wrong.status == 422
    assert "This password is wrong." in wrong.text
    asked = house.ask("POST", "/account/data/delete", form={"password": account["password"]}, cookies=cookies)
    assert (asked.status, asked.header("Location")) == (303, "/account/data?said=asked")
    page = house.ask("GET", "/account/data?said=asked", cookies=cookies)
    assert "I want to stay" in page.text
    owner = house.account("marta")["email"]
    await eventually(lambda: any("Anna" in str(m) for m in letters(house, owner)), "a letter to the owner")

    consents = house.ask("GET", f"/admin/{SITE}/consents", cookies=house.as_("marta"))
    assert "Anna Lind" in consents.text
    _, account_id = entry_of(house, "anna")
    started = time.monotonic()
    agreed = house.ask("POST", f"/admin/{SITE}/consents/{account_id}", form={}, cookies=house.as_("marta"))
    assert agreed.status == 303, agreed
    await panel.gets("call", WITHIN, stage="ended")
    await anna.ended(WITHIN)
    assert time.monotonic() - started < WITHIN
    await anna.close()
    assert house.ask("GET", "/account", cookies=cookies).status == 303
    form = {"email": email, "password": account["password"]}
    assert house.ask("POST", "/sign-in", form=form).status == 401
    await eventually(lambda: len(letters(house, email)) >= 1, "a last letter")

    for table in ("accounts", "memberships", "entries", "sessions", "devices", "events"):
        kept = str([dict(row) for row in house.rows("intercom.db", f"SELECT * FROM {table}")])
        for trace in (email, "Anna"):
            assert trace not in kept, (table, trace)
    (row,) = house.rows("intercom.db", "SELECT * FROM accounts WHERE id=?", account_id)
    assert (row["first_name"], row["active"], row["password_hash"]) == ("Deleted person", 0, None)
    assert any(line["lock"] == "street-door" for line in house.journal()), "the door's journal stays"
