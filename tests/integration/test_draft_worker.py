from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hotline.asr import tables as transcripts
from hotline.core.db import Database
from hotline.core.events import DomainEvent, EventBus
from hotline.core.jobs import JobRow, Jobs
from hotline.telephony.tables import CallRow
from hotline.ticket_bridge.events import DraftFailed, TicketDrafted
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.tables import TicketRow, find, newest
from hotline.ticket_bridge.worker import MOST_ATTEMPTS, DraftWorker
from support.asterisk import make_settings
from support.talks import transcript_of

CALL = "node1-1700000000.12"
TALK = """坐: 您好 请问 您 需要 什么 帮助
市: 我 投诉 包工头 欠 我们 三十 个 人 的 工钱
坐: 请问 您 贵姓
市: 我姓 王
坐: 王 先生 我 马上 转 人社局"""


class Bench:
    """A worker on a database, with a clock that the test sets."""

    def __init__(self, database: Database, state: Path) -> None:
        self.database = database
        self.now = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
        self.jobs = Jobs(database, node="node1", clock=lambda: self.now)
        self.events: list[DomainEvent] = []
        bus = EventBus()
        bus.listen(self.events.append)
        self.settings = make_settings(state)
        self.worker = DraftWorker(self.settings, database, self.jobs, bus, clock=lambda: self.now)

    async def put_job(self) -> None:
        async with self.database.write() as session:
            await self.jobs.put(session, "draft", CALL, {"call": CALL})

    async def put_transcript(self) -> None:
        async with self.database.write() as session:
            made = transcript_of(TALK, call=CALL)
            await transcripts.save(session, made, node="node1", cost_ms=1, created_at=self.now)

    async def put_call(self) -> None:
        row = CallRow(
            id=CALL,
            node="node1",
            trunk="test",
            did="12345",
            number="13800000000",
            queue="public",
            agent="1001",
            t0=self.now - timedelta(minutes=3),
            t3=self.now - timedelta(minutes=2),
            facts=[],
        )
        async with self.database.write() as session:
            session.add(row)

    async def job(self) -> JobRow:
        async with self.database.read() as session:
            return (await session.scalars(select(JobRow).where(JobRow.kind == "draft"))).one()

    async def tickets(self) -> list[TicketRow]:
        async with self.database.read() as session:
            return await newest(session, limit=10)


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Bench:
    return Bench(database, tmp_path)


@pytest.mark.clause("R-T-3")
async def test_a_transcribed_call_becomes_one_draft(bench: Bench) -> None:
    assert await bench.worker.run_once() is False
    await bench.put_call()
    await bench.put_transcript()
    await bench.put_job()
    assert await bench.worker.run_once() is True
    assert await bench.worker.run_once() is False

    (ticket,) = await bench.tickets()
    assert ticket.call == CALL
    assert ticket.status == "draft"
    assert ticket.kind == "投诉"
    assert ticket.domain == "民生保障"
    assert ticket.model == "test"
    assert ticket.number.startswith("20261123-")  # half past one in Shanghai, the next day
    made = ticket.draft()
    assert made.value(FieldName.NAME) == "王先生"
    assert made.value(FieldName.PEOPLE) == 30
    assert made.value(FieldName.CALLER) == "13800000000"
    assert made.value(FieldName.AGENT) == "王芳（1001）"
    assert made.value(FieldName.NUMBER) == ticket.number
    assert made.value(FieldName.RAISED_AT) == "2026-11-23T01:27:00+08:00"
    assert made.fields[FieldName.PEOPLE].evidence[0].words == "三十 个 人 的 工钱"
    assert (await bench.job()).state == "done"
    (event,) = bench.events
    assert isinstance(event, TicketDrafted)
    assert (event.call, event.number, event.ticket) == (CALL, ticket.number, ticket.id)
    async with bench.database.read() as session:
        for key in (ticket.id, ticket.number, CALL):
            found = await find(session, key)
            assert found is not None
            assert found.id == ticket.id


async def test_a_job_done_twice_makes_one_ticket(bench: Bench) -> None:
    await bench.put_call()
    await bench.put_transcript()
    await bench.put_job()
    await bench.worker.run_once()
    async with bench.database.write() as session:
        row = (await session.scalars(select(JobRow).where(JobRow.kind == "draft"))).one()
        row.state, row.finished_at = "pending", None
    assert await bench.worker.run_once() is True
    assert len(await bench.tickets()) == 1
    assert (await bench.job()).state == "done"
    assert len(bench.events) == 1


async def test_a_lost_lease_writes_nothing(bench: Bench, tmp_path: Path) -> None:
    await bench.put_call()
    await bench.put_transcript()
    await bench.put_job()
    slow = await bench.jobs.lease("draft", owner="gone", lease_s=1)
    assert slow is not None
    bench.now += timedelta(seconds=2)
    assert await bench.worker.run_once() is True
    async with bench.database.write() as session:
        assert await bench.jobs.done(session, slow) is False
        assert await session.scalar(select(func.count()).select_from(TicketRow)) == 1


async def test_it_waits_for_transcript_and_record_and_then_gives_up(bench: Bench) -> None:
    await bench.put_job()
    assert await bench.worker.run_once() is True
    job = await bench.job()
    assert job.state == "pending"
    assert "no transcript" in (job.error or "")
    assert await bench.worker.run_once() is False  # not before its pause is over

    await bench.put_transcript()
    bench.now += timedelta(seconds=3)
    assert await bench.worker.run_once() is True
    assert "record is not written" in ((await bench.job()).error or "")

    for _ in range(MOST_ATTEMPTS - 2):
        bench.now += timedelta(hours=1)
        assert await bench.worker.run_once() is True
    assert (await bench.job()).state == "failed"
    assert await bench.tickets() == []
    (event,) = bench.events
    assert isinstance(event, DraftFailed)


async def test_numbers_do_not_meet(bench: Bench) -> None:
    await bench.put_call()
    for index in range(30):
        call = f"{CALL}{index}"
        async with bench.database.write() as session:
            made = transcript_of(TALK, call=call)
            await transcripts.save(session, made, node="node1", cost_ms=1, created_at=bench.now)
            session.add(CallRow(id=call, node="node1", trunk="", did="", number="", t0=bench.now, facts=[]))
            await bench.jobs.put(session, "draft", call, {"call": call})
    while await bench.worker.run_once():
        pass
    async with bench.database.read() as session:
        rows = await newest(session, limit=100)
        assert len({row.number for row in rows}) == 30
        assert len(await newest(session, limit=100, kind="咨询")) == 0
        assert len(await newest(session, limit=5)) == 5
