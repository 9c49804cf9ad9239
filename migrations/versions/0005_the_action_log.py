"""The action log, which the database itself keeps from being changed.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_REFUSAL = "action_log can only be added to"


def upgrade() -> None:
    op.create_table(
        "action_log",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("call", sa.String(length=150), nullable=False),
        sa.Column("request", sa.String(length=60), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("details", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_log")),
    )
    op.create_index("ix_action_log_at", "action_log", ["at"])
    op.create_index("ix_action_log_call", "action_log", ["call"])
    op.create_index("ix_action_log_request", "action_log", ["request"])
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER action_log_no_{change.lower()} BEFORE {change} ON action_log "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION action_log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER action_log_only_added BEFORE UPDATE OR DELETE ON action_log "
        "FOR EACH ROW EXECUTE FUNCTION action_log_refuse()"
    )


def downgrade() -> None:
    op.drop_table("action_log")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION action_log_refuse()")
