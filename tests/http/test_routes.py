"""The table of routes, read from the application itself: nothing is reachable without a stated rule."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from intercom.app import build, prepare
from intercom.config import Settings
from intercom.domain.people import Power
from intercom.http import routes as http_routes
from intercom.http.routes import Body, Needs, Route
from tests.e2e.house import Answer, House, fresh_address

RULES: dict[tuple[str, str], Needs | Power] = {
    ("GET", "/"): Needs.SESSION,
    ("GET", "/join"): Needs.NOBODY,
    ("POST", "/join"): Needs.NOBODY,
    ("GET", "/join/sent"): Needs.NOBODY,
    ("GET", "/join/{token}"): Needs.NOBODY,
    ("POST", "/join/{token}"): Needs.NOBODY,
    ("GET", "/invitation/{token}"): Needs.NOBODY,
    ("POST", "/invitation/{token}"): Needs.SESSION,
    ("GET", "/invitations"): Needs.SESSION,
    ("POST", "/invitations"): Needs.SESSION,
    ("GET", "/set-up/{token}"): Needs.NOBODY,
    ("POST", "/set-up/{token}"): Needs.NOBODY,
    ("GET", "/admin/{site}/invitations"): Power.EDIT_RESIDENTS,
    ("POST", "/admin/{site}/invitations/print"): Power.EDIT_RESIDENTS,
    ("POST", "/admin/{site}/invitations/{account}/resend"): Power.EDIT_RESIDENTS,
    ("POST", "/admin/{site}/invitations/{account}/void"): Power.EDIT_RESIDENTS,
    ("GET", "/api/v1/sites/{site}/invitations"): Power.EDIT_RESIDENTS,
    ("POST", "/api/v1/sites/{site}/invitations/print"): Power.EDIT_RESIDENTS,
    ("POST", "/api/v1/sites/{site}/invitations/{account}/resend"): Power.EDIT_RESIDENTS,
    ("POST", "/api/v1/sites/{site}/invitations/{account}/void"): Power.EDIT_RESIDENTS,
    ("GET", "/e/{code}"): Needs.NOBODY,
    ("POST", "/admin/{site}/entrances/{entrance}/sign"): Power.EDIT_ENTRANCES,
    ("POST", "/admin/{site}/entrances/{entrance}/sign/remove"): Power.EDIT_ENTRANCES,
    ("GET", "/admin/{site}/entrances/{entrance}/sign.svg"): Power.RUN_PANELS,
    ("GET", "/admin/{site}/entrances/{entrance}/sign.pdf"): Power.RUN_PANELS,
    ("GET", "/admin/{site}/signs.pdf"): Power.RUN_PANELS,
    ("GET", "/api/v1/sites/{site}/entrances/{entrance}/sign"): Power.RUN_PANELS,
    ("POST", "/api/v1/sites/{site}/entrances/{entrance}/sign"): Power.EDIT_ENTRANCES,
    ("DELETE", "/api/v1/sites/{site}/entrances/{entrance}/sign"): Power.EDIT_ENTRANCES,
    ("POST", "/e/{code}/stay"): Needs.NOBODY,
    ("GET", "/sign-in"): Needs.NOBODY,
    ("POST", "/sign-in"): Needs.NOBODY,
    ("GET", "/sign-in/second-step"): Needs.NOBODY,
    ("POST", "/sign-in/second-step"): Needs.NOBODY,
    ("POST", "/sign-in/second-step/send"): Needs.NOBODY,
    ("GET", "/sign-in/with/{provider}"): Needs.NOBODY,
    ("GET", "/sign-in/from/{provider}"): Needs.NOBODY,
    ("POST", "/api/v1/sign-in/passkey/options"): Needs.NOBODY,
    ("POST", "/api/v1/sign-in/passkey"): Needs.NOBODY,
    ("GET", "/account/security"): Needs.SESSION,
    ("POST", "/account/security/password"): Needs.SESSION,
    ("POST", "/account/security/switch"): Needs.SESSION,
    ("POST", "/account/security/recovery-code"): Needs.SESSION,
    ("POST", "/account/security/methods"): Needs.SESSION,
    ("GET", "/account/security/methods/{method}"): Needs.SESSION,
    ("POST", "/account/security/methods/{method}/confirm"): Needs.SESSION,
    ("POST", "/account/security/methods/{method}/resend"): Needs.SESSION,
    ("POST", "/account/security/methods/{method}/name"): Needs.SESSION,
    ("POST", "/account/security/methods/{method}/remove"): Needs.SESSION,
    ("POST", "/account/security/trusted-devices/forget"): Needs.SESSION,
    ("POST", "/account/security/trusted-devices/{device}/forget"): Needs.SESSION,
    ("POST", "/account/security/providers/{provider}/unlink"): Needs.SESSION,
    ("GET", "/api/v1/account/second-factor"): Needs.SESSION,
    ("POST", "/api/v1/account/second-factor/password"): Needs.SESSION,
    ("POST", "/api/v1/account/second-factor/switch"): Needs.SESSION,
    ("POST", "/api/v1/account/second-factor/recovery-code"): Needs.SESSION,
    ("POST", "/api/v1/account/second-factor/app"): Needs.SESSION,
    ("POST", "/api/v1/account/second-factor/email"): Needs.SESSION,
    ("POST", "/api/v1/account/second-factor/sms"): Needs.SESSION,
    ("POST", "/api/v1/account/second-factor/methods/{method}/confirm"): Needs.SESSION,
    ("POST", "/api/v1/account/second-factor/methods/{method}/resend"): Needs.SESSION,
    ("POST", "/api/v1/account/second-factor/methods/{method}/name"): Needs.SESSION,
    ("DELETE", "/api/v1/account/second-factor/methods/{method}"): Needs.SESSION,
    ("POST", "/api/v1/account/second-factor/passkeys/options"): Needs.SESSION,
    ("POST", "/api/v1/account/second-factor/passkeys"): Needs.SESSION,
    ("GET", "/api/v1/account/trusted-devices"): Needs.SESSION,
    ("DELETE", "/api/v1/account/trusted-devices"): Needs.SESSION,
    ("DELETE", "/api/v1/account/trusted-devices/{device}"): Needs.SESSION,
    ("GET", "/api/v1/account/providers"): Needs.SESSION,
    ("DELETE", "/api/v1/account/providers/{provider}"): Needs.SESSION,
    ("POST", "/sign-out"): Needs.SESSION,
    ("GET", "/panel"): Needs.NOBODY,
    ("POST", "/api/v1/panels/enroll"): Needs.NOBODY,
    ("POST", "/api/v1/panels/session"): Needs.NOBODY,
    ("POST", "/api/v1/panels/leave"): Needs.NOBODY,
    ("POST", "/api/v1/panels/sign-off"): Needs.NOBODY,
    ("GET", "/api/v1/history"): Needs.SESSION,
    ("POST", "/api/v1/history/{call}/reply"): Needs.SESSION,
    ("POST", "/api/v1/history/seen"): Needs.SESSION,
    ("GET", "/api/v1/ringtones"): Needs.NOBODY,
    ("GET", "/api/asyncapi.json"): Needs.NOBODY,
    ("GET", "/api/openapi.json"): Needs.NOBODY,
    ("GET", "/manifest.webmanifest"): Needs.NOBODY,
    ("GET", "/service-worker.js"): Needs.NOBODY,
    ("GET", "/offline"): Needs.NOBODY,
    ("GET", "/panel/offline"): Needs.NOBODY,
    ("GET", "/api/v1/push"): Needs.SESSION,
    ("GET", "/api/v1/devices"): Needs.SESSION,
    ("PUT", "/api/v1/devices/{device}"): Needs.SESSION,
    ("POST", "/api/v1/devices/{device}/push/lost"): Needs.SESSION,
    ("PUT", "/api/v1/devices/{device}/push"): Needs.SESSION,
    ("DELETE", "/api/v1/devices/{device}/push"): Needs.SESSION,
    ("POST", "/api/v1/devices/{device}/test-ring"): Needs.SESSION,
    ("POST", "/api/v1/devices/{device}/proven"): Needs.SESSION,
    ("GET", "/api/v1/account/quiet-hours"): Needs.SESSION,
    ("PUT", "/api/v1/account/quiet-hours"): Needs.SESSION,
    ("POST", "/api/v1/calls/{call}/ringing"): Needs.SESSION,
    ("POST", "/api/v1/calls/{call}/decline"): Needs.SESSION,
    ("GET", "/admin"): Needs.ADMIN,
    ("GET", "/admin/new"): Needs.SESSION,
    ("POST", "/admin/new"): Needs.SESSION,
    ("GET", "/admin/{site}"): Needs.SESSION,
    ("GET", "/admin/{site}/settings"): Power.EDIT_SITE,
    ("POST", "/admin/{site}/settings"): Power.EDIT_SITE,
    ("POST", "/admin/{site}/settings/rules"): Power.EDIT_SITE,
    ("POST", "/admin/{site}/settings/hours"): Power.EDIT_SITE,
    ("GET", "/admin/{site}/duty"): Power.EDIT_SITE,
    ("POST", "/admin/{site}/duty"): Power.EDIT_SITE,
    ("POST", "/admin/{site}/duty/{account}/move"): Power.EDIT_SITE,
    ("POST", "/admin/{site}/duty/{account}/remove"): Power.EDIT_SITE,
    ("GET", "/api/v1/sites/{site}/duty"): Power.EDIT_SITE,
    ("POST", "/api/v1/sites/{site}/duty"): Power.EDIT_SITE,
    ("POST", "/api/v1/sites/{site}/duty/{account}/move"): Power.EDIT_SITE,
    ("DELETE", "/api/v1/sites/{site}/duty/{account}"): Power.EDIT_SITE,
    ("POST", "/admin/{site}/units/{unit}/hours"): Power.EDIT_UNITS,
    ("PUT", "/api/v1/sites/{site}/units/{unit}/hours"): Power.EDIT_UNITS,
    ("POST", "/admin/{site}/settings/opening"): Power.EDIT_SITE,
    ("POST", "/admin/{site}/settings/tone"): Power.EDIT_SITE,
    ("GET", "/admin/{site}/core"): Power.RUN_PANELS,
    ("POST", "/admin/{site}/core/kinds/{kind}"): Power.SET_CORE,
    ("POST", "/admin/{site}/core/steps/{step}"): Power.SET_CORE,
    ("POST", "/admin/{site}/core/locks/{lock}"): Power.EDIT_ENTRANCES,
    ("GET", "/api/v1/sites/{site}/core"): Power.RUN_PANELS,
    ("PUT", "/api/v1/sites/{site}/core"): Power.SET_CORE,
    ("POST", "/api/v1/sites/{site}/core/check"): Power.RUN_PANELS,
    ("POST", "/api/v1/sites/{site}/core/steps/{step}"): Power.SET_CORE,
    ("GET", "/api/v1/sites/{site}/core/locks"): Power.RUN_PANELS,
    ("PUT", "/api/v1/sites/{site}/core/locks/{lock}"): Power.EDIT_ENTRANCES,
    ("GET", "/admin/{site}/entrances"): Power.RUN_PANELS,
    ("POST", "/admin/{site}/entrances"): Power.EDIT_ENTRANCES,
    ("GET", "/admin/{site}/entrances/{entrance}"): Power.RUN_PANELS,
    ("POST", "/admin/{site}/entrances/{entrance}"): Power.EDIT_ENTRANCES,
    ("POST", "/admin/{site}/entrances/{entrance}/tone"): Power.EDIT_SITE,
    ("GET", "/admin/{site}/entrances/{entrance}/fence"): Power.EDIT_SITE,
    ("POST", "/admin/{site}/entrances/{entrance}/fence"): Power.EDIT_SITE,
    ("POST", "/admin/{site}/entrances/{entrance}/remove"): Power.EDIT_ENTRANCES,
    ("POST", "/admin/{site}/entrances/{entrance}/pairing-code"): Power.RUN_PANELS,
    ("POST", "/admin/{site}/entrances/{entrance}/locks"): Power.EDIT_ENTRANCES,
    ("POST", "/admin/{site}/entrances/{entrance}/locks/{lock}"): Power.EDIT_ENTRANCES,
    ("POST", "/admin/{site}/entrances/{entrance}/locks/{lock}/remove"): Power.EDIT_ENTRANCES,
    ("POST", "/admin/{site}/entrances/{entrance}/locks/{lock}/fault"): Power.RUN_PANELS,
    ("POST", "/admin/{site}/entrances/{entrance}/panels/{panel}"): Power.RUN_PANELS,
    ("POST", "/admin/{site}/entrances/{entrance}/panels/{panel}/move"): Power.RUN_PANELS,
    ("POST", "/admin/{site}/entrances/{entrance}/panels/{panel}/pin"): Power.RUN_PANELS,
    ("POST", "/admin/{site}/entrances/{entrance}/panels/{panel}/revoke"): Power.RUN_PANELS,
    ("GET", "/admin/{site}/residents"): Power.EDIT_RESIDENTS,
    ("GET", "/admin/{site}/residents/new"): Power.EDIT_RESIDENTS,
    ("POST", "/admin/{site}/residents/new"): Power.EDIT_RESIDENTS,
    ("GET", "/admin/{site}/residents/{resident}"): Power.EDIT_RESIDENTS,
    ("POST", "/admin/{site}/residents/{resident}"): Power.EDIT_RESIDENTS,
    ("POST", "/admin/{site}/residents/{resident}/invitation"): Power.EDIT_RESIDENTS,
    ("POST", "/admin/{site}/residents/{resident}/deactivate"): Power.EDIT_RESIDENTS,
    ("POST", "/admin/{site}/residents/{resident}/activate"): Power.EDIT_RESIDENTS,
    ("POST", "/admin/{site}/residents/{resident}/remove"): Power.EDIT_RESIDENTS,
    ("GET", "/api/v1/sites/{site}/residents"): Power.EDIT_RESIDENTS,
    ("POST", "/api/v1/sites/{site}/residents"): Power.EDIT_RESIDENTS,
    ("GET", "/api/v1/sites/{site}/residents/{resident}"): Power.EDIT_RESIDENTS,
    ("PATCH", "/api/v1/sites/{site}/residents/{resident}"): Power.EDIT_RESIDENTS,
    ("DELETE", "/api/v1/sites/{site}/residents/{resident}"): Power.EDIT_RESIDENTS,
    ("POST", "/api/v1/sites/{site}/residents/{resident}/invitation"): Power.EDIT_RESIDENTS,
    ("POST", "/api/v1/sites/{site}/residents/{resident}/deactivate"): Power.EDIT_RESIDENTS,
    ("POST", "/api/v1/sites/{site}/residents/{resident}/activate"): Power.EDIT_RESIDENTS,
    ("GET", "/api/v1/sites/{site}/household"): Power.EDIT_HOUSEHOLD,
    ("POST", "/api/v1/sites/{site}/household"): Power.EDIT_HOUSEHOLD,
    ("DELETE", "/api/v1/sites/{site}/household/{resident}"): Power.EDIT_HOUSEHOLD,
    ("GET", "/household/{site}"): Power.EDIT_HOUSEHOLD,
    ("POST", "/household/{site}"): Power.EDIT_HOUSEHOLD,
    ("POST", "/household/{site}/{resident}/remove"): Power.EDIT_HOUSEHOLD,
    ("GET", "/admin/{site}/units"): Power.EDIT_UNITS,
    ("GET", "/admin/{site}/units/new"): Power.EDIT_UNITS,
    ("POST", "/admin/{site}/units/new"): Power.EDIT_UNITS,
    ("GET", "/admin/{site}/units/{unit}"): Power.EDIT_UNITS,
    ("POST", "/admin/{site}/units/{unit}"): Power.EDIT_UNITS,
    ("POST", "/admin/{site}/units/{unit}/remove"): Power.EDIT_UNITS,
    ("GET", "/admin/{site}/floors"): Power.EDIT_UNITS,
    ("POST", "/admin/{site}/floors"): Power.EDIT_UNITS,
    ("GET", "/admin/{site}/floors/{floor}"): Power.EDIT_UNITS,
    ("POST", "/admin/{site}/floors/{floor}"): Power.EDIT_UNITS,
    ("POST", "/admin/{site}/floors/{floor}/move"): Power.EDIT_UNITS,
    ("POST", "/admin/{site}/floors/{floor}/remove"): Power.EDIT_UNITS,
    ("GET", "/admin/{site}/staff"): Power.APPOINT_INSTALLER,
    ("POST", "/admin/{site}/staff"): Power.APPOINT_INSTALLER,
    ("POST", "/admin/{site}/staff/{account}/dismiss"): Power.APPOINT_INSTALLER,
    ("GET", "/admin/{site}/ownership"): Power.TRANSFER,
    ("POST", "/admin/{site}/ownership"): Power.TRANSFER,
    ("POST", "/api/v1/locks/fault"): Needs.ADMIN,
    ("GET", "/api/v1/sites"): Needs.SESSION,
    ("POST", "/api/v1/sites"): Needs.SESSION,
    ("GET", "/api/v1/sites/{site}"): Power.EDIT_SITE,
    ("PATCH", "/api/v1/sites/{site}"): Power.EDIT_SITE,
    ("GET", "/api/v1/sites/{site}/floors"): Power.EDIT_UNITS,
    ("POST", "/api/v1/sites/{site}/floors"): Power.EDIT_UNITS,
    ("PUT", "/api/v1/sites/{site}/floors"): Power.EDIT_UNITS,
    ("PUT", "/api/v1/sites/{site}/floors/{floor}"): Power.EDIT_UNITS,
    ("DELETE", "/api/v1/sites/{site}/floors/{floor}"): Power.EDIT_UNITS,
    ("GET", "/api/v1/sites/{site}/units"): Power.EDIT_UNITS,
    ("POST", "/api/v1/sites/{site}/units"): Power.EDIT_UNITS,
    ("GET", "/api/v1/sites/{site}/units/{unit}"): Power.EDIT_UNITS,
    ("PUT", "/api/v1/sites/{site}/units/{unit}"): Power.EDIT_UNITS,
    ("DELETE", "/api/v1/sites/{site}/units/{unit}"): Power.EDIT_UNITS,
    ("GET", "/api/v1/sites/{site}/entrances"): Power.RUN_PANELS,
    ("POST", "/api/v1/sites/{site}/entrances"): Power.EDIT_ENTRANCES,
    ("GET", "/api/v1/sites/{site}/entrances/{entrance}"): Power.RUN_PANELS,
    ("PUT", "/api/v1/sites/{site}/entrances/{entrance}"): Power.EDIT_ENTRANCES,
    ("DELETE", "/api/v1/sites/{site}/entrances/{entrance}"): Power.EDIT_ENTRANCES,
    ("GET", "/api/v1/sites/{site}/entrances/{entrance}/fence"): Power.EDIT_SITE,
    ("PUT", "/api/v1/sites/{site}/entrances/{entrance}/fence"): Power.EDIT_SITE,
    ("POST", "/api/v1/sites/{site}/entrances/{entrance}/fence/try"): Power.EDIT_SITE,
    ("PUT", "/api/v1/sites/{site}/entrances/{entrance}/tone"): Power.EDIT_SITE,
    ("POST", "/api/v1/sites/{site}/entrances/{entrance}/pairing-code"): Power.RUN_PANELS,
    ("POST", "/api/v1/sites/{site}/entrances/{entrance}/locks"): Power.EDIT_ENTRANCES,
    ("GET", "/api/v1/sites/{site}/locks"): Power.RUN_PANELS,
    ("PUT", "/api/v1/sites/{site}/locks/{lock}"): Power.EDIT_ENTRANCES,
    ("DELETE", "/api/v1/sites/{site}/locks/{lock}"): Power.EDIT_ENTRANCES,
    ("GET", "/api/v1/sites/{site}/panels"): Power.RUN_PANELS,
    ("PUT", "/api/v1/sites/{site}/panels/{panel}"): Power.RUN_PANELS,
    ("PUT", "/api/v1/sites/{site}/panels/{panel}/entrance"): Power.RUN_PANELS,
    ("PUT", "/api/v1/sites/{site}/panels/{panel}/pin"): Power.RUN_PANELS,
    ("DELETE", "/api/v1/sites/{site}/panels/{panel}"): Power.RUN_PANELS,
    ("GET", "/api/v1/sites/{site}/staff"): Power.APPOINT_INSTALLER,
    ("POST", "/api/v1/sites/{site}/staff"): Power.APPOINT,
    ("DELETE", "/api/v1/sites/{site}/staff/{account}/admin"): Power.APPOINT,
    ("DELETE", "/api/v1/sites/{site}/staff/{account}/auditor"): Power.APPOINT,
    ("POST", "/api/v1/sites/{site}/installers"): Power.APPOINT_INSTALLER,
    ("DELETE", "/api/v1/sites/{site}/installers/{account}"): Power.APPOINT_INSTALLER,
    ("GET", "/api/v1/sites/{site}/ownership"): Power.TRANSFER,
    ("POST", "/api/v1/sites/{site}/ownership"): Power.TRANSFER,
    ("GET", "/admin/{site}/import"): Power.EDIT_RESIDENTS,
    ("POST", "/admin/{site}/import"): Power.EDIT_RESIDENTS,
    ("GET", "/admin/{site}/import/template.csv"): Power.EDIT_RESIDENTS,
    ("GET", "/admin/{site}/import/{list}"): Power.EDIT_RESIDENTS,
    ("POST", "/admin/{site}/import/{list}"): Power.EDIT_RESIDENTS,
    ("GET", "/admin/{site}/import/{list}/errors.csv"): Power.EDIT_RESIDENTS,
    ("GET", "/admin/{site}/residents.csv"): Power.EDIT_RESIDENTS,
    ("GET", "/admin/{site}/checklist"): Power.RUN_PANELS,
    ("POST", "/admin/{site}/checklist/check"): Power.RUN_PANELS,
    ("POST", "/admin/{site}/checklist/letter"): Power.RUN_PANELS,
    ("POST", "/admin/{site}/checklist/release"): Power.EDIT_SITE,
    ("POST", "/admin/{site}/checklist/reopen"): Power.EDIT_SITE,
    ("GET", "/api/v1/sites/{site}/checklist"): Power.RUN_PANELS,
    ("POST", "/api/v1/sites/{site}/checklist/check"): Power.RUN_PANELS,
    ("POST", "/api/v1/sites/{site}/checklist/release"): Power.EDIT_SITE,
    ("POST", "/api/v1/sites/{site}/checklist/reopen"): Power.EDIT_SITE,
    ("GET", "/admin/{site}/log"): Power.READ_LOG,
    ("GET", "/admin/{site}/log.csv"): Power.READ_LOG,
    ("POST", "/api/v1/sites/{site}/imports"): Power.EDIT_RESIDENTS,
    ("GET", "/api/v1/sites/{site}/imports/{list}"): Power.EDIT_RESIDENTS,
    ("POST", "/api/v1/sites/{site}/imports/{list}"): Power.EDIT_RESIDENTS,
    ("GET", "/api/v1/sites/{site}/residents.csv"): Power.EDIT_RESIDENTS,
    ("GET", "/api/v1/sites/{site}/log"): Power.READ_LOG,
    ("GET", "/api/v1/sites/{site}/log.csv"): Power.READ_LOG,
    ("GET", "/api/v1/sites/{site}/overview"): Power.READ_LOG,
    ("POST", "/language"): Needs.NOBODY,
    ("GET", "/static/words/{language}.json"): Needs.NOBODY,
    ("GET", "/.well-known/change-password"): Needs.NOBODY,
    ("GET", "/forgot-password"): Needs.NOBODY,
    ("POST", "/forgot-password"): Needs.NOBODY,
    ("GET", "/reset-password/{token}"): Needs.NOBODY,
    ("POST", "/reset-password/{token}"): Needs.NOBODY,
    ("POST", "/api/v1/forgot-password"): Needs.NOBODY,
    ("POST", "/api/v1/reset-password"): Needs.NOBODY,
    ("GET", "/account"): Needs.SESSION,
    ("POST", "/account"): Needs.SESSION,
    ("POST", "/account/language"): Needs.SESSION,
    ("POST", "/account/phone"): Needs.SESSION,
    ("POST", "/account/phone/confirm"): Needs.SESSION,
    ("POST", "/account/phone/resend"): Needs.SESSION,
    ("POST", "/account/phone/forget"): Needs.SESSION,
    ("POST", "/account/phone/remove"): Needs.SESSION,
    ("GET", "/account/password"): Needs.SESSION,
    ("POST", "/account/password"): Needs.SESSION,
    ("GET", "/account/pin"): Needs.SESSION,
    ("POST", "/account/pin"): Needs.SESSION,
    ("POST", "/account/pin/remove"): Needs.SESSION,
    ("GET", "/api/v1/account/opening-pin"): Needs.SESSION,
    ("PUT", "/api/v1/account/opening-pin"): Needs.SESSION,
    ("POST", "/api/v1/account/opening-code"): Needs.SESSION,
    ("GET", "/account/sessions"): Needs.SESSION,
    ("POST", "/account/sessions/{session}/end"): Needs.SESSION,
    ("POST", "/account/sessions/end-others"): Needs.SESSION,
    ("GET", "/account/data"): Needs.SESSION,
    ("GET", "/account/data/export"): Needs.SESSION,
    ("POST", "/account/data/delete"): Needs.SESSION,
    ("POST", "/account/data/withdraw"): Needs.SESSION,
    ("GET", "/api/v1/account"): Needs.SESSION,
    ("PUT", "/api/v1/account/name"): Needs.SESSION,
    ("PUT", "/api/v1/account/language"): Needs.SESSION,
    ("POST", "/api/v1/account/phone"): Needs.SESSION,
    ("POST", "/api/v1/account/phone/confirm"): Needs.SESSION,
    ("POST", "/api/v1/account/phone/resend"): Needs.SESSION,
    ("DELETE", "/api/v1/account/phone"): Needs.SESSION,
    ("POST", "/api/v1/account/password"): Needs.SESSION,
    ("GET", "/api/v1/account/sessions"): Needs.SESSION,
    ("DELETE", "/api/v1/account/sessions"): Needs.SESSION,
    ("DELETE", "/api/v1/account/sessions/{session}"): Needs.SESSION,
    ("GET", "/api/v1/account/data"): Needs.SESSION,
    ("GET", "/api/v1/account/deletion"): Needs.SESSION,
    ("POST", "/api/v1/account/deletion"): Needs.SESSION,
    ("DELETE", "/api/v1/account/deletion"): Needs.SESSION,
    ("GET", "/admin/{site}/consents"): Power.CONSENT,
    ("POST", "/admin/{site}/consents/{account}"): Power.CONSENT,
    ("GET", "/api/v1/sites/{site}/consents"): Power.CONSENT,
    ("POST", "/api/v1/sites/{site}/consents/{account}"): Power.CONSENT,
    ("GET", "/livez"): Needs.NOBODY,
    ("GET", "/readyz"): Needs.NOBODY,
}
"""Who may call what: `Needs`, or a power at the path's site. A new route is written down here, by somebody
who has thought about it."""
SITE = "birkenhof"
WITHOUT_BODY = {
    ("POST", "/api/v1/devices/{device}/push/lost"),
    ("POST", "/e/{code}/stay"),
    ("POST", "/api/v1/sites/{site}/entrances/{entrance}/sign"),
    ("POST", "/api/v1/sites/{site}/residents/{resident}/invitation"),
    ("POST", "/api/v1/sites/{site}/residents/{resident}/deactivate"),
    ("POST", "/api/v1/sites/{site}/residents/{resident}/activate"),
    ("POST", "/api/v1/account/phone/resend"),
    ("POST", "/api/v1/sites/{site}/consents/{account}"),
    ("POST", "/account/security/recovery-code"),
    ("POST", "/account/security/methods/{method}/resend"),
    ("POST", "/account/security/methods/{method}/remove"),
    ("POST", "/account/security/trusted-devices/forget"),
    ("POST", "/account/security/trusted-devices/{device}/forget"),
    ("POST", "/account/security/providers/{provider}/unlink"),
    ("POST", "/api/v1/account/second-factor/recovery-code"),
    ("POST", "/api/v1/account/second-factor/app"),
    ("POST", "/api/v1/account/second-factor/email"),
    ("POST", "/api/v1/account/second-factor/methods/{method}/resend"),
    ("POST", "/api/v1/account/second-factor/passkeys/options"),
    ("POST", "/sign-out"),
    ("POST", "/api/v1/history/seen"),
    ("POST", "/api/v1/devices/{device}/test-ring"),
    ("POST", "/api/v1/sites/{site}/entrances/{entrance}/pairing-code"),
}
"""Changes that need nothing said: the address says it all. (DELETE never has a body.)"""
OPEN_TO_ALL: dict[tuple[str, str], set[int]] = {
    ("GET", "/sign-in/second-step"): {303},
    ("GET", "/.well-known/change-password"): {302},
    ("POST", "/api/v1/sign-in/passkey/options"): {200},
}
"""What else a route that needs nobody answers to an empty request."""
FOREIGN = "This request came from another site's page."
UNGUARDED = {
    ("GET", "/static"),
    ("HEAD", "/static"),
    ("GET", "/ringtones"),
    ("HEAD", "/ringtones"),
    ("GET", "/favicon.ico"),
    ("HEAD", "/favicon.ico"),
    *((method, "/socket.io/") for method in ("GET", "HEAD", "POST", "OPTIONS")),
}
"""Files that everybody may have, and the socket server with its own door (`test_bad_input`, `test_calls`)."""


@dataclasses.dataclass
class Built:
    """An application and the table it was made of."""

    app: web.Application
    table: list[Route]


@pytest.fixture
async def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Built]:
    """The application as the composition root puts it together."""
    table: list[Route] = []
    install = http_routes.install

    def spy(app: web.Application, routes: list[Route], *others: object) -> None:
        table.extend(routes)
        install(app, routes, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(http_routes, "install", spy)
    settings = Settings(data=tmp_path / "data")
    prepare(settings)
    server = await build(settings)
    yield Built(server.app, table)
    runner = web.AppRunner(server.app)  # started and stopped once: that closes its files
    await runner.setup()
    await runner.cleanup()


async def test_every_route_of_the_application_stands_in_the_guarded_table(built: Built) -> None:
    served = {
        (route.method, route.resource.canonical) for route in built.app.router.routes() if route.resource
    }
    guarded = {(route.method, route.path) for route in built.table}
    assert served - guarded == UNGUARDED
    assert len(guarded) == len(built.table), "a route stands there twice"


async def test_every_route_states_who_may_call_it_as_written_here(built: Built) -> None:
    assert {(route.method, route.path): route.needs for route in built.table} == RULES


async def test_a_route_that_needs_a_power_names_the_site_and_one_that_changes_it_needs_more_than_a_session(
    built: Built,
) -> None:
    for route in built.table:
        if isinstance(route.needs, Power):
            assert "{site}" in route.path, route.path
        elif "{site}" in route.path:
            assert route.needs is not Needs.ADMIN, f"{route.path}: which power of that site?"


async def test_every_route_that_changes_something_has_a_schema_that_refuses_unknown_keys(
    built: Built,
) -> None:
    for route in built.table:
        name = (route.method, route.path)
        if route.method in ("GET", "DELETE") or name in WITHOUT_BODY:
            assert route.body is None, name
        else:
            assert route.body is not None, name
        for model in (route.body, route.query):
            if model is not None:
                assert issubclass(model, Body)
                assert model.model_config["extra"] == "forbid"
                assert not list(_boundless(model.model_json_schema())), name


def _boundless(schema: Any, at: str = "") -> Iterator[str]:
    """Where in a schema a text may be of any length."""
    if isinstance(schema, dict):
        if schema.get("type") == "string" and not {"maxLength", "enum", "const", "format"} & set(schema):
            yield at
        for key, inner in schema.items():
            yield from _boundless(inner, f"{at}.{key}")
    elif isinstance(schema, list):
        for inner in schema:
            yield from _boundless(inner, at)


ROUTES = sorted(RULES)


def somebody(house: House, route: tuple[str, str]) -> dict[str, str]:
    """The cookies of somebody whom the route lets in: Marta, or Ben, who is made manager of his unit."""
    if RULES[route] is not Power.EDIT_HOUSEHOLD:
        return house.as_("marta")
    house.change(
        "intercom.db",
        "INSERT INTO memberships (account, site, role, unit) SELECT account, site, 'manager', unit"
        " FROM memberships m JOIN accounts a ON a.id = m.account WHERE a.email LIKE 'ben%' AND NOT EXISTS"
        " (SELECT 1 FROM memberships n WHERE n.account = m.account AND n.role = 'manager')",
    )
    return house.as_("ben")


def filled(path: str) -> str:
    """The path with the demonstration's site in it, and ids of nothing."""
    return re.sub(r"\{(\w+)[^}]*\}", lambda name: {"site": SITE}.get(name[1], "no-such-id"), path)


