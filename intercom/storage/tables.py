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
)

entrances = Table(
    "entrances",
    metadata,
    Column("id", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("position", Integer, nullable=False, server_default="0"),
)

locks = Table(
    "locks",
    metadata,
    Column("id", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False),
    Column("entrance", String, ForeignKey("entrances.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("open_seconds", Float, nullable=False, server_default="5"),
    Column("position", Integer, nullable=False, server_default="0"),
)

units = Table(
    "units",
    metadata,
    Column("id", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("floor", String, nullable=False, server_default=""),
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
)

memberships = Table(
    "memberships",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False, index=True),
    Column("role", String, nullable=False),
    Column("unit", String, ForeignKey("units.id"), index=True),
    UniqueConstraint("account", "site", "role", "unit"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", String, primary_key=True),
    Column("site", String, ForeignKey("sites.id"), nullable=False, index=True),
    Column("unit", String, ForeignKey("units.id")),
    Column("account", String, ForeignKey("accounts.id")),
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
)

devices = Table(
    "devices",
    metadata,
    Column("id", String, primary_key=True),
    Column("account", String, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("session", String, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("dnd", Boolean, nullable=False, server_default="0"),
    Column("created_at", Float, nullable=False),
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
)

pairing_codes = Table(
    "pairing_codes",
    metadata,
    Column("code_hash", String, primary_key=True),
    Column("entrance", String, ForeignKey("entrances.id"), nullable=False),
    Column("expires_at", Float, nullable=False),
    Index("ix_pairing_codes_entrance", "entrance"),
)
