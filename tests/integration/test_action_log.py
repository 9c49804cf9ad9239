"""The action log on both databases: it only grows, keeps its order, and nothing waits for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from hotline.app import schema
from hotline.cli import audit_log
from hotline.core import action_log
from hotline.core.action_log import ActionLog, actions
from hotline.core.db import Database
from support.asterisk import make_settings
from support.node import Node

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WAIT_S = 20.0


@asynccontextmanager
async def running(log: ActionLog) -> AsyncGenerator[None]:
    task = asyncio.create_task(log.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_entries_come_back_in_their_order(database: Database) -> None:
    log = ActionLog(database, node="node1", clock=lambda: NOON)
    async with running(log):
        for number in range(1200):
            log.note("1001", "three_way.asked", f"call-{number % 2}", {"n": number})
        assert await log.put(
            "1001", "three_way.left", "call-0", at=NOON + timedelta(seconds=1), limit_s=WAIT_S
        )
    found = await actions(database, call="call-0")
    assert [entry.details for entry in found[:-1]] == [{"n": number} for number in range(0, 1200, 2)]
    assert (found[-1].action, found[-1].at) == ("three_way.left", NOON + timedelta(seconds=1))
    assert [entry.action for entry in await actions(database, limit=1)] == ["three_way.left"]
    assert await actions(database, since=NOON + timedelta(seconds=2)) == []
    assert len(await actions(database, prefix="three_way.as")) == 1200
    assert await actions(database, prefix="three%") == []


async def test_what_is_told_twice_stands_once_as_it_was_told_first(database: Database) -> None:
    log = ActionLog(database, node="node1", clock=lambda: NOON)
    async with running(log):
        log.note("1001", "three_way.joined", "c", {"said": "first"}, key="c/1/joined")
        await log.put("1001", "three_way.joined", "c", {"said": "again"}, key="c/1/joined", limit_s=WAIT_S)
    assert [entry.details for entry in await actions(database)] == [{"said": "first"}]


async def test_hostile_text_does_not_keep_the_others_from_being_written(database: Database) -> None:
    log = ActionLog(database, node="node1", clock=lambda: NOON)
    hostile = "x\x00'); DROP TABLE action_log;--\ud800" + "长" * 500
    async with running(log):
        log.note(hostile[:30], hostile, hostile, {"reason": hostile, "odd": {1, 2}}, result=hostile)
        assert await log.put("1001", "after", limit_s=WAIT_S)
    first, last = await actions(database)
    assert first.details is not None
    assert first.details["reason"].startswith("x'); DROP TABLE action_log;--")
    assert last.action == "after"


async def test_nothing_is_changed_or_removed(tmp_path: Path, database_url: str) -> None:
    database = Database(database_url)
    try:
        await schema.upgrade(database)
        log = ActionLog(database, node="node1", clock=lambda: NOON)
        async with running(log):
            assert await log.put("1001", "three_way.asked", limit_s=WAIT_S)
        for statement in ("UPDATE action_log SET who = 'x'", "DELETE FROM action_log"):
            with pytest.raises(DBAPIError, match="can only be added to"):
                async with database.write() as session:
                    await session.execute(text(statement))
        assert [entry.who for entry in await actions(database)] == ["1001"]
    finally:
        await database.close()


async def test_a_database_that_is_away_delays_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(action_log, "_RETRY_S", 0.01)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'late.db'}")
    log = ActionLog(database, node="node1", clock=lambda: NOON)
    try:
        async with running(log):
            assert not await log.put("1001", "three_way.asked", limit_s=0.05)
            assert log.waiting == 1
            written = log.note("1001", "three_way.moved")
            await schema.upgrade(database)
            async with asyncio.timeout(WAIT_S):
                await written
        assert [entry.action for entry in await actions(database)] == ["three_way.asked", "three_way.moved"]
    finally:
        await database.close()


async def test_the_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action_log, "MOST_WAITING", 3)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}")
    log = ActionLog(database, node="node1", clock=lambda: NOON)
    written = [log.note("1001", "three_way.asked") for _ in range(5)]
    assert [one.cancelled() for one in written] == [True, True, False, False, False]
    assert (log.waiting, log.lost) == (3, 2)
    await database.close()


async def _noted(url: str, *notes: Callable[[ActionLog], object]) -> None:
    database = Database(url)
    await schema.upgrade(database)
    log = ActionLog(database, node="node1")
    async with running(log):
        for note in notes:
            note(log)
        assert await log.put("1001", "three_way.left", "call-1", limit_s=WAIT_S)
    await database.close()


def test_the_command_masks_numbers_in_reasons(short_folder: Path) -> None:
    settings = make_settings(short_folder / "state")
    node = Node(settings)
    reason = {"reason": "回拨 13812345678 找燃气公司", "line": "1795320000123"}
    asyncio.run(_noted(settings.database, lambda log: log.note("1001", "three_way.asked", "call-1", reason)))
    runner = CliRunner()
    shown = runner.invoke(audit_log.app, ["list", "--json", "--config", str(node.file)])
    assert shown.exit_code == 0, shown.output
    first, last = json.loads(shown.stdout)
    assert first["details"] == {"reason": "回拨 138****5678 找燃气公司", "line": "1795320000123"}
    assert (last["who"], last["action"], last["node"]) == ("1001", "three_way.left", "node1")
    told = runner.invoke(audit_log.app, ["list", "--reveal", "--json", "--config", str(node.file)])
    assert "13812345678" in told.stdout
    table = runner.invoke(audit_log.app, ["list", "--since", "2026-01-01", "--config", str(node.file)])
    assert "three_way.asked" in table.stdout
    assert "13812345678" not in table.stdout
