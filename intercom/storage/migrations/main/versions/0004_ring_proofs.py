"""When a device last proved that it rings.

Revision ID: main0004
"""

import sqlalchemy as sa
from alembic import op

revision = "main0004"
down_revision = "main0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ring_proven_at", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("ring_took", sa.Float(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.drop_column("ring_took")
        batch_op.drop_column("ring_proven_at")
