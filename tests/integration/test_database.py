"""What a commit promises: to be on the disk, or for what can be made again to be whole and in order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import aiosqlite
import pytest
from sqlalchemy import text

from hotline.core.db import Database


async def _level(database: Database, *, derived: bool) -> str:
    question = "PRAGMA synchronous" if database.is_sqlite else "SHOW synchronous_commit"
    async with database.write(derived=derived) as session:
        return str((await session.execute(text(question))).scalar_one())


async def test_only_what_can_be_made_again_does_not_wait_for_the_disk(database: Database) -> None:
    waits, goes_on = ("2", "1") if database.is_sqlite else ("on", "off")
    assert await _level(database, derived=False) == waits
    assert await _level(database, derived=True) == goes_on
    assert await _level(database, derived=True) == goes_on
    assert await _level(database, derived=False) == waits


async def test_a_derived_write_is_whole_or_nothing_too(database: Database) -> None:
    async def fail() -> None:
        async with database.write(derived=True) as session:
            await session.execute(text("CREATE TABLE half (a INTEGER)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.write(derived=True) as session:
        await session.execute(text("CREATE TABLE half (a INTEGER)"))
    async with database.write() as session:
        await session.execute(text("DROP TABLE half"))


async def test_a_connection_that_is_stopped_while_it_closes_is_closed_and_waits_for_nothing(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/store.db")
    async with database.read() as session:
        raw = await (await session.connection()).get_raw_connection()
        connection = cast("aiosqlite.Connection", raw.driver_connection)
        closing = asyncio.create_task(connection.close())
        await asyncio.sleep(0)  # it waits for the connection's thread now
        connection.stop()
        await asyncio.wait_for(closing, 30)
    await database.close()
