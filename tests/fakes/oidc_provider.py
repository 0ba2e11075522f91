"""A small OpenID provider of its own, over real HTTP on loopback (OpenID Connect Core 1.0, code flow).

It does what providers do: metadata, keys, an authorization page that knows who is signed in, and a token
endpoint that checks the client, the code and PKCE. `lies` has it do it wrong.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "first"})
"""Made once a run: that is what costs time."""
CLIENT, SECRET = "intercom", "the-client's-secret:+&%"


@dataclass
class Person:
    """Somebody who has an account at the provider."""

    subject: str
    email: str | None = None
    verified: object = True


@dataclass
class OidcProvider:
    """The provider. `person` is who is signed in there; `lies`: claims of the ID token, by name, or the
    words `alg`, `key`, `slow`, `large`, `code`, `issuer`, `keyless`, `down`, `plain`, `userinfo`."""

    redirect: str
    person: Person
    lies: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    issuer: str = ""
    key: Any = field(default_factory=lambda: KEY)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, Person] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        """Its routes."""
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self.metadata)
        app.router.add_get("/keys", self.keys)
        app.router.add_get("/authorize", self.authorize)
        app.router.add_post("/token", self.token)
        app.router.add_get("/userinfo", self.userinfo)
        return app

    async def metadata(self, _: web.Request) -> web.Response:
        """Discovery."""
        self.calls.append("metadata")
        if "slow" in self.lies:
            await asyncio.sleep(self.lies["slow"])
        if "down" in self.lies:
            return web.Response(status=503, text="down")
        if "large" in self.lies:
            return web.Response(text='{"a":"' + "x" * 1_000_000 + '"}', content_type="application/json")
        return web.json_response(
            {
                "issuer": self.lies.get("issuer", self.issuer),
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": self.lies.get("plain", f"{self.issuer}/token"),
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    async def keys(self, _: web.Request) -> web.Response:
        """The public keys."""
        self.calls.append("keys")
        if "keyless" in self.lies:
            return web.json_response({"keys": []})
        return web.json_response(KeySet([self.key]).as_dict(private=False))

    async def authorize(self, request: web.Request) -> web.Response:
        """Who is signed in here agrees at once."""
        asked = dict(request.query)
        self.asked.append(asked)
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] == self.redirect, "the redirect must be exactly the registered one"
        assert asked["response_type"] == "code"
        assert set(asked["scope"].split()) == {"openid", "email"}
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer, "session_state": "extra"}
        raise web.HTTPFound(f"{self.redirect}?{urlencode(back)}")

    async def token(self, request: web.Request) -> web.Response:
        """A code, once, for an ID token."""
        self.calls.append("token")
        form = await request.post()
        given = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        if given != f"{CLIENT}:{SECRET}":
            return web.json_response({"error": "invalid_client"}, status=401)
        asked = self.codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or form["redirect_uri"] != self.redirect
            or form["grant_type"] != "authorization_code"
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        access = secrets.token_urlsafe(16)
        self.tokens[access] = self.person
        return web.json_response(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": 60,
                "id_token": self._id_token(asked),
            }
        )

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": self.person.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        if "userinfo" not in self.lies and self.person.email is not None:
            claims |= {"email": self.person.email, "email_verified": self.person.verified}
        claims |= {name: value for name, value in self.lies.items() if name in (*claims, "azp")}
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.lies.get("alg") == "none":
            parts = ({"alg": "none"}, claims)
            return ".".join(_part(part) for part in parts) + "."
        if self.lies.get("alg") == "HS256":  # signed with what everybody knows: the public key
            shared = OctKey.import_key(self.key.as_pem(private=False))
            return jwt.encode({"alg": "HS256", "kid": "first"}, claims, shared, algorithms=["HS256"])
        if self.lies.get("alg") == "client":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])
        key = self.lies.get("key", self.key)
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        return jwt.encode({"alg": algorithm, "kid": key.kid or "first"}, claims, key, algorithms=[algorithm])

    async def userinfo(self, request: web.Request) -> web.Response:
        """What the access token lets through."""
        self.calls.append("userinfo")
        person = self.tokens[request.headers["Authorization"].removeprefix("Bearer ")]
        subject = self.lies.get("userinfo") or person.subject
        return web.json_response({"sub": subject, "email": person.email, "email_verified": person.verified})


def _part(value: dict[str, Any]) -> str:

    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@asynccontextmanager
async def running(provider: OidcProvider, port: int | None = None) -> AsyncIterator[OidcProvider]:
    """The provider, listening on loopback."""
    server = TestServer(provider.app(), port=port)
    await server.start_server()
    provider.issuer = str(server.make_url("/")).rstrip("/")
    try:
        yield provider
    finally:
        await server.close()
