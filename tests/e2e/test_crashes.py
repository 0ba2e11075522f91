"""`kill -9` of the server, at moments drawn by lot, and what is true after it runs again.

The tests are witnesses of their own: they note every acknowledgement before the kill, and hold the
restarted server to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from socketio.exceptions import ConnectionError as Unreachable

from tests.e2e.house import Caller, Device, House, People, eventually, new_request, talking

KILLS = 20
DOOR_KILLS = 100


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """A house of this file's own."""
    house = House(tmp_path_factory.mktemp("frail") / "house", ring_limit="100000 per minute")
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


@pytest.fixture
async def frail_people(frail: House) -> AsyncIterator[People]:
    """Its clients."""
    async with frail.people() as people:
        yield people


@dataclass
class Witness:
    """A panel, a household, and what the server has acknowledged to them."""

    house: House
    panel: Caller
    devices: list[Device]
    entry: str
    dice: random.Random
    placed: str | None = None
    legs: dict[Device, str] = field(default_factory=dict)
    trying: Device | None = None
    accepted: Device | None = None
    established: bool = False
    request: str | None = None
    asked: bool = False

    def forget(self) -> None:
        """A new round."""
        self.placed, self.trying, self.accepted, self.request = None, None, None, None
        self.legs, self.established, self.asked = {}, False, False
        for client in (self.panel, *self.devices):
            client.forget()

    async def plays(self) -> None:
        """A call as people make it, with pauses; it ends where the server does."""
        with contextlib.suppress(Unreachable):
            await asyncio.sleep(self.dice.uniform(0, 0.05))
            self.placed = await self.panel.rings(self.entry)
            for device in self.devices:
                await device.invited(call=self.placed, within=3)
                self.legs[device] = device.leg
                await device.alerts()
            await asyncio.sleep(self.dice.uniform(0, 0.15))
            self.trying = self.dice.choice(self.devices)
            await self.trying.accepts()
            self.accepted = self.trying
            await asyncio.sleep(self.dice.uniform(0, 0.05))
            await self.trying.does("media_up", **self.trying.mine)
            self.established = True
            await asyncio.sleep(self.dice.uniform(0, 0.1))
            self.request = new_request()
            self.asked = (await self.trying.opens("street-door", request=self.request))["ok"]
            await asyncio.sleep(1)

    async def comes_back(self) -> None:
        """Everybody connects again, in any order."""
        clients = [self.panel, *self.devices]
        self.dice.shuffle(clients)
        for client in clients:
            await client.connect()

    async def testifies(self) -> str:
        """Hold the restarted server to what was acknowledged; bring the call to its end. Gives its kind."""
        found = self.panel.ready["call"]
        if self.placed is None:
            if found is None:
                return "nothing"
        else:
            assert self.house.stored_call(self.placed), "an acknowledged call is lost"
            assert found is not None, "a call that was acknowledged does not go on"
            assert found["call"] == self.placed
        call = self.panel.call = found["call"]
        if found["leg"] is None:
            assert self.accepted is None, "an acknowledged accept is lost"
            for device in self.devices:
                invite = await device.invited(call=call)
                assert invite["accepted"] is False
                assert self.legs.get(device, invite["leg"]) == invite["leg"], "the same leg"
            winner = self.dice.choice(self.devices)
            await winner.accepts()
            kind = "ring"
        else:
            (winner,) = [device for device in self.devices if self.legs[device] == found["leg"]]
            assert winner is self.trying
            invite = await winner.invited(call=call)
            assert (invite["accepted"], invite["leg"]) == (True, found["leg"])
            assert not self.established or invite["stage"] == found["stage"] == "established"
            kind = "talk" if found["stage"] == "established" else "accepted"
        for loser in self.devices:
            if loser is not winner:
                assert not loser.unread("invite"), "who lost is not rung again"
                mine = {"call": call, "leg": self.legs.get(loser, loser.leg)}
                await loser.is_refused("accept", "accepted_elsewhere", **mine)
        if self.request:
            self.the_door_was_not_touched_again()
        await winner.does("media_up", **winner.mine)
        await self.panel.hears("established")
        opened = await winner.opens("inner-door")
        assert opened["ok"], opened
        await winner.gets("door", opening=opened["opening"], state="opened")
        end = self.dice.choice((winner, self.panel))
        await end.hangs_up()
        assert (await self.panel.hears("ended"))["reason"] == "completed"
        await winner.hears("ended", reason="completed")
        stored = self.house.stored_call(call)
        assert stored is not None
        assert (stored["stage"], stored["accepted"]) == ("ended", winner.leg)
        return kind

    def the_door_was_not_touched_again(self) -> None:
        """The attempt from before the kill."""
        logged = [opening for opening in self.house.openings() if opening["request"] == self.request]
        assert len(logged) <= 1
        assert not self.asked or len(logged) == 1, "an acknowledged opening is not in the log"
        if logged:
            assert logged[0]["truth"] in ("opened", "not_confirmed"), logged


