"""Invitations and the first owner in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from intercom.domain.ids import AccountId, InvitationId, SiteId, UnitId
from intercom.domain.invitations import InvitationState, Invitee, SiteInvitation
from intercom.domain.people import Account, Standing
from intercom.ports import NewInvitation, Wanted
from tests.fakes.letters import MemoryLetters
from tests.fakes.people import MemoryPeople

_WAITING, _USED = InvitationState.WAITING, InvitationState.USED


@dataclass(slots=True)
class MemoryInvitations:
    """`ports.SiteInvitations` over the people in memory. `units`: their names."""

    people: MemoryPeople
    letters: MemoryLetters
    units: dict[UnitId, str] = field(default_factory=dict)
    rows: list[SiteInvitation] = field(default_factory=list)
    tokens: dict[str, InvitationId] = field(default_factory=dict)
    codes: dict[InvitationId, str] = field(default_factory=dict)

    def _change(self, invitation: InvitationId, **changes: object) -> None:
        self.rows = [replace(row, **changes) if row.id == invitation else row for row in self.rows]

    def _listed(self, site: SiteId) -> list[SiteInvitation]:
        return [r for r in self.rows if r.site == site and r.stored is not InvitationState.REPLACED]

    async def issue(self, site: SiteId, new: Sequence[NewInvitation], now: float) -> None:
        for one in new:
            for row in self._listed(site):
                if row.account == one.account:
                    self._change(row.id, stored=InvitationState.REPLACED)
            inviter = self.people.accounts[one.created_by].name if one.created_by else ""
            self.tokens[one.token_hash] = one.id
            if one.code_hash:
                self.codes[one.id] = one.code_hash
            self.rows.append(
                SiteInvitation(
                    one.id,
                    site,
                    one.account,
                    one.kind,
                    _WAITING,
                    inviter,
                    now,
                    one.expires_at,
                    None,
                    one.code_expires_at,
                )
            )

    async def print(self, invitation: InvitationId, code_hash: str, expires_at: float) -> bool:
        if not any(r.id == invitation and r.stored is _WAITING for r in self.rows):
            return False
        self.codes[invitation] = code_hash
        self._change(invitation, code_expires_at=expires_at)
        return True

    async def find(self, secret_hash: str) -> tuple[SiteInvitation, bool] | None:
        by_code = next((i for i, digest in self.codes.items() if digest == secret_hash), None)
        wanted = by_code or self.tokens.get(secret_hash)
        return next(((r, by_code is not None) for r in self.rows if r.id == wanted), None)

    async def invitees(self, site: SiteId, people: Collection[AccountId]) -> Sequence[Invitee]:
        found: list[Invitee] = []
        for account in dict.fromkeys(people):
            parts = [m for m in self.people.roles if m.account == account and m.site == site]
            waiting = [m for m in parts if m.standing is Standing.INVITED]
            shown = waiting or parts
            if parts:
                found.append(
                    Invitee(
                        self.people.accounts[account],
                        tuple(dict.fromkeys(self.units[m.unit] for m in shown if m.unit)),
                        tuple(dict.fromkeys(m.role for m in shown if m.unit is None)),
                        account in self.people.hashes,
                        bool(waiting),
                        any(m.standing is Standing.ACTIVE for m in parts),
                    )
                )
        return found

    async def complete(
        self,
        invitation: InvitationId,
        first_name: str,
        last_name: str,
        password_hash: str,
        now: float,
        *,
        vouched_by: SiteId | None = None,
    ) -> bool:
        row = next((r for r in self.rows if r.id == invitation and r.stored is _WAITING), None)
        if row is None or row.account in self.people.hashes or not self.people.accounts[row.account].active:
            return False
        self._change(invitation, stored=_USED, used_at=now)
        account = self.people.accounts[row.account]
        self.people.accounts[row.account] = replace(
            account, first_name=first_name, last_name=last_name, vouched_by=vouched_by
        )
        self.people.hashes[row.account] = password_hash
        return True

    async def confirm(
        self, site: SiteId, account: AccountId, now: float, invitation: InvitationId | None = None
    ) -> bool:
        mine = [r for r in self._listed(site) if r.account == account and r.stored is _WAITING]
        waits = any(
            m.account == account and m.site == site and m.standing is Standing.INVITED
            for m in self.people.roles
        )
        if not waits or (invitation is not None and invitation not in [r.id for r in mine]):
            return False
        for row in mine:
            self._change(row.id, stored=_USED, used_at=now)
        self.people.roles = [
            replace(m, standing=Standing.ACTIVE)
            if m.account == account and m.site == site and m.standing is Standing.INVITED
            else m
            for m in self.people.roles
        ]
        return True

    async def void(self, site: SiteId, account: AccountId) -> bool:
        mine = [r for r in self._listed(site) if r.account == account and r.stored is _WAITING]
        for row in mine:
            self._change(row.id, stored=InvitationState.VOID)
        return bool(mine)

    async def drop(self, site: SiteId, account: AccountId) -> None:
        for row in self._listed(site):
            if row.account == account:
                self._change(row.id, stored=InvitationState.REPLACED)

    async def current(
        self, site: SiteId, people: Collection[AccountId]
    ) -> Mapping[AccountId, SiteInvitation]:
        return {r.account: r for r in self._listed(site) if r.account in people}

    async def of_site(self, site: SiteId, wanted: Wanted, now: float) -> tuple[Sequence[SiteInvitation], int]:
        rows = sorted(self._listed(site), key=lambda r: (-r.created_at, r.id))
        news = await self.letters.news([r.id for r in rows])
        found = [
            row
            for row in rows
            if (wanted.state is None or row.state(now) is wanted.state)
            and (not wanted.undelivered or (row.id in news and news[row.id].given_up))
            and all(word.lower() in self._words(row) for word in wanted.text.split())
        ]
        return found[wanted.offset : wanted.offset + wanted.limit], len(found)

    def _words(self, row: SiteInvitation) -> str:
        account: Account = self.people.accounts[row.account]
        return f"{account.first_name} {account.last_name} {account.email}".lower()
