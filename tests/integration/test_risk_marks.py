"""The re-check of risk marks (R-R-5): which wait, in what order, and what people made of them."""

from __future__ import annotations

import runpy
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.app import schema
from hotline.core.db import Database
from hotline.queue.agents import Agents
from hotline.ticket_bridge import tables
from hotline.ticket_bridge.checks.check_service import Checks
from hotline.ticket_bridge.checks.check_tables import Said
from hotline.ticket_bridge.checks.risk_marks import risk_marks
from hotline.ticket_bridge.draft import Draft
from hotline.ticket_bridge.fields import Evidence, Field, FieldName
from hotline.web.desk import Desk
from hotline.web.live import Live
from hotline.web.server import build_app
from support.asterisk import make_settings
from support.pages import FakeFigures

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


async def put(session: AsyncSession, n: int, grade: str | None) -> str:
    """Store a draft with a grade; returns its call."""
    call, fields = f"node1-{n}.1", {FieldName.TITLE: Field(f"事项{n}", 0.9)}
    if grade is not None:
        words = Evidence("着火了", "citizen", 0, 1.0, 2.5)
        fields |= {
            FieldName.RISK_CLASS: Field("社会安全", 0.9),
            FieldName.RISK_GRADE: Field(grade, 0.9, (words,)),
        }
    assert await tables.save_draft(
        session,
        Draft(call, fields),
        ticket_id=f"T{n:025}",
        timezone="Asia/Shanghai",
        node="node1",
        model="test",
        now=NOW + timedelta(minutes=n),
    )
    return call


class Store:
    """Tickets that a test puts in, and the API over them."""

    def __init__(self, database: Database, client: TestClient[Any, Any]) -> None:
        self.database = database
        self.client = client
        self.checks = Checks(database, node="node1", clock=lambda: NOW)

    async def put(self, n: int, grade: str | None) -> str:
        """Store a draft with a grade; returns its call."""
        async with self.database.write() as session:
            return await put(session, n, grade)

    async def marks(self, state: str = "open", limit: int = 50) -> dict[str, Any]:
        query = {"state": state, "limit": str(limit)}
        async with self.client.get("/api/v1/tickets/risks", params=query) as answer:
            assert answer.status == 200
            return await answer.json()

    async def waiting(self) -> list[str]:
        return [mark["call"] for mark in (await self.marks())["marks"]]


@pytest.fixture
async def store(database: Database, tmp_path: Path) -> AsyncGenerator[Store]:
    settings = make_settings(tmp_path)
    agents = Agents(settings, None)  # type: ignore[arg-type]  # nothing here asks the switch
    desk = Desk(settings, database, agents, lambda: Live(True, 0, []), FakeFigures(), clock=lambda: NOW)
    headers = {"Authorization": f"Bearer {settings.web.token}"}
    async with TestClient(TestServer(build_app(settings.web, desk)), headers=headers) as client:
        yield Store(database, client)


@pytest.mark.clause("R-R-5")
async def test_marks_wait_the_gravest_first_until_a_person_has_said_something(store: Store) -> None:
    grades = ("IV", "I", None, "II", "I")
    calls = [await store.put(n, grade) for n, grade in enumerate(grades)]
    assert await store.waiting() == [calls[4], calls[1], calls[3], calls[0]]
    first = (await store.marks(limit=1))["marks"]
    assert [(one["risk_class"], one["risk_grade"], one["words"]) for one in first] == [
        ("社会安全", "I", [{"words": "着火了", "speaker": "citizen", "start_s": 1.0, "end_s": 2.5}])
    ]
    await store.checks.say(calls[4], Said("1009", {}, frozenset({FieldName.RISK_GRADE})))
    await store.checks.say(calls[1], Said("1009", {FieldName.RISK_GRADE: "III"}))
    await store.checks.say(calls[3], Said("1009", {FieldName.RISK_GRADE: None}))
    assert await store.waiting() == [calls[0]]
    assert (await store.marks())["open"] == 1
    done = {mark["call"]: mark for mark in (await store.marks("checked"))["marks"]}
    assert {call: (one["check"]["old"], one["check"]["new"]) for call, one in done.items()} == {
        calls[4]: ("I", "I"),
        calls[1]: ("I", "III"),
        calls[3]: ("II", None),
    }
    assert done[calls[3]]["risk_grade"] is None
    assert done[calls[1]]["check"]["who"] == "1009"


async def test_a_word_on_another_field_leaves_the_mark_waiting(
    store: Store,
) -> None:
    call = await store.put(1, "II")
    await store.checks.say(call, Said("1009", {FieldName.TITLE: "楼道起火"}))
    assert await store.waiting() == [call]
    await store.checks.say(call, Said("1009", {}, whole=True))
    assert await store.waiting() == []


@pytest.mark.parametrize("query", ["state=all", "limit=0", "limit=201", "limit=x"])
async def test_what_is_no_question_is_refused(store: Store, query: str) -> None:
    async with store.client.get(f"/api/v1/tickets/risks?{query}") as answer:
        assert answer.status == 422


def migrate(connection: Connection) -> None:
    """Carry out the migration that brings the column, whatever comes after it."""
    file = Path(schema.__file__).parents[1] / "migrations" / "versions" / "0014_the_risk_of_a_ticket.py"
    with Operations.context(MigrationContext.configure(connection)):
        runpy.run_path(str(file))["upgrade"]()


async def test_marks_of_tickets_that_were_there_before_are_found(database_url: str) -> None:
    """The migration reads the grade out of the fields."""
    database = Database(database_url)
    await schema.upgrade(database)
    async with database.write() as session:
        await put(session, 1, "II")
    async with database.engine.begin() as connection:
        await connection.execute(text("DROP INDEX ix_tickets_risk_grade_created_at"))
        await connection.execute(text("ALTER TABLE tickets DROP COLUMN risk_grade"))
        await connection.run_sync(migrate)
    async with database.read() as session:
        found = await risk_marks(session, "open", limit=5)
    await database.close()
    assert [(mark.number, mark.risk_grade) for mark in found.marks] == [("20261122-00000001", "II")]
