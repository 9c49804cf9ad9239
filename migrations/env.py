"""Alembic's environment: runs the migrations on the connection that ``app/schema.py`` hands over."""

from __future__ import annotations

from alembic import context

from hotline.app.schema import metadata


def run() -> None:
    """Run the asked-for migrations in one transaction."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        render_as_batch=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
