"""ICE servers, and TURN credentials that are good for one call."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from intercom.domain.ids import CallId, Secret
from intercom.ice.servers import ConfiguredIce
from intercom.ports import IceServer

NOW = 1_700_000_000.75
TURN = ("turn:turn.example:3478", "turns:turn.example:5349")


def password(secret: str, username: str) -> str:
    """What coturn computes with `use-auth-secret` and `static-auth-secret=`."""
    return base64.b64encode(hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()).decode()


def turn_of(ice: ConfiguredIce, call: str = "call-7", now: float = NOW) -> IceServer:
    return ice.for_call(CallId(call), now)[-1]


def test_the_credential_is_what_coturn_computes_from_the_shared_secret() -> None:
    server = turn_of(ConfiguredIce(turn=TURN, turn_secret=Secret("north")))
    assert server.urls == TURN
    assert server.username == f"{int(NOW + 1200)}:call-7"
    assert server.credential is not None
    assert server.credential.reveal() == password("north", server.username)


def test_a_known_answer() -> None:
    # printf %s '1700001200:call-7' | openssl dgst -sha1 -hmac north -binary | base64
    server = turn_of(ConfiguredIce(turn=TURN, turn_secret=Secret("north")), now=1_700_000_000.0)
    assert server.username == "1700001200:call-7"
    assert server.credential == Secret("qjDWeX7APpgH9+T0q9AkXg+exNw=")


def test_every_call_and_every_secret_has_a_credential_of_its_own() -> None:
    made = {
        turn_of(ConfiguredIce(turn=TURN, turn_secret=Secret(secret)), call, NOW + later).credential
        for secret in ("north", "south")
        for call in ("a", "b", "c")
        for later in (0, 1)
    }
    assert len(made) == 12


def test_the_credential_does_not_show_when_the_servers_are_printed() -> None:
    servers = ConfiguredIce(turn=TURN, turn_secret=Secret("north")).for_call(CallId("c"), NOW)
    assert servers[0].credential is not None
    assert servers[0].credential.reveal() not in repr(servers)
    assert "north" not in repr(ConfiguredIce(turn=TURN, turn_secret=Secret("north")))


@pytest.mark.parametrize(
    ("ice", "urls"),
    [
        (ConfiguredIce(), []),
        (ConfiguredIce(stun=["stun:a", "stun:b"]), [("stun:a", "stun:b")]),
        (ConfiguredIce(turn=TURN), []),
        (ConfiguredIce(turn_secret=Secret("north")), []),
        (ConfiguredIce(turn=TURN, turn_secret=Secret("")), []),
        (ConfiguredIce(["stun:a"], TURN, Secret("north")), [("stun:a",), TURN]),
    ],
)
def test_only_what_is_configured_is_handed_out(ice: ConfiguredIce, urls: list[tuple[str, ...]]) -> None:
    assert [server.urls for server in ice.for_call(CallId("c"), NOW)] == urls


def test_a_stun_server_needs_no_credential() -> None:
    (server,) = ConfiguredIce(stun=["stun:a"]).for_call(CallId("c"), NOW)
    assert (server.username, server.credential) == (None, None)
