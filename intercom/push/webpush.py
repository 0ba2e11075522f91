"""`ports.PushSender`: encrypted messages to the push services of browsers.

An endpoint is an address that a browser chose, so sending to it must not reach into the building's own
network: only listed services are contacted, by https on 443, at addresses that are public when the
message is sent, without following redirects, for at most 3 seconds.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from cryptography.hazmat.primitives import serialization
from py_vapid import Vapid02  # pyright: ignore[reportMissingTypeStubs]
from py_vapid.utils import b64urlencode  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
from pywebpush import WebPusher  # pyright: ignore[reportMissingTypeStubs]

from intercom.domain.ids import Secret
from intercom.ports import PushResult, Subscription

log = logging.getLogger(__name__)

SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
)
"""Push services of Chrome, Firefox, Safari and Edge. A leading dot takes every name below it."""

_SECONDS = 3.0
_READ = 4096


class WebPushSender:
    """Sends; `key` is the server's own, made at first start, `contact` a mailto: or https: address.

    `services`: names as in `SERVICES`. One with a scheme (`http://10.0.0.5:8080`) is a service of one's
    own, contacted exactly there, also inside the network.
    """

    def __init__(self, key: Path, contact: str, services: Sequence[str] = SERVICES) -> None:
        self._vapid: Any = _own_key(key)
        self._contact = contact
        self._names = tuple(s for s in services if "://" not in s)
        self._origins = frozenset(s.rstrip("/") for s in services if "://" in s)
        self._session: aiohttp.ClientSession | None = None
        self._inside: aiohttp.ClientSession | None = None

    @property
    def public_key(self) -> str:
        """See `ports.PushSender.public_key`."""
        point = self._vapid.public_key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return b64urlencode(point)

    def accepts(self, endpoint: Secret) -> bool:
        """See `ports.PushSender.accepts`."""
        try:
            url = urlsplit(endpoint.reveal())
            host, port = url.hostname or "", url.port
        except ValueError:
            return False
        if f"{url.scheme}://{url.netloc}" in self._origins:
            return True
        if url.scheme != "https" or port not in (None, 443) or url.username or url.password:
            return False
        return any(host == name or (name.startswith(".") and host.endswith(name)) for name in self._names)

    async def send(
        self, subscription: Subscription, message: Mapping[str, str], *, seconds: float, topic: str
    ) -> PushResult:
        """See `ports.PushSender.send`."""
        endpoint = subscription.endpoint.reveal()
        if not self.accepts(subscription.endpoint):
            return PushResult.REFUSED
        url = urlsplit(endpoint)
        origin = f"{url.scheme}://{url.netloc}"
        try:
            keys = {"p256dh": subscription.p256dh, "auth": subscription.auth.reveal()}
            pusher: Any = WebPusher({"endpoint": endpoint, "keys": keys})
            body: bytes = pusher.encode(orjson.dumps(dict(message)), "aes128gcm")["body"]
            claims = {"sub": self._contact, "aud": origin}
            signed: dict[str, str] = self._vapid.sign(claims)
        except Exception as error:  # keys that a browser made up: many kinds of faults
            log.info("a push subscription cannot be used: %s", type(error).__name__)
            return PushResult.GONE
        headers = {
            **signed,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, round(seconds))),
            "Urgency": "high",
            "Topic": topic,
        }
        session = self._open(inside=origin in self._origins)
        try:
            async with session.post(endpoint, data=body, headers=headers, allow_redirects=False) as answer:
                await answer.content.read(_READ)
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.info("push to %s failed: %s", url.hostname, type(error).__name__)
            return PushResult.LATER
        result = _result(status)
        if result is not PushResult.TAKEN:
            log.info("push to %s: %d", url.hostname, status)
        return result

    async def close(self) -> None:
        """End connections."""
        for session in (self._session, self._inside):
            if session is not None:
                await session.close()
        self._session = self._inside = None

    def _open(self, *, inside: bool) -> aiohttp.ClientSession:
        kept = self._inside if inside else self._session
        if kept is not None:
            return kept
        connector = aiohttp.TCPConnector(
            resolver=None if inside else PublicResolver(), use_dns_cache=inside, limit=32
        )
        session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        if inside:
            self._inside = session
        else:
            self._session = session
        return session


class PublicResolver(AbstractResolver):
    """Looks names up when a connection is made, and gives only public addresses: what a name pointed to
    when it was checked earlier does not count (DNS rebinding)."""

    def __init__(self, names: AbstractResolver | None = None) -> None:
        self._names = names or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The public addresses of `host`. Raises `OSError` when it has none."""
        found = await self._names.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError(f"{host} has no public address")
        return public

    async def close(self) -> None:
        """End look-ups."""
        await self._names.close()


def is_public(address: str) -> bool:
    """Whether an address is one of the Internet: not this machine, this network, a carrier's or a
    translation of such (RFC 6890)."""
    try:
        ip = ip_address(address.split("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (mapped is None or is_public(str(mapped)))


def _result(status: int) -> PushResult:
    if 200 <= status < 300:
        return PushResult.TAKEN
    if status in (404, 410):
        return PushResult.GONE
    if status == 429 or status >= 500:
        return PushResult.LATER
    return PushResult.REFUSED


def _own_key(path: Path) -> Any:
    """The server's key; made, for the owner of the file alone, when there is none."""
    if not path.exists():
        vapid: Any = Vapid02()
        vapid.generate_keys()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(vapid.private_pem())
    return Vapid02.from_file(str(path))  # pyright: ignore[reportUnknownMemberType]
