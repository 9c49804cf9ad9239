"""Repeats on both databases: one caller, many callers on one matter, at a cost that does not grow (R-R-4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.clock import new_id
from hotline.core.db import Database
from hotline.core.ticket_settings import RepeatSettings
from hotline.ticket_bridge.draft import Draft
from hotline.ticket_bridge.fields import Field, FieldName, Origin
from hotline.ticket_bridge.repeats.repeat_report import Asked, repeats_of
from hotline.ticket_bridge.repeats.repeat_store import PER_KEY
from hotline.ticket_bridge.repeats.repeat_tables import TicketMatterRow, TicketPlaceKeyRow
from hotline.ticket_bridge.repeats.repeat_watch import Repeats

pytestmark = pytest.mark.clause("R-R-4")

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
REPEATS = Repeats(RepeatSettings())
BY_KEY = """SELECT ticket FROM ticket_place_keys WHERE domain = '公共服务' AND key = 'shu xiang li yuan'
AND created_at >= '2026-11-15 00:00:00' ORDER BY created_at DESC LIMIT 100"""
BY_CALLER = "SELECT * FROM ticket_matters WHERE caller = '7' AND created_at >= '2026-11-15 00:00:00'"


def draft(
    caller: str, place: str, title: str, *, kind: str = "投诉", domain: str = "公共服务", **more: str
) -> Draft:
    values = {
        FieldName.CALLER: caller,
        FieldName.PLACE: place,
        FieldName.TITLE: title,
        FieldName.KIND: kind,
        FieldName.DOMAIN: domain,
        **{FieldName(name): value for name, value in more.items()},
    }
    fields = {name: Field(value, 0.9, (), Origin.CALL) for name, value in values.items() if value}
    return Draft(f"call-{new_id()}", fields)


async def keep(database: Database, made: Draft, at: datetime = NOW) -> None:
    ticket = new_id()
    async with database.write() as session:
        await REPEATS.remember(session, made, ticket=ticket, number=ticket[-8:], node="node1", now=at)


async def proposed(database: Database, caller: str, made: Draft) -> dict[str, dict[str, object]]:
    async with database.read() as session:
        fields = {name: value for name, value in made.to_json().items() if value}
        found = await REPEATS.proposals(session, caller, made.call, fields, NOW)
    return {one.kind: {**one.data, "text": one.text} for one in found}


async def test_one_caller_again_and_again(database: Database) -> None:
    """From the second call on the agent is told; from the fifth the number is on the watch list."""
    for day in range(4):
        await keep(database, draft("13800000001", "书香丽苑", "停水"), NOW - timedelta(days=day))
    await keep(database, draft("13800000001", "书香丽苑", "停水"), NOW - timedelta(days=40))
    again = draft("+8613800000001", "", "")
    told = (await proposed(database, "+8613800000001", again))["repeat"]
    assert told["count"] == 5
    assert told["watched"] is True
    assert "重点关注" in str(told["text"])
    assert await proposed(database, "13800000002", again) == {}
    assert await proposed(database, "", again) == {}


async def test_independent_callers_on_one_matter_and_place(database: Database) -> None:
    """Other words for the place count, the same caller twice does not, nor another matter or district."""
    await keep(database, draft("13800000001", "海勃湾区书香丽苑9号楼", "书香丽苑停水"))
    await keep(database, draft("13800000001", "海勃湾区书香丽苑", "书香丽苑停水"))
    await keep(database, draft("13800000002", "书乡丽园三号楼", "停水"))
    await keep(database, draft("13800000003", "书香丽苑", "暖气不热"))
    await keep(database, draft("13800000004", "海南区书香丽苑", "停水"))
    await keep(database, draft("13800000005", "书香丽苑", "停水", kind="咨询"))
    await keep(database, draft("13800000006", "书香丽苑", "停水"), NOW - timedelta(days=8))
    told = (await proposed(database, "13800000009", draft("13800000009", "书香丽苑", "停水")))["similar"]
    assert told["callers"] == 3
    assert told["grade"] is None
    assert "2 位其他诉求人" in str(told["text"])


async def test_withheld_numbers_are_not_independent(database: Database) -> None:
    for _ in range(5):
        await keep(database, draft("", "书香丽苑", "停水"))
    told = (await proposed(database, "13800000009", draft("13800000009", "书香丽苑", "停水")))["similar"]
    assert told["callers"] == 2


@pytest.mark.clause("R-R-2")
async def test_many_callers_raise_the_grade(database: Database) -> None:
    """Five who speak up are grade IV, twenty grade III; what a person said of the grade stays."""
    for number in range(4):
        await keep(database, draft(f"1380000000{number}", "书香丽苑", "停水"))
    fifth = draft("13800000009", "书香丽苑", "停水")
    async with database.read() as session:
        graded = await REPEATS.graded(session, fifth, NOW)
        higher = await REPEATS.graded(session, draft("1380000", "书香丽苑", "停水", risk_grade="II"), NOW)
        by_hand = {**fifth.fields, FieldName.RISK_GRADE: Field("无", 1.0, (), Origin.PERSON)}
        kept = await REPEATS.graded(session, Draft(fifth.call, by_hand), NOW)
    assert (graded.value(FieldName.RISK_GRADE), graded.value(FieldName.RISK_CLASS)) == ("IV", "其他")
    assert higher.value(FieldName.RISK_GRADE) == "II"
    assert kept.value(FieldName.RISK_GRADE) == "无"
    told = await proposed(database, "13800000009", fifth)
    assert told["risk"]["risk_grade"] == "IV"
    for number in range(10, 26):
        await keep(database, draft(f"138000000{number}", "书香丽苑", "停水"))
    async with database.read() as session:
        assert (await REPEATS.graded(session, fifth, NOW)).value(FieldName.RISK_GRADE) == "III"


@pytest.mark.clause("R-S-3")
async def test_the_report_has_groups_places_and_callers(database: Database) -> None:
    for number in range(6):
        at = NOW - timedelta(hours=number)
        await keep(database, draft(f"1380000000{number}", "书香丽苑", "停水"), at)
        await keep(database, draft("13900000000", "白沙路46号", "油烟扰民", domain="环境保护"), at)
    async with database.read() as session:
        found = await repeats_of(session, Asked(NOW - timedelta(days=1), NOW + timedelta(seconds=1)))
        before = await repeats_of(session, Asked(NOW - timedelta(days=9), NOW - timedelta(days=8)))
    [group] = found["groups"]
    assert (group["callers"], group["tickets"], group["grade"]) == (6, 6, "IV")
    assert (group["place"], group["title"], group["domain"]) == ("书香丽苑", "停水", "公共服务")
    assert group["last_at"] - group["first_at"] == timedelta(hours=5)
    assert found["places"] == [
        {"place": "书香丽苑", "domain": "公共服务", "tickets": 6, "callers": 6, "grade": "IV"}
    ]
    [caller] = found["callers"]
    assert (caller["caller"], caller["tickets"], caller["same_domain"]) == ("13900000000", 6, 6)
    assert caller["title"] == "油烟扰民"
    assert (before["groups"], before["callers"], before["places"]) == ([], [], [])


async def test_the_search_reads_no_more_when_there_are_many_tickets(database: Database) -> None:
    """Every step is by an index, and no key gives more than its newest tickets."""
    async with database.write() as session:
        for number in range(3 * PER_KEY):
            at = NOW - timedelta(seconds=number)
            session.add(
                TicketPlaceKeyRow(
                    domain="公共服务", key="shu xiang li yuan", created_at=at, ticket=f"{number:026}"
                )
            )
            session.add(
                TicketMatterRow(
                    ticket=f"{number:026}",
                    number=f"{number}",
                    call=f"call-{number}",
                    node="node1",
                    caller=f"{number}",
                    kind="投诉",
                    domain="公共服务",
                    place="书香丽苑",
                    title="停水",
                    cluster=f"{0:026}",
                    created_at=at,
                )
            )
    if not database.is_sqlite:
        async with database.write() as session:
            await session.execute(text("ANALYZE"))
    async with database.read() as session:
        by_key = await _plan(session, database, BY_KEY)
        by_caller = await _plan(session, database, BY_CALLER)
    assert "ticket_place_keys" in by_key
    for plan in (by_key, by_caller):
        assert "Seq Scan" not in plan
        assert "SCAN " not in plan
    assert "ix_ticket_matters_caller" in by_caller
    told = await proposed(database, "1", draft("1", "书香丽苑", "停水"))
    assert told["similar"]["callers"] == 3 * PER_KEY


async def _plan(session: AsyncSession, database: Database, query: str) -> str:
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    return "\n".join(str(row) for row in await session.execute(text(explain + query)))
