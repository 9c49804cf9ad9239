"""What Prometheus and the alarms are told of the robot, and how far a campaign is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from hotline.app.robot_desk import RobotDesk
from hotline.callback_bot.tables import LaneRow
from hotline.core.db import Database
from support.robot_desk import LATER, robot_desk
from support.robot_rows import NOW, attempt, callback, campaign

TRUNK = {"robot": {"trunks": [{"name": "test", "lines": 2}]}}


def exposed(robot: RobotDesk) -> str:
    registry = CollectorRegistry()
    registry.register(robot.figures)
    return generate_latest(registry).decode()


@pytest.fixture
async def filled(database: Database, tmp_path: Path) -> RobotDesk:
    """A campaign whose first callback has been due for an hour; one was busy 50 minutes ago."""
    async with database.write() as session:
        session.add_all([campaign(), LaneRow(campaign="november", priority=0)])
        session.add_all([callback("1"), callback("2", phone="13900139000", state="calling")])
        session.add(attempt("1", "A1", at=LATER - timedelta(minutes=50), answered=False, outcome="busy"))
        session.add(attempt("1", "A0", at=LATER - timedelta(minutes=70), answered=False))
        session.add(attempt("2", "A2", at=LATER - timedelta(minutes=40), state="talking", outcome=None))
    robot = robot_desk(database, tmp_path, **TRUNK)
    robot._since = NOW - timedelta(days=1)
    return robot


async def test_states_outcomes_and_lines_are_exposed_without_anything_of_people(filled: RobotDesk) -> None:
    assert "hotline_callbacks{" not in exposed(filled), "nothing is known yet"
    await filled._look()
    filled.figures.lines = lambda: {"ringing": 1}
    text = exposed(filled)
    assert 'hotline_callbacks{state="waiting"} 1.0' in text
    assert 'hotline_callbacks{state="calling"} 1.0' in text
    assert 'hotline_callback_attempts_last_hour{outcome="busy"} 1.0' in text
    assert "no_answer" not in text
    assert 'hotline_callback_lines{phase="ringing"} 1.0' in text
    assert "1380013" not in text


async def test_a_robot_that_dials_nothing_due_is_idle_and_one_that_yields_is_not(filled: RobotDesk) -> None:
    await filled._look()
    assert filled.idle_s == 40 * 60
    filled.pressed = lambda: True
    await filled._look()
    assert filled.idle_s == 0
    filled.pressed = lambda: False
    await filled._look()
    assert filled.idle_s == 0, "time counts from the end of the pressure on"


async def test_a_robot_that_is_off_or_has_nothing_due_is_not_idle(
    database: Database, filled: RobotDesk, tmp_path: Path
) -> None:
    off = robot_desk(database, tmp_path)
    await off._look()
    assert off.idle_s == 0
    async with database.write() as session:
        (await session.get_one(type(callback("1")), "1")).next_at = LATER + timedelta(hours=1)
    await filled._look()
    assert filled.idle_s == 0


async def test_progress_counts_states_lines_and_speed(filled: RobotDesk) -> None:
    found = await filled.desk.progress("november")
    assert (found.total, found.ended, found.open) == (2, 0, 2)
    assert (found.dialling, found.talking, found.attempts_recent, found.ended_recent) == (0, 1, 0, 0)
    assert found.to_json()["share"] == 0.0
