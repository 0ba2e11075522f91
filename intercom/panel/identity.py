"""The key by which the house knows this doorstation: given, kept in a file, or got for a pairing code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import aiohttp

from .options import PanelOptions
from .refusals import NotTaken, Offline

ENROL_SECONDS = 10


class Secret:
    """A text that neither prints nor logs itself."""

    def __init__(self, text: str) -> None:
        """Hide the text."""
        self._text = text

    def reveal(self) -> str:
        """The text, for whoever must send it."""
        return self._text

    def __repr__(self) -> str:
        """Three stars."""
        return "***"


async def enrol(session: aiohttp.ClientSession, server: str, code: Secret) -> Secret:
    """Trade a pairing code for this doorstation's own key.

    Raises `NotTaken` when the code is wrong or used, `Offline` when the house cannot be reached.
    """
    try:
        async with session.post(
            f"{server}/api/v1/panels/enroll",
            json={"code": code.reveal()},
            timeout=aiohttp.ClientTimeout(total=ENROL_SECONDS),
        ) as answer:
            body: Any = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as fault:
        raise Offline(f"The house cannot be reached: {type(fault).__name__}.") from fault
    fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    if answer.status >= 500:
        raise Offline(f"The house answered {answer.status}.")
    if answer.status != 200:
        raise NotTaken(str(fields.get("detail") or "The house did not take the pairing code."))
    key = fields.get("key")
    if not isinstance(key, str) or not key:
        raise NotTaken("The house took the pairing code but gave no key.")
    return Secret(key)


async def find_key(options: PanelOptions, session: aiohttp.ClientSession) -> Secret:
    """The key that was given, else the one in the key file, else a new one for the pairing code.

    A new key is kept in the key file. Raises `NotTaken` or `Offline`.
    """
    if options.key:
        return Secret(options.key.strip())
    if options.key_file is not None and options.key_file.exists():
        text = options.key_file.read_text(encoding="utf-8").strip()
        if text:
            return Secret(text)
    if not options.pairing_code:
        raise NotTaken("This doorstation has no key yet. Start it with a pairing code from the admin page.")
    key = await enrol(session, options.server.rstrip("/"), Secret(options.pairing_code.strip()))
    if options.key_file is not None:
        keep_key(options.key_file, key)
    return key


def keep_key(path: Path, key: Secret) -> None:
    """Write the key so that only this user can read it (mode 0600), whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.reveal() + "\n")
    new.replace(path)
