"""The first start: a link in the log makes the first owner and their site, once."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from intercom.domain.errors import LinkOver, TooMany
from intercom.domain.ids import AccountId, EntranceId, Secret, SiteId
from intercom.domain.invitations import INVITATION_SECONDS
from intercom.domain.language import N_
from intercom.domain.passwords import PasswordRules
from intercom.domain.people import Account, Session
from intercom.domain.phonebook import AT_FIRST, Entrance, Site
from intercom.ports import Clock, Events, Founding, Passwords, Sites, Throttle
from intercom.services.signin import SignIn
from intercom.services.sites import SiteData, check, filled

log = logging.getLogger(__name__)

_OVER = N_(
    "This link is not valid any more. If the house has no owner yet, start the server again: it writes a new "
    "link into its log."
)


@dataclass(frozen=True, slots=True)
class Founder:
    """What the first owner tells of themselves."""

    email: str
    first_name: str
    last_name: str
    password: Secret
    language: str


@dataclass(slots=True)
class FirstStart:
    """The set-up link. It lives in memory: each start makes a new one, and the old one opens nothing."""

    founding: Founding
    sites: Sites
    passwords: Passwords
    rules: PasswordRules
    signin: SignIn
    events: Events
    throttle: Throttle
    clock: Clock
    new_id: Callable[[], str]
    changed: Callable[[SiteId], Awaitable[None]]
    _digest: str = ""
    _until: float = 0.0

    async def link(self) -> Secret | None:
        """A new token for `/set-up/...`, good for seven days; None where somebody owns a site."""
        if await self.founding.begun():
            return None
        token = Secret(secrets.token_urlsafe(32))
        self._digest, self._until = token.digest(), self.clock.now() + INVITATION_SECONDS
        return token

    async def opened(self, token: Secret, address: str) -> None:
        """Raises `LinkOver` unless this is the link, and `TooMany` after too many that were not."""
        if self._digest and token.digest() == self._digest and self.clock.now() < self._until:
            return
        left, pause = await self.throttle.left("invitation", address)
        if left <= 0:
            raise TooMany(retry_after=pause)
        await self.throttle.hit("invitation", address)
        raise LinkOver(_OVER)

    async def found(
        self, token: Secret, founder: Founder, data: SiteData, entrance: str, address: str, agent: str
    ) -> tuple[Secret, Session, Site]:
        """The first owner, signed in, and their site with one entrance.

        Raises `Invalid` with a sentence a field; the link is good for another try then. Raises `LinkOver`.
        """
        await self.opened(token, address)
        check(data)
        own = (founder.first_name, founder.last_name, founder.email, data.name)
        password = self.rules.check(founder.password, own)
        digest, self._digest = self._digest, ""  # taken before anything waits: of two, one is first
        try:
            owner = Account(
                AccountId(self.new_id()),
                founder.email,
                founder.first_name,
                founder.last_name,
                language=founder.language,
            )
            now = self.clock.now()
            if not await self.founding.add(owner, await self.passwords.hash(password), now):
                raise LinkOver(_OVER)
            site = filled(Site(SiteId(self.new_id()), data.name, data.plate, rules=AT_FIRST), data)
            door = Entrance(EntranceId(self.new_id()), site.id, entrance)
            await self.sites.add(site, door, owner.id, now)
        except LinkOver:
            raise
        except BaseException:
            self._digest = digest
            raise
        await self.events.note(site.id, now, owner.id, "site_created", site.name)
        await self.changed(site.id)
        log.info("the first owner has set up site %s", site.id)
        token, session = await self.signin.open(owner, agent)
        return token, session, site
