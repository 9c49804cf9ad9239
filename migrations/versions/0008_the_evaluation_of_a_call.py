"""What the citizen said when asked for an evaluation at the end of the call.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # New columns without a value need no copy of the table, however large it is.
    op.add_column("calls", sa.Column("evaluation_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("calls", sa.Column("evaluation", sa.String(length=30), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("calls") as batch:
        batch.drop_column("evaluation")
        batch.drop_column("evaluation_asked_at")
