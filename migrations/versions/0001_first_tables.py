"""The first tables: calls, legs, steps, recordings, journal positions, jobs, transcripts, tickets.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_steps",
        sa.Column("call", sa.String(length=150), nullable=False),
        sa.Column("leg", sa.String(length=150), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("params", JSON, nullable=False),
        sa.PrimaryKeyConstraint("call", "leg", "n", "name", name=op.f("pk_call_steps")),
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.String(length=150), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("trunk", sa.String(length=60), nullable=False),
        sa.Column("did", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=60), nullable=True),
        sa.Column("agent", sa.String(length=60), nullable=True),
        sa.Column("t0", sa.DateTime(timezone=True), nullable=True),
        sa.Column("t1", sa.DateTime(timezone=True), nullable=True),
        sa.Column("t2", sa.DateTime(timezone=True), nullable=True),
        sa.Column("t3", sa.DateTime(timezone=True), nullable=True),
        sa.Column("t4", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=20), nullable=True),
        sa.Column("outcome", sa.String(length=30), nullable=True),
        sa.Column("apart", sa.String(length=30), nullable=True),
        sa.Column("wait_human_us", sa.BigInteger(), nullable=True),
        sa.Column("wait_citizen_us", sa.BigInteger(), nullable=True),
        sa.Column("talk_us", sa.BigInteger(), nullable=True),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("files_done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_files", "calls", ["node", "files_done", "ended_at"])
    op.create_index("ix_calls_open", "calls", ["node", "ended_at"])
    op.create_index("ix_calls_t0", "calls", ["t0"])
    op.create_index("ix_calls_t1", "calls", ["t1"])

    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_jobs_kind")),
    )
    op.create_index("ix_jobs_ready", "jobs", ["kind", "state", "not_before"])

    op.create_table(
        "journal_positions",
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("journal", sa.String(length=20), nullable=False),
        sa.Column("device", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("head_bytes", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("carry", JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("node", "journal", name=op.f("pk_journal_positions")),
    )
    op.create_table(
        "legs",
        sa.Column("call", sa.String(length=150), nullable=False),
        sa.Column("id", sa.String(length=150), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("agent", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hangup_cause", sa.Integer(), nullable=True),
        sa.Column("bridges", JSON, nullable=False),
        sa.PrimaryKeyConstraint("call", "id", name=op.f("pk_legs")),
    )
    op.create_table(
        "recordings",
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("call", sa.String(length=150), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("sample_rate", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("node", "path", name=op.f("pk_recordings")),
    )
    op.create_index("ix_recordings_call", "recordings", ["call"])

    op.create_table(
        "tickets",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("call", sa.String(length=150), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=True),
        sa.Column("domain", sa.String(length=10), nullable=True),
        sa.Column("urgency", sa.String(length=10), nullable=True),
        sa.Column("title", sa.String(length=80), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("call", name=op.f("uq_tickets_call")),
        sa.UniqueConstraint("number", name=op.f("uq_tickets_number")),
    )
    op.create_index("ix_tickets_created_at", "tickets", ["created_at"])
    op.create_index("ix_tickets_status_created_at", "tickets", ["status", "created_at"])

    op.create_table(
        "transcripts",
        sa.Column("call", sa.String(length=150), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("cost_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utterances", JSON, nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_transcripts")),
    )
    op.create_index("ix_transcripts_created_at", "transcripts", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_transcripts_created_at", "transcripts")

    op.drop_table("transcripts")
    op.drop_index("ix_tickets_status_created_at", "tickets")
    op.drop_index("ix_tickets_created_at", "tickets")

    op.drop_table("tickets")
    op.drop_index("ix_recordings_call", "recordings")

    op.drop_table("recordings")
    op.drop_table("legs")
    op.drop_table("journal_positions")
    op.drop_index("ix_jobs_ready", "jobs")

    op.drop_table("jobs")
    op.drop_index("ix_calls_t1", "calls")
    op.drop_index("ix_calls_t0", "calls")
    op.drop_index("ix_calls_open", "calls")
    op.drop_index("ix_calls_files", "calls")

    op.drop_table("calls")
    op.drop_table("call_steps")
