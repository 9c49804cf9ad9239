from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, literal, select, update

from hotline.core.clock import from_us, to_us
from hotline.core.db import Database
from hotline.queue.audit import Audit
from hotline.queue.journal_scan import JournalGoneError
from hotline.telephony.tables import CallRow, CallStepRow, LegRow
from support.asterisk import make_settings
from support.audited import AuditedNode
from support.call_facts import NOON, SECOND, Story, abandoned, answered, internal

FIRST, SECOND_CALL = "node1-1795320000.12", "node1-1795320100.20"
MS = timedelta(milliseconds=1)


@pytest.fixture
async def node(tmp_path: Path, database: Database) -> AuditedNode:
    return AuditedNode(make_settings(tmp_path), database)


def day(calls: int) -> list[Story]:
    """Calls one after the other with several outcomes."""
    made: list[Story] = []
    for index in range(calls):
        at_us = NOON + index * 90 * SECOND
        call = f"node1-{at_us // SECOND}.{100 + index * 4}"
        if index % 3 == 0:
            made.append(abandoned(call, at_us=at_us))
        elif index % 3 == 1:
            made.append(answered(call, at_us=at_us, wait_s=9.0 + index % 10))
        else:
            story = Story(call, at_us).arrive().menu().ask().enter().wait(10).leave("TIMEOUT")
            made.append(story.mark("HL_MESSAGE", file=f"m/{index}").wait(3).hang_up().retire())
    return made


async def change(node: AuditedNode, statement: Any) -> None:
    async with node.database.write() as session:
        await session.execute(statement)


def told(audit: Audit) -> set[tuple[str, str, str]]:
    return {(one.call, one.table, one.column) for one in audit.differences}


@pytest.mark.clause("R-Q-4")
async def test_what_was_read_from_the_journal_is_what_the_journal_says(node: AuditedNode) -> None:
    node.write(answered(), internal(), abandoned(), *day(12)[3:])
    await node.read()
    found = await node.audit()
    assert (found.is_clean, found.compared, found.in_progress, found.unread) == (True, 11, 0, 0)
    assert (found.uncovered, found.earlier, found.bad_records) == ([], 0, 0)


async def test_rotated_and_compressed_files_are_one_journal(node: AuditedNode) -> None:
    stories = day(9)
    node.write(*stories[:3], Story(rows=stories[3].rows[:7]))
    await node.read()
    node.rotate(1, pack=True)
    node.write(Story(rows=stories[3].rows[7:]), *stories[4:6])
    node.rotate(2, pack=True)
    node.write(*stories[6:])
    node.rotate(3)
    await node.read()
    found = await node.audit()
    assert (found.is_clean, found.compared, found.unread) == (True, 9, 0)


async def test_a_restart_in_a_compressed_file_that_was_not_read_yet(node: AuditedNode) -> None:
    node.write(Story("node1-1795320000.12", NOON).arrive().menu().ask().enter())
    node.queue_log(f"{NOON // SECOND - 60}|NONE|NONE|NONE|QUEUESTART|")
    await node.read()
    node.queue_log(f"{NOON // SECOND + 300}|NONE|NONE|NONE|QUEUESTART|")
    log = node.logs / "queue_log"
    with gzip.open(log.with_name("queue_log.1.gz"), "wb") as out:
        out.write(log.read_bytes())
    log.unlink()
    node.queue_log(f"{NOON // SECOND + 900}|x|public|NONE|CONFIGRELOAD|")
    await node.read()
    found = await node.audit()
    assert (found.is_clean, found.compared) == (True, 1)
    async with node.database.read() as session:
        row = await session.get_one(CallRow, "node1-1795320000.12")
    assert (row.ended_by, row.ended_at) == ("switch_restart", from_us(NOON + 300 * SECOND))


