"""The composition root: settings to stores, adapters, services and edges; the order of start and stop.

`assembly` makes the families; this file says when they are made, started, looked at and ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from intercom.assembly.families import Families, make_families
from intercom.assembly.pages import make_pages
from intercom.config import Settings
from intercom.domain.commissioning import Line
from intercom.domain.phonebook import Site
from intercom.http.routes import Route
from intercom.services.commissioning import Commissioning
from intercom.services.cores import CoreOffice
from intercom.services.founding import FirstStart
from intercom.services.signin import SignIn
from intercom.storage.engine import migrate
from intercom.storage.phonebooks import SqlPhonebooks

log = logging.getLogger(__name__)

TICK = 0.25
"""How often deadlines are looked at, in seconds."""


@dataclass
class Server:
    """A server that is put together and not yet started."""

    settings: Settings
    app: web.Application
    phonebooks: SqlPhonebooks
    signin: SignIn
    routes: list[Route]
    """The whole table of HTTP."""
    commissioning: Commissioning
    cores: CoreOffice
    close: Callable[[], Awaitable[None]]
    """Closes what was opened to put it together, for whoever does not start it."""

    def tls(self) -> ssl.SSLContext | None:
        """The server's side of TLS 1.2 or newer, if there is a certificate."""
        if self.settings.certificate is None or self.settings.key is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.settings.certificate, self.settings.key)
        return context


async def build(settings: Settings) -> Server:
    """Put a server together on a data folder that was migrated."""
    families = await make_families(settings)
    app, table = await make_pages(families)

    async def closing(_: web.Application) -> None:
        await families.adapters.sio.shutdown()

    app.cleanup_ctx.append(lambda _: _running(families))
    app.on_shutdown.append(closing)
    return Server(
        settings,
        app,
        families.stores.phonebooks,
        families.accounts.signin,
        table,
        families.sites.commissioning,
        families.cores.office,
        families.close,
    )


async def _running(families: Families) -> AsyncIterator[None]:
    """The order of start and of stop: what was begun is finished, and files are closed last."""
    cores, home, doors = families.cores, families.home, families.doors.doors
    gc.collect()
    gc.freeze()  # what is there at the start stays; looking through it again would hold up a ring
    recovered = await families.calls.switchboard.recover(), await doors.recover()
    if any(recovered):
        log.info("recovered: %d calls go on, %d openings not confirmed", *recovered)
    await cores.office.restore()
    await cores.core.start()
    if home is not None:
        await home.start()
    ticker = asyncio.create_task(_tick(families), name="ticker")
    await _say_set_up_link(families.sites.first_start, families.settings)
    post = asyncio.create_task(families.adapters.mailer.run(), name="outbox of letters")
    yield
    for task in (post, ticker):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await families.sites.imports.finish()
    await families.calls.live.finish()
    await families.accounts.signin.finish()
    await families.accounts.credentials.finish()
    await families.accounts.sessions.finish()
    await doors.finish()
    await families.calls.alerts.finish()
    await families.calls.health.finish()
    await families.adapters.pusher.close()
    if home is not None:
        await home.close()
    await families.close()


async def _tick(families: Families) -> None:
    """Looks at the deadlines, four times a second; a failing look is logged and the next one is made."""
    calls, stores = families.calls, families.stores
    forget_at = 0.0
    while True:
        await asyncio.sleep(TICK)
        try:
            await calls.switchboard.tick()
            calls.alerts.tick()
            await calls.waiting.tick()
            await calls.looking.tick()
            await families.doors.doors.tick()
            calls.health.tick()
            await families.panels.outages.tick()
            await calls.health.night(await stores.phonebooks.all_sites())
            now = time.time()
            if now >= forget_at:
                forget_at = now + 3600
                kept_since = now - families.settings.retention_days * 86400
                await stores.calls.forget_before(kept_since)
                await stores.notes.forget_before(kept_since)
        except Exception:
            log.exception("a look at the deadlines failed")


async def _say_set_up_link(first_start: FirstStart, settings: Settings) -> None:
    """Where nobody owns anything yet, the log says how to begin. Whoever reads the log runs the server."""
    token = await first_start.link()
    if token is not None:
        log.warning(
            "This house has no owner yet. Set it up here, within 7 days: %s/set-up/%s",
            settings.link_base,
            token.reveal(),
        )


async def checklists(settings: Settings) -> list[tuple[Site, tuple[Line, ...]]]:
    """The checklist of each site, for whoever runs the server: access cores are asked now.

    Whether panels are connected only the running server knows, so lines about them are left out. Empty
    before the first start, which makes the server's keys.
    """
    if not all(
        (settings.data / name).exists() for name in ("intercom.db", "live.db", "server.key", "push.key")
    ):
        return []
    server = await build(settings)
    try:
        await server.cores.restore()
        return [
            (site, await server.commissioning.from_outside(site.id))
            for site in await server.phonebooks.all_sites()
        ]
    finally:
        await server.close()


async def serve(server: Server, *, on_ready: asyncio.Event | None = None) -> None:
    """Listen until cancelled; then end sockets, finish commands, close files.

    Raises `OSError` when the address cannot be listened on.
    """
    settings = server.settings
    runner = web.AppRunner(server.app, access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        site = web.TCPSite(
            runner, settings.host or None, settings.port, ssl_context=server.tls(), backlog=4096
        )
        await site.start()
        log.info("listening on %s", settings.url)
        if on_ready is not None:
            on_ready.set()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def prepare(settings: Settings) -> None:
    """Make the data folder and bring its databases to the newest version.

    Raises `RuntimeError` with a sentence when that cannot be done.
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.data / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise RuntimeError(
            f"The folder {settings.data} cannot be written ({error.strerror}): choose another with --data."
        ) from error
    migrate(settings.data)
