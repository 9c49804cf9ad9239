"""The spells of agents.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_spells",
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("agent", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("node", "agent", "kind", "began", name=op.f("pk_agent_spells")),
    )
    with op.batch_alter_table("agent_spells") as batch:
        batch.create_index("ix_agent_spells_began", ["began"])
        batch.create_index("ix_agent_spells_ended", ["ended"])


def downgrade() -> None:
    with op.batch_alter_table("agent_spells") as batch:
        batch.drop_index("ix_agent_spells_ended")
        batch.drop_index("ix_agent_spells_began")
    op.drop_table("agent_spells")
