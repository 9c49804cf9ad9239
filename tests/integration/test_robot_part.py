"""The robot as a part of the service: whatever is away, the part lives, and nothing is lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import select

from hotline.app import schema
from hotline.app.robot import Robot
from hotline.callback_bot.dial.journal import NAME
from hotline.callback_bot.schedule.hours import CallingHours
from hotline.core.calendar import load
from hotline.core.clock import from_us
from hotline.core.db import Database
from hotline.core.settings import Settings
from hotline.telephony.ami import Ami
from hotline.telephony.call_book import CallBook
from hotline.telephony.cel import fact_of_row
from hotline.telephony.tables import JournalPositionRow
from support.asterisk import make_settings
from support.call_facts import NOON, SECOND, Story
from support.robot_node import add, attempts, callbacks, robot_settings
from support.survey import write_dialogue

pytestmark = pytest.mark.takes(6)


def robot_of(settings: Settings, database: Database, **options) -> Robot:
    switch = settings.asterisk
    ami = Ami(switch.ami_host, switch.ami_port, "hotline-actions", switch.ami_action_secret)
    return Robot(settings, database, ami, CallingHours.of(settings, load()), engine=lambda: None, **options)


async def test_without_a_switch_nothing_is_claimed_and_the_parts_go_on(tmp_path, migrated: Database):
    settings = make_settings(tmp_path / "state", database=migrated.url, **robot_settings(9))
    write_dialogue(settings)
    await add(settings, ["13900000001"])
    running = asyncio.create_task(robot_of(settings, migrated).run())
    await asyncio.sleep(1.5)
    assert not running.done()
    assert await attempts(migrated) == []
    assert (await callbacks(migrated))["13900000001"].state == "waiting"
    await end(running)


async def test_a_database_that_comes_later_is_waited_for(tmp_path, database_url: str):
    settings = make_settings(tmp_path / "state", database=database_url, **robot_settings(9))
    database = Database(database_url)
    running = asyncio.create_task(robot_of(settings, database).run())
    await asyncio.sleep(0.5)
    assert not running.done(), "its tables are missing"
    await schema.upgrade(database)
    await until_placed(database, True)
    await end(running)
    await database.close()


async def test_a_robot_that_is_off_gives_its_place_in_the_journal_up(tmp_path, migrated: Database):
    for given in (robot_settings(9), {}):
        settings = make_settings(tmp_path / "state", database=migrated.url, **given)
        running = asyncio.create_task(robot_of(settings, migrated).run())
        await until_placed(migrated, bool(given))
        await end(running)


@pytest.fixture
async def migrated(database_url: str) -> AsyncGenerator[Database]:
    database = Database(database_url)
    await schema.upgrade(database)
    yield database
    await database.close()


async def end(running: asyncio.Task[None]) -> None:
    running.cancel()
    await asyncio.wait([running])


async def until_placed(database: Database, wanted: bool) -> None:
    """Wait until the robot has a place in the journal, or has none."""
    async with asyncio.timeout(30):
        while bool(await positions(database)) is not wanted:  # noqa: ASYNC110  # rows of a table
            await asyncio.sleep(0.05)


async def positions(migrated: Database) -> list[str]:
    async with migrated.read() as session:
        rows = select(JournalPositionRow.journal).where(JournalPositionRow.journal == NAME)
        return list(await session.scalars(rows))


@pytest.mark.clause("R-CB-7")
async def test_it_yields_while_a_citizen_has_waited_for_ten_seconds(tmp_path, migrated: Database):
    settings = make_settings(tmp_path / "state", database=migrated.url, **robot_settings(9))
    book = CallBook("node1")
    story = Story().arrive().menu().ask().enter()
    for row in story.rows:
        if (fact := fact_of_row(row)) is not None:
            book.feed(fact)
    asked = next(call for call in book.open_calls())
    now = [NOON]
    robot = robot_of(settings, migrated, open_calls=lambda: [asked], clock=lambda: from_us(now[0]))
    now[0] = story.at_us + 5 * SECOND
    assert not robot.is_pressed()
    now[0] = story.at_us + 11 * SECOND
    assert robot.is_pressed()