def _plain(house: House, route: tuple[str, str], **more: object) -> Answer:
    method, path = route
    body = {} if method == "GET" else {"json_body": {}}
    return house.ask(method, filled(path), address=fresh_address(), **body, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_a_route_called_without_a_session_answers_as_its_rule_says(
    house: House, route: tuple[str, str]
) -> None:
    for cookies in ({}, {house.session_cookie: "x" * 43}, {house.session_cookie: "x" * 5000}):
        answer = _plain(house, route, cookies=cookies)
        assert answer.status < 500, answer
        if RULES[route] is Needs.NOBODY:
            named = {404, 410} if "{" in route[1] else set()
            expected = {200} if route[0] == "GET" else {401, 422}
            assert answer.status in expected | named | OPEN_TO_ALL.get(route, set()), answer
        elif route[1].startswith("/api/"):
            assert answer.status == 401, answer
            assert answer.header("Content-Type") == "application/problem+json"
            assert answer.json["code"] == "not_signed_in"
        else:
            assert answer.status == 303, answer
            assert (answer.header("Location") or "").split("?")[0] == "/sign-in", answer


RUN_BY_SOMEBODY = [r for r in ROUTES if RULES[r] is Needs.ADMIN or isinstance(RULES[r], Power)]


@pytest.mark.parametrize("route", RUN_BY_SOMEBODY, ids=" ".join)
def test_a_resident_who_runs_nothing_is_refused_at_every_route_of_those_who_do(
    house: House, route: tuple[str, str]
) -> None:
    answer = _plain(house, route, cookies=house.as_("ferhat"))
    assert answer.status == 403, answer


CHANGES = [route for route in ROUTES if route[0] != "GET"]
WITH_BODY = [route for route in CHANGES if route not in WITHOUT_BODY and route[0] != "DELETE"]


@pytest.mark.parametrize("route", CHANGES, ids=" ".join)
def test_a_change_asked_for_by_another_sites_page_is_refused(house: House, route: tuple[str, str]) -> None:
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "nonsense", "Origin": house.base},
    ):
        answer = _plain(house, route, cookies=somebody(house, route), headers=headers)
        assert (answer.status, answer.json["code"]) == (403, "not_allowed"), (headers, answer)
        assert not answer.set_cookies()
    if route not in WITH_BODY:
        return  # it would be done
    for headers in ({"Origin": house.base}, {"Sec-Fetch-Site": "same-origin", "Origin": house.base}):
        answer = house.ask(
            route[0],
            filled(route[1]),
            json_body={"unknown": 1},
            cookies=somebody(house, route),
            headers=headers,
            address=fresh_address(),
        )
        own = answer.status != 403 or FOREIGN not in answer.text
        assert own, (headers, answer)


