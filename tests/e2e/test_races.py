"""Races over real sockets: whatever comes together, there is one truth, and everybody is told the same."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.house import Caller, Device, House, People, new_request

ACCEPT_RACES = 1000
RACES = 90
"""Of each other kind: as many as a client may run without waiting for the limit on its messages."""


async def _after(delay: float) -> None:
    if delay:
        await asyncio.sleep(delay)


class Lane:
    """A panel and the devices of one household, used for one race after the other."""

    def __init__(self, panel: Caller, devices: list[Device], entry: str, dice: random.Random) -> None:
        self.panel = panel
        self.devices = devices
        self.entry = entry
        self.dice = dice
        self.winners: dict[str, str] = {}
        self.slowest_stop = 0.0

    async def rings(self) -> str:
        call = await self.panel.rings(self.entry)
        for device in self.devices:
            await device.invited(call=call)
        return call

    def moment(self) -> float:
        """Mostly the very same moment, sometimes a little apart."""
        return self.dice.choice((0.0, 0.0, 0.0, self.dice.uniform(0, 0.002)))

    async def race(self) -> None:
        """Several devices accept at once; exactly one has it, and everybody knows who."""
        call = await self.rings()
        racers = self.dice.sample(self.devices, self.dice.randint(2, len(self.devices)))

        decided: list[float] = []

        async def accept(device: Device) -> dict[str, object]:
            await _after(self.moment())
            ack = await device.says("accept", device.mine)
            if ack["ok"]:
                decided.append(time.monotonic())
            return ack

        acks = await asyncio.gather(*(accept(device) for device in racers))
        won = [device for device, ack in zip(racers, acks, strict=True) if ack["ok"]]
        assert len(won) == 1, acks
        winner = won[0]
        name = {"person": winner.ready["person"], "device": winner.ready["device_name"]}
        for device, ack in zip(racers, acks, strict=True):
            if device is not winner:
                assert ack["error"]["code"] == "accepted_elsewhere"
                assert ack["error"]["details"] == {"by": name}
        for device in self.devices:
            if device is not winner:
                stop = await device.gets("stop", call=call, leg=device.leg)
                own = device.ready["person"] == winner.ready["person"]
                assert (stop["reason"], stop["by"]) == ("accepted_elsewhere", {**name, "you": own})
                assert stop["missed"] is False
                late = device.arrived["stop", device.leg] - decided[0]
                self.slowest_stop = max(self.slowest_stop, late)
        assert (await winner.hears("connecting"))["leg"] == winner.leg
        taken = await self.panel.hears("connecting")
        assert (taken["leg"], taken["legs"]) == (winner.leg, [winner.leg])
        await winner.hangs_up()
        assert (await self.panel.hears("ended"))["leg"] == winner.leg
        await winner.hears("ended", reason="completed")
        self.winners[call] = winner.leg

    def check_nothing_is_left(self) -> None:
        """Nobody heard more than its part."""
        for device in self.devices:
            assert not device.unread("stop")
            assert not device.unread("call")
            assert not device.unread("missed")
        legs = Counter((m["call"], m["leg"]) for event, m in self.panel.heard if event == "call" and m["leg"])
        assert {call for call, _ in legs} == set(self.winners)
        assert all(self.winners[call] == leg for call, leg in legs), "the caller saw one leg in each call"


async def _lanes(people: People, seed: int) -> list[Lane]:
    one = await people.devices("anna", "anna", "anna", "ben", "ben")
    two = await people.devices("ferhat", "ferhat", "ferhat")
    three = await people.devices("marta", "marta")
    return [
        Lane(await people.panel(), one, "Anna Lind", random.Random(seed)),
        Lane(await people.panel(), two, "Ferhat Demir", random.Random(seed + 1)),
        Lane(await people.panel(), three, "Marta Koval", random.Random(seed + 2)),
    ]


async def test_of_devices_that_accept_at_the_same_moment_exactly_one_wins_a_thousand_times(
    people: People, house: House
) -> None:
    lanes = await _lanes(people, seed=20_26)
    left = iter(range(ACCEPT_RACES))

    async def run(lane: Lane) -> None:
        for _ in left:  # the lanes share the rounds, and their calls are under way together
            await lane.race()
        for client in (lane.panel, *lane.devices):
            await client.settled()
        lane.check_nothing_is_left()

    started = time.monotonic()
    await asyncio.gather(*(run(lane) for lane in lanes))
    winners = {call: leg for lane in lanes for call, leg in lane.winners.items()}
    assert len(winners) == ACCEPT_RACES
    assert all(len(lane.winners) > 20 for lane in lanes)
    firsts = Counter(leg for leg in winners.values())
    assert max(firsts.values()) == 1, "legs are never used twice"
    for call, leg in winners.items():  # the disk says the same as the sockets
        stored = house.stored_call(call)
        assert stored is not None
        assert (stored["accepted"], stored["stage"], stored["reason"]) == (leg, "ended", "completed")
    slowest = max(lane.slowest_stop for lane in lanes)
    print(
        f"{ACCEPT_RACES} races in {time.monotonic() - started:.1f} s, "
        f"slowest stop after the accept {slowest * 1000:.0f} ms"
    )
    assert slowest < 2, "far over the half second of a machine that has nothing else to do"


@pytest.mark.parametrize("other", ["cancel", "decline", "busy", "reload"])
async def test_an_accept_against_something_else_leaves_one_truth_for_everybody(
    people: People, house: House, other: str
) -> None:
    dice = random.Random(f"accept x {other}")
    panel = await people.panel()
    anna, ben = devices = await people.devices("anna", "ben")
    seen: Counter[str] = Counter()
    for _ in range(RACES):
        call = await panel.rings("Anna Lind")
        for device in devices:
            await device.invited(call=call)

        async def accepts() -> bool:
            await _after(dice.choice((0, 0, dice.uniform(0, 0.003))))
            return (await anna.says("accept", anna.mine))["ok"]

        async def against(call: str = call) -> None:
            await _after(dice.choice((0, 0, dice.uniform(0, 0.003))))
            match other:
                case "cancel":
                    await panel.does("hang_up", call=call)
                case "decline":
                    ack = await ben.says("decline", ben.mine)
                    assert ack["ok"] or ack["error"]["code"] == "call_ended", ack
                case "busy":
                    await ben.does("status", on_the_phone=True)
                    await ben.does("status", on_the_phone=False)
                case _:
                    await panel.connect()

        both = [accepts(), against()]
        if dice.random() < 0.5:
            accepted, _ = await asyncio.gather(*both)
        else:
            _, accepted = await asyncio.gather(*reversed(both))
        if accepted:
            if other != "cancel":
                assert (await panel.hears("connecting"))["leg"] == anna.leg
                await anna.hangs_up()
            ended = await panel.hears("ended")
            assert (await anna.hears("ended"))["reason"] == ended["reason"] == "completed"
        else:
            assert other == "cancel"
            ended = await panel.hears("ended")
            assert ended["reason"] == "cancelled"
            assert (await anna.gets("stop"))["reason"] == "cancelled"
        stop = await ben.gets("stop")
        assert stop["reason"] in ("accepted_elsewhere", "declined", "busy", "cancelled")
        _ended_as(house, call, ended["reason"])
        seen[f"{accepted} {stop['reason']}"] += 1
        for client in (panel, *devices):
            await client.settled()
        assert not ben.unread("stop"), "told once"
        panel.forget()
        anna.forget()
        ben.forget()
    print(other, dict(seen))
    assert len(seen) > 1 or other == "reload", "both orders must have been seen"


async def test_a_winner_whose_connection_drops_at_once_keeps_the_call(people: People) -> None:
    panel = await people.panel()
    anna, ben = await people.devices("anna", "ben")
    dice = random.Random(4)
    for _ in range(10):
        await panel.rings("Anna Lind")
        await anna.invited()
        await ben.invited()
        accepting = asyncio.ensure_future(anna.says("accept", anna.mine))
        await panel.hears("connecting")
        await asyncio.sleep(dice.uniform(0, 0.02))
        await anna.drop()
        await asyncio.gather(accepting, return_exceptions=True)
        leg = anna.leg
        await anna.connect()
        assert (await anna.invited(accepted=True))["leg"] == leg
        assert (await ben.gets("stop"))["reason"] == "accepted_elsewhere"
        await anna.does("media_up", **anna.mine)
        await panel.hears("established")
        await anna.hangs_up()
        await panel.hears("ended", reason="completed")
        panel.forget()
        anna.forget()


async def test_an_accept_against_the_deadline_has_one_outcome(impatient: House) -> None:
    seen: Counter[str] = Counter()

    async def ring(panel: Caller, device: Device, entry: str, dice: random.Random) -> None:
        call = await panel.rings(entry)
        invite = await device.invited(call=call)
        late = dice.uniform(-0.02, 0.25)  # the deadline is looked at four times a second
        await asyncio.sleep(max(0.0, invite["expires_at"] + late - time.time()))
        ack = await device.says("accept", device.mine)
        if ack["ok"]:
            await panel.hears("connecting")
            await device.hangs_up()
            reason = (await panel.hears("ended"))["reason"]
            assert (reason, device.unread("stop")) == ("completed", [])
            assert (await device.hears("ended"))["reason"] == reason
        else:
            assert ack["error"]["code"] == "call_ended"
            reason = (await panel.hears("ended"))["reason"]
            assert (await device.gets("stop"))["reason"] == reason == "no_answer"
        _ended_as(impatient, call, reason)
        seen[reason] += 1
        for client in (panel, device):
            await client.settled()
            late = [m for m in (*client.unread("call"), *client.unread("stop")) if m["reason"]]
            assert not late, "told once"
            client.forget()

    async with impatient.people() as people:
        await _in_each_household(people, ring, seed="accept x timeout")
    print(dict(seen))
    assert set(seen) == {"completed", "no_answer"}, "both orders must have been seen"


async def test_hanging_up_against_opening_opens_once_or_is_refused(people: People, house: House) -> None:
    seen: Counter[bool] = Counter()
    presses: dict[str, bool] = {}

    async def ring(panel: Caller, device: Device, entry: str, dice: random.Random) -> None:
        call = await panel.rings(entry)
        await device.invited(call=call)
        await device.accepts()
        await device.does("media_up", **device.mine)
        await panel.hears("established")
        press = new_request()

        async def hang_up(who: Caller | Device, after: float) -> None:
            await _after(after)
            await who.hangs_up()

        async def opens(after: float) -> bool:
            await _after(after)
            ack = await device.opens("street-door", request=press)
            assert ack["ok"] or ack["error"]["code"] == "call_ended", ack
            return ack["ok"]

        moments = [dice.choice((0, 0, dice.uniform(0, 0.002))) for _ in range(2)]
        hanging = hang_up(dice.choice((panel, device)), moments[0])
        if dice.random() < 0.5:
            presses[press], _ = await asyncio.gather(opens(moments[1]), hanging)
        else:
            _, presses[press] = await asyncio.gather(hanging, opens(moments[1]))
        seen[presses[press]] += 1
        for client in (panel, device):
            assert (await client.hears("ended"))["reason"] == "completed"
            assert not client.unread("stop")
        _ended_as(house, call, "completed")
        if presses[press]:
            await device.gets("door", request=press, state="opened")
        for client in (panel, device):
            client.forget()

    await _in_each_household(people, ring, seed="hang up x open")
    print(dict(seen))
    assert len(seen) == 2, "both orders must have been seen"
    commands = Counter(line["request"] for line in house.journal())
    assert {press: commands[press] for press in presses} == {p: int(sent) for p, sent in presses.items()}


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[House]:
    """A house where it rings for a quarter of a second."""
    house = House(tmp_path / "house", ring_seconds=0.25, ring_limit="100000 per minute")
    house.start()
    yield house
    house.close()
    assert not house.faults(), "the server's log tells of faults of its own"


Race = Callable[[Caller, Device, str, random.Random], Awaitable[None]]


async def _in_each_household(people: People, race: Race, seed: str) -> None:
    """`RACES` rounds of a race, shared by the households, all under way together."""
    homes = [("anna", "Anna Lind"), ("ferhat", "Ferhat Demir"), ("marta", "Marta Koval")]
    left = iter(range(RACES))

    async def run(panel: Caller, device: Device, entry: str) -> None:
        dice = random.Random(f"{seed} of {entry}")
        for _ in left:
            await race(panel, device, entry, dice)

    lanes = [(await people.panel(), await people.device(who), entry) for who, entry in homes]
    await asyncio.gather(*(run(*lane) for lane in lanes))


def _ended_as(house: House, call: str, reason: str) -> None:
    """The disk says the same as the sockets, and nothing rings any more."""
    stored = house.stored_call(call)
    assert stored is not None
    assert (stored["stage"], stored["reason"]) == ("ended", reason)
    assert not house.rows("live.db", "SELECT id FROM legs WHERE call=? AND alive", call)
