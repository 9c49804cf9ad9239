"""Alembic's environment: runs the migrations on the connection that ``app/schema.py`` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

from hotline.app.schema import metadata
from hotline.core.db import UtcDateTime


def render(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our column types as what they are in the database, so that a migration never imports ours."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run() -> None:
    """Run the asked-for migrations in one transaction."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        compare_type=True,
        render_item=render,
        render_as_batch=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
