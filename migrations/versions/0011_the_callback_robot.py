"""What the callback robot keeps: campaigns, callbacks, attempts, answers, results, people, lines.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "robot_answers",
        sa.Column("attempt", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("callback", sa.String(length=26), nullable=False),
        sa.Column("question", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("given", sa.String(length=10), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("start_ms", sa.Integer(), nullable=False),
        sa.Column("end_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("attempt", "seq", name=op.f("pk_robot_answers")),
    )
    op.create_index("ix_robot_answers_callback", "robot_answers", ["callback"])

    op.create_table(
        "robot_attempts",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("callback", sa.String(length=26), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("trunk", sa.String(length=40), nullable=False),
        sa.Column("line", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("recording", sa.String(length=300), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot_attempts")),
    )
    op.create_index("ix_robot_attempts_at", "robot_attempts", ["at"])
    op.create_index("ix_robot_attempts_callback", "robot_attempts", ["callback", "at"])
    op.create_index("ix_robot_attempts_open", "robot_attempts", ["state", "node", "trunk"])

    op.create_table(
        "robot_callbacks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("same", sa.String(length=80), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("ticket", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("matter", sa.String(length=200), nullable=False),
        sa.Column("handled_on", sa.Date(), nullable=True),
        sa.Column("dialogue", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("earliest", sa.DateTime(timezone=True), nullable=True),
        sa.Column("latest", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcomes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot_callbacks")),
        sa.UniqueConstraint("same", name=op.f("uq_robot_callbacks_same")),
    )
    op.create_index(
        "ix_robot_callbacks_campaign", "robot_callbacks", ["campaign", "state", "created_at", "id"]
    )
    op.create_index(
        "ix_robot_callbacks_lane", "robot_callbacks", ["campaign", "priority", "state", "next_at", "id"]
    )
    op.create_index("ix_robot_callbacks_latest", "robot_callbacks", ["state", "latest"])
    op.create_index("ix_robot_callbacks_phone", "robot_callbacks", ["phone", "state"])
    op.create_index("ix_robot_callbacks_ticket", "robot_callbacks", ["ticket"])

    op.create_table(
        "robot_campaigns",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=True),
        sa.Column("hours", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot_campaigns")),
    )
    op.create_index("ix_robot_campaigns_state", "robot_campaigns", ["state"])

    op.create_table(
        "robot_follows",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("read_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_robot_follows")),
    )
    op.create_table(
        "robot_lanes",
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "priority", name=op.f("pk_robot_lanes")),
    )
    op.create_table(
        "robot_lines",
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("trunk", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("credit", sa.Float(), nullable=False),
        sa.Column("credited_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("node", "trunk", "number", name=op.f("pk_robot_lines")),
    )
    op.create_table(
        "robot_people",
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.String(length=80), nullable=True),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("quiet_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quiet_why", sa.String(length=60), nullable=False),
        sa.Column("quiet_by", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_robot_people")),
    )
    op.create_index("ix_robot_people_quiet_at", "robot_people", ["quiet_at"])

    op.create_table(
        "robot_results",
        sa.Column("callback", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.String(length=80), nullable=True),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("ticket", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("consent", sa.String(length=10), nullable=False),
        sa.Column("contacted", sa.String(length=10), nullable=False),
        sa.Column("solved", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("recording", sa.String(length=300), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.String(length=60), nullable=True),
        sa.Column("check_note", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("callback", name=op.f("pk_robot_results")),
    )
    op.create_index("ix_robot_results_campaign", "robot_results", ["campaign", "ended_at"])
    op.create_index("ix_robot_results_ended_at", "robot_results", ["ended_at"])
    op.create_index("ix_robot_results_ticket", "robot_results", ["ticket"])

    op.create_index("ix_tickets_status_updated_at", "tickets", ["status", "updated_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_tickets_status_updated_at", "tickets")

    op.drop_index("ix_robot_results_ticket", "robot_results")
    op.drop_index("ix_robot_results_ended_at", "robot_results")
    op.drop_index("ix_robot_results_campaign", "robot_results")

    op.drop_table("robot_results")
    op.drop_index("ix_robot_people_quiet_at", "robot_people")

    op.drop_table("robot_people")
    op.drop_table("robot_lines")
    op.drop_table("robot_lanes")
    op.drop_table("robot_follows")
    op.drop_index("ix_robot_campaigns_state", "robot_campaigns")

    op.drop_table("robot_campaigns")
    op.drop_index("ix_robot_callbacks_ticket", "robot_callbacks")
    op.drop_index("ix_robot_callbacks_phone", "robot_callbacks")
    op.drop_index("ix_robot_callbacks_latest", "robot_callbacks")
    op.drop_index("ix_robot_callbacks_lane", "robot_callbacks")
    op.drop_index("ix_robot_callbacks_campaign", "robot_callbacks")

    op.drop_table("robot_callbacks")
    op.drop_index("ix_robot_attempts_open", "robot_attempts")
    op.drop_index("ix_robot_attempts_callback", "robot_attempts")
    op.drop_index("ix_robot_attempts_at", "robot_attempts")

    op.drop_table("robot_attempts")
    op.drop_index("ix_robot_answers_callback", "robot_answers")

    op.drop_table("robot_answers")
