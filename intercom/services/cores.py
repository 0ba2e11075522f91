"""Which access core a site has: choosing it, setting it up, looking at how it stands."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from intercom.domain.commissioning import Item
from intercom.domain.door import Lock
from intercom.domain.errors import Invalid, NotFound, TryLater
from intercom.domain.ids import LockId, Secret, SiteId
from intercom.domain.language import N_
from intercom.domain.people import Power, Session
from intercom.ports import (
    AccessCores,
    Ask,
    Checks,
    Clock,
    CoreChoice,
    CoreChoices,
    CoreKind,
    CoreLock,
    CoreReport,
    Events,
    Throttle,
    Vault,
)

log = logging.getLogger(__name__)

LONGEST_REF = 200
"""Characters of what a core calls a lock."""


@dataclass(frozen=True, slots=True)
class CoreView:
    """A site's core as an admin page shows it. `secrets`: when each that is set was set, Unix seconds."""

    kind: CoreKind
    settings: Mapping[str, str]
    secrets: Mapping[str, float]
    changed_at: float | None


@dataclass(frozen=True, slots=True)
class CoreOffice:
    """Every verb with a session raises `NotFound` and `NotAllowed`."""

    choices: CoreChoices
    cores: AccessCores
    vault: Vault
    locks: Callable[[SiteId], Awaitable[Sequence[Lock]]]
    """The locks of a site."""
    events: Events
    throttle: Throttle
    changed: Callable[[SiteId], Awaitable[None]]
    clock: Clock
    checks: Checks
    """What the old core has proven, the new one has not."""

    async def restore(self) -> None:
        """After a start: each site gets the core that it chose. One that cannot be made is logged; its
        locks are offline rather than simulated."""
        for choice in await self.choices.all():
            try:
                secrets = {name: secret for name, (secret, _) in self._secrets(choice).items()}
                await self.cores.exchange(
                    choice.site, choice.kind, choice.settings, secrets, self._state(choice)
                )
            except (Invalid, TryLater) as error:
                log.error("the access core of site %s cannot be used: %s", choice.site, error.message)
                await self.cores.shut(choice.site, choice.kind)

    async def view(self, session: Session, site: SiteId) -> CoreView:
        """What the site uses."""
        session.demand(Power.RUN_PANELS, site)
        choice = await self.choices.of(site)
        if choice is None:
            return CoreView(self._kind(self.cores.kind_of(site)), {}, {}, None)
        try:
            secrets = {name: at for name, (_, at) in self._secrets(choice).items()}
        except TryLater:  # the server's key is another: none of them is there any more
            secrets = {}
        return CoreView(self._kind(choice.kind), choice.settings, secrets, choice.changed_at)

    async def choose(
        self,
        session: Session,
        site: SiteId,
        kind: str,
        settings: Mapping[str, str],
        secrets: Mapping[str, Secret],
    ) -> None:
        """Use this core from now on, without a restart. A secret that is not given stays as it is.

        Raises `Invalid` with a sentence for each field that cannot be; nothing is changed then.
        """
        session.demand(Power.SET_CORE, site)
        await self.throttle.hit("core", site)
        now = self.clock.now()
        chosen = self._kind(kind)
        before = await self.choices.of(site)
        same = before is not None and before.kind == kind
        was: tuple[str, Mapping[str, str]] = (
            (before.kind, before.settings) if before else (self.cores.kind_of(site), {})
        )
        kept: dict[str, tuple[Secret, float]] = {}
        if before is not None and same:
            try:
                kept = self._secrets(before)
            except TryLater:
                log.warning("the old secrets of site %s cannot be read", site)
        asked = {one.name for one in chosen.fields if one.ask is Ask.SECRET}
        for name, secret in secrets.items():
            if name not in asked:
                raise Invalid(**{name: N_("This is not asked here.")})
            if secret:
                kept[name] = (secret, now)
        state: Mapping[str, object] = self._state(before) if before is not None and same else {}
        plain = {name: secret for name, (secret, _) in kept.items()}
        self.cores.examine(site, kind, settings, plain)
        sealed = {name: {"text": secret.reveal(), "at": at} for name, (secret, at) in kept.items()}
        await self.choices.put(
            CoreChoice(
                site,
                kind,
                dict(settings),
                self.vault.seal(Secret(json.dumps(sealed))) if sealed else None,
                before.state if before is not None and same else None,
                now,
            )
        )
        await self.cores.exchange(site, kind, settings, plain, state)
        await self.checks.forget(site, Item.CORE)
        if was != (kind, settings):
            await self.checks.doubt(site, now)
        await self.events.note(site, now, session.account.id, "core_chosen", chosen.title)

    async def check(self, session: Session, site: SiteId) -> CoreReport:
        """Ask the core now how it stands."""
        session.demand(Power.RUN_PANELS, site)
        await self.throttle.hit("core", site)
        return await self.cores.at(site).check()

    async def offered(self, session: Session, site: SiteId) -> Sequence[CoreLock]:
        """The core's own locks, to be chosen for ours. Raises `TryLater`."""
        session.demand(Power.RUN_PANELS, site)
        return await self.cores.at(site).offered()

    async def tie(self, session: Session, site: SiteId, lock: LockId, ref: str) -> None:
        """What the core calls one of our locks. Raises `Invalid`."""
        session.demand(Power.EDIT_ENTRANCES, site)
        found = next((known for known in await self.locks(site) if known.id == lock), None)
        if found is None:
            raise NotFound(N_("This lock is not known here."))
        if len(ref) > LONGEST_REF or any(ord(letter) < 32 for letter in ref):
            raise Invalid(ref=N_("At most %(most)s characters.", most=LONGEST_REF))
        if ref == found.core_ref:
            return
        now = self.clock.now()
        await self.choices.tie(site, lock, ref)
        await self.checks.doubt(site, now, lock)
        await self.events.note(site, now, session.account.id, "lock_changed", found.name, core=ref)
        await self.changed(site)

    async def take_step(self, session: Session, site: SiteId, name: str, typed: Mapping[str, Secret]) -> None:
        """Do a step of setting the core up. Raises `Invalid`, `TryLater`."""
        session.demand(Power.SET_CORE, site)
        await self.throttle.hit("core", site)
        await self.cores.at(site).take_step(name, typed)
        await self.events.note(
            site,
            self.clock.now(),
            session.account.id,
            "core_step",
            self._kind(self.cores.kind_of(site)).title,
        )

    async def remember(self, site: SiteId, state: Mapping[str, object]) -> None:
        """A core keeps something: sealed, on disk when this returns."""
        await self.choices.remember(site, self.vault.seal(Secret(json.dumps(dict(state)))))

    def _kind(self, name: str) -> CoreKind:
        found = next((kind for kind in self.cores.kinds() if kind.name == name), None)
        if found is None:
            raise Invalid(kind=N_("Choose one of the list."))
        return found

    def _secrets(self, choice: CoreChoice) -> dict[str, tuple[Secret, float]]:
        if choice.secrets is None:
            return {}
        kept = json.loads(self.vault.open(choice.secrets).reveal())
        return {name: (Secret(one["text"]), one["at"]) for name, one in kept.items()}

    def _state(self, choice: CoreChoice) -> Mapping[str, object]:
        return json.loads(self.vault.open(choice.state).reveal()) if choice.state else {}
