from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from hotline.app import schema
from hotline.core.db import Database
from hotline.web.desk_callers import Callers, Known
from hotline.web.desk_state import CalledBack
from support.robot_rows import attempt, callback, campaign

CALL, NUMBER, AREA = "n-1.1", "13947301234", "内蒙古乌海市"


async def _told(callers: Callers, changed: asyncio.Event, true: Any, *, call: str = CALL) -> Known:
    async with asyncio.timeout(30):
        while not true(found := callers.of(call, NUMBER)):
            await changed.wait()
            changed.clear()
    return found


async def test_the_area_is_told_and_then_what_the_store_holds(tmp_path: Path) -> None:
    database, changed = Database(f"sqlite+aiosqlite:///{tmp_path}/a.db"), asyncio.Event()
    await schema.upgrade(database)
    callers = Callers(database, changed.set)
    assert callers.of(CALL, NUMBER) == Known()
    assert await _told(callers, changed, lambda known: known.is_looked_up) == Known(True, AREA)
    assert callers.of(CALL, "") == Known(is_looked_up=True)
    await callers.close()
    await database.close()


async def test_without_the_store_the_area_stands_and_the_store_is_asked_again(tmp_path: Path) -> None:
    class Away:
        asked = 0

        def read(self) -> Any:
            self.asked += 1
            raise OSError("away")

    away, changed = Away(), asyncio.Event()
    callers = Callers(cast("Database", away), changed.set)
    await _told(callers, changed, lambda known: known.area is not None)
    async with asyncio.timeout(30):
        while away.asked < 3:
            assert callers.of(CALL, NUMBER) == Known(area=AREA)
            await asyncio.sleep(0.01)
    assert not changed.is_set()
    await callers.close()


@pytest.mark.clause("R-CB-5")
async def test_who_comes_from_the_robot_comes_with_what_it_had_called_about(tmp_path: Path) -> None:
    database, changed = Database(f"sqlite+aiosqlite:///{tmp_path}/a.db"), asyncio.Event()
    await schema.upgrade(database)
    call = "robot-node1-01JD8Q2M9XKD7T3VW5YZ0ABCDE"
    async with database.write() as session:
        session.add_all(
            [campaign(), callback("cb1"), callback("cb2", ticket="T-other"), attempt("cb1", call)]
        )
    callers = Callers(database, changed.set)
    known = await _told(callers, changed, lambda known: known.is_looked_up, call=call)
    assert known.callback == CalledBack(
        "cb1", "T-cb1", "王女士", "城管局", "投诉", "路灯不亮", date(2026, 11, 18)
    )
    unknown = await _told(callers, changed, lambda known: known.is_looked_up, call=f"{call}X")
    assert unknown.callback is None
    await callers.close()
    await database.close()
