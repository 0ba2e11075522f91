"""Signs beside doors, and visitors whom a resident does not want to hear for a while."""

from __future__ import annotations

from typing import Protocol

from intercom.domain.ids import AccountId, EntranceId, SiteId


class Signs(Protocol):
    """The codes of entrances. Those that were replaced are kept as hashes."""

    async def put(
        self, entrance: EntranceId, code: str | None, word: str, old: str | None, now: float
    ) -> None:
        """The entrance's code and word from now on; `old`: the hash of the code that they replace."""
        ...

    async def replaced(self, code_hash: str) -> bool:
        """Whether this was the code of an entrance once."""
        ...


class Blocks(Protocol):
    """Visitors' browsers that ring nobody at a site for a while."""

    async def put(self, visitor: str, site: SiteId, until: float, by: AccountId, now: float) -> None:
        """Block until then, instead of what was before. What is over at `now` is forgotten, of everybody."""
        ...

    async def until(self, visitor: str, site: SiteId, now: float) -> float | None:
        """Until when this one is blocked; None: it is not."""
        ...
