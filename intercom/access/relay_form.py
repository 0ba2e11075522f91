"""What an installer types for a relay or controller, and the core made of it."""

from __future__ import annotations

import re
import ssl
from urllib.parse import urlsplit

from intercom.access.catalog import Make, Outfit
from intercom.access.fill import has_places
from intercom.access.relay import Meaning, RelayCore, Wiring
from intercom.access.said import Rules, rules
from intercom.domain.errors import Invalid
from intercom.domain.ids import Secret
from intercom.domain.language import N_
from intercom.ports import Ask, CoreField, CoreKind

_METHODS = ("GET", "POST", "PUT", "PATCH")
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "expect"})
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

KIND = CoreKind(
    "http",
    N_("Relay or controller (HTTP)"),
    (
        CoreField(
            "address",
            N_("Address of the command"),
            Ask.ADDRESS,
            N_(
                "These are filled in: %(names)s. An example: %(example)s",
                names="{lock}, {request}, {seconds}",
                example="http://192.168.1.40/relay/{lock}?turn=on",
            ),
        ),
        CoreField(
            "method",
            N_("Method"),
            Ask.CHOICE,
            default="GET",
            choices=tuple((name, name) for name in _METHODS),
        ),
        CoreField("body", N_("Body"), Ask.LONG, required=False),
        CoreField(
            "headers",
            N_("Headers"),
            Ask.SECRET,
            N_("Name: value. Several are parted by | with a space on both sides."),
            required=False,
        ),
        CoreField("user", N_("User name"), required=False),
        CoreField("password", N_("Password"), Ask.SECRET, required=False),
        CoreField(
            "sign_in",
            N_("Kind of sign-in"),
            Ask.CHOICE,
            default="basic",
            choices=(("basic", "Basic"), ("digest", "Digest")),
        ),
        CoreField("certificate", N_("Certificate of its issuer (PEM)"), Ask.LONG, required=False),
        CoreField(
            "taken",
            N_("The answer means: taken"),
            hint=N_("A status or a value in its JSON: 2xx and relay.on = true"),
            default="2xx",
        ),
        CoreField("refused", N_("The answer means: refused"), default="4xx", required=False),
        CoreField("offline", N_("The answer means: offline"), default="503", required=False),
        CoreField("opened", N_("The answer means: opened"), required=False),
        CoreField(
            "status_address",
            N_("Address of the status"),
            Ask.ADDRESS,
            N_("On the same host. Without it, only whether the host answers is known."),
            required=False,
        ),
        CoreField("online", N_("The status means: online"), default="2xx"),
        CoreField("open", N_("The status means: open"), required=False),
        CoreField("held", N_("The status means: held open"), required=False),
        CoreField("low", N_("The status means: battery low"), required=False),
        CoreField("every", N_("Look every (seconds)"), Ask.NUMBER, default="15", least=1, most=3600),
    ),
    lock_label=N_("Its name in the controller"),
)


def build(outfit: Outfit) -> RelayCore:
    """A core of what was typed. Raises `Invalid`."""
    given, secrets, faults = outfit.settings, outfit.secrets, dict[str, str]()

    def read(name: str) -> Rules:
        try:
            return rules(given[name])
        except ValueError as error:
            faults[name] = error.args[0]
            return Rules()

    meaning = Meaning(*map(read, ("taken", "refused", "offline", "opened", "online", "open", "held", "low")))
    headers: dict[str, Secret] = {}
    try:
        headers = _headers(secrets.get("headers", Secret("")))
    except ValueError as error:
        faults["headers"] = error.args[0]
    address, status_address = given["address"], given["status_address"]
    if has_places(urlsplit(address).netloc):
        faults["address"] = N_("The host’s name must be written out.")
    elif status_address and urlsplit(status_address).hostname != urlsplit(address).hostname:
        faults["status_address"] = N_("The status must be on the same host.")
    tls = None
    if given["certificate"]:
        try:
            tls = ssl.create_default_context(cadata=given["certificate"])
        except (ssl.SSLError, ValueError):
            faults["certificate"] = N_("This is no certificate (PEM).")
    if faults:
        raise Invalid(**faults)
    return RelayCore(
        Wiring(
            address=address,
            method=given["method"],
            meaning=meaning,
            body=given["body"],
            headers=headers,
            user=given["user"],
            password=secrets.get("password"),
            digest=given["sign_in"] == "digest",
            tls=tls,
            status_address=status_address,
            every=float(given["every"]),
        ),
        outfit.now,
    )


def _headers(typed: Secret) -> dict[str, Secret]:
    """Headers, one a line, or parted as the form's hint says. Raises `ValueError` with a sentence."""
    found: dict[str, Secret] = {}
    for line in typed.reveal().replace(" | ", "\n").splitlines():
        if not line.strip():
            continue
        name, colon, value = line.strip().partition(":")
        if not colon or not _HEADER.fullmatch(name) or name.casefold() in _OWN_HEADERS:
            raise ValueError(N_("A header is its name, a colon, its value."))
        found[name] = Secret(value.strip())
    return found


MAKE = Make(KIND, build)