ATTACKS: dict[str, tuple[Any, set[tuple[str, str, str]]]] = {
    "a wait made shorter by a millisecond": (
        update(CallRow).where(CallRow.id == FIRST).values(wait_human_us=CallRow.wait_human_us - 1000),
        {(FIRST, "calls", "wait_human_us")},
    ),
    "an outcome": (
        update(CallRow).where(CallRow.id == SECOND_CALL).values(outcome="answered"),
        {(SECOND_CALL, "calls", "outcome")},
    ),
    "a caller's number": (
        update(CallRow).where(CallRow.id == FIRST).values(number="13900000000"),
        {(FIRST, "calls", "number")},
    ),
    "another node's": (
        update(CallRow).where(CallRow.id == FIRST).values(node="other"),
        {(FIRST, "calls", "node")},
    ),
    "a deleted call": (
        delete(CallRow).where(CallRow.id == SECOND_CALL),
        {(SECOND_CALL, "calls", "")},
    ),
    "a deleted leg": (
        delete(LegRow).where(LegRow.call == FIRST, LegRow.role == "agent", LegRow.answered_at.is_(None)),
        {(FIRST, "legs", "")},
    ),
    "a leg's cause": (
        update(LegRow).where(LegRow.call == FIRST, LegRow.role == "citizen").values(hangup_cause=1),
        {(FIRST, "legs", "hangup_cause")},
    ),
    "a deleted step": (
        delete(CallStepRow).where(CallStepRow.call == SECOND_CALL, CallStepRow.name == "HL_HUMAN"),
        {(SECOND_CALL, "call_steps", "")},
    ),
    "a step's values": (
        update(CallStepRow)
        .where(CallStepRow.call == FIRST, CallStepRow.name == "HL_QUEUE")
        .values(params={"queue": "vip", "visit": "1"}),
        {(FIRST, "call_steps", "params")},
    ),
    "a record that is none": (
        update(CallRow).where(CallRow.id == FIRST).values(facts=[["x", "y", 1, 1, "z"], 7]),
        {(FIRST, "calls", "facts")},
    ),
    "the stored record itself": (
        update(CallRow).where(CallRow.id == FIRST).values(facts=[]),
        {(FIRST, "calls", "facts")},
    ),
}


@pytest.mark.clause("R-Q-4")
@pytest.mark.parametrize("name", ATTACKS)
async def test_every_change_of_what_is_stored_is_found_and_named(node: AuditedNode, name: str) -> None:
    statement, wanted = ATTACKS[name]
    node.write(answered(), abandoned(), internal())
    await node.read()
    await change(node, statement)
    found = await node.audit()
    assert wanted <= told(found)
    assert {call for call, _, _ in told(found)} == {call for call, _, _ in wanted}
    assert not found.is_clean
    await node.read()
    assert told(await node.audit()) == told(found)


@pytest.mark.clause("R-Q-4")
async def test_an_answer_moved_by_a_millisecond_shows_in_the_figures_too(node: AuditedNode) -> None:
    node.write(answered(), abandoned())
    await node.read()
    async with node.database.write() as session:
        row = await session.get_one(CallRow, FIRST)
        row.t3 = row.t3 - MS if row.t3 else None
    found = await node.audit()
    (difference,) = found.differences
    assert (difference.call, difference.column) == (FIRST, "t3")
    assert difference.stored is not None
    assert difference.journal is not None
    assert difference.stored < difference.journal
    changed = {(one.scope, one.figure) for one in found.figures}
    assert {
        ("all", "wait_human"),
        ("all", "asa"),
        ("queue:main", "wait_p95"),
        ("agent:1001", "asa"),
    } <= changed
    assert not any(one.figure == "offered" for one in found.figures)


@pytest.mark.clause("R-Q-4")
async def test_an_invented_call_is_found(node: AuditedNode) -> None:
    node.write(answered(), abandoned())
    await node.read()
    invented = "node1-1795320555.99"
    copied = [column for column in CallRow.__table__.columns if column.name != "id"]
    copy = select(literal(invented), *copied).where(CallRow.id == FIRST)
    names = ["id", *(column.name for column in copied)]
    await change(node, insert(CallRow).from_select(names, copy))
    found = await node.audit()
    assert told(found) == {(invented, "calls", "")}
    assert (found.differences[0].stored, found.differences[0].journal) == ("1", None)
    assert ("all", "offered", "3", "2") in found.figures


async def test_rows_of_no_call_at_all_are_found(node: AuditedNode) -> None:
    node.write(answered())
    await node.read()
    async with node.database.write() as session:
        session.add(
            CallStepRow(
                call="node1-1.1", leg="node1-1.1", n=1, name="HL_HUMAN", node="node1", at=node.now, params={}
            )
        )
    assert told(await node.audit()) == {("node1-1.1", "call_steps", "")}


