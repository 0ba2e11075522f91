"""Settings: `INTERCOM_*` in the environment, and an optional TOML file. All faults are told at once.

`docs/intercom.toml` is the annotated sample; a test loads it.
"""

from __future__ import annotations

import os
import re
import tomllib
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict


class ConfigError(Exception):
    """The settings cannot be used; the text says what to change, one fault a line."""


def _words(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


Addresses = Annotated[list[str], NoDecode, BeforeValidator(_words)]
"""A list; in the environment, parted by commas or spaces."""


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError(f"{value} is no address or network, as 127.0.0.1 or 10.0.0.0/8") from None


Networks = Annotated[list[Annotated[str, AfterValidator(_network)]], NoDecode, BeforeValidator(_words)]
"""A list of addresses or networks."""


def _tiles(value: str) -> str:
    parts = urlsplit(value)
    here = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not (parts.scheme == "https" and parts.hostname) and not here:
        raise ValueError("map_tiles must be an https address")
    if not re.fullmatch(r"[\w.:\[\]-]+", parts.netloc, re.ASCII) or not all(
        place in value for place in ("{z}", "{x}", "{y}")
    ):
        raise ValueError(
            "map_tiles needs {z}, {x} and {y}, and one host: https://tile.example/{z}/{x}/{y}.png"
        )
    return value


def _broker(value: str) -> None:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("mqtt", "mqtts") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
        parts = urlsplit("")
    if not good or parts.path.strip("/") or parts.username or parts.query:
        raise ValueError("mqtt_url is an address as mqtt://broker:1883 or mqtts://broker:8883")
    if find_spec("aiomqtt") is None:
        raise ValueError("mqtt_url needs an extra that is not installed: pip install 'intercom[mqtt]'")


class SignInProvider(BaseModel):
    """An OpenID provider through which people may sign in."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="its name in this server's addresses")
    label: str = Field(min_length=1, max_length=40, description="what stands on its button")
    issuer: str = Field(max_length=500, description="its issuer, as it publishes it")
    client_id: str = Field(min_length=1, max_length=500)
    client_secret: SecretStr | None = None

    @model_validator(mode="after")
    def _over_tls(self) -> SignInProvider:
        parts = urlsplit(self.issuer)
        here = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        if not (parts.scheme == "https" and parts.hostname) and not here:
            raise ValueError("issuer must be an https address")
        return self


class Settings(BaseSettings):
    """What whoever runs the server can set."""

    model_config = SettingsConfigDict(env_prefix="INTERCOM_", extra="forbid")

    data: Path = Field(default=Path("data"), description="folder for databases, mail and the door journal")
    host: str = Field(default="localhost", description="address to listen on; 0.0.0.0 for all")
    port: int = Field(default=8080, ge=1, le=65535, description="port to listen on")
    certificate: Path | None = Field(default=None, description="TLS certificate chain, PEM")
    key: Path | None = Field(default=None, description="its private key, PEM")
    behind_https: bool = Field(default=False, description="a proxy in front speaks https")
    trusted_proxies: Networks = Field(
        default=[], description="addresses or networks of proxies whose X-Forwarded-For is believed"
    )
    mail_folder: Path | None = Field(default=None, description="where letters are put; default: data/mail")
    mail_sender: str = Field(default="intercom@localhost", description="sender of letters")
    smtp_host: str | None = Field(
        default=None, description="mail server; without, letters are put in a folder"
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="its port")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="how it is spoken to"
    )
    smtp_user: str | None = Field(default=None, description="name to sign in with at the mail server")
    smtp_password: SecretStr | None = Field(default=None, description="its password")
    smtp_ca: Path | None = Field(default=None, description="trust these certificates for it, PEM")
    public_url: HttpUrl | None = Field(default=None, description="what links in letters hang on")
    providers: list[SignInProvider] = Field(
        default=[], description="OpenID providers through which people may sign in"
    )
    stun: Addresses = Field(default=[], description="STUN servers, stun:host:port")
    turn: Addresses = Field(default=[], description="TURN servers, turn:host:port")
    turn_secret: SecretStr | None = Field(default=None, description="coturn's static-auth-secret")
    relay_only: bool = Field(
        default=False, description="all picture and sound goes through TURN, so that nobody learns an address"
    )
    push_contact: str = Field(
        default="mailto:admin@localhost", description="whom push services may write to: mailto: or https:"
    )
    push_services: Addresses = Field(
        default=[
            "fcm.googleapis.com",
            "updates.push.services.mozilla.com",
            ".push.apple.com",
            ".notify.windows.com",
        ],
        description="push services that may be contacted; an address with a scheme is one of your own",
    )
    map_tiles: Annotated[str, AfterValidator(_tiles)] | None = Field(
        default=None, description="pictures under the map of a fence; without, it is a plain grid"
    )
    map_credit: str = Field(default="", max_length=200, description="who made them, as they want it said")
    mqtt_url: str | None = Field(
        default=None,
        description="broker that Home Assistant listens to, mqtt://host:1883 or mqtts://host:8883",
    )
    mqtt_user: str = Field(default="", description="name to sign in with at the broker")
    mqtt_password: SecretStr | None = Field(default=None, description="its password")
    mqtt_ca: Path | None = Field(default=None, description="trust these certificates for it, PEM")
    mqtt_name: str = Field(
        default="intercom",
        pattern=r"^[a-zA-Z0-9_]{1,32}$",
        description="first level of our topics; another one for each server on a broker",
    )
    mqtt_discovery: str = Field(
        default="homeassistant",
        pattern=r"^[a-zA-Z0-9_-]{1,64}$",
        description="Home Assistant's prefix of announcements",
    )
    heartbeat_seconds: float = Field(
        default=16,
        gt=0.1,
        le=60,
        description="how often each connection is asked for a sign of life; one that is silent is missed "
        "within twice that",
    )
    panel_letter_seconds: float = Field(
        default=25, gt=0, le=86400, description="how long a panel is away before a letter says so"
    )
    ring_seconds: float = Field(default=45, gt=0, le=600, description="how long it rings")
    grace_seconds: float = Field(
        default=15, gt=0, le=120, description="how long a call waits for a lost side"
    )
    talk_seconds: float = Field(
        default=300, gt=0, le=7200, description="longest talk; a resident makes it longer by as much again"
    )
    early_legs: int = Field(
        default=3,
        ge=0,
        le=10,
        description="how many ringing devices are connected before anybody answers; 0: only who answers",
    )
    decline_ends_call: bool = Field(default=False, description="one decline ends the ring for the household")
    retention_days: int = Field(default=30, ge=1, le=3650, description="how long past calls are kept")
    log_format: Literal["console", "json"] = Field(default="console")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info")
    argon2_memory_kib: int = Field(default=65536, ge=8192, description="lower it on small boards")
    ring_limit: str = Field(default="30 per minute", description="rings of one panel")
    open_limit: str = Field(default="60 per minute", description="presses on Open of one person")

    @property
    def secure(self) -> bool:
        """People reach the server over https."""
        return self.certificate is not None or self.behind_https

    @property
    def url(self) -> str:
        """Where this machine reaches the server."""
        host = "localhost" if self.host in ("0.0.0.0", "::", "127.0.0.1", "localhost", "") else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"

    @property
    def link_base(self) -> str:
        """What links in letters hang on, without a slash at its end."""
        return str(self.public_url).rstrip("/") if self.public_url else self.url

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together: set both or none")
        if self.turn and self.turn_secret is None:
            raise ValueError("turn needs turn_secret")
        if self.relay_only and not self.turn:
            raise ValueError("relay_only needs turn")
        if self.mqtt_url is not None:
            _broker(self.mqtt_url)
        if len({provider.id for provider in self.providers}) < len(self.providers):
            raise ValueError("two providers have the same id")
        if self.smtp_user and self.smtp_tls == "none":
            raise ValueError("smtp_user needs TLS: a password is not sent in clear")
        if self.smtp_user and not self.smtp_password:
            raise ValueError("smtp_user and smtp_password belong together: set both or none")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment; the file is merged in by `load`."""
        return init_settings, env_settings


def load(file: Path | None = None, **given: Any) -> Settings:
    """The settings from arguments, then environment, then the TOML file. Raises `ConfigError`."""
    from_file: dict[str, Any] = {}
    if file is not None:
        try:
            from_file = tomllib.loads(file.read_text())
        except OSError as error:
            raise ConfigError(f"{file} cannot be read: {error.strerror}.") from None
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{file} is not valid TOML: {error}.") from None
    values = {key: value for key, value in given.items() if value is not None}
    environment = {
        name.lower().removeprefix("intercom_") for name in os.environ if name.upper().startswith("INTERCOM_")
    }
    merged = {key: value for key, value in from_file.items() if key not in environment} | values
    try:
        return Settings(**merged)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise ConfigError("\n".join(faults)) from None
