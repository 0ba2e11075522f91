"""Visitors, fences, access cores, opening PINs, notes, the duty list and the checklist.

Revision ID: main0005
"""

import sqlalchemy as sa
from alembic import op

revision = "main0005"
down_revision = "main0004"
branch_labels = None
depends_on = None


def _site(*, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column("site", sa.String, sa.ForeignKey("sites.id"), nullable=False, primary_key=primary_key)


def upgrade() -> None:
    with op.batch_alter_table("sites") as table:
        table.add_column(sa.Column("released_at", sa.Float))
        table.add_column(sa.Column("released_by", sa.String))
    with op.batch_alter_table("entrances") as table:
        table.add_column(sa.Column("code", sa.String))
        table.add_column(sa.Column("word", sa.String))
        table.add_column(sa.Column("fence_mode", sa.String, nullable=False, server_default="off"))
        table.add_column(sa.Column("fence", sa.Text))
        table.create_unique_constraint("uq_entrances_code", ["code"])
    with op.batch_alter_table("units") as table:
        table.add_column(sa.Column("hours", sa.Text))
    with op.batch_alter_table("locks") as table:
        table.add_column(sa.Column("core_ref", sa.String))
    with op.batch_alter_table("panels") as table:
        table.add_column(sa.Column("pin_hash", sa.String))
        table.add_column(sa.Column("offline_told_at", sa.Float))
    op.create_table(
        "old_codes",
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column("entrance", sa.String, sa.ForeignKey("entrances.id"), nullable=False),
        sa.Column("replaced_at", sa.Float, nullable=False),
    )
    op.create_index("ix_old_codes_entrance", "old_codes", ["entrance"])
    op.create_table(
        "visitor_blocks",
        sa.Column("visitor", sa.String, primary_key=True),
        _site(primary_key=True),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("blocked_by", sa.String, sa.ForeignKey("accounts.id")),
    )
    op.create_index("ix_visitor_blocks_blocked_by", "visitor_blocks", ["blocked_by"])
    op.create_table(
        "access_cores",
        _site(primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("settings", sa.Text, nullable=False, server_default="{}"),
        sa.Column("secrets", sa.Text),
        sa.Column("state", sa.Text),
        sa.Column("changed_at", sa.Float, nullable=False),
    )
    op.create_table(
        "opening_pins",
        sa.Column("account", sa.String, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("pin_hash", sa.String, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("blocked_until", sa.Float),
        sa.Column("set_at", sa.Float, nullable=False),
    )
    op.create_table(
        "duty",
        _site(primary_key=True),
        sa.Column("account", sa.String, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "notes",
        sa.Column("call", sa.String, primary_key=True),
        _site(),
        sa.Column("caller", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("reply", sa.String),
        sa.Column("replied_by", sa.String, sa.ForeignKey("accounts.id")),
        sa.Column("replied_at", sa.Float),
    )
    op.create_index("ix_notes_site", "notes", ["site"])
    op.create_index("ix_notes_at", "notes", ["at"])
    op.create_index("ix_notes_replied_by", "notes", ["replied_by"])
    op.create_table(
        "checks",
        _site(primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True, server_default=""),
        sa.Column("good", sa.Boolean, nullable=False),
        sa.Column("said", sa.Text, nullable=False, server_default="{}"),
        sa.Column("at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    for name in ("checks", "notes", "duty", "opening_pins", "access_cores", "visitor_blocks", "old_codes"):
        op.drop_table(name)
    with op.batch_alter_table("panels") as table:
        table.drop_column("offline_told_at")
        table.drop_column("pin_hash")
    with op.batch_alter_table("locks") as table:
        table.drop_column("core_ref")
    with op.batch_alter_table("units") as table:
        table.drop_column("hours")
    with op.batch_alter_table("entrances") as table:
        table.drop_constraint("uq_entrances_code", type_="unique")
        for column in ("fence", "fence_mode", "word", "code"):
            table.drop_column(column)
    with op.batch_alter_table("sites") as table:
        table.drop_column("released_by")
        table.drop_column("released_at")
