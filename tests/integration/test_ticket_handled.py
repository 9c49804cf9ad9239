"""A unit says that it is done with a ticket: the ticket shows it, and its citizen is called back once."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from hotline.app import schema
from hotline.app.robot_tickets import RobotTickets
from hotline.cli import ticket_handled
from hotline.cli.ticket import app
from hotline.core.action_log import ActionRow
from hotline.core.clock import utc_now
from hotline.core.db import Database
from hotline.core.errors import InvalidInputError, NotFoundError
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.handling import HANDLED, Handling, set_handled
from hotline.ticket_bridge.tables import TicketRow, find
from support.asterisk import make_settings
from support.robot_store import RobotStore, robot_settings

NUMBER = "20261119-0001"


def ticket(now: datetime, **given: object) -> TicketRow:
    fields = {
        name: {"value": value, "confidence": 1.0, "evidence": [], "origin": "initial"}
        for name, value in {"phone": "13900000001", "name": "王女士", "title": "路灯不亮"}.items()
    }
    usual = {
        "id": "01AAAAAAAAAAAAAAAAAAAAAAAA", "number": NUMBER, "call": "call-1", "node": "node1",
        "status": "draft", "kind": "投诉", "confidential": False, "model": "m", "fields": fields,
        "created_at": now - timedelta(days=3), "updated_at": now - timedelta(days=3),
    }  # fmt: skip
    return TicketRow(**(usual | given))


async def say(
    database: Database, now: datetime, unit: str, at: datetime, entry: str = "e1", *, key: str = NUMBER
) -> TicketRow:
    async with database.write() as session:
        handling = Handling(unit, at, "2001")
        return await set_handled(session, key, handling, entry_id=entry, node="node1", now=now)


@pytest.mark.clause("R-CB-1")
async def test_what_was_handled_is_called_back_with_its_unit_and_day_once(database: Database) -> None:
    robot = RobotStore(database, robot_settings(ticket_statuses=["handled"]))
    tickets = RobotTickets(robot.settings, database, robot.hours, clock=lambda: robot.now)
    assert await tickets.follow(HANDLED) == 0
    async with database.write() as session:
        session.add(ticket(robot.now))
    robot.after(minutes=1)
    done = robot.now - timedelta(days=2)
    row = await say(database, robot.now, " 城管局 ", done)
    assert (row.status, row.handled_at, row.updated_at) == (HANDLED, done, robot.now)
    assert await tickets.follow(HANDLED) == 1
    [callback] = await robot.rows()
    assert (callback.ticket, callback.unit, callback.phone) == (NUMBER, "城管局", "13900000001")
    assert callback.handled_on == robot.hours.day(done)
    robot.after(minutes=1)
    await say(database, robot.now, "住建局", robot.now, "e2")
    assert await tickets.follow(HANDLED) == 0, "said again it corrects, and nobody is called twice"
    async with database.read() as session:
        found = await find(session, NUMBER)
        assert found is not None
        assert found.draft().value(FieldName.HANDLING_UNIT) == "住建局"
        actions = await session.scalars(select(ActionRow.action).order_by(ActionRow.place, ActionRow.id))
        assert list(actions) == ["ticket.correct", "ticket.handled", "ticket.correct"]


@pytest.mark.parametrize("status", ["closed", "check"])
async def test_what_is_closed_or_waits_for_a_check_stays_so(database: Database, status: str) -> None:
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    async with database.write() as session:
        session.add(ticket(now, status=status))
    with pytest.raises(InvalidInputError):
        await say(database, now, "城管局", now)
    async with database.read() as session:
        assert (await session.scalar(select(TicketRow.status))) == status


BAD = {
    "no unit": ("  ", 0),
    "too long": ("局" * 81, 0),
    "control": ("城管\r\n局", 0),
    "before it was made": ("城管局", -4),
    "in the future": ("城管局", 1),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_unit_or_moment_that_cannot_be_is_refused(database: Database, name: str) -> None:
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    unit, days = BAD[name]
    async with database.write() as session:
        session.add(ticket(now))
    with pytest.raises(InvalidInputError):
        await say(database, now, unit, now + timedelta(days=days))
    with pytest.raises(InvalidInputError):
        await say(database, now, "城管局", now.replace(tzinfo=None))
    async with database.read() as session:
        assert (await session.scalar(select(TicketRow.status))) == "draft"
    with pytest.raises(NotFoundError):
        await say(database, now, "城管局", now, key="none")


def test_the_command_says_it_and_whether_anybody_is_called(tmp_path, monkeypatch) -> None:
    settings = make_settings(tmp_path)
    monkeypatch.setattr(ticket_handled, "load_settings", lambda _config: settings)

    async def put() -> None:
        database = Database(settings.database)
        await schema.upgrade(database)
        async with database.write() as session:
            session.add(ticket(utc_now()))
        await database.close()

    asyncio.run(put())
    told = CliRunner().invoke(app, ["handled", NUMBER, "--unit", "城管局", "--who", "2001"])
    assert told.exit_code == 0, told.exception
    assert f"工单 {NUMBER} 已办结（城管局，" in told.stdout
    assert "不会自动回访" in told.stdout
    again = CliRunner().invoke(
        app, ["handled", NUMBER, "--unit", "城管局", "--who", "2001", "--at", "yesterday", "--json"]
    )
    assert json.loads(again.stdout)["status"] == HANDLED
    nobody = CliRunner().invoke(app, ["handled", NUMBER, "--unit", "城管局", "--who", " "])
    assert isinstance(nobody.exception, InvalidInputError)
