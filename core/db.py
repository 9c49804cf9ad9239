"""The store: one SQLAlchemy code for SQLite (default) and PostgreSQL (many nodes)."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from weakref import WeakSet

import aiosqlite
from sqlalchemy import DateTime, Dialect, MetaData, TypeDecorator, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import JSON

Json = JSON().with_variant(JSONB(), "postgresql")
"""A JSON column on both databases."""


CLOSE_LIMIT_S = 5.0
CONNECT_LIMIT_S = 5.0
"""How long a database server may take to answer before it counts as away."""


_WRITE, _DERIVED, _LEVEL = "hotline_write", "hotline_derived", "hotline_synchronous"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with microseconds; only aware values go in, only UTC comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values; SQLite keeps the UTC value without zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database; give it a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the value aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """Sessions on one database. ``read()`` never writes; ``write()`` is one transaction.

    On SQLite a write transaction begins with ``BEGIN IMMEDIATE`` (a read transaction that becomes a
    write ignores the busy time-out), in WAL mode with one writer at a time.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        options: dict[str, Any] = {"connect_args": {"async_creator_fn": self._connection}}
        if not self.is_sqlite:
            options = {"pool_pre_ping": True, "pool_size": 10, "connect_args": {"timeout": CONNECT_LIMIT_S}}
        # An error's text goes into logs and pages: it must not hold callers' numbers.
        self.engine = create_async_engine(url, hide_parameters=True, **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _sqlite_pragmas)
            event.listen(self.engine.sync_engine, "begin", _sqlite_begin)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._ending: set[asyncio.Task[None]] = set()
        self._threads: WeakSet[threading.Thread] = WeakSet()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncSession]:
        """Give a session for reading."""
        async with self._session() as session:
            yield session

    @asynccontextmanager
    async def write(self, *, derived: bool = False) -> AsyncGenerator[AsyncSession]:
        """Give a session whose changes are committed together, or not at all on an error.

        ``derived``: what is written can be made again from the journal, a recording or rows that are there,
        so it need not wait for the disk. A machine that loses its power may then lose the last such commits,
        always the newest ones and each one whole; a process that is killed loses none.
        """
        async with self._session() as session:
            await session.connection(execution_options={_WRITE: True, _DERIVED: derived})
            if derived and not self.is_sqlite:
                await session.execute(text("SET LOCAL synchronous_commit TO off"))
            yield session
            await session.commit()

    @asynccontextmanager
    async def _session(self) -> AsyncGenerator[AsyncSession]:
        """Give a session that is ended whole even when its user is cancelled meanwhile."""
        session = self._sessions()
        try:
            yield session
        finally:
            ending = asyncio.create_task(session.close())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
            await asyncio.shield(ending)

    async def close(self) -> None:
        """Give every connection back, after the sessions that are just ending.

        aiosqlite has a thread for each connection, which speaks to the loop once more after a connect that
        failed: it has ended when this returns.
        """
        if self._ending:
            await asyncio.wait(self._ending, timeout=CLOSE_LIMIT_S)
        await self.engine.dispose()
        end = time.monotonic() + CLOSE_LIMIT_S
        for thread in [thread for thread in self._threads if thread.is_alive()]:
            await asyncio.to_thread(thread.join, max(end - time.monotonic(), 0))

    def _connection(self, *args: Any, **options: Any) -> aiosqlite.Connection:
        connection = aiosqlite.connect(*args, **options)
        thread = connection._thread  # pyright: ignore[reportPrivateUsage]  # it has no public way to be waited for
        thread.daemon = True
        self._threads.add(thread)
        _stop_once(connection)
        return connection


def _stop_once(connection: aiosqlite.Connection) -> None:
    """Let a connection's thread be stopped once.

    SQLAlchemy stops it while it is still closing when the closing itself is cancelled; aiosqlite's ``close``
    then stops it again, and waits for ever for a thread that has ended, and with it the end of the process.
    """
    stop = connection.stop

    def once() -> asyncio.Future[None] | None:
        connection.stop = lambda: None
        return stop()

    connection.stop = once


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own
    cursor = connection.cursor()
    for pragma in ("busy_timeout=15000", "journal_mode=WAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:
    options = connection.get_execution_options()
    if not options.get(_WRITE, False):
        connection.exec_driver_sql("BEGIN")
        return
    level = "NORMAL" if options.get(_DERIVED, False) else "FULL"
    if connection.info.get(_LEVEL) != level:
        connection.exec_driver_sql(f"PRAGMA synchronous={level}")
        connection.info[_LEVEL] = level
    connection.exec_driver_sql("BEGIN IMMEDIATE")