async def test_calls_in_progress_and_not_read_yet_are_counted_not_blamed(node: AuditedNode) -> None:
    talking = Story("node1-1795321000.40", NOON + 1000 * SECOND).arrive().menu().ask().enter()
    later = answered("node1-1795321100.50", at_us=NOON + 1100 * SECOND)
    node.write(answered(), talking, Story(rows=later.rows[:-3]))
    await node.read()
    node.write(Story(rows=later.rows[-3:]), abandoned("node1-1795321200.60", at_us=NOON + 1200 * SECOND))
    found = await node.audit()
    assert (found.is_clean, found.compared, found.in_progress, found.unread) == (True, 1, 1, 2)
    await node.read()
    found = await node.audit()
    assert (found.is_clean, found.compared, found.in_progress, found.unread) == (True, 3, 1, 0)


async def test_nothing_was_ever_read(node: AuditedNode) -> None:
    node.write(answered(), abandoned())
    found = await node.audit()
    assert (found.is_clean, found.compared, found.unread) == (True, 0, 2)


async def test_a_period(node: AuditedNode) -> None:
    stories = day(9)
    node.write(*stories[:5])
    node.rotate(1)
    node.write(*stories[5:])
    await node.read()
    since = from_us(stories[6].rows and NOON + 6 * 90 * SECOND)
    assert (await node.audit(since=since)).compared == 3
    assert (await node.audit(until=since)).compared == 6
    await change(node, update(CallRow).where(CallRow.t0 < since).values(outcome=None))
    assert (await node.audit(since=since)).is_clean
    assert not (await node.audit(until=since)).is_clean


async def test_a_journal_that_is_gone_for_a_part_of_the_period(node: AuditedNode) -> None:
    stories = day(9)
    node.write(*stories[:4])
    first = node.rotate(1)
    node.write(*stories[4:6])
    second = node.rotate(2)
    node.write(*stories[6:7])
    node.rotate(3)
    node.write(*stories[7:])
    await node.read()
    kept = second.read_bytes()
    second.unlink()
    found = await node.audit()
    (gap,) = found.uncovered
    assert gap[1] == from_us(NOON + 6 * 90 * SECOND)
    assert len({one.call for one in found.differences}) == 2
    second.write_bytes(kept)
    first.unlink()
    begins = NOON + 4 * 90 * SECOND
    found = await node.audit()
    assert (found.is_clean, found.compared, found.earlier, found.uncovered) == (True, 5, 4, [])
    assert to_us(found.journal_begins) == begins
    since = from_us(NOON - 3600 * SECOND)
    found = await node.audit(since=since)
    assert (found.is_clean, found.uncovered) == (True, [(since, from_us(begins))])


async def test_no_journal_at_all_is_an_error(node: AuditedNode) -> None:
    with pytest.raises(JournalGoneError, match="no journal"):
        await node.audit()
    node.write(answered(), abandoned())
    await node.read()
    node.journal.unlink()
    node.write(*day(3))
    with pytest.raises(JournalGoneError, match="read last"):
        await node.audit()


async def test_a_switch_that_died_is_audited_like_any_other_day(node: AuditedNode) -> None:
    cut = Story("node1-1795320000.12", NOON).arrive().menu().ask().enter().ring("node1-1795320000.13")
    again_s = NOON // SECOND + 300
    node.write(cut)
    await node.read()
    node.queue_log(f"{again_s}|NONE|NONE|NONE|QUEUESTART|")
    await node.read()
    node.write(Story(f"node1-{again_s + 40}.0", (again_s + 40) * SECOND + 7).arrive().hang_up().retire())
    await node.read()
    found = await node.audit()
    assert (found.is_clean, found.compared) == (True, 2)


async def test_a_call_over_the_limit_and_one_whose_agent_stays_on_the_line(node: AuditedNode) -> None:
    endless = Story("node1-1795320000.12", NOON).arrive().menu().ask().enter()
    story = Story("node1-1795320200.30", NOON + 200 * SECOND).arrive().menu().ask().enter()
    story.ring("node1-1795320200.31").wait(3).answer("node1-1795320200.31").wait(20).hang_up().wait(600)
    story.hang_up("node1-1795320200.31", agent="1001").retire()
    node.write(endless, story)
    await node.read()
    assert (await node.audit()).in_progress == 1
    node.now = from_us(NOON + 5 * 3600 * SECOND)
    await node.read()
    found = await node.audit()
    assert (found.is_clean, found.compared, found.in_progress) == (True, 2, 0)


