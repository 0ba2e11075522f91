"""The world outside as the services see it: sockets, letters, push, relays, secrets, passwords."""

from __future__ import annotations

import functools
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from intercom.assembly.machine import SystemClock, new_id, tones_folder, web_folder
from intercom.assembly.stores import Stores
from intercom.cluster.memory import MemoryPresence
from intercom.cluster.throttle import MemoryThrottle
from intercom.config import Settings
from intercom.domain.ids import Secret
from intercom.ice.servers import ConfiguredIce
from intercom.identity.passwords import Argon2Passwords
from intercom.identity.vault import FileVault
from intercom.mail.folder import FolderTransport
from intercom.mail.outbox import Outbox as MailOutbox
from intercom.mail.outbox import Transport
from intercom.mail.smtp import SmtpServer, SmtpTransport
from intercom.mail.writing import Writer
from intercom.push.webpush import WebPushSender
from intercom.services.visitors import disguised
from intercom.signaling.engine import make_server
from intercom.signaling.outbox import Outbox
from intercom.signaling.sockets import Sockets
from intercom.sms.folder import FolderSms

_MESSAGE_BYTES = 1_300_000
"""Past the largest description by far, so that one of a megabyte is refused in words."""


@dataclass(frozen=True, slots=True)
class Adapters:
    """One of each; more than one family uses them."""

    clock: SystemClock
    presence: MemoryPresence
    throttle: MemoryThrottle
    ice: ConfiguredIce
    mailer: MailOutbox
    pusher: WebPushSender
    sms: FolderSms
    vault: FileVault
    passwords: Argon2Passwords
    sio: Any
    """The library's server; it has no types."""
    sockets: Sockets
    """The same, as our rooms see it."""
    outbox: Outbox
    tones: Any
    """The manifest of the ringtones."""


def make_adapters(settings: Settings, stores: Stores) -> Adapters:
    """Makes the server's keys in the data folder where it has none."""
    clock = SystemClock()
    secret = Secret(settings.turn_secret.get_secret_value()) if settings.turn_secret else None
    ice = ConfiguredIce(
        settings.stun,
        settings.turn,
        secret,
        settings.ring_seconds + settings.talk_seconds + 600,
        settings.relay_only,
    )
    mailer = MailOutbox(
        stores.letters,
        Writer(web_folder() / "templates", settings.link_base).write,
        _transport(settings),
        settings.mail_sender,
        stores.phonebooks.site,
        clock,
        new_id,
    )
    sio = make_server(
        max_message_bytes=_MESSAGE_BYTES,
        cors_allowed_origins=_own_pages(settings.secure),
        ping_interval=settings.heartbeat_seconds,
        ping_timeout=settings.heartbeat_seconds / 2,
    )
    sockets: Sockets = sio  # pyright: ignore[reportAssignmentType] - the library has no types
    tones = json.loads((tones_folder() / "manifest.json").read_text())
    tone_urls = {tone["id"]: f"/ringtones/{tone['file']}" for tone in tones["tones"]}
    vault = FileVault(settings.data / "server.key")
    disguise = functools.partial(disguised, vault)
    return Adapters(
        clock,
        MemoryPresence(),
        MemoryThrottle({"ring": settings.ring_limit, "open": settings.open_limit}),
        ice,
        mailer,
        WebPushSender(settings.data / "push.key", settings.push_contact, settings.push_services),
        FolderSms(settings.data / "sms"),
        vault,
        Argon2Passwords(memory_kib=settings.argon2_memory_kib),
        sio,
        sockets,
        Outbox(sockets, tone_urls, tone_urls[tones["default_outdoor"]], disguise),
        tones,
    )


def _transport(settings: Settings) -> Transport:
    """How letters leave: by the mail server that is set, or into a folder."""
    if settings.smtp_host is None:
        return FolderTransport(settings.mail_folder or settings.data / "mail")
    password = settings.smtp_password
    trusts = ssl.create_default_context(cafile=settings.smtp_ca) if settings.smtp_ca else None
    return SmtpTransport(
        SmtpServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_tls,
            settings.smtp_user,
            Secret(password.get_secret_value()) if password else None,
            trusts,
        )
    )


def _own_pages(secure: bool) -> Callable[[str, dict[str, Any]], bool]:
    """Pages whose sockets are let in: this host's own. (The library takes every page for plain http.)"""

    def own(origin: str, environ: dict[str, Any]) -> bool:
        host = environ.get("HTTP_HOST", "")
        return origin == f"https://{host}" or (not secure and origin == f"http://{host}")

    return own
