"""The database's schema: every table of the service, and its way up to the present version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from ..asr import tables as asr_tables
from ..callback_bot import tables as robot_tables
from ..core import action_log, idempotency, jobs, webhook_store
from ..core.access import tables as access_tables
from ..core.db import Base, Database
from ..core.errors import HotlineError
from ..queue import alarm_seen, alarm_tables
from ..queue import tables as queue_tables
from ..telephony import tables as telephony_tables
from ..ticket_bridge import callback_results
from ..ticket_bridge import tables as ticket_tables
from ..ticket_bridge.assist import assist_tables
from ..ticket_bridge.checks import check_tables
from ..ticket_bridge.notices import notice_tables
from ..ticket_bridge.repeats import repeat_tables

log = structlog.get_logger(__name__)

TABLE_MODULES = (
    *(jobs, webhook_store, action_log, access_tables, idempotency, alarm_seen),
    *(telephony_tables, alarm_tables, queue_tables, asr_tables, ticket_tables, notice_tables),
    *(check_tables, assist_tables, repeat_tables, robot_tables, callback_results),
)
_LOCK = 0x12345
_SCRIPTS = Path(__file__).parent.parent / "migrations"


def metadata() -> MetaData:
    """Return the metadata that holds the tables of all ``TABLE_MODULES``."""
    return Base.metadata


class NewerSchemaError(HotlineError):
    """The database was made by a newer version of this program."""

    error_id = "schema.newer"
    status = 503


def alembic_config(scripts: Path | None = None) -> Config:
    """Return alembic's configuration; there is no alembic.ini, the package knows where its files are."""
    config = Config()
    config.set_main_option("script_location", str(scripts or _SCRIPTS).replace("%", "%%"))
    return config


def head(scripts: Path | None = None) -> str | None:
    """Return the newest version that this program knows."""
    return ScriptDirectory.from_config(alembic_config(scripts)).get_current_head()


async def upgrade(database: Database, scripts: Path | None = None) -> None:
    """Bring the database to the newest version; safe when several nodes start at once.

    Raises ``NewerSchemaError`` for a database whose version this program does not know.
    """
    before, after = await _move(database, _up, scripts)
    if before != after:
        log.info("database upgraded", before=before, after=after)


async def downgrade(database: Database, version: str) -> None:
    """Bring the database back to an older version (``base``: no tables). What newer tables held is lost."""
    before, after = await _move(database, lambda config: command.downgrade(config, version), None)
    log.warning("database downgraded", before=before, after=after)


async def is_current(database: Database) -> bool:
    """Tell whether the database has the newest version."""
    async with database.engine.connect() as connection:
        version = await connection.run_sync(_version)
    return version == head()


async def _move(
    database: Database, action: Callable[[Config], None], scripts: Path | None
) -> tuple[str | None, str | None]:
    """Run an action of alembic in one transaction that no other node's can be beside."""
    async with database.engine.connect() as bare:
        connection = await bare.execution_options(hotline_write=True)
        if not database.is_sqlite:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        before = await connection.run_sync(_version)
        await connection.run_sync(_run, action, scripts)
        after = await connection.run_sync(_version)
        await connection.commit()
    return before, after


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _run(connection: Connection, action: Callable[[Config], None], scripts: Path | None) -> None:
    config = alembic_config(scripts)
    config.attributes["connection"] = connection
    version = _version(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise NewerSchemaError(
            f"the database has version {version}, which this program does not know",
            mend="upgrade this node; its calls are kept in the journal meanwhile",
        )
    action(config)


def _up(config: Config) -> None:
    command.upgrade(config, "head")