UNREADABLE = [
    ("application/json", b""),
    ("application/json", b"{"),
    ("application/json", b"[]"),
    ("application/json", b"null"),
    ("application/json", b'{"a":NaN}'),
    ("application/json", b'"\xff\xfe"'),
    ("application/json", b'{"email":"\\ud800"}'),
    ("application/json", b"[" * 50_000),
    ("application/json", b'{"unknown":1}'),
    ("application/json", b'{"__proto__":{}}'),
    ("application/x-www-form-urlencoded", b"\xff=\xff&&&=%zz%"),
    ("application/x-www-form-urlencoded", b"unknown=1"),
    ("application/x-www-form-urlencoded; charset=nonsense", b"a=1"),
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=b", b"--b\r\nnonsense\r\n--b--"),
    ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n'),
    ("text/plain", b"{}"),
    ("nonsense", b"\x00"),
]


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_a_body_that_cannot_be_read_or_does_not_fit_is_refused_in_words(
    house: House, route: tuple[str, str]
) -> None:
    for kind, body in UNREADABLE:
        answer = house.ask(
            route[0],
            filled(route[1]),
            body=body,
            headers={"Content-Type": kind},
            cookies=somebody(house, route),
            address=fresh_address(),
        )
        # the sign-in form may be empty: that is a wrong password, in words
        expected = {401, 422} if route == ("POST", "/sign-in") else {422}
        if RULES[route] is Power.EDIT_HOUSEHOLD:
            expected = {403, 422}  # the demonstration's site lets no manager do anything
        if "{" in route[1].replace("{site}", "") and not route[1].startswith("/api/"):
            expected |= {404, 410}  # the form would be shown again with what it is about: not there, or over
        assert answer.status in expected, (kind, body[:40], answer)
        if route[1].startswith("/api/"):
            told = answer.json
            assert told["code"] in ("bad_message", "invalid"), (kind, body[:40], answer)
            assert told["detail"]
            if told["code"] == "invalid":  # a sentence for each field
                assert told["details"]["fields"], answer
                assert all(told["details"]["fields"].values()), answer


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_a_body_over_the_limit_is_refused_with_413(house: House, route: tuple[str, str]) -> None:
    for kind, body in (
        ("application/json", b'{"code":"' + b"x" * 70_000 + b'"}'),
        ("application/x-www-form-urlencoded", b"email=" + b"x" * 70_000),
    ):
        answer = house.ask(
            route[0],
            filled(route[1]),
            body=body,
            headers={"Content-Type": kind},
            cookies=somebody(house, route),
            address=fresh_address(),
        )
        assert answer.status == 413, answer
        assert answer.json["code"] == "too_large"
