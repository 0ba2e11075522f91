"""The vendor's stream of entries: the client's half of SignalR's JSON hub protocol over a WebSocket.

A record is JSON and ends with the byte 0x1E. First `{"protocol":"json","version":1}`, answered by `{}`;
then records with a `type`: 1 an invocation with its `arguments`, 6 a ping, 7 the end.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import aiohttp

from intercom.access.saltoks.entries import Entry, entry
from intercom.domain.ids import Secret

_END = "\x1e"
_SILENCE = 60.0
"""A server pings every 15 seconds; one that is silent so long is gone."""
_INVOCATION, _PING, _CLOSE = 1, 6, 7


class StreamEnded(Exception):
    """The stream ended, or was none."""


async def entries(session: aiohttp.ClientSession, url: str, token: Secret) -> AsyncIterator[Entry | None]:
    """Each entry as it comes; first None, when the stream stands. Raises `StreamEnded`."""
    headers = {"Authorization": f"Bearer {token.reveal()}"}
    try:
        async with session.ws_connect(url, headers=headers, max_msg_size=1024 * 1024) as socket:
            await socket.send_str('{"protocol":"json","version":1}' + _END)
            shaken = False
            while True:
                async with asyncio.timeout(_SILENCE):
                    message = await socket.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise StreamEnded(message.type.name)
                for record in str(message.data).split(_END):
                    if not record:
                        continue
                    said = _record(record)
                    if not shaken:
                        if "error" in said:
                            raise StreamEnded("handshake")
                        shaken = True
                        yield None
                    elif said.get("type") == _PING:
                        await socket.send_str('{"type":6}' + _END)
                    elif said.get("type") == _CLOSE:
                        raise StreamEnded("closed")
                    elif said.get("type") == _INVOCATION:
                        for one in _flat(said.get("arguments")):
                            yield one
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RuntimeError) as error:
        raise StreamEnded(type(error).__name__) from None


def _record(text: str) -> dict[str, Any]:
    said: Any = json.loads(text)
    if not isinstance(said, dict):
        raise StreamEnded("no record")
    return cast("dict[str, Any]", said)


def _flat(arguments: Any, depth: int = 0) -> list[Entry]:
    """The entries among the arguments of an invocation: bare, as JSON text, or in a list."""
    if isinstance(arguments, str) and depth < 3:
        try:
            return _flat(json.loads(arguments), depth + 1)
        except ValueError:
            return []
    if isinstance(arguments, list) and depth < 3:
        return [found for one in cast("list[Any]", arguments) for found in _flat(one, depth + 1)]
    found = entry(cast("object", arguments))
    return [found] if found else []
