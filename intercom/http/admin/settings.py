"""`/admin/{site}/settings`, and `/admin/new`: what a site is called, where it stands, what it shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import AfterValidator, Field

from intercom.domain import text
from intercom.domain.errors import InUse, Invalid, NotAllowed
from intercom.domain.fence import FenceMode
from intercom.domain.ids import SiteId
from intercom.domain.language import LANGUAGES, N_
from intercom.domain.people import Power, Role, Session
from intercom.domain.phonebook import Address, DisplayPolicy, Fallback, SiteKind
from intercom.domain.tones import Tones
from intercom.http.admin.entrances import ToneForm, tone_choices
from intercom.http.admin.frame import Frame, done
from intercom.http.admin.hours import HoursForm, hours_rows
from intercom.http.routes import Ask, Body, Label, Name, Needs, Route
from intercom.http.templates import Pages
from intercom.services.sites import FALLBACK_SECONDS, RuleChange, SiteData, SiteOffice, time_zones

SAID = {
    "site_changed": N_("The site's data were changed."),
    "rules_changed": N_("The rules were changed."),
    "hours_changed": N_("The opening hours were changed. They hold from now on."),
    "tone_chosen": N_("Callers hear the new tone from the next ring on."),
}
DISPLAY = [
    (DisplayPolicy.FULL.value, N_("First and last name: Anna Lind")),
    (DisplayPolicy.INITIAL.value, N_("Initial and last name: A. Lind")),
    (DisplayPolicy.INITIALS.value, N_("Initials: A. L.")),
    (DisplayPolicy.UNIT.value, N_("Only the unit: Flat 31")),
    (DisplayPolicy.HIDDEN.value, N_("Nobody, except those whom you show one by one")),
]
KINDS = [
    (SiteKind.RESIDENTIAL.value, N_("Residential: floors, units, residents. A press rings the household.")),
    (SiteKind.COMPANY.value, N_("Companies and their people. A press rings that person.")),
]

FALLBACKS = [
    ("0", N_("Nobody else is rung")),
    *(
        (str(seconds), N_("Others are rung after %(seconds)s seconds", seconds=seconds))
        for seconds in FALLBACK_SECONDS[1:]
    ),
]

FALLBACK_TO = [
    (Fallback.CONTACTS.value, N_("The contact persons")),
    (Fallback.DUTY.value, N_("Those on the duty list")),
]

RESIDENT_FENCES = [
    (FenceMode.OFF.value, N_("From anywhere")),
    (FenceMode.ADVISE.value, N_("From anywhere. The log says whether they were at the door")),
    (FenceMode.ENFORCE.value, N_("Only at the door")),
]

SEARCH_LETTERS = 3
"""So many letters find a name where visitors see no list."""

Plate = Annotated[
    str, AfterValidator(lambda given: text.name(given, 4)), Field(json_schema_extra={"maxLength": 4})
]
"""A house number, or up to 4 letters."""


class SiteForm(Body):
    """A site's data."""

    name: Name
    plate: Plate
    street: Label = ""
    postcode: Label = ""
    city: Label = ""
    country: str = Field(default="", max_length=2)
    time_zone: str = Field(default="UTC", max_length=64)
    language: str = Field(default="en", max_length=8)
    display: DisplayPolicy = DisplayPolicy.FULL
    kind: SiteKind = SiteKind.RESIDENTIAL

    def data(self) -> SiteData:
        """As the service takes it."""
        address = Address(self.street, self.postcode, self.city, self.country.upper())
        return SiteData(
            self.name, self.plate, address, self.time_zone, self.language, self.display, self.kind
        )


class NewSiteForm(SiteForm):
    """A new site with its first entrance."""

    entrance: Name


class RulesForm(Body):
    """What the site allows."""

    unit_managers: Literal["yes", ""] = ""
    fallback_after: Literal["0", "15", "30", "45"] = "0"
    fallback_to: Fallback = Fallback.CONTACTS
    closed_to_duty: Literal["yes", ""] = ""
    early_without_relay: Literal["yes", ""] = ""
    look_at_door: Literal["yes", ""] = ""
    home_opens: Literal["yes", ""] = ""
    visitor_letters: Literal["yes", ""] = ""
    decline_ends_call: Literal["yes", ""] = ""


class AloneForm(Body):
    """What opening without a call asks of a resident."""

    pin_without_call: Literal["yes", ""] = ""
    resident_fence: FenceMode = FenceMode.OFF


Hook = Callable[[Session, SiteId], Awaitable[Mapping[str, Any]]]
"""What another room adds to the page of settings: values for its template."""


