"""What a socket is told comes in the language of its page, or of the handshake."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from socketio.exceptions import ConnectionError as Unreachable

from tests.e2e.house import Caller, Device, House


@pytest.fixture
async def caller(house: House) -> AsyncIterator[Caller]:
    client = Caller(house, house.new_panel("street"))
    yield client
    await client.close()


async def ring_nobody(caller: Caller) -> str:
    """Press a name that is not there; the sentence of the refusal."""
    ack = await caller.says("ring", {"entry": "no-such-entry"})
    assert ack["error"]["code"] == "unknown_entry"
    sentence: str = ack["error"]["message"]
    return sentence


async def test_a_panel_speaks_as_its_visitor_chose(caller: Caller) -> None:
    await caller.connect(headers={"Accept-Language": "de-CH"})
    assert await ring_nobody(caller) == "Dieser Name steht nicht mehr an dieser Türstation."
    for wanted, sentence in (
        ("fr", "Ce nom n’est plus sur cette platine."),
        ("klingon", "Ce nom n’est plus sur cette platine."),
        ("en", "This name is not on this panel any more."),
    ):
        assert (await caller.says("language", {"language": wanted}))["ok"] is True
        assert await ring_nobody(caller) == sentence
    assert (await caller.says("language", {"language": "x" * 17}))["ok"] is False


async def test_whoever_is_turned_away_is_told_in_their_language(house: House) -> None:
    device = Device(house, "no-such-session", "stranger")
    with pytest.raises(Unreachable):
        await device.connect(headers={"Accept-Language": "es"})
    assert device.refusal is not None
    assert device.refusal["message"] == "Se ha cerrado su sesión. Inicie sesión para continuar."
    await device.close()
