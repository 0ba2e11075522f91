"""One's own profile: name, phone number, language."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from intercom.domain import phone
from intercom.domain.errors import Invalid, NotNow
from intercom.domain.factors import CODE_SECONDS, CODE_TRIES, Token, plain_code
from intercom.domain.ids import AccountId, Secret, SiteId
from intercom.domain.language import LANGUAGES, N_
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.people import Role, Session
from intercom.domain.phonebook import Site
from intercom.ports import Accounts, Clock, Mailer, People, Phonebooks, SmsSender, Throttle, Tokens, Vault

log = logging.getLogger(__name__)

_PHONE = "new_phone"
_TEXT = N_("%(code)s confirms your phone number for the intercom. It is good for %(minutes)s minutes.")
_MINUTES = str(round(CODE_SECONDS / 60))


@dataclass(frozen=True, slots=True)
class Profile:
    """`changed` is told of a site whose phonebook shows a name that has changed."""

    people: People
    accounts: Accounts
    phonebooks: Phonebooks
    tokens: Tokens
    vault: Vault
    sms: SmsSender
    mailer: Mailer
    throttle: Throttle
    clock: Clock
    changed: Callable[[SiteId], Awaitable[None]]
    said_in: Callable[[str, str], str]
    """A sentence in a language."""

    async def home(self, session: Session) -> Site | None:
        """The site whose plate, language and country the person's pages and letters wear."""
        sites = session.sites or tuple(await self.accounts.sites(session.account.id))
        return await self.phonebooks.site(sites[0]) if sites else None

    async def rename(self, session: Session, first_name: str, last_name: str) -> None:
        """The person's own name. The phonebook follows it at once; an alias stays as it is."""
        account = session.account
        if (first_name, last_name) == (account.first_name, account.last_name):
            return
        await self.accounts.rename(account.id, first_name, last_name)
        for site in {m.site for m in await self.people.memberships(account.id) if m.role is Role.RESIDENT}:
            await self.changed(site)
        log.info("account %s has another name", account.id)

    async def set_language(self, session: Session, language: str) -> None:
        """A code of `LANGUAGES`, or empty for the site's. Raises `Invalid`."""
        if language and language not in LANGUAGES:
            raise Invalid(language=N_("Choose one of those offered."))
        await self.accounts.set_language(session.account.id, language or None)

    # -- the phone number -----------------------------------------------------------------------------

    async def phone_shown(self, session: Session) -> str:
        """The confirmed number as it is written where the person lives; empty without one."""
        number = session.account.phone
        return phone.shown(number, await self._country(session)) if number else ""

    async def phone_waiting(self, session: Session) -> str:
        """The number to which a code was sent that is still good, as it is written; empty without one."""
        found = await self.tokens.get(_key(session.account.id), _PHONE, self.clock.now())
        return phone.shown(found.data["phone"], await self._country(session)) if found else ""

    async def send_phone_code(self, session: Session, text: str) -> None:
        """Send a code to the number that was typed; an earlier code is worth nothing from then on.

        The present number stays until the code is typed. Raises `Invalid`, `TooMany`, `TryLater`.
        """
        try:
            number = phone.number(text, await self._country(session))
        except ValueError as error:
            raise Invalid(phone=error.args[0]) from None
        if number == session.account.phone:
            raise Invalid(phone=N_("This is your number already."))
        await self._send(session, number)

    async def resend_phone_code(self, session: Session) -> None:
        """Once more to the same number. Raises `NotNow` when none is waiting, `TooMany`, `TryLater`."""
        found = await self.tokens.get(_key(session.account.id), _PHONE, self.clock.now())
        if found is None:
            raise NotNow(N_("The code has run out. Type your number again."))
        await self._send(session, found.data["phone"])

    async def _send(self, session: Session, number: str) -> None:
        account = session.account.id
        await self.throttle.hit("send_code", account)
        await self.throttle.hit("send_code_number", number)
        code = Secret(f"{secrets.randbelow(10**6):06}")
        now = self.clock.now()
        kept = {"phone": number, "code": self.vault.seal(code)}
        await self.tokens.add(Token(_key(account), _PHONE, account, kept, now + CODE_SECONDS), now)
        text = N_(_TEXT, code=code.reveal(), minutes=_MINUTES)
        site = await self.home(session)
        spoken = session.account.language or (site.language if site else "en")
        await self.sms.send(number, Secret(self.said_in(text, spoken)))
        log.info("a code for a new phone number was sent: account %s", account)

    async def confirm_phone(self, session: Session, code: Secret) -> None:
        """The code that was sent makes the number the person's. Raises `Invalid`, `NotNow` when it has run
        out or was typed wrong too often."""
        account, key = session.account, _key(session.account.id)
        left = await self.tokens.tried(key, CODE_TRIES)
        found = await self.tokens.get(key, _PHONE, self.clock.now())
        if found is None or left is None:
            await self.tokens.void(_PHONE, account.id)
            raise NotNow(N_("The code has run out. Type your number again."))
        sent = self.vault.open(found.data["code"])
        if not secrets.compare_digest(sent.reveal().encode(), plain_code(code.reveal()).encode()):
            raise Invalid(code=N_("This code is wrong or old. Take the newest one."))
        if await self.tokens.take(key, _PHONE, self.clock.now()) is None:
            raise NotNow(N_("The code has run out. Type your number again."))
        await self.accounts.set_phone(account.id, found.data["phone"])
        await self._tell(session)
        log.info("account %s has another phone number", account.id)

    async def forget_phone_code(self, session: Session) -> None:
        """The person does not want to change the number after all."""
        await self.tokens.void(_PHONE, session.account.id)

    async def remove_phone(self, session: Session) -> None:
        """No phone number any more."""
        await self.forget_phone_code(session)
        if session.account.phone is not None:
            await self.accounts.set_phone(session.account.id, None)
            await self._tell(session)

    async def _tell(self, session: Session) -> None:
        account, site = session.account, await self.home(session)
        language = account.language or (site.language if site else "en")
        letter = Letter(LetterKind.PHONE_CHANGED, account.email, language, site, {"name": account.name})
        await self.mailer.send(letter)

    async def _country(self, session: Session) -> str:
        site = await self.home(session)
        return site.address.country if site else ""


def _key(account: AccountId) -> str:
    """An account has one number that waits."""
    return Secret(f"{_PHONE} {account}").digest()