class SettingsPages:
    """Handlers. `consents`: values for `admin/consents.html`, where somebody asked to be forgotten."""

    def __init__(
        self, pages: Pages, frame: Frame, office: SiteOffice, tones: Tones, consents: Hook | None = None
    ) -> None:
        self._pages = pages
        self._frame = frame
        self._office = office
        self._tones = tones
        self._consents = consents

    def routes(self) -> list[Route]:
        """The table."""
        at, power = "/admin/{site}/settings", Power.EDIT_SITE
        return [
            Route("GET", "/admin/new", self.blank, Needs.SESSION, page=True),
            Route(
                "POST",
                "/admin/new",
                self.create,
                Needs.SESSION,
                body=NewSiteForm,
                page=True,
                again=self.blank_again,
            ),
            Route("GET", at, self.show, power, page=True),
            Route("POST", at, self.edit, power, body=SiteForm, page=True, again=self.again),
            Route("POST", f"{at}/rules", self.rules, power, body=RulesForm, page=True),
            Route("POST", f"{at}/hours", self.hours, power, body=HoursForm, page=True, again=self.again),
            Route("POST", f"{at}/opening", self.alone, power, body=AloneForm, page=True),
            Route("POST", f"{at}/tone", self.tone, power, body=ToneForm, page=True),
        ]

    async def show(self, ask: Ask) -> web.StreamResponse:
        """The page."""
        return await self.again(ask, {}, {})

    async def again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        site = await self._office.site(ask.site)
        counts = await self._office.counts(ask.site)
        hooked: Mapping[str, Any] = {}
        if self._consents is not None:
            hooked = await self._consents(ask.who, ask.site)
        return await self._frame.show(
            ask,
            "admin/settings.html",
            here="settings",
            stored=site,
            fixed=bool(counts.units or counts.floors),
            owner=Role.OWNER in ask.who.roles(ask.site),
            fallbacks=FALLBACKS,
            fallback_to=FALLBACK_TO,
            resident_fences=RESIDENT_FENCES,
            hours=hours_rows(site.rules.opening_hours),
            tones=tone_choices(self._tones),
            tone_now=site.rules.outdoor_tone,
            tone_default=N_("The default: %(tone)s", tone=self._default_tone()),
            typed=typed,
            errors=errors,
            said=SAID,
            **choices(),
            **hooked,
        )

    def _default_tone(self) -> str:
        return next(tone.name for tone in self._tones.tones if tone.id == self._tones.default_outdoor)

    async def edit(self, ask: Ask) -> web.StreamResponse:
        """Change the site's data."""
        form: SiteForm = ask.body
        try:
            await self._office.edit(ask.who, ask.site, form.data())
        except InUse as error:
            raise Invalid(kind=error.message) from None
        raise done(f"/admin/{ask.site}/settings", "site_changed")

    async def rules(self, ask: Ask) -> web.StreamResponse:
        """Change what the site allows."""
        form: RulesForm = ask.body
        change = RuleChange(
            form.unit_managers == "yes",
            fallback_after=int(form.fallback_after),
            fallback_to=form.fallback_to,
            closed_to_duty=form.closed_to_duty == "yes",
            early_without_relay=form.early_without_relay == "yes",
            look_at_door=form.look_at_door == "yes",
            home_opens=form.home_opens == "yes",
            decline_ends_call=form.decline_ends_call == "yes",
            visitor_letters=SEARCH_LETTERS if form.visitor_letters else 0,
        )
        await self._office.rule(ask.who, ask.site, change)
        raise done(f"/admin/{ask.site}/settings", "rules_changed")

    async def hours(self, ask: Ask) -> web.StreamResponse:
        """Change the opening hours."""
        form: HoursForm = ask.body
        await self._office.rule(ask.who, ask.site, RuleChange(opening_hours=form.spans()))
        raise done(f"/admin/{ask.site}/settings", "hours_changed")

    async def alone(self, ask: Ask) -> web.StreamResponse:
        """What opening without a call asks of a resident."""
        form: AloneForm = ask.body
        change = RuleChange(
            pin_without_call=form.pin_without_call == "yes", resident_fence=form.resident_fence
        )
        await self._office.rule(ask.who, ask.site, change)
        raise done(f"/admin/{ask.site}/settings", "rules_changed")

    async def tone(self, ask: Ask) -> web.StreamResponse:
        """What callers hear, where an entrance has no tone of its own."""
        form: ToneForm = ask.body
        await self._office.rule(ask.who, ask.site, RuleChange(tone=form.tone))
        raise done(f"/admin/{ask.site}/settings", "tone_chosen")

    # -- another site --

    async def blank(self, ask: Ask) -> web.StreamResponse:
        """The form for another site."""
        return await self.blank_again(ask, {}, {})

    async def blank_again(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str]
    ) -> web.StreamResponse:
        """The same, with what was typed."""
        if not any(m.role is Role.OWNER for m in ask.who.memberships):
            raise NotAllowed(N_("Only who owns a site may add another."))
        return self._pages.render(
            "admin/site_new.html",
            status=422 if errors else 200,
            person=ask.who.account.name,
            typed=typed,
            errors=errors,
            fixed=False,
            stored=None,
            **choices(),
        )

    async def create(self, ask: Ask) -> web.StreamResponse:
        """Make another site."""
        form: NewSiteForm = ask.body
        site = await self._office.create(ask.who, form.data(), form.entrance)
        raise done(f"/admin/{site.id}", "site_created")


def choices() -> dict[str, Any]:
    """What the fields of a site offer."""
    return {
        "zones": time_zones(),
        "language_choices": list(LANGUAGES.items()),
        "display_choices": DISPLAY,
        "kind_choices": KINDS,
    }
