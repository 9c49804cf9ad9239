"""What tickets are found again by, and what was proposed to agents.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_matters",
        sa.Column("ticket", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("call", sa.String(length=150), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("caller", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=True),
        sa.Column("domain", sa.String(length=10), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("cluster", sa.String(length=26), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_ticket_matters")),
    )
    op.create_index("ix_ticket_matters_caller", "ticket_matters", ["caller", "created_at"])
    op.create_index("ix_ticket_matters_cluster", "ticket_matters", ["cluster", "created_at"])
    op.create_index("ix_ticket_matters_created_at", "ticket_matters", ["created_at"])
    op.create_table(
        "ticket_place_keys",
        sa.Column("domain", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticket", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("domain", "key", "created_at", "ticket", name=op.f("pk_ticket_place_keys")),
    )
    op.create_table(
        "suggestions",
        sa.Column("call", sa.String(length=150), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("evidence", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("suggested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("call", "id", name=op.f("pk_suggestions")),
    )


def downgrade() -> None:
    op.drop_table("suggestions")
    op.drop_table("ticket_place_keys")
    op.drop_index("ix_ticket_matters_created_at", "ticket_matters")
    op.drop_index("ix_ticket_matters_cluster", "ticket_matters")
    op.drop_index("ix_ticket_matters_caller", "ticket_matters")
    op.drop_table("ticket_matters")
