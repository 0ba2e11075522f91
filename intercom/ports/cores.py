"""Which access core each site has: the kinds there are, what their forms ask, how they stand.

A kind is described by plain values, so that an admin page can show any of them without knowing one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from intercom.domain.door import Lock, LockStatus, Refusal
from intercom.domain.ids import LockId, Secret, SiteId
from intercom.ports.access import AccessCore


class Ask(StrEnum):
    """What kind of thing a field of a form asks for."""

    TEXT = "text"
    LONG = "long"
    """Several lines."""
    ADDRESS = "address"
    """An http or https address."""
    NUMBER = "number"
    SWITCH = "switch"
    """"true" or "false"."""
    CHOICE = "choice"
    SECRET = "secret"
    """Write-only: sealed at rest, never shown again."""


@dataclass(frozen=True, slots=True)
class CoreField:
    """One thing that a kind of core asks of an admin. `label` and `hint` are sentences to translate."""

    name: str
    label: str
    ask: Ask = Ask.TEXT
    hint: str = ""
    default: str = ""
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    """Value and label, of a choice."""
    least: float = 0.0
    most: float = float("inf")
    """The bounds of a number."""


@dataclass(frozen=True, slots=True)
class CoreKind:
    """A kind of access core. `lock_label`: what a lock's own name in this core is called, or empty where
    the core goes by our own locks."""

    name: str
    title: str
    fields: tuple[CoreField, ...] = ()
    lock_label: str = ""


class CoreState(StrEnum):
    """How a site's access core stands."""

    UP = "up"
    DOWN = "down"
    """It does not answer; commands are not sent until it does."""
    PAUSED = "paused"
    """It takes no remote opening until a time that it names or that we keep to."""
    UNFINISHED = "unfinished"
    """Something is left to be set up: `steps` says what."""
    DENIED = "denied"
    """It knows us and says no: wrong credentials, no subscription, site not released."""


@dataclass(frozen=True, slots=True)
class CoreStep:
    """One step of setting a core up; the sentences are to translate.

    `action`: the button's words where a person must do something, else empty; `fields` what they type.
    """

    name: str
    sentence: str
    done: bool
    action: str = ""
    fields: tuple[CoreField, ...] = ()


@dataclass(frozen=True, slots=True)
class CoreReport:
    """How a core stands, and each of its locks. Times are Unix seconds."""

    state: CoreState
    at: float
    """When it was looked at."""
    since: float | None = None
    """Since when `state` is so."""
    until: float | None = None
    why: Refusal | None = None
    detail: str = ""
    """One more sentence for admins, to translate; never holds a secret."""
    steps: tuple[CoreStep, ...] = ()
    locks: Mapping[LockId, LockStatus] = field(default_factory=dict[LockId, LockStatus])


@dataclass(frozen=True, slots=True)
class CoreLock:
    """A lock that the core offers to be chosen. `hub`: what it hangs on, may be empty."""

    ref: str
    name: str
    hub: str = ""
    online: bool = True


class SiteCore(AccessCore, Protocol):
    """The core of one site. Made by its kind from settings, secrets and the state it kept."""

    def keep(self, locks: Iterable[Lock]) -> None:
        """These are the site's locks from now on."""
        ...

    async def start(self) -> None:
        """Begin to listen to the core. Returns at once, also when it cannot be reached."""
        ...

    async def check(self) -> CoreReport:
        """Ask the core now: is it reachable, is each lock online. Never raises; takes ≤ 10 seconds."""
        ...

    async def offered(self) -> Sequence[CoreLock]:
        """The locks to choose from. Empty where the core cannot tell. Raises `TryLater`."""
        ...

    async def take_step(self, name: str, typed: Mapping[str, Secret]) -> None:
        """Do a step of `CoreReport.steps`. Raises `Invalid` with a sentence for each field, `TryLater`."""
        ...

    async def close(self) -> None:
        """Stop listening; commands under way end as unknown. Leaves no task and no connection."""
        ...


class AccessCores(AccessCore, Protocol):
    """The cores of all sites, as one: each command goes to the core of the lock's site."""

    def kinds(self) -> Sequence[CoreKind]:
        """The kinds of core that a site may choose."""
        ...

    def kind_of(self, site: SiteId) -> str:
        """The name of the kind that the site uses now."""
        ...

    def examine(
        self, site: SiteId, kind: str, settings: Mapping[str, str], secrets: Mapping[str, Secret]
    ) -> None:
        """Look whether a core could be made of these; asks nobody, changes nothing.

        Raises `Invalid` with a sentence for each field that cannot be.
        """
        ...

    async def shut(self, site: SiteId, kind: str) -> None:
        """Nothing opens at the site: what it chose cannot be made."""
        ...

    async def exchange(
        self,
        site: SiteId,
        kind: str,
        settings: Mapping[str, str],
        secrets: Mapping[str, Secret],
        state: Mapping[str, object],
    ) -> None:
        """Use another core, or other settings, for a site from now on; the one before is closed.

        Raises `Invalid` as `examine` does; nothing is changed then.
        """
        ...

    def at(self, site: SiteId) -> SiteCore:
        """The site's core; the first of `kinds` until another is chosen."""
        ...


@dataclass(frozen=True, slots=True)
class CoreChoice:
    """What a site has chosen, as it is stored. `secrets` and `state` are sealed (`ports.Vault`)."""

    site: SiteId
    kind: str
    settings: Mapping[str, str]
    secrets: str | None
    state: str | None
    changed_at: float


class CoreChoices(Protocol):
    """Each site's choice of an access core. A site without one has the first kind."""

    async def all(self) -> Sequence[CoreChoice]:
        """Every choice there is."""
        ...

    async def of(self, site: SiteId) -> CoreChoice | None:
        """The site's choice."""
        ...

    async def put(self, choice: CoreChoice) -> None:
        """Store a choice, new or changed."""
        ...

    async def remember(self, site: SiteId, state: str) -> None:
        """What the site's core keeps; on disk when this returns. Nothing for a site without a choice."""
        ...

    async def tie(self, site: SiteId, lock: LockId, ref: str) -> None:
        """What the core calls the lock; empty: nobody knows."""
        ...
