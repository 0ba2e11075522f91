"""Sites, doors, units, people, entries, sessions, devices, panels.

Revision ID: main0001
"""

import sqlalchemy as sa
from alembic import op

revision = "main0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email_key", name=op.f("uq_accounts_email_key")),
    )
    op.create_table(
        "sites",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("plate", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), server_default="UTC", nullable=False),
        sa.Column("display", sa.String(), server_default="full", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )
    op.create_table(
        "entrances",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_entrances_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entrances")),
    )
    op.create_index(op.f("ix_entrances_site"), "entrances", ["site"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_sessions_account_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_account"), "sessions", ["account"], unique=False)
    op.create_table(
        "units",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("floor", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_units_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
    )
    op.create_index(op.f("ix_units_site"), "units", ["site"], unique=False)
    op.create_table(
        "devices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("dnd", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_devices_account_accounts")),
        sa.ForeignKeyConstraint(
            ["session"], ["sessions.id"], name=op.f("fk_devices_session_sessions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
    )
    op.create_index(op.f("ix_devices_account"), "devices", ["account"], unique=False)
    op.create_index(op.f("ix_devices_session"), "devices", ["session"], unique=False)
    op.create_table(
        "entries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("alias", sa.String(), nullable=True),
        sa.Column("contact", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("policy", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_entries_account_accounts")),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_entries_site_sites")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_entries_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
    )
    op.create_index(op.f("ix_entries_site"), "entries", ["site"], unique=False)
    op.create_table(
        "locks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("entrance", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("open_seconds", sa.Float(), server_default="5", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["entrance"], ["entrances.id"], name=op.f("fk_locks_entrance_entrances")),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_locks_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locks")),
    )
    op.create_index(op.f("ix_locks_entrance"), "locks", ["entrance"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_memberships_account_accounts")),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_memberships_site_sites")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_memberships_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("account", "site", "role", "unit", name=op.f("uq_memberships_account")),
    )
    op.create_index(op.f("ix_memberships_account"), "memberships", ["account"], unique=False)
    op.create_index(op.f("ix_memberships_site"), "memberships", ["site"], unique=False)
    op.create_index(op.f("ix_memberships_unit"), "memberships", ["unit"], unique=False)
    op.create_table(
        "pairing_codes",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("entrance", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entrance"], ["entrances.id"], name=op.f("fk_pairing_codes_entrance_entrances")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_pairing_codes")),
    )
    op.create_index("ix_pairing_codes_entrance", "pairing_codes", ["entrance"], unique=False)
    op.create_table(
        "panels",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("entrance", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("enrolled_at", sa.Float(), nullable=False),
        sa.Column("last_seen", sa.Float(), nullable=True),
        sa.Column("revoked", sa.Boolean(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["entrance"], ["entrances.id"], name=op.f("fk_panels_entrance_entrances")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panels")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_panels_key_hash")),
    )
    op.create_index(op.f("ix_panels_entrance"), "panels", ["entrance"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_panels_entrance"), table_name="panels")
    op.drop_table("panels")
    op.drop_index("ix_pairing_codes_entrance", table_name="pairing_codes")
    op.drop_table("pairing_codes")
    op.drop_index(op.f("ix_memberships_unit"), table_name="memberships")
    op.drop_index(op.f("ix_memberships_site"), table_name="memberships")
    op.drop_index(op.f("ix_memberships_account"), table_name="memberships")
    op.drop_table("memberships")
    op.drop_index(op.f("ix_locks_entrance"), table_name="locks")
    op.drop_table("locks")
    op.drop_index(op.f("ix_entries_site"), table_name="entries")
    op.drop_table("entries")
    op.drop_index(op.f("ix_devices_session"), table_name="devices")
    op.drop_index(op.f("ix_devices_account"), table_name="devices")
    op.drop_table("devices")
    op.drop_index(op.f("ix_units_site"), table_name="units")
    op.drop_table("units")
    op.drop_index(op.f("ix_sessions_account"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(op.f("ix_entrances_site"), table_name="entrances")
    op.drop_table("entrances")
    op.drop_table("sites")
    op.drop_table("accounts")
