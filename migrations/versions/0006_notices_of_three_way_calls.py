"""What goes along with a third line, and webhooks of several topics.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ORDER = "ix_webhook_deliveries_order"


def upgrade() -> None:
    op.add_column(
        "webhook_deliveries",
        sa.Column("topic", sa.String(length=10), nullable=False, server_default="alarms"),
    )
    op.add_column(
        "webhook_deliveries", sa.Column("lane", sa.String(length=200), nullable=False, server_default="")
    )
    op.drop_index(_ORDER, "webhook_deliveries")
    op.create_index(_ORDER, "webhook_deliveries", ["target", "topic", "state", "node", "lane", "place"])

    op.create_table(
        "three_way_notices",
        sa.Column("call", sa.String(length=150), nullable=False),
        sa.Column("line", sa.String(length=32), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("webhook", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("speech", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("first_id", sa.String(length=26), nullable=True),
        sa.Column("first_state", sa.String(length=10), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_id", sa.String(length=26), nullable=True),
        sa.Column("update_state", sa.String(length=10), nullable=True),
        sa.Column("update_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("call", "line", name=op.f("pk_three_way_notices")),
    )
    op.create_index("ix_three_way_notices_open", "three_way_notices", ["node", "first_state", "update_state"])


def downgrade() -> None:
    op.drop_index("ix_three_way_notices_open", "three_way_notices")
    op.drop_table("three_way_notices")
    op.drop_index(_ORDER, "webhook_deliveries")
    op.create_index(_ORDER, "webhook_deliveries", ["target", "node", "state", "place"])
    with op.batch_alter_table("webhook_deliveries") as table:
        table.drop_column("lane")
        table.drop_column("topic")
