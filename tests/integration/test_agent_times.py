"""The agents' spells in the store, on both databases: however the reading is cut, the rows are the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.exc import SQLAlchemyError

from hotline.app.agent_times import AgentTimes
from hotline.core.clock import from_us
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.queue.tables import AgentSpellRow
from hotline.telephony.tables import JournalPositionRow
from hotline.telephony.tracker import Tracker
from support.asterisk import make_settings
from support.call_facts import NOON, SECOND, answered, text

BEGIN_S = NOON // SECOND
SHIFT = [
    (0, "NONE|NONE|NONE|QUEUESTART|"),
    (1, "node1-1795320001.1|main|1001|ADDMEMBER|"),
    (1, "node1-1795320001.1|enterprise|1001|ADDMEMBER|"),
    (1, "NONE|main|1001|UNPAUSE|signed-in"),
    (3, "node1-1795320001.2|main|1002|ADDMEMBER|"),
    (4, "node1-1795320000.12|main|NONE|ENTERQUEUE||13800000001|1"),
    (10, "node1-1795320000.12|main|1002|RINGNOANSWER|4500"),
    (14, "node1-1795320000.12|main|1001|CONNECT|9|node1-1795320000.122|4"),
    (20, "NONE|NONE|1002|HL_UNREACHABLE|{seen}"),
    (44, "NONE|main|1001|PAUSE|wrapup"),
    (44, "NONE|enterprise|1001|PAUSE|wrapup"),
    (59, "NONE|main|1001|UNPAUSE|wrapup-end"),
    (59, "NONE|enterprise|1001|UNPAUSE|wrapup-end"),
    (60, "NONE|main|1001|PAUSE|meal"),
    (60, "NONE|enterprise|1001|PAUSE|meal"),
    (80, "NONE|main|1001|UNPAUSE|ready"),
    (80, "NONE|enterprise|1001|UNPAUSE|ready"),
    (90, "node1-1795320001.9|main|1002|REMOVEMEMBER|"),
]


def lines_of(story: list[tuple[int, str]]) -> list[str]:
    return [
        f"{BEGIN_S + second}|{rest.format(seen=NOON + (second - 1) * SECOND)}\n" for second, rest in story
    ]


class Node:
    """The agents' times of a node, which can be killed and started again on the same files and store."""

    def __init__(self, database: Database, state: Any) -> None:
        self.settings = make_settings(state)
        self.database = database
        self.log = self.settings.state / "asterisk" / "log" / "queue_log"
        (self.log.parent / "cel-custom").mkdir(parents=True)
        self.now = from_us(NOON + 100 * SECOND)
        self.times = self.new()

    def new(self) -> AgentTimes:
        self.times = AgentTimes(self.settings, self.database, clock=lambda: self.now)
        return self.times

    def write(self, *lines: str) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            file.writelines(lines)

    async def restarted(self) -> AgentTimes:
        times = self.new()
        await times.load()
        await times.read()
        return times

    async def rows(self) -> list[tuple[object, ...]]:
        async with self.database.read() as session:
            found = await session.scalars(select(AgentSpellRow))
            return sorted((row.agent, row.kind, row.began, row.ended, row.reason, row.node) for row in found)


@pytest.fixture
async def node(database, short_folder):
    return Node(database, short_folder / "state")


async def test_however_the_reading_is_cut_the_rows_are_the_same(node):
    whole = lines_of(SHIFT)
    for line in whole:  # the service is killed after each line
        node.write(line)
        await node.restarted()
    cut = await node.rows()
    assert len(cut) == 6
    async with node.database.write() as session:
        for table in (AgentSpellRow, JournalPositionRow):
            for row in await session.scalars(select(table)):
                await session.delete(row)
    await node.restarted()
    assert await node.rows() == cut
    assert node.times.tracks["1001"].pauses == {"main": "", "enterprise": ""}


