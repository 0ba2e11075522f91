"""Inviting people and their coming: letters, links, codes, and what waits for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pytest

from intercom.domain.errors import Invalid, LinkOver, NotAllowed, NotFound, TooMany
from intercom.domain.ids import AccountId, Secret, SessionId, SiteId, UnitId
from intercom.domain.invitations import INVITATION_SECONDS, InvitationKind, InvitationState, SiteInvitation
from intercom.domain.letters import Letter, LetterKind
from intercom.domain.passwords import PasswordRules
from intercom.domain.people import Account, Membership, Role, Session, Standing
from intercom.domain.phonebook import Site
from intercom.ports import Wanted
from intercom.services.invitations import Invitations
from tests.fakes.invitations import MemoryInvitations
from tests.fakes.letters import MemoryLetters
from tests.fakes.people import MemoryPeople, PlainPasswords
from tests.fakes.phonebooks import MemoryPhonebooks
from tests.fakes.sites import MemoryEvents
from tests.fakes.small import FakeClock, Numbered, PatientThrottle, Postbox

BIRCH, FAR = SiteId("birch"), SiteId("far")
HOME, CAFE = "192.0.2.1", "198.51.100.7"
F31, F32 = UnitId("f31"), UnitId("f32")
MARTA = Account(AccountId("marta"), "marta@example.org", "Marta", "Koval")
FERHAT = Account(AccountId("ferhat"), "ferhat@example.org", "Ferhat", "Demir")
ANNA = Account(AccountId("anna"), "anna@example.org", "Anna", "Lind", language="fr")
ZED = Account(AccountId("zed"), "zed@example.org", "Zed", "Zero")
GOOD = Secret("three blue kites above")


def invited(who: Account, unit: UnitId | None = F32, role: Role = Role.RESIDENT) -> Membership:
    return Membership(who.id, BIRCH, role, unit, Standing.INVITED)


@dataclass
class Bureau:
    """Invitations over fakes. Marta owns the site; Ferhat has no password yet, Anna has one."""

    clock: FakeClock = field(default_factory=FakeClock)
    people: MemoryPeople = field(default_factory=MemoryPeople)
    box: MemoryLetters = field(default_factory=MemoryLetters)
    mail: Postbox = field(default_factory=Postbox)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    changes: list[SiteId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.people.admit(MARTA, "x:marta", Membership(MARTA.id, BIRCH, Role.OWNER))
        self.people.admit(FERHAT, None, invited(FERHAT))
        self.people.admit(ANNA, "x:anna", invited(ANNA))
        self.people.admit(ZED, "x:zed", Membership(ZED.id, FAR, Role.OWNER))
        self.store = MemoryInvitations(self.people, self.box, {F31: "Flat 31", F32: "Flat 32"})
        books = MemoryPhonebooks([Site(BIRCH, "Birkenhof", "12", language="de"), Site(FAR, "Far", "1")])
        throttle = PatientThrottle(self.clock, {"invitation": (3, 600.0), "resend": (2, 3600.0)})

        async def changed(site: SiteId) -> None:
            self.changes.append(site)

        self.invitations = Invitations(
            self.store,
            books,
            self.box,
            self.mail,
            PlainPasswords(),
            PasswordRules({"birkenhof"}),
            throttle,
            self.events,
            self.clock,
            Numbered(),
            changed,
        )

    def session(self, who: Account) -> Session:
        parts = [m for m in self.people.roles if m.account == who.id]
        return Session(
            SessionId(who.id),
            self.people.accounts[who.id],
            tuple(m for m in parts if m.standing is Standing.ACTIVE),
            self.clock.now() + 1e6,
            tuple(m for m in parts if m.standing is Standing.INVITED),
        )

    @property
    def marta(self) -> Session:
        return self.session(MARTA)

    async def invite(self, *who: Account) -> None:
        await self.invitations.invite(self.marta, BIRCH, *(one.id for one in who))

    def token(self, letter: int = -1) -> Secret:
        return Secret(self.mail.letters[letter].values["path"].rpartition("/")[2])

    def standing(self, who: Account) -> set[Standing]:
        return {m.standing for m in self.people.roles if m.account == who.id}

    async def refused(self, secret: Secret, address: str = HOME) -> str:
        with pytest.raises(LinkOver) as over:
            await self.invitations.opened(secret, address)
        return over.value.message


@pytest.fixture
def bureau() -> Bureau:
    return Bureau()


def kinds(letters: list[Letter]) -> list[tuple[str, LetterKind]]:
    return [(letter.to, letter.kind) for letter in letters]


# -- letters out --


async def test_somebody_new_is_asked_for_the_profile_first_and_somebody_known_just_invited(
    bureau: Bureau,
) -> None:
    await bureau.invite(FERHAT, ANNA)
    assert kinds(bureau.mail.letters) == [
        (FERHAT.email, LetterKind.PROFILE),
        (ANNA.email, LetterKind.INVITATION),
    ]
    profile, invitation = bureau.mail.letters
    assert profile.values["path"].startswith("/join/")
    assert invitation.values["path"].startswith("/invitation/")
    assert profile.values["until"] == str(bureau.clock.now() + INVITATION_SECONDS)
    assert (profile.values["name"], profile.values["inviter"]) == ("Ferhat Demir", "Marta Koval")
    assert (profile.values["units"], profile.values["roles"]) == ("Flat 32", "")


async def test_letters_are_in_the_language_of_the_site_unless_the_reader_has_chosen_one(
    bureau: Bureau,
) -> None:
    await bureau.invite(FERHAT, ANNA)
    assert [letter.language for letter in bureau.mail.letters] == ["de", "fr"]


async def test_one_letter_a_site_and_person_however_many_units_and_roles(bureau: Bureau) -> None:
    bureau.people.roles += [invited(FERHAT, F31), invited(FERHAT, None, Role.AUDITOR)]
    await bureau.invite(FERHAT)
    bureau.people.roles.append(invited(FERHAT, None, Role.ADMIN))
    await bureau.invite(FERHAT)
    (letter,) = bureau.mail.letters
    assert (letter.values["units"], letter.values["roles"]) == ("Flat 32, Flat 31", "auditor")


async def test_who_belongs_to_the_site_already_needs_no_letter(bureau: Bureau) -> None:
    bureau.people.roles.append(Membership(ANNA.id, BIRCH, Role.AUDITOR))
    await bureau.invite(ANNA)
    assert bureau.mail.letters == []
    assert bureau.standing(ANNA) == {Standing.ACTIVE}
    assert bureau.changes == [BIRCH]


async def test_nobody_is_written_to_for_whom_nothing_waits(bureau: Bureau) -> None:
    await bureau.invite(MARTA, ZED, replace(ZED, id=AccountId("unknown")))
    assert bureau.mail.letters == []


async def test_a_new_letter_makes_the_old_link_and_the_old_code_useless(bureau: Bureau) -> None:
    await bureau.invite(FERHAT)
    (printed,) = await bureau.invitations.print(bureau.marta, BIRCH, [FERHAT.id])
    await bureau.invitations.resend(bureau.marta, BIRCH, FERHAT.id)
    assert "newer letter" in await bureau.refused(bureau.token(0))
    assert "newer letter" in await bureau.refused(printed.code)
    assert (await bureau.invitations.opened(bureau.token(1), HOME)).invitee.account == FERHAT


async def test_nobody_is_flooded_with_letters(bureau: Bureau) -> None:
    await bureau.invite(FERHAT)
    for _ in range(2):
        await bureau.invitations.resend(bureau.marta, BIRCH, FERHAT.id)
    with pytest.raises(TooMany):
        await bureau.invitations.resend(bureau.marta, BIRCH, FERHAT.id)
    assert len(bureau.mail.letters) == 3


async def test_only_who_may_edit_residents_sends_again_voids_prints_and_sees(bureau: Bureau) -> None:
    bureau.people.roles.append(Membership(ANNA.id, BIRCH, Role.AUDITOR))
    await bureau.invite(FERHAT)
    office = bureau.invitations
    for who, refusal in ((bureau.session(ANNA), NotAllowed), (bureau.session(ZED), NotFound)):
        for verb in (
            office.resend(who, BIRCH, FERHAT.id),
            office.void(who, BIRCH, FERHAT.id),
            office.print(who, BIRCH, [FERHAT.id]),
            office.of_site(who, BIRCH, Wanted()),
        ):
            with pytest.raises(refusal):
                await verb
    assert len(bureau.mail.letters) == 1
    await office.opened(bureau.token(), HOME)


async def test_an_invitation_that_was_called_back_opens_nothing_until_it_is_sent_again(
    bureau: Bureau,
) -> None:
    await bureau.invite(FERHAT)
    await bureau.invitations.void(bureau.marta, BIRCH, FERHAT.id)
    assert "called back" in await bureau.refused(bureau.token())
    assert list(await bureau.invitations.waiting(bureau.session(FERHAT))) == []
    with pytest.raises(NotFound):
        await bureau.invitations.join(bureau.session(FERHAT), BIRCH)
    with pytest.raises(NotFound):
        await bureau.invitations.void(bureau.marta, BIRCH, FERHAT.id)
    await bureau.invitations.resend(bureau.marta, BIRCH, FERHAT.id)
    await bureau.invitations.opened(bureau.token(), HOME)


async def test_who_was_taken_out_of_the_site_has_no_invitation_left(bureau: Bureau) -> None:
    await bureau.invite(FERHAT)
    bureau.people.roles.append(invited(FERHAT, F31))
    bureau.people.roles.remove(invited(FERHAT, F32))
    await bureau.invitations.withdraw(BIRCH, FERHAT.id)
    assert (await bureau.invitations.opened(bureau.token(), HOME)).invitee.units == ("Flat 31",)
    bureau.people.roles.remove(invited(FERHAT, F31))
    assert "called back" in await bureau.refused(bureau.token())  # even before anybody withdraws it
    await bureau.invitations.withdraw(BIRCH, FERHAT.id)
    assert await bureau.invitations.of_site(bureau.marta, BIRCH, Wanted()) == ([], 0)


async def test_who_has_joined_stays_in_the_list_when_they_lose_one_of_their_parts(bureau: Bureau) -> None:
    bureau.people.roles.append(invited(ANNA, F31))
    await bureau.invite(ANNA)
    await bureau.invitations.join(bureau.session(ANNA), BIRCH)
    bureau.people.roles.remove(Membership(ANNA.id, BIRCH, Role.RESIDENT, F31))
    await bureau.invitations.withdraw(BIRCH, ANNA.id)
    ((row,), _) = await bureau.invitations.of_site(bureau.marta, BIRCH, Wanted())
    assert row.state is InvitationState.USED


async def test_an_invitation_for_which_nothing_waits_any_more_is_not_listed_as_waiting(
    bureau: Bureau,
) -> None:
    await bureau.invite(FERHAT)
    bureau.people.roles.remove(invited(FERHAT))
    ((row,), _) = await bureau.invitations.of_site(bureau.marta, BIRCH, Wanted())
    assert row.state is InvitationState.VOID


async def test_the_list_says_how_far_each_has_come_and_why_a_letter_did_not_arrive(bureau: Bureau) -> None:
    await bureau.invite(FERHAT, ANNA)
    name = bureau.mail.letters[0].about
    await bureau.box.add([("l1", bureau.mail.letters[0], None)], bureau.clock.now())
    await bureau.box.failed("l1", "550 no such person", None)
    rows, found = await bureau.invitations.of_site(bureau.marta, BIRCH, Wanted())
    assert found == 2
    by_name = {row.invitation.id: row for row in rows}
    letter = by_name[name].letter  # type: ignore[index]
    assert letter is not None
    assert (letter.given_up, letter.error) == (True, "550 no such person")
    bureau.clock.passes(INVITATION_SECONDS)
    states = await bureau.invitations.state_of(BIRCH, [FERHAT.id, ANNA.id, ZED.id])
    assert {who: row.state for who, row in states.items()} == {
        FERHAT.id: InvitationState.RUN_OUT,
        ANNA.id: InvitationState.RUN_OUT,
    }


# -- people in --


async def test_the_invitation_follows_the_profile_and_signing_in_from_it_confirms(bureau: Bureau) -> None:
    await bureau.invite(FERHAT)
    profile = bureau.token()
    assert await bureau.invitations.complete(profile, "Ferhat", "Demir-Ay", GOOD, HOME) is None
    assert bureau.people.hashes[FERHAT.id] == f"new:{GOOD.reveal()}"
    assert bureau.standing(FERHAT) == {Standing.INVITED}
    assert kinds(bureau.mail.letters)[1:] == [(FERHAT.email, LetterKind.INVITATION)]
    letter = bureau.mail.letters[1]
    assert (letter.values["name"], letter.values["inviter"]) == ("Ferhat Demir-Ay", "Marta Koval")
    opened = await bureau.invitations.opened(bureau.token(), HOME)
    assert (opened.invitation.kind, opened.invitee.known) == (InvitationKind.SITE, True)
    await bureau.invitations.confirm(bureau.session(FERHAT), bureau.token(), HOME)
    assert bureau.standing(FERHAT) == {Standing.ACTIVE}
    assert bureau.changes == [BIRCH]


async def test_every_link_works_once(bureau: Bureau) -> None:
    await bureau.invite(FERHAT)
    profile = bureau.token()
    await bureau.invitations.complete(profile, "Ferhat", "Demir", GOOD, HOME)
    assert "used already" in await bureau.refused(profile)
    with pytest.raises(LinkOver):
        await bureau.invitations.complete(profile, "Thief", "Thief", Secret("ten red stones below"), HOME)
    invitation = bureau.token()
    await bureau.invitations.confirm(bureau.session(FERHAT), invitation, HOME)
    assert "used already" in await bureau.refused(invitation, CAFE)
    assert bureau.people.accounts[FERHAT.id].name == "Ferhat Demir"


async def test_every_link_works_for_seven_days(bureau: Bureau) -> None:
    await bureau.invite(FERHAT)
    bureau.clock.passes(INVITATION_SECONDS - 1)
    await bureau.invitations.opened(bureau.token(), HOME)
    bureau.clock.passes(1)
    assert "run out" in await bureau.refused(bureau.token())


async def test_a_password_that_is_not_good_enough_leaves_the_link_good(bureau: Bureau) -> None:
    await bureau.invite(FERHAT)
    for weak in ("short", "birkenhof", "ferhat.demir1"):
        with pytest.raises(Invalid) as refused:
            await bureau.invitations.complete(bureau.token(), "Ferhat", "Demir", Secret(weak), HOME)
        assert "password" in refused.value.details["fields"]
    assert FERHAT.id not in bureau.people.hashes
    await bureau.invitations.complete(bureau.token(), "Ferhat", "Demir", GOOD, HOME)


async def test_an_invitation_is_nobody_elses(bureau: Bureau) -> None:
    await bureau.invite(ANNA)
    with pytest.raises(NotAllowed):
        await bureau.invitations.confirm(bureau.session(ZED), bureau.token(), HOME)
    assert bureau.standing(ANNA) == {Standing.INVITED}
    await bureau.invitations.confirm(bureau.session(ANNA), bureau.token(), HOME)


async def test_who_joins_just_when_the_invitation_is_called_back_has_not_joined(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bureau.invite(ANNA)
    looks = MemoryInvitations.current

    async def current(
        store: MemoryInvitations, site: SiteId, people: Collection[AccountId]
    ) -> Mapping[AccountId, SiteInvitation]:
        found = await looks(store, site, people)
        await store.void(BIRCH, ANNA.id)
        return found

    monkeypatch.setattr(MemoryInvitations, "current", current)
    with pytest.raises(LinkOver):
        await bureau.invitations.join(bureau.session(ANNA), BIRCH)
    assert bureau.standing(ANNA) == {Standing.INVITED}


async def test_who_is_signed_in_anyway_sees_the_invitation_and_joins_by_one_press(bureau: Bureau) -> None:
    await bureau.invite(ANNA)
    ((site, invitee),) = await bureau.invitations.waiting(bureau.session(ANNA))
    assert (site.id, invitee.units) == (BIRCH, ("Flat 32",))
    with pytest.raises(NotFound):
        await bureau.invitations.join(bureau.session(ANNA), FAR)
    await bureau.invitations.join(bureau.session(ANNA), BIRCH)
    assert bureau.standing(ANNA) == {Standing.ACTIVE}
    assert "used already" in await bureau.refused(bureau.token())
    assert list(await bureau.invitations.waiting(bureau.session(ANNA))) == []


async def test_who_guesses_codes_is_stopped_and_keeps_no_link_of_the_same_address_from_working(
    bureau: Bureau,
) -> None:
    await bureau.invite(FERHAT)
    (letter,) = await bureau.invitations.print(bureau.marta, BIRCH, [FERHAT.id])
    for number in range(3):
        await bureau.refused(Secret(f"guess{number}"), CAFE)
    for guess in (Secret("guess"), letter.code):
        with pytest.raises(TooMany):
            await bureau.invitations.opened(guess, CAFE)
    await bureau.invitations.opened(bureau.token(), CAFE)
    await bureau.invitations.opened(letter.code, HOME)


# -- on paper --


async def test_a_printed_code_is_typed_as_people_type(bureau: Bureau) -> None:
    await bureau.invite(FERHAT)
    (letter,) = await bureau.invitations.print(bureau.marta, BIRCH, [FERHAT.id])
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", letter.code.reveal())
    plain = letter.code.reveal().lower().replace("-", " ").replace("0", "o").replace("1", "l")
    opened = await bureau.invitations.opened(Secret(plain), HOME)
    assert (opened.by_code, opened.invitee.account) == (True, FERHAT)
    await bureau.invitations.opened(bureau.token(), HOME)  # the mail's link is still good


async def test_who_comes_with_a_printed_code_goes_on_without_a_mail(bureau: Bureau) -> None:
    (letter,) = await bureau.invitations.print(bureau.marta, BIRCH, [FERHAT.id])
    token = await bureau.invitations.complete(letter.code, "Ferhat", "Demir", GOOD, HOME)
    assert token is not None
    assert bureau.mail.letters == []
    assert "newer letter" not in await bureau.refused(letter.code)
    await bureau.invitations.confirm(bureau.session(FERHAT), token, HOME)
    assert bureau.standing(FERHAT) == {Standing.ACTIVE}


async def test_who_never_answered_a_mail_joins_no_other_site_by_being_signed_in(bureau: Bureau) -> None:
    far = Membership(FERHAT.id, FAR, Role.RESIDENT, F31, Standing.INVITED)
    bureau.people.roles.append(far)
    await bureau.invitations.invite(bureau.session(ZED), FAR, FERHAT.id)
    # the admin of one site has the code, and may be anybody
    (letter,) = await bureau.invitations.print(bureau.marta, BIRCH, [FERHAT.id])
    await bureau.invitations.complete(letter.code, "Ferhat", "Demir", GOOD, HOME)
    await bureau.invitations.join(bureau.session(FERHAT), BIRCH)
    with pytest.raises(NotAllowed):
        await bureau.invitations.join(bureau.session(FERHAT), FAR)
    assert far in bureau.people.roles
    await bureau.invitations.invite(bureau.session(ZED), FAR, FERHAT.id)  # no second letter
    await bureau.invitations.confirm(bureau.session(FERHAT), bureau.token(), HOME)
    assert bureau.standing(FERHAT) == {Standing.ACTIVE}


async def test_a_printed_code_is_good_for_seven_days_from_when_it_was_printed(bureau: Bureau) -> None:
    await bureau.invite(FERHAT)
    bureau.clock.passes(INVITATION_SECONDS - 10)
    (letter,) = await bureau.invitations.print(bureau.marta, BIRCH, [FERHAT.id])
    assert letter.until == bureau.clock.now() + INVITATION_SECONDS
    bureau.clock.passes(20)
    assert "run out" in await bureau.refused(bureau.token())  # paper does not lengthen the mail's life
    await bureau.invitations.opened(letter.code, HOME)
    bureau.clock.passes(INVITATION_SECONDS)
    assert "run out" in await bureau.refused(letter.code)


async def test_printing_again_makes_the_older_letter_useless(bureau: Bureau) -> None:
    await bureau.invite(FERHAT)
    (old,) = await bureau.invitations.print(bureau.marta, BIRCH, [FERHAT.id])
    (new,) = await bureau.invitations.print(bureau.marta, BIRCH, [FERHAT.id])
    await bureau.refused(old.code)
    await bureau.invitations.opened(new.code, HOME)


async def test_letters_are_printed_for_those_alone_for_whom_something_waits(bureau: Bureau) -> None:
    letters = await bureau.invitations.print(bureau.marta, BIRCH, [FERHAT.id, MARTA.id, ZED.id, ANNA.id])
    assert [letter.invitee.account.id for letter in letters] == [FERHAT.id, ANNA.id]
    assert len({letter.code.reveal() for letter in letters}) == 2
    with pytest.raises(NotFound):
        await bureau.invitations.print(bureau.marta, BIRCH, [MARTA.id])


async def test_no_link_no_code_and_no_password_is_logged(
    bureau: Bureau, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await bureau.invite(FERHAT)
    (letter,) = await bureau.invitations.print(bureau.marta, BIRCH, [FERHAT.id])
    await bureau.invitations.complete(letter.code, "Ferhat", "Demir", GOOD, HOME)
    noted = repr(bureau.events)
    for secret in (bureau.token(), letter.code, GOOD):
        assert secret.reveal() not in caplog.text
        assert secret.reveal() not in noted
        assert secret.reveal() not in repr(letter)


async def test_what_admins_and_people_did_is_in_the_log(bureau: Bureau) -> None:
    await bureau.invite(FERHAT, ANNA)
    await bureau.invitations.resend(bureau.marta, BIRCH, FERHAT.id)
    await bureau.invitations.complete(bureau.token(), "Ferhat", "Demir", GOOD, HOME)
    await bureau.invitations.confirm(bureau.session(FERHAT), bureau.token(), HOME)
    await bureau.invitations.print(bureau.marta, BIRCH, [ANNA.id])
    await bureau.invitations.void(bureau.marta, BIRCH, ANNA.id)
    told = [
        (event.actor, event.action, event.subject) for event in await bureau.events.of_site(BIRCH, None, 9)
    ]
    assert told[::-1] == [
        (MARTA.id, "invitation_resent", "Ferhat Demir"),
        (FERHAT.id, "profile_completed", "Ferhat Demir"),
        (FERHAT.id, "joined", "Ferhat Demir"),
        (MARTA.id, "invitation_printed", "Anna Lind"),
        (MARTA.id, "invitation_voided", "Anna Lind"),
    ]
