"""What citizens said of tickets when they were called back.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_callbacks",
        sa.Column("callback", sa.String(length=26), nullable=False),
        sa.Column("ticket", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("contacted", sa.String(length=10), nullable=False),
        sa.Column("solved", sa.String(length=10), nullable=False),
        sa.Column("reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("recording", sa.String(length=300), nullable=False),
        sa.Column("checked_by", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("callback", name=op.f("pk_ticket_callbacks")),
    )
    op.create_index("ix_ticket_callbacks_ticket", "ticket_callbacks", ["ticket"])


def downgrade() -> None:
    op.drop_index("ix_ticket_callbacks_ticket", "ticket_callbacks")
    op.drop_table("ticket_callbacks")
