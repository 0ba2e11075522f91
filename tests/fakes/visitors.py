"""Signs and blocks in memory, and the services for visitors over a house of fakes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from intercom.domain.call import Call
from intercom.domain.fence import Circle, FenceMode, Spot
from intercom.domain.geofence import Position
from intercom.domain.ids import AccountId, EntranceId, Secret, SiteId
from intercom.domain.visitor import NO_PROOF, Proof, Visitor
from intercom.services.bell import PublicBell
from intercom.services.blocks import VisitorBlocks
from intercom.services.signs import SignOffice
from intercom.services.visitors import Visitors, disguised
from intercom.services.whereabouts import Whereabouts
from tests.fakes.house import STREET, House
from tests.fakes.phonebooks import MemoryPhonebooks
from tests.fakes.small import GlassVault

CODE, WORD = "7k3m9xqp4vt2c", "batolu"
DOOR = Spot(47.3769, 8.5417)
FAR_AWAY = Spot(47.3769, 8.5617)
"""A kilometre and a half to the east."""


@dataclass(slots=True)
class MemorySigns:
    """`ports.Signs`."""

    phonebooks: MemoryPhonebooks
    old: set[str] = field(default_factory=set)

    async def put(
        self, entrance: EntranceId, code: str | None, word: str, old: str | None, now: float
    ) -> None:
        self.phonebooks.doors = [
            replace(e, code=code, word=word) if e.id == entrance else e for e in self.phonebooks.doors
        ]
        if old is not None:
            self.old.add(old)

    async def replaced(self, code_hash: str) -> bool:
        return code_hash in self.old


@dataclass(slots=True)
class MemoryBlocks:
    """`ports.Blocks`."""

    kept: dict[tuple[str, SiteId], tuple[float, AccountId]] = field(default_factory=dict)

    async def put(self, visitor: str, site: SiteId, until: float, by: AccountId, now: float) -> None:
        self.kept = {key: kept for key, kept in self.kept.items() if kept[0] > now}
        self.kept[visitor, site] = until, by

    async def until(self, visitor: str, site: SiteId, now: float) -> float | None:
        until, _ = self.kept.get((visitor, site), (0.0, None))
        return until if until > now else None


class Street:
    """The street door of a house of fakes, with a sign that visitors scan."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.vault = GlassVault()
        self.cut: list[EntranceId] = []
        self.signs, self.blocks = MemorySigns(house.phonebooks), MemoryBlocks()
        self.office = SignOffice(
            house.phonebooks, self.signs, house.events, self._changed, self._replaced, house.clock
        )
        self.start()
        self.has(code=CODE, word=WORD)

    def start(self) -> None:
        """Nothing of any visitor is remembered."""
        house = self.house
        self.visitors = Visitors(
            house.phonebooks, self.signs, self.blocks, self.vault, house.throttle, house.clock, house.new_id
        )
        self.whereabouts = Whereabouts(
            self.visitors,
            house.phonebooks,
            house.calls,
            house.switchboard,
            house.signaler,
            house.throttle,
            house.clock,
            answers_within=0.05,
        )
        self.bell = PublicBell(
            self.visitors, self.whereabouts, house.switchboard, house.throttle, house.clock
        )
        self.peace = VisitorBlocks(
            house.calls, house.phonebooks, self.visitors, self.blocks, house.events, house.clock
        )

    async def _changed(self, _: SiteId) -> None:
        pass

    async def _replaced(self, entrance: EntranceId) -> None:
        self.cut.append(entrance)

    def has(self, **changes: object) -> None:
        """The street door is different from now on."""
        self.house.phonebooks.doors = [
            replace(e, **changes) if e.id == STREET else e for e in self.house.phonebooks.doors
        ]

    def fenced(self, mode: FenceMode = FenceMode.ENFORCE) -> None:
        """The door has a fence of 75 m."""
        self.has(fence_mode=mode, fence=Circle(DOOR))

    async def comes(
        self, browser: str | None = None, address: str = "192.0.2.1", *, scanned: bool = True
    ) -> Guest:
        """Somebody scans the code and their page connects."""
        kept = Secret(browser) if browser else None
        visit = await self.visitors.arrive(CODE, None, kept, address, scanned=scanned)
        return Guest(self, await self.visitors.enter(visit.session), visit.scan, visit.browser)


@dataclass(slots=True)
class Guest:
    """A visitor with a page."""

    street: Street
    visitor: Visitor
    scan: Secret
    browser: Secret

    def knows(self, entry: str) -> str:
        """What their page calls an entry."""
        return disguised(self.street.vault, self.visitor.id, entry)

    async def ring(self, proof: Proof = NO_PROOF, entry: str = "flat31-entry") -> Call:
        """They press a name."""
        return await self.street.bell.ring(self.visitor, self.knows(entry), proof)

    def stands(self, spot: Spot = DOOR, accuracy: float = 10.0, age: float = 0.0) -> Proof:
        """What their phone says of where it is."""
        taken = self.street.house.clock.now() - age
        return Proof(position=Position(spot.lat, spot.lon, accuracy, taken))

    def types(self, word: str = WORD) -> Proof:
        """They type a word."""
        return Proof(word=Secret(word))

    def scans(self) -> Proof:
        """The page says by which scan it was opened."""
        return Proof(scan=self.scan)
