"""Inviting people to a site, and their coming.

Somebody new first gets a letter to complete their profile, and the invitation after that; somebody who has
an account gets the invitation alone. Signing in from it confirms what waits for them at the site. A link or
printed code works once, for seven days; a new one replaces the old. One invitation a site and person,
however many units and roles they get there.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from intercom.domain.codes import LENGTH, LETTERS, printed, typed
from intercom.domain.errors import LinkOver, NotAllowed, NotFound, TooMany
from intercom.domain.ids import AccountId, InvitationId, Secret, SiteId
from intercom.domain.invitations import (
    INVITATION_SECONDS,
    InvitationKind,
    InvitationState,
    Invitee,
    SiteInvitation,
)
from intercom.domain.language import N_
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.passwords import PasswordRules
from intercom.domain.people import Power, Session
from intercom.domain.phonebook import Site
from intercom.ports import (
    Clock,
    Events,
    LetterNews,
    Letters,
    Mailer,
    NewInvitation,
    Passwords,
    Phonebooks,
    SiteInvitations,
    Throttle,
    Wanted,
)

log = logging.getLogger(__name__)

MOST_PRINTED = 500
"""Letters that are printed at once."""

_OVER = {
    InvitationState.USED: N_("This link was used already. If it was you, sign in."),
    InvitationState.RUN_OUT: N_("This link has run out. Ask the person who runs your house for a new one."),
    InvitationState.VOID: N_("This invitation was called back. Ask the person who runs your house."),
    InvitationState.REPLACED: N_("There is a newer letter than this one. Use the link in that one."),
}
_UNKNOWN = N_("This is not known here. Look at the letter once more, or ask for a new one.")


@dataclass(frozen=True, slots=True)
class Invited:
    """A line of the list. `letter` is how far its letter has come, None where none was written."""

    invitation: SiteInvitation
    invitee: Invitee | None
    """None for somebody who has no part in the site any more."""
    state: InvitationState
    letter: LetterNews | None


@dataclass(frozen=True, slots=True)
class Opened:
    """An invitation whose link or code somebody has. `by_code`: it was a printed letter's."""

    invitation: SiteInvitation
    invitee: Invitee
    site: Site
    by_code: bool


@dataclass(frozen=True, slots=True)
class PrintedLetter:
    """A letter on paper: for whom, and the code, which is shown this once."""

    invitee: Invitee
    code: Secret
    until: float
    inviter: str


