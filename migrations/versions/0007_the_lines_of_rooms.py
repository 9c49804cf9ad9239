"""The third lines of three-way calls, and who handed a call over.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENTS = ("asked", "moved", "dialled", "ringing", "answered", "joined", "left", "ended")


def upgrade() -> None:
    op.create_table(
        "room_lines",
        sa.Column("call", sa.String(length=150), nullable=False),
        sa.Column("line", sa.String(length=32), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("agent", sa.String(length=60), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("request", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        *(sa.Column(f"{name}_at", sa.DateTime(timezone=True), nullable=True) for name in _MOMENTS),
        sa.Column("route", sa.Integer(), nullable=False),
        sa.Column("trunk", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("call", "line", name=op.f("pk_room_lines")),
    )
    op.create_index("ix_room_lines_asked_at", "room_lines", ["asked_at"])
    # A new column without a value needs no copy of the table, however large it is.
    op.add_column("calls", sa.Column("source", sa.String(length=20), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("calls") as batch:
        batch.drop_column("source")
    op.drop_index("ix_room_lines_asked_at", "room_lines")
    op.drop_table("room_lines")