async def test_a_killed_server_loses_no_ring_no_talk_and_no_winner(
    frail: House, frail_people: People
) -> None:
    dice = random.Random(41)
    households = [
        Witness(
            frail, await frail_people.panel(), await frail_people.devices(*names), entry, random.Random(seed)
        )
        for seed, names, entry in (
            (1, ("anna", "ben"), "Anna Lind"),
            (2, ("ferhat", "ferhat"), "Ferhat Demir"),
        )
    ]
    seen: Counter[str] = Counter()
    downtimes: list[float] = []
    for _ in range(KILLS):
        plays = [asyncio.ensure_future(household.plays()) for household in households]
        await asyncio.sleep(dice.uniform(0.01, 0.35))
        frail.kill()
        for play in plays:
            play.cancel()
        for failed in await asyncio.gather(*plays, return_exceptions=True):
            assert failed is None or isinstance(failed, asyncio.CancelledError), failed
        before = frail.journal()
        died = time.monotonic()
        frail.start()
        await asyncio.gather(*(household.comes_back() for household in households))
        downtimes.append(time.monotonic() - died)
        assert frail.journal() == before, "nothing is carried out after a restart"
        for kind in await asyncio.gather(*(household.testifies() for household in households)):
            seen[kind] += 1
        for household in households:
            household.forget()
    print(f"{KILLS} kills: {dict(seen)}; back after {max(downtimes):.1f} s at most")
    assert {"ring", "talk"} <= set(seen), "the moments did not hit both a ring and a talk"
    _every_opening_has_its_intent(frail)


@pytest.mark.timeout(400)  # a minute where nothing else runs
async def test_a_killed_server_moves_no_door_later_and_forgets_no_attempt(
    frail: House, frail_people: People
) -> None:
    dice = random.Random(42)
    pressing = list(
        zip(
            await frail_people.devices("anna", "ferhat", "marta"),
            ("street-door", "inner-door", "courtyard-gate"),
            strict=True,
        )
    )
    seen: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    for turn in range(DOOR_KILLS):
        if turn % 4 == 3:
            _suffer(frail, "courtyard-gate", "slow")
        requests = {device: new_request() for device, _ in pressing}
        acked: dict[Device, str] = {}

        async def press(device: Device, lock: str) -> None:
            await asyncio.sleep(dice.choice((0, dice.uniform(0, 0.02))))
            with contextlib.suppress(Unreachable):
                ack = await device.opens(lock, request=requests[device], in_call=False)  # noqa: B023
                assert ack["ok"], ack
                acked[device] = ack["opening"]  # noqa: B023

        presses = [asyncio.ensure_future(press(device, lock)) for device, lock in pressing]
        match turn % 3:
            case 0:  # before and around the acknowledgement
                await asyncio.sleep(dice.uniform(0, 0.012))
            case 1:  # after it, while the command is under way and the bolt turns
                await asyncio.gather(*presses)
                await asyncio.sleep(dice.choice((dice.uniform(0, 0.3), dice.uniform(0.3, 0.4))))
            case _:  # the moment somebody is told "sent"
                await pressing[0][0].gets("door", state="sent")
        frail.kill()
        for fault in await asyncio.gather(*presses, return_exceptions=True):
            assert fault is None, fault
        carried_out = frail.journal()
        frail.start()
        await asyncio.gather(*(device.connect() for device, _ in pressing))
        logged = Counter(opening["request"] for opening in frail.openings())
        for device, lock in pressing:
            request = requests[device]
            if device in acked:
                assert logged[request] == 1, "an acknowledged attempt is not in the log exactly once"
            assert logged[request] <= 1
            if logged[request]:
                (opening,) = [o for o in frail.openings() if o["request"] == request]
                assert opening["truth"] in ("opened", "not_confirmed", "refused"), opening
                if opening["truth"] == "not_confirmed":
                    assert opening["code"] == "interrupted"
                # a client that heard no answer sends its press again: it is answered, and opens nothing
                again = await device.opens(lock, request=request, in_call=False)
                assert again["ok"], again
                assert again["state"] == opening["truth"]
                assert acked.get(device, again["opening"]) == again["opening"]
                seen[opening["truth"]] += 1
                turned = any(line["request"] == request for line in carried_out)
                hit[_between(opening["truth"], acknowledged=device in acked, turned=turned)] += 1
            else:
                assert not any(line["request"] == request for line in carried_out), "turned without an intent"
                seen["never asked"] += 1
        assert frail.journal() == carried_out, "nothing is carried out after a restart"
        for device, _ in pressing:
            device.forget()
    print(f"{DOOR_KILLS} kills around {DOOR_KILLS * 3} presses: {dict(seen)}; {dict(hit)}")
    assert {"opened", "not_confirmed"} <= set(seen), "the moments did not hit both kinds"
    assert {"after the intent, before the core", "after the core, before its word"} <= set(hit)
    _every_opening_has_its_intent(frail)


