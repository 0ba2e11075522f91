"""A core that is slow, refuses, resets after sending, answers late or is gone: through the doors' service and
each real adapter, nothing opens that nobody asked for, and each press gets the sentence that is true."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from intercom.access import mqtt, mqtt_link
from intercom.access.builtin import Fault
from intercom.domain.door import SENTENCES, Opening, Refusal, Truth
from intercom.domain.errors import DoorRefused
from intercom.domain.ids import RequestId
from intercom.domain.people import KnownDevice, Session
from intercom.services.permits import Press
from tests.access.broker import Habit, Weather
from tests.access.ks_server import Planned
from tests.access.relay_server import Mood
from tests.access.rigs import RIGS, BuiltinRig, MqttRig, RelayRig, Rig, SaltoRig
from tests.fakes import House
from tests.fakes.small import FakeClock

KINDS = ("well", "slow", "refuses", "resets", "late")
PATIENCE = 0.5
"""How long a press waits for the core here, in seconds."""


class Now(FakeClock):
    """The world's clock."""

    def now(self) -> float:
        return time.time()


class Storm:
    """A house whose street door hangs on a real core, and what the weather does to commands."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.house = House()
        self.house.clock = Now()
        self.house.start()

    async def start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rig, house = self.rig, self.house
        street = next(lock for lock in house.phonebooks.bolts if lock.id == "street-door")
        street = replace(street, core_ref="door", open_seconds=0.0)
        if isinstance(rig, SaltoRig):  # its first lock wants a Code
            await rig.start()
            rig.door = replace(street, core_ref="ks-gate")
            rig.core.keep([rig.door])
        else:
            rig.door = street
            await rig.start()
        house.doors.access = rig.core
        house.doors.permits = replace(house.doors.permits, access=rig.core)
        house.doors.reply_within, house.doors.confirm_within = PATIENCE, PATIENCE
        monkeypatch.setattr(mqtt, "_REPLY", 0.3)
        rig.core.listen(house.doors.heard)
        await house.everybody()
        await rig.until(lambda: rig.core.status(rig.door.id).online)

    def meets(self, kinds: list[str]) -> None:
        """What the next commands meet, one each."""
        match self.rig:
            case BuiltinRig():
                fault = {"refuses": "refusing", "slow": "slow", "late": "slow"}.get(kinds[0], "none")
                self.rig.core._bolts[self.rig.door.id].fault = Fault(fault)
                self.rig.core._slow_seconds = 2 * PATIENCE if kinds[0] == "late" else 0.05
            case SaltoRig(site=site):
                plans = {
                    "well": Planned(),
                    "slow": Planned(after=0.05),
                    "refuses": Planned(403, 2203, "Operation cannot be executed."),
                    "resets": Planned(opens=True, reset=True),
                    "late": Planned(after=2 * PATIENCE),
                }
                site.server.planned.extend(plans[kind] for kind in kinds)
            case RelayRig(server=server):
                moods = {
                    "well": Mood.WELL,
                    "slow": Mood.SLOW,
                    "refuses": Mood.REFUSING,
                    "resets": Mood.RESETS_AFTER,
                    "late": Mood.LATE,
                }
                server.delay = 0.05
                server.moods.extend(moods[kind] for kind in kinds)
            case MqttRig(way=way):
                weathers = {
                    "well": Weather.FAIR,
                    "slow": Weather.SLOW,
                    "refuses": Weather.LOSES,
                    "resets": Weather.RESETS_AFTER,
                    "late": Weather.LATE,
                }
                way.delay = 0.05
                way.weathers.extend(weathers[kind] for kind in kinds)

    def say_nothing(self) -> None:
        """The lock's word never comes."""
        match self.rig:
            case BuiltinRig() | SaltoRig():
                pass
            case RelayRig(server=server):
                server.silent = True
            case MqttRig(lock=lock):
                lock.habit = Habit.SILENT

    async def press(self, request: str) -> Opening | DoorRefused:
        try:
            return await self.house.doors.open_door(*self.who(request))
        except DoorRefused as refused:
            return refused

    def who(self, request: str) -> tuple[Session, KnownDevice, Press]:
        device = self.house.device("anna-phone")
        return self.house.session("anna"), device, Press(self.rig.door.id, RequestId(request))

    def logged(self, request: str) -> Opening:
        (opening,) = [o for o in self.house.openings.rows if o.request == request]
        return opening


@pytest.fixture(params=RIGS)
async def storm(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Storm]:
    monkeypatch.setattr(mqtt_link, "_FIRST_WAIT", 0.02)
    storm = Storm(RIGS[request.param](tmp_path, monkeypatch))
    await storm.start(monkeypatch)
    yield storm
    await storm.house.doors.finish()
    await storm.rig.close()


