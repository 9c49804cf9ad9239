from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.clock import from_us
from hotline.core.db import Database
from hotline.core.events import DomainEvent, EventBus
from hotline.core.settings import Settings
from hotline.telephony.events import CallArrived, CallEnded, CallStored
from hotline.telephony.tables import CallRow, CallStepRow, JournalPositionRow, LegRow
from hotline.telephony.tracker import Tracker
from support.asterisk import make_settings
from support.call_facts import NOON, SECOND, Story, abandoned, answered, internal, live, text

LATER = from_us(NOON + 600 * SECOND)


class Node:
    """A tracker that can be killed and started again on the same files and store."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self.database = settings, database
        self.logs = settings.state / "asterisk" / "log"
        (self.logs / "cel-custom").mkdir(parents=True)
        self.now: datetime = LATER
        self.events: list[DomainEvent] = []
        self.tracker = self.new()

    def new(self) -> Tracker:
        bus = EventBus()
        bus.listen(self.events.append)
        self.tracker = Tracker(self.settings, self.database, bus, clock=lambda: self.now)
        return self.tracker

    def journal(self, *stories: Story) -> None:
        with (self.logs / "cel-custom" / "hotline.csv").open("a", encoding="utf-8", newline="") as file:
            file.writelines(text(story.rows) for story in stories)

    def queue_log(self, line: str) -> None:
        with (self.logs / "queue_log").open("a") as file:
            file.write(line + "\n")

    async def restarted(self) -> Tracker:
        tracker = self.new()
        await tracker.load()
        await tracker.read_journal()
        return tracker

    async def rows(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        async with self.database.read() as session:
            for table in (CallRow, LegRow, CallStepRow):
                rows = await session.scalars(select(table))
                found[table.__tablename__] = sorted(
                    (
                        {column.name: getattr(row, column.key) for column in table.__table__.columns}
                        for row in rows
                    ),
                    key=str,
                )
        return found

    async def forget(self) -> None:
        async with self.database.write() as session:
            for table in (CallRow, LegRow, CallStepRow, JournalPositionRow):
                await session.execute(delete(table))

    def ended(self) -> list[str]:
        return sorted(event.call for event in self.events if isinstance(event, CallEnded))


@pytest.fixture
async def node(tmp_path: Path, database: Database) -> Node:
    return Node(make_settings(tmp_path), database)


@pytest.mark.clause("R-Q-4")
async def test_calls_come_from_the_journal_into_the_store(node: Node) -> None:
    node.journal(answered(), abandoned(), internal())
    await node.restarted()
    rows = await node.rows()
    first, second = rows["calls"]
    assert (first["outcome"], first["ended_by"], first["agent"], first["queue"]) == (
        "answered",
        "citizen",
        "1001",
        "main",
    )
    assert first["t0"] == from_us(NOON)
    assert first["number"] == "13812345678"
    assert second["outcome"] == "abandoned"
    assert [leg["role"] for leg in rows["legs"]].count("citizen") == 2
    assert {step["name"] for step in rows["call_steps"]} >= {"HL_ARRIVED", "HL_DIGIT", "HL_AGENT"}
    assert not any("138" in str(step["params"]) for step in rows["call_steps"])


async def test_reading_everything_again_changes_nothing(node: Node) -> None:
    node.journal(answered(), abandoned())
    await node.restarted()
    rows = await node.rows()
    async with node.database.write() as session:
        await session.execute(delete(JournalPositionRow))
    node.events.clear()
    await node.restarted()
    assert await node.rows() == rows
    assert node.events == []


async def test_killed_at_every_line_the_store_ends_the_same(node: Node) -> None:
    rows = [row for story in (answered(), internal(), abandoned()) for row in story.rows]
    node.journal(Story(rows=rows))
    await node.restarted()
    wanted = await node.rows()
    path = node.logs / "cel-custom" / "hotline.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    await node.forget()
    path.unlink()
    for number, line in enumerate(lines):
        with path.open("ab") as file:
            file.write(line[: len(line) // 2])
        if number % 3 == 0:
            await node.restarted()
        with path.open("ab") as file:
            file.write(line[len(line) // 2 :])
        await (node.restarted() if number % 2 else node.tracker.read_journal())
    await node.restarted()
    assert await node.rows() == wanted


async def test_live_comes_first_and_is_told_once(node: Node) -> None:
    told = answered()
    await node.restarted()
    for row in told.rows[:10]:
        node.tracker.feed_live(live(row))
    (call,) = node.tracker.open_calls()
    assert call.id == told.call
    assert (await node.rows())["calls"] == []
    node.journal(told)
    await node.tracker.read_journal()
    assert node.tracker.open_calls() == []
    assert [type(event) for event in node.events].count(CallArrived) == 1
    assert node.ended() == [told.call]
    assert [event.outcome for event in node.events if isinstance(event, CallStored)] == ["answered"]
    rows = await node.rows()
    await node.forget()
    await node.restarted()
    assert await node.rows() == rows


async def test_open_calls_are_taken_up_again(node: Node) -> None:
    told = answered()
    node.journal(Story(rows=told.rows[:12]))
    await node.restarted()
    tracker = await node.restarted()
    assert [call.id for call in tracker.open_calls()] == [told.call]
    node.journal(Story(rows=told.rows[12:]))
    await tracker.read_journal()
    assert node.ended() == [told.call]


async def test_a_restart_of_the_switch_closes_calls_after_all_that_was_written_before(node: Node) -> None:
    told, cut = answered(), answered("node1-1795320300.70", at_us=NOON + 300 * SECOND)
    node.queue_log("1795310000|NONE|NONE|NONE|QUEUESTART|")
    node.queue_log("1795320500|NONE|NONE|NONE|QUEUESTART|")
    node.journal(told, Story(rows=cut.rows[:8]))
    await node.restarted()
    rows = {row["id"]: row for row in (await node.rows())["calls"]}
    assert rows[told.call]["ended_by"] == "citizen"
    assert (rows[cut.call]["outcome"], rows[cut.call]["ended_by"]) == ("system_error", "switch_restart")
    assert rows[cut.call]["ended_at"] == from_us(1795320500 * SECOND)
    assert len(node.ended()) == 2


async def test_a_call_without_an_end_is_closed_after_four_hours(node: Node) -> None:
    node.journal(Story(rows=answered().rows[:9]))
    node.now = from_us(NOON + 5 * 3600 * SECOND)
    await node.restarted()
    (row,) = (await node.rows())["calls"]
    assert (row["ended_by"], row["talk_us"]) == ("unterminated", None)


async def test_bad_lines_are_counted_and_passed_over(node: Node) -> None:
    path = node.logs / "cel-custom" / "hotline.csv"
    path.write_bytes(b'\xff\xfe garbage\n"HANGUP","1795320000.000000","cut sho')
    node.journal(answered())
    with path.open("ab") as file:
        file.write(b"\0\0\n,,,\n")
    tracker = await node.restarted()
    assert [row["outcome"] for row in (await node.rows())["calls"]] == ["answered"]
    assert tracker.counts["bad_journal"] == 4
    for message in ({"Event": "CEL"}, {"Event": "CEL", "Timestamp": "x"}, {"Event": "Hangup"}, {}):
        tracker.feed_live(message)
    assert tracker.counts["bad_live"] == 2


class Flaky(Database):
    """A database whose server goes away now and then, in the middle of a transaction."""

    away = False

    @asynccontextmanager
    async def write(self, *, derived: bool = False) -> AsyncGenerator[AsyncSession]:
        async with super().write(derived=derived) as session:
            yield session
            if self.away:
                raise OperationalError("COMMIT", None, ConnectionError("server closed the connection"))


async def test_the_store_may_be_away(node: Node) -> None:
    told = answered()
    flaky = Flaky(node.database.url)
    node.database = flaky
    await node.restarted()
    node.journal(told)
    flaky.away = True
    with pytest.raises(OperationalError):
        await node.tracker.read_journal()
    assert node.ended() == []
    assert (await node.rows())["calls"] == []
    flaky.away = False
    await node.tracker.read_journal()
    assert node.ended() == [told.call]
    assert [row["outcome"] for row in (await node.rows())["calls"]] == ["answered"]
    await flaky.close()


async def test_what_live_events_tell_while_the_journal_is_being_stored_comes_after_it(node: Node) -> None:
    told = answered()
    for row in told.rows:
        node.tracker.feed_live(live(row))
    wanted = [type(event) for event in node.events]
    node.events.clear()
    node.database = flaky = Flaky(node.database.url)
    await node.restarted()
    node.journal(Story(rows=told.rows[:-6]))
    flaky.away = True
    with pytest.raises(OperationalError):
        await node.tracker.read_journal()
    for row in told.rows[-6:]:
        node.tracker.feed_live(live(row))
    flaky.away = False
    seen = [type(event) for event in node.events]
    await node.tracker.read_journal()
    await flaky.close()
    assert wanted[-1] is CallEnded
    assert seen == wanted == [type(event) for event in node.events]


async def test_runs_for_ever_and_notices_what_is_written(node: Node) -> None:
    task = asyncio.create_task(node.tracker.run_journal())
    try:
        node.journal(abandoned())
        await _until(lambda: _is_stored(node))
        node.journal(answered())
        node.tracker.nudge()
        await _until(lambda: _is_stored(node, 2))
    finally:
        task.cancel()


async def _is_stored(node: Node, count: int = 1) -> bool:
    return len((await node.rows())["calls"]) == count and len(node.ended()) == count


async def _until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await true():  # noqa: ASYNC110  # another task's rows, seen only by asking
            await asyncio.sleep(0.05)


async def test_a_switch_that_died_gives_the_same_rows_read_at_once_or_bit_by_bit(node: Node) -> None:
    """The start (whole seconds) and the first channel (microseconds) both tell it; the first one counts."""
    cut = Story("node1-1795320000.12", NOON).arrive().menu().ask().enter().ring("node1-1795320000.13")
    again_s = NOON // SECOND + 300
    first = Story(f"node1-{again_s + 40}.0", (again_s + 40) * SECOND + 250_000).arrive().hang_up().retire()
    node.journal(cut)
    node.now = from_us(NOON + 200 * SECOND)
    await node.restarted()
    node.queue_log(f"{again_s}|NONE|NONE|NONE|QUEUESTART|")
    await node.tracker.read_journal()
    node.journal(first)
    node.now = from_us((again_s + 60) * SECOND)
    await node.tracker.read_journal()
    bit_by_bit = await node.rows()
    await node.forget()
    await node.restarted()
    assert await node.rows() == bit_by_bit
    (row, _) = bit_by_bit["calls"]
    assert (row["ended_by"], row["outcome"]) == ("switch_restart", "system_error")
    assert row["ended_at"] == from_us(again_s * SECOND)


async def test_a_switch_that_was_away_longer_than_any_call(node: Node) -> None:
    cut = Story("node1-1795320000.12", NOON).arrive().menu().ask().enter()
    again_s = NOON // SECOND + 5 * 3600
    node.journal(cut)
    await node.restarted()
    node.now = from_us(NOON + 4 * 3600 * SECOND + 60 * SECOND)
    await node.tracker.read_journal()
    node.journal(Story(f"node1-{again_s}.0", again_s * SECOND + 1).arrive().hang_up().retire())
    node.queue_log(f"{again_s}|NONE|NONE|NONE|QUEUESTART|")
    node.now = from_us((again_s + 60) * SECOND)
    await node.tracker.read_journal()
    bit_by_bit = await node.rows()
    await node.forget()
    await node.restarted()
    assert await node.rows() == bit_by_bit
    assert bit_by_bit["calls"][0]["ended_by"] == "unterminated"


async def test_what_only_live_events_told_is_in_no_row(node: Node) -> None:
    told = answered()
    await node.restarted()
    for row in told.rows:
        node.tracker.feed_live(live(row))
    node.journal(Story(rows=told.rows[:6]))
    await node.tracker.read_journal()
    (row,) = (await node.rows())["calls"]
    assert {fact[3] for fact in row["facts"]} == {1}
    assert row["ended_at"] is None
    node.journal(Story(rows=told.rows[6:]))
    await node.tracker.read_journal()
    with_live = await node.rows()
    await node.forget()
    await node.restarted()
    assert await node.rows() == with_live


async def test_a_call_known_from_live_events_and_half_a_journal_survives_a_kill(node: Node) -> None:
    told = answered()
    await node.restarted()
    for row in told.rows[:4]:
        node.tracker.feed_live(live(row))
    node.journal(Story(rows=told.rows[:1]))
    await node.tracker.read_journal()
    assert (await node.rows())["calls"] == []
    await node.restarted()
    node.journal(Story(rows=told.rows[1:]))
    await node.tracker.read_journal()
    (row,) = (await node.rows())["calls"]
    assert row["t0"] == from_us(NOON)
    assert row["outcome"] == "answered"


async def test_a_call_back_hours_later_belongs_to_the_call_that_it_was_promised_in(node: Node) -> None:
    """The service was restarted in between and has forgotten the call; what is read twice changes nothing."""
    call, other = "node1-1795320000.12", "node1-1795327200.40"
    promised = Story(call).arrive().ask().enter().wait(20).leave("KEY").mark("HL_CALLBACK", queue="main")
    node.journal(promised.wait(5).hang_up().retire())
    await node.restarted()
    [row] = (await node.rows())["calls"]
    assert (row["outcome"], row["callback_answered_at"]) == ("callback_accepted", None)
    await node.restarted()
    back = Story(other, NOON + 7200 * SECOND).event("CHAN_START", channel="Local/s@hotline-callback-hold-1;1")
    back.event("HL_INTERNAL", extra="role=callback")
    back.event("HL_CALLBACK_TRY", extra=f"call={call}&try=1&agent=1001").wait(9)
    back.event("HL_CALLBACK_ANSWERED", extra=f"call={call}&try=1&agent=1001").wait(60).event(
        "CHAN_END"
    ).retire()
    for cells in back.rows:
        node.tracker.feed_live(live(cells))
    node.journal(back)
    node.now = from_us(NOON + 7300 * SECOND)
    await node.tracker.read_journal()
    rows = await node.rows()
    [row] = rows["calls"]
    assert row["outcome"] == "callback_accepted"
    assert row["callback_answered_at"] == from_us(NOON + 7209 * SECOND + 3 * 137)
    assert [event.call for event in node.events if isinstance(event, CallStored)][-1] == call
    assert [step["name"] for step in rows["call_steps"] if step["leg"] == ""] == [
        "HL_CALLBACK_ANSWERED",
        "HL_CALLBACK_TRY",
    ]
    node.journal(back)
    await node.restarted()
    assert await node.rows() == rows
    await node.forget()
    await node.restarted()
    assert await node.rows() == rows
