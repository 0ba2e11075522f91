"""A door opens once for each press, and only by right: a thousand attacks over real sockets, a hundred
copies of one press, and a disk that is full. The core's own journal is the witness."""

from __future__ import annotations

import asyncio
import random
import resource
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.house import Device, House, fresh_address, new_request, talking

ATTACKS = 1000
COPIES = 100


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of this file's own, where one may press as often as one likes, and another site beside it."""
    house = House(
        tmp_path_factory.mktemp("attacked") / "house",
        open_limit="100000 per minute",
        ring_limit="100000 per minute",
    )
    house.start()
    _another_site(house)
    house.restart()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


@pytest.fixture(autouse=True)
def no_stale_sign_ins(house: House) -> None:
    """Every test signs in anew: one of them removes somebody."""
    house._tokens.clear()


def _another_site(house: House) -> None:
    """Somebody else's house on the same server: Ferhat moves there, with his password."""
    house.change("intercom.db", "INSERT INTO sites (id, name, plate) VALUES ('far', 'Far away', '9')")
    house.change(
        "intercom.db", "INSERT INTO entrances (id, site, name) VALUES ('far-door', 'far', 'Far door')"
    )
    house.change(
        "intercom.db",
        "INSERT INTO locks (id, site, entrance, name) VALUES ('far-lock', 'far', 'far-door', 'Far door')",
    )
    house.change("intercom.db", "INSERT INTO units (id, site, name) VALUES ('far-flat', 'far', 'Flat 1')")
    house.change(
        "intercom.db",
        "INSERT INTO accounts (id, email, email_key, first_name, last_name, password_hash)"
        " SELECT 'foreigner', 'foreigner@example.org', 'foreigner@example.org', 'For', 'Eigner',"
        " password_hash FROM accounts WHERE email LIKE 'anna%'",
    )
    house.change(
        "intercom.db",
        "INSERT INTO memberships (account, site, role, unit)"
        " VALUES ('foreigner', 'far', 'resident', 'far-flat')",
    )


def _sign_in_foreigner(house: House) -> str:
    form = {"email": "foreigner@example.org", "password": house.account("anna")["password"]}
    answer = house.ask("POST", "/sign-in", form=form, address=fresh_address())
    token = answer.cookie(house.session_cookie)
    assert token, answer
    return token


@dataclass
class Attack:
    """One way to try: who presses, which call and lock they name, and what they must be told."""

    name: str
    device: Device
    call: str | None
    lock: str
    answer: str
    """The code of the acknowledgement."""
    logged: str
    """The reason in the log."""


async def _tries(attack: Attack, times: int, dice: random.Random) -> dict[str, Attack]:
    """So many presses, a few at a time; gives the requests."""
    requests = {new_request(): attack for _ in range(times)}
    waiting = list(requests)
    dice.shuffle(waiting)

    async def press(request: str) -> None:
        call = secrets.token_urlsafe(12) if attack.call == "forged" else attack.call
        lock = secrets.token_urlsafe(8) if attack.lock == "forged" else attack.lock
        error = await attack.device.is_refused(
            "open_door", attack.answer, call=call, lock=lock, request=request
        )
        assert error["message"]

    while waiting:
        batch, waiting = waiting[:10], waiting[10:]
        await asyncio.gather(*(press(request) for request in batch))
    return requests


