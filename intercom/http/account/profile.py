"""`/account`: name, phone number, language."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from pydantic import Field

from intercom.domain.errors import NotNow, TooMany
from intercom.domain.ids import Secret
from intercom.domain.language import LANGUAGES, N_
from intercom.domain.people import Membership, Role, Session
from intercom.http.account.frame import AccountFrame
from intercom.http.admin.frame import Nothing, done
from intercom.http.routes import Ask, Body, Label, Name, Needs, Route
from intercom.ports import Phonebooks
from intercom.services.profile import Profile

SAID = {
    "saved": N_("Saved."),
    "code_sent": N_("A code is on its way to your telephone."),
    "phone_changed": N_("Your phone number is confirmed and saved."),
    "phone_removed": N_("The phone number was removed."),
    "phone_kept": N_("The phone number stays as it was."),
}
ROLES = {
    Role.OWNER: N_("Owner"),
    Role.ADMIN: N_("Site admin"),
    Role.INSTALLER: N_("Installer"),
    Role.AUDITOR: N_("Reads the log"),
    Role.MANAGER: N_("Manages the unit"),
    Role.RESIDENT: N_("Resident"),
}


class NameForm(Body):
    """One's own name. The last name may be empty."""

    first_name: Name
    last_name: Label = ""


class LanguageForm(Body):
    """A language's code, or empty for the site's."""

    language: str = Field(default="", max_length=16)


class PhoneForm(Body):
    """A phone number, as people write it."""

    phone: str = Field(min_length=1, max_length=80)


class CodeForm(Body):
    """The code that was sent."""

    code: str = Field(min_length=1, max_length=64)


class ProfilePages:
    """Handlers."""

    def __init__(self, frame: AccountFrame, profile: Profile, phonebooks: Phonebooks) -> None:
        self._frame = frame
        self._profile = profile
        self._phonebooks = phonebooks

    def routes(self) -> list[Route]:
        """The table."""
        mine, again = Needs.SESSION, self.again
        return [
            Route("GET", "/account", self.show, mine, page=True),
            Route("POST", "/account", self.rename, mine, body=NameForm, page=True, again=again),
            Route(
                "POST", "/account/language", self.language, mine, body=LanguageForm, page=True, again=again
            ),
            Route("POST", "/account/phone", self.phone, mine, body=PhoneForm, page=True, again=again),
            Route(
                "POST", "/account/phone/confirm", self.confirm, mine, body=CodeForm, page=True, again=again
            ),
            Route("POST", "/account/phone/resend", self.resend, mine, body=Nothing, page=True),
            Route("POST", "/account/phone/forget", self.forget, mine, body=Nothing, page=True),
            Route("POST", "/account/phone/remove", self.remove, mine, body=Nothing, page=True),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The person's own profile."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The page with what was typed."""
        session = ask.who
        return await self._frame.show(
            ask,
            "account/profile.html",
            here="profile",
            said=SAID,
            typed=typed,
            errors=errors,
            phone=await self._profile.phone_shown(session),
            waiting=await self._profile.phone_waiting(session),
            choices=[("", N_("As the site")), *LANGUAGES.items()],
            places=await self._places(session),
        )

    async def _places(self, session: Session) -> list[dict[str, str]]:
        places: list[dict[str, str]] = []
        for membership in (*session.memberships, *session.invited):
            site = await self._phonebooks.site(membership.site)
            unit = await self._phonebooks.unit_name(membership.unit) if membership.unit else ""
            places.append(
                {
                    "site": site.name if site else "",
                    "unit": unit,
                    "icon": "home" if membership.unit else "settings",
                    "words": _part(membership, waits=membership in session.invited),
                }
            )
        return places

    async def rename(self, ask: Ask) -> web.StreamResponse:
        """Change the name."""
        form: NameForm = ask.body
        await self._profile.rename(ask.who, form.first_name, form.last_name)
        raise done("/account", "saved")

    async def language(self, ask: Ask) -> web.StreamResponse:
        """Choose a language."""
        form: LanguageForm = ask.body
        await self._profile.set_language(ask.who, form.language)
        raise done("/account", "saved")

    async def phone(self, ask: Ask) -> web.StreamResponse:
        """Send a code to a new number."""
        form: PhoneForm = ask.body
        try:
            await self._profile.send_phone_code(ask.who, form.phone)
        except TooMany as error:
            return await self.again(ask, {"phone": form.phone}, {"phone": error.message})
        raise done("/account", "code_sent")

    async def confirm(self, ask: Ask) -> web.StreamResponse:
        """The code that arrived makes the number one's own."""
        form: CodeForm = ask.body
        try:
            await self._profile.confirm_phone(ask.who, Secret(form.code))
        except NotNow as error:
            return await self.again(ask, {}, {"phone": error.message})
        raise done("/account", "phone_changed")

    async def resend(self, ask: Ask) -> web.StreamResponse:
        """Another code to the same number; the one before is worth nothing."""
        try:
            await self._profile.resend_phone_code(ask.who)
        except NotNow as error:
            return await self.again(ask, {}, {"phone": error.message})
        except TooMany as error:
            return await self.again(ask, {}, {"code": error.message})
        raise done("/account", "code_sent")

    async def forget(self, ask: Ask) -> web.StreamResponse:
        """Leave the number as it was."""
        await self._profile.forget_phone_code(ask.who)
        raise done("/account", "phone_kept")

    async def remove(self, ask: Ask) -> web.StreamResponse:
        """No phone number any more."""
        await self._profile.remove_phone(ask.who)
        raise done("/account", "phone_removed")


def _part(membership: Membership, *, waits: bool) -> str:
    words = ROLES[membership.role]
    return N_("%(role)s, waits for your first sign-in", role=words) if waits else words
