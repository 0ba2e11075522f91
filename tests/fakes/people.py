"""People, panels and passwords in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from intercom.domain.ids import AccountId, DeviceId, EntranceId, PanelId, Secret, SessionId, SiteId
from intercom.domain.people import Account, KnownDevice, Membership, Panel, Session
from intercom.ports import StaffMember


@dataclass(slots=True)
class MemoryPeople:
    """`ports.People` in memory. `admit` puts somebody in."""

    accounts: dict[AccountId, Account] = field(default_factory=dict)
    hashes: dict[AccountId, str] = field(default_factory=dict)
    roles: list[Membership] = field(default_factory=list)
    sessions: dict[str, tuple[SessionId, AccountId, float]] = field(default_factory=dict)
    opened: dict[SessionId, tuple[str, float]] = field(default_factory=dict)
    """Session to the browser and the moment of signing in."""
    known: dict[DeviceId, KnownDevice] = field(default_factory=dict)

    def admit(self, account: Account, password_hash: str | None, *memberships: Membership) -> None:
        self.accounts[account.id] = account
        if password_hash is not None:
            self.hashes[account.id] = password_hash
        self.roles.extend(memberships)

    async def account(self, account: AccountId) -> Account | None:
        return self.accounts.get(account)

    async def by_email(self, email: str) -> tuple[Account, str] | None:
        key = email.strip().casefold()
        found = next((a for a in self.accounts.values() if a.email.casefold() == key), None)
        return (found, self.hashes[found.id]) if found and found.id in self.hashes else None

    async def set_password_hash(
        self, account: AccountId, password_hash: str, *, before: str | None = None
    ) -> None:
        if before is None or self.hashes.get(account) == before:
            self.hashes[account] = password_hash

    async def memberships(self, account: AccountId) -> Sequence[Membership]:
        return [m for m in self.roles if m.account == account]

    async def add_session(
        self,
        token_hash: str,
        session: SessionId,
        account: AccountId,
        agent: str,
        now: float,
        expires_at: float,
    ) -> None:
        self.sessions[token_hash] = (session, account, expires_at)
        self.opened[session] = (agent, now)

    async def session(self, token_hash: str, now: float) -> Session | None:
        row = self.sessions.get(token_hash)
        if row is None or row[2] <= now or not self.accounts[row[1]].active:
            return None
        return Session(row[0], self.accounts[row[1]], tuple(await self.memberships(row[1])), row[2])

    async def end_session(self, session: SessionId) -> None:
        self.sessions = {key: row for key, row in self.sessions.items() if row[0] != session}
        self.known = {key: device for key, device in self.known.items() if device.session != session}

    async def device(self, device: DeviceId) -> KnownDevice | None:
        return self.known.get(device)

    async def devices(self, accounts: Collection[AccountId]) -> Sequence[KnownDevice]:
        return [device for device in self.known.values() if device.account in accounts]

    async def add_device(self, device: KnownDevice, now: float) -> None:
        self.known[device.id] = device

    async def set_let_through(self, device: DeviceId, on: bool) -> None:
        self.known[device] = replace(self.known[device], let_through=on)

    async def set_dnd(self, device: DeviceId, dnd: bool) -> None:
        if device in self.known:
            self.known[device] = replace(self.known[device], dnd=dnd)


@dataclass(slots=True)
class MemoryPanels:
    """`ports.Panels` in memory. `sites`: which site an entrance is of."""

    sites: dict[EntranceId, SiteId] = field(default_factory=dict)
    keys: dict[str, Panel] = field(default_factory=dict)
    codes: dict[str, tuple[EntranceId, float]] = field(default_factory=dict)

    async def by_key(self, key_hash: str) -> Panel | None:
        panel = self.keys.get(key_hash)
        return panel if panel and not panel.revoked else None

    async def of_sites(self, sites: Collection[SiteId]) -> Sequence[Panel]:
        return sorted((p for p in self.keys.values() if p.site in sites), key=lambda p: p.enrolled_at)

    async def add_code(self, code_hash: str, entrance: EntranceId, expires_at: float) -> None:
        self.codes = {key: row for key, row in self.codes.items() if row[0] != entrance}
        self.codes[code_hash] = (entrance, expires_at)

    async def enroll(
        self, code_hash: str, panel: PanelId, key_hash: str, name: str, now: float
    ) -> Panel | None:
        entrance, expires_at = self.codes.pop(code_hash, (EntranceId(""), 0.0))
        if expires_at <= now:
            return None
        self.keys[key_hash] = Panel(panel, self.sites[entrance], entrance, name, now)
        return self.keys[key_hash]

    def _change(self, panel: PanelId, **changes: object) -> None:
        for key, row in self.keys.items():
            if row.id == panel:
                self.keys[key] = replace(row, **changes)

    async def rename(self, panel: PanelId, name: str) -> None:
        self._change(panel, name=name)

    async def move(self, panel: PanelId, entrance: EntranceId) -> None:
        self._change(panel, entrance=entrance)

    async def set_pin_hash(self, panel: PanelId, pin_hash: str | None) -> None:
        self._change(panel, pin_hash=pin_hash)

    async def told_offline(self, panel: PanelId, at: float | None) -> None:
        self._change(panel, offline_told_at=at)

    async def revoke(self, panel: PanelId) -> None:
        self._change(panel, revoked=True)

    async def seen(self, panel: PanelId, now: float) -> None:
        self._change(panel, last_seen=now)


@dataclass(slots=True)
class PlainPasswords:
    """`ports.Passwords` without the quarter of a second. `checked` counts what was verified."""

    checked: list[str | None] = field(default_factory=list)

    async def verify(self, password_hash: str | None, password: Secret) -> bool:
        self.checked.append(password_hash)
        return password_hash is not None and password_hash.split(":")[1] == password.reveal()

    async def hash(self, password: Secret) -> str:
        return f"new:{password.reveal()}"

    def is_outdated(self, password_hash: str) -> bool:
        return password_hash.startswith("old:")


@dataclass(slots=True)
class MemoryStaff:
    """As much of `ports.Staff` as asks who runs a site, over the same people."""

    people: MemoryPeople

    async def of_site(self, site: SiteId, now: float) -> Sequence[StaffMember]:
        return [
            StaffMember(self.people.accounts[m.account], m.role, m.standing, m.expires_at)
            for m in self.people.roles
            if m.site == site and m.unit is None and (m.expires_at is None or m.expires_at > now)
        ]
