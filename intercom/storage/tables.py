"""The main file's tables. Rows become domain values in `repositories`, by explicit functions."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

sites = Table(
    "sites",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("plate", String, nullable=False),
    Column("time_zone", String, nullable=False, server_default="UTC"),
    Column("display", String, nullable=False, server_default="full"),
    Column("kind", String, nullable=False, server_default="residential"),
    Column("street", String, nullable=False, server_default=""),
    Column("postcode", String, nullable=False, server_default=""),
    Column("city", String, nullable=False, server_default=""),
    Column("country", String, nullable=False, server_default=""),
    Column("language", String, nullable=False, server_default="en"),
    Column("rules", Text, nullable=False, server_default="{}"),
    Column("created_at", Float, nullable=False, server_default="0"),
    Column("released_at", Float),
    Column("released_by", String),  # whoever released it without every check being green
)

entrances = Table(
    "entrances",
    metadata,
    Column("id", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("outdoor_tone", String),
    Column("code", String, unique=True),  # what its QR code says; none: no visitor's page
    Column("word", String),  # printed on the sign
    Column("fence_mode", String, nullable=False, server_default="off"),  # `FenceMode`
    Column("fence", Text),  # the geofence, JSON
)

old_codes = Table(
    "old_codes",
    metadata,
    Column("hash", String, primary_key=True),
    Column("entrance", String, ForeignKey("entrances.id"), nullable=False, index=True),
    Column("replaced_at", Float, nullable=False),
)

visitor_blocks = Table(
    "visitor_blocks",
    metadata,
    Column("visitor", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), primary_key=True),
    Column("until", Float, nullable=False),
    Column("blocked_by", String, ForeignKey("accounts.id"), index=True),
)

access_cores = Table(
    "access_cores",
    metadata,
    Column("site", String, ForeignKey("sites.id"), primary_key=True),
    Column("kind", String, nullable=False),
    Column("settings", Text, nullable=False, server_default="{}"),
    Column("secrets", Text),  # sealed by the server's own key
    Column("state", Text),  # what the core's adapter keeps for itself, sealed
    Column("changed_at", Float, nullable=False),
)

opening_pins = Table(
    "opening_pins",
    metadata,
    Column("account", String, ForeignKey("accounts.id"), primary_key=True),
    Column("pin_hash", String, nullable=False),
    Column("secret", Text, nullable=False),  # Codes are made from it; sealed by the server's own key
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("blocked_until", Float),
    Column("set_at", Float, nullable=False),
)

duty = Table(
    "duty",
    metadata,
    Column("site", String, ForeignKey("sites.id"), primary_key=True),
    Column("account", String, ForeignKey("accounts.id"), primary_key=True),
    Column("position", Integer, nullable=False, server_default="0"),
)

notes = Table(
    "notes",
    metadata,
    Column("call", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False, index=True),
    Column("caller", String, nullable=False),
    Column("text", String, nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("reply", String),
    Column("replied_by", String, ForeignKey("accounts.id"), index=True),
    Column("replied_at", Float),
)

checks = Table(
    "checks",
    metadata,
    Column("site", String, ForeignKey("sites.id"), primary_key=True),
    Column("kind", String, primary_key=True),  # a line of the commissioning checklist
    Column("subject", String, primary_key=True, server_default=""),  # a lock, an entrance
    Column("good", Boolean, nullable=False),
    Column("said", Text, nullable=False, server_default="{}"),
    Column("at", Float, nullable=False),
)

locks = Table(
    "locks",
    metadata,
    Column("id", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False),
    Column("entrance", String, ForeignKey("entrances.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("open_seconds", Float, nullable=False, server_default="5"),
    Column("core_ref", String),  # what the access core calls it; none: by our own id
    Column("position", Integer, nullable=False, server_default="0"),
)

floors = Table(
    "floors",
    metadata,
    Column("id", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("position", Integer, nullable=False, server_default="0"),
    UniqueConstraint("site", "name"),
)

units = Table(
    "units",
    metadata,
    Column("id", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("floor", String, ForeignKey("floors.id"), index=True),
    Column("hours", Text),  # opening hours of its own, JSON; none: the site's
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String, primary_key=True),
    Column("email", String, nullable=False),
    Column("email_key", String, nullable=False, unique=True),
    Column("first_name", String, nullable=False),
    Column("last_name", String, nullable=False),
    Column("password_hash", String),
    Column("active", Boolean, nullable=False, server_default="1"),
    Column("phone", String),
    Column("language", String),
    Column("quiet_zone", String),  # time zone of the quiet hours; none: the site's
    Column("second_factor", Boolean, nullable=False, server_default="0"),
    Column("recovery_hash", String),
    Column("vouched_by", String),  # see `Account`
    Column("created_at", Float, nullable=False, server_default="0"),
    Column("deleted_at", Float),
)

memberships = Table(
    "memberships",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False, index=True),
    Column("role", String, nullable=False),
    Column("unit", String, ForeignKey("units.id"), index=True),
    Column("standing", String, nullable=False, server_default="active"),
    Column("expires_at", Float),
    Column("created_at", Float, nullable=False, server_default="0"),
    UniqueConstraint("account", "site", "role", "unit"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False, index=True),
    Column("unit", String, ForeignKey("units.id"), index=True),
    Column("account", String, ForeignKey("accounts.id"), index=True),
    Column("alias", String),
    Column("contact", Boolean, nullable=False, server_default="0"),
    Column("policy", String),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("token_hash", String, nullable=False, unique=True),
    Column("account", String, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("agent", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("last_seen", Float),
)

devices = Table(
    "devices",
    metadata,
    Column("id", String, primary_key=True),
    Column("account", String, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("session", String, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("dnd", Boolean, nullable=False, server_default="0"),
    Column("let_through", Boolean, nullable=False, server_default="0"),
    Column("push_gone_at", Float),  # when its push service said that it is gone
    Column("ring_proven_at", Float),
    Column("ring_took", Float),  # seconds, at that time
    Column("created_at", Float, nullable=False),
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("device", String, ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True),
    Column("endpoint", String, nullable=False, unique=True),
    Column("p256dh", String, nullable=False),
    Column("auth", String, nullable=False),
    Column("created_at", Float, nullable=False),
)

quiet_spans = Table(
    "quiet_spans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("weekday", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
)

panels = Table(
    "panels",
    metadata,
    Column("id", String, primary_key=True),
    Column("entrance", String, ForeignKey("entrances.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("key_hash", String, nullable=False, unique=True),
    Column("enrolled_at", Float, nullable=False),
    Column("last_seen", Float),
    Column("revoked", Boolean, nullable=False, server_default="0"),
    Column("pin_hash", String),  # to leave the panel's page
    Column("offline_told_at", Float),  # when its silence was reported
)

pairing_codes = Table(
    "pairing_codes",
    metadata,
    Column("code_hash", String, primary_key=True),
    Column("entrance", String, ForeignKey("entrances.id"), nullable=False),
    Column("expires_at", Float, nullable=False),
    Index("ix_pairing_codes_entrance", "entrance"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False, index=True),
    Column("account", String, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("kind", String, nullable=False),  # profile | site
    Column("token_hash", String, nullable=False, unique=True),
    Column("code_hash", String, unique=True),  # of a printed letter
    Column("code_expires_at", Float),
    Column("state", String, nullable=False, server_default="waiting"),  # `InvitationState`
    Column("created_by", String, ForeignKey("accounts.id")),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("used_at", Float),
)

tokens = Table(
    "tokens",
    metadata,
    Column("hash", String, primary_key=True),
    Column("purpose", String, nullable=False),
    Column("account", String, ForeignKey("accounts.id"), index=True),
    Column("data", Text, nullable=False, server_default="{}"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)

factors = Table(
    "factors",
    metadata,
    Column("id", String, primary_key=True),
    Column("account", String, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("kind", String, nullable=False),  # app | email | sms | passkey
    Column("name", String, nullable=False, server_default=""),
    Column("secret", Text),  # sealed by the server's own key
    Column("credential", String, unique=True),  # a passkey's id, base64url
    Column("public_key", Text),
    Column("uses", Integer, nullable=False, server_default="0"),  # a passkey's counter, an app's last step
    Column("confirmed_at", Float),
    Column("created_at", Float, nullable=False),
)

trusted_devices = Table(
    "trusted_devices",
    metadata,
    Column("id", String, primary_key=True),
    Column("account", String, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("token_hash", String, nullable=False, unique=True),
    Column("agent", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("account", String, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("email", String, nullable=False),
    Column("created_at", Float, nullable=False),
)

letters = Table(
    "letters",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("language", String, nullable=False),
    Column("site", String, ForeignKey("sites.id"), index=True),
    Column("content", Text, nullable=False, server_default="{}"),  # emptied when it is sent or given up
    Column("about", String, nullable=False, server_default="", index=True),  # an invitation's id
    Column("created_at", Float, nullable=False),
    Column("good_until", Float),
    Column("next_at", Float, index=True),  # None: sent, or given up
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("sent_at", Float),
    Column("error", String),
)

deletion_consents = Table(
    "deletion_consents",
    metadata,
    Column("account", String, ForeignKey("accounts.id"), primary_key=True),
    Column("site", String, ForeignKey("sites.id"), primary_key=True),
    Column("asked_at", Float, nullable=False),
    Column("given_by", String, ForeignKey("accounts.id")),
    Column("given_at", Float),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False),
    Column("at", Float, nullable=False),
    Column("actor", String, ForeignKey("accounts.id")),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False, server_default=""),
    Column("details", Text, nullable=False, server_default="{}"),
    Index("ix_events_site_at", "site", "at"),
)
