"""The database's schema: every table of the service, and its way up to the present version."""

from __future__ import annotations

from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from ..asr import tables as asr_tables
from ..core import jobs
from ..core.db import Base, Database
from ..telephony import tables as telephony_tables
from ..ticket_bridge import tables as ticket_tables

log = structlog.get_logger(__name__)

TABLE_MODULES = (jobs, telephony_tables, asr_tables, ticket_tables)
_LOCK = 0x12345


def metadata() -> MetaData:
    """Return the metadata that holds the tables of all ``TABLE_MODULES``."""
    return Base.metadata


def alembic_config() -> Config:
    """Return alembic's configuration; there is no alembic.ini, the package knows where its files are."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    return config


async def upgrade(database: Database) -> None:
    """Bring the database to the newest version; safe when several nodes start at once."""
    async with database.engine.connect() as bare:
        connection = await bare.execution_options(hotline_write=True)
        if not database.is_sqlite:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        before = await connection.run_sync(_version)
        await connection.run_sync(_upgrade)
        after = await connection.run_sync(_version)
        await connection.commit()
    if before != after:
        log.info("database upgraded", before=before, after=after)


async def is_current(database: Database) -> bool:
    """Tell whether the database has the newest version."""
    async with database.engine.connect() as connection:
        version = await connection.run_sync(_version)
    return version == ScriptDirectory.from_config(alembic_config()).get_current_head()


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
