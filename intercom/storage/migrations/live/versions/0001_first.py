"""Calls, their legs and the people they ring, what was seen, and openings.

Revision ID: live0001
"""

import sqlalchemy as sa
from alembic import op

revision = "live0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("alive", sa.Boolean, nullable=False),
        sa.Column("panel", sa.String, nullable=False),
        sa.Column("deadline", sa.Float),
        sa.Column("placed_at", sa.Float, nullable=False),
        sa.Column("doc", sa.LargeBinary, nullable=False),
    )
    alive = sa.text("alive")
    op.create_index("ix_calls_deadline", "calls", ["deadline"], sqlite_where=alive, postgresql_where=alive)
    op.create_index("ix_calls_panel", "calls", ["panel"], sqlite_where=alive, postgresql_where=alive)
    op.create_index("ix_calls_placed_at", "calls", ["placed_at"])
    op.create_table(
        "legs",
        sa.Column("call", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("device", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("alive", sa.Boolean, nullable=False),
    )
    op.create_index("ix_legs_device", "legs", ["device"], sqlite_where=alive, postgresql_where=alive)
    op.create_index("ix_legs_person", "legs", ["person"], sqlite_where=alive, postgresql_where=alive)
    op.create_table(
        "callees",
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("call", sa.String, primary_key=True),
        sa.Column("placed_at", sa.Float, nullable=False),
    )
    op.create_index("ix_callees_person", "callees", ["person", "placed_at"])
    op.create_index("ix_callees_call", "callees", ["call"])
    op.create_table(
        "seen",
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("until", sa.Float, nullable=False),
    )
    op.create_table(
        "openings",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("request", sa.String, nullable=False),
        sa.Column("lock", sa.String, nullable=False),
        sa.Column("call", sa.String),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("deadline", sa.Float),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column("doc", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("person", "request"),
    )
    waiting = sa.text("NOT settled")
    op.create_index(
        "ix_openings_waiting", "openings", ["deadline"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index("ix_openings_lock", "openings", ["lock", "at"])
    op.create_index("ix_openings_call", "openings", ["call"])


def downgrade() -> None:
    for table in ("openings", "seen", "callees", "legs", "calls"):
        op.drop_table(table)
