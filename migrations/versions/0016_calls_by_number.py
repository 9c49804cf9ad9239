"""Calls by number: what a desk shows of a caller at the first ring.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_calls_number_t0", "calls", ["number", "t0"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_calls_number_t0", table_name="calls")
