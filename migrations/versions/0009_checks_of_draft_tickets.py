"""What people said of draft tickets, and who made each draft.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _json() -> sa.types.TypeEngine:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "ticket_checks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("call", sa.String(length=150), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=60), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("fields", _json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_checks")),
    )
    op.create_index("ix_ticket_checks_call", "ticket_checks", ["call"])
    op.create_index("ix_ticket_checks_at", "ticket_checks", ["at"])
    # New columns without a value need no copy of the table, and leave the tickets that are there readable.
    op.add_column("tickets", sa.Column("made", _json(), nullable=True))
    op.add_column("tickets", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tickets", sa.Column("checked_by", sa.String(length=60), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("tickets") as batch:
        for name in ("checked_by", "checked_at", "made"):
            batch.drop_column(name)
    op.drop_index("ix_ticket_checks_at", "ticket_checks")
    op.drop_index("ix_ticket_checks_call", "ticket_checks")
    op.drop_table("ticket_checks")
