"""Who may enter by a socket, answer and open: each role, as a table written by hand says."""

from __future__ import annotations

import pytest
from socketio.exceptions import ConnectionError as Unreachable

from tests.e2e.house import Caller, Device
from tests.world.conftest import Populated
from tests.world.people import HERE, PEOPLE, THERE, token

ENTERS: dict[str, str] = {
    "owner": "not_allowed",
    "admin": "not_allowed",
    "installer": "not_allowed",
    "installer-run-out": "not_allowed",
    "auditor": "not_allowed",
    "manager": "not_allowed",
    "resident": "rings and opens",
    "contact": "rings and opens",
    "invited": "not_allowed",
    "inactive": "not_allowed",
    "stranger": "not_allowed",
    "neighbour": "rings and opens at the other site",
    "nobody": "not_signed_in",
}
"""What becomes of each person at `/resident`. Being owner or admin opens no door."""


def device(populated: Populated, person: str) -> Device:
    """A device of the person's; a token that nobody has for nobody."""
    known = person in PEOPLE
    return Device(populated.house, token(person) if known else "x" * 43, person)


def test_everybody_of_the_world_stands_in_the_table() -> None:
    assert set(ENTERS) == {*PEOPLE, "nobody"}


@pytest.mark.parametrize("person", [who for who, what in ENTERS.items() if not what.startswith("rings")])
async def test_who_answers_nowhere_is_not_let_in(populated: Populated, person: str) -> None:
    phone = device(populated, person)
    with pytest.raises(Unreachable):
        await phone.connect()
    assert phone.refusal is not None
    assert phone.refusal["code"] == ENTERS[person]


@pytest.mark.parametrize("person", [who for who, what in ENTERS.items() if what.startswith("rings")])
async def test_who_is_let_in_is_rung_answers_and_opens_at_their_own_site_and_no_other(
    populated: Populated, person: str
) -> None:
    site = PEOPLE[person].site
    other = THERE if site == HERE else HERE
    phone, panel = device(populated, person), Caller(populated.house, f"key-of-{site}")
    await phone.connect()
    await panel.connect()
    before = len(populated.house.journal())
    panel.call = (await panel.does("ring", entry=f"entry-of-{person}"))["call"]
    await phone.invited()
    await phone.does("accept", **phone.mine)
    await phone.does("media_up", **phone.mine)
    await panel.does("media_up", call=panel.call, leg=phone.leg)
    await panel.hears("established")
    refused = await phone.says(
        "open_door", {"call": phone.call, "lock": f"lock-of-{other}", "request": "o" * 20}
    )
    assert not refused["ok"]
    await phone.does(
        "open_door", call=phone.call, lock=f"lock-of-{site}", request=f"request-of-{person}".ljust(20, "x")
    )
    await phone.gets("door", state="opened")
    await phone.does("hang_up", call=phone.call)
    # and without a call
    refused = await phone.says("open_door", {"lock": f"lock-of-{other}", "request": "p" * 20})
    assert not refused["ok"]
    assert len(populated.house.journal()) > before
    await phone.close()
    await panel.close()


@pytest.mark.parametrize("person", ["resident", "owner"])
async def test_a_persons_session_is_no_panels_key(populated: Populated, person: str) -> None:
    panel = Caller(populated.house, token(person))
    with pytest.raises(Unreachable):
        await panel.connect()
    assert panel.refusal is not None
    assert panel.refusal["code"] == "not_enrolled"
