"""The grade of a ticket's risk as a column, for the list of marks that wait for a person.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_GRADE = {
    "sqlite": "json_extract(fields, '$.risk_grade.value')",
    "postgresql": "fields -> 'risk_grade' ->> 'value'",
}


def upgrade() -> None:
    op.add_column("tickets", sa.Column("risk_grade", sa.String(length=4), nullable=True))
    grade = _GRADE[op.get_bind().dialect.name]
    op.execute(sa.text(f"UPDATE tickets SET risk_grade = {grade} WHERE {grade} IS NOT NULL"))
    known = sa.text("risk_grade IS NOT NULL")
    op.create_index(
        "ix_tickets_risk_grade_created_at",
        "tickets",
        ["risk_grade", "created_at", "id"],
        sqlite_where=known,
        postgresql_where=known,
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_risk_grade_created_at", "tickets")
    with op.batch_alter_table("tickets") as batch:
        batch.drop_column("risk_grade")
