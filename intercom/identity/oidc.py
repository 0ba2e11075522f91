"""OpenID Connect: the authorization code flow with PKCE, at any provider that publishes its metadata.

(OpenID Connect Core 1.0 3.1, Discovery 1.0; RFC 6749, RFC 7636, RFC 9207, RFC 9700.) Nothing is known of a
provider but its issuer; what it publishes is kept for a while. Every call outwards has a time-out, and
nobody waits for another's call.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
import orjson
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from intercom.domain.errors import ProviderFailed
from intercom.domain.factors import Claims
from intercom.domain.ids import Secret
from intercom.ports import Errand, Provider

log = logging.getLogger(__name__)

SECONDS = 5.0
"""How long a provider may take for one answer."""
_FRESH = 3600.0
_LARGEST = 256 * 1024
_LEEWAY = 60
_ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Signatures that are taken: by a key pair. Never none, never by a shared secret (RFC 8725 3.1)."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Client:
    """What a provider has given this server to be known by. `secret`: None for a public client."""

    id: str
    label: str
    issuer: str
    client_id: str
    client_secret: Secret | None


@dataclass(slots=True)
class _Known:
    """What a provider publishes, and until when it is taken as it is."""

    metadata: Mapping[str, Any]
    keys: Mapping[str, Any] = field(default_factory=dict[str, Any])
    until: float = 0.0


def trusted_address(address: str) -> bool:
    """Whether something may be asked there: over TLS, or on this very machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


