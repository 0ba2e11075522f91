"""The cores of all sites as one, and the choice that a site makes and keeps."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from intercom.access import builtin, saltoks
from intercom.access.catalog import read
from intercom.access.cores import Cores
from intercom.access.journal import Journal
from intercom.domain.door import Lock, LockStatus, Refusal
from intercom.domain.errors import Invalid
from intercom.domain.ids import EntranceId, LockId, RequestId, Secret, SiteId
from intercom.ports import (
    Ask,
    CommandRefused,
    CommandTaken,
    CoreField,
    CoreState,
    LockChanged,
    LockEvent,
    LockOpened,
)
from tests.access.ks_server import Planned
from tests.access.ks_site import KsSite
from tests.fakes.small import FakeClock

HERE, THERE = SiteId("here"), SiteId("there")
DOOR = Lock(LockId("door"), HERE, EntranceId("e"), "Door", 0.0)
FAR = Lock(LockId("far"), THERE, EntranceId("f"), "Far door", 0.0)


class Town:
    """Two sites on one router."""

    def __init__(self, journal: Path) -> None:
        self.clock = FakeClock()
        self.said: list[LockEvent] = []
        self.kept: dict[SiteId, Mapping[str, object]] = {}
        self.cores = Cores([builtin.make(Journal(journal)), saltoks.make()], self.clock.now, self.remember)
        self.cores.keep([DOOR, FAR])
        self.cores.listen(self.hears)

    async def remember(self, site: SiteId, state: Mapping[str, object]) -> None:
        self.kept[site] = json.loads(json.dumps(dict(state)))

    async def hears(self, event: LockEvent) -> None:
        self.said.append(event)

    async def press(self, lock: Lock, request: str = "press") -> object:
        return await self.cores.unlock(lock.id, RequestId(request), self.clock.now())


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    monkeypatch.setattr(builtin, "_TURN", 0.0)
    town = Town(tmp_path / "doors.jsonl")
    await town.cores.start()
    yield town
    await town.cores.close()


@pytest.fixture
async def salto() -> AsyncIterator[KsSite]:
    site = KsSite()
    await site.server.start()
    yield site
    await site.close()


def words(salto: KsSite) -> dict[str, str]:
    address, server = salto.server.url, salto.server
    return {"api": address, "identity": address, "site": server.site, "client_id": server.client_id}


async def test_each_command_goes_to_the_core_of_its_locks_site(town: Town, salto: KsSite) -> None:
    await town.cores.exchange(
        HERE, "saltoks", words(salto), {"client_secret": Secret(salto.server.client_secret)}, {}
    )
    town.cores.keep([Lock(DOOR.id, HERE, DOOR.entrance, "Door", 0.0, core_ref="ks-gate"), FAR])
    assert (town.cores.kind_of(HERE), town.cores.kind_of(THERE)) == ("saltoks", "builtin")
    assert await town.press(DOOR) == CommandTaken()
    assert await town.press(FAR) == CommandTaken()
    assert [lock for lock, _ in salto.server.turned] == ["ks-gate"]


async def test_a_core_is_exchanged_while_the_other_site_goes_on(town: Town, salto: KsSite) -> None:
    secrets = {"client_secret": Secret(salto.server.client_secret)}
    await town.cores.exchange(HERE, "saltoks", words(salto), secrets, {})
    assert town.said[-1] == LockChanged(DOOR.id, LockStatus(trouble=Refusal.NOT_RELEASED)), "not tied yet"
    await town.cores.exchange(HERE, "builtin", {}, {}, {})
    assert town.said[-1] == LockChanged(DOOR.id, LockStatus())
    assert await town.press(DOOR) == CommandTaken()
    assert salto.server.sent == []


async def test_settings_that_cannot_be_change_nothing(town: Town) -> None:
    for kind, given in (("saltoks", {}), ("nosuch", {}), ("builtin", {"address": "x"})):
        with pytest.raises(Invalid):
            await town.cores.exchange(HERE, kind, given, {}, {})
    assert town.cores.kind_of(HERE) == "builtin"
    assert await town.press(DOOR) == CommandTaken()


async def test_a_site_whose_core_cannot_be_made_opens_nothing(town: Town) -> None:
    await town.cores.shut(HERE, "saltoks")
    assert await town.press(DOOR) == CommandRefused(Refusal.NOT_RELEASED)
    assert not town.cores.status(DOOR.id).online
    assert (await town.cores.at(HERE).check()).state is CoreState.UNFINISHED
    assert await town.press(FAR) == CommandTaken()


async def test_a_lock_of_no_site_is_offline(town: Town) -> None:
    assert await town.cores.unlock(LockId("none"), RequestId("x"), 0.0) == CommandRefused(
        Refusal.LOCK_OFFLINE
    )
    assert town.cores.status(LockId("none")) == LockStatus(online=False)


async def test_a_listener_that_breaks_takes_no_word_from_the_others(town: Town) -> None:
    async def breaks(_: LockEvent) -> None:
        raise RuntimeError("broken")

    heard: list[LockEvent] = []

    async def hears(event: LockEvent) -> None:
        heard.append(event)

    town.cores.listen(breaks)
    town.cores.listen(hears)
    await builtin.Switches(town.cores.of).set_fault(DOOR.id, "offline")
    assert isinstance(heard[0], LockChanged)


async def test_the_switches_are_those_of_built_in_locks_only(town: Town, salto: KsSite) -> None:
    switches = builtin.Switches(town.cores.of)
    assert switches.fault_of(DOOR.id) == "none"
    secrets = {"client_secret": Secret(salto.server.client_secret)}
    await town.cores.exchange(HERE, "saltoks", words(salto), secrets, {})
    assert switches.fault_of(DOOR.id) is None
    with pytest.raises(KeyError):
        await switches.set_fault(DOOR.id, "offline")


async def test_a_hundred_exchanges_under_load_turn_no_bolt_twice(town: Town, salto: KsSite) -> None:
    secrets = {"client_secret": Secret(salto.server.client_secret)}
    salto.server.always = Planned(after=0.01)
    town.cores.keep([Lock(DOOR.id, HERE, DOOR.entrance, "Door", 0.0, core_ref="ks-gate"), FAR])
    taken = 0
    for number in range(40):
        kind = ("saltoks", "builtin")[number % 2]
        given = (words(salto), secrets) if kind == "saltoks" else ({}, {})
        await town.cores.exchange(HERE, kind, *given, {})
        taken += await town.press(DOOR, f"p{number}") == CommandTaken()
        await town.press(DOOR, f"p{number}")
    assert taken == 40
    assert len(salto.server.turned) == 20
    assert not [event for event in town.said if isinstance(event, LockOpened) and not event.asked]


FIELDS = (
    CoreField("address", "Address", Ask.ADDRESS),
    CoreField("name", "Name", required=False),
    CoreField("long", "Long", Ask.LONG, required=False),
    CoreField("number", "Number", Ask.NUMBER, default="5", least=1, most=10),
    CoreField("on", "On", Ask.SWITCH, default="false"),
    CoreField("way", "Way", Ask.CHOICE, default="a", choices=(("a", "A"), ("b", "B"))),
    CoreField("key", "Key", Ask.SECRET),
)
GOOD = {"address": "https://example.org"}


def test_settings_are_read_with_their_defaults() -> None:
    settings, secrets = read(FIELDS, GOOD, {"key": Secret("k"), "other": Secret("x")})
    assert settings == {**GOOD, "name": "", "long": "", "number": "5", "on": "false", "way": "a"}
    assert secrets == {"key": Secret("k")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("address", ""),
        ("address", "ftp://example.org"),
        ("address", "https://"),
        ("address", "https://user:pass@example.org"),
        ("address", "http://example.org:99999"),
        ("address", "http://[::1"),
        ("address", "https://example.org#part"),
        ("name", "two\nlines"),
        ("name", "x" * 20_001),
        ("number", "0"),
        ("number", "11"),
        ("number", "nan"),
        ("number", "many"),
        ("on", "yes"),
        ("way", "c"),
        ("unknown", "x"),
        ("key", "in the settings"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(FIELDS, {**GOOD, name: value}, {} if name == "key" else {"key": Secret("k")})
    assert list(refused.value.details["fields"]) == [name]
