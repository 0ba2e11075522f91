"""The command line: `intercom serve | demo | panel | migrate | create-admin | doctor`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click

from intercom import __version__
from intercom.config import ConfigError, Settings, load
from intercom.logs import log_to_stderr

DATA = click.option("--data", type=click.Path(path_type=Path), help="Folder for everything that is kept.")
CONFIG = click.option(
    "--config", type=click.Path(path_type=Path), envvar="INTERCOM_CONFIG", help="TOML file with settings."
)


class Stop(click.ClickException):
    """Ends the command with one sentence that says what to do."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """The sentence, on stderr."""
        click.echo(self.message, err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """The intercom of a building: rings, talks, opens."""


def _settings(config: Path | None, **given: Any) -> Settings:
    try:
        return load(config, **given)
    except ConfigError as error:
        raise Stop(f"These settings cannot be used:\n{error}") from None


def _port_is_free(settings: Settings) -> None:
    """Raises `Stop` when something listens on the port already."""
    for family, kind, proto, _, address in socket.getaddrinfo(
        settings.host or None, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    ):
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except PermissionError:
                raise Stop(
                    f"Port {settings.port} needs more rights: choose one above 1023 with --port."
                ) from None
            except OSError as error:
                if family == socket.AF_INET6 and error.errno in (97, 99):
                    continue  # no IPv6 here
                raise Stop(
                    f"Port {settings.port} is taken by another program: choose another with --port."
                ) from None


def _run(main_task: Callable[[], Awaitable[None]]) -> None:
    """Run until done, Ctrl-C or SIGTERM; both end it in order."""

    async def guarded() -> None:
        task = asyncio.ensure_future(main_task())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    factory = None
    with contextlib.suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(guarded())


def _prepare(settings: Settings) -> None:
    from intercom.app import prepare

    try:
        prepare(settings)
    except RuntimeError as error:
        raise Stop(str(error)) from None


async def _serve(settings: Settings, ready: Callable[[Any], Awaitable[None]] | None = None) -> None:
    from intercom.app import build, serve

    server = await build(settings)
    started = asyncio.Event()
    serving = asyncio.ensure_future(serve(server, on_ready=started))
    waiting = asyncio.ensure_future(started.wait())
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if started.is_set() and ready is not None:
            await ready(server)
        await serving
    except OSError as error:
        raise Stop(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}.") from None
    finally:
        waiting.cancel()
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await serving


@main.command()
@CONFIG
@DATA
@click.option("--host", help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=int)
@click.option(
    "--certificate", type=click.Path(path_type=Path, exists=True), help="TLS certificate chain (PEM)."
)
@click.option("--key", type=click.Path(path_type=Path, exists=True), help="Its private key (PEM).")
def serve(
    config: Path | None,
    data: Path | None,
    host: str | None,
    port: int | None,
    certificate: Path | None,
    key: Path | None,
) -> None:
    """Serve a building."""
    settings = _settings(config, data=data, host=host, port=port, certificate=certificate, key=key)
    log_to_stderr(settings)
    _port_is_free(settings)
    _prepare(settings)
    _run(lambda: _serve(settings))


@main.command()
@CONFIG
@DATA
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int)
@click.option("--certificate", type=click.Path(path_type=Path, exists=True))
@click.option("--key", type=click.Path(path_type=Path, exists=True))
def demo(
    config: Path | None,
    data: Path | None,
    host: str | None,
    port: int | None,
    certificate: Path | None,
    key: Path | None,
) -> None:
    """Serve a demonstration building, and say who can sign in where."""
    settings = _settings(config, data=data, host=host, port=port, certificate=certificate, key=key)
    log_to_stderr(
        settings.model_copy(update={"log_level": "warning"} if settings.log_level == "info" else {})
    )
    _port_is_free(settings)
    _prepare(settings)

    async def run() -> None:
        people = await _seed(settings)

        async def ready(_: Any) -> None:
            _print_demo(people)

        await _serve(settings, ready)

    _run(run)


_WORDS = (
    *("amber", "birch", "cedar", "clover", "copper", "ember", "fennel", "garnet", "hazel", "indigo"),
    *("juniper", "larch", "maple", "nettle", "olive", "poppy", "quartz", "rowan", "sorrel", "tulip"),
)


def _password() -> str:
    return f"{secrets.choice(_WORDS)}-{secrets.randbelow(9000) + 1000}-{secrets.choice(_WORDS)}"


async def _seed(settings: Settings) -> dict[str, Any]:
    """The demonstration's people; at the first start, the building too."""
    from intercom.assembly.machine import new_id
    from intercom.domain.ids import PanelId, Secret
    from intercom.domain.people import Role
    from intercom.domain.sign import in_groups, new_code, new_word
    from intercom.identity.passwords import Argon2Passwords
    from intercom.storage.demo import PEOPLE, has_site, seed
    from intercom.storage.engine import open_main

    known = settings.data / "demo-secrets.json"
    engine = open_main(settings.data / "intercom.db")
    try:
        if not await has_site(engine):
            click.echo("Setting up the demonstration building ...")
            passwords = Argon2Passwords(memory_kib=settings.argon2_memory_kib)
            signing_in = [person for person in PEOPLE if person.demo_sign_in]
            words = {person.email: _password() for person in signing_in}
            hashes = {email: await passwords.hash(Secret(word)) for email, word in words.items()}
            panel, station = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
            keys = [
                (PanelId(new_id()), "Demo panel", Secret(panel).digest()),
                (PanelId(new_id()), "Demo doorstation", Secret(station).digest()),
            ]
            sign = (new_code(secrets.choice), new_word(secrets.choice))
            _write_private(
                known,
                json.dumps({"passwords": words, "panel": panel, "doorstation": station, "sign": sign}),
            )
            await seed(engine, hashes, keys, sign, time.time(), new_id)
        if not known.exists():
            raise Stop(f"The folder {settings.data} holds a real building: start it with `intercom serve`.")
    finally:
        await engine.dispose()
    kept = json.loads(known.read_text())
    station_file = settings.data / "doorstation.key"
    _write_private(station_file, kept["doorstation"] + "\n")
    role_of = {Role.OWNER: "owner", Role.ADMIN: "admin", Role.RESIDENT: "resident"}
    accounts = [
        {
            "role": role_of[person.roles[0]],
            "name": f"{person.first} {person.last}",
            "email": person.email,
            "password": kept["passwords"][person.email],
            "url": f"{settings.url}/",
            "entry": (person.alias or f"{person.first} {person.last}")
            if person.entry and Role.RESIDENT in person.roles
            else None,
            "unit": person.unit,
        }
        for person in PEOPLE
        if person.demo_sign_in
    ]
    for account in accounts:
        if account["role"] == "resident" and account["entry"] is None:
            account["entry"] = next(
                a["entry"] for a in accounts if a["unit"] == account["unit"] and a["entry"]
            )
    code, word = kept.get("sign", ("", ""))
    told = {
        "panel_url": f"{settings.url}/panel#key={kept['panel']}",
        "visitor": {"url": f"{settings.link_base}/e/{in_groups(code)}", "word": word} if code else None,
        "accounts": accounts,
        "doorstation": {"server": settings.url, "key_file": str(station_file.resolve())},
    }
    _write_private(settings.data / "demo.json", json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    return told


def _write_private(path: Path, text: str) -> None:
    """Replace the file in one step; nobody but its owner reads it."""
    new = path.with_suffix(".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    new.replace(path)


def _print_demo(told: dict[str, Any]) -> None:
    rows = [("Who", "Where", "Sign in with")]
    rows.append(("Panel at the street door", told["panel_url"], "nothing: press a name"))
    if told["visitor"]:
        visitor = told["visitor"]
        rows.append(
            ("Visitor with a phone", visitor["url"], f"nothing: the word on the sign is {visitor['word']}")
        )
    for account in told["accounts"]:
        who = f"{account['name']} ({account['role']}, {account['unit']})"
        rows.append((who, account["url"], f"{account['email']}  {account['password']}"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    click.echo()
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    station = told["doorstation"]
    click.echo("\nOpen the panel in one window, sign in as Anna Lind in another, press her name, answer.")
    click.echo(
        "A doorstation without a browser: "
        f"intercom panel --server {station['server']} --key-file {station['key_file']}"
    )
    click.echo("Ready. Ctrl-C ends it.")


@main.command()
@CONFIG
@DATA
def migrate(config: Path | None, data: Path | None) -> None:
    """Bring the databases to this version."""
    settings = _settings(config, data=data)
    _prepare(settings)
    click.echo(f"The databases in {settings.data} are up to date.")


@main.command("create-admin")
@CONFIG
@DATA
@click.option("--email", prompt="E-mail", help="What they sign in with.")
@click.option("--first-name", prompt="First name")
@click.option("--last-name", prompt="Last name")
@click.option(
    "--site", "site_name", default="My building", show_default=True, help="Name of the building, if new."
)
@click.option("--plate", default="1", show_default=True, help="House number, or up to 4 letters, if new.")
@click.option(
    "--password-file", type=click.Path(path_type=Path, exists=True), help="Read the password from here."
)
def create_admin(
    config: Path | None,
    data: Path | None,
    email: str,
    first_name: str,
    last_name: str,
    site_name: str,
    plate: str,
    password_file: Path | None,
) -> None:
    """Make the owner of a new building, or one more admin of it."""
    from email_validator import EmailNotValidError, validate_email

    from intercom.assembly.machine import new_id
    from intercom.domain.ids import Secret
    from intercom.identity.passwords import Argon2Passwords
    from intercom.storage import demo as rows
    from intercom.storage.engine import open_main

    settings = _settings(config, data=data)
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError as error:
        raise Stop(f"This e-mail cannot be used: {error}") from None
    if len(plate) > 4:
        raise Stop("The plate takes a house number or up to 4 letters.")
    text = (
        password_file.read_text().strip()
        if password_file
        else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    if len(text) < 8:
        raise Stop("Use at least 8 characters for the password.")
    _prepare(settings)

    async def run() -> str | None:
        engine = open_main(settings.data / "intercom.db")
        try:
            password_hash = await Argon2Passwords(memory_kib=settings.argon2_memory_kib).hash(Secret(text))
            return await rows.create_admin(
                engine,
                email=email,
                first=first_name,
                last=last_name,
                password_hash=password_hash,
                site_name=site_name,
                plate=plate,
                new_id=new_id,
            )
        finally:
            await engine.dispose()

    try:
        entrance = asyncio.run(run())
    except ValueError as error:
        raise Stop(str(error)) from None
    if entrance:
        click.echo(f'{site_name} has an entrance "Street door" now, and {email} is its owner.')
    else:
        click.echo(f"{email} is an admin now.")
    click.echo("Sign in and open /admin to pair a panel.")


@main.command()
@CONFIG
@DATA
@click.option("--host")
@click.option("--port", type=int)
def doctor(config: Path | None, data: Path | None, host: str | None, port: int | None) -> None:
    """Look at what the server needs, and say what is wrong."""
    from intercom.doctor import verdicts

    settings = _settings(config, data=data, host=host, port=port)
    found = verdicts(settings)
    for well, sentence in found:
        click.echo(f"{'well ' if well else 'WRONG'}  {sentence}")
    try:
        _checklists(settings)
    except Exception as error:  # damaged files; said above, each by its name
        click.echo(
            f"WRONG  The checklists cannot be read ({type(error).__name__}): mend what is wrong above."
        )
        raise SystemExit(1) from None
    if not all(well for well, _ in found):
        raise SystemExit(1)


def _checklists(settings: Settings) -> None:
    """What the checklist pages say of each site."""
    from intercom.app import checklists
    from intercom.domain.commissioning import Lamp

    words = {Lamp.GOOD: "proven", Lamp.BAD: "WRONG ", Lamp.OPEN: "open  "}
    for site, lines in asyncio.run(checklists(settings)):
        click.echo(f"\n{site.name} {site.plate}: the checklist (whether panels are connected, its page says)")
        for line in lines:
            about = " ".join(part for part in (line.item.value.replace("_", " "), line.name) if part)
            click.echo(f"{words[line.lamp]}  {about}: {line.said}")


@main.command()
@click.option("--server", default="http://localhost:8080", show_default=True, help="Address of the house.")
@click.option("--key-file", type=click.Path(path_type=Path), help="The panel's key; kept here after pairing.")
@click.option("--pairing-code", help="Code from the admin page, for the first start.")
@click.option(
    "--camera", default="test", show_default=True, help="test, none, /dev/video0, a file, or rtsp://..."
)
@click.option(
    "--microphone", default="test", show_default=True, help="test, none, a file, or an ALSA device."
)
@click.option("--speaker", default="none", show_default=True, help="none, an ALSA device, or a .wav file.")
@click.option("--ring", help="Ring this name as soon as the house is reached.")
@click.option("--hang-up-after", type=float, help="Hang up after so many seconds of talk.")
@click.option("--once", is_flag=True, help="End after the first call.")
@click.option("--stats", is_flag=True, help="Print counters each second, as JSON.")
@click.option("--no-keypad", is_flag=True, help="Do not read commands from the terminal.")
@click.option("--loopback", is_flag=True, help="Offer 127.0.0.1 only, for trials on one machine.")
@click.option(
    "--ca-file", type=click.Path(path_type=Path, exists=True), help="Trust these certificates (PEM)."
)
def panel(no_keypad: bool, **given: Any) -> None:
    """Be the doorstation: camera, microphone and bell of a street door."""
    from intercom.panel import PanelOptions, run

    key = os.environ.get("INTERCOM_PANEL_KEY")
    raise SystemExit(asyncio.run(run(PanelOptions(key=key, keypad=not no_keypad, **given))))
