"""What this room uses of the socket server, typed; python-socketio itself ships no types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol


class Sockets(Protocol):
    """A Socket.IO server, as `engine.make_server` makes it."""

    async def emit(self, event: str, data: Any, *, to: str, namespace: str) -> None:
        """Send an event to one socket; never waits for the receiver."""
        ...

    async def disconnect(self, sid: str, *, namespace: str) -> None:
        """End a socket."""
        ...

    def on(self, event: str, handler: Callable[..., Awaitable[Any]], *, namespace: str) -> Any:
        """Have an event handled; `*` is every event without a handler of its own."""
        ...
