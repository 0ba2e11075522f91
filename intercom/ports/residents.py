"""The people of a site's units, as its admins see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from intercom.domain.ids import AccountId, EntryId, SiteId, UnitId
from intercom.domain.people import Account, Standing
from intercom.domain.phonebook import DisplayPolicy, Entry, Line, Unit, display


@dataclass(frozen=True, slots=True)
class Resident:
    """A person in a unit. `id`: of the resident's entry, and their name in addresses.

    `complete`: they have a way to sign in, so their name is their own. `invited_until`: when the link that
    they hold runs out, in Unix seconds; None if they hold none. `devices`: how many are signed in.
    """

    id: EntryId
    site: SiteId
    unit: Unit
    account: Account
    standing: Standing
    since: float
    alias: str | None = None
    contact: bool = False
    policy: DisplayPolicy | None = None
    manager: bool = False
    complete: bool = False
    invited_until: float | None = None
    devices: int = 0

    def line(self, policy: DisplayPolicy) -> Line | None:
        """How the door shows them where the site's policy is `policy`."""
        return display(self._entry(self.alias, self.policy), policy)

    def bare(self, policy: DisplayPolicy) -> Line | None:
        """How the door would show them by `policy` without an alias."""
        return display(self._entry(None, policy), policy)

    def _entry(self, alias: str | None, policy: DisplayPolicy | None) -> Entry:
        who = self.account
        return Entry(
            self.id,
            self.site,
            self.unit,
            who.first_name,
            who.last_name,
            (who.id,),
            alias,
            self.contact,
            policy,
        )


class Residents(Protocol):
    """Each has a membership and an entry, which come and go together."""

    async def some(self, site: SiteId, ids: Sequence[EntryId]) -> Sequence[Resident]:
        """These residents of the site, in this order; without those who are not there."""
        ...

    async def of_units(self, site: SiteId, units: Sequence[UnitId]) -> Sequence[Resident]:
        """Who belongs to these units, in the order in which they came."""
        ...

    async def by_email(self, email: str) -> tuple[Account, bool] | None:
        """The account of this e-mail (any case), and whether it has a way to sign in."""
        ...

    async def add(
        self, site: SiteId, unit: UnitId, entry: EntryId, account: Account, standing: Standing, now: float
    ) -> None:
        """Store a resident; the account too where it is new, and its name where it has no way to sign in.

        Raises `Taken` for somebody who is in the unit already.
        """
        ...

    async def dress(
        self, entry: EntryId, alias: str | None, contact: bool, policy: DisplayPolicy | None
    ) -> None:
        """How the door shows a resident."""
        ...

    async def rename(self, account: AccountId, first_name: str, last_name: str) -> None:
        """The name of somebody who has no way to sign in yet; nobody else's."""
        ...

    async def move(self, entry: EntryId, unit: UnitId) -> None:
        """Into another unit of the site; a manager is none there. Raises `Taken`."""
        ...

    async def set_standing(self, entry: EntryId, standing: Standing) -> None:
        """Of a resident, and of the same person as manager of the unit."""
        ...

    async def set_manager(self, entry: EntryId, manager: bool, now: float) -> None:
        """Whether the resident is a manager of the unit."""
        ...

    async def remove(self, entry: EntryId) -> None:
        """Take a resident out of the unit; links to join the site that nobody needs any more are void.

        Of a person who belongs nowhere else and never had a way to sign in, nothing is left.
        """
        ...
