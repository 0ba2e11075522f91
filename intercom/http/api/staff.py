"""`/api/v1/sites/{site}/staff`: who runs a site; and handing it over."""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from intercom.domain.ids import AccountId, Secret
from intercom.domain.people import Power, Role, Standing
from intercom.http.admin.staff import HandOverForm
from intercom.http.routes import Ask, Body, Email, Label, Route, json
from intercom.ports import StaffMember
from intercom.services.staff import Appointments, Newcomer


class StaffGiven(Body):
    """Somebody by their e-mail; the names are for who has no account here yet."""

    email: Email
    first_name: Label = ""
    last_name: Label = ""
    role: Literal["admin", "auditor"]


class InstallerGiven(Body):
    """The same, for a day."""

    email: Email
    first_name: Label = ""
    last_name: Label = ""


class StaffOut(BaseModel):
    """Somebody who runs the site, in one of their roles. `expires_at`: an installer's, Unix seconds."""

    account: str
    name: str
    email: str
    role: Role
    standing: Standing
    expires_at: float | None


class Heir(BaseModel):
    """Somebody to whom the site may be handed."""

    account: str
    name: str
    email: str


class StaffApi:
    """Handlers."""

    def __init__(self, appointments: Appointments) -> None:
        self._appointments = appointments

    def routes(self) -> list[Route]:
        """The table."""
        site, appoint, installer = "/api/v1/sites/{site}", Power.APPOINT, Power.APPOINT_INSTALLER
        transfer = Power.TRANSFER
        staff, installers = f"{site}/staff", f"{site}/installers"
        return [
            Route("GET", staff, self.all, installer, answer=list[StaffOut]),
            Route("POST", staff, self.appoint, appoint, body=StaffGiven, answer=StaffOut, status=201),
            Route("DELETE", f"{staff}/{{account}}/admin", self.dismiss_admin, appoint, status=204),
            Route("DELETE", f"{staff}/{{account}}/auditor", self.dismiss_auditor, appoint, status=204),
            Route(
                "POST",
                installers,
                self.appoint_installer,
                installer,
                body=InstallerGiven,
                answer=StaffOut,
                status=201,
            ),
            Route("DELETE", f"{installers}/{{account}}", self.dismiss_installer, installer, status=204),
            Route("GET", f"{site}/ownership", self.heirs, transfer, answer=list[Heir]),
            Route("POST", f"{site}/ownership", self.hand_over, transfer, body=HandOverForm, answer=Heir),
        ]

    async def all(self, ask: Ask) -> web.StreamResponse:
        """Who runs the site: the owner, then the others by role and name."""
        return json([_member(member) for member in await self._appointments.of_site(ask.who, ask.site)])

    async def appoint(self, ask: Ask) -> web.StreamResponse:
        """Name a site admin or an auditor."""
        given: StaffGiven = ask.body
        return await self._appoint(ask, given.email, given.first_name, given.last_name, Role(given.role))

    async def appoint_installer(self, ask: Ask) -> web.StreamResponse:
        """Name an installer, for a day."""
        given: InstallerGiven = ask.body
        return await self._appoint(ask, given.email, given.first_name, given.last_name, Role.INSTALLER)

    async def _appoint(self, ask: Ask, email: str, first: str, last: str, role: Role) -> web.StreamResponse:
        member = await self._appointments.appoint(ask.who, ask.site, Newcomer(email, first, last), role)
        return json(_member(member), 201)

    async def dismiss_admin(self, ask: Ask) -> web.StreamResponse:
        """Dismiss a site admin."""
        return await self._dismiss(ask, Role.ADMIN)

    async def dismiss_auditor(self, ask: Ask) -> web.StreamResponse:
        """Dismiss an auditor."""
        return await self._dismiss(ask, Role.AUDITOR)

    async def dismiss_installer(self, ask: Ask) -> web.StreamResponse:
        """End an installer's day."""
        return await self._dismiss(ask, Role.INSTALLER)

    async def _dismiss(self, ask: Ask, role: Role) -> web.StreamResponse:
        await self._appointments.dismiss(ask.who, ask.site, AccountId(ask.path("account")), role)
        return web.Response(status=204)

    async def heirs(self, ask: Ask) -> web.StreamResponse:
        """To whom the site may be handed: its active admins and residents."""
        heirs = await self._appointments.heirs(ask.who, ask.site)
        return json([{"account": h.id, "name": h.name, "email": h.email} for h in heirs])

    async def hand_over(self, ask: Ask) -> web.StreamResponse:
        """Hand the site over to one of them; the owner's password is asked for once more."""
        given: HandOverForm = ask.body
        heir = await self._appointments.transfer(
            ask.who, ask.site, AccountId(given.account), Secret(given.password), ask.address
        )
        return json({"account": heir.id, "name": heir.name, "email": heir.email})


def _member(member: StaffMember) -> dict[str, object]:
    return {
        "account": member.account.id,
        "name": member.account.name,
        "email": member.account.email,
        "role": member.role,
        "standing": member.standing,
        "expires_at": member.expires_at,
    }