WELL = {(Truth.SENT, None), (Truth.OPENED, None)}
NO_REPLY = {(Truth.NOT_CONFIRMED, Refusal.NO_REPLY)}
SALTO_RESET = {(Truth.NOT_CONFIRMED, Refusal.CORE_DOWN)}
REFUSED = {(Truth.REFUSED, Refusal.CORE_REFUSED)}
RIGHT: dict[str, dict[type[Rig], set[tuple[Truth, Refusal | None]]]] = {
    "well": dict.fromkeys((BuiltinRig, SaltoRig, RelayRig, MqttRig), WELL),
    "slow": dict.fromkeys((BuiltinRig, SaltoRig, RelayRig, MqttRig), WELL),
    "refuses": {
        BuiltinRig: REFUSED,
        SaltoRig: {(Truth.REFUSED, Refusal.NOT_ALLOWED)},
        RelayRig: REFUSED,
        MqttRig: NO_REPLY,  # a broker cannot refuse for a lock; here the command is lost on the way
    },
    "resets": {BuiltinRig: WELL, SaltoRig: SALTO_RESET, RelayRig: NO_REPLY, MqttRig: NO_REPLY},
    "late": dict.fromkeys((BuiltinRig, SaltoRig, RelayRig, MqttRig), NO_REPLY),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_press_gets_the_sentence_that_is_true(storm: Storm, kind: str) -> None:
    storm.say_nothing()
    storm.meets([kind])
    await storm.press("press")
    await storm.house.doors.finish()
    opening = storm.logged("press")
    if (opening.truth, opening.code) == (Truth.OPENED, None):
        assert storm.rig.turned == 1, "the lock has said so before the answer was lost"
    else:
        assert (opening.truth, opening.code) in RIGHT[kind][type(storm.rig)]
    told = [m.rest["news"] for m in storm.house.signaler.to("anna-phone") if "news" in m.rest]
    news = next(news for news in reversed(told) if news.opening.code == opening.code)
    assert news.message == (SENTENCES[opening.code] if opening.code else None)
    again = await storm.press("press")
    await storm.house.doors.finish()
    assert isinstance(again, DoorRefused) == (opening.truth is Truth.REFUSED)
    assert storm.rig.turned <= 1, "the same press turned it again"


async def test_a_lock_that_is_gone_is_said_to_be_offline_and_gets_nothing(storm: Storm) -> None:
    if isinstance(storm.rig, SaltoRig):
        storm.rig.site.server.locks["ks-gate"].online = False
        await storm.rig.until(lambda: not storm.rig.core.status(storm.rig.door.id).online)
    else:
        await storm.rig.go_offline()
    refused = await storm.press("press")
    assert isinstance(refused, DoorRefused)
    assert (refused.refusal, str(refused)) == ("lock_offline", "The door is offline.")
    assert storm.rig.turned == 0
    assert storm.logged("press").truth is Truth.REFUSED


CODES = {
    Refusal.CORE_REFUSED,
    Refusal.NOT_ALLOWED,
    Refusal.NO_REPLY,
    Refusal.CORE_DOWN,
    Refusal.LOCK_OFFLINE,
    Refusal.NO_CONFIRMATION,
}


async def test_a_thousand_presses_in_changing_weather_open_nothing_that_nobody_asked_for(
    storm: Storm,
) -> None:
    rig, house, chance = storm.rig, storm.house, random.Random(7)
    total, together = (200, 20) if isinstance(rig, MqttRig) else (1000, 100)
    made = 0
    while made < total:
        storm.meets([chance.choice(KINDS) for _ in range(together)])
        await asyncio.gather(*(storm.press(f"press {made + number}") for number in range(together)))
        made += together
        await house.doors.finish()
        if isinstance(rig, RelayRig):
            rig.server.moods.clear()
        if isinstance(rig, MqttRig):
            rig.way.weathers.clear()
            await rig.until(lambda: rig.core._link.connected)
    rows = house.openings.rows
    assert len(rows) == total
    asked = [opening for opening in rows if opening.truth is not Truth.REFUSED]
    assert rig.turned <= len(asked), "it turned for a press that was said to be refused, or twice for one"
    assert {opening.code for opening in rows} - {None} <= CODES
    turned = rig.turned
    assert turned > 0
    await asyncio.sleep(PATIENCE + 0.1)
    await house.doors.tick()
    assert all(opening.settled for opening in house.openings.rows)
    assert rig.turned <= turned + (together if isinstance(rig, SaltoRig) else 0)
    turned = rig.turned
    await asyncio.sleep(2 * PATIENCE)
    assert rig.turned == turned, "a command was carried out when nobody waited for it any more"
