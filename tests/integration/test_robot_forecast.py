"""The dry run tells what the robot then does, and writes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from hotline.callback_bot.model import Outcome
from hotline.callback_bot.schedule import campaigns
from hotline.callback_bot.schedule.forecast import Planned, forecast
from hotline.callback_bot.schedule.people import never_again
from hotline.core.db import Database
from support.robot_store import RobotStore, new, robot_settings

ZONE = ZoneInfo("Asia/Shanghai")


async def plan(robot: RobotStore, **given: object) -> list[Planned]:
    return await forecast(robot.database, robot.settings.robot, robot.hours, robot.now, **given)  # type: ignore[arg-type]


def china(found: list[Planned]) -> list[str]:
    return [one.at.astimezone(ZONE).strftime("%m-%d %H:%M:%S") if one.at else one.why for one in found]


async def test_it_tells_when_lines_become_free_and_hours_open(database: Database) -> None:
    robot = RobotStore(database, robot_settings(trunks=[{"name": "city", "lines": 2}]))
    robot.now = datetime(2026, 11, 20, 19, 28, 0, tzinfo=ZONE)
    await robot.add(*map(new, range(5)), new(9, priority=9))
    found = await plan(robot)
    assert found[0].callback.ticket == "T000009"
    assert china(found) == [
        "11-20 19:28:00",
        "11-20 19:28:00",
        "11-23 09:00:00",
        "11-23 09:00:00",
        "11-23 09:01:30",
        "11-23 09:01:30",
    ]
    assert len(await plan(robot, most=3)) == 3


async def test_people_rest_and_who_is_not_called_is_told_with_the_reason(database: Database) -> None:
    robot = RobotStore(database)
    same = [new(i, phone="13900000001", latest=robot.now + timedelta(days=1)) for i in range(4)]
    await robot.add(*same, new(7), new(8))
    async with database.write() as session:
        await never_again(session, "13900000007", robot.now, why="", who="web")
        await session.execute(text("UPDATE robot_callbacks SET state = 'waiting' WHERE ticket = 'T000007'"))
        await session.execute(text("UPDATE robot_callbacks SET phone = '12345' WHERE ticket = 'T000008'"))
    found = await plan(robot)
    assert sorted(china(found)) == sorted(
        ["11-19 10:00:00", "11-19 11:01:30", "11-20 09:00:00", "quiet", "number", "out_of_time"]
    )


async def test_it_agrees_with_what_then_happens(database: Database) -> None:
    robot = RobotStore(database, robot_settings(trunks=[{"name": "city", "lines": 3, "per_second": 100}]))
    await robot.campaign("few", lines=1, hours=["每天 10:02-10:30"])
    await robot.add(*(new(i, priority=i % 3) for i in range(8)))
    await robot.add(*map(new, range(20, 23)), campaign="few")
    found = await plan(robot, seconds_each=60.0)
    happened: list[tuple[datetime, str]] = []
    for _ in range(12):
        open_ = await robot.store.open_attempts()
        claims = await robot.claim()
        happened += [(robot.now, one.callback.ticket) for one in claims]
        robot.after(seconds=60)
        assert len(open_) == 0
        for one in claims:
            await robot.end(one, Outcome.COMPLETED)
    assert sorted((one.at, one.callback.ticket) for one in found if one.at) == sorted(happened)


async def test_a_paused_campaign_is_told_when_it_is_asked_for(database: Database) -> None:
    robot = RobotStore(database)
    await robot.add(new(1))
    async with database.write() as session:
        await campaigns.pause(session, "november")
    assert await plan(robot) == []
    (only,) = await plan(robot, campaign="november")
    assert only.at == robot.now
    assert [row.state for row in await robot.rows()] == ["waiting"]
    assert (await robot.person("13900000001")).free_at is None
