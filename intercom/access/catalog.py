"""The kinds of access core by name, and reading what an admin typed for one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from intercom.domain.errors import Invalid
from intercom.domain.ids import Secret, SiteId
from intercom.domain.language import N_
from intercom.ports import Ask, CoreField, CoreKind, SiteCore

LONGEST = 20_000
"""Characters in one field."""


async def _forget(_: Mapping[str, object]) -> None:
    """Keeps no state."""


@dataclass(frozen=True, slots=True)
class Outfit:
    """What a core is made of. `state` is what it last gave to `remember`, sealed in between; JSON."""

    site: SiteId
    settings: Mapping[str, str]
    """A value for each field that is no secret, defaults filled in."""
    secrets: Mapping[str, Secret]
    """Those that are set."""
    now: Callable[[], float]
    """The server's clock, Unix seconds."""
    state: Mapping[str, object] = field(default_factory=dict[str, object])
    remember: Callable[[Mapping[str, object]], Awaitable[None]] = _forget
    """Stores the whole new state; returns when it is on disk."""


@dataclass(frozen=True, slots=True)
class Make:
    """A kind and how one is made; `build` may raise `Invalid` with a sentence for each field."""

    kind: CoreKind
    build: Callable[[Outfit], SiteCore]


def read(
    fields: Sequence[CoreField], given: Mapping[str, str], secrets: Mapping[str, Secret]
) -> tuple[dict[str, str], dict[str, Secret]]:
    """The settings and secrets as a core takes them: known, complete, in bounds.

    Raises `Invalid` with a sentence for each field that is not.
    """
    faults: dict[str, str] = {}
    settings: dict[str, str] = {}
    kept: dict[str, Secret] = {}
    for one in fields:
        if one.ask is Ask.SECRET:
            secret = secrets.get(one.name)
            if secret:
                kept[one.name] = secret
            elif one.required:
                faults[one.name] = N_("Fill this in.")
            continue
        text = given.get(one.name, one.default).strip()
        settings[one.name] = text
        fault = _fault(one, text)
        if fault:
            faults[one.name] = fault
    for unknown in given.keys() - {one.name for one in fields}:
        faults[unknown] = N_("This is not asked here.")
    if faults:
        raise Invalid(**faults)
    return settings, kept


def _fault(one: CoreField, text: str) -> str | None:
    if not text:
        return N_("Fill this in.") if one.required and one.ask is not Ask.SWITCH else None
    if len(text) > LONGEST:
        return N_("At most %(most)s characters.", most=LONGEST)
    if one.ask is not Ask.LONG and any(ord(letter) < 32 for letter in text):
        return N_("One line, please.")
    match one.ask:
        case Ask.ADDRESS:
            if not _is_address(text):
                return N_("An address begins with https:// or http:// and names a computer.")
        case Ask.NUMBER:
            try:
                number = float(text)
            except ValueError:
                return N_("Type a number.")
            if not one.least <= number <= one.most:
                return N_("Between %(least)s and %(most)s.", least=f"{one.least:g}", most=f"{one.most:g}")
        case Ask.SWITCH:
            if text not in ("true", "false"):
                return N_("Choose one of the list.")
        case Ask.CHOICE:
            if text not in dict(one.choices):
                return N_("Choose one of the list.")
        case Ask.TEXT | Ask.LONG | Ask.SECRET:
            pass
    return None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port_fits = parts.port != 0
    except ValueError:
        return False
    named = parts.scheme in ("http", "https") and bool(parts.hostname)
    return named and port_fits and not parts.username and not parts.fragment
