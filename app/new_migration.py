"""Writes the next migration from what the models have and the migrations do not.

``python -m hotline.app.new_migration "add the survey's tables"``: read and correct what it wrote; a change
of one big table, or of data, is never guessed right.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.operations.ops import MigrationScript
from sqlalchemy import Connection

from ..core.db import Database
from ..core.errors import ConfigError, HotlineError, InvalidInputError
from . import schema

_USAGE = 'python -m hotline.app.new_migration "what it changes"'


class NothingNewError(HotlineError):
    """The migrations make the models' tables already."""

    error_id = "schema.nothing_new"
    status = 409


async def write(message: str, scripts: Path | None = None) -> Path:
    """Write the next file into ``migrations/versions`` (or a copy's folder) and return it.

    The models are compared with a new SQLite database that has every migration so far. Raises
    ``NothingNewError`` and, for an empty message, ``InvalidInputError``.
    """
    if not message.strip():
        raise InvalidInputError("a migration needs a message", mend=_USAGE)
    with tempfile.TemporaryDirectory(prefix="hotline-migration-") as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/new.db")
        try:
            await schema.upgrade(database, scripts)
            async with database.engine.connect() as connection:
                return await connection.run_sync(_revision, message.strip(), scripts)
        finally:
            await database.close()


def _revision(connection: Connection, message: str, scripts: Path | None) -> Path:
    config = schema.alembic_config(scripts)
    config.attributes["connection"] = connection
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    head = schema.head(scripts)

    def drop_empty(_context: Any, _revision: Any, directives: list[MigrationScript]) -> None:
        upgrades = directives[0].upgrade_ops
        if upgrades is None or upgrades.is_empty():
            raise NothingNewError(
                "the migrations make the models' tables already", mend="change a model first"
            )

    script = command.revision(
        config,
        message,
        autogenerate=True,
        rev_id=f"{int(head or 0) + 1:04}",
        process_revision_directives=drop_empty,
    )
    if script is None or isinstance(script, list):
        raise ConfigError("alembic wrote no single migration")
    return Path(script.path)


def main() -> None:
    """Write the migration named on the command line."""
    try:
        print(asyncio.run(write(" ".join(sys.argv[1:]))))  # a developer's command
    except HotlineError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
