"""Pushes: read by their device alone, and sent to nobody but push services."""

from __future__ import annotations

import asyncio
import socket
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from intercom.domain.ids import DeviceId, Secret
from intercom.ports import PushResult, Subscription
from intercom.push.webpush import PublicResolver, WebPushSender, is_public
from tests.push.service import PushService

CALL = {"kind": "ring", "call": "c1"}


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    running = PushService()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def sender(service: PushService, tmp_path: Path) -> AsyncIterator[WebPushSender]:
    made = WebPushSender(tmp_path / "push.key", "mailto:admin@example.org", [service.url])
    yield made
    await made.close()


async def test_a_message_is_read_by_its_device_and_says_how_long_it_lives(
    service: PushService, sender: WebPushSender
) -> None:
    subscription = service.subscribe("anna")
    assert await sender.send(subscription, CALL, seconds=44.6, topic="c1") is PushResult.TAKEN
    (taken,) = service.taken
    assert taken.message == CALL
    assert (taken.ttl, taken.urgency, taken.topic) == (45, "high", "c1")


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (404, PushResult.GONE),
        (410, PushResult.GONE),
        (429, PushResult.LATER),
        (500, PushResult.LATER),
        (503, PushResult.LATER),
        (400, PushResult.REFUSED),
        (413, PushResult.REFUSED),
    ],
)
async def test_what_the_service_says_is_told_in_one_of_four_words(
    service: PushService, sender: WebPushSender, status: int, result: PushResult
) -> None:
    service.answers = [status]
    assert await sender.send(service.subscribe("anna"), CALL, seconds=45, topic="c1") is result


async def test_a_redirect_is_not_followed(service: PushService, sender: WebPushSender) -> None:
    service.answers = [302]
    service.headers = {"Location": f"{service.url}/canary"}
    assert await sender.send(service.subscribe("anna"), CALL, seconds=45, topic="c") is PushResult.REFUSED
    assert service.asked == 1


async def test_a_service_that_is_slow_or_gone_costs_three_seconds_at_most(
    service: PushService, sender: WebPushSender
) -> None:
    service.delay = 30
    began = time.monotonic()
    slow = sender.send(service.subscribe("anna"), CALL, seconds=45, topic="c")
    assert await slow is PushResult.LATER
    assert time.monotonic() - began < 5
    await service.stop()
    assert await sender.send(service.subscribe("ben"), CALL, seconds=45, topic="c") is PushResult.LATER
    await service.start()


async def test_keys_that_are_none_make_a_dead_subscription(
    service: PushService, sender: WebPushSender
) -> None:
    broken = Subscription(DeviceId("d"), Secret(f"{service.url}/d"), "AAAA", Secret("not base64"))
    assert await sender.send(broken, CALL, seconds=45, topic="c") is PushResult.GONE
    assert service.asked == 0


def test_the_servers_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "push.key"
    first = WebPushSender(path, "mailto:a@example.org").public_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert WebPushSender(path, "mailto:a@example.org").public_key == first
    assert len(first) == 87


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:443/wp/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://db5p.notify.windows.com/w/?token=abc",
    ],
)
def test_the_push_services_of_browsers_are_accepted(tmp_path: Path, endpoint: str) -> None:
    assert WebPushSender(tmp_path / "key", "mailto:a@example.org").accepts(Secret(endpoint))


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@127.0.0.1/x",
        "https://fcm.googleapis.com.example.org/x",
        "https://evilfcm.googleapis.com/x",
        "https://notify.windows.com/x",
        "https://xnotify.windows.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://fcm.googleapis.com:99999/x",
        "https://[fcm.googleapis.com/x",
        "file:///etc/passwd",
        "//fcm.googleapis.com/x",
        "",
        "x" * 5000,
    ],
)
async def test_nothing_else_is_contacted(tmp_path: Path, endpoint: str) -> None:
    sender = WebPushSender(tmp_path / "key", "mailto:a@example.org")
    assert not sender.accepts(Secret(endpoint))
    subscription = Subscription(DeviceId("d"), Secret(endpoint), "AAAA", Secret("AAAA"))
    assert await sender.send(subscription, CALL, seconds=1, topic="c") is PushResult.REFUSED


class Rebinding(AbstractResolver):
    """A name that was public when it was looked at first, and now is here."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=a, port=port, family=family, proto=0, flags=0)
            for a in self._addresses
        ]

    async def close(self) -> None:
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1",
        "2002:0a00:0001::1", "ff02::1", "198.18.0.1", "192.0.2.1", "2001:db8::1", "nonsense",
    ],
)  # fmt: skip
async def test_a_name_that_points_into_a_network_of_ones_own_is_not_reached(address: str) -> None:
    assert not is_public(address)
    resolver = PublicResolver(Rebinding(address))
    with pytest.raises(OSError, match="no public address"):
        await resolver.resolve("fcm.googleapis.com", 443)
    mixed = PublicResolver(Rebinding(address, "142.250.1.1"))
    assert [one["host"] for one in await mixed.resolve("fcm.googleapis.com", 443)] == ["142.250.1.1"]
