"""Leaving: a unit, a site, or altogether. Nothing that somebody lost goes on working."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from intercom.domain.call import Call
from intercom.domain.ids import AccountId, SessionId, SiteId
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Standing
from intercom.ports import Accounts, Clock, Mailer, People, Phonebooks, Signaler
from intercom.services.switchboard import Switchboard

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Leaving:
    """Ends what somebody may no longer have."""

    people: People
    accounts: Accounts
    phonebooks: Phonebooks
    switchboard: Switchboard
    signaler: Signaler
    mailer: Mailer
    clock: Clock
    ended: Callable[[SessionId], Awaitable[None]]
    """Told when a session has ended, to cut its sockets."""

    async def left_unit(self, account: AccountId, site: SiteId) -> None:
        """The person lost a part at `site`: removed from a unit, or deactivated.

        Called when that is stored and the phonebook is fresh. Their legs in calls that do not ring them
        any more end ("removed"); their sockets are cut and come back with the rights that are left.
        Whoever has no part anywhere is signed out everywhere. Whoever had joined and has no part at the
        site any more is told by mail.
        """
        devices = await self.people.devices([account])
        for device in devices:
            for call in await self.switchboard.calls.of_device(device.id):
                if call.site == site and not await self._rings(call, account):
                    await self.switchboard.leg_removed(call, device.id)
        if await self._belongs(account):
            for device in devices:
                await self.signaler.cut_device(device.id)
        else:
            await self.end_everything(account)
        log.info("account %s lost a part at site %s", account, site)
        await self._tell(account, site)

    async def _tell(self, account_id: AccountId, site_id: SiteId) -> None:
        account, site = await self.people.account(account_id), await self.phonebooks.site(site_id)
        if account is None or site_id in await self.accounts.sites(account_id):
            return
        if await self.accounts.password_hash(account_id) is None:  # never came
            return
        language = account.language or (site.language if site else "en")
        letter = Letter(LetterKind.REMOVED, account.email, language, site, {"name": account.name})
        await self.mailer.send(letter)

    async def end_everything(self, account: AccountId) -> None:
        """Every session, device, socket and leg of the person ends."""
        for device in await self.people.devices([account]):
            await self.switchboard.device_removed(device.id)
        for session in await self.accounts.end_sessions(account):
            await self.ended(session)
        log.info("account %s: everything ended", account)

    async def _belongs(self, account: AccountId) -> bool:
        """Whether the person has, or is invited to, a part somewhere."""
        now = self.clock.now()
        return any(
            m.standing is not Standing.INACTIVE and (m.expires_at or now + 1) > now
            for m in await self.people.memberships(account)
        )

    async def _rings(self, call: Call, account: AccountId) -> bool:
        entry = await self.phonebooks.entry(call.entrance, call.entry)
        return entry is not None and account in entry.people
