"""What the server needs, looked at one by one."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import sqlite3
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from intercom.access.catalog import Make, Outfit, read
from intercom.access.kinds import kinds
from intercom.config import Settings
from intercom.domain.door import SENTENCES, Lock
from intercom.domain.errors import IntercomError
from intercom.domain.ids import CallId, Secret
from intercom.domain.phonebook import Site
from intercom.ice.check import Allocation, allocate
from intercom.ice.servers import ConfiguredIce
from intercom.identity.vault import FileVault
from intercom.ports import CoreChoice, CoreState
from intercom.storage.cores import SqlCoreChoices
from intercom.storage.engine import open_main
from intercom.storage.phonebooks import SqlPhonebooks

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
        *_broker(settings),
        *_cores(settings),
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


def _broker(settings: Settings) -> list[Verdict]:
    if settings.mqtt_url is None:
        return []
    parts = urlsplit(settings.mqtt_url)
    host, encrypted = parts.hostname or "", parts.scheme == "mqtts"
    port = parts.port or (8883 if encrypted else 1883)
    try:
        with socket.create_connection((host, port), timeout=5) as line:
            if encrypted:
                trusts = ssl.create_default_context(cafile=settings.mqtt_ca)
                trusts.wrap_socket(line, server_hostname=host).close()
    except OSError as error:
        return [
            (False, f"The broker {host} does not answer on {port}: {error}. Home Assistant is told nothing.")
        ]
    return [(True, f"The broker {host} answers.")]


def _cores(settings: Settings) -> list[Verdict]:
    """Each site's access core, asked now."""
    if not (settings.data / "intercom.db").exists():
        return []  # said already
    return asyncio.run(_ask_cores(settings))


async def _ask_cores(settings: Settings) -> list[Verdict]:
    engine = open_main(settings.data / "intercom.db")
    try:
        books = SqlPhonebooks(engine)
        await books.load()
        choices = await SqlCoreChoices(engine).all()
        makes = {make.kind.name: make for make in kinds(settings.data / "doors.jsonl")}
        locks = await books.all_locks()
        found: list[Verdict] = []
        for choice in choices:
            site = await books.site(choice.site)
            of_site = [lock for lock in locks if lock.site == choice.site]
            found.append(await _ask_core(settings, choice, makes.get(choice.kind), of_site, site))
        if not choices:
            found.append((True, "Every site uses the built-in access core: its locks are simulated."))
        return found
    except SQLAlchemyError as error:
        return [(False, f"The access cores cannot be read: {type(error).__name__}.")]
    finally:
        await engine.dispose()


def _unsealed(settings: Settings, sealed: str | None) -> dict[str, Any]:
    if sealed is None:
        return {}
    key = settings.data / "server.key"
    if not key.exists():  # looking must not make a new one
        raise RuntimeError("the server's key is gone")
    return json.loads(FileVault(key).open(sealed).reveal())


async def _ask_core(
    settings: Settings, choice: CoreChoice, make: Make | None, locks: list[Lock], site: Site | None
) -> Verdict:
    name = f"The access core of {site.name if site else choice.site}"
    try:
        stored = _unsealed(settings, choice.secrets)
        state = _unsealed(settings, choice.state)
        secrets = {key: Secret(one["text"]) for key, one in stored.items()}
        if make is None:
            return False, f"{name} is of a kind that this server does not know: {choice.kind}."
        given, kept = read(make.kind.fields, choice.settings, secrets)
        core = make.build(Outfit(choice.site, given, kept, time.time, state))
    except (IntercomError, RuntimeError, ValueError, KeyError, TypeError) as error:
        return False, f"{name} cannot be made of what is stored ({error}): save its settings again."
    try:
        core.keep(locks)
        report = await core.check()
    except Exception as error:  # a core that breaks is what people ask the doctor about
        return False, f"{name} ({make.kind.title}) broke when it was asked: {type(error).__name__}."
    finally:
        await core.close()
    ready = [lock for lock in report.locks.values() if lock.online and lock.trouble is None]
    words = {
        CoreState.UP: "answers",
        CoreState.DOWN: "does not answer",
        CoreState.PAUSED: "takes no remote opening for a while",
        CoreState.UNFINISHED: "is not set up to the end",
        CoreState.DENIED: "refuses us",
    }
    why = f" {SENTENCES[report.why]}" if report.why else ""
    detail = f" {report.detail}" if report.detail else ""
    well = report.state is CoreState.UP and len(ready) == len(report.locks)
    return well, (
        f"{name} ({make.kind.title}) {words[report.state]}; "
        f"{len(ready)} of {len(report.locks)} locks can be opened.{why}{detail}"
    )
