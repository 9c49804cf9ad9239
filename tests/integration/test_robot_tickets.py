"""A ticket that was handled is called back, once for each handling."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hotline.app.robot_tickets import RobotTickets
from hotline.callback_bot.model import Outcome
from hotline.core.clock import new_id
from hotline.core.db import Database
from hotline.ticket_bridge.callback_results import TicketCallbackRow
from hotline.ticket_bridge.tables import TicketRow
from support.robot_store import RobotStore, robot_settings


def ticket(robot: RobotStore, number: str, **given: Any) -> TicketRow:
    values = {"phone": f"1390000{number}", "name": "王女士", "title": "路灯不亮", "handling_unit": "城管局"}
    fields = {
        name: {"value": value, "confidence": 1.0, "evidence": [], "origin": "initial"}
        for name, value in (values | given.pop("fields", {})).items()
    }
    usual = {
        "id": new_id(),
        "number": f"20261119-{number}",
        "call": f"call-{number}",
        "node": "node1",
        "status": "handled",
        "kind": "投诉",
        "confidential": False,
        "model": "m",
        "fields": fields,
        "created_at": robot.now,
        "updated_at": robot.now,
    }
    return TicketRow(**(usual | given))


async def put(database: Database, *rows: TicketRow) -> None:
    async with database.write() as session:
        for row in rows:
            await session.merge(row)


async def test_each_handling_is_called_back_once(database: Database) -> None:
    robot = RobotStore(database, robot_settings(ticket_statuses=["handled"]))
    old = ticket(robot, "0000")
    await put(database, old)
    robot.after(minutes=10)

    def tickets() -> RobotTickets:
        return RobotTickets(robot.settings, database, robot.hours, clock=lambda: robot.now)

    assert await tickets().follow("handled") == 0
    robot.after(minutes=1)
    rows = [ticket(robot, f"{i:04}") for i in range(1, 251)]
    drafts = ticket(robot, "0900", status="draft")
    nobody = ticket(robot, "0901", fields={"phone": "12345"})
    caller = ticket(robot, "0902", fields={"phone": None, "caller": "13900000902"})
    await put(database, *rows, drafts, nobody, caller)
    assert await tickets().follow("handled") == 251
    assert await tickets().follow("handled") == 0
    added = await robot.rows()
    assert len(added) == 251
    assert (added[0].campaign, added[0].person, added[0].unit) == ("tickets-2026-11", "王女士", "城管局")
    assert (added[0].matter, added[0].kind, added[0].phone) == ("路灯不亮", "投诉", "13900000001")
    assert added[-1].phone == "13900000902"

    late = ticket(robot, "0903", updated_at=robot.now - timedelta(minutes=3))
    again = ticket(robot, "0001", id=rows[0].id, title="改过的标题")
    robot.after(days=1)
    again.updated_at = robot.now
    await put(database, late, again)
    assert await tickets().follow("handled") == 1

    for claimed in await robot.claim():
        await robot.end(claimed, Outcome.COMPLETED)
        number = claimed.callback.ticket
    robot.after(minutes=1)
    verdict = TicketCallbackRow(
        callback="c",
        ticket=number,
        verdict="reopen",
        level="不满意",
        contacted="yes",
        solved="no",
        reasons=[],
        remarks="",
        recording="",
        note="",
        ended_at=robot.now,
        updated_at=robot.now,
    )
    handled = next(row for row in rows if row.number == number)
    handled.updated_at = robot.now
    async with database.write() as session:
        session.add(verdict)
    await put(database, handled)
    assert await tickets().follow("handled") == 1
    assert sorted(row.same for row in await robot.rows() if row.ticket == number) == [
        f"{number}@handled-1",
        f"{number}@handled-2",
    ]
