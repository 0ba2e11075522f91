"""Salto KS: cloud locks behind hubs (IQs), opened through the vendor's Connect API.

The vendor's words stay in this folder: an IQ is a hub, an OTP a Code, office mode held open.
"""

from __future__ import annotations

import re

from intercom.access.catalog import Make, Outfit
from intercom.access.saltoks.client import Account, Client
from intercom.access.saltoks.core import Pace, SaltoKs
from intercom.domain.errors import Invalid
from intercom.domain.language import N_
from intercom.ports import Ask, CoreField, CoreKind

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")

KIND = CoreKind(
    "saltoks",
    "Salto KS",
    (
        CoreField(
            "api", N_("Address of the API"), Ask.ADDRESS, N_("The vendor tells it with the client ID.")
        ),
        CoreField("identity", N_("Address of the identity server"), Ask.ADDRESS),
        CoreField(
            "stream",
            N_("Address of the event stream"),
            Ask.ADDRESS,
            N_("Empty: openings are confirmed by asking every second."),
            required=False,
        ),
        CoreField("site", N_("ID of the site"), hint=N_("The UUID of the site in Salto KS.")),
        CoreField("client_id", N_("Client ID")),
        CoreField("client_secret", N_("Client secret"), Ask.SECRET),
        CoreField("scope", N_("Scope"), default="user_api.full_access"),
        CoreField(
            "user",
            N_("Service user"),
            hint=N_(
                "Only where the vendor wants a user. Nobody may ever sign in to the vendor's app with it."
            ),
            required=False,
        ),
        CoreField("password", N_("Password of the service user"), Ask.SECRET, required=False),
        CoreField(
            "second_factor",
            N_("Residents type their PIN or Code to open"),
            Ask.SWITCH,
            default="false",
        ),
        CoreField(
            "left_open_seconds",
            N_("A door counts as left open after so many seconds"),
            Ask.NUMBER,
            default="38",
            least=5,
            most=3600,
        ),
    ),
    lock_label=N_("Lock in Salto KS"),
)


def build(outfit: Outfit, pace: Pace | None = None) -> SaltoKs:
    """The core of one site. Raises `Invalid`."""
    settings = outfit.settings
    if not _ID.fullmatch(settings["site"]):
        raise Invalid(site=N_("This is no ID of a site."))
    if settings["user"] and "password" not in outfit.secrets:
        raise Invalid(password=N_("Fill this in."))
    account = Account(
        settings["identity"],
        settings["client_id"],
        outfit.secrets["client_secret"],
        settings["scope"],
        settings["user"],
        outfit.secrets.get("password"),
    )
    client = Client(account, settings["api"], outfit.now)
    return SaltoKs(outfit, client, settings["site"], settings["stream"], pace)


def make() -> Make:
    """The kind, for the catalogue."""
    return Make(KIND, build)
