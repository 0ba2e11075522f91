"""Credentials and the relay's check, against a real coturn."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from intercom.config import load
from intercom.doctor import verdicts
from intercom.domain.ids import CallId, Secret
from intercom.ice.check import allocate
from intercom.ice.servers import ConfiguredIce
from tests.ice.turn_server import SECRET, TurnServer


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TurnServer]:
    with TurnServer(tmp_path_factory.mktemp("turn")) as server:
        yield server


def minted(turn: TurnServer, secret: str = SECRET, now: float | None = None) -> tuple[str, Secret]:
    ice = ConfiguredIce(turn=turn.urls, turn_secret=Secret(secret), lifetime=60)
    server = ice.for_call(CallId("call-7"), time.time() if now is None else now)[-1]
    assert server.username
    assert server.credential
    return server.username, server.credential


@pytest.mark.parametrize("transport", [0, 1], ids=["udp", "tcp"])
async def test_coturn_takes_what_is_minted_for_a_call_and_gives_an_address_out(
    turn: TurnServer, transport: int
) -> None:
    made = await allocate(turn.urls[transport], *minted(turn))
    assert made.good, made.said
    assert made.relayed.startswith("127.0.0.1:")
    assert made.relayed in str(made.said)


@pytest.mark.parametrize("wrong", ["another secret", "expired"])
async def test_coturn_refuses_other_credentials_and_old_ones_and_the_check_says_so(
    turn: TurnServer, wrong: str
) -> None:
    given = minted(turn, now=time.time() - 3600) if wrong == "expired" else minted(turn, secret=wrong)
    made = await allocate(turn.urls[0], *given)
    assert not made.good
    assert "does not take our credentials" in str(made.said)


async def test_where_nothing_listens_the_check_says_so_in_good_time() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        began = time.monotonic()
        made = await allocate(f"turn:127.0.0.1:{deaf.getsockname()[1]}", "u", Secret("p"), within=1)
    assert not made.good
    assert "does not answer" in str(made.said)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("url", ["turn.example", "stun:turn.example", "turn:", "https://turn.example"])
async def test_what_is_no_address_of_a_turn_server_is_told(url: str) -> None:
    made = await allocate(url, "u", Secret("p"))
    assert "is no TURN address" in str(made.said)


def test_the_doctor_proves_each_relay_by_an_allocation(turn: TurnServer, tmp_path: Path) -> None:
    def said(secret: str) -> list[tuple[bool, str]]:
        settings = load(None, data=tmp_path, turn=list(turn.urls), turn_secret=secret)
        return [verdict for verdict in verdicts(settings) if "TURN" in verdict[1]]

    good = said(SECRET)
    assert [well for well, _ in good] == [True, True]
    assert all("relays" in words for _, words in good)
    assert [well for well, _ in said("another")] == [False, False]
    (without,) = [words for _, words in verdicts(load(None, data=tmp_path)) if "TURN" in words]
    assert "outside" in without
