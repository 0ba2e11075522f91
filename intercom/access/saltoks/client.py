"""Requests to the vendor: the token, the clock, one replay after a 401."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, cast

import aiohttp
import orjson

from intercom.access.saltoks.answers import Reply
from intercom.domain.ids import Secret

log = logging.getLogger(__name__)

PATIENCE = aiohttp.ClientTimeout(total=10, sock_connect=4)
LARGEST = 4 * 1024 * 1024
"""Bytes of one answer."""
_TOKEN = re.compile(r"[!-~]{1,20000}")
_EARLY = 60.0
"""A token is renewed so long before its end, in seconds."""
_OFF_BY = 2.0
"""Clocks that differ by less are one clock: the header's date has whole seconds."""


class NotSent(Exception):
    """The request did not leave: nothing can have happened."""


class NoAnswer(Exception):
    """The request may have arrived, and no answer came."""


class Denied(Exception):
    """The vendor does not know us: the credentials are wrong."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are at the vendor's. `user` is empty for a service account of its own."""

    identity: str
    client_id: str
    client_secret: Secret
    scope: str
    user: str = ""
    password: Secret | None = None


class Client:
    """One account's line to the vendor. `api`: the address before `/v1.1`."""

    def __init__(self, account: Account, api: str, now: Callable[[], float]) -> None:
        self._account = account
        self._api = api.rstrip("/")
        self._now = now
        self._session: aiohttp.ClientSession | None = None
        self._token: Secret | None = None
        self._good_until = 0.0
        self._renewing = asyncio.Lock()
        self._closed = False
        self.ahead = 0.0
        """How far the vendor's clock is ahead of ours, in seconds."""

    @property
    def their_time(self) -> float:
        """Unix seconds by the vendor's clock."""
        return self._now() + self.ahead

    async def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Reply:
        """One request below `/v1.1`; after a 401 once more with a new token, the body as it was.

        Raises `NotSent`, `NoAnswer`, `Denied`.
        """
        token = await self.token()
        reply = await self._send(method, path, body, token)
        if reply.status == 401:
            reply = await self._send(method, path, body, await self.token(instead_of=token))
        return reply

    async def _send(self, method: str, path: str, body: Mapping[str, object] | None, token: Secret) -> Reply:
        headers = {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"}
        data = None
        if body is not None:
            data = orjson.dumps(body)
            headers["Content-Type"] = "application/json"
        return await self._exchange(method, f"{self._api}/v1.1{path}", data=data, headers=headers)

    async def _exchange(self, method: str, url: str, **given: Any) -> Reply:
        began = self._now()
        try:
            async with self.session().request(method, url, allow_redirects=False, **given) as answer:
                self._look_at_clock(answer.headers.get("Date"), began)
                data = await _whole(answer)
                return Reply(answer.status, _read(data), data[:2000].decode(errors="replace").lower())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except aiohttp.InvalidURL:
            raise NotSent("InvalidURL") from None
        except (aiohttp.ClientError, TimeoutError, OSError, RuntimeError) as error:
            # the messages of these may quote the request: only their kind is kept
            raise NoAnswer(type(error).__name__) from None

    def session(self) -> aiohttp.ClientSession:
        """The pool of connections. Raises `NotSent` when this line is closed."""
        if self._closed:
            raise NotSent("closed")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # a connection that the other end has given up in silence would cost a command its answer
                connector=aiohttp.TCPConnector(keepalive_timeout=10, limit=20),
                timeout=PATIENCE,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def token(self, instead_of: Secret | None = None) -> Secret:
        """A token that is good now. `instead_of`: one that was refused. Raises as `ask` does, never
        `NoAnswer`: what needed the token was not sent."""
        async with self._renewing:
            if self._token is not None and self._token != instead_of and self._now() < self._good_until:
                return self._token
            self._token = None
            account = self._account
            form = {"grant_type": "client_credentials", "scope": account.scope}
            if account.user and account.password:
                form |= {
                    "grant_type": "password",
                    "username": account.user,
                    "password": account.password.reveal(),
                }
            basic = aiohttp.encode_basic_auth(account.client_id, account.client_secret.reveal(), "utf-8")
            try:
                reply = await self._exchange(
                    "POST",
                    account.identity.rstrip("/") + "/connect/token",
                    data=form,
                    headers={"Authorization": basic},
                )
            except NoAnswer as error:
                raise NotSent(str(error)) from None
            if reply.status in (400, 401, 403):
                raise Denied
            given: Any = reply.body
            fields = cast("Mapping[str, Any]", given if isinstance(given, dict) else {})
            token, lasts = fields.get("access_token"), fields.get("expires_in", 300)
            if not reply.good or not isinstance(token, str) or not _TOKEN.fullmatch(token):
                raise NotSent(f"token endpoint: {reply.status}")
            seconds = float(lasts) if isinstance(lasts, int | float) else 300.0
            self._token = Secret(token)
            self._good_until = self._now() + max(seconds - _EARLY, seconds / 2)
            return self._token

    def _look_at_clock(self, date: str | None, began: float) -> None:
        if date is None:
            return
        try:
            theirs = parsedate_to_datetime(date).timestamp() + 0.5
        except (TypeError, ValueError, OverflowError):
            return
        ahead = theirs - (began + self._now()) / 2
        self.ahead = ahead if abs(ahead) > _OFF_BY else 0.0

    async def close(self) -> None:
        """Cut what is under way; nothing is asked any more."""
        self._closed = True
        if self._session is not None:
            await self._session.close()


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """The answer's body. Raises `NoAnswer` for one without end."""
    data = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > LARGEST:
            raise NoAnswer("too large")
    return bytes(data)


def _read(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def rows(reply: Reply) -> list[Mapping[str, Any]]:
    """The objects of a list, bare or below `items`."""
    body: Any = reply.body
    if isinstance(body, dict):
        body = cast("dict[str, Any]", body).get("items", [])
    if not isinstance(body, list):
        return []
    return [cast("Mapping[str, Any]", row) for row in cast("list[Any]", body) if isinstance(row, dict)]
