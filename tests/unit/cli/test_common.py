from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from hotline.cli.common import StoreAwayError, print_json, run
from hotline.core.db import Database


def test_moments_in_json_are_iso_8601(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"at": datetime(2026, 11, 22, 5, 4, 5, tzinfo=UTC)})
    assert json.loads(capsys.readouterr().out) == {"at": "2026-11-22T05:04:05+00:00"}


def test_a_database_that_is_away_is_one_clear_line(tmp_path: Path) -> None:
    async def ask() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/no/folder.db")
        try:
            async with database.read() as session:
                await session.execute(text("SELECT 1"))
        finally:
            await database.close()

    with pytest.raises(StoreAwayError, match="unable to open database file") as raised:
        run(ask())
    assert "hotline doctor" in raised.value.mend
    assert not [thread for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]


def test_other_errors_stay_what_they_are() -> None:
    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        run(fail())