async def test_a_promised_call_back_that_was_kept_hours_later(node: AuditedNode) -> None:
    promised = Story("node1-1795319000.12", NOON - 1000 * SECOND).arrive().menu().ask().enter().wait(20)
    promised.leave("KEY").mark("HL_CALLBACK", number="13812345678", queue="main").wait(4).hang_up().retire()
    later = Story("node1-1795330000.40", NOON + 10_000 * SECOND)
    later.event("CHAN_START", channel="Local/s@hotline-callback-hold-1;1").event(
        "HL_INTERNAL", extra="role=x"
    )
    later.event("HL_CALLBACK_TRY", extra=f"call={promised.call}&try=1&agent=1001").wait(30)
    later.event("HL_CALLBACK_ANSWERED", extra=f"call={promised.call}&try=1&agent=1001").wait(60)
    later.event("CHAN_END").retire()
    node.write(promised, *day(60))
    await node.read()
    node.now = from_us(NOON + 11_000 * SECOND)
    node.write(later)
    found = await node.audit()
    assert (found.is_clean, found.compared, found.unread) == (True, 60, 1)
    await node.read()
    found = await node.audit()
    assert (found.is_clean, found.compared, found.unread) == (True, 61, 0)
    async with node.database.write() as session:
        row = await session.get_one(CallRow, promised.call)
        assert row.outcome == "callback_accepted"
        assert row.callback_answered_at is not None
        row.callback_answered_at = None
    found = await node.audit()
    assert told(found) == {(promised.call, "calls", "callback_answered_at")}
    assert ("all", "connect_rate_24h") in {(one.scope, one.figure) for one in found.figures}


async def test_a_number_changed_in_its_hidden_middle_is_seen_to_differ_and_stays_hidden(
    node: AuditedNode,
) -> None:
    node.write(answered())
    await node.read()
    async with node.database.write() as session:
        row = await session.get_one(CallRow, FIRST)
        changed = json.loads(json.dumps(row.facts).replace("13812345678", "13899995678"))
        row.facts, row.number = changed, "13899995678"
    found = await node.audit()
    assert told(found) == {(FIRST, "calls", "number"), (FIRST, "calls", "facts")}
    for one in found.differences:
        assert one.stored != one.journal
        assert "9999" not in str(one)
        assert "13812345" not in str(one)


@pytest.mark.clause("R-T-11")
async def test_an_evaluated_call_is_stored_and_every_figure_of_it_is_that_of_the_talk(
    node: AuditedNode,
) -> None:
    """Ten seconds at the question are no talk; the answer is counted, and a changed one is found."""
    stories = [
        Story(call, NOON + index * 90 * SECOND).arrive().menu().ask().enter()
        for index, call in enumerate((FIRST, SECOND_CALL))
    ]
    for story, key in zip(stories, (3, None), strict=True):
        agent = f"{story.call}1"
        story.ring(agent).wait(4).answer(agent).wait(30).hang_up(agent, agent="1001")
        story.mark("HL_EVALUATE", levels=3).wait(10)
        if key:
            story.mark("HL_EVALUATED", level=key, levels=3, times=1)
        story.hang_up(by="elsewhere").retire()
    node.write(*stories)
    await node.read()
    found = await node.audit()
    assert (found.is_clean, found.compared, found.figures) == (True, 2, [])
    async with node.database.read() as session:
        rows = {row.id: row for row in await session.scalars(select(CallRow))}
    assert [rows[call].evaluation for call in (FIRST, SECOND_CALL)] == ["dissatisfied", None]
    for row in rows.values():
        assert row.evaluation_asked_at is not None
        assert (row.ended_by, row.outcome) == ("agent", "answered")
        assert row.talk_us is not None
        assert 30 * SECOND <= row.talk_us < 30.01 * SECOND
        assert row.ended_at is not None
        assert row.ended_at - row.evaluation_asked_at >= timedelta(seconds=10)
    await change(node, update(CallRow).where(CallRow.id == FIRST).values(evaluation="satisfied"))
    assert told(await node.audit()) == {(FIRST, "calls", "evaluation")}
