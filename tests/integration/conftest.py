from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from hotline.core import action_log as _action_log  # noqa: F401  # fills the metadata
from hotline.core import idempotency as _idempotency  # noqa: F401  # fills the metadata
from hotline.core import webhook_store as _webhook_store  # noqa: F401  # fills the metadata
from hotline.core.access import tables as _access_tables  # noqa: F401  # fills the metadata
from hotline.core.db import Base, Database
from hotline.queue import alarm_seen as _alarm_seen  # noqa: F401  # fills the metadata
from hotline.queue import alarm_tables as _alarm_tables  # noqa: F401  # fills the metadata
from hotline.queue import tables as _queue_tables  # noqa: F401  # fills the metadata
from hotline.telephony import tables as _telephony_tables  # noqa: F401  # fills the metadata
from hotline.ticket_bridge.assist import assist_tables as _assist_tables  # noqa: F401  # fills the metadata
from hotline.ticket_bridge.checks import check_tables as _check_tables  # noqa: F401  # fills the metadata
from hotline.ticket_bridge.notices import notice_tables as _notice_tables  # noqa: F401  # fills the metadata
from hotline.ticket_bridge.repeats import repeat_tables as _repeat_tables  # noqa: F401  # fills the metadata
from support.browser import open_browser
from support.postgres import Cluster, running_cluster
from support.wall import WallSite

KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def postgres_cluster() -> Generator[Cluster]:
    """One private PostgreSQL for the session; each test has a database of its own."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}"
    return request.getfixturevalue("postgres_cluster").new_database()


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """A database with every table, on SQLite and on PostgreSQL."""
    database = Database(database_url)
    async with database.write() as session:
        connection = await session.connection()
        await connection.run_sync(Base.metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
async def browser() -> AsyncGenerator[Browser]:
    """The machine's Chromium, without a window."""
    async with open_browser() as browser:
        yield browser


@pytest.fixture
async def wall_site() -> AsyncGenerator[WallSite]:
    """The wall page behind its own door."""
    site = WallSite()
    await site.start()
    yield site
    await site.die()
