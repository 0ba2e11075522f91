"""What the pages of `/account` share: the navigation, the person, the notice after a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from intercom import language
from intercom.domain.language import N_
from intercom.domain.people import RUNS, Power
from intercom.domain.phonebook import Site
from intercom.http.routes import Ask
from intercom.http.templates import Pages
from intercom.services.profile import Profile


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A line of the navigation."""

    key: str
    address: str
    icon: str
    words: str


NAVIGATION = (
    NavigationEntry("profile", "/account", "person", N_("Profile")),
    NavigationEntry("password", "/account/password", "key", N_("Password")),
    NavigationEntry("pin", "/account/pin", "door", N_("PIN for doors")),
    NavigationEntry("security", "/account/security", "shield", N_("Security")),
    NavigationEntry("sessions", "/account/sessions", "laptop", N_("Signed-in devices")),
    NavigationEntry("data", "/account/data", "download", N_("Your data")),
)


class AccountFrame:
    """Shows a page inside the navigation. `profile` knows the person's site."""

    def __init__(self, pages: Pages, profile: Profile) -> None:
        self._pages = pages
        self._profile = profile

    async def show(
        self,
        ask: Ask,
        template: str,
        *,
        here: str,
        status: int = 200,
        said: Mapping[str, str] | None = None,
        typed: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        **values: Any,
    ) -> web.Response:
        """The page. With `errors` (a sentence a field) it is a form shown again, and answers 422.

        `said`: the notices that a query `said=` may ask for.
        """
        session = ask.who
        site = await self._profile.home(session)
        notice = (said or {}).get(ask.request.query.get("said", ""), "") if not errors else ""
        return self._pages.render(
            template,
            status=422 if errors and status == 200 else status,
            site=site,
            here=here,
            navigation=NAVIGATION,
            person=session.account.name,
            account=session.account,
            resident=any(session.may(Power.ANSWER, s) for s in session.sites),
            runs=any(session.may(power, s) for s in session.sites for power in RUNS - {Power.EDIT_HOUSEHOLD}),
            household=next((s for s in session.sites if session.may(Power.EDIT_HOUSEHOLD, s)), None),
            invited=bool(session.invited),
            notice=notice,
            typed=typed or {},
            errors=errors or {},
            moment=Moments(site),
            **values,
        )


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments in Unix seconds as the person reads a clock: at their site, in their language."""

    site: Site | None

    @property
    def _zone(self) -> str:
        return self.site.time_zone if self.site else "UTC"

    def date(self, at: float) -> str:
        """The day."""
        return language.date(at, self._zone)

    def full(self, at: float) -> str:
        """The day and the time."""
        return language.date_and_time(at, self._zone)
