"""Quiet hours, push subscriptions, devices that let the intercom through.

Revision ID: main0003
"""

import sqlalchemy as sa
from alembic import op

revision = "main0003"
down_revision = "main0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("p256dh", sa.String(), nullable=False),
        sa.Column("auth", sa.String(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.id"],
            name=op.f("fk_push_subscriptions_device_devices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
    )
    op.create_table(
        "quiet_spans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_quiet_spans_account_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiet_spans")),
    )
    op.create_index(op.f("ix_quiet_spans_account"), "quiet_spans", ["account"])
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("let_through", sa.Boolean(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("push_gone_at", sa.Float(), nullable=True))
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quiet_zone", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("vouched_by", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("vouched_by")
        batch_op.drop_column("quiet_zone")
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.drop_column("push_gone_at")
        batch_op.drop_column("let_through")
    op.drop_index(op.f("ix_quiet_spans_account"), table_name="quiet_spans")
    op.drop_table("quiet_spans")
    op.drop_table("push_subscriptions")
