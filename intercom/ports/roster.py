"""The residents of a site many at once: for lists that come in and go out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Protocol

from intercom.domain.ids import AccountId, SiteId
from intercom.domain.roster_plan import Batch, Here, Person


class Rosters(Protocol):
    """Reads and writes in portions, so that nobody else waits long."""

    def residents(self, site: SiteId) -> AsyncIterator[Sequence[Here]]:
        """All residents of the site, in portions, in no order."""
        ...

    async def people(self, emails: Collection[str]) -> dict[str, Person]:
        """The accounts of these e-mails, by `roster_plan.folded` of the e-mail."""
        ...

    async def put(self, site: SiteId, batch: Batch, now: float) -> Sequence[AccountId]:
        """Store a batch, all or nothing; the accounts of its people, in their order.

        Who is in the unit already is not doubled, nor is an e-mail; the name of somebody who has a way to
        sign in stays.
        """
        ...