async def test_a_thousand_attacks_open_nothing_and_each_is_in_the_log_with_its_reason(house: House) -> None:
    dice = random.Random(43)
    logged_before = len(house.openings())
    async with house.people() as people:
        panel, yard = await people.panel(), await people.panel(entrance="courtyard")
        anna, annas_other, ben = await people.devices("anna", "anna", "ben")
        ferhat = await people.device("ferhat")
        foreigner = await people.device("foreigner", _sign_in_foreigner(house))
        thief = Device(house, house.sign_in("ferhat"), "thief", device=anna.device)
        people.clients.append(thief)
        await thief.connect()
        assert thief.device != anna.device, "another's session does not become this device"
        marta = await people.device("marta")

        # a call that is over, one that only rings, and one in which Anna talks
        over = await talking(panel, anna, "Anna Lind")
        await anna.hangs_up()
        await panel.hears("ended")
        for one in (anna, annas_other, ben):
            one.forget()
        ringing = await yard.rings("Marta Koval")
        await marta.invited(call=ringing)
        await marta.alerts()
        call = await talking(panel, anna, "Anna Lind")
        # removed behind the server's back, as another server would: the socket is there still
        assert house.change(
            "intercom.db",
            "DELETE FROM memberships WHERE role='resident' AND account IN"
            " (SELECT id FROM accounts WHERE email LIKE 'ferhat%')",
        )

        attacks = [
            Attack("nobody of this call", marta, call, "street-door", "not_in_call", "not_in_call"),
            Attack("another's device", thief, call, "street-door", "removed", "removed"),
            Attack(
                "the losing device", ben, call, "street-door", "not_answering_party", "not_answering_party"
            ),
            Attack(
                "the winner's other",
                annas_other,
                call,
                "inner-door",
                "not_answering_party",
                "not_answering_party",
            ),
            Attack("another site, in the call", foreigner, call, "street-door", "not_found", "not_allowed"),
            Attack("another site, without", foreigner, None, "street-door", "not_found", "not_allowed"),
            Attack("a lock of another site", ben, None, "far-lock", "not_found", "not_allowed"),
            Attack("removed", ferhat, None, "street-door", "removed", "removed"),
            Attack("before accept", marta, ringing, "courtyard-gate", "not_in_call", "not_in_call"),
            Attack("after the end", anna, over, "street-door", "call_ended", "call_ended"),
            Attack(
                "after the end, the loser",
                ben,
                over,
                "street-door",
                "not_answering_party",
                "not_answering_party",
            ),
            Attack("a forged call", annas_other, "forged", "street-door", "not_in_call", "not_in_call"),
            Attack("a forged lock", anna, call, "forged", "not_found", "not_allowed"),
            Attack("a lock of another entrance", anna, call, "courtyard-gate", "wrong_lock", "wrong_lock"),
        ]
        share, rest = divmod(ATTACKS, len(attacks))
        made = await asyncio.gather(
            *(
                _tries(attack, share + (number < rest), random.Random(dice.random()))
                for number, attack in enumerate(attacks)
            )
        )
        requests = {request: attack for some in made for request, attack in some.items()}
        assert len(requests) == ATTACKS

        # what is none of its business: a panel presses, and somebody whose session is over
        await panel.is_refused(
            "open_door", "unknown_event", call=call, lock="street-door", request=new_request()
        )

        logged = house.openings()[logged_before:]
        assert house.journal() == [], "the core was told to open"
        assert Counter(row["request"] for row in logged) == Counter(list(requests)), (
            "each once, and nothing else"
        )
        people_of = {attack.name: set[str]() for attack in attacks}
        for row in logged:
            attack = requests[row["request"]]
            assert (row["truth"], row["code"]) == ("refused", attack.logged), (attack.name, row)
            assert row["device"] == attack.device.device
            assert row["without_call"] == (attack.call is None)
            people_of[attack.name].add(row["person"])
        assert all(len(persons) == 1 for persons in people_of.values())
        print(f"{ATTACKS} attacks of {len(attacks)} kinds: {dict(Counter(row['code'] for row in logged))}")

        # and whoever may, still can: the witness sees
        opened = await anna.opens("street-door")
        assert opened["ok"], opened
        await anna.gets("door", opening=opened["opening"], state="opened")
        assert len(house.journal()) == 1

        # a press of this call, taken down and sent again in the next one, opens nothing more
        taken_down = {"call": call, "lock": "street-door", "request": house.openings()[-1]["request"]}
        await anna.hangs_up()
        await panel.hears("ended")
        for one in (anna, annas_other, ben):
            one.forget()
        await talking(panel, anna, "Anna Lind")
        again = await anna.says("open_door", taken_down)
        assert (again["ok"], again["opening"], again["state"]) == (True, opened["opening"], "opened")
        for message in (taken_down, taken_down | {"request": new_request()}):
            assert not (await ben.says("open_door", message))["ok"]
        assert len(house.journal()) == 1


async def test_a_hundred_copies_of_one_press_over_three_connections_are_one_actuation(house: House) -> None:
    dice = random.Random(44)
    before = len(house.journal())
    logged_before = len(house.openings())
    async with house.people() as people:
        first, second = await people.devices("anna", "anna")
        polling = Device(house, house.sign_in("anna"), "anna by HTTP")
        people.clients.append(polling)
        await polling.connect(transport="polling")
        press = {"call": None, "lock": "street-door", "request": new_request()}
        copies = [first, second, polling] * (COPIES // 3 + 1)
        copies = copies[:COPIES]
        dice.shuffle(copies)

        async def send(device: Device) -> dict[str, object]:
            await asyncio.sleep(dice.uniform(0, 0.1))
            return await device.says("open_door", press)

        answers = await asyncio.gather(*(send(device) for device in copies))
        assert {(ack["ok"], ack.get("opening")) for ack in answers} == {(True, answers[0]["opening"])}
        (row,) = house.openings()[logged_before:]
        sender = next(one for one in (first, second, polling) if one.device == row["device"])
        await sender.gets("door", opening=row["id"], state="opened")
        late = await second.says("open_door", press)
        assert (late["ok"], late["opening"], late["state"]) == (True, row["id"], "opened")
        assert len(house.journal()) == before + 1
        assert len(house.openings()) == logged_before + 1


async def test_on_a_full_disk_nothing_is_sent_and_with_room_again_the_same_press_opens(house: House) -> None:
    async with house.people() as people:
        anna = await people.device("anna")
        assert house.process is not None
        before, logged = house.journal(), len(house.openings())
        press = new_request()
        # no file of the server can be written past its first page: what a full disk is to it
        free = resource.prlimit(house.process.pid, resource.RLIMIT_FSIZE)
        log = house.log.read_bytes()
        resource.prlimit(house.process.pid, resource.RLIMIT_FSIZE, (4096, free[1]))
        try:
            for _ in range(3):
                refused = await anna.opens("street-door", request=press, in_call=False)
                assert not refused["ok"]
                assert refused["error"]["code"] == "cannot_record"
                assert refused["error"]["message"] == "The log cannot be written, so nothing was sent."
        finally:
            resource.prlimit(house.process.pid, resource.RLIMIT_FSIZE, free)
        assert house.journal() == before
        assert len(house.openings()) == logged
        opened = await anna.opens("street-door", request=press, in_call=False)
        assert opened["ok"], opened
        await anna.gets("door", opening=opened["opening"], state="opened")
        assert [line["request"] for line in house.journal()[len(before) :]] == [press]
        assert house.log.read_bytes().startswith(log)