async def test_a_half_written_line_waits_and_a_lost_place_doubles_nothing(node):
    whole = "".join(lines_of(SHIFT))
    node.write(whole[:700])
    await node.restarted()
    node.write(whole[700:])
    await node.times.read()
    told = await node.rows()
    node.log.unlink()  # restored from a copy with a line that was not there: the place is lost
    node.write("1795310000|NONE|NONE|NONE|CONFIGRELOAD|\n", whole)
    await node.restarted()
    assert await node.rows() == told
    node.write(
        f"{BEGIN_S + 95}|NONE|main|1001|REMOVEMEMBER|\n",
        f"{BEGIN_S + 95}|NONE|enterprise|1001|REMOVEMEMBER|\n",
    )
    await node.times.read()
    assert [row for row in await node.rows() if row[3] is None] == []


async def test_rotation_goes_on_where_it_was(node):
    whole = lines_of(SHIFT)
    node.write(*whole[:11])
    await node.restarted()
    node.log.rename(node.log.with_name("queue_log.1"))
    node.write(*whole[11:])
    await node.times.read()
    rotated = await node.rows()
    assert {(row[0], row[1]) for row in rotated} >= {
        ("1001", "paused"),
        ("1001", "wrapup"),
        ("1002", "signed_in"),
    }
    assert [row[4] for row in rotated if row[1] == "paused"] == ["meal"]


async def rename_table(database: Database, name: str, new_name: str) -> None:
    async with database.write() as session:
        await session.execute(sql(f"ALTER TABLE {name} RENAME TO {new_name}"))


async def test_a_database_that_is_away_costs_nothing_but_time(node):
    whole = lines_of(SHIFT)
    await node.restarted()
    node.write(*whole[:9])
    await rename_table(node.database, "agent_spells", "away")
    for _ in range(2):
        with pytest.raises(SQLAlchemyError):
            await node.times.read()
    assert node.times.tracks["1002"].is_unreachable  # who is to be paused is known all the same
    assert node.times.caught_up
    await rename_table(node.database, "away", "agent_spells")
    node.write(*whole[9:])
    await node.times.read()
    told = await node.rows()
    fresh = Node(node.database, node.settings.state.parent / "other")
    fresh.write(*whole)
    fresh.settings = fresh.settings.model_copy(
        update={"site": fresh.settings.site.model_copy(update={"node": "node2"})}
    )
    await fresh.restarted()
    both = await node.rows()
    assert [row[:5] for row in both if row[5] == "node2"] == [row[:5] for row in told]


async def test_the_summary_joins_spells_and_calls(node):
    node.write(*lines_of(SHIFT))
    story = answered(at_us=NOON + 3 * SECOND)
    (node.log.parent / "cel-custom" / "hotline.csv").write_text(text(story.rows), encoding="utf-8")
    tracker = Tracker(node.settings, node.database, EventBus(), clock=lambda: node.now)
    await tracker.load()
    await tracker.read_journal()
    times = await node.restarted()
    since, until = from_us(NOON), from_us(NOON + 100 * SECOND)
    found = {row["agent"]: row for row in await times.summary(since, until + timedelta(hours=1))}
    one, two = found["1001"], found["1002"]
    assert list(found) == ["1001", "1002", "1003"]
    assert one["until"] == until.isoformat()
    assert one["name"] == "王芳"
    assert sum(one["times_ms"].values()) == pytest.approx(100_000, abs=8)
    assert one["times_ms"]["talking"] == pytest.approx(30_000, abs=10)
    assert one["times_ms"]["ringing"] == pytest.approx(4_500, abs=10)
    assert one["pauses_ms"] == {"meal": 20_000}
    assert one["times_ms"]["signed_out"] == 1_000
    figures = {name: figure["value"] for name, figure in one["figures"].items()}
    assert figures["agent_handled"] == 1
    assert figures["agent_talk_mean"] == pytest.approx(30_000, abs=10)
    assert figures["agent_wrapup_mean"] == 15_000
    assert figures["agent_no_answer"] == 0
    assert figures["agent_occupancy"] == pytest.approx(45 / 79, abs=0.02)
    assert two["figures"]["agent_no_answer"]["value"] == 1
    assert two["figures"]["agent_handled"]["value"] == 0
    assert two["times_ms"]["unreachable"] == pytest.approx(71_000, abs=10)
    assert found["1003"]["figures"]["agent_occupancy"]["value"] is None
    [empty] = [row for row in await times.summary(until, until) if row["agent"] == "1001"]
    assert set(empty["times_ms"].values()) == {0}
