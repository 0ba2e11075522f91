"""What people change of their own account, in memory, over `MemoryPeople`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from intercom.domain.ids import AccountId, SessionId, SiteId
from intercom.domain.people import Account, Role
from intercom.domain.profile import DeletionRequest, KnownSession
from tests.fakes.people import MemoryPeople


@dataclass(slots=True)
class MemoryAccounts:
    """`ports.Accounts` in memory."""

    people: MemoryPeople
    asked: dict[AccountId, float] = field(default_factory=dict)
    given: dict[AccountId, list[SiteId]] = field(default_factory=dict)
    last_seen: dict[SessionId, float] = field(default_factory=dict)

    async def password_hash(self, account: AccountId) -> str | None:
        known = self.people.accounts.get(account)
        return self.people.hashes.get(account) if known and known.active else None

    def _change(self, account: AccountId, **values: object) -> None:
        self.people.accounts[account] = replace(self.people.accounts[account], **values)

    async def rename(self, account: AccountId, first_name: str, last_name: str) -> None:
        self._change(account, first_name=first_name, last_name=last_name)

    async def answers_mail(self, account: AccountId) -> None:
        self._change(account, vouched_by=None)

    async def set_phone(self, account: AccountId, phone: str | None) -> None:
        self._change(account, phone=phone)

    async def set_language(self, account: AccountId, language: str | None) -> None:
        self._change(account, language=language)

    async def sessions(self, account: AccountId, now: float) -> Sequence[KnownSession]:
        found = [
            KnownSession(session, owner, *self.people.opened[session], until, self.last_seen.get(session))
            for session, owner, until in self.people.sessions.values()
            if owner == account and until > now
        ]
        return sorted(found, key=lambda s: (-s.since, s.id))

    async def end_sessions(self, account: AccountId, keep: SessionId | None = None) -> Sequence[SessionId]:
        ended = [s for s, owner, _ in self.people.sessions.values() if owner == account and s != keep]
        for session in ended:
            await self.people.end_session(session)
        return ended

    async def seen(self, session: SessionId, now: float) -> None:
        self.last_seen[session] = now

    async def sites(self, account: AccountId) -> Sequence[SiteId]:
        return list(dict.fromkeys(m.site for m in self.people.roles if m.account == account))

    async def owner(self, site: SiteId) -> Account | None:
        owners = [m.account for m in self.people.roles if m.site == site and m.role is Role.OWNER]
        return self.people.accounts[owners[0]] if owners else None

    async def ask_deletion(self, account: AccountId, sites: Sequence[SiteId], now: float) -> None:
        self.asked.setdefault(account, now)

    async def withdraw_deletion(self, account: AccountId) -> None:
        self.asked.pop(account, None)
        self.given.pop(account, None)

    async def deletion(self, account: AccountId) -> DeletionRequest | None:
        if account not in self.asked:
            return None
        needed, given = await self.sites(account), self.given.get(account, [])
        return DeletionRequest(
            account, self.asked[account], tuple(needed), tuple(site for site in needed if site in given)
        )

    async def deletions_at(self, site: SiteId) -> Sequence[tuple[Account, float]]:
        waiting = [
            (self.people.accounts[account], at)
            for account, at in self.asked.items()
            if site in await self.sites(account) and site not in self.given.get(account, [])
        ]
        return sorted(waiting, key=lambda row: (row[1], row[0].id))

    async def consent(self, account: AccountId, site: SiteId, by: AccountId, now: float) -> bool:
        if account not in self.asked or site in self.given.get(account, []):
            return False
        self.given.setdefault(account, []).append(site)
        return True

    async def erase(self, account: AccountId, name: str, now: float) -> None:
        await self.end_sessions(account)
        await self.withdraw_deletion(account)
        self.people.roles = [m for m in self.people.roles if m.account != account]
        self.people.hashes.pop(account, None)
        self.people.accounts[account] = Account(account, "", name, "", active=False)
