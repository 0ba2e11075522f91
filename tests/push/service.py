"""A push service on loopback: takes, decrypts (RFC 8291), checks who sends (RFC 8292), and can be unkind."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from dataclasses import dataclass, field

import http_ece
import orjson
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from intercom.domain.ids import DeviceId, Secret
from intercom.ports import Subscription


def unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def padded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Taken:
    """A message as its device would read it."""

    message: dict[str, str]
    ttl: int
    urgency: str
    topic: str
    at: float


@dataclass
class PushService:
    """`answers`: statuses for the next messages, then 201. `delay`: seconds before an answer."""

    answers: list[int] = field(default_factory=list)
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    asked: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        self._keys: dict[str, tuple[ec.EllipticCurvePrivateKey, bytes]] = {}

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/{name}", self._post)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    def subscribe(self, device: str) -> Subscription:
        """What a browser of this device would hand over."""
        private, auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self._keys[device] = (private, auth)
        point = private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return Subscription(
            DeviceId(device), Secret(f"{self.url}/{device}"), unpadded(point), Secret(unpadded(auth))
        )

    async def _post(self, request: web.Request) -> web.Response:
        self.asked += 1
        body = await request.read()
        await asyncio.sleep(self.delay)
        status = self.answers.pop(0) if self.answers else 201
        if status != 201:
            return web.Response(status=status, headers=self.headers, body=b"x" * 100_000)
        private, auth = self._keys[request.match_info["name"]]
        self._check(request.headers["Authorization"])
        text = http_ece.decrypt(body, private_key=private, auth_secret=auth, version="aes128gcm")
        self.taken.append(
            Taken(
                orjson.loads(text),
                int(request.headers["TTL"]),
                request.headers["Urgency"],
                request.headers["Topic"],
                time.monotonic(),
            )
        )
        return web.Response(status=201)

    def _check(self, authorization: str) -> None:
        scheme, _, given = authorization.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in given.split(","))
        point = padded(parts["k"])
        key = ECKey.import_key(
            {"kty": "EC", "crv": "P-256", "x": unpadded(point[1:33]), "y": unpadded(point[33:])}
        )
        claims = jwt.decode(parts["t"], key, algorithms=["ES256"]).claims
        assert scheme == "vapid"
        assert claims["aud"] == self.url
        assert time.time() < claims["exp"] <= time.time() + 86400
        assert claims["sub"].startswith("mailto:")
