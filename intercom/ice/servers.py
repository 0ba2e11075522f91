"""ICE servers from settings, with TURN credentials that are good for one call.

The credentials follow the TURN REST scheme that coturn knows as `use-auth-secret`: the user name is
`expiry:user`, the password base64(HMAC-SHA1(secret, user name)).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from intercom.domain.ids import CallId, Secret
from intercom.ports import IceServer


@dataclass(frozen=True, slots=True)
class ConfiguredIce:
    """`ports.IceServers` from lists of addresses and coturn's shared secret."""

    stun: Sequence[str] = ()
    turn: Sequence[str] = ()
    turn_secret: Secret | None = None
    lifetime: float = 1200.0
    """How long credentials are good, in seconds: the longest call and ten minutes."""

    relay_only: bool = False
    """All media goes through the relay."""

    @property
    def relays(self) -> bool:
        """See `ports.IceServers.relays`."""
        return bool(self.turn and self.turn_secret)

    def for_call(self, call: CallId, now: float) -> tuple[IceServer, ...]:
        """See `ports.IceServers.for_call`."""
        servers: list[IceServer] = []
        if self.stun:
            servers.append(IceServer(tuple(self.stun)))
        if self.turn and self.turn_secret:
            username = f"{int(now + self.lifetime)}:{call}"
            mac = hmac.digest(self.turn_secret.reveal().encode(), username.encode(), "sha1")
            servers.append(IceServer(tuple(self.turn), username, Secret(base64.b64encode(mac).decode())))
        return tuple(servers)
