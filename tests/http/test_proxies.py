"""Whose word is taken for a visitor's address."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, web
from aiohttp.pytest_plugin import AiohttpClient

from intercom.config import ConfigError, load
from intercom.http.proxies import behind, counted_as
from tests.e2e.house import House, fresh_address

VISITOR, OTHER = "203.0.113.7", "198.51.100.9"


async def seen(aiohttp_client: AiohttpClient, proxies: list[str], *headers: tuple[str, str]) -> str:
    """The address that a handler sees of a request from 127.0.0.1."""

    async def tell(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.remote} {request.host.split(':')[0]} {request.scheme}")

    app = web.Application(middlewares=[behind(proxies)])
    app.router.add_get("/", tell)
    client = await aiohttp_client(app)
    answer = await client.get("/", headers=list(headers))
    return await answer.text()


async def test_without_the_setting_nobody_is_believed(aiohttp_client: AiohttpClient) -> None:
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"):
        assert (await seen(aiohttp_client, [], (name, VISITOR))).startswith("127.0.0.1 ")


async def test_who_is_not_on_the_list_is_not_believed(aiohttp_client: AiohttpClient) -> None:
    said = ("X-Forwarded-For", VISITOR)
    assert (await seen(aiohttp_client, ["10.0.0.0/8", "::1"], said)).startswith("127.0.0.1 ")


@pytest.mark.parametrize("proxies", [["127.0.0.1"], ["127.0.0.0/8", "10.0.0.0/8"]])
@pytest.mark.parametrize(
    ("said", "address"),
    [
        (VISITOR, VISITOR),
        (f"{OTHER}, {VISITOR}", VISITOR),  # whatever stands before it, the visitor wrote
        (f"127.0.0.1, {VISITOR}", VISITOR),
        (f"{OTHER}, {VISITOR}, 127.0.0.1", VISITOR),  # two proxies of ours
        ("2001:db8::7", "2001:db8::7"),
    ],
)
async def test_a_proxy_on_the_list_names_the_visitor(
    aiohttp_client: AiohttpClient, proxies: list[str], said: str, address: str
) -> None:
    assert (await seen(aiohttp_client, proxies, ("X-Forwarded-For", said))).split()[0] == address


async def test_a_proxy_names_the_address_and_nothing_else(aiohttp_client: AiohttpClient) -> None:
    told = await seen(
        aiohttp_client,
        ["127.0.0.1"],
        ("X-Forwarded-For", VISITOR),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "https"),
    )
    assert told == f"{VISITOR} 127.0.0.1 http"


async def test_a_header_that_is_none_is_refused(aiohttp_client: AiohttpClient) -> None:
    assert (await seen(aiohttp_client, ["127.0.0.1"], ("X-Forwarded-For", "<script>"))).startswith("400")
    twice = [("X-Forwarded-For", VISITOR), ("X-Forwarded-For", OTHER)]
    assert (await seen(aiohttp_client, ["127.0.0.1"], *twice)).startswith("400")


async def test_through_a_proxy_a_socket_is_let_in_too(aiohttp_client: AiohttpClient) -> None:
    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(request.remote or "")
        await socket.close()
        return socket

    app = web.Application(middlewares=[behind(["127.0.0.1"])])
    app.router.add_get("/", talk)
    client = await aiohttp_client(app)
    async with ClientSession() as session:
        socket = await session.ws_connect(client.make_url("/"), headers={"X-Forwarded-For": VISITOR})
        assert await socket.receive_str() == VISITOR


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb:cccc:dddd:eeee", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_network_of_ipv6_addresses_has_no_more_tries_than_one_address(
    address: str | None, counted: str
) -> None:
    assert counted_as(address) == counted


def test_what_is_no_address_is_a_fault_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERCOM_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8 ::1")
    assert load().trusted_proxies == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]
    for wrong in ("nginx", "10.0.0.1/8", "*", "300.1.1.1"):
        monkeypatch.setenv("INTERCOM_TRUSTED_PROXIES", wrong)
        with pytest.raises(ConfigError, match="trusted_proxies"):
            load()


def test_a_guesser_cannot_write_itself_a_new_address_for_each_guess(house: House) -> None:
    address = fresh_address()
    statuses = [
        house.ask(
            "POST",
            "/sign-in",
            form={"email": f"guess{number}@example.org", "password": "wrong"},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
            address=address,
        ).status
        for number in range(51)
    ]
    assert statuses[-1] == 429
