"""A Socket.IO client with as little as possible between the bench and the wire.

It shares the machine with the server that it measures, so it must cost less than the server does. The
same code talks to both servers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import orjson

ACK_SECONDS = 10.0


class Refused(Exception):
    """The server refused what the bench may do."""


class Socket:
    """One connection in one namespace. `heard(event, body)` is called for every event, in order."""

    def __init__(self, namespace: str) -> None:
        self.heard: Callable[[str, Any], None] = lambda event, body: None
        self._namespace = namespace
        self._event = f"42{namespace},"
        self._ack = f"43{namespace},"
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self._sent = 0
        self.lost: str | None = None
        """Why the connection is gone, if it is."""
        self.ready: Any = None
        """What the server told first."""

    async def connect(
        self, http: aiohttp.ClientSession, url: str, auth: Mapping[str, str], cookie: str | None = None
    ) -> None:
        """Open the WebSocket and join the namespace; back when the server has sent `ready`."""
        async with asyncio.timeout(30):
            self._ws = await http.ws_connect(
                f"{url}/socket.io/?EIO=4&transport=websocket",
                headers={"Cookie": cookie} if cookie else None,
                max_msg_size=0,
                autoping=False,
            )
            await self._ws.receive()
            await self._ws.send_str(f"40{self._namespace},{orjson.dumps(auth).decode()}")
            joined = (await self._ws.receive()).data
            if not isinstance(joined, str) or not joined.startswith(f"40{self._namespace}"):
                raise Refused(f"a socket was not let in: {joined}")
            ready = (await self._ws.receive()).data
            if not isinstance(ready, str) or not ready.startswith(f'{self._event}["ready"'):
                raise Refused(f"ready was due, and this came: {str(ready)[:200]}")
            self.ready = orjson.loads(ready[len(self._event) :])[1]
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._ws:
            text = message.data
            if not isinstance(text, str):
                continue
            if text == "2":
                await self._ws.send_str("3")
            elif text.startswith(self._event):
                event, body = orjson.loads(text[len(self._event) :])
                self.heard(event, body)
            elif text.startswith(self._ack):
                start = text.index("[")
                waiting = self._acks.pop(int(text[len(self._ack) : start]))
                if not waiting.done():
                    waiting.set_result(orjson.loads(text[start:])[0])
            else:
                break
        self.lost = f"a socket was closed (code {self._ws.close_code})"
        for waiting in self._acks.values():
            if not waiting.done():
                waiting.set_exception(Refused(self.lost))

    async def call(self, event: str, body: Mapping[str, Any]) -> Any:
        """Send an event and wait for its acknowledgement, which must say `ok`."""
        self._sent += 1
        answer = self._acks[self._sent] = asyncio.get_running_loop().create_future()
        await self._ws.send_str(f"{self._event}{self._sent}{orjson.dumps([event, body]).decode()}")
        async with asyncio.timeout(ACK_SECONDS):
            said = await answer
        if said.get("ok") is not True:
            raise Refused(f"{event} was refused: {said}")
        return said

    async def close(self) -> None:
        """End the connection."""
        self._reading.cancel()
        await self._ws.close()
