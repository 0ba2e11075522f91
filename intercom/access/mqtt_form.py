"""What an installer types for locks on an MQTT broker, and the core made of it."""

from __future__ import annotations

import ssl

from intercom.access.catalog import Make, Outfit
from intercom.access.mqtt import MqttCore, Wiring
from intercom.access.mqtt_link import Address, installed
from intercom.access.said import Rules, rules
from intercom.domain.errors import Invalid
from intercom.domain.language import N_
from intercom.ports import Ask, CoreField, CoreKind

KIND = CoreKind(
    "mqtt",
    N_("Locks on an MQTT broker"),
    (
        CoreField("host", N_("Broker")),
        CoreField("port", N_("Port"), Ask.NUMBER, default="1883", least=1, most=65535),
        CoreField("tls", N_("Encrypted (TLS)"), Ask.SWITCH, default="false", required=False),
        CoreField("certificate", N_("Certificate of its issuer (PEM)"), Ask.LONG, required=False),
        CoreField("user", N_("User name"), required=False),
        CoreField("password", N_("Password"), Ask.SECRET, required=False),
        CoreField(
            "version", N_("MQTT version"), Ask.CHOICE, default="5", choices=(("5", "5"), ("3.1.1", "3.1.1"))
        ),
        CoreField(
            "command_topic",
            N_("Topic of the command"),
            hint=N_("%(names)s is filled in: %(example)s", names="{lock}", example="doors/{lock}/set"),
        ),
        CoreField(
            "command",
            N_("Text of the command"),
            Ask.LONG,
            N_(
                "These are filled in: %(names)s (the last one in Unix time).",
                names="{lock}, {request}, {seconds}, {expires}",
            ),
            default="UNLOCK",
        ),
        CoreField("state_topic", N_("Topic of the state"), required=False),
        CoreField(
            "open",
            N_("The state means: open"),
            hint=N_("A whole text, or a value in its JSON: = UNLOCKED or state = open"),
            default="= UNLOCKED",
            required=False,
        ),
        CoreField("closed", N_("The state means: locked"), default="= LOCKED", required=False),
        CoreField("held", N_("The state means: held open"), required=False),
        CoreField("low", N_("The state means: battery low"), required=False),
        CoreField(
            "online_topic",
            N_("Topic of the availability"),
            hint=N_("Where the lock says that it is there, and its last will that it is not."),
            required=False,
        ),
        CoreField("online", N_("The availability means: online"), default="= online"),
    ),
    lock_label=N_("Its name in the topics"),
)


def build(outfit: Outfit) -> MqttCore:
    """A core of what was typed. Raises `Invalid`."""
    given, faults = outfit.settings, dict[str, str]()
    if not installed():
        raise Invalid(host=N_("MQTT needs an extra that is not installed: pip install 'intercom[mqtt]'"))

    def read(name: str) -> Rules:
        try:
            return rules(given[name])
        except ValueError as error:
            faults[name] = error.args[0]
            return Rules()

    meaning = {name: read(name) for name in ("open", "closed", "held", "low", "online")}
    for topic in ("command_topic", "state_topic", "online_topic"):
        if set(given[topic]) & set("+#") or len(given[topic]) > 1000:
            faults[topic] = N_("A topic without + and #, please.")
    if given["state_topic"] and given["state_topic"] == given["command_topic"]:
        faults["state_topic"] = N_("Command and state need topics of their own.")
    tls = None
    try:
        if given["tls"] == "true":
            tls = ssl.create_default_context(cadata=given["certificate"] or None)
    except (ssl.SSLError, ValueError):
        faults["certificate"] = N_("This is no certificate (PEM).")
    if faults:
        raise Invalid(**faults)
    address = Address(
        given["host"],
        int(float(given["port"])),
        given["user"],
        outfit.secrets.get("password"),
        tls,
        given["version"] == "5",
    )
    wiring = Wiring(
        given["command_topic"], given["command"], given["state_topic"], given["online_topic"], **meaning
    )
    return MqttCore(address, wiring, outfit.now)


MAKE = Make(KIND, build)
