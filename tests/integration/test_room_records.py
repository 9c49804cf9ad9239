"""Rooms in the store: written with the call, corrected late, the same live and from the journal, audited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from hotline.core.clock import from_us, to_us
from hotline.core.db import Database
from hotline.core.events import DomainEvent, EventBus
from hotline.telephony.call_book import CallBook
from hotline.telephony.calls import CallRecord
from hotline.telephony.cel import fact_of_row
from hotline.telephony.events import CallStored, LineChanged, RoomChanged
from hotline.telephony.room_store import line_values
from hotline.telephony.rooms import room
from hotline.telephony.store import record_of
from hotline.telephony.tables import CallRow, CallStepRow, RoomLineRow
from hotline.telephony.tracker import Tracker
from support.asterisk import make_settings
from support.audited import AuditedNode
from support.call_facts import NOON, SECOND, Story, live
from support.room_calls import CALL, LINE, RoomStory, emergency


@pytest.fixture
async def node(tmp_path: Path, database: Database) -> AuditedNode:
    return AuditedNode(make_settings(tmp_path), database)


async def stored(node: AuditedNode) -> list[dict[str, Any]]:
    async with node.database.read() as session:
        rows = await session.scalars(select(RoomLineRow).order_by(RoomLineRow.call, RoomLineRow.line))
        return [{name: getattr(row, name) for name in row.__table__.columns.keys()} for row in rows]  # noqa: SIM118  # not a dict


def cut(story: Story, index: int) -> tuple[Story, Story]:
    return Story(rows=story.rows[:index]), Story(rows=story.rows[index:])


def place(story: Story, name: str) -> int:
    return next(index for index, row in enumerate(story.rows) if name in row)


@pytest.mark.clause("R-3W-4")
async def test_a_line_is_stored_with_its_call_and_grows_with_it(node: AuditedNode) -> None:
    story = emergency()
    begun, rest = cut(story, place(story, "HL_3W_ANSWERED"))
    node.write(begun)
    await node.read()
    (line,) = await stored(node)
    assert (line["state"], line["route"], line["answered_at"]) == ("ringing", 2, None)
    node.write(rest)
    await node.read()
    (line,) = await stored(node)
    assert (line["state"], line["number"], line["why"]) == ("left", "0110", "")
    assert line["asked_at"] < line["dialled_at"] < line["answered_at"] < line["joined_at"] < line["left_at"]
    assert [one["why"] for one in line["tries"]] == ["busy", ""]
    async with node.database.read() as session:
        call = await session.get_one(CallRow, CALL)
        steps = await session.scalars(select(CallStepRow).where(CallStepRow.leg == f"line:{LINE}"))
        assert len(list(steps)) == 9
        assert line == line_values(record_of(CALL, call.facts), "node1")[0]
    assert call.ended_by == "citizen"


@pytest.mark.clause("R-3W-4")
async def test_a_step_told_after_the_call_was_stored_and_let_go_corrects_it(node: AuditedNode) -> None:
    story = emergency()
    late = [row for row in story.rows if "HL_3W_LEFT" in row and row[3] != CALL]
    assert len(late) == 1
    node.write(Story(rows=[row for row in story.rows if row not in late]))
    await node.read()
    (before,) = await stored(node)
    assert before["state"] == "left"
    node.write(Story(rows=late))
    await node.read()
    (after,) = await stored(node)
    assert after["left_at"] < before["left_at"]
    found = await node.audit()
    assert (found.is_clean, found.compared) == (True, 1)


async def test_steps_that_come_before_their_call(node: AuditedNode) -> None:
    story = emergency()
    early = [row for row in story.rows if row[3] != CALL]
    tracker = Tracker(node.settings, node.database, EventBus(), clock=lambda: node.now)
    await tracker.load()
    node.write(Story(rows=early))
    await tracker.read_journal()
    assert await stored(node) == []
    node.write(Story(rows=[row for row in story.rows if row[3] == CALL]))
    await tracker.read_journal()
    (line,) = await stored(node)
    assert (line["state"], line["target"]) == ("left", "police")


@pytest.mark.clause("R-3W-4")
async def test_live_and_journal_tell_each_step_once_and_store_the_same(node: AuditedNode) -> None:
    story = emergency()
    bus, events = EventBus(), list[DomainEvent]()
    bus.listen(events.append)
    tracker = Tracker(node.settings, node.database, bus, clock=lambda: node.now)
    await tracker.load()
    for row in story.rows[: place(story, "HL_3W_JOINED") + 1]:
        tracker.feed_live(live(row))
    record = tracker.find(CALL)
    assert record is not None
    now = room(record)
    assert now is not None
    assert [party.who for party in now.parties] == ["citizen", "agent"]
    assert [line.state for line in now.lines] == ["joined"]
    node.write(story)
    await tracker.read_journal()
    steps = [event.step for event in events if isinstance(event, LineChanged)]
    assert steps == ["asked", "dial", "ringing", "failed", "dial", "ringing", "answered", "joined", "left"]
    assert sum(isinstance(event, RoomChanged) for event in events) == 5
    assert await stored(node) == line_values(journal_alone(story), "node1")


def journal_alone(story: Story) -> CallRecord:
    book = CallBook("node1")
    for row in story.rows:
        if (fact := fact_of_row(row)) is not None:
            book.feed(fact)
    return book.records[CALL]


async def test_a_call_back_s_room_belongs_to_the_call_that_promised_it(node: AuditedNode) -> None:
    """Its marks come hours after that call ended, when memory has let it go."""
    story = RoomStory(CALL)
    story.arrive().menu().ask().enter().wait(20).leave("KEY")
    story.mark("HL_CALLBACK", number="13812345678", queue="main").wait(4).hang_up().retire()
    node.write(story)
    await node.read()
    later = RoomStory(CALL, story.at_us + 3 * 3600 * SECOND)
    back = "node1-1795331000.1"
    for name in ("TRY", "ANSWERED"):
        later.told("X", back, "Local/s@hotline-callback-hold-1;1", back, **{"try": 1, "agent": "1001"})
        later.rows[-1] = [cell.replace("HL_3W_X", f"HL_CALLBACK_{name}") for cell in later.rows[-1]]
    later.wait(60)
    later.ask_for().dial().join_line().wait(9).of_line("LEFT", who="line")
    filler = [
        Story(f"node1-{NOON // SECOND + 20000 + i}.7", story.at_us + 4 * 3600 * SECOND) for i in range(2)
    ]
    bus, events = EventBus(), list[DomainEvent]()
    bus.listen(events.append)
    tracker = Tracker(node.settings, node.database, bus, clock=lambda: node.now)
    await tracker.load()
    for row in later.rows:
        tracker.feed_live(live(row))
    node.write(later, *(one.event("CHAN_START", channel="PJSIP/1001-1").retire() for one in filler))
    node.now = from_us(later.at_us)
    await tracker.read_journal()
    (line,) = await stored(node)
    assert (line["state"], to_us(line["asked_at"]) > story.at_us) == ("left", True)
    assert [event.step for event in events if isinstance(event, LineChanged)] == [
        *("asked", "dial", "ringing", "answered", "joined", "left")
    ]
    assert any(isinstance(event, CallStored) and event.call == CALL for event in events)
    found = await node.audit()
    assert (found.is_clean, found.compared) == (True, 1)


ATTACKS: dict[str, tuple[Any, set[str]]] = {
    "an answer that came sooner": (
        update(RoomLineRow).values(answered_at=RoomLineRow.asked_at),
        {"answered_at"},
    ),
    "another number": (update(RoomLineRow).values(number="119"), {"number"}),
    "a reason": (update(RoomLineRow).values(why="nobody"), {"why"}),
    "another end": (update(RoomLineRow).values(state="failed"), {"state"}),
    "the tries": (update(RoomLineRow).values(tries=[]), {"tries"}),
    "another node's": (update(RoomLineRow).values(node="other"), {"node"}),
    "a line that is gone": (delete(RoomLineRow), {""}),
}


@pytest.mark.clause("R-Q-4")
@pytest.mark.parametrize("name", ATTACKS)
async def test_the_audit_finds_every_change_of_a_line(node: AuditedNode, name: str) -> None:
    statement, columns = ATTACKS[name]
    node.write(emergency())
    await node.read()
    assert (await node.audit()).is_clean
    async with node.database.write() as session:
        await session.execute(statement)
    found = await node.audit()
    assert {(one.table, one.column) for one in found.differences} == {("room_lines", one) for one in columns}


async def test_the_audit_finds_a_line_of_no_call(node: AuditedNode) -> None:
    node.write(emergency())
    await node.read()
    async with node.database.write() as session:
        copied = await session.get_one(RoomLineRow, (CALL, LINE))
        values = {name: getattr(copied, name) for name in copied.__table__.columns.keys()}  # noqa: SIM118  # not a dict
        session.add(RoomLineRow(**{**values, "call": "node1-1.1"}))
    found = await node.audit()
    assert {(one.call, one.table) for one in found.differences} == {("node1-1.1", "room_lines")}


async def test_a_switch_that_dies_in_a_room_ends_its_lines(node: AuditedNode) -> None:
    story = RoomStory(CALL).begin().ask_for().move().dial().join_line()
    node.write(story)
    await node.read()
    node.queue_log(f"{story.at_us // SECOND + 5}|NONE|NONE|NONE|QUEUESTART|")
    await node.read()
    (line,) = await stored(node)
    assert (line["state"], line["left_at"]) == ("left", from_us((story.at_us // SECOND + 5) * SECOND))
    assert (await node.audit()).is_clean
