"""The migrations make exactly the models' tables, on both databases, whoever runs them how often."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Table, inspect, text

from hotline.app import new_migration, schema
from hotline.core.db import Database, Json, UtcDateTime
from hotline.core.errors import InvalidInputError

BROKEN = """\
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9998", "{head}"
branch_labels = depends_on = None


def upgrade():
    op.create_table("half", sa.Column("a", sa.Integer()))
    raise OSError("disk")
"""


@pytest.fixture
async def empty(database_url: str) -> AsyncGenerator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, schema.metadata()))


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def _versions(database: Database) -> list[str]:
    async with database.read() as session:
        return list(await session.scalars(text("SELECT version_num FROM alembic_version")))


async def test_the_migrations_make_the_models_tables(empty: Database) -> None:
    assert not await schema.is_current(empty)
    await schema.upgrade(empty)
    assert await schema.is_current(empty)
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
        assert await connection.run_sync(_tables) == {*schema.metadata().tables, "alembic_version"}


async def test_a_second_upgrade_changes_nothing(empty: Database) -> None:
    await schema.upgrade(empty)
    await schema.upgrade(empty)
    assert await _versions(empty) == [schema.head()]


async def test_nodes_that_start_at_once_do_not_disturb_each_other(database_url: str) -> None:
    nodes = [Database(database_url) for _ in range(4)]
    await asyncio.gather(*(schema.upgrade(node) for node in nodes))
    assert await _versions(nodes[0]) == [schema.head()]
    for node in nodes:
        await node.close()


async def test_the_way_down_leaves_nothing_and_the_way_up_is_open(empty: Database) -> None:
    await schema.upgrade(empty)
    await schema.downgrade(empty, "base")
    assert not await schema.is_current(empty)
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(_tables) == {"alembic_version"}
    await schema.upgrade(empty)
    assert await schema.is_current(empty)


async def test_a_failed_migration_leaves_the_database_as_it_was(empty: Database, scripts: Path) -> None:
    await schema.upgrade(empty)
    (scripts / "versions" / "9998_broken.py").write_text(BROKEN.format(head=schema.head()), encoding="utf-8")
    with pytest.raises(OSError, match="disk"):
        await schema.upgrade(empty, scripts)
    async with empty.engine.connect() as connection:
        assert "half" not in await connection.run_sync(_tables)
    assert await schema.is_current(empty)


async def test_a_newer_database_is_left_alone(empty: Database) -> None:
    await schema.upgrade(empty)
    async with empty.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.NewerSchemaError, match="9999"):
        await schema.upgrade(empty)
    assert await _versions(empty) == ["9999"]


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the migrations that a test may add to."""
    folder = tmp_path / "migrations"
    shutil.copytree(
        Path(schema.__file__).parent.parent / "migrations",
        folder,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    return folder


async def test_the_next_migration_is_written_from_the_models(empty: Database, scripts: Path) -> None:
    with pytest.raises(new_migration.NothingNewError):
        await new_migration.write("nothing", scripts)
    with pytest.raises(InvalidInputError):
        await new_migration.write(" ", scripts)
    metadata = schema.metadata()
    table = Table("extra", metadata, Column("at", UtcDateTime, primary_key=True), Column("data", Json))
    try:
        file = await new_migration.write("Add the extra table", scripts)
        number = int(schema.head() or 0) + 1
        assert file.name == f"{number:04}_add_the_extra_table.py"
        written = file.read_text(encoding="utf-8")
        assert "hotline" not in written
        assert "sa.DateTime(timezone=True)" in written
        await schema.upgrade(empty, scripts)
        assert await _versions(empty) == [f"{number:04}"]
        async with empty.engine.connect() as connection:
            assert await connection.run_sync(_differences) == []
    finally:
        metadata.remove(table)