class OidcProviders:
    """`ports.Providers`. `url`: where people reach this server."""

    def __init__(self, clients: Sequence[Client], url: str, *, seconds: float = SECONDS) -> None:
        self._clients = {client.id: client for client in clients}
        self._url = url
        self._timeout = httpx2.Timeout(seconds)
        self._longest = 3 * seconds
        self._tls = ssl.create_default_context() if clients else None  # made once: it takes a while
        self._known: dict[str, _Known] = {}

    def all(self) -> Sequence[Provider]:
        """See `ports.Providers.all`."""
        return [Provider(c.id, c.label, c.issuer) for c in self._clients.values()]

    async def send(self, provider: Provider, state: Secret) -> Errand:
        """See `ports.Providers.send`."""
        client = self._clients[provider.id]
        metadata = (await self._publishes(client)).metadata
        nonce, verifier = Secret(secrets.token_urlsafe(32)), Secret(secrets.token_urlsafe(48))
        async with self._speaks(client, metadata) as session:
            address: str = session.create_authorization_url(
                metadata["authorization_endpoint"],
                state=state.reveal(),
                code_verifier=verifier.reveal(),
                nonce=nonce.reveal(),
            )[0]
        return Errand(address, nonce, verifier)

    async def back(self, provider: Provider, code: str, nonce: Secret, verifier: Secret) -> Claims:
        """See `ports.Providers.back`."""
        client = self._clients[provider.id]
        try:
            async with asyncio.timeout(self._longest):
                told = await self._exchanged(client, code, nonce, verifier)
        except (
            TimeoutError,
            httpx2.HTTPError,
            AuthlibBaseError,
            JoseError,
            ValueError,
            KeyError,
            TypeError,
        ) as error:
            # an error's text may hold what the provider sent: only its kind is noted
            log.warning("provider %s failed: %s", client.id, type(error).__name__)
            raise ProviderFailed from None
        except ProviderFailed:
            log.warning("provider %s answered with what does not belong to the question", client.id)
            raise
        email = told.get("email")
        said = told.get("email_verified")
        verified = said is True or said == "true"  # some send it as text
        return Claims(client.issuer, told["sub"], email if verified and isinstance(email, str) else None)

    async def _exchanged(self, client: Client, code: str, nonce: Secret, verifier: Secret) -> dict[str, Any]:
        known = await self._publishes(client)
        token = await self._token(client, known.metadata, code, verifier)
        told = await self._told(client, known, str(token.get("id_token", "")))
        if not hmac.compare_digest(str(told.get("nonce", "")).encode(), nonce.reveal().encode()):
            raise ProviderFailed
        if "email" not in told:
            told = {**await self._userinfo(client, known.metadata, token, told["sub"]), **told}
        return told

    # -- what it takes -------------------------------------------------------------------------------

    def _speaks(self, client: Client, metadata: Mapping[str, Any]) -> Any:  # the library has no types
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        secret = client.client_secret.reveal() if client.client_secret else None
        basic = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return AsyncOAuth2Client(
            client.client_id,
            secret,
            scope="openid email",
            redirect_uri=f"{self._url}/sign-in/from/{client.id}",
            code_challenge_method="S256",
            token_endpoint_auth_method=basic if secret else "none",
            timeout=self._timeout,
            verify=self._tls,
            follow_redirects=False,
            trust_env=False,
        )

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            timeout=self._timeout, verify=self._tls or True, follow_redirects=False, trust_env=False
        )

    async def _publishes(self, client: Client, *, anew: bool = False) -> _Known:
        """The provider's metadata and keys. Raises `ProviderFailed`."""
        known = self._known.get(client.id)
        if known is not None and not anew and time.monotonic() < known.until:
            return known
        try:
            metadata = await self._get(client.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if metadata["issuer"] != client.issuer:  # Discovery 4.3
                raise ValueError("another issuer")
            for endpoint in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not trusted_address(metadata[endpoint]):
                    raise ValueError("not https")
            keys = await self._get(metadata["jwks_uri"])
        except (TimeoutError, httpx2.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("provider %s cannot be used: %s", client.id, type(error).__name__)
            raise ProviderFailed from None
        self._known[client.id] = _Known(metadata, keys, time.monotonic() + _FRESH)
        return self._known[client.id]

    async def _get(self, address: str) -> dict[str, Any]:
        async with (
            asyncio.timeout(self._longest),
            self._client() as session,
            session.stream("GET", address, headers={"Accept": "application/json"}) as answer,
        ):
            return await _json(answer)

    async def _token(
        self, client: Client, metadata: Mapping[str, Any], code: str, verifier: Secret
    ) -> Mapping[str, Any]:
        async with self._speaks(client, metadata) as session:
            return await session.fetch_token(
                metadata["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier.reveal(),
                redirect_uri=f"{self._url}/sign-in/from/{client.id}",
            )

    async def _told(self, client: Client, known: _Known, token: str) -> dict[str, Any]:
        """The ID token's claims, checked (Core 3.1.3.7). Raises `JoseError`, `ValueError`."""
        try:
            claims = self._read(client, known, token)
        except (JoseError, ValueError):
            # the provider may have changed its keys since they were read; a second look is the last
            claims = self._read(client, await self._publishes(client, anew=True), token)
        audience = claims["aud"]
        if isinstance(audience, list) and len(cast(list[str], audience)) > 1 and "azp" not in claims:
            raise ValueError("several audiences and no authorized party")
        if claims.get("azp", client.client_id) != client.client_id:
            raise ValueError("another authorized party")
        return claims

    def _read(self, client: Client, known: _Known, token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(cast(Any, known.keys))
        read = jwt.decode(token, keys, algorithms=list(_ALGORITHMS))
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": client.issuer},
            aud={"essential": True, "value": client.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        rules.validate(read.claims)
        return read.claims

    async def _userinfo(
        self, client: Client, metadata: Mapping[str, Any], token: Mapping[str, Any], subject: str
    ) -> dict[str, Any]:
        """The claims that the provider keeps out of its ID token (Core 5.3); the subject must be the same."""
        address = metadata.get("userinfo_endpoint")
        if not address or not trusted_address(address):
            return {}
        async with (
            self._client() as session,
            session.stream(
                "GET", address, headers={"Authorization": f"Bearer {token['access_token']}"}
            ) as answer,
        ):
            told = await _json(answer)
        if told.get("sub") != subject:
            raise ValueError("another subject")
        return {name: told[name] for name in ("email", "email_verified") if name in told}


async def _json(answer: httpx2.Response) -> dict[str, Any]:
    """An answer's JSON object, of a size that is no attack. Raises `HTTPError`, `ValueError`."""
    answer.raise_for_status()
    body = b""
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > _LARGEST:
            raise ValueError("too large")
    found: object = orjson.loads(body)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return cast(dict[str, Any], found)
