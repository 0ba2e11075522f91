"""Visitors: from the code at the door to a session of half an hour, and the names that they are shown.

There is no account. A browser keeps two sealed cookies, both needed for what the visitor asks for: the
session, and a name for the browser that lives for two days, so that limits and blocks mean something.
Every id that a visitor's page is given is made for its session alone: two sessions cannot compare what they
saw, and nothing can be tried one after the other.
"""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from intercom.domain.collation import plain, searchable
from intercom.domain.errors import Blocked, NotFound, OldSign, TryLater, UnknownEntry, VisitOver
from intercom.domain.ids import EntranceId, EntryId, PanelId, Secret, SiteId
from intercom.domain.language import N_
from intercom.domain.phonebook import Entrance, Line, Site
from intercom.domain.sign import meant
from intercom.domain.visitor import SESSION_SECONDS, Visitor
from intercom.ports import Blocks, Clock, Phonebooks, Signs, Throttle, Vault

SCAN_SECONDS = 120.0
"""How long the scan of a code says that somebody stands there."""
ASKED_SECONDS = 300.0
"""A scan within this time after a visitor was asked for one is one that they made for it."""
MOST_FOUND = 12
"""Names that a search shows at once."""
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that was opened: whose, where, and what the browser keeps. `scan` goes into the page."""

    visitor: Visitor
    site: Site
    entrance: Entrance
    session: Secret
    browser: Secret
    scan: Secret


@dataclass(frozen=True, slots=True)
class _Scan:
    visitor: PanelId
    at: float
    asked_for: bool


@dataclass(slots=True)
class Visitors:
    """Who stands at the doors with a phone. What is remembered of them is in memory alone."""

    phonebooks: Phonebooks
    signs: Signs
    blocks: Blocks
    vault: Vault
    throttle: Throttle
    clock: Clock
    new_id: Callable[[], str]
    _scans: OrderedDict[str, _Scan] = field(default_factory=OrderedDict[str, _Scan])
    _asked: OrderedDict[str, float] = field(default_factory=OrderedDict[str, float])
    _until: OrderedDict[PanelId, float] = field(default_factory=OrderedDict[PanelId, float])
    _names: OrderedDict[PanelId, tuple[str, str]] = field(
        default_factory=OrderedDict[PanelId, tuple[str, str]]
    )

    # -- coming --

    async def arrive(
        self, code: str, session: Secret | None, browser: Secret | None, address: str, *, scanned: bool
    ) -> Visit:
        """Somebody opened the address of a sign; `scanned`: not just the same page once more.

        Raises `OldSign` for the code of a sign that was replaced, `NotFound`, `TooMany`.
        """
        await self.throttle.hit("visitor_page", address)
        entrance = await self.phonebooks.by_code(meant(code))
        site = await self.phonebooks.site(entrance.site) if entrance else None
        if entrance is None or site is None:
            if await self.signs.replaced(Secret(meant(code)).digest()):
                raise OldSign
            raise NotFound(N_("There is no door at this address. Look at the sign again."))
        kept = browser if browser and len(browser.reveal()) <= 64 else Secret(secrets.token_urlsafe(24))
        now = self.clock.now()
        visitor = Visitor(
            PanelId(self.new_id()),
            site.id,
            entrance.id,
            now + SESSION_SECONDS,
            self.vault.mark(f"browser {kept.reveal()}"),
            self.vault.mark(f"address {address}"),
            self._sign(entrance),
        )
        before = self._opened(session)
        if before is not None and before.entrance == entrance.id and before.browser == visitor.browser:
            visitor = replace(visitor, id=before.id)
        self._remember(visitor)
        scan = Secret(secrets.token_urlsafe(16))
        if scanned:
            asked = now - self._asked.get(visitor.browser, -ASKED_SECONDS) < ASKED_SECONDS
            _put(self._scans, scan.digest(), _Scan(visitor.id, now, asked))
        return Visit(visitor, site, entrance, self._sealed(visitor), kept, scan)

    def stay(self, session: Secret | None) -> Secret:
        """The page is still shown: its session, good for another half an hour. Raises `VisitOver`."""
        visitor = self._opened(session)
        if visitor is None:
            raise VisitOver
        visitor = replace(visitor, expires_at=self.clock.now() + SESSION_SECONDS)
        self._remember(visitor)
        return self._sealed(visitor)

    async def enter(self, session: Secret | None) -> Visitor:
        """Whose session it is. Raises `VisitOver`, `OldSign`."""
        visitor = self._opened(session)
        if visitor is None:
            raise VisitOver
        self._remember(visitor)
        await self.check(visitor)
        return visitor

    async def check(self, visitor: Visitor) -> None:
        """Whether the visitor's page is still good. Raises `VisitOver`, `OldSign`."""
        if self.clock.now() >= max(visitor.expires_at, self._until.get(visitor.id, 0.0)):
            raise VisitOver
        entrance = await self.phonebooks.entrance(visitor.entrance)
        if entrance is None or entrance.code is None or self._sign(entrance) != visitor.sign:
            raise OldSign

    async def demand_unblocked(self, visitor: Visitor) -> None:
        """Raises `Blocked`."""
        for name in (visitor.browser, self.nameless(visitor.id)):
            until = await self.blocks.until(name, visitor.site, self.clock.now())
            if until is not None:
                raise Blocked(until=until)

    async def near_a_block(self, visitor: Visitor) -> bool:
        """Whether somebody on the visitor's network is blocked: perhaps the same person with new cookies."""
        return await self.blocks.until(visitor.address, visitor.site, self.clock.now()) is not None

    def names(self, visitor: PanelId) -> tuple[str, ...]:
        """By what a visitor is blocked: their browser and their network; the session where these are not
        remembered."""
        return self._names.get(visitor, (self.nameless(visitor),))

    def nameless(self, visitor: PanelId) -> str:
        """What stands for the browser of a session that is not remembered."""
        return self.vault.mark(f"session {visitor}")

    def _sign(self, entrance: Entrance) -> str:
        return self.vault.mark(f"code {entrance.code}")

    def _sealed(self, visitor: Visitor) -> Secret:
        fields = (
            visitor.id,
            visitor.site,
            visitor.entrance,
            visitor.expires_at,
            visitor.browser,
            visitor.address,
            visitor.sign,
        )
        return Secret(self.vault.seal(Secret(json.dumps(["visitor", *fields]))))

    def _opened(self, session: Secret | None) -> Visitor | None:
        if session is None:
            return None
        try:
            what, *fields = json.loads(self.vault.open(session.reveal()).reveal())
        except (TryLater, ValueError, TypeError):  # not ours
            return None
        if what != "visitor":
            return None
        visitor_id, site, entrance, expires_at, browser, address, sign = fields
        if self.clock.now() >= expires_at:
            return None
        return Visitor(
            PanelId(visitor_id), SiteId(site), EntranceId(entrance), expires_at, browser, address, sign
        )

    def _remember(self, visitor: Visitor) -> None:
        _put(self._until, visitor.id, visitor.expires_at)
        _put(self._names, visitor.id, (visitor.browser, visitor.address))

    # -- scans --

    def asks(self, visitor: Visitor) -> None:
        """The visitor was told to scan the code again, or to type the word."""
        _put(self._asked, visitor.browser, self.clock.now())

    def scan(self, visitor: Visitor, given: Secret | None) -> tuple[float, bool] | None:
        """When the code was scanned, and whether because it was asked for. A scan counts once."""
        known = self._scans.pop(given.digest(), None) if given else None
        if known is None or known.visitor != visitor.id or self.clock.now() - known.at >= SCAN_SECONDS:
            return None
        return known.at, known.asked_for

    # -- names --

    async def shown(self, visitor: Visitor) -> tuple[Line, ...]:
        """The names that the page shows at once: none where visitors must type letters of one."""
        site = await self.phonebooks.site(visitor.site)
        if site is None or site.rules.visitor_letters:
            return ()
        return self._disguised(visitor, await self.phonebooks.lines(visitor.entrance))

    async def search(self, visitor: Visitor, words: str) -> tuple[Line, ...]:
        """The names in which every word is found, `MOST_FOUND` at most.

        Raises `VisitOver`, `OldSign`, `TooMany`.
        """
        await self.check(visitor)
        await self.throttle.hit("visitor_search", visitor.browser)
        await self.throttle.hit("visitor_search_address", visitor.address)
        site = await self.phonebooks.site(visitor.site)
        parts = plain(words).split()
        letters = sum(c.isalnum() for part in parts for c in part)
        if site is None or letters < max(1, site.rules.visitor_letters):
            return ()
        found: list[Line] = []
        for line in await self.phonebooks.lines(visitor.entrance):
            text = searchable(f"{line.name} {line.unit}")
            if all(part in text or part == plain(line.floor) for part in parts):
                found.append(line)
                if len(found) == MOST_FOUND:
                    break
        return self._disguised(visitor, found)

    async def entry(self, visitor: Visitor, shown: str) -> EntryId:
        """The entry that the page knows by this id. Raises `UnknownEntry`."""
        for line in await self.phonebooks.lines(visitor.entrance):
            if disguised(self.vault, visitor.id, line.id) == shown:
                return line.id
        raise UnknownEntry

    def _disguised(self, visitor: Visitor, lines: Sequence[Line]) -> tuple[Line, ...]:
        return tuple(replace(line, id=EntryId(disguised(self.vault, visitor.id, line.id))) for line in lines)


def disguised(vault: Vault, visitor: PanelId, id_: str) -> str:
    """What this visitor's page knows something by."""
    return vault.mark(f"{visitor} {id_}")


K = TypeVar("K")
V = TypeVar("V")


def _put(memory: OrderedDict[K, V], key: K, value: V) -> None:
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)