def _between(truth: str, *, acknowledged: bool, turned: bool) -> str:
    """Between which two steps the kill fell, for an attempt that is in the log."""
    if truth != "not_confirmed":
        return "after the lock's word"
    if turned:
        return "after the core, before its word"
    return "after the intent, before the core" + ("" if acknowledged else ", unanswered")


async def test_a_call_outlives_two_kills_in_a_row(frail: House, frail_people: People) -> None:
    panel, anna = await frail_people.panel(), await frail_people.device("anna")
    call = await talking(panel, anna, "Anna Lind")
    for _ in range(2):
        frail.kill()
        frail.start()
    await anna.connect()
    assert (await anna.invited(call=call))["accepted"] is True
    await panel.connect()
    assert panel.ready["call"]["stage"] == "established"
    await anna.hangs_up()
    await panel.hears("ended", reason="completed")


async def test_a_ring_whose_people_do_not_come_back_after_a_kill_ends_with_a_reason(
    frail: House, frail_people: People
) -> None:
    panel, anna = await frail_people.panel(), await frail_people.device("anna")
    call = await panel.rings("Anna Lind")
    await anna.invited()
    frail.kill()
    frail.start()

    def ended() -> bool:
        stored = frail.stored_call(call)
        return stored is not None and stored["stage"] == "ended"

    await eventually(ended, "the ring ends by itself", within=10)
    stored = frail.stored_call(call)
    assert stored is not None
    assert stored["reason"] in ("lost", "unreachable")
    await panel.connect()
    assert panel.ready["call"] is None
    await anna.connect()
    await panel.rings("Anna Lind")  # nobody is busy with a ring that is over
    await anna.invited(call=panel.call)


def _suffer(house: House, lock: str, fault: str) -> None:
    answer = house.ask(
        "POST", "/api/v1/locks/fault", json_body={"lock": lock, "fault": fault}, cookies=house.as_("marta")
    )
    assert answer.status == 200, answer


def _every_opening_has_its_intent(house: House) -> None:
    carried_out = Counter(line["request"] for line in house.journal())
    assert carried_out
    assert max(carried_out.values()) == 1, "a press was carried out twice"
    intents = Counter(opening["request"] for opening in house.openings())
    assert set(carried_out) <= set(intents), "a door was opened without an intent in the log"
    assert max(intents.values()) == 1
    assert all(o["truth"] in ("opened", "not_confirmed", "refused") for o in house.openings())