@dataclass(frozen=True, slots=True)
class Invitations:
    """Letters out, people in."""

    invitations: SiteInvitations
    phonebooks: Phonebooks
    letters: Letters
    mailer: Mailer
    passwords: Passwords
    rules: PasswordRules
    throttle: Throttle
    events: Events
    clock: Clock
    new_id: Callable[[], str]
    changed: Callable[[SiteId], Awaitable[None]]
    """Told when somebody's part in a site became active."""

    # -- out ----------------------------------------------------------------------------------------

    async def invite(self, session: Session, site: SiteId, *accounts: AccountId) -> None:
        """Write to those of these people for whom something waits at the site.

        To be called when their memberships are stored, by whoever made sure that `session` may. For who
        belongs to the site already everything is confirmed at once; who has an invitation that is still
        good gets no second letter.
        """
        invitees = await self.invitations.invitees(site, accounts)
        current = await self.invitations.current(site, [i.account.id for i in invitees])
        now = self.clock.now()
        wanting: list[Invitee] = []
        joined = False
        for invitee in invitees:
            there = current.get(invitee.account.id)
            if invitee.waits and invitee.member:
                joined = await self.invitations.confirm(site, invitee.account.id, now) or joined
            elif invitee.waits and (there is None or there.state(now) is not InvitationState.WAITING):
                wanting.append(invitee)
        await self._write(site, wanting, session.account.id, session.account.name)
        if joined:
            await self.changed(site)

    async def resend(self, session: Session, site: SiteId, account: AccountId) -> None:
        """A new letter; the old one's link and code are void. Raises `NotFound`, `NotAllowed`, `TooMany`."""
        session.demand(Power.EDIT_RESIDENTS, site)
        invitee = await self._waiting(site, account)
        await self.throttle.hit("resend", site, account)
        await self._write(site, [invitee], session.account.id, session.account.name)
        await self._note(session, site, "invitation_resent", invitee)

    async def void(self, session: Session, site: SiteId, account: AccountId) -> None:
        """Call an invitation back: its link and code open nothing. Raises `NotFound`, `NotAllowed`."""
        session.demand(Power.EDIT_RESIDENTS, site)
        invitee = await self._waiting(site, account)
        if not await self.invitations.void(site, account):
            raise NotFound(N_("No invitation of this person is waiting."))
        await self._note(session, site, "invitation_voided", invitee)

    async def withdraw(self, site: SiteId, account: AccountId) -> None:
        """The person lost a part in the site: where nothing waits for them any more, no letter does; who has
        no part left leaves the list."""
        invitees = await self.invitations.invitees(site, [account])
        if any(invitee.waits for invitee in invitees):
            return
        current = (await self.invitations.current(site, [account])).get(account)
        if not invitees or (current is not None and current.stored is InvitationState.WAITING):
            await self.invitations.drop(site, account)

    async def print(
        self, session: Session, site: SiteId, accounts: Sequence[AccountId]
    ) -> Sequence[PrintedLetter]:
        """Letters on paper for those of these people for whom something waits; at most `MOST_PRINTED`.

        Each has a new code, which replaces the code of an earlier letter; the link of a mail that is still
        good stays so. Raises `NotFound` if nothing waits for any of them, `NotAllowed`.
        """
        session.demand(Power.EDIT_RESIDENTS, site)
        invitees = await self.invitations.invitees(site, accounts[:MOST_PRINTED])
        current = await self.invitations.current(site, [i.account.id for i in invitees])
        now = self.clock.now()
        until = now + INVITATION_SECONDS
        letters: list[PrintedLetter] = []
        for invitee in invitees:
            if not invitee.waits:
                continue
            code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
            digest = Secret(code).digest()
            there = current.get(invitee.account.id)
            good = there is not None and there.state(now) is InvitationState.WAITING
            if there is None or not good or not await self.invitations.print(there.id, digest, until):
                new = self._new(invitee, session.account.id, Secret(secrets.token_urlsafe(32)), digest)
                await self.invitations.issue(site, [new], now)
            letters.append(PrintedLetter(invitee, Secret(printed(code)), until, session.account.name))
            await self._note(session, site, "invitation_printed", invitee)
        if not letters:
            raise NotFound(N_("No invitation of this person is waiting."))
        return letters

    async def _write(
        self, site_id: SiteId, invitees: Sequence[Invitee], inviter: AccountId | None, inviter_name: str
    ) -> None:
        """New invitations and their letters."""
        site = await self.phonebooks.site(site_id)
        if site is None or not invitees:
            return
        new: list[NewInvitation] = []
        letters: list[Letter] = []
        for invitee in invitees:
            token = Secret(secrets.token_urlsafe(32))
            new.append(self._new(invitee, inviter, token))
            letters.append(_letter(invitee, site, new[-1], token, inviter_name))
        await self.invitations.issue(site_id, new, self.clock.now())
        await self.mailer.send(*letters)
        log.info("site %s: %d invited", site_id, len(new))

    def _new(
        self, invitee: Invitee, inviter: AccountId | None, token: Secret, code_hash: str | None = None
    ) -> NewInvitation:
        until = self.clock.now() + INVITATION_SECONDS
        return NewInvitation(
            InvitationId(self.new_id()),
            invitee.account.id,
            InvitationKind.SITE if invitee.known else InvitationKind.PROFILE,
            token.digest(),
            inviter,
            until,
            code_hash,
            None if code_hash is None else until,
        )

    async def _waiting(self, site: SiteId, account: AccountId) -> Invitee:
        invitees = await self.invitations.invitees(site, [account])
        if not invitees or not invitees[0].waits:
            raise NotFound(N_("No invitation of this person is waiting."))
        return invitees[0]

    async def _note(self, session: Session, site: SiteId, action: str, invitee: Invitee) -> None:
        name = invitee.account.name or invitee.account.email
        await self.events.note(site, self.clock.now(), session.account.id, action, name)

    # -- seen by admins -----------------------------------------------------------------------------

    async def of_site(self, session: Session, site: SiteId, wanted: Wanted) -> tuple[Sequence[Invited], int]:
        """The site's invitations, newest first, and how many there are. Raises `NotFound`, `NotAllowed`."""
        session.demand(Power.EDIT_RESIDENTS, site)
        now = self.clock.now()
        found, number = await self.invitations.of_site(site, wanted, now)
        people = await self.invitations.invitees(site, [i.account for i in found])
        invitees = {invitee.account.id: invitee for invitee in people}
        news = await self.letters.news([i.id for i in found])
        return [_invited(i, invitees.get(i.account), now, news.get(i.id)) for i in found], number

    async def state_of(self, site: SiteId, accounts: Collection[AccountId]) -> Mapping[AccountId, Invited]:
        """How far the newest invitation of each of these people has come; without those who have none."""
        now = self.clock.now()
        current = await self.invitations.current(site, accounts)
        news = await self.letters.news([i.id for i in current.values()])
        return {who: Invited(i, None, i.state(now), news.get(i.id)) for who, i in current.items()}

    # -- in -----------------------------------------------------------------------------------------

    async def opened(self, secret: Secret, address: str) -> Opened:
        """What a link or a printed code opens.

        Raises `LinkOver` for one that was used, replaced, called back or has run out, and for an unknown
        one; `TooMany` for a code from an address that has tried too many.
        """
        found = await self.invitations.find(secret.digest())
        if found is not None and not found[1]:
            return await self._opened(*found)  # a link is not guessed; whoever guesses codes locks out none
        left, pause = await self.throttle.left("invitation", address)
        if left <= 0:
            raise TooMany(retry_after=pause)
        try:
            found = found or await self.invitations.find(typed(secret).digest())
            if found is None:
                raise LinkOver(_UNKNOWN)
            return await self._opened(*found)
        except LinkOver:
            await self.throttle.hit("invitation", address)
            raise

    async def _opened(self, invitation: SiteInvitation, by_code: bool) -> Opened:
        now = self.clock.now()
        ends = invitation.code_expires_at or 0.0 if by_code else invitation.expires_at
        if invitation.stored is not InvitationState.WAITING:
            used = invitation.used_at is not None
            raise LinkOver(_OVER[InvitationState.USED if used else invitation.stored])
        if ends <= now:
            raise LinkOver(_OVER[InvitationState.RUN_OUT])
        site = await self.phonebooks.site(invitation.site)
        invitees = await self.invitations.invitees(invitation.site, [invitation.account])
        if site is None or not invitees or not invitees[0].waits or not invitees[0].account.active:
            raise LinkOver(_OVER[InvitationState.VOID])
        return Opened(invitation, invitees[0], site, by_code)

    async def complete(
        self, secret: Secret, first_name: str, last_name: str, password: Secret, address: str
    ) -> Secret | None:
        """Somebody new has told who they are. Their invitation goes out by mail; whoever came with a
        printed code has the secret of the invitation's link at once.

        Raises `Invalid` for a password that is not good enough, `LinkOver`, `TooMany`.
        """
        opened = await self.opened(secret, address)
        account, site = opened.invitee.account, opened.site
        own = (first_name, last_name, account.email, site.name)
        ready = self.rules.check(password, own)
        if opened.invitee.known:
            raise LinkOver(_OVER[InvitationState.USED])
        password_hash = await self.passwords.hash(ready)
        now = self.clock.now()
        if not await self.invitations.complete(
            opened.invitation.id,
            first_name,
            last_name,
            password_hash,
            now,
            vouched_by=site.id if opened.by_code else None,
        ):
            raise LinkOver(_OVER[InvitationState.USED])
        await self.events.note(
            site.id, now, account.id, "profile_completed", f"{first_name} {last_name}".strip()
        )
        log.info("profile completed: account %s", account.id)
        invitee = (await self.invitations.invitees(site.id, [account.id]))[0]
        if not opened.by_code:
            await self._write(site.id, [invitee], None, opened.invitation.inviter)
            return None
        token = Secret(secrets.token_urlsafe(32))
        await self.invitations.issue(site.id, [self._new(invitee, None, token)], now)
        return token

    async def confirm(self, session: Session, secret: Secret, address: str) -> Opened:
        """The person of `session` has come from their invitation: what waited for them is active.

        Raises `NotAllowed` for somebody else than who was invited, `LinkOver`, `TooMany`.
        """
        opened = await self.opened(secret, address)
        if opened.invitee.account.id != session.account.id:
            raise NotAllowed(N_("This invitation is for somebody else."))
        await self._join(session, opened.site.id, opened.invitation.id)
        return opened

    async def join(self, session: Session, site: SiteId) -> None:
        """As `confirm`, for somebody who is signed in anyway. Raises `NotFound` when nothing waits,
        `NotAllowed` when it is not certain that the invitation's letter goes to this person."""
        current = (await self.invitations.current(site, [session.account.id])).get(session.account.id)
        called_back = current is not None and current.stored is InvitationState.VOID
        if called_back or all(m.site != site for m in session.invited):
            raise NotFound(N_("No invitation is waiting for you."))
        if session.account.vouched_by not in (None, site):
            raise NotAllowed(N_("Use the link or the code in the letter that you got from this site."))
        # named, where there is one, so that it cannot be called back in between
        waits = current is not None and current.stored is InvitationState.WAITING
        await self._join(session, site, current.id if current is not None and waits else None)

    async def _join(self, session: Session, site: SiteId, invitation: InvitationId | None) -> None:
        now = self.clock.now()
        if not await self.invitations.confirm(site, session.account.id, now, invitation):
            raise LinkOver(_OVER[InvitationState.USED])
        await self.events.note(site, now, session.account.id, "joined", session.account.name)
        await self.changed(site)
        log.info("account %s joined site %s", session.account.id, site)

    async def waiting(self, session: Session) -> Sequence[tuple[Site, Invitee]]:
        """Where this person is invited and has not come yet."""
        found: list[tuple[Site, Invitee]] = []
        for site_id in dict.fromkeys(m.site for m in session.invited):
            site = await self.phonebooks.site(site_id)
            current = (await self.invitations.current(site_id, [session.account.id])).get(session.account.id)
            if site is None or (current is not None and current.stored is InvitationState.VOID):
                continue
            found.extend(
                (site, i) for i in await self.invitations.invitees(site_id, [session.account.id]) if i.waits
            )
        return found


def _invited(
    invitation: SiteInvitation, invitee: Invitee | None, now: float, letter: LetterNews | None
) -> Invited:
    state = invitation.state(now)
    nothing_waits = invitee is None or not invitee.waits
    if nothing_waits and state in (InvitationState.WAITING, InvitationState.RUN_OUT):
        state = InvitationState.VOID  # its link opens nothing: the role was taken back meanwhile
    return Invited(invitation, invitee, state, letter)


def _letter(invitee: Invitee, site: Site, new: NewInvitation, token: Secret, inviter: str) -> Letter:
    account = invitee.account
    known = new.kind is InvitationKind.SITE
    path = f"/{'invitation' if known else 'join'}/{token.reveal()}"
    return Letter(
        LetterKind.INVITATION if known else LetterKind.PROFILE,
        account.email,
        account.language or site.language,
        site,
        {
            "name": account.name or account.email,
            "inviter": inviter or site.name,
            "units": ", ".join(invitee.units),
            "roles": ",".join(role.value for role in invitee.roles),
            "path": path,
            "until": str(new.expires_at),
        },
        about=new.id,
    )
