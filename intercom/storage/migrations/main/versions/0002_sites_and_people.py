"""Floors, site data, standings, invitations, second factors, letters, the log of what admins do.

Revision ID: main0002
"""

import sqlalchemy as sa
from alembic import op

revision = "main0002"
down_revision = "main0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deletion_consents",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("asked_at", sa.Float(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=True),
        sa.Column("given_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.id"], name=op.f("fk_deletion_consents_account_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["given_by"], ["accounts.id"], name=op.f("fk_deletion_consents_given_by_accounts")
        ),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_deletion_consents_site_sites")),
        sa.PrimaryKeyConstraint("account", "site", name=op.f("pk_deletion_consents")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), server_default="", nullable=False),
        sa.Column("details", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["accounts.id"], name=op.f("fk_events_actor_accounts")),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_events_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index("ix_events_site_at", ["site", "at"], unique=False)

    op.create_table(
        "factors",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("credential", sa.String(), nullable=True),
        sa.Column("public_key", sa.Text(), nullable=True),
        sa.Column("uses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("confirmed_at", sa.Float(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_factors_account_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factors")),
        sa.UniqueConstraint("credential", name=op.f("uq_factors_credential")),
    )
    with op.batch_alter_table("factors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_factors_account"), ["account"], unique=False)

    op.create_table(
        "floors",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_floors_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_floors")),
        sa.UniqueConstraint("site", "name", name=op.f("uq_floors_site")),
    )
    with op.batch_alter_table("floors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_floors_site"), ["site"], unique=False)

    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_identities_account_accounts")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identities")),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identities_account"), ["account"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("code_expires_at", sa.Float(), nullable=True),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("created_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("used_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_invitations_account_accounts")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_invitations_created_by_accounts")
        ),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_invitations_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitations_code_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitations_site"), ["site"], unique=False)

    op.create_table(
        "letters",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=True),
        sa.Column("content", sa.Text(), server_default="{}", nullable=False),
        sa.Column("about", sa.String(), server_default="", nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("good_until", sa.Float(), nullable=True),
        sa.Column("next_at", sa.Float(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.Float(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_letters_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letters_about"), ["about"], unique=False)
        batch_op.create_index(batch_op.f("ix_letters_next_at"), ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_letters_site"), ["site"], unique=False)

    op.create_table(
        "tokens",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("data", sa.Text(), server_default="{}", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_tokens_account_accounts")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_tokens")),
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tokens_account"), ["account"], unique=False)

    op.create_table(
        "trusted_devices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.id"], name=op.f("fk_trusted_devices_account_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_devices")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_trusted_devices_token_hash")),
    )
    with op.batch_alter_table("trusted_devices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trusted_devices_account"), ["account"], unique=False)

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("language", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("second_factor", sa.Boolean(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("recovery_hash", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("created_at", sa.Float(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("deleted_at", sa.Float(), nullable=True))

    with op.batch_alter_table("entrances", schema=None) as batch_op:
        batch_op.add_column(sa.Column("outdoor_tone", sa.String(), nullable=True))

    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entries_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_entries_unit"), ["unit"], unique=False)

    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.add_column(sa.Column("standing", sa.String(), server_default="active", nullable=False))
        batch_op.add_column(sa.Column("expires_at", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("created_at", sa.Float(), server_default="0", nullable=False))

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_seen", sa.Float(), nullable=True))

    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(), server_default="residential", nullable=False))
        batch_op.add_column(sa.Column("street", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("postcode", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("city", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("country", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("language", sa.String(), server_default="en", nullable=False))
        batch_op.add_column(sa.Column("rules", sa.Text(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("created_at", sa.Float(), server_default="0", nullable=False))

    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.alter_column("floor", existing_type=sa.VARCHAR(), nullable=True, server_default=None)
    # a resident may have had no line at the door; now each has one, and it may be hidden
    op.execute(
        "INSERT INTO entries (id, site, unit, account, contact, policy)"
        " SELECT lower(hex(randomblob(12))), site, unit, account, 0, 'hidden' FROM memberships m"
        " WHERE role = 'resident' AND unit IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM entries e WHERE e.unit = m.unit AND e.account = m.account)"
    )
    # a floor was a word on each unit; now it is a row that units point at
    op.execute(
        "INSERT INTO floors (id, site, name, position)"
        " SELECT lower(hex(randomblob(12))), site, floor, CAST(floor AS INTEGER) FROM units"
        " WHERE floor <> '' GROUP BY site, floor"
    )
    op.execute(
        "UPDATE units SET floor ="
        " (SELECT floors.id FROM floors WHERE floors.site = units.site AND floors.name = units.floor)"
    )
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_units_floor"), ["floor"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_units_floor_floors"), "floors", ["floor"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_units_floor_floors"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_units_floor"))
    op.execute(
        "UPDATE units SET floor = coalesce((SELECT name FROM floors WHERE floors.id = units.floor), '')"
    )
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.alter_column("floor", existing_type=sa.VARCHAR(), nullable=False, server_default="")

    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.drop_column("created_at")
        batch_op.drop_column("rules")
        batch_op.drop_column("language")
        batch_op.drop_column("country")
        batch_op.drop_column("city")
        batch_op.drop_column("postcode")
        batch_op.drop_column("street")
        batch_op.drop_column("kind")

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_column("last_seen")

    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_column("created_at")
        batch_op.drop_column("expires_at")
        batch_op.drop_column("standing")

    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entries_unit"))
        batch_op.drop_index(batch_op.f("ix_entries_account"))

    with op.batch_alter_table("entrances", schema=None) as batch_op:
        batch_op.drop_column("outdoor_tone")

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("deleted_at")
        batch_op.drop_column("created_at")
        batch_op.drop_column("recovery_hash")
        batch_op.drop_column("second_factor")
        batch_op.drop_column("language")
        batch_op.drop_column("phone")

    with op.batch_alter_table("trusted_devices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trusted_devices_account"))

    op.drop_table("trusted_devices")
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tokens_account"))

    op.drop_table("tokens")
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letters_site"))
        batch_op.drop_index(batch_op.f("ix_letters_next_at"))

    op.drop_table("letters")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_site"))
        batch_op.drop_index(batch_op.f("ix_invitations_account"))

    op.drop_table("invitations")
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identities_account"))

    op.drop_table("identities")
    with op.batch_alter_table("floors", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_floors_site"))

    op.drop_table("floors")
    with op.batch_alter_table("factors", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_factors_account"))

    op.drop_table("factors")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_site_at")

    op.drop_table("events")
    op.drop_table("deletion_consents")
