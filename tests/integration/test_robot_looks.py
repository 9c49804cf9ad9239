"""How far a campaign is: counted by the store, of large campaigns seldom."""

from __future__ import annotations

from datetime import timedelta

from hotline.callback_bot import desk_reads
from hotline.callback_bot.desk_reads import DeskReads
from hotline.callback_bot.schedule.sweep import open_ids
from hotline.core.db import Database
from support.robot_rows import NOW, callback, campaign
from support.robot_store import RobotStore, robot_settings


async def put(database: Database, first: int, count: int, **given: object) -> None:
    async with database.write() as session:
        session.add_all([callback(f"c{number:03}", **given) for number in range(first, first + count)])


async def test_large_campaigns_are_counted_seldom_and_small_ones_at_each_look(
    database: Database, monkeypatch
) -> None:
    robot = RobotStore(database, robot_settings())
    reads = DeskReads(database, robot.settings, robot.hours, clock=lambda: robot.now)
    async with database.write() as session:
        session.add(campaign())
    name = campaign().id
    await put(database, 0, 10)
    assert (await reads.look(name)).total == 10
    await put(database, 10, 10)
    assert (await reads.look(name)).total == 20
    monkeypatch.setattr(desk_reads, "LARGE", 20)
    monkeypatch.setattr(desk_reads, "ROWS_A_SECOND", 10)
    assert (await reads.look(name)).total == 20
    await put(database, 20, 5)
    robot.now += timedelta(seconds=1.9)
    assert (await reads.look(name)).total == 20, "the last counts stand for two seconds"
    robot.now += timedelta(seconds=0.2)
    assert (await reads.look(name)).total == 25
    assert await reads.look("none") is None


async def test_ids_of_open_callbacks_come_in_pages(database: Database, monkeypatch) -> None:
    monkeypatch.setattr("hotline.callback_bot.schedule.sweep.PAGE", 4)
    async with database.write() as session:
        session.add(campaign())
    await put(database, 0, 10)
    await put(database, 10, 3, state="done", ended_at=NOW)
    pages = [page async for page in open_ids(database)]
    assert [len(page) for page in pages] == [4, 4, 2]
    assert sorted(one for page in pages for one in page) == [f"c{number:03}" for number in range(10)]
