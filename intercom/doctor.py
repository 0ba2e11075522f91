"""What the server needs, looked at one by one."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sqlite3
import ssl
import time
from pathlib import Path

from intercom.config import Settings
from intercom.domain.ids import CallId, Secret
from intercom.ice.check import Allocation, allocate
from intercom.ice.servers import ConfiguredIce

Verdict = tuple[bool, str]


def verdicts(settings: Settings) -> list[Verdict]:
    """Each a word on whether it is well, and a sentence that says what to do if not."""
    return [
        _folder(settings.data),
        _space(settings.data),
        _database(settings.data / "intercom.db"),
        _database(settings.data / "live.db"),
        _https(settings),
        *_relays(settings),
        _letters(settings),
    ]


def _folder(data: Path) -> Verdict:
    try:
        probe = data / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return False, f"The data folder {data} cannot be written: {error.strerror}."
    return True, f"The data folder {data} can be written."


def _space(data: Path) -> Verdict:
    existing = next(folder for folder in (data, *data.resolve().parents) if folder.exists())
    free = shutil.disk_usage(existing).free // 2**20
    return free > 200, f"{free} MB are free." + (
        "" if free > 200 else " Make room: below 200 MB calls may not be stored."
    )


def _database(path: Path) -> Verdict:
    if not path.exists():
        return False, f"{path.name} is not there yet: run `intercom migrate`."
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            said = connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        return False, f"{path.name} cannot be read: {error}. Restore a backup."
    return (
        said == "ok",
        f"{path.name} is sound." if said == "ok" else f"{path.name} is damaged: {said}. Restore a backup.",
    )


def _https(settings: Settings) -> Verdict:
    if settings.certificate is None or settings.key is None:
        if settings.behind_https or settings.host in ("localhost", "127.0.0.1", "::1"):
            return True, "People reach the server on this machine, or by https through a proxy."
        return False, (
            "Without https, browsers on other machines withhold camera and microphone: give `serve` a "
            "certificate and key, or set behind_https if a proxy in front speaks https."
        )
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings.certificate, settings.key)
        from cryptography import x509

        found = x509.load_pem_x509_certificate(settings.certificate.read_bytes())
    except (OSError, ssl.SSLError, ValueError) as error:
        return False, f"The certificate cannot be used: {error}."
    days = int((found.not_valid_after_utc.timestamp() - time.time()) // 86400)
    return days > 14, f"The certificate is good for {days} more days." + (
        "" if days > 14 else " Renew it now."
    )


def _relays(settings: Settings) -> list[Verdict]:
    if not settings.turn or settings.turn_secret is None:
        return [
            (
                True,
                "No TURN server is set: calls work within the house's network. Phones outside it may get no "
                "picture, and a visitor on their own phone is seen only after somebody has answered.",
            )
        ]
    ice = ConfiguredIce((), settings.turn, Secret(settings.turn_secret.get_secret_value()), 60)
    server = ice.for_call(CallId("doctor"), time.time())[-1]
    credential = server.credential or Secret("")

    async def look() -> list[Allocation]:
        asked = (allocate(url, server.username or "", credential) for url in settings.turn)
        return await asyncio.gather(*asked)

    return [(made.good, str(made.said)) for made in asyncio.run(look())]


def _letters(settings: Settings) -> Verdict:
    if settings.smtp_host is None:
        return True, "Letters are put into a folder: set smtp_host to send them."
    try:
        with socket.create_connection((settings.smtp_host, settings.smtp_port), timeout=5) as line:
            answered = settings.smtp_tls == "tls" or line.recv(3) == b"220"
    except OSError as error:
        return (
            False,
            f"The mail server {settings.smtp_host} does not answer on {settings.smtp_port}: {error}.",
        )
    if not answered:
        return False, f"What answers on {settings.smtp_host}, port {settings.smtp_port}, is no mail server."
    if settings.public_url is None:
        return False, "Links in letters lead to this machine alone: set public_url."
    return True, f"The mail server {settings.smtp_host} answers."
