"""What tells Home Assistant of the doors, where a broker is set."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from intercom import __version__
from intercom.access.home_assistant import HomeAssistant, Names
from intercom.access.mqtt_link import Address
from intercom.assembly.adapters import Adapters
from intercom.assembly.cores import CoreFamily
from intercom.config import Settings
from intercom.domain.ids import LockId, Secret
from intercom.ports import HomeDoor


def make_home(
    settings: Settings,
    adapters: Adapters,
    cores: CoreFamily,
    doors: Callable[[], Awaitable[Sequence[HomeDoor]]],
    opens: Callable[[LockId], Awaitable[None]],
) -> HomeAssistant | None:
    """`doors`: what it shows; `opens`: opens a lock for it."""
    if settings.mqtt_url is None:
        return None
    parts, password = urlsplit(settings.mqtt_url), settings.mqtt_password
    encrypted = parts.scheme == "mqtts"
    trusts = ssl.create_default_context(cafile=settings.mqtt_ca) if encrypted else None
    address = Address(
        parts.hostname or "",
        parts.port or (8883 if encrypted else 1883),
        settings.mqtt_user,
        Secret(password.get_secret_value()) if password else None,
        trusts,
    )
    return HomeAssistant(
        address,
        Names(settings.mqtt_name, settings.mqtt_discovery),
        doors,
        cores.core.status,
        adapters.presence.panel_online,
        opens,
        adapters.clock.now,
        __version__,
    )
