"""`/admin/{site}/staff`: who runs the site; and handing it over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from aiohttp import web
from pydantic import Field

from intercom.domain.errors import Invalid, NotFound, Taken, TooMany
from intercom.domain.ids import AccountId, Secret
from intercom.domain.language import N_
from intercom.domain.people import Power, Role, Standing
from intercom.http.admin.frame import Frame, done
from intercom.http.routes import Ask, Body, Email, Label, Route
from intercom.services.staff import APPOINTED, Appointments, Newcomer

SAID = {
    "appointed": N_("This person may run the site now."),
    "invited": N_("An invitation was sent. The role begins when it is confirmed."),
    "dismissed": N_("The role was taken away."),
    "transferred": N_("The site was handed over. You are one of its admins now."),
}
ROLES = {
    Role.OWNER: N_("Owner"),
    Role.ADMIN: N_("Site admin"),
    Role.INSTALLER: N_("Installer"),
    Role.AUDITOR: N_("Auditor"),
}
OFFERED = {
    Role.ADMIN: N_("Site admin: everything but naming other admins and handing over the site"),
    Role.AUDITOR: N_("Auditor: reads the log, changes nothing"),
    Role.INSTALLER: N_("Installer: entrances, panels and locks, for 24 hours"),
}


class AppointForm(Body):
    """Somebody by their e-mail, and what they shall be. The names are for who is new here."""

    email: Email
    first_name: Label = ""
    last_name: Label = ""
    role: Literal["admin", "auditor", "installer"]


class DismissForm(Body):
    """The role that somebody loses."""

    role: Literal["admin", "auditor", "installer"]


class HandOverForm(Body):
    """To whom, and the owner's password once more."""

    account: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=1024)


class StaffPages:
    """Handlers."""

    def __init__(self, frame: Frame, appointments: Appointments) -> None:
        self._frame = frame
        self._appointments = appointments

    def routes(self) -> list[Route]:
        """The table."""
        at, power = "/admin/{site}/staff", Power.APPOINT_INSTALLER
        owner = "/admin/{site}/ownership"
        return [
            Route("GET", at, self.show, power, page=True),
            Route("POST", at, self.appoint, power, body=AppointForm, page=True, again=self.again),
            Route("POST", f"{at}/{{account}}/dismiss", self.dismiss, power, body=DismissForm, page=True),
            Route("GET", owner, self.ownership, Power.TRANSFER, page=True),
            Route(
                "POST",
                owner,
                self.hand_over,
                Power.TRANSFER,
                body=HandOverForm,
                page=True,
                again=self.ownership_again,
            ),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """Who runs the site."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        now = self._appointments.clock.now()
        rows = [
            {
                "id": member.account.id,
                "name": member.account.name,
                "email": member.account.email,
                "role": member.role.value,
                "words": ROLES[member.role],
                "standing": member.standing.value,
                "until": member.expires_at,
                "hours": math.ceil(((member.expires_at or now) - now) / 3600),
                "mine": member.account.id == ask.who.account.id,
                "may_dismiss": member.role in APPOINTED and ask.who.may(APPOINTED[member.role], ask.site),
            }
            for member in await self._appointments.of_site(ask.who, ask.site)
        ]
        offered = [
            (role.value, words) for role, words in OFFERED.items() if ask.who.may(APPOINTED[role], ask.site)
        ]
        return await self._frame.show(
            ask,
            "admin/staff.html",
            here="settings",
            rows=rows,
            offered=offered,
            typed=typed,
            errors=errors,
            said=SAID,
        )

    async def appoint(self, ask: Ask) -> web.StreamResponse:
        """Give somebody a role."""
        form: AppointForm = ask.body
        who = Newcomer(form.email, form.first_name, form.last_name)
        try:
            member = await self._appointments.appoint(ask.who, ask.site, who, Role(form.role))
        except Taken as error:
            raise Invalid(email=error.message) from None
        said = "appointed" if member.standing is Standing.ACTIVE else "invited"
        raise done(f"/admin/{ask.site}/staff", said)

    async def dismiss(self, ask: Ask) -> web.StreamResponse:
        """Take a role away."""
        form: DismissForm = ask.body
        account = AccountId(ask.path("account"))
        await self._appointments.dismiss(ask.who, ask.site, account, Role(form.role))
        if account == ask.who.account.id:
            raise done("/")
        raise done(f"/admin/{ask.site}/staff", "dismissed")

    async def ownership(self, ask: Ask) -> web.StreamResponse:
        """The page on which the owner hands the site over."""
        return await self.ownership_again(ask, {}, {})

    async def ownership_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with the choice that was made."""
        heirs = await self._appointments.heirs(ask.who, ask.site)
        return await self._frame.show(
            ask,
            "admin/ownership.html",
            here="settings",
            heirs=[(heir.id, f"{heir.name} ({heir.email})") for heir in heirs],
            nobody=("", N_("Choose")),
            typed=typed,
            errors=errors,
        )

    async def hand_over(self, ask: Ask) -> web.StreamResponse:
        """Hand the site over."""
        form: HandOverForm = ask.body
        password, heir = Secret(form.password), AccountId(form.account)
        try:
            await self._appointments.transfer(ask.who, ask.site, heir, password, ask.address)
        except NotFound as error:
            raise Invalid(account=error.message) from None
        except TooMany as error:
            raise Invalid(password=error.message) from None
        raise done(f"/admin/{ask.site}/staff", "transferred")
